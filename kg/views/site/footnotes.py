"""Footnotes of a note: numbered in the order in which the text refers to them, and listed at its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import escape

if TYPE_CHECKING:
    from kg.views.site.writer import HtmlWriter, Mark


class Footnotes:
    """The footnotes of one text."""

    def __init__(self, writer: HtmlWriter) -> None:
        self.writer = writer
        self.numbers: dict[str, int] = {}
        """Name → number, from 1."""
        self.texts: dict[str, str] = {}
        self.open: list[tuple[str, Mark]] = []

    def reference(self, name: str) -> str:
        """A reference to a footnote."""
        first = name not in self.numbers
        number = self.numbers.setdefault(name, len(self.numbers) + 1)
        own = f' id="fnref-{escape(name)}"' if first else ""
        href = self.writer.reference(f"#{self.writer.prefix}fn-{name}")
        return f'<sup class="note-ref"{own}><a href="{href}">{number}</a></sup>'

    def inline(self, html: str) -> str:
        """A reference to a footnote whose text stands in the text itself."""
        name = f"inline-{len(self.numbers) + 1}"
        reference = self.reference(name)
        self.texts[name] = f"<p>{html}</p>\n"
        return reference

    def start(self, name: str) -> None:
        """Begin the text of a footnote."""
        self.open.append((name, self.writer.mark()))

    def end(self) -> None:
        """Take the text of a footnote out of the text around it."""
        if self.open:
            name, mark = self.open.pop()
            self.texts.setdefault(name, "".join(self.writer.out[mark.out :]))
            del self.writer.out[mark.out :]

    def html(self) -> str:
        """The list of footnotes; empty if there are none."""
        names = [name for name in self.numbers if name in self.texts] + [
            name for name in self.texts if name not in self.numbers
        ]
        rows = []
        for name in names:
            back = ""
            if name in self.numbers:
                href = self.writer.reference(f"#{self.writer.prefix}fnref-{name}")
                back = f' <a href="{href}" title="{escape(self.writer.settings.label("footnote-back"))}">↩</a>'
            text = self.texts[name].rstrip()
            text = f"{text.removesuffix('</p>')}{back}</p>" if text.endswith("</p>") else f"{text}{back}"
            rows.append(f'<li id="fn-{escape(name)}">{text}</li>\n')
        return f'<ol class="footnotes">\n{"".join(rows)}</ol>\n' if rows else ""
