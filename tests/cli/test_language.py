"""What commands print for people is in one language: Chinese with ``--lang zh``, English without Chinese else."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from kg.app.cli import main

Kg = Callable[..., Any]

NOTES = {
    "kg.toml": """\
[gates]
concept_association = 99
[targets]
concept_association = 90
accuracy = 98
""",
    "concepts/pod.md": """\
---
title: {zh: 容器组, en: Pod}
definition: {zh: 一组一起调度的容器。, en: A group that is scheduled together.}
part-of: "[[cluster]]"
---
# Pod

[[cluster]] [[nood]]

```toml
a = 1
```
""",
    "concepts/cluster.md": """\
---
title: {zh: 集群, en: Cluster}
definition: {zh: 一组机器。, en: A group of machines.}
uses: "[[network]]"
---
# Cluster
""",
    "concepts/network.md": """\
---
title: {zh: 网络, en: Network}
---
# Network
""",
    "concepts/alone.md": """\
---
title: {zh: 孤岛, en: Island}
---
# Island
""",
    "concepts/plan/1-first.md": """\
---
title: {zh: 第一项, en: First}
type: task
task: 1
days: [1, 2]
acceptance:
  - concept:nowhere
  - measure:concept_association >= gate
  - record:meeting
  - approved:pod
---
# First
""",
    "concepts/plan/2-second.md": """\
---
title: {zh: 第二项, en: Second}
type: task
task: 2
days: [3, 4]
after: "[[1-first]]"
---
# Second
""",
}

COMMANDS: tuple[tuple[str, ...], ...] = (
    ("build",),
    ("check",),
    ("check", "--compact", "--select", "ALL"),
    ("rule", "KG201"),
    ("metrics",),
    ("next",),
    ("next", "--lacking"),
    ("coverage",),
    ("coverage", "--blind"),
    ("find", "pod"),
    ("find", "nothing-like-it"),
    ("mv", "pod", "moved/pod.md", "--dry-run"),
    ("rename", "pod", "9", "--dry-run"),
    ("merge", "pod", "network", "--dry-run"),
    ("why", "pod", "network"),
    ("why", "pod", "alone"),
    ("impact", "network"),
    ("impact", "network", "--depth", "1"),
    ("impact", "alone"),
    ("path", "pod", "network"),
    ("path", "alone", "network"),
    ("path", "alone"),
    ("suggest",),
    ("align", "odd.csv"),
    ("scope", "add", "topics.csv"),
    ("scope", "map"),
    ("scope", "map", "--accept", "topics/pod=pod"),
    ("uses",),
    ("diff", "output"),
    ("diff", "older", "output"),
    ("diff", "older", "output", "--format", "markdown"),
    ("plan", "status"),
    ("plan", "next"),
    ("plan", "start", "1"),
    ("plan", "record", "1", "meeting", "2026"),
    ("plan", "done", "1"),
    ("plan", "checkpoint", "--due"),
    ("plan", "interrupt", "--list"),
    ("plan", "interrupt", "quality.gate", "--reason", "2026"),
    ("plan", "assess"),
    ("plan", "resume"),
    ("plan", "status"),
    ("plan", "next"),
    ("plan", "log"),
    ("plan", "report", "INTERRUPT"),
    ("plan", "risk", "2026"),
    ("suggest", "--evaluate"),
    ("suggest", "--refit"),
    ("snapshot",),
    ("review", "sample", "--format", "json"),
    ("review", "status"),
    ("review", "add", "reading", "pod", "--claims", "2", "--by", "9"),
    ("review", "add", "claim", "CLAIM", "--verdict", "correct"),
    ("review", "add", "sheet", "sheet.csv", "--by", "2026"),
    ("review", "add", "concept", "pod", "--verdict", "approved"),
    ("review", "add", "test", "pod", "--correct", "1"),
    ("review", "add", "innovation", "2026", "--type", "theory", "--title", "2026", "--prior-art", "2026"),
    ("review", "add", "acceptance", "2026", "--verdict", "accepted", "--by", "9"),
    ("review", "status"),
    ("verify",),
    ("verify", "--full"),
    ("extract",),
    ("extract", "--candidates"),
    ("extract", "--to", "drafts"),
    ("query", "SELECT (1 AS ?_) {}"),
    ("query", "ASK {}"),
    ("query",),
    ("export", "csv", "-o", "exported"),
    ("export", "book", "-o", "book.html"),
    ("export", "parquet", "-o", "tables"),
    ("export", "duckdb", "-o", "2026.duckdb"),
    ("export", "nquads", "-o", "bulk", "--loader", "virtuoso"),
    ("metrics", "--graph", "tables", "--results", "results"),
    ("import", "exported", "--to", "imported"),
    ("import", "odd.csv", "--to", "imported"),
    ("map", "pod"),
    ("init", "new"),
    ("bench", "--notes", "3", "--record", "--report", "report.md"),
    ("doctor",),
    ("ls", "--format", "table"),
    ("config", "show", "check.fail-on"),
    ("check", "--statistics"),
    ("check", "--diff"),
    ("clean", "--dry-run"),
    ("check", "--write-baseline", "--baseline", "known.txt"),
    ("check", "--baseline", "known.txt"),
    ("check", "--fix"),
)
ERRORS: tuple[tuple[str, ...], ...] = (
    ("why", "pod", "2026"),
    ("rule", "2026"),
    ("buidl",),
    ("ls", "--select-concepts", "2026"),
    ("path", "pod", "pod"),
    ("query", "2026"),
    ("suggest", "2026"),
    ("plan", "start", "2026"),
    ("metrics", "--fail-under", "2026"),
    ("init", "new"),
    ("check", "--baseline", "2026"),
    ("diff", "2026"),
    ("publish", "http://127.0.0.1:9/", "--retries", "0"),
)
ELSEWHERE = {
    "config schema": "it prints JSON, whose descriptions are English",
    "config man": "it prints the help of all commands, which is English",
    "split": "it needs a heading, which is a text in a language: tests/cli/test_refactor.py",
    "serve": "it runs until it is stopped: test_the_start_of_a_server_is_in_one_language",
    "lsp": "it speaks with editors, in their language: tests/editors/test_lsp.py",
    "mcp": "it speaks with assistants, whose protocol is English: tests/editors/test_mcp.py",
    "uses update": "it needs another knowledge base: tests/cli/test_federation.py",
    "publish": "it needs a server: its error is below, what it prints is of the catalogue that test_texts.py checks",
}
"""Commands that the list doesn't run, and why."""

