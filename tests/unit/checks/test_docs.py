"""``docs/rules/`` is what its script makes today; ``kg rule`` prints the same."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path

import pytest

from kg.checks import RULES

DOCS = Path(__file__).resolve().parents[3] / "docs"
Kg = Callable[..., "object"]


def test_the_pages_are_current() -> None:
    spec = importlib.util.spec_from_file_location("kg_make_rules", DOCS / "make_rules.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    there = {path.name: path.read_text(encoding="utf-8") for path in (DOCS / "rules").iterdir()}
    assert there == module.pages(), "run: python docs/make_rules.py"


def test_the_list_of_rules(kg: Kg) -> None:
    ran = kg("rule")
    assert ran.status == 0
    assert [line.split("\t")[:2] for line in ran.stdout.splitlines()] == [[r.code, r.name] for r in RULES]
    assert "(off by default)" in next(line for line in ran.stdout.splitlines() if line.startswith("KG323"))


@pytest.mark.parametrize(("lang", "word"), [("en", "Fix: "), ("zh", "改法：")])
def test_one_rule_by_code_and_by_name(kg: Kg, lang: str, word: str) -> None:
    by_code, by_name = kg("rule", "kg415", "--lang", lang), kg("rule", "relation-clash", "--lang", lang)
    assert by_code == by_name
    rule = next(r for r in RULES if r.code == "KG415")
    for said in (rule.what[lang], rule.why[lang], word + rule.fix[lang], "skos:related :c .", "SKOS S27"):
        assert said in by_code.stdout


def test_a_rule_that_is_not_there(kg: Kg) -> None:
    ran = kg("rule", "relation-clsh")
    assert (ran.status, ran.stdout) == (2, "")
    assert "did you mean: kg rule relation-clash" in ran.stderr
