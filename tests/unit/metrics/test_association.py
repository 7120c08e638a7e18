"""`concept_association` and `linkage` on small knowledge bases: what counts, what doesn't, and what is said to be lacking."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import networkx as nx
import pytest

from kg import knowledge
from kg.base import settings
from kg.metrics.association import (
    LACKS_ASSOCIATIVE,
    LACKS_BROADER,
    LACKS_COMPONENT,
    LACKS_TYPED,
    concept_association,
    linkage,
)
from kg.model import Assessment, Hierarchy, Measure, Relation
from kg.network.edges import stated_edges

Write = Callable[[Mapping[str, str | bytes]], Path]

# Three concepts that meet all conditions: `top` is declared, `a` and `b` hang below it and depend on each other.
GOOD = {
    "kg.toml": 'top-concepts = ["top"]\n',
    "concepts/top.md": "---\nid: top\n---\nuses:: [[a]]\n",
    "concepts/a.md": "---\nid: a\nbroader: '[[top]]'\ndepends-on: '[[b]]'\n---\n",
    "concepts/b.md": "---\nid: b\nbroader: '[[top]]'\n---\n",
}


@pytest.fixture
def assess(base: Write) -> Callable[[Mapping[str, str]], Assessment]:
    def run(files: Mapping[str, str]) -> Assessment:
        assessment = knowledge.KnowledgeBase(settings.load_settings(base(files))).assessment
        assert assessment is not None
        return assessment

    return run


def _measure(assessment: Assessment, name: str = "concept_association") -> Measure:
    return next(m for m in assessment.measures if m.name == name)


def _lacks(assessment: Assessment) -> dict[str, tuple[str, ...]]:
    """Id → reasons."""
    measure = _measure(assessment)
    assert set(measure.reasons) == set(measure.offenders)
    assert measure.denominator - measure.numerator == len(measure.offenders)
    return {assessment.corpus.concepts[iri].id: why for iri, why in measure.reasons.items()}


Assess = Callable[[Mapping[str, str]], Assessment]


def test_all_conditions_met(assess: Assess) -> None:
    found = assess(GOOD)
    assert _lacks(found) == {}
    measure = _measure(found)
    assert (measure.value, measure.numerator, measure.denominator, measure.target, measure.met) == (1.0, 3, 3, None, None)


def test_one_neighbour_is_too_few(assess: Assess) -> None:
    """Two relations to one concept are relations to one concept."""
    note = "---\nid: c\nbroader: '[[top]]'\nuses: '[[top]]'\n---\n"
    assert _lacks(assess({**GOOD, "concepts/c.md": note})) == {"c": (LACKS_TYPED,)}


def test_only_hierarchical_relations(assess: Assess) -> None:
    note = "---\nid: c\nbroader: '[[top]]'\npart-of: '[[a]]'\n---\n"
    assert _lacks(assess({**GOOD, "concepts/c.md": note})) == {"c": (LACKS_ASSOCIATIVE,)}


def test_outside_of_the_largest_component(assess: Assess) -> None:
    """Three concepts that are fine among themselves, but hang on nothing else."""
    island = {
        "concepts/x.md": "---\nid: x\nbroader: '[[y]]'\nuses: '[[z]]'\n---\n",
        "concepts/y.md": "---\nid: y\nbroader: '[[z]]'\nuses: '[[z]]'\n---\n",
        "concepts/z.md": "---\nid: z\n---\n",
    }
    files = {
        **GOOD,
        **island,
        "kg.toml": 'top-concepts = ["top", "z"]\n',
        "concepts/d.md": "---\nbroader: '[[top]]'\nuses: '[[a]]'\n---\n",
    }
    found = assess(files)
    assert _lacks(found) == dict.fromkeys("xyz", (LACKS_COMPONENT,))
    assert _measure(found).diagnostics["components"] == 2


def test_nothing_broader(assess: Assess) -> None:
    note = "---\nid: c\nuses: ['[[top]]', '[[a]]']\n---\n"
    assert _lacks(assess({**GOOD, "concepts/c.md": note})) == {"c": (LACKS_BROADER,)}


def test_broader_may_be_stated_at_the_other_end(assess: Assess) -> None:
    note = "---\nid: c\nuses: ['[[a]]', '[[b]]']\n---\n"
    top = "---\nid: top\nhas-part: '[[c]]'\n---\nuses:: [[a]]\n"
    assert _lacks(assess({**GOOD, "concepts/c.md": note, "concepts/top.md": top})) == {}


def test_a_top_concept_that_is_not_declared_lacks_a_broader_one(assess: Assess) -> None:
    assert _lacks(assess({**GOOD, "kg.toml": ""})) == {"top": (LACKS_BROADER,)}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[[a]] and [[b]] and [[top]]", "untyped"),
        ("uses:: [[c]]\n\ndepends-on:: [[c]]", "to itself"),
        ("## Contents\n\n- [[a]]\n- [[b]]\n- [[top]]\n", "a table of contents"),
        ("uses:: [[nothing]], [[nowhere]]", "broken"),
        ("`uses:: [[a]]`\n\n```\nuses:: [[b]]\n```", "code"),
    ],
)
def test_what_is_no_typed_relation_counts_for_nothing(assess: Assess, text: str, why: str) -> None:
    found = assess({**GOOD, "concepts/c.md": f"---\nid: c\n---\n# C\n\n{text}\n"})
    assert _lacks(found) == {"c": (LACKS_TYPED, LACKS_ASSOCIATIVE, LACKS_COMPONENT, LACKS_BROADER)}, why
    assert _measure(found).diagnostics["isolated"] == 1


def test_inferred_relations_count_for_nothing(assess: Assess) -> None:
    """What rules derive, of kg or of the knowledge base, is not an author's word."""
    rule = """PREFIX kg: <https://w3id.org/kg-notes/ns#> PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
        CONSTRUCT { ?c skos:broader ?b . ?c kg:uses ?b } WHERE { ?c kg:requires ?a . ?a kg:requires ?b }"""
    files = {
        "kg.toml": 'top-concepts = ["b"]\n',
        "ontology/rules/up.rq": rule,
        "concepts/a.md": "---\nid: a\nrequires: '[[b]]'\npart-of: '[[b]]'\n---\n",
        "concepts/b.md": "---\nid: b\n---\n",
        "concepts/c.md": "---\nid: c\nrequires: '[[a]]'\n---\n",
    }
    found = assess(files)
    iri = {c.id: i for i, c in found.corpus.concepts.items()}
    inferred = {key.rpartition("#")[2] for key, d in found.network[iri["c"]][iri["b"]].items() if not d["asserted"]}
    assert {"broader", "uses"} <= inferred
    assert _lacks(found)["c"] == (LACKS_TYPED, LACKS_BROADER)
    assert _lacks(found)["b"] == (LACKS_TYPED,)


