"""Paths of pages in the output folder, and links between them."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

from kg.base.names import page_name

INDEX: Final = "index.html"
STYLESHEET: Final = "assets/kg.css"
OVERVIEW_MAP: Final = "maps/overview.html"
CONCEPT_MAP: Final = "maps/concept.html"
ASSOCIATION: Final = "reports/association.html"
COVERAGE: Final = "reports/coverage.html"
QUALITY: Final = "reports/quality.html"
PLAN: Final = "plan.html"
HIERARCHY: Final = "reports/hierarchy.html"
BROWSE: Final = "browse/index.html"
LAYERS: Final = "browse/layers.html"
AREAS: Final = "browse/areas.html"
TAGS: Final = "browse/tags.html"
A_Z: Final = "browse/a-z.html"
READING: Final = "browse/reading.html"
SCHEMES: Final = "browse/schemes.html"
RECENT: Final = "browse/recent.html"
LEARN: Final = "browse/learn.html"
SEARCH: Final = "search.html"
TITLES: Final = "assets/titles.js"
TEXTS: Final = "assets/text"


def localized(path: str, lang: str, languages: Sequence[str]) -> str:
    """The path of a page in a language: without suffix for the first language, with a suffix for others.

    >>> localized("index.html", "zh", ("zh", "en")), localized("index.html", "en", ("zh", "en"))
    ('index.html', 'index.en.html')
    """
    if not languages or lang == languages[0]:
        return path
    stem, ending = posixpath.splitext(path)
    return f"{stem}.{lang}{ending}"


def concept_path(concept_id: str, lang: str, languages: Sequence[str]) -> str:
    """The page of a concept.

    >>> concept_path("raft", "en", ("zh", "en"))
    'concepts/raft.en.html'
    """
    return localized(f"concepts/{page_name(concept_id)}.html", lang, languages)


def note_path(path: str, lang: str, languages: Sequence[str]) -> str:
    """The page of a note that doesn't describe a concept, such as an index.

    >>> note_path("guide/index.md", "zh", ("zh", "en"))
    'notes/guide-index-f0bcc0.html'
    """
    return localized(f"notes/{page_name(path.removesuffix('.md'))}.html", lang, languages)


def concept_map(concept_id: str) -> str:
    """The map of a concept: one page draws the one that its address names.

    >>> concept_map("raft"), concept_map("共识 协议")
    ('maps/concept.html?c=raft', 'maps/concept.html?c=%E5%85%B1%E8%AF%86-%E5%8D%8F%E8%AE%AE-ddb0b6')
    """
    return f"{CONCEPT_MAP}?c={quote(page_name(concept_id))}"


def map_link(path: str, lang: str, languages: Sequence[str]) -> str:
    """A map's path with its initial language; one page contains all languages.

    >>> map_link("maps/overview.html", "en", ("zh", "en")), map_link("maps/overview.html", "zh", ("zh", "en"))
    ('maps/overview.html#lang=en', 'maps/overview.html')
    """
    return path if not languages or lang == languages[0] else f"{path}#lang={lang}"


def relative(source: str, target: str) -> str:
    """The relative reference from one page to another; both paths are relative to the output folder.

    Page names consist of letters, digits, ``_``, ``.`` and ``-``, so no escaping is needed.

    >>> relative("concepts/raft.html", "maps/overview.html"), relative("index.html", "assets/kg.css")
    ('../maps/overview.html', 'assets/kg.css')
    """
    above = source.split("/")[:-1]
    there = target.split("/")
    shared = 0
    while shared < len(above) and shared < len(there) - 1 and above[shared] == there[shared]:
        shared += 1
    return "/".join([".."] * (len(above) - shared) + there[shared:])
