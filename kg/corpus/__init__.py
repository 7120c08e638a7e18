"""Link resolution: from all notes to a Corpus, with the meaning of each link and the place of each relation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from types import MappingProxyType
from typing import Final, NamedTuple

from kg.base.names import LINKS_TO, SKOS, fold
from kg.base.settings import Settings
from kg.corpus.addresses import place_in_content
from kg.corpus.citations import citation_faults, cite_sources, uncovered_citations
from kg.corpus.concepts import build_concept, identify_concepts, shared_aliases
from kg.corpus.contents import resolve_entries
from kg.corpus.foreign import ForeignNames, foreign_faults, linked_concepts
from kg.corpus.index import Index
from kg.corpus.site import NO_SITE, SourceSite
from kg.corpus.translations import KEY, Pairs, by_folder, merge_translation, pair_translations
from kg.corpus.words import VocabularyWords
from kg.model import (
    NO_FOREIGN,
    Ambiguous,
    Assertion,
    Broken,
    Concept,
    Corpus,
    Fault,
    Foreign,
    ForeignBases,
    Link,
    Note,
    Reference,
    Resolution,
    Resolved,
    ResolvedLink,
)
from kg.notes.frontmatter import NAMES

__all__ = [
    "NamedConcepts",
    "ResolveOptions",
    "Resolver",
    "VocabularyWords",
    "name_concepts",
    "names_in_diagrams",
    "outline_note",
    "read_diagrams",
    "resolve_notes",
    "split_foreign",
]


class Resolver:
    """Resolves the links of one collection: it holds everything about other notes that is needed to read one of them."""

    def __init__(self, index: Index, words: VocabularyWords, concept_of: Mapping[str, str], pairs: Pairs) -> None:
        self.index = index
        self.words = words
        self.concept_of = concept_of
        """Path of a note → IRI of the concept that it describes."""
        self.pairs = pairs

    def resolve(self, path: str, link: Link) -> Resolution:
        """Resolve a link in a note."""
        resolution = self.index.resolve(path, link)
        if resolution.__class__ is Ambiguous:
            return _same_concept(path, resolution, self.concept_of, self.pairs)
        return resolution

    def read(
        self,
        path: str,
        note: Note,
        links: list[ResolvedLink],
        assertions: list[Assertion],
        faults: list[tuple[str, Fault]],
    ) -> None:
        """Append the links and assertions of one note, except those of its diagrams.

        Statements about foreign concepts are among them: `split_foreign` separates them.
        """
        # `tuple.__new__` saves a call per named tuple: there are a hundred thousand of them.
        new = tuple.__new__
        words, concept_of = self.words, self.concept_of
        wikilinks = self.index.wikilinks
        subject = concept_of.get(path)
        listed: frozenset[int] | None = None
        for link in note.links:
            kind = link.kind
            if link.relation is None:
                predicate = None
            else:
                if kind == "name" and link.relation in NAMES:
                    continue
                predicate = words.relation(link)
                if kind == "name" and predicate is None:
                    continue  # a text value of some key
            resolution = wikilinks.get(link.target) if kind == "wikilink" and not link.fragment else None
            if resolution.__class__ is not Resolved:
                resolution = self.resolve(path, link)
            if kind == "name" and resolution.__class__ is not Resolved and not words.is_key(link.relation or ""):
                continue  # a text below a label such as "example", which names no note
            links.append(new(ResolvedLink, (path, link, resolution)))
            if resolution.__class__ is Resolved:
                target = resolution.path
            elif resolution.__class__ is Broken and resolution.path is not None:
                target = resolution.path  # the heading is missing, but the note exists
            elif resolution.__class__ is Ambiguous and resolution.chosen is not None:
                target = resolution.chosen
            elif resolution.__class__ is Foreign:
                if subject is not None and subject != resolution.iri and link.context != "toc":
                    context = link.context if predicate else "text"
                    values = (subject, predicate or LINKS_TO, resolution.iri, path, link.line, link.column, context)
                    assertions.append(new(Assertion, values))
                continue
            else:
                continue
            if target == path:
                if predicate is None and listed is None:
                    listed = _lines_of_lists(note)
                if predicate is not None or _is_self_link(link, resolution, listed or frozenset()):
                    faults.append((path, Fault("self-link", link.line, link.column, link.relation or "" if predicate else "")))
                continue
            if subject is None or link.context == "toc":
                continue
            object_ = concept_of.get(target)
            if object_ is not None and object_ != subject:
                context = link.context if predicate else "text"
                values = (subject, predicate or LINKS_TO, object_, path, link.line, link.column, context)
                assertions.append(new(Assertion, values))
        above = self.index.parent_by_name(path) if subject is not None else None
        if above is not None and subject is not None and concept_of.get(above, subject) != subject:
            assertions.append(Assertion(subject, f"{SKOS}broader", concept_of[above], path, note.label_line, 1, "name"))


class ResolveOptions(NamedTuple):
    """The parts of settings, vocabulary and site configuration that determine names and addresses of notes."""

    base: str
    """IRI prefix of concepts."""
    words: VocabularyWords
    roots: Sequence[str] = ()
    """Names of the notes folder itself at the start of a root link, such as ``zh-cn`` in ``/zh-cn/nodes/``."""
    site: SourceSite = NO_SITE
    """The tool of the notes, with its folders and addresses."""
    languages: Mapping[str, str] = MappingProxyType({})
    """Language → its folder, the language of the originals first."""
    references: Mapping[str, Reference] = MappingProxyType({})
    """The works of the bibliography by key; without one, nothing is a citation."""
    has_bibliography: bool = False
    """Whether there is a file of a bibliography, be it readable or not."""
    foreign: ForeignBases = NO_FOREIGN
    """The other knowledge bases whose concepts notes link to."""
    near_misses: bool = True
    """Whether broken links get hints what they may mean, which takes most of the time where many are broken."""

    @classmethod
    def from_settings(cls, settings: Settings, words: VocabularyWords, site: SourceSite) -> ResolveOptions:
        """Return the options of a knowledge base."""
        return cls(settings.base, words, tuple(folder.name for folder in settings.notes), site, settings.translations)


_SOME: Final = 500
"""Notes whose assertions are passed on together."""


def resolve_notes(
    notes: Mapping[str, Note],
    options: ResolveOptions,
    *,
    attachments: Iterable[str] = (),
    faults: Sequence[tuple[str, Fault]] = (),
    early: Callable[[Corpus], None] | None = None,
    stated: Callable[[Sequence[Assertion], int], None] | None = None,
) -> tuple[Corpus, Resolver]:
    """Return the corpus of notes (by path, sorted) and the resolver of its links.

    `faults` are those from listing the files. `early` is called with the corpus as soon as its concepts are known, before
    links are resolved, and `stated` with the assertions of some notes as soon as theirs are, except those of diagrams, and the
    number of notes so far: a store loads them while this goes on.
    """
    files = tuple(attachments)
    named = name_concepts(notes, options, files, faults)
    by_iri, concept_of = named.concepts, named.concept_of
    if early is not None:
        early(Corpus(notes, by_iri, concept_of, (), (), ()))
    all_faults = [*named.faults, *shared_aliases(notes, named.listed)]
    resolver = named.resolver()
    links: list[ResolvedLink] = []
    assertions: list[Assertion] = []
    passed = 0
    for number, (path, note) in enumerate(notes.items(), 1):
        resolver.read(path, note, links, assertions, all_faults)
        if stated is not None and (number % _SOME == 0 or number == len(notes)):
            stated(assertions[passed:], number)
            passed = len(assertions)
    assertions += read_diagrams(notes.values(), cache(lambda: names_in_diagrams(named.listed)), options.words)
    listed, broken_entries = resolve_entries(options.site.entries, resolver.resolve)
    all_faults += broken_entries
    foreign: list[Assertion] = []
    if options.foreign.names:
        assertions, foreign = split_foreign(assertions, by_iri)
        all_faults += foreign_faults(links, options.foreign)
    corpus = Corpus(
        notes=notes,
        concepts=by_iri,
        concept_of=concept_of,
        links=tuple(links),
        assertions=tuple(assertions),
        faults=tuple(all_faults),
        attachments=frozenset(files),
        foreign=linked_concepts(options.foreign, links, by_iri),
        foreign_assertions=tuple(foreign),
        listed=listed & notes.keys(),
    )
    return corpus, resolver


class NamedConcepts(NamedTuple):
    """The concepts of a collection, before links are resolved."""

    concepts: Mapping[str, Concept]
    """By IRI, sorted by id."""
    listed: Sequence[Concept]
    """The same in the order of their notes."""
    concept_of: Mapping[str, str]
    """Path of a note → IRI of the concept that it describes."""
    faults: Sequence[tuple[str, Fault]]
    resolver: Callable[[], Resolver]
    """Returns the resolver of links; it indexes all names, which takes most of the time."""


def name_concepts(
    notes: Mapping[str, Note], options: ResolveOptions, files: Sequence[str], faults: Sequence[tuple[str, Fault]] = ()
) -> NamedConcepts:
    """Return the concepts that notes (by path, sorted) describe. `files`: the files beside them.

    Of each note, only what other notes need is read: see `outline_note`.
    """
    site, languages = options.site, options.languages

    @cache  # most collections have no translations, and their concepts are known without it
    def index() -> Index:
        first = next(iter(languages.values())).strip("/") if languages else ""
        made = Index(notes, files, options.roots, site, first)
        made.foreign = ForeignNames(options.foreign)
        if not options.near_misses:
            made.forgo_near_misses()
        return made

    pairs = _pairs(notes, languages, site, lambda path, link: index().resolve(path, link))
    identity, id_faults = identify_concepts(notes, options.base, pairs.original, pairs.below, site.asides, site.periodic)
    concepts, concept_of = _concepts(notes, identity, pairs, options.words.types)
    if options.references:
        concepts = [cite_sources(concept, notes, options.references) for concept in concepts]
        faults = (*faults, *citation_faults(notes, options.references))
    elif not options.has_bibliography:
        faults = (*faults, *uncovered_citations(notes))
    by_iri = {c.iri: c for c in sorted(concepts, key=lambda c: c.id)}
    return NamedConcepts(
        by_iri, concepts, concept_of, (*faults, *id_faults), lambda: Resolver(index(), options.words, concept_of, pairs)
    )


def outline_note(note: Note) -> Note:
    """Return what other notes need of a note to link to it: without its text, headings and links.

    Only a link that names its original remains, and the sources that its text cites.
    """
    links = tuple(link for link in note.links if link.relation is not None and link.relation.lower() == KEY)
    return replace(note, headings=(), links=links, blocks=(), edges=(), faults=(), lead="", ignores=(), hidden=(), formulas=())


def split_foreign(assertions: Iterable[Assertion], concepts: Mapping[str, Concept]) -> tuple[list[Assertion], list[Assertion]]:
    """Return the assertions between concepts of this knowledge base, and those about foreign concepts."""
    own: list[Assertion] = []
    foreign: list[Assertion] = []
    for assertion in assertions:
        (own if assertion.object in concepts else foreign).append(assertion)
    return own, foreign


def _pairs(
    notes: Mapping[str, Note], languages: Mapping[str, str], site: SourceSite, resolve: Callable[[str, Link], Resolution]
) -> Pairs:
    """Return the translations among the notes: folders in the settings override those of a site's configuration."""
    if languages:
        return pair_translations(notes, by_folder(languages), languages, resolve)
    several = site.generator == "hugo" and len({*(lang for lang, _ in site.folders), *site.suffixed}) > 1
    order = (site.default_language, *(lang for lang, _ in site.folders))
    return pair_translations(notes, lambda path: place_in_content(site, path) if several else None, order, resolve)


