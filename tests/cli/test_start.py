"""The start of `kg`: help and the version import few modules. Modules are counted, since seconds depend on the machine."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest

from kg.app.cli import COMMANDS, main
from kg.app.cli.doctor import INSTALLED
from kg.app.cli.exchange import EXPORTED, IMPORTED, LOADERS
from kg.app.cli.verify import GROUPS
from kg.base.parcels import PARCELS
from kg.evidence import tools
from kg.graph.importing import SYNTAXES
from kg.serve import bulk
from kg.views.export import FORMATS

Kg = Callable[..., Any]
MODULES = """
import sys
sys.argv = ["kg", *sys.argv[1:]]
import kg.app.cli
kg.app.cli._end = sys.exit
try:
    kg.app.cli.run()
except SystemExit as end:
    assert not end.code, end.code
print("\\n" + " ".join(sys.modules))
"""
HEAVY = {"pyoxigraph", "rdflib", "networkx", "numpy", "yaml", "pyromark", "jinja2", "rich", "kg.model", "kg.checks"}
BUDGET = 178
"""Modules; `kg --version` needs 140, and most of them are of Python and click. A command looks at the system with three."""


def loaded(*arguments: str) -> set[str]:
    """The modules that a command has imported at its end."""
    command = [sys.executable, "-c", MODULES, *arguments]
    output = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    return set(output.splitlines()[-1].split())


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], *([name, "--help"] for name in COMMANDS)], ids=" ".join)
def test_help_and_version_import_few_modules(arguments: list[str]) -> None:
    modules = loaded(*arguments)
    assert not modules & HEAVY
    assert len(modules) <= BUDGET


def test_help_imports_no_command() -> None:
    assert {name for name in loaded("--help") if name.startswith("kg.app.cli.")} == {
        "kg.app.cli.completion",  # of the options of all commands; what it lists names from is imported on use
        "kg.app.cli.options",
        "kg.app.cli.terminal",
    }


@pytest.mark.parametrize(
    ("words", "same"), [("help", "--help"), ("help build", "build --help"), ("help plan done", "plan done -h")]
)
def test_help_is_a_word_too(kg: Kg, words: str, same: str) -> None:
    first, second = kg(*words.split()), kg(*same.split())
    assert first.status == 0
    assert first.stdout == second.stdout != ""


def test_help_lists_each_command_on_one_line() -> None:
    output = main.get_help(click.Context(main, terminal_width=80, max_content_width=80))
    shown = output.partition("Commands:\n")[2].splitlines()
    assert [line.split(None, 1) for line in shown] == [[name, command.summary] for name, command in COMMANDS.items()]


def test_each_command_exists_under_its_name() -> None:
    context = click.Context(main)
    assert {name: command.name for name in COMMANDS if (command := main.get_command(context, name))} == {n: n for n in COMMANDS}


def test_choices_of_options_are_those_of_the_code() -> None:
    """They are written again beside the options, so that help needn't import the code."""
    assert (*FORMATS, "linked", "schema", "bib", "okf", "book") == EXPORTED
    assert (*SYNTAXES, "csv", "okf", "parquet") == IMPORTED
    assert bulk.LOADERS == LOADERS
    assert GROUPS == tools.GROUPS
    assert {*PARCELS, "nusmv"} == set(INSTALLED)


# Beside an unchanged build

STEPS = {
    "pyoxigraph",
    "rdflib",
    "networkx",
    "numpy",
    "igraph",
    "scipy",
    "yaml",
    "pyromark",
    "jinja2",
    "kg.knowledge.base",
    "kg.notes",
}
"""What a build imports once it knows that something has changed."""
COMPUTING = {"rdflib", "igraph", "scipy", "pyromark", "kg.checks", "kg.corpus", "kg.notes", "kg.metrics.subject"}
"""What reads notes, checks and measures."""
BESIDE: dict[tuple[str, ...], set[str]] = {
    ("build", "--stage", "metrics"): STEPS,
    ("metrics",): COMPUTING | {"networkx", "numpy", "pyoxigraph"},
    ("map", "a", "-o", "map.html"): COMPUTING,
    ("path", "b", "a"): COMPUTING | {"networkx", "numpy"},
    ("export", "csv", "-o", "tables"): COMPUTING | {"networkx", "numpy"},
    ("export", "jsonld", "-o", "kg.jsonld"): COMPUTING | {"networkx", "numpy"},
    ("snapshot",): COMPUTING - {"igraph", "scipy"},  # it places concepts, which this build does for nobody
}
"""Command → modules that it doesn't need if the output is that of the current notes."""


@pytest.fixture(scope="module")
def unchanged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unchanged")
    (folder / "concepts").mkdir()
    (folder / "concepts/a.md").write_text("---\nbroader: '[[b]]'\n---\n# A\n\nSee [[c]].\n", encoding="utf-8")
    (folder / "concepts/b.md").write_text("# B\n", encoding="utf-8")
    (folder / "concepts/c.md").write_text("# C\n", encoding="utf-8")
    return folder


@pytest.mark.parametrize("command", BESIDE, ids=" ".join)
def test_commands_beside_an_unchanged_build_import_what_they_show(
    unchanged: Path, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    loaded("build", "--stage", "metrics", "-C", str(unchanged))  # a snapshot is a change
    modules = loaded(*command, "-C", str(unchanged))
    assert "kg.knowledge" in modules
    assert not modules & BESIDE[command]
