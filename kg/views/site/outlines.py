"""Pages of Logseq: marks in place of properties, macros and references to blocks, and the texts of blocks; see `prepared`."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING, Final, NamedTuple

from kg.notes.cmark import parse_events
from kg.notes.dialect import mask_blocks
from kg.views.site.constructs import FAMILY, Construct
from kg.views.site.foreign_marks import HOLLOW, MARK, code_of, placeholder

if TYPE_CHECKING:
    from kg.views.site.prepared import PreparedText

_PROPERTY: Final = re.compile(
    rb"(?P<indent>[ \t]*)(?P<bullet>[-*+][ \t]+)?(?P<key>[^\s:#\[\](){}`<>\"][^\s:\[\](){}`<>\"]*)::"
    rb"(?:[ \t]+(?P<value>[^\r\n]*))?"
)
# What Logseq writes for itself, and what pages of kg show elsewhere: of blocks, and beside it of the page.
_HIDDEN: Final = re.compile(
    r"id|collapsed|title|alias|aliases|tags?|icon|public|filters|heading|template|template-including-parent"
    r"|background-(?:color|image)|created-at|updated-at|exclude-from-graph-view"
    r"|(?:hl|ls|card|query|logseq)[-.][\w.-]+|file|file-path",
    re.IGNORECASE,
)
_DEFINING: Final = frozenset(("definition", "description", "summary"))
_BULLET: Final = re.compile(rb"(?P<indent>[ \t]*)[-*+](?:[ \t]|\Z)")
_QUERY: Final = re.compile(rb"#\+BEGIN_QUERY\b(?:(?!#\+(?:END|BEGIN)_).){0,20000}?#\+END_QUERY\b", re.DOTALL | re.IGNORECASE)
_DRAWER: Final = re.compile(
    rb"(?<=[ \t\n]):(?:LOGBOOK|PROPERTIES):[ \t]*\r?\n(?:(?!:END:|:LOGBOOK:|:PROPERTIES:).){0,20000}?\n[ \t]*:END:", re.DOTALL
)
_SIZE: Final = re.compile(rb"(?<=\))\{:[a-z][^{}\r\n]{0,200}\}")
_ORG: Final = re.compile(rb"#\+(?P<mark>BEGIN|END)_(?P<name>[A-Za-z]+)\b[^\r\n]*")
_MACRO: Final = re.compile(rb"\{\{[ \t]*(?P<name>[A-Za-z][\w-]*)[ \t:]*(?P<rest>(?:(?!\}\}|\{\{)[^\r\n]){0,4000}?)[ \t]*\}\}")
_BLOCK: Final = re.compile(rb"(?<!\()\(\([0-9a-fA-F-]{36}\)\)(?!\))")
_EMBEDDED: Final = re.compile(rb"\(\([0-9a-fA-F-]{36}\)\)|\[\[[^\[\]\r\n]+\]\]")
_ID: Final = re.compile(rb"^[ \t\-*]*id:: ([0-9a-fA-F-]{36})[ \t]*\r?$", re.MULTILINE)
_ADDRESS: Final = re.compile(rb"https?://[^\s{}]+")
_MARKS: Final = re.compile(f"{MARK}x*|\x0c")


def mask_outline(data: bytes, constructs: dict[int, Construct], *, embedded: bool = False) -> bytes:
    """Mask what a page of Logseq has beside Markdown. With `embedded`, nothing of it is shown elsewhere.

    >>> made: dict[int, Construct] = {}
    >>> mask_outline(b"- a\\n  id:: 1\\n- {{query x}}\\n", made), [(at, c.kind) for at, c in made.items()]
    (b'- a\\n  \\xee\\x80\\x80xxx\\n- \\xee\\x80\\x80xxxxxxxx\\n', [(6, 'hidden'), (15, 'query')])
    """
    if b"\n\t" in data or b"\n    " in data:
        data = mask_blocks(data)
    if b"::" in data:
        data = _mask_properties(data, constructs, embedded)
    if not any(mark in data for mark in (b"#+", b"{{", b"((", b"){:", b":END:")):
        return data
    code = code_of(data)
    raw = bytearray(data)
    for match in _DRAWER.finditer(data):
        if not code.holds(match.start()):
            constructs[match.start()] = Construct("hidden", "drawer")
            raw[match.start() : match.end()] = placeholder(len(match[0]))
    for pattern in (_QUERY, _ORG, _MACRO, _BLOCK, _SIZE):
        for match in pattern.finditer(bytes(raw)):
            start, end = match.span()
            if not code.holds(start) and (made := _construct(match)) is not None:
                mark, construct = made
                constructs[mark] = construct
                raw[start:end] = HOLLOW * (mark - start) + placeholder(end - mark)
    return bytes(raw)


def _construct(match: re.Match[bytes]) -> tuple[int, Construct] | None:
    """Where the mark of a construct stands, and the construct; None for text."""
    start = match.start()
    if match.re is _QUERY:
        return start, Construct("query", "query")
    if match.re is _BLOCK:
        return start, Construct("block", match[0].decode())
    if match.re is _SIZE:
        return start, Construct("hidden", "size")
    name = match["name"].decode().lower()
    if match.re is _ORG:
        if name not in FAMILY:
            return None
        return start, Construct("callout", name) if match["mark"].upper() == b"BEGIN" else Construct("end", "callout")
    rest = match["rest"].decode("utf-8", "replace")
    if name == "embed" and (inner := _EMBEDDED.search(match[0])) is not None:
        target = inner[0].decode("utf-8", "replace")
        return start + inner.start(), Construct("embed", target[2:-2] if target.startswith("[[") else target)
    if name == "query":
        return start, Construct("query", name)
    if address := _ADDRESS.search(match["rest"]):
        return start, Construct("reference", name, {"url": address[0].decode("utf-8", "replace")})
    if name == "cloze":
        return start, Construct("text", name, {"text": rest})
    before = match.string[match.string.rfind(b"\n", 0, start) + 1 : start].split()
    # A property without its value says nothing: the macro stands for it.
    is_value = bool(before) and before[-1].startswith(MARK.encode())
    written = match[0].decode("utf-8", "replace")
    return start, Construct("literal", name, text=written) if is_value else Construct("unknown", name)


def _mask_properties(data: bytes, constructs: dict[int, Construct], embedded: bool) -> bytes:
    """Mask the lines of properties: those that a reader doesn't need are left out, of the others the key is a mark."""
    lines = data.splitlines(keepends=True)
    code, of_page, at = code_of(data), not embedded, 0
    for i, line in enumerate(lines):
        text = line.rstrip(b"\r\n")
        prop = _PROPERTY.fullmatch(text)
        of_page = of_page and prop is not None
        if prop is not None and not code.holds(at + prop.start("key")):
            key = prop["key"].decode("utf-8", "replace")
            first, behind = prop.start("key"), prop.end("key") + 2
            hidden = _HIDDEN.fullmatch(key) or (of_page and key.lower() in _DEFINING)
            if hidden or not (prop["value"] or b"").strip():
                whole = prop["bullet"] is None or _ends_block(lines, i, len(prop["indent"]))
                start = prop.end("indent") if whole else first
                constructs[at + start] = _hidden(key, prop["value"] or b"")
                text = text[:start] + placeholder(len(text) - start)
            else:
                constructs[at + first] = Construct("property", key)
                text = text[:first] + placeholder(behind - first) + text[behind:]
            lines[i] = text + line[len(line.rstrip(b"\r\n")) :]
        at += len(line)
    return b"".join(lines)


