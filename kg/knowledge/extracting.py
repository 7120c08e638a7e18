"""Drafts concept notes from documents: reads the knowledge base, extracts definitions, writes drafts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from kg.base.errors import ExistsError, UsageError
from kg.base.notefile import create_note
from kg.base.settings import Settings
from kg.corpus import VocabularyWords
from kg.knowledge.base import KnowledgeBase
from kg.knowledge.inputs import CORPUS
from kg.knowledge.running import ANYHOW, How, without_collector
from kg.knowledge.texts import texts_on_disk
from kg.model import Relation
from kg.suggest.extract import (
    Candidate,
    Draft,
    DraftRelation,
    draft_filename,
    find_definitions,
    make_drafts,
    rank_candidates,
    render_draft,
)


class _StoredDrafts(NamedTuple):
    drafts: list[Draft]
    below: list[Draft]


class Extracted:
    """Concepts that documents define or name. Notes are read only for what isn't remembered."""

    def __init__(self, base: KnowledgeBase, only: Sequence[str]) -> None:
        self._base = base
        notes = {file.name: file.path for file in base.inputs.listing.notes}
        self._paths = _paths(only, notes)
        stored = base.recall("extract", CORPUS, _StoredDrafts, self._extract, *(sorted(self._paths) if only else ()))
        self.drafts: Sequence[Draft] = stored.drafts
        self.below: Sequence[Draft] = stored.below
        """Names with insufficient confidence for a draft."""

    def _extract(self) -> _StoredDrafts:
        vocabulary, corpus = self._base.vocabulary, self._base.corpus
        with without_collector():
            words = VocabularyWords(vocabulary.relations.values(), vocabulary.types, vocabulary.cues)
            definitions = [d for path, text in self._texts.items() for d in find_definitions(corpus.notes[path], text)]
            return _StoredDrafts(*make_drafts(corpus, definitions, words))

    @cached_property
    def _texts(self) -> Mapping[str, str]:
        text_of = texts_on_disk(self._base.files, self._base.corpus.notes)
        return {path: text_of(path).removeprefix("\ufeff") for path in self._base.corpus.notes if path in self._paths}

    @property
    def relations(self) -> Mapping[str, Relation]:
        """The vocabulary's relations by IRI."""
        return self._base.vocabulary.relations

    def candidates(self, limit: int) -> list[Candidate]:
        """Terms that several notes use and no note defines."""
        return rank_candidates(self._base.corpus, self._texts, self.below, self.drafts, limit)

    @property
    def names(self) -> dict[str, str]:
        """Labels of concepts and drafts, by id."""
        names = {c.id: next(iter(c.labels.values())) for c in self._base.corpus.concepts.values()}
        return names | {d.id: next(iter(d.names.values())) for d in (*self.drafts, *self.below)}


def extract_drafts(settings: Settings, only: Sequence[str] = (), how: How = ANYHOW) -> Extracted:
    """The drafts of a knowledge base or of some of its notes, given by path below the notes folder or on disk.

    Raises UsageError for a note that doesn't exist.
    """
    return Extracted(KnowledgeBase(replace(settings, sections_as_concepts=False), how), only)


def _paths(only: Sequence[str], places: Mapping[str, str]) -> set[str]:
    if not only:
        return set(places)
    by_place = {str(Path(place).absolute()): path for path, place in places.items()}
    paths = set()
    for name in only:
        path = name if name in places else by_place.get(str(Path(name).absolute()), "")
        if not path:
            raise UsageError(f"there is no note {name}", hint="give its path below the notes folder, or from here")
        paths.add(path)
    return paths


def draft_row(taken: Extracted, draft: Draft) -> dict[str, object]:
    """A draft as plain data."""

    def edge(e: DraftRelation) -> dict[str, str]:
        row = {"target": e.target, "label": e.label, "where": f"{e.path}:{e.line}"}
        return {"relation": taken.relations[e.relation].key, **row} if e.relation else row

    return {
        "id": draft.id,
        "names": dict(draft.names),
        "aliases": list(draft.aliases),
        "type": draft.type,
        "definition": draft.definition,
        "confidence": round(draft.confidence, 4),
        "where": [{"path": p.path, "line": p.line, "kind": p.kind} for p in draft.places],
        "relations": [edge(e) for e in draft.relations],
        "suggestions": [edge(e) for e in draft.suggestions],
    }


def write_drafts(taken: Extracted, shown: Sequence[Draft], to: Path) -> tuple[list[Path], list[Path]]:
    """Write drafts into a folder. Return the written paths, and the paths of existing files, which are not changed."""
    written, kept = [], []
    names = taken.names
    for draft in shown:
        path = to / draft_filename(draft)
        try:
            create_note(path, render_draft(draft, taken.relations, names).encode(), inside=(to,))
            written.append(path)
        except ExistsError:
            kept.append(path)
    return written, kept
