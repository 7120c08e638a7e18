"""Marks in place of MyST, lists of attributes, included text and HTML elements with Markdown, for pages; see `prepared`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from kg.notes import myst
from kg.notes.cmark import parse_events
from kg.notes.dialect import mask_elements
from kg.notes.inline import Ranges, tex_within
from kg.views.site.constructs import Construct, is_callout

MARK: Final = "\ue000"
"""Begins what stands for a construct within a line; ``x`` fills it up."""
HOLLOW: Final = b"\x0c"
"""Text that pages leave out, and that doesn't end a paragraph."""
FENCE: Final = re.compile(rb"[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*(?P<fence>`{3,}|~{3,})(?P<info>[^\r\n]*)")
_VERSIONS: Final = frozenset(("versionadded", "versionchanged", "versionremoved", "deprecated"))
# Directives of MyST and Sphinx that kg doesn't show; other names in braces are of programs that run code.
_MYST: Final = re.compile(
    r"eval-rst|auto\w+|include|literalinclude|bibliography|py:.*|c:.*|cpp:.*|js:.*|click|program-output|plot|graphviz|iframe"
    r"|autosummary|glue.*|embed.*|youtube|button.*|swagger.*|postcard|gallery.*|list-table|csv-table|hlist|productionlist"
)
# A list of attributes behind an inline element, on a line of its own, or with the colon of kramdown and Python-Markdown.
ATTRIBUTE_LIST: Final = re.compile(
    rb"(?:(?<=[)`*_\]^~>])|(?<=\n)(?P<alone>[ \t]*)|(?P<colon>(?=\{:)))"
    rb"\{:?(?P<body>[ \t]*(?:[#.][\w\\:.-]+|[A-Za-z][\w-]*=(?:\"[^\"\r\n]{0,200}\"|'[^'\r\n]{0,200}'|[^\s{}\"']{1,200}))"
    rb"(?:[ \t]+(?:[#.][\w\\:.-]+|[A-Za-z][\w-]*(?:=(?:\"[^\"\r\n]{0,200}\"|'[^'\r\n]{0,200}'|[^\s{}\"']{1,200}))?)){0,20}"
    rb"[ \t]*)\}"
    rb"(?(alone)(?=[ \t]*(?:\r?\n|\Z)))"
)
_ID: Final = re.compile(rb"(?:^|[ \t])#([\w\\:.-]+)")
_HEADING: Final = re.compile(rb"[ \t>]*#{1,6}[ \t]")
# Text of other files and of programs, on a line of its own.
_INCLUSION: Final = re.compile(
    rb"[ \t]*(?:-{1,}8<-{1,}[^\r\n]*|\{\{#[a-z][\w-]*[^{}\r\n]*\}\}|\{!(?!-)[^!\r\n]{1,300}!\}"
    rb"|:::[ ]+[A-Za-z_]\w*(?:\.\w+)+[ \t]*"
    rb"|(?P<toc>\[\[?_?TOC_?\]\]?|\[toc\]))[ \t]*"
)
_SLASHES: Final = re.compile(rb"(?P<indent>[ \t]*)/{3,}(?:[ ]+(?P<name>[a-z][\w-]*)[ \t]*(?:\|[ \t]*(?P<title>[^\r\n]*))?)?")
_QUOTED: Final = re.compile(r"\r?\n[ \t]*(?:>[ \t]?)*")
_INLINE: Final = frozenset(("Code", "InlineMath", "DisplayMath"))


def mask_directives(source: bytes, constructs: dict[int, Construct]) -> bytes:
    """Mask MyST's labels and the directives in fences of backquotes or tildes; ``:::{note}`` is a line like ``:::note``."""
    lines = source.splitlines(keepends=True)
    fence, hides, opened, options, at = b"", False, list[tuple[bytes, str]](), False, 0
    for i, line in enumerate(lines):
        text = line.rstrip(b"\r\n")
        new = text
        directive = myst.DIRECTIVE.fullmatch(text)
        if fence:
            closes = myst.closes(text, fence)
            fence = b"" if closes else fence
            hidden_option = options and myst.OPTION.fullmatch(text)
            options = bool(hidden_option)
            new = b" " * len(text) if hides or hidden_option else text
        elif options and myst.OPTION.fullmatch(text):
            new = b" " * len(text)
        elif opened and myst.closes(text, opened[-1][0]):
            options = False
            start = text.index(opened[-1][0])
            constructs[at + start] = Construct("end", opened.pop()[1])
            new = text[:start] + mark_of(text[start:])
        elif directive and not directive["fence"].startswith(b":"):
            options, start = True, directive.start("fence")
            name, rest = directive["name"].decode(), directive["rest"].decode("utf-8", "replace").strip()
            construct = _of_directive(name, rest)
            if construct is not None and myst.is_text(name):
                opened.append((directive["fence"], construct.kind))
            else:
                fence, hides = directive["fence"], construct is not None
            if construct is None:
                brace = directive.start("name") - 1
                language = {"math": b"math", "mermaid": b"mermaid"}.get(name, b"")
                new = text[:brace] + language.ljust(len(name) + 2) + text[directive.end("name") + 1 :]
            else:
                constructs[at + start] = construct
                new = text[:start] + mark_of(text[start:])
        elif mark := FENCE.match(text):
            options, fence, hides = False, mark["fence"], False
        elif label := myst.LABEL.fullmatch(text):
            options = False
            constructs[at] = Construct("anchor", label["name"].decode())
            new = mark_of(text)
        else:
            options = False
        lines[i] = new + line[len(text) :]
        at += len(line)
    return b"".join(lines)


