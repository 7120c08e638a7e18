"""``docs/vocabulary.md`` is what its script makes today, and has every own term in both languages; kg:impact is coherent."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import rdflib
from rdflib.namespace import OWL, RDF, RDFS, SKOS

from kg.base.about import ontology_folder
from kg.base.errors import UsageError
from kg.base.names import KG
from kg.graph import built_in_vocabulary, load_vocabulary

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = (DOCS / "vocabulary.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def graph() -> rdflib.Graph:
    found = rdflib.Graph()
    for name in ("kg.ttl", "relations.ttl", "extension.ttl"):
        found.parse(ontology_folder() / name)
    return found


def test_the_page_is_current() -> None:
    spec = importlib.util.spec_from_file_location("kg_make_vocabulary", DOCS / "make_vocabulary.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.page() == PAGE, "run: python docs/make_vocabulary.py"


def _sections() -> dict[str, str]:
    """Name of a term → what stands below its heading."""
    found = {}
    for part in re.split(r"^#### ", PAGE, flags=re.MULTILINE)[1:]:
        names = re.findall(r"^\*\*.*\*\* \(`(.*)`\)$", part, re.MULTILINE)
        assert len(names) == 1, part
        assert names[0] not in found, names[0]
        found[names[0]] = part
    return found


def test_every_own_term_and_every_relation_has_label_and_definition_in_both_languages(graph: rdflib.Graph) -> None:
    sections = _sections()
    own = {s for s in graph.subjects(RDF.type) if str(s).startswith(KG)} | set(graph.subjects(rdflib.URIRef(KG + "key")))
    assert len(own) > 100
    for term in own:
        name = str(term).replace(KG, "kg:").replace(str(SKOS), "skos:")
        section = sections.pop(name)
        for predicate in (RDFS.label, SKOS.definition):
            texts = {o.language: str(o) for o in graph.objects(term, predicate)}
            assert sorted(texts) == ["en", "zh"], (name, predicate)
            assert all(text in section for text in texts.values()), (name, predicate)
    assert sections == {}


def test_relations_say_inverse_nature_parents_and_words(graph: rdflib.Graph) -> None:
    sections = _sections()
    relations = built_in_vocabulary().relations
    assert f"## 关系 / Relations ({len(relations)})" in PAGE
    for relation in relations.values():
        name = relation.iri.replace(KG, "kg:").replace(str(SKOS), "skos:")
        section = sections[name]
        term = rdflib.URIRef(relation.iri)
        assert section.startswith(f"`{relation.key}`\n")
        for parent in graph.objects(term, RDFS.subPropertyOf):
            assert re.search(rf"parents: .*`[\w-]+:{re.split('[#/]', str(parent))[-1]}`", section), (name, parent)
        for word in graph.objects(term, rdflib.URIRef(KG + "word")):
            assert f"“{word}”" in section, (name, word)
        assert ("对称 / symmetric" in section) is ((term, RDF.type, OWL.SymmetricProperty) in graph)
        assert ("传递 / transitive" in section) is ((term, RDF.type, OWL.TransitiveProperty) in graph)
        if relation.inverse:
            assert f"inverse: [`{relations[relation.inverse].key}`]" in section


def test_links_of_the_page_lead_to_its_headings() -> None:
    anchors = {h.strip("`") for h in re.findall(r"^#### (.*)$", PAGE, re.MULTILINE)}
    links = set(re.findall(r"\]\(#(.*?)\)", PAGE))
    assert {r.key for r in built_in_vocabulary().relations.values()} <= links <= anchors


def test_each_relation_has_two_examples_and_two_counterexamples_that_name_another(graph: rdflib.Graph) -> None:
    relations = built_in_vocabulary().relations
    keys = {r.key for r in relations.values()}
    shown = [r for r in relations.values() if (rdflib.URIRef(r.iri), SKOS.example, None) in graph]
    assert {r.iri for r in relations.values()} == {iri for r in shown for iri in (r.iri, r.inverse) if iri}
    for relation in shown:
        for predicate in (SKOS.example, rdflib.URIRef(KG + "counterexample")):
            for lang in ("en", "zh"):
                texts = [o for o in graph.objects(rdflib.URIRef(relation.iri), predicate) if o.language == lang]
                assert len(texts) == 2, (relation.key, lang)
                for text in texts if predicate != SKOS.example else ():
                    named = keys & set(re.findall(r"[a-z]+(?:-[a-z]+)*", text))
                    assert (named and named != {relation.key}) or re.search("event|事件", text), text


# what carries a change


def test_impact_of_an_inverse_is_the_opposite() -> None:
    other = {"": "", "subject": "object", "object": "subject"}
    relations = built_in_vocabulary().relations
    for relation in relations.values():
        if relation.inverse:
            assert relations[relation.inverse].impact == other[relation.impact], relation.key
        if relation.symmetric:
            assert relation.impact == "", relation.key


def test_what_carries_a_change() -> None:
    found = {r.key: r.impact for r in built_in_vocabulary().relations.values()}
    for key in (
        "depends-on",
        "uses",
        "implements",
        "extends",
        "runs-on",
        "is-a",
        "instance-of",
        "derived-from",
        "specified-by",
    ):
        assert found[key] == "object", key
    assert found["part-of"] == "subject"
    assert found["has-part"] == "object"
    assert found["requires"] == "object"  # from depends-on
    for key in ("broader", "related", "contrasts-with", "precedes", "causes"):
        assert found[key] == "", key


PREFIXES = """@prefix kg: <https://w3id.org/kg-notes/ns#> . @prefix my: <https://example.org/my#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
"""


def test_a_relation_of_ones_own_takes_over_or_says_its_own(base: Callable[[Mapping[str, str | bytes]], Path]) -> None:
    text = (
        PREFIXES
        + """
    my:a a owl:ObjectProperty ; kg:key "aa" ; rdfs:subPropertyOf kg:partOf ; owl:inverseOf my:b .
    my:b a owl:ObjectProperty ; kg:key "bb" .
    my:c a owl:ObjectProperty ; kg:key "cc" ; kg:impact "object" ; rdfs:subPropertyOf kg:partOf .
    my:d a owl:ObjectProperty ; kg:key "dd" ; rdfs:subPropertyOf kg:associatedWith .
    """
    )
    found = {r.key: r.impact for r in load_vocabulary(base({"ontology/relations.ttl": text}) / "ontology").relations.values()}
    assert (found["aa"], found["bb"], found["cc"], found["dd"]) == ("subject", "object", "object", "")


@pytest.mark.parametrize("said", ['"both"', '"subject" , "object"', "my:x"])
def test_impact_is_one_of_two_words(base: Callable[[Mapping[str, str | bytes]], Path], said: str) -> None:
    text = PREFIXES + f'my:a a owl:ObjectProperty ; kg:key "aa" ; kg:impact {said} .'
    with pytest.raises(UsageError, match="kg:impact is") as caught:
        load_vocabulary(base({"ontology/relations.ttl": text}) / "ontology")
    assert "subject" in caught.value.hint
