"""Fragments of links: what they mean, and what they don't."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kg.corpus.anchors import heading_slugs
from kg.model import Broken, Corpus, Resolution, Resolved
from kg.notes import parse_note

Collection = Callable[..., Corpus]


def meant(collection: Collection, fragment: str, text: str) -> Resolution:
    """What a Markdown link with this fragment means in a note of this text."""
    return collection({"a.md": f"[x](<b.md#{fragment}>)", "b.md": text}).links[0].resolution


@pytest.mark.parametrize("fragment", ["top", "Top", "TOP"])
def test_top_is_the_beginning_of_the_page(collection: Collection, fragment: str) -> None:
    """https://html.spec.whatwg.org/multipage/browsing-the-web.html#the-indicated-part-of-the-document"""
    assert meant(collection, fragment, "# Other\n") == Resolved("b.md", None)
    assert meant(collection, "top", "# One\n## Top\n") == Resolved("b.md", "Top"), "a heading comes first"


def test_an_id_in_other_case(collection: Collection) -> None:
    assert meant(collection, "My-Own", "# Heading {#my-own}\n") == Resolved("b.md", "Heading")


def test_an_id_of_the_author_comes_before_one_made_from_a_heading(collection: Collection) -> None:
    assert meant(collection, "own", "# Own\n\n# Other {#own}\n") == Resolved("b.md", "Other")
    assert meant(collection, "own-1", "# Own\n\n# Other {#own}\n") == Resolved("b.md", "Own")


@pytest.mark.parametrize(
    ("fragment", "heading"),
    [
        ("容器", "容器 / Container"),
        ("container", "容器 / Container"),
        ("容器", "1.2 容器 / Container"),
        ("Container", "容器（Container）"),
        ("one", "one | two"),
        ("two", "one | two"),
    ],
)
def test_half_of_a_heading_in_two_languages_is_inexact(collection: Collection, fragment: str, heading: str) -> None:
    assert meant(collection, fragment, f"# X\n## {heading}\n") == Resolved("b.md", heading, inexact=True)


def test_a_heading_of_one_part_has_no_halves(collection: Collection) -> None:
    # "（" parts the text, but there is nothing behind it.
    assert meant(collection, "容器", "# 容器（\n## Y\n").__class__ is Resolved, "punctuation that a link can't have is left out"
    assert meant(collection, "Part", "# 3 Part\n") == Broken("no-such-anchor", ("3-part",), "b.md")


def test_the_first_of_two_headings_with_an_equal_half_is_meant(collection: Collection) -> None:
    assert meant(collection, "x", "# a / x\n# b / x\n") == Resolved("b.md", "a / x", inexact=True)


def test_near_misses_are_the_two_that_are_most_alike(collection: Collection) -> None:
    text = "# abcdefgh\n# abcdefgx\n# abcdefxx\n# other\n"
    assert meant(collection, "ABCDEFGY", text) == Broken("no-such-anchor", ("abcdefgx", "abcdefgh"), "b.md")
    assert meant(collection, "nothing-like-it", text) == Broken("no-such-anchor", (), "b.md")


@pytest.mark.parametrize(
    ("fragment", "found"),
    [
        ("A#B", "B"),
        ("A#B#C", "C"),
        ("B#A", None),  # A stands above B
        ("A#D", None),  # of the same level: not below
        ("D#A", None),
        ("A#Nothing", None),
        ("D#B", "B"),  # the second B
        ("A?", "A"),  # characters that a wikilink can't have
    ],
)
def test_chains_of_headings(collection: Collection, fragment: str, found: str | None) -> None:
    """Obsidian: each heading of a chain stands below the one before."""
    resolved = collection({"a.md": f"[[b#{fragment}]]", "b.md": "# A\n## B\n### C\n# D\n## B\n"}).links[0].resolution
    assert (resolved.anchor if isinstance(resolved, Resolved) else None) == found


@pytest.mark.parametrize("fragment", ["?", "##", "%20"])
def test_a_fragment_of_nothing_but_punctuation_names_no_heading(collection: Collection, fragment: str) -> None:
    found = meant(collection, fragment, "#\n\n# !!!\n")
    assert isinstance(found, Broken), found


@pytest.mark.parametrize(
    ("text", "separator", "ids"),
    [
        ("# A - B\n# A & B\n# a b\n", "-", {"a-b": "A - B", "a-b_1": "A & B", "a-b_2": "a b"}),
        ("# A B\n# a_b\n", "_", {"a_b": "A B", "a_b_1": "a_b"}),
        ("# Über *uns*\n", "-", {"uber-uns": "Über uns"}),
        ("# 容器\n# 网格\n", "-", {"_1": "容器", "_2": "网格"}),
        # The number at the end of an id is counted up.
        ("# Step 1\n# Step 1\n", "_", {"step_1": "Step 1", "step_2": "Step 1"}),
        # What authors set is kept.
        ("# X {#own}\n# Own\n", "-", {"own": "X", "own_1": "Own"}),
        ("# Own\n# X {#own}\n", "-", {"own_1": "Own", "own": "X"}),
    ],
)
def test_ids_of_python_markdown(text: str, separator: str, ids: dict[str, str]) -> None:
    """Its extension `toc`: NFKD, ASCII only, lower case; repeats and empty ids get ``_1``, ``_2`` at the end."""
    assert heading_slugs(parse_note("a.md", text.encode()), separator) == ids
