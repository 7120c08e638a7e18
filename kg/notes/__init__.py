"""The parser from the bytes of one file to a `Note`; it never reads another file."""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_right
from dataclasses import replace
from itertools import islice
from typing import Final

from kg.base.files import LIMIT
from kg.base.names import MARKDOWN_ENDINGS, fold
from kg.model import Block, Edge, Fault, Link, Note
from kg.notes import called, forms, frontmatter, inline, markdown, mermaid, suppressions
from kg.notes.cited import front_citations
from kg.notes.definitions import choose_definitions
from kg.notes.dialect import PLAIN, Dialect, file_title, journal_title, meta_data, page_properties
from kg.notes.frontmatter import FrontMatter, texts_under
from kg.notes.hidden import may_hide, read_visible, without_front_comments
from kg.notes.inclusion import has_inclusions
from kg.notes.languages import compare_languages
from kg.notes.okf import role_of
from kg.notes.okf.conformance import bundle_faults
from kg.notes.okf.nodes import FieldPlaces
from kg.notes.okf.paths import resource_links
from kg.notes.source import Source, holds_pair
from kg.notes.target import split_target

__all__ = ["MAX_BYTES", "STEP", "escaped_paragraph", "parse_note", "plain_paragraph"]

STEP: Final = "notes-15"
"""Version of this step: incremented if the same bytes could give another Note."""

_PLACES: Final = re.compile(rb"\{\{[ \t]*(?:title|date|time)(?::[^{}\r\n]*)?[ \t]*\}\}|<%[*_-]?[ \t]*(?:await[ \t]+)?tp\.")
MAX_BYTES: Final = LIMIT
"""Maximum bytes; longer files are truncated."""
MAX_MARKS: Final = 1_000_000
"""Maximum line breaks and marks of Markdown in a file; behind them it is truncated. Each can take a kilobyte of memory."""
_MARKED: Final = re.compile(r"[*_`\[\\&<~]")
"""What a paragraph has whose text isn't what is written."""
_BLOCK_ID: Final = re.compile(r"[0-9a-fA-F-]{36}")
"""What Logseq calls a block."""
_MARK: Final = re.compile(rb"[\n*_`\[\]<>$~|=]")


def parse_note(path: str, data: bytes, dialect: Dialect = PLAIN) -> Note:
    """Parse one file in a tool's dialect; never raises, whatever the bytes.

    >>> note = parse_note("a.md", b"---\\nid: a\\ndepends-on: '[[b]]'\\n---\\n# A\\n\\nSee [[c#Part|that]], not `[[d]]`.\\n")
    >>> [(l.target, l.fragment, l.relation, l.line, l.column) for l in note.links if l.kind != "name"]
    [('b', None, 'depends-on', 3, 14), ('c', 'Part', None, 7, 5)]
    """
    if path.lower().endswith(MARKDOWN_ENDINGS):
        return _parse_markdown(path, data, dialect)
    note = _parse_markdown(path, forms.markdown_of(path, data), dialect)
    note = replace(note, digest=hashlib.sha256(data).hexdigest(), size=len(data), open=True)
    return forms.placed(note, data) if path.lower().endswith(forms.NOTEBOOK) else note


