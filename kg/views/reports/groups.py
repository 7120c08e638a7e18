"""Sections on communities: their content, the associations between them, and gaps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from kg.views.page import View, amount, md, paths
from kg.views.reports.document import ReportWriter, Section
from kg.views.reports.net import Net

_GROUPS: Final = 60
_TIED: Final = 15
_BRIDGES: Final = 3
_TERMS: Final = 5


def communities(view: View, net: Net, out: ReportWriter) -> Section:
    """The communities with central concepts and terms, the bridge concepts, and gaps."""
    w = view.words
    section = Section("communities", w("a-communities"))
    if not view.communities:
        section.add(w("a-communities-none"))
        return section
    rows = [
        [
            name(view, out, c.index),
            amount(len(view.counted(c))),
            out.concepts(view.counted(c)[:5], 5),
            w.join([md.escape(t) for t in _terms(view, c.terms)]) or w("no-place"),
            out.concepts(c.bridges[:_BRIDGES], _BRIDGES) or w("no-place"),
        ]
        for c in view.communities
    ]
    headers = [w(h) for h in ("community", "size", "central", "terms", "bridges")]
    section.add(w("a-communities-how"), out.table(headers, rows, "lrlll", _GROUPS))
    _bridges(view, net, out, section)
    _gaps(view, out, section)
    return section


def name(view: View, out: ReportWriter, index: int) -> str:
    """A community as a link to its map."""
    return md.link(view.community(index), paths.relative(out.here, view.cluster_of(index)))


def _terms(view: View, terms: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Characteristic terms in the view's language, then in others: product names exist in one language only."""
    own = [*terms.get(view.lang, ()), *(t for lang in sorted(terms) if lang != view.lang for t in terms[lang])]
    return own[:_TERMS]


def _bridges(view: View, net: Net, out: ReportWriter, section: Section) -> None:
    """Pairs of communities with the most associations, and associations between the most important concepts of each."""
    w = view.words
    between = net.across()
    section.add(f"### {w('a-bridges')}")
    if not between:
        section.add(w("a-bridges-none"))
        return
    order = sorted(between, key=lambda pair: (-len(between[pair]), pair))
    rows = []
    for first, second in order:
        ties = sorted(between[first, second], key=lambda t: (-net.pagerank(t[0]) - net.pagerank(t[1]), t))
        shown = [f"{out.concept(a)} – {out.concept(b)}" for a, b in ties[:_BRIDGES]]
        rows.append([name(view, out, first), name(view, out, second), amount(len(ties)), w.join(shown)])
    section.add(w("a-bridges-how"))
    section.add(out.table([w(h) for h in ("community", "community", "ties", "strongest-ties")], rows, "llrl", _TIED))


def _gaps(view: View, out: ReportWriter, section: Section) -> None:
    w = view.words
    section.add(f"### {w('a-gaps')}", w("a-gaps-how"))
    gaps = view.assessment.gaps
    if not gaps:
        section.add(w("a-gaps-none"))
        return
    rows = [
        [
            name(view, out, g.first),
            name(view, out, g.second),
            f"{g.likeness:.2f}",
            amount(g.ties),
            f"{g.expected:.1f}",
            w.join([md.escape(t) for t in g.terms]),
        ]
        for g in gaps
    ]
    section.add(
        out.table([w(h) for h in ("community", "community", "likeness", "ties", "expected", "shared-terms")], rows, "llrrrl")
    )
