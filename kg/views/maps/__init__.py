"""Interactive concept maps: an overview, a page for each cluster and each concept, and single offline files on request."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kg.base.errors import UsageError
from kg.base.names import page_name
from kg.model import Artifact, Assessment
from kg.views.maps import levels
from kg.views.maps.atlas import Atlas
from kg.views.maps.drawing import around, cluster, everything, grouped
from kg.views.maps.levels import MAX_NODES
from kg.views.maps.page import Page, names, render_library, standalone, write
from kg.views.page.reuse import Reuse

__all__ = ["EGO_NODES", "MAX_NODES", "OVERVIEW_CONCEPTS", "render_map", "render_maps"]

OVERVIEW_CONCEPTS: Final = 150
"""Maximum number of concepts that the overview draws individually; with more, it draws communities."""

EGO_NODES: Final = 80
"""Maximum number of concepts on the map of one concept."""


def render_maps(assessment: Assessment, reuse: Reuse | None = None) -> Iterator[Artifact]:
    """Yield all maps of a site: overview, clusters, concepts and the shared library files.

    ``reuse`` contains the pages of the last build.
    """
    atlas = Atlas(assessment, assessment.languages)
    yield from render_library()
    concepts = assessment.corpus.concepts
    yield names(atlas)
    title = [w("overview") for w in atlas.words.values()]
    shown = levels.groups(atlas)
    few = len(concepts) <= OVERVIEW_CONCEPTS
    yield write(atlas, Page("maps/overview.html", title), everything(atlas) if few else grouped(atlas, shown), reuse)
    for top in (*shown, *levels.small(atlas, shown)):
        for group, above in top.pages():
            page = Page(f"maps/{group.page}", group.names, above=above)
            yield write(atlas, page, grouped(atlas, group.parts) if group.parts else cluster(atlas, group.members), reuse)
    for iri, concept in concepts.items():
        page = Page(f"maps/concept/{page_name(concept.id)}.html", [concept.label(lang) for lang in atlas.langs], iri)
        yield write(atlas, page, around(atlas, iri, 1, EGO_NODES), reuse)


def render_map(assessment: Assessment, iri: str | None, depth: int, lang: str) -> bytes:
    """Render one map as a single offline HTML file: the surroundings of a concept, or all concepts.

    Raises `UsageError` if no concept has the IRI.
    """
    langs = (lang, *(another for another in assessment.languages if another != lang))
    atlas = Atlas(assessment, langs)
    if iri is None:
        return standalone(atlas, Page("", [w("overview") for w in atlas.words.values()]), everything(atlas))
    concept = assessment.corpus.concepts.get(iri)
    if concept is None:
        raise UsageError(f"no concept has the IRI {iri}")
    page = Page("", [concept.label(lang) for lang in langs], iri)
    return standalone(atlas, page, around(atlas, iri, max(depth, 0), EGO_NODES if depth <= 1 else MAX_NODES))
