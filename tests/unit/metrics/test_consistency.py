"""`logical_consistency`: each condition of SKOS by a knowledge base that breaks it and one that doesn't."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox
import pytest

from kg import knowledge
from kg.base import settings
from kg.metrics.conditions import CONTRADICTION, CYCLE, S9, S13, S14, S27, S37, S46, TWO_DEFINITIONS
from kg.metrics.consistency import logical_consistency
from kg.metrics.subject import Subject
from kg.model import Evidence, Measure

Write = Callable[[Mapping[str, str | bytes]], Path]

SKOS = "@prefix skos: <http://www.w3.org/2004/02/skos/core#> . @prefix c: <https://example.org/kb/concept/> .\n"
AB = {"concepts/a.md": "---\nid: a\ntitle: A\n---\n", "concepts/b.md": "---\nid: b\ntitle: B\n---\n"}


@pytest.fixture
def consistency(base: Write) -> Callable[[Mapping[str, str]], Measure]:
    def run(files: Mapping[str, str]) -> Measure:
        assessment = knowledge.KnowledgeBase(settings.load_settings(base(files))).assessment
        assert assessment is not None
        return next(m for m in assessment.measures if m.name == "logical_consistency")

    return run


Consistency = Callable[[Mapping[str, str]], Measure]


def _reasons(measure: Measure) -> dict[str, tuple[str, ...]]:
    assert measure.numerator == measure.denominator - len(measure.offenders)
    return {iri.rpartition("/")[2]: why for iri, why in measure.reasons.items()}


def test_sound(consistency: Consistency) -> None:
    measure = consistency({**AB, "concepts/c.md": "---\nid: c\nbroader: '[[a]]'\nrelated: '[[b]]'\naliases: [sea]\n---\n"})
    assert _reasons(measure) == {}
    assert (measure.value, measure.met, measure.diagnostics["hard_gate_breaches"]) == (1.0, None, 0)


@pytest.mark.parametrize(
    ("turtle", "reason"),
    [
        ('c:a skos:altLabel "A"@en .', S13),
        ('c:a skos:prefLabel "Another"@en .', S14),
        ('c:a skos:definition "One."@en , "Two."@en .', TWO_DEFINITIONS),
    ],
)
def test_labels_and_definitions(consistency: Consistency, turtle: str, reason: str) -> None:
    """What notes can't say, imported graphs can."""
    measure = consistency({**AB, "ontology/scope/import.ttl": SKOS + turtle})
    assert _reasons(measure) == {"a": (reason,)}
    assert measure.diagnostics["hard_gate_breaches"] == (0 if reason == TWO_DEFINITIONS else 1)


@pytest.mark.parametrize(
    "turtle",
    [
        'c:a skos:altLabel "A"@fr , "a"@en .',
        'c:a skos:prefLabel "Autre"@fr .',
        'c:a skos:definition "One."@en , "Une."@fr .',
    ],
)
def test_other_languages_are_no_contradiction(consistency: Consistency, turtle: str) -> None:
    assert _reasons(consistency({**AB, "ontology/scope/import.ttl": SKOS + turtle})) == {}


def test_related_to_the_broader_concept(consistency: Consistency) -> None:
    measure = consistency({**AB, "concepts/c.md": "---\nid: c\nbroader: '[[a]]'\nrelated: '[[a]]'\n---\n"})
    assert _reasons(measure) == {"a": (S27,), "c": (S27,)}
    assert measure.diagnostics["hard_gate_breaches"] == 2


def test_related_to_a_concept_above_by_several_steps(consistency: Consistency) -> None:
    """S27 holds on skos:broaderTransitive: over part-of, is-a and relations stated at the other end."""
    files = {
        "concepts/a.md": "---\nid: a\nnarrower: '[[b]]'\nrelated: '[[d]]'\n---\n",
        "concepts/b.md": "---\nid: b\n---\n",
        "concepts/c.md": "---\nid: c\npart-of: '[[b]]'\n---\n",
        "concepts/d.md": "---\nid: d\nis-a: '[[c]]'\n---\n",
    }
    assert _reasons(consistency(files)) == {"a": (S27,), "d": (S27,)}


