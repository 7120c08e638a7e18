"""The benchmark of growth runs every command, and fails where one grows faster than the notes."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.weekly
ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "benchmarks/growth.py"


def growth(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(SCRIPT), *arguments], capture_output=True, text=True, timeout=900, check=False)


@pytest.mark.weekly
def test_every_command_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KG_CACHE", "")  # set by the benchmark
    spec = importlib.util.spec_from_file_location("kg_growth", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    benchmark = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(benchmark)
    taken = dict(benchmark.measured(tmp_path / "base", 9, benchmark.COMMANDS))
    assert list(taken) == [command.name for command in benchmark.COMMANDS]
    assert min(taken.values()) > 0
    shown = subprocess.run([sys.executable, "-m", "kg", "--help"], capture_output=True, text=True, timeout=60, check=True)
    commands = re.findall(r"^  ([a-z]+) ", shown.stdout.partition("Commands:")[2], re.MULTILINE)
    # `init` and `doctor` read no notes, `bench` makes its own, `rule` prints a text; servers answer until they are stopped.
    others = {"init", "doctor", "bench", "rule", "serve", "publish", "lsp", "mcp"}
    assert {name.partition(" ")[0].rstrip(",") for name in taken} >= set(commands) - others


def test_the_table_has_seconds_by_size_and_exponents() -> None:
    # Times of so few notes say nothing: the floor is above all of them.
    ran = growth("--sizes", "12", "9", "--floor", "1000", "--only", "review", "extract")
    assert ran.returncode == 0, ran.stderr
    rows = [line.strip("| ").split(" | ") for line in ran.stdout.splitlines()]
    assert rows[0] == ["CPU seconds", "9", "12", "exponent"]
    assert [row[0] for row in rows[2:]] == ["extract", "extract --candidates", "review sample", "review status"]
    assert all(float(cell) > 0 for row in rows[2:] for cell in row[1:3])
    assert {row[3] for row in rows[2:]} == {"0.00"}


def test_a_command_that_grows_with_the_square_fails() -> None:
    ladder = ("--sizes", "1000", "2000", "4000", "--floor", "0.01")
    square = growth(*ladder, "--program", "sum(1 for _ in range({n}) for _ in range({n}))")
    assert (square.returncode, "over 1.25: program" in square.stderr) == (1, True), square.stderr
    linear = growth(*ladder, "--program", "sum(1 for _ in range({n} * 1000))")
    assert linear.returncode == 0, linear.stdout + linear.stderr


def test_scope_lists_are_compared() -> None:
    ran = growth("--scope-lists", "20", "--runs", "1", "--stages", "graph")
    assert ran.returncode == 0, ran.stderr
    assert re.search(r"^\| `kg build --stage graph` \| \d+\.\d\d \| \d+\.\d\d \| \d+\.\d\d \|$", ran.stdout, re.MULTILINE)
