"""The examples of both READMEs and of docs/: every ``$ kg …`` in a console block prints what stands below it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kg.checks import RULES
from kg.graph.vocabulary import built_in_vocabulary

ROOT = Path(__file__).resolve().parents[2]
READMES = (ROOT / "README.md", ROOT / "README.zh.md")
_BLOCK = re.compile(r"^```console\n(.*?)^```", re.DOTALL | re.MULTILINE)
_SHELL = re.compile(r"^```sh\n(.*?)^```", re.DOTALL | re.MULTILINE)
_TARGET = re.compile(r"\]\(([^()\s]+)\)")
_PYTHON = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)


def _examples() -> Iterator[tuple[str, str, str]]:
    for path in (*READMES, *sorted((ROOT / "docs").glob("**/*.md"))):
        for block in _BLOCK.findall(path.read_text(encoding="utf-8")):
            for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
                command, _, expected = part.partition("\n")
                yield path.name, command, expected


EXAMPLES = list(_examples())


def _pattern(expected: str) -> re.Pattern[str]:
    """The expected output, with ``…`` for any text within a line."""
    lines = [r".*".join(map(re.escape, line.rstrip().split("…"))) for line in expected.rstrip().splitlines()]
    return re.compile("\n".join(lines))


@pytest.fixture(scope="session")
def first(tmp_path_factory: pytest.TempPathFactory, kg: Callable[..., object]) -> Path:
    """The folder in which a reader of the READMEs has run the first commands."""
    folder = tmp_path_factory.mktemp("first")
    for args in (("init", "my-notes"), ("build", "-C", "my-notes", "--stage", "graph")):
        ran = kg(*args, cwd=folder)
        assert ran.status == 0, ran.stderr
    return folder


@pytest.mark.parametrize(("file", "command", "expected"), EXAMPLES, ids=[f"{f}: {c[:40]}" for f, c, _ in EXAMPLES])
def test_example(kg: Callable[..., object], own: Path, first: Path, file: str, command: str, expected: str) -> None:
    name, *args = shlex.split(command)
    assert name == "kg", f"{file}: only kg is run here"
    ran = kg(*args, cwd=first if file.startswith("README") else own)
    assert ran.status == 0, ran.stderr
    printed = ran.stdout if ran.stdout else ran.stderr
    lines = [line.rstrip() for line in printed.rstrip().splitlines()]
    # How many pages a build renders depends on which examples ran before.
    printed = "\n".join(line for line in lines if not line.startswith("pages "))
    assert _pattern(expected).fullmatch(printed), f"{file}: $ {command}\n{printed}"


def test_both_readmes_say_the_same_and_their_figures_are_those_of_today() -> None:
    """Commands without comments, sample output, pictures and links are equal; so is the table's size; no sample has holes."""
    parts = []
    for path in READMES:
        text = path.read_text(encoding="utf-8")
        shell = [line.partition("#")[0].rstrip() for block in _SHELL.findall(text) for line in block.splitlines()]
        images = [target for target in _TARGET.findall(text) if target.endswith(".png")]
        links = {target for target in _TARGET.findall(text) if not target.startswith("README")}
        parts.append((shell, _BLOCK.findall(text), images, links, text.count("\n| ")))
        assert not any("…" in block for block in _BLOCK.findall(text))
        assert len(images) == 5
        numbers = set(re.findall(r"\b\d+\b", text))
        assert str(len(built_in_vocabulary().relations)) in numbers
        assert "100" in numbers
        assert len(RULES) > 100
    assert parts[0] == parts[1]
    assert sum(1 for file, _, _ in EXAMPLES if file == "tour.md") >= 6


@pytest.mark.parametrize("name", ["docs/tour.md", "docs/provenance.md"])
def test_python_of_the_docs_runs(own: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(own)
    found = _PYTHON.findall((ROOT / name).read_text(encoding="utf-8"))
    assert found
    for code in found:
        exec(compile(code, name, "exec"), {})  # noqa: S102  # our own documentation
