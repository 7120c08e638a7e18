"""Names: page names are safe and distinct, folding and anchors behave on awkward text."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kg.base.names import fold, github_anchor, iri_path, nfc, page_name, split_bilingual, unique_anchors

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@example("\uf900")  # a compatibility ideograph: a disk that normalises names would give another one back
@given(TEXT)
def test_page_names_are_safe_on_every_disk(text: str) -> None:
    name = page_name(text)
    assert name
    assert not set(name) & set('/\\:*?"<>| \t\n\0')
    assert name.strip(".-") == name or name == text
    assert name not in (".", "..")
    assert unicodedata.normalize("NFC", name) == name or name.isascii()


@given(st.lists(TEXT, min_size=2, max_size=8, unique=True))
def test_page_names_tell_ids_apart(texts: list[str]) -> None:
    """Also on disks that ignore case."""
    assert len({page_name(t).lower() for t in texts}) == len(texts)


@pytest.mark.parametrize(("a", "b"), [("a b", "a-b"), ("A", "a"), ("..", "."), ("a/b", "a-b"), ("é", "e\u0301"), ("", "x")])
def test_page_names_of_likely_twins(a: str, b: str) -> None:
    assert page_name(a).lower() != page_name(b).lower()


def test_page_names_fit_a_file_name() -> None:
    assert len((page_name("\U00020000" * 100) + ".html").encode()) <= 255


def test_page_names_of_long_chinese_ids_fit() -> None:
    assert len((page_name("长" * 100) + ".html").encode()) <= 255


@given(TEXT)
def test_fold_is_a_normal_form(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert fold(text.upper().lower()) == fold(text.upper().lower().upper().lower())
    assert fold(f"  {text}\t") == fold(text)
    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text))


@given(TEXT)
def test_nfc_agrees_with_unicodedata(text: str) -> None:
    assert nfc(text) == unicodedata.normalize("NFC", text)


@given(TEXT)
def test_iri_paths_hold_no_delimiter(text: str) -> None:
    assert not set(iri_path(text)) & set(' <>"{}|\\^`#?\0\n')


@given(st.lists(st.tuples(st.sampled_from(["a", "a-1", "a-1-1", "b", "a-2"]), st.booleans()), max_size=12))
def test_unique_anchors_are_unique_and_those_that_authors_set_are_kept(anchors: list[tuple[str, bool]]) -> None:
    given = [a for a, _ in anchors]
    found = unique_anchors(given, [i for i, (_, own) in enumerate(anchors) if own])
    assert len(set(found)) == len(found) == len(anchors)
    assert all(f == a or f.startswith(a + "-") for f, a in zip(found, given, strict=True))
    own = {a for a, own in anchors if own}
    assert all(any(f == a and o for f, (_, o) in zip(found, anchors, strict=True)) for a in own)


@pytest.mark.parametrize(
    ("heading", "anchor"),
    [
        ("Hello, World!", "hello-world"),
        ("中文 标题", "中文-标题"),
        ("a_b-c", "a_b-c"),
        ("  x  ", "x"),
        ("C++ & C#", "c--c"),
        ("É", "é"),
        ("🚀 go", "-go"),
    ],
)
def test_github_anchors(heading: str, anchor: str) -> None:
    assert github_anchor(heading) == anchor


@pytest.mark.parametrize(
    ("title", "labels"),
    [
        ("容器（Container）", {"zh": "容器", "en": "Container"}),
        ("Container (容器)", {"zh": "容器", "en": "Container"}),
        ("Raft / Paxos", {"en": "Raft / Paxos"}),
        ("Raft (算法) 2", {"zh": "Raft (算法) 2"}),
        ("42", {"en": "42"}),
    ],
)
def test_bilingual_titles(title: str, labels: dict[str, str]) -> None:
    assert split_bilingual(title) == labels
