"""The examples of README and docs/: every ``$ kg …`` in a console block prints what stands below it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_BLOCK = re.compile(r"^```console\n(.*?)^```", re.DOTALL | re.MULTILINE)
_PYTHON = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)


def _examples() -> Iterator[tuple[str, str, str]]:
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("**/*.md"))):
        for block in _BLOCK.findall(path.read_text(encoding="utf-8")):
            for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
                command, _, expected = part.partition("\n")
                yield path.name, command, expected


EXAMPLES = list(_examples())


def _pattern(expected: str) -> re.Pattern[str]:
    """The expected output, with ``…`` for any text within a line."""
    lines = [r".*".join(map(re.escape, line.rstrip().split("…"))) for line in expected.rstrip().splitlines()]
    return re.compile("\n".join(lines))


@pytest.mark.parametrize(("file", "command", "expected"), EXAMPLES, ids=[f"{f}: {c[:40]}" for f, c, _ in EXAMPLES])
def test_example(kg: Callable[..., object], own: Path, file: str, command: str, expected: str) -> None:
    name, *args = shlex.split(command)
    assert name == "kg", f"{file}: only kg is run here"
    ran = kg(*args, cwd=own)
    assert ran.status == 0, ran.stderr
    printed = ran.stdout if ran.stdout else ran.stderr
    lines = [line.rstrip() for line in printed.rstrip().splitlines()]
    # How many pages a build renders depends on which examples ran before.
    printed = "\n".join(line for line in lines if not line.startswith("pages "))
    assert _pattern(expected).fullmatch(printed), f"{file}: $ {command}\n{printed}"


def test_readme_has_examples() -> None:
    assert sum(1 for file, _, _ in EXAMPLES if file == "README.md") >= 6


@pytest.mark.parametrize("name", ["README.md", "docs/provenance.md"])
def test_python_of_the_docs_runs(own: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(own)
    found = _PYTHON.findall((ROOT / name).read_text(encoding="utf-8"))
    assert found
    for code in found:
        exec(compile(code, name, "exec"), {})  # noqa: S102  # our own documentation
