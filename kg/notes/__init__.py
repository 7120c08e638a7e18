"""Reading: the bytes of one file become a Note; nothing here knows of any other file."""

from __future__ import annotations

import hashlib
from typing import Final

from kg.model import Edge, Fault, Link, Note
from kg.notes import frontmatter, inline, markdown, mermaid
from kg.notes.frontmatter import texts
from kg.notes.source import Source
from kg.notes.target import split_target

__all__ = ["MAX_BYTES", "STEP", "parse"]

STEP: Final = "notes-1"
"""Version of this step: raised whenever the same bytes could give another Note."""

MAX_BYTES: Final = 50_000_000
"""Longer files are read up to here."""


def parse(path: str, data: bytes) -> Note:
    """Read one file; never raises, whatever the bytes.

    >>> note = parse("a.md", b"---\\nid: a\\ndepends-on: '[[b]]'\\n---\\n# A\\n\\nSee [[c#Part|that]], not `[[d]]`.\\n")
    >>> [(l.target, l.fragment, l.relation, l.line, l.column) for l in note.links]
    [('b', None, 'depends-on', 3, 14), ('c', 'Part', None, 7, 5)]
    """
    size, digest = len(data), hashlib.sha256(data).hexdigest()
    faults: list[Fault] = []
    if size > MAX_BYTES:
        faults.append(Fault("oversized-file", 1, 1, f"{size:,} bytes; the first {MAX_BYTES:,} were read"))
        data = data[:MAX_BYTES].rsplit(b"\n", 1)[0]
    source = Source(data)
    front = frontmatter.read(source)
    body = markdown.read(source, front.body)
    faults += source.faults + front.faults + body.faults
    raw = source.data
    links = body.links
    dropped: list[tuple[int, int]] = []
    code = inline.Ranges(sorted(body.code))
    text = inline.Ranges(body.text)
    if b"\\(" in raw or b"\\[" in raw:
        dropped += inline.tex(source, code, front.body)
    if b"%%" in raw:
        ranges, unclosed = inline.comments(source, text, code, front.body)
        dropped += ranges
        if unclosed is not None:
            faults.append(Fault("unclosed-comment", *source.at(unclosed), "%%"))
    if b"{{" in raw or b"{%" in raw:
        links = links + _shortcodes(source, code, front.body)
    if dropped:
        gone = inline.Ranges(sorted(dropped))
        links = [link for link in links if not gone.holds(link.start)]
        text = inline.Ranges([r for r in body.text if not gone.holds(r[0])])
    if b"::" in raw or "：：".encode() in raw:
        links = _with_fields(links, list(inline.fields(source, text, front.body)))
    if body.toc:
        contents = inline.Ranges(body.toc)
        links = [link._replace(context="toc") if contents.holds(link.start) else link for link in links]
    anchors = body.anchors
    if b"^" in raw:
        anchors = anchors | {"^" + i for i in inline.block_ids(source, text, front.body)}
    tags = [t.strip().lstrip("#").strip("/") for t in _front_tags(front.values)]
    if b"#" in raw:
        tags += inline.tags(source, text, front.body)
    return Note(
        path=path,
        digest=digest,
        size=size,
        metadata=front.values,
        headings=tuple(body.headings),
        links=tuple(front.links + sorted(links, key=lambda link: link.start)),
        blocks=tuple(body.blocks),
        edges=tuple(_edges(body)),
        anchors=frozenset(anchors),
        tags=tuple(dict.fromkeys(t for t in tags if t)),
        faults=tuple(faults),
        lead=body.lead,
        definition=body.definition,
        lines=front.lines,
        body=front.body + source.bom,
    )


def _front_tags(values: dict[str, object]) -> list[str]:
    """Tags of the front matter: a list, or one text parted by commas or spaces."""
    found: list[str] = []
    for item in texts(values, "tags", "tag"):
        found += item.replace(",", " ").split() if "," in item or item.startswith("#") else [item]
    return found


def _with_fields(links: list[Link], fields: list[inline.Field]) -> list[Link]:
    if not fields:
        return links
    fields.sort(key=lambda f: f.start)
    ranges = inline.Ranges([(f.start, f.end) for f in fields])
    keys = {f.start: f.key for f in fields}
    result = []
    for link in links:
        if ranges.holds(link.start):
            begin = max(f.start for f in fields if f.start <= link.start)
            link = link._replace(relation=keys[begin], context="field")
        result.append(link)
    return result


def _shortcodes(source: Source, code: inline.Ranges, start: int) -> list[Link]:
    found = []
    for item in inline.shortcodes(source, code, start):
        split = split_target(item.target)
        if split is not None:
            line, column = source.at(item.start)
            found.append(Link(line, column, item.name, split[0], split[1], "", False, None, "text", item.start, item.end))
    return found


def _edges(body: markdown.Structure) -> list[Edge]:
    found = []
    for block in body.blocks:
        if block.language == "mermaid":
            for edge in mermaid.edges(block.text):
                line = block.line + 1 + block.text.count("\n", 0, edge.offset)
                column = edge.offset - (block.text.rfind("\n", 0, edge.offset) + 1) + block.column
                found.append(Edge(line, column, edge.source, edge.target, edge.label))
    return found
