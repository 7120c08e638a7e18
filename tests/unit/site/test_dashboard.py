"""The dashboard shows what was measured, and says so where nothing was."""

from __future__ import annotations

import re
from dataclasses import replace
from types import ModuleType
from urllib.parse import quote

import pytest

from kg.model import Change, ChangeDetail, Look, Measure
from kg.views import site
from kg.views.page import View
from kg.views.site.dashboard import card
from kg.views.site.recent import meaning_of


@pytest.fixture(scope="module")
def english(toy: ModuleType) -> str:
    pages: dict[str, str] = toy.pages(site.render_site(toy.assessment(), toy.text_of))
    return pages["index.en.html"]


def test_a_missed_target_never_looks_met(toy: ModuleType) -> None:
    view = View(toy.assessment(), "en", "views.site")
    shown = card(view, Measure("logical_consistency", 8999, 10000, 0.9))
    assert (shown.value, shown.state, shown.verdict) == ("89.9%", "bad", "Not met")
    assert card(view, Measure("logical_consistency", 9, 10, 0.9)).state == "good"


def test_unknown_is_said(toy: ModuleType) -> None:
    view = View(toy.assessment(), "en", "views.site")
    shown = card(view, Measure("theory_coverage", 0, 0, 0.95))
    assert (shown.value, shown.state, shown.counted) == ("unknown", "unknown", "Nothing to measure; it counts as not met.")
    part = card(view, Measure("x", 1, 2, None, parts={"a": (0, 0)}))
    assert [row[:3] for row in part.parts] == [("a", "unknown", "0 of 0")]
    assert part.verdict == "Shown only"


def test_value_with_numerator_and_denominator(english: str) -> None:
    assert "6 of 8" in english
    assert "75.0%" in english
    assert "≥ 90.0%" in english


def test_findings_by_severity_with_their_places(english: str) -> None:
    assert "raft.md:8:3" in english
    assert "did you mean &lt;quorum&gt;?" in english
    assert english.index("Errors") < english.index("Warnings")


def test_only_stated_relations_are_counted(english: str) -> None:
    counts = dict(re.findall(r"<dt>([^<]+)</dt><dd>([\d,]+)</dd>", english))
    assert counts["Typed relations"] == "6"
    assert counts["Untyped links"] == "2"
    assert counts["Concepts"] == "8"


def test_claims_stand_beside_what_was_measured(toy: ModuleType) -> None:
    base = replace(
        toy.assessment(), claimed={"concept_association": 0.9, "linkage": 0.8, "accuracy": 0.98, "theory_coverage": 0.5}
    )
    view = View(base, "en", "views.site")
    by_name = {m.name: card(view, m) for m in base.measures}
    assert by_name["concept_association"].claimed == "claimed 90.0%, 15 points above the measured value"
    assert by_name["concept_association"].value == "75.0%"
    assert by_name["linkage"].claimed == "claimed 80.0%, 7.5 points below the measured value"
    assert by_name["theory_coverage"].claimed == "claimed 50.0%"
    assert by_name["logical_consistency"].claimed == ""
    made = toy.pages(site.render_site(base, toy.text_of))
    assert "Claimed, but not measured: Accuracy 98.0%" in made["index.en.html"]
    assert "声称 90.0%，比测得值高 15 个百分点" in made["index.html"]
    assert "claimed" not in re.sub(
        r'class="[^"]*"', "", toy.pages(site.render_site(toy.assessment(), toy.text_of))["index.en.html"]
    )


def test_many_parts_are_shown_list_by_list(toy: ModuleType) -> None:
    parts = {f"List {n}": (float(n), 10.0) for n in range(5)}
    measure = Measure("theory_coverage", 10, 50, 0.95, parts=parts)
    html = toy.pages(site.render_site(replace(toy.assessment(), measures=(measure,)), toy.text_of))["index.en.html"]
    assert '<span role="rowheader">List 3</span> <span role="cell" class="n">3 of 10</span> <b role="cell">30.0%</b>' in html
    # The weakest list comes first, since it needs work.
    assert html.index("List 0") < html.index("List 3") < html.index("List 4")


def test_what_changed_last_is_shown(toy: ModuleType) -> None:
    changes = (Change("new", "raft", ""), Change("removed", "<gone>", ""), Change("changed", "quorum", "2026-01-02"))
    html = toy.pages(site.render_site(replace(toy.assessment(), changes=changes), toy.text_of))["index.en.html"]
    found = re.findall(r'<li class="muted">([^<]*)</li>|<li><span class="tag">([^<]+)</span> (.*?)</li>', html)
    assert found == [
        ("since the last snapshot", "", ""),
        ("", "new concept", '<a href="concepts/raft.en.html">Raft</a>'),
        ("", "removed", "&lt;gone&gt;"),
        ("2026-01-02", "", ""),
        ("", "changed", '<a href="concepts/quorum.en.html" lang="zh">法定人数</a>'),
    ]


def test_without_history_the_page_says_where_changes_come_from(english: str) -> None:
    assert "Keep the notes in git" in english


