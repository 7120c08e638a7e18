"""Reads tasks from notes: owner, days, prerequisites, deliverables and acceptance conditions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

from kg.base.errors import UsageError
from kg.base.names import KG
from kg.model import Concept, Corpus, Lang
from kg.plan.tasks.acceptance import Clause, parse_clause

_BEFORE: Final = (KG + "isPrecededBy", KG + "dependsOn")
_AFTER: Final = KG + "isFollowedBy"


@dataclass(frozen=True, slots=True)
class Task:
    """A planned piece of work, as its note describes it."""

    id: str
    iri: str
    number: int
    """Its number in the plan; 0 if the note states none."""
    path: str
    line: int
    """Line of the acceptance; if there is none, line of the title."""
    labels: Mapping[Lang, str]
    goal: Mapping[Lang, str]
    responsible: Mapping[Lang, str]
    participants: tuple[Mapping[Lang, str], ...]
    first: int
    """First planned day, counted from 1; 0 if none is planned."""
    last: int
    deliverable: Mapping[Lang, str]
    actions: tuple[Mapping[Lang, str], ...]
    before: tuple[str, ...]
    """Ids of the prerequisite tasks."""
    acceptance: tuple[Clause, ...]
    """All clauses must hold."""

    @property
    def days(self) -> int:
        """Number of planned days, at least 1."""
        return max(1, self.last - self.first + 1)

    def label(self, lang: Lang) -> str:
        """Its label in a language, otherwise in English, otherwise in any language."""
        return pick_text(self.labels, lang) or self.id


def pick_text(texts: Mapping[Lang, str], lang: Lang) -> str:
    """A text in a language, otherwise in English, otherwise in any language; empty if there is none.

    >>> pick_text({"zh": "甲"}, "en"), pick_text({}, "en")
    ('甲', '')
    """
    return texts.get(lang) or texts.get("en") or next(iter(texts.values()), "")


class TaskFault(NamedTuple):
    """An error in the note of a task."""

    path: str
    line: int
    message: str
    hint: str


def tasks_of(corpus: Corpus) -> tuple[tuple[Task, ...], tuple[TaskFault, ...]]:
    """The tasks among the concepts of a corpus, by number and id, and their errors.

    Invalid fields are omitted from a task; in each cycle of dependencies, one dependency is dropped.
    """
    concepts = {iri: c for iri, c in corpus.concepts.items() if c.type == "task"}
    before: dict[str, set[str]] = {iri: set() for iri in concepts}
    for a in corpus.assertions if concepts else ():
        if a.subject in concepts and a.object in concepts and a.subject != a.object:
            if a.predicate in _BEFORE:
                before[a.subject].add(a.object)
            elif a.predicate == _AFTER:
                before[a.object].add(a.subject)
    faults: list[TaskFault] = []
    tasks = [_task(corpus, c, sorted(corpus.concepts[b].id for b in before[iri]), faults) for iri, c in concepts.items()]
    tasks.sort(key=lambda t: (t.number or 1 << 30, t.id))
    result = _without_circles(tasks, faults)
    _no_number_twice(result, faults)
    return result, tuple(faults)


def _task(corpus: Corpus, concept: Concept, before: Iterable[str], faults: list[TaskFault]) -> Task:
    note = corpus.notes.get(concept.path)
    values: Mapping[str, object] = note.metadata if note else {}
    lines: Mapping[str, int] = note.lines if note else {}

    def fault(key: str, message: str, hint: str) -> None:
        faults.append(TaskFault(concept.path, lines.get(key, 1), message, hint))

    number = values.get("task", 0)
    if isinstance(number, bool) or not isinstance(number, int) or number < 0:
        fault("task", f"task: {number} is not a number", "write e.g. task: 15")
        number = 0
    first, last = 0, 0
    try:
        first, last = _days(values.get("days"))
    except UsageError as error:
        fault("days", str(error), error.hint)
    clauses = []
    for text in _list(values.get("acceptance")):
        try:
            clauses.append(parse_clause(str(text)))
        except UsageError as error:
            fault("acceptance", str(error), error.hint)
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
        acceptance=tuple(clauses),
    )


def _list(value: object) -> list[object]:
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def _texts(value: object) -> dict[Lang, str]:
    if isinstance(value, Mapping):
        return {str(k).strip().lower(): str(v).strip() for k, v in value.items() if str(v).strip()}
    return {"": str(value).strip()} if value not in (None, "") else {}


def _days(value: Any) -> tuple[int, int]:
    if value is None:
        return 0, 0
    days = value if isinstance(value, list) else [value, value]
    whole = all(isinstance(d, int) and not isinstance(d, bool) and 0 < d < 100_000 for d in days)
    if len(days) != 2 or not whole or days[0] > days[1]:
        raise UsageError("days are a first and a last day of the plan", hint="write e.g. days: [49, 52]")
    return days[0], days[1]


def _without_circles(tasks: Sequence[Task], faults: list[TaskFault]) -> tuple[Task, ...]:
    """Drop the dependencies that close a cycle, and report each."""
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
            elif name not in done and name not in path:
                path.append(name)
                queue.append((name, True))
                task = by_id[name]
                for back in [b for b in task.before if b in path]:
                    circle = " → ".join((*path[path.index(back) :], back))
                    faults.append(
                        TaskFault(task.path, 1, f"tasks wait for each other: {circle}", "take one of these 'preceded-by' away")
                    )
                    task = by_id[name] = replace(task, before=tuple(b for b in task.before if b != back))
                queue.extend((b, False) for b in task.before)
    return tuple(by_id[t.id] for t in tasks)


def _no_number_twice(tasks: tuple[Task, ...], faults: list[TaskFault]) -> None:
    seen: dict[int, Task] = {}
    for task in tasks:
        first = seen.setdefault(task.number, task)
        if task.number and first is not task:
            faults.append(
                TaskFault(
                    task.path, 1, f"task {task.number} is also {first.path}", "give each task a number of its own, or none"
                )
            )


def find_task(tasks: tuple[Task, ...], name: str) -> Task:
    """The task with a number or id. Raises UsageError if there is none."""
    wanted = name.strip().lower()
    for task in tasks:
        if task.id.lower() == wanted or (wanted.isdigit() and task.number == int(wanted)):
            return task
    names = ", ".join(f"{t.number}" if t.number else t.id for t in tasks) or "none: a task is a note with 'type: task'"
    raise UsageError(f"there is no task '{name}'", hint=f"tasks: {names}")
