"""What is printed, and where: formats, files, colours, links, narrow terminals, closed pipes, logs of CI."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from commands import all_commands
from terminals import terminal

from kg.base.widths import text_width
from kg.checks import RULES

Kg = Callable[..., Any]
NOTES = {
    "kg.toml": "[targets]\nconcept_association = 90\n",
    "concepts/a.md": "# A\n\n中文 [[b#HEADING]] [[nowhere]]\n\npart-of:: [[b]]\n",
    "concepts/b.md": "# B\n\nB is a thing with a long definition that doesn't fit into one line of a terminal.\n\n## Heading\n",
}


@pytest.fixture(scope="module")
def built(kg: Kg, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("built")
    for name, text in NOTES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    assert kg("build", cwd=folder).status == 0
    return folder


def test_formats_of_code_review(kg: Kg, built: Path) -> None:
    ran = kg("check", "--format", "rdjson", cwd=built)
    data = json.loads(ran.stdout)
    jsonschema.validate(data, RDJSON)
    broken = next(d for d in data["diagnostics"] if d["code"]["value"] == "KG201")
    place = broken["location"]
    assert (place["path"], place["range"]["start"]) == (
        "concepts/a.md",
        {"line": 3, "column": len("中文 [[b#HEADING]] ".encode()) + 1},
    )
    for diagnostic in data["diagnostics"]:
        for suggestion in diagnostic.get("suggestions", ()):
            assert suggestion["range"]["start"]["line"] == 3
    report = json.loads(kg("check", "--format", "gitlab", cwd=built).stdout)
    assert len(report) == len(data["diagnostics"])
    assert len({row["fingerprint"] for row in report}) == len(report)
    assert {row["severity"] for row in report} <= {"info", "minor", "major", "critical", "blocker"}
    row = next(row for row in report if "KG201" in row["check_name"])
    assert row["location"] == {"path": "concepts/a.md", "lines": {"begin": 3}}


RDJSON = {
    "type": "object", "required": ["source", "diagnostics"],
    "properties": {"diagnostics": {"type": "array", "items": {
        "type": "object", "required": ["message", "location", "severity", "code"],
        "properties": {
            "severity": {"enum": ["ERROR", "WARNING", "INFO"]},
            "location": {"type": "object", "required": ["path", "range"]},
            "suggestions": {"type": "array", "items": {"type": "object", "required": ["range", "text"]}},
        },
    }}},
}  # fmt: skip


def test_results_go_to_a_file(kg: Kg, built: Path, tmp_path: Path) -> None:
    for args in (
        ("check", "--format", "sarif"),
        ("check",),
        ("metrics", "--format", "json"),
        ("query", "ASK {?s ?p ?o}"),
        ("ls",),
        ("next", "--format", "jsonl"),
        ("why", "a", "b"),
        ("impact", "b"),
        ("path", "b"),
        ("extract",),
        ("verify", "--format", "json"),
        ("config", "show"),
        ("review", "status"),
    ):
        target = tmp_path / "result"
        ran = kg(*args, "-o", target, cwd=built)
        plain = kg(*args, cwd=built)
        assert (ran.status, ran.stdout) == (plain.status, "")
        assert target.read_text(encoding="utf-8") == plain.stdout, args
        target.unlink()
    assert kg("check", "--select", "XX", "-o", tmp_path / "no", cwd=built).status == 2
    assert not (tmp_path / "no").exists()


def test_every_command_with_formats_has_a_file_for_its_result() -> None:
    with_formats = [command for command, params in _options_of_commands() if "--format" in params and command != "import"]
    assert len(with_formats) > 15
    names = {command: params & {"-o", "--output-file"} for command, params in _options_of_commands()}
    assert [command for command in with_formats if not names[command]] == []
    assert {command for command, given in names.items() if len(given) == 1} == set()
    assert {command for command, given in names.items() if given} >= {"align", "export", "map", "config schema"}


def _options_of_commands() -> list[tuple[str, set[str]]]:
    return [(command, {name for param in ctx.command.params for name in param.opts}) for command, ctx in all_commands().items()]


def test_statistics_and_settings(kg: Kg, built: Path) -> None:
    ran = kg("check", "--statistics", cwd=built)
    assert ran.status == 1
    counts = [line.split("\t") for line in ran.stdout.splitlines()]
    assert ["1", "KG201"] in [row[:2] for row in counts]
    assert [int(row[0]) for row in counts] == sorted((int(row[0]) for row in counts), reverse=True)
    data = json.loads(kg("check", "--statistics", "--format", "json", cwd=built).stdout)
    assert {row["code"]: row["count"] for row in data} == {row[1]: int(row[0]) for row in counts}
    assert kg("check", "--show-settings", cwd=built).stdout == kg("config", "show", cwd=built).stdout


@pytest.fixture
def untyped(tmp_path: Path) -> Path:
    """Notes for which `kg next` has an edit."""
    (tmp_path / "concepts").mkdir()
    (tmp_path / "kg.toml").touch()
    (tmp_path / "concepts/a.md").write_text("# A\n\nA needs [[b]].\n", encoding="utf-8")
    (tmp_path / "concepts/b.md").write_text("# B\n\nB is a kind of [[a]].\n", encoding="utf-8")
    return tmp_path


def test_piped_tables_have_tabs(kg: Kg, built: Path, untyped: Path) -> None:
    lines = kg("metrics", cwd=built).stdout.splitlines()
    assert lines[0].split("\t")[:2] == ["measure", "value"]
    assert len({line.count("\t") for line in lines}) == 1
    assert "linkage" in [line.split("\t")[0] for line in lines]
    assert max(map(len, lines)) < 200
    rows = kg("query", "SELECT ?x ?d { ?x skos:definition ?d } ORDER BY ?x", cwd=built).stdout.splitlines()
    assert rows[0] == "x\td"
    assert any(row.startswith("c:b\tB is a thing") for row in rows)
    assert "─" not in kg("coverage", cwd=built).stdout
    for command, columns in (("rule",), 4), (("next",), 4), (("next", "--lacking"), 4):
        lines = kg(*command, cwd=untyped).stdout.splitlines()
        assert lines
        assert {line.count("\t") for line in lines} == {columns - 1}, command
        assert not any("  " in line for line in lines), command
    ran = kg("doctor", cwd=built).stdout
    assert {line.count("\t") for line in ran.splitlines()} == {0, 1}  # lines without columns name what follows
    assert "  " not in ran


def test_narrow_terminals(built: Path, untyped: Path) -> None:
    for command in (
        "metrics",
        "metrics --lang zh",
        "query 'SELECT ?x ?d ?t { ?x skos:definition ?d ; a skos:Concept, ?t }'",
        "ls --format table",
        "rule",
        "rule --lang zh",
        "doctor",
        "next",
    ):
        text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", terminal(untyped if "next" in command else built, command))
        assert "…" not in text.replace("test …", "").replace("测验 …", ""), text
        words = set(re.findall(r"[A-Za-z_:]+", text))
        if command == "metrics":
            assert {"linkage", "representation_consistency", "lowered", "comprehension"} <= words, text
        elif command.startswith("query"):
            assert {"definition", "terminal"} <= words, text
        elif command == "rule":
            assert max(map(len, text.splitlines())) <= 60
            assert {word for rule in RULES for word in re.findall("[A-Za-z_:]+", f"{rule.name} {rule.what['en']}")} <= words
        elif command == "doctor":
            assert {"dangerous", "placeholder:", "namespace"} <= words, text
        elif command.startswith("next"):
            assert re.search(r"^ +kg suggest --accept [0-9a-f]+ *$", text, re.M), text


@pytest.fixture(scope="module")
def wide(kg: Kg, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A knowledge base of long names and long lines."""
    folder: Path = tmp_path_factory.mktemp("wide")
    long, zh = (
        "Replicated state machine with a very long name for the terminal",
        "在非常窄的终端上也要按词换行的复制状态机与共识算法",
    )
    notes = {
        "kg.toml": '[check]\nignore = ["broken-link", "unknown-relation"]\n',
        "concepts/replicated-state-machine.md": f"---\ntitle: {{en: {long}, zh: {zh}}}\n---\nOf a [[log]] and [[quorum]].\n",
        "concepts/log.md": f"---\ntitle: Log\n---\nRead by {long}, and by {long} again.\n\npart-of:: [[quorum]]\n",
        "concepts/quorum.md": f"---\ntitle: Quorum\n---\nThe majority of {zh} is asked.\n",
        "concepts/raft.md": f"---\ntitle: Raft\n---\nRaft makes a {long} of a log and a quorum: a log and a quorum.\n",
        "concepts/leader-election.md": "---\ntitle: Leader election\n---\nOf raft, by a quorum.\n\ndepends-on:: [[quorum]]\n",
        "topics.csv": f"name\n{long} of a course\nQuorums\n",
    }
    for name, text in notes.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    assert kg("build", cwd=folder).status == 0
    assert kg("scope", "add", "topics.csv", "--title", "Topics / 主题", "--source", "a book", cwd=folder).status == 0
    return folder


