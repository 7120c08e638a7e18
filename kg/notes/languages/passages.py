"""The paragraphs of a note by language, and its sections: a line scanner over the text behind the front matter."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Final, NamedTuple

_FENCE: Final = re.compile(r"^\s{0,8}(?:>\s*)?(`{3,}|~{3,})")
_HEADING: Final = re.compile(r" {0,3}(#{1,6})[ \t]")
_MARK: Final = re.compile(r"^[\s>]*(?:[-*+]\s+(?:\[.\]\s+)?|\d{1,9}[.)]\s+|[一二三四五六七八九十]{1,3}、)?")
_SPACE: Final = re.compile(r"\S")
_DISPLAY: Final = re.compile(r"\$\$(.+?)\$\$", re.DOTALL)
_INLINE: Final = re.compile(r"(?<![\\$])\$(?![\s$])([^$\n]{1,400}?)(?<![\s\\])\$(?![\d$])")
_CODE: Final = re.compile(r"(?<!`)(`{1,8})(?!`)(.{1,400}?)(?<!`)\1(?!`)")
# Targets of links, addresses, embedded files, sizes of images, HTML tags, attributes: not what readers see.
_UNSEEN: Final = re.compile(
    r"!\[\[[^\[\]\n]{1,400}\]\]|\|\d{1,5}(?:x\d{1,5})?(?=\]\()"
    r"|\]\([^()\s]{0,400}\)|\[\[(?:[^\[\]|]{0,200}\|)?|\]\]|https?://[^\s<>()，。；、]{1,400}|<!--.{0,400}?-->|</?[A-Za-z][^<>]{0,1000}>|\{[#.:][^{}]{0,200}\}"
    r"|\[\^[^\]]{1,40}\]"
)
_HAN: Final = re.compile(r"[\u3400-\u9fff]")
_WORD: Final = re.compile(r"[A-Za-z][A-Za-z'’-]+")

ZH: Final = "zh"
EN: Final = "en"
BOTH: Final = ""
"""The language of what speaks to readers of either: tables, code, diagrams, lines in two languages."""


class NoteFormula(NamedTuple):
    """A formula in a paragraph."""

    line: int
    column: int
    tex: str


@dataclass(slots=True)
class NotePassage:
    """Consecutive lines of one paragraph, list item, table or block."""

    line: int
    """1-based line of its first line in the file."""
    language: str
    text: str
    """The words; formulas, code and addresses are blanked, character by character, so that columns stay."""
    code: str
    """Text of code spans and formulas: numbers in it count as present."""
    formulas: list[NoteFormula]
    words: int
    """Length in words; 1.7 Chinese characters count as one."""
    section: int
    """Index of its heading in `BilingualText.headings`; -1 before the first."""


class NoteHeading(NamedTuple):
    """A heading with its language: ``BOTH`` if it has words in both."""

    line: int
    level: int
    text: str
    language: str
    parent: int
    """Index of the heading above it; -1 at the top."""


@dataclass(slots=True)
class BilingualText:
    """The text of a note in pieces."""

    headings: list[NoteHeading] = field(default_factory=list)
    passages: list[NotePassage] = field(default_factory=list)
    shown: list[NotePassage] = field(default_factory=list)
    """Displayed formulas, code and diagrams."""

    def words(self, language: str) -> int:
        """Return how long the note is in a language, in words."""
        return sum(p.words for p in self.passages if p.language == language)


def language_of_text(text: str) -> tuple[str, int]:
    """Return the language of a text and its length in words; `BOTH` if it has whole phrases of both, or no words.

    >>> language_of_text("Raft 把时间划分为任期"), language_of_text("A pod (容器组) is a group"), language_of_text("42")
    (('zh', 5), ('', 4), ('', 0))
    >>> language_of_text("容器 / Container")[0]
    ''
    """
    han, latin = len(_HAN.findall(text)), len(_WORD.findall(text))
    words = han * 10 // 17 + latin
    if not han and not latin:
        return BOTH, 0
    if " / " in text and han > 1 and latin:
        return BOTH, words
    if han * 10 // 17 >= latin:
        return ZH, words
    return (EN if latin > 2 * han or not han else BOTH), words


def split_passages(lines: list[str], first: int) -> BilingualText:
    """Divide the lines of a text, of which the first is line `first` of the file, into headings and passages."""
    text = BilingualText()
    open_: list[int] = []  # indices of the headings above
    start, paragraph = first, [""][:0]
    fence = display = ""

    def close(line: int, *, shown: bool = False) -> None:
        if paragraph:
            _add(text, line, paragraph, open_[-1] if open_ else -1, shown=shown)
            paragraph.clear()

    for number, line in enumerate(lines, start=first):
        if fence or display:
            paragraph.append(line)
            m = _FENCE.match(line) if fence else None
            if (m and m[1].startswith(fence) and not line.strip(" >`~")) or (display and "$$" in line):
                close(start, shown=True)
                fence = display = ""
            continue
        m = _FENCE.match(line)
        if m or (line.lstrip().startswith("$$") and line.count("$$") == 1):
            close(start)
            start, fence, display = number, m[1] if m else "", "" if m else "$$"
            paragraph.append(line)
            continue
        heading = _HEADING.match(line)
        if heading or not _SPACE.search(line) or _is_item(line) or (paragraph and _is_row(line) != _is_row(paragraph[-1])):
            close(start)
        if heading:
            level = len(heading[1])
            while open_ and text.headings[open_[-1]].level >= level:
                open_.pop()
            words = line[heading.end() :].strip().rstrip("#").rstrip()
            text.headings.append(NoteHeading(number, level, words, language_of_text(words)[0], open_[-1] if open_ else -1))
            open_.append(len(text.headings) - 1)
        elif _SPACE.search(line):
            if not paragraph:
                start = number
            paragraph.append(line)
    close(start, shown=bool(fence or display))
    return text


def _is_item(line: str) -> bool:
    m = _MARK.match(line)
    return m is not None and bool(m[0].strip(" >\t"))


def _is_row(line: str) -> bool:
    return line.lstrip(" >").startswith("|")


def _add(text: BilingualText, line: int, lines: list[str], section: int, *, shown: bool) -> None:
    whole = "\n".join(_MARK.sub(lambda m: " " * len(m[0]), each, count=1) for each in lines) if not shown else "\n".join(lines)
    if shown:
        displayed = [NoteFormula(line, 1, m[1]) for m in _DISPLAY.finditer(whole)]
        text.shown.append(NotePassage(line, BOTH, "", whole, displayed, 0, section))
        return
    formulas: list[NoteFormula] = []
    code: list[str] = []
    starts = [0, *accumulate(len(each) + 1 for each in lines)]

    def take(m: re.Match[str]) -> str:
        code.append(m[m.lastindex or 0])
        if m[0].startswith("$"):
            row = bisect_right(starts, m.start()) - 1
            formulas.append(NoteFormula(line + row, m.start() - starts[row] + 1, m[1]))
        return "".join(c if c == "\n" else " " for c in m[0])

    for pattern in (_CODE, _DISPLAY, _INLINE):
        if "`" in whole or "$" in whole:
            whole = pattern.sub(take, whole)
    whole = _UNSEEN.sub(lambda m: "".join(c if c == "\n" else " " for c in m[0]), whole)
    language, words = (BOTH, 0) if _is_row(lines[0]) else language_of_text(whole)
    pieces = text.shown if formulas and not words and not _is_row(lines[0]) else text.passages
    pieces.append(NotePassage(line, language, whole, "\n".join(code), formulas, words, section))
