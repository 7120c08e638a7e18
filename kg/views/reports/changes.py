"""The section on changes since the last snapshot: concepts, relations, communities, measures."""

from __future__ import annotations

from collections import defaultdict
from typing import Final

from kg.views.page import View, amount, md
from kg.views.reports.document import ReportWriter, Section
from kg.views.reports.groups import name
from kg.views.reports.net import Net

_LISTED: Final = 40
_SAME: Final = 5e-10
"""Stored measures are not rounded; a smaller difference is a rounding error."""


def changes(view: View, net: Net, out: ReportWriter) -> Section:
    """Added, removed and moved items. The build is compared with the last snapshot, since builds store no history."""
    w, assessment = view.words, view.assessment
    section = Section("changes", w("a-changes"))
    if not assessment.history:
        section.add(w("a-changes-none"))
        return section
    last = assessment.history[-1]
    section.add(w("a-changes-since", date=last.time[:10], commit=f" (`{last.commit[:12]}`)" if last.commit else ""))
    counts = {"concepts": len(net.concepts) - len(assessment.planned), "typed": net.typed, "untyped": len(net.untyped)}
    rows = [
        [w(f"changes-{key}"), amount(last.counts[key]), amount(current), _signed(current - last.counts[key])]
        for key, current in counts.items()
        if key in last.counts and current != last.counts[key]
    ]
    for measure in assessment.measures:
        before = last.measures.get(measure.name)
        if measure.name in last.measures and measure.unit == "share" and _differ(before, measure.value):
            both = before is not None and measure.value is not None
            change = _signed(100 * (measure.value or 0.0) - 100 * (before or 0.0), 1) if both else w("no-place")
            rows.append([md.escape(w.measure(measure.name)), w.percent(before), w.percent(measure.value), change])
    if rows:
        section.add(out.table([w(h) for h in ("name", "changes-before", "changes-now", "changes-by")], rows, "lrrr"))
    listed = [*_concepts(view, net, out), *_communities(view, net, out)]
    section.add(*listed)
    if not rows and not listed:
        section.add(w("a-changes-nothing"))
    return section


def _concepts(view: View, net: Net, out: ReportWriter) -> list[str]:
    """Added and removed concepts, by id."""
    w, remembered = view.words, view.assessment.remembered
    if not remembered:
        return []
    by_id = {c.id: iri for iri, c in net.concepts.items()}
    new = sorted(by_id.keys() - remembered.keys())
    gone = sorted(remembered.keys() - by_id.keys())
    lines = []
    if new:
        lines.append(w("a-changes-new", n=len(new), names=out.concepts([by_id[i] for i in new], _LISTED)))
    if gone:
        names = [md.code(i) for i in gone[:_LISTED]]
        names += [w("more", n=len(gone) - _LISTED)] if len(gone) > _LISTED else []
        lines.append(w("a-changes-gone", n=len(gone), names=w.join(names)))
    return lines


def _communities(view: View, net: Net, out: ReportWriter) -> list[str]:
    """New and removed communities, and concepts that changed their community."""
    w, assessment = view.words, view.assessment
    remembered = assessment.remembered
    if not remembered:
        return []
    before, current = set(remembered.values()), {c.index for c in view.communities}
    loose = {c.index for c in assessment.communities} - current
    lines = []
    new = sorted(current - before)
    if new:
        lines.append(w("a-changes-groups", n=len(new), names=w.join([name(view, out, i) for i in new])))
    # The group of isolated concepts has an index too, but isn't a community.
    lost = sorted(
        before - current - loose - {i for i in before if all(remembered.get(c.id) != i for c in net.concepts.values())}
    )
    if lost:
        lines.append(w("a-changes-lost", n=len(lost)))
    moved: dict[int, list[str]] = defaultdict(list)
    for iri, concept in net.concepts.items():
        measures = assessment.concepts.get(iri)
        was = remembered.get(concept.id)
        if (
            measures is not None
            and was is not None
            and was in current
            and measures.community in current
            and measures.community != was
        ):
            moved[measures.community].append(iri)
    for index, iris in sorted(moved.items()):
        names = out.concepts(sorted(iris, key=lambda i: (-net.pagerank(i), i)), _LISTED)
        lines.append(w("a-changes-moved", n=len(iris), group=name(view, out, index), names=names))
    return lines


def _differ(before: float | None, after: float | None) -> bool:
    if before is None or after is None:
        return before is not after
    return abs(before - after) > _SAME


def _signed(value: float, digits: int = 0) -> str:
    """A difference with its sign.

    >>> _signed(3), _signed(-1.25, 1), _signed(12000)
    ('+3', '-1.2', '+12,000')
    """
    return f"{value:+,.{digits}f}"
