"""`theory_coverage` over scope lists in Turtle."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pyoxigraph as ox

from kg import knowledge
from kg.base import settings
from kg.graph.scope_lists import Scope, ScopeTopic
from kg.graph.scopes import scopes_in
from kg.metrics.coverage import UNMAPPED, theory_coverage, topic_lists
from kg.metrics.subject import Subject
from kg.model import Measure, TopicList, TopicState

Write = Callable[[Mapping[str, str | bytes]], Path]

HEAD = """@base <https://example.org/kb/scope/> .
@prefix kg: <https://w3id.org/kg-notes/ns#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
"""
COURSE = (
    HEAD
    + """<course> a kg:Scope , skos:ConceptScheme ;
    dcterms:title "A course"@en , "一门课"@zh ;
    dcterms:source <https://example.org/course> ; kg:area "theory" ; kg:edition "2024" .
<course/1> a kg:Topic ; skos:inScheme <course> ; skos:notation "1" ; skos:prefLabel "First"@en .
<course/2> a kg:Topic ; skos:inScheme <course> ; skos:notation "2" ; skos:prefLabel "Second"@en .
<course/10> a kg:Topic ; skos:inScheme <course> ; skos:notation "10" ; skos:prefLabel "Tenth"@en .
<course/1b> a kg:Topic ; skos:inScheme <course> ; skos:notation "1.2" ; skos:prefLabel "First, second part"@en .
"""
)
NOTES = {
    "concepts/whole.md": "---\nid: whole\ndefinition: What it is.\nsources: [A book]\n---\n",
    "concepts/vague.md": "---\nid: vague\nsources: [A book]\n---\n",
    "concepts/sourceless.md": "---\nid: sourceless\ndefinition: What it is.\n---\n",
}


def _coverage(folder: Path) -> Measure:
    assessment = knowledge.KnowledgeBase(settings.load_settings(folder)).assessment
    assert assessment is not None
    return next(m for m in assessment.measures if m.name == "theory_coverage")


def test_unknown_without_a_scope(base: Write) -> None:
    measure = _coverage(base(NOTES))
    assert (measure.value, measure.met) == (None, None)
    assert "ontology/scope/" in measure.note


def test_what_each_topic_lacks(base: Write) -> None:
    mapping = (
        HEAD
        + """<course/1> kg:metBy <../concept/whole> .
<course/2> kg:metBy <../concept/vague> .
<course/10> kg:metBy <../concept/gone> , <../concept/sourceless> .
"""
    )
    measure = _coverage(base({**NOTES, "ontology/scope/course.ttl": COURSE, "ontology/scope/mapping.ttl": mapping}))
    assert (measure.numerator, measure.denominator, measure.value) == (1, 4, 0.25)
    assert {measure.names[topic]: why for topic, why in measure.reasons.items()} == {
        "course: First, second part": (UNMAPPED,),
        "course: Second": ("vague has no definition",),
        "course: Tenth": ("there is no concept https://example.org/kb/concept/gone", "sourceless has no source"),
    }
    # In the order of the source, in which 10 comes behind 2 and 1.2 before 2.
    course = "https://example.org/kb/scope/course"
    assert measure.offenders == (f"{course}/1b", f"{course}/2", f"{course}/10")
    assert measure.parts == {"A course": (1, 4)}
    assert measure.note == ""


def test_one_concept_that_is_good_enough_meets_a_topic(base: Write) -> None:
    mapping = HEAD + "<course/1> kg:metBy <../concept/vague> , <../concept/whole> .\n"
    measure = _coverage(base({**NOTES, "ontology/scope/course.ttl": COURSE + mapping.removeprefix(HEAD)}))
    assert "course: First" not in measure.names.values()
    assert measure.numerator == 1


def test_links_and_labels_map_nothing(base: Write) -> None:
    """A concept of the very name of a topic doesn't meet it: an author must say so."""
    note = "---\nid: first\ntitle: First\ndefinition: Yes.\nsources: [A book]\n---\n"
    measure = _coverage(base({"concepts/first.md": note, "ontology/scope/course.ttl": COURSE}))
    assert measure.numerator == 0


