"""RDF and network say the same, for any small knowledge base."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pyoxigraph as ox
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import kg
from kg import knowledge
from kg.base.names import LINKS_TO
from kg.base.settings import load_settings

IDS = "abcde"
KEYS = ("broader", "part-of", "has-part", "related", "requires", "depends-on", "uses", "exact-match", "no-such-relation")
TARGET = st.sampled_from([*IDS, "gone", "A", "d#part"])
LINE = st.one_of(
    st.tuples(st.sampled_from(KEYS), TARGET).map(lambda t: f"{t[0]}:: [[{t[1]}]]"),
    TARGET.map(lambda t: f"See [[{t}]]."),
    st.tuples(st.sampled_from(IDS), st.sampled_from(["uses", "依赖", "yes", ""]), st.sampled_from(IDS)).map(
        lambda t: f"```mermaid\ngraph LR\n  {t[0]} -->|{t[1] or 'x'}| {t[2]}\n```"
    ),
    st.just("| relation | target |\n|---|---|\n| uses | [[b]] |\n| 依赖 | c |"),
    st.just("## Contents\n\n- [[a]]\n- [[b]]\n- [[c]]\n"),
)
NOTES = st.dictionaries(st.sampled_from(IDS), st.lists(LINE, max_size=5), min_size=1)
FAST = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _write(folder: Path, notes: dict[str, list[str]]) -> None:
    for name, lines in notes.items():
        (folder / f"{name}.md").write_text(f"---\nid: {name}\n---\n\n" + "\n\n".join(lines) + "\n", encoding="utf-8")


@FAST
@given(NOTES)
def test_rdf_and_network_agree(notes: dict[str, list[str]]) -> None:
    """An edge is asserted if and only if its statement stands in the graph of a line, and all edges are statements."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        _write(folder, notes)
        base = kg.read(folder)
    store, network = base.graph.store, base.network
    assert set(network) == set(base.concepts)
    predicates = {*base.relations, LINKS_TO}
    places: dict[tuple[str, str, str], set[str]] = {}
    default = set()
    for quad in store:
        triple = (quad.subject.value, quad.predicate.value, getattr(quad.object, "value", ""))
        if triple[1] in predicates and triple[0] in network and triple[2] in network:
            if isinstance(quad.graph_name, ox.DefaultGraph):
                default.add(triple)
            else:
                places.setdefault(triple, set()).add(quad.graph_name.value)
    edges = {(s, k, t): d for s, t, k, d in network.edges(keys=True, data=True)}
    assert set(edges) == default
    for triple, data in edges.items():
        lines = {p for p in places[triple] if "#L" in p and "/inferred/" not in p}
        rules = {p for p in places[triple] if "/inferred/" in p}
        assert data["asserted"] is bool(lines)
        assert bool(lines) is not bool(rules)
        assert data["typed"] is (triple[1] != LINKS_TO)
        if lines:
            assert any(p.endswith(f"/notes/{data['path']}#L{data['line']}") for p in lines)
            written = notes[data["path"][:-3]]
            text = ["---", f"id: {data['path'][:-3]}", "---", "", *"\n\n".join(written).split("\n")][data["line"] - 1]
            assert any(mark in text for mark in ("[[", "--", "|")), text


@FAST
@given(NOTES, st.randoms(use_true_random=False))
def test_the_order_of_files_changes_nothing(notes: dict[str, list[str]], rng) -> None:
    results = []
    for _ in range(2):
        names = list(notes)
        rng.shuffle(names)
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            for name in names:
                _write(folder, {name: notes[name]})
            built = knowledge.KnowledgeBase(load_settings(folder, notes=(folder,)))
            found = built.assessment
        assert found is not None
        results.append(
            (
                built.graph.trig(),
                built.findings,
                found.measures,
                found.concepts,
                found.communities,
                found.positions,
                found.hierarchy,
                found.pairs,
            )
        )
    assert results[0] == results[1]


@FAST
@given(NOTES)
def test_measures_are_shares_of_what_is_there(notes: dict[str, list[str]]) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        _write(folder, notes)
        found = knowledge.KnowledgeBase(load_settings(folder, notes=(folder,))).assessment
    assert found is not None
    for measure in found.measures:
        assert measure.value is None or 0 <= measure.value <= 1
        assert measure.numerator == measure.denominator - len(measure.offenders)
        assert set(measure.reasons) <= set(measure.offenders)
        if measure.name in ("concept_association", "linkage", "logical_consistency"):
            assert measure.denominator == len(notes)
        else:
            assert measure.value is None  # no scope, no question, no evidence, no record
