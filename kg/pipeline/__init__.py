"""The composition root: the only part that knows every step of a build and their order."""

from kg.metrics.gates import Failure, check_names, failures
from kg.pipeline.accepting import accept_all, reject
from kg.pipeline.checking import Checked, check_notes, check_rdf, findings_later
from kg.pipeline.extracting import Extracted, draft_row, extract, write_drafts
from kg.pipeline.publish import STAGES, Published, build, fingerprint, is_current
from kg.pipeline.quality import text_of
from kg.pipeline.steps import Built, How, Progress, assess, read
from kg.pipeline.suggesting import evaluate, refit, suggest, suggestion_row
from kg.pipeline.summary import MeasureLine, Summary, summarise
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
    "verify",
    "write_drafts",
]
