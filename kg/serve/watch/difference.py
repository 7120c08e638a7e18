"""The differences of two builds in one line, such as "+1 relation, association 21.3% → 22.4%, 1 finding fixed"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from kg.base.texts import Texts
from kg.checks.fingerprints import fingerprint_findings
from kg.knowledge import MeasureLine, Summary
from kg.model import Finding, format_value

_SHOWN: Final = ("concept_association", "theory_coverage")
"""Measures whose changes are always shown; others are shown if they have a gate."""


class BuildResults(NamedTuple):
    """What is compared of a build."""

    summary: Summary
    findings: frozenset[str]
    """Fingerprints, which don't depend on lines."""

    @classmethod
    def of(cls, summary: Summary, findings: Sequence[Finding]) -> BuildResults:
        """The results of a build with these findings."""
        return cls(summary, frozenset(fingerprint_findings(findings)))


def describe_difference(before: BuildResults, after: BuildResults, lang: str) -> str:
    """The differences in one line, most important first; if there are none, the line says so.

    Counts have a sign. A finding counts as fixed if it is no longer reported, and as
    new if it wasn't before; its line may change.
    """
    t = Texts(lang, "serve.watch")
    parts = [*_counts(before.summary, after.summary, t), *_measures(before.summary, after.summary, t)]
    parts += _findings(before, after, t)
    return t("separator").join(parts) if parts else t("no-difference")


def _counts(before: Summary, after: Summary, t: Texts) -> Iterator[str]:
    pairs = (
        ("notes", before.notes, after.notes),
        ("concepts", before.concepts, after.concepts),
        ("relations", sum(before.relations.values()), sum(after.relations.values())),
        ("links", before.links.resolved, after.links.resolved),
        ("broken-links", _broken(before), _broken(after)),
        ("unwritten-links", before.links.unwritten, after.links.unwritten),
        ("ambiguous-links", before.links.ambiguous, after.links.ambiguous),
    )
    for key, old, new in pairs:
        if old != new:
            yield t(key, n=abs(new - old), change=f"{new - old:+,}")
    if sum(before.relations.values()) == sum(after.relations.values()) and before.relations != after.relations:
        yield t("relation-types")


def _broken(summary: Summary) -> int:
    links = summary.links
    return links.broken + links.broken_anchor + links.broken_attachment


def _measures(before: Summary, after: Summary, t: Texts) -> Iterator[str]:
    old = {measure.name: measure for measure in before.measures}
    for measure in after.measures:
        last = old.get(measure.name)
        if measure.name not in _SHOWN and measure.gate is None:
            continue
        values = [_value(m, t) for m in (last, measure)]
        if values[0] != values[1]:
            yield t("measure", name=t.get(measure.name, measure.name), before=values[0], after=values[1])
    missed = [{gate.measure for gate in summary.gates} for summary in (before, after)]
    for name in sorted(missed[1] - missed[0]):
        yield t("gate-missed", name=name)
    for name in sorted(missed[0] - missed[1]):
        yield t("gate-met", name=name)


def _value(measure: MeasureLine | None, t: Texts) -> str:
    return t("unknown") if measure is None else format_value(measure.value, measure.unit, t("unknown"))


def _findings(before: BuildResults, after: BuildResults, t: Texts) -> Iterator[str]:
    new, fixed = len(after.findings - before.findings), len(before.findings - after.findings)
    if new:
        yield t("findings-new", n=new)
    if fixed:
        yield t("findings-fixed", n=fixed)
