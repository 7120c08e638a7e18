"""docs/interface.md names every exit status and every environment variable, and none that isn't one."""

from __future__ import annotations

import ast
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import pytest
from commands import all_commands

Kg = Callable[..., Any]
ROOT: Final = Path(__file__).resolve().parents[2]


def _first_cells(heading: str) -> list[str]:
    """The first cells of the table below a heading."""
    text = (ROOT / "docs/interface.md").read_text(encoding="utf-8")
    section = text[text.index(f"/ {heading}\n") :].split("\n## ")[0]
    return [row.split("|")[1].strip() for row in section.splitlines() if row.startswith("| ")][1:]


NAMED: Final = {name for cell in _first_cells("Environment variables") for name in re.findall(r"`([^`]+)`", cell)}
OF_LIBRARIES: Final = {
    "XDG_CACHE_HOME", "COLUMNS", "TERM", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "_KG_COMPLETE",
}  # fmt: skip
"""Those that only a library reads for kg; a test below sets one of each library."""


class _Reads(ast.NodeVisitor):
    """The names of environment variables that a module reads, sets or hands on."""

    def __init__(self, tree: ast.Module) -> None:
        self.names: set[str] = set()
        self.unclear: list[str] = []
        self._values: dict[str, ast.expr] = {}
        for node in tree.body:
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
                self._values[node.target.id] = node.value
            elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple) and isinstance(node.value, ast.Tuple):
                for target, value in zip(node.targets[0].elts, node.value.elts, strict=True):
                    self._values[ast.unparse(target)] = value
        self.visit(tree)

    def visit_Call(self, node: ast.Call) -> None:
        function = ast.unparse(node.func)
        if re.search(r"\benviron\.(get|pop|setdefault)$|\bgetenv$", function):
            self._add(node.args[0])
        self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        if ast.unparse(node.value).endswith("environ"):
            self._add(node.slice)
        self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> None:
        if isinstance(node.ops[0], (ast.In, ast.NotIn)) and ast.unparse(node.comparators[0]).endswith("environ"):
            self._add(node.left)
        self.generic_visit(node)

    def visit_DictComp(self, node: ast.DictComp) -> None:
        """Such as ``{k: v for k, v in os.environ.items() if k in _NAMES}``."""
        for part in node.generators:
            if ast.unparse(part.iter).endswith("environ.items()"):
                for name in (n for test in part.ifs for n in ast.walk(test) if isinstance(n, ast.Name)):
                    if name.id in self._values:
                        self._add(self._values[name.id])
        self._loop(node, node.generators)

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> None:
        self._loop(node, node.generators)

    def visit_For(self, node: ast.For) -> None:
        self._loop(node, [node])

    def _loop(self, node: ast.AST, parts: Sequence[ast.comprehension | ast.For]) -> None:
        """What a loop goes through are the values of its variable, within it."""
        outside = dict(self._values)
        self._values |= {part.target.id: part.iter for part in parts if isinstance(part.target, ast.Name)}
        self.generic_visit(node)
        self._values = outside

    def _add(self, node: ast.expr) -> None:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            self.names.add(node.value)
        elif isinstance(node, ast.Tuple):
            for part in node.elts:
                self._add(part)
        elif isinstance(node, ast.Name) and node.id in self._values:
            self._add(self._values[node.id])
        else:
            self.unclear.append(ast.unparse(node))


def _read_variables() -> tuple[set[str], list[str]]:
    names, unclear = set(), []
    for path in (ROOT / "kg").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if "environ" in text or "getenv" in text:
            reads = _Reads(ast.parse(text))
            names |= reads.names
            unclear += [f"{path}: {name}" for name in reads.unclear]
    return names, unclear


def test_the_page_names_the_environment_variables_that_kg_reads_and_no_others() -> None:
    names, unclear = _read_variables()
    assert unclear == []
    assert len(names) > 30
    assert names - NAMED == set()
    assert NAMED - names == OF_LIBRARIES
    envvars = [param.name for ctx in all_commands().values() for param in ctx.command.params if param.envvar]
    assert envvars == []


