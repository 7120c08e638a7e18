"""The quality report: each measure with target, claimed value and trend, what to fix first, and reviews."""

from __future__ import annotations

from collections.abc import Iterator

from kg.metrics.gates import find_failures
from kg.metrics.people import judge_claim
from kg.model import Measure, unit_of
from kg.views.page import View, amount, md, paths
from kg.views.page.trends import TrendLine, figure, trend
from kg.views.reports.actions import ReportAction, check_list
from kg.views.reports.document import Report, ReportWriter, Section
from kg.views.reports.measured import MET, change, measured

_LISTED = 40
_STATES = 5
"""Recorded states in a table, at most; the last ones."""


def quality(view: View) -> Report:
    """The report in the view's language."""
    w = view.words
    out = ReportWriter(view, paths.QUALITY)
    sections = [
        _measures(view, out),
        _todo(view),
        _faults(view, out, "representation_consistency", "representation", w("q-representation")),
        _logic(view, out),
        *_judged(view, out),
        _trends(view, out),
    ]
    return Report(paths.QUALITY, "quality", w("quality"), w("q-lead"), sections)


def _judged(view: View, out: ReportWriter) -> Iterator[Section]:
    """What people judge, where somebody uses it: there are records, or a target or claim asks for some."""
    used = {measure.name.partition(".")[0] for measure in view.measures}
    reviews = view.assessment.reviews
    if "accuracy" in used or (reviews is not None and reviews.claims):
        yield _accuracy(view, out)
    if "clarity" in used or (reviews is not None and reviews.tests) or view.assessment.prose:
        yield _clarity(view, out)
    if "innovation" in used or (reviews is not None and reviews.innovations):
        yield _innovation(view, out)


def _find(view: View, name: str) -> Measure | None:
    return next((m for m in view.assessment.measures if m.name == name), None)


def _measures(view: View, out: ReportWriter) -> Section:
    w, assessment = view.words, view.assessment
    if not view.measures:
        return Section("measures", w("q-measures"), [w("q-measures-none")])
    rows = []
    for m in view.measures:
        claim, gate = assessment.claimed.get(m.name), assessment.gates.get(m.name)
        verdict = w(MET[m.met])
        rows.append(
            [
                md.escape(w.measure(m.name)),
                w.value(m.value, m.unit),
                f"{amount(m.numerator)} / {amount(m.denominator)}",
                w.percent(m.lower) if m.lower is not None else "",
                w.value(m.target, m.unit) if m.target is not None else "",
                verdict,
                w.value(gate, m.unit) if gate is not None else "",
                w.value(claim, m.unit) if claim is not None else "",
                change(view, m),
            ]
        )
    heads = ("measure", "value", "counted", "lower", "target", "verdict", "gate", "claims", "trend")
    table = out.table([w(h) for h in heads], rows, "lrrrrlrrr")
    measured_names = {m.name for m in assessment.measures}
    section = Section("measures", w("q-measures"), [w("q-measures-how"), table])
    only = [
        f"{md.escape(w.measure(n))} {w.value(v, unit_of(n))}"
        for n, v in sorted(assessment.claimed.items())
        if n not in measured_names
    ]
    if only:
        section.add(f"{w('claimed-only')}{w('colon')}{w.join(only)}")
    return section


def _todo(view: View) -> Section:
    w, assessment = view.words, view.assessment
    section = Section("todo", w("q-todo"))
    failed = find_failures(assessment.gates, assessment)
    if not failed:
        section.add(w("q-gates-met") if assessment.gates else w("q-gates-none"))
    actions = []
    for f in failed:
        name, why = md.escape(w.measure(f.measure)), md.escape(w.reason(f.why))
        text = w("q-gate", name=name, value=w.percent(f.value), gate=w.percent(f.gate), why=why)
        actions.append(ReportAction(text, "kg verify" if "kg verify" in f.why else "", [md.escape(mend) for mend in f.mends]))
    for m in view.measures:
        if m.value is None and m.name not in {f.measure for f in failed}:
            why, command = _with_command(m.note)
            actions.append(
                ReportAction(w("q-unknown", name=md.escape(w.measure(m.name)), why=md.escape(w.reason(why))), command)
            )
    section.add(check_list(actions))
    return section


def _with_command(note: str) -> tuple[str, str]:
    """A reason without the command that it ends with, and the command.

    >>> _with_command("nobody has reviewed a sample: kg review sample"), _with_command("no source")
    (('nobody has reviewed a sample', 'kg review sample'), ('no source', ''))
    """
    why, between, command = note.rpartition(": kg ")
    return (why, f"kg {command}") if between else (note, "")


def _faults(view: View, out: ReportWriter, name: str, id_: str, title: str) -> Section:
    """Offenders grouped by reason, since most of them have the same."""
    w = view.words
    section = Section(id_, title)
    measure = _find(view, name)
    if measure is None:
        return section
    section.add(w.get(f"about-{name}", ""), measured(view, measure))
    if not measure.offenders:
        section.add(w("q-clean") if measure.value is not None else "")
    groups: dict[tuple[str, ...], list[str]] = {}
    for offender in measure.offenders:
        groups.setdefault(tuple(measure.reasons.get(offender, ())), []).append(offender)
    for reasons, offenders in sorted(groups.items(), key=lambda item: (-len(item[1]), item[0])):
        lack = w.join([md.escape(view.words.reason(r)) for r in reasons])
        section.add(f"**{lack}** ({amount(len(offenders))})", out.items(offenders, _LISTED))
    return section


