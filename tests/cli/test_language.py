"""What commands print for people is in one language: Chinese with ``--lang zh``, English without Chinese else."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

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
    ("why", "pod", "network"),
    ("why", "pod", "alone"),
    ("impact", "network"),
    ("impact", "network", "--depth", "1"),
    ("impact", "alone"),
    ("path", "pod", "network"),
    ("path", "alone", "network"),
    ("path", "alone"),
    ("suggest",),
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
)

NAMES = """
    kg check metrics verify suggest path plan review build assess resume record add concept sample test checkpoint lane type
    RDF SKOS PageRank Wilson Coq KIND TIME YAML JSON jsonl toml Ctrl AI KNOWN TARGET details summary open definition broader
    competency linkage accuracy clarity gate zh en quality
    impact cost route risk measures emergency alternative monitoring solution steps resources schedule
    pod cluster network alone uses nood nowhere meeting first second older output Pod Cluster Network Island First Second
    group machines
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
CHINESE = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")


def _run(kg: Kg, folder: Path, *args: str) -> str:
    ran = kg(*args, cwd=folder)
    assert "Traceback" not in ran.stderr, ran.stderr
    assert ran.status in (0, 1), (args, ran.stderr)
    # Lines of notes, examples of rules and definitions are content.
    content = ("│", "A group that", "一组") if args[0] != "rule" else ("    ",)
    lines = f"{ran.stdout}\n{ran.stderr}".split("\n")
    return "\n".join(line for line in lines if not any(text in line for text in content))


@pytest.fixture
def folder(kg: Kg, tmp_path: Path) -> Path:
    """A knowledge base, and in `older` the build of an earlier state."""
    for path, text in NOTES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    for setting in (("init", "-q"), ("config", "user.name", "9"), ("config", "user.email", "9@9.9")):
        subprocess.run(["git", *setting], cwd=tmp_path, check=True)
    (tmp_path / "before").mkdir()
    (tmp_path / "before/pod.md").write_text("---\ntitle: {zh: 豆荚, en: Pod}\n---\n# Pod\n", encoding="utf-8")
    _run(kg, tmp_path, "build", "-q", "--stage", "graph", "--notes", "before", "--out", "older")
    return tmp_path


def test_with_lang_zh_no_english_is_left(kg: Kg, folder: Path) -> None:
    wrong = []
    for command in COMMANDS:
        text = _run(kg, folder, *command, "--lang", "zh")
        assert CHINESE.search(text) or not text.strip(), command
        for line in text.split("\n"):
            words = re.findall(r"[A-Za-z]{2,}", CODES.sub(" ", line))
            if words:
                wrong.append(f"{command} {words}: {line}")
    assert not wrong, "\n".join(wrong)


def test_in_english_there_is_no_chinese(kg: Kg, folder: Path) -> None:
    for command in COMMANDS:
        text = _run(kg, folder, *command, "--lang", "en")
        text = text.replace("(定义)", "")  # the heading that a note may have
        assert not CHINESE.search(text), (command, text)


@pytest.mark.parametrize("form", ["json", "sarif", "github", "junit"])
def test_formats_for_programs_are_the_same_in_all_languages(kg: Kg, folder: Path, form: str) -> None:
    chinese, english = (kg("check", "--format", form, "-q", "--lang", lang, cwd=folder).stdout for lang in ("zh", "en"))
    assert chinese == english
    assert "KG201" in english