LISTS = ("suggest", "scope map", "plan interrupt --list", "align topics.csv --min-confidence 0.1 -v")


TABLES = (
    "why log replicated-state-machine", "impact quorum", "config show", "rule", "ls --format table", "metrics", "coverage",
    "find state", "review status", "doctor", "query 'SELECT ?a ?b WHERE { ?a skos:prefLabel ?b }'", "extract --candidates",
    "diff output",
)  # fmt: skip
"""The other commands that print tables and lists; findings are lines for programs, whatever the terminal."""


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_nothing_is_wider_than_a_narrow_terminal(wide: Path, lang: str) -> None:
    for command in (*LISTS, *TABLES):
        lines = (
            re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", terminal(wide, f"{command} --lang {lang}")).replace("\r", "\n").split("\n")
        )
        assert len(lines) > 3, (command, lines)
        assert [line for line in lines if text_width(line.rstrip()) > 60] == [], command
        if lang == "en" and command in ("suggest", "why log replicated-state-machine"):
            words = " ".join(" ".join(lines).split())
            assert "Replicated state machine with a very long name for the terminal" in words, words


def test_lists_in_a_pipe_have_tabs(kg: Kg, wide: Path) -> None:
    for command in LISTS:
        ran = kg(*command.split(), cwd=wide)
        rows = [line.split("\t") for line in ran.stdout.splitlines()]
        assert rows, (command, ran.stderr)
        assert min(map(len, rows)) >= 4, rows
        assert not any("  " in cell for row in rows for cell in row), rows


