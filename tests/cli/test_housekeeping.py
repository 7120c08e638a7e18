"""Caches, cleaning, versions, completion and the manual page."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kg.app.cli import COMMANDS, main

Kg = Callable[..., Any]
PAGE = Path(__file__).resolve().parents[2] / "docs/interface.md"


@pytest.fixture(scope="module")
def built(kg: Kg, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder: Path = tmp_path_factory.mktemp("built")
    cache: Path = tmp_path_factory.mktemp("cache")
    assert kg("init", ".", cwd=folder).status == 0
    assert kg("build", cwd=folder, env={"KG_CACHE": str(cache)}).status == 0
    return folder, cache


def test_completion_knows_concepts(kg: Kg, built: tuple[Path, Path]) -> None:
    folder, cache = built
    for words, expected in (
        ("kg why c", {"container", "cgroup"}),
        ("kg map na", {"namespace"}),
        ("kg verify CO", {"container"}),
        ("kg mv na", {"namespace"}),
        ("kg split na", {"namespace"}),
        ("kg rename na", {"namespace"}),
        ("kg merge cgroup na", {"namespace"}),
        ("kg check --select-concepts na", {"namespace"}),
        ("kg ls --select-concepts 2+na", {"2+namespace"}),
        ("kg ls --select-concepts container,ty", {"container,type:"}),
        ("kg export book +na", {"+namespace"}),
        ("kg rule kg20", {f"KG20{n}" for n in range(1, 10)}),
    ):
        at = str(words.count(" "))
        env = {"KG_CACHE": str(cache), "_KG_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": at}
        ran = kg(cwd=folder, env=env)
        assert {line.partition(",")[2] for line in ran.stdout.splitlines()} == expected, words
    assert "_KG_COMPLETE=bash_complete" in kg(cwd=folder, env={"_KG_COMPLETE": "bash_source"}).stdout


def test_completion_offers_no_id_that_a_shell_runs(kg: Kg, tmp_path: Path) -> None:
    """Shells put what is offered on the line as it is."""
    (tmp_path / "concepts").mkdir()
    ids = ("zz$(touch x)", "zz`id`", "zz;ls", "zz&ls", "zz|ls", "zz>x", "zz x", "zz'x", "zz*", "-zz", "zz-plain", "zz容器")
    for number, id_ in enumerate(ids):
        (tmp_path / f"concepts/{number}.md").write_text(f"---\nid: {json.dumps(id_, ensure_ascii=False)}\n---\n# N{number}\n")
    for words in ("kg why zz", "kg why -"):
        ran = kg(cwd=tmp_path, env={"_KG_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": "2"})
        offered = {line.partition(",")[2] for line in ran.stdout.splitlines() if "zz" in line}
        assert offered == ({"zz-plain", "zz容器"} if words == "kg why zz" else set()), words


def test_clean(kg: Kg, built: tuple[Path, Path]) -> None:
    folder, cache = built
    env = {"KG_CACHE": str(cache)}
    tag = next(cache.rglob("CACHEDIR.TAG"))
    assert tag.read_bytes().startswith(b"Signature: 8a477f597d28d172789f06886806bc55")
    before = {path for path in cache.rglob("*") if path.is_file()}
    assert kg("clean", "--dry-run", "--output", cwd=folder, env=env).status == 0
    assert {path for path in cache.rglob("*") if path.is_file()} == before
    assert (folder / "output/build.json").is_file()
    assert kg("clean", cwd=folder, env=env).status == 0
    assert {path.name for path in cache.rglob("*") if path.is_file()} <= {"CACHEDIR.TAG", "base", "lock", "verified"}
    assert kg("check", cwd=folder, env=env).status == 0
    # An output folder with a file of somebody else is left.
    (folder / "output/mine.txt").write_text("mine")
    ran = kg("clean", "--output", cwd=folder, env=env)
    assert (ran.status, (folder / "output/mine.txt").read_text()) == (2, "mine"), ran.stderr
    (folder / "output/mine.txt").unlink()
    assert kg("clean", "--output", cwd=folder, env=env).status == 0
    assert not (folder / "output").exists()
    assert (folder / "concepts/container.md").is_file()


def test_versions(kg: Kg, tmp_path: Path) -> None:
    plain = kg("--version", cwd=tmp_path).stdout
    assert re.fullmatch(r"kg, version \d+\.\d+\.\d+\n", plain)
    rows = kg("--version", "--verbose", cwd=tmp_path).stdout
    assert rows.startswith(plain)
    for name in ("Python", "system", "caches", "pyoxigraph", "rdflib"):
        assert re.search(rf"^{name} +\S", rows, re.MULTILINE), name


def test_the_manual_page_names_every_command(kg: Kg, tmp_path: Path) -> None:
    page = kg("config", "man", cwd=tmp_path).stdout
    for name in COMMANDS:
        assert f".SS \\fBkg {name}\\fR" in page, name
    if shutil.which("man"):
        (tmp_path / "kg.1").write_text(page, encoding="utf-8")
        env = {**os.environ, "MANWIDTH": "100", "LC_ALL": "C.UTF-8", "MANPAGER": "cat"}
        ran = subprocess.run(
            ["man", "--warnings", "-l", str(tmp_path / "kg.1")], capture_output=True, text=True, env=env, check=False
        )
        assert "kg build" in ran.stdout
        assert "warning" not in ran.stderr


def test_the_page_of_the_interface_names_all_commands_options_and_results(own: Path) -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert [name for name, command in COMMANDS.items() if f"| `kg {name}` | {command.summary} |" not in text] == []
    options = [option for parameter in main.params for option in parameter.opts if option not in ("--help", "--version", "-V")]
    assert len(options) > 8
    assert [option for option in options if f"`{option}" not in text] == []
    told = {path for cell in re.findall(r"^\| (`.*?`) \|", text[text.index("What a build leaves") :], re.MULTILINE)[:7]
            for path in re.findall(r"`([^`]+)`", cell)}  # fmt: skip
    assert len(told) > 15
    assert [path for path in sorted(told) if not (own / "output" / path.replace("cluster-N", "cluster-0")).exists()] == []
