"""Tasks and events in few words."""

from __future__ import annotations

from typing import Any

import pytest

from kg.plan.journal import Event
from kg.plan.tasks import Task
from kg.plan.tasks.acceptance import parse_clause

KB = "https://x.org/"


class Plan:
    """Makers of what tests of a plan need."""

    @staticmethod
    def task(name: str, first: int = 0, last: int = 0, *before: str, accept: str = "", number: int = 0) -> Task:
        clauses = (parse_clause(accept),) if accept else ()
        return Task(
            name,
            KB + name,
            number,
            f"{name}.md",
            1,
            {"zh": f"任务 {name}", "en": name},
            {},
            {},
            (),
            first,
            last,
            {},
            (),
            before,
            clauses,
        )

    @staticmethod
    def at(when: str, kind: type[Event], /, **more: Any) -> Event:
        """An event of 2 March 2026, or of another time in full."""
        return kind(time=f"2026-03-02T{when}:00Z" if len(when) == 5 else when, actor="Ann <a@b.c>", **more)


@pytest.fixture
def plan() -> type[Plan]:
    return Plan
