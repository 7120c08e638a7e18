"""MyST, the Markdown of Sphinx: roles, labels and directives, replaced by Markdown of the same length.

Sources: MyST-Parser's documentation, "Roles and directives", "Cross-references" and "Organising content".
"""

from __future__ import annotations

import re
from typing import Final

from kg.notes.cmark import parse_events
from kg.notes.inline import Ranges

DIRECTIVE: Final = re.compile(
    rb"(?P<indent>[ \t]*(?:>[ \t]?)*(?:[-*+][ \t]+)?)(?P<fence>`{3,}|~{3,}|:{3,})[ \t]*"
    rb"\{(?P<name>[a-z][\w:-]*)\}(?P<rest>[^\r\n]*)"
)
"""The line that opens a directive."""
OPTION: Final = re.compile(rb"[ \t>]*:[a-z][\w-]*:(?:[ \t][^\r\n]*)?\s*")
"""An option of a directive, on a line below it."""
_TEXT: Final = frozenset(
    "note tip hint important warning caution danger error attention seealso admonition todo dropdown details card "
    "card-header card-footer card-body grid grid-item grid-item-card tab-set tab-item sidebar margin topic aside "
    "versionadded versionchanged versionremoved deprecated epigraph div container figure glossary exercise solution "
    "only pull-quote compound highlights table admonish info success question quote example".split()
)
"""Directives whose content is Markdown."""
HIDDEN: Final = frozenset(
    "toctree contents tableofcontents index meta sectionauthor codeauthor currentmodule raw sidebar-links".split()
)
"""Directives that show nothing of their own."""
CODE: Final = frozenset(("code", "code-block", "sourcecode", "code-cell", "prompt", "parsed-literal"))
_SIGN: Final = re.compile(rb"\}`|^[ \t>]*(?:[-*+][ \t]+)?(?:`{3,}|~{3,})[ \t]*\{|^[ \t>]*:{3,}|^\([\w:.\-]+\)=", re.MULTILINE)
_ROLE: Final = re.compile(
    rb"(?<![\w\\{}`$])\{(?P<name>[a-z][\w:+.-]*)\}(?P<ticks>`+)(?!`)(?P<content>[^`\r\n]+)(?P=ticks)(?!`)"
)
_LINKS: Final = frozenset((b"doc", b"ref", b"numref", b"any", b"download", b"std:doc", b"std:ref"))
"""Roles whose content names a note, a file or a label of these notes."""
_TITLED: Final = re.compile(rb"(?P<text>[^<>]*?)[ \t]*<(?P<target>[^<>]+)>")
LABEL: Final = re.compile(rb"\((?P<name>[\w:.\-]{1,200})\)=[ \t]*")
"""The line that names the next block."""
_COMMENT: Final = re.compile(rb"^%[^\r\n]*", re.MULTILINE)
_FENCE: Final = re.compile(rb"[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*(?P<fence>`{3,}|~{3,})(?P<info>[^\r\n]*)")
# Those that include a file or make text stay: they show that the note isn't complete.
_COLONS: Final = re.compile(
    rb"[ \t]*(?:>[ \t]?)*:{3,}[ \t]*(?:(?!\{?include|mkdocs-|moniker|zone)\{?[A-Za-z][\w-]*(?![\w.-])\}?[^\r\n]*)?"
)
_SPANS: Final = frozenset(("Code", "InlineMath", "DisplayMath"))
_FILL: Final = b"\x0c"


def is_text(name: str) -> bool:
    """Return whether the content of a directive is Markdown."""
    return name in _TEXT or name.startswith(("prf:", "proof:"))


def may_hold(data: bytes, start: int) -> bool:
    """Return whether a text may contain roles, labels or directives."""
    return (b"}`" in data or b":::" in data or b"`{" in data or b"~{" in data or b")=" in data) and bool(
        _SIGN.search(data, start)
    )


def read_as_markdown(data: bytes, start: int) -> bytes:
    r"""Return a text in which roles are links or their content, and marks of directives and labels are blank.

    >>> read_as_markdown(b"See {doc}`the guide <use/a>`, {func}`~p.run`.\n", 0).replace(b"\x0c", b"")
    b'See [the guide](use/a      ), `run`.\n'
    >>> read_as_markdown(b"```{note}\nSee [b](b.md).\n```\n", 0)
    b'         \nSee [b](b.md).\n   \n'
    """
    if not may_hold(data, start):
        return data
    return with_roles(without_directives(data, start), start)


