"""Records of reviews: append-only JSON lines, each with author, time, the digest of what was judged, and a seal."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Literal, TypeAlias

import msgspec

from kg.base import journal, jsonl
from kg.base.errors import UsageError
from kg.base.formats.json_text import JsonReader
from kg.base.json_forms import json_line
from kg.base.process.git import read_identity

FILE: Final = "snapshot/reviews.jsonl"
"""Path relative to the `ontology/` folder of a knowledge base."""


class _Signed(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", forbid_unknown_fields=True, omit_defaults=True):
    by: str
    """The person who judged."""
    when: str
    """Time in UTC, ISO 8601."""
    digest: str
    """SHA-256 of what was judged, at that time."""
    comment: str = ""
    seal: str = ""
    """SHA-256 of the rest of the record; it reveals later alterations."""


class Drawn(_Signed, frozen=True, kw_only=True, tag="drawn"):
    """A claim that a sample drew for review. A seed selects it, not the reviewer."""

    id: str
    sample: str
    """Id of the sample: its seed, size and date."""
    concept: str
    path: str
    line: int
    claim: Literal["definition", "relation", "statement"]
    text: str


class ClaimReview(_Signed, frozen=True, kw_only=True, tag="claim"):
    """A reviewer's verdict on a drawn claim."""

    subject: str
    verdict: Literal["correct", "wrong", "unclear"]


class ConceptReview(_Signed, frozen=True, kw_only=True, tag="concept"):
    """An expert's verdict on all notes of a concept."""

    subject: str
    verdict: Literal["approved", "objected"]


class Comprehension(_Signed, frozen=True, kw_only=True, tag="test"):
    """A comprehension test: the questions that a reader of a concept's note was asked, and the number of correct answers."""

    subject: str
    asked: int
    correct: int
    question: str = ""


class InnovationClaim(_Signed, frozen=True, kw_only=True, tag="innovation"):
    """A claim of novelty, with the search for prior art that supports it."""

    id: str
    type: Literal["theory", "method", "application"]
    title: str
    prior_art: str
    concept: str = ""


class Acceptance(_Signed, frozen=True, kw_only=True, tag="acceptance"):
    """A judge's verdict on a claim of novelty."""

    subject: str
    verdict: Literal["accepted", "rejected"]


class NoteReading(_Signed, frozen=True, kw_only=True, tag="reading"):
    """A machine's reading of all notes of a concept: how many claims and relations it judged, and how many were wrong.

    It is not a judgement by people and enters no measure. `by` names the machine.
    """

    subject: str
    claims: int
    wrong: int
    relations: int
    wrong_relations: int


Record: TypeAlias = Drawn | ClaimReview | ConceptReview | Comprehension | InnovationClaim | Acceptance | NoteReading

_READER: Final[JsonReader[Record]] = JsonReader(Record)


def seal_of(record: Record) -> str:
    """SHA-256 of a record without its seal.

    >>> r = ConceptReview(by="A", when="2026-01-01T00:00:00Z", digest="0", subject="raft", verdict="approved")
    >>> seal_of(r) == seal_of(msgspec.structs.replace(r, seal="x")) != seal_of(msgspec.structs.replace(r, by="B"))
    True
    """
    value: dict[str, object] = msgspec.to_builtins(record)
    value.pop("seal", None)
    return hashlib.sha256(json_line(value, sort_keys=True).encode("utf-8", "replace")).hexdigest()


def read_reviews(ontology: Path) -> tuple[Record, ...]:
    """Return all records of a knowledge base in the order in which they were written; empty if the file doesn't exist.

    Raises UsageError with the line of a record that can't be parsed or that was altered. A forged review must not count.
    """
    path = ontology / FILE
    return _records(path, jsonl.data_of(path))


def _records(path: Path, data: bytes) -> tuple[Record, ...]:
    records: list[Record] = []
    hint = "records are made by 'kg review add'; git has the last good file"
    for number, record in jsonl.rows(path, _READER, hint=hint, data=data, appended=True):
        if record.seal != seal_of(record):
            raise UsageError(
                f"{path}:{number}: the record was altered after it was signed",
                hint="take the line back as git has it; a later record by the same person replaces an earlier one",
            )
        records.append(record)
    return tuple(records)


def append_reviews(
    ontology: Path, records: Sequence[Record], tell: Callable[[str], None] = lambda _text: None
) -> tuple[Record, ...]:
    """Append sealed records. Existing bytes are not changed.

    Return the records that were added, after they are on disk; a claim that was already drawn is skipped. Raises UsageError
    if the id of an innovation exists. `tell` receives a message if an incomplete line, left by a crash, is dropped.
    """
    path = ontology / FILE
    with journal.open_journal(path, inside=(ontology.parent,), tell=tell) as file:
        existing = _records(path, file.data)  # a file that can't be parsed is not appended to
        drawn = {r.id for r in existing if isinstance(r, Drawn)}
        claimed = {r.id for r in existing if isinstance(r, InnovationClaim)}
        for record in records:
            if isinstance(record, InnovationClaim) and record.id in claimed:
                raise UsageError(f"there is already an innovation '{record.id}'", hint="give another id")
        new = [msgspec.structs.replace(r, seal=seal_of(r)) for r in records if not (isinstance(r, Drawn) and r.id in drawn)]
        file.append(map(msgspec.json.encode, new))
    return tuple(new)


def find_signer(by: str | None, folder: Path) -> str:
    """The signer: the given name, otherwise git's `user.name` and `user.email`. Raises UsageError if neither is set."""
    name = " ".join((by or "").split())
    if name:
        return name
    author, address = read_identity(folder)
    if author:
        return f"{author} <{address}>" if address else author
    raise UsageError("nobody signs this", hint="say who judged with --by 'NAME <ADDRESS>', or set git's user.name")
