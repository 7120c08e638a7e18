"""The running text of a note, in which names of concepts can be found and linked, and its terms."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import Final, NamedTuple

from kg.model import Link, Note
from kg.suggest.formulas import FORMULA, SHORT_FORMULA, notation, without_formulas

BLANK: Final = "\0"
"""Replaces each character outside running text: links, code, formulas, markup. Names never contain it."""

_PROSE_KEYS: Final = ("definition", "description", "summary", "abstract")
"""Front matter keys whose text counts as running text."""

# Not running text, longest constructs first: comments, fences, formulas, code, tags, shortcodes, addresses.
_MARKUP: Final = re.compile(
    r"<!--.*?(?:-->|\Z)"
    r"|^[ \t]*(?P<fence>`{3,}|~{3,})[^\n]*\n.*?(?:^[ \t]*(?P=fence)[`~]*[ \t]*$|\Z)"
    r"|\$\$.*?\$\$"
    r"|(?P<tick>`+)[^`\n]+(?P=tick)"
    r"|\$[^$\n ][^$\n]*\$"
    r"|\{\{.*?\}\}"
    r"|</?[a-zA-Z][^<>\n]*>"
    r"|^[ \t]*\[[^\]\n]+\]:[^\n]*$"
    r"|https?://[^\s<>()]+",
    re.DOTALL | re.MULTILINE,
)
_YAML_COMMENT: Final = re.compile(r"(?<=\s)#[^\r\n]*|^#[^\r\n]*")
_SPACES: Final = "-_/\n\t\r\u00a0\u2010\u2011"
"""Characters that count as spaces."""
_TOKEN: Final = re.compile(
    r"[a-z0-9\u00c0-\u024f]+|[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+|[\u0370-\u1fff\u3040-\u30ff\uac00-\ud7af]+"
)
_HAN_FIRST: Final = "\u3400"
MOST_CHARACTERS: Final = 200_000
"""Maximum number of characters read of a note."""


class NoteText(NamedTuple):
    """The text of a note. `plain` and `raw` have the same length, so offsets apply to both."""

    raw: str
    """The text of the file, without a byte order mark."""
    plain: str
    """Lower case with normalised spaces, and `BLANK` outside running text. Short formulas stay, as parts of names."""
    shown: str
    """The text of its links, in lower case."""
    formulas: str = ""
    """Its formulas, as written."""

    def at(self, offset: int) -> tuple[int, int]:
        """Line and column of a character, both counted from 1."""
        return self.raw.count("\n", 0, offset) + 1, offset - (self.raw.rfind("\n", 0, offset) + 1) + 1


def lower(text: str) -> str:
    """Convert to lower case without changing the length.

    >>> lower("Raft İ"), len(lower("İ"))
    ('raft İ', 1)
    """
    lowered = text.lower()
    return lowered if len(lowered) == len(text) else "".join(c if len(c.lower()) != 1 else c.lower() for c in text)


def plain_spaces(text: str) -> str:
    """Replace the characters that count as spaces. One `replace` for each is several times faster than `translate`.

    >>> plain_spaces("service-mesh\\tcore")
    'service mesh core'
    """
    for character in _SPACES:
        text = text.replace(character, " ")
    return text


def normal(name: str) -> str:
    """Normalise a name to its form in plain text.

    >>> normal(" Service-Mesh  (SMI) ")
    'service mesh (smi)'
    """
    return " ".join(plain_spaces(lower(name)).split())


def read_running_text(note: Note, raw: str) -> NoteText:
    """Return the running text of a note; `raw` is the text of its file, decoded from UTF-8."""
    mark = raw.startswith("\ufeff")
    raw = raw.removeprefix("\ufeff")
    size = min(len(raw), MOST_CHARACTERS)
    offsets = _Characters(raw)
    # Offsets of links exclude a byte order mark; the offset of the body includes it.
    body = min(offsets.of(max(0, note.body - 3 * mark)), size)
    parts = [*_front(note, raw, body)]
    cursor = body
    shown: list[str] = []
    for link in sorted(note.links, key=lambda link: (link.start, -link.end)):
        start, end = offsets.of(link.start), offsets.of(link.end)
        if start < cursor or link.context == "front-matter" or end > size:
            continue
        parts += [raw[cursor:start], BLANK * (end - start)]
        shown.append(shows(link))
        cursor = end
    parts.append(raw[cursor:size])
    plain = _without_hidden("".join(parts), note, offsets)
    formulas = []

    def blank(markup: re.Match[str]) -> str:
        if markup[0][0] == "$":
            formulas.append(markup[0])
            if SHORT_FORMULA.fullmatch(markup[0]):
                return markup[0]
        return BLANK * len(markup[0])

    plain = plain[:body] + _MARKUP.sub(blank, plain[body:])
    return NoteText(raw, plain_spaces(lower(plain)), plain_spaces(lower("\n".join(shown))), "\n".join(formulas))


def shows(link: Link) -> str:
    """The visible text of a link: its text, otherwise the last part of its target.

    >>> shows(Link(1, 1, "wikilink", "a/service-mesh.md", None, "", False, None, "text", 0, 9))
    'service-mesh'
    """
    return link.text or re.sub(r"\.(?:md|markdown|html?)$", "", link.target.rstrip("/").rpartition("/")[2])


def _blank(m: re.Match[str]) -> str:
    return BLANK * (m.end() - m.start())


def _without_hidden(plain: str, note: Note, offsets: _Characters) -> str:
    """Return the text with the comments of the note blank, also where `raw` still has them."""
    parts, cursor = [], 0
    for begin, end in note.hidden:
        first, last = offsets.of(begin), min(offsets.of(end), len(plain))
        if cursor <= first < last:
            parts += [plain[cursor:first], BLANK * (last - first)]
            cursor = last
    return "".join((*parts, plain[cursor:])) if parts else plain


def _front(note: Note, raw: str, body: int) -> Iterator[str]:
    """Yield the front matter, blank except for the text of its definition and similar keys."""
    front = raw[:body]
    if not front:
        return
    wanted = {note.lines[key] for key in _PROSE_KEYS if key in note.lines}
    starts = set(note.lines.values())
    inside = False
    for number, line in enumerate(front.splitlines(keepends=True), 1):
        if number in starts:
            inside = number in wanted
        if not inside or "[" in line:
            yield BLANK * len(line)
            continue
        line = _YAML_COMMENT.sub(_blank, line)
        key = re.match(r"\s*[\w-]+\s*:", line)
        skip = key.end() if key else 0
        yield BLANK * skip + line[skip:]


class _Characters:
    """Converts byte offsets in UTF-8 text to character offsets; fast if the offsets are roughly ascending."""

    def __init__(self, text: str) -> None:
        self._data = b"" if text.isascii() else text.encode("utf-8", "surrogatepass")
        self._ascii = text.isascii()
        self._bytes = self._count = 0

    def of(self, offset: int) -> int:
        if self._ascii:
            return offset
        if offset < self._bytes:
            self._bytes = self._count = 0
        self._count += len(self._data[self._bytes : offset].decode("utf-8", "replace"))
        self._bytes = offset
        return self._count


def word_stem(word: str) -> str:
    """A word without a plural ending.

    >>> [word_stem(w) for w in ("containers", "policies", "class", "dns", "status")]
    ['container', 'policy', 'class', 'dns', 'status']
    """
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 3 and word.endswith("s") and word[-2] not in "su'i":
        return word[:-1]
    return word


def word_runs(text: str) -> list[str]:
    """The words of a plain text, and its runs of Chinese characters.

    >>> word_runs("pods of 服务网格")
    ['pods', 'of', '服务网格']
    """
    return _TOKEN.findall(text)


def prose_tokens(text: str) -> list[str]:
    r"""The terms of a text as written, with those of its formulas.

    >>> prose_tokens(r"The ring $\mathbb{Z}$ of integers")
    ['the', 'ring', 'of', 'integer', '\\mathbb:Z']
    """
    words = tokens(lower(without_formulas(text)))
    return words + formula_tokens(text) if "$" in text else words


def formula_tokens(text: str) -> list[str]:
    """The terms of the formulas in a text."""
    return [
        term
        for formula in FORMULA.findall(text)
        for part in notation(formula)
        for term in ((part,) if part[0] == "\\" else tokens(lower(part)))
    ]


def tokens(text: str) -> list[str]:
    """The terms of a plain text: words without plural endings, and pairs of adjacent Chinese characters.

    >>> tokens("pods of 服务网格")
    ['pod', 'of', '服务', '务网', '网格']
    """
    return [term for run in _TOKEN.findall(text) for term in _terms_of(run)]


def count_tokens(*texts: str) -> Counter[str]:
    """Count the terms of plain texts; each different word is looked at once.

    >>> count_tokens("pods and a pod", "服务")
    Counter({'pod': 2, 'and': 1, '服务': 1})
    """
    runs: Counter[str] = Counter()
    for text in texts:
        runs.update(_TOKEN.findall(text))
    counts: dict[str, int] = {}
    for run, times in runs.items():
        for term in _terms_of(run):
            counts[term] = counts.get(term, 0) + times
    return Counter(counts)


@lru_cache(maxsize=200_000)
def _terms_of(run: str) -> tuple[str, ...]:
    """The terms of a word or of a run of Chinese characters."""
    if run[0] < _HAN_FIRST:
        return (word_stem(run),) if len(run) > 1 else ()
    return (run,) if len(run) == 1 else tuple(map("".join, pairwise(run)))
