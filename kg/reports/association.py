"""The report on how concepts are associated: core, structure, what is isolated, what is missing, what to do next."""

from __future__ import annotations

from collections import Counter

from kg.model import Measure
from kg.page import View, amount, paths
from kg.page import markdown as md
from kg.page.figures import Bar, bars, matrix
from kg.page.words import key_order
from kg.reports.document import Report, Section, Writer
from kg.reports.net import Net

_CORE = 15
_COLUMNS = 8
_RELATIONS = 20
_AREAS = 16
_PLAIN_SHARE = 0.5


def association(view: View, net: Net) -> Report:
    """The report in the view's language."""
    w = view.words
    out = Writer(view, paths.ASSOCIATION)
    if not net.concepts:
        sections = [Section("summary", w("summary"), [w("none-concepts")])]
    else:
        sections = [
            _summary(view, net, out),
            _core(view, net, out),
            _structure(view, net, out),
            _isolated(view, net, out),
            _pairs(view, out),
            _measure(view, out),
            _todo(view, net, out),
        ]
    return Report(paths.ASSOCIATION, "association", w("association"), w("a-lead"), sections)


def measure_line(view: View, measure: Measure) -> str:
    """A measure in one sentence."""
    w = view.words
    name = md.escape(w.measure(measure.name))
    counted = w("unknown") if measure.value is None else f"{amount(measure.numerator)} / {amount(measure.denominator)}"
    if measure.target is None:
        return w("a-sum-shown", name=name, value=w.percent(measure.value), counted=counted)
    verdict = w("met") if measure.met else w("not-met")
    return w(
        "a-sum-measure", name=name, value=w.percent(measure.value), counted=counted,
        target=w.percent(measure.target), verdict=verdict,
    )  # fmt: skip


def _lists(net: Net) -> tuple[list[str], list[str], list[str]]:
    """Concepts without any tie, with links only, with a single neighbour; each most important first."""
    measures = net.assessment.concepts
    order = sorted(net.concepts, key=lambda i: (net.rank_pagerank.get(i, 0), i))
    alone = [i for i in order if i not in measures or not measures[i].degree]
    loose = [i for i in order if i in measures and measures[i].degree and not measures[i].typed_degree]
    single = [i for i in order if i in measures and measures[i].degree == 1 and measures[i].typed_degree]
    return alone, loose, single


def _summary(view: View, net: Net, out: Writer) -> Section:
    w, assessment = view.words, view.assessment
    alone, loose, _ = _lists(net)
    section = Section("summary", w("summary"))
    lines = [w("a-sum-size", concepts=len(net.concepts), typed=net.typed, kinds=len(net.by_relation), untyped=len(net.untyped))]
    lines += [measure_line(view, m) for m in assessment.measures if m.name in ("concept_association", "linkage")]
    core = net.core(5)
    if core:
        lines.append(w("a-sum-core", names=out.concepts(core, 5)))
    lines.append(w("a-sum-groups", n=len(assessment.communities), alone=len(alone), loose=len(loose)))
    if assessment.pairs:
        a, b = assessment.pairs[0][:2]
        lines.append(w("a-sum-pairs", a=out.concept(a), b=out.concept(b)))
    section.add("\n".join(f"- {line}" for line in lines))
    section.add(w("see-map", url=paths.relative(out.here, view.map(paths.OVERVIEW_MAP))))
    return section


def _core(view: View, net: Net, out: Writer) -> Section:
    w, measures = view.words, view.assessment.concepts
    section = Section("core", w("a-core"))
    core = net.core(_CORE)
    if not core:
        section.add(w("a-core-none"))
        return section
    innermost = max(m.core for m in measures.values())
    bridges = {iri for c in view.assessment.communities for iri in c.bridges[:2]}
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
        rows.append([str(place), out.concept(iri), where, *numbers, w.join(why)])
    headers = ["n", "concept", "area", "pagerank", "betweenness", "degree", "core-number", "why"]
    section.add(w("a-core-how"), out.table([w(h) for h in headers], rows, "rllrrrrl"))
    top = sorted(core, key=lambda i: (net.rank_pagerank[i], i))
    section.add(
        bars(
            [Bar(view.label(i), measures[i].pagerank, f"{measures[i].pagerank:.4f}", _href(view, out, i)) for i in top],
            w("fig-pagerank"),
        )
    )
    return section


