"""Pages that readers look at are shown before the build that makes them is complete."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from kg.knowledge.media import shown_media
from kg.knowledge.texts import texts_as_read
from kg.model import Artifact, Assessment, Corpus

if TYPE_CHECKING:
    from kg.knowledge.base import KnowledgeBase


class WantedPages(NamedTuple):
    """Pages of the site to show early, and where."""

    paths: frozenset[str]
    """Paths in the output; those that aren't pages of the site are ignored."""
    show: Callable[[Artifact], None]
    before: Assessment | None = None
    """The assessment of the last build, as `strip_assessment` returns it; None before the first one."""


def strip_assessment(assessment: Assessment) -> Assessment:
    """Return an assessment without what `show_wanted` takes from the notes as they are then."""
    nothing = Corpus.empty()
    return replace(assessment, corpus=nothing, network=type(assessment.network)(), suggestions=())


def show_wanted(wanted: WantedPages, base: KnowledgeBase) -> None:
    """Render and show the wanted pages. Writes nothing.

    Pages hold nothing that is measured (`kg/views/site/standing.py`), so measures of the last build will do: pages wait for the
    network, not for the assessment. Findings, verdicts and topics may be those of the last build until this one is complete.
    """
    # start time: only a watching command shows pages early
    from kg.knowledge.look import look_of
    from kg.views.site import SiteSources, render_pages

    if not wanted.paths:
        return
    assessment = base.assessment if wanted.before is None else wanted.before
    if wanted.before is not None:
        settings, network = base.settings, base.network
        assessment = replace(
            assessment,
            corpus=base.corpus,
            network=network,
            hierarchy=base.hierarchy,
            relations=base.relations,
            title=settings.title or assessment.title,
            languages=base.languages,
            look=look_of(settings),
        )
    text_of = texts_as_read(base.files, base.corpus.notes)
    media = shown_media(base.corpus, base.inputs.media()).media
    sources = SiteSources(media, base.inputs.bibliography.references)
    for page in render_pages(assessment, text_of, wanted.paths, sources):
        wanted.show(page)
