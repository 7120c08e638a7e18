"""The suggestion step: kept in the memo for builds and `kg suggest`; after an edit only affected rows are computed."""

from __future__ import annotations

import contextlib
import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from kg.base import files
from kg.base.memo import Memo, memo_key
from kg.base.settings import Settings
from kg.base.store import lock_base
from kg.knowledge.texts import texts_on_disk
from kg.model import Corpus, Lane, Note, Suggestion

if TYPE_CHECKING:
    from kg.knowledge.base import KnowledgeBase
    from kg.knowledge.graphs import Read
    from kg.suggest.evaluate import Evaluation, Notes
    from kg.suggest.refit import Refit

_MOST_KEPT: Final = 30_000
"""Maximum number of concepts whose suggestions are kept in the memo; above it, their state takes hundreds of megabytes."""
_rows_in: Final = msgspec.msgpack.Decoder(tuple[tuple[Suggestion, ...], tuple[str, ...]])


_TELLING: Final = 0.2
"""Minimum score on pages and in the graph for suggestions whose source doesn't name the target."""
_PAGE: Final = 5
_LARGE: Final = 5000
_PAGE_LARGE: Final = 3


def fewer(concepts: int) -> int:
    """Number of suggestions for each concept in a build; `kg suggest` returns more."""
    return _PAGE if concepts <= _LARGE else _PAGE_LARGE


class Suggested(NamedTuple):
    """Suggestions, strongest first, with their total number and the limits that were reached."""

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
    """The suggestions for a state of the notes, from the cache if possible."""
    # start time: only this step needs it
    from kg.evidence.snapshot import read_rejections
    from kg.suggest import LANES, LIMIT, SuggestOptions, rank_pairs
    from kg.suggest.ranker import packaged_ranker
    from kg.suggest.refit import read_ranker
    from kg.suggest.update import update_suggestions

    limit = LIMIT if limit is None else limit
    lanes = tuple(lane for lane in LANES if not lanes or lane in lanes)
    barred = {(source, target) for source, target, relation in read_rejections(settings.ontology) if not relation}
    ranker = read_ranker(settings.ontology)
    if cache is None or len(corpus.concepts) > _MOST_KEPT:
        ranking = rank_pairs(corpus, text_of, limit=limit, rejected=barred, lanes=lanes, ranker=ranker)
        return Suggested(ranking.rows(), len(ranking), ranking.caps)
    memo = Memo(cache)
    try:
        key = _key(settings, corpus, f"{limit} {lanes} {sorted(barred)} {ranker or ''}")
        with contextlib.suppress(msgspec.DecodeError, TypeError):  # not computed yet
            rows, caps = _rows_in.decode(memo.get("suggestions", key) or b"")
            return Suggested(iter(rows), len(rows), caps)
        options = SuggestOptions(limit, barred, ranker or packaged_ranker(), lanes)
        last = memo_key(settings.base, str(limit), *lanes)
        update = update_suggestions(corpus, text_of, options, memo.get("suggestions-state", last), memo)
        memo.put("suggestions", key, msgspec.msgpack.encode((update.rows, update.caps)))
        memo.put("suggestions-state", last, update.state)
    finally:
        memo.close()
    return Suggested(iter(update.rows), len(update.rows), update.caps)


def shown_suggestions(base: KnowledgeBase) -> tuple[tuple[Suggestion, ...], tuple[str, ...]]:
    """The suggestions that are strong enough to be shown without a request, and the limits that were reached."""
    corpus, limit = base.corpus, fewer(len(base.corpus.concepts))
    suggestions = suggestions_of(base.settings, corpus, texts_on_disk(base.files), limit=limit, cache=base.how.cache)
    return tuple(filter(_telling, suggestions.rows)), suggestions.caps


def _telling(suggestion: Suggestion) -> bool:
    """Whether a suggestion is shown without a request.

    A pair that is linked in the other direction is already associated, so only an unlinked name counts.
    """
    if suggestion.lane == "mention":
        return True
    return suggestion.score >= _TELLING and all(r.kind != "back" for r in suggestion.why)


def suggest_links(settings: Settings, *, limit: int | None = None, lanes: Sequence[Lane] = ()) -> tuple[Suggested, Corpus]:
    """Return the suggestions for the current notes, and their corpus. Builds nothing."""
    # start time: only this step needs it
    from kg.knowledge.base import open_base
    from kg.knowledge.running import without_collector

    base = open_base(settings)
    with without_collector():
        read, texts = base.notes_read, texts_on_disk(base.files)
        types = _types(settings, read, texts, limit) if "type" in lanes else ()
        others = tuple(lane for lane in lanes if lane != "type")
        if lanes and not others:
            return Suggested(iter(types), len(types), (_TYPES_CAP,)), read.corpus
        suggestions = suggestions_of(settings, read.corpus, texts, limit=limit, lanes=others, cache=settings.cache)
        if types:
            suggestions = Suggested(
                chain(types, suggestions.rows), len(types) + suggestions.number, (_TYPES_CAP, *suggestions.caps)
            )
        return suggestions, read.corpus


