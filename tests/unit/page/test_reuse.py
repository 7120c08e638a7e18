"""Files of the last build are reused only under the same key, and only if they are as they were written."""

from __future__ import annotations

from pathlib import Path

import pytest

from kg.model import Artifact
from kg.views.page.reuse import Reuse, Reused

FILES = {"a.html": b"one", "a.svg": b"two"}


def _written(folder: Path) -> Reused:
    """Write the files of a task, one of which has a key of its own, and return the record."""
    reuse = Reuse(folder, Reused())
    for name, data in FILES.items():
        (folder / name).write_bytes(data)
    reuse.put("a.svg", "own", FILES["a.svg"], counts=False)
    for name, data in FILES.items():
        reuse.put_file(Artifact(name, data))
    reuse.put_task("key", list(FILES))
    reuse.add(reuse.take())
    return reuse.now


@pytest.mark.parametrize("unmodified", [False, True])
def test_files_are_reused_under_their_key(tmp_path: Path, unmodified: bool) -> None:
    reuse = Reuse(tmp_path, _written(tmp_path), unmodified=unmodified)
    kept = [Artifact(name, b"", kept=True) for name in FILES]
    assert reuse.get_task("key", counts=True) == kept
    assert reuse.get_task("another") is None
    assert reuse.get("a.svg", "own") == kept[1]
    assert reuse.get("a.svg", "key") is None
    assert reuse.read("a.svg", "own") == b"two"
    assert reuse.read("a.svg", "another") is None
    reuse.add(reuse.take())
    assert reuse.now == Reused(_written(tmp_path).pages, {"key": list(FILES)}, 0, 2)


def test_what_was_modified_or_lost_is_made_again(tmp_path: Path) -> None:
    last = _written(tmp_path)
    (tmp_path / "a.svg").write_bytes(b"owt")
    reuse = Reuse(tmp_path, last)
    assert (reuse.get_task("key"), reuse.get("a.svg", "own"), reuse.read("a.svg", "own")) == (None, None, None)
    (tmp_path / "a.svg").unlink()
    for unmodified in (False, True):
        reuse = Reuse(tmp_path, last, unmodified=unmodified)
        assert (reuse.get_task("key"), reuse.get("a.svg", "own"), reuse.read("a.svg", "own")) == (None, None, None)


def test_content_is_compared_even_if_the_output_is_known_to_be_unmodified(tmp_path: Path) -> None:
    last = _written(tmp_path)
    (tmp_path / "a.svg").write_bytes(b"owt")
    assert Reuse(tmp_path, last, unmodified=True).read("a.svg", "own") is None