def test_a_part_may_depend_on_its_whole(consistency: Consistency) -> None:
    files = {**AB, "concepts/c.md": "---\nid: c\npart-of: '[[a]]'\ndepends-on: '[[a]]'\nrelated: '[[b]]'\n---\n"}
    assert _reasons(consistency(files)) == {}


def test_siblings_may_be_related(consistency: Consistency) -> None:
    files = {
        **AB,
        "concepts/c.md": "---\nid: c\nbroader: '[[a]]'\nrelated: '[[d]]'\n---\n",
        "concepts/d.md": "---\nid: d\nbroader: '[[a]]'\n---\n",
    }
    assert _reasons(consistency(files)) == {}


@pytest.mark.parametrize("match", ["broadMatch", "relatedMatch", "narrowMatch"])
@pytest.mark.parametrize("pair", ["c:a skos:{} c:b .", "c:b skos:{} c:a ."])
def test_exact_match_that_is_broader_or_related(consistency: Consistency, match: str, pair: str) -> None:
    turtle = SKOS + "c:a skos:exactMatch c:b . " + pair.format(match)
    assert _reasons(consistency({**AB, "ontology/scope/import.ttl": turtle})) == {"a": (S46,), "b": (S46,)}


def test_exact_match_of_another_scheme(consistency: Consistency) -> None:
    turtle = (
        SKOS
        + "c:a skos:exactMatch <urn:x> ; skos:relatedMatch <urn:x> . c:b skos:exactMatch <urn:y> ; skos:broadMatch <urn:z> ."
    )
    assert _reasons(consistency({**AB, "ontology/scope/import.ttl": turtle})) == {"a": (S46,)}


def test_exact_match_stated_in_a_note(consistency: Consistency) -> None:
    """exact-match is in the vocabulary; the knowledge base adds broad-match, and symmetry carries it to the other end."""
    relations = (
        SKOS
        + """@prefix kg: <https://w3id.org/kg-notes/ns#> . @prefix owl: <http://www.w3.org/2002/07/owl#> .
        skos:broadMatch a owl:ObjectProperty ; kg:key "broad-match" ."""
    )
    note = "---\nid: a\nexact-match: '[[b]]'\n---\n"
    other = "---\nid: b\nbroad-match: '[[a]]'\n---\n"
    files = {"ontology/relations.ttl": relations, "concepts/a.md": note, "concepts/b.md": other}
    assert _reasons(consistency(files)) == {"a": (S46,), "b": (S46,)}


def test_a_close_match_may_be_related(consistency: Consistency) -> None:
    turtle = SKOS + "c:a skos:closeMatch c:b ; skos:relatedMatch c:b ."
    assert _reasons(consistency({**AB, "ontology/scope/import.ttl": turtle})) == {}


def test_cycles(consistency: Consistency) -> None:
    files = {
        "concepts/a.md": "---\nid: a\nbroader: '[[c]]'\n---\n",
        "concepts/b.md": "---\nid: b\npart-of: '[[a]]'\n---\n",
        "concepts/c.md": "---\nid: c\nis-a: '[[b]]'\n---\n",
        "concepts/d.md": "---\nid: d\nbroader: '[[a]]'\n---\n",
    }
    measure = consistency(files)
    assert _reasons(measure) == dict.fromkeys("abc", (CYCLE,))
    assert measure.value == 0.25


def test_every_concept_of_a_tangle_of_cycles_is_named(consistency: Consistency) -> None:
    """Two circles that share a concept: no member of either is free of the contradiction."""
    files = {
        "concepts/a.md": "---\nid: a\nbroader: ['[[b]]', '[[c]]']\n---\n",
        "concepts/b.md": "---\nid: b\nbroader: '[[a]]'\n---\n",
        "concepts/c.md": "---\nid: c\nbroader: '[[a]]'\n---\n",
    }
    assert _reasons(consistency(files)) == dict.fromkeys("abc", (CYCLE,))


