"""Texts made of pieces of other texts: each byte knows where it comes from, so that edits and links can be traced back."""

from __future__ import annotations

import difflib
from bisect import bisect_right
from collections.abc import Callable, Iterable
from functools import cached_property
from itertools import accumulate
from typing import Final, NamedTuple

_LONGEST: Final = 4_000
"""Bytes of a difference in which bytes that both texts have are looked for: the search takes quadratic time."""


class TextEdit(NamedTuple):
    """Replaces a range of a file's bytes by others."""

    start: int
    end: int
    """Byte offset behind the range; equal to `start` for an insertion."""
    new: bytes


class TextPiece(NamedTuple):
    """A range of a file, kept or replaced."""

    path: str
    """The file, or empty for new text."""
    start: int
    end: int
    new: bytes | None = None
    """What replaces the range; None if it is kept."""


class TextDraft:
    """A new text of a file.

    >>> draft = TextDraft.whole("a.md", lambda _: b"0123456").replaced([TextEdit(2, 4, b"x")])
    >>> draft.data, draft.origin(2), draft.origin(3), draft.edits("a.md")
    (b'01x456', ('a.md', 2), ('a.md', 4), [TextEdit(start=2, end=4, new=b'x')])
    """

    def __init__(self, pieces: Iterable[TextPiece], text_of: Callable[[str], bytes]) -> None:
        """`text_of` returns the bytes of a file before the change."""
        self.pieces = tuple(piece for piece in pieces if piece.new is not None or piece.start < piece.end)
        self._text_of = text_of

    @classmethod
    def whole(cls, path: str, text_of: Callable[[str], bytes]) -> TextDraft:
        """Return the unchanged text of a file."""
        return cls((TextPiece(path, 0, len(text_of(path))),), text_of)

    @cached_property
    def data(self) -> bytes:
        """The bytes."""
        return b"".join(map(self._bytes, self.pieces))

    def _bytes(self, piece: TextPiece) -> bytes:
        return piece.new if piece.new is not None else self._text_of(piece.path)[piece.start : piece.end]

    @cached_property
    def _starts(self) -> list[int]:
        return list(accumulate((len(self._bytes(piece)) for piece in self.pieces), initial=0))[:-1]

    def origin(self, offset: int) -> tuple[str, int] | None:
        """Return file and offset from which the byte at an offset comes; None for new text.

        The first byte of a replacement comes from the first byte of what it replaces.
        """
        i = bisect_right(self._starts, offset) - 1
        if i < 0 or offset > len(self.data):
            return None
        piece, behind = self.pieces[i], offset - self._starts[i]
        if not piece.path or (piece.new is not None and behind):
            return None
        return piece.path, piece.start + behind

    def replaced(self, edits: Iterable[TextEdit]) -> TextDraft:
        """Return the text with ranges of it replaced; of ranges that overlap, the first counts."""
        pieces: list[TextPiece] = []
        position = 0
        for edit in sorted(set(edits)):
            if edit.start < position:
                continue
            pieces += self._between(position, edit.start)
            origin = self.origin(edit.start) if edit.end > edit.start else None
            width = edit.end - edit.start
            pieces.append(
                TextPiece(origin[0], origin[1], origin[1] + width, edit.new) if origin else TextPiece("", 0, 0, edit.new)
            )
            position = edit.end
        return TextDraft([*pieces, *self._between(position, len(self.data))], self._text_of)

    def slice(self, start: int, end: int) -> list[TextPiece]:
        """Return the pieces of a range."""
        return self._between(start, end)

    def _between(self, start: int, end: int) -> list[TextPiece]:
        result = []
        for at, piece in zip(self._starts, self.pieces, strict=True):
            size = len(self._bytes(piece))
            first, behind = max(start, at), min(end, at + size)
            if first >= behind:
                continue
            if piece.new is None:
                result.append(TextPiece(piece.path, piece.start + first - at, piece.start + behind - at))
            elif first == at:
                result.append(piece._replace(new=piece.new[: behind - at]))
            else:
                result.append(TextPiece("", 0, 0, piece.new[first - at : behind - at]))
        return result

    def edits(self, path: str) -> list[TextEdit]:
        """Return the edits that make this text from that of a file."""
        result: list[TextEdit] = []
        cursor, inserted = 0, b""
        size = len(self._text_of(path))
        for piece in (*self.pieces, TextPiece(path, size, size)):
            if piece.path == path and piece.new is None and piece.start >= cursor:
                if inserted or piece.start > cursor:
                    result.append(TextEdit(cursor, piece.start, inserted))
                cursor, inserted = piece.end, b""
            else:
                inserted += self._bytes(piece)
        return [edit for edit in result if self._text_of(path)[edit.start : edit.end] != edit.new]


def edits_between(old: bytes, new: bytes) -> list[TextEdit]:
    """Return the edits from one text to another; bytes that both have stay, as far as the difference is short.

    >>> edits_between(b"abcd", b"abxcd")
    [TextEdit(start=2, end=2, new=b'x')]
    >>> edits_between(b"is: '[[a]]' .", b"is: ['[[a]]', b] .")
    [TextEdit(start=4, end=4, new=b'['), TextEdit(start=11, end=11, new=b', b]')]
    """
    if old == new:
        return []
    start = 0
    limit = min(len(old), len(new))
    while start < limit and old[start] == new[start]:
        start += 1
    end = 0
    while end < limit - start and old[-1 - end] == new[-1 - end]:
        end += 1
    gone, come = old[start : len(old) - end], new[start : len(new) - end]
    if max(len(gone), len(come)) > _LONGEST:
        return [TextEdit(start, len(old) - end, come)]
    matcher = difflib.SequenceMatcher(None, gone, come, autojunk=False)
    changes = (op for op in matcher.get_opcodes() if op[0] != "equal")
    return [TextEdit(start + a, start + b, come[c:d]) for _, a, b, c, d in changes]
