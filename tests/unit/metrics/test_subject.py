"""What measures look at, and all of them in their order."""

from __future__ import annotations

from collections.abc import Callable

from kg.base.names import LINKS_TO
from kg.graph.concepts import planned_concepts
from kg.metrics import all_measures, topics_of
from kg.metrics.subject import Subject
from kg.model import Answer, Evidence

C = "https://x.org/concept/"
KG = "@prefix kg: <https://w3id.org/kg-notes/ns#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"


def test_plans_and_tasks_are_left_out(subject: Callable[..., Subject]) -> None:
    turtle = KG + (
        "<concept/t> a kg:Task . <concept/p> a kg:Plan . <concept/s> a <Sub> . <concept/r> a <Mid> . [] a kg:Task .\n"
        "<Sub> rdfs:subClassOf <Mid> . <Mid> rdfs:subClassOf kg:Plan . kg:Plan rdfs:subClassOf <Sub> .\n"
        "[] rdfs:subClassOf kg:Task . <elsewhere> a kg:Task . <concept/a> a <Other> .\n"
    )
    found = subject({f"{n}.md": "## N\n" for n in "abprst"}, turtle=turtle)
    assert planned_concepts(found.graph) == {*(C + n for n in "prst"), "https://x.org/elsewhere"}
    found.network.add_edge(C + "a", C + "b", LINKS_TO)
    found.network.add_edge(C + "a", C + "t", LINKS_TO)
    assert found.parts(found.corpus.concepts[C + "a"])[0].name == "N"
    left = found.of_concepts()
    assert set(left.corpus.concepts) == set(left.network) == {C + "a", C + "b"}
    assert list(left.network.edges(keys=True)) == [(C + "a", C + "b", LINKS_TO)]
    assert left.corpus.notes == found.corpus.notes
    assert (left._parts, left.settings, left.graph) == ({}, found.settings, found.graph)
    assert len(found.network) == 6, "the subject itself is as it was"
    assert subject({"a.md": ""}, turtle=KG + "<elsewhere> a kg:Task .").of_concepts().corpus.concepts.keys() == {C + "a"}
    alone = subject({"a.md": ""})
    assert alone.of_concepts() is alone


def test_parts_and_evidence_of_a_concept(subject: Callable[..., Subject]) -> None:
    item = Evidence("a.md#t", "a.md", 1, 1, C + "a", "math", "", "", "passed")
    notes = {"a.md": "# A\n## P\n", "b.md": "---\ntranslation-of: '[[a]]'\n---\n# 乙\n## 丙\n", "c.md": "# C\n"}
    found = subject(notes, evidence=[item, item._replace(concept=""), item._replace(key="x"), item._replace(concept=C + "c")])
    concept = found.corpus.concepts[C + "a"]
    assert found.paths(concept) == ("a.md", "b.md")
    assert [p.name for p in found.parts(concept)] == ["P", "丙"], "titles aren't parts"
    assert found.parts(concept) is found.parts(concept), "read once"
    assert found.evidence_of == {C + "a": (item, item._replace(key="x")), C + "c": (item._replace(concept=C + "c"),)}


def test_all_measures_with_their_targets(subject: Callable[..., Subject]) -> None:
    names = (
        "theory_coverage", "theory_depth.edge", "competency", "concept_association", "representation_consistency",
        "logical_consistency", "accuracy", "clarity", "innovation.theory",
    )  # fmt: skip
    shares = {name: 50 + i for i, name in enumerate(names[:-1])}
    toml = "[targets]\n" + "".join(f"{n} = {v}\n" for n, v in shares.items()) + "innovation.theory = 3\n"
    toml += "[floors]\ntheory_coverage = 40\n[depth]\nedge = 'l'\n"
    turtle = KG + (
        "@prefix skos: <http://www.w3.org/2004/02/skos/core#> . <l> a kg:Scope .\n"
        "<l/1> a kg:Topic ; skos:inScheme <l> ; kg:metBy <concept/a> . <concept/t> a kg:Task .\n"
    )
    found = subject({"a.md": "---\ndefinition: D.\nsources: [s]\n---\n", "b.md": "", "t.md": ""}, toml, turtle=turtle)
    lists = topics_of(found)
    assert [(t.level, t.lacks) for t in lists[0].topics] == [(1, ())]
    measures = all_measures(found, lists, (Answer("q", "?", (), 1),))
    assert {m.name: m.target for m in measures if m.name != "linkage"} == {
        **{name: share / 100 for name, share in shares.items()}, "innovation.theory": 3,
    }  # fmt: skip
    assert [m.name for m in measures] == [*names[:4], "linkage", *names[4:]]
    by_name = {m.name: (m.numerator, m.denominator) for m in measures}
    assert measures[0].floor == 0.4
    assert [by_name[n] for n in ("theory_coverage", "theory_depth.edge", "competency", "concept_association", "linkage")] == [
        (1, 1), (1, 5), (1, 1), (0, 2), (0, 2),
    ], "the task is not a concept"  # fmt: skip
    assert by_name["logical_consistency"] == (2, 2)
