"""The vocabulary: what must hold for every term, and what a knowledge base may add."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from rdflib.namespace import OWL, RDF, RDFS, SKOS

import kg
from kg.base.about import ontology_folder
from kg.base.errors import UsageError
from kg.base.names import KG, fold
from kg.corpus import VocabularyWords
from kg.graph import Vocabulary, built_in_vocabulary, load_vocabulary
from kg.graph.concepts import vocabulary_of
from kg.model import Relation

Write = Callable[[Mapping[str, str | bytes]], Path]

FILES = sorted(ontology_folder().glob("*.ttl"))
KINDS = (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty, OWL.NamedIndividual)


@pytest.fixture(scope="module")
def graph() -> rdflib.Graph:
    found = rdflib.Graph()
    for path in FILES:
        found.parse(path)
    return found


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return built_in_vocabulary()


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.name)
def test_both_parsers_read_the_same(path: Path) -> None:
    ours = {(str(t.subject), str(t.predicate)) for t in ox.parse(path=str(path), format=ox.RdfFormat.TURTLE)}
    graph = rdflib.Graph().parse(path)
    theirs = {(f"<{s}>", f"<{p}>") for s, p, _ in graph if not isinstance(s, rdflib.BNode)}
    assert {pair for pair in ours if pair[0].startswith("<")} == theirs
    assert len(list(ox.parse(path=str(path), format=ox.RdfFormat.TURTLE))) == len(graph)


def _terms(graph: rdflib.Graph) -> list[rdflib.URIRef]:
    return sorted({s for kind in KINDS for s in graph.subjects(RDF.type, kind) if isinstance(s, rdflib.URIRef)})


def test_every_term_has_label_and_definition_in_both_languages(graph: rdflib.Graph) -> None:
    terms = _terms(graph)
    assert len(terms) > 80
    for term in terms:
        for predicate in (RDFS.label, SKOS.definition):
            languages = sorted(o.language for o in graph.objects(term, predicate))
            assert languages == ["en", "zh"], (term, predicate)
            assert all(str(o).strip() == str(o) for o in graph.objects(term, predicate)), term


def test_every_own_term_used_is_declared(graph: rdflib.Graph) -> None:
    used = {t for triple in graph for t in triple if isinstance(t, rdflib.URIRef) and t.startswith(KG)}
    assert sorted(used - set(_terms(graph))) == []


def test_every_own_term_says_where_it_is_defined(graph: rdflib.Graph) -> None:
    for term in _terms(graph):
        if term.startswith(KG):
            assert list(graph.objects(term, RDFS.isDefinedBy)), term


def test_every_inverse_is_mutual(vocabulary: Vocabulary) -> None:
    for relation in vocabulary.relations.values():
        if relation.inverse is not None:
            assert vocabulary.relations[relation.inverse].inverse == relation.iri, relation.key
            assert relation.inverse != relation.iri, relation.key


def test_a_relation_has_an_inverse_or_is_symmetric(vocabulary: Vocabulary) -> None:
    for relation in vocabulary.relations.values():
        assert relation.symmetric is (relation.inverse is None), relation.key


def test_inverses_agree_on_kind_and_transitivity(vocabulary: Vocabulary) -> None:
    other = {"broader": "narrower", "narrower": "broader", "associative": "associative", "mapping": "mapping"}
    for relation in vocabulary.relations.values():
        if relation.inverse is not None:
            inverse = vocabulary.relations[relation.inverse]
            assert inverse.kind == other[relation.kind], relation.key
            assert inverse.transitive == relation.transitive, relation.key
            # what a relation entails, its inverse entails the other way round
            ups = {vocabulary.relations[p].inverse for p in relation.parents if p in vocabulary.relations}
            assert ups == {p for p in inverse.parents if p in vocabulary.relations}, relation.key


def test_keys_are_unique_and_can_be_written(vocabulary: Vocabulary) -> None:
    keys = [r.key for r in vocabulary.relations.values()]
    assert len(set(map(fold, keys))) == len(keys)
    assert len(set(vocabulary.types)) == len(vocabulary.types)
    for key in (*keys, *vocabulary.types):
        assert key.replace("-", "").isalpha(), key
        assert key == key.lower(), key


def test_a_word_belongs_to_one_relation(vocabulary: Vocabulary) -> None:
    owners: dict[str, set[str]] = {}
    for r in vocabulary.relations.values():
        for word in (r.key.replace("-", " "), *r.labels.values(), *(w for w, _ in r.words)):
            owners.setdefault(fold(word), set()).add(r.key)
    assert {word: keys for word, keys in owners.items() if len(keys) > 1} == {}


def test_no_word_is_a_flow_cue(vocabulary: Vocabulary) -> None:
    words = {fold(w) for r in vocabulary.relations.values() for w, _ in r.words}
    assert words & set(map(fold, vocabulary.cues)) == set()


def test_kinds(vocabulary: Vocabulary) -> None:
    kinds = {
        kind: {r.key for r in vocabulary.relations.values() if r.kind == kind} for kind in ("broader", "narrower", "mapping")
    }
    assert kinds["broader"] == {"broader", "is-a", "part-of", "instance-of", "step-of"}
    assert kinds["narrower"] == {"narrower", "has-kind", "has-part", "has-instance", "has-step"}
    assert kinds["mapping"] == {"close-match", "exact-match"}
    for relation in vocabulary.relations.values():
        assert relation.hierarchical is (relation.kind in ("broader", "narrower"))
        if relation.kind == "associative" and relation.key != "related":
            assert KG + "associatedWith" in relation.parents, relation.key
            # S27: skos:related is disjoint with the hierarchy, while a part may depend on its whole.
            assert str(SKOS.related) not in relation.parents, relation.key


def test_every_type_is_a_kind_of_concept(graph: rdflib.Graph, vocabulary: Vocabulary) -> None:
    for key, iri in vocabulary.types.items():
        assert SKOS.Concept in graph.transitive_objects(rdflib.URIRef(iri), RDFS.subClassOf), key
        assert set(vocabulary.type_labels[key]) == {"zh", "en"}


def test_a_build_carries_the_vocabulary(base: Write) -> None:
    folder = base({"a.md": "# A\n"})
    found = vocabulary_of(kg.read(folder).graph)
    assert found.relations == built_in_vocabulary().relations
    assert found.types == built_in_vocabulary().types
    assert found.cues == built_in_vocabulary().cues


# what a knowledge base adds

PREFIXES = """@prefix kg: <https://w3id.org/kg-notes/ns#> . @prefix my: <https://example.org/my#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
"""
OWN = (
    PREFIXES
    + """
