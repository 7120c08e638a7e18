"""What a terminal shows of a run: each step that can take long says how much of it is done."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner
from terminals import terminal

from kg.app.cli import main
from kg.app.cli.progress import ProgressLine
from kg.base.progress import follow_run
from kg.base.removal import remove_tree
from kg.base.settings import load_settings
from kg.knowledge import How
from kg.knowledge.base import KnowledgeBase
from kg.knowledge.checking import check_notes

Kg = Callable[..., Any]


@pytest.fixture(scope="module")
def built(kg: Kg, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("built")
    (folder / "concepts").mkdir()
    (folder / "kg.toml").write_text('title = "Things"\n')
    (folder / ".gitignore").write_text("output/\n")
    names = [chr(ord("a") + i) for i in range(12)]
    for name, next_ in zip(names, (*names[1:], "a"), strict=True):
        text = f"# Thing {name}\n\nA thing {name} is a thing beside [[{next_}]], of the kind thing a.\n"
        (folder / f"concepts/{name}.md").write_text(text)
    for command in ("init -q", "add -A", "-c user.name=A -c user.email=a@example.org commit -qm first"):
        subprocess.run(["git", *command.split()], cwd=folder, check=True)
    return folder


SLOW: Final = {
    "build": {
        "reading notes", "resolving links", "building the graph", "measuring", "checking", "preparing pages", "writing files",
        "publishing",
    },
    "check": {"reading notes", "resolving links", "checking"},
    "metrics": {"reading notes", "resolving links", "building the graph", "measuring", "checking"},
    "suggest": {"reading notes", "resolving links", "reading texts", "comparing texts", "suggesting", "explaining suggestions"},
    "next": {"reading notes", "reading sentences", "weighing edits", "choosing edits"},
    "diff HEAD": {"reading the revision", "reading notes", "measuring"},
    "find thing": {"reading notes", "reading texts", "indexing for search"},
    "rename 'Thing a' 'Thing z' --dry-run": {"reading notes", "rewriting links"},
    "map a": {"reading notes", "measuring"},
    "review status": {"reading notes", "measuring"}, "review sample": {"reading notes"}, "extract": {"reading notes"},
    "verify": {"reading notes"}, "export okf -o b": {"reading notes", "resolving links"},
}  # fmt: skip
"""What takes time, and the steps that a terminal shows of it."""


def steps_of(folder: Path, command: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[tuple[int, int]]]:
    """The steps of a command, with numbers of items that were finished, and of how many."""
    calls: list[tuple[str, int, int]] = []
    monkeypatch.setattr(ProgressLine, "__call__", lambda _self, *call: calls.append(call))
    monkeypatch.chdir(folder)
    CliRunner().invoke(main, ["--lang", "en", *shlex.split(command)])
    steps: dict[str, list[tuple[int, int]]] = {}
    for name, done, total in calls:
        steps.setdefault(name, []).append((done, total))
    return steps


@pytest.mark.parametrize("command", SLOW)
def test_each_slow_step_has_a_count(built: Path, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    remove_tree(load_settings(built).cache)
    steps = steps_of(built, command, monkeypatch)
    assert SLOW[command] <= steps.keys(), steps.keys()
    for name in SLOW[command]:
        done, total = max(steps[name])
        assert 0 < done <= (total or done), (name, steps[name])


@pytest.mark.parametrize(("stage", "parts"), [("metrics", 1), ("maps", 2), ("site", 6)])
def test_pages_and_publishing_count_all_their_parts(
    built: Path, stage: str, parts: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where an output is replaced, which takes the longest."""
    (built / "concepts/a.md").write_text(f"# Thing a\n\nIt is at the stage of {stage}, beside [[b]].\n")
    for _ in range(2):
        steps = steps_of(built, f"build --stage {stage} --full", monkeypatch)
        assert (steps["preparing pages"][-1], steps["publishing"][-1]) == ((parts, parts), (4, 4))


def test_slow_commands_show_progress(built: Path) -> None:
    hides_cursor = "\x1b[?25l"
    for command in ("verify", "suggest", "metrics", "map a", "next", "find thing"):
        remove_tree(load_settings(built).cache)
        assert hides_cursor in terminal(built, command), command
    remove_tree(load_settings(built).cache)
    assert hides_cursor not in terminal(built, "verify --quiet")


def test_progress_has_counts_and_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("kg.app.cli.progress.time.monotonic", lambda: now[0])
    line = ProgressLine()
    line("reading notes", 5, 1200)
    assert line.__rich__() == "reading notes 5/1,200"
    now[0] += 3
    assert line.__rich__() == "reading notes 5/1,200 3 s"
    line("building the graph", 0, 0)
    assert line.__rich__() == "building the graph"
    now[0] += 2.5
    line("building the graph", 7, 0)
    assert line.__rich__() == "building the graph 7 2 s"
    line("reading notes", 6, 1200)
    assert line.__rich__() == "reading notes 6/1,200 6 s"  # an interrupted step goes on


def test_a_check_counts_its_rules(built: Path) -> None:
    calls: list[tuple[str, int, int]] = []
    with follow_run(lambda *call: calls.append(call)):
        check_notes(load_settings(built), How())
    done = [(n, total) for stage, n, total in calls if stage == "checking" and total]
    assert done[-1][0] == done[-1][1] > 100
    assert sorted(done) == done


def test_a_build_counts_notes_and_rules(built: Path) -> None:
    calls: list[tuple[str, int, int]] = []
    with follow_run(lambda *call: calls.append(call)):
        assert KnowledgeBase(load_settings(built), How()).assessment.measures
    assert ("resolving links", 12, 12) in calls
    rules = [(done, total) for stage, done, total in calls if stage == "checking" and total]
    assert rules[-1][0] == rules[-1][1] > 100
