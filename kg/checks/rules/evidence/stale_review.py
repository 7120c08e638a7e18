"""KG551 stale-review."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Final

from kg.base import files
from kg.base.formats.json_text import read_json
from kg.checks.context import Context, Place
from kg.checks.rule import Rule, RuleScope
from kg.model import Concept, Finding

RECORDS: Final = "snapshot/reviews.jsonl"
"""Records of ``kg review``, below the ontology folder: one JSON object per line."""

_DATE: Final = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])")
_CHANGED: Final = ("updated", "modified", "last-modified", "lastmod", "last_modified", "date-modified", "ms.date")


def _find(rule: Rule, context: Context) -> Iterator[Finding]:
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
    """Yield expert reviews of concepts whose notes have changed since; only the last review of each person counts."""
    if context.settings is None:
        return
    try:
        lines = files.read(context.settings.ontology / RECORDS).splitlines()
    except OSError:
        return
    last: dict[tuple[str, str], Mapping[str, object]] = {}
    for line in lines:
        try:
            record = read_json(line)
        except ValueError:
            continue  # `kg review` reports it
        if isinstance(record, dict) and record.get("kind") == "concept":
            last[str(record.get("subject")), str(record.get("by"))] = record
    by_id = {c.id: c for c in context.corpus.concepts.values()} if last else {}
    for (subject, by), record in last.items():
        concept = by_id.get(subject)
        if concept is not None and record.get("digest") != _digest(context, concept):
            when = str(record.get("when", ""))[:10]
            message = f"'{subject}' was changed since {by} reviewed it on {when}"
            yield rule.at(context.place(concept.iri), message, "review it again: kg review add")


def _digest(context: Context, concept: Concept) -> str:
    """Return the digest of a concept's note; for several notes, a digest over their digests."""
    notes = context.corpus.notes
    digests = [notes[p].digest for p in concept.paths or (concept.path,) if p in notes]
    return digests[0] if len(digests) == 1 else hashlib.sha256("\n".join(digests).encode()).hexdigest()


def _dates(value: object) -> list[str]:
    """Return the dates in a front-matter value: a date, a list of dates, or tables with a date in them."""
    if isinstance(value, Mapping):
        return [d for v in value.values() for d in _dates(v)]
    if isinstance(value, list):
        return [d for v in value for d in _dates(v)]
    return _DATE.findall(str(value)) if value is not None else []


RULE: Final = Rule(
    code="KG551",
    name="stale-review",
    severity="warning",
    scope=RuleScope.NOTE,
    find=_find,
    what={
        "en": "A note was changed after its last review, by the dates of its front matter or a signed review.",
        "zh": "按元数据中的日期或签名评审记录，笔记在最近一次评审之后又有修改。",
    },
    why={
        "en": "The review is about an earlier text.",
        "zh": "评审只对当时的内容有效。",
    },
    fix={
        "en": "review the note again and write the new date behind 'reviewed:'",
        "zh": "重新评审，并在 reviewed: 后写上新日期",
    },
    bad="""
---
reviewed: 2026-01-15
updated: 2026-03-02
---
# Pod
""",
    good="""
---
reviewed: 2026-03-05
updated: 2026-03-02
---
# Pod
""",
)
