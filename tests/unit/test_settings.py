"""`kg.toml`: what it gives, and what it says when it is wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from kg.base.caches import of_base
from kg.base.errors import UsageError
from kg.base.settings import load_settings

Write = Callable[[Mapping[str, str | bytes]], Path]


def test_defaults(tmp_path: Path) -> None:
    found = load_settings(tmp_path)
    assert found.notes == (tmp_path / "concepts",)
    assert found.out == tmp_path / "output"
    assert found.ontology == tmp_path / "ontology"
    assert found.cache == of_base(tmp_path)
    assert not found.cache.is_relative_to(tmp_path)
    assert found.targets == {}
    assert (found.gates, found.claimed, found.top_concepts, found.languages) == ({}, {}, (), ())
    assert found.base.endswith("/")


def test_everything_that_can_be_set(base: Write) -> None:
    text = """base = "urn:x#"
title = {zh = "库", en = "Base"}
languages = ["en"]
notes = ["a", "b/c"]
output = "site"
exclude = "draft*"
top-concepts = ["t"]
[targets]
theory_coverage = 50
theory_depth.mine = 12.5
[gates]
linkage = 0
[claimed]
linkage = 100
"""
    folder = base({"kg.toml": text})
    found = load_settings(folder)
    assert (found.base, found.title, found.languages) == ("urn:x#", {"zh": "库", "en": "Base"}, ("en",))
    assert found.notes == (folder / "a", folder / "b/c")
    assert (found.out, found.exclude, found.top_concepts) == (folder / "site", ("draft*",), ("t",))
    assert found.targets == {"theory_coverage": 0.5, "theory_depth.mine": 0.125}
    assert (found.gates, found.claimed) == ({"linkage": 0.0}, {"linkage": 1.0})


def test_the_command_line_comes_first(base: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = base({"kg.toml": 'notes = ["a"]\noutput = "o"\n'})
    monkeypatch.chdir(folder)
    found = load_settings(Path(), notes=(Path("x"),), out=Path("y"))
    assert (found.root, found.notes, found.out) == (folder, (folder / "x",), folder / "y")


def test_the_nearest_name_is_the_hint(base: Write) -> None:
    with pytest.raises(UsageError) as caught:
        load_settings(base({"kg.toml": "[targets]\nconcept_asociation = 90\n"}))
    assert caught.value.hint == "did you mean concept_association?"


def test_a_title_without_language(base: Write) -> None:
    assert load_settings(base({"kg.toml": 'title = "T"'})).title == {"": "T"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('bass = "x"', "unknown setting 'bass'"),
        ('base = "x"', "must end in"),
        ("base = 3", "base must be a text"),
        ("notes = 3", "notes must be a list of texts"),
        ("notes = [3]", "notes must be a list of texts"),
        ("top-concepts = ['a','b','c','d','e','f','g','h','i','j','k']", "11 top-concepts; at most ten"),
        ("gates = {linkage = 101}", "gates.linkage must be a percentage"),
        ("gates = {linkage = -1}", "gates.linkage must be a percentage"),
        ("gates = {linkage = nan}", "gates.linkage must be a percentage"),
        ("gates = {linkage = true}", "gates.linkage must be a percentage"),
        ("gates = {linkage = 'high'}", "gates.linkage must be a percentage"),
        ("people-are-new = 1", "unknown setting"),
        ("targets = {linkages = 1}", "unknown setting 'targets.linkages'"),
        ("gates = {theory_deepth.edge = 1}", "unknown setting 'gates.theory_deepth.edge'"),
        ("claimed = {innovation.theorie = 1}", "unknown setting 'claimed.innovation.theorie'"),
        ("floors = {linkage = 1}", "unknown setting 'floors.linkage'"),
        ("languages = ['english!']", "languages: 'english!' is not a code of a language"),
        ("translations = {en_ = 'en'}", "translations: 'en_' is not a code of a language"),
        ("title = {engl = 'x'}", "title: 'engl' is not a code of a language"),
        ("title = {en = 3}", "title must be a text"),
        ("output = '../victim'", "does not lie below the knowledge base"),
        ("output = '.'", "does not lie below the knowledge base"),
        ("output = '/victim'", "does not lie below the knowledge base"),
        ("sections-as-concepts = 'yes'", "sections-as-concepts is true or false"),
        ("depth = 3", "depth names a scope list for each area"),
        ("sections = 3", "sections must be a table by type"),
        ("representations = {theorem = ['dance']}", "representations.theorem: 'dance' is not one of"),
        ("targets = {innovation.theory = 1.5}", "targets.innovation.theory must be a number of innovations"),
        ("translations = 3", "translations names a folder for each language"),
        ("translations = {en = '/'}", "translations names a folder for each language"),
        ("site = 3", "site must be a table"),
        ("site = {them = 'x'}", "unknown setting 'site.them'"),
        ("site = {edit = 'ftp://x/{path}'}", "site.edit"),
        ("site = {edit = 'https://x.example/'}", "site.edit"),
        ("site = {theme = '../elsewhere'}", "is not below the knowledge base"),
        ("site = {search = 'no'}", "site.search is true or false"),
        ("check = 3", "check must be a table"),
        ("check = {ignored = []}", "unknown setting 'check.ignored'"),
        ("check = {per-path = 3}", "per-path"),
        ("check = {severity = {KG303 = 'bad'}}", "severity says error, warning or info"),
        ("check = {baseline = '../b.json'}", "check.baseline = '../b.json' is not below the knowledge base"),
        ("check = {fail-on = 'info'}", "fail-on is error, warning or never"),
        ("check = {shapes-timeout = true}", "shapes-timeout is a number of seconds"),
        ("plan = 3", "plan must be a table"),
        ("plan = {begin = 2026-01-01}", "unknown setting 'plan.begin'"),
        ("plan = {checkpoints = ['hourly']}", "plan.checkpoints: 'hourly'"),
        ("plan = {start = 'soon'}", "plan.start = soon is not a date"),
        ("x =", "kg.toml"),
        (b"x = '\xff'", "kg.toml"),
    ],
)
def test_what_is_wrong_is_said(base: Write, text: str | bytes, said: str) -> None:
    with pytest.raises(UsageError, match=r"kg\.toml") as caught:
        load_settings(base({"kg.toml": text}))
    assert said in str(caught.value)
    assert caught.value.hint


@pytest.mark.parametrize(
    "text", ["title = ['a']", "title = 3", "targets = 3", "gates = 'x'", 'base = "a b/"', 'base = "/"', 'base = "x#y/"']
)
def test_values_of_the_wrong_kind_are_said(base: Write, text: str) -> None:
    with pytest.raises(UsageError, match=r"kg\.toml"):
        load_settings(base({"kg.toml": text}))


def test_no_such_folder(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no folder"):
        load_settings(tmp_path / "nowhere")
