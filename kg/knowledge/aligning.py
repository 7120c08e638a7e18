"""Aligns the concepts of the notes with another vocabulary; accepted mappings are written below `skos:` of a note."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from kg.base.errors import UsageError
from kg.base.names import SKOS
from kg.base.notefile import replace_note
from kg.base.settings import Settings
from kg.evidence import snapshot
from kg.graph.quads import is_iri
from kg.knowledge.base import KnowledgeBase, open_base
from kg.knowledge.suggesting import notes_of
from kg.suggest.align import AlignedConcept, AlignedLabel, MappingProposal, propose_mappings
from kg.suggest.mapping import with_mapping

if TYPE_CHECKING:
    from kg.graph.importing import Thesaurus

_ON_DISK: Final = "file:"
_ON_WEB: Final = ("http://", "https://")
_KEYS: Final = {"exactMatch": "exact-match", "closeMatch": "close-match", "broadMatch": "broad-match"}


class Alignment(NamedTuple):
    """The proposals for one file."""

    proposals: tuple[MappingProposal, ...]
    own: int
    """Number of concepts that could be mapped."""
    foreign: int


class WrittenMapping(NamedTuple):
    """A mapping that was written, or would be."""

    proposal: MappingProposal
    path: str
    text: str
    """The line of the front matter."""
    before: bytes
    """The note without this mapping."""
    after: bytes


def align_file(settings: Settings, path: Path, encoding: str = "") -> Alignment:
    """Return proposals of mappings from the concepts of the notes to those of a thesaurus or a table.

    What is stated or was rejected isn't proposed again. Raises UsageError for a file that can't be read.
    """
    base = open_base(settings)
    foreign = _foreign(_read(path, base, encoding))
    own, stated = _own(base)
    rejected = snapshot.read_rejections(settings.ontology)
    iris = {c.id: c.iri for c in own}
    barred = {(iris[r.source], r.target) for r in rejected if r.source in iris} | stated
    own_iris = {c.iri for c in own}
    proposals = propose_mappings(own, [c for c in foreign if c.iri not in own_iris], barred)
    return Alignment(tuple(proposals), len(own), len(foreign))


def _read(path: Path, base: KnowledgeBase, encoding: str) -> Thesaurus:
    # start time: only this command needs it
    from kg.graph import load_vocabulary
    from kg.graph.importing import from_document, is_table, read_concept_table, read_rdf

    settings = base.settings
    vocabulary = load_vocabulary(settings.ontology)
    if is_table(path):
        thesaurus = read_concept_table(path, vocabulary, f"{path.absolute().as_uri()}#", encoding)
    else:
        document = read_rdf(path, path.name, base=settings.base, named=True)
        thesaurus = from_document(document, vocabulary, settings.base)
    if not thesaurus.concepts:
        raise UsageError(
            f"{path.name} has no concept",
            hint="kg align reads SKOS (Turtle, RDF/XML, JSON-LD …) and tables with a column 'label'",
        )
    return thesaurus


def _foreign(thesaurus: Thesaurus) -> list[AlignedConcept]:
    # An id of a table that is an IRI on the web names the concept itself, unless a column of IRIs does.
    named = {
        e.iri: e.id
        for e in thesaurus.concepts.values()
        if e.iri.startswith(_ON_DISK) and e.id.startswith(_ON_WEB) and is_iri(e.id)
    }
    kinds = (("prefLabel", "preferred"), ("altLabel", "other"), ("hiddenLabel", "other"))
    return [
        AlignedConcept(
            iri=named.get(entry.iri, entry.iri),
            id=entry.id,
            labels=tuple(
                AlignedLabel(text, lang, kind) for key, kind in kinds for text, lang in entry.texts(SKOS + key) if text.strip()
            ),
            definitions={lang: text for text, lang in entry.texts(SKOS + "definition")},
            broader=tuple(named.get(r.target, r.target) for r in entry.relations if r.predicate == SKOS + "broader"),
        )
        for entry in thesaurus.concepts.values()
    ]


def _own(base: KnowledgeBase) -> tuple[list[AlignedConcept], set[tuple[str, str]]]:
    """The concepts of the notes, and the pairs that a mapping in a note states."""
    corpus = base.corpus
    above: dict[str, list[str]] = defaultdict(list)
    for a in corpus.assertions:
        relation = base.relations.get(a.predicate)
        if relation is not None and relation.kind == "broader":
            above[a.subject].append(a.object)
    concepts, stated = [], set()
    for concept in corpus.concepts.values():
        labels = [AlignedLabel(text, lang, "preferred") for lang, text in concept.labels.items()]
        labels += [AlignedLabel(text, lang, "other") for text, lang in concept.alt_labels]
        broader = tuple(dict.fromkeys(above.get(concept.iri, ())))
        concepts.append(AlignedConcept(concept.iri, concept.id, tuple(labels), concept.definitions, broader))
        for path in (concept.path, *concept.paths):
            if path in corpus.notes:
                stated |= {(concept.iri, iri) for iri in _stated(corpus.notes[path].metadata)}
    return concepts, stated


def _stated(metadata: Mapping[str, object]) -> Iterator[str]:
    block = metadata.get("skos")
    for key, value in block.items() if isinstance(block, dict) else ():
        if str(key).endswith("Match"):
            yield from (v for v in (value if isinstance(value, list) else [value]) if isinstance(v, str))


def reject_mappings(settings: Settings, proposals: Iterable[MappingProposal]) -> Path:
    """Record mappings as rejected, so that they aren't proposed again."""
    rows = [
        {
            "id": p.id,
            "source": p.source.id,
            "target": p.target.iri,
            "relation": _KEYS[p.predicate.removeprefix(SKOS)],
        }
        for p in proposals
    ]
    return snapshot.record_rejections(settings.ontology, rows)


