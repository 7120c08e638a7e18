"""The parts of a tool's Markdown that determine how a note is parsed and that other tools lack."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Final, NamedTuple
from urllib.parse import unquote

from kg.notes.source import Source


class Dialect(NamedTuple):
    """Constructs with another or no meaning in other tools; all off if the tool is unknown."""

    label_first: bool = False
    """Dendron writes ``[[label|note]]``, all other tools ``[[note|label]]``."""
    meta_data: bool = False
    """MkDocs reads ``key: value`` lines at the top of a file as meta-data."""
    books: bool = False
    """mdBook: chapters begin with a heading of any level, by their depth in the book."""
    myst: bool = False
    """MyST: a line that begins with ``%`` is a comment."""
    admonitions: bool = False
    """Python-Markdown: lines indented below ``!!! note``, ``??? note`` and ``=== "Tab"`` are Markdown, not code."""
    properties: bool = False
    """Logseq: ``key:: value`` lines at the top are properties of the page, quoted values hold no links, ``#[[a b]]`` tags."""
    bundles: bool = False
    """Hugo: ``index.md`` is a page with files of its own, not the index of a folder."""
    journal_titles: str = ""
    """Logseq: the form of dates that are titles of journal pages, such as ``MMM do, yyyy``."""
    journal_files: str = ""
    """Logseq: the form of dates in the names of their files."""
    comments: bool = True
    """Obsidian: text between two ``%%`` is a comment. On where the tool isn't known: what an author hid is never shown."""
    definitions: bool = True
    """Foam: ``[b]: notes/b.md`` says which file ``[[b]]`` means. Obsidian ignores it."""
    file_labels: bool = False
    """Obsidian: a note is called as its file, not as its first heading."""
    tex: bool = False
    """``\\(…\\)`` and ``\\[…\\]`` are formulas: where an extension is configured. Elsewhere they are escaped brackets."""
    file_titles: str = ""
    """Logseq: the encoding of titles in file names: ``triple-lowbar`` or ``legacy``; empty if titles come from elsewhere."""

    okf: bool = False
    """Open Knowledge Format: every file but `index.md` and `log.md` is a concept; paths in front matter are links."""
    okf_roots: tuple[str, ...] = ("",)
    """Prefixes of the names of notes in each bundle."""
    okf_ignored: tuple[str, ...] = ()
    """Patterns of `.okfignore`: files that are not concepts."""


class DialectMap(NamedTuple):
    """The dialects of notes by their names."""

    usual: Dialect
    folders: tuple[tuple[str, Dialect], ...] = ()
    """Prefix of names → dialect of the notes there; the last one that fits counts."""

    def of(self, name: str) -> Dialect:
        """Return the dialect of a note.

        >>> DialectMap(PLAIN, (("a/", Dialect(tex=True)),)).of("a/b.md").tex
        True
        """
        for prefix, dialect in reversed(self.folders):
            if name.startswith(prefix):
                return dialect
        return self.usual


PLAIN: Final = Dialect()
"""Notes of no particular tool."""

# MkDocs' own regular expressions (mkdocs/utils/meta.py).
_META: Final = re.compile(r"[ ]{0,3}(?P<key>[A-Za-z0-9_-]+):\s*(?P<value>.*)")
_META_MORE: Final = re.compile(r"(?:[ ]{4}|\t)\s*(?P<value>.*)")


def meta_data(source: Source) -> tuple[dict[str, object], dict[str, int], int]:
    """Return MultiMarkdown meta-data: values, the line of each key, and the byte offset after them.

    >>> meta_data(Source(b"Title:   My Document\\nAuthors: A\\n    B\\n\\nText: no\\n"))
    ({'title': 'My Document', 'authors': 'A B'}, {'title': 1, 'authors': 2}, 39)
    """
    values: dict[str, object] = {}
    lines: dict[str, int] = {}
    key = ""
    for i, begin in enumerate(source.starts):
        end = source.starts[i + 1] if i + 1 < len(source.starts) else len(source.data)
        line = source.slice(begin, end).rstrip("\r\n")
        if not line.strip():
            return values, lines, end if values else 0
        if m := _META.match(line):
            key = m["key"].lower()
            values[key] = f"{values[key]} {m['value'].strip()}" if values.get(key) else m["value"].strip()
            lines.setdefault(key, i + 1)
        elif key and (m := _META_MORE.match(line)):
            values[key] = f"{values[key]} {m['value'].strip()}"
        else:
            return values, lines, begin if values else 0
    return values, lines, len(source.data)


