"""The composition root: the only part that knows every step of a build and their order."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from kg.graph.built import open_build
    from kg.knowledge.accepting import accept_all, reject
    from kg.knowledge.checking import CheckResult, check_notes, check_rdf
    from kg.knowledge.current import Published, fingerprint, is_current
    from kg.knowledge.extracting import Extracted, draft_row, extract, write_drafts
    from kg.knowledge.graphs import findings_later
    from kg.knowledge.publish import STAGES, build
    from kg.knowledge.steps import Built, How, Progress, assess, read
    from kg.knowledge.suggesting import evaluate, refit, suggest, suggestion_row
    from kg.knowledge.summary import MeasureLine, Summary, summarise
    from kg.knowledge.texts import texts_on_disk
    from kg.knowledge.trusting import Trusted, trust
    from kg.knowledge.verifying import Verified, verify
    from kg.metrics.gates import Failure, check_names, failures

__all__ = [
    "STAGES",
    "Built",
    "CheckResult",
    "Extracted",
    "Failure",
    "How",
    "MeasureLine",
    "Progress",
    "Published",
    "Summary",
    "Trusted",
    "Verified",
    "accept_all",
    "assess",
    "build",
    "check_names",
    "check_notes",
    "check_rdf",
    "draft_row",
    "evaluate",
    "extract",
    "failures",
    "findings_later",
    "fingerprint",
    "is_current",
    "open_build",
    "read",
    "refit",
    "reject",
    "suggest",
    "suggestion_row",
    "summarise",
    "texts_on_disk",
    "trust",
    "verify",
    "write_drafts",
]

_HOMES: Final = {
    "kg.metrics.gates": ("Failure", "check_names", "failures"),
    "kg.knowledge.accepting": ("accept_all", "reject"),
    "kg.knowledge.checking": ("Checked", "check_notes", "check_rdf"),
    "kg.knowledge.graphs": ("findings_later",),
    "kg.knowledge.current": ("Published", "fingerprint", "is_current"),
    "kg.knowledge.extracting": ("Extracted", "draft_row", "extract", "write_drafts"),
    "kg.knowledge.publish": ("STAGES", "build"),
    "kg.knowledge.texts": ("texts_on_disk",),
    "kg.knowledge.steps": ("Built", "How", "Progress", "assess", "read"),
    "kg.knowledge.suggesting": ("evaluate", "refit", "suggest", "suggestion_row"),
    "kg.knowledge.summary": ("MeasureLine", "Summary", "summarise"),
    "kg.knowledge.trusting": ("Trusted", "trust"),
    "kg.knowledge.verifying": ("Verified", "verify"),
    "kg.graph.built": ("open_build",),
}
_HOME: Final = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    """Each name is loaded when it is first asked for: reading notes needn't wait for what measures, suggests and verifies."""
    if name not in _HOME:
        raise AttributeError(f"module 'kg.knowledge' has no attribute '{name}'")
    found = globals()[name] = getattr(import_module(_HOME[name]), name)
    return found