def test_what_changed_in_the_history_comes_first(toy: ModuleType) -> None:
    snapshots = (Change("new", "quorum", ""),)
    details = (
        ChangeDetail("relations", ("urn:uses", toy.iri("quorum")), 1, 2),
        ChangeDetail("sections", ("说明", "<b>Notes</b>"), 2, 0),
        ChangeDetail("definition"),
        ChangeDetail("lines", (), 7, 1),
    )
    noted = (Change("changed", "raft", "2026-02-03", details), Change("changed", "quorum", "2026-02-02", details[3:]))
    base = replace(toy.assessment(), changes=snapshots)
    html = toy.pages(site.render_site(base, toy.text_of, site.SiteSources(changes=noted)))["index.en.html"]
    found = re.findall(
        r'<li><span class="tag">([^<]+)</span> <a [^>]*>[^<]*</a>(?: <span class="what">(.*?)</span>)?</li>', html
    )
    assert found == [
        (
            "definition changed",
            '+ urn:uses <a href="concepts/quorum.en.html" lang="zh">法定人数</a> · −2 relations · + “&lt;b&gt;Notes&lt;/b&gt;”',
        ),
        ("reworded", ""),
    ]
    assert "since the last snapshot" not in html


@pytest.mark.parametrize(
    ("predicates", "meaning"),
    [
        (("http://purl.org/dc/terms/isReplacedBy", "urn:uses"), "became-replaced"),
        (("urn:uses", "http://purl.org/dc/terms/requires"), "became-required"),
        (("urn:uses",), "became-related"),
        ((), "change-changed"),
    ],
)
def test_a_change_is_told_by_what_it_means(predicates: tuple[str, ...], meaning: str) -> None:
    names = tuple(part for predicate in predicates for part in (predicate, "urn:x"))
    relations = ChangeDetail("relations", names, len(predicates), 1)
    assert meaning_of(Change("changed", "raft", "", (relations, ChangeDetail("lines", (), 2, 1)))) == meaning


def test_the_first_screen_says_what_the_base_is(toy: ModuleType) -> None:
    base = toy.assessment()
    places = {iri: (0.1 * i, -0.1 * i) for i, iri in enumerate(base.corpus.concepts)}
    measures = tuple(replace(m, target=None) for m in base.measures)
    bare = replace(base, measures=measures, lists=(), questions=(), positions=places)
    pages = toy.pages(site.render_site(bare, toy.text_of))
    html = pages["index.en.html"]
    titles = re.findall(r'<h[23] id="kg-([a-z]+)">', html)
    assert titles[:4] == ["changes", "next", "measures", "overview"]
    # A map, the search and an entry to learning come before everything that its owner measures.
    assert html.index('class="find large"') < html.index("Start learning") < html.index('id="kg-next"')
    assert re.search(r'<a href="concepts/raft.en.html" data-i="\d+" tabindex="(?:0|-1)" aria-label="Raft"><circle', html)
    # By keyboard, the map is one stop: its most important concept.
    assert re.findall(r'data-i="(\d+)" tabindex="0"', html) == ["0"]
    assert "Mostly about <a" in html
    assert "Not met" not in html
    assert "≥" not in html
    assert "reports/coverage" not in html
    assert '<code class="command">kg check</code>' in html
    assert "主要涉及<a" in pages["index.html"]
    # Cards of links show the same sentence, as text.
    assert re.search(r'<meta property="og:description" content="8 concepts [^"<]* Mostly about Raft, [^"<]+\."', html)
    told = replace(bare, look=Look(description={"zh": "一句话 <b>", "en": "One sentence."}))
    pages = toy.pages(site.render_site(told, toy.text_of))
    assert '<p class="sub">One sentence.</p>' in pages["index.en.html"]
    assert '<p class="sub">一句话 &lt;b&gt;</p>' in pages["index.html"]


def test_the_map_on_the_start_page_has_no_part_of_the_plan(toy: ModuleType) -> None:
    base = toy.assessment()
    places = {iri: (0.1 * i, -0.1 * i) for i, iri in enumerate(base.corpus.concepts)}
    raft = next(iri for iri in base.corpus.concepts if iri.endswith("/raft"))
    page = {}
    for planned in (frozenset[str](), frozenset({raft})):
        shown = replace(base, positions=places, planned=planned)
        page[bool(planned)] = toy.pages(site.render_site(shown, toy.text_of))["index.en.html"]
    assert ('aria-label="Raft"' in page[False], 'aria-label="Raft"' in page[True]) == (True, False)


def test_measures_that_nobody_uses_are_not_shown(toy: ModuleType) -> None:
    unused, claimed = Measure("accuracy", 0, 0, None, note="n"), Measure("clarity", 0, 0, None, note="n")
    base = replace(toy.assessment(), measures=(unused, claimed), claimed={"clarity": 0.5})
    html = toy.pages(site.render_site(base, toy.text_of))["index.en.html"]
    assert "Accuracy" not in html
    assert "Clarity" in html


def test_pages_name_their_own_address_where_it_is_known(toy: ModuleType) -> None:
    base = toy.assessment()
    unknown = toy.pages(site.render_site(base, toy.text_of))
    assert not [path for path, html in unknown.items() if path.endswith(".html") and "canonical" in html.split("</head>")[0]]
    known = replace(base, look=Look(url="https://notes.example/kb/"))
    made = toy.pages(site.render_site(known, toy.text_of))
    pages = {path: html for path, html in made.items() if path.endswith(".html")}
    assert len(pages) > 10
    for path, html in pages.items():
        address = f"https://notes.example/kb/{quote(path)}"
        head = html.split("</head>")[0]
        assert f'<link rel="canonical" href="{address}">' in head
        assert f'<meta property="og:url" content="{address}">' in head
        description = re.search(r'<meta name="description" content="([^"]+)">', head)
        assert description is not None, path
        assert f'<meta property="og:description" content="{description[1]}">' in head
