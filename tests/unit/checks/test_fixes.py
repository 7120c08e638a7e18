"""Fixes where there is one right answer, and none where a link is written differently; unusual checks of one's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import kg
from kg.model import Finding, Fix

Write = Callable[[Mapping[str, str | bytes]], Path]


def _fixed(folder: Path, path: str, codes: set[str]) -> dict[str, str | None]:
    """Place → the line after that fix alone."""
    data = (folder / "concepts" / path).read_bytes()
    found = [f for f in kg.read(folder).findings if f.path == path and f.code in codes]
    return {f"{f.line}:{f.column}": _changed(data, f.fix, f.line) if f.fix else None for f in found}


def _changed(data: bytes, fix: Fix, line: int) -> str:
    return (data[: fix.start] + fix.text.encode() + data[fix.end :]).decode().splitlines()[line - 1]


def test_links_are_fixed_where_they_can_be_for_sure(base: Write) -> None:
    lines = {
        "[[#Site_Reliability]]": "[[#Site Reliability]]",
        "[[#R_x]]": None,  # its text can't stand in a wikilink
        "[[b#part_one]]": None,
        "[t](<b.md#part_one>)": "[t](<b.md#part-one>)",
        "[u](b.md#part%5Fone)": "[u](b.md#part-one)",
        "[v][r]": None,
        "[x](/concepts/sub/two_words.md)": "[x](/concepts/sub/two-words.md)",
        "[y](/other/two_words.md)": None,
        "[y](/sub/two_words.md)": "[y](/sub/two-words.md)",
        "[z](<sub/two_words.md>)": "[z](<sub/two-words.md>)",
        "[s][r2]": None,
        "[[two_words]]": "[[two-words]]",
    }
    text = (
        "# A\n\n## Site Reliability\n\n## R [x]\n\n" + "\n\n".join(lines) + "\n\n[r]: b.md#part_one\n[r2]: sub/two_words.md\n"
    )
    folder = base(
        {"kg.toml": "", "concepts/a.md": text, "concepts/b.md": "# B\n\n## Part one\n", "concepts/sub/two-words.md": "# Two\n"}
    )
    wanted = {f"{7 + 2 * i}:1": fix for i, fix in enumerate(lines.values())}
    assert _fixed(folder, "a.md", {"KG201", "KG202"}) == wanted


def test_suppressions_in_the_middle_of_a_line_and_without_a_code(base: Write) -> None:
    folder = base(
        {"kg.toml": "", "concepts/a.md": "# A\n\nplain <!-- kg: ignore KG202 why --> more\n\n<!-- kg: ignore -->\n\nText\n"}
    )
    assert _fixed(folder, "a.md", {"KG109", "KG110"})["3:7"] == "plain more"
    said = [f.message for f in kg.read(folder).findings if f.line == 5]
    assert said == ["the suppression names no code and hides nothing"]


def test_dates_of_reviews_in_lists_and_tables(base: Write) -> None:
    front = "reviewed: [{by: Ann, date: 2023-01-01}, {by: Bo, date: 2023-05-01}]\nupdated: 2024-01-01"
    folder = base(
        {
            "kg.toml": "",
            "concepts/a.md": f"---\n{front}\n---\n# A\n",
            "concepts/b.md": f"---\n{front.replace('2024', '2023')}\n---\n",
        }
    )
    said = [(f.path, f.message) for f in kg.read(folder).findings if "after its last review" in f.message]
    assert said == [("a.md", "the note was changed on 2024-01-01, after its last review on 2023-05-01")]


def test_an_empty_diagram(base: Write) -> None:
    folder = base({"concepts/a.md": "# A\n\n```mermaid\n%% nothing\n```\n"})
    (found,) = [f for f in kg.read(folder).findings if f.code == "KG521"]
    assert "the diagram is empty" in found.message


HEAD = "# Checks of our own\n#\n# code: {code}\n# name: {name}\n# message: {{focus}} {{n}}\n"


def test_checks_of_ones_own_in_odd_shapes(base: Write) -> None:
    queries = {
        "MY001": "SELECT ?focus ('x' AS ?n) { VALUES ?focus { 'text' <http://x.org/y> } VALUES ?m { 1 2 } }",
        "MY002": "",
        "MY003": "ASK {}",
        "MY004": "SELECT ?other { ?other a skos:Concept }",
        "MY005": "SELECT ?focus ?n { ?focus a skos:Concept . ?a rdfs:label ?b . ?c rdfs:label ?d "
        "BIND(CONCAT(STR(?a), STR(?b), STR(?c), STR(?d)) AS ?n) }",
        "MY006": "SELECT ?focus { ?focus a skos:Concept }",
    }
    folder = base(
        {f"ontology/checks/{code}.rq": HEAD.format(code=code, name=code.lower()) + text for code, text in queries.items()}
        | {
            "concepts/a.md": "# A\n",
            "ontology/checks/MY006.rq": HEAD.format(code="MY006", name="Not A Name") + queries["MY006"],
        }
    )
    found = kg.read(folder).findings
    by_code: dict[str, list[Finding]] = {}
    for f in found:
        by_code.setdefault(f.code, []).append(f)
    # What is at fault is a thing and not a text; the same is said once; without kg.toml it has the place of the first note.
    assert [(f.path, f.message) for f in by_code["MY001"]] == [("concepts/a.md", "http://x.org/y x")]
    assert len(by_code["MY005"]) == 10_000
    said = {f.path.rpartition("/")[2]: f.message for f in by_code["KG122"]}
    assert set(said) == {"MY002.rq", "MY003.rq", "MY004.rq", "MY006.rq"}
    assert said["MY003.rq"] == "a check is a SELECT query"
    assert "gives no ?focus" in said["MY004.rq"]
    assert "'Not A Name' can't be the name of a check" in said["MY006.rq"]