def test_an_unchecked_list_is_left_out_and_named(base: Write) -> None:
    unchecked = (
        COURSE.replace("course", "guess")
        .replace("A guess", "A guessed list")
        .replace('"2024" .', '"2024" ; kg:checked false .')
    )
    mapping = HEAD + "<course/1> kg:metBy <../concept/whole> .\n<guess/1> kg:metBy <../concept/whole> .\n"
    files = {**NOTES, "ontology/scope/a.ttl": COURSE, "ontology/scope/b.ttl": unchecked, "ontology/scope/m.ttl": mapping}
    measure = _coverage(base(files))
    assert (measure.numerator, measure.denominator) == (1, 4)
    assert measure.parts == {"A course": (1, 4)}
    assert measure.note == "not counted, source unchecked: A guessed list"
    assert not any("guess" in o for o in measure.offenders)


def test_only_unchecked_lists_leave_it_unknown(base: Write) -> None:
    unchecked = COURSE.replace('"2024" .', '"2024" ; kg:checked false .')
    measure = _coverage(base({**NOTES, "ontology/scope/a.ttl": unchecked}))
    assert measure.value is None
    assert "source unchecked: A course" in measure.note


def test_two_lists_of_one_name_are_two_parts(base: Write) -> None:
    other = COURSE.replace("<course", "<other")
    measure = _coverage(base({**NOTES, "ontology/scope/a.ttl": COURSE, "ontology/scope/b.ttl": other}))
    assert measure.denominator == 8
    assert sum(total for _, total in measure.parts.values()) == 8


def test_two_topics_of_one_label_are_two_offenders(base: Write) -> None:
    twin = COURSE + '<course/3> a kg:Topic ; skos:inScheme <course> ; skos:notation "3" ; skos:prefLabel "Second"@en .\n'
    measure = _coverage(base({**NOTES, "ontology/scope/a.ttl": twin}))
    assert measure.denominator == 5
    assert len(measure.offenders) == measure.denominator - measure.numerator


def test_scopes_are_read_whole(base: Write) -> None:
    graph = knowledge.KnowledgeBase(settings.load_settings(base({**NOTES, "ontology/scope/course.ttl": COURSE}))).graph
    (scope,) = scopes_in(graph.store)
    assert scope.iri == "https://example.org/kb/scope/course"
    assert scope.title == {"en": "A course", "zh": "一门课"}
    assert (scope.area, scope.edition, scope.source, scope.checked) == ("theory", "2024", "https://example.org/course", True)
    assert [topic.label for topic in scope.topics] == ["First", "First, second part", "Second", "Tenth"]


def test_topics_are_no_concepts_of_the_network(base: Write) -> None:
    built = knowledge.KnowledgeBase(settings.load_settings(base({**NOTES, "ontology/scope/course.ttl": COURSE})))
    assert built.assessment is not None
    assert set(built.assessment.network) == set(built.corpus.concepts)


# by hand


def topic(iri: str, *lacks: str) -> TopicState:
    return TopicState(iri, iri.upper(), "", (), lacks, ())


def listed(key: str, title: dict[str, str], *topics: TopicState, checked: bool = True) -> TopicList:
    return TopicList(f"x/{key}", key, title, "", "", "", checked, topics)


def test_all_that_is_said_of_coverage() -> None:
    lists = (
        listed("one", {"zh": "富", "en": "Rich"}, topic("a"), topic("b", "why")),
        listed("two", {"zh": "贫"}, topic("c", "no", "nor")),
        listed("three", {"en": "Unread"}, topic("d", "x"), checked=False),
        listed("four", {"en": "Rich"}, topic("e")),
        listed("five", {}, topic("f"), checked=False),
    )
    assert theory_coverage(lists, 0.9, 0.5) == Measure(
        "theory_coverage", 2, 4, 0.9, ("b", "c"), {"b": ("why",), "c": ("no", "nor")},
        "not counted, source unchecked: Unread, x/five", parts={"Rich": (1, 2), "贫": (0, 1), "Rich (four)": (1, 1)}, floor=0.5,
        names={"b": "one: B", "c": "two: C"},
    )  # fmt: skip
    none = "there is no scope list under ontology/scope/"
    assert theory_coverage((), None) == Measure("theory_coverage", 0, 0, None, note=none)
    assert theory_coverage(lists[2:3], None).note == f"{none}; not counted, source unchecked: Unread"
    assert theory_coverage(lists[3:4], None).note == ""


