"""``kg mv``, ``kg rename``, ``kg merge``, ``kg split``: links keep their form, and nothing else is changed."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

Kg = Callable[..., Any]
Write = Callable[[Mapping[str, str | bytes]], Path]

RAFT = "# Raft\n\nA consensus algorithm. [log](../log.md#append-only), [[log#Append only|the log]], ![](../img/r.png)\n"
LOG = "# Log\n\n## Append only\n\nText.\n"


def _text(folder: Path, name: str) -> str:
    return (folder / "concepts" / name).read_bytes().decode()


def _moved(kg: Kg, folder: Path, *args: str) -> None:
    ran = kg(*args, "-C", folder)
    assert ran.status == 0, ran.stderr


# Each pair: a note's text before and after `theory/raft.md` became `algo/raft 共识.md`.
FORMS = {
    "wikilink": ("[[raft]]", "[[raft 共识]]"),
    "with alias and heading": ("[[raft#Raft|R]] [[theory/raft]]", "[[raft 共识#Raft|R]] [[algo/raft 共识]]"),
    "from the root": ("[[/theory/raft]]", "[[/algo/raft 共识]]"),
    "with the ending": ("[[raft.md]]", "[[raft 共识.md]]"),
    "embed": ("![[raft]] ![x](theory/raft.md)", "![[raft 共识]] ![x](algo/raft%20共识.md)"),
    "Markdown relative": ("[a](theory/raft.md) [a](./theory/raft.md)", "[a](algo/raft%20共识.md) [a](./algo/raft%20共识.md)"),
    "Markdown root": ("[a](/theory/raft.md#raft)", "[a](/algo/raft%20共识.md#raft)"),
    "without the ending": ("[a](theory/raft)", "[a](algo/raft%20共识)"),
    "in angle brackets": ("[a](<theory/raft.md> 'T')", "[a](<algo/raft 共识.md> 'T')"),
    "reference": ("[a][r] [r]\n\n[r]: theory/raft.md 'T'", "[a][r] [r]\n\n[r]: algo/raft%20共识.md 'T'"),
    "HTML": ('<a href="theory/raft.md#raft">a</a>', '<a href="algo/raft 共识.md#raft">a</a>'),
    "table": (
        "| a | b |\n|---|---|\n| [[raft\\|R]] | [[raft]] |", "| a | b |\n|---|---|\n| [[raft 共识\\|R]] | [[raft 共识]] |",
    ),
    "Dataview field": ("requires:: [[raft]]", "requires:: [[raft 共识]]"),
    "relation table": (
        "| relation | target |\n|---|---|\n| requires | theory/raft |",
        "| relation | target |\n|---|---|\n| requires | algo/raft 共识 |"
    ),
    "click in a diagram": (
        '```mermaid\ngraph LR\n  A --> B\n  click A "theory/raft.md"\n```',
        '```mermaid\ngraph LR\n  A --> B\n  click A "algo/raft 共识.md"\n```',
    ),
    "half encoded": ("[a](theory%2Fraft.md)", "[a](algo%2Fraft%20共识.md)"),
    "an encoded point": ("[a](theory/raft%2Emd)", "[a](algo/raft%20共识%2Emd)"),
    "an encoded letter": ("[a](theory/r%61ft.md) [a](theory/raft.md)", "[a](algo/r%61ft%20共识.md) [a](algo/raft%20共识.md)"),
    "an escaped mark": ("[a](theory/raft\\.md)", "[a](algo/raft%20共识\\.md)"),
    "an entity": ('<a href="theory&#47;raft.md">a</a>', '<a href="algo&#47;raft 共识.md">a</a>'),
    "short references": ("[raft] [raft][]\n\n[raft]: theory/raft.md", "[raft] [raft][]\n\n[raft]: algo/raft%20共识.md"),
    "code is not a link": ("`[[raft]]` and `[a](theory/raft.md)`", "`[[raft]]` and `[a](theory/raft.md)`"),
    "comment": ("x <!-- see [[raft]], [r](theory/raft.md) --> y", "x <!-- see [[raft 共识]], [r](algo/raft%20共识.md) --> y"),
    "suppression": (
        "x <!-- kg: ignore KG201 until [[raft#Raft|R]] -->", "x <!-- kg: ignore KG201 until [[raft 共识#Raft|R]] -->",
    ),
    "lines of a comment": (
        "x\n\n<!--\n\n    - [[raft]]\n> ![[theory/raft]]\n-->\n\ny",
        "x\n\n<!--\n\n    - [[raft 共识]]\n> ![[algo/raft 共识]]\n-->\n\ny",
    ),
    "HTML in a comment": ('<!-- <a href="theory/raft.md">a</a> -->', '<!-- <a href="algo/raft 共识.md">a</a> -->'),
    "comment in a quotation": (
        "\n\n> x <!-- [[raft]]\n> [[theory/raft]] -->", "\n\n> x <!-- [[raft 共识]]\n> [[algo/raft 共识]] -->",
    ),
    "comment in code": ("`<!-- [[raft]] -->` and <!-- `[[raft]]` -->", "`<!-- [[raft]] -->` and <!-- `[[raft]]` -->"),
    "reference as a comment": ("x\n\n[//]: # ([[raft]])\n\ny", "x\n\n[//]: # ([[raft 共识]])\n\ny"),
    "a link of a picture": ("[![[r.png]]](theory/raft.md)", "[![[r.png]]](algo/raft%20共识.md)"),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("breaks", ["\n", "\r\n"])
def test_a_link_is_rewritten_in_its_form(kg: Kg, base: Write, form: str, breaks: str) -> None:
    before, after = (text.replace("\n", breaks) for text in FORMS[form])
    frame = f"\ufeff# A 😀{breaks}{breaks}甲 {{}} 乙{breaks}{breaks}end"
    if before.startswith(("|", "`")) or "::" in before or "]:" in before:
        frame = frame.replace("甲 {} 乙", f"{{}}{breaks}")
    folder = base({"concepts/a.md": frame.format(before), "concepts/theory/raft.md": RAFT, "concepts/log.md": LOG,
                   "concepts/img/r.png": b"png"})  # fmt: skip
    first = (folder / "concepts/a.md").read_bytes()
    _moved(kg, folder, "mv", "theory/raft.md", "algo/raft 共识.md")
    assert _text(folder, "a.md") == frame.format(after)
    assert _text(folder, "algo/raft 共识.md") == f'---\nformer-ids: ["theory/raft"]\n---\n{RAFT}'
    _moved(kg, folder, "mv", "--undo")
    assert (folder / "concepts/a.md").read_bytes() == first
    assert _text(folder, "theory/raft.md") == RAFT


def test_a_name_that_differs_in_case_only(kg: Kg, base: Write) -> None:
    folder = base(
        {"concepts/t/raft.md": "# R\n\n[[raft]] ![](log.md)\n", "concepts/t/log.md": "# L\n\n[[raft]] [r](raft.md)\n"}
    )
    _moved(kg, folder, "mv", "t/raft.md", "t/Raft.md", "--no-redirect")
    assert sorted(p.name for p in (folder / "concepts/t").iterdir()) == ["Raft.md", "log.md"]
    assert _text(folder, "t/log.md") == "# L\n\n[[Raft]] [r](Raft.md)\n"
    _moved(kg, folder, "mv", "--undo")
    assert sorted(p.name for p in (folder / "concepts/t").iterdir()) == ["log.md", "raft.md"]
    assert _text(folder, "t/log.md") == "# L\n\n[[raft]] [r](raft.md)\n"


def test_links_inside_a_moved_note_are_adjusted(kg: Kg, base: Write) -> None:
    folder = base({"concepts/theory/raft.md": RAFT, "concepts/log.md": LOG, "concepts/img/r.png": b"png"})
    _moved(kg, folder, "mv", "theory/raft.md", "a/b/raft.md", "--no-redirect")
    assert _text(folder, "a/b/raft.md") == RAFT.replace("../", "../../")
    assert not (folder / "concepts/theory").exists()


def test_links_to_files_that_are_not_read_are_adjusted(kg: Kg, base: Write) -> None:
    note = "# A\n\n[l](../LICENSE) ![](../x/p.png) [m](missing.md) [s](/x)\n"
    folder = base({"concepts/a.md": note, "concepts/b.md": "# B\n", "LICENSE": "MIT", "x/p.png": b"png"})
    _moved(kg, folder, "mv", "a.md", "t/a.md", "--no-redirect")
    assert _text(folder, "t/a.md") == note.replace("../", "../../")


def test_front_matter_and_half_encoded_destinations(kg: Kg, base: Write) -> None:
    note = (
        "---\nrequires: theory/筏 x\nuses: [\"[[筏 x]]\", '[[theory/筏 x|X]]']\n"
        'related:\n  - "[R](theory/%E7%AD%8F%20x.md)" # why\n---\n# A\n\n[1](theory/筏%20x.md) [2](theory/%E7%AD%8F%20x.md)\n'
    )
    folder = base({"concepts/a.md": note, "concepts/theory/筏 x.md": "# Raft\n"})
    _moved(kg, folder, "mv", "theory/筏 x.md", "理论/筏 y.md")
    expected = note.replace("theory/筏 x", "理论/筏 y").replace("[[筏 x]]", "[[筏 y]]").replace("theory/筏%20x", "理论/筏%20y")
    expected = expected.replace("theory/%E7%AD%8F%20x", "%E7%90%86%E8%AE%BA/%E7%AD%8F%20y")
    assert _text(folder, "a.md") == expected


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("[a](<my%20note (1).md>)", "[a](<x/my%20note (1).md>)"),
        ("[a](<my note%20(1).md>)", "[a](<x/my note%20(1).md>)"),
        ("[a](my%20note%20(1).md)", "[a](x/my%20note%20(1).md)"),
        ("[a](my%20note%20%281%29.md)", "[a](x/my%20note%20%281%29.md)"),
        ("[a](my%20note%20\\(1%29%2emd#p%61rt)", "[a](x/my%20note%20\\(1%29%2emd#p%61rt)"),
        ('<a href="my%20note (1).md">a</a>', '<a href="x/my%20note (1).md">a</a>'),
        ("[r]\n\n[r]: my%20note%20(1).md", "[r]\n\n[r]: x/my%20note%20(1).md"),
        ("![](<my%20note (1).md>)", "![](<x/my%20note (1).md>)"),
    ],
)
def test_what_was_encoded_stays_so_and_nothing_else(kg: Kg, base: Write, before: str, after: str) -> None:
    frame = "# A\n\n{}\n"
    folder = base({"concepts/a.md": frame.format(before), "concepts/my note (1).md": "# N\n\n## Part\n"})
    _moved(kg, folder, "mv", "my note (1).md", "x/my note (1).md", "--no-redirect")
    assert _text(folder, "a.md") == frame.format(after)
    _moved(kg, folder, "mv", "x/my note (1).md", "my note (1).md", "--no-redirect")
    assert _text(folder, "a.md") == frame.format(before)


def test_comments_of_front_matter_and_of_obsidian(kg: Kg, base: Write) -> None:
    note = (
        "---\n# what [[raft]] lacks\ntitle: A # kg: ignore KG303 see [[t/raft]]\ndefinition: |\n  # [[raft]] is a text\n---\n"
        "# A\n\nx %%[[raft]]%% y %% [r](t/raft.md) %%\n"
    )
    folder = base(
        {
            "concepts/a.md": note,
            "concepts/t/raft.md": RAFT,
            "kg.toml": 'notes = ["concepts"]\n[reading]\ndialect = "obsidian"\n',
        }
    )
    _moved(kg, folder, "mv", "t/raft.md", "t/log.md", "--no-redirect")
    after = note.replace("what [[raft]]", "what [[log]]").replace("t/raft", "t/log").replace("%%[[raft]]", "%%[[log]]")
    assert _text(folder, "a.md") == after


def test_a_comment_that_no_link_can_say_stays(kg: Kg, base: Write) -> None:
    note = "# A\n\n<!-- [[raft.pdf]] ![](raft.pdf) -->\n"
    folder = base({"concepts/a.md": note, "concepts/raft.pdf": b"%PDF"})
    _moved(kg, folder, "mv", "raft.pdf", "a#b[1].pdf")
    assert _text(folder, "a.md") == note.replace("(raft.pdf)", "(a%23b[1].pdf)")


def test_definitions_of_wikilinks_follow(kg: Kg, base: Write) -> None:
    log = '# Log\n\n[[raft]] and [[raft#Part|r]] and [[raft|x]].\n\n[raft]: t/raft.md "Raft"\n[raft|x]: t/raft.md "Raft"\n'
    folder = base({"concepts/t/raft.md": "# Raft\n\n## Part\n", "concepts/log.md": log})
    _moved(kg, folder, "mv", "raft", "u/raft-2.md")
    expected = log.replace("[raft", "[raft-2").replace("t/raft.md", "u/raft-2.md")
    assert _text(folder, "log.md") == expected
    _moved(kg, folder, "rename", "raft-2#Part", "Other part")
    assert _text(folder, "log.md") == expected.replace("#Part", "#other-part")


def test_a_short_link_whose_name_is_taken_gets_a_longer_form(kg: Kg, base: Write) -> None:
    folder = base(
        {"concepts/a/log.md": LOG, "concepts/b/x.md": "# X\n", "concepts/c.md": "# C\n\n[[log]] [[x]] [l](a/log.md)\n"}
    )
    _moved(kg, folder, "mv", "b/x.md", "b/log.md")
    assert _text(folder, "c.md") == "# C\n\n[[a/log]] [[b/log]] [l](a/log.md)\n"


def test_a_link_by_title_stays_until_the_title_changes(kg: Kg, base: Write) -> None:
    folder = base(
        {
            "concepts/x.md": "---\ntitle: Raft algorithm\naliases: [RA]\n---\n",
            "concepts/c.md": "# C\n\n[[Raft algorithm]] [[RA]] [[x]]\n",
        }
    )
    _moved(kg, folder, "mv", "x.md", "y.md")
    assert _text(folder, "c.md") == "# C\n\n[[Raft algorithm]] [[RA]] [[y]]\n"
    _moved(kg, folder, "rename", "Raft algorithm", "Raft: again")
    # What looks like an address is not a link in double brackets.
    assert _text(folder, "c.md") == "# C\n\n[[y|Raft algorithm]] [[RA]] [[y]]\n"
    assert '"Raft: again"' in _text(folder, "y.md")
    _moved(kg, folder, "rename", "RA", "R2")
    assert "aliases: [R2]" in _text(folder, "y.md")
    assert "[[R2]]" in _text(folder, "c.md")


@pytest.mark.parametrize(
    ("title", "old", "new", "changed"),
    [
        ("title: {zh: 共识, en: Consensus}", "Consensus", "Agreement", "title: {zh: 共识, en: Agreement}"),
        ("title: {zh: 共识, en: Consensus}", "共识", "一致", "title: {zh: 一致, en: Consensus}"),
        ("title: {zh: 共识, en: Consensus}", "Consensus", "A, b", 'title: {zh: 共识, en: "A, b"}'),
        ("title:\n  zh: '共识'\n  en: Consensus # !", "共识", "a'b", "title:\n  zh: 'a''b'\n  en: Consensus # !"),
        ('title:\n  zh: 共识\n  en: "Consensus"', "Consensus", 'a"b', 'title:\n  zh: 共识\n  en: "a\\"b"'),
    ],
)
def test_a_title_in_two_languages_is_renamed(kg: Kg, base: Write, title: str, old: str, new: str, changed: str) -> None:
    folder = base({"concepts/c.md": f"---\n{title}\n---\n\nText.\n", "concepts/d.md": f"# D\n\n[[{old}]]\n"})
    _moved(kg, folder, "rename", "--label", old, new)
    assert _text(folder, "c.md") == f"---\n{changed}\n---\n\nText.\n"
    assert _text(folder, "d.md") == f"# D\n\n[[{new}]]\n"


def test_a_title_that_cannot_be_changed_in_place_is_refused(kg: Kg, base: Write) -> None:
    text = "---\ntitle:\n  zh: 共识\n  en: |\n    Consensus\n---\n# Consensus\n"
    folder = base({"concepts/c.md": text})
    ran = kg("rename", "--label", "Consensus", "Agreement", "-C", folder)
    assert ran.status == 2
    assert "can't be changed where it stands" in ran.stderr
    assert _text(folder, "c.md") == text


def test_rename_changes_ids_everywhere_they_stand(kg: Kg, base: Write) -> None:
    folder = base(
        {
            "kg.toml": 'base = "https://x.org/kb/"\ntop-concepts = ["raft", "log"]  # raft\n',
            "concepts/raft.md": "---\nid: raft\n---\n# An algorithm\n",
            "concepts/log.md": "---\nid: log\nrequires: raft\n---\n# Log\n\n"
            "```mermaid\ngraph LR\n  A[raft] -->|requires| B[log]\n```\n",
            "ontology/scope/mapping.ttl": "@base <https://x.org/kb/scope/> .\n@prefix c: <https://x.org/kb/concept/> .\n"
            "@prefix kg: <https://w3id.org/kg-notes/ns#> .\n"
            "<a> kg:metBy <../concept/raft> , c:raft , <https://x.org/kb/concept/raft> . # c:raft\n",
            "ontology/questions/q.rq": "# c:raft?\nSELECT ?x WHERE { ?x kg:requires c:raft . FILTER(STR(?x) != 'c:raft') }\n",
            "ontology/questions/q.csv": "x\nc:raft\nc:raft-log\n",
            "ontology/snapshot/rejected.jsonl": '{"id":"r1","source":"raft","target":"log"}\n',
            "ontology/snapshot/positions.jsonl": '{"id":"log","x":0,"y":1}\n{"id":"raft","x":0,"y":1}\n',
            "ontology/snapshot/communities.jsonl": '{"index":0,"name":{"en":"raft"},"members":["log","raft"]}\n',
            "ontology/snapshot/evidence.jsonl": '{"key":"raft.md#p","digest":"raft","language":"coq"}\n',
            "ontology/shapes.ttl": "@prefix sh: <http://www.w3.org/ns/shacl#> .\n"
            "[] sh:targetNode <https://x.org/kb/concept/raft> .\n",
        }
    )  # fmt: skip
    before = {p: p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}
    ran = kg("rename", "raft", "raft-2", "--dry-run", "--diff", "-C", folder)
    assert {p: p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()} == before
    assert "+id: raft-2\n" in ran.stdout
    _moved(kg, folder, "rename", "raft", "raft-2")
    assert _text(folder, "raft-2.md") == '---\nid: raft-2\nformer-ids: ["raft"]\n---\n# An algorithm\n'
    assert "requires: raft-2\n" in _text(folder, "log.md")
    assert "A[raft-2] -->" in _text(folder, "log.md")
    assert (folder / "kg.toml").read_text() == before[folder / "kg.toml"].decode().replace('"raft"', '"raft-2"')
    mapping = (folder / "ontology/scope/mapping.ttl").read_text()
    assert "<../concept/raft-2> , c:raft-2 , <https://x.org/kb/concept/raft-2> . # c:raft\n" in mapping
    assert (folder / "ontology/questions/q.rq").read_text() == (
        "# c:raft?\nSELECT ?x WHERE { ?x kg:requires c:raft-2 . FILTER(STR(?x) != 'c:raft') }\n"
    )
    assert (folder / "ontology/questions/q.csv").read_text() == "x\nc:raft-2\nc:raft-log\n"
    assert "concept/raft-2>" in (folder / "ontology/shapes.ttl").read_text()
    snapshot = {p.stem: p.read_text() for p in (folder / "ontology/snapshot").iterdir()}
    assert snapshot == {
        "rejected": '{"id":"r1","source":"raft-2","target":"log"}\n',
        "positions": '{"id":"log","x":0,"y":1}\n{"id":"raft-2","x":0,"y":1}\n',
        "communities": '{"index":0,"name":{"en":"raft"},"members":["log","raft-2"]}\n',
        "evidence": '{"key":"raft-2.md#p","digest":"raft","language":"coq"}\n',
    }
    _moved(kg, folder, "rename", "raft-2", "raft")
    assert {p: p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()} == before


def test_the_old_iri_redirects(kg: Kg, base: Write) -> None:
    folder = base({"concepts/theory/raft.md": "# Raft\n\nText.\n", "concepts/log.md": "# Log\n\n[[raft]]\n"})
    _moved(kg, folder, "mv", "theory/raft.md", "algo/raft.md")
    assert kg("build", "-C", folder).status == 0
    rows = kg(
        "query",
        "SELECT ?old ?new WHERE { ?old dcterms:isReplacedBy ?new ; owl:deprecated true }",
        "--format",
        "csv",
        "-C",
        folder,
    )
    assert rows.stdout.split() == [
        "old,new",
        "https://example.org/kb/concept/theory/raft,https://example.org/kb/concept/algo/raft",
    ]
    pages = {p.name: p.read_text() for p in (folder / "output/concepts").glob("*raft*.html")}
    (old,) = (name for name in pages if name.startswith("theory-raft"))
    target = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', pages[old])
    assert target
    assert target[1] in pages
    assert kg("find", "theory/raft", "-C", folder).stdout.startswith(
        ("concepts/algo/raft.md", str(folder / "concepts/algo/raft.md"))
    )


def test_headings_and_tags(kg: Kg, base: Write) -> None:
    folder = base(
        {
            "concepts/log.md": "---\ntags: [a/b, ab, a]\n---\n# Log\n\n## One #a/b\n\n#a #ab `#a`\n\n"
            "Two words\n---------\n\n[x](#two-words)\n",
            "concepts/r.md": "# R\n\n[[log#Two words]] [[log#Log#Two words|x]] [l](log.md#two-words) [[#R]]\n",
        }
    )
    _moved(kg, folder, "rename", "log#Two words", "三 words")
    assert "三 words\n---------\n\n[x](#三-words)" in _text(folder, "log.md")
    assert _text(folder, "r.md") == "# R\n\n[[log#三 words]] [[log#Log#三 words|x]] [l](log.md#三-words) [[#R]]\n"
    _moved(kg, folder, "rename", "#a", "z")
    assert _text(folder, "log.md").startswith("---\ntags: [z/b, ab, z]\n---\n# Log\n\n## One #z/b\n\n#z #ab `#a`\n")


def test_merge_keeps_names_relations_and_links(kg: Kg, base: Write) -> None:
    folder = base(
        {
            "concepts/raft.md": '---\nid: raft\nuses: "[[log]]"\n---\n# Raft\n\nBody [h](#part).\n\n## Part\n\nend\n',
            "concepts/paxos.md": "---\nid: paxos\n---\n# Paxos\n\nText.\n",
            "concepts/log.md": "---\nid: log\n---\n# Log\n\n[[raft#Part]] [r](raft.md) [[paxos]]\n",
        }
    )
    before = {p.name: p.read_bytes() for p in (folder / "concepts").iterdir()}
    _moved(kg, folder, "merge", "raft", "paxos")
    assert _text(folder, "paxos.md") == (
        '---\nid: paxos\nformer-ids: ["raft"]\naliases: ["Raft"]\nuses: ["[[log]]"]\n---\n# Paxos\n\nText.\n'
        "\n## Raft\n\nBody [h](#part).\n\n### Part\n\nend\n"
    )
    assert _text(folder, "log.md") == "---\nid: log\n---\n# Log\n\n[[paxos#Part]] [r](paxos.md) [[paxos]]\n"
    _moved(kg, folder, "mv", "--undo")
    assert {p.name: p.read_bytes() for p in (folder / "concepts").iterdir()} == before


@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_merge_takes_over_the_front_matter_and_names_what_it_leaves(kg: Kg, base: Write, newline: str) -> None:
    front = (
        "id: raft\ndefinition:\n  en: An algorithm # of 2014\n  zh: 一种算法\nlayer: theory\n"
        "numbers: [1, 2]\n备注: >-\n  两行\n  文字\nstatus: deprecated\nfigure: plot.png\nneeds: '[[unwritten]]'\nowner: A"
    )
    folder = base(
        {
            "concepts/a/raft.md": f"---\n{front}\n---\n# Raft\n\nBody.\n".replace("\n", newline),
            "concepts/paxos.md": "---\nid: paxos\nowner: B\n---\n# Paxos\n\nText.\n".replace("\n", newline),
            "concepts/a/plot.png": "x",
        }
    )
    for path in (folder / "concepts").rglob("*.md"):
        path.write_bytes(path.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", newline.encode()))
    ran = kg("merge", "raft", "paxos", "-C", folder)
    assert ran.status == 0, ran.stderr
    text = (folder / "concepts/paxos.md").read_bytes().decode()
    taken = (
        "definition:\n  en: An algorithm # of 2014\n  zh: 一种算法\nlayer: theory\n"
        "numbers: [1, 2]\n备注: >-\n  两行\n  文字\n---\n# Paxos\n"
    )
    assert taken.replace("\n", newline) in text
    assert "owner: B" in text
    assert "status" not in text
    assert "plot" not in text
    left = next(line for line in (ran.stdout + ran.stderr).splitlines() if "not taken over" in line)
    assert {"status", "figure", "needs", "owner"} <= set(re.findall(r"\w+", left))
    assert "layer" not in left


@pytest.mark.parametrize("front", ["---\n---\n", "---\n# none\n---\n", "---\n", "---\n\n---\n", "+++\n+++\n"])
def test_merge_of_a_note_whose_front_matter_has_no_keys(kg: Kg, base: Write, front: str) -> None:
    folder = base({"concepts/raft.md": f"{front}# Raft\n\nBody.\n", "concepts/paxos.md": "# Paxos\n\nText.\n"})
    ran = kg("merge", "raft", "paxos", "-C", folder)
    assert ran.status == 0, ran.stderr
    text = (folder / "concepts/paxos.md").read_text()
    assert 'aliases: ["Raft"]\n' in text.partition("# Paxos")[0]
    assert "Body." in text.partition("# Paxos")[2]


def test_merge_into_a_note_without_front_matter_and_one_that_has_a_definition(kg: Kg, base: Write) -> None:
    folder = base(
        {
            "concepts/b.md": "---\ndefinition: One thing\narea: core\n---\n# B\n\nText.\n",
            "concepts/c.md": "# C\n\nC is another thing.\n",
        }
    )
    ran = kg("merge", "b", "c", "-C", folder, "--lang", "zh")
    assert ran.status == 0, ran.stderr
    text = _text(folder, "c.md")
    assert "area: core\n---\n# C" in text
    assert "One thing" not in text
    assert "definition" in next(line for line in (ran.stdout + ran.stderr).splitlines() if "没有并入" in line)


def test_merge_adds_to_relations_that_are_there(kg: Kg, base: Write) -> None:
    """A value that becomes a list keeps its link, byte for byte."""
    folder = base(
        {
            "concepts/raft.md": '---\nid: raft\nuses: "[[log]]"\ntags: [a]\n---\n# Raft\n\nBody.\n',
            "concepts/paxos.md": "---\nid: paxos\naliases:\n  - Synod\nuses: '[[quorum]]'\n---\n# Paxos\n\nText.\n",
            "concepts/log.md": "---\nid: log\n---\n# Log\n",
            "concepts/quorum.md": "---\nid: quorum\n---\n# Quorum\n",
        }
    )
    _moved(kg, folder, "merge", "raft", "paxos")
    text = _text(folder, "paxos.md")
    assert "'[[quorum]]'" in text
    assert "[[log]]" in text
    assert "  - Synod\n" in text


TWO_WITH_LABELS = {
    "concepts/a/x.md": "# X\n\n[1][r] [R] [r][] ![i][r] [e] [foo] [[raft]] [[raft|R]] [^1]\n\nblock ^b1\n\n## Part\n\nx\n\n"
    "[r]: log.md 'L'\n[e]: https://one.org\n[raft]: raft.md \"Raft\"\n[^1]: foot x\n    more\n",
    "concepts/b/y.md": "# Y\n\n[2][r] [e] [bar] [[raft]] [^1] [s]\n\nblock ^b1\n\n## Part\n\n[r]: ../a/raft.md\n"
    '[e]: https://two.org\n[foo]: z.md\n[raft]: raft.md "Raft"\n[^1]: foot y\n[s]: https://same.org\n',
    "concepts/a/log.md": "# Log\n\n[[x#^b1]] [[y#^b1]] [[x#Part]] [x](x.md#part) [y](../b/y.md#part)\n",
    "concepts/a/raft.md": "# Raft\n",
    "concepts/b/raft.md": "# Raft two\n",
    "concepts/b/z.md": "# Z\n",
}


def test_merge_keeps_labels_of_both_notes_apart(kg: Kg, base: Write) -> None:
    """Reference links, wikilinks by definitions (as Foam writes them), footnotes and block ids lead where they led."""
    folder = base(TWO_WITH_LABELS)
    _moved(kg, folder, "merge", "a/x.md", "b/y.md")
    assert (
        _text(folder, "b/y.md")
        == (
            '---\nformer-ids: ["a/x"]\naliases: ["X"]\n---\n'
            # `foo` was a text in the other note, so it is not a label any more.
            + TWO_WITH_LABELS["concepts/b/y.md"].replace("[foo]:", "[foo-2]:")
            + "\n## X\n\n[1][r-2] [R][r-2] [r][r-2] ![i][r-2] [e][e-2] [foo] [[a/raft]] [[a/raft|R]] [^1-2]\n\nblock ^b1-2\n\n"
            "### Part\n\nx\n\n[r-2]: ../a/log.md 'L'\n[e-2]: https://one.org\n[a/raft]: ../a/raft.md \"Raft\"\n"
            "[^1-2]: foot x\n    more\n"
        )
    )
    assert _text(folder, "a/log.md") == (
        "# Log\n\n[[y#^b1-2]] [[y#^b1]] [[y#part-1]] [x](../b/y.md#part-1) [y](../b/y.md#part)\n"
    )


@pytest.mark.parametrize("end", ["```\nx\n", "<!-- x\n", "<script>\n", "~~~~\n~~~\n"])
def test_nothing_is_appended_to_code_or_comments(kg: Kg, base: Write, end: str) -> None:
    folder = base({"concepts/a.md": "# A\n\nText.\n", "concepts/b.md": f"# B\n\n{end}"})
    ran = kg("merge", "a", "b", "-C", folder)
    assert (ran.status, "b.md ends within a code block, HTML or a comment" in ran.stderr) == (2, True), ran.stderr
    assert _text(folder, "b.md") == f"# B\n\n{end}"


def test_split_leaves_a_link_and_takes_the_definitions_along(kg: Kg, base: Write) -> None:
    folder = base(
        {
            "concepts/raft.md": "# Raft\n\n[down](#leader)\n\n## Leader\n\nSee [l][log].\n\n### Deep\n\nx\n\n## Rest\n\n"
            "[l][log]\n\n[log]: log.md\n",
            "concepts/log.md": "# Log\n\n[[raft#Deep]] [r](raft.md#leader) [[raft#Rest]]\n",
        }
    )
    _moved(kg, folder, "split", "raft#Leader", "theory/leader")
    assert _text(folder, "theory/leader.md") == "# Leader\n\nSee [l][log].\n\n## Deep\n\nx\n\n\n[log]: ../log.md\n"
    assert _text(folder, "raft.md") == (
        "# Raft\n\n[down](theory/leader.md#leader)\n\n[Leader](theory/leader.md)\n\n## Rest\n\n[l][log]\n\n[log]: log.md\n"
    )
    assert _text(folder, "log.md") == "# Log\n\n[[leader#Deep]] [r](theory/leader.md#leader) [[raft#Rest]]\n"


def test_split_leaves_no_reference_without_its_definition(kg: Kg, base: Write) -> None:
    note = (
        "# A\n\n[x][out] [y] [^1]\n\n## Part\n\n[x][out] ![i][in] [^1] [^2]\n\n"
        "[in]: https://i.example/i.png\n[y]:\n  https://y.example 'Y'\n"
        "[^2]: Two.\n\n    More.\n\n## End\n\n[i][in] [^2]\n\n[out]: https://o.example\n[^1]: One.\n"
    )
    folder = base({"concepts/a.md": note})
    _moved(kg, folder, "split", "a#Part", "part")
    assert _text(folder, "part.md") == (
        "# Part\n\n[x][out] ![i][in] [^1] [^2]\n\n[in]: https://i.example/i.png\n[y]:\n  https://y.example 'Y'\n"
        "[^2]: Two.\n\n    More.\n\n\n[out]: https://o.example\n[^1]: One.\n"
    )
    assert _text(folder, "a.md") == (
        "# A\n\n[x][out] [y] [^1]\n\n[[part|Part]]\n\n## End\n\n[i][in] [^2]\n\n[out]: https://o.example\n[^1]: One.\n\n"
        "[in]: https://i.example/i.png\n[y]:\n  https://y.example 'Y'\n[^2]: Two.\n\n    More.\n"
    )


def test_a_folder_and_a_picture_move(kg: Kg, base: Write) -> None:
    folder = base({"concepts/t/raft.md": RAFT, "concepts/log.md": "# Log\n\n## Append only\n\n"
                   "[[/t/raft]] ![](img/r.png) <img src='img/r.png'>\n",
                   "concepts/img/r.png": b"png"})  # fmt: skip
    _moved(kg, folder, "mv", "t", "img", "deep/")
    assert (
        _text(folder, "log.md")
        == "# Log\n\n## Append only\n\n[[/deep/t/raft]] ![](deep/img/r.png) <img src='deep/img/r.png'>\n"
    )
    assert "![](../img/r.png)" in _text(folder, "deep/t/raft.md")
    assert (folder / "concepts/deep/img/r.png").read_bytes() == b"png"
    assert not (folder / "concepts/img").exists()


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("mv", "raft.md", "log.md"), "log.md is already there"),
        (("mv", "nothing.md", "x.md"), "no concept called 'nothing.md'"),
        (("mv", "raft.md", "../../out.md"), "is not a path below the notes folder"),
        (("mv", "raft.md"), "an old and a new path are needed"),
        (("rename", "raft", "log"), "has the id log already"),
        (("rename", "raft#Nothing", "x"), "has no heading 'Nothing'"),
        (("rename", "#nothing", "x"), "no note has the tag"),
        (("merge", "raft", "raft"), "can't be merged with itself"),
        (("split", "raft"), "names no section"),
        (("mv", "--undo"), "there is nothing to undo"),
    ],
)
def test_what_makes_no_sense_is_refused(kg: Kg, base: Write, args: tuple[str, ...], message: str) -> None:
    folder = base({"concepts/raft.md": "# Raft\n", "concepts/log.md": LOG})
    ran = kg(*args, "-C", folder)
    assert (ran.status, message in ran.stderr) == (2, True), ran.stderr
    assert _text(folder, "raft.md") == "# Raft\n"


def test_a_link_that_cannot_be_kept_refuses_the_move(kg: Kg, base: Write) -> None:
    folder = base({"concepts/raft.md": "# Same\n", "concepts/other.md": "# Same\n", "concepts/log.md": "# Log\n\n[[raft]]\n"})
    ran = kg("mv", "raft.md", "a#b.md", "-C", folder)
    assert ran.status == 2
    assert "log.md:3:1: raft: no way to write it" in ran.stderr
    assert _text(folder, "raft.md") == "# Same\n"


def test_a_diff_is_one_that_git_applies(kg: Kg, base: Write) -> None:
    folder = base({"concepts/theory/raft.md": RAFT, "concepts/log.md": LOG + "[[raft]]", "concepts/img/r.png": b"png"})
    subprocess.run(["git", "init", "-q", "."], cwd=folder, check=True)
    ran = kg("mv", "theory/raft.md", "algo/raft-2.md", "--dry-run", "--diff", "-q", "-C", folder)
    patch = folder / "p.patch"
    patch.write_bytes(ran.stdout.encode())
    subprocess.run(["git", "apply", "p.patch"], cwd=folder, check=True)
    applied = {p.name: p.read_bytes() for p in (folder / "concepts").rglob("*.md")}
    subprocess.run(["git", "apply", "-R", "p.patch"], cwd=folder, check=True)
    _moved(kg, folder, "mv", "theory/raft.md", "algo/raft-2.md")
    assert {p.name: p.read_bytes() for p in (folder / "concepts").rglob("*.md")} == applied


def test_messages_in_json_and_chinese(kg: Kg, base: Write) -> None:
    folder = base({"concepts/raft.md": "# Raft\n", "concepts/log.md": "# Log\n\n[[raft]]\n"})
    ran = kg("mv", "raft.md", "r.md", "--log-format", "json", "-C", folder)
    events = [json.loads(line) for line in ran.stderr.splitlines()]
    assert [(e["path"], e["to"]) for e in events if e["event"] == "changed"] == [("log.md", "log.md"), ("raft.md", "r.md")]
    assert "改写了 1 个链接" in kg("mv", "r.md", "raft.md", "--lang", "zh", "-C", folder).stderr
