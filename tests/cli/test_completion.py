"""What the Tab key offers: of every argument and option whose values a knowledge base has."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
from commands import all_commands

Kg = Callable[..., Any]
FREE = {
    "--by", "--comment", "--reason", "--title", "--prior-art", "--question", "--mitigation", "--name", "--source", "--edition",
    "--area", "--encoding", "--endpoint", "--graph", "--master", "--url", "--host", "--cors", "--allow-host", "--user",
    "--query-url", "--at", "--checkpoints", "--results",
    "--accept", "--reject",  # ids of proposals, which `kg suggest` and the like print; to list them takes too long for a key
    "rename new", "split new", "plan risk text", "plan record name", "plan record text", "plan assess --record",
    "review add innovation name", "publish url",
}  # fmt: skip
"""Texts, names of something new, addresses and times."""


def test_every_name_of_something_that_is_there_completes() -> None:
    """Choices, paths and the names of commands are completed by click."""
    completed = []
    for name, ctx in all_commands().items():
        for param in ctx.command.params:
            option = max(param.opts, key=len) if isinstance(param, click.Option) else str(param.name)
            if not isinstance(param.type, click.types.StringParamType) or getattr(param, "is_flag", False):
                continue
            if option in FREE or f"{name} {option}" in FREE:
                continue
            assert param._custom_shell_complete is not None, f"{name} {option}"
            completed.append(f"{name} {option}")
    assert len(completed) > 60


@pytest.fixture(scope="module")
def place(kg: Kg, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A knowledge base with a list, tasks, a history, a question, judgements and a knowledge base that it uses."""
    folder: Path = tmp_path_factory.mktemp("completed")
    assert kg("init", ".", cwd=folder).status == 0
    (folder / "concepts/7 write.md").write_text("---\nid: write-it\ntype: task\ntask: 7\n---\n# Write it\n")
    (folder / "ontology/questions").mkdir(parents=True, exist_ok=True)
    (folder / "ontology/questions/which-zones.rq").write_text("ASK { ?s ?p ?o }\n")
    with (folder / "kg.toml").open("a") as file:
        file.write('\n[uses]\nzeta = {path = "zeta"}\n')
    assert kg("scope", "add", "oci-image-spec", cwd=folder).status == 0
    by = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    for args in (["init", "-qb", "zmain"], ["add", "-A"], [*by, "commit", "-qm", "one"], ["tag", "zero-1"]):
        subprocess.run(["git", *args], cwd=folder, check=True)
    assert kg("review", "sample", "--size", "2", "--by", "A <a@example.org>", cwd=folder).status == 0
    new = ("review", "add", "innovation", "zone-map", "--type", "method", "--title", "Zones", "--prior-art", "none")
    assert kg(*new, "--by", "A <a@example.org>", cwd=folder).status == 0
    return folder


@pytest.mark.parametrize(("line", "expected"), [
    ("find na", "namespace"), ("review add concept na", "namespace"), ("review add reading na", "namespace"),
    ("review add test na", "namespace"), ("review add innovation z --concept na", "namespace"),
    ("review add acceptance zo", "zone-map"), ("scope map oci", "oci-image-spec"), ("scope add twelve", "twelve-factor"),
    ("config show reading.d", "reading.dialect"), ("check --config reading.d", "reading.dialect="),
    ("check --select KG20,kg210", "KG20,KG210"), ("check --ignore kg210", "KG210"), ("rule kg210", "KG210"),
    ("check --changed z", "zero-1 zmain"), ("metrics --base-revision zer", "zero-1"), ("diff zer", "zero-1"),
    ("diff HEAD zm", "zmain"), ("check --no-suppressions error,wa", "error,warning"),
    ("metrics --badge link", "linkage"), ("metrics --fail-under link", "linkage="), ("query which-z", "which-zones"),
    ("uses update ze", "zeta"), ("extract name", "namespace.md"), ("plan start 7", "7"), ("plan done wri", "write-it"),
    ("plan interrupt --task 7", "7"),
    ("plan assess --days 7", "7="), ("ls --select-concepts status", "status:"),
])  # fmt: skip
def test_names_are_completed(kg: Kg, place: Path, line: str, expected: str) -> None:
    assert [name for _, name in _offered(kg, place, f"kg {line}")] == expected.split()


def test_kinds_of_interrupts_and_claims_are_completed(kg: Kg, place: Path) -> None:
    assert len(_offered(kg, place, "kg review add claim ")) == 2
    assert len(_offered(kg, place, "kg plan interrupt ")) > 5


def test_files_are_offered_where_no_name_begins_so(kg: Kg, place: Path) -> None:
    for command in ("scope add", "query", "diff", "import", "check"):
        assert _offered(kg, place, f"kg {command} kg.t") == [("file", "kg.t")], command


def test_completion_is_silent_where_nothing_can_be_read(kg: Kg, tmp_path: Path) -> None:
    (tmp_path / "kg.toml").write_text("nonsense = 1\n")
    for command in ("find na", "check --changed m", "scope map o", "plan start 1", "review add claim 1", "uses update z"):
        assert _offered(kg, tmp_path, f"kg {command}") == [], command


def _offered(kg: Kg, folder: Path, line: str) -> list[tuple[str, str]]:
    """Kind and text of what is offered for the last word of a line."""
    count = str(len(line.split()) - (not line.endswith(" ")))
    ran = kg(cwd=folder, env={"_KG_COMPLETE": "bash_complete", "COMP_WORDS": line, "COMP_CWORD": count})
    assert ran.stderr == "", ran.stderr
    return [(kind, name) for kind, _, name in (word.partition(",") for word in ran.stdout.split())]
