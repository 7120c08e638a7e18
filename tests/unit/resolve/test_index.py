"""Links by path and by name where no site generator is known."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kg.corpus.index import Index
from kg.model import Ambiguous, Broken, Corpus, Resolution, Resolved, Unseen
from kg.notes import parse_note

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
    [("x/intro/README.md", ("sub/intro/index.md",)), ("gone/README.md", ()), ("x/topics.md", ("sub/topic.md",))],
)
def test_near_misses_of_index_pages_are_those_of_folders_of_that_name(
    collection: Callable[..., Corpus], link: str, near: tuple[str, ...]
) -> None:
    files = {"a.md": f"[1]({link})", "README.md": "", "sub/README.md": "", "sub/intro/index.md": "", "sub/topic.md": ""}
    assert collection(files).links[0].resolution.near == near  # type: ignore[union-attr]


FILES = {
    "a.md": "", "s/own.md": "", "x/README.md": "", "x/n.md": "# H\n", "x/y/n.md": "", "x/y/m.md": "", "img/p.png": "",
    "s/README.md": "", "both.md": "", "both": "", "dot.v2.md": "", "old.markdown": "", "x/y/z/README.md": "", "e/f.txt": "",
    "titled.md": "---\ntitle: A Title\naliases: [Alias]\nid: I-1\n---\n", "README.md": "", "k/index.md": "", "l/_index.md": "",
}  # fmt: skip


def gone(*near: str) -> Broken:
    return Broken("no-such-note", near)


@pytest.mark.parametrize(
    ("source", "link", "found"),
    [
        # by name
        ("s/q.md", "[[./own]]", Resolved("s/own.md", None)),
        ("s/q.md", "[[../a]]", Resolved("a.md", None)),
        ("s/q.md", "[[../../a]]", Broken("outside", ("a.md",))),
        ("s/q.md", "[[./a]]", gone("a.md")),
        ("q.md", "[[n]]", Ambiguous(("x/n.md", "x/y/n.md"))),
        ("q.md", "[[x/n]]", Resolved("x/n.md", None)),
        ("q.md", "[[y/n]]", Resolved("x/y/n.md", None)),
        ("q.md", "[[y/m.md]]", Resolved("x/y/m.md", None)),
        ("q.md", "[[M.MD]]", Resolved("x/y/m.md", None)),
        ("q.md", "[[m.mdx]]", gone()),
        ("q.md", "[[w/m]]", gone("x/y/m.md")),
        ("q.md", "[[p.png]]", Resolved("img/p.png", None)),
        ("q.md", "[[img/p.png]]", Resolved("img/p.png", None)),
        ("q.md", "[[mg/p.png]]", gone("img/p.png")),
        ("q.md", "[[both]]", Resolved("both.md", None)),
        ("q.md", "[[dot.v2]]", Resolved("dot.v2.md", None)),
        ("q.md", "[[old]]", Resolved("old.markdown", None)),
        ("q.md", "[[a title]]", Resolved("titled.md", None)),
        ("q.md", "[[ALIAS]]", Resolved("titled.md", None)),
        ("q.md", "[[i-1]]", Resolved("titled.md", None)),
        ("q.md", "[[/x/n]]", Resolved("x/n.md", None)),
        ("q.md", "[[/x]]", Resolved("x/README.md", None)),
        ("q.md", "[[/x/y]]", gone()),
        ("q.md", "[[/n]]", gone("x/n.md", "x/y/n.md")),
        ("q.md", "[[x/]]", Resolved("x/README.md", None)),
        ("q.md", "[[img]]", gone()),
        ("q.md", "[[x#H]]", Broken("no-such-anchor", (), "x/README.md")),
        ("q.md", "[[x/n#H]]", Resolved("x/n.md", "H")),
        ("q.md", "[[img#H]]", gone()),
        ("x/n.md", "[[#H]]", Broken("no-such-anchor", (), "x/n.md")),
        # by path
        ("s/q.md", "[t](own.md)", Resolved("s/own.md", None)),
        ("s/q.md", "[t](own)", Resolved("s/own.md", None)),
        ("s/q.md", "[t](own.html)", Resolved("s/own.md", None)),
        ("s/q.md", "[t](own.htm)", Resolved("s/own.md", None)),
        ("s/q.md", "[t](own.txt)", gone()),
        ("s/q.md", "[t](../x/n.md)", Resolved("x/n.md", None)),
        ("s/q.md", "[t](../x/y)", Resolved("x/y/", None)),
        ("s/q.md", "[t](../x/)", Resolved("x/README.md", None)),
        ("s/q.md", "[t](../k)", Resolved("k/index.md", None)),
        ("s/q.md", "[t](../l)", Resolved("l/_index.md", None)),
        ("s/q.md", "[t](..)", Resolved("README.md", None)),
        ("s/q.md", "[t](.)", Resolved("s/README.md", None)),
        ("s/q.md", "[t](../old)", Resolved("old.markdown", None)),
        ("s/q.md", "[t](../both)", Resolved("both", None)),
        ("s/q.md", "[t](../../a.md)", Unseen("outside")),
        ("s/q.md", "[t](../e/f.txt)", Resolved("e/f.txt", None)),
        ("s/q.md", "[t](/a.md)", Resolved("a.md", None)),
        ("s/q.md", "[t](/x/n/)", Resolved("x/n.md", None)),
        ("s/q.md", "[t](/s/gone.md)", gone()),
        # addresses of pages start a level deeper than their files
        ("s/q.md", "[t](../own/)", Resolved("s/own.md", None)),
        ("s/README.md", "[t](../a/)", Resolved("a.md", None)),
        ("s/README.md", "[t](own/)", Resolved("s/own.md", None)),
        ("s/README.md", "[t](../own/)", gone("s/own.md")),
        # near misses by spelling: the three that are most alike
        ("q.md", "[[titlde]]", gone("titled.md")),
        ("q.md", "[t](gone/titlde.md)", gone("titled.md")),
        ("q.md", "[[Alias2]]", gone()),
        ("q.md", "[t](gone/ALIAS)", gone("titled.md")),
    ],
)  # fmt: skip
def test_what_links_mean_without_a_tool(collection: Callable[..., Corpus], source: str, link: str, found: Resolution) -> None:
    corpus = collection({**FILES, source: link})
    assert [r for path, _, r in corpus.links if path == source] == [found]


def test_of_near_misses_three_are_named(collection: Callable[..., Corpus]) -> None:
    files = {f"{n}/same.md": "" for n in "dcba"} | {f"spelling{n}.md": "" for n in range(4)}
    corpus = collection(
        {**files, "q.md": "[1](same.md) [[spellingx]] [2](z/README.md)", **{f"{n}/z/README.md": "" for n in "dcba"}}
    )
    assert [r.near for _, _, r in corpus.links] == [  # type: ignore[union-attr]
        ("a/same.md", "b/same.md", "c/same.md"),
        ("spelling3.md", "spelling2.md", "spelling1.md"),
        ("a/z/README.md", "b/z/README.md", "c/z/README.md"),
    ]


def test_near_misses_are_looked_for_four_hundred_times(collection: Callable[..., Corpus]) -> None:
    links = "".join(f"[[notewith{n:03}]]\n" for n in range(401))
    corpus = collection({"notewith.md": "", "z.md": links + "[1](y/notewith.md)"})
    near = [r.near for _, _, r in corpus.links]  # type: ignore[union-attr]
    assert near == [("notewith.md",)] * 400 + [(), ("notewith.md",)], "one of the same name is found without a search"


def test_two_files_that_differ_in_case(collection: Callable[..., Corpus]) -> None:
    files = {"a.md": "", "A.md": "", "b.txt": "", "B.txt": "", "q.md": "[[a]] [t](a.md) [t](b.txt) [[a.md]] [t](a.html)"}
    notes, texts = Ambiguous(("A.md", "a.md")), Ambiguous(("B.txt", "b.txt"))
    assert [r for _, _, r in collection(files).links] == [notes, notes, texts, notes, notes]


@pytest.mark.parametrize(
    ("link", "found"),
    [
        ("[t](n.md)", "v/n.md"),  # by name, as Obsidian does where there is no such path
        ("[t](w/m.md)", "w/m.md"),  # from the root
        ("[[n]]", "v/n.md"),
        ("[[m]]", None),  # two, none of them in the own folder
        ("[t](gone.md)", None),
    ],
)
def test_obsidian(collection: Callable[..., Corpus], link: str, found: str | None) -> None:
    files = {"v/n.md": "", "w/m.md": "", "u/m.md": "", "v/x/m.md": "", "q/a.md": link}
    corpus = collection(files, configuration=OBSIDIAN)
    assert [getattr(r, "path", None) for _, _, r in corpus.links] == [found]


def test_canvases_make_a_vault_only_where_no_site_is_known(collection: Callable[..., Corpus]) -> None:
    files = {"a.md": "[t](b.md)", "sub/b.md": "", "docs/a.md": "[t](b.md)", "docs/sub/b.md": ""}
    assert targets(collection({**files, "x.base": ""}))[0] is not None
    assert targets(collection({**files, "x.canvas": ""}, configuration=("mkdocs.yml", ""))) == [None, None]


def test_folders_of_languages_and_their_roots(collection: Callable[..., Corpus]) -> None:
    files = {
        "en/a.md": "[1](/b/) [2](/zh-cn/b/) [3](/x/b/) [4](/content/c/) [5](/content/zh-cn/b)",
        "en/b.md": "",
        "zh-cn/b.md": "",
        "c.md": "",
    }
    languages = {"en": "/en/", "zh": "zh-cn"}
    found = collection(files, languages=languages, roots=("content", "unused"))
    assert targets(found) == ["en/b.md", "zh-cn/b.md", None, "c.md", "zh-cn/b.md"]
    assert targets(collection(files)) == [None, "zh-cn/b.md", None, None, None]


def test_jekyll_names_files_from_the_root_and_posts_by_name(collection: Callable[..., Corpus]) -> None:
    text = (
        "{% link a.md %} {% link /sub/b.md %} {% link _posts/2020-01-01-p.md %} {% post_url 2020-01-01-p %} "
        "{% post_url sub/2020-01-03-r %} {% link b.md %} {% post_url 2020-01-02-q %} {% post_url 2020-01-04-s %} "
        "{% post_url 2020-01-05-t %} {% link a %}"
    )
    files = {
        "a.md": text, "sub/b.md": "", "_posts/2020-01-01-p.md": "", "_posts/2020-01-02-q.markdown": "",
        "_posts/sub/2020-01-03-r.md": "", "x/_posts/2020-01-04-s.md": "", "x/_posts/2020-01-05-t.md": "",
        "y/_posts/2020-01-05-t.md": "",
    }  # fmt: skip
    assert [getattr(r, "path", "?") for _, _, r in collection(files, configuration=("_config.yml", "")).links] == [
        "a.md", "sub/b.md", "_posts/2020-01-01-p.md", "_posts/2020-01-01-p.md", "_posts/sub/2020-01-03-r.md", None,
        "_posts/2020-01-02-q.markdown", "x/_posts/2020-01-04-s.md", None, None,
    ]  # fmt: skip


def test_vaults_of_dendron(collection: Callable[..., Corpus]) -> None:
    dendron = ("dendron.yml", "workspace:\n  vaults:\n    - {fsPath: v1}\n    - {fsPath: v2, name: two}\n    - {fsPath: v3}\n")
    text = "[[dendron://two/b]] [[dendron://v3/b]] [[dendron://v3/c]] [[dendron://two/gone]] [[b]] [[c]] [[dendron://v3/s/b]]"
    files = {
        "v1/a.md": text,
        "v1/b.md": "",
        "v2/b.md": "",
        "v3/b.md": "",
        "v2/c.md": "",
        "v3/c.md": "",
        "a.md": "[[b]]",
        "v3/s/b.md": "",
    }
    assert [r for _, _, r in collection(files, configuration=dendron).links] == [
        Ambiguous(("v1/b.md", "v2/b.md", "v3/b.md", "v3/s/b.md")),
        Resolved("v2/b.md", None), Resolved("v3/b.md", None), Resolved("v3/c.md", None), gone(), Resolved("v1/b.md", None),
        Ambiguous(("v2/c.md", "v3/c.md")), Resolved("v3/s/b.md", None),
    ]  # fmt: skip


def test_a_copy_of_an_index_finds_headings_of_its_own_notes() -> None:
    notes = {p: parse_note(p, t.encode()) for p, t in sorted(FILES.items()) if p.endswith(".md")}
    index = Index(notes, (), ())
    changed = index.copied({**notes, "x/n.md": parse_note("x/n.md", b"# New\n")})
    to_heading = parse_note("q.md", b"[[x/n#New]]").links[0]
    assert index.resolve("q.md", to_heading) == Broken("no-such-anchor", (), "x/n.md")
    assert changed.resolve("q.md", to_heading) == Resolved("x/n.md", "New")
    assert index.resolve("q.md", to_heading) == Broken("no-such-anchor", (), "x/n.md"), "each remembers its own"


def test_properties_that_name_a_file_are_paths(collection: Callable[..., Corpus]) -> None:
    """Where a link in text is a name, a property with a folder and an ending is a path from the note's own folder."""
    files = {"s/own.md": "", "s/q.md": "---\nsee: '[[x/../own.md]]'\nsame: '[[own]]'\n---\n[[x/../own.md]] [[own.md]]\n"}
    assert [r for _, _, r in collection(files).links] == [
        Resolved("s/own.md", None), Resolved("s/own.md", None), gone("s/own.md"), Resolved("s/own.md", None),
    ]  # fmt: skip


