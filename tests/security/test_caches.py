"""Caches lie in the user's cache folder, are the user's alone, and never grow without bound."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from kg.base import caches
from kg.base.caches import of_base

Kg = Callable[..., object]
NOTES = {"concepts/a.md": "# A\n\n[[b]]\n", "concepts/b.md": "# B\n"}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where caches lie in this test."""
    monkeypatch.setenv("KG_CACHE", str(tmp_path / "cache"))
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    caches._of_base.cache_clear()
    caches._temporary.cache_clear()
    return tmp_path / "cache/bases"


def _base(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


def test_a_cache_is_this_users_alone(place: Path, tmp_path: Path) -> None:
    kb = _base(tmp_path / "my notes")
    cache = of_base(kb)
    assert cache.parent == place
    assert cache.name.startswith("my_notes-")
    for folder in (place, cache):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    (tmp_path / "link").symlink_to(kb)
    assert of_base(tmp_path / "link") == cache
    assert of_base(_base(tmp_path / "x/my notes")) != cache
    assert list(kb.iterdir()) == []


@pytest.mark.parametrize("fault", ["link", "open to all", "another's", "a file"])
@pytest.mark.parametrize("what", ["bases", "cache"])
def test_a_cache_that_is_not_is_not_used(place: Path, tmp_path: Path, what: str, fault: str) -> None:
    kb = _base(tmp_path / "kb")
    cache = of_base(kb)
    caches._of_base.cache_clear()
    spoilt = place if what == "bases" else cache
    victim = tmp_path / "victim"
    if fault == "link":
        spoilt.rename(victim)
        spoilt.symlink_to(victim)
    elif fault == "open to all":
        spoilt.chmod(0o777)
    elif fault == "a file":
        shutil.rmtree(spoilt)
        spoilt.write_text("")
    elif os.geteuid() == 0:
        os.chown(spoilt, 12345, 12345)
    else:
        pytest.skip("only root gives folders away")
    other = of_base(kb)
    assert other != cache
    assert other.is_relative_to(tmp_path / "tmp")
    assert stat.S_IMODE(other.stat().st_mode) == 0o700


def test_a_user_without_a_home_has_temporary_caches(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a container: no HOME, and nobody's name for the number of the user."""
    monkeypatch.delenv("KG_CACHE")
    for name in ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)

    def nobody(number: int) -> None:
        raise KeyError(f"getpwuid(): uid not found: {number}")

    monkeypatch.setattr(pwd, "getpwuid", nobody)
    named = tmp_path / f"tmp/kg-{os.geteuid()}"
    assert caches.user_cache() == named
    assert of_base(_base(tmp_path / "kb")).parent == named / "bases"
    assert stat.S_IMODE(named.stat().st_mode) == 0o700


def test_a_temporary_cache_of_another_is_not_used(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root gives folders away")
    monkeypatch.setenv("KG_CACHE", "/dev/null")
    squatted = tmp_path / f"tmp/kg-{os.geteuid()}"
    squatted.mkdir(mode=0o700)
    os.chown(squatted, 12345, 12345)
    cache = of_base(_base(tmp_path / "kb"))
    assert cache.is_relative_to(tmp_path / "tmp")
    assert not cache.is_relative_to(squatted)
    assert list(squatted.iterdir()) == []


def test_without_a_place_for_caches_everything_works(kg: Kg, base: Callable[..., Path]) -> None:
    folder = base(NOTES)
    for place in ("/proc/nowhere", "/dev/null"):
        for command in ("check", "build", "build", "suggest"):
            assert kg(command, "-C", folder, env={"KG_CACHE": place}).status == 0
    assert {p.name for p in folder.iterdir()} == {"concepts", "output"}


def test_caches_of_bases_that_are_gone_go(place: Path, tmp_path: Path) -> None:
    gone, old, held, used = (of_base(_base(tmp_path / name)) for name in ("gone", "old", "held", "used"))
    (tmp_path / "gone").rmdir()
    (tmp_path / "held").rmdir()
    os.utime(old / "base", (1, 1))
    (gone / "notes").symlink_to(_base(tmp_path / "victim/x").parent)
    for name in ("mine", "other-thing"):
        (place / name).mkdir()
    (place / "link-0123456789abcdef").symlink_to(tmp_path / "victim")
    from kg.base.store import lock_base

    with lock_base(held):
        new = of_base(_base(tmp_path / "new"))
    assert {p.name for p in place.iterdir()} == {
        "CACHEDIR.TAG", held.name, used.name, new.name, "mine", "other-thing", "link-0123456789abcdef",
    }  # fmt: skip
    assert (tmp_path / "victim/x").is_dir()


def test_a_build_goes_on_from_its_cache_and_leaves_nothing_beside_the_notes(kg: Kg, base: Callable[..., Path]) -> None:
    folder = base(NOTES)
    assert kg("build", "-C", folder).status == 0
    stamp = (folder / "output/build.json").stat().st_mtime_ns
    assert kg("build", "-C", folder).status == 0
    assert (folder / "output/build.json").stat().st_mtime_ns == stamp
    assert list((of_base(folder) / "notes").glob("*/*.chunk"))
    assert {p.name for p in folder.iterdir()} == {"concepts", "output"}


def test_a_cache_of_one_process_goes_with_it(base: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> None:
    """If neither the user's cache folder nor a temporary one of the user's own can be made."""
    if os.geteuid() != 0:
        pytest.skip("only root gives folders away")
    temporary = tmp_path_factory.mktemp("tmp")
    squatted = temporary / f"kg-{os.geteuid()}"
    squatted.mkdir(mode=0o700)
    os.chown(squatted, 12345, 12345)
    environment = {**os.environ, "KG_CACHE": "/dev/null", "TMPDIR": str(temporary)}
    folder = base(NOTES)
    for command in ("check", "build"):
        ran = subprocess.run(
            [sys.executable, "-m", "kg", command, "-C", str(folder)], env=environment, check=False, timeout=300
        )
        assert ran.returncode == 0
        assert list(temporary.iterdir()) == [squatted]