@pytest.mark.parametrize(
    ("turtle", "reason"),
    [("c:a a skos:ConceptScheme .", S9), ("c:a a skos:Collection .", S37), ("c:a a skos:OrderedCollection .", S37)],
)
def test_a_concept_is_no_scheme_and_no_collection(consistency: Consistency, turtle: str, reason: str) -> None:
    measure = consistency({**AB, "ontology/scope/import.ttl": SKOS + turtle})
    assert _reasons(measure) == {"a": (reason,)}
    assert measure.diagnostics["hard_gate_breaches"] == 1


OWN = """@prefix my: <https://example.org/my#> . @prefix kg: <https://w3id.org/kg-notes/ns#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
my:before a owl:ObjectProperty , owl:AsymmetricProperty ; kg:key "before" ; rdfs:label "before"@en ;
    rdfs:subPropertyOf kg:associatedWith .
my:never a owl:ObjectProperty ; kg:key "never" ; rdfs:label "never with"@en ; rdfs:subPropertyOf kg:associatedWith ;
    owl:propertyDisjointWith my:before .
"""


def test_relations_that_contradict_each_other(consistency: Consistency) -> None:
    files = {**AB, "ontology/relations.ttl": OWN, "concepts/c.md": "---\nid: c\nbefore: '[[a]]'\n---\n"}
    assert _reasons(consistency(files)) == {}
    both = {**files, "concepts/a.md": "---\nid: a\nbefore: '[[c]]'\n---\n"}
    found = _reasons(consistency(both))
    assert set(found) == {"a", "c"}
    assert all(why[0].startswith(CONTRADICTION) and "both directions" in why[0] for why in found.values())
    excluded = {
        **files,
        "concepts/a.md": "---\nid: a\n---\n",
        "concepts/c.md": "---\nid: c\nbefore: '[[a]]'\nnever: '[[a]]'\n---\n",
    }
    found = _reasons(consistency(excluded))
    assert set(found) == {"a", "c"}
    assert "exclude each other" in found["a"][0]


# by hand

C = "https://x.org/concept/"
PREFIXES = "@prefix skos: <http://www.w3.org/2004/02/skos/core#> . "
PREFIXES += "@prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix c: <concept/> .\n"


def test_all_that_is_said_of_consistency(subject: Callable[..., Subject]) -> None:
    turtle = PREFIXES + (
        'c:a skos:prefLabel "A"@en , "B"@en ; skos:altLabel "A"@en , "x" ; a skos:Concept , skos:ConceptScheme .\n'
        'c:b skos:definition "D"@en , "E"@en ; a skos:Concept , skos:OrderedCollection .\n'
        "c:c skos:exactMatch c:d . c:d skos:narrowMatch c:c . c:k skos:exactMatch c:l ; skos:closeMatch c:l .\n"
        "<before> a owl:AsymmetricProperty . c:e <before> c:f . c:f <before> c:e . c:e <before> c:g .\n"
        "<p> owl:propertyDisjointWith <q> . c:g <p> c:h . c:g <q> c:h . c:h <p> c:g . c:a <p> c:b . c:b <q> c:a .\n"
        "c:nobody skos:prefLabel 'X'@en , 'Y'@en . [] a skos:Concept , skos:Collection .\n"
        "c:k a skos:Collection . c:l a skos:ConceptScheme .\n"
    )
    failed = Evidence("k.md#t", "k.md", 1, 1, C + "k", "code", "coq", "", "failed")
    found = subject(
        {f"{n}.md": "" for n in "abcdefghijklm"}, turtle=turtle,
        evidence=[failed, failed._replace(verdict="stale", key="x"), failed._replace(concept=C + "l", verdict="passed")],
    )  # fmt: skip
    # i is below j, which is below m, and related to it.
    network = found.network.copy()
    network.add_edge(C + "i", C + "m", "http://www.w3.org/2004/02/skos/core#related")
    network.add_edge(C + "i", C + "j", "http://www.w3.org/2004/02/skos/core#broader")
    above = replace(found.hierarchy, parents={C + "i": (C + "j",), C + "j": (C + "m",)})
    further = {C + "l": ("shape",), "urn:elsewhere": ("shape",)}
    measure = logical_consistency(replace(found, network=network, hierarchy=above), 0.9, further)
    both, excluded = "https://x.org/before holds in both directions", "https://x.org/p and https://x.org/q exclude each other"
    assert measure == Measure(
        "logical_consistency", 1, 13, 0.9, tuple(C + n for n in "abcdefghiklm"),
        {
            C + "a": (S13, S14, S9), C + "b": (S37, TWO_DEFINITIONS), C + "c": (S46,), C + "d": (S46,),
            C + "e": (f"{CONTRADICTION}: {both}",), C + "f": (f"{CONTRADICTION}: {both}",),
            C + "g": (f"{CONTRADICTION}: {excluded}",), C + "h": (f"{CONTRADICTION}: {excluded}",),
            C + "i": (S27,), C + "k": ("failed evidence: k.md#t",), C + "l": ("shape",), C + "m": (S27,),
        },
        diagnostics={"hard_gate_breaches": 8},
    )  # fmt: skip


