"""Nesting of a note's HTML is bounded before it is sanitised, and what is within bounds stays as it was."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from types import ModuleType

import nh3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.base.names import fold
from kg.notes import parse_note
from kg.views.page import View
from kg.views.site.nesting import LIMIT, shallow
from kg.views.site.prose import NoteSource, ShownAlready, prose
from kg.views.site.words import SITE

VOID = {"br", "hr", "img", "wbr"}


class Depth(HTMLParser):
    """Greatest depth of well-nested HTML; a wrong end is an error."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.deepest = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in VOID:
            self.open.append(tag)
            self.deepest = max(self.deepest, len(self.open))

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        self.handle_starttag(tag, attrs)  # as browsers take it, outside of formulas

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def depth(html: str) -> int:
    parser = Depth()
    parser.feed(html)
    assert parser.open == []
    return parser.deepest


@pytest.mark.parametrize(
    "markdown",
    [
        "> " * 20_000 + "deep",
        "<div>" * 5000 + "deep",
        "- " * 4000 + "deep",
        "<b><div></b>" * 3000 + "deep",
        "".join(f"<div><b id=x{n}></div>" for n in range(3000)) + "deep",
        "<div><!-- </div> -->" * 3000 + "deep",
        '<i x="></i>' * 3000 + "deep",
        "<div <>" * 3000 + "deep",
        "<mspace/>" * 3000 + "deep",
    ],
)
def test_no_note_nests_deeper_than_the_limit(toy: ModuleType, markdown: str) -> None:
    data = f"# X\n\n{markdown}\n".encode()
    note = parse_note("x.md", data)
    assessment = toy.assessment()
    corpus = replace(assessment.corpus, notes={**assessment.corpus.notes, "x.md": note})
    view = View(replace(assessment, corpus=corpus), "en", SITE)
    made = prose(view, "concepts/x.html", NoteSource(note, data.decode(), ()), ShownAlready(frozenset((fold("X"),))))
    # Elements that a parser adds, such as those between a table and its cells, come on top.
    assert depth(re.sub(r"<(br|hr|img|wbr)>", "", str(made.html))) <= LIMIT + 5
    assert "deep" in made.html


TAGS = st.sampled_from(
    "<b> </b> <p> </p> <div> </div> <table> <tr> <td> </td> <br> <!-- --> <li> a < > \" ' <i/> <!x> x".split()
)


@given(st.lists(TAGS, max_size=60).map("".join))
def test_any_markup_becomes_well_nested(html: str) -> None:
    made = shallow(html, 5)
    assert depth(made) <= 5
    assert shallow(made, 5) == made


@given(st.recursive(st.sampled_from(["x", "y&amp;", "<br>"]), lambda inner: st.lists(inner, max_size=3).map(
    lambda parts: f"<ul><li>{''.join(parts)}</li></ul>"), max_leaves=12))  # fmt: skip
def test_well_nested_html_stays_as_it_is(html: str) -> None:
    assert shallow(html) == html
    assert nh3.clean(shallow(html)) == nh3.clean(html)


@pytest.mark.parametrize("html", ["<mi//>x", "<mi///>", "<math><mi //><mo/>", "<mi/><mi/>"])
def test_what_is_shallow_stays_as_it_is(html: str) -> None:
    """Found by fuzzing: of two slashes one was left, which the next reading took for an end once more."""
    once = shallow(html, 8)
    assert shallow(once, 8) == once
    assert "/>" not in once
