"""``kg build --watch``: builds what changed, cancels it at the next save, goes on after errors, ends with 130 on Ctrl-C."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import psutil
import pytest

from kg.base.caches import of_base

Base = Callable[[Mapping[str, str]], Path]
WATCHING = {"en": "watching for changes", "zh": "正在监视改动"}


def _wait(what: Callable[[], bool], why: str = "it didn't happen", seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, why
        time.sleep(0.02)


class Watching:
    """A running ``kg build --watch`` whose output goes to a file, as in a script."""

    def __init__(self, folder: Path, *args: str) -> None:
        self.folder = folder
        self.log = folder.with_name(f"{folder.name}.log")
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "kg", "build", "--watch", "-C", str(folder), *args],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL, env={**os.environ, "NO_COLOR": "1"},
            )  # fmt: skip

    def lines(self) -> list[str]:
        return self.log.read_text().splitlines()

    def next_line(self, after: int, seconds: float = 90) -> str:
        """The first whole line after so many."""
        _wait(lambda: len(self.lines()) > after, f"no line after {self.lines()}", seconds)
        return self.lines()[after]

    def below(self) -> list[psutil.Process]:
        """The processes that it started."""
        with contextlib.suppress(psutil.NoSuchProcess):
            return psutil.Process(self.process.pid).children(recursive=True)
        return []

    def leftovers(self) -> list[str]:
        return [path.name for path in self.folder.iterdir() if "staging" in path.name]


@pytest.fixture
def watch() -> Iterator[Callable[..., Watching]]:
    running: list[Watching] = []

    def start(folder: Path, *args: str) -> Watching:
        running.append(Watching(folder, *args))
        return running[-1]

    yield start
    for one in running:
        below = one.below()
        one.process.kill()
        one.process.wait(60)
        psutil.wait_procs(below, 20)
        assert not [process for process in below if process.is_running()], "the process that builds ends with the command"
        one.log.unlink()


def notes(count: int) -> dict[str, str]:
    return {f"concepts/n{i}.md": f"# Note {i}\n\nSee [[n{(i + 1) % count}]].\n" for i in range(count)}


@pytest.mark.parametrize(
    ("lang", "expected"),
    [
        ("en", ["+1 relation, +1 link (", "-1 link, +1 broken link, 1 new finding ("]),
        ("zh", ["关系 +1，链接 +1（", "链接 -1，失效链接 +1，新增 1 个问题（"]),
    ],
)
def test_a_save_prints_one_line(base: Base, watch: Callable[..., Watching], lang: str, expected: list[str]) -> None:
    folder = base({**notes(3), "ontology/x.ttl": ""})
    running = watch(folder, "--stage", "graph", "--lang", lang)
    _wait(lambda: any(WATCHING[lang] in line for line in running.lines()))
    count = len(running.lines())
    (folder / "concepts/n0.md").write_text("---\nrequires: '[[n1]]'\n---\n# Note 0\n\nSee [[n1]].\n")
    assert running.next_line(count).startswith(expected[0])
    (folder / "concepts/n1.md").write_text("# Note 1\n\nSee [[nowhere]].\n")
    assert running.next_line(count + 1).startswith(expected[1])
    running.process.send_signal(signal.SIGINT)
    assert running.process.wait(60) == 130
    assert len(running.lines()) == count + 3
    assert running.leftovers() == []


def test_errors_do_not_end_it(base: Base, watch: Callable[..., Watching]) -> None:
    folder = base({"concepts/a.md": "# A\n"})
    running = watch(folder, "--stage", "graph")
    turtle = folder / "output/graph/kg.ttl"
    _wait(lambda: any("watching for changes" in line for line in running.lines()))
    # Folders that are new are watched too, and settings are read again.
    (folder / "concepts/deep/er").mkdir(parents=True)
    (folder / "concepts/deep/er/b.md").write_text("# Bee\n")
    _wait(lambda: "Bee" in turtle.read_text())
    (folder / "ontology").mkdir()
    (folder / "ontology/relations.ttl").write_text("no Turtle")
    _wait(lambda: any("relations.ttl:1:" in line for line in running.lines()))
    (folder / "ontology/relations.ttl").unlink()
    (folder / "kg.toml").write_text("[gates")
    _wait(lambda: any("kg.toml" in line for line in running.lines()))
    (folder / "kg.toml").write_text("base = 'https://other.example/'\n")
    _wait(lambda: "https://other.example/" in turtle.read_text())
    (folder / "concepts/deep/er/b.md").write_text("# Bumble\n")
    _wait(lambda: "Bumble" in turtle.read_text())
    running.process.send_signal(signal.SIGINT)
    assert running.process.wait(60) == 130


def test_each_event_is_an_object(base: Base, watch: Callable[..., Watching]) -> None:
    folder = base(notes(3))
    running = watch(folder, "--stage", "graph", "--log-format", "json")
    first = json.loads(running.next_line(0))
    assert (first["event"], first["notes"]) == ("built", 3)
    (folder / "concepts/new.md").write_text("# New\n")
    second = json.loads(running.next_line(1))
    assert second["event"] == "built"
    assert second["difference"].startswith("+1 note, +1 concept")


def test_a_save_cancels_the_running_build(base: Base, watch: Callable[..., Watching]) -> None:
    """The output stays whole, the build of the first save is never published, and nothing is left of it."""
    folder = base(notes(1500))
    running = watch(folder, "--stage", "metrics")
    _wait(lambda: any("watching for changes" in line for line in running.lines()), seconds=240)
    marker, count = folder / "output/build.json", len(running.lines())
    before = marker.stat().st_ino
    turtle = folder / "output/graph/kg.ttl"
    (folder / "concepts/n0.md").write_text("# First save\n")
    _wait(lambda: bool(running.leftovers()), "the build begins")
    (folder / "concepts/n0.md").write_text("# Second save\n")
    seen = set()
    while len(running.lines()) == count:
        with contextlib.suppress(FileNotFoundError):
            seen.add("First save" in turtle.read_text())
        assert len(running.leftovers()) <= 1
        time.sleep(0.02)
    assert marker.stat().st_ino != before
    assert "Second save" in turtle.read_text()
    assert seen == {False}
    assert running.leftovers() == []
    # One line for both, and no process but the one that builds and its resource tracker.
    assert len(running.lines()) == count + 1
    assert len(running.below()) == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_its_end_ends_the_build(base: Base, watch: Callable[..., Watching], number: int) -> None:
    folder = base(notes(1500))
    running = watch(folder, "--stage", "metrics")
    _wait(lambda: bool(running.leftovers()), seconds=240)
    below = running.below()
    running.process.send_signal(number)
    assert running.process.wait(60) == (130 if number == signal.SIGINT else -number)
    psutil.wait_procs(below, 30)
    assert not [process for process in below if process.is_running()]
    _wait(lambda: running.leftovers() == [])
    assert not (folder / "output").exists()


def test_a_killed_process_that_builds_is_reported_and_replaced(base: Base, watch: Callable[..., Watching]) -> None:
    folder = base(notes(1500))
    running = watch(folder, "--stage", "metrics")
    _wait(lambda: bool(running.leftovers()), seconds=240)
    for process in running.below():
        process.kill()
    _wait(lambda: any("the process that builds ended" in line for line in running.lines()))
    count = len(running.lines())
    (folder / "concepts/n0.md").write_text("# Saved\n")
    running.next_line(count, seconds=240)
    _wait((folder / "output/build.json").is_file, seconds=240)
    assert running.leftovers() == []


def test_steady_changes_do_not_prevent_builds(base: Base, watch: Callable[..., Watching]) -> None:
    """A file that is written all the time cancels five builds; then one runs to its end."""
    folder = base(notes(300))
    running = watch(folder, "--stage", "metrics")
    _wait(lambda: any("watching for changes" in line for line in running.lines()), seconds=240)
    count = len(running.lines())
    begun: set[str] = set()
    saves = itertools.count()

    def is_built() -> bool:
        (folder / "concepts/n0.md").write_text(f"# Save {next(saves)}\n")
        time.sleep(0.08)
        begun.update(running.leftovers())
        if len(running.lines()) > count:
            return True
        assert len(begun) <= 6, "no build ended"
        return False

    _wait(is_built, "no build ended", seconds=600)


def test_a_note_that_changes_while_it_is_built_is_no_error(base: Base, watch: Callable[..., Watching]) -> None:
    """The pages need the text that was read: such a build can't be finished, and the next one follows by itself."""
    folder = base(notes(60))
    running = watch(folder)
    _wait(lambda: any("watching for changes" in line for line in running.lines()), seconds=240)
    count = len(running.lines())
    begun: set[str] = set()
    saves = itertools.count()

    def is_overtaken() -> bool:
        (folder / "concepts/n0.md").write_text(f"# Save {next(saves)}\n")
        begun.update(running.leftovers())
        return len(begun) >= 8  # five are cancelled; then the note changes while one is built

    _wait(is_overtaken, seconds=600)
    (folder / "concepts/n0.md").write_text("# The last one\n")
    page = folder / "output/concepts/n0.html"
    _wait(lambda: "The last one" in page.read_text(), seconds=240)
    _wait(lambda: len(running.lines()) > count)
    assert not [line for line in running.lines() if "kg: " in line or "build again" in line]


def test_writing_to_the_output_builds_nothing(base: Base, watch: Callable[..., Watching]) -> None:
    folder = base(notes(3))
    running = watch(folder, "--stage", "graph")
    _wait(lambda: any("watching for changes" in line for line in running.lines()))
    count = len(running.lines())
    inode = (folder / "output/build.json").stat().st_ino
    (folder / ".git").mkdir()
    (folder / ".git/index").write_text("x")
    (of_base(folder) / "else").write_text("x")
    (folder / "output/mine.txt").write_text("x")
    time.sleep(2)
    (folder / "output/mine.txt").unlink()
    assert len(running.lines()) == count
    assert (folder / "output/build.json").stat().st_ino == inode
