"""The start page: measures and targets, findings, latest changes, and links to all other pages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup, escape

from kg.model import Artifact, Change, Finding, Measure, tenths, unit_of
from kg.views.page import PageHead, View, amount, page, paths
from kg.views.page.figures import meter
from kg.views.page.trends import sparkline, trend
from kg.views.site.entries import count_areas
from kg.views.site.hero import hero_map
from kg.views.site.note import plain_notes
from kg.views.site.overview import bridges, central, core_concepts, lessons, next_actions
from kg.views.site.recent import day_of, describe_change, meaning_of

_FIRST_FINDINGS = 8
_NEWEST = 5
_AREAS = 6
_STATES = ("bad", "unknown", "good", "plain")
"""Measures in this order, so that what needs work comes first."""
_SEVERITIES = ("error", "warning", "info")


class Card(NamedTuple):
    """A displayed measure."""

    name: str
    key: str
    value: str
    about: str
    bar: object
    counted: str
    target: str
    claimed: str
    state: str
    """``good``, ``bad``, ``unknown`` or ``plain``."""
    verdict: str
    note: str
    trend: object
    """A sparkline of the values at each snapshot and now; empty without history."""
    before: str
    """The value at the last snapshot."""
    offenders: int
    parts: list[tuple[str, str, str, object]]
    """Name, share, count, bar."""
    diagnostics: list[tuple[str, str]]


def card(view: View, measure: Measure) -> Card:
    """A measure with the numbers that explain it."""
    w = view.words
    value = measure.value
    state = "unknown" if value is None else {None: "plain", True: "good", False: "bad"}[measure.met]
    verdict = {"unknown": w("unknown"), "plain": w("no-target"), "good": w("met"), "bad": w("not-met")}[state]
    stem = measure.name.partition(".")[0]
    shown = w.value(value, measure.unit)
    over = trend(view.assessment, measure)
    if value is None:
        counted = w("nothing-to-measure") if measure.target is not None else w("nothing-shown")
    else:
        counted = w("of", n=amount(measure.numerator), d=amount(measure.denominator))
    name = w.measure(measure.name)
    target = "" if measure.target is None else w.value(measure.target, measure.unit)
    scale = max(measure.target or 1.0, value or 0.0) if measure.unit == "count" else 1.0
    label = f"{name}: {shown}" + (f" ({w('target')} {target})" if target else "")
    claim = view.assessment.claimed.get(measure.name)
    committed = w("verdicts-committed", n=measure.committed) if measure.committed else ""
    return Card(
        name=name,
        key=measure.name,
        value=shown,
        about=w.get(f"about-{measure.name}", w.get(f"about-{stem}", "")),
        bar=meter(_of(value, scale), _of(measure.target, scale), label, _of(claim, scale)),
        trend=sparkline(over.points, f"{name}: {shown}", scale),
        before="" if over.before is None else w("trend-since", date=over.since, value=w.value(over.before, measure.unit)),
        counted=counted,
        target=target,
        claimed=claimed(view, claim, value, measure.unit),
        state=state,
        verdict=verdict,
        note=view.words.reason(measure.note) or committed,
        offenders=len(measure.offenders),
        parts=[
            (part, w.percent(share), w("of", n=amount(n), d=amount(d)), meter(share, None, f"{part}: {w.percent(share)}"))
            for share, part, n, d in sorted(
                ((n / d if d else None, part, n, d) for part, (n, d) in measure.parts.items()),
                key=lambda row: (row[0] is not None, row[0] or 0.0, row[1]),
            )
        ],
        diagnostics=[(w.diagnostic(k), w.diagnostic_value(k, v)) for k, v in sorted(measure.diagnostics.items())],
    )


def _of(value: float | None, scale: float) -> float | None:
    """A value as a share of the scale."""
    return None if value is None else value / scale


def claimed(view: View, claim: float | None, value: float | None, measure_unit: str = "share") -> str:
    """The claimed value and its difference from the measured value; empty if no value is claimed."""
    w = view.words
    if claim is None:
        return ""
    # Subtract the displayed values, in tenths of a percentage point, so that readers can reproduce the difference.
    if measure_unit == "count":
        return w("claimed", value=w.value(claim, measure_unit))
    points = 0.0 if value is None else (tenths(claim) - tenths(value)) / 10
    if not points:
        return w("claimed", value=w.percent(claim))
    key = "claimed-more" if points > 0 else "claimed-less"
    return w(key, value=w.percent(claim), points=amount(abs(points), 1))


def _findings(view: View, address: str) -> list[dict[str, object]]:
    by_severity: dict[str, list[Finding]] = defaultdict(list)
    for finding in view.assessment.findings:
        by_severity[finding.severity].append(finding)
    shown = []
    for severity in _SEVERITIES:
        findings = sorted(by_severity.get(severity, ()), key=lambda f: (f.path, f.line, f.column, f.code))
        codes: dict[tuple[str, str], int] = defaultdict(int)
        for finding in findings:
            codes[finding.code, finding.name] += 1
        first = []
        for finding in findings[:_FIRST_FINDINGS]:
            target = view.page_of_note(finding.path)
            first.append((finding, paths.relative(address, target) if target else ""))
        shown.append(
            {
                "severity": severity,
                "n": len(findings),
                "codes": sorted(((n, *key) for key, n in codes.items()), key=lambda row: (-row[0], row[1])),
                "first": first,
            }
        )
    return shown


def _href(view: View, address: str, iri: str) -> str:
    return paths.relative(address, view.page_of(iri) or paths.INDEX)


class ShownChange(NamedTuple):
    """A row of the newest changes."""

    kind: str
    concept: object
    """Its link; the id of a removed one."""
    day: str
    what: Markup


def _changes(view: View, address: str, changes: Sequence[Change]) -> list[ShownChange]:
    iris = {c.id: c.iri for c in view.assessment.corpus.concepts.values()}
    w = view.words
    return [
        ShownChange(
            w(meaning_of(c)),
            view.link(address, iris[c.id]) if c.id in iris else c.id,
            day_of(view, c),
            describe_change(view, address, c, edits=False),
        )
        for c in changes[:_NEWEST]
    ]


def _sentence(view: View, address: str, typed: int, untyped: int) -> Markup:
    """What the knowledge base is, in one sentence: that of the settings; otherwise its counts and most central concepts."""
    w, assessment = view.words, view.assessment
    stated = assessment.look.description
    own = stated.get(view.lang) or stated.get("")
    concepts = len(assessment.corpus.concepts) - len(assessment.planned)
    if own or not concepts:
        return escape(own or w("summary-empty"))
    summary = w(
        "summary",
        concepts=w("n-concepts", n=concepts),
        notes=w("n-notes", n=len(assessment.corpus.notes)),
        typed=w("n-typed", n=typed) if typed else w("n-untyped", n=untyped),
    )
    links = [view.link(address, iri) for iri in central(view)[:3]]
    if not links:
        return escape(summary)
    before, _, behind = w("about-base", names="\0").partition("\0")
    gap = "" if view.lang.startswith("zh") else " "
    return Markup("{}{}{}{}{}").format(summary, gap, before, escape(w("list-separator")).join(links), behind)


def dashboard(view: View, changes: Sequence[Change]) -> Artifact:
    """The start page in the view's language. `changes`: the latest ones, newest first."""
    assessment, w = view.assessment, view.words
    address = view.path(paths.INDEX)
    concepts = assessment.corpus.concepts
    typed = untyped = 0
    for _, _, data in assessment.network.edges(data=True):
        if data.get("asserted", True):
            if data.get("typed", True):
                typed += 1
            else:
                untyped += 1
    cards = [card(view, m) for m in view.measures]
    measured = {m.name for m in assessment.measures}
    communities = view.communities
    ranked = central(view)
    areas = count_areas(view)
    sentence = _sentence(view, address, typed, untyped)
    aimed = [c for c in cards if c.state != "plain" and c.target]
    return page(
        view,
        paths.INDEX,
        PageHead("index.html", view.title, "home", sentence.striptags(), ("home.js",)),
        sentence=sentence,
        hero=hero_map(view, address, ranked),
        lessons=lessons(view, address, ranked),
        areas=[(name, f"{paths.relative(address, view.path(paths.AREAS))}#{anchor}", n) for name, anchor, n in areas[:_AREAS]],
        more_areas=len(areas) - _AREAS,
        counts=[
            ("count-concepts", len(concepts) - len(assessment.planned)),
            ("count-notes", len(assessment.corpus.notes)),
            ("count-typed", typed),
            ("count-untyped", untyped),
            ("count-areas", len({c.area for c in concepts.values() if c.area})),
            ("count-communities", len(communities)),
        ],
        cards=sorted((c for c in cards if c.target), key=lambda c: _STATES.index(c.state)),
        figures=[c for c in cards if not c.target],
        core=core_concepts(view, address),
        bridges=bridges(view, address),
        actions=next_actions(view, address),
        only_claimed=[
            (w.measure(n), w.value(v, unit_of(n))) for n, v in sorted(assessment.claimed.items()) if n not in measured
        ],
        met=sum(c.state == "good" for c in aimed),
        aimed=len(aimed),
        severities=_findings(view, address),
        communities=[
            (view.community(c.index), paths.relative(address, view.cluster_of(c.index)), len(view.counted(c)))
            for c in communities[:6]
        ],
        more_communities=max(0, len(communities) - 6),
        changes=_changes(view, address, changes),
        more_changes=len(changes) - _NEWEST,
        other_notes=[(view.note_title(p), p, paths.relative(address, view.page_of_note(p) or "")) for p in plain_notes(view)],
    )
