"""A measure in one sentence: value, numerator and denominator, bound, target, claimed value, earlier value."""

from __future__ import annotations

from typing import Final

from kg.model import Measure
from kg.views.page import View, amount, md
from kg.views.page.trends import trend

MET: Final = {None: "no-target", True: "met", False: "not-met"}
"""Whether a measure meets its target → key of the text."""


def measured(view: View, measure: Measure) -> str:
    """The sentence in the view's language."""
    w = view.words
    counted = f"{amount(measure.numerator)} / {amount(measure.denominator)}"
    if measure.value is None:
        counted = md.escape(view.words.reason(measure.note)) if measure.note else w("unknown")
    rest = "" if measure.lower is None else w("c-lower", value=w.percent(measure.lower))
    if measure.target is not None:
        verdict = w("met") if measure.met else w("not-met")
        rest += w("c-target", target=w.value(measure.target, measure.unit), verdict=verdict)
    claim = view.assessment.claimed.get(measure.name)
    if claim is not None:
        rest += w("c-claimed", value=w.value(claim, measure.unit))
    if measure.committed:
        rest += w("c-committed", what=w("verdicts-committed", n=measure.committed))
    over = trend(view.assessment, measure)
    if over.before is not None and over.before != measure.value:
        rest += w("c-since", date=over.since, value=w.value(over.before, measure.unit))
    name = md.escape(w.measure(measure.name))
    return w("c-measure", name=name, value=w.value(measure.value, measure.unit), counted=counted, rest=rest)


def change(view: View, measure: Measure) -> str:
    """The change of a measure since the last snapshot; empty if unchanged or if one of the values is unknown."""
    before = trend(view.assessment, measure).before
    if before is None or measure.value is None or before == measure.value:
        return ""
    gain = measure.value - before
    shown = amount(abs(gain)) if measure.unit == "count" else f"{abs(gain) * 100:.1f}"
    return f"{'▲' if gain > 0 else '▼'} {shown}"
