"""Evidence: the verdict of a tool on a formula, a diagram, a piece of code, or on two of them together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

VERDICTS: Final = ("failed", "stale", "timed-out", "unverified", "passed")
"""All verdicts, the worst one first."""
PROVERS: Final = ("coq", "smv")
"""Languages of theorem provers and model checkers."""


class Trace(NamedTuple):
    """A counterexample: states from the initial one on, each with the values of all variables."""

    states: tuple[Mapping[str, str], ...]
    loop: int | None = None
    """Number (from 0) of the state to which the last one leads back; None where the trace just ends."""


class EvidencePart(NamedTuple):
    """One theorem or specification of a piece of evidence, or one formula that is at fault."""

    name: str
    """Name of the theorem, text of the specification."""
    expected: bool
    holds: bool | None
    """The verdict of the tool; None where it gave none."""
    note: str = ""
    """Axioms that a theorem rests on, or what is wrong."""
    line: int = 0
    """Line in the piece, from 0."""
    trace: Trace | None = None

    @property
    def as_expected(self) -> bool:
        """Whether the verdict is what the author expects."""
        return self.holds is self.expected


class Evidence(NamedTuple):
    """A claim of a note, and the verdict of a tool on it."""

    key: str
    """Path of the note, ``#``, and the id within it: unique in a knowledge base."""
    path: str
    line: int
    column: int
    concept: str
    """IRI of the concept; empty for a note that describes none."""
    kind: str
    """``math``, ``diagram``, ``code`` or ``cross-check``."""
    language: str
    claims: str
    """What the author claims, in words; empty where the block only has to be well formed."""
    verdict: str
    """``passed``, ``failed``, ``timed-out``, ``unverified`` or ``stale``; absent evidence never counts as passed."""
    why: str = ""
    """The tool's message, or why there is no verdict."""
    at: int = 0
    """Line of the note that is at fault; 0 where it isn't known."""
    tool: str = ""
    version: str = ""
    digest: str = ""
    """SHA-256 of the block, its attributes and its inputs."""
    parts: tuple[EvidencePart, ...] = ()
    skipped: bool = False
    """True where the author says, with a reason, that it is not to be checked."""
    expected: bool = True
    """False where the author expects the tool to refuse the whole piece."""
    committed: bool = False
    """True where the verdict came with the notes: it is remembered, and no tool gave it on this machine."""

    @property
    def machine_checked(self) -> bool:
        """Whether a theorem prover or a model checker established something that its author claims to hold.

        >>> e = Evidence("a.md#t", "a.md", 1, 1, "", "code", "coq", "", "passed", parts=(EvidencePart("t", True, True),))
        >>> e.machine_checked, e._replace(parts=()).machine_checked, e._replace(verdict="stale").machine_checked
        (True, False, False)
        """
        return self.verdict == "passed" and self.language in PROVERS and any(p.expected and p.holds for p in self.parts)


def worst_verdict(verdicts: Iterable[str]) -> str:
    """The verdict on several pieces together: the worst of them; ``unverified`` for none.

    >>> worst_verdict(["passed", "stale", "passed"]), worst_verdict([])
    ('stale', 'unverified')
    """
    return min(verdicts, key=VERDICTS.index, default="unverified")


def verdicts_by_concept(evidence: Iterable[Evidence]) -> dict[str, str]:
    """IRI of each concept that has evidence → the verdict on all of it together; what is not to be checked aside."""
    found: dict[str, list[str]] = {}
    for item in evidence:
        if item.concept and not item.skipped:
            found.setdefault(item.concept, []).append(item.verdict)
    return {iri: worst_verdict(verdicts) for iri, verdicts in found.items()}
