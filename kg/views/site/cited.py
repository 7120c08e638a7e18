"""Citations in the text of a note: links to a list of references at its end."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from markupsafe import escape

from kg.corpus.citations import format_reference, short_reference
from kg.model import Citation, Note, Reference
from kg.views.page.view import source_link

if TYPE_CHECKING:
    from kg.views.site.writer import HtmlWriter


class CitedWorks:
    """The works that one text cites; without a bibliography, there are none."""

    def __init__(self, writer: HtmlWriter, references: Mapping[str, Reference]) -> None:
        self._writer = writer
        self._references = references
        self._cited: dict[str, None] = {}
        groups: dict[int, list[Citation]] = defaultdict(list)
        for citation in writer.note.citations if references else ():
            groups[citation.start].append(citation)
        # A group without any known key stays as it is written: it may be something else.
        self._groups = {at: group for at, group in groups.items() if any(c.key in references for c in group)}

    def group_at(self, offset: int) -> tuple[str, int] | None:
        """The HTML of the citations whose bracket is at a byte of the file, and where they end; None if there are none."""
        group = self._groups.get(offset)
        if group is None:
            return None
        return f"({'; '.join(map(self._one, group))})", group[0].end

    def _one(self, citation: Citation) -> str:
        reference = self._references.get(citation.key)
        if reference is None:
            shown = str(escape(f"@{citation.key}"))
        else:
            self._cited.setdefault(citation.key)
            href = self._writer.reference(f"#{self._writer.prefix}{_anchor(citation.key)}")
            shown = f'<a href="{href}">{escape(short_reference(reference))}</a>'
        before = f"{escape(citation.prefix)} " if citation.prefix else ""
        return f"{before}{shown}{f', {escape(citation.locator)}' if citation.locator else ''}"

    def html(self) -> str:
        """The list of references; empty if nothing is cited."""
        rows = [f'<li id="{_anchor(key)}">{source_link(format_reference(self._references[key]))}</li>\n' for key in self._cited]
        if not rows:
            return ""
        for address in (self._references[key].address for key in self._cited):
            if address:
                self._writer.hrefs.add(address)
        title = escape(self._writer.settings.label("references"))
        return f'<p class="references-title">{title}</p>\n<ul class="references">\n{"".join(rows)}</ul>\n'


def _anchor(key: str) -> str:
    """The id of a work in a page.

    >>> _anchor("lamport1978"), _anchor("a/b")
    ('ref-lamport1978', 'ref-a-b-c14cdd')
    """
    safe = re.sub(r"[^A-Za-z0-9_-]+", "-", key)
    return f"ref-{safe}" if safe == key else f"ref-{safe}-{hashlib.sha256(key.encode()).hexdigest()[:6]}"


def cited_here(notes: Iterable[Note], references: Mapping[str, Reference]) -> list[Reference]:
    """What pages show of the works that notes cite."""
    return [references[c.key] for note in notes for c in note.citations if c.key in references]
