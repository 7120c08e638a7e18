"""The site: a dashboard and a page for each concept and each further note, in every language of the knowledge base."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kg.model import Artifact, Assessment
from kg.page import View, stylesheet
from kg.site.concept import concept_page
from kg.site.dashboard import dashboard
from kg.site.facts import Facts
from kg.site.note import note_page, plain_notes
from kg.site.plan import plan_pages
from kg.site.words import SITE

__all__ = ["plan_pages", "render"]


def render(assessment: Assessment, text_of: Callable[[str], str]) -> Iterator[Artifact]:
    """All pages of the site and the style sheet that maps and reports share with it.

    ``text_of`` gives the source text of a note by its path, line ends unchanged, so that byte offsets hold.
    """
    yield stylesheet()
    facts = Facts(assessment)
    for lang in assessment.languages or ("en",):
        view = View(assessment, lang, SITE)
        yield dashboard(view)
        for concept in assessment.corpus.concepts.values():
            yield concept_page(view, facts, concept, text_of)
        for path in plain_notes(view):
            yield note_page(view, facts, path, text_of)