def test_a_relation_of_the_far_end_counts_for_both(assess: Assess) -> None:
    files = {
        **GOOD,
        "concepts/c.md": "---\nid: c\nbroader: '[[top]]'\n---\n",
        "concepts/b.md": "---\nid: b\nbroader: '[[top]]'\nuses: '[[c]]'\n---\n",
    }
    assert _lacks(assess(files)) == {}


def test_a_star_shows_without_its_hub(assess: Assess) -> None:
    """Ten concepts that all hang on one hub, and two that are tied among themselves as well."""
    files = {"kg.toml": 'top-concepts = ["hub"]\n', "concepts/hub.md": "---\nid: hub\nuses: '[[n0]]'\n---\n"}
    for i in range(10):
        files[f"concepts/n{i}.md"] = f"---\nid: n{i}\nbroader: '[[hub]]'\nuses: '[[n{(i + 1) % 10}]]'\n---\n"
    found = assess(files)
    assert _measure(found).value == 1.0
    assert _measure(found).diagnostics["without_busiest_hub"] == 0.0
    files["concepts/two.md"] = "---\nid: two\n---\n"
    files["kg.toml"] = 'top-concepts = ["hub", "two"]\n'
    for i in range(5):
        files[f"concepts/n{i}.md"] = f"---\nid: n{i}\nbroader: ['[[hub]]', '[[two]]']\nuses: '[[n{(i + 1) % 10}]]'\n---\n"
    files["concepts/two.md"] = "---\nid: two\nuses: '[[n1]]'\n---\n"
    found = assess(files)
    assert _measure(found).value == 1.0
    # Without the hub, n0 … n4 keep a broader concept and two neighbours, and so does the declared top concept.
    assert _measure(found).diagnostics["without_busiest_hub"] == pytest.approx(6 / 11)


def test_diagnostics_count_what_they_say(assess: Assess) -> None:
    found = assess({**GOOD, "concepts/alone.md": "# Alone\n\n[[a]]\n"})
    diagnostics = _measure(found).diagnostics
    assert diagnostics["components"] == 2
    assert diagnostics["isolated"] == 1
    assert diagnostics["density"] == pytest.approx(3 / 6)  # 3 of the 6 pairs of 4 concepts
    assert diagnostics["relationship_richness"] == pytest.approx(2 / 4)  # uses, depends-on; twice broader


def test_linkage_takes_plain_links_and_relations(assess: Assess) -> None:
    files = {**GOOD, "concepts/c.md": "# C\n\n[[a]]\n", "concepts/d.md": "# D\n", "concepts/e.md": "# E\n\n[[e]]\n"}
    found = assess(files)
    measure = _measure(found, "linkage")
    assert (measure.numerator, measure.denominator, measure.target, measure.met) == (4, 6, None, None)
    assert [found.corpus.concepts[i].id for i in measure.offenders] == ["d", "e"]


def test_without_any_relation(assess: Assess) -> None:
    found = assess({"concepts/a.md": "# A\n", "concepts/b.md": "# B\n"})
    measure = _measure(found)
    assert (measure.value, measure.met) == (0.0, None)
    assert "relationship_richness" not in measure.diagnostics
    assert _measure(found, "linkage").numerator == 0


