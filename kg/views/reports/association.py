"""The association report: core, structure, isolated concepts, missing associations, next steps."""

from __future__ import annotations

from collections import Counter

from kg.views.page import View, amount, md, paths
from kg.views.page.figures import Bar, bars, matrix
from kg.views.page.words import key_order
from kg.views.reports import plots
from kg.views.reports.changes import changes
from kg.views.reports.document import Report, ReportWriter, Section
from kg.views.reports.gaps import concepts_line, isolated, measure_line, measure_section
from kg.views.reports.groups import communities
from kg.views.reports.missing import missing, strongest
from kg.views.reports.net import Net
from kg.views.reports.todo import lists, todo

_CORE = 15
_COLUMNS = 8
_RELATIONS = 60
_AREAS = 16


def association(view: View, net: Net) -> Report:
    """The report in the view's language."""
    w = view.words
    out = ReportWriter(view, paths.ASSOCIATION)
    if not net.concepts:
        sections = [Section("summary", w("summary"), [w("none-concepts")])]
    else:
        sections = [
            _summary(view, net, out),
            todo(view, net, out),
            _core(view, net, out),
            _structure(view, net, out),
            communities(view, net, out),
            isolated(view, net, out),
            missing(view, net, out),
            measure_section(view, net, out),
            _changes(view, net, out),
        ]
    return Report(paths.ASSOCIATION, "association", w("association"), w("a-lead"), sections)


def _summary(view: View, net: Net, out: ReportWriter) -> Section:
    w, assessment = view.words, view.assessment
    alone, loose, _ = lists(net)
    section = Section("summary", w("summary"))
    sizes = {"concepts": concepts_line(view), "untyped": w("n-untyped", n=len(net.untyped))}
    if net.typed:
        lines = [w("a-sum-size", typed=w("n-typed", n=net.typed), kinds=w("n-kinds", n=len(net.by_relation)), **sizes)]
    else:
        lines = [w("a-sum-untyped", **sizes)]
    lines += [measure_line(view, m) for m in assessment.measures if m.name in ("concept_association", "linkage")]
    lines += [
        w("a-sum-graded", value=w.percent(m.diagnostics["criteria_met"]))
        for m in assessment.measures
        if "criteria_met" in m.diagnostics
    ]
    core = net.core(5)
    if core:
        lines.append(w("a-sum-core", names=out.concepts(core, 5)))
    if alone or loose:
        few = {"alone": w("n-concepts", n=len(alone)), "loose": w("n-concepts", n=len(loose))}
        lines.append(w("a-sum-groups", communities=w("n-communities", n=len(view.communities)), **few))
    else:
        lines.append(w("a-sum-whole", n=len(view.communities)))
    pairs = strongest(view, net, 1)
    if pairs:
        a, b = pairs[0]
        lines.append(w("a-sum-pairs", a=out.concept(a), b=out.concept(b)))
    section.add("\n".join(f"- {line}" for line in lines))
    section.add(w("see-map", url=paths.relative(out.here, view.map(paths.OVERVIEW_MAP))))
    return section


