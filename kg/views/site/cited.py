"""Citations in the text of a note: links to a list of references at its end."""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from kg.corpus.citations import describe_reference, short_reference, with_letter
from kg.model import Citation, Note, Reference
from kg.views.page.view import address_link

if TYPE_CHECKING:
    from kg.views.site.writer import HtmlWriter


class CitedWorks:
    """The works that one text cites; without a bibliography, there are none."""

    def __init__(self, writer: HtmlWriter, references: Mapping[str, Reference]) -> None:
        self._writer = writer
        self._references = references
        self._cited: dict[str, Reference] = {}
        groups: dict[int, list[Citation]] = defaultdict(list)
        for citation in writer.note.citations if references else ():
            groups[citation.start].append(citation)
        looks = {c.key: short_reference(references[c.key]) for g in groups.values() for c in g if c.key in references}
        self._alike = {look for look, works in Counter(looks.values()).items() if works > 1}
        self._letters: Counter[str] = Counter()
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
            reference = self._cited.setdefault(citation.key, self._cited.get(citation.key) or self._lettered(reference))
            href = self._writer.reference(f"#{self._writer.prefix}{_anchor(citation.key)}")
            shown = f'<a href="{href}">{escape(short_reference(reference))}</a>'
        before = f"{escape(citation.prefix)} " if citation.prefix else ""
        return f"{before}{shown}{f', {escape(citation.locator)}' if citation.locator else ''}"

    def _lettered(self, reference: Reference) -> Reference:
        """A work that is cited for the first time, with a letter in the order of the list if others look like it."""
        look = short_reference(reference)
        if look not in self._alike:
            return reference
        self._letters[look] += 1
        return with_letter(reference, self._letters[look] - 1)

    def html(self) -> str:
        """The list of references; empty if nothing is cited."""
        rows = [f'<li id="{_anchor(key)}">{_row(reference)}</li>\n' for key, reference in self._cited.items()]
        if not rows:
            return ""
        self._writer.hrefs |= {reference.address for reference in self._cited.values() if reference.address}
        title = escape(self._writer.settings.label("references"))
        return f'<p class="references-title">{title}</p>\n<ul class="references">\n{"".join(rows)}</ul>\n'


def _row(reference: Reference) -> Markup:
    parts = [escape(describe_reference(reference)), address_link(reference.address) if reference.address else ""]
    return Markup(" ").join(part for part in parts if part)


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
