"""The vocabulary as data: relations, types and flow conditions from Turtle, built in and of the knowledge base."""

from __future__ import annotations

import hashlib
import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Final, Literal, TypeAlias

import pyoxigraph as ox

from kg.base import files
from kg.base.about import ontology_folder
from kg.base.errors import UsageError
from kg.base.formats import FormatError
from kg.base.formats.rdf_text import parse_rdf
from kg.base.names import KG, OWL, RDF, RDFS, SKOS, fold, key_form
from kg.graph.quads import blank_node_names
from kg.graph.rules import RuleStep, parse_rule, worked_out
from kg.model import Impact, Relation

FOREIGN_RULES: Final = frozenset({"skos-xl", "skos-scheme", "skos-mapping", "skos-sub-property"})
"""Rules that apply to imported RDF only: notes can't state extended labels, for example."""
_CLOSURE: Final = "transitive"  # the rule that runs only if a knowledge base asks for it
_HIERARCHY: Final = ("skos-hierarchy", "skos-closure")  # the same for broader and narrower, whose closure SKOS names otherwise
_FILES: Final = ("kg.ttl", "relations.ttl", "extension.ttl")
_MAPPINGS: Final = frozenset(SKOS + n for n in ("closeMatch", "exactMatch", "broadMatch", "narrowMatch", "relatedMatch"))

_Values: TypeAlias = Mapping[str, Sequence[object]]
"""Predicate → its values for one subject of the vocabulary."""


