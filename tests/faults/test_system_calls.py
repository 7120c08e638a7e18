"""System calls that fail, and a process killed at them: the last good output stays whole, and the next build is as a clean one.

strace makes the Nth call of a kind fail or kills the process there. ``KG_FAULT_POINTS=all`` tries every call instead of some.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

CALLS = {
    "write": ("ENOSPC", "EIO"),
    "fsync": ("EIO",),
    "fdatasync": ("EIO",),
    "rename": ("EACCES", "EIO"),
    "renameat2": ("EIO", "ENOSPC"),
    "mkdir": ("ENOSPC", "EACCES"),
    "unlink": ("EACCES",),
    "ftruncate": ("EIO",),
    "sync": (),
}
STORE = "graph/store"


def _note(name: str, more: str) -> str:
    return f"---\nid: {name}\ntitle: {{zh: 甲{name}, en: N{name}}}\nuses: '[[a]]'\n---\n\nText [[b]]. {more}\n"


def _build(folder: Path, *before: str) -> subprocess.CompletedProcess[str]:
    command = [*before, sys.executable, "-m", "kg", "build", "--stage", "graph", "--jobs", "1", "-q", "-C", str(folder)]
    env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "SOURCE_DATE_EPOCH": "0"}
    return subprocess.run(command, env=env, capture_output=True, encoding="utf-8", timeout=240, check=False)


def _bytes(out: Path) -> dict[str, str]:
    """Digests of the files of an output; the store's files differ between equal stores."""
    return {
        str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(out.rglob("*"))
        if path.is_file() and not path.is_relative_to(out / STORE)
    }


class Base:
    """A knowledge base that was built, and then one note changed; with what either output is."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.copy = folder / "base", folder / "copy"
        (self.folder / "concepts").mkdir(parents=True)
        for name in "abc":
            (self.folder / "concepts" / f"{name}.md").write_text(_note(name, ""), "utf-8")
        assert _build(self.folder).returncode == 0
        self.old = _bytes(self.folder / "output")
        (self.folder / "concepts" / "a.md").write_text(_note("a", "[[c]]"), "utf-8")
        self.fresh()
        assert _build(self.copy).returncode == 0
        self.new = _bytes(self.copy / "output")
        assert self.old != self.new

    def fresh(self) -> Path:
        shutil.rmtree(self.copy, ignore_errors=True)
        shutil.copytree(self.folder, self.copy, symlinks=True)
        return self.copy


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Base:
    if shutil.which("strace") is None:
        if os.environ.get("KG_REQUIRE_TOOLS") == "1":
            pytest.fail("strace is missing and KG_REQUIRE_TOOLS=1")
        pytest.skip("strace is missing")
    base = Base(tmp_path_factory.mktemp("calls"))
    if _build(base.fresh(), "strace", "-f", "-qq", "-o", os.devnull, "-e", "trace=rename").returncode != 0:
        pytest.skip("this system lets no process be traced")
    return base


def _points(call: str, folder: Path) -> Iterator[int]:
    """Which of the calls of a kind to try: the first and the last."""
    log = folder / "calls"
    ran = _build(folder, "strace", "-f", "-qq", "-o", str(log), "-e", f"trace={call}")
    assert ran.returncode == 0
    by_thread: dict[str, int] = {}
    for line in log.read_text().splitlines():
        thread, _, said = line.partition(" ")
        if said.strip().startswith(call):
            by_thread[thread] = by_thread.get(thread, 0) + 1
    # strace counts the calls of each thread for itself.
    most = max(by_thread.values(), default=0)
    if os.environ.get("KG_FAULT_POINTS") == "all":
        yield from range(1, most + 1)
    else:
        yield from sorted({1, most} & {*range(1, most + 1)})


@pytest.mark.parametrize("call", CALLS)
def test_call_fails_or_is_the_last(made: Base, call: str) -> None:
    tried = 0
    for when in list(_points(call, made.fresh())):
        for what in (*(f"error={error}" for error in CALLS[call]), "signal=KILL"):
            folder = made.fresh()
            log = folder / "injected"
            ran = _build(folder, "strace", "-f", "-qq", "-o", str(log), "-e", f"inject={call}:{what}:when={when}")
            where = f"{call} {when} {what}: exit {ran.returncode}: {ran.stderr[-500:]}"
            tried += 1
            now = _bytes(folder / "output")
            if "KILL" in what:
                assert now in (made.old, made.new), where
            else:
                assert "Traceback" not in ran.stderr, where
                assert ran.returncode in (0, 2), where
                assert now == (made.new if ran.returncode == 0 else made.old), where
                # strace counts for each thread: the same number may also meet the write of the message.
                unsaid = any("write(2," in line and "INJECTED" in line for line in log.read_text().splitlines())
                assert ran.returncode == 0 or ran.stderr.startswith("kg: ") or unsaid, where
            again = _build(folder)
            assert again.returncode == 0, where + again.stderr
            assert _bytes(folder / "output") == made.new, where
            ask = [sys.executable, "-m", "kg", "query", "-C", str(folder), "ASK { ?a kg:uses ?b }", "--format", "tsv"]
            if tried % 8 == 0:  # the store is the new one, too
                assert "true" in subprocess.run(ask, capture_output=True, encoding="utf-8", check=True, timeout=120).stdout, (
                    where
                )
    print(f"{call}: {tried} points")


def test_all_is_on_the_disk_before_the_output_changes(made: Base) -> None:
    """A machine that dies right after the exchange has the new files whole: they were synced before, and nothing came after."""
    folder = made.fresh()
    log = folder / "calls"
    calls = "trace=openat,creat,write,pwrite64,sync,fsync,fdatasync,rename,renameat2"
    assert _build(folder, "strace", "-f", "-qq", "-y", "-o", str(log), "-e", calls).returncode == 0
    said = log.read_text().splitlines()
    exchange = next(i for i, line in enumerate(said) if "renameat2(" in line and "RENAME_EXCHANGE" in line)
    synced = max(i for i, line in enumerate(said[:exchange]) if " sync()" in line)
    between = [line for line in said[synced:exchange] if ".staging-" in line and ("write" in line or "O_CREAT" in line)]
    assert not between, between