def test_a_difference_has_status_1(kg: Kg, wide: Path) -> None:
    (row, *_) = [line.split("\t") for line in kg("suggest", "--lane", "mention", cwd=wide).stdout.splitlines()]
    shown = kg("suggest", "--accept", row[0], "--diff", cwd=wide)
    assert (shown.status, "\n+++ b/" in shown.stdout) == (1, True), shown.stderr
    (topic, *_) = [line.split("\t") for line in kg("scope", "map", cwd=wide).stdout.splitlines()]
    shown = kg("scope", "map", "--accept", topic[1], "--diff", cwd=wide)
    assert (shown.status, "\n+++ b/" in shown.stdout) == (1, True), shown.stderr
    none = kg("suggest", "--accept", "--min-score", "1", "--diff", cwd=wide)
    assert (none.status, none.stdout) == (0, ""), none.stderr


def test_colours_and_links(kg: Kg, built: Path) -> None:
    assert "\x1b[" in terminal(built, "check", 100)
    assert "\x1b[" not in terminal(built, "check", 100, NO_COLOR="1")
    assert "\x1b[" in kg("check", cwd=built, env={"NO_COLOR": "", "FORCE_COLOR": "1"}).stdout
    assert "\x1b[" not in kg("check", cwd=built, env={"NO_COLOR": "", "FORCE_COLOR": "0"}).stdout
    assert "\x1b[" not in kg("check", cwd=built, env={"NO_COLOR": "1", "FORCE_COLOR": "1"}).stdout
    link = f"\x1b]8;;file://{built}/concepts/a.md\x1b\\"
    assert link in terminal(built, "check", 100, KITTY_WINDOW_ID="1")
    assert "\x1b]8" not in terminal(built, "check", 100, KITTY_WINDOW_ID="", FORCE_HYPERLINK="0")
    assert "\x1b]8" not in kg("check", cwd=built).stdout
    assert link in kg("check", cwd=built, env={"FORCE_HYPERLINK": "1"}).stdout


