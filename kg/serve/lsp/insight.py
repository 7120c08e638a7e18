"""What only all notes together say about one: suggestions for it, measures that it lowers, the verdict on its evidence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import msgspec

from kg.base import files
from kg.model import Lane

if TYPE_CHECKING:
    # start time: the server itself only reads insights; a process of its own makes them
    from kg.knowledge import KnowledgeBase
    from kg.model import Suggestion

_MOST: Final = 5
"""Suggestions of each kind that are kept for a note."""


class SuggestedStatement(msgspec.Struct):
    """A suggestion as an editor needs it: which statement, and where the note gives a reason for it."""

    id: str
    source: str
    target: str
    """IRIs, as in `Suggestion`."""
    lane: Lane
    score: float
    relation: str
    """IRI; empty for a plain link."""
    target_path: str
    line: int = 0
    """The line of the note that names the target or links to it; 0 if none does."""
    column: int = 0
    text: str = ""
    """What is written there."""
    context: str = ""
    """The text of that line, by which it is found again after edits."""


class NoteInsight(msgspec.Struct):
    """What the last check of everything says about one note."""

    suggestions: list[SuggestedStatement] = []
    lowers: dict[str, list[str]] = {}
    """Measure that the concept lowers → what it lacks, both by name."""
    verdict: str = ""
    """The worst verdict on its evidence; empty without evidence."""


class BaseInsight(msgspec.Struct):
    """The insights into a knowledge base."""

    notes: dict[str, msgspec.Raw] = {}
    """Path of a note → `NoteInsight`, decoded when it is asked for: most notes never are."""
    gates: dict[str, tuple[float | None, float]] = {}
    """Measure whose gate is missed → its value, and the value that the gate asks for."""

    def of(self, path: str) -> NoteInsight:
        """Return the insight into a note; an empty one if there is none."""
        raw = self.notes.get(path)
        return _decode(raw) if raw is not None else NoteInsight()


_decode: Final = msgspec.msgpack.Decoder(NoteInsight).decode


def read_insight(base: KnowledgeBase) -> BaseInsight:
    """Return the insights into all notes. Suggestions are those that `kg suggest` shows, the strongest of each note."""
    # start time: only the process that checks needs them
    from kg.knowledge.running import without_collector
    from kg.knowledge.suggesting import PROPOSALS, proposals_of, shown_suggestions
    from kg.metrics.gates import find_failures

    with without_collector():
        notes: dict[str, NoteInsight] = defaultdict(NoteInsight)
        lines = _NoteLines(base.files)
        proposals = [row for lane in PROPOSALS for row in proposals_of(base, lane, limit=_MOST)]
        for row in (*proposals, *shown_suggestions(base)[0]):
            notes[row.path].suggestions.append(_statement(row, lines))
        concepts = base.corpus.concepts
        for measure in base.assessment.measures:
            for name in measure.offenders:
                concept = concepts.get(name)
                if concept is not None and concept.path:
                    notes[concept.path].lowers[measure.name] = list(measure.reasons.get(name, ()))
        for iri, verdict in base.assessment.evidence.items():
            if iri in concepts:
                notes[concepts[iri].path].verdict = verdict
        missed = {f.measure: (f.value, f.gate) for f in find_failures(base.assessment.gates, base.assessment)}
        return BaseInsight({path: msgspec.Raw(msgspec.msgpack.encode(insight)) for path, insight in notes.items()}, missed)


class _NoteLines:
    """Lines of notes; the text of the last note is kept, since suggestions come note by note."""

    def __init__(self, places: Mapping[str, str]) -> None:
        self._places = places
        self._last: tuple[str, list[str]] = ("", [])

    def line(self, path: str, number: int) -> str:
        if self._last[0] != path:
            try:
                data = files.read(self._places[path], cut=True)
            except (KeyError, OSError):
                data = b""
            self._last = path, data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace").split("\n")
        lines = self._last[1]
        return lines[number - 1].rstrip("\r") if 0 < number <= len(lines) else ""


def _statement(row: Suggestion, lines: _NoteLines) -> SuggestedStatement:
    made = SuggestedStatement(row.id, row.source, row.target, row.lane, row.score, row.relation, row.target_path)
    reasons = [r for r in row.why if r.line and r.path == row.path]
    reason = next((r for r in reasons if r.kind == "mention"), reasons[0] if reasons else None)
    if reason is not None:
        made.line, made.column = reason.line, reason.column
        made.context = lines.line(row.path, reason.line)
        made.text = reason.text if reason.kind == "mention" else ""
    return made
