"""Translations: notes in several languages that describe one concept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple

from kg.base.names import fold
from kg.corpus.concepts import is_concept
from kg.model import Concept, Link, Note, Resolution, Resolved

KEY = "translation-of"


class Pairs(NamedTuple):
    """The translations among the notes, and the language of a note by its folder or suffix."""

    original: Mapping[str, str]
    """Path of a translation → path of its original; only for translations."""
    language: Mapping[str, str]
    """Path → language, if the path determines one; ``zh`` for ``zh-cn``."""
    below: Mapping[str, str]
    """Path → path below the folder of the language: it identifies the concept if there is no `id`."""


def by_folder(folders: Mapping[str, str]) -> Callable[[str], tuple[str, str] | None]:
    """Return a function from a note's path to its language and its path below the language's folder (in the settings).

    >>> place = by_folder({"en": "en", "zh": "zh-cn"})
    >>> place("zh-cn/a/b.md"), place("b.md")
    (('zh', 'a/b.md'), None)
    """

    def place(path: str) -> tuple[str, str] | None:
        for language, folder in folders.items():
            start = folder.strip("/") + "/"
            if path.startswith(start):
                return language, path[len(start) :]
        return None

    return place


def pair_translations(
    notes: Mapping[str, Note],
    place: Callable[[str], tuple[str, str] | None],
    order: Iterable[str],
    resolve: Callable[[str, Link], Resolution],
) -> Pairs:
    """Pair the notes at the same path below the folders of their languages, and those with ``translation-of``.

    `order` lists the languages, the language of originals first. Index pages of folders aren't concepts and are never paired.
    """
    rank = {language: i for i, language in enumerate(dict.fromkeys(order))}
    language: dict[str, str] = {}
    below: dict[str, str] = {}
    groups: dict[str, list[tuple[int, str]]] = {}
    original: dict[str, str] = {}
    for path, note in notes.items():
        placed = place(path)
        if placed is not None:
            language[path] = placed[0].lower().partition("-")[0]
            below[path] = placed[1]
            if is_concept(note):
                groups.setdefault(fold(placed[1]), []).append((rank.get(placed[0], len(rank)), path))
        for link in note.links:
            if link.relation is not None and link.relation.lower() == KEY and link.context in ("front-matter", "field"):
                found = resolve(path, link)
                if isinstance(found, Resolved) and found.path in notes and found.path != path:
                    original[path] = found.path
    for group in groups.values():
        first = min(group)[1]
        for _, path in group:
            if path != first:
                original.setdefault(path, first)
    return Pairs({path: _root(path, original) for path in original if _root(path, original) != path}, language, below)


def _root(path: str, original: Mapping[str, str]) -> str:
    """Return the end of a chain of translations; for a cycle, its first path."""
    seen = [path]
    while (path := original.get(path, path)) not in seen:
        seen.append(path)
    circle = seen[seen.index(path) :]
    return min(circle) if len(circle) > 1 else path


def merge_translation(original: Concept, translation: Concept, own: str, language: str) -> Concept:
    """Merge the concepts of both notes: labels, definitions, aliases, sources and tags; those of the original come first.

    `own` and `language` are the languages determined by the paths of the two notes, or empty.
    """
    first, labels = _in(own, original.labels), _in(language, translation.labels)
    merged = labels | first
    preferred = set(merged.values())
    further = [(text, lang) for lang, text in labels.items() if merged[lang] != text]
    alt = dict.fromkeys((*original.alt_labels, *translation.alt_labels, *further))
    return replace(
        original,
        labels=merged,
        alt_labels=tuple(a for a in alt if a[0] not in preferred),
        layer=original.layer or translation.layer,
        area=original.area or translation.area,
        definitions=_in(language, translation.definitions) | _in(own, original.definitions),
        sources=tuple(dict.fromkeys((*original.sources, *translation.sources))),
        tags=tuple(dict.fromkeys((*original.tags, *translation.tags))),
        status=original.status or translation.status,
        paths=(*original.paths, *translation.paths),
        former_ids=tuple(dict.fromkeys((*original.former_ids, *translation.former_ids))),
    )


def _in(language: str, texts: Mapping[str, str]) -> dict[str, str]:
    """Return texts by language; a single text gets the language of its note's path, if that is known."""
    return {language: next(iter(texts.values()))} if language and len(texts) == 1 else dict(texts)
