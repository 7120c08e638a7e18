"""The composition root: the only part that knows every step of a build and their order."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from kg.metrics.gates import Failure, check_names, failures
    from kg.pipeline.accepting import accept_all, reject
    from kg.pipeline.checking import Checked, check_notes, check_rdf
    from kg.pipeline.current import Published, fingerprint, is_current
    from kg.pipeline.extracting import Extracted, draft_row, extract, write_drafts
    from kg.pipeline.graphs import findings_later
    from kg.pipeline.publish import STAGES, build
    from kg.pipeline.quality import text_of
    from kg.pipeline.steps import Built, How, Progress, assess, read
    from kg.pipeline.suggesting import evaluate, refit, suggest, suggestion_row
    from kg.pipeline.summary import MeasureLine, Summary, summarise
    from kg.pipeline.trusting import Trusted, trust
    from kg.pipeline.verifying import Verified, verify
    from kg.rdf.built import open_build

__all__ = [
    "STAGES",
    "Built",
    "Checked",
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
    "text_of",
    "trust",
    "verify",
    "write_drafts",
]

_HOMES: Final = {
    "kg.metrics.gates": ("Failure", "check_names", "failures"),
    "kg.pipeline.accepting": ("accept_all", "reject"),
    "kg.pipeline.checking": ("Checked", "check_notes", "check_rdf"),
    "kg.pipeline.graphs": ("findings_later",),
    "kg.pipeline.current": ("Published", "fingerprint", "is_current"),
    "kg.pipeline.extracting": ("Extracted", "draft_row", "extract", "write_drafts"),
    "kg.pipeline.publish": ("STAGES", "build"),
    "kg.pipeline.quality": ("text_of",),
    "kg.pipeline.steps": ("Built", "How", "Progress", "assess", "read"),
    "kg.pipeline.suggesting": ("evaluate", "refit", "suggest", "suggestion_row"),
    "kg.pipeline.summary": ("MeasureLine", "Summary", "summarise"),
    "kg.pipeline.trusting": ("Trusted", "trust"),
    "kg.pipeline.verifying": ("Verified", "verify"),
    "kg.rdf.built": ("open_build",),
}
_HOME: Final = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    """Each name is loaded when it is first asked for: reading notes needn't wait for what measures, suggests and verifies."""
    if name not in _HOME:
        raise AttributeError(f"module 'kg.pipeline' has no attribute '{name}'")
    found = globals()[name] = getattr(import_module(_HOME[name]), name)
    return found
