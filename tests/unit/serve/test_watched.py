"""What is watched: the folders of the knowledge base and nothing else, whatever links and settings say."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from kg.base.errors import KgError
from kg.base.settings import load_settings
from kg.serve.watch import inputs
from kg.serve.watch.changes import FolderWatch
from kg.serve.watch.inputs import list_watched

Base = Callable[[Mapping[str, str]], Path]


@pytest.fixture
def outside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("outside")
    (folder / "deep").mkdir()
    return folder


def watched_below(folder: Path) -> set[str]:
    settings = load_settings(folder)
    root = Path(os.path.realpath(folder))
    rows = {path for path in list_watched(settings) if path != Path(os.path.realpath(settings.cache))}
    assert all(path.is_relative_to(root) for path in rows), rows
    return {path.relative_to(root).as_posix() for path in rows}


def test_folders_of_the_base(base: Base, outside: Path) -> None:
    folder = base({
        "concepts/a.md": "", "concepts/deep/er/b.md": "", "concepts/.git/x": "", "concepts/node_modules/x/y.md": "",
        "concepts/drafts/c.md": "", ".git/objects/aa/x": "", "output/concepts/a.html": "", "other/d.md": "",
        "ontology/checks/x.rq": "", "look/concept.html": "", "kg.toml": 'exclude = ["drafts"]\n[site]\ntheme = "look"\n',
    })  # fmt: skip
    (folder / "concepts/out").symlink_to(outside)
    (folder / "concepts/loop").symlink_to(folder / "concepts")
    (folder / "ontology/out").symlink_to(outside)
    assert watched_below(folder) == {
        ".", "concepts", "concepts/deep", "concepts/deep/er", "ontology", "ontology/checks", "look"
    }  # fmt: skip


def test_the_base_as_notes_folder_is_watched_without_its_output(base: Base) -> None:
    folder = base({"a.md": "", "sub/b.md": "", "public/concepts/a.html": "", "kg.toml": 'notes = ["."]\noutput = "public"\n'})
    assert watched_below(folder) == {".", "sub"}


SETTINGS = ['notes = ["../{}"]', 'notes = ["link"]', '[site]\ntheme = "../{}"', '[site]\ntheme = "link"', 'output = "../{}"']


@pytest.mark.parametrize("setting", SETTINGS)
def test_settings_can_not_watch_elsewhere(base: Base, outside: Path, setting: str) -> None:
    folder = base({"concepts/a.md": "", "kg.toml": setting.format(outside.name)})
    (folder / "link").symlink_to(outside)
    with pytest.raises(KgError):
        list_watched(load_settings(folder))


@pytest.mark.parametrize("name", ["concepts", "ontology", "look"])
def test_a_folder_that_becomes_a_link_is_not_followed(base: Base, outside: Path, name: str) -> None:
    folder = base({"concepts/a.md": "", "ontology/x.ttl": "", "look/a.css": "", "kg.toml": '[site]\ntheme = "look"\n'})
    settings = load_settings(folder)
    (folder / name).rename(folder / "old")
    (folder / name).symlink_to(outside)
    assert Path(os.path.realpath(outside)) not in list_watched(settings)


def test_notes_folders_of_the_command_line_may_be_elsewhere(base: Base, outside: Path) -> None:
    settings = load_settings(base({"kg.toml": ""}), notes=(outside,))
    real = os.path.realpath(outside)
    assert Path(real) not in list_watched(settings)
    assert {Path(real), Path(real, "deep")} <= set(list_watched(settings, {real}))


def test_the_number_of_folders_is_limited(base: Base, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = base({f"concepts/{i}/a.md": "" for i in range(30)})
    monkeypatch.setattr(inputs, "_MOST", 10)
    assert len(watched_below(folder)) == 10


def test_changes_wake_once_and_only_for_names_that_count(tmp_path: Path) -> None:
    inside, named = tmp_path / "inside", tmp_path / "named"
    for folder in (inside, named, inside / "below"):
        folder.mkdir()

    async def wakes(watch: FolderWatch, act: Callable[[], object]) -> bool:
        act()
        try:
            async with asyncio.timeout(1.5):
                await watch.changed()
        except TimeoutError:
            return False
        return True

    def many() -> None:
        for i in range(3000):
            (inside / f"n{i}.md").write_text("x")

    async def run() -> None:
        async with FolderWatch({inside: None, named: frozenset(("kg.toml",))}) as watch:
            assert await wakes(watch, lambda: (inside / "a.md").write_text("x"))
            assert not await wakes(watch, lambda: (inside / ".a.md.swp").write_text("x"))
            assert not await wakes(watch, lambda: (inside / "below/b.md").write_text("x"))
            assert not await wakes(watch, lambda: (named / "other").write_text("x"))
            assert await wakes(watch, lambda: (named / "kg.toml").write_text("x"))
            assert await wakes(watch, many)
            # Whatever came meanwhile is one more change at most, not thousands.
            assert sum([await wakes(watch, lambda: None) for _ in range(3)]) <= 1

    asyncio.run(run())


def test_folders_that_are_gone_are_no_error(tmp_path: Path) -> None:
    async def run() -> None:
        async with FolderWatch({tmp_path / "nothing": None}) as watch, asyncio.timeout(20):
            await watch.changed()

    asyncio.run(run())


def test_a_watch_of_folders_that_are_gone_says_that_it_is_over(tmp_path: Path) -> None:
    async def watch(folder: Path) -> bool:
        async with FolderWatch({folder: None}) as watching:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(10 if not folder.exists() else 1):
                    await watching.changed()
            return watching.over

    assert asyncio.run(watch(tmp_path / "gone"))
    assert not asyncio.run(watch(tmp_path))
