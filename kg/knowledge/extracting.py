"""Drafts concept notes from documents: reads the knowledge base, extracts definitions, writes drafts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kg.base.errors import ExistsError, UsageError
from kg.base.notefile import create_note
from kg.base.settings import Settings
from kg.corpus import VocabularyWords
from kg.knowledge.base import KnowledgeBase
from kg.knowledge.running import ANYHOW, How, without_collector
from kg.knowledge.texts import texts_on_disk
from kg.model import Corpus, Relation
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


@dataclass(frozen=True, slots=True)
class Extracted:
    """Concepts that documents define or name."""

    corpus: Corpus
    relations: Mapping[str, Relation]
    texts: Mapping[str, str]
    drafts: Sequence[Draft]
    below: Sequence[Draft]
    """Names with insufficient confidence for a draft."""

    def candidates(self, limit: int) -> list[Candidate]:
        """Terms that several notes use and no note defines."""
        return rank_candidates(self.corpus, self.texts, self.below, self.drafts, limit)

    @property
    def names(self) -> dict[str, str]:
        """Labels of concepts and drafts, by id."""
        names = {c.id: next(iter(c.labels.values())) for c in self.corpus.concepts.values()}
        return names | {d.id: next(iter(d.names.values())) for d in (*self.drafts, *self.below)}


def extract_drafts(settings: Settings, only: Sequence[str] = (), how: How = ANYHOW) -> Extracted:
    """The drafts of a knowledge base or of some of its notes, given by path below the notes folder or on disk.

    Raises UsageError for a note that doesn't exist.
    """
    with without_collector():
        read = KnowledgeBase(replace(settings, sections_as_concepts=False), how).notes_read
        places = read.paths
        wanted = _paths(only, places)
        text_of = texts_on_disk(places, read.corpus.notes)
        texts = {path: text_of(path).removeprefix("\ufeff") for path in read.corpus.notes if path in wanted and path in places}
        words = VocabularyWords(read.vocabulary.relations.values(), read.vocabulary.types, read.vocabulary.cues)
        definitions = [f for path, text in texts.items() for f in find_definitions(read.corpus.notes[path], text)]
        sure, below = make_drafts(read.corpus, definitions, words)
    return Extracted(read.corpus, read.vocabulary.relations, texts, sure, below)


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