def accept_mappings(settings: Settings, proposals: Sequence[MappingProposal], *, dry: bool = False) -> Iterator[WrittenMapping]:
    """Write mappings below ``skos:`` in the notes of their concepts, one by one; each note is replaced atomically.

    With `dry`, nothing is written.

    Raises UsageError for a note in which that isn't possible, ChangedError if one has changed since it was read.
    """
    notes = notes_of(settings, settings.cache)
    corpus = notes.resolve(notes.notes)
    raw = dict(notes.raw)
    for proposal in proposals:
        if proposal.target.iri.startswith(_ON_DISK):
            raise UsageError(
                f"'{proposal.target.id}' has no IRI of its own, only one with the path of its file",
                hint="give the table a column 'iri' with IRIs that begin with http:// or https://, or such ids",
            )
        concept = corpus.concepts.get(proposal.source.iri)
        path = concept.path if concept else ""
        if path not in raw:
            raise UsageError(f"{proposal.source.id} has no note", hint="what comes from a thesaurus can't be changed here")
        key = proposal.predicate.removeprefix(SKOS)
        before = notes.parse(path, raw[path])
        data = with_mapping(raw[path], before, key, proposal.target.iri)
        after = notes.parse(path, data) if data is not None else before
        if data is None or not _only_added(before.metadata, after.metadata, key, proposal.target.iri):
            raise UsageError(
                f"{path}: the mapping can't be written there",
                hint=f'write it by hand in the front matter: skos: {{{key}: ["{proposal.target.iri}"]}}',
            )
        if not dry:
            replace_note(Path(notes.places[path]), hashlib.sha256(raw[path]).hexdigest(), data, inside=settings.writable)
        yield WrittenMapping(proposal, path, f"{key}: {proposal.target.iri}", raw[path], data)
        raw[path] = data


def _only_added(before: Mapping[str, object], after: Mapping[str, object], key: str, iri: str) -> bool:
    """Whether the front matter differs in this mapping only."""

    def without(metadata: Mapping[str, object]) -> dict[str, object]:
        block = metadata.get("skos")
        rest = {k: v for k, v in metadata.items() if k != "skos"}
        own = {k: v for k, v in block.items() if k != key} if isinstance(block, dict) else {}
        return {**rest, **({"skos": own} if own else {})}

    def values(metadata: Mapping[str, object]) -> list[object]:
        block = metadata.get("skos")
        value = block.get(key, []) if isinstance(block, dict) else []
        return value if isinstance(value, list) else [value]

    return without(before) == without(after) and values(after) == [*values(before), iri]