def test_places_are_links(kg: Kg, built: Path, tmp_path: Path) -> None:
    for command in ("why", "a", "b"), ("impact", "a"):
        plain, linked = (kg(*command, cwd=built, env={"FORCE_HYPERLINK": env}).stdout for env in ("0", "1"))
        assert f"\x1b]8;;file://{built}/concepts/a.md\x1b\\concepts/a.md:5\x1b]8;;\x1b\\" in linked, linked
        assert re.sub(r"\x1b]8;;.*?\x1b\\", "", linked) == plain
    (tmp_path / "concepts").mkdir()
    (tmp_path / "concepts/a.md").write_text('# A\n\n```json {#b claims="c"}\n{"a": }\n```\n', encoding="utf-8")
    linked = kg("verify", cwd=tmp_path, env={"FORCE_HYPERLINK": "1"}).stdout
    assert f"\x1b]8;;file://{tmp_path}/concepts/a.md\x1b\\concepts/a.md:" in linked, linked


def test_one_line_in_ci(kg: Kg, built: Path) -> None:
    ran = kg("build", cwd=built, env={"CI": "true"})
    (line,) = ran.stderr.splitlines()
    assert re.search(r"2 notes.*1 error.*0 of 1 targets met .concept_association 0%.*output \(", line), line
    assert len(kg("build", "-v", cwd=built, env={"CI": "true"}).stderr.splitlines()) > 5
    assert len(kg("build", cwd=built, env={"CI": ""}).stderr.splitlines()) > 5


FURTHER = (
    "--help", "check --help", "check --format json", "check --format sarif", "check --format rdjson", "rule KG201",
    "query --format csv 'SELECT * {?s ?p ?o}'", "metrics --format json", "metrics -v", "suggest --format jsonl", "export csv",
    "ls --format json", "plan interrupt --list",
)  # fmt: skip
"""Commands in other formats."""
ARGUMENTS = {
    "query": "'SELECT * {?s ?p ?o}'", "why": "a b", "impact": "b", "path": "b", "find": "thing", "diff": "output",
    "export": "turtle", "clean": "--dry-run", "align": "other.csv", "scope add": "topics.csv", "mv": "a moved/a.md --dry-run",
    "rename": "a C --dry-run", "merge": "b a --dry-run", "split": "'b#Heading' --dry-run", "map": "a -o -",
    "import": "other.csv --to imported", "review add acceptance": "x --verdict accepted --by Ann",
    "review add claim": "none --verdict correct --by Ann", "review add concept": "a --verdict approved --by Ann",
    "review add innovation": "x --type theory --title X --prior-art none --by Ann",
    "review add reading": "a --claims 1 --by Ann", "review add sheet": "other.csv --by Ann",
    "review add test": "a --correct 1 --by Ann", "plan done": "1", "plan record": "1 meeting text", "plan report": "ID",
    "plan risk": "text", "plan start": "1", "init": "new", "bench": "--notes 2 --stage notes",
    "publish": "http://127.0.0.1:9/ --retries 0",
}  # fmt: skip
"""What each command that wants arguments gets here."""
SERVERS = {"serve", "lsp", "mcp"}
"""They run until they are stopped."""
LOUD = {"--help", "check", "config", "export", "find", "ls", "metrics", "query", "rule", "why"}
"""Commands that print their result on stdout, whatever the notes."""
PIPED = sorted({f"{name} {ARGUMENTS.get(name, '')}".strip() for name in all_commands().keys() - SERVERS} | set(FURTHER))
TASK = """---
title: First
type: task
task: 1
days: [1, 2]
acceptance: ["record:meeting"]
---
# First
"""


