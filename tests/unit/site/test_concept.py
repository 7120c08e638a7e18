"""The page of a concept: its text with links led to pages, its relations with their places, where it stands."""

from __future__ import annotations

import builtins
import re
from dataclasses import replace
from types import ModuleType
from typing import Any

import networkx as nx
import pytest

from kg.views import site
from kg.views.page import View
from kg.views.site.facts import AssessmentIndex
from kg.views.site.formula import formula


@pytest.fixture(scope="module")
def made(toy: ModuleType) -> dict[str, str]:
    pages: dict[str, str] = toy.pages(site.render_site(toy.assessment(), toy.text_of))
    return pages


@pytest.fixture(scope="module")
def raft(made: dict[str, str]) -> str:
    return made["concepts/raft.en.html"]


def test_title_once_and_definition_as_lead(raft: str) -> None:
    kinds = '<p class="others"><span lang="zh">Raft 算法</span><span class="kinds">'
    assert '<h1 data-pagefind-meta="title">Raft</h1>\n' + kinds in raft
    assert raft.count(">Raft</h") == 1
    assert raft.count("A consensus algorithm for a replicated log.") == 4  # the lead, two descriptions in the head, JSON-LD
    assert '<details class="lead-other"><summary>中文</summary><p lang="zh">一种共识算法。</p></details>' in raft


def test_links_lead_to_pages_by_their_position(raft: str) -> None:
    assert '<a href="quorum.en.html">a quorum</a>' in raft
    assert '<a href="quorum.en.html">text <strong>bold</strong></a>' in raft
    assert '<a href="quorum.en.html">q</a>' in raft
    assert '<a href="quorum.en.html">raw</a>' in raft
    assert '<a href="#n-safety-first">below</a>' in raft
    assert '<h2 id="n-safety-first">Safety first</h2>' in raft
    assert '<a href="https://raft.github.io/raft.pdf" class="external">paper</a>' in raft


def test_links_that_lead_nowhere_say_so(raft: str) -> None:
    assert '<span class="broken" title="Broken link: nowhere">nowhere</span>' in raft
    assert '<span class="broken" title="Ambiguous link: two">two</span>' in raft


def test_pictures_are_not_loaded(raft: str) -> None:
    assert '<span class="attachment image" title="pic.png">local</span>' in raft
    assert '<a href="https://evil.example/x.png" class="external image">remote</a>' in raft


def test_positions_hold_behind_a_byte_order_mark(made: dict[str, str]) -> None:
    page = next(text for path, text in made.items() if "隔离" in path and not path.endswith(".en.html"))
    assert '见 <a href="raft.html#n-safety-first">' in page


def test_formulas(raft: str) -> None:
    assert "<math><mrow><mi>a</mi><mo>&lt;</mo><mi>b</mi>" in raft
    assert 'display="block"' in raft
    assert '<code class="math">\\frac</code>' in raft