NAMES_ONLY = ("export", "map", ("plan", "report"), ("plan", "risk"))
"""Commands that print names of files and ids, and nothing else."""

NAMES = """
    kg check metrics verify suggest path plan review build assess resume record add concept sample test checkpoint lane type
    RDF SKOS PageRank Wilson Coq KIND TIME YAML JSON jsonl toml Ctrl AI KNOWN TARGET details summary open definition broader
    competency linkage accuracy clarity gate zh en quality
    impact cost route risk measures emergency alternative monitoring solution steps resources schedule
    claim extract DIR drafts new id Krippendorff MB
    root concepts IRI base SPARQL rq init HEAD git Errno Connection refused
    pod cluster network alone uses nood nowhere meeting first second older output Pod Cluster Network Island First Second
    succeeds related
    group machines task error ls buidl
    tables bulk results local sh publish URL scope map FILE topics ID query SELECT WHERE
"""
"""Commands, names and codes, and what the notes say."""
CODES = re.compile(
    r"https?://\S+"
    r"|\S*[/_]\S*"  # paths, measures
    r"|--?[a-z][\w-]*"  # options
    r"|\b\w+\.[\w.-]+\b|\b[A-Z]{2}\d+\b|\b[a-z]+(?:-[a-z\d]+)+\b|\b[a-z]+:[a-z_]+\b"  # names of files, rules and clauses
    r"|\b(?:i-)?[\da-f]{6,}\b"
    r"|\b(?:" + "|".join(NAMES.split()) + r")\b",
    re.ASCII,
)
CONTENT = {
    "review": r'^\s+".*|^  [\da-f]{10}  .*',  # a sheet for programs, claims
    "bench": r"^ ?[a-z ]+\s+\d+\.\d\d s",  # names of stages
    "doctor": r"^kg \d.*|^\w+\t(?:/\S+)?|\([\x20-\x7e]+\)",  # names of packages and tools, versions
}
"""Command → what it prints in any language."""
CHINESE = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")


def _run(kg: Kg, folder: Path, *args: str, statuses: tuple[int, ...] = (0, 1)) -> str:
    ran = kg(*args, cwd=folder)
    assert "Traceback" not in ran.stderr, ran.stderr
    assert ran.status in statuses, (args, ran.stderr)
    return f"{ran.stdout}\n{ran.stderr}"


def _messages(command: tuple[str, ...], text: str) -> str:
    """What a command printed, without content: lines of notes, examples of rules, definitions, names."""
    content = ("│", "A group that", "一组") if command[0] != "rule" else ("    ",)
    lines = text.split("\n")
    text = "\n".join(line for line in lines if not any(text in line for text in content))
    return re.sub(CONTENT[command[0]], "", text, flags=re.MULTILINE) if command[0] in CONTENT else text


