"""The site: dashboard, browsing, search, and a page for each concept and note in every language."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from kg.model import Artifact, Assessment
from kg.views.page import View, assets, paths
from kg.views.page.reuse import Reuse
from kg.views.site.browse import browse
from kg.views.site.concept import concept_page
from kg.views.site.dashboard import dashboard
from kg.views.site.diagrams import diagram_files
from kg.views.site.facts import AssessmentIndex
from kg.views.site.learn import learn_data, learn_page, learn_script
from kg.views.site.note import note_page, plain_notes
from kg.views.site.plan import plan_pages
from kg.views.site.search import make_index, search_page, search_script
from kg.views.site.standing import standing_files, standing_script

__all__ = ["make_index", "plan_pages", "render_pages", "render_site"]


def render_site(
    assessment: Assessment, text_of: Callable[[str], str], *, searchable: bool = False, reuse: Reuse | None = None
) -> Iterator[Artifact]:
    """Yield all pages of the site, and the style sheet and scripts shared with maps and reports.

    ``text_of`` returns the source text of a note by path, with original line ends, so that byte offsets are valid.
    ``searchable`` tells whether `make_index` will be called on the output. ``reuse`` contains the pages of the last build.
    """
    languages = assessment.languages or ("en",)
    yield from assets(assessment.look, languages)
    yield search_script()
    yield learn_script()
    yield standing_script()
    yield from diagram_files(assessment.look)
    facts = AssessmentIndex(assessment, text_of)
    views = [View(assessment, lang, "views.site") for lang in languages]
    for view in views:
        view.reuse = reuse
    yield learn_data(assessment, facts, views)
    for view in views:
        yield from standing_files(view, facts)
        yield dashboard(view)
        yield from browse(view, facts)
        yield learn_page(view)
        yield search_page(view, searchable=searchable)
        for concept in assessment.corpus.concepts.values():
            yield concept_page(view, facts, concept, text_of)
        for path in plain_notes(view):
            yield note_page(view, facts, path, text_of)


def render_pages(assessment: Assessment, text_of: Callable[[str], str], wanted: Collection[str]) -> Iterator[Artifact]:
    """Yield the pages of concepts and notes with these paths, in any language; other paths are ignored."""
    facts = AssessmentIndex(assessment, text_of)
    languages = assessment.languages or ("en",)
    for lang in languages:
        view = View(assessment, lang, "views.site")
        for concept in assessment.corpus.concepts.values():
            if paths.concept_path(concept.id, lang, languages) in wanted:
                yield concept_page(view, facts, concept, text_of)
        for path in plain_notes(view):
            if paths.note_path(path, lang, languages) in wanted:
                yield note_page(view, facts, path, text_of)
