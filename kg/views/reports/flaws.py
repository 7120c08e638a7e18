"""The section on faults of the hierarchy: cycles, redundant relations, multiple parents."""

from __future__ import annotations

from kg.views.page import View
from kg.views.reports.document import ReportWriter, Section
from kg.views.reports.net import Net


def flaws(view: View, net: Net, out: ReportWriter) -> Section:
    """Cycles, redundant relations and multiple broader concepts, each with the places that state them."""
    w = view.words
    section = Section("flaws", w("h-flaws"))
    for name, made in (("h-cycles", _cycles), ("h-redundant", _redundant), ("h-poly", _polyhierarchy)):
        section.add(f"### {w(name)}", *made(view, net, out))
    return section


def _cycles(view: View, net: Net, out: ReportWriter) -> list[str]:
    w, h = view.words, view.assessment.hierarchy
    if not h.cycles:
        return [w("h-cycles-none")]
    lines = []
    for cycle in h.cycles[:50]:
        steps = [
            f"{out.concept(a)} → {out.concept(b)} {out.at(net.broader_at.get((a, b), ''))}"
            for a, b in zip(cycle, [*cycle[1:], cycle[0]], strict=True)
        ]
        lines.append(f"- {w.join(steps)}")
    more = [w("and-more", n=len(h.cycles) - 50)] if len(h.cycles) > 50 else []
    return [w("h-cycles-some", n=len(h.cycles)), "\n".join(lines), *more]


def _redundant(view: View, net: Net, out: ReportWriter) -> list[str]:
    w, h = view.words, view.assessment.hierarchy
    if not h.redundant:
        return [w("h-redundant-none")]
    rows = [[out.concept(a), out.concept(b), out.at(net.broader_at.get((a, b), ""))] for a, b in h.redundant]
    return [w("h-redundant-some", n=len(h.redundant)), out.table([w("concept"), w("broader"), w("stated")], rows, "lll")]


def _polyhierarchy(view: View, net: Net, out: ReportWriter) -> list[str]:
    w, h = view.words, view.assessment.hierarchy
    if not h.polyhierarchy:
        return [w("h-poly-none")]
    rows = []
    for iri in h.polyhierarchy:
        parents = h.parents.get(iri, ())
        stated = [out.at(net.broader_at.get((iri, p), "")) for p in parents]
        rows.append([out.concept(iri), out.concepts(parents, 6), w.join(list(dict.fromkeys(stated))[:6])])
    return [w("h-poly-some", n=len(h.polyhierarchy)), out.table([w("concept"), w("broader"), w("stated")], rows, "lll")]
