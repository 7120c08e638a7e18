"""The reports: valid, aligned Markdown, the same data in HTML, numbers from the assessment, honest where nothing is known."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from types import ModuleType

import pytest
from markdown_it import MarkdownIt

from kg.base.widths import text_width
from kg.model import Hierarchy, Measure, NearConcept, PairMeasures, Reason, Reviews, Suggestion
from kg.model.review import ClaimState, Innovation
from kg.model.scope import TopicList, TopicState
from kg.views import reports
from kg.views.page import md
from kg.views.page.trends import TrendLine, figure, sparkline
from kg.views.page.view import View
from kg.views.reports.net import Net
from kg.views.reports.proposals import proposals


@pytest.fixture(scope="module")
def made(toy: ModuleType) -> dict[str, str]:
    pages: dict[str, str] = toy.pages(reports.render_reports(toy.assessment()))
    return pages


def test_four_reports_in_two_forms_and_two_languages(made: dict[str, str]) -> None:
    assert sorted(made) == sorted(
        f"reports/{name}{lang}.{ending}"
        for name in ("association", "coverage", "hierarchy", "quality")
        for lang in ("", ".en")
        for ending in ("md", "html")
    )


def test_tables_are_whole_and_aligned(made: dict[str, str]) -> None:
    parser = MarkdownIt("commonmark").enable("table")
    for path, text in made.items():
        if not path.endswith(".md"):
            continue
        tables = re.findall(r"(?:^\|.*\|$\n?)+", text, re.MULTILINE)
        assert tables or "coverage" in path, path  # there is no scope list here
        for table in tables:
            lines = table.splitlines()
            assert len({text_width(line) for line in lines}) == 1, (path, lines[0])
            # Each row has as many cells as the head, by the parser's own count.
            html = parser.render(table)
            columns = html.count("<th ") + html.count("<th>")
            assert html.count("<td") == columns * (len(lines) - 2), (path, lines[0])


def test_cells_have_the_class_of_their_column(made: dict[str, str]) -> None:
    kinds = set()
    for path in (p for p in made if p.endswith(".html")):
        for table in re.findall(r"<table>.*?</table>", made[path], re.DOTALL):
            heads, *rows = (
                [dict(re.findall(r'([\w-]+)="([^"]*)"', cell)).get("class", "") for cell in re.findall(r"<t[hd][^>]*>", row)]
                for row in re.findall(r"<tr>.*?</tr>", table, re.DOTALL)
            )
            assert all(row == heads for row in rows), (path, heads, rows)
            kinds.update(heads)
    assert {"short", "long", "a-right short"} <= kinds


def test_markdown_has_no_live_html_and_names_show_as_written(made: dict[str, str], toy: ModuleType) -> None:
    parser = MarkdownIt("commonmark").enable("table")
    for path, text in made.items():
        if not path.endswith(".md"):
            continue
        tokens = [c for token in parser.parse(text) for c in [token, *(token.children or ())]]
        assert not {"html_block", "html_inline", "code_block"} & {t.type for t in tokens}, path
        pictures = [str(t.attrs["src"]) for t in tokens if t.type == "image"]
        stem = path.removesuffix(".md").rpartition("/")[2]
        assert all(re.fullmatch(rf"{re.escape(stem)}-[a-z]+\.svg", p) for p in pictures), path
        assert "javascript:" not in re.sub(r"\\\[d\\\]\(javascript:alert\(2\)\)", "", text)
    html = parser.render(made["reports/association.en.md"])
    assert f">{toy.PIPE.replace('<', '&lt;')}</a>" in html
    assert ">&lt;script&gt;alert(1)&lt;/script&gt;</a>" in html


def test_headings_of_both_forms_agree(made: dict[str, str]) -> None:
    for path in (p for p in made if p.endswith(".md")):
        heads = re.findall(r"^## (.+)$", made[path], re.MULTILINE)
        html = re.findall(r"<h2 id=\"[a-z]+\">([^<]+)</h2>", made[path.replace(".md", ".html")])
        assert heads == html
        assert len(heads) >= (3 if "coverage" in path else 5)


def test_association_says_what_the_assessment_says(made: dict[str, str]) -> None:
    text = made["reports/association.en.md"]
    assert "Result: **75.0%** = 6 of 8, target ≥ 90.0%: **Not met**." in text
    assert re.search(r"\| \[.*script.*\]\(\.\./concepts/evil-\w+\.en\.html\)|\(\.\./concepts/evil\.en\.html\)", text)
    assert "`evil.md:3`" in text
    assert "a broader concept" in text
    assert "8 concepts, 6 typed relations of 4 kinds, 2 links without a type" in text
    assert re.search(r"\| +1\.23 \|", text)
    assert "### Areas and relation types" in text
    assert "Components" in text


def test_isolated_concepts_are_named(made: dict[str, str]) -> None:
    text = made["reports/association.en.md"]
    part = text[text.index("Isolated and weak") : text.index("Missing associations")]
    assert "2 concepts have neither relations nor links" in part
    assert "`pipe.md:3`" in part


def test_todo_is_concrete(made: dict[str, str]) -> None:
    todo = made["reports/association.en.md"].split("What to do next")[1]
    todo = todo.split("\n## ")[0]
    assert re.match(r"\s+1\. \[ \] \*\*Fix 1 error\.\*\*\n   - `kg check`\n   - `raft\.md:8` KG101: no note ", todo)
    # The page offers each command to copy.
    html = made["reports/association.en.html"]
    assert '<li class="open"><strong>Fix 1 error.</strong>' in html
    assert '<li class="do"><code class="command">kg check</code></li>' in html
    assert "**Give 2 links a type.**" in todo
    assert "→ [Raft](../concepts/raft.en.html) `x.md:1`" in todo
    # The isolated concept is named with its place once, not again for each thing that it lacks.
    assert todo.count("`pipe.md:3`") == 2
    assert "**1 concept lacks a broader concept.**" in todo


def test_hierarchy_says_what_the_assessment_says(made: dict[str, str]) -> None:
    text = made["reports/hierarchy.en.md"]
    assert "1 root, 2 levels at most, mean depth 0.50, largest fan-out 1" in text
    assert "1 cycle, 1 redundant broader link, 4 concepts outside" in text
    assert "- [法定人数](../concepts/quorum.en.html)\n  - [Raft](../concepts/raft.en.html)" in text
    cycle = text[text.index("Cycles") :]
    assert "[X](../concepts/x.en.html) → [Y](../concepts/y.en.html) `x.md:1`" in cycle
    assert "| 2 | 1 |" not in text


def test_proposals_with_reasons(toy: ModuleType) -> None:
    base = toy.assessment()
    view = View(base, "en", "views.reports")
    from kg.views.page import paths
    from kg.views.reports.document import ReportWriter

    rows = proposals(view, Net(base), ReportWriter(view, paths.HIERARCHY))
    what = [row[0] for row in rows]
    assert what[0].startswith("Break the cycle: drop ")
    assert what[1] == "Drop [Raft](../concepts/raft.en.html) → [法定人数](../concepts/quorum.en.html)"
    assert rows[1].command == "kg why raft quorum"
    evil = next(row for row in rows if "concepts/evil" in row.text)
    assert "under [法定人数]" in evil.text
    assert evil.command.startswith("kg suggest ")
    assert evil.command.startswith("kg suggest --lane hierarchy ")
    assert evil.below[0].startswith("2 of its 2 neighbours are ")
    assert any(row[0].startswith("Declare [法定人数]") for row in rows)
    assert any(row[0].startswith("State narrower concepts of the top concept") for row in rows)
    unset = next(row for row in rows if row.text.startswith("Declare the layer or area of 1 concept"))
    assert unset.command.startswith("kg ls --format path --select-concepts ")
    assert [row.text for row in rows if not row.command.startswith("kg ")] == []


def test_wide_fan_out_gets_a_proposal(toy: ModuleType) -> None:
    base = toy.assessment()
    many = tuple(f"x:{n}" for n in range(30))
    wide = replace(base.hierarchy, children={toy.iri("quorum"): many}, cycles=(), redundant=(), orphans=(), tops=())
    text = toy.pages(reports.render_reports(replace(base, hierarchy=wide)))["reports/hierarchy.en.md"]
    assert "] Add a level between " in text
    assert "   - it has 30 children, more than 20\n" in text


def test_unknown_and_empty_are_said_in_sentences(toy: ModuleType) -> None:
    made = toy.pages(reports.render_reports(toy.empty()))
    for path, text in made.items():
        said = {"coverage": ("no scope list", "没有范围清单"), "quality": ("is unknown", "未知")}
        name = path.removeprefix("reports/").partition(".")[0]
        assert any(s in text for s in said.get(name, ("no concepts yet", "还没有概念"))), path
        assert name == "quality" or "|" not in text or path.endswith(".html")
        assert name == "quality" or "<table" not in text


def test_concepts_without_any_relation(toy: ModuleType) -> None:
    base = toy.empty()
    corpus = replace(toy.assessment().corpus, links=(), assertions=())
    lone = replace(base, corpus=corpus, measures=(Measure("concept_association", 0, 0, 0.9, note="nothing"),))
    made = toy.pages(reports.render_reports(lone))
    text = made["reports/association.en.md"]
    assert "so none is more central" in text
    assert "There are no typed relations yet" in text
    assert "Result: **unknown**" in text
    assert "No candidates" in text
    assert "There are no distinct communities" in text
    assert "There is no tree yet" in made["reports/hierarchy.en.md"]
    assert "**Shape**: unknown" in made["reports/hierarchy.en.md"]
    for text in made.values():
        assert not re.search(r"^\|[-: |]+\|\n(?!\|)", text, re.MULTILINE), "a table without rows"
        assert "<tbody>\n</tbody>" not in text


def test_measure_that_was_not_computed(toy: ModuleType) -> None:
    made = toy.pages(reports.render_reports(replace(toy.assessment(), measures=())))
    assert "This build did not compute the measure: unknown." in made["reports/association.en.md"]


def test_long_lists_are_cut_and_say_so(toy: ModuleType) -> None:
    base = toy.assessment()
    offenders = tuple(f"x:{n}" for n in range(1000))
    measure = Measure("concept_association", 0, 1000, 0.9, offenders, dict.fromkeys(offenders, ("broader-concept",)))
    made = toy.pages(reports.render_reports(replace(base, measures=(measure,))))
    assert "960 more are not listed here." in made["reports/association.en.md"]


def test_deep_tree_is_cut(toy: ModuleType) -> None:
    base = toy.assessment()
    chain = [f"x:{n}" for n in range(3000)]
    deep = replace(
        base.hierarchy,
        parents={b: (a,) for a, b in pairwise(chain)},
        children={a: (b,) for a, b in pairwise(chain)},
        roots=(chain[0],),
        depth={iri: n for n, iri in enumerate(chain)},
        orphans=(),
        cycles=(),
    )
    made = toy.pages(reports.render_reports(replace(base, hierarchy=deep)))
    assert "(1 below)" in made["reports/hierarchy.en.md"]
    assert "3000 levels" in made["reports/hierarchy.en.md"].replace(",", "")


def test_figures_only_in_html(made: dict[str, str]) -> None:
    assert made["reports/association.html"].count("<figure") >= 2
    assert made["reports/hierarchy.html"].count("<figure") >= 3
    assert all("<figure" not in text for path, text in made.items() if path.endswith(".md"))


def test_svg_is_well_formed(made: dict[str, str]) -> None:
    import xml.etree.ElementTree as ET

    for path, text in made.items():
        for svg in re.findall(r"<svg.*?</svg>", text, re.DOTALL):
            ET.fromstring(svg)  # noqa: S314  # our own figures
        assert "NaN" not in text, path


def test_links_that_a_relation_already_explains_need_no_type(toy: ModuleType) -> None:
    base = toy.assessment()
    network = base.network.copy()
    network.add_edge(toy.iri("quorum"), toy.iri("raft"), key="x#linksTo", asserted=True, typed=False, path="quorum.md", line=9)
    net = Net(replace(base, network=network))
    assert ("quorum.md", 9, toy.iri("quorum"), toy.iri("raft")) in net.untyped
    assert len(net.waiting) == len(net.untyped) - 1 == 2


def test_a_pair_in_one_line_of_the_hierarchy_is_no_missing_tie(toy: ModuleType) -> None:
    base = toy.assessment()
    tree = replace(base.hierarchy, parents={"a": ("b",), "b": ("c",)})
    pairs = (PairMeasures("a", "c", 3.0, ("b",)), PairMeasures("c", "x", 2.0, ("b",)))
    net = Net(replace(base, hierarchy=tree, pairs=pairs))
    assert net.pairs() == ([pairs[1]], 1)
    text = toy.pages(reports.render_reports(replace(base, hierarchy=tree, pairs=pairs)))["reports/association.en.md"]
    assert "1 pair is left out" in text


def test_a_hierarchy_that_is_not_there_has_no_empty_sections(toy: ModuleType) -> None:
    base = toy.assessment()
    flat = replace(
        base.hierarchy, parents={}, children={}, roots=(), orphans=tuple(base.corpus.concepts), depth={}, cycles=(),
        redundant=(), polyhierarchy=(), tops=(),
    )  # fmt: skip
    text = toy.pages(reports.render_reports(replace(base, hierarchy=flat)))["reports/hierarchy.en.md"]
    assert re.findall(r"^## \d+\. (.+)$", text, re.MULTILINE) == [
        "Summary", "Proposals", "Layers and areas", "The tree", "Outside the hierarchy",
    ]  # fmt: skip
    # What is the same for all of them is one proposal.
    assert text.count("State a broader concept of 8 concepts") == 1


def test_claims_are_shown_beside_measures(toy: ModuleType) -> None:
    text = toy.pages(reports.render_reports(replace(toy.assessment(), claimed={"concept_association": 0.85})))[
        "reports/association.en.md"
    ]
    assert "target ≥ 90.0%: Not met; the team claims 85.0%." in text
    assert "The team claims 85.0%" in text.split("The measure")[1]


def test_reasons_name_each_concept_and_term_once(toy: ModuleType) -> None:
    raft, quorum, pipe = toy.iri("raft"), toy.iri("quorum"), toy.iri("pipe")
    both = (
        Reason("walk", 0.5, concepts=(raft, quorum)),
        Reason("co-link", 0.4, concepts=(quorum, raft)),
        Reason("terms", 0.3, terms=("log",)),
    )
    other = (Reason("terms", 0.5, terms=("log", "term")), Reason("latent", 0.4, terms=("term", "log", "leader")))
    rows = tuple(
        Suggestion(f"s{n}", source, toy.iri("x"), "latent", 0.9 - n / 10, why, "raft.md", "x.md")
        for n, (source, why) in enumerate(((pipe, both), (quorum, other)))
    )
    pages = toy.pages(reports.render_reports(replace(toy.assessment(), suggestions=rows)))
    cells = {
        lang: [line.split("|")[-2].strip() for line in pages[path].splitlines() if lane in line]
        for lang, path, lane in (
            ("en", "reports/association.en.md", "related, not mentioned"),
            ("zh", "reports/association.md", "未提及而相近"),
        )
    }
    assert [cell.count("concepts/raft.") for cell in cells["en"]] == [1, 0]
    assert [cell.count("via ") for cell in cells["en"]] == [1, 0]
    assert [cell.count("经由") for cell in cells["zh"]] == [1, 0]
    assert cells["en"][0].endswith("; shared terms: log")
    assert cells["en"][1] == "shared terms: log, term, leader"


def test_suggestions_come_first_with_their_evidence(toy: ModuleType) -> None:
    base = toy.assessment()
    why = (
        Reason("mention", 0.5, "raft.md", 7, 3, "x"),
        Reason("walk", 0.3, concepts=(toy.iri("quorum"),)),
        Reason("terms", 0.1, terms=("a|b", "c")),
    )
    row = Suggestion("028ff9a160", toy.iri("raft"), toy.iri("x"), "mention", 0.9, why, "raft.md", "x.md")
    text = toy.pages(reports.render_reports(replace(base, suggestions=(row,), suggestion_caps=("at most 5",))))[
        "reports/association.en.md"
    ]
    part = text[text.index("Missing associations") :]
    line = next(line for line in part.splitlines() if "mentioned, not linked" in line)
    assert "`raft.md:7`; via [" in line
    assert "shared terms: a\\|b, c" in line
    assert part.index("at most 5") < part.index("By structure only")
    todo = text[text.index("What to do next") : text.index("Core concepts")]
    assert "[Raft](../concepts/raft.en.html) `raft.md:" in todo


def test_reviews_are_reported_with_what_was_found_wrong(toy: ModuleType) -> None:
    claims = (
        ClaimState(
            "c1", toy.iri("raft"), "raft.md", 3, "definition", "Raft | is wrong", {"Ann": "wrong", "Bo": "wrong"}, False
        ),
        ClaimState("c2", toy.iri("quorum"), "quorum.md", 1, "definition", "right", {"Ann": "correct", "Bo": "correct"}, False),
        ClaimState("c3", toy.iri("quorum"), "quorum.md", 2, "statement", "old", {}, True),
    )
    new = Innovation("i1", "method", "New <b>", "Ann", "2026-03-01T10:00:00Z", "DBLP", {"Bo": "accepted"}, False)
    reviews = Reviews(
        4, claims, 1, 0.75, (("raft", 5, 4),), (new, new._replace(id="i2", title="Old", accepted=True)), frozenset()
    )
    base = replace(toy.assessment(), reviews=reviews)
    assessed = replace(base, prose={}, claimed={"accuracy": 0.9, "nothing": 0.5})
    text = toy.pages(reports.render_reports(assessed))["reports/quality.en.md"]
    assert "`raft.md:3`" in text
    assert "Raft \\| is wrong" in text
    assert "Ann: wrong" in text
    assert "`quorum.md:1`" not in text
    assert "0.750" in text
    assert "4 / 5" in text
    assert "New \\<b\\>" in text or "New &lt;b&gt;" in text
    fine = replace(reviews, claims=claims[1:], agreement=None, innovations=())
    text = toy.pages(reports.render_reports(replace(base, reviews=fine)))["reports/quality.en.md"]
    assert "is wrong" not in text


def test_topics_that_are_not_met_are_to_do(toy: ModuleType) -> None:
    def topic(label: str, *lacks: str, concepts: tuple[str, ...] = (), near: float = 0.0) -> TopicState:
        return TopicState(label, label, "", concepts, lacks, (NearConcept(toy.iri("quorum"), "Quorum", near),) if near else ())

    topics = (
        topic("Elections", "sources", concepts=(toy.iri("raft"),)),
        topic("Votes", "no-concept", near=0.87),
        topic("Nothing", "no-concept"),
        topic("Met", concepts=(toy.iri("raft"),)),
    )
    lists = (
        TopicList("x/one", "one", {"en": "One"}, "theory", "", "no address", True, topics),
        TopicList("x/two", "two", {"en": "Two"}, "theory", "2", "https://x.org/two", True, topics[3:]),
    )
    base = toy.assessment()
    text = toy.pages(reports.render_reports(replace(base, lists=lists)))["reports/coverage.en.md"]
    assert "[Two](https://x.org/two)" in text
    assert "(no address)" not in text
    todo = [line for line in text.splitlines() if line.startswith("- [ ] ")]
    assert [line.split(" — ")[0] for line in todo] == ["- [ ] Elections", "- [ ] Votes", "- [ ] Nothing"]
    assert "0.87" in todo[1]
    assert (
        "- [ ] Votes — is it [法定人数](../concepts/quorum.en.html) 0.87?\n  - `kg scope map --accept one/Votes=quorum`\n"
        in text
    )
    assert "- [ ] Nothing\n  - `kg find Nothing`\n" in text
    met = toy.pages(reports.render_reports(replace(base, lists=lists[1:])))["reports/coverage.en.md"]
    assert "- [ ] " not in met


def test_a_hierarchy_of_circles_and_one_of_many_roots(toy: ModuleType) -> None:
    base = toy.assessment()
    pair = {toy.iri("x"): (toy.iri("y"),), toy.iri("y"): (toy.iri("x"),)}
    none = replace(base.hierarchy, roots=(), depth={}, polyhierarchy=(), redundant=(), tops=())
    concepts = tuple(base.corpus.concepts)
    many = replace(base.hierarchy, roots=concepts * 12, children={}, cycles=())

    def text(hierarchy: Hierarchy) -> str:
        return str(toy.pages(reports.render_reports(replace(base, hierarchy=hierarchy)))["reports/hierarchy.en.md"])

    circles = text(replace(none, parents=pair, children=pair))
    assert "There are no roots." in circles
    assert "no concept is in a tree" in circles
    roots = text(many)
    assert "No concept has narrower concepts; fan-out is unknown." in roots
    assert "more are not listed here." in roots


def test_what_is_known_only_now_and_then() -> None:
    line = sparkline([0.1, None, 0.5, 0.6], "x")
    assert line.count(" L") == 1
    assert line.count("<circle") == 2
    assert sparkline([None, 0.5], "x") == figure([TrendLine("a", (None, None), "", 1.0)], "x") == ""
    assert md.table(["a", "b"], [["x", "y"], ["long text", "z"]], "cr").splitlines()[2].startswith("|     x     |")