def is_copy(path: Path) -> bool:
    """Return whether a file of a knowledge base's ontology is built in, or an exact copy: then it adds nothing."""
    folder = ontology_folder()
    for original in (folder / path.name, folder / path.parent.name / path.name):
        if original.is_file() and (
            os.path.realpath(original) == os.path.realpath(path) or files.read(original) == files.read(path)
        ):
            return True
    return False


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Relations and types. `triples` is the whole vocabulary, for the default graph."""

    triples: tuple[ox.Triple, ...]
    relations: Mapping[str, Relation]
    """By IRI, in order of key."""
    types: Mapping[str, str]
    """Key → IRI of the class."""
    type_labels: Mapping[str, Mapping[str, str]]
    """Key → label by language."""
    cues: tuple[str, ...]
    rules: tuple[tuple[str, str], ...]
    """Name and text of each inference rule, in order of name."""
    digest: str
    """SHA-256 over all files read."""

    def simple(self, rule: tuple[str, str]) -> bool:
        """Return whether a rule is built in and has one premise: its conclusions then depend on one statement only."""
        return rule in _simple_rules()

    def steps(self, predicates: Sequence[str]) -> Mapping[str, Sequence[RuleStep]]:
        """Return what the simple rules infer from one statement of each relation."""
        rules = [parse_rule(*rule) for rule in self.rules if self.simple(rule) and rule[0] not in FOREIGN_RULES]
        return worked_out(rules, self.triples, [p for p in predicates if p in self.relations])


def load_vocabulary(own: Path | None = None, transitive: Sequence[str] = ()) -> Vocabulary:
    """Return the built-in vocabulary with the additions of a knowledge base's `ontology/` folder.

    `transitive` contains the keys of relations whose closure the graph contains. Raises UsageError for a file that isn't
    Turtle, that states more about a built-in term than further words for a relation, or that uses an existing key or word; for
    a rule with the name of a built-in one; and for the closure of a relation that isn't transitive.
    """
    folder = ontology_folder()
    digest = hashlib.sha256()
    triples: list[ox.Triple] = []
    texts: dict[str, str] = {}
    for name in _FILES:
        data = files.read(folder / name)
        digest.update(data)
        triples += _parse_built_in(folder / name, data)
    built_in = {t.subject for t in triples}
    built_in_triples = {t for t in triples if not isinstance(t.object, ox.BlankNode)}
    for path in files.entries(folder / "rules", ".rq"):
        texts[path.stem] = files.read_text(path)
    if own is not None and own.is_dir() and os.path.realpath(own) != os.path.realpath(folder):
        for name in _FILES:
            path = own / name
            if files.is_there(path):
                data = files.read(path)
                # Repeating a built-in statement is harmless, for example in a checkout's own copy.
                added = [t for t in _parse(path, data) if t not in built_in_triples]
                for t in added:
                    if t.subject in built_in and t.predicate.value != KG + "word":
                        raise UsageError(
                            f"{path}: {t.subject} is a built-in term and can't be redefined; only words can be added (kg:word)",
                            hint="give the term an IRI of your own; it may have the built-in one as its super-property",
                        )
                _check_words(triples, [t for t in added if t.subject in built_in], path)
                digest.update(data)
                triples += added
                _check_keys(triples, path)
        for path in files.entries(own / "rules", ".rq"):
            text = _text(path)
            if texts.setdefault(path.stem, text) != text:
                raise UsageError(
                    f"{path}: {path.stem} is a built-in rule and can't be redefined", hint="give the file a name of its own"
                )
    for name in sorted(texts):
        digest.update(texts[name].encode())
    above = {"broader", "narrower"} & set(transitive)
    transitive = [key for key in transitive if key not in above]
    for name in (*(() if transitive else (_CLOSURE,)), *(() if above else _HIERARCHY)):
        del texts[name]
    if not transitive:
        return from_triples(triples, tuple(sorted(texts.items())), digest.hexdigest())
    known_relations = from_triples(triples).relations.values()
    keys = {r.key: r for r in known_relations}
    for key in transitive:
        if key not in keys or not keys[key].transitive:
            possible = ", ".join(sorted({"broader", "narrower", *(k for k, r in keys.items() if r.transitive)}))
            raise UsageError(f"transitive: '{key}' is not a transitive relation", hint=f"transitive relations: {possible}")
        triples.append(ox.Triple(ox.NamedNode(keys[key].iri), ox.NamedNode(KG + "closed"), ox.Literal(True)))
    return from_triples(triples, tuple(sorted(texts.items())), digest.hexdigest())


def _text(path: Path) -> str:
    try:
        return files.read_text(path)
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: {error}", hint="the file must be UTF-8") from None


def _check_words(triples: Sequence[ox.Triple], added: Sequence[ox.Triple], path: Path) -> None:
    """Check that further words of built-in relations name no other relation: a word that names two states neither."""
    relations = from_triples(triples).relations if added else {}
    for t in added:
        word = t.object.value if isinstance(t.object, ox.Literal) else ""
        subject = t.subject.value if isinstance(t.subject, ox.NamedNode) else ""
        if subject not in relations or not word.strip():
            raise UsageError(
                f"{path}: kg:word of {t.subject} must be a text, and the term a relation", hint="see docs/reading.md"
            )
        for relation in relations.values():
            names = (relation.key, *relation.labels.values(), *(name for name, _ in relation.words))
            if relation.iri != subject and key_form(word) in map(key_form, names):
                raise UsageError(
                    f"{path}: the word '{word}' is taken by {relation.key}",
                    hint=f"write '{relation.key}', or choose another word",
                )


def _check_keys(triples: Sequence[ox.Triple], path: Path) -> None:
    """Check that a key means one relation and one type: otherwise its meaning would change in existing notes."""
    classes = {t.subject for t in triples if t.predicate.value == RDF + "type" and t.object == ox.NamedNode(OWL + "Class")}
    owners: dict[tuple[bool, str], ox.NamedNode | ox.BlankNode | ox.Triple] = {}
    for t in triples:
        if t.predicate.value == KG + "key" and isinstance(t.object, ox.Literal):
            owner = owners.setdefault((t.subject in classes, fold(t.object.value)), t.subject)
            if owner != t.subject:
                raise UsageError(
                    f"{path}: the key '{t.object.value}' is taken by {owner}", hint="give the term a key of its own"
                )


@cache
def _simple_rules() -> frozenset[tuple[str, str]]:
    return frozenset(rule for rule in built_in_vocabulary().rules if len(parse_rule(*rule).premises) == 1)


@cache
def shipped_rules() -> frozenset[tuple[str, str]]:
    """Return name and text of each rule shipped with kg: a rule with another text was written by somebody else."""
    return frozenset((p.stem, files.read_text(p)) for p in files.entries(ontology_folder() / "rules", ".rq"))


@cache
def built_in_vocabulary() -> Vocabulary:
    """The built-in vocabulary alone."""
    return load_vocabulary()


def read_turtle(path: Path, *, hint: str = "the file must be Turtle") -> list[ox.Triple]:
    """Return the triples of a Turtle file. Raises UsageError with the place of an error.

    Blank nodes are named after the file and their order in it, so that equal files give equal bytes.
    """
    try:
        return _parse(path, files.read(path), hint)
    except OSError as error:
        raise UsageError(f"can't read {path}: {error.strerror}", hint="may you read it?") from None


@lru_cache(maxsize=len(_FILES))
def _parse_built_in(path: Path, data: bytes) -> list[ox.Triple]:
    """Built-in triples, parsed once in a process: tests and servers load vocabularies often."""
    return _parse(path, data)


def _parse(path: Path, data: bytes, hint: str = "the file must be Turtle") -> list[ox.Triple]:
    named = blank_node_names(path.name)
    try:
        found = [q.triple for q in parse_rdf(data, ox.RdfFormat.TURTLE)]
    except FormatError as error:
        raise UsageError(f"{path}:{error.line}:{error.column}: {error.problem}", hint=error.hint or hint) from None
    return [ox.Triple(named(t.subject), t.predicate, named(t.object)) for t in found]


def from_triples(triples: Sequence[ox.Triple], rules: tuple[tuple[str, str], ...] = (), digest: str = "") -> Vocabulary:
    """Return the vocabulary in some triples."""
    by_subject: dict[str, dict[str, list[object]]] = defaultdict(lambda: defaultdict(list))
    for t in triples:
        if isinstance(t.subject, ox.NamedNode):
            by_subject[t.subject.value][t.predicate.value].append(t.object)
    relations: dict[str, Relation] = {}
    types: dict[str, str] = {}
    type_labels: dict[str, Mapping[str, str]] = {}
    cues: list[str] = []
    for iri, values in by_subject.items():
        cues += _texts(values, KG + "cue")
        kinds = set(_texts(values, RDF + "type"))
        keys = _texts(values, KG + "key")
        if not keys:
            continue
        labels = {lang: text for text, lang in _tagged(values, RDFS + "label")}
        if OWL + "Class" in kinds:
            types[keys[0]] = iri
            type_labels[keys[0]] = labels
            continue
        parents = _ancestors(iri, by_subject)
        inverse = next(iter(_texts(values, OWL + "inverseOf")), None)
        inverse = inverse or next((s for s, x in by_subject.items() if iri in _texts(x, OWL + "inverseOf")), None)
        relations[iri] = Relation(
            iri=iri,
            key=keys[0],
            labels=labels,
            definitions={lang: text for text, lang in _tagged(values, SKOS + "definition")},
            words=tuple(sorted(_tagged(values, KG + "word"))),
            parents=parents,
            inverse=inverse,
            symmetric=OWL + "SymmetricProperty" in kinds,
            transitive=OWL + "TransitiveProperty" in kinds,
            kind=_kind(iri, parents),
            impact=_impact(iri, inverse, by_subject),
            core=any("true" in _texts(by_subject.get(name, {}), KG + "core") for name in (iri, inverse) if name),
            subjects=tuple(sorted(_texts(values, KG + "usualSubject"))),
            objects=tuple(sorted(_texts(values, KG + "usualObject"))),
            near=tuple(sorted(_texts(values, KG + "nearSynonym"))),
            note={lang: text for text, lang in _tagged(values, SKOS + "note")},
        )
    relations = dict(sorted(relations.items(), key=lambda item: item[1].key))
    return Vocabulary(tuple(triples), relations, types, type_labels, tuple(sorted(cues)), rules, digest)


def _texts(values: _Values, predicate: str) -> list[str]:
    """Return the text of each literal and IRI that is a value of a predicate."""
    return [o.value for o in values.get(predicate, ()) if isinstance(o, ox.Literal | ox.NamedNode | ox.BlankNode)]


def _tagged(values: _Values, predicate: str) -> list[tuple[str, str]]:
    """Return text and language of each literal that is a value of a predicate; the language is empty if there is none."""
    return [(o.value, o.language or "") for o in values.get(predicate, ()) if isinstance(o, ox.Literal)]


def _ancestors(iri: str, by_subject: Mapping[str, _Values]) -> tuple[str, ...]:
    ancestors: list[str] = []
    queue = [iri]
    while queue:
        said = by_subject.get(queue.pop(0), {})
        for parent in sorted(_texts(said, RDFS + "subPropertyOf")):
            if parent not in ancestors and parent != iri:
                ancestors.append(parent)
                queue.append(parent)
    return tuple(ancestors)


_OPPOSITE: Final[Mapping[Impact, Impact]] = {"": "", "subject": "object", "object": "subject"}


def _impact(iri: str, inverse: str | None, by_subject: Mapping[str, _Values]) -> Impact:
    """Return the impact of a relation: its own, or that of its nearest super-property, or the opposite of its inverse's."""
    said = _impact_said(iri, by_subject)
    return said if said or inverse is None else _OPPOSITE[_impact_said(inverse, by_subject)]


def _impact_said(iri: str, by_subject: Mapping[str, _Values]) -> Impact:
    for name in (iri, *_ancestors(iri, by_subject)):
        ends = sorted(_texts(by_subject.get(name, {}), KG + "impact"))
        match ends:
            case []:
                continue
            case ["subject"]:
                return "subject"
            case ["object"]:
                return "object"
            case _:
                raise UsageError(f"{name}: kg:impact is {', '.join(ends)}", hint='write "subject" or "object", one of them')
    return ""


def _kind(iri: str, parents: Sequence[str]) -> Literal["broader", "narrower", "associative", "mapping"]:
    family = (iri, *parents)
    if SKOS + "broader" in family:
        return "broader"
    if SKOS + "narrower" in family:
        return "narrower"
    return "mapping" if any(p in _MAPPINGS for p in family) else "associative"