_PROPERTY: Final = re.compile(
    r"(?:[-*][ \t]+|[ \t]+)?(?P<key>[^\s:#\[\](){}`<>\"][^\s:\[\](){}`<>\"]*)::(?:[ \t]+(?P<value>.*))?$"
)
_LISTS: Final = frozenset(("alias", "tags", "tag"))


def page_properties(source: Source, start: int) -> Iterator[tuple[str, object, int]]:
    """Yield Logseq's page properties, the first block of a file: key, value, line; `alias` and `tags` are lists.

    >>> list(page_properties(Source(b"alias:: AI, [[machine intelligence]]\\ntype:: idea\\n\\n- x:: y\\n"), 0))
    [('alias', ['AI', 'machine intelligence'], 1), ('type', 'idea', 2)]
    """
    first = source.at(start)[0]
    for i in range(first - 1, len(source.starts)):
        end = source.starts[i + 1] if i + 1 < len(source.starts) else len(source.data)
        m = _PROPERTY.match(source.slice(source.starts[i], end).rstrip("\r\n"))
        if not m:
            return
        key, value = m["key"].lower(), (m["value"] or "").strip()
        if key in _LISTS:
            parts = (part.strip().removeprefix("#").removeprefix("[[").removesuffix("]]") for part in value.split(","))
            yield key, [part for part in parts if part], i + 1
        else:
            yield key, value, i + 1


def file_title(name: str, way: str) -> str:
    """Decode a Logseq file name to its title.

    >>> file_title("Logseq___Features%3F", "triple-lowbar"), file_title("a.b%2Fc", "legacy")
    ('Logseq/Features?', 'a/b/c')
    """
    return unquote(name.replace("___", "/") if way == "triple-lowbar" else name.replace(".", "/"))


_TOKEN: Final = re.compile(r"yyyy|yy|MMMM|MMM|MM|M|dd|do|d|EEEE|EEE|EE|E|'[^']*'")
_NUMBERS: Final = {"yyyy": r"(?P<year>\d{4})", "MM": r"(?P<month>\d\d)", "M": r"(?P<month>\d\d?)", "dd": r"(?P<day>\d\d)"}


def journal_title(name: str, file_form: str, title_form: str) -> str | None:
    """Return the title of a Logseq journal page by its file's name without extension; None if that is not a date.

    >>> journal_title("2021_02_25", "yyyy_MM_dd", "MMM do, yyyy"), journal_title("note", "yyyy_MM_dd", "yyyy-MM-dd")
    ('Feb 25th, 2021', None)
    """
    form, position = "", 0
    for m in _TOKEN.finditer(file_form):
        form += re.escape(file_form[position : m.start()]) + _NUMBERS.get(m.group(), r"\d+")
        position = m.end()
    matched = re.fullmatch(form + re.escape(file_form[position:]), name)
    parts = matched.groupdict() if matched else {}
    try:
        day = date(int(parts["year"]), int(parts["month"]), int(parts["day"]))
    except (KeyError, ValueError):
        return None
    ending = "th" if 10 < day.day < 20 else {1: "st", 2: "nd", 3: "rd"}.get(day.day % 10, "th")
    month, weekday = _MONTHS[day.month - 1], _WEEKDAYS[day.weekday()]
    values = {
        "yyyy": f"{day.year:04}", "yy": f"{day.year % 100:02}", "MMMM": month, "MMM": month[:3], "MM": f"{day.month:02}",
        "M": str(day.month), "dd": f"{day.day:02}", "do": f"{day.day}{ending}", "d": str(day.day), "EEEE": weekday,
        "EEE": weekday[:3], "EE": weekday[:3], "E": weekday[:3],
    }  # fmt: skip
    return _TOKEN.sub(lambda m: values.get(m.group(), m.group().strip("'")), title_form)