def test_circles_by_hand(subject: Callable[..., Subject]) -> None:
    found = subject({f"{n}.md": "" for n in "abcd"})
    parents = {C + n: (C + p,) for n, p in zip("abd", "bab", strict=True)}
    flat = replace(found.hierarchy, parents=parents)
    assert logical_consistency(replace(found, hierarchy=replace(flat, cycles=((C + "a", C + "b"),))), None) == Measure(
        "logical_consistency", 2, 4, None, (C + "a", C + "b"), {C + "a": (CYCLE,), C + "b": (CYCLE,)},
        diagnostics={"hard_gate_breaches": 0},
    )  # fmt: skip
    nothing = replace(found, network=found.network.__class__())
    assert logical_consistency(nothing, None) == Measure(
        "logical_consistency", 0, 0, None, note="there are no concepts", diagnostics={"hard_gate_breaches": 0}
    )


@pytest.mark.parametrize(
    ("turtle", "reasons"),
    [
        ("c:a skos:exactMatch c:b ; skos:broadMatch c:b .", {"a": (S46,), "b": (S46,)}),
        ("c:a skos:exactMatch c:b . c:b skos:relatedMatch c:a .", {"a": (S46,), "b": (S46,)}),
        ("c:a skos:exactMatch c:b ; skos:closeMatch c:b .", {}),
        ("c:a skos:narrowMatch c:b ; skos:broadMatch c:b .", {}),
        ("c:a a skos:Concept , skos:ConceptScheme .", {"a": (S9,)}),
        ("c:a a skos:Concept , skos:Collection .", {"a": (S37,)}),
        ("c:a a skos:Concept . c:b a skos:ConceptScheme , skos:Collection .", {}),
        ("c:a a skos:Concept ; <like> skos:ConceptScheme , skos:Collection .", {}),
    ],
)
def test_single_conditions_by_hand(subject: Callable[..., Subject], turtle: str, reasons: dict[str, tuple[str, ...]]) -> None:
    measure = logical_consistency(subject({"a.md": "", "b.md": ""}, turtle=PREFIXES + turtle), None)
    assert measure.reasons == {C + name: why for name, why in reasons.items()}


def test_only_what_stands_in_the_default_graph_counts(subject: Callable[..., Subject]) -> None:
    """Named graphs say where a statement stands, or hold what was suggested."""
    turtle = PREFIXES + (
        "c:a skos:exactMatch c:b ; skos:broadMatch c:b ; a skos:Concept , skos:Collection ; skos:prefLabel 'A'@en , 'B'@en .\n"
        "<before> a owl:AsymmetricProperty . c:a <before> c:b . c:b <before> c:a .\n"
        "<p> owl:propertyDisjointWith <q> . c:a <p> c:b ; <q> c:b .\n"
    )
    notes = {"a.md": "", "b.md": ""}
    stated, found = subject(notes, turtle=turtle), subject(notes)
    assert len(logical_consistency(stated, None).reasons[C + "a"]) == 5
    for quad in stated.graph.store:
        found.graph.store.add(ox.Quad(quad.subject, quad.predicate, quad.object, ox.NamedNode("https://x.org/suggested")))
    # What the vocabulary says of relations holds; that a pair is related by one does not.
    for quad in subject(notes, turtle=PREFIXES + turtle[turtle.index("<before> a") :].partition(" c:a")[0]).graph.store:
        found.graph.store.add(quad)
    assert logical_consistency(found, None).reasons == {}