def _parse_markdown(path: str, data: bytes, dialect: Dialect) -> Note:
    size, digest = len(data), hashlib.sha256(data).hexdigest()
    faults: list[Fault] = []
    if size > MAX_BYTES:
        faults.append(Fault("oversized-file", 1, 1, f"more than {MAX_BYTES:,} bytes; what follows them was not read"))
        data = data[:MAX_BYTES].rsplit(b"\n", 1)[0]
    if len(data) > MAX_MARKS and (end := next(islice(_MARK.finditer(data), MAX_MARKS, None), None)) is not None:
        what = f"more than {MAX_MARKS:,} line breaks and marks of Markdown; what follows them was not read"
        faults.append(Fault("oversized-file", 1, 1, what))
        data = data[: end.start()]
    if dialect.bundles:
        data = frontmatter.fence_first(data)
    source = written = Source(data)
    front = frontmatter.read_front_matter(source, bundle=dialect.okf)
    hidden: list[tuple[int, int]] = []
    if front.body and may_hide(source, 0):
        source, hidden = without_front_comments(source, front.body, dialect)
        if hidden:
            front = frontmatter.read_front_matter(source, bundle=dialect.okf)
    if dialect != PLAIN:
        _further_values(front, source, path, dialect)
    visible = read_visible(source, front.body, dialect)
    source, body = visible.source, visible.body
    faults += source.faults + front.faults + body.faults + visible.faults
    raw = source.data
    code = inline.Ranges(sorted(body.code + body.html))
    has_tex = (dialect.tex or dialect.bundles) and holds_pair(raw, b"\\", (b"(", b"["))
    formulas = inline.tex(source, code, front.body, single=dialect.tex, doubled=dialect.bundles) if has_tex else []
    links, text = _links_in_text(source, body, formulas, front.body, dialect)
    anchors = body.anchors | _anchors(source, text, code, front.body, dialect)
    if b")=" in data:
        anchors = anchors | set(inline.target_labels(written, code, front.body))
    tags = _tags(front, source, text, dialect)
    if not source.ascii:
        shown = source.text if not front.body else raw[front.body :].decode()
        stated = front.values.get("definition")
        faults += compare_languages(shown, source.at(front.body)[0], stated, front.lines.get("definition", 1))
    labels, label_line = called.labels_of(
        path, front.values, front.lines, body.headings, by_file=dialect.file_labels, any_level=dialect.books
    )
    alt_labels = tuple(called.alt_labels_of(front.values, slashes=dialect.properties))
    definitions = choose_definitions(
        body.definitions, body.lead, [*labels.values(), *(name for name, _ in alt_labels), called.note_stem(path)]
    )
    note = Note(
        path=path,
        digest=digest,
        size=size,
        metadata=front.values,
        headings=tuple(body.headings),
        links=tuple(front.links + sorted(links, key=lambda link: link.start)),
        blocks=tuple(sorted(body.blocks + _formulas(source, formulas)) if formulas else body.blocks),
        edges=tuple(_edges(body)),
        anchors=frozenset(anchors),
        tags=_distinct(tags),
        faults=tuple(faults),
        lead=body.lead.text if body.lead is not None else "",
        definition=definitions[0].text if definitions else "",
        definition_at=(definitions[0].line, definitions[0].column) if definitions else (0, 0),
        further_definitions=tuple(definition.text for definition in definitions[1:]),
        lines=front.lines,
        spelled=front.spelled,
        body=front.body + source.bom,
        labels=labels,
        label_line=label_line,
        alt_labels=alt_labels,
        hidden=(*hidden, *visible.hidden),
        formulas=tuple(formulas),
        outline=dialect.properties,
        label_first=dialect.label_first,
        template=dialect.comments and (b"{{" in raw or b"<%" in raw) and _is_template(raw, code, front.body),
        ignores=suppressions.find_suppressions(written, inline.Ranges(sorted(body.code)), front.body)
        if suppressions.MARK in raw
        else (),
        open=has_inclusions(raw, inline.Ranges(sorted(body.code)), front.body),
        footnotes=tuple(inline.footnotes(source, code, front.body)) if b"[^" in raw else (),
        citations=tuple(inline.citations(source, text, front.body)) if inline.holds_citations(raw) else (),
        front_citations=tuple(front_citations(front, source)) if b"@" in raw[: front.body] else (),
    )
    return _in_bundle(note, source, front, dialect) if dialect.okf else note


def _anchors(source: Source, text: inline.Holds, code: inline.Ranges, start: int, dialect: Dialect) -> set[str]:
    """Return the anchors that aren't of Markdown: ids of blocks and in lists of attributes."""
    raw, anchors = source.data, set[str]()
    if b"^" in raw:
        anchors |= {"^" + i for i in inline.block_ids(source, text, start)}
    if b"#" in raw and b"{" in raw:
        anchors |= set(inline.attribute_ids(source, code, start))
    if dialect.properties and b"id::" in raw:
        anchors |= {f"(({name}))" for name in inline.logseq_ids(source, start)}
    return anchors