def test_formulas_without_the_converter(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def refuse(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.startswith("latex2mathml"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", refuse)
    formula.cache_clear()
    assert formula("a<b", display=False) == '<code class="math">a&lt;b</code>'
    formula.cache_clear()


@pytest.mark.parametrize(
    "tex",
    [r"\text{<script>alert(1)</script>}", r"\href{javascript:alert(1)}{x}", "{" * 3000, "\\" * 50, "x" * 9000, "\x00", ""],
)
def test_hostile_formulas_stay_source_or_harmless(tex: str) -> None:
    made = formula(tex, display=True)
    assert "<script" not in made
    assert "javascript" not in made or made.startswith("<code")


def test_diagrams_and_code_are_shown_as_source(raft: str) -> None:
    assert '<pre class="mermaid-source" tabindex="0">graph TD; A--&gt;B&lt;script&gt;\n</pre>' in raft
    code = '<span class="hl">print</span>(<span class="hs">"&lt;b&gt;"</span>)'
    assert f'<pre class="code"><code data-language="python">{code}\n</code></pre>' in raft
    assert '<td class="a-right">2</td>' in raft


def test_chinese_lines_join_without_a_space(raft: str) -> None:
    assert "中文换行不留空格。" in raft


def test_relations_in_both_directions_with_their_places(raft: str) -> None:
    part = raft[raft.index('id="kg-relations"') :]
    labels = re.findall(r'<dt[^>]*>([^<]+?) <span class="n">', part)
    assert labels == ["broader", "lonely (incoming)", "uses"]
    broader = part[part.index(">broader ") : part.index("lonely")]
    assert "<code>raft.md:7</code>" in broader
    assert "<code>raft.md:31</code>" in broader
    lonely = part[part.index("lonely") : part.index(">uses ")]
    assert ">inverse</span>" in lonely
    assert "<code>quorum.md:3</code>" in lonely


def test_incoming_relations_stand_under_the_inverse_label(made: dict[str, str]) -> None:
    part = made["concepts/quorum.en.html"]
    part = part[part.index('id="kg-relations"') : part.index('id="kg-backlinks"')]
    labels = re.findall(r'<dt[^>]*>([^<]+?) <span class="n">', part)
    assert labels == ["narrower", "lonely", "related"]
    # The derived statement is not shown: one line, from the one statement there is.
    assert part.count('<a href="raft.en.html">Raft</a>') == 2


def test_backlinks_are_the_untyped_ones(raft: str) -> None:
    part = raft[raft.index('id="kg-backlinks"') :]
    assert "<code>x.md:1</code>" in part
    assert "<code>y.md:2</code>" in part


def test_breadcrumbs(made: dict[str, str]) -> None:
    crumbs = re.findall(r"<ol>.*?</ol>", made["concepts/raft.en.html"])
    assert len(crumbs) == 1
    assert re.findall(r">([^<>]+)</(?:a|li)>", crumbs[0]) == ["Dashboard", "法定人数", "Raft"]


def test_breadcrumbs_end_in_a_cycle_and_stay_few(toy: ModuleType) -> None:
    base = toy.assessment()
    assert AssessmentIndex(base, toy.text_of).chains(toy.iri("x")) == [[toy.iri("y")]]
    # Each of 40 levels has two parents, so there are 2^40 chains.
    parents = {f"{side}{n}": (f"a{n + 1}", f"b{n + 1}") for n in range(40) for side in "ab"}
    deep = replace(base, hierarchy=replace(base.hierarchy, parents=parents))
    chains = AssessmentIndex(deep, toy.text_of).chains("a0")
    assert len(chains) == 3
    dense = {str(n): tuple(str(m) for m in range(60) if m != n) for n in range(60)}
    assert len(AssessmentIndex(replace(base, hierarchy=replace(base.hierarchy, parents=dense)), toy.text_of).chains("0")) == 3


def test_sources_are_links_only_where_that_is_safe(raft: str) -> None:
    assert "<li>javascript:alert(8)</li>" in raft
    assert '<a href="https://raft.github.io/" rel="noopener noreferrer">https://raft.github.io/</a>.' in raft
    assert 'href="https://doi.org/10.1145/1"' in raft
    assert "&lt;b&gt;x&lt;/b&gt;" in raft


def test_findings_of_the_note(raft: str) -> None:
    part = raft[raft.index('id="kg-own-findings"') :]
    assert "no note &lt;script&gt;" in part
    assert "raft.md:8:3" in part


def test_hostile_concept(made: dict[str, str]) -> None:
    html = made["concepts/evil.en.html"]
    assert '<h1 data-pagefind-meta="title">&lt;script&gt;alert(1)&lt;/script&gt;</h1>' in html
    scripts = re.findall(r'<script src="\.\./assets/([^"]+)"', html)
    assert scripts == ["page.js", "previews.js", "standing-index.en.js", "standing.js", "reading.js"]
    assert html.count('<script type="application/ld+json">{"@context"') == 1
    assert html.count("<script") == len(scripts) + 1
    assert "<iframe" not in html
    assert "alert(6)" not in html
    assert 'href="javascript' not in html


def test_label_in_another_language_is_marked(made: dict[str, str]) -> None:
    assert '<h1 data-pagefind-meta="title" lang="zh">法定人数</h1>' in made["concepts/quorum.en.html"]
    assert '<h1 data-pagefind-meta="title">法定人数</h1>' in made["concepts/quorum.html"]


def test_node_from_elsewhere_is_named_without_a_link(toy: ModuleType) -> None:
    base = toy.assessment()
    network: nx.MultiDiGraph[str] = base.network.copy()
    network.add_edge(toy.iri("raft"), "https://other.org/v#Thing", key=next(iter(toy.RELATIONS)), asserted=True, typed=True)
    made = toy.pages(site.render_site(replace(base, network=network), toy.text_of))
    assert '<span class="outside">Thing</span>' in made["concepts/raft.html"]


def test_view_of_a_concept_without_label(toy: ModuleType) -> None:
    base = toy.assessment()
    first = next(iter(base.corpus.concepts.values()))
    bare = replace(first, labels={"en": "  "})
    corpus = replace(base.corpus, concepts={bare.iri: bare})
    assert View(replace(base, corpus=corpus), "en", "views.site").label(bare.iri) == "raft"


def test_translations_of_one_concept(toy: ModuleType) -> None:
    base = toy.assessment()
    raft = base.corpus.concepts[toy.iri("raft")]
    both = replace(raft, paths=("raft.md", "quorum.md"))
    corpus = replace(base.corpus, concepts={**base.corpus.concepts, raft.iri: both})
    made = toy.pages(site.render_site(replace(base, corpus=corpus), toy.text_of))
    assert re.search(r'<h3 id="n-majority">', made["concepts/raft.html"])
    assert "Safety first" not in re.sub(r"<code>[^<]*</code>", "", made["concepts/raft.html"]).split('id="kg-relations"')[0]
    assert '<h2 id="n-safety-first">' in made["concepts/raft.en.html"]
    one = toy.pages(site.render_site(replace(base, corpus=corpus, languages=("en",)), toy.text_of))["concepts/raft.html"]
    assert '<h3 id="n2-majority">Majority</h3>' in one
    assert "Another note: quorum.md" in one


def test_backlinks_are_not_called_inverse(raft: str) -> None:
    part = raft[raft.index('id="kg-backlinks"') :].split("</section>", maxsplit=1)[0]
    assert '<li><a href="x.en.html">X</a> <code>x.md:1</code></li>' in part
    assert "inverse" not in part


def test_backlinks_have_their_sentence(raft: str) -> None:
    part = raft[raft.index('id="kg-backlinks"') :].split("</section>", maxsplit=1)[0]
    # The note begins with a byte order mark and ends its lines with CR LF.
    assert "<q>见 raft &gt; Safety first。</q> <code>容器/隔离 a.md:5</code>" in part
    # A note that describes no concept counts too.
    assert '<a href="../notes/index.en.html">Contents</a><q>raft</q> <code>index.md:3</code>' in part
