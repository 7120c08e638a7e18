"""The reports, as Markdown and HTML: association, hierarchy, coverage of scope lists, quality."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from kg.model import Artifact, Assessment
from kg.views.page import View
from kg.views.page.reuse import Reuse
from kg.views.reports.association import association
from kg.views.reports.coverage import coverage
from kg.views.reports.document import Report, publish
from kg.views.reports.hierarchy import hierarchy
from kg.views.reports.net import Net
from kg.views.reports.quality import quality

__all__ = ["REPORTS", "render_report", "render_reports"]


class _ReportKind(NamedTuple):
    write: Callable[[View, Callable[[], Net]], Report]
    reads: tuple[str, ...]
    """What it reads of an assessment."""


_PAGE: Final = ("title", "languages", "look", "communities", "corpus.concepts", "measures", "claimed", "history", "covers")
_NET: Final = (*_PAGE, "network", "relations", "concepts", "hierarchy", "pairs", "planned")
REPORTS: Final[Mapping[str, _ReportKind]] = {
    "association": _ReportKind(
        lambda view, net: association(view, net()),
        (*_NET, "sampled", "findings", "gaps", "remembered", "suggestions", "suggestion_caps"),
    ),
    "hierarchy": _ReportKind(lambda view, net: hierarchy(view, net()), (*_NET, "findings")),
    "coverage": _ReportKind(lambda view, _net: coverage(view), (*_PAGE, "lists", "blind", "questions", "gates")),
    "quality": _ReportKind(
        lambda view, _net: quality(view),
        (*_PAGE, "gates", "lists", "reviews", "prose", "concepts", "planned"),
    ),
}
"""All reports by name."""


def render_report(name: str, assessment: Assessment, reuse: Reuse | None = None) -> Iterator[Artifact]:
    """Yield a report in each language of the knowledge base; ``reuse`` contains the pages of the last build."""
    net = lru_cache(lambda: Net(assessment))
    for lang in assessment.languages or ("en",):
        view = View(assessment, lang, "views.reports")
        view.reuse = reuse
        yield from publish(view, REPORTS[name].write(view, net))


def render_reports(assessment: Assessment, reuse: Reuse | None = None) -> Iterator[Artifact]:
    """Yield all reports; for the arguments, see `render_report`."""
    for name in REPORTS:
        yield from render_report(name, assessment, reuse)
