"""The lead of a note (its first paragraph) and what defines something: the beginnings of sections that announce it.

A definition may go on behind a display formula, and it may be a list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from kg.notes.definitions import HAN, DefinitionCandidate, defined_subject, says_something
from kg.notes.marks import without_marks
from kg.notes.structure import Structure

# What Logseq writes into the text of a block: macros, references to blocks, attributes of pictures, marks of Org mode.
_OUTLINE_MARKS: Final = re.compile(r"\{\{[^{}]*\}\}|\(\([0-9a-fA-F-]{36}\)\)|\{:[a-z][^{}]*\}|^\s*#\+\w+.*")
_BLOCK_PROPERTY: Final = re.compile(r"\s*[^\s:#\[\](){}`<>\"]+::(?:\s|$)")
_DRAWERS: Final = frozenset((":LOGBOOK:", ":PROPERTIES:"))
_LEAD_CHARACTERS: Final = 1200
_DISPLAY: Final = re.compile(r"\$\$(?P<tex>[^$]*)\$\$")
_ENDED: Final = re.compile(r"[.。!！?？…][\"'”’)）\]*_]*$")
_GOES_ON: Final = re.compile(r"[a-z]|其中|此处|这里|则|那么|使得|满足|时|的|且|和|与|并|当|即|或|对|成立|收敛|为")
"""How a paragraph begins that goes on with the sentence of a formula above it."""


class Lead:
    """Finds the lead and the beginnings of sections that announce a definition."""

    __slots__ = ("_announced", "_around", "_direct", "_parts", "_result", "want")

    def __init__(self, result: Structure) -> None:
        self._result = result
        self.want = True
        """Whether the next paragraph matters."""
        self._around: list[tuple[int, str]] = []
        """Level and text of the heading of each section that is open, outermost first; without the title of the note."""
        self._announced: str | None = None
        self._direct = True
        """Whether nothing but a title came before."""
        self._parts: list[DefinitionCandidate] = []
        """What the last paragraph is a candidate of, if its sentence may go on in the next one: lead, definition, or both."""

    def heading(self, words: str, level: int) -> None:
        """Handle a heading."""
        while self._around and self._around[-1][0] >= level:
            self._around.pop()
        self._announced = defined_subject(words)
        self._parts = []
        is_title = level == 1 and len(self._result.raw_headings) <= 1
        if not is_title:
            self._around.append((level, words))
            self._direct = False
        self.want = self._announced is not None or self._result.lead is None

    def block(self) -> None:
        """Handle a block that is not a paragraph: what follows it doesn't follow the title."""
        self._direct = False
        self._end()

    def formula(self, tex: str, line: int, column: int) -> None:
        """Handle a formula that is a block of its own."""
        if self._announced is not None or self._parts:
            self.paragraph(f"$${' '.join(tex.split())}$$", line, column)
        else:
            self.block()

    @property
    def wants_list(self) -> bool:
        """Whether a list would be a definition: alone in its section, or announced by the paragraph above it."""
        announced = any(part.subject is not None and part.text.endswith((":", "：")) for part in self._parts)
        return self._announced is not None or announced

    def items(self, items: Sequence[str], linked: int, line: int, column: int) -> None:
        """Handle the texts of the items of a list, if `wants_list`. `linked`: number of characters in links."""
        texts = [text for item in items if (text := without_marks(" ".join(item.split())))]
        words = _joined(texts)
        # A list of links is a contents, and single words are no definition.
        if says_something(words) and 2 * linked < sum(map(len, texts)):
            if self._parts:
                self._extend(words)
            else:
                self.paragraph(words, line, column)
        self._end()

    def paragraph(self, words: str, line: int, column: int) -> None:
        """Handle a paragraph outside of lists and quotes, or the text of a block of an outline."""
        result, announced = self._result, self._announced
        words = without_marks(words)
        if not words:
            return
        if self._parts:
            if _continues(self._parts[0].text, words):
                self._extend(words)
                return
            self._end()
            if not self.want:
                return
        if announced is not None:
            around = self._around[-2][1] if len(self._around) > 1 else ""
            candidate = DefinitionCandidate(words[:_LEAD_CHARACTERS], announced, around, line, column)
            result.definitions.append(candidate)
            self._parts.append(candidate)
            self._announced = None
        elif "::" in words[:60] or "：：" in words[:60]:
            return
        if result.lead is None:
            section = self._around[-1][1] if self._around else "-"
            around = "" if self._direct else section
            result.lead = DefinitionCandidate(words[:_LEAD_CHARACTERS], None, around, line, column)
            self._parts.append(result.lead)
        self.want = _is_open(words)
        if not self.want:
            self._parts = []

    def block_of_outline(self, text: str, line: int, column: int) -> None:
        """Handle a block at the top of a page of Logseq, without its drawers, properties, macros and references."""
        lines = (_OUTLINE_MARKS.sub("", row) for row in _without_drawers(text) if not _BLOCK_PROPERTY.match(row))
        self.paragraph(" ".join(" ".join(lines).split()), line, column)

    def _extend(self, words: str) -> None:
        """Add what goes on with the last paragraph to the candidates that it is."""
        result = self._result
        for i, part in enumerate(self._parts):
            longer = part._replace(text=f"{part.text} {words}"[:_LEAD_CHARACTERS])
            if result.lead is part:
                result.lead = longer
            else:
                result.definitions[-1] = longer
            self._parts[i] = longer
        if not _is_open(words):
            self._end()

    def _end(self) -> None:
        """End the last paragraph: nothing goes on with its sentence."""
        self._parts = []
        self.want = self._announced is not None or self._result.lead is None


def _is_open(words: str) -> bool:
    """Return whether the sentence at the end of a paragraph may go on in the next one.

    >>> [_is_open(text) for text in ("Such that", "Such that $$a,$$", "$$a.$$", "A pod is a group.")]
    [True, True, False, False]
    """
    text = words.rstrip()
    last = _last_formula(text)
    return not _ENDED.search(last if last is not None else text)


def _continues(text: str, words: str) -> bool:
    """Return whether a paragraph goes on with an open one: a formula, or what stands behind a formula."""
    if (m := _DISPLAY.match(words)) and m.end() >= len(words.rstrip()) - 1:
        return True
    last = _last_formula(text)
    return last is not None and (last.endswith((",", "，", ";", "；")) or _GOES_ON.match(words) is not None)


def _last_formula(text: str) -> str | None:
    """Return the source of the display formula at the end of a text, with a sign behind it; None if there is none."""
    text = text.rstrip()
    body = text.rstrip(".,;。，；")
    if not body.endswith("$$"):
        return None
    start = body.rfind("$$", 0, -2)
    return (body[start + 2 : -2].rstrip() + text[len(body) :]) if start >= 0 else None


def _joined(items: Sequence[str]) -> str:
    """Return the items of a list in one line.

    >>> _joined(["a is b.", "c is d", "e"]), _joined(["甲", "乙"])
    ('a is b. c is d; e', '甲；乙')
    """
    between = "；" if any(map(HAN.search, items)) else "; "
    ended = (item + (" " if _ENDED.search(item) else between) for item in items[:-1])
    return "".join((*ended, *items[-1:]))


def _without_drawers(text: str) -> Iterator[str]:
    """Yield the lines of a block of Logseq but for those of drawers and boxes of Org mode."""
    inside = False
    for row in text.split("\n"):
        mark = row.strip().upper()
        if mark in _DRAWERS or mark.startswith("#+BEGIN_"):
            inside = True
        elif not inside:
            yield row
        elif mark == ":END:" or mark.startswith("#+END_"):
            inside = False
