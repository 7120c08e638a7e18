"""What a note is called: its preferred labels by language, its other labels, and its name where it has no title."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from typing import Final

from kg.base.names import language_of, split_bilingual
from kg.model import Heading
from kg.notes.frontmatter import texts_under

SECTION_PAGES: Final = frozenset(("readme.md", "index.md", "_index.md"))
"""Files that are the page of their folder."""


def note_stem(path: str) -> str:
    """A file's name without folder and ending; an index page is called by its folder.

    >>> note_stem("a/b.md"), note_stem("a/README.md"), note_stem("README.md")
    ('b', 'a', 'README')
    """
    folder, name = posixpath.split(path)
    base = name.removesuffix(".markdown") if name.lower().endswith(".markdown") else name[:-3]
    if name.lower() in SECTION_PAGES and folder:
        return posixpath.basename(folder)
    return base


def labels_of(
    path: str, values: Mapping[str, object], lines: Mapping[str, int], headings: Iterable[Heading]
) -> tuple[dict[str, str], int]:
    """Preferred labels by language and the line that gives them: front matter, first level-1 heading, file name."""
    title: object = values.get("title")
    line = lines.get("title", 1)
    lang = str(values.get("lang") or "").strip().lower().partition("-")[0]
    if isinstance(title, Mapping):
        found = {str(k).strip().lower(): str(v).strip() for k, v in title.items() if isinstance(v, str | int | float)}
        found = {k: v for k, v in found.items() if k and v}
        if found:
            return found, line
    if isinstance(title, str | int | float) and not isinstance(title, bool) and str(title).strip():
        return _labels(str(title), lang), line
    heading = next((h for h in headings if h.level == 1 and h.text.strip()), None)
    if heading is not None:
        return _labels(heading.text, lang), heading.line
    return _labels(note_stem(path), lang), 1


def _labels(title: str, lang: str) -> dict[str, str]:
    found = split_bilingual(" ".join(title.split()))
    return {lang: next(iter(found.values()))} if lang and len(found) == 1 else found


def alt_labels_of(values: Mapping[str, object]) -> list[tuple[str, str]]:
    """Other labels with their language; addresses of old pages (Hugo's `aliases: [/old/]`) are none."""
    names = texts_under(values, "aliases", "alias")
    return list(dict.fromkeys((n, language_of(n, "en")) for n in names if "/" not in n or " / " in n))