def _logic(view: View, out: ReportWriter) -> Section:
    w = view.words
    section = _faults(view, out, "logical_consistency", "logic", w("q-logic"))
    measure = _find(view, "logical_consistency")
    if measure is not None and measure.value is not None:
        breaches = int(measure.diagnostics.get("hard_gate_breaches", 0))
        section.add(w("q-hard", n=breaches) if breaches else w("q-hard-none"))
    return section


def _accuracy(view: View, out: ReportWriter) -> Section:
    w, reviews = view.words, view.assessment.reviews
    section = Section("accuracy", w("q-accuracy"), [w("q-accuracy-how")])
    measure = _find(view, "accuracy")
    if measure is not None:
        section.add(measured(view, measure))
    if reviews is None or not reviews.claims:
        return section
    fresh = [c for c in reviews.claims if not c.stale]
    judged = [c for c in fresh if judge_claim(c)]
    stale = len(reviews.claims) - len(fresh)
    counts = {"n": len(reviews.claims), "stale": stale, "reviewed": len(judged), "open": len(fresh) - len(judged)}
    section.add(w("q-sampled", **counts))
    alpha = reviews.agreement
    section.add(w("q-agreement-none") if alpha is None else w("q-agreement", alpha=f"{alpha:.3f}"))
    wrong = [c for c in judged if judge_claim(c) == "wrong"]
    if wrong:
        rows = [
            [md.code(f"{c.path}:{c.line}"), md.escape(c.text), md.escape(w.join([f"{k}: {v}" for k, v in c.verdicts.items()]))]
            for c in wrong
        ]
        section.add(w("q-wrong"), out.table([w("place"), w("claim"), w("said-by")], rows, "lll"))
    return section


def _clarity(view: View, out: ReportWriter) -> Section:
    w, reviews = view.words, view.assessment.reviews
    section = Section("clarity", w("q-clarity"))
    measure = next((m for m in view.measures if m.name == "clarity"), None)
    if measure is not None:
        section.add(w("about-clarity"), measured(view, measure))
    if reviews is not None and reviews.tests:
        rows = [
            [md.escape(concept), f"{right} / {asked}", out.percent(right, asked)] for concept, asked, right in reviews.tests
        ]
        section.add(w("q-tests"), out.table([w("concept"), w("count"), w("value")], rows, "lrr"))
    if view.assessment.prose:
        rows = [[w.get(f"prose-{name}", name), amount(value, 1)] for name, value in view.assessment.prose.items()]
        section.add(w("q-prose"), out.table([w("name"), w("value")], rows, "lr"))
    return section


def _innovation(view: View, out: ReportWriter) -> Section:
    w, reviews = view.words, view.assessment.reviews
    section = Section("innovation", w("q-innovation"), [w("q-innovation-how")])
    named = [m for m in view.assessment.measures if m.name.startswith("innovation.")]
    section.add("\n".join(f"- {measured(view, m)}" for m in named))
    if reviews is None or not reviews.innovations:
        section.add(w("q-innovation-none"))
        return section
    lacks = {offender: why for m in named for offender, why in m.reasons.items()}
    rows = []
    for i in reviews.innovations:
        state = w("q-accepted") if i.accepted else md.escape(w.join([view.words.reason(r) for r in lacks.get(i.id, ())]))
        kind = w.measure(f"innovation.{i.kind}")
        signed = md.escape(f"{i.by}, {i.when[:10]}")
        rows.append([md.escape(i.title), md.escape(kind), signed, md.escape(i.prior_art), state])
    heads = [w("claim"), w("kind"), w("said-by"), w("prior-art"), w("verdict")]
    section.add(out.table(heads, rows, "lllll"))
    return section


def _trends(view: View, out: ReportWriter) -> Section:
    w, assessment = view.words, view.assessment
    section = Section("trends", w("q-trends"))
    if not assessment.history:
        section.add(w("q-trends-none"))
        return section
    rows = []
    for m in view.measures:
        points = trend(assessment, m).points
        top = max([m.target or 1.0, *(p for p in points if p is not None)]) if m.unit == "count" else 1.0
        rows.append(TrendLine(w.measure(m.name), points, w.value(m.value, m.unit), top))
    section.add(figure(rows, w("fig-trends")))
    # A column for each state: there are more measures than a page is wide.
    rows_shown = assessment.history[-_STATES:]
    lines = []
    for m in assessment.measures:
        if any(p is not None for p in trend(assessment, m).points):
            before = (w.value(row.measures.get(m.name), m.unit) for row in rows_shown)
            lines.append([md.escape(w.measure(m.name)), *before, w.value(m.value, m.unit)])
    heads = [f"{row.time[:10]} {md.code(_revision(row.commit))}" if row.commit else row.time[:10] for row in rows_shown]
    section.add(out.table([w("measure"), *heads, w("today")], lines, "l" + "r" * (len(heads) + 1)))
    return section


def _revision(commit: str) -> str:
    return commit[:10] + ("-dirty" if commit.endswith("-dirty") else "")