my:teaches a owl:ObjectProperty ; kg:key "teaches" ; kg:word "instructs"@en , "教"@zh ;
    rdfs:label "teaches"@en ; rdfs:subPropertyOf kg:associatedWith ; owl:inverseOf my:taughtBy .
my:taughtBy a owl:ObjectProperty ; kg:key "taught-by" ; rdfs:label "is taught by"@en ; rdfs:subPropertyOf kg:associatedWith .
my:layerOf a owl:ObjectProperty , owl:TransitiveProperty ; kg:key "layer-of" ; rdfs:label "is a layer of"@en ;
    rdfs:subPropertyOf kg:partOf .
"""
)
OWN_TYPE = PREFIXES + 'my:Course a owl:Class ; kg:key "course" ; rdfs:label "course"@en ; rdfs:subClassOf kg:Concept .'


def test_a_relation_and_a_class_of_ones_own_need_no_code(base: Write) -> None:
    folder = base(
        {
            "kg.toml": "",
            "ontology/relations.ttl": OWN,
            "ontology/kg.ttl": OWN_TYPE,
            "concepts/a.md": "---\nid: a\ntype: course\nteaches: '[[b]]'\n---\n",
            "concepts/b.md": "---\nid: b\nlayer-of: '[[c]]'\n---\n\n```mermaid\ngraph LR\n  c -->|教| a\n```\n",
            "concepts/c.md": "---\nid: c\n---\n",
        }
    )
    found = kg.read(folder)
    relations = {r.key: r for r in found.relations.values()}
    assert relations["teaches"].inverse == relations["taught-by"].iri
    assert relations["taught-by"].inverse == relations["teaches"].iri
    assert relations["layer-of"].kind == "broader"
    prefix = "PREFIX my: <https://example.org/my#> ASK { "
    for pattern in (
        "c:a my:teaches c:b ; a my:Course",
        "c:b my:taughtBy c:a",
        "c:b my:layerOf c:c",
        "c:b kg:partOf c:c",
        "c:b skos:broader c:c",
        "c:c skos:narrower c:b",
        "c:c my:teaches c:a",
        "c:a kg:associatedWith c:b",
    ):
        assert found.dataset.query(
            prefix.replace("c:", "c:") + pattern + " }", initNs={"c": "https://example.org/kb/concept/"}
        ), pattern
    assert next(iter(found.concepts.values())).type == "course"
    edge = found.network["https://example.org/kb/concept/a"]["https://example.org/kb/concept/b"][
        "https://example.org/my#teaches"
    ]
    assert (edge["asserted"], edge["typed"], edge["path"], edge["line"]) == (True, True, "a.md", 4)


def _load(base: Write, files: Mapping[str, str | bytes]) -> Vocabulary:
    return load_vocabulary(base({f"ontology/{name}": text for name, text in files.items()}) / "ontology")


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("relations.ttl", PREFIXES + 'kg:dependsOn rdfs:label "hangs on"@en .', "dependsOn> is a built-in term"),
        ("relations.ttl", PREFIXES + "skos:related rdfs:subPropertyOf kg:uses .", "related> is a built-in term"),
        ("kg.ttl", PREFIXES + 'kg:Theorem kg:key "lemma" .', "Theorem> is a built-in term"),
        ("relations.ttl", PREFIXES + 'my:x a owl:ObjectProperty ; kg:key "depends-on" .', "'depends-on' is taken"),
        ("relations.ttl", PREFIXES + 'my:x a owl:ObjectProperty ; kg:key "y" . my:z kg:key "y" .', "'y' is taken"),
        ("kg.ttl", PREFIXES + 'my:X a owl:Class ; kg:key "theorem" .', "'theorem' is taken"),
        ("relations.ttl", PREFIXES + 'kg:dependsOn kg:word "Is_part of"@en .', "the word 'Is_part of' is taken by part-of"),
        ("relations.ttl", PREFIXES + 'kg:Theorem kg:word "lemma"@en .', "must be a text, and the term a relation"),
        ("relations.ttl", PREFIXES + "kg:dependsOn kg:word kg:uses .", "must be a text"),
        ("rules/inverse.rq", "CONSTRUCT { ?b ?p ?a } WHERE { ?a ?p ?b }", "inverse is a built-in rule"),
        ("relations.ttl", "this is not Turtle", "relations.ttl:1:"),
        ("relations.ttl", b"\xff\xfe", "relations.ttl:1:"),
        ("rules/bad.rq", b"CONSTRUCT {} WHERE {} # \xff", "bad.rq"),
    ],
)
def test_what_is_built_in_stands(base: Write, name: str, text: str | bytes, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        _load(base, {name: text})
    assert said in str(caught.value)
    assert name.rpartition("/")[2] in str(caught.value)
    assert caught.value.hint


def test_a_built_in_relation_gets_further_words(base: Write) -> None:
    found = _load(base, {"relations.ttl": PREFIXES + 'kg:dependsOn kg:word "needs first"@en , "先要有"@zh .'})
    words = VocabularyWords(found.relations.values(), found.types, found.cues).fields
    assert words["needs-first"] == words["先要有"] == KG + "dependsOn"


def test_a_relation_and_a_type_may_share_a_key(base: Write) -> None:
    found = _load(base, {"relations.ttl": PREFIXES + 'my:x a owl:ObjectProperty ; kg:key "task" ; rdfs:label "x"@en .'})
    assert "https://example.org/my#x" in found.relations
    assert found.types["task"] == KG + "Task"


def test_a_copy_of_what_is_built_in_changes_nothing(base: Write) -> None:
    files = {p.name: p.read_bytes() for p in FILES}
    files |= {f"rules/{p.name}": p.read_bytes() for p in (ontology_folder() / "rules").glob("*.rq")}
    found = _load(base, files)
    assert found.relations == built_in_vocabulary().relations
    assert Counter(found.triples) == Counter(built_in_vocabulary().triples)
    assert found.rules == built_in_vocabulary().rules


def test_the_digest_tells_of_every_change(base: Write) -> None:
    seen = {built_in_vocabulary().digest}
    for files in ({"relations.ttl": OWN}, {"relations.ttl": OWN, "rules/a.rq": "CONSTRUCT {} WHERE {}"}):
        seen.add(_load(base, files).digest)
    assert len(seen) == 3


def test_inherited_kinds(base: Write) -> None:
    text = (
        PREFIXES
        + """my:a a owl:ObjectProperty ; kg:key "aa" ; rdfs:subPropertyOf my:b .
        my:b rdfs:subPropertyOf my:c . my:c rdfs:subPropertyOf skos:narrower , my:a ."""
    )
    found: Relation = _load(base, {"relations.ttl": text}).relations["https://example.org/my#a"]
    assert found.kind == "narrower"
    assert set(found.parents) == {"https://example.org/my#b", "https://example.org/my#c", str(SKOS.narrower)}
