"""Gates: by how much one is missed, and the cheapest mends; what no gate can hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from kg import pipeline, settings
from kg.errors import UsageError
from kg.model import Assessment, Measure

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
    assessment = pipeline.assess(settings.load(folder)).assessment
    assert assessment is not None
    return assessment


def test_how_much_is_missing_and_what_would_mend_it(base: Write) -> None:
    found = _assess(base(NOTES))
    (failure,) = pipeline.failures({"theory_coverage": 0.75, "linkage": 0.1}, found)
    assert (failure.measure, failure.value, failure.gate) == ("theory_coverage", 0.25, 0.75)
    assert failure.why == "50.0 points short: 2 more of 4 would do"
    # A source is cheaper than a mapping, a mapping to a note that is there cheaper than a note.
    assert failure.mends == ("x: Beta: beta has no source", "x: Gammas: no concept is mapped to it; is it gamma?")


def test_an_unknown_value_never_meets_a_gate(base: Write) -> None:
    (failure,) = pipeline.failures({"competency": 0.0}, _assess(base(NOTES)))
    assert failure.value is None
    assert "ontology/questions/" in failure.why


def test_a_rich_list_cant_hide_a_poor_one(base: Write) -> None:
    folder = base({**NOTES, "kg.toml": "[floors]\ntheory_coverage = 20\n[targets]\ntheory_coverage = 25\n"})
    found = _assess(folder)
    measure = next(m for m in found.measures if m.name == "theory_coverage")
    assert (measure.value, measure.below_floor, measure.met) == (0.25, ("Poor",), False)
    (failure,) = pipeline.failures({"theory_coverage": 0.25}, found)
    assert failure.why == "below the floor of 20%: Poor with 0 of 1"


def test_a_hard_breach_fails_whatever_the_share(base: Write) -> None:
    files = {
        **NOTES,
        "ontology/scope/i.ttl": "<https://example.org/kb/concept/alpha> a <http://www.w3.org/2004/02/skos/core#Collection> .",
    }
    (failure,) = pipeline.failures({"logical_consistency": 0.1}, _assess(base(files)))
    assert "1 breach of SKOS integrity conditions" in failure.why
    assert failure.mends[0].startswith("alpha (alpha.md:1): S37")


@pytest.mark.parametrize("name", ["accuracy", "clarity", "innovation.theory"])
def test_no_gate_holds_what_people_judge(base: Write, name: str) -> None:
    found = _assess(base(NOTES))
    with pytest.raises(UsageError, match="only people can judge") as error:
        pipeline.check_names({name: 0.9}, found)
    assert "[targets]" in error.value.hint
    with pytest.raises(UsageError, match="there is no measure 'beauty'"):
        pipeline.check_names({"beauty": 0.9}, found)


def test_a_gap_is_never_rounded_away() -> None:
    from kg.metrics.gates import _why

    assert _why(Measure("linkage", 8999, 10000, None), 0.9).startswith("0.1 points short: 1 more")
    assert _why(Measure("linkage", 9000, 10000, None), 0.9) == ""
