"""Importing copies the whole tree of a bundle, but for what would make a program do something."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from bundles import concept, verdict, write

from kg import knowledge
from kg.base.settings import load_settings

Kg = Callable[..., Any]


def test_every_file_is_copied(tmp_path: Path, kg: Kg) -> None:
    files: dict[str, str | bytes] = {
        "a.md": concept("type: X", "[b](/output/b.md)"), "output/b.md": concept("type: X"), "ignored/c.md": concept("type: X"),
        ".gitignore": "ignored\n", ".github/d.md": concept("type: X"), "node_modules/e.md": concept("type: X"),
        "templates/f.md": concept("type: X"), ".okfignore": "README.md\n", "README.md": "# R\n", "data.bin": b"\0\xff",
        "文/图.svg": "<svg/>", "x": "",
    }  # fmt: skip
    source = write(tmp_path / "source", files, declared=False) / "concepts"
    home = tmp_path / "home"
    home.mkdir()
    ran = kg("import", "okf", source, "-C", home)
    assert (ran.status, "6 concepts and 1 lists" in ran.stderr, "left out" in ran.stderr) == (0, True, False), ran.stderr
    found = {p.relative_to(home / "concepts").as_posix(): p.read_bytes() for p in (home / "concepts").rglob("*") if p.is_file()}
    assert found == {name: text.encode() if isinstance(text, str) else text for name, text in files.items()}
    assert verdict(home).concepts == 6
    exported = {a.path: a.data for a in knowledge.export_bundle(load_settings(home))}
    assert {name: exported[name] for name in found} == found


def test_a_file_that_is_there_is_not_overwritten(tmp_path: Path, kg: Kg) -> None:
    files = {"a.md": concept("type: X"), "data.csv": "theirs\n"}
    source = write(tmp_path / "source", files, declared=False) / "concepts"
    own = tmp_path / "home/concepts/data.csv"
    own.parent.mkdir(parents=True)
    own.write_text("mine\n")
    ran = kg("import", "okf", source, "-C", tmp_path / "home")
    assert (ran.status, "data.csv would be overwritten" in ran.stderr) == (2, True), ran.stderr
    assert [path.read_text() for path in own.parent.iterdir()] == ["mine\n"]
    assert kg("import", "okf", source, "--force", "-C", tmp_path / "home").status == 0
    assert own.read_text() == "theirs\n"


def test_what_is_left_out_is_named(tmp_path: Path, kg: Kg) -> None:
    barred = {
        ".git/config": "[core]\nfsmonitor = touch ran\n", "s/.GIT/config": "x", "s/git~1/config": "x",
        "s/.g\u200cit/config": "x",
        "t/.git": "gitdir: ../x\n", "bare/HEAD": "x", "bare/objects/a": "x", "bare/refs/a": "x", "bare/config": "x",
        "kg.toml": "[x]\n", "s/KG.toml": "x",
    }  # fmt: skip
    source = write(tmp_path / "source", {"a.md": concept("type: X"), **barred}, declared=False) / "concepts"
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    (source / "link.txt").symlink_to(tmp_path / "secret.txt")
    (source / "folder").symlink_to(tmp_path)
    os.mkfifo(source / "pipe.md")
    home = tmp_path / "home"
    home.mkdir()
    ran = kg("import", "okf", source, "-C", home)
    assert ran.status == 0, ran.stderr
    copied = [p.relative_to(home / "concepts").as_posix() for p in (home / "concepts").rglob("*") if p.is_file()]
    assert copied == ["a.md"]
    named = [".git/", "bare/", "folder", "kg.toml", "link.txt", "pipe.md", "s/.GIT/", "s/KG.toml", "s/git~1/", "t/.git"]
    assert all(f"  {name}\n" in ran.stderr for name in named), ran.stderr
    assert f"{len(named) + 1} files and folders are left out" in ran.stderr


def test_the_own_notes_become_a_clean_bundle(tmp_path: Path, own: Path) -> None:
    exported = {a.path: a.data for a in knowledge.export_bundle(load_settings(own))}
    found = verdict(write(tmp_path, exported))
    assert found.concepts > 100
    assert (found.conformant, found.clean) == (True, True)
