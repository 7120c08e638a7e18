"""The steps from files to an assessed knowledge base, in order. They write only caches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from kg.base.errors import UsageError
from kg.base.listing import Listing
from kg.base.progress import Step, begin_step
from kg.base.settings import Settings
from kg.corpus import ResolveOptions, Resolver, VocabularyWords, resolve_notes
from kg.graph import Feed, check_base, link_lines
from kg.graph.importing import read_thesauri
from kg.knowledge.bibliography import named_bibliographies
from kg.knowledge.graphs import Read, head_of, own_rules_only
from kg.knowledge.texts import texts_on_disk
from kg.model import Assertion, Concept, Corpus, Fault, Note
from kg.notes.reading import read_files

if TYPE_CHECKING:
    from kg.knowledge.base import KnowledgeBase


def read_notes(base: KnowledgeBase) -> tuple[dict[str, Note], Listing]:
    """Read all notes by path; unreadable notes become faults of the listing."""
    settings, files = base.settings, base.inputs.listing
    notes, failed = read_files(files.notes, base.inputs.site.dialects, base.how.cache, base.how.jobs)
    if base.unsaved:
        # start time: only editors have unsaved notes
        from kg.notes import parse_note

        dialects = base.inputs.site.dialects
        unsaved = {path: parse_note(path, data, dialects.of(path)) for path, data in base.unsaved.items()}
        notes = dict(sorted({**notes, **unsaved}.items()))
    if not notes and not settings.thesauri:
        folders = ", ".join(str(n) for n in settings.notes)
        raise UsageError(
            f"there are no notes (*.md) in {folders}",
            hint="write one, give another folder with --notes DIR, or make a small knowledge base with 'kg init'",
        )
    return notes, files._replace(faults=(*files.faults, *failed))


def read_corpus(base: KnowledgeBase, feed: Callable[[], Feed] | None) -> Read:
    """Return the notes with resolved links, thesauri, the vocabulary, and the listed files.

    `feed` returns a store that receives the statements about concepts, and plain links while they are being resolved.
    """
    settings = base.settings
    with base.clock.stage("read"):
        notes, listed = read_notes(base)
    fed: list[Feed] = []
    try:
        with base.clock.stage("resolve"), begin_step("resolving links", len(notes)) as resolving:
            corpus, resolver = _resolve(base, notes, listed, feed, fed, resolving)
        with base.clock.stage("thesauri"):
            direct = read_thesauri(settings, base.vocabulary, corpus)
    except BaseException:
        for begun in fed:
            begun.stop()
        raise
    lines, triples, forms = direct.lines, direct.triples, direct.forms
    return Read(
        direct.corpus, base.vocabulary, listed, corpus, lines, triples, forms, resolver, direct.used, fed[0] if fed else None
    )


def _resolve(
    base: KnowledgeBase,
    notes: dict[str, Note],
    listed: Listing,
    feed: Callable[[], Feed] | None,
    fed: list[Feed],
    resolving: Step,
) -> tuple[Corpus, Resolver]:
    """The corpus of the notes, with resolved links; the store of `feed` is appended to `fed` as soon as it is open."""
    settings, vocabulary = base.settings, base.vocabulary

    def early(corpus: Corpus) -> None:
        if feed is not None and own_rules_only(settings, vocabulary):
            check_base(settings.base)
            fed.append(feed())
            fed[0].put(head_of(settings, vocabulary, corpus))
            fed[0].begin()

    def stated(assertions: Sequence[Assertion], done: int) -> None:
        resolving.at(done)
        if fed:
            fed[0].put(link_lines(assertions, settings.base))

    options, unread = resolve_options(base, notes)
    corpus, resolver = resolve_notes(
        notes,
        options,
        attachments=listed.attachments,
        faults=(*listed.faults, *options.site.faults, *unread, *base.inputs.bibliography.faults, *base.inputs.foreign.faults),
        early=early,
        stated=stated,
    )
    if settings.sections_as_concepts:
        # start time: only this step needs it
        from kg.suggest.extract import with_sections

        corpus = with_sections(
            corpus, options.words, settings.base, texts_on_disk({f.name: f.path for f in listed.notes}, notes)
        )
    return corpus, resolver


def resolve_options(base: KnowledgeBase, notes: Mapping[str, Note]) -> tuple[ResolveOptions, tuple[tuple[str, Fault], ...]]:
    """What determines names and addresses of notes, and the faults of the bibliographies that they name."""
    vocabulary, inputs = base.vocabulary, base.inputs
    words = VocabularyWords(vocabulary.relations.values(), vocabulary.types, vocabulary.cues)
    options = ResolveOptions.from_settings(base.settings, words, inputs.site)
    named = named_bibliographies(base.settings, notes, {file.name: file.path for file in inputs.listing.notes})
    inputs.take_bibliographies(named.paths, base.how.cache)
    cites = any(True for _ in inputs.paths("bibliography"))
    options = options._replace(references=inputs.bibliography.references, has_bibliography=cites, foreign=inputs.foreign)
    return options, named.faults


def languages_of(settings: Settings, corpus: Corpus) -> tuple[str, ...]:
    """The languages of the views: those in the settings; otherwise zh and en if labels use them, most frequent first."""
    return settings.languages or languages_in(corpus.concepts)


def languages_in(concepts: Mapping[str, Concept]) -> tuple[str, ...]:
    """The languages zh and en if labels use them, most frequent first; en if they use neither."""
    counts = Counter(lang.partition("-")[0] for c in concepts.values() for lang in c.labels)
    used = [lang for lang in ("zh", "en") if counts[lang]]
    return tuple(sorted(used, key=lambda lang: -counts[lang])) or ("en",)
