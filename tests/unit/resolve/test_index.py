"""Links by path and by name where no site generator is known."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kg.model import Ambiguous, Broken, Corpus

OBSIDIAN = (".obsidian", "")


def targets(corpus: Corpus) -> list[str | None]:
    return ["?" if isinstance(r, Ambiguous) else r.path for _, _, r in corpus.links]


def test_a_wrong_folder_is_broken_with_a_near_miss(collection: Callable[..., Corpus]) -> None:
    files = {"a.md": "[t](b.md)", "sub/b.md": ""}
    (_, _, found) = collection(files).links[0]
    assert found == Broken("no-such-note", ("sub/b.md",))
    assert targets(collection(files, configuration=OBSIDIAN)) == ["sub/b.md"]
    assert targets(collection({**files, "x.canvas": ""})) == ["sub/b.md"]


def test_the_own_folder_comes_first_only_in_obsidian(collection: Callable[..., Corpus]) -> None:
    files = {"x/a.md": "[[n]] [n](n.md)", "x/n.md": "", "y/n.md": "", "y/b.md": "[[n]]", "c.md": "[[n]]"}
    assert targets(collection(files)) == ["?", "?", "x/n.md", "?"]
    assert targets(collection(files, configuration=OBSIDIAN)) == ["?", "x/n.md", "x/n.md", "y/n.md"]


def test_a_slash_asks_for_the_whole_path(collection: Callable[..., Corpus]) -> None:
    files = {"a.md": "[[/sub/b]] [[/b]] [[b]]", "sub/b.md": ""}
    assert targets(collection(files)) == ["sub/b.md", None, "sub/b.md"]


@pytest.mark.parametrize(
    ("fragment", "anchor"),
    [("C++", "C++"), ("C", "C"), ("c", "C"), ("TCP IP", "TCP/IP"), ("A#B", "B"), ("A B", "A: B?"), ("a-b", "A: B?")],
)
def test_headings(collection: Callable[..., Corpus], fragment: str, anchor: str) -> None:
    corpus = collection({"a.md": f"[[b#{fragment}]]", "b.md": "# C\n# C++\n# TCP/IP\n# A\n## B\n# A: B?\n"})
    assert corpus.links[0].resolution.anchor == anchor  # type: ignore[union-attr]


def test_ids_of_python_markdown(collection: Callable[..., Corpus]) -> None:
    files = {"docs/a.md": "[1](#a-b) [2](#a-b_1) [3](#own) [4](#_1)\n\n# A - B\n# A & B\n# X {#own}\n# 容器\n"}
    corpus = collection(files, configuration=("mkdocs.yml", "markdown_extensions: [attr_list]"))
    assert [r.anchor for _, _, r in corpus.links] == ["A - B", "A & B", "X", "容器"]  # type: ignore[union-attr]


def test_both_holders_of_an_id_and_of_an_alias_are_told(collection: Callable[..., Corpus]) -> None:
    text = '---\nid: "x"\naliases: [KG]\n---\n'
    faults = collection({"a.md": text, "b.md": text, "c.md": text}).faults
    assert [(p, f.name, f.line, f.column, f.detail) for p, f in faults] == [
        ("a.md", "duplicate-id", 2, 6, "x\tb.md"),
        ("b.md", "duplicate-id", 2, 6, "x\ta.md"),
        ("c.md", "duplicate-id", 2, 6, "x\ta.md"),
        ("a.md", "duplicate-label", 3, 11, "KG\tb.md"),
        ("b.md", "duplicate-label", 3, 11, "KG\ta.md"),
        ("c.md", "duplicate-label", 3, 11, "KG\ta.md"),
    ]


@pytest.mark.parametrize(
    ("link", "near"),
    [("../x/intro/README.md", ("sub/intro/index.md",)), ("gone/README.md", ()), ("x/topics.md", ("sub/topic.md",))],
)
def test_near_misses_of_index_pages_are_those_of_folders_of_that_name(
    collection: Callable[..., Corpus], link: str, near: tuple[str, ...]
) -> None:
    files = {"a.md": f"[1]({link})", "README.md": "", "sub/README.md": "", "sub/intro/index.md": "", "sub/topic.md": ""}
    assert collection(files).links[0].resolution.near == near  # type: ignore[union-attr]
