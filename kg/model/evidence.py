"""Evidence: the verdict of a tool on a formula, a diagram, a piece of code, or on the agreement of two of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

VERDICTS: Final = ("failed", "stale", "timed-out", "unverified", "passed")
"""All verdicts, the worst one first."""
PROVERS: Final = ("coq", "smv")
"""Languages of theorem provers and model checkers."""
EVIDENCE_LANGUAGES: Final = {
    "coq": "coq", "v": "coq", "rocq": "coq", "gallina": "coq", "smv": "smv", "nusmv": "smv", "nuxmv": "smv",
    "python": "python", "py": "python", "python3": "python", "yaml": "yaml", "yml": "yaml", "json": "json", "toml": "toml",
    "bash": "bash", "sh": "bash", "shell": "bash", "go": "go", "golang": "go", "rust": "rust", "rs": "rust", "java": "java",
    "dockerfile": "dockerfile", "docker": "dockerfile", "containerfile": "dockerfile", "mermaid": "mermaid", "mmd": "mermaid",
    "math": "math", "tex": "math", "latex": "math", "katex": "math", "states": "states",
    "attestation": "attestation",
}  # fmt: skip
"""Language of a fenced block, or extension of a file → the language whose tool judges it."""


class Trace(NamedTuple):
    """A counterexample: a sequence of states from the initial one, each with the values of all variables."""

    states: tuple[Mapping[str, str], ...]
    loop: int | None = None
    """Index, from 0, of the state that follows the last one; None if the trace ends."""


class EvidencePart(NamedTuple):
    """One theorem or specification in a piece of evidence, or one invalid formula."""

    name: str
    """Name of the theorem, text of the specification."""
    expected: bool
    holds: bool | None
    """The verdict of the tool; None if there is none."""
    note: str = ""
    """Axioms used by a theorem, or the problem."""
    line: int = 0
    """Line in the piece, from 0."""
    trace: Trace | None = None

    @property
    def as_expected(self) -> bool:
        """Whether the verdict is what the author expects."""
        return self.holds is self.expected


class Evidence(NamedTuple):
    """A claim in a note, with the verdict of a tool."""

    key: str
    """Path of the note, ``#``, and the id in the note: unique in a knowledge base."""
    path: str
    line: int
    column: int
    concept: str
    """IRI of the concept; empty if the note describes none."""
    kind: str
    """``math``, ``diagram``, ``code`` or ``cross-check``."""
    language: str
    claims: str
    """The author's claim, in words; empty if the block only has to be well-formed."""
    verdict: str
    """``passed``, ``failed``, ``timed-out``, ``unverified`` or ``stale``; missing evidence never counts as passed."""
    why: str = ""
    """The tool's message, or why there is no verdict."""
    at: int = 0
    """Line of the note with the problem; 0 if unknown."""
    tool: str = ""
    version: str = ""
    digest: str = ""
    """SHA-256 of the block, its attributes and its inputs."""
    parts: tuple[EvidencePart, ...] = ()
    skipped: bool = False
    """True if the author excluded it from checking, with a reason."""
    expected: bool = True
    """False if the author expects the tool to reject the whole piece."""
    committed: bool = False
    """True for a committed verdict: it came with the notes, and no tool gave it on this machine."""
    unknown: bool = False
    """True if no tool is known for the language."""

    @property
    def says_nothing(self) -> bool:
        """Whether it is code that nobody claims anything about and nothing has judged."""
        return not self.claims and self.verdict == "unverified" and not self.skipped

    @property
    def machine_checked(self) -> bool:
        """Whether a theorem prover or a model checker established something that its author claims to hold.

        >>> e = Evidence("a.md#t", "a.md", 1, 1, "", "code", "coq", "", "passed", parts=(EvidencePart("t", True, True),))
        >>> e.machine_checked, e._replace(parts=()).machine_checked, e._replace(verdict="stale").machine_checked
        (True, False, False)
        """
        return self.verdict == "passed" and self.language in PROVERS and any(p.expected and p.holds for p in self.parts)


def worst_verdict(verdicts: Iterable[str]) -> str:
    """Return the worst of several verdicts; ``unverified`` if there are none.

    >>> worst_verdict(["passed", "stale", "passed"]), worst_verdict([])
    ('stale', 'unverified')
    """
    return min(verdicts, key=VERDICTS.index, default="unverified")


def verdicts_by_concept(evidence: Iterable[Evidence]) -> dict[str, str]:
    """Return the IRI of each concept with evidence → the worst verdict; evidence excluded from checking is ignored."""
    found: dict[str, list[str]] = {}
    for item in evidence:
        if item.concept and not item.skipped:
            found.setdefault(item.concept, []).append(item.verdict)
    return {iri: worst_verdict(verdicts) for iri, verdicts in found.items()}
