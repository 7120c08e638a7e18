"""kg against markdown-it-py on real notes: the same links and headings, and each difference by a rule with a name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.front_matter import front_matter_plugin
from mdit_py_plugins.tasklists import tasklists_plugin

from kg.notes import parse_note
from kg.notes.target import split_target

CORPORA = Path(__file__).parents[2].parent / "shared" / "corpora"
COLLECTIONS = ("cncf-glossary", "container-microservices")

ORACLE = (
    MarkdownIt("commonmark", {"linkify": False})
    .enable(["table", "strikethrough"])
    .use(front_matter_plugin)
    .use(dollarmath_plugin, double_inline=True)
    .use(footnote_plugin)
    .use(tasklists_plugin)
)


class Link(NamedTuple):
    line: int
    target: str
    fragment: str | None
    embed: bool


class Heading(NamedTuple):
    line: int
    level: int
    text: str


def words(tokens: list[Token] | None) -> str:
    """The text that inline tokens show, as kg keeps it of a heading."""
    found = []
    for token in tokens or ():
        if token.type == "math_inline":
            found.append(f"${token.content}$")
        elif token.type == "math_inline_double":
            found.append(f"$${token.content}$$")
        elif token.type in ("text", "code_inline"):
            found.append(token.content)
        elif token.type in ("softbreak", "hardbreak"):
            found.append(" ")
        elif token.type == "image":
            found.append(words(token.children))
    return " ".join("".join(found).split())


def oracle(text: str) -> tuple[list[Link], list[Heading]]:
    links: list[Link] = []
    headings: list[Heading] = []
    tokens = ORACLE.parse(text)
    for i, token in enumerate(tokens):
        if token.type == "heading_open":
            assert token.map
            headings.append(Heading(token.map[0] + 1, int(token.tag[1]), words(tokens[i + 1].children)))
        elif token.type == "inline":
            assert token.map
            links += _inline(token.children or [], token.map[0] + 1)
    return links, headings


def _inline(children: list[Token], line: int) -> Iterator[Link]:
    for token in children:
        if token.type in ("softbreak", "hardbreak"):
            line += 1
        url: Any = None
        if token.type == "link_open" and token.info != "auto":
            url = token.attrs.get("href")
        elif token.type == "image":
            url = token.attrs.get("src")
        split = split_target(str(url)) if url is not None else None
        if split is not None and split != ("", None):
            yield Link(line, split[0], split[1], token.type == "image")
        if token.type == "image":
            yield from _inline(token.children or [], line)


def ours(data: bytes) -> tuple[list[Link], list[Heading]]:
    note = parse_note("a.md", data)
    links = [Link(k.line, k.target, k.fragment, k.embed) for k in note.links if k.kind == "markdown"]
    return links, [Heading(h.line, h.level, h.text) for h in note.headings]


# The rules by which kg differs on purpose: what kg makes of what markdown-it-py has in the same place, or None.


def heading_attributes(theirs: Link | Heading) -> Link | Heading | None:
    """``{#id}`` behind a heading sets its anchor (Hugo, kramdown, Python-Markdown) and is not text; CommonMark shows it."""
    if isinstance(theirs, Heading) and (m := re.fullmatch(r"(.*\S)\s*\{#[\w.:-]+\}", theirs.text)):
        return theirs._replace(text=m[1])
    return None


RULES = (heading_attributes,)
# Differences that no rule explains: (path, what only one of them has) with the reason.
EXPLAINED: dict[tuple[str, Link | Heading], str] = {}


def explained(mine: Counter[Any], theirs: Counter[Any]) -> None:
    """Strike out pairs of differences that a rule explains."""
    for rule in RULES:
        for item in list(theirs.elements()):
            expected = rule(item)
            if expected is not None and mine[expected]:
                mine -= Counter([expected])
                theirs -= Counter([item])


def files(collection: str) -> list[Path]:
    return sorted(p for p in (CORPORA / collection).rglob("*.md") if p.is_file())


@pytest.mark.corpora
@pytest.mark.parametrize("collection", COLLECTIONS)
def test_same_links_and_headings(collection: str) -> None:
    if not (CORPORA / collection).is_dir():
        pytest.skip(f"no collection {collection} beside the project")
    differences = []
    compared: Counter[str] = Counter()
    for path in files(collection):
        data = path.read_bytes()
        text = data.decode("utf-8", "replace").removeprefix("\ufeff")
        for name, mine, theirs in zip(("link", "heading"), ours(data), oracle(text), strict=True):
            compared[name] += len(mine)
            only_mine, only_theirs = Counter(mine) - Counter(theirs), Counter(theirs) - Counter(mine)
            explained(only_mine, only_theirs)
            place = path.relative_to(CORPORA).as_posix()
            differences += [f"{place}: only kg: {d}" for d in only_mine.elements() if (place, d) not in EXPLAINED]
            differences += [f"{place}: only markdown-it-py: {d}" for d in only_theirs.elements() if (place, d) not in EXPLAINED]
    assert compared["link"] > 100
    assert compared["heading"] > 100
    assert not differences, "\n".join(differences)
