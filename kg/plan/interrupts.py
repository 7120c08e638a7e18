"""Triggers that can interrupt a plan, and the records that each phase requires (parts 5.1 and 5.2 of the seed plan)."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

from kg.base.errors import UsageError
from kg.base.texts import Texts

Nature = Literal["technical", "business"]
PHASES: Final = ("evaluate", "mitigate", "replan")
"""In this order; then work resumes."""


class Trigger(NamedTuple):
    """A kind of event that interrupts work."""

    key: str
    """``group.name``."""
    nature: Nature

    def group(self, lang: str) -> str:
        """The label of its group."""
        return Texts(lang, "plan.groups")(self.key.partition(".")[0])

    def label(self, lang: str) -> str:
        """Its label."""
        return Texts(lang, "plan.triggers")(self.key)


def _group(nature: Nature, group: str, names: str) -> tuple[Trigger, ...]:
    return tuple(Trigger(f"{group}.{name}", nature) for name in names.split())


TRIGGERS: Final = (
    *_group("technical", "breakthrough", "quantum ai containers microservices"),
    *_group("technical", "security", "vulnerability compliance privacy data"),
    *_group("technical", "performance", "target resources scalability availability"),
    *_group("technical", "quality", "gate evidence"),
    *_group("business", "strategy", "direction focus allocation priority"),
    *_group("business", "market", "demand competition technology users"),
    *_group("business", "resources", "people budget technology time"),
)
"""Part 5.1 of the seed plan, and the triggers that kg detects itself (quality)."""

_BY_KEY: Final = {t.key: t for t in TRIGGERS}

_RECORDS: Final = {
    ("technical", "evaluate"): ("impact", "cost", "route", "risk"),
    ("technical", "mitigate"): ("measures", "emergency", "alternative", "monitoring"),
    ("technical", "replan"): ("solution", "steps", "resources", "schedule"),
    ("business", "evaluate"): ("impact", "loss", "issues", "strategy"),
    ("business", "mitigate"): ("alternative", "scope", "goals", "allocation"),
    ("business", "replan"): ("resources", "team", "schedule", "support"),
}
"""Nature and phase → required records (part 5.2)."""


def find_trigger(key: str) -> Trigger:
    """The trigger with a key. Raises UsageError if there is none."""
    trigger_ = _BY_KEY.get(key)
    if trigger_ is None:
        near = [k for k in _BY_KEY if k.startswith(key.partition(".")[0])] or list(_BY_KEY)
        raise UsageError(f"there is no trigger '{key}'", hint=f"known: {', '.join(near)}")
    return trigger_


def list_wanted_records(key: str, phase: str) -> tuple[str, ...]:
    """The records that a phase of an interrupt with this trigger requires.

    >>> list_wanted_records("security.vulnerability", "evaluate")
    ('impact', 'cost', 'route', 'risk')
    """
    return _RECORDS[find_trigger(key).nature, phase]


def record_label(key: str, phase: str, record: str, lang: str) -> str:
    """The label of a record in a phase of an interrupt with this trigger.

    >>> record_label("security.vulnerability", "evaluate", "cost", "en")
    'cost of migration'
    """
    return Texts(lang, "plan.records")(f"{find_trigger(key).nature}.{phase}.{record}")
