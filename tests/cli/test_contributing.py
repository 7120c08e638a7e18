"""CONTRIBUTING.md is enough: its recipes, followed to the letter in a copy of the project, add rules and a relation.

A block behind "Write `path`" becomes that file, one behind "Append to `path`" is appended to it, one behind "Insert into
`path`, below `line`" is inserted there. Every command of a console block runs and prints what is below it (a line with only
``…`` matches any number of lines).
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("kg", "ontology", *(f"docs/{n}" for n in ("make_rules.py", "make_vocabulary.py", "rules")), "tests/unit/checks")
"""What the recipes need of the project."""
_STEP = re.compile(
    r"(?P<verb>Write|Append to|Insert into) `(?P<path>[^`]+)`(?:, below `(?P<line>[^`]+)`)?[^`\n]*:\n\n"
    r"```\w+\n(?P<text>.*?)^```"
    r"|^```console\n(?P<console>.*?)^```",
    re.DOTALL | re.MULTILINE,
)


def _section(heading: str) -> str:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    return text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project's needed parts; times of files are kept, so that compiled modules stay valid."""
    for part in PARTS:
        source, target = ROOT / part, tmp_path / part
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
    return tmp_path


def _run(project: Path, command: str) -> str:
    """What a command of the recipe prints; kg is that of the copy."""
    program, *args = shlex.split(command)
    assert program in ("kg", "python"), command
    done = subprocess.run(
        [sys.executable, *(["-m", "kg"] if program == "kg" else []), *args],
        cwd=project, env={**os.environ, "PYTHONPATH": str(project), "NO_COLOR": "1"},
        capture_output=True, encoding="utf-8", timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout or done.stderr


def _pattern(expected: str) -> re.Pattern[str]:
    lines = [r"(?s:.*)" if line == "…" else re.escape(line) for line in expected.strip().splitlines()]
    return re.compile("\n".join(lines))


def _follow(project: Path, heading: str) -> list[str]:
    """Do what a section says, step by step; gives the commands that ran."""
    ran = []
    text = _section(heading)
    assert len(re.findall(r"(?:Write|Append to|Insert into) `", text)) == len(
        [step for step in _STEP.finditer(text) if step["path"]]
    )
    for step in _STEP.finditer(text):
        if step["path"]:
            path = project / step["path"]
            path.parent.mkdir(parents=True, exist_ok=True)
            if step["line"]:
                lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
                (at,) = [i for i, line in enumerate(lines, 1) if line.strip() == step["line"]]
                path.write_text("".join((*lines[:at], step["text"], *lines[at:])), encoding="utf-8")
                continue
            assert (step["verb"] == "Write") != path.exists(), step["path"]
            with path.open("a", encoding="utf-8") as file:
                file.write(("" if step["verb"] == "Write" else "\n") + step["text"])
            continue
        for part in re.split(r"^\$ ", step["console"], flags=re.MULTILINE)[1:]:
            command, _, expected = part.partition("\n")
            printed = "\n".join(line.rstrip() for line in _run(project, command).strip().splitlines())
            if expected.strip():
                assert _pattern(expected).fullmatch(printed), f"$ {command}\n{printed}"
            ran.append(command)
    return ran


def test_a_stranger_adds_a_rule(project: Path) -> None:
    ran = _follow(project, "Add a rule")
    assert [command.split()[:2] for command in ran] == [
        ["kg", "rule"], ["kg", "check"], ["python", "docs/make_rules.py"], ["python", "tests/unit/checks/examples.py"],
    ]  # fmt: skip
    page = (project / "docs/rules/KG490.md").read_text(encoding="utf-8")
    assert "没有任何概念说明自己使用该工具。" in page
    assert "No concept says that it uses a tool." in page
    before = (ROOT / "tests/unit/checks/snapshot.txt").read_text(encoding="utf-8").splitlines()
    after = (project / "tests/unit/checks/snapshot.txt").read_text(encoding="utf-8").splitlines()
    (new,) = [line for line in after if line not in before]
    assert "KG490 idle-tool: no concept uses the tool etcd [info]" in new
    (project / "try/concepts/cart.md").write_text("# Cart\n\nuses:: [[redis]]\n", encoding="utf-8")
    assert "KG490" not in _run(project, "kg check -C try --select KG490")


def test_a_stranger_adds_a_rule_in_python(project: Path) -> None:
    ran = _follow(project, "Add a rule in Python")
    assert [command.split()[:2] for command in ran] == [
        ["kg", "rule"], ["python", "docs/make_rules.py"], ["python", "tests/unit/checks/examples.py"],
    ]  # fmt: skip
    page = (project / "docs/rules/KG391.md").read_text(encoding="utf-8")
    assert "由多个单词组成的标签全部大写。" in page
    before = (ROOT / "tests/unit/checks/snapshot.txt").read_text(encoding="utf-8").splitlines()
    after = (project / "tests/unit/checks/snapshot.txt").read_text(encoding="utf-8").splitlines()
    (new,) = [line for line in after if line not in before]
    assert "KG391 label-in-capitals: the label 'LOAD BALANCER' is in capitals [info]" in new
    for command in (["check"], ["format", "--check"]):
        lint = [
            sys.executable,
            "-m",
            "ruff",
            *command,
            "--config",
            str(ROOT / "pyproject.toml"),
            str(project / "kg/checks/rules"),
        ]
        done = subprocess.run(lint, cwd=project, capture_output=True, encoding="utf-8", check=False)
        assert done.returncode == 0, done.stdout


def test_a_stranger_adds_a_relation_with_its_label_in_both_languages(project: Path) -> None:
    ran = _follow(project, "Add a relation")
    assert any(command.endswith("--stage graph") for command in ran)
    graph = (project / "try/output/graph/kg.ttl").read_text(encoding="utf-8")
    assert 'rdfs:label "is cached by"@en , "由…缓存"@zh' in graph
    for page, label, other in (("disk.html", "由…缓存", "is cached by"), ("disk.en.html", "is cached by", "由…缓存")):
        text = (project / "try/output/concepts" / page).read_text(encoding="utf-8")
        assert label in text
        assert other not in text
    assert "由…缓存" in (project / "docs/vocabulary.md").read_text(encoding="utf-8")


def test_the_recipes_take_no_code_and_no_name_that_is_taken() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    taken = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "ontology").rglob("*.rq"))
    taken += (ROOT / "docs/rules/README.md").read_text(encoding="utf-8")
    for code in ("KG490", "KG391"):
        assert code in text
        assert code not in taken
    assert "kg:caches" not in (ROOT / "ontology/relations.ttl").read_text(encoding="utf-8")


def test_what_contributing_names_is_there() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for task in re.findall(r"`make (\w+)`", text):
        assert re.search(rf"^{task}:", makefile, re.MULTILINE), task
    tests = "".join(path.read_text(encoding="utf-8") for path in (*(ROOT / "tests").rglob("*.py"), ROOT / ".ci/test"))
    for variable in re.findall(r"KG_[A-Z_]+(?==)", text):
        assert variable in tests, variable


def test_ci_gives_its_first_verdict_before_it_installs_tools() -> None:
    lines = [line for line in (ROOT / ".ci/test").read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    first = next(i for i, line in enumerate(lines) if line.strip())
    assert lines[first].endswith('/lint"')
    lint = (ROOT / ".ci/lint").read_text(encoding="utf-8")
    assert [w for w in ("ruff check", "ruff format --check", "mypy", "lint-imports", "compileall") if w not in lint] == []
    assert "apt" not in lint
