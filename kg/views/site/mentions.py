"""Finds the sentences in which notes link to a concept, for backlinks."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Final, NamedTuple

from kg.base.formulas import in_words
from kg.model import Assessment, Note, Resolved, ResolvedLink
from kg.notes.cmark import parse_events
from kg.notes.marks import without_marks
from kg.notes.structure import has_label, label_of_wikilink
from kg.views.site.constructs import Construct
from kg.views.site.foreign_marks import HOLLOW, MARK
from kg.views.site.prepared import prepare_text

SENTENCES: Final = 3
"""Maximum number of sentences shown for a note and a concept; there can be thousands."""
_LONGEST: Final = 240
_AROUND: Final = 1200
"""Number of characters on each side of a link that are searched for its sentence."""
_NEAR: Final = 4 * _AROUND
"""Number of bytes that have at least as many characters."""
_MARK: Final = "\ue001"
"""A private-use character that marks the link while markup is removed."""
_WITHIN: Final = frozenset(("Emphasis", "Strong", "Strikethrough", "Link", "Image", "Superscript", "Subscript"))
"""Tags within a line; the start and the end of all others are borders of text."""
_CELLS: Final = " | "
_TAG: Final = re.compile(r"<!--.*?(?:-->|\Z)|</?[A-Za-z][^<>]*>", re.DOTALL)
_CONSTRUCT: Final = re.compile("\ue000x*")
"""What stands for a construct of other tools within a line."""
_CALLOUT: Final = re.compile(r"^\s*\[![^\]\r\n]{1,60}\][+-]?[ \t]*")
_FOOTNOTE: Final = re.compile(r"\[\^[^\]\s\[]{1,200}\](?!:)")
_BETWEEN: Final = re.compile(r"(?<=[。！？!?])\s*|(?<=\.)\s+(?=[A-Z\u4e00-\u9fff\ue001\"“(])")
_WIDE_BREAK: Final = re.compile(r"(?<=[\u3000-\u9fff\uff00-\uffef])(\ue001?)\s*\n\s*(?=\ue001?[\u3000-\u9fff\uff00-\uffef])")


class LinkInText(NamedTuple):
    """A link in running text."""

    path: str
    line: int
    sentence: str


class PassagePart(NamedTuple):
    """A part of a text as readers see it."""

    start: int
    """Byte offset in the file."""
    end: int
    text: str
    exact: bool
    """Whether the text is the one in the file."""


_START: Final = attrgetter("start")


class Passages:
    """The texts of a note between borders: paragraphs, headings, items of lists, rows of tables, blocks of HTML."""

    def __init__(self, data: bytes, body: int, note: Note | None = None) -> None:
        """Read what follows the front matter, which ends at byte `body`, as the note's page does."""
        self._data = data
        self._passages = [passage for passage in _passages(data, body, note) if passage]
        self._starts = [passage[0].start for passage in self._passages]

    def sentence(self, start: int) -> str:
        """The sentence around the link at byte `start`, as plain text; empty if no text is around it.

        >>> Passages("# A\\n\\nOne. It uses **[[b|the b]]** now. Two.".encode(), 0).sentence(20)
        'It uses the b now.'
        >>> Passages("## 标题\\n- 甲乙。见[乙](b.md)的\\n定义。丙".encode(), 0).sentence(24)
        '见乙的定义。'
        """
        number = bisect_right(self._starts, start) - 1
        if number < 0:
            return ""
        before, after = self._around(self._passages[number], start)
        text = _plain(f"{before}{_MARK}{after}")
        chosen = next((part for part in _BETWEEN.split(text) if _MARK in part), text)
        if len(chosen) > _LONGEST:
            chosen = in_words(chosen)  # no formula is cut in two
        at = chosen.find(_MARK)
        chosen = " ".join(chosen.replace(_MARK, "").split())
        if len(chosen) <= _LONGEST:
            return chosen
        left = max(0, min(at - _LONGEST // 2, len(chosen) - _LONGEST))
        cut = chosen[left : left + _LONGEST].strip()
        return f"{'…' if left else ''}{cut}{'…' if left + _LONGEST < len(chosen) else ''}"

    def _around(self, passage: Sequence[PassagePart], start: int) -> tuple[str, str]:
        """The text before and behind a byte; of a long passage only what is near."""
        place = bisect_left(passage, start, key=_START)
        before, after = deque[str](), list[str]()
        length = 0
        for i in range(place - 1, -1, -1):
            piece = passage[i]
            text = piece.text
            if piece.exact and piece.start < start < piece.end:
                # Many links can be in one long piece: only what is near is copied, from the first byte of a character.
                text = self._data[max(piece.start, start - _NEAR) : start].decode("utf-8", "ignore")
                after.append(self._data[start : min(piece.end, start + _NEAR)].decode("utf-8", "ignore"))
            before.appendleft(text)
            length += len(text)
            if length >= _AROUND:
                break
        length = 0
        for i in range(place, len(passage)):
            after.append(passage[i].text)
            length += len(passage[i].text)
            if length >= _AROUND:
                break
        return "".join(before)[-_AROUND:], "".join(after)[:_AROUND]


class LinksInText:
    """Links between notes by target; sentences are extracted on demand."""

    def __init__(self, assessment: Assessment, text_of: Callable[[str], str]) -> None:
        self._text_of = text_of
        self._notes = assessment.corpus.notes
        self._links: dict[str, dict[str, list[ResolvedLink]]] = defaultdict(lambda: defaultdict(list))
        self._starts: dict[str, list[int]] = defaultdict(list)
        concept_of = assessment.corpus.concept_of
        for link in assessment.corpus.links:
            if link.link.context != "text" or not isinstance(link.resolution, Resolved):
                continue
            target = concept_of.get(link.resolution.path)
            source = concept_of.get(link.source, "")
            if target is not None and source != target:
                self._links[target][source or link.source].append(link)
                self._starts[link.source].append(link.link.start)
        self._sentences: dict[str, dict[int, str]] = {}

    def of(self, iri: str) -> Mapping[str, Sequence[ResolvedLink]]:
        """The sources of links to a concept in running text: IRI of a concept or path of another note → links."""
        return self._links.get(iri, {})

    def mention(self, link: ResolvedLink) -> LinkInText:
        """A link with its sentence."""
        sentences = self._sentences.get(link.source)
        if sentences is None:
            # A note that links to many concepts is read once for all of them.
            sentences = self._sentences[link.source] = self._read(link.source)
        return LinkInText(link.source, link.link.line, sentences[link.link.start])

    def _read(self, path: str) -> dict[int, str]:
        # Offsets of links exclude a byte order mark; the end of the front matter doesn't.
        text = self._text_of(path)
        mark = 3 * text.startswith("\ufeff")
        data = text.removeprefix("\ufeff").encode("utf-8", "replace")
        note = self._notes[path]
        passages = Passages(data, max(0, note.body - mark), note)
        return {start: passages.sentence(start) for start in self._starts[path]}


def _plain(text: str) -> str:
    """Remove what isn't text for readers, but the mark of the link stays."""
    text = without_marks(_CONSTRUCT.sub("", _FOOTNOTE.sub("", _CALLOUT.sub("", text))))
    return _WIDE_BREAK.sub(r"\1", text) if "\n" in text else text


def _passages(data: bytes, body: int, note: Note | None) -> Iterator[list[PassagePart]]:
    prepared = prepare_text(data[body:], note, body)
    reader = _PassageReader(data, body, prepared.constructs, note)
    for event, span in parse_events(prepared.markdown.decode("utf-8", "replace"), definition_lists=True):
        if done := reader.read(event, span["start"] + body, span["end"] + body):
            yield done
    yield reader.pieces


class _PassageReader:
    """Collects the pieces of each passage from the events of pulldown-cmark."""

    def __init__(self, data: bytes, body: int, constructs: Mapping[int, Construct], note: Note | None) -> None:
        self.data, self.body, self.constructs = data, body, constructs
        self.label_first = note is not None and note.label_first
        self.outline = note is not None and note.outline
        self.pieces: list[PassagePart] = []
        self.links: list[tuple[int, str, str, bool]] = []
        """Number of pieces before each open link, its destination, its label if it isn't its text, and whether the destination
        is its text."""
        self.silent = False
        """Whether what follows is code or stands for a title of an admonition."""
        self.row = False

    def read(self, event: object, start: int, end: int) -> list[PassagePart]:
        """Handle an event; return the passage that it ends. Events are of many shapes, see `parse_events`."""
        if not isinstance(event, dict):
            if event == "Rule" or self.silent:
                self.silent = False
                return self._border()
            self.pieces.append(PassagePart(start, end, "\n", exact=False))
            return []
        ((kind, value),) = event.items()
        if kind in ("Start", "End"):
            tag, detail = (value, None) if isinstance(value, str) else next(iter(value.items()))
            if tag in _WITHIN:
                self._link(kind, tag, detail, start)
                return []
            if tag == "TableCell":
                if kind == "Start" and self.pieces:
                    self.pieces.append(PassagePart(start, start, _CELLS, exact=False))
                return []
            self.silent = kind == "Start" and (tag == "CodeBlock" or (tag == "Item" and start - self.body in self.constructs))
            return self._border()
        if not self.silent:
            self._text(kind, value, start, end)
        return []

    def _border(self) -> list[PassagePart]:
        done, self.pieces = self.pieces, []
        return done

    def _link(self, kind: str, tag: str, detail: object, start: int) -> None:
        """Handle a tag within a line: a link without text shows its destination, one by name the name without folders."""
        if tag not in ("Link", "Image"):
            return
        if kind == "Start" and isinstance(detail, dict):
            wiki = detail["link_type"]
            named = isinstance(wiki, dict) and not has_label(detail)
            # The link begins before its text: an empty piece stands for that place.
            self.pieces.append(PassagePart(start, start, "", exact=False))
            label = label_of_wikilink(detail, label_first=self.label_first, outline=self.outline)
            self.links.append((len(self.pieces), detail["dest_url"], label, named))
            return
        first, destination, label, named = self.links.pop()
        shown = "".join(piece.text for piece in self.pieces[first:])
        if label:
            self.pieces[first:] = [PassagePart(start + 1, start + 1, label, exact=False)]
        elif named or (not shown.strip() and tag == "Link"):
            text = shown.rpartition("/")[2] if named else destination.lstrip("/#")
            self.pieces[first:] = [PassagePart(start + 1, start + 1, text, exact=False)]

    def _text(self, kind: str, value: object, start: int, end: int) -> None:
        written = self.data[start:end].decode("utf-8", "replace")
        if isinstance(value, str) and kind in ("Text", "Code"):
            value = self._with_formulas(value, start).replace(HOLLOW.decode(), "") if not value.isprintable() else value
            self.pieces.append(PassagePart(start, end, value, exact=value == written))
        elif kind in ("InlineMath", "DisplayMath"):
            self.pieces.append(PassagePart(start, end, written, exact=False))
        elif kind in ("Html", "InlineHtml"):
            self._html(written, start)

    def _with_formulas(self, text: str, start: int) -> str:
        """A text with the formulas for which marks stand in it."""

        def source_of(mark: re.Match[str]) -> str:
            at = start + len(text[: mark.start()].encode())
            construct = self.constructs.get(at - self.body)
            is_formula = construct is not None and construct.kind == "formula"
            return f"${construct.text}$" if construct is not None and is_formula else mark[0]

        return _CONSTRUCT.sub(source_of, text) if MARK in text else text

    def _html(self, written: str, start: int) -> None:
        """Add the text of HTML; a link begins within its tag."""
        at = 0
        for tag in (*_TAG.finditer(written), None):
            text = written[at : tag.start() if tag else None]
            end = start + len(text.encode("utf-8", "replace"))
            if text:
                self.pieces.append(PassagePart(start, end, text, exact=True))
            if tag is not None:
                at, start = tag.end(), end + len(tag.group().encode("utf-8", "replace"))
