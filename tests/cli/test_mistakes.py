"""Wrong uses: docs/interface.md shows what is printed, and each hint can be pasted."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

Kg = Callable[..., Any]
PAGE = Path(__file__).resolve().parents[2] / "docs/interface.md"
_BLOCK = re.compile(r"^```shell-session\n(.*?)^```", re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def starter(kg: Kg, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `kg init` writes, built."""
    folder: Path = tmp_path_factory.mktemp("starter")
    assert kg("init", ".", cwd=folder).status == 0
    assert kg("build", cwd=folder).status == 0
    return folder


def _transcript() -> Iterator[tuple[str, str]]:
    for block in _BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, printed = part.partition("\n")
            yield command, printed.rstrip()


WRONG = list(_transcript())


def test_there_are_ten_of_them() -> None:
    assert len(WRONG) >= 10


@pytest.mark.parametrize(("command", "printed"), WRONG, ids=[command for command, _ in WRONG])
def test_a_wrong_use_says_what_to_do(kg: Kg, starter: Path, command: str, printed: str) -> None:
    name, *args = shlex.split(command)
    assert name == "kg"
    ran = kg(*args, cwd=starter)
    text = (ran.stdout + ran.stderr).replace(f"{starter}/", "").replace("python -m kg", "kg").rstrip()
    lines = [".*".join(map(re.escape, line.rstrip().split("…"))) for line in printed.splitlines()]
    assert re.fullmatch("\n".join(lines), text), text
    assert ran.status == (0 if args[0] == "query" and "rows" in text else 2)
    # A command in the hint is one that works.
    for line in text.splitlines()[1:]:
        if m := re.search(r"(kg (?:[a-z]+)(?: .*)?)$", line.strip().removeprefix("did you mean: ").removeprefix("or: ")):
            pasted = kg(*shlex.split(m[1])[1:], cwd=starter)
            assert pasted.status in (0, 1), (m[1], pasted.stderr)


def test_hints_name_the_base(kg: Kg, starter: Path, tmp_path: Path) -> None:
    (tmp_path / "empty one").mkdir()
    ran = kg("query", "-C", "empty one", "ASK {?s ?p ?o}", cwd=tmp_path)
    assert "kg build -C 'empty one'" in ran.stderr
    ran = kg("query", "-C", starter, "SELECT ?x { c:contaner kg:uses ?x }", cwd=tmp_path)
    assert "c:container?" in ran.stderr
    # Nothing is reported of what is there, in strings or comments, or with a prefix of the query's own.
    for query in (
        "SELECT ?x { c:container kg:uses ?x } # c:contaner",
        "SELECT ?x { ?x skos:prefLabel 'c:contaner'@en }",
        "PREFIX c: <urn:x> SELECT ?x { ?x ?p c:contaner }",
    ):
        assert "c:contaner" not in kg("query", "-C", starter, query).stderr, query


@pytest.mark.parametrize(
    ("args", "texts"),
    [
        (("buidl", "--stage", "graph"), ("没有命令", "kg build --stage graph")),
        (("rule", "KG999"), ("没有规则", "kg rule")),
        (("query", "SELECT * { c:contaner ?p ?o }"), ("图中没有概念", "c:container")),
        (("check", "-C", "kg.toml"), ("是文件，不是目录", "-C")),
    ],
)
def test_mistakes_in_chinese(kg: Kg, starter: Path, args: tuple[str, ...], texts: tuple[str, ...]) -> None:
    ran = kg("--lang", "zh", *args, cwd=starter)
    for text in texts:
        assert text in ran.stderr, ran.stderr


def test_without_history_or_questions_hints_fit_the_place(kg: Kg, tmp_path: Path) -> None:
    """What helps differs: no repository, no commit, or a revision that wasn't fetched. A list without entries says so."""
    assert kg("init", "new", cwd=tmp_path).status == 0
    folder = tmp_path / "new"
    assert "git init && git add -A && git commit" in kg("check", "--changed", cwd=folder).stderr
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    ran = kg("check", "--changed", "--lang", "zh", cwd=folder)
    assert (ran.status, "请先提交：git add -A" in ran.stderr) == (2, True), ran.stderr
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    for args in (["add", "-A"], [*identity, "commit", "-qm", "one"]):
        subprocess.run(["git", *args], cwd=folder, check=True)
    assert kg("check", "--changed", cwd=folder).status == 0
    assert "git fetch origin v9" in kg("check", "--changed", "v9", cwd=folder).stderr
    ran = kg("query", cwd=folder)
    assert (ran.status, ran.stdout) == (0, "")
    assert "kg query 'SELECT * WHERE { ?a kg:uses ?b }'" in ran.stderr