def _concepts(
    notes: Mapping[str, Note], identity: Mapping[str, tuple[str, str]], pairs: Pairs, types: Mapping[str, str]
) -> tuple[list[Concept], dict[str, str]]:
    """Return the concepts, with translations merged into their originals, and the IRI of each note's concept."""
    by_path = {path: build_concept(notes[path], iri, concept_id, types) for path, (iri, concept_id) in identity.items()}
    concept_of = {path: iri for path, (iri, _) in identity.items()}
    for path, first in pairs.original.items():
        concept = by_path.get(first)
        if concept is not None:
            translation = build_concept(notes[path], concept.iri, concept.id, types)
            by_path[first] = merge_translation(
                concept, translation, pairs.language.get(first, ""), pairs.language.get(path, "")
            )
            concept_of[path] = concept.iri
    return list(by_path.values()), concept_of


def _same_concept(source: str, resolution: Ambiguous, concept_of: Mapping[str, str], pairs: Pairs) -> Resolution:
    """Resolve an ambiguous link whose candidates all describe one concept to the note in the language of the source."""
    concepts = {concept_of.get(c) for c in resolution.candidates}
    if len(concepts) != 1 or None in concepts:
        return resolution
    language = pairs.language.get(source, "")
    own = [c for c in resolution.candidates if pairs.language.get(c, "") == language]
    return Resolved((own or list(resolution.candidates))[0], None)


