"""Tasks as notes state them: who, when, what comes before, what is delivered, and what has to hold before one is done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from kg.errors import UsageError
from kg.model import Concept, Corpus, Lang
from kg.names import KG
from kg.plan.acceptance import Clause, parse
from kg.settings import Settings

FOLDER: Final = "plan"
"""Below the first notes folder: journal, checkpoints and reports of interrupts."""
_BEFORE: Final = (KG + "isPrecededBy", KG + "dependsOn")
_AFTER: Final = KG + "isFollowedBy"


@dataclass(frozen=True, slots=True)
class Task:
    """A piece of planned work as its note describes it."""

    id: str
    iri: str
    number: int
    """Its number in the plan; 0 where the note gives none."""
    path: str
    line: int
    """Line of the acceptance, or of the title where there is none."""
    labels: Mapping[Lang, str]
    goal: Mapping[Lang, str]
    responsible: Mapping[Lang, str]
    participants: tuple[Mapping[Lang, str], ...]
    first: int
    """First planned day, 1-based; 0 where none is planned."""
    last: int
    deliverable: Mapping[Lang, str]
    actions: tuple[Mapping[Lang, str], ...]
    before: tuple[str, ...]
    """Ids of the tasks that have to be done first."""
    acceptance: tuple[Clause, ...]
    """All of them have to hold."""

    @property
    def days(self) -> int:
        """How many days are planned; at least one."""
        return max(1, self.last - self.first + 1)

    def label(self, lang: Lang) -> str:
        """What it is called in a language, else in English, else anyhow."""
        return said(self.labels, lang) or self.id


def said(texts: Mapping[Lang, str], lang: Lang) -> str:
    """A text in a language, else in English, else in any; empty where there is none.

    >>> said({"zh": "甲"}, "en"), said({}, "en")
    ('甲', '')
    """
    return texts.get(lang) or texts.get("en") or next(iter(texts.values()), "")


def folder(settings: Settings) -> Path:
    """The folder of the plan: `plan/` in the first notes folder."""
    if not settings.notes:
        raise UsageError("a plan needs a notes folder", hint="a thesaurus alone holds no tasks")
    return settings.notes[0] / FOLDER


def tasks_of(corpus: Corpus) -> tuple[Task, ...]:
    """The tasks among the concepts of a corpus, by number and id.

    Raises UsageError with the line for a task whose days or acceptance can't be read, and for tasks that wait for each other.
    """
    concepts = {iri: c for iri, c in corpus.concepts.items() if c.type == "task"}
    before: dict[str, set[str]] = {iri: set() for iri in concepts}
    for a in corpus.assertions:
        if a.subject in concepts and a.object in concepts and a.subject != a.object:
            if a.predicate in _BEFORE:
                before[a.subject].add(a.object)
            elif a.predicate == _AFTER:
                before[a.object].add(a.subject)
    found = [_task(corpus, c, sorted(corpus.concepts[b].id for b in before[iri])) for iri, c in concepts.items()]
    result = tuple(sorted(found, key=lambda t: (t.number or 1 << 30, t.id)))
    _no_circle(result)
    _no_number_twice(result)
    return result


def _task(corpus: Corpus, concept: Concept, before: Iterable[str]) -> Task:
    note = corpus.notes[concept.path]
    values, lines = note.metadata, note.lines
    first, last = _days(values.get("days"), f"{concept.path}:{lines.get('days', 1)}")
    number = values.get("task", 0)
    if isinstance(number, bool) or not isinstance(number, int) or number < 0:
        raise UsageError(f"{concept.path}:{lines.get('task', 1)}: task is a number", hint="write e.g. task: 15")
    clauses = values.get("acceptance") or []
    clauses = clauses if isinstance(clauses, list) else [clauses]
    where = f"{concept.path}:{lines.get('acceptance', 1)}"
    return Task(
        id=concept.id,
        iri=concept.iri,
        number=number,
        path=concept.path,
        line=lines.get("acceptance", concept.line),
        labels=concept.labels,
        goal=concept.definitions,
        responsible=_texts(values.get("responsible")),
        participants=tuple(_texts(p) for p in _list(values.get("participants"))),
        first=first,
        last=last,
        deliverable=_texts(values.get("deliverable")),
        actions=tuple(_texts(a) for a in _list(values.get("actions"))),
        before=tuple(before),
        acceptance=tuple(parse(str(c), where) for c in clauses),
    )


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _texts(value: Any) -> dict[Lang, str]:
    if isinstance(value, Mapping):
        return {str(k).strip().lower(): str(v).strip() for k, v in value.items() if str(v).strip()}
    return {"": str(value).strip()} if value not in (None, "") else {}


def _days(value: Any, where: str) -> tuple[int, int]:
    if value is None:
        return 0, 0
    days = value if isinstance(value, list) else [value, value]
    whole = all(isinstance(d, int) and not isinstance(d, bool) and 0 < d < 100_000 for d in days)
    if len(days) != 2 or not whole or days[0] > days[1]:
        raise UsageError(f"{where}: days are a first and a last day of the plan", hint="write e.g. days: [49, 52]")
    return days[0], days[1]


def _no_circle(tasks: tuple[Task, ...]) -> None:
    by_id = {t.id: t for t in tasks}
    done: set[str] = set()
    for start in tasks:
        path: list[str] = []
        queue: list[tuple[str, bool]] = [(start.id, False)]
        while queue:
            name, leaving = queue.pop()
            if leaving:
                path.pop()
                done.add(name)
                continue
            if name in path:
                circle = " → ".join((*path[path.index(name) :], name))
                task = by_id[name]
                raise UsageError(
                    f"{task.path}:1: tasks wait for each other: {circle}", hint="take one of these 'preceded-by' away"
                )
            if name in done:
                continue
            path.append(name)
            queue.append((name, True))
            queue.extend((b, False) for b in by_id[name].before)


def _no_number_twice(tasks: tuple[Task, ...]) -> None:
    seen: dict[int, Task] = {}
    for task in tasks:
        other = seen.setdefault(task.number, task)
        if task.number and other is not task:
            raise UsageError(
                f"{task.path}:1: task {task.number} is also {other.path}", hint="give each task a number of its own, or none"
            )


def find(tasks: tuple[Task, ...], name: str) -> Task:
    """The task of a number or id. Raises UsageError where there is none."""
    wanted = name.strip().lower()
    for task in tasks:
        if task.id.lower() == wanted or (wanted.isdigit() and task.number == int(wanted)):
            return task
    known = ", ".join(f"{t.number}" if t.number else t.id for t in tasks) or "none: a task is a note with 'type: task'"
    raise UsageError(f"there is no task '{name}'", hint=f"tasks: {known}")
