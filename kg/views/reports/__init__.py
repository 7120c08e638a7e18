"""The reports, as Markdown and HTML: association, hierarchy, coverage of scope lists, quality."""

from __future__ import annotations

from collections.abc import Iterator

from kg.model import Artifact, Assessment
from kg.views.page import View
from kg.views.page.reuse import Reuse
from kg.views.reports.association import association
from kg.views.reports.coverage import coverage
from kg.views.reports.document import publish
from kg.views.reports.hierarchy import hierarchy
from kg.views.reports.net import Net
from kg.views.reports.quality import quality

__all__ = ["render_reports"]


def render_reports(assessment: Assessment, reuse: Reuse | None = None) -> Iterator[Artifact]:
    """Yield all reports in each language of the knowledge base; ``reuse`` contains the pages of the last build."""
    net = Net(assessment)
    for lang in assessment.languages or ("en",):
        view = View(assessment, lang, "views.reports")
        view.reuse = reuse
        yield from publish(view, association(view, net))
        yield from publish(view, hierarchy(view, net))
        yield from publish(view, coverage(view))
        yield from publish(view, quality(view))
