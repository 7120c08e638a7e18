"""Agreement of formulas, diagrams, code and text of a concept: `representation_consistency`."""

from __future__ import annotations

from kg.metrics.subject import Subject
from kg.model import Concept, Evidence, Measure

REPRESENTATIONS = ("math", "diagram", "code")
NO_CROSS_CHECK = "no cross-check between its representations is declared"


def representation_consistency(subject: Subject, target: float | None) -> Measure:
    """Return concepts that pass all applicable checks / concepts with applicable checks; docs/metrics.md.

    Applicable checks: each representation that the concept's type requires (`[representations]` in kg.toml; absence fails), all
    existing formulas, diagrams and pieces of code (they must have passed `kg verify` in their present form), and each declared
    cross-check. A type that requires representations requires a cross-check too. Missing or stale evidence never passes;
    before anything was verified, the value is unknown.
    """
    applicable = 0
    reasons: dict[str, tuple[str, ...]] = {}
    for iri, concept in subject.corpus.concepts.items():
        checks = _failed(subject, concept, subject.evidence_of.get(iri, ()))
        if checks is None:
            continue
        applicable += 1
        if checks:
            reasons[iri] = checks
    items = [e for found in subject.evidence_of.values() for e in found]
    # Cross-checks are computed from the notes; results of tools are known only after `kg verify`.
    verified = [e for e in items if e.kind != "cross-check" and e.tool and e.tool != "kg"]
    judged = [e for e in items if not e.skipped]
    committed = {iri: n for iri in subject.corpus.concepts if (n := subject.committed(iri))}
    diagnostics = {
        "evidence_passed": sum(e.verdict == "passed" for e in judged),
        "evidence": len(judged),
        "evidence_skipped": len(items) - len(judged),
    }
    if not verified:
        have = f"; concepts with formulas, diagrams or code: {applicable}" if applicable else ""
        note = f"nothing was verified yet: kg verify{have}"
        # Missing representations are known already; that nothing is verified is reported once.
        absent = {iri: tuple(w for w in why if not w.endswith("unverified")) for iri, why in reasons.items()}
        absent = {iri: why for iri, why in absent.items() if why}
        return Measure("representation_consistency", 0, 0, target, tuple(absent), absent, note)
    return Measure(
        "representation_consistency",
        numerator=applicable - len(reasons),
        denominator=applicable,
        target=target,
        offenders=tuple(reasons),
        reasons=reasons,
        diagnostics=diagnostics,
        committed=sum(committed.values()),
        resting=sum(iri not in reasons for iri in committed),
    )


def _failed(subject: Subject, concept: Concept, evidence: tuple[Evidence, ...]) -> tuple[str, ...] | None:
    """Return the failures of a concept's applicable checks; None if no check is applicable."""
    required = subject.settings.representations.get(concept.type, ())
    notes = [subject.corpus.notes[path] for path in subject.paths(concept)]
    crossed = [e for e in evidence if e.kind == "cross-check"]
    own = [e for e in evidence if e.kind != "cross-check" and not e.skipped]
    present = {e.kind for e in own}
    if not required and not own and not crossed:
        return None
    failed = [f"no {kind}" for kind in required if kind in REPRESENTATIONS and kind not in present]
    if "document" in required and not (concept.definitions and any(note.lead for note in notes)):
        failed.append("no document: a definition and a text that explains it")
    for kind in REPRESENTATIONS:
        of_kind = [e for e in own if e.kind == kind]
        if of_kind and all(e.verdict == "unverified" for e in of_kind):
            failed.append(f"{kind} unverified")
        else:
            failed += [f"{kind} {e.verdict}: {e.key}" for e in of_kind if e.verdict != "passed"]
    failed += [f"cross-check {e.verdict}: {e.key}" for e in crossed if e.verdict != "passed"]
    if required and not crossed:
        failed.append(NO_CROSS_CHECK)
    return tuple(failed)