def with_roles(data: bytes, start: int) -> bytes:
    """Return a text with links and code in place of roles."""
    if data.find(b"}`", start) < 0:
        return data
    code = code_ranges(without_directives(data, start), start)
    counted, opened = start, 0  # the brackets of the line up to a role

    def markdown(m: re.Match[bytes]) -> bytes:
        nonlocal counted, opened
        if m.start() < start or code.holds(m.start()):
            return m.group()
        if begin := data.rfind(b"\n", counted, m.start()) + 1:
            counted, opened = begin, 0
        opened += data.count(b"[", counted, m.start()) - data.count(b"]", counted, m.start())
        counted = m.start()
        return _of_role(m["name"], m["content"].strip(), nested=opened > 0).ljust(len(m.group()), _FILL)[: len(m.group())]

    return _ROLE.sub(markdown, data)


def _of_role(name: bytes, content: bytes, *, nested: bool) -> bytes:
    """Return the Markdown for a role; `nested` in the text of a link, in which no other link can stand."""
    titled = _TITLED.fullmatch(content)
    text, target = (titled["text"], titled["target"].strip()) if titled else (b"", content)
    if name in _LINKS and not nested and not any(sign in content for sign in (b"[", b"]", b"(", b")")):
        # Spaces at the end of the destination keep the length.
        destination = b"<" + target + b">" if b" " in target else target
        size = len(name) + 2 + len(content) + 2
        return b"[" + text + b"](" + destination + b" " * max(0, size - len(text) - len(destination) - 4) + b")"
    if name == b"math":
        return b"$" + content + b"$"
    shown = text or target.removeprefix(b"!")
    if shown.startswith(b"~"):
        shown = shown.rpartition(b".")[2].lstrip(b"~")
    plain = name in (b"term", b"abbr", b"guilabel", b"sub", b"sup", b"menuselection") and not any(c in shown for c in b"[]*_<>")
    return shown if plain else b"`" + shown + b"`"


def without_directives(data: bytes, start: int) -> bytes:
    """Return a text with blank lines in place of the marks of directives with Markdown, of their options, and of labels."""
    lines = data[start:].splitlines(keepends=True)
    fence, opened, options = b"", list[bytes](), False
    for i, line in enumerate(lines):
        text = line.rstrip(b"\r\n")
        if fence:
            fence = b"" if closes(text, fence) else fence
            continue
        if options and OPTION.fullmatch(text):
            lines[i] = _blank(text) + line[len(text) :]
            continue
        options = False
        directive = DIRECTIVE.fullmatch(text)
        mark = _FENCE.match(text)
        if directive and (directive["fence"].startswith(b":") or is_text(directive["name"].decode())):
            opened.append(directive["fence"])
            options = True
        elif opened and closes(text, opened[-1]):
            opened.pop()
        elif mark:
            fence = mark["fence"]
            continue
        elif not (_COLONS.fullmatch(text) and b"](" not in text) and not LABEL.fullmatch(text):
            continue
        lines[i] = _blank(text) + line[len(text) :]
    return data[:start] + b"".join(lines)


def closes(line: bytes, fence: bytes) -> bool:
    """Return whether a line closes a fence."""
    text = line.strip(b" \t>")
    return text.startswith(fence) and not text.strip(fence[:1])


def _blank(line: bytes) -> bytes:
    """Return a line without its content; marks of quotes stay."""
    return re.sub(rb"[^>]", b" ", line) if line.lstrip().startswith(b">") else b" " * len(line)


def comment_ranges(data: bytes, code: Ranges, start: int) -> list[tuple[int, int]]:
    """Return the lines of comments, which begin with ``%``."""
    return [m.span() for m in _COMMENT.finditer(data, start) if not code.holds(m.start())]


def code_ranges(data: bytes, start: int) -> Ranges:
    """Return the ranges of code and formulas of a text."""
    ranges: list[tuple[int, int]] = []
    for event, span in parse_events(data[start:].decode("utf-8", "replace")):
        if isinstance(event, dict):
            ((kind, value),) = event.items()
            if kind in _SPANS or (kind == "Start" and isinstance(value, dict) and "CodeBlock" in value):
                ranges.append((span["start"] + start, span["end"] + start))
    return Ranges.merged(ranges)
