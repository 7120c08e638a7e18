"""Running text of a note: highlights, block ids, inline footnotes, states of tasks, and constructs within a line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from markupsafe import escape

from kg.views.site.foreign_marks import MARK

if TYPE_CHECKING:
    from kg.views.site.writer import HtmlWriter, Mark

_BLOCK_ID: Final = re.compile(r"(?:^|[ \t])\^([\w-]+)[ \t]*\Z")
_PLACEHOLDER: Final = re.compile(f"{MARK}x*")
_STATE: Final = re.compile(rb"(?:[-*+]|\d{1,9}[.)])[ \t]+\[([^\]\r\n\\])\][ \t]")
_SPACE: Final = frozenset(" \t\r\n\u3000")
_WORD: Final = re.compile(r"[A-Za-z0-9_=]")


class Inline:
    """Writes the text of one note into its writer."""

    def __init__(self, writer: HtmlWriter) -> None:
        self.writer = writer
        self.highlight: int | None = None
        """Position in the output of the ``==`` that may open a highlight."""
        self.note: tuple[Mark, int] | None = None
        """Where an inline footnote began, and the depth of its brackets."""

    def text(self, text: str, start: int, end: int) -> None:
        """Write a piece of text, from an offset to another."""
        writer = self.writer
        if start < writer.skip_until:
            if end <= writer.skip_until:
                return
            text = _behind(text, writer.skip_until - start)
        if writer.title is not None and start < writer.title[1]:
            if end <= writer.title[1]:
                return
            text, start = _behind(text, writer.title[1] - start), writer.title[1]
        if writer.images:
            writer.plain.append(text)
            return
        if text == "[" and (cited := writer.cited.group_at(writer.base + start)) is not None:
            html, end_of_group = cited
            writer.out.append(html)
            writer.plain.append(" ")
            writer.skip_until = max(writer.skip_until, end_of_group - writer.base)
            return
        if self._state(text, start):
            return
        if "^" in text and end - start == len(text.encode()):
            text = self._block_id(text, end)
        if MARK in text:
            self._constructs(text, start)
        elif "[" in text or "]" in text or "^" in text:
            self._brackets(text, end)
        else:
            self.plain(text, start, end)

    def plain(self, text: str, start: int, end: int) -> None:
        """Write text with its highlights."""
        writer = self.writer
        writer.plain.append(text)
        if "==" not in text:
            writer.out.append(escape(text))
            return
        for i, part in enumerate(text.split("==")):
            if i:
                before = text[: sum(len(p) + 2 for p in text.split("==")[:i]) - 2]
                self._highlight(before[-1:] or self._neighbour(start, -1), part[:1] or self._neighbour(end, 1) if i else "")
            writer.out.append(escape(part))

    def _neighbour(self, offset: int, direction: int) -> str:
        """The character before or behind an offset."""
        source = self.writer.source
        part = source[max(0, offset - 4) : offset] if direction < 0 else source[offset : offset + 4]
        text = part.decode("utf-8", "ignore")
        return (text[-1:] if direction < 0 else text[:1]) or " "

    def _highlight(self, before: str, behind: str) -> None:
        """Write ``==``: it closes a highlight, may open one, or is text."""
        out = self.writer.out
        if self.highlight is not None and before not in _SPACE and not _WORD.match(behind):
            out[self.highlight] = "<mark>"
            out.append("</mark>")
            self.highlight = None
            self.writer.has_html = True  # it may cross other elements
            return
        if behind not in _SPACE and behind != "=" and not _WORD.match(before):
            self.highlight = len(out)
        out.append("==")

    def end_block(self) -> None:
        """End a paragraph or another element of running text: what is still open is text."""
        self.highlight = None
        self.note = None

    def _state(self, text: str, start: int) -> bool:
        """Whether text is part of the state of a task that Markdown doesn't know, as in ``- [/] half done``."""
        writer = self.writer
        if text not in ("[", "]") and len(text) != 1:
            return False
        source = writer.source
        for back in range(2, 12):  # the marker of the item is nearby
            match = _STATE.match(source, max(0, start - back))
            if match is None or not match.start(1) - 1 <= start <= match.end(1):
                continue
            if start == match.start(1) - 1 and writer.blocks and writer.out[-1] in ("<li>", "<p>"):
                writer.out.append(writer.task(match[1].decode("utf-8", "replace")))
                return True
            return "task-item" in "".join(writer.out[-3:]) and start > match.start(1) - 1
        return False

    def _block_id(self, text: str, end: int) -> str:
        """Text without the block id at its end; the block gets the id."""
        writer = self.writer
        following = writer.source[end : end + 1]
        match = _BLOCK_ID.search(text) if following in (b"", b"\r", b"\n", b" ", b"\t") else None
        if match is None or f"^{match[1]}" not in writer.note.anchors:
            return text
        anchor = str(escape(f"^{match[1]}"))
        rest = text[: match.start()].rstrip()
        block = writer.blocks[-1] if writer.blocks else None
        if block is None:
            return rest
        piece = writer.out[block] if block < len(writer.out) else ""
        alone = not rest and len(writer.out) == block + 1
        if alone and piece == "<p>":
            # Below a list, a table or a quote, it is the id of that.
            before = next((i for i in range(block - 1, -1, -1) if writer.out[i]), None)
            if before is not None:
                writer.out[block] = f'<p class="block-id" id="{anchor}">'
        elif piece.startswith("<") and piece.endswith(">") and " id=" not in piece:
            writer.out[block] = f'{piece[:-1]} id="{anchor}">'
        return rest

    def _constructs(self, text: str, start: int) -> None:
        """Write text with the constructs that its marks stand for."""
        position = 0
        for match in _PLACEHOLDER.finditer(text):
            at = start + len(text[: match.start()].encode())
            construct = self.writer.constructs.get(at)
            if construct is None:
                continue
            self._brackets(text[position : match.start()], at)
            self.writer.out.append(self.writer.raw.construct(construct, at, within=True))
            position = match.end()
        self._brackets(text[position:], start + len(text.encode()))

    def _brackets(self, text: str, end: int) -> None:
        """Write text with inline footnotes, ``^[text]``."""
        writer = self.writer
        position = 0
        start = end - len(text.encode())
        for match in re.finditer(r"\^(?=\[|\Z)|[\[\]]", text):
            at = start + len(text[: match.start()].encode())
            sign = match[0]
            if sign == "^":
                if self.note is None and writer.source[at + 1 : at + 2] == b"[" and self._closes(at + 1):
                    self.plain(text[position : match.start()], start, at)
                    self.note = (writer.mark(), 0)
                    position = match.end()
            elif self.note is not None:
                mark, depth = self.note
                depth += 1 if sign == "[" else -1
                self.note = (mark, depth)
                if depth == 1 and sign == "[":
                    position = match.end()
                elif depth == 0:
                    self.plain(text[position : match.start()], start, at)
                    html = "".join(writer.out[mark.out :])
                    del writer.out[mark.out :], writer.plain[mark.plain :]
                    self.note = None
                    writer.out.append(writer.footnotes.inline(html))
                    position = match.end()
        if text[position:]:
            self.plain(text[position:], start, end)

    def _closes(self, at: int) -> bool:
        """Whether a bracket is closed in its paragraph."""
        source = self.writer.source
        end = source.find(b"\n\n", at)
        depth = 0
        for sign in re.finditer(rb"[\[\]]", source[at : end if end >= 0 else len(source)][:4000]):
            depth += 1 if sign[0] == b"[" else -1
            if depth == 0:
                return True
        return False


def _behind(text: str, count: int) -> str:
    """The text behind a number of its bytes."""
    return text.encode("utf-8", "replace")[count:].decode("utf-8", "ignore")
