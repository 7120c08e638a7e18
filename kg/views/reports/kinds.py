"""The section on the kinds of hierarchical relations: generic, whole–part, instance (ISO 25964-1, 10.3)."""

from __future__ import annotations

from collections import defaultdict

from kg.network.hierarchy import analyse_hierarchy
from kg.views.page import View, amount
from kg.views.reports.document import ReportWriter, Section
from kg.views.reports.net import KINDS, Net

_ROWS = 60


def kinds_section(view: View, net: Net, out: ReportWriter) -> Section:
    """Each kind as a separate hierarchy, and the pairs with relations of two kinds."""
    w = view.words
    section = Section("kinds", w("h-kinds"), [w("h-kinds-how")])
    by_kind: dict[str, dict[str, set[str]]] = {kind: defaultdict(set) for kind in KINDS}
    for (concept, parent), kinds in net.broader_kinds.items():
        for kind in kinds:
            by_kind[kind][concept].add(parent)
    rows = []
    for kind in KINDS:
        links = sum(map(len, by_kind[kind].values()))
        if not links:
            rows.append([w(f"kind-{kind}"), "0", *["–"] * 4])
            continue
        nodes = {n for concept, above in by_kind[kind].items() for n in (concept, *above)}
        own = analyse_hierarchy(nodes, by_kind[kind])
        deepest = max(own.depth.values(), default=0)
        rows.append(
            [w(f"kind-{kind}"), *(amount(n) for n in (links, len(nodes), len(own.roots), deepest + 1, len(own.cycles)))]
        )
    headers = [w("kind"), w("relations-n"), w("concepts-n"), w("roots-n"), w("deepest"), w("cycles-n")]
    section.add(out.table(headers, rows, "lrrrrr"))
    mixed = sorted(pair for pair, kinds in net.broader_kinds.items() if len(kinds - {"plain"}) > 1)
    if mixed:
        lines = [
            [
                out.concept(a),
                out.concept(b),
                w.join([w(f"kind-{k}") for k in KINDS if k in net.broader_kinds[a, b]]),
                out.at(net.broader_at.get((a, b), "")),
            ]
            for a, b in mixed
        ]
        head = [w("concept"), w("broader"), w("kind"), w("stated")]
        section.add(w("h-kinds-mixed", n=len(mixed)), out.table(head, lines, "llll", _ROWS))
    else:
        section.add(w("h-kinds-pure"))
    plain = sum(kinds == {"plain"} for kinds in net.broader_kinds.values())
    if plain:
        section.add(w("h-kinds-plain", n=plain, all=len(net.broader_kinds)))
    return section
