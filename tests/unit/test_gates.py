"""Gates: by how much one is missed, and the cheapest mends; what no gate can hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import networkx as nx
import pytest

from kg import knowledge
from kg.base import settings
from kg.base.errors import UsageError
from kg.corpus import ResolveOptions, VocabularyWords, resolve_notes
from kg.metrics.conditions import S14
from kg.metrics.gates import Failure, gate_holds
from kg.model import Assessment, Hierarchy, Measure, NearConcept, TopicList, TopicState
from kg.notes import parse_note

Write = Callable[[Mapping[str, str | bytes]], Path]

SCOPE = """@base <https://example.org/kb/scope/> .
@prefix kg: <https://w3id.org/kg-notes/ns#> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
<x> a kg:Scope ; dcterms:title "Rich"@en ; kg:area "one" . <y> a kg:Scope ; dcterms:title "Poor"@en ; kg:area "two" .
<x/1> a kg:Topic ; skos:inScheme <x> ; skos:prefLabel "Alpha"@en ; kg:metBy <../concept/alpha> .
<x/2> a kg:Topic ; skos:inScheme <x> ; skos:prefLabel "Beta"@en ; kg:metBy <../concept/beta> .
<x/3> a kg:Topic ; skos:inScheme <x> ; skos:prefLabel "Gammas"@en .
<y/1> a kg:Topic ; skos:inScheme <y> ; skos:prefLabel "Omega"@en .
"""
NOTES = {
    "concepts/alpha.md": "---\nid: alpha\ndefinition: The first.\nsources: [S]\nuses: '[[beta]]'\n---\n",
    "concepts/beta.md": "---\nid: beta\ndefinition: The second.\n---\n",
    "concepts/gamma.md": "---\nid: gamma\ntitle: Gamma\n---\n",
    "ontology/scope/s.ttl": SCOPE,
}


def _assess(folder: Path) -> Assessment:
    assessment = knowledge.KnowledgeBase(settings.load_settings(folder)).assessment
    assert assessment is not None
    return assessment


def test_how_much_is_missing_and_what_would_mend_it(base: Write) -> None:
    found = _assess(base(NOTES))
    (failure,) = knowledge.find_failures({"theory_coverage": 0.75, "linkage": 0.1}, found)
    assert (failure.measure, failure.value, failure.gate) == ("theory_coverage", 0.25, 0.75)
    assert failure.why == "50.0 points short: 2 more of 4 would do"
    # A source is cheaper than a mapping, a mapping to a note that is there cheaper than a note.
    assert failure.mends == ("x: Beta: beta has no source", "x: Gammas: no concept is mapped to it; is it gamma?")


def test_an_unknown_value_never_meets_a_gate(base: Write) -> None:
    (failure,) = knowledge.find_failures({"competency": 0.0}, _assess(base(NOTES)))
    assert failure.value is None
    assert "ontology/questions/" in failure.why


def test_a_rich_list_cant_hide_a_poor_one(base: Write) -> None:
    folder = base({**NOTES, "kg.toml": "[floors]\ntheory_coverage = 20\n[targets]\ntheory_coverage = 25\n"})
    found = _assess(folder)
    measure = next(m for m in found.measures if m.name == "theory_coverage")
    assert (measure.value, measure.below_floor, measure.met) == (0.25, ("Poor",), False)
    (failure,) = knowledge.find_failures({"theory_coverage": 0.25}, found)
    assert failure.why == "below the floor of 20.0%: Poor with 0 of 1"


def test_a_hard_breach_fails_whatever_the_share(base: Write) -> None:
    files = {
        **NOTES,
        "ontology/scope/i.ttl": "<https://example.org/kb/concept/alpha> a <http://www.w3.org/2004/02/skos/core#Collection> .",
    }
    (failure,) = knowledge.find_failures({"logical_consistency": 0.1}, _assess(base(files)))
    assert "1 breach of SKOS integrity conditions" in failure.why
    assert failure.mends[0].startswith("alpha (alpha.md:1): S37")


@pytest.mark.parametrize("name", ["accuracy", "clarity", "innovation.theory"])
def test_no_gate_holds_what_people_judge(base: Write, name: str) -> None:
    found = _assess(base(NOTES))
    with pytest.raises(UsageError, match="only people can judge") as error:
        knowledge.check_names({name: 0.9}, found)
    assert "[targets]" in error.value.hint
    with pytest.raises(UsageError, match="there is no measure 'beauty'"):
        knowledge.check_names({"beauty": 0.9}, found)


def test_a_gap_is_never_rounded_away() -> None:
    from kg.metrics.gates import _why

    assert _why(Measure("linkage", 8999, 10000, None), 0.9).startswith("0.1 points short: 1 more")
    assert _why(Measure("linkage", 9000, 10000, None), 0.9) == ""


# by hand

CORPUS = resolve_notes(
    {p: parse_note(p, t.encode()) for p, t in (("a.md", "# A\n"), ("b.md", "---\ntitle: B\n---\n"))},
    ResolveOptions("x:", VocabularyWords((), {}, ())),
)[0]  # fmt: skip
A, B = "x:concept/a", "x:concept/b"


def assessed(*measures: Measure, topics: tuple[TopicState, ...] = ()) -> Assessment:
    lists = (TopicList("x:l", "l", {}, "", "", "", True, topics),)
    none = Hierarchy({}, {}, (), (), {}, (), (), (), ())
    return Assessment(CORPUS, nx.MultiDiGraph(), {}, {}, (), none, measures, (), {}, {}, ("en",), lists=lists)


def why(measure: Measure, gate: float) -> str:
    found = knowledge.find_failures({measure.name: gate}, assessed(measure))
    assert gate_holds(measure, gate) is not bool(found)
    return found[0].why if found else ""


@pytest.mark.parametrize(
    ("measure", "gate", "said"),
    [
        (Measure("m", 0, 0, None), 0.0, "unknown"),
        (Measure("m", 0, 0, None, note="ask"), 0.0, "unknown: ask"),
        (Measure("m", 1, 4, None), 0.25, ""),
        (Measure("m", 1, 4, None), 0.5, "25.0 points short: 1 more of 4 would do"),
        (Measure("m", 89, 100, None), 0.9, "1.0 point short: 1 more of 100 would do"),
        (Measure("m", 0, 100000, None), 0.5, "50.0 points short: 50,000 more of 100,000 would do"),
        (Measure("m", 2, 3, None), 0.667, "0.1 points short: 1 more of 3 would do"),
        (Measure("m", 1, 4, None, diagnostics={"hard_gate_breaches": 0.0}), 0.2, ""),
        (
            Measure("m", 1, 4, None, diagnostics={"hard_gate_breaches": 1}), 0.2,
            "1 breach of SKOS integrity conditions, none is allowed",
        ),
        (
            Measure("m", 1, 4, None, diagnostics={"hard_gate_breaches": 2000}), 0.2,
            "2,000 breaches of SKOS integrity conditions, none is allowed",
        ),
        (Measure("m", 3, 4, None, parts={"a": (2, 2), "b": (1, 2)}, floor=0.5), 0.2, ""),
        (Measure("m", 3, 4, None, parts={"a": (2, 2), "b": (1, 2)}, floor=0.6), 0.2, "below the floor of 60.0%: b with 1 of 2"),
        (
            Measure(
                "m", 2, 6, None, diagnostics={"hard_gate_breaches": 1}, parts={"a": (1, 2), "b": (1, 3), "c": (0, 1)}, floor=0.6
            ),
            0.5,
            "16.7 points short: 1 more of 6 would do; 1 breach of SKOS integrity conditions, none is allowed; "
            "below the floor of 60.0%: c with 0 of 1 and 2 more",
        ),
    ],
)  # fmt: skip
def test_why_a_gate_is_missed(measure: Measure, gate: float, said: str) -> None:
    assert why(measure, gate) == said


def test_only_gates_on_what_is_measured_can_fail() -> None:
    one = Measure("linkage", 1, 4, None)
    assert knowledge.find_failures({"gone": 0.9, "linkage": 0.5}, assessed(one)) == (
        Failure("linkage", 0.25, 0.5, "25.0 points short: 1 more of 4 would do", ()),
    )
    measures = assessed(one, Measure("accuracy", 1, 1, None), Measure("competency", 1, 1, None))
    knowledge.check_names({"linkage": 0.5, "competency": 1.0}, measures)
    with pytest.raises(UsageError, match=r"^there is no measure 'x' to hold a gate against$") as unknown:
        knowledge.check_names({"x": 0.5}, measures)
    assert unknown.value.hint == "measures: competency, linkage"
    with pytest.raises(
        UsageError, match=r"^a gate can't hold accuracy: only people can judge it, and no change of the notes"
    ) as human:
        knowledge.check_names({"accuracy": 0.5}, measures)
    assert human.value.hint == (
        "set a target for it under [targets], which is shown; gates hold what a machine judges: competency, linkage"
    )


def mends(measure: Measure, gate: float, *topics: TopicState) -> tuple[str, ...]:
    return knowledge.find_failures({measure.name: gate}, assessed(measure, topics=topics))[0].mends


def test_what_lacks_least_is_mended_first() -> None:
    reasons = {A: ("one", "two"), B: ("one",), "x:hard": (S14, "a", "b"), "x:none": ()}
    every = Measure("m", 0, 8, None, (A, B, "x:hard", "x:none", "x:unsaid"), reasons, names={"x:hard": "Hard"})
    assert mends(every, 1.0) == (
        f"Hard: {S14}, a, b", "x:none", "x:unsaid", "b (b.md:2): one", "a (a.md:1): one, two",
    )  # fmt: skip
    # As many as the gate needs.
    assert mends(every, 0.2) == (f"Hard: {S14}, a, b", "x:none")
    # At most five: for a value that is unknown, or where a floor is missed though the gate is reached.
    many = tuple(f"x:{n}" for n in range(7))
    assert mends(Measure("m", 0, 0, None, many), 0.5) == many[:5]
    assert mends(Measure("m", 0, 9, None, many), 1.0) == many[:5]
    assert mends(Measure("m", 2, 4, None, many, parts={"p": (0, 1)}, floor=0.5), 0.5) == many[:5]


def test_a_topic_with_a_concept_comes_before_one_with_a_likely_name() -> None:
    def topic(iri: str, mapped: bool, *near: NearConcept) -> TopicState:
        return TopicState(iri, iri, "", (A,) if mapped else (), ("x",), near)

    topics = (
        topic("t1", False),
        topic("t2", False, NearConcept(B, "B", 0.7)),
        topic("t3", False, NearConcept(A, "A", 0.9), NearConcept(B, "B", 0.8)),
        topic("t4", True, NearConcept(B, "B", 1.0)),
    )
    measure = Measure("m", 0, 9, None, ("t1", "t2", "t3", "t4", "q"), dict.fromkeys(("t1", "t2", "t3", "t4", "q"), ("no",)))
    assert mends(measure, 1.0, *topics) == ("t4: no", "q: no", "t3: no; is it a?", "t2: no; is it b?", "t1: no")
