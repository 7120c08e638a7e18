"""The step that suggests: once for a state of the notes, kept under the cache, and read again by build and `kg suggest`."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from kg.base import files
from kg.base.about import code_stamp
from kg.base.errors import StoreError
from kg.base.settings import Settings
from kg.base.store import write_file
from kg.model import Assessment, Corpus, Lane, Note, Suggestion

if TYPE_CHECKING:
    from kg.knowledge.graphs import Read
    from kg.knowledge.steps import Built
    from kg.suggest.evaluate import Evaluation, Notes
    from kg.suggest.refit import Refit

_FOLDER: Final = "suggest"
_KEPT: Final = 4
_MOST_KEPT: Final = 50_000
"""More rows are not kept: reading them again takes as long as making them."""
_rows_in: Final = msgspec.msgpack.Decoder(tuple[tuple[Suggestion, ...], tuple[str, ...]])


_TELLING: Final = 0.2
"""Weaker suggestions about what is not named stand on no page and in no graph."""
_PAGE: Final = 5
_LARGE: Final = 5000
_PAGE_LARGE: Final = 3


def fewer(concepts: int) -> int:
    """How many suggestions for each concept a build shows; `kg suggest` has more."""
    return _PAGE if concepts <= _LARGE else _PAGE_LARGE


class Suggested(NamedTuple):
    """Suggestions, the strongest first, with how many there are and what was cut off."""

    rows: Iterator[Suggestion]
    number: int
    caps: tuple[str, ...]


def suggestions_of(
    settings: Settings,
    corpus: Corpus,
    text_of: Callable[[str], str],
    *,
    limit: int | None = None,
    lanes: Sequence[Lane] = (),
    cache: Path | None = None,
) -> Suggested:
    """The suggestions of a state of the notes; those that were computed before are read from the cache."""
    from kg.evidence.snapshot import rejected
    from kg.suggest import LANES, LIMIT, suggest
    from kg.suggest.refit import own

    limit = LIMIT if limit is None else limit
    lanes = tuple(lane for lane in LANES if not lanes or lane in lanes)
    barred = {(source, target) for source, target, relation in rejected(settings.ontology) if not relation}
    ranker = own(settings.ontology)
    how = f"{limit} {lanes} {sorted(barred)} {ranker or ''}"
    path = cache / _FOLDER / f"{_key(settings, corpus, how)}.msgpack" if cache else None
    if path is not None:
        try:
            rows, caps = _rows_in.decode(files.read(path))
            return Suggested(iter(rows), len(rows), caps)
        except (OSError, msgspec.DecodeError):
            pass  # not computed yet, or damaged
    found = suggest(corpus, text_of, limit=limit, rejected=barred, lanes=lanes, ranker=ranker)
    if path is None or len(found) > _MOST_KEPT:
        return Suggested(found.rows(), len(found), found.caps)
    rows = tuple(found.rows())
    _keep(path, msgspec.msgpack.encode((rows, found.caps)))
    return Suggested(iter(rows), len(rows), found.caps)


def suggested(settings: Settings, built: Built, assessment: Assessment, cache: Path | None) -> tuple[Built, Assessment]:
    """What was built together with the suggestions that are worth a reader's time."""
    from kg.knowledge.texts import texts_on_disk

    limit = fewer(len(built.corpus.concepts))
    found = suggestions_of(settings, built.corpus, texts_on_disk(built.files), limit=limit, cache=cache)
    assessment = replace(assessment, suggestions=tuple(filter(_telling, found.rows)), suggestion_caps=found.caps)
    return replace(built, assessment=assessment), assessment


def _telling(suggestion: Suggestion) -> bool:
    """Whether a suggestion is to be shown without being asked for.

    What is linked the other way round is associated already: only an unlinked name says something then.
    """
    if suggestion.lane == "mention":
        return True
    return suggestion.score >= _TELLING and all(r.kind != "back" for r in suggestion.why)


def suggest(settings: Settings, *, limit: int | None = None, lanes: Sequence[Lane] = ()) -> tuple[Suggested, Corpus]:
    """The suggestions for the notes as they are now, and their corpus; nothing is built."""
    from kg.knowledge.graphs import paths_of
    from kg.knowledge.steps import How, corpus_of, without_collector
    from kg.knowledge.texts import texts_on_disk

    with without_collector():
        read = corpus_of(settings, How(0, settings.cache))
        texts = texts_on_disk(paths_of(settings, read))
        types = _types(settings, read, texts, limit) if "type" in lanes else ()
        others = tuple(lane for lane in lanes if lane != "type")
        if lanes and not others:
            return Suggested(iter(types), len(types), (_TYPES_CAP,)), read.corpus
        found = suggestions_of(settings, read.corpus, texts, limit=limit, lanes=others, cache=settings.cache)
        if types:
            found = Suggested(chain(types, found.rows), len(types) + found.number, (_TYPES_CAP, *found.caps))
        return found, read.corpus


