"""Finds what a note's text has of the definition that its page shows above it: a paragraph, its formulas, or a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kg.base.names import letters_and_digits

if TYPE_CHECKING:
    from kg.views.site.writer import HtmlWriter


class Opening:
    """Compares the blocks of a note with its definition, one after the other.

    Below the title, they become the lead of the page and are left out of the text. In a section, they are shown in both places.
    """

    def __init__(self, writer: HtmlWriter, definition: str) -> None:
        self.writer = writer
        self.letters = letters_and_digits(definition)
        self.is_first = True
        """Whether nothing but the title stands above."""
        self.words = ""
        """The letters of the blocks that are the beginning of the definition."""
        self.blocks = 0
        """Number of these blocks."""

    def end_block(self, kind: str) -> None:
        """Handle the end of a block of the outermost level."""
        writer = self.writer
        if not self.letters or writer.lead is not None:
            return
        if kind == "Heading":
            self.is_first = self.is_first and writer.headings == 1 and writer.drop_first
            self.words, self.blocks = "", 0
            return
        words = letters_and_digits("".join(writer.plain[writer.top_blocks[-1].plain :]))
        if not words and kind == "Paragraph":
            return  # a picture
        if self.words and words and self.letters.startswith(self.words + words):
            self.words += words
            self.blocks += 1
        else:
            self.is_first = self.is_first and not self.words
            self.words, self.blocks = (words, 1) if words and self.letters.startswith(words) else ("", 0)
        if self.words == self.letters:
            self._show()
        elif not self.words:
            self.is_first = False

    def _show(self) -> None:
        """Make the blocks the lead of the page."""
        writer = self.writer
        begin = writer.top_blocks[-self.blocks]
        html = "".join(writer.out[begin.out :])
        if self.is_first:
            del writer.out[begin.out :], writer.top_blocks[-self.blocks :]
        elif " id=" in html:
            return  # an id stands once on a page
        writer.lead = html