def test_variables_that_libraries_read_matter(kg: Kg, tmp_path: Path) -> None:
    assert kg("init", ".", cwd=tmp_path).status == 0
    assert (
        str(tmp_path / "xdg")
        in kg("--version", "--verbose", env={"XDG_CACHE_HOME": str(tmp_path / "xdg"), "KG_CACHE": ""}).stdout
    )
    home = kg("--version", "--verbose", env={"HOME": str(tmp_path / "home"), "XDG_CACHE_HOME": "", "KG_CACHE": ""})
    assert str(tmp_path / "home") in home.stdout, home.stdout
    for columns in (60, 100):
        lines = kg("build", "--help", env={"COLUMNS": str(columns)}).stdout.splitlines()
        assert columns - 20 < max(map(len, lines)) <= columns
    assert "_KG_COMPLETE=zsh_complete" in kg(env={"_KG_COMPLETE": "zsh_source"}).stdout
    ran = kg(
        "query", "--endpoint", "http://example.org/sparql", "ASK {}", cwd=tmp_path, env={"HTTP_PROXY": "http://127.0.0.1:9"}
    )
    assert (ran.status, "Connection refused" in ran.stderr) == (2, True), ran.stderr


STATUSES: Final = {int(cell) for cell in _first_cells("Exit status")}


def _exits(tree: ast.Module) -> Iterator[int]:
    """The numbers with which code ends a process."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and re.search(r"(\bexit|\bSystemExit|^_end)$", ast.unparse(node.func)):
            for part in ast.walk(node):
                if isinstance(part, ast.Constant) and type(part.value) is int:
                    yield part.value


def test_the_page_names_each_exit_status() -> None:
    """Those in the code of commands; the next test runs commands for each."""
    assert sorted(STATUSES) == [0, 1, 2, 130, 141]
    written = {n for path in (ROOT / "kg/app/cli").glob("*.py") for n in _exits(ast.parse(path.read_text(encoding="utf-8")))}
    assert {1, 2, 130} <= written <= STATUSES


@pytest.fixture
def base(kg: Kg, tmp_path: Path) -> Path:
    assert kg("init", ".", cwd=tmp_path).status == 0
    return tmp_path


@pytest.mark.parametrize(("status", "command"), [
    (0, "check --ignore KG201"), (0, "ls"), (0, "--help"), (0, "find namespace"), (0, "metrics --fail-under linkage=0"),
    (1, "check --select KG201 broken"), (1, "find zzzzqqqq"),
    (1, "metrics --fail-under theory_coverage=100"),
    (2, "chekc"), (2, "check --formt json"), (2, "why container"), (2, "check -C nowhere"), (2, "query 'SELEC'"),
    (2, "check --config check.fail-on=never-ever"),
])  # fmt: skip
def test_statuses_of_commands(kg: Kg, base: Path, status: int, command: str) -> None:
    (base / "concepts/broken.md").write_text("# Broken\n\nSee [[nowhere]] and [[Namespaces]].\n")
    words = command.replace("broken", "concepts/broken.md").split()
    ran = kg(*words, cwd=base)
    assert (ran.status, "kg: " in ran.stderr) == (status, status == 2), ran.stdout + ran.stderr


def test_a_closed_pipe_ends_with_141(kg: Kg, base: Path) -> None:
    assert kg("rule", cwd=base, closed=True).status == 141


def test_an_interrupt_ends_with_130(base: Path) -> None:
    command = [sys.executable, "-m", "kg", "check", "-", "--stdin-path", "concepts/container.md"]
    env = {"PYTHONPATH": str(ROOT), "PYTHONFAULTHANDLER": "1", "PATH": "/usr/bin:/bin", "HOME": str(base)}
    with subprocess.Popen(command, cwd=base, env=env, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        process.stdin.write("text\n" * 40_000)  # more than a pipe holds: once it is written, the command reads
        process.stdin.flush()
        process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=60)
    assert (process.returncode, error.splitlines()[0]) == (130, "kg: interrupted; the last good output is unchanged"), error
