"""The labels of reference links and footnotes: where a note defines them, and where it uses them.

Two texts that are joined share their labels: of two definitions of one label the first counts, and a text in brackets becomes a
link where the other text defines it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

from kg.base.names import fold
from kg.notes.cmark import parse_events
from kg.notes.dialect import Dialect
from kg.notes.hidden import read_visible
from kg.notes.inline import Ranges
from kg.notes.places import REFERENCE, Span, reference_destination
from kg.notes.source import Source, file_offsets
from kg.notes.structure import Reading

LabelForm = Literal["full", "short", "footnote"]
_BY_LABEL: Final = ("Reference", "Collapsed", "Shortcut")


class LabelDefinition(NamedTuple):
    """A definition, ``[label]: target "title"`` or ``[^label]: text``."""

    label: str
    """As written, with ``^`` for a footnote."""
    label_at: Span
    value: str
    """What follows it, on its line."""


class LabelUse(NamedTuple):
    """A place that uses a label: ``[text][label]``, ``[label][]`` and ``[label]``, ``[^label]``."""

    label: str
    form: LabelForm
    at: Span
    """The label; of a short form, where a label can be written behind it: ``[label][here]``."""
    target: str
    """Target and title; empty for a footnote."""


class NoteLabels(NamedTuple):
    """The labels of a note; offsets are those of its file."""

    definitions: tuple[LabelDefinition, ...]
    """Only those that count: the first of each label."""
    uses: tuple[LabelUse, ...]


def read_labels(data: bytes, body: int, dialect: Dialect) -> NoteLabels:
    """Return the labels in the bytes of a note whose text begins at byte `body`.

    >>> from kg.notes.dialect import PLAIN
    >>> labels = read_labels(b"[a][R] [r] [^1]\\n\\n[r]: x.md 'T'\\n[^1]: n\\n", 0, PLAIN)
    >>> [(d.label, d.value) for d in labels.definitions], [(u.label, u.form, u.at.start, u.target) for u in labels.uses]
    ([('r', "x.md 'T'"), ('^1', 'n')], [('R', 'full', 4, 'x.md T'), ('r', 'short', 10, 'x.md T'), ('^1', 'footnote', 12, '')])
    """
    source = Source(data)
    base = max(0, body - source.bom)
    visible = read_visible(source, base, dialect)
    structure, shown = visible.body, visible.source
    code = Ranges(sorted(structure.code))
    html = Ranges(sorted(structure.html))
    in_file = file_offsets(data)
    definitions: dict[str, LabelDefinition] = {}
    for m in REFERENCE.finditer(shown.data, base):
        start = m.start("name")
        if code.holds(start) or html.holds(start) or (structure.holds(start) and not m["name"].startswith(b"^")):
            continue
        label = m["name"].decode("utf-8", "replace")
        value = shown.slice(reference_destination(m)[0], shown.line_end(start)).strip()
        span = Span(in_file(start), in_file(m.end("name")))
        definitions.setdefault(fold(label), LabelDefinition(label, span, value))
    uses = tuple(
        use._replace(at=Span(in_file(use.at.start), in_file(use.at.end))) for use in _uses(shown, base, dialect, definitions)
    )
    return NoteLabels(tuple(definitions.values()), uses)


def _uses(source: Source, base: int, dialect: Dialect, definitions: dict[str, LabelDefinition]) -> Iterator[LabelUse]:
    data = source.data
    for event, span in parse_events(Reading(source, base, dialect).body()):
        if event.__class__ is str:
            continue
        kind, value = event.popitem()
        start, end = span["start"] + base, span["end"] + base
        if kind == "FootnoteReference":
            if fold(f"^{value}") in definitions:
                yield LabelUse(f"^{value}", "footnote", Span(start + 1, end - 1), "")
        elif kind == "Start" and value.__class__ is not str:
            tag, detail = value.popitem()
            if tag not in ("Link", "Image") or detail["link_type"] not in _BY_LABEL:
                continue
            target = f"{detail['dest_url']} {detail['title']}".strip()
            if detail["link_type"] == "Reference":
                opening = data.rfind(b"[", start, end - 1)
                while data[opening - 1 : opening] == b"\\":
                    opening = data.rfind(b"[", start, opening)
                label = Span(opening + 1, data.rfind(b"]", start, end))
                yield LabelUse(source.slice(*label), "full", label, target)
            else:
                # The range of a collapsed link ends before its empty brackets.
                end -= 2 * data[start:end].endswith(b"][]")
                at = end + data[end : end + 2].startswith(b"[]")
                yield LabelUse(detail["id"], "short", Span(at, at), target)