_TYPES_CAP: Final = "types only for links whose sentence has a cue phrase"


def _types(settings: Settings, read: Read, texts: Callable[[str], str], limit: int | None) -> tuple[Suggestion, ...]:
    """Relations for plain links, at most `limit` for each concept."""
    # start time: only this step needs it
    from kg.evidence.snapshot import read_rejections
    from kg.suggest import LIMIT
    from kg.suggest.types import propose_types

    counts: Counter[str] = Counter()
    kept = []
    for row in propose_types(read.corpus, texts, read.vocabulary.relations, read_rejections(settings.ontology)):
        counts[row.source] += 1
        if counts[row.source] <= (LIMIT if limit is None else limit):
            kept.append(row)
    return tuple(kept)


def evaluate_suggestions(settings: Settings) -> Evaluation:
    """Evaluate how many held-out links of the notes are suggested again. Writes nothing."""
    # start time: only this step needs it
    from kg.knowledge.running import without_collector
    from kg.suggest.evaluate import evaluate_ranker

    with without_collector():
        return evaluate_ranker(notes_of(settings, settings.cache))


def refit_weights(settings: Settings) -> tuple[Refit, Path | None]:
    """Fit weights to the notes. Return the path to which they were written, or None if the packaged weights are as good."""
    # start time: only this step needs it
    from kg.knowledge.running import without_collector
    from kg.suggest.refit import refit_ranker, write_ranker

    with without_collector():
        outcome = refit_ranker(notes_of(settings, settings.cache))
    if not outcome.better:
        return outcome, None
    with lock_base(settings.cache):
        return outcome, write_ranker(settings.ontology, outcome)


def suggestion_row(row: Suggestion, corpus: Corpus) -> dict[str, object]:
    """A suggestion as plain data: concepts by the path of their note, without empty parts."""
    why = []
    for reason in row.why:
        part: dict[str, object] = {"kind": reason.kind, "contribution": reason.contribution}
        if reason.line:
            part |= {"path": reason.path, "line": reason.line, "column": reason.column, "text": reason.text}
        concepts = [corpus.concepts[c].path for c in reason.concepts]
        part |= {k: v for k, v in (("terms", reason.terms), ("concepts", concepts), ("labels", reason.labels)) if v}
        why.append(part)
    data = {"id": row.id, "source": row.path, "target": row.target_path, "score": row.score, "lane": row.lane, "why": why}
    return data | ({"relation": row.relation} if row.relation else {})


def _key(settings: Settings, corpus: Corpus, how: str) -> bytes:
    """A digest of all inputs of suggestions: notes, resolved links, and options."""
    digest = hashlib.sha256(f"{settings.base} {how}\n".encode())
    for path, note in corpus.notes.items():
        digest.update(f"{path}\0{note.digest}\0{corpus.concept_of.get(path, '')}\n".encode("utf-8", "surrogateescape"))
    for a in corpus.assertions:
        digest.update(f"{a.subject}\0{a.object}\n".encode("utf-8", "surrogateescape"))
    return digest.digest()


def notes_of(settings: Settings, cache: Path | None = None) -> Notes:
    """The notes of a knowledge base, in a form that can be parsed again with changed bytes."""
    # start time: only this step needs it
    from kg.corpus import ResolveOptions, VocabularyWords, resolve_notes
    from kg.corpus.site import read_site
    from kg.knowledge.base import KnowledgeBase
    from kg.knowledge.running import How
    from kg.knowledge.steps import read_notes
    from kg.notes import parse_note
    from kg.suggest.evaluate import Notes

    base = KnowledgeBase(settings, How(1, cache))
    notes, listing = read_notes(base)
    vocabulary = base.vocabulary
    words = VocabularyWords(vocabulary.relations.values(), vocabulary.types, vocabulary.cues)
    site = read_site(listing.configurations)

    options = ResolveOptions.from_settings(settings, words, site)

    def resolved(changed: Mapping[str, Note]) -> Corpus:
        corpus, _ = resolve_notes(changed, options, attachments=listing.attachments, faults=listing.faults)
        return corpus

    raw = {f.name: files.read(f.path, cut=True) for f in listing.notes if f.name in notes}
    places = {f.name: f.path for f in listing.notes}
    return Notes(notes, raw, lambda path, data: parse_note(path, data, site.dialect), resolved, places)