def _href(view: View, out: Writer, iri: str) -> str | None:
    target = view.page_of(iri)
    return paths.relative(out.here, target) if target else None


def _structure(view: View, net: Net, out: Writer) -> Section:
    w, assessment = view.words, view.assessment
    section = Section("structure", w("a-structure"))
    section.add(f"### {w('a-relations')}")
    if not net.typed:
        section.add(w("a-relations-none", untyped=len(net.untyped)))
    else:
        common = sorted(net.by_relation, key=lambda r: (-net.by_relation[r], view.relation(r), r))
        rows = []
        for iri in common:
            relation = assessment.relations.get(iri)
            kind = w(f"kind-{relation.kind}") if relation else w("other")
            count = net.by_relation[iri]
            rows.append([md.escape(view.relation(iri)), kind, amount(count), out.percent(count, net.typed)])
        section.add(out.table([w("relation"), w("kind"), w("count"), w("share")], rows, "llrr", _RELATIONS))
        _areas(view, net, out, section, common)
    section.add(f"### {w('a-communities')}")
    if not assessment.communities:
        section.add(w("a-communities-none"))
        return section
    rows = []
    for community in assessment.communities:
        name = md.link(view.community(community.index), paths.relative(out.here, view.cluster_of(community.index)))
        central, bridges = out.concepts(community.members[:5], 5), out.concepts(community.bridges[:3], 3)
        rows.append([name, amount(len(community.members)), central, bridges or w("no-place")])
    section.add(w("a-communities-how"))
    section.add(out.table([w("community"), w("size"), w("central"), w("bridges")], rows, "lrll", 60))
    return section


def _areas(view: View, net: Net, out: Writer, section: Section, common: list[str]) -> None:
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
    inner = sum(n for (a, b), n in net.between.items() if a == b)
    section.add(w("a-inner", inner=inner, share=out.percent(inner, net.typed), outer=net.typed - inner))
    named = sorted({a for pair in net.between for a in pair}, key=key_order)
    if 1 < len(named) <= _AREAS:
        counts_of = [[net.between[a, b] for b in named] for a in named]
        section.add(matrix([view.area(a) for a in named], counts_of, w("fig-areas")))


def _isolated(view: View, net: Net, out: Writer) -> Section:
    w = view.words
    alone, loose, single = _lists(net)
    section = Section("isolated", w("a-isolated"))
    section.add(w("a-isolated-some", n=len(alone)) if alone else w("a-isolated-none"), out.items(alone, 100))
    if loose:
        section.add(w("a-loose-some", n=len(loose)), out.items(loose, 50))
    if single:
        section.add(w("a-single-some", n=len(single)), out.items(single, 50))
    return section


def _pairs(view: View, out: Writer) -> Section:
    w = view.words
    section = Section("missing", w("a-pairs"), [w("a-pairs-how")])
    if not view.assessment.pairs:
        section.add(w("a-pairs-none"))
        return section
    rows = [
        [f"{out.concept(a)} ↔ {out.concept(b)}", f"{score:.2f}", out.concepts(shared, 5)]
        for a, b, score, shared in view.assessment.pairs
    ]
    section.add(out.table([w("pair"), w("score"), w("shared")], rows, "lrl", 50))
    return section


def lacks(view: View, measure: Measure, offender: str) -> str:
    """What an offender lacks, for readers."""
    reasons = measure.reasons.get(offender, ())
    return view.words.join([md.escape(view.words.get(f"lack-{r}", r)) for r in reasons])