def test_the_order_of_topics_and_what_a_list_need_not_say(subject: Callable[..., Subject]) -> None:
    numbers = ("10", "b", "1.10", "2", "a", "1.2", "1")
    text = (
        HEAD.replace("@base <https://example.org/kb/scope/> .", "") + "<https://x.org/s#l> a kg:Scope ; dcterms:title 'T' .\n"
    )
    text += "".join(f"<t{n}> a kg:Topic ; skos:inScheme <https://x.org/s#l> ; skos:notation '{n}' .\n" for n in numbers)
    text += "<https://x.org/r> a kg:Scope ; kg:checked false . <loose> a kg:Topic . [] a kg:Topic, kg:Scope .\n"
    first, second = scopes_in(subject({"a.md": ""}, turtle=text).graph.store)
    assert first == Scope("https://x.org/r", {}, "", "", "", False, ())
    assert second == Scope("https://x.org/s#l", {"": "T"}, "", "", "", True, second.topics)
    assert (first.key, second.key) == ("r", "l")
    order = ("1", "1.2", "1.10", "2", "10", "a", "b")
    assert second.topics == tuple(ScopeTopic(f"https://x.org/t{n}", {}, n) for n in order)


def test_why_no_concept_meets_a_topic(subject: Callable[..., Subject]) -> None:
    head = "---\ntype: theorem\ndefinition: D.\nsources: [s]\n---\n# {}\n"
    notes = {
        "whole.md": head.format("Whole") + "## Proof\n" + "word " * 12 + "\n## Uses\n" + "word " * 12,
        "part.md": head.format("Part") + "## Uses\n" + "word " * 12,
        "vague.md": "---\nsources: [s]\n---\n",
        "sourceless.md": "---\ndefinition: D.\n---\n",
        "plain.md": "---\ndefinition: D.\nsources: [s]\n---\n",
    }
    mapped = {1: "whole", 2: "part", 3: "vague", 4: "sourceless", 5: "gone"}
    mapped |= {6: "vague> , <concept/sourceless", 7: "vague> , <concept/plain"}
    text = HEAD.replace("@base <https://example.org/kb/scope/> .", "") + "<l> a kg:Scope ; dcterms:title 'T' .\n"
    text += "".join(
        f"<{n}> a kg:Topic ; skos:inScheme <l> ; skos:notation '{n}' ; skos:prefLabel 'Wholes' .\n" for n in range(1, 9)
    )
    text += "".join(f"<{n}> kg:metBy <concept/{c}> .\n" for n, c in mapped.items())
    found = topic_lists(subject(notes, "[sections]\ntheorem = ['proof', 'Uses']\n", turtle=text))
    (only,) = found
    assert [t.lacks for t in only.topics] == [
        (), ("part has no section proof",), ("vague has no definition",), ("sourceless has no source",),
        ("there is no concept https://x.org/concept/gone",),
        ("sourceless has no source", "vague has no definition"), (), (UNMAPPED,),
    ]  # fmt: skip
    # Names are compared only where nothing is mapped.
    assert [t.near for t in only.topics] == [()] * 7 + [(("https://x.org/concept/whole", "Whole", 0.97),)]
    assert (only.iri, only.key, only.met) == ("https://x.org/l", "l", 2)
    whole = ("https://x.org/concept/whole",)
    assert only.topics[0] == TopicState("https://x.org/1", "Wholes", "1", whole, (), (), labels={"": "Wholes"})


def test_only_what_stands_in_the_default_graph_is_a_list(subject: Callable[..., Subject]) -> None:
    """Named graphs say where a statement stands, or hold what was suggested."""
    text = (
        HEAD.replace("@base <https://example.org/kb/scope/> .", "") + "<l> a kg:Scope . <1> a kg:Topic ; skos:inScheme <l> .\n"
    )
    found = subject({"a.md": ""}, turtle=text)
    other = ox.NamedNode("https://x.org/suggested")
    for quad in list(subject({"a.md": ""}, turtle=text.replace("<l>", "<m>").replace("<1>", "<2>")).graph.store):
        found.graph.store.add(ox.Quad(quad.subject, quad.predicate, quad.object, other))
    met = ox.NamedNode("https://w3id.org/kg-notes/ns#metBy")
    found.graph.store.add(ox.Quad(ox.NamedNode("https://x.org/1"), met, ox.NamedNode("https://x.org/concept/a"), other))
    (only,) = topic_lists(found)
    assert (only.key, [t.lacks for t in only.topics]) == ("l", [(UNMAPPED,)])
