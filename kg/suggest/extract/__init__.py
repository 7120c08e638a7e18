"""Concepts in documents that hold many: drafts of notes, candidates, and sections read as concepts."""

from kg.suggest.extract.candidates import Candidate, candidates
from kg.suggest.extract.drafts import DRAFTED, DefinitionPlace, Draft, DraftRelation, drafts
from kg.suggest.extract.found import found_in
from kg.suggest.extract.sections import with_sections
from kg.suggest.extract.write import filename, note

__all__ = [
    "DRAFTED",
    "Candidate",
    "DefinitionPlace",
    "Draft",
    "DraftRelation",
    "candidates",
    "drafts",
    "filename",
    "found_in",
    "note",
    "with_sections",
]
