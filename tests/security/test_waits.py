"""No step of these tests waits for ever: whoever starts a program or waits for one says how long."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
STARTS = {"run", "call", "check_call", "check_output"}
WAITS = {"communicate", "wait", "join"}


def _endless(source: str) -> Iterator[int]:
    """Lines of calls that may wait for ever: programs without `timeout`, waits without any argument, code that a fork runs."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        owner = node.func.value.id if isinstance(node.func.value, ast.Name) else ""
        named = {keyword.arg for keyword in node.keywords}
        starts = owner == "subprocess" and node.func.attr in STARTS and "timeout" not in named
        waits = node.func.attr in WAITS and not node.args and not node.keywords
        if starts or waits or "preexec_fn" in named:
            yield node.lineno


def test_waits_have_limits() -> None:
    paths = [*TESTS.glob("*.py"), *TESTS.glob("security/*.py"), *TESTS.glob("faults/*.py")]
    assert len(paths) > 35
    assert [f"{path}:{line}" for path in paths for line in _endless(path.read_text("utf-8"))] == []


def test_the_test_sees_them() -> None:
    for code in ("subprocess.run(['x'])", "p.wait()", "thread.join()", "p.communicate()", "Popen([], preexec_fn=f).wait(5)"):
        assert list(_endless(code.replace("Popen", "subprocess.Popen"))), code
    for code in ("subprocess.run(['x'], timeout=5)", "p.wait(5)", "','.join(x)", "p.communicate(timeout=5)"):
        assert not list(_endless(code)), code
