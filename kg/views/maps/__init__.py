"""Interactive concept maps: an overview, clusters, a page for any concept, and single offline files on request."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from kg.base.errors import UsageError
from kg.model import Artifact, Assessment
from kg.views.maps import levels
from kg.views.maps.atlas import Atlas
from kg.views.maps.drawing import CONCEPTS_BY_STEPS, around, cluster, empty, everything, grouped
from kg.views.maps.levels import MAX_NODES
from kg.views.maps.page import Page, render_library, standalone, write
from kg.views.maps.shards import render_days, render_shards
from kg.views.page.paths import CONCEPT_MAP
from kg.views.page.shards import count_shards

__all__ = ["CONCEPTS_BY_STEPS", "MAX_NODES", "OVERVIEW_CONCEPTS", "READS", "render_map", "render_maps"]

READS: Final = (
    "network", "relations", "concepts", "communities", "positions", "evidence", "title", "languages", "corpus.concepts",
    "covers", "planned", "corpus.foreign", "corpus.foreign_assertions",
)  # fmt: skip
"""What `render_maps` reads of an assessment."""
OVERVIEW_CONCEPTS: Final = 150
"""Maximum number of concepts that the overview draws individually; with more, it draws communities."""


def render_maps(assessment: Assessment, days: Mapping[str, str] = MappingProxyType({})) -> Iterator[Artifact]:
    """Yield all maps of a site: overview, clusters, the page for any concept with its data, and the shared library files.

    `days`: the day on which each concept appeared, by id, for the time slider; it needs two days.
    """
    atlas = Atlas(assessment, assessment.languages)
    atlas.has_days = len(set(days.values())) > 1
    yield from render_library()
    concepts = assessment.corpus.concepts
    title = [w("overview") for w in atlas.words.values()]
    shown = levels.groups(atlas)
    few = len(concepts) <= OVERVIEW_CONCEPTS
    shards = count_shards(len(concepts))
    overview = Page("maps/overview.html", title, opens=0 if few else shards)
    yield write(atlas, overview, everything(atlas) if few else grouped(atlas, shown))
    for top in (*shown, *levels.small(atlas, shown)):
        for group, above in top.pages():
            page = Page(f"maps/{group.page}", group.names, above=above)
            yield write(atlas, page, grouped(atlas, group.parts) if group.parts else cluster(atlas, group.members))
    if atlas.has_days:
        yield render_days(atlas, days, [group for top in shown for group, _ in top.pages()])
    yield write(atlas, Page(CONCEPT_MAP, [w("any-concept") for w in atlas.words.values()], shards=shards), empty())
    yield from render_shards(atlas, shards)


def render_map(
    assessment: Assessment,
    iri: str | None,
    depth: int,
    lang: str,
    chosen: Collection[str] | None = None,
    site: str | None = None,
) -> bytes:
    """Render one map as a single offline HTML file: the surroundings of a concept, the chosen concepts, or all of them.

    With `site`, it is one to embed: `kg.views.maps.page.standalone`. Raises `UsageError` if no concept has the IRI.
    """
    langs = (lang, *(another for another in assessment.languages if another != lang))
    atlas = Atlas(assessment, langs)
    if iri is None:
        return standalone(atlas, Page("", [w("overview") for w in atlas.words.values()]), everything(atlas, chosen), site)
    concept = assessment.corpus.concepts.get(iri)
    if concept is None:
        raise UsageError(f"no concept has the IRI {iri}")
    page = Page("", [concept.label(lang) for lang in langs])
    limit = CONCEPTS_BY_STEPS[0] if depth <= 1 else MAX_NODES
    return standalone(atlas, page, around(atlas, iri, max(depth, 0), limit), site)
