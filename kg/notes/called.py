"""The names of a note: its preferred labels by language, its other labels, and its file name if it has no title."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from kg.base.formulas import in_words
from kg.base.names import NOTE_ENDINGS, language_of, letters_and_digits, split_bilingual
from kg.model import Heading
from kg.notes.frontmatter import texts_under

SECTION_PAGES: Final = frozenset(("readme.md", "index.md", "_index.md"))
"""Names of index pages, each the page of its folder."""


def note_stem(path: str) -> str:
    """Return a file's name without folder and extension; for an index page, the name of its folder.

    >>> note_stem("a/b.md"), note_stem("a/README.md"), note_stem("README.md")
    ('b', 'a', 'README')
    """
    folder, name = posixpath.split(path)
    base, ending = posixpath.splitext(name)
    base = base if ending.lower() in NOTE_ENDINGS else name[:-3]
    if (name.lower() in SECTION_PAGES or name.lower() in ("index.mdx", "index.qmd")) and folder:
        return posixpath.basename(folder)
    return base


def labels_of(
    path: str,
    values: Mapping[str, object],
    lines: Mapping[str, int],
    headings: Sequence[Heading],
    *,
    by_file: bool = False,
    any_level: bool = False,
) -> tuple[dict[str, str], int]:
    """Return preferred labels by language and their line: the title in the front matter, a heading, or the file name.

    The heading must be the first one, of level 1 and the only one of its level: another one names a part of the note. With
    `by_file` (a vault), or if there are several, it only counts if it spells the file name. With `any_level` (a book), the
    first heading may be of another level, if none is above it.
    """
    # A skill of an assistant states its name so: each is called SKILL.md.
    title: object = values.get("title") or (values.get("name") if posixpath.basename(path) == "SKILL.md" else None)
    line = lines.get("title", 1)
    lang = str(values.get("lang") or "").strip().lower().partition("-")[0]
    if isinstance(title, Mapping):
        found = {str(k).strip().lower(): in_words(str(v).strip()) for k, v in title.items() if isinstance(v, str | int | float)}
        found = {k: v for k, v in found.items() if k and v}
        if found:
            return found, line
    if isinstance(title, str | int | float) and not isinstance(title, bool) and str(title).strip():
        return _labels(str(title), lang), line
    stem = note_stem(path)
    first = next((h for h in headings if h.text.strip()), None)
    top = first.level if first is not None and any_level else 1
    if first is not None and first.level == top:
        labels = _labels(first.text, lang)
        alone = sum(h.level <= top and bool(h.text.strip()) for h in headings) == 1
        if (alone and not by_file) or _same_name(stem, (first.text, *labels.values())):
            return labels, first.line
    return _labels(stem, lang), 1


def _same_name(stem: str, names: Iterable[str]) -> bool:
    """Return whether a heading spells the name of its file.

    >>> _same_name("service-mesh", ["Service Mesh"]), _same_name("raft", ["Definition"])
    (True, False)
    """
    name = letters_and_digits(stem)
    return bool(name) and any(letters_and_digits(text) == name for text in names)


def _labels(title: str, lang: str) -> dict[str, str]:
    found = split_bilingual(in_words(" ".join(title.split())))
    return {lang: next(iter(found.values()))} if lang and len(found) == 1 else found


def alt_labels_of(values: Mapping[str, object], *, slashes: bool = False) -> list[tuple[str, str]]:
    """Return other labels with their language, without the addresses in Hugo's `aliases: [/old/]`.

    `slashes`: whether they are part of names, as in Logseq.
    """
    names = texts_under(values, "aliases", "alias")
    return list(dict.fromkeys((in_words(n), language_of(n, "en")) for n in names if slashes or "/" not in n or " / " in n))
