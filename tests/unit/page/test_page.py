"""What pages share: escaping, paths, the alphabet, figures."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from pathlib import Path
from types import ModuleType

import pyromark
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.base.widths import text_width
from kg.model import Look
from kg.views.page import View, assets, md, paths
from kg.views.page.alphabet import letter, sort_key
from kg.views.page.figures import Bar, Branch, bars, matrix, meter, tree
from kg.views.page.view import source_link
from kg.views.page.words import Words

# Markdown's line breaks and the characters that no text may hold are made spaces first.
names = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp", "Zs"), include_characters=" "), max_size=40)


@given(names)
def test_escaped_text_shows_as_it_is(text: str) -> None:
    html = pyromark.html(f"| {md.escape(text)} | x |\n|---|---|\n", options=pyromark.Options.ENABLE_TABLES)
    shown = unescape(re.sub(r"</?(?:table|thead|tbody|tr|th|td)[^>]*>", "", html.split("</th>")[0]))
    assert shown.strip() == " ".join(text.split()).strip()


@given(names)
def test_escaped_text_begins_no_block(text: str) -> None:
    html = pyromark.html(md.escape(text))
    assert not re.search(r"<(?!/?p>)[a-z]", html), html


@given(names)
def test_code_and_links_stay_in_their_cell(text: str) -> None:
    row = md.table(["a", "b"], [[md.code(text), md.link(text, "x.html")]])
    html = pyromark.html(row, options=pyromark.Options.ENABLE_TABLES)
    assert html.count("<td") == 2
    assert html.count("<th") - html.count("<thead") == 2


def test_table_takes_chinese_as_two_columns() -> None:
    lines = md.table(["概念", "n"], [["容器编排", "1"], ["a", "10"]], "lr").splitlines()
    assert {text_width(line) for line in lines} == {18}


def test_alphabet_puts_chinese_by_its_pinyin() -> None:
    assert [letter(x) for x in ("一致性", "中断", "边缘计算", "微服务", "可观测性", "（容器）")] == [
        "Y",
        "Z",
        "B",
        "W",
        "K",
        "R",
    ]
    assert sorted(["中", "Zoo", "安", "apple", "42", "あ"], key=sort_key) == ["apple", "安", "Zoo", "中", "42", "あ"]


def test_pages_never_share_a_path() -> None:
    ids = [
        "raft",
        "raft.en",
        "raft.en-",
        "raft.zh-hans",
        "Raft",
        "raft-en",
        "容器/隔离",
        "容器-隔离",
        "a" * 200,
        "a" * 201,
        ".",
    ]
    found = [paths.concept_path(i, lang, ("zh", "en")) for i in ids for lang in ("zh", "en")]
    assert len({p.lower() for p in found}) == len(found)


def stylesheet() -> str:
    return next(a.data for a in assets(Look(), ("en",)) if a.path == paths.STYLESHEET).decode()


def test_stylesheet_loads_nothing() -> None:
    css = stylesheet()
    assert "url(" not in css
    assert "@import" not in css
    assert css.count("{") == css.count("}")


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def test_text_has_the_contrast_of_wcag_aa() -> None:
    css = stylesheet()
    light, *dark = re.findall(r":root(?::not\(\[data-theme=light\]\)|\[data-theme=dark\])? \{(.*?)\}", css, re.DOTALL)[:3]
    assert dark[0].strip() in dark[1]
    for block in (light, dark[0]):
        colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))
        pairs = [(ink, ground) for ink in ("ink", "ink-2", "accent", "bad", "good") for ground in ("bg", "surface", "sunken")]
        # Code is coloured by meaning and stands on sunken ground.
        pairs += [("warn", "sunken"), ("info", "sunken")]
        pairs += [(x, f"{x}-soft") for x in ("good", "bad", "accent")] + [
            ("surface", "accent"),
            ("surface", "q5"),
            ("ink", "q3"),
        ]
        for ink, ground in pairs:
            a, b = sorted((luminance(colours[ink]), luminance(colours[ground])))
            assert (b + 0.05) / (a + 0.05) >= 4.5, (ink, ground)


def test_figures_escape_and_cope_with_nothing() -> None:
    evil = '"><script>alert(1)</script>'
    for made in (
        bars([Bar(evil, 1, evil, "x.html")], evil),
        matrix([evil], [[1]], evil),
        tree([Branch(evil, "x.html", (Branch(evil),))], evil),
        meter(0.5, 0.9, evil),
    ):
        assert "<script" not in made
    assert bars([], "x") == matrix([], [], "x") == tree([], "x") == ""
    assert "NaN" not in bars([Bar("a", 0, "0")], "x")


def test_meter_tells_unknown_from_zero() -> None:
    assert 'class="meter unknown"' in meter(None, 0.9, "x")
    assert 'class="meter bad"' in meter(0.0, 0.9, "x")
    assert 'class="meter plain"' in meter(0.0, None, "x")
    assert 'class="meter good"' in meter(0.9, 0.9, "x")


@pytest.mark.parametrize(
    "text", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", '"onclick="x', "HTTPS:evil", "vbscript:x http"]
)
def test_unsafe_sources_are_no_links(text: str) -> None:
    assert "<a" not in source_link(text)


def test_title_falls_back(toy: ModuleType) -> None:
    base = toy.assessment()
    assert View(replace(base, title={}), "zh").title == "知识库"
    assert View(replace(base, title={"en": "E"}), "zh").title == "E"
    assert View(replace(base, title={"de": "D"}), "zh").title == "D"


def test_key_that_is_missing_is_an_error() -> None:
    with pytest.raises(KeyError):
        Words("en")("no-such-text")


@given(st.text(max_size=30))
def test_no_page_name_ends_like_a_language(text: str) -> None:
    from kg.base.names import page_name

    name = page_name(text)
    assert not re.search(r"\.[A-Za-z]{2}$", name)
    assert re.fullmatch(r"[\w.\-]+", name)


def test_types_are_named_as_the_ontology_names_them() -> None:
    source = (Path(__file__).parents[3] / "ontology" / "kg.ttl").read_text(encoding="utf-8")
    pattern = r'a owl:Class ;.*?rdfs:label "([^"]+)"@en , "([^"]+)"@zh ;.*?kg:key "([^"]+)"'
    found = [m.groups() for block in source.split("\n\n") if (m := re.search(pattern, block, re.DOTALL))]
    assert len(found) >= 10
    for en, zh, key in found:
        assert (Words("zh").key(key), Words("en").key(key)) == (zh, en.capitalize()), key


def test_what_is_tied_to_nothing_is_no_community(toy: ModuleType) -> None:
    base = toy.assessment()
    loose = {iri: replace(m, degree=0) if m.community == 1 else m for iri, m in base.concepts.items()}
    assert [c.index for c in View(base, "en").communities] == [0, 1]
    assert [c.index for c in View(replace(base, concepts=loose), "en").communities] == [0]
