"""Profiles: the rules that a published format asks for, and what their findings say about the whole collection."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from kg.model import Corpus, Finding, Note
from kg.notes.okf import RESERVED

OKF: Final = "okf"
PROFILES: Final[Mapping[str, tuple[str, ...]]] = {
    OKF: ("KG101", "KG102", "KG103", "KG104", "KG106", "KG107", "KG108", "KG114", "KG2", "KG511", "KG7"),
}
"""Profile → the rules that it selects."""

# Fault → the section of the specification (version 0.2) whose requirement it breaks.
_OF_CONCEPTS: Final = {
    "invalid-utf8": "§4",
    "invalid-front-matter": "§11.1",
    "unclosed-front-matter": "§11.1",
    "no-front-matter": "§11.1",
    "missing-type": "§11.2",
}
_OF_RESERVED: Final = {
    "invalid-utf8": "§4",
    "invalid-front-matter": "§11.3",
    "unclosed-front-matter": "§11.3",
    "reserved-file": "§11.3",
}


class BundleVerdict(NamedTuple):
    """The two verdicts about a bundle of the Open Knowledge Format."""

    concepts: int
    violations: Mapping[str, int]
    """Section → number of violations of what it requires."""
    problems: int
    """Number of findings that are errors or warnings."""

    @property
    def conformant(self) -> bool:
        """Whether nothing breaks a requirement (§11). Suppressions and settings change nothing."""
        return not self.violations

    @property
    def clean(self) -> bool:
        """Whether the bundle is conformant, and nothing is reported but information."""
        return self.conformant and not self.problems


def judge_bundle(corpus: Corpus, findings: Iterable[Finding]) -> BundleVerdict:
    """Judge a bundle by the faults of its notes, and by the findings of the profile."""
    violations: Counter[str] = Counter()
    concepts = 0
    for note in corpus.notes.values():
        concepts += note.role == "concept"
        violations.update(_broken_sections(note))
    problems = sum(finding.severity != "info" for finding in findings)
    return BundleVerdict(concepts, dict(sorted(violations.items())), problems)


def _broken_sections(note: Note) -> list[str]:
    if note.role == "page":
        reserved = note.path.rpartition("/")[2] in RESERVED
        return [_OF_RESERVED[fault.name] for fault in note.faults if fault.name in _OF_RESERVED] if reserved else []
    return [_OF_CONCEPTS[fault.name] for fault in note.faults if fault.name in _OF_CONCEPTS]
