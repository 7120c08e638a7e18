"""Extracts concepts from documents: drafts of notes, candidates, and sections used as concepts."""

from kg.suggest.extract.candidates import Candidate, rank_candidates
from kg.suggest.extract.drafts import DRAFTED, DefinitionPlace, Draft, DraftRelation, make_drafts
from kg.suggest.extract.found import find_definitions
from kg.suggest.extract.sections import with_sections
from kg.suggest.extract.write import draft_filename, render_draft

__all__ = [
    "DRAFTED",
    "Candidate",
    "DefinitionPlace",
    "Draft",
    "DraftRelation",
    "draft_filename",
    "find_definitions",
    "make_drafts",
    "rank_candidates",
    "render_draft",
    "with_sections",
]
