"""The state of reviews: which verdicts are valid, which are stale, and how far reviewers agree."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, TypeVar

from kg.evidence.review.records import (
    Acceptance,
    ClaimReview,
    Comprehension,
    ConceptReview,
    Drawn,
    InnovationClaim,
    NoteReading,
    Record,
    seal_of,
)
from kg.evidence.review.statistics import alpha
from kg.model import ClaimState, Concept, Corpus, Innovation, MachineReading, Reviews

ACCEPTANCES: Final = 2
"""Number of independent judges that must accept an innovation."""

R = TypeVar("R", ClaimReview, ConceptReview, Acceptance)


def digest_of(corpus: Corpus, concept: Concept) -> str:
    """The digest of a concept's notes: the digest of the note, or a digest of the digests of several notes."""
    digests = [corpus.notes[p].digest for p in concept.paths or (concept.path,) if p in corpus.notes]
    return digests[0] if len(digests) == 1 else hashlib.sha256("\n".join(digests).encode()).hexdigest()


def _latest(records: Iterable[R]) -> dict[str, dict[str, R]]:
    """Subject → reviewer → the reviewer's latest record."""
    latest: dict[str, dict[str, R]] = defaultdict(dict)
    for record in records:
        latest[record.subject][record.by] = record
    return latest


def summarise_reviews(records: Sequence[Record], corpus: Corpus) -> Reviews:
    """Summarise all reviews against the current notes.

    If the digest of its subject has changed, a record is stale: it is counted as stale and not used otherwise. For one person
    and subject, the last record replaces earlier ones.
    """
    by_id = {c.id: digest_of(corpus, c) for c in corpus.concepts.values()}
    stale = 0
    verdicts = _latest(r for r in records if isinstance(r, ClaimReview))
    claims = []
    drawn = {r.id: r for r in records if isinstance(r, Drawn)}
    for claim in drawn.values():
        note = corpus.notes.get(claim.path)
        old = note is None or note.digest != claim.digest
        judgements = verdicts.get(claim.id, {})
        fresh = {} if old else {who: r.verdict for who, r in sorted(judgements.items()) if r.digest == claim.digest}
        stale += len(judgements) - len(fresh)
        claims.append(ClaimState(claim.id, claim.concept, claim.path, claim.line, claim.claim, claim.text, fresh, old))
    tests: dict[str, list[int]] = {}
    for test in (r for r in records if isinstance(r, Comprehension)):
        if by_id.get(test.subject) != test.digest:
            stale += 1
            continue
        sums = tests.setdefault(test.subject, [0, 0])
        sums[0] += test.asked
        sums[1] += test.correct
    experts = _latest(r for r in records if isinstance(r, ConceptReview))
    approved = set()
    for concept, reviews in experts.items():
        holding = [r.verdict for r in reviews.values() if r.digest == by_id.get(concept)]
        stale += len(reviews) - len(holding)
        if holding and set(holding) == {"approved"}:
            approved.add(concept)
    innovations, old_acceptances = _innovations(records, by_id)
    return Reviews(
        records=sum(not isinstance(r, NoteReading) for r in records),
        claims=tuple(claims),
        stale=stale + old_acceptances,
        agreement=alpha([c.verdicts for c in claims]),
        tests=tuple((concept, asked, correct) for concept, (asked, correct) in sorted(tests.items())),
        innovations=innovations,
        approved=frozenset(approved),
        readings=_readings(records, by_id),
    )


def _readings(records: Sequence[Record], by_id: Mapping[str, str]) -> tuple[MachineReading, ...]:
    """Sum up the readings of each machine; of several readings of a concept, the last one counts."""
    latest = {(r.by, r.subject): r for r in records if isinstance(r, NoteReading)}
    by_machine: dict[str, list[NoteReading]] = defaultdict(list)
    for reading in latest.values():
        by_machine[reading.by].append(reading)
    return tuple(
        MachineReading(
            by,
            len(readings),
            sum(by_id.get(r.subject) != r.digest for r in readings),
            sum(r.claims for r in readings),
            sum(r.wrong for r in readings),
            sum(r.relations for r in readings),
            sum(r.wrong_relations for r in readings),
        )
        for by, readings in sorted(by_machine.items())
    )


def _innovations(records: Sequence[Record], by_id: Mapping[str, str]) -> tuple[tuple[Innovation, ...], int]:
    accepted = _latest(r for r in records if isinstance(r, Acceptance))
    result, stale = [], 0
    claims = {r.id: r for r in records if isinstance(r, InnovationClaim)}
    for claim in claims.values():
        # The judges accepted the claim as recorded, together with the concept's notes at that time.
        current = acceptance_digest(claim, by_id)
        judgements = accepted.get(claim.id, {})
        fresh = {who: r.verdict for who, r in sorted(judgements.items()) if r.digest == current}
        stale += len(judgements) - len(fresh)
        others = {who: v for who, v in fresh.items() if who != claim.by}
        good = sum(v == "accepted" for v in others.values())
        accepted_now = bool(claim.prior_art.strip()) and good >= ACCEPTANCES and good == len(others)
        result.append(
            Innovation(claim.id, claim.type, claim.title, claim.by, claim.when, claim.prior_art, others, accepted_now)
        )
    return tuple(result), stale


def acceptance_digest(claim: InnovationClaim, by_id: Mapping[str, str]) -> str:
    """The digest that an acceptance is bound to: the claim with its search for prior art, and the concept's current notes."""
    return hashlib.sha256(f"{seal_of(claim)} {by_id.get(claim.concept, '')}".encode()).hexdigest()
