"""The composition root: the only wing that knows all steps of a build and their order."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from kg.graph.built import open_build
    from kg.knowledge.accepting import accept_strong_suggestions, accept_suggestions, plan_acceptance, reject_suggestions
    from kg.knowledge.base import KnowledgeBase, open_base
    from kg.knowledge.bundling import ImportedBundle, export_bundle, read_bundle
    from kg.knowledge.checking import CheckOptions, CheckResult, check_notes
    from kg.knowledge.checking_rdf import check_rdf
    from kg.knowledge.current import Published, fingerprint_inputs, is_current
    from kg.knowledge.earlier import check_revision, new_findings
    from kg.knowledge.exporting import built_edges
    from kg.knowledge.extracting import Extracted, draft_row, extract_drafts, write_drafts
    from kg.knowledge.improving import find_improvements
    from kg.knowledge.publish import build_base
    from kg.knowledge.ratchet import compare_with_revision
    from kg.knowledge.reviewing import ReviewQueue
    from kg.knowledge.running import How
    from kg.knowledge.suggesting import evaluate_suggestions, refit_weights, suggest_links, suggestion_row
    from kg.knowledge.summary import MeasureLine, Summary, by_severity, count_typed, count_untyped
    from kg.knowledge.texts import texts_on_disk
    from kg.knowledge.trusting import Trusted, find_trusted_changes, trust_revision
    from kg.knowledge.verifying import VerificationRequest, Verified, verify_evidence
    from kg.knowledge.wanted import WantedPages, strip_assessment
    from kg.metrics.gates import Failure, check_names, find_failures

__all__ = [
    "STAGES",
    "CheckOptions",
    "CheckResult",
    "Extracted",
    "Failure",
    "How",
    "ImportedBundle",
    "KnowledgeBase",
    "MeasureLine",
    "Published",
    "ReviewQueue",
    "Summary",
    "Trusted",
    "VerificationRequest",
    "Verified",
    "WantedPages",
    "accept_strong_suggestions",
    "accept_suggestions",
    "build_base",
    "built_edges",
    "by_severity",
    "check_names",
    "check_notes",
    "check_rdf",
    "check_revision",
    "compare_with_revision",
    "count_typed",
    "count_untyped",
    "draft_row",
    "evaluate_suggestions",
    "export_bundle",
    "extract_drafts",
    "find_failures",
    "find_improvements",
    "find_trusted_changes",
    "fingerprint_inputs",
    "is_current",
    "new_findings",
    "open_base",
    "open_build",
    "plan_acceptance",
    "read_bundle",
    "refit_weights",
    "reject_suggestions",
    "strip_assessment",
    "suggest_links",
    "suggestion_row",
    "texts_on_disk",
    "trust_revision",
    "verify_evidence",
    "write_drafts",
]

STAGES: Final = ("graph", "metrics", "maps", "site")
"""The stages of a build; each includes those before it."""

_HOMES: Final = {
    "kg.metrics.gates": ("Failure", "check_names", "find_failures"),
    "kg.knowledge.accepting": ("accept_strong_suggestions", "accept_suggestions", "plan_acceptance", "reject_suggestions"),
    "kg.knowledge.base": ("KnowledgeBase", "open_base"),
    "kg.knowledge.bundling": ("ImportedBundle", "export_bundle", "read_bundle"),
    "kg.knowledge.checking": ("CheckOptions", "CheckResult", "check_notes"),
    "kg.knowledge.checking_rdf": ("check_rdf",),
    "kg.knowledge.current": ("Published", "fingerprint_inputs", "is_current"),
    "kg.knowledge.earlier": ("check_revision", "new_findings"),
    "kg.knowledge.exporting": ("built_edges",),
    "kg.knowledge.extracting": ("Extracted", "draft_row", "extract_drafts", "write_drafts"),
    "kg.knowledge.improving": ("find_improvements",),
    "kg.knowledge.publish": ("build_base",),
    "kg.knowledge.ratchet": ("compare_with_revision",),
    "kg.knowledge.reviewing": ("ReviewQueue",),
    "kg.knowledge.texts": ("texts_on_disk",),
    "kg.knowledge.running": ("How",),
    "kg.knowledge.suggesting": ("evaluate_suggestions", "refit_weights", "suggest_links", "suggestion_row"),
    "kg.knowledge.summary": ("MeasureLine", "Summary", "by_severity", "count_typed", "count_untyped"),
    "kg.knowledge.trusting": ("Trusted", "find_trusted_changes", "trust_revision"),
    "kg.knowledge.verifying": ("VerificationRequest", "Verified", "verify_evidence"),
    "kg.knowledge.wanted": ("WantedPages", "strip_assessment"),
    "kg.graph.built": ("open_build",),
}
_HOME: Final = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    """Import each name at first use, so that a command that only reads notes doesn't load the other steps."""
    if name not in _HOME:
        raise AttributeError(f"module 'kg.knowledge' has no attribute '{name}'")
    value = globals()[name] = getattr(import_module(_HOME[name]), name)
    return value
