"""False claims dressed as true ones: for each tool at least twenty texts that it ends with 0 on, and none is passed."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from kg.evidence.tools import TOOLS

sys.path.insert(0, str(Path(__file__).parent))

from false_attestations import FALSE, TRUE

Write = Callable[[Mapping[str, str | bytes]], Path]
CLAIMS = Path(__file__).with_name("claims")
LANGUAGES = sorted({path.stem.rpartition("-")[0] for path in CLAIMS.glob("*.md")})
ELSEWHERE = {"attestation": "a note of a bundle has one, with programs of its own: false_attestations.py"}


def test_every_language_of_a_tool_has_claims() -> None:
    assert {*LANGUAGES, *ELSEWHERE} == {language for tool in TOOLS for language in tool.languages}
    assert sorted(path.name for path in CLAIMS.iterdir()) == sorted(f"{x}-{y}.md" for x in LANGUAGES for y in ("false", "true"))


def _needs(language: str) -> str:
    """The group of its tool, where that is installed."""
    tool = next(t for t in TOOLS if language in t.languages)
    if tool.locate() is None:
        if os.environ.get("KG_REQUIRE_TOOLS") == "1":
            pytest.fail(f"the tool for {language} is missing and KG_REQUIRE_TOOLS=1: {tool.cost}")
        pytest.skip(f"the tool for {language} is missing: {tool.cost}")
    return tool.group


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_false_claim_is_passed_and_every_true_one_is(kg: Any, base: Write, language: str) -> None:
    group = _needs(language)
    notes = {
        f"concepts/{kind}.md": (CLAIMS / f"{language}-{kind}.md").read_text(encoding="utf-8") for kind in ("false", "true")
    }
    ran = kg("verify", "-C", base(notes), "--only", group, "--jobs", "2", "--timeout", "60", "--format", "json")
    found = {e["key"]: e for e in json.loads(ran.stdout) if e["language"] == language}
    false = {k: e for k, e in found.items() if k.startswith("false.md#") and not e["key"].endswith("#base")}
    true = {k: e for k, e in found.items() if k.startswith("true.md#")}
    assert len(false) >= 20
    assert len(true) >= 5
    assert {k: e["why"] for k, e in false.items() if e["verdict"] == "passed"} == {}
    # Nor does a tool that is missing, or doesn't start, answer for them.
    other = {k: e["why"] for k, e in false.items() if e["verdict"] not in ("failed", "timed-out")}
    assert {k: why for k, why in other.items() if not re.match("it is well formed; nothing was run|a template", why)} == {}
    assert {k: e["why"] for k, e in true.items() if e["verdict"] != "passed"} == {}
    assert ran.status == 1


LINE = """MODULE main
VAR line : {idle, busy, broken}; told : boolean; begun : boolean;
ASSIGN init(line) := idle; next(line) := case line = idle : {idle, busy}; TRUE : idle; esac;
  init(told) := FALSE; next(told) := case line = busy : {TRUE, FALSE}; TRUE : told; esac;
  init(begun) := FALSE; next(begun) := TRUE;
"""
REFUSED = {
    "python run": [
        ("def size(xs, len=lambda x: 3):\n    return len(xs)\nassert size([1]) == 3", 1, "another name", "别的名称"),
        (
            "class N(int):\n    def __eq__(self, other):\n        return isinstance(other, N)\nassert N(1) == N(2)",
            1,
            "or assert them",
            "直接断言这些值",
        ),
        (
            "import calendar\ncalendar.mdays[2] = 30\nassert calendar.monthrange(2023, 2)[1] == 30",
            2,
            "an object of its own",
            "代码自己的对象",
        ),
        ("class A(" + "+".join(["object"] * 600) + "): pass\nassert 1 == 1 + 0", 0, "give parts of it names", "取名"),
    ],
    "smv": [
        (
            LINE + "SPEC AG (line != broken | told)",
            5,
            "leave it out",
            "请去掉它",
        ),
        (
            LINE + "SPEC AF begun",
            5,
            "let it depend on the model",
            "请让它取决于模型",
        ),
        (LINE + "SPEC AG (" + " | ".join(["told", "!told"] * 700) + ")", 5, "split it", "请拆开它"),
    ],
}
"""Blocks, the faulty line of each, from 0, and what is to be done in two languages."""


@pytest.mark.parametrize("language", REFUSED)
def test_a_refusal_says_where_and_what_to_do_in_both_languages(kg: Any, base: Write, language: str) -> None:
    group = _needs(language.partition(" ")[0])
    kind, _, words = language.partition(" ")
    blocks = [(f"```{kind} {{#it{i} {words}}}\n{text}\n```\n\n", *rest) for i, (text, *rest) in enumerate(REFUSED[language])]
    folder = base({"concepts/a.md": "# A\n\n" + "".join(block for block, *_ in blocks)})
    told = {
        lang: kg("--lang", lang, "verify", "-C", folder, "--only", group, "--full", "--timeout", "60").stdout
        for lang in ("en", "zh")
    }
    line = 4
    for block, at, english, chinese in blocks:
        for lang, advice in (("en", english), ("zh", chinese)):
            place = told[lang].partition(f"a.md:{line + at}:")[2].splitlines()
            assert len(place) > 1, told[lang]
            assert advice in place[1]
        line += block.count("\n")


def test_no_false_attestation_is_passed_and_every_true_one_is(kg: Any, base: Write) -> None:
    _needs("attestation")
    bundle = {"kg.toml": '[reading]\ndialect = "okf"\n'}
    for name, attested in {**FALSE, **TRUE}.items():
        bundle |= attested.files(name)
    ran = kg("verify", "-C", base(bundle), "--only", "attest", "--jobs", "2", "--timeout", "60", "--format", "json")
    found = {e["path"].removesuffix(".md"): e for e in json.loads(ran.stdout)}
    assert found.keys() == FALSE.keys() | TRUE.keys()
    assert len(FALSE) >= 20
    assert len(TRUE) >= 5
    wrong = {name: e["why"] for name, e in found.items() if e["verdict"] != ("passed" if name in TRUE else "failed")}
    assert wrong == {}
    # Each for its own reason, and not because its programs don't run.
    assert [e["why"] for e in found.values() if "ends with an error" in e["why"] or "no JSON" in e["why"]] == []
    assert len({found[name]["why"] for name in FALSE}) >= 10
    assert ran.status == 1
