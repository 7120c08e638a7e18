"""Sections on isolated concepts, and on the measure with its offenders."""

from __future__ import annotations

from kg.metrics.edits import AssociationEdit, AssociationState, cheapest_edits
from kg.model import Measure
from kg.network.edges import stated_edges
from kg.views.page import View, amount, md
from kg.views.reports.document import ReportWriter, Section
from kg.views.reports.measured import MET
from kg.views.reports.net import Net
from kg.views.reports.todo import lists

_LISTED = 40


def concepts_line(view: View) -> str:
    """The number of concepts, and beside it that of notes on plan and tasks, which measures don't count."""
    w, planned = view.words, len(view.assessment.planned)
    counted = w("n-concepts", n=len(view.assessment.concepts) - planned)
    return counted + w("n-planned", n=planned) if planned else counted


def measure_line(view: View, measure: Measure) -> str:
    """A measure in one sentence, with its claimed value."""
    w = view.words
    name = md.escape(w.measure(measure.name))
    counted = w("unknown") if measure.value is None else f"{amount(measure.numerator)} / {amount(measure.denominator)}"
    claim = view.assessment.claimed.get(measure.name)
    claimed = "" if claim is None else w("a-claimed", value=w.percent(claim))
    if measure.target is None:
        return w("a-sum-shown", name=name, value=w.percent(measure.value), counted=counted, claimed=claimed)
    verdict = w("met") if measure.met else w("not-met")
    return w(
        "a-sum-measure",
        name=name,
        value=w.percent(measure.value),
        counted=counted,
        target=w.percent(measure.target),
        verdict=verdict,
        claimed=claimed,
    )


def isolated(view: View, net: Net, out: ReportWriter) -> Section:
    """Concepts without associations, or with too few."""
    w = view.words
    alone, loose, single = lists(net)
    section = Section("isolated", w("a-isolated"))
    section.add(w("a-isolated-some", n=len(alone)) if alone else w("a-isolated-none"), out.items(alone, 100))
    if loose:
        section.add(w("a-loose-some", n=len(loose)), out.items(loose, _LISTED))
    if single:
        section.add(w("a-single-some", n=len(single)), out.items(single, _LISTED))
    return section


def measure_section(view: View, net: Net, out: ReportWriter) -> Section:
    """The measure, how it is computed, and the offenders with their reasons."""
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
        verdict = w(MET[measure.met])
        target = w("none") if measure.target is None else w.percent(measure.target)
        numbers = {"n": amount(measure.numerator), "d": amount(measure.denominator)}
        section.add(w("a-measure-is", value=w.percent(measure.value), target=target, verdict=verdict, **numbers))
    claim = view.assessment.claimed.get(measure.name)
    if claim is not None:
        section.add(w("a-measure-claimed", value=w.percent(claim)))
    if measure.note:
        section.add(w("a-measure-note", note=md.escape(measure.note)))
    if measure.diagnostics:
        rows = [[md.escape(w.diagnostic(k)), w.diagnostic_value(k, v)] for k, v in sorted(measure.diagnostics.items())]
        section.add(f"### {w('a-diagnostics')}", out.table([w("name"), w("value")], rows, "lr"))
    if measure.parts:
        rows = [
            [md.escape(part), out.percent(n, d), f"{amount(n)} / {amount(d)}"] for part, (n, d) in sorted(measure.parts.items())
        ]
        section.add(f"### {w('a-parts')}", out.table([w("name"), w("value"), w("count")], rows, "lrr"))
    section.add(f"### {w('a-offenders')}")
    if not measure.offenders:
        section.add(w("a-offenders-none"))
    _offenders(view, measure, section, out)
    _edits(view, net, measure, section, out)
    return section


def _edits(view: View, net: Net, measure: Measure, section: Section, out: ReportWriter) -> None:
    """For each concept that falls short, what it lacks and the edit that raises the measure most.

    Edits are relations for plain links, and suggested ties; `kg next` reads the texts, and also knows broader concepts.
    """
    w, assessment = view.words, view.assessment
    if not measure.offenders:
        return
    counted = [node for node in assessment.network.nodes if node not in assessment.planned]
    edges = stated_edges(assessment.network.subgraph(counted))
    state = AssociationState(edges, assessment.relations, assessment.hierarchy)
    links = [AssociationEdit(s, t, "associative", 0.0, f"{path}:{line}") for path, line, s, t in net.waiting]
    ties = [AssociationEdit(s.source, s.target, "associative", s.score, s.id) for s in assessment.suggestions]
    cheapest = cheapest_edits(state, [*links, *ties])
    rows = []
    for iri in sorted(cheapest, key=lambda i: (net.rank_pagerank.get(i, 0), i)):
        edit = cheapest[iri]
        lack = w.join([md.escape(w.get(f"lack-{r}", r)) for r in measure.reasons.get(iri, ())])
        change = md.code(f"related: [[{net.concepts[edit.target].id}]]") if edit.target in net.concepts else ""
        if lack and change:
            rows.append([out.concept(iri), lack, change, out.place(edit.source)])
    section.add(w("a-edits-how"))
    if rows:
        headers = [w(h) for h in ("concept", "a-edits-lacks", "a-edits-edit", "place")]
        section.add(out.table(headers, rows, "llll", _LISTED))


def _offenders(view: View, measure: Measure, section: Section, out: ReportWriter) -> None:
    """Offenders grouped by reason, since most of them have the same."""
    w = view.words
    groups: dict[tuple[str, ...], list[str]] = {}
    for offender in measure.offenders:
        groups.setdefault(tuple(measure.reasons.get(offender, ())), []).append(offender)
    for reasons, offenders in sorted(groups.items(), key=lambda item: (-len(item[1]), item[0])):
        lack = w.join([md.escape(w.get(f"lack-{r}", r)) for r in reasons])
        section.add(w("a-offenders-group", n=len(offenders), lacks=lack) if lack else w("a-offenders-plain", n=len(offenders)))
        section.add(out.items(offenders, _LISTED))
