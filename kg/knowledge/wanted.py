"""Pages that readers look at are shown before the build that makes them is complete."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from kg.knowledge.texts import texts_as_read
from kg.model import Artifact

if TYPE_CHECKING:
    from kg.knowledge.base import KnowledgeBase


class WantedPages(NamedTuple):
    """Pages of the site to show early, and where."""

    paths: frozenset[str]
    """Paths in the output; those that aren't pages of the site are ignored."""
    show: Callable[[Artifact], None]


def show_wanted(wanted: WantedPages, base: KnowledgeBase) -> None:
    """Render and show the wanted pages from an assessment that may still lack suggestions. Writes nothing."""
    # start time: only a watching command shows pages early
    from kg.views.site import render_pages

    if not wanted.paths:
        return
    text_of = texts_as_read(base.files, base.corpus.notes)
    for page in render_pages(base.assessment, text_of, wanted.paths):
        wanted.show(page)