def _run_all(kg: Kg, folder: Path, lang: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """Each command with its output; CLAIM and INTERRUPT stand for ids that earlier commands printed."""
    ids: dict[str, str] = {}
    for number, command in enumerate((*COMMANDS, *ERRORS)):
        args = [ids.get(arg, arg) for arg in command]
        if "sheet.csv" in args:
            (folder / "sheet.csv").write_text(f"claim,verdict\n{ids['CLAIM']},correct\n", encoding="utf-8")
        text = _run(kg, folder, *args, "--lang", lang, statuses=(0, 1) if number < len(COMMANDS) else (2,))
        for name, pattern in (("CLAIM", r'"claim": "(\w+)"'), ("INTERRUPT", r"\b(i-[\da-f]{6})\b")):
            match = re.search(pattern, text)
            if match:
                ids.setdefault(name, match[1])
        yield command, text


@pytest.fixture
def folder(kg: Kg, tmp_path: Path) -> Path:
    """A knowledge base, and in `older` the build of an earlier state."""
    for path, text in NOTES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    for setting in (("init", "-q"), ("config", "user.name", "9"), ("config", "user.email", "9@9.9")):
        subprocess.run(["git", *setting], cwd=tmp_path, check=True)
    (tmp_path / "odd.csv").write_text("id,label,definition,9\n9,,9,9\n,,9,9\n", encoding="utf-8")
    (tmp_path / "topics.csv").write_text("topic\npod\n9\n", encoding="utf-8")
    (tmp_path / "before").mkdir()
    (tmp_path / "before/pod.md").write_text("---\ntitle: {zh: 豆荚, en: Pod}\n---\n# Pod\n", encoding="utf-8")
    _run(kg, tmp_path, "build", "-q", "--stage", "graph", "--notes", "before", "--out", "older")
    return tmp_path


def test_with_lang_zh_no_english_is_left(kg: Kg, folder: Path) -> None:
    wrong = []
    for command, printed in _run_all(kg, folder, "zh"):
        text = _messages(command, printed)
        if command[:2] == ("plan", "log"):
            continue  # lines of the journal are data, as they are in the file
        if command[0] not in NAMES_ONLY and command[:2] not in NAMES_ONLY and text.strip() and not CHINESE.search(text):
            wrong.append(f"{command}: no Chinese: {text}")
        for line in text.split("\n"):
            words = re.findall(r"[A-Za-z]{2,}", CODES.sub(" ", line))
            if words:
                wrong.append(f"{command} {words}: {line}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "setting",
    [
        "areas = 1", "[targts]", "targets = 5", "[targets]\nlinkage = 'x'", "title = 5", "languages = ['no such']", "notes = 7",
        "[check]\nselect = 7", "[targets]\n'innovation.theory' = 'x'",
    ],
)  # fmt: skip
def test_what_is_wrong_in_settings_is_in_chinese(kg: Kg, folder: Path, setting: str) -> None:
    (folder / "kg.toml").write_text(setting + "\n", encoding="utf-8")
    ran = kg("check", "--lang", "zh", cwd=folder)
    assert ran.status == 2
    known = {
        "innovation",
        "theory",
        "select",
        "languages",
        "notes",
        "title",
        "areas",
        "targts",
        "such",
        "targets",
        "gates",
        "x",
        "no",
    }
    words = set(re.findall(r"[A-Za-z]{2,}", CODES.sub(" ", re.sub(r"(可用的设置|请写|例如写).*", "", ran.stderr)))) - known
    assert not words, ran.stderr


def test_an_apostrophe_quotes_nothing(kg: Kg, folder: Path) -> None:
    """In Chinese a finding names what its message quotes: nothing of "can't be parsed"."""
    (folder / "ontology/questions").mkdir(parents=True)
    (folder / "ontology/questions/q.rq").write_text("# Which?\nSELECT ?n { ?n ?p", encoding="utf-8")
    (folder / "ontology/questions/q.csv").write_text("n\nx\n", encoding="utf-8")
    ran = kg("build", "--lang", "zh", cwd=folder)
    line = next(line for line in ran.stderr.split("\n") if "KG127" in line)
    assert "be parsed" not in line


def test_in_english_there_is_no_chinese(kg: Kg, folder: Path) -> None:
    for command, printed in _run_all(kg, folder, "en"):
        text = _messages(command, printed)
        text = text.replace("(定义)", "")  # the heading that a note may have
        assert not CHINESE.search(text), (command, text)


def test_every_command_is_run() -> None:
    def names(command: click.Command, before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
        if isinstance(command, click.Group):
            context = click.Context(command)
            for name in command.list_commands(context):
                below = command.get_command(context, name)
                assert below is not None
                yield from names(below, (*before, name))
        else:
            yield before

    every = set(names(main))
    run = {name for name in every if any(command[: len(name)] == name for command in COMMANDS)}
    assert {" ".join(name) for name in every - run} == set(ELSEWHERE)


@pytest.mark.parametrize(("lang", "start"), [("zh", "正在 http://127.0.0.1:"), ("en", "serving ")])
def test_the_start_of_a_server_is_in_one_language(kg: Kg, folder: Path, lang: str, start: str) -> None:
    _run(kg, folder, "build", "-q", "--stage", "graph")
    command = [sys.executable, "-m", "kg", "serve", "--port", "0", "--lang", lang]
    with subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, encoding="utf-8") as process:
        assert process.stderr is not None
        try:
            line = process.stderr.readline()
        finally:
            process.terminate()
    assert line.startswith(start), line
    assert bool(CHINESE.search(line)) == (lang == "zh")


@pytest.mark.parametrize("form", ["json", "sarif", "github", "junit"])
def test_formats_for_programs_are_the_same_in_all_languages(kg: Kg, folder: Path, form: str) -> None:
    chinese, english = (kg("check", "--format", form, "-q", "--lang", lang, cwd=folder).stdout for lang in ("zh", "en"))
    assert chinese == english
    assert "KG201" in english
