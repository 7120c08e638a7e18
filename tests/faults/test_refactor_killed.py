"""A move that is killed between any two writes is completed by the next run, or taken back; nothing is ever half moved."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from kg.base.errors import ChangedError, StoreError
from kg.base.transaction import FileState, Transactions

Kg = Callable[..., Any]
Write = Callable[[Mapping[str, str | bytes]], Path]

NOTES = {
    "concepts/a/raft.md": "# Raft\n\nSee [[log]].\n",
    "concepts/log.md": "# Log\n\nSee [[raft]], [r](a/raft.md).\n",
    "concepts/x.md": "# X\n\n[r](a/raft.md#raft)\n",
}
KILLED = """
import os, signal, sys
from kg.base import notefile, store
left = [int(sys.argv[1])]
def counted(real):
    def call(*args, **more):
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left[0] -= 1
        return real(*args, **more)
    return call
notefile.Edit.write = counted(notefile.Edit.write)
notefile.Edit.remove = counted(notefile.Edit.remove)
from kg.base import transaction
transaction.write_file = counted(transaction.write_file)
sys.argv = ["kg", *sys.argv[2:]]
from kg.app.cli import run
run()
"""


def _state(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted((folder / "concepts").rglob("*")) if p.is_file()}


def _killed(folder: Path, number: int, *command: str) -> int:
    ran = subprocess.run(
        [sys.executable, "-c", KILLED, str(number), *command, "-C", str(folder)],
        cwd=folder, env=dict(os.environ), capture_output=True, timeout=120, check=False,
    )  # fmt: skip
    return ran.returncode


def test_a_killed_move_is_completed_or_never_began(kg: Kg, base: Write) -> None:
    folder = base(NOTES)
    before = _state(folder)
    assert kg("mv", "a/raft.md", "b/raft-2.md", "-C", folder).status == 0
    after = _state(folder)
    assert after.keys() != before.keys()
    assert kg("mv", "--undo", "-C", folder).status == 0
    assert _state(folder) == before
    kills = 0
    for number in range(40):
        status = _killed(folder, number, "mv", "a/raft.md", "b/raft-2.md")
        if status == 0:
            break
        kills += 1
        assert status == -signal.SIGKILL
        # The next run first completes what was begun. There is nothing to move for it any more, or it moves the note itself.
        ran = kg("mv", "a/raft.md", "b/raft-2.md", "-C", folder)
        assert ran.status == 0 or "no concept called" in ran.stderr or "there is no note" in ran.stderr, ran.stderr
        assert _state(folder) == after
        assert kg("mv", "--undo", "-C", folder).status == 0
        assert _state(folder) == before
    assert kills >= 10  # the journal and each of the files
    assert not list(folder.rglob(".kg-*"))


def test_a_killed_undo_is_completed(kg: Kg, base: Write) -> None:
    folder = base(NOTES)
    before = _state(folder)
    kills = 0
    for number in range(30):
        assert kg("mv", "a/raft.md", "b/raft-2.md", "-C", folder).status == 0
        status = _killed(folder, number, "mv", "--undo")
        kills += status != 0
        if _state(folder) != before:
            kg("mv", "--undo", "-C", folder)  # completes it; if the undo had not begun, this one does it
        assert _state(folder) == before
        if status == 0:
            break
    assert kills >= 5


def test_an_edit_after_a_kill_is_kept(kg: Kg, base: Write) -> None:
    folder = base(NOTES)
    before = _state(folder)
    number = next(n for n in range(40) if _killed(folder, n, "mv", "a/raft.md", "b/raft-2.md") and _state(folder) != before)
    assert number > 0
    edited = "# X\n\nWritten by an author after the kill.\n"
    (folder / "concepts/x.md").write_text(edited)
    ran = kg("mv", "log.md", "log-2.md", "--dry-run", "-C", folder)
    assert "took back" in ran.stderr
    assert _state(folder) == before | {"concepts/x.md": edited.encode()}


def test_an_undo_does_not_overwrite_an_edit(kg: Kg, base: Write) -> None:
    folder = base(NOTES)
    assert kg("mv", "a/raft.md", "b/raft-2.md", "-C", folder).status == 0
    (folder / "concepts/x.md").write_text("mine")
    state = _state(folder)
    ran = kg("mv", "--undo", "-C", folder)
    assert (ran.status, _state(folder)) == (2, state)
    assert "x.md was changed meanwhile" in ran.stderr


def test_an_error_takes_everything_back(tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    notes.mkdir()
    (notes / "a.md").write_bytes(b"a")
    (notes / "b.md").write_bytes(b"other")
    writes = Transactions(tmp_path / "cache", [notes])
    with pytest.raises(ChangedError):
        writes.write("x", [FileState(notes / "a.md", b"a", b"A"), FileState(notes / "b.md", b"b", b"B"),
                           FileState(notes / "sub/c.md", None, b"C")])  # fmt: skip
    assert {p.name: p.read_bytes() for p in notes.iterdir()} == {"a.md": b"a", "b.md": b"other"}
    with pytest.raises(StoreError, match="there is nothing to undo"):
        writes.undo()
    with pytest.raises(StoreError, match="leads out"):
        writes.write("x", [FileState(tmp_path / "out.md", None, b"x")])
    assert writes.recover() is None


def test_modes_are_kept(kg: Kg, base: Write) -> None:
    folder = base(NOTES)
    for name in ("a/raft.md", "log.md"):
        (folder / "concepts" / name).chmod(0o640)
    assert kg("mv", "a/raft.md", "b/raft-2.md", "-C", folder).status == 0
    assert {(folder / "concepts" / n).stat().st_mode & 0o777 for n in ("b/raft-2.md", "log.md")} == {0o640}


def test_a_refused_target_leaves_nothing_behind(kg: Kg, base: Write, tmp_path: Path) -> None:
    """A link leads out of the base: the move is refused, and the next one is not stopped by what it began."""
    folder, outside = base(NOTES), tmp_path / "outside"
    outside.mkdir()
    (folder / "concepts/link").symlink_to(outside)
    refused = kg("mv", "x.md", "link/x.md", "-C", folder)
    assert refused.status == 2
    assert "leads out" in refused.stderr
    assert list(outside.iterdir()) == []
    moved = kg("mv", "x.md", "sub/x.md", "-C", folder)
    assert (moved.status, "took back" in moved.stderr) == (0, False)


def test_a_file_that_can_no_longer_be_read_stops_no_later_change(kg: Kg, base: Write, tmp_path: Path) -> None:
    """After a kill, a folder of the changes becomes a link that leads out: the other files are taken back."""
    folder, outside = base(NOTES), tmp_path / "outside"
    outside.mkdir()
    before = _state(folder)
    number = next(n for n in range(40) if _killed(folder, n, "mv", "a/raft.md", "b/raft-2.md") and _state(folder) != before)
    assert number > 0
    shutil.rmtree(folder / "concepts/b", ignore_errors=True)
    (folder / "concepts/b").symlink_to(outside)
    ran = kg("mv", "x.md", "sub/x.md", "-C", folder)
    assert (ran.status, "took back" in ran.stderr) == (0, True), ran.stderr
    assert (folder / "concepts/a/raft.md").read_bytes() == before["concepts/a/raft.md"]
    assert list(outside.iterdir()) == []


def test_names_that_are_no_text_are_moved_and_taken_back(kg: Kg, base: Write) -> None:
    """A note, and the folder above the base, whose names aren't UTF-8."""
    folder = base(NOTES)
    strange = folder.rename(folder.with_name("kb\udcff"))
    (strange / "concepts/n\udcfe.md").write_text("# N\n\n[[raft]]\n")
    before = _state(strange)
    assert kg("mv", "a/raft.md", "b/raft-2.md", "-C", strange).status == 0
    assert b"[[raft-2]]" in (strange / "concepts/n\udcfe.md").read_bytes()
    assert kg("mv", "--undo", "-C", strange).status == 0
    assert _state(strange) == before
    refused = kg("build", "-C", strange)
    assert (refused.status, "its name isn't UTF-8" in refused.stderr) == (2, True)
