"""What is done once: imports in functions say why they stand there, JSON is written in one module."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import kg

CODE = Path(kg.__file__).parent
MODULES = sorted(CODE.rglob("*.py"))
REASON = re.compile(r"#\s*(?:start time|circle|optional|platform): \S")
ALONE = {"base/process/cage.py", "evidence/tools/harness.py"}
"""Programs that run where kg can't be imported."""

Import = ast.Import | ast.ImportFrom


def _in_functions(tree: ast.AST, inside: bool = False) -> Iterator[list[Import]]:
    """Imports in functions, each run of statements in a row as one."""
    for body in (b for _, b in ast.iter_fields(tree) if isinstance(b, list)):
        row: list[Import] = []
        for node in body:
            if inside and isinstance(node, Import):
                row.append(node)
                continue
            if row:
                yield row
                row = []
            if isinstance(node, ast.AST):
                yield from _in_functions(node, inside or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
        if row:
            yield row


def without_reason(source: str) -> list[int]:
    """The lines of imports in functions that say no reason, in the line above the first one or behind each."""
    lines = source.split("\n")
    return [
        row[0].lineno
        for row in _in_functions(ast.parse(source))
        if not REASON.match(lines[row[0].lineno - 2].strip()) and not all(REASON.search(lines[i.end_lineno - 1]) for i in row)  # type: ignore[operator]
    ]


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        ("import a\n    import b", [2]),
        ("# start time: x\n    import a\n    import b", []),
        ("import a  # circle: x\n    import b  # optional: y", []),
        ("import a  # circle: x\n    import b", [2]),
        ("# start time:\n    import a", [3]),
        ("try:\n        import a\n    except ImportError:\n        import b", [3, 5]),
        ("# because\n    import a", [3]),
    ],
)
def test_imports_without_reason_are_seen(body: str, lines: list[int]) -> None:
    assert without_reason(f"def f():\n    {body}\n") == lines


def test_imports_in_functions_say_why() -> None:
    """Write e.g. `# start time: only this command needs it` above, or move the import to the top."""
    missing = [f"{p.relative_to(CODE)}:{line}" for p in MODULES for line in without_reason(p.read_text(encoding="utf-8"))]
    assert missing == []


def test_json_is_written_in_one_module() -> None:
    """The forms are those of `kg.base.json_forms`; records of one type are written by msgspec."""
    calls = {
        p.relative_to(CODE).as_posix()
        for p in MODULES
        for node in ast.walk(ast.parse(p.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in ("dumps", "dump", "JSONEncoder")
        if isinstance(node.value, ast.Name) and node.value.id == "json"
    }
    assert calls == {"base/json_forms.py", *ALONE}
