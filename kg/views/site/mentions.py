"""Finds the sentences in which notes link to a concept, for backlinks."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from kg.model import Assessment, Resolved, ResolvedLink
from kg.notes.marks import without_marks
from kg.notes.myst import read_as_markdown

SENTENCES: Final = 3
"""Maximum number of sentences shown for a note and a concept; there can be thousands."""
_LONGEST: Final = 240
_AROUND: Final = 1200
"""Number of bytes on each side of a link that are searched for its sentence."""
_NOTES: Final = 4096
"""Maximum number of notes that are kept in memory."""
_MARK: Final = "\ue000"
"""A private-use character that marks the start of the link while markup is removed."""
_WIKI: Final = re.compile(r"!?\[\[([^\[\]|]*)(?:\|([^\[\]]*))?\]\]")
_LINK: Final = re.compile(r"!?\[([^\[\]]*)\]\(((?:[^()\s]|\([^()]*\))*)(?:\s+\"[^\"]*\")?[ \t]*\)")
_MARKUP: Final = re.compile(r"(\*\*|__|~~|`+|(?<!\w)[*_](?=\S)|(?<=\S)[*_](?!\w))")
_MARKERS: Final = frozenset("*_~`")
_START: Final = re.compile(
    r"^\s*(?:>\s?|[-*+]\s+(?:\[[ xX]\]\s+)?|\d{1,9}[.)]\s+|#{1,6}\s+|\||(?:!!!|\?\?\?\+?|===[!+]?)\s+[^\n]*\n)\s*"
)
_CALLOUT: Final = re.compile(r"^\s*\[![^\]\r\n]{1,60}\][+-]?[ \t]*")
_CUT: Final = re.compile(r"\[([^\[\]]*)\]\([^()\s]*\Z")
"""A link that the end of the searched bytes cuts."""
_FOOTNOTE: Final = re.compile(r"\[\^[^\]\s\[]{1,200}\](?!:)")
_BETWEEN: Final = re.compile(r"(?<=[。！？!?])\s*|(?<=\.)\s+(?=[A-Z\u4e00-\u9fff\ue000\"“(])")
_BLANK: Final = re.compile(rb"\r?\n[ \t]*\r?\n")
_WIDE_BREAK: Final = re.compile(r"(?<=[\u3000-\u9fff\uff00-\uffef])\s*\n\s*(?=[\u3000-\u9fff\uff00-\uffef])")


class LinkInText(NamedTuple):
    """A link in running text."""

    path: str
    line: int
    sentence: str


def sentence(data: bytes, start: int) -> str:
    """The sentence around the link at byte `start`, as plain text.

    >>> sentence("# A\\n\\nOne. It uses **[[b|the b]]** now. Two.".encode(), 20)
    'It uses the b now.'
    >>> sentence("- 甲乙。见[乙](b.md)的\\n定义。丙".encode(), 14)
    '见乙的定义。'
    """
    begin = max((m.end() for m in _BLANK.finditer(data, max(0, start - _AROUND), start)), default=max(0, start - _AROUND))
    blank = _BLANK.search(data, start, start + _AROUND)
    end = blank.start() if blank else min(len(data), start + _AROUND)
    before, behind = data[begin:start].decode("utf-8", "replace"), data[start:end].decode("utf-8", "replace")
    lines = before.split("\n")
    first = next((i for i in range(len(lines) - 1, -1, -1) if _START.match(lines[i])), 0)
    rest = behind.split("\n")
    last = next((i for i in range(1, len(rest)) if _START.match(rest[i])), len(rest))
    text = "\n".join(lines[first:]) + _MARK + "\n".join(rest[:last])
    text = _START.sub("", text)
    if "[[" in text:
        text = _WIKI.sub(lambda m: m[2] or m[1].rpartition("/")[2], text)
    text = _CUT.sub(lambda m: m[1], text)
    if "](" in text:
        text = _LINK.sub(lambda m: m[1] if m[1].strip(_MARK) else m[1] + m[2].lstrip("/#"), text)
    if not _MARKERS.isdisjoint(text):
        text = _MARKUP.sub("", text)
    text = without_marks(_FOOTNOTE.sub("", _CALLOUT.sub("", text)))
    if "\n" in text:
        text = _WIDE_BREAK.sub("", text)
    parts = _BETWEEN.split(text)
    chosen = next((p for p in parts if _MARK in p), text)
    at = chosen.index(_MARK) if _MARK in chosen else 0
    chosen = " ".join(chosen.replace(_MARK, "").replace("|", " ").split())
    if len(chosen) <= _LONGEST:
        return chosen
    left = max(0, min(at - _LONGEST // 2, len(chosen) - _LONGEST))
    cut = chosen[left : left + _LONGEST].strip()
    return f"{'…' if left else ''}{cut}{'…' if left + _LONGEST < len(chosen) else ''}"


class LinksInText:
    """Links between notes by target; sentences are extracted on demand."""

    def __init__(self, assessment: Assessment, text_of: Callable[[str], str]) -> None:
        self._text_of = text_of
        self._links: dict[str, dict[str, list[ResolvedLink]]] = defaultdict(lambda: defaultdict(list))
        concept_of = assessment.corpus.concept_of
        for link in assessment.corpus.links:
            if link.link.context != "text" or not isinstance(link.resolution, Resolved):
                continue
            target = concept_of.get(link.resolution.path)
            source = concept_of.get(link.source, "")
            if target is not None and source != target:
                self._links[target][source or link.source].append(link)
        self._sentences: dict[tuple[str, int], str] = {}
        # A note that links to many concepts is read once for all of them.
        self._bytes = lru_cache(maxsize=_NOTES)(self._read)

    def of(self, iri: str) -> Mapping[str, Sequence[ResolvedLink]]:
        """The sources of links to a concept in running text: IRI of a concept or path of another note → links."""
        return self._links.get(iri, {})

    def mention(self, link: ResolvedLink) -> LinkInText:
        """A link with its sentence."""
        key = link.source, link.link.start
        text = self._sentences.get(key)
        if text is None:
            text = self._sentences[key] = sentence(self._bytes(link.source), link.link.start)
        return LinkInText(link.source, link.link.line, text)

    def _read(self, path: str) -> bytes:
        # Offsets of links exclude a byte order mark.
        return read_as_markdown(self._text_of(path).removeprefix("\ufeff").encode("utf-8", "replace"), 0)
