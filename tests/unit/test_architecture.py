"""The wings: the table of docs/architecture.md, the contracts of import-linter and the folders are one list."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
TEXT = (ROOT / "docs/architecture.md").read_text("utf-8")


def test_the_table_of_wings_is_that_of_the_contracts_and_folders() -> None:
    (layers,) = (c["layers"] for c in CONTRACTS if c["type"] == "layers" and c["containers"] == ["kg"])
    table = TEXT[TEXT.index("## Wings") : TEXT.index("## One note")]
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == layers
    assert {p.parent.name for p in (ROOT / "kg").glob("*/__init__.py")} == set(layers)


def test_each_wing_says_in_its_first_line_what_it_is() -> None:
    for path in (ROOT / "kg").glob("*/__init__.py"):
        said = ast.get_docstring(ast.parse(path.read_text("utf-8")))
        assert said, path
        assert said.splitlines()[0].endswith((".", ":")), path


def test_a_fence_is_written_once_for_all_of_kg() -> None:
    fences = [c for c in CONTRACTS if c["type"] == "forbidden"]
    assert fences
    assert all(c["source_modules"] == ["kg"] for c in fences)


def test_each_invariant_names_a_test_that_is_there() -> None:
    part = TEXT[TEXT.index("## Invariants") : TEXT.index("## Decisions")]
    invariants = part.split("**Architecture invariant")[1:]
    assert len(invariants) >= 5
    for text in invariants:
        names = re.findall(r"`((?:tests/)?[\w/]*test_\w+\.py|tests/\w+)`", text)
        assert names, text
        found = [next((ROOT / "tests").rglob(Path(name).name), None) for name in names]
        assert all(found), names
