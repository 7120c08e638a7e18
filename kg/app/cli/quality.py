"""Prints measures and gates, for several commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kg.app.cli.options import log_json, texts, to_stderr, translate_reason

if TYPE_CHECKING:
    from kg.knowledge import Failure


def trend(value: float | None, before: float | None, unit: str) -> str:
    """The difference to the last snapshot, in percentage points or, for counts, as a number; empty if unchanged.

    >>> trend(0.75, 0.5, "share"), trend(0.5, 0.5, "share"), trend(2, 3, "count"), trend(None, 0.5, "share")
    (' ▲ 25.0', '', ' ▼ 1', '')
    """
    if value is None or before is None:
        return ""
    change = value - before if unit == "count" else round((value - before) * 100, 1)
    if not change:
        return ""
    return (
        f" {'▲' if change > 0 else '▼'} {abs(change):g}"
        if unit == "count"
        else f" {'▲' if change > 0 else '▼'} {abs(change):.1f}"
    )


def say_gate(failure: Failure) -> None:
    """Report a missed gate on stderr, with the difference and a fix."""
    if log_json(
        "gate-not-met", measure=failure.measure, value=failure.value, gate=failure.gate, why=failure.why, mends=failure.mends
    ):
        return
    # start time: `--help` doesn't need it
    from kg.model import format_value, percent

    t = texts("common")
    value, gate = format_value(failure.value, "share", t("unknown")), percent(failure.gate)
    to_stderr(t("gate", measure=failure.measure, value=value, gate=gate, why=translate_reason(failure.why)))
    if failure.mends:
        to_stderr(t("cheapest-fixes"))
    for mend in failure.mends:
        to_stderr(f"    {translate_reason(mend)}")