def _measure(view: View, out: Writer) -> Section:
    w = view.words
    section = Section("measure", w("a-measure"))
    measure = next((m for m in view.assessment.measures if m.name == "concept_association"), None)
    if measure is None:
        section.add(w("a-measure-absent", unknown=w("unknown")))
        return section
    section.add(w("about-concept_association"))
    if measure.value is None:
        section.add(w("a-measure-unknown", unknown=w("unknown")))
    else:
        verdict = w("no-target") if measure.met is None else w("met") if measure.met else w("not-met")
        target = w("none") if measure.target is None else w.percent(measure.target)
        numbers = {"n": amount(measure.numerator), "d": amount(measure.denominator)}
        section.add(w("a-measure-is", value=w.percent(measure.value), target=target, verdict=verdict, **numbers))
    if measure.note:
        section.add(w("a-measure-note", note=md.escape(measure.note)))
    if measure.diagnostics:
        rows = [[md.escape(w.diagnostic(k)), amount(v, 4)] for k, v in sorted(measure.diagnostics.items())]
        section.add(f"### {w('a-diagnostics')}", out.table([w("name"), w("value")], rows, "lr"))
    if measure.parts:
        rows = [
            [md.escape(part), out.percent(n, d), f"{amount(n)} / {amount(d)}"] for part, (n, d) in sorted(measure.parts.items())
        ]
        section.add(f"### {w('a-parts')}", out.table([w("name"), w("value"), w("count")], rows, "lrr"))
    section.add(f"### {w('a-offenders')}")
    if not measure.offenders:
        section.add(w("a-offenders-none"))
        return section
    rows = [[out.concept(i), out.place(i), lacks(view, measure, i) or w("no-place")] for i in measure.offenders]
    section.add(out.table([w("concept"), w("place"), w("lacks")], rows, "lll"))
    return section


def _todo(view: View, net: Net, out: Writer) -> Section:
    w, assessment = view.words, view.assessment
    items: list[str] = []
    errors = sorted((f for f in assessment.findings if f.severity == "error"), key=lambda f: (f.path, f.line, f.column))
    if errors:
        first = [f"{md.code(f'{f.path}:{f.line}')} {md.escape(f.code)}" for f in errors[:3]]
        items.append(w("todo-errors", n=len(errors), list=w.join(first)))
    alone, _, _ = _lists(net)
    if alone:
        items.append(w("todo-isolated", n=len(alone), list=out.concepts(alone, 5)))
    measure = next((m for m in assessment.measures if m.name == "concept_association"), None)
    if measure is not None:
        missing: dict[str, list[str]] = {}
        for offender in measure.offenders:
            for reason in measure.reasons.get(offender, ()):
                missing.setdefault(reason, []).append(offender)
        for reason, offenders in sorted(missing.items(), key=lambda item: (-len(item[1]), item[0])):
            text = md.escape(w.get(f"lack-{reason}", reason))
            items.append(w("todo-lack", lack=text, n=len(offenders), list=out.concepts(offenders, 5)))
    if net.untyped:
        first = [
            f"{out.concept(source)} → {out.concept(target)} {out.at(f'{path}:{line}' if path else '')}"
            for path, line, source, target in net.untyped[:3]
        ]
        items.append(w("todo-untyped", n=len(net.untyped), list=w.join(first)))
    if assessment.pairs:
        strongest = assessment.pairs[:5]
        first = [f"{out.concept(a)} ↔ {out.concept(b)}" for a, b, *_ in strongest]
        items.append(w("todo-pairs", n=len(strongest), list=w.join(first)))
    crossing = net.crossing()
    for community in assessment.communities:
        if len(community.members) > 2 and crossing.get(community.index, 0) <= 1 and len(assessment.communities) > 1:
            members = any(net.neighbours.get(m) for m in community.members)
            if members:
                name = md.link(view.community(community.index), paths.relative(out.here, view.cluster_of(community.index)))
                items.append(w("todo-thin", name=name, n=crossing.get(community.index, 0)))
    for iri, n in sorted(net.by_relation.items(), key=lambda item: (-item[1], item[0]))[:1]:
        relation = assessment.relations.get(iri)
        if relation and not relation.hierarchical and relation.symmetric and n > _PLAIN_SHARE * net.typed and n > 2:
            share = out.percent(n, net.typed)
            items.append(w("todo-plain", relation=md.escape(view.relation(iri)), share=share, n=n))
    section = Section("todo", w("a-todo"))
    section.add("\n".join(f"{i}. {item}" for i, item in enumerate(items, 1)) or w("a-todo-none"))
    return section