def _of_directive(name: str, rest: str) -> Construct | None:
    """What a directive of MyST stands for; None for code."""
    if name in myst.CODE or name in ("math", "mermaid"):
        return None
    if name in ("figure", "image"):
        return Construct("figure", name, {"src": rest})
    if name in myst.HIDDEN:
        return Construct("hidden", name)
    if not myst.is_text(name):
        return Construct("unknown", name) if _MYST.fullmatch(name) else None
    kind = {"details": "details", "dropdown": "details", "card": "callout", "tab-item": "tab"}.get(name, "hidden")
    if is_callout(name) or name in _VERSIONS:
        kind = "callout"
    title = rest or ("" if kind == "hidden" else None)
    name = {"tab-item": "tab", "card": "admonition"}.get(name, name)
    return Construct(kind, name, {} if title is None else {"title": title})


def may_include(data: bytes) -> bool:
    """Return whether a text may have lines that `mask_inclusions` masks."""
    return any(sign in data for sign in (b"8<-", b"{{#", b"{!", b"\n///", b"::: ", b"TOC]", b"TOC_]", b"[toc]"))


def mask_inclusions(data: bytes, constructs: dict[int, Construct]) -> bytes:
    """Mask lines that include text from elsewhere, and the marks of pymdownx's blocks, ``/// note | Title``."""
    lines = data.splitlines(keepends=True)
    fence, at, opened = b"", 0, list[str]()
    for i, line in enumerate(lines):
        text = line.rstrip(b"\r\n")
        mark = FENCE.match(text)
        construct: Construct | None = None
        if mark and (not fence or myst.closes(text, fence)):
            fence = b"" if fence else mark["fence"]
        elif not fence and (inclusion := _INCLUSION.fullmatch(text)):
            construct = Construct("hidden", "toc") if inclusion["toc"] else Construct("unknown", "include")
        elif not fence and (block := _SLASHES.fullmatch(text)):
            name = (block["name"] or b"").decode()
            if name:
                title = (block["title"] or b"").decode("utf-8", "replace")
                kind = "callout" if is_callout(name) else {"details": "details", "tab": "tab"}.get(name, "hidden")
                construct = Construct(kind, name, {"title": title} if title else {})
                opened.append(kind)
            elif opened:
                construct = Construct("end", opened.pop())
        if construct is not None:
            start = len(text) - len(text.lstrip())
            constructs[at + start] = construct
            lines[i] = text[:start] + mark_of(text[start:]) + line[len(text) :]
        at += len(line)
    return b"".join(lines)


def mask_attributes(data: bytes, constructs: dict[int, Construct]) -> bytes:
    """Mask lists of attributes, ``{ .class #id width="300" }``; an id becomes an anchor."""
    code = code_of(data)
    raw = bytearray(data)
    for match in ATTRIBUTE_LIST.finditer(data):
        start, end = match.start("body") - 1, match.end()
        start -= data[start : start + 1] == b":"
        begin = data.rfind(b"\n", 0, start) + 1
        if code.holds(start) or (b"#" in match["body"] and _HEADING.match(data, begin)):
            continue
        own = _ID.search(match["body"])
        alone = match["alone"] is not None
        if own is not None and not alone:
            constructs[start] = Construct("anchor", own[1].replace(b"\\", b"").decode("utf-8", "replace"))
            raw[start:end] = placeholder(end - start)
        else:
            raw[start:end] = (b" " if alone else b"\x0c") * (end - start)
    return bytes(raw)


def mask_formulas(data: bytes, ranges: Sequence[tuple[int, int]], constructs: dict[int, Construct]) -> bytes:
    """Mask the formulas between TeX's brackets at some places."""
    raw = bytearray(data)
    for start, end in ranges:
        if 0 <= start < end <= len(data):
            first, behind, display = tex_within(data, start, end)
            text = _QUOTED.sub("\n", data[first:behind].decode("utf-8", "replace"))
            constructs[start] = Construct("formula", "display" if display else "inline", text=text.strip())
            raw[start:end] = placeholder(end - start)
    return bytes(raw)


def mask_html_elements(data: bytes) -> bytes:
    """Mask the tags of HTML elements with Markdown in them, except in fenced code."""
    lines = data.splitlines(keepends=True)
    fence = b""
    for i, line in enumerate(lines):
        mark = FENCE.match(line.rstrip(b"\r\n"))
        if mark and (not fence or myst.closes(line.strip(), fence)):
            fence = b"" if fence else mark["fence"]
        elif not fence and b" markdown" in line:
            lines[i] = mask_elements(line)
    return b"".join(lines)


def mark_of(text: bytes) -> bytes:
    """Return a mark of a construct on a line of its own. Too short for a comment: a line of asterisks ends a paragraph too."""
    return comment(text) if len(text) > 6 else b"*" * len(text)


def code_of(data: bytes) -> Ranges:
    """Return the ranges of code and formulas of a text."""
    ranges: list[tuple[int, int]] = []
    for event, span in parse_events(data.decode("utf-8", "replace"), definition_lists=True):
        if isinstance(event, dict):
            ((kind, value),) = event.items()
            if kind in _INLINE or (kind == "Start" and isinstance(value, dict) and "CodeBlock" in value):
                ranges.append((span["start"], span["end"]))
    return Ranges.merged(ranges)


def comment(text: bytes) -> bytes:
    """Return a comment of the same length and with the same line ends."""
    blank = re.sub(rb"[^\r\n]", b" ", text)
    return b"<!--" + blank[4:-3] + b"-->"


def placeholder(length: int) -> bytes:
    """Return what stands for a construct within a line."""
    return MARK.encode() + b"x" * (length - 3)
