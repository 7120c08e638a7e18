"""Reviews that a note has outlived (KG5xx): dates in front matter, and signed records with the digest of what was judged."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from kg.base import files
from kg.base.formats.json_text import read_json
from kg.checks.base import Context, Place, Rule
from kg.model import Concept, Finding

RECORDS: Final = "snapshot/reviews.jsonl"
"""Records of ``kg review``, below the ontology folder: a JSON object a line."""

_DATE: Final = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])")
_CHANGED: Final = ("updated", "modified", "last-modified", "lastmod", "last_modified", "date-modified", "ms.date")


def _stale(rule: Rule, context: Context) -> Iterator[Finding]:
    for path, note in context.corpus.notes.items():
        if "reviewed" not in note.metadata:
            continue
        reviewed = _dates(note.metadata["reviewed"])
        changed = max((d for key in _CHANGED for d in _dates(note.metadata.get(key))), default="")
        if reviewed and changed and max(reviewed) < changed:
            place = Place(path, note.lines.get("reviewed", 1))
            yield rule.at(place, f"the note was changed on {changed}, after its last review on {max(reviewed)}")
    yield from _records(rule, context)


def _records(rule: Rule, context: Context) -> Iterator[Finding]:
    """Experts' reviews of concepts whose notes are no longer those that were judged; the last one of each person counts."""
    if context.settings is None:
        return
    try:
        lines = files.read(context.settings.ontology / RECORDS).splitlines()
    except OSError:
        return
    last: dict[tuple[str, str], Mapping[str, Any]] = {}
    for line in lines:
        try:
            record = read_json(line)
        except ValueError:
            continue  # `kg review` says what is wrong with it
        if isinstance(record, dict) and record.get("kind") == "concept":
            last[str(record.get("subject")), str(record.get("by"))] = record
    by_id = {c.id: c for c in context.corpus.concepts.values()} if last else {}
    for (subject, by), record in last.items():
        concept = by_id.get(subject)
        if concept is not None and record.get("digest") != _digest(context, concept):
            when = str(record.get("when", ""))[:10]
            yield rule.at(
                context.place(concept.iri), f"'{subject}' was changed since {by} reviewed it on {when}",
                "review it again: kg review add",
            )  # fmt: skip


def _digest(context: Context, concept: Concept) -> str:
    """The digest of all that the notes say of a concept: that of its note, or over the digests of several."""
    notes = context.corpus.notes
    digests = [notes[p].digest for p in concept.paths or (concept.path,) if p in notes]
    return digests[0] if len(digests) == 1 else hashlib.sha256("\n".join(digests).encode()).hexdigest()


def _dates(value: Any) -> list[str]:
    """The dates in a value of front matter: a date, a list of them, or tables with a date in them."""
    if isinstance(value, Mapping):
        return [d for v in value.values() for d in _dates(v)]
    if isinstance(value, list):
        return [d for v in value for d in _dates(v)]
    return _DATE.findall(str(value)) if value is not None else []


RULES: Final = (
    Rule("KG551", "stale-review", "warning", "review the note again and write the new date behind 'reviewed:'", _stale),
)