def plain_paragraph(text: str) -> str:
    """Return a paragraph of Markdown as its text, without marks; what is no paragraph, such as a list, stays as it is.

    >>> plain_paragraph("A *log* of `x_y`, see [Raft](raft.md)"), plain_paragraph("- a *b*")
    ('A log of x_y, see Raft', '- a *b*')
    """
    if not _MARKED.search(text):
        return text
    return parse_note("paragraph.md", f"\n\n{text}\n".encode("utf-8", "replace")).lead or text


def escaped_paragraph(text: str) -> str:
    r"""Return a text as a paragraph of Markdown that `plain_paragraph` reads as this text.

    >>> escaped_paragraph("f(a) *is* b"), escaped_paragraph("2 * 3")
    ('f(a) \\*is\\* b', '2 * 3')
    """
    return text if plain_paragraph(text) == text else _MARKED.sub(r"\\\g<0>", text)


def _tags(front: FrontMatter, source: Source, text: inline.Holds, dialect: Dialect) -> list[str]:
    tags = [t.strip().lstrip("#").strip("/") for t in _front_tags(front.values)]
    if b"#" in source.data:
        tags += inline.tags(source, text, front.body)
        if dialect.properties:
            tags += inline.page_tags(source, text, front.body)
    return tags


def _in_bundle(note: Note, source: Source, front: FrontMatter, dialect: Dialect) -> Note:
    """Return a note as a file of an OKF bundle: its role, the links of its paths, its faults."""
    places = FieldPlaces(source, front.body, front.lines)
    note = replace(note, role=role_of(note.path, dialect.okf_ignored))
    if note.role == "concept":
        note = replace(note, links=(*resource_links(note.metadata, places), *note.links))
    return replace(note, faults=(*note.faults, *bundle_faults(note, source, places, dialect.okf_roots, front.body)))


def _links_in_text(
    source: Source, body: markdown.Structure, formulas: list[tuple[int, int]], start: int, dialect: Dialect
) -> tuple[list[Link], inline.Holds]:
    """Return the links behind the front matter, with their relations, and the ranges of running text without formulas."""
    raw, links = source.data, body.links
    text: inline.Holds = body
    if dialect.definitions and b"]:" in raw and any(link.kind == "wikilink" for link in links):
        links = _by_definitions(links, inline.definitions(source, inline.Ranges(sorted(body.code + body.html)), start))
    if body.tags:
        links = links + _references(source, body)
    if dialect.properties and b"((" in raw:
        links = links + inline.block_references(source, text, start)
    if dialect.properties and b"{{embed" in raw:
        links = [link._replace(embed=True) if inline.is_in_embed(source, link.start) else link for link in links]
    if formulas:
        gone = inline.Ranges.merged(formulas)
        links = [link for link in links if not gone.holds(link.start)]
        text = inline.Ranges([r for r in body.text() if not gone.holds(r[0])])
    if holds_pair(raw, b":", (b":",), start) or inline.holds_wide_colons(source):
        links = _with_fields(source, links, list(inline.fields(source, text, start)), dialect)
    if body.toc:
        contents = inline.Ranges(body.toc)
        links = [link._replace(context="toc") if contents.holds(link.start) else link for link in links]
    return links, text


def _formulas(source: Source, ranges: list[tuple[int, int]]) -> list[Block]:
    """Return the formulas between TeX's brackets as blocks, like those between dollar signs."""
    blocks = []
    for start, end in ranges:
        first, behind, display = inline.tex_within(source.data, start, end)
        blocks.append(Block(*source.at(start), "math", "tex", source.slice(first, behind), "display" if display else "inline"))
    return blocks


def _is_template(raw: bytes, code: inline.Ranges, start: int) -> bool:
    """Return whether a note of a vault has places that Obsidian or its plug-in Templater fills in, outside of code."""
    return any(not code.holds(m.start()) for m in _PLACES.finditer(raw, start)) or bool(_PLACES.search(raw, 0, start))