# Names of months and days as Logseq writes them, in every language of the program.
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

# Marker of an indented container → the marker of a list item of the same length, to which lines indented by four belong.
_CONTAINER: Final = re.compile(
    rb"^(?P<indent>[ ]*)(?:(?P<long>\?\?\?\+|===[!+])|(?P<short>!!!|\?\?\?|===))(?=[ ]+[\w\"])", re.MULTILINE
)


def mask_admonitions(data: bytes) -> bytes:
    """Replace the markers of admonitions and tabs by list markers, so that their content is Markdown; offsets don't change.

    >>> mask_admonitions(b"!!! note\\n    See [b](b.md).\\n")
    b'-   note\\n    See [b](b.md).\\n'
    """
    return _CONTAINER.sub(lambda m: m["indent"] + (b"- ++" if m["long"] else b"-  "), data)


_BULLET: Final = re.compile(rb"(?P<indent>[ \t]*)[-*+](?=\s|\Z)")
_DEEP: Final = re.compile(rb"\t{1,3}|[ ]{4,5}")
"""Indentations that CommonMark reads as code where no list is open, and that can be made shallower in place."""
_FENCE: Final = re.compile(rb"`{3,}|~{3,}")


def mask_blocks(data: bytes) -> bytes:
    """Make Logseq's blocks below a heading without a bullet a list; offsets don't change.

    Logseq indents them as children of the heading, by tabs or spaces. To CommonMark they are code, since no list is open.

    >>> mask_blocks(b"## Usage\\n\\t- a\\n\\t  b\\n- c\\n\\t- d\\n")
    b'## Usage\\n - a\\n   b\\n- c\\n\\t- d\\n'
    >>> mask_blocks(b"# A\\n    - a\\n        - b\\n")
    b'# A\\n-   - a\\n        - b\\n'
    """
    lines = data.splitlines(keepends=True)
    fence = below = b""
    in_list = after_blank = False
    for i, line in enumerate(lines):
        bullet = None if fence else _BULLET.match(line)
        indent = bullet["indent"] if bullet is not None else b""
        if fence:
            fence = b"" if line.startswith(fence) and not line.strip().strip(fence[:1]) else fence
        elif below and line.startswith(below):
            lines[i] = b" " * len(below) + line[len(below) :]
        elif bullet is not None and not in_list and _DEEP.fullmatch(indent):
            if indent.startswith(b"\t"):
                below = indent
                lines[i] = b" " * len(indent) + line[len(indent) :]
            else:
                lines[i] = b"-" + line[1:]  # an item around it: spaces can't be taken away
                in_list = True
        elif bullet is not None and (len(indent) < 4 or indent == b"\t"):
            in_list, below = True, b""
        elif line.strip() and not line.startswith((b" ", b"\t")):
            mark = _FENCE.match(line)
            fence = mark.group() if mark else b""
            in_list = in_list and not (after_blank or mark or line.startswith(b"#"))
            below = b""
        after_blank = not line.strip()
    return b"".join(lines)


_WITH_MARKDOWN: Final = re.compile(
    rb"^(?P<indent>[ \t>]*)<(?:figure|div|section|p|span|center|article|aside)(?=\s)[^<>\r\n]*?\smarkdown(?:=[^\s<>]{0,9})?"
    rb"(?:\s[^<>\r\n]*)?>[ \t]*$",
    re.MULTILINE,
)


def mask_elements(data: bytes) -> bytes:
    """Blank the start tags of HTML elements whose content is Markdown by the attribute ``markdown``; offsets don't change.

    Python-Markdown's extension `md_in_html`, kramdown and PHP Markdown Extra read them. What fills the line is text, so that
    an indented line below it isn't code.

    >>> mask_elements(b"<figure markdown>\\n  ![a](a.png)\\n</figure>\\n").replace(b"\\x0c", b".")
    b'.................\\n  ![a](a.png)\\n</figure>\\n'
    """
    return _WITH_MARKDOWN.sub(lambda m: m["indent"] + b"\x0c" * (len(m.group()) - len(m["indent"])), data)
