"""The store: whole folders at once, nothing of others touched, nothing left behind."""

from __future__ import annotations

import os
import stat
import threading
import time
from pathlib import Path

import pytest

from kg.base.errors import StoreError
from kg.base.staging import LIST, MARKER, Staging
from kg.base.store import lock_base, write_file
from kg.model import Artifact


def _files(folder: Path) -> dict[str, bytes]:
    """Files but for the marker, the list and the mark of a build that goes on."""
    files = {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    marks = (MARKER, LIST, ".kg-staging")
    return {name: data for name, data in files.items() if not name.rpartition("/")[2].startswith(marks)}


def _publish(out: Path, files: dict[str, bytes]) -> None:
    staging = Staging(out)
    assert staging.write_all(Artifact(k, v) for k, v in files.items()) == len(files)
    staging.publish({"kg": "x"})


def test_a_folder_appears_at_once(tmp_path: Path) -> None:
    out = tmp_path / "a" / "out"
    staging = Staging(out)
    staging.write(Artifact("deep/er/file", b"x"))
    assert not out.exists()
    staging.publish({})
    assert _files(out) == {"deep/er/file": b"x"}
    assert list(out.parent.iterdir()) == [out]


def test_a_new_build_replaces_the_old_one_whole(tmp_path: Path) -> None:
    out = tmp_path / "out"
    _publish(out, {"old": b"1", "both": b"1"})
    _publish(out, {"new": b"2", "both": b"2"})
    assert _files(out) == {"new": b"2", "both": b"2"}
    assert list(tmp_path.iterdir()) == [out]


def test_readers_never_see_half_a_folder(tmp_path: Path) -> None:
    """While one thread publishes, every read by path finds the file: the exchange is atomic."""
    out = tmp_path / "out"
    _publish(out, {"n": b"0"})
    missing, seen, stop = [], set(), threading.Event()

    def read() -> None:
        while not stop.is_set():
            try:
                seen.add((out / "n").read_bytes())
            except FileNotFoundError:
                missing.append(time.monotonic())

    reader = threading.Thread(target=read)
    reader.start()
    for i in range(1, 4000):
        _publish(out, {"n": str(i).encode()})
        if i >= 40 and len(seen) > 2:  # the reader may have had no turn on a busy machine
            break
    stop.set()
    reader.join()
    assert len(seen) > 2
    assert missing == []


def test_a_discarded_build_leaves_the_old_output(tmp_path: Path) -> None:
    out = tmp_path / "out"
    _publish(out, {"old": b"1"})
    staging = Staging(out)
    staging.write(Artifact("new", b"2"))
    staging.discard()
    staging.discard()
    assert _files(out) == {"old": b"1"}
    assert list(tmp_path.iterdir()) == [out]


def test_folders_of_others_are_refused(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    Staging(out).discard()  # an empty one is fine
    (out / "thesis.txt").write_text("mine")
    with pytest.raises(StoreError, match="files that kg did not write"):
        Staging(out)
    assert _files(out) == {"thesis.txt": b"mine"}


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    _publish(tmp_path / "out", {"a": b"1"})
    assert (tmp_path / "out/a").read_bytes() == b"1"


def test_a_file_in_the_way_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(StoreError, match="is a file, not a folder"):
        Staging(tmp_path / "out")
    with pytest.raises(StoreError, match="can't write beside"):
        Staging(tmp_path / "out" / "below")
    assert (tmp_path / "out").read_text() == "mine"


@pytest.mark.parametrize("path", ["../x", "a/../../x", "/kg-escape", "..", "a/.."])
def test_artifacts_stay_inside(tmp_path: Path, path: str) -> None:
    staging = Staging(tmp_path / "out")
    with pytest.raises(StoreError, match="outside of the output folder"):
        staging.write(Artifact(path, b"x"))
    assert _files(tmp_path) == {}
    assert not Path("/kg-escape").exists()


def test_what_killed_builds_left_is_swept(tmp_path: Path) -> None:
    killed = Staging(tmp_path / "out")
    killed.write(Artifact("deep/file", b"x"))
    _publish(tmp_path / "whole", {"deep/file": b"x"})  # killed between the exchange and the removal of the old output
    (tmp_path / "whole").rename(tmp_path / ".out.staging-1-old")
    (tmp_path / ".out.staging-2").mkdir()
    (tmp_path / ".other.staging-x").mkdir()
    Staging(tmp_path / "out").discard()
    assert [p.name for p in tmp_path.iterdir()] == [".other.staging-x"]


def test_leftovers_beside_a_folder_with_brackets_are_swept(tmp_path: Path) -> None:
    (tmp_path / ".out[1].staging-dead").mkdir()
    Staging(tmp_path / "out[1]").discard()
    assert list(tmp_path.iterdir()) == []


def test_modes_follow_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        _publish(tmp_path / "out", {"a": b"1"})
        write_file(tmp_path / "file", b"x")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o750
    assert stat.S_IMODE((tmp_path / "out/a").stat().st_mode) == 0o640
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o640


def test_write_file_is_atomic_and_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "file"
    write_file(path, b"old")
    write_file(path, b"new" * 1000)
    assert path.read_bytes() == b"new" * 1000
    assert [p.name for p in path.parent.iterdir()] == ["file"]
    path.unlink()
    path.mkdir()
    with pytest.raises(StoreError, match="can't write"):
        write_file(path, b"x")
    assert [p.name for p in path.parent.iterdir()] == ["file"]
    with pytest.raises(StoreError):
        write_file(Path("/dev/null/x"), b"x")


def test_the_lock_holds_others_off(tmp_path: Path) -> None:
    order = []

    def other() -> None:
        with lock_base(tmp_path / "cache"):
            order.append("second")

    with lock_base(tmp_path / "cache"):
        thread = threading.Thread(target=other)
        thread.start()
        time.sleep(0.2)
        order.append("first")
    thread.join()
    assert order == ["first", "second"]
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError), lock_base(tmp_path / "file"):
        pass
