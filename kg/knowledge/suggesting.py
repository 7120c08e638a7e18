"""The suggestion step: kept in the memo for builds and `kg suggest`; after an edit only affected rows are computed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from kg.base import files
from kg.base.memo import memo_key
from kg.base.progress import begin_step
from kg.base.settings import Settings
from kg.base.store import lock_base
from kg.knowledge.inputs import CORPUS, Inputs
from kg.knowledge.texts import texts_on_disk
from kg.model import Corpus, Lane, Note, Suggestion

if TYPE_CHECKING:
    from kg.knowledge.base import KnowledgeBase
    from kg.suggest.evaluate import Evaluation, Notes
    from kg.suggest.kept import KeptSuggestions, SuggestionStore
    from kg.suggest.ranking import SuggestOptions
    from kg.suggest.refit import Refit

_MOST_KEPT: Final = 30_000
"""Maximum number of concepts whose suggestions are kept in the memo; above it, their state takes hundreds of megabytes."""
_PAGE: Final = 5
_LARGE: Final = 5000
_PAGE_LARGE: Final = 3


def fewer(concepts: int) -> int:
    """Number of suggestions for each concept in a build; `kg suggest` returns more."""
    return _PAGE if concepts <= _LARGE else _PAGE_LARGE


class Suggested(NamedTuple):
    """Suggestions, strongest first, with their total number and the limits that were reached."""

    rows: Callable[[str | None], Iterator[Suggestion]]
    """Yields the suggestions of a concept; None: of all."""
    number: int
    caps: tuple[str, ...]


def suggestions_of(base: KnowledgeBase, *, limit: int | None = None, lanes: Sequence[Lane] = ()) -> Suggested:
    """The suggestions for a knowledge base, from its memo if possible.

    The suggestions of a smaller limit than the default are the first of those of the default, so one entry serves both.
    """
    # start time: only this step needs it
    from kg.suggest import LANES, LIMIT, MISSING, at_most
    from kg.suggest.kept import SuggestionStore

    limit = LIMIT if limit is None else limit
    lanes = tuple(lane for lane in LANES if lane in (lanes or MISSING))
    if base.memo is None or len(base.corpus.concepts) > _MOST_KEPT:
        return rank_concepts(base, base.corpus, texts_on_disk(base.files, base.corpus.notes), limit, lanes)
    most = max(limit, LIMIT)
    memo, name = base.memo, base.settings.base

    def again() -> KeptSuggestions:
        return _update(base, store, most, lanes, whole=True)

    store = SuggestionStore(memo, lambda part: memo_key(name, str(most), *lanes, part), again)
    kept = store.find(base.inputs.key(CORPUS))
    if kept is None:
        kept = _update(base, store, most, lanes)
    suggestions = kept
    return Suggested(
        lambda source: suggestions.rows(limit, source), suggestions.number(limit), (at_most(limit), *suggestions.caps[1:])
    )


def _update(
    base: KnowledgeBase, store: SuggestionStore, limit: int, lanes: tuple[Lane, ...], *, whole: bool = False
) -> KeptSuggestions:
    """Compute the suggestions that an edit affects, or the whole of them, and keep all in the memo."""
    # start time: only this step needs it
    from kg.suggest.update import update_suggestions

    inputs = base.inputs.key(CORPUS)
    corpus, texts = base.corpus, texts_on_disk(base.files, base.corpus.notes)
    options = _options(base, limit, lanes)
    earlier, iris = None if whole else store.earlier(), tuple(corpus.concepts)
    rows = None if whole else store.rows_before(iris)
    with begin_step("suggesting", len(iris)):
        update = update_suggestions(corpus, texts, options, earlier, base.memo, rows)
    made = store.replace(inputs, iris, update)
    if made is None:
        return _update(base, store, limit, lanes, whole=True)
    kept, entries = made
    if Inputs(base.settings).key(CORPUS) == inputs:  # otherwise an input has changed since the start
        store.put(entries)
    return kept


def _options(base: KnowledgeBase, limit: int, lanes: tuple[Lane, ...]) -> SuggestOptions:
    # start time: only this step needs it
    from kg.evidence.snapshot import read_rejections
    from kg.suggest.ranker import packaged_ranker
    from kg.suggest.ranking import SuggestOptions
    from kg.suggest.refit import read_ranker
    from kg.suggest.ties import hierarchical_relations

    ontology = base.settings.ontology
    barred = {(source, target) for source, target, relation in read_rejections(ontology) if not relation}
    ranker, hierarchy = read_ranker(ontology) or packaged_ranker(), hierarchical_relations(base.relations)
    return SuggestOptions(limit, barred, ranker, lanes, hierarchy)


def rank_concepts(
    base: KnowledgeBase, corpus: Corpus, text_of: Callable[[str], str], limit: int, lanes: tuple[Lane, ...]
) -> Suggested:
    """The suggestions for a state of the notes, computed without a memo."""
    # start time: only this step needs it
    from kg.suggest.ranking import rank_pairs

    ranking = rank_pairs(corpus, text_of, _options(base, limit, lanes))
    return Suggested(lambda source: (ranking if source is None else ranking.of(source)).rows(), len(ranking), ranking.caps)


def shown_suggestions(base: KnowledgeBase) -> tuple[tuple[Suggestion, ...], tuple[str, ...]]:
    """The suggestions that are strong enough to be shown without a request, and the limits that were reached."""
    suggestions = suggestions_of(base, limit=fewer(len(base.corpus.concepts)))
    least = base.settings.suggest
    minimum = {"mention": least.mention_min_score, "latent": least.latent_min_score}
    return tuple(row for row in suggestions.rows(None) if row.score >= minimum[row.lane]), suggestions.caps


@contextmanager
def suggesting_meanwhile(base: KnowledgeBase) -> Iterator[None]:
    """During the block, another process puts the suggestions into the memo, if they aren't there and there is a core for it.

    They depend on nothing but the notes, and most measures need the graph. Who asks for suggestions afterwards gets them from
    the memo, or computes them if an input has changed in the meantime.
    """
    # start time: only a build shares its work
    from kg.base.process.crew import ForkCrew
    from kg.base.process.forked_step import ForkedStep
    from kg.knowledge.rendering import count_processes

    shares = base.memo is not None and not base.is_remembered and count_processes(base.how.jobs) > 1
    if not shares or len(base.read_for_graph().corpus.concepts) > _MOST_KEPT:
        yield
        return

    forked = ForkedStep("suggesting")

    def suggest(question: bytes) -> bytes:
        with forked.follow():
            shown_suggestions(base)
        return question

    with ForkCrew(2, suggest) as crew:
        if crew.takes(b""):
            crew.ask(b"")
        yield
        with base.clock.stage("suggest"), begin_step("suggesting", len(base.corpus.concepts)) as suggesting:
            while crew.busy:
                list(crew.results(wait=True, meanwhile=lambda: forked.show(suggesting)))


def suggest_links(settings: Settings, *, limit: int | None = None, lanes: Sequence[Lane] = ()) -> tuple[Suggested, Corpus]:
    """Return the suggestions for the current notes, and their corpus. Builds nothing."""
    # start time: only this step needs it
    from kg.knowledge.base import open_base
    from kg.knowledge.running import without_collector

    base = open_base(settings)
    with without_collector():
        others = tuple(lane for lane in lanes if lane not in PROPOSALS)
        rows = tuple(proposal for lane in PROPOSALS if lane in lanes for proposal in proposals_of(base, lane, limit=limit))
        caps = (_TYPES_CAP,) if "type" in lanes else ()
        if lanes and not others:
            return Suggested(lambda source: _rows_of(rows, source), len(rows), caps), base.corpus
        suggestions = suggestions_of(base, limit=limit, lanes=others)
        if not rows:
            return suggestions, base.corpus
        return Suggested(
            lambda source: chain(_rows_of(rows, source), suggestions.rows(source)),
            len(rows) + suggestions.number,
            (*caps, *suggestions.caps),
        ), base.corpus


def _rows_of(rows: Iterable[Suggestion], source: str | None) -> Iterator[Suggestion]:
    return (row for row in rows if source is None or row.source == source)


_TYPES_CAP: Final = "types only for links whose sentence has a cue phrase"


PROPOSALS: Final[tuple[Lane, ...]] = ("hierarchy", "type")
"""Lanes of proposed relations, which come from words and not from the ranker."""


def proposals_of(
    base: KnowledgeBase, lane: Lane, *, limit: int | None = None, least: float | None = None
) -> tuple[Suggestion, ...]:
    """Proposed relations with a score of at least `least` (default: that of the lane), at most `limit` for each concept."""
    # start time: only this step needs it
    from kg.evidence.snapshot import read_rejections
    from kg.suggest import LIMIT, hierarchy, types

    counts: Counter[str] = Counter()
    kept = []
    read, rejections = base.notes_read, read_rejections(base.settings.ontology)
    propose, usual = {
        "hierarchy": (hierarchy.propose_broader, hierarchy.LEAST),
        "type": (types.propose_types, types.LEAST),
    }[lane]
    floor = usual if least is None else least
    texts = texts_on_disk(base.files, read.corpus.notes)
    with begin_step("reading sentences", len(read.corpus.concepts)):
        rows = propose(read.corpus, texts, read.vocabulary.relations, rejections, floor)
    for row in rows:
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


def notes_of(settings: Settings, cache: Path | None = None) -> Notes:
    """The notes of a knowledge base, in a form that can be parsed again with changed bytes."""
    # start time: only this step needs it
    from kg.corpus import ResolveOptions, VocabularyWords, resolve_notes
    from kg.knowledge.base import KnowledgeBase
    from kg.knowledge.running import How
    from kg.knowledge.steps import read_notes
    from kg.notes import parse_note
    from kg.suggest.evaluate import Notes

    base = KnowledgeBase(settings, How(1, cache))
    notes, listing = read_notes(base)
    vocabulary = base.vocabulary
    words = VocabularyWords(vocabulary.relations.values(), vocabulary.types, vocabulary.cues)
    site = base.inputs.site

    options = ResolveOptions.from_settings(settings, words, site)._replace(foreign=base.inputs.foreign)

    def resolved(changed: Mapping[str, Note]) -> Corpus:
        corpus, _ = resolve_notes(changed, options, attachments=listing.attachments, faults=listing.faults)
        return corpus

    raw = {f.name: files.read(f.path, cut=True) for f in listing.notes if f.name in notes}
    places = {f.name: f.path for f in listing.notes}
    return Notes(notes, raw, lambda path, data: parse_note(path, data, site.dialects.of(path)), resolved, places)
