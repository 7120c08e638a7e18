"""Notes that describe no concept have pages too, so that links to them lead somewhere."""

from __future__ import annotations

import re
from dataclasses import replace
from types import ModuleType

import pytest

from kg.model import Resolved, ResolvedLink
from kg.views import site
from kg.views.page import View, paths


@pytest.fixture(scope="module")
def made(toy: ModuleType) -> dict[str, str]:
    """The toy with two of its notes taken for indexes."""
    base = toy.assessment()
    plain = {"x.md", "evil.md"}
    links = tuple(
        ResolvedLink(source, link, Resolved("x.md", None)) if link.target == "nowhere" else ResolvedLink(source, link, found)
        for source, link, found in base.corpus.links
    )
    corpus = replace(
        base.corpus,
        concepts={iri: c for iri, c in base.corpus.concepts.items() if c.path not in plain},
        concept_of={path: iri for path, iri in base.corpus.concept_of.items() if path not in plain},
        links=links,
    )
    pages: dict[str, str] = toy.pages(site.render_site(replace(base, corpus=corpus), toy.text_of))
    return pages


def test_each_has_a_page_in_each_language(made: dict[str, str]) -> None:
    assert {"notes/x.html", "notes/x.en.html", "notes/evil.html", "notes/evil.en.html"} <= set(made)
    assert "concepts/x.html" not in made


def test_links_lead_there(made: dict[str, str]) -> None:
    assert '<a href="../notes/x.en.html">nowhere</a>' in made["concepts/raft.en.html"]


def test_the_dashboard_lists_them(made: dict[str, str]) -> None:
    html = made["index.en.html"]
    part = html[html.index('id="kg-other-notes"') :]
    assert 'href="notes/x.en.html"' in part
    assert 'href="notes/evil.en.html"' in part


def test_hostile_notes_stay_harmless(made: dict[str, str]) -> None:
    html = made["notes/evil.html"]
    assert re.findall(r"<script[^>]*>", html) == [
        '<script src="../assets/page.js">',
        '<script src="../assets/previews.js" defer>',
        '<script src="../assets/reading.js" defer>',
    ]
    assert "<iframe" not in html
    assert 'href="javascript' not in html
    assert "<code>evil.md</code>" in html


def test_title_is_what_the_note_calls_itself(toy: ModuleType) -> None:
    base = toy.assessment()
    view = View(base, "en", "views.site")
    note = base.corpus.notes["raft.md"]
    assert view.note_title("raft.md") == note.headings[0].text
    notes = {
        "a.md": replace(note, path="a.md", metadata={"title": " A guide "}),
        "b.md": replace(note, path="b.md", metadata={}, headings=()),
        "docs/more-to-try/_index.md": replace(note, path="docs/more-to-try/_index.md", metadata={}, headings=()),
    }
    view = View(replace(base, corpus=replace(base.corpus, notes=notes)), "en", "views.site")
    assert (view.note_title("a.md"), view.note_title("b.md")) == ("A guide", "b.md")
    assert view.note_title("docs/more-to-try/_index.md") == "More to try"
    assert view.page_of_note("b.md") == paths.note_path("b.md", "en", ("zh", "en"))
    assert view.page_of_note("none.md") is None
