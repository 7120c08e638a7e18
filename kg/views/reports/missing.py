"""The section on missing associations: suggestions, and pairs that the network structure alone suggests."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from kg.model import Reason, Suggestion
from kg.suggest.reasons import merge_reasons
from kg.views.page import View, md
from kg.views.reports.document import ReportWriter, Section
from kg.views.reports.net import Net

_SUGGESTED: Final = 30
_PAIRS: Final = 30
_REASONS: Final = 3
_PARTS: Final = 3


def missing(view: View, net: Net, out: ReportWriter) -> Section:
    """The strongest suggestions with their evidence, then unlinked pairs with the strongest shared neighbourhood."""
    w = view.words
    section = Section("missing", w("a-pairs"))
    suggestions = view.assessment.suggestions
    if suggestions:
        section.add(w("a-suggested-how", all=len(suggestions)))
        rows = [
            [out.concept(s.source), out.concept(s.target), w(f"a-lane-{s.lane}"), f"{s.score:.2f}", _why(view, out, s)]
            for s in _pairs_once(suggestions, _SUGGESTED)
        ]
        section.add(out.table([w(h) for h in ("source", "suggested-target", "lane", "score", "why")], rows, "lllrl"))
        if view.assessment.suggestion_caps:
            section.add(w("a-suggested-caps", caps=md.escape("; ".join(view.assessment.suggestion_caps))))
        section.add(f"### {w('a-by-structure')}")
    _pairs(view, net, out, section)
    return section


def strongest(view: View, net: Net, limit: int) -> list[tuple[str, str]]:
    """The pairs to examine first: suggestions; if there are none, pairs by structure."""
    pairs = [(s.source, s.target) for s in _pairs_once(view.assessment.suggestions, limit)]
    return pairs or [p[:2] for p in net.pairs()[0][:limit]]


def _pairs_once(suggestions: Iterable[Suggestion], limit: int) -> list[Suggestion]:
    """The first suggestions, without those of a pair that an earlier one has in the other direction."""
    pairs: dict[frozenset[str], Suggestion] = {}
    for s in suggestions:
        pairs.setdefault(frozenset((s.source, s.target)), s)
        if len(pairs) == limit:
            break
    return list(pairs.values())


def _why(view: View, out: ReportWriter, suggestion: Suggestion) -> str:
    reasons = merge_reasons(suggestion.why[:_REASONS], _PARTS)
    return view.words("a-why-separator").join(_reason(view, out, reason) for reason in reasons)


def _reason(view: View, out: ReportWriter, reason: Reason) -> str:
    w = view.words
    if reason.line:
        return md.code(f"{reason.path}:{reason.line}")
    if reason.concepts:
        return f"{w('a-why-concepts')} {out.concepts(reason.concepts, _PARTS)}"
    return f"{w('a-why-terms')} {w.join([md.escape(t) for t in reason.terms])}"


def _pairs(view: View, net: Net, out: ReportWriter, section: Section) -> None:
    w = view.words
    pairs, left = net.pairs()
    section.add(w("a-pairs-how"))
    if left:
        section.add(w("a-pairs-left", n=left))
    if not pairs:
        section.add(w("a-pairs-none"))
        return
    rows = [
        [
            f"{out.located(p.first)} ↔ {out.located(p.second)}",
            f"{p.adamic_adar:.2f}",
            f"{p.resource_allocation:.2f}",
            f"{p.jaccard:.2f}",
            f"{p.nearness:.4f}",
            out.concepts(p.shared, 4),
            w.join([md.escape(t) for t in p.terms]) or w("no-place"),
        ]
        for p in pairs
    ]
    headers = ["pair", "adamic-adar", "allocation", "jaccard", "nearness", "shared", "shared-terms"]
    section.add(out.table([w(h) for h in headers], rows, "lrrrrll", _PAIRS))