def test_a_title_is_a_name_as_a_whole_and_in_its_parts(collection: Callable[..., Corpus]) -> None:
    files = {"t.md": "---\ntitle: 左移 (Shift Left)\n---\n", "q.md": "[[左移 (Shift Left)]] [[左移]] [[shift left]] [[Shift]]"}
    assert targets(collection(files)) == ["t.md", "t.md", "t.md", None]


def test_addresses_of_the_front_matter_where_no_tool_is_known(collection: Callable[..., Corpus]) -> None:
    files = {"a.md": "---\npermalink: /p/q/\n---\n", "b.md": "---\nurl: /p/r\n---\n", "c.md": "---\nslug: /p/r\n---\n"}
    found = collection({**files, "x/d.md": "[1](/p/q) [2](/p/r/) [3](../p/q.html)"})
    assert [r for _, _, r in found.links] == [Resolved("a.md", None), Ambiguous(("b.md", "c.md")), Resolved("a.md", None)]


def test_what_jekyll_does_not_find(collection: Callable[..., Corpus]) -> None:
    files = {"a.md": "{% link x/near.md %} {% post_url x/near %} [t](/x/near.md)", "near.md": ""}
    assert [r for _, _, r in collection(files, configuration=("_config.yml", "")).links] == [gone("near.md")] * 3


def test_names_in_upper_case_at_the_ends_of_paths(collection: Callable[..., Corpus]) -> None:
    text = "[1](/XX.md) [2](/X/XX.MD) [[/X/XX]] [[X/]]"
    assert targets(collection({"a.md": text, "XX.md": "", "X/XX.md": "", "X/README.md": ""})) == [
        "XX.md", "X/XX.md", "X/XX.md", "X/README.md",
    ]  # fmt: skip


def test_a_name_in_brackets_says_nothing_of_a_path(collection: Callable[..., Corpus]) -> None:
    assert targets(collection({"a.md": "[[n]] [t](n) [[n#H]]", "x/n.md": "# H\n"})) == ["x/n.md", None, "x/n.md"]
