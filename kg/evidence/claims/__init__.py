"""Collects the evidence in notes, attaches stored verdicts, and determines which of them are still valid."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from kg.evidence.claims import crosschecks, records
from kg.evidence.claims.attested import give_values, parameter_names
from kg.evidence.claims.gathering import gather_pieces
from kg.evidence.claims.ledger import NOTHING_RAN_HERE, Ledger
from kg.evidence.claims.pieces import Formula, Piece
from kg.evidence.claims.records import Record
from kg.model import Corpus, Evidence, Relation

__all__ = [
    "Formula",
    "Ledger",
    "Piece",
    "Record",
    "gather_pieces",
    "give_values",
    "judged",
    "parameter_names",
    "read_evidence",
    "records",
    "state_of",
]


def read_evidence(
    ontology: Path, corpus: Corpus, files: Mapping[str, str], relations: Mapping[str, Relation], cache: Path | None = None
) -> tuple[Evidence, ...]:
    """Return all evidence of a knowledge base with its stored verdicts, and the results of its cross-checks. Runs no tool.

    Verdicts that no tool gave on this machine, according to `cache`, are marked as committed.

    Raises UsageError if a file of records is damaged.
    """
    pieces = gather_pieces(corpus, files)
    evidence = judged(pieces, records.read_verdicts(ontology), Ledger(cache))
    checks = crosschecks.Judge(corpus, files, relations, pieces, evidence).all()
    return tuple(sorted((*evidence, *checks), key=lambda e: (e.path, e.line, e.column, e.key)))


def judged(pieces: Sequence[Piece], records_: Iterable[Record], ledger: Ledger = NOTHING_RAN_HERE) -> tuple[Evidence, ...]:
    """The pieces with their verdicts. If only earlier digests of a piece have a verdict, its state is ``stale``."""
    by_digest: dict[str, Record] = {}
    by_key: dict[str, Record] = {}
    for record in records_:
        by_digest[record.digest] = record
        by_key[record.key] = record
    return tuple(state_of(p, by_digest.get(p.digest), by_key.get(p.key), ledger) for p in pieces)


def state_of(piece: Piece, record: Record | None, earlier: Record | None = None, ledger: Ledger = NOTHING_RAN_HERE) -> Evidence:
    """Combine a piece with the record of its current digest; `earlier` is a record of an earlier digest."""
    a = piece.attributes
    evidence = Evidence(
        key=piece.key,
        path=piece.path,
        line=piece.line,
        column=piece.column,
        concept=piece.concept,
        kind=piece.kind,
        language=piece.language,
        claims=a.claims,
        verdict="unverified",
        digest=piece.digest,
        expected=a.expect != (False,),
    )
    if piece.fault:
        return evidence._replace(verdict="failed", why=piece.fault, tool="kg")
    if not a.check:
        return evidence._replace(why=a.reason, skipped=True)
    if not piece.known:
        return evidence._replace(why=f"no tool is known for {piece.language}", unknown=True)
    if record is not None:
        at = piece.place_of(record.at) if record.at is not None else 0
        return evidence._replace(
            verdict=record.verdict,
            why=record.why,
            at=at,
            tool=record.tool,
            version=record.version,
            parts=records.parts_of(record.parts),
            committed=not ledger.holds(record),
        )
    lacking = ""
    if piece.lacking:
        name = piece.lacking[0]
        lacking = f"its parameter '{name}' has neither 'example' nor 'default': give it with --param {name}=VALUE"
    if earlier is not None and earlier.verdict != "unverified":
        why = f"it was changed since its last verdict, {earlier.verdict}" + (f"; {lacking}" if lacking else "")
        return evidence._replace(verdict="stale", why=why, tool=earlier.tool, version=earlier.version)
    if lacking:
        return evidence._replace(why=lacking, skipped=True)
    return evidence._replace(why="nothing was verified yet")