_INDENTED: Final = 16
"""Maximum column of a link that is an item of a list of links."""


def _is_self_link(link: Link, resolution: Resolution, listed: frozenset[int]) -> bool:
    """Return whether a link without a relation from a note to itself says nothing: to no heading, and not in a navigation.

    `listed`: see `_lines_of_lists`.
    """
    if link.fragment or (resolution.__class__ is Resolved and resolution.anchor) or link.kind == "argument":
        return False
    # With a relation, it is the value of a key that is no relation.
    return link.relation is None and link.line not in listed


def _lines_of_lists(note: Note) -> frozenset[int]:
    """Return the lines of lists of links, one on each line.

    They have the page itself among them: plug-ins write such lists on top of all pages.
    """
    on_line = Counter(link.line for link in note.links)
    lines = {link.line for link in note.links if link.column <= _INDENTED and on_line[link.line] == 1}
    return frozenset(line for line in lines if line - 1 in lines or line + 1 in lines)


def names_in_diagrams(concepts: Iterable[Concept]) -> dict[str, set[str]]:
    """Return the names of concepts, folded, with their IRIs: what the ends of an edge are called."""
    by_name: dict[str, set[str]] = {}
    for concept in concepts:
        for name in (concept.id, *concept.labels.values(), *(a for a, _ in concept.alt_labels)):
            by_name.setdefault(fold(name), set()).add(concept.iri)
    return by_name


def read_diagrams(
    notes: Iterable[Note], by_name: Callable[[], Mapping[str, set[str]]], words: VocabularyWords
) -> Iterator[Assertion]:
    """Yield the relations that labelled edges of diagrams state, if both ends name concepts (see `names_in_diagrams`)."""
    for note in notes:
        for edge in note.edges:
            predicate = words.edge(edge.label) if edge.label else None
            if predicate is None:
                continue
            source, target = (by_name().get(fold(end), ()) for end in (edge.source, edge.target))
            if len(source) == 1 and len(target) == 1:
                (subject,), (object_,) = source, target
                if subject != object_:
                    yield Assertion(subject, predicate, object_, note.path, edge.line, edge.column, "diagram")
