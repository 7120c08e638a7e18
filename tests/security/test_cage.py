"""The cage holds whatever a program tries, with what the system gives; where it can't, nothing is run."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import struct
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from kg.base.process import calls, groups, sandbox, usage
from kg.base.process.sandbox import CageError, SandboxLimits
from kg.base.removal import remove_tree

sys.path.insert(0, str(Path(__file__).parent))

from escapes import ATTACKS, SITUATIONS

Write = Callable[[Mapping[str, str | bytes]], Path]

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere nothing is run")
_HERE = Path(__file__).parent
_NOW = SITUATIONS if os.geteuid() == 0 else SITUATIONS[3:]


@pytest.mark.parametrize("situation", _NOW)
def test_escapes_and_floods_are_held(situation: str) -> None:
    done = subprocess.run(
        [sys.executable, str(_HERE / "escapes.py"), situation], capture_output=True, text=True, timeout=300, check=False
    )
    results = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(results) == len(ATTACKS) + 1, done.stderr[-2000:]
    assert not [r for r in results if not r["ok"]]


def test_there_are_enough_attacks_and_an_attack_can_succeed() -> None:
    assert len(ATTACKS) >= 40
    # Each is refused for what it does: one that isn't barred says so.
    from escapes import _PRELUDE

    done = subprocess.run(
        [sys.executable, "-c", _PRELUDE + "attempt(os.getpid)\ngrow(lambda: 1, 3)"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.count("ESCAPED") == 2


def _deep(folder: Path, levels: int = 3_000) -> None:
    here = os.open(folder, os.O_RDONLY)
    for _ in range(levels):
        os.mkdir("d", dir_fd=here)
        inner = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(here)


def _shut(folder: Path) -> None:
    for i in range(5):
        (folder / f"a{i}" / "b" / "c").mkdir(parents=True)
        (folder / f"a{i}" / "b" / "c" / "x").write_text("x")
        for part in ("b/c", "b", "."):
            (folder / f"a{i}" / part).chmod(0)


def _odd(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    (folder / "to nothing").symlink_to("nothing")
    (folder / ("n" * 255)).mkdir()
    (folder / ".kg-removing-1" / "x").mkdir(parents=True)
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff\n")).mkdir()
    folder.chmod(0)


@pytest.mark.parametrize("fill", [_deep, _shut, _odd])
def test_what_a_program_leaves_is_removed(fill: Callable[[Path], None]) -> None:
    # Not below pytest's own folder, which other users can't enter.
    top = Path(tempfile.mkdtemp(prefix="kg-removed-"))
    folder = top / "scratch"
    folder.mkdir()
    fill(folder)
    # As an ordinary user, whom modes concern.
    child = os.fork()
    if child == 0:
        try:
            if os.geteuid() == 0:
                for path in (top, folder, *folder.glob("**/*")) if fill is not _deep else (top, folder):
                    os.lchown(path, 60_999, 60_999)
                if fill is not _deep:
                    os.setgid(60_999)
                    os.setuid(60_999)
            os.chdir(top)
            signal.alarm(120)
            os._exit(0 if remove_tree(Path("scratch")) else 1)
        finally:
            os._exit(2)  # whatever happens, there must not be a second process that runs tests
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert list(top.iterdir()) == []
    top.rmdir()


def test_removal_follows_no_link(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "file").write_text("x")
    (tmp_path / "mine").chmod(0o500)
    folder = tmp_path / "scratch"
    (folder / "sub").mkdir(parents=True)
    (folder / "link").symlink_to(tmp_path / "mine")
    (folder / "sub" / "link").symlink_to("../../mine")
    (tmp_path / "top").symlink_to(tmp_path / "mine")
    assert remove_tree(folder)
    assert remove_tree(tmp_path / "top")
    assert remove_tree(tmp_path / "not there")
    assert [p.name for p in tmp_path.iterdir()] == ["mine"]
    assert (tmp_path / "mine").stat().st_mode & 0o777 == 0o500
    assert (tmp_path / "mine" / "file").read_text() == "x"


def test_what_is_in_a_folder_is_counted(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "x").write_bytes(bytes(100_000))
    (tmp_path / "hole").touch()
    os.truncate(tmp_path / "hole", 1 << 30)
    size, number = usage.size_of(tmp_path, 1_000)
    assert number == 4
    assert 100_000 <= size < 1 << 20
    assert usage.size_of(tmp_path, 2)[1] == 2
    deep = tmp_path / "deep"
    deep.mkdir()
    _deep(deep, usage.DEEPEST + 10)
    assert usage.size_of(tmp_path, 10_000)[1] > 10_000
    assert remove_tree(deep)


# Runs a command line of kg where a system call is missing that the cage needs.
_WITHOUT = """\
import ctypes, struct, sys
from kg.base.process import calls
calls._NUMBERS.update(missing=({number}, {number}))
code = ctypes.create_string_buffer(calls.compile_filter([calls.DeniedCall("missing", 38)]))
libc = ctypes.CDLL(None)
libc.prctl(38, 1, 0, 0, 0)
assert libc.prctl(22, 2, struct.pack("HP", (len(code) - 1) // 8, ctypes.addressof(code)), 0, 0) == 0
from kg.app.cli import main
main(sys.argv[1:])
"""
_NOTE = "# A\n\n```python {run}\nopen('ran', 'w')\nassert 1\n```\n"


def _without(number: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", _WITHOUT.format(number=number), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_where_files_can_not_be_held_nothing_is_run(base: Write) -> None:
    landlock = 444
    folder = base({"concepts/a.md": _NOTE})
    ran = _without(landlock, "verify", "-C", str(folder))
    assert ran.returncode == 2, ran.stderr
    assert "nothing of the notes was run: this system can't enforce no view of other files" in ran.stderr
    assert "--unsafe" in ran.stderr
    assert "Landlock" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert not (folder / "ontology" / "snapshot" / "evidence.jsonl").exists()
    doctor = _without(landlock, "doctor", "-C", str(folder))
    assert "not held: no view of other files; needs Landlock" in doctor.stdout
    # By choice it runs, and what is lacking is said before.
    unsafe = _without(landlock, "verify", "-C", str(folder), "--unsafe")
    assert unsafe.returncode == 0, unsafe.stderr
    assert "kg: --unsafe: what is run now has, on this system, not no view of other files" in unsafe.stderr.splitlines()[0]


def test_nothing_is_run_where_anything_is_lacking(monkeypatch: pytest.MonkeyPatch) -> None:
    filters = dict.fromkeys(sandbox._filters(), "")
    monkeypatch.setattr(sandbox, "_filters", lambda: filters)
    with pytest.raises(CageError, match="no dangerous system calls"):
        sandbox.run(["/bin/sh", "-c", "echo ran"], {}, limits=SandboxLimits(seconds=20))
    assert sandbox.run(["/bin/sh", "-c", "echo ran"], {}, limits=SandboxLimits(seconds=20, unsafe=True)).stdout == "ran\n"


def test_a_system_that_holds_all_says_by_what(kg: Any, base: Write) -> None:
    ran = kg("doctor", "-C", base({"concepts/a.md": "# A\n"}))
    assert "what kg verify must hold before it runs something" in ran.stdout
    for text in sandbox.HOLDS.values():
        assert f"\t{text} (" in ran.stdout


def test_groups_of_version_2_are_found_near_the_process_and_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "user.slice" / "app.slice"
    own.mkdir(parents=True)
    (tmp_path / "user.slice" / "cgroup.subtree_control").write_text("cpu memory pids\n")
    (own / "cgroup.subtree_control").write_text("\n")
    monkeypatch.setattr(groups, "_mounts", lambda: iter([(tmp_path, "/", "cgroup2", ["rw"])]))
    monkeypatch.setattr(groups, "_own_paths", lambda: {"": "/user.slice/app.slice"})
    assert list(groups._candidates()) == [dict.fromkeys(("memory", "pids"), tmp_path / "user.slice")]
    group = groups.ControlGroup(dict.fromkeys(("memory", "pids"), own), 2)
    group.limit(100, 7, 1.5)
    written = {
        name: (own / name).read_text() for name in ("memory.max", "memory.swap.max", "memory.oom.group", "pids.max", "cpu.max")
    }
    assert written == {
        "memory.max": "100", "memory.swap.max": "0", "memory.oom.group": "1", "pids.max": "7", "cpu.max": "150000 100000"
    }  # fmt: skip
    assert not group.memory_ran_out()
    (own / "memory.events").write_text("low 0\noom 1\noom_kill 1\n")
    assert group.memory_ran_out()
    assert group.joined_by == [str(own / "cgroup.procs")]


def test_calls_of_a_filter_are_those_of_the_machine() -> None:
    # Numbers are the same on all machines from 424 on, and differ below.
    for name, (x86, arm) in calls._NUMBERS.items():
        assert x86 >= 0, name
        if x86 >= 424 or arm >= 424:
            assert x86 == arm, name
    assert len({x86 for x86, _ in calls._NUMBERS.values()}) == len(calls._NUMBERS)
    assert ctypes.sizeof(ctypes.c_long) == 8
    assert len(calls.compile_filter(calls.NEVER)) == 8 * (
        7 + sum(6 if r.argument >= 0 else 2 for r in calls.NEVER if _here(r.call))
    )
    assert struct.unpack("HBBI", calls.compile_filter(())[-8:])[0] == 0x06


def _here(name: str) -> bool:
    return calls._NUMBERS[name][os.uname().machine == "aarch64"] >= 0


def test_a_killed_kg_leaves_no_program() -> None:
    code = textwrap.dedent("""\
        from kg.base.process import sandbox
        sandbox.run(["/bin/sh", "-c", "sleep 4321 & sleep 4321"], {}, limits=sandbox.SandboxLimits(seconds=60))
    """)
    with subprocess.Popen([sys.executable, "-c", code]) as process:
        _wait(lambda: _sleeping() == 2)
        process.kill()
    _wait(lambda: _sleeping() == 0)


def _sleeping() -> int:
    count = 0
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            count += path.read_bytes() == b"sleep\x004321\x00"
        except OSError:
            continue
    return count


def _wait(holds: Callable[[], bool]) -> None:
    import time

    for _ in range(300):
        if holds():
            return
        time.sleep(0.1)
    raise AssertionError