_TYPES_CAP: Final = "types only for links whose sentence has a cue phrase"


def _types(settings: Settings, read: Read, texts: Callable[[str], str], limit: int | None) -> tuple[Suggestion, ...]:
    """Relations for plain links, at most so many for each concept."""
    from kg.evidence.snapshot import rejected
    from kg.suggest import LIMIT
    from kg.suggest.types import typed

    counts: Counter[str] = Counter()
    kept = []
    for row in typed(read.corpus, texts, read.vocabulary.relations, rejected(settings.ontology)):
        counts[row.source] += 1
        if counts[row.source] <= (LIMIT if limit is None else limit):
            kept.append(row)
    return tuple(kept)


def evaluate(settings: Settings) -> Evaluation:
    """How well links of the notes are found again after they were taken out; nothing is written."""
    from kg.knowledge.steps import without_collector
    from kg.suggest.evaluate import evaluate as measured

    with without_collector():
        return measured(notes_of(settings, settings.cache))


def refit(settings: Settings) -> tuple[Refit, Path | None]:
    """Weights fitted to the notes, and where they were written: nowhere if the frozen ones do as well."""
    from kg.base.store import lock
    from kg.knowledge.steps import without_collector
    from kg.suggest.refit import keep
    from kg.suggest.refit import refit as fitted

    with without_collector():
        found = fitted(notes_of(settings, settings.cache))
    if not found.better:
        return found, None
    with lock(settings.cache):
        return found, keep(settings.ontology, found)


def suggestion_row(row: Suggestion, corpus: Corpus) -> dict[str, Any]:
    """A suggestion as users' programs read it: concepts by the path of their note, empty parts left out."""
    why = []
    for reason in row.why:
        part: dict[str, Any] = {"kind": reason.kind, "contribution": reason.contribution}
        if reason.line:
            part |= {"path": reason.path, "line": reason.line, "column": reason.column, "text": reason.text}
        concepts = [corpus.concepts[c].path for c in reason.concepts]
        part |= {k: v for k, v in (("terms", reason.terms), ("concepts", concepts), ("labels", reason.labels)) if v}
        why.append(part)
    found = {"id": row.id, "source": row.path, "target": row.target_path, "score": row.score, "lane": row.lane, "why": why}
    return found | ({"relation": row.relation} if row.relation else {})


def _key(settings: Settings, corpus: Corpus, how: str) -> str:
    """A digest of all that suggestions depend on: the notes, what their links mean, what was rejected, and the code."""
    digest = hashlib.sha256(f"{code_stamp()} {settings.base} {how}\n".encode())
    for path, note in corpus.notes.items():
        digest.update(f"{path}\0{note.digest}\0{corpus.concept_of.get(path, '')}\n".encode("utf-8", "surrogateescape"))
    for a in corpus.assertions:
        digest.update(f"{a.subject}\0{a.object}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()[:32]


def _keep(path: Path, data: bytes) -> None:
    """Write a file of the cache; the oldest ones go."""
    try:
        write_file(path, data, durable=False)
        files = sorted(path.parent.glob("*.msgpack"), key=lambda p: p.stat().st_mtime_ns)
        for old in files[:-_KEPT]:
            old.unlink(missing_ok=True)
    except (OSError, StoreError):
        return  # a cache that can't be written costs time and nothing else


def notes_of(settings: Settings, cache: Path | None = None) -> Notes:
    """The notes of a knowledge base in a form that can be read again with changed bytes."""
    from kg.corpus import VocabularyWords, resolve
    from kg.corpus.site import read as read_site
    from kg.graph import load as load_vocabulary
    from kg.knowledge.steps import How, read_notes, silent
    from kg.notes import parse
    from kg.suggest.evaluate import Notes

    notes, listing = read_notes(settings, How(1, cache), silent)
    vocabulary = load_vocabulary(settings.ontology, settings.transitive)
    words = VocabularyWords(vocabulary.relations.values(), vocabulary.types, vocabulary.cues)
    site = read_site(listing.configurations)

    def resolved(changed: Mapping[str, Note]) -> Corpus:
        corpus, _ = resolve(
            changed,
            attachments=listing.attachments,
            base=settings.base,
            words=words,
            roots=tuple(n.name for n in settings.notes),
            site=site,
            languages=settings.translations,
            faults=listing.faults,
        )
        return corpus

    raw = {f.name: files.read(f.path, cut=True) for f in listing.notes if f.name in notes}
    places = {f.name: f.path for f in listing.notes}
    return Notes(notes, raw, lambda path, data: parse(path, data, site.dialect), resolved, places)
