"""Catalogues of texts: equal in all languages, complete, and a further language is a further file."""

from __future__ import annotations

import re
import shutil
import string
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from kg.base import texts
from kg.base.texts import PluralForms, Texts, list_languages, read_catalogue

KG = Path(texts.__file__).parents[1]
WINGS = sorted(path.parent.parent.name for path in KG.glob("*/texts/en.toml"))
FILES = [(wing, lang) for wing in WINGS for lang in list_languages(wing)]


def _placeholders(text: str | PluralForms) -> set[str]:
    forms = [text] if isinstance(text, str) else list(text)
    return {name for form in forms for _, name, _, _ in string.Formatter().parse(form) if name is not None}


def _source(wing: str, lang: str) -> Mapping[str, Any]:
    return tomllib.loads((KG / wing / "texts" / f"{lang}.toml").read_text(encoding="utf-8"))


def _flat(table: Mapping[str, Any], before: str = "") -> Iterator[str]:
    for key, value in table.items():
        if isinstance(value, str) or "other" in value:
            yield before + key
        else:
            yield from _flat(value, f"{before}{key}.")


def test_wings_have_catalogues() -> None:
    assert {"app", "metrics", "network", "plan", "serve", "views"} <= set(WINGS)
    assert all({"en", "zh"} <= set(list_languages(wing)) for wing in WINGS)


@pytest.mark.parametrize(("wing", "lang"), FILES)
def test_all_languages_have_equal_keys_and_placeholders(wing: str, lang: str) -> None:
    english, own = _source(wing, "en"), _source(wing, lang)
    assert list(own) == list(english)
    for section in english.keys() - {"language"}:
        assert list(_flat(own[section])) == list(_flat(english[section])), section
        ours, theirs = read_catalogue(wing, lang)[section], read_catalogue(wing, "en")[section]
        for key, text in theirs.items():
            assert list(ours[key] if isinstance(ours[key], PluralForms) else [ours[key]]) != [""], (section, key)
            assert _placeholders(ours[key]) == _placeholders(text), (section, key)


@pytest.mark.parametrize(("wing", "lang"), FILES)
def test_plural_forms_are_those_of_the_language(wing: str, lang: str) -> None:
    about = _source(wing, lang)["language"]
    for section in read_catalogue(wing, lang).values():
        for key, text in section.items():
            if isinstance(text, PluralForms):
                assert len(list(text)) == len(about["forms"]), key
                assert [text.form(n) for n in (1, 2)] == list(text), key


def test_every_key_that_code_and_templates_ask_for_is_there() -> None:
    known = {key for wing in WINGS for section in read_catalogue(wing, "en").values() for key in section}
    for wing in WINGS:
        for file in (KG / wing).rglob("*"):
            if file.suffix in (".py", ".html"):
                for key in re.findall(r'\b(?:w|words|t)\("([a-z0-9-]+)"[,)]', file.read_text(encoding="utf-8")):
                    assert key in known, (file, key)


GERMAN = {
    "views": """
[frame]
home = "Überblick"
[site]
summary = "{concepts} aus {notes}, verbunden durch {typed}."
search-count = {one = "{n} Begriff gezeigt", other = "{n} Begriffe gezeigt"}
[reports]
a-core = "Zentrale Begriffe"
[maps]
fit = "Ganze Karte"
""",
    "app": """
[check]
none = "keine Befunde"
""",
}


@pytest.fixture
def german(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The catalogues as they are, and a stub of German: a file in two wings, no code."""
    for wing in WINGS:
        shutil.copytree(KG / wing / "texts", tmp_path / wing / "texts")
    for wing, text in GERMAN.items():
        about = '[language]\nname = "Deutsch"\nplural = "n != 1"\nforms = ["one", "other"]\n'
        (tmp_path / wing / "texts/de.toml").write_text(about + text, encoding="utf-8")
    monkeypatch.setattr(texts, "_FOLDER", tmp_path)
    list_languages.cache_clear()
    read_catalogue.cache_clear()
    yield
    list_languages.cache_clear()
    read_catalogue.cache_clear()


def test_a_further_language_is_a_file(german: None, toy: ModuleType) -> None:
    from dataclasses import replace

    from kg.views import reports, site

    base = replace(toy.assessment(), languages=("de", "en"))
    pages = {a.path: a.data.decode() for a in (*site.render_site(base, toy.text_of), *reports.render_reports(base))}
    front, report = pages["index.html"], pages["reports/association.html"]
    assert '<html lang="de"' in front
    assert "Überblick</a>" in front
    assert re.search(r"\d+ concepts aus \d+ notes, verbunden durch \d+ typed relations\.", front)  # partly translated
    assert "Zentrale Begriffe" in report
    assert "Dashboard" in pages["index.en.html"]
    w = Texts("de-AT", "views.site", "views.frame")
    assert (w("search-count", n=1), w("search-count", n=0)) == ("1 Begriff gezeigt", "0 Begriffe gezeigt")
    assert w("concepts") == "Concepts"
    assert Texts("de", "app.check")("none") == "keine Befunde"


def test_scripts_of_maps_have_it_too(german: None) -> None:
    from kg.views.maps.page import _script

    _script.cache_clear()
    try:
        script = _script()
    finally:
        _script.cache_clear()
    assert '"fit":"Ganze Karte"' in script.replace('": "', '":"')


def test_a_key_that_is_missing_is_an_error() -> None:
    with pytest.raises(KeyError):
        Texts("en", "views.frame")("no-such-text")