def _hidden(key: str, value: bytes) -> Construct:
    """What a property stands for that isn't shown: the id of a block is an anchor."""
    reference = b"((%s))" % value.strip()
    return Construct("anchor", reference.decode()) if key == "id" and _BLOCK.fullmatch(reference) else Construct("hidden", key)


def _ends_block(lines: list[bytes], i: int, indent: int) -> bool:
    """Whether a block that begins with a hidden property has nothing else: no text and no blocks below it."""
    for number in range(i + 1, len(lines)):
        text = lines[number].rstrip(b"\r\n")
        if bullet := _BULLET.match(text):
            return len(bullet["indent"]) <= indent
        prop = _PROPERTY.fullmatch(text)
        if text.strip() and not (prop and _HIDDEN.fullmatch(prop["key"].decode("utf-8", "replace"))):
            return False
    return True


class OutlineBlock(NamedTuple):
    """A block with an id."""

    start: int
    """Start and end in the text, with the blocks below it."""
    end: int
    text: str
    """What it says itself, as plain text."""


def outline_blocks(text: PreparedText) -> dict[str, OutlineBlock]:
    """The blocks with an id, by the reference to each, ``((uuid))``."""
    ids = [(m.start(1), f"(({m[1].decode()}))") for m in _ID.finditer(text.source)]
    if not ids:
        return {}
    spans: list[tuple[int, int]] = []
    pieces: list[list[str]] = []
    around: list[int] = []
    for event, span in parse_events(text.markdown.decode("utf-8", "replace"), definition_lists=True):
        if not isinstance(event, dict):
            if around:
                pieces[around[-1]].append(" ")
            continue
        ((kind, value),) = event.items()
        if kind == "Start" and value == "Item":
            around.append(len(spans))
            spans.append((span["start"], span["end"]))
            pieces.append([])
        elif kind == "End" and value == "Item":
            around.pop()
        elif around and isinstance(value, str) and kind in ("Text", "Code", "InlineMath", "DisplayMath"):
            pieces[around[-1]].append(value)
    blocks: dict[str, OutlineBlock] = {}
    starts = [start for start, _ in spans]
    for at, reference in ids:
        inner = bisect_right(starts, at) - 1  # its properties stand before the blocks below it
        if inner >= 0 and at < spans[inner][1]:
            words = " ".join(_MARKS.sub("", "".join(pieces[inner])).split())
            blocks.setdefault(reference, OutlineBlock(*spans[inner], words))
    return blocks