def _front_tags(values: dict[str, object]) -> list[str]:
    """Return the tags of the front matter: a list, or one text separated by commas or spaces."""
    found: list[str] = []
    for item in texts_under(values, "tags", "tag"):
        found += item.replace(",", " ").split() if "," in item or item.startswith("#") else [item]
    return found


def _further_values(front: FrontMatter, source: Source, path: str, dialect: Dialect) -> None:
    """Add the metadata that a tool reads in addition to front matter."""
    if dialect.meta_data and not front.body:
        front.values, front.lines, front.body = meta_data(source)
    if dialect.properties:
        for key, value, line in page_properties(source, front.body):
            if key == "id" and _BLOCK_ID.fullmatch(str(value)):
                continue  # of the first block, not of the page
            front.values.setdefault(key, value)
            front.lines.setdefault(key, line)
    folder, _, file = path.rpartition("/")
    if dialect.bundles and file == "index.md" and folder:
        front.values.setdefault("type", "concept")
    if dialect.file_titles:
        name = path.rpartition("/")[2].rpartition(".")[0]
        journal = journal_title(name, dialect.journal_files, dialect.journal_titles) if "journals/" in path else None
        front.values.setdefault("title", journal or file_title(name, dialect.file_titles))


def _distinct(tags: list[str]) -> tuple[str, ...]:
    """Remove repeated tags, ignoring case; the first spelling is kept."""
    found: dict[str, str] = {}
    for tag in tags:
        if tag:
            found.setdefault(fold(tag), tag)
    return tuple(found.values())


def _with_fields(source: Source, links: list[Link], fields: list[inline.Field], dialect: Dialect) -> list[Link]:
    if not fields:
        return links
    fields.sort(key=lambda f: f.start)
    starts = [f.start for f in fields]
    around = _around(fields)
    result = []
    for link in links:
        i = bisect_right(starts, link.start) - 1
        while i >= 0 and link.start >= fields[i].end:
            i = around[i]  # skip the field that contains this one
        if i >= 0:
            field = fields[i]
            if dialect.properties and _quoted(source, field):
                continue
            link = link._replace(relation=field.key, context="field")
        result.append(link)
    return result


def _by_definitions(links: list[Link], definitions: dict[str, str]) -> list[Link]:
    """Return the links with those in double brackets led to the files that reference definitions of these names give."""
    result = []
    for link in links:
        url = definitions.get(fold(link.target)) if link.kind == "wikilink" else None
        split = split_target(url) if url is not None else None
        if split is not None and split[0]:
            link = link._replace(
                kind="markdown", target=split[0], fragment=link.fragment or split[1], text=link.text or link.target
            )
        result.append(link)
    return result


def _around(fields: list[inline.Field]) -> list[int]:
    """For each field, in ascending order, return the index of the field whose value contains it, or -1."""
    enclosing: list[int] = []
    for i, field in enumerate(fields):
        outer = i - 1
        while outer >= 0 and fields[outer].end <= field.start:
            outer = enclosing[outer]
        enclosing.append(outer)
    return enclosing


def _quoted(source: Source, field: inline.Field) -> bool:
    value = source.data[field.start : field.end].strip()
    return len(value) > 1 and value[:1] == value[-1:] == b'"'


def _references(source: Source, body: markdown.Structure) -> list[Link]:
    """Return the links of references (shortcodes, tags) that site generators replace by an address."""
    links = []
    for tag in body.tags:
        split = split_target(tag.target)
        if split is not None:
            line, column = source.at(tag.start)
            kind, embed = ("shortcode", True) if tag.kind == "image" else (tag.kind, False)
            if split[0] or split[1] is not None:
                links.append(Link(line, column, kind, split[0], split[1], "", embed, None, "text", tag.start, tag.end))
    return links


def _edges(body: markdown.Structure) -> list[Edge]:
    edges = []
    for block in body.blocks:
        if block.language == "mermaid":
            line, position = block.line + 1, 0
            for edge in mermaid.diagram_edges(block.text):
                line += block.text.count("\n", position, edge.offset)
                position = edge.offset
                column = edge.offset - (block.text.rfind("\n", 0, edge.offset) + 1) + block.column
                edges.append(Edge(line, column, edge.source, edge.target, edge.label))
    return edges