def test_notes_without_concepts_leave_every_measure_unknown(assess: Assess) -> None:
    found = assess({"concepts/README.md": "# Only a section page\n"})
    assert not found.corpus.concepts
    for measure in found.measures:
        assert measure.value is None, measure.name
        assert measure.met in (None, False), measure.name
        assert measure.note, measure.name


# by hand, on networks

USES = Relation("uses", "uses", {}, {}, (), (), None, False, False, "associative")
BROADER = Relation("broader", "broader", {}, {}, (), (), None, False, False, "broader")
ALL = (LACKS_TYPED, LACKS_ASSOCIATIVE, LACKS_COMPONENT, LACKS_BROADER)


def hierarchy(tops: tuple[str, ...], **parents: tuple[str, ...]) -> Hierarchy:
    return Hierarchy(parents, {}, (), (), {}, (), (), (), tops)


def network(nodes: str, *edges: str, **also: dict[str, bool]) -> nx.MultiDiGraph[str]:
    """Edges are written ``a-uses-b``; what stands in `also` are edges with data, ``a_uses_b``."""
    found: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    found.add_nodes_from(nodes.split())
    for text, data in (*((e, {}) for e in edges), *((e.replace("_", "-"), d) for e, d in also.items())):
        source, key, target = text.split("-")
        found.add_edge(source, target, key, **data)
    return found


def test_all_that_is_said_of_association() -> None:
    """t, a, b, e are tied to one another; c has an inferred relation and a plain link; d has nothing."""
    found = network(
        "t a b e c d", "a-broader-t", "b-broader-t", "e-broader-t", "a-uses-b", "t-uses-a", "e-uses-a", "e-uses-b", "a-odd-b",
        t_uses_c={"asserted": False}, a_links_c={"typed": False},
    )  # fmt: skip
    parents = hierarchy(("t",), a=("t",), b=("t",), e=("t",))
    measure = concept_association(stated_edges(found), {"uses": USES, "broader": BROADER}, parents, 0.9)
    # Six pairs of 6 · 5 / 2; five relations of eight are not hierarchical. Without a, the first of those with three neighbours,
    # b and e remain: t has only narrower ones then.
    assert measure == Measure(
        "concept_association", 4, 6, 0.9, ("c", "d"), {"c": ALL, "d": ALL},
        diagnostics={
            "criteria_met": 16 / 24, "components": 3, "isolated": 2, "density": 0.4, "relationship_richness": 0.625,
            "without_busiest_hub": 0.4,
        },
    )  # fmt: skip


def test_without_the_hub_what_only_it_held_falls_away() -> None:
    edges = [f"{x}-broader-t" for x in "abc"] + ["a-uses-b", "b-uses-c", "c-uses-a", "d-uses-t"]
    found = network("t a b c d", *edges)
    measure = concept_association(
        stated_edges(found), {"uses": USES, "broader": BROADER}, hierarchy(("t",), a=("t",), b=("t",), c=("t",)), None
    )
    assert (measure.numerator, measure.diagnostics["without_busiest_hub"]) == (4, 0.0), "they have nothing broader then"
    assert measure.reasons == {"d": (LACKS_TYPED, LACKS_BROADER)}


@pytest.mark.parametrize(
    ("nodes", "diagnostics"),
    [
        ("", {}),
        ("a", {"criteria_met": 0.0, "components": 1, "isolated": 1, "density": 0.0}),
        ("a b", {"criteria_met": 0.0, "components": 2, "isolated": 2, "density": 0.0, "without_busiest_hub": 0.0}),
    ],
)
def test_association_of_nearly_nothing(nodes: str, diagnostics: dict[str, float]) -> None:
    names = tuple(nodes.split())
    measure = concept_association(stated_edges(network(nodes)), {}, hierarchy(()), 0.9)
    note = "" if names else "there are no concepts"
    assert measure == Measure("concept_association", 0, len(names), 0.9, names, dict.fromkeys(names, ALL), note, diagnostics)


def test_all_that_is_said_of_linkage() -> None:
    found = network("d c b a", "a-uses-b", b_links_c={"typed": False}, c_uses_d={"asserted": False})
    assert linkage(stated_edges(found)) == Measure("linkage", 3, 4, None, ("d",))
    assert linkage(stated_edges(network("b a"))) == Measure("linkage", 0, 2, None, ("a", "b")), "nobody is linked"
    assert linkage(stated_edges(network(""))) == Measure("linkage", 0, 0, None, note="there are no concepts")


def test_two_concepts_that_are_tied_are_a_component() -> None:
    measure = concept_association(stated_edges(network("a b", "a-uses-b")), {"uses": USES}, hierarchy(()), None)
    assert measure.reasons == dict.fromkeys("ab", (LACKS_TYPED, LACKS_BROADER))
    assert (measure.diagnostics["density"], measure.diagnostics["components"]) == (1.0, 1)
