"""The source line of a finding, with a marker below the place; wide characters take two columns."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from kg.base import files
from kg.base.names import NOTE_ENDINGS
from kg.base.widths import text_width

if TYPE_CHECKING:
    from kg.notes.dialect import Dialect, DialectMap

_THING: Final = re.compile(
    r"#{1,6}[ \t][^\n]*|!?\[\[.*?\]\]|!?\[(?:[^\[\]\\]|\\.)*+\]\([^)]*\)"
    r"|<!--.*?-->|<[^<>]*>|\"[^\"]*\"(?:@[\w-]+)?|'[^']*'|[^\s,;|\"'\[\]()]+"
)
_BREAK: Final = re.compile(rb"\r\n?|\n")
_COMMENTS: Final = (b"%", b"<!--", b"comment", b"]: #", b"]: <")
"""What a note with comments contains."""
_TAB: Final = 4
_HIDDEN: Final = "\U000e0020"
"""Stands for a hidden character of four bytes (`kg.notes.hidden`)."""


class Excerpt(NamedTuple):
    """A line to print, and the markers below it."""

    text: str
    marks: str


class Excerpts:
    """Lines of files, without what authors hid in them."""

    def __init__(self, read_dialects: Callable[[], DialectMap]) -> None:
        """`read_dialects` is called if a note may have comments: what is one depends on the tool of the notes."""
        self._read_dialects = read_dialects
        self._path = ""
        self._lines: tuple[str, ...] = ()
        """The lines of the last file: findings come file by file."""

    def excerpt(self, path: str, name: str, place: tuple[int, int], width: int) -> Excerpt | None:
        """The line of a file, truncated to `width` around the column; None if the line doesn't exist or is blank.

        `name`: how notes name the file; `place`: line and column.
        """
        if path != self._path:
            self._path, self._lines = path, self._read(path, name)
        line, column = place
        if not 1 <= line <= len(self._lines) or not self._lines[line - 1].strip():
            return None
        return cut(self._lines[line - 1], column, width)

    def _read(self, path: str, name: str) -> tuple[str, ...]:
        try:
            data = files.read(path, cut=True)
        except OSError:
            return ()
        data = data.removeprefix(b"\xef\xbb\xbf")
        if path.lower().endswith(NOTE_ENDINGS) and any(mark in data for mark in _COMMENTS):
            data = _without_comments(path, data, self._read_dialects().of(name))
        return tuple(part.decode("utf-8", "replace") for part in _BREAK.split(data))


def _without_comments(path: str, data: bytes, dialect: Dialect) -> bytes:
    """What the author hid isn't printed either, except its marks and what it tells kg."""
    # start time: only notes with comments need the parser
    from kg.notes import parse_note
    from kg.notes.hidden import shown_text
    from kg.notes.suppressions import MARK

    note = parse_note(path, data, dialect)
    if note.hidden and path.lower().endswith(".ipynb"):
        return b""  # offsets are those of the text of its cells
    data = data if data.isascii() else data.decode("utf-8", "replace").encode()
    hidden = [(begin + 2, end) for begin, end in note.hidden if MARK not in data[begin:end]]
    return shown_text(data, hidden).encode()


def cut(text: str, column: int, width: int) -> Excerpt:
    """Truncate a line to `width`, and mark the token that starts at a column.

    >>> cut("见 [[容器]]。", 3, 80)
    Excerpt(text='见 [[容器]]。', marks='   ^~~~~~~~')
    >>> cut("a" * 30 + " [[b]] " + "c" * 30, 32, 20)
    Excerpt(text='…aaaaaa [[b]] ccccc…', marks='        ^~~~~')
    """
    start = min(max(column - 1, 0), len(text))
    # Only the visible part of a long line is examined, since a line of 1 MB can have one finding for each word.
    far = max(width, 20)
    skipped, rest = max(0, start - far), len(text) > start + far
    text, start = text[skipped : start + far], start - skipped
    m = _THING.match(text, start)
    end = max(m.end() if m else start + 1, start + 1)
    plain = text.isascii() and text.isprintable()
    widths = [1] * len(text) if plain else [_cells(c) for c in text]
    left, right = _window(widths, start, end, width)
    body = text[left:right] if plain else "".join(map(_shown, text[left:right]))
    before = sum(widths[left:start]) + (1 if left or skipped else 0)
    span = max(1, sum(widths[start : min(end, right)]))
    shown = ("…" if left or skipped else "") + body + ("…" if right < len(text) or rest else "")
    return Excerpt(shown.rstrip(), " " * before + "^" + "~" * (span - 1))


def _window(widths: list[int], start: int, end: int, width: int) -> tuple[int, int]:
    """The part of a line that fits: the marked part, and equal space on both sides."""
    if sum(widths) <= width:
        return 0, len(widths)
    left, right = start, start
    room = width - 2
    while right < min(end, len(widths)) and widths[right] <= room:
        room -= widths[right]
        right += 1
    while room > 0 and (left > 0 or right < len(widths)):
        before = room
        if left > 0 and widths[left - 1] <= room:
            left -= 1
            room -= widths[left]
        if right < len(widths) and widths[right] <= room:
            room -= widths[right]
            right += 1
        if room == before:
            break
    return left, right


def _shown(c: str) -> str:
    if c.isprintable():
        return c
    # Wide spaces indent Chinese paragraphs, and stand for what is hidden.
    return " " * _cells(c) if c in ("\t", _HIDDEN) or unicodedata.category(c) == "Zs" else "\ufffd"


@lru_cache(maxsize=10_000)
def _cells(c: str) -> int:
    if c == "\t":
        return _TAB
    return text_width(c) if c.isprintable() or unicodedata.category(c) == "Zs" else 1
