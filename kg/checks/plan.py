"""Tasks of a plan that can't be meant as they are written (KG561)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kg.checks.base import Context, Place, Rule
from kg.model import Finding
from kg.plan.tasks import tasks_of


def _invalid(rule: Rule, context: Context) -> Iterator[Finding]:
    for fault in tasks_of(context.corpus)[1]:
        yield rule.at(Place(fault.path, fault.line), fault.message, fault.hint)


RULES: Final = (Rule("KG561", "invalid-task", "error", "correct the front matter of the task", _invalid),)