@pytest.fixture(scope="module")
def with_plan(kg: Kg, built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built notes, with what further commands need: a plan with an interrupt, tables, a repository."""
    folder: Path = tmp_path_factory.mktemp("plan") / "notes"
    shutil.copytree(built, folder)
    (folder / "concepts/first.md").write_text(TASK, encoding="utf-8")
    (folder / "other.csv").write_text("id,label,definition\nb,B,A thing\n", encoding="utf-8")
    (folder / "topics.csv").write_text("topic\nA\nC\n", encoding="utf-8")
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    for args in (("plan", "start", "1"), ("plan", "interrupt", "quality.gate", "--reason", "x")):
        ran = kg(*args, cwd=folder, env=GIT)
        assert ran.status == 0, ran.stderr
    (folder / "interrupt").write_text(ran.stdout.strip(), encoding="utf-8")  # its id
    return folder


GIT = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "user.name", "GIT_CONFIG_VALUE_0": "Ann"}


@pytest.mark.parametrize("command", PIPED)
def test_a_closed_pipe_is_no_failure(kg: Kg, with_plan: Path, tmp_path: Path, command: str) -> None:
    """As with `| head -0`: the reader is gone before the first byte. A command that prints nothing ends as it does else."""
    for name in ("open", "closed"):
        shutil.copytree(with_plan, tmp_path / name)
    args = shlex.split(command)
    if args[:2] == ["plan", "report"]:
        args[2] = (with_plan / "interrupt").read_text(encoding="utf-8")
    plain = kg(*args, cwd=tmp_path / "open", env=GIT)
    ran = kg(*args, cwd=tmp_path / "closed", env=GIT, closed=True)
    assert "Traceback" not in ran.stderr
    assert "Exception ignored" not in ran.stderr
    if plain.stdout:
        assert ran.status in (0, 141, -signal.SIGPIPE), ran.stderr
    else:
        assert args[0] not in LOUD, plain.stderr
        assert ran.status == plain.status


def test_the_end_of_the_process_finds_a_closed_pipe_too(built: Path) -> None:
    """What is printed stays in a buffer until the process ends."""
    read, write = os.pipe()
    os.close(read)
    ran = subprocess.run(
        [sys.executable, "-m", "kg", "ls"],
        cwd=built, stdin=subprocess.DEVNULL, stdout=write, stderr=subprocess.PIPE, check=False,
    )  # fmt: skip
    os.close(write)
    assert ran.returncode in (0, 141, -signal.SIGPIPE), ran.stderr.decode()
    assert b"Traceback" not in ran.stderr
    assert b"Exception ignored" not in ran.stderr


def test_verdicts_of_a_file_that_are_the_same_are_counted(kg: Kg, tmp_path: Path) -> None:
    """A chain of many blocks that fail for one reason takes some lines, not two for each block."""
    (tmp_path / "concepts").mkdir()
    for name, many in (("a", 300), ("b", 4)):
        blocks = [
            f'```json {{#b{n} claims="c{n}"' + (f' after="b{n - 1}"' if n else "") + '}\n{"a": }\n```\n' for n in range(many)
        ]
        (tmp_path / f"concepts/{name}.md").write_text(f"# {name}\n\n" + "\n".join(blocks))
    ran = kg("verify", "-C", tmp_path)
    rows = [re.sub(r"(\S*/)?concepts/", "", row) for row in ran.stdout.splitlines()]
    assert ran.status == 1
    assert len(rows) == 14 + 8, ran.stdout
    assert rows[4:8] == [
        "failed     a.md:12: json b2: c2", "           Expecting value",
        "           the same for 198 more, the last in line 804; --verbose lists them",
        "failed     a.md:807: json b201: c201",
    ]  # fmt: skip
    assert rows[-2] == "failed     b.md:16: json b3: c3"
    shown = kg("verify", "--verbose", "-C", tmp_path).stdout
    assert (shown.count("\nfailed "), "the same for" in shown) == (303, False)
    assert kg("--lang", "zh", "verify", "-C", tmp_path).stdout.count("另有 ") == 2