def _core(view: View, net: Net, out: ReportWriter) -> Section:
    w, measures = view.words, view.assessment.concepts
    section = Section("core", w("a-core"))
    core = net.core(_CORE)
    if not core:
        section.add(w("a-core-none"))
        return section
    innermost = max(m.core for m in measures.values())
    bridges = {iri for c in view.assessment.communities for iri in c.bridges[:2]}
    areas = any(net.area(iri) for iri in core)
    rows = []
    for place, iri in enumerate(core, 1):
        m = measures[iri]
        why = []
        if net.rank_pagerank[iri] <= _CORE:
            why.append(w("why-pagerank", n=net.rank_pagerank[iri]))
        if net.rank_betweenness[iri] <= _CORE and m.betweenness:
            why.append(w("why-betweenness", n=net.rank_betweenness[iri]))
        if m.core == innermost:
            why.append(w("why-core", n=m.core))
        if iri in bridges:
            why.append(w("why-bridge"))
        why = why or [w("why-degree", n=m.degree)]
        numbers = [f"{m.pagerank:.4f}", f"{m.betweenness:.4f}", amount(m.degree), amount(m.core)]
        where = md.escape(view.area(net.area(iri)))
        area = [where] if areas else []
        rows.append([str(place), out.concept(iri), *area, *numbers, w.join(why), out.map(iri, w("map"))])
    headers = ["n", "concept", *(["area"] if areas else []), "pagerank", "betweenness", "degree", "core-number", "why", "map"]
    section.add(w("a-core-how"))
    for s in view.assessment.sampled:
        drawn = {"size": s.size, "of": s.of, "seed": s.seed, "error": w.percent(s.error)}
        section.add(w("a-sampled", measure=w(s.measure), method=s.method, **drawn))
    tied = sum(bool(m.degree) for m in measures.values())
    if 2 * tied < len(net.concepts):
        section.add(w("a-core-few", n=tied, all=len(net.concepts)))
    section.add(out.table([w(h) for h in headers], rows, "rllrrrrll" if areas else "rlrrrrll"))
    top = sorted(core, key=lambda i: (net.rank_pagerank[i], i))
    section.add(
        bars(
            [Bar(view.label(i), measures[i].pagerank, f"{measures[i].pagerank:.4f}", _href(view, out, i)) for i in top],
            w("fig-pagerank"),
        )
    )
    section.add(plots.degrees(view, net))
    return section


def _changes(view: View, net: Net, out: ReportWriter) -> Section:
    section = changes(view, net, out)
    section.add(plots.over_time(view))
    return section


def _href(view: View, out: ReportWriter, iri: str) -> str | None:
    target = view.page_of(iri)
    return paths.relative(out.here, target) if target else None


def _structure(view: View, net: Net, out: ReportWriter) -> Section:
    w, assessment = view.words, view.assessment
    section = Section("structure", w("a-structure"))
    section.add(f"### {w('a-relations')}")
    if not net.typed:
        section.add(w("a-relations-none", n=len(net.untyped)))
    else:
        common = sorted(net.by_relation, key=lambda r: (-net.by_relation[r], view.relation(r), r))
        rows = []
        for iri in common:
            relation = assessment.relations.get(iri)
            kind = w(f"kind-{relation.kind}") if relation else w("other")
            count = net.by_relation[iri]
            meaning = relation.definitions.get(view.lang) or relation.definitions.get("en") or "" if relation else ""
            share = out.percent(count, net.typed)
            rows.append([md.escape(view.relation(iri)), kind, amount(count), share, md.escape(meaning) or w("no-place")])
        headers = [w("relation"), w("kind"), w("count"), w("share"), w("meaning")]
        section.add(w("a-relations-how"), out.table(headers, rows, "llrrl", _RELATIONS))
        _areas(view, net, out, section, common)
    return section


def _areas(view: View, net: Net, out: ReportWriter, section: Section, common: list[str]) -> None:
    w = view.words
    totals: Counter[str] = Counter()
    for (area, _), n in net.by_area.items():
        totals[area] += n
    areas = sorted(totals, key=lambda a: (not a, -totals[a], a))
    if areas == [""]:
        return
    columns = common[:_COLUMNS]
    rest = len(common) > _COLUMNS
    rows = []
    for area in areas:
        counts = [net.by_area[area, relation] for relation in columns]
        counts += [totals[area] - sum(counts)] if rest else []
        rows.append([md.escape(view.area(area)), *(amount(n) if n else "·" for n in counts), amount(totals[area])])
    headers = [w("area"), *(md.escape(view.relation(r)) for r in columns), *([w("other")] if rest else []), w("total")]
    section.add(f"### {w('a-matrix')}", w("a-matrix-how"))
    section.add(out.table(headers, rows, "l" + "r" * (len(headers) - 1), 80))
    section.add(plots.matrix(view, net))
    inner = sum(n for (a, b), n in net.between.items() if a == b)
    section.add(w("a-inner", n=inner, share=out.percent(inner, net.typed), outer=net.typed - inner))
    named = sorted({a for pair in net.between for a in pair}, key=key_order)
    if 1 < len(named) <= _AREAS:
        counts_of = [[net.between[a, b] for b in named] for a in named]
        section.add(matrix([view.area(a) for a in named], counts_of, w("fig-areas")))
