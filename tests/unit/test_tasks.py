"""Tasks in notes: what can't be meant is told at its line, and the rest of the task is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from kg import knowledge
from kg.base import settings
from kg.base.errors import UsageError
from kg.plan import tasks
from kg.plan.folder import plan_folder
from kg.plan.tasks import notes as task_notes

Write = Callable[[Mapping[str, str | bytes]], Path]
Read = Callable[..., tuple[tuple[tasks.Task, ...], tuple[task_notes.TaskFault, ...]]]


@pytest.fixture
def read(base: Write) -> Read:
    def run(**heads: str) -> tuple[tuple[tasks.Task, ...], tuple[task_notes.TaskFault, ...]]:
        files = {
            f"concepts/plan/{name}.md": f"---\nid: {name}\ntype: task\n{head}---\n# {name}\n" for name, head in heads.items()
        }
        return task_notes.tasks_of(knowledge.KnowledgeBase(settings.load_settings(base(files))).corpus)

    return run


@pytest.mark.parametrize(
    ("head", "line", "said"),
    [
        ("task: seven\n", 4, "task: seven is not a number"),
        ("task: true\n", 4, "task: True is not a number"),
        ("days: [5, 3]\n", 4, "days are a first and a last day of the plan"),
        ("days: [1, 2, 3]\n", 4, "days are a first and a last day of the plan"),
        ("task: 1\nacceptance: linkage\n", 5, "'linkage' lacks a comparison"),
    ],
)
def test_a_wrong_value_is_told_at_its_line(read: Read, head: str, line: int, said: str) -> None:
    (task,), (fault,) = read(a=head)
    assert (fault.path, fault.line, said in fault.message, bool(fault.hint)) == ("plan/a.md", line, True, True), fault
    assert task.acceptance == ()


def test_values_of_one_and_of_many(read: Read) -> None:
    (task,), faults = read(a="task: 3\ndays: 7\nresponsible: {zh: 甲, en: Ann}\nparticipants: [Bob, {en: Eve}]\n")
    assert faults == ()
    assert (task.number, task.first, task.last) == (3, 7, 7)
    assert task.responsible == {"zh": "甲", "en": "Ann"}
    assert task.participants == ({"": "Bob"}, {"en": "Eve"})


def test_the_order_is_said_from_either_side(read: Read) -> None:
    found, faults = read(a="followed-by: '[[b]]'\n", b="", c="preceded-by: '[[b]]'\n")
    assert faults == ()
    assert {t.id: t.before for t in found} == {"a": (), "b": ("a",), "c": ("b",)}


def test_tasks_that_wait_for_each_other_are_told_and_one_waits_no_more(read: Read) -> None:
    found, (fault,) = read(a="preceded-by: '[[b]]'\n", b="preceded-by: '[[a]]'\n")
    assert "tasks wait for each other: a → b → a" in fault.message
    assert sorted(len(t.before) for t in found) == [0, 1]


def test_two_tasks_of_one_number(read: Read) -> None:
    found, (fault,) = read(a="task: 2\n", b="task: 2\n")
    assert "task 2 is also plan/a.md" in fault.message
    assert task_notes.find_task(found, "2").id == "a"
    assert task_notes.find_task(found, " B ").id == "b"
    with pytest.raises(UsageError, match="there is no task '9'"):
        task_notes.find_task(found, "9")
    with pytest.raises(UsageError) as caught:
        task_notes.find_task((), "x")
    assert "type: task" in caught.value.hint


def test_a_thesaurus_alone_holds_no_plan(base: Write) -> None:
    ttl = b"@prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n<http://x.example/a> a skos:Concept ."
    folder = base({"a.ttl": ttl})
    with pytest.raises(UsageError, match="a plan needs a notes folder"):
        plan_folder(settings.load_settings(folder, notes=(folder / "a.ttl",)))
