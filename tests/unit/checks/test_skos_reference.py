"""Small vocabularies, each with what the SKOS reference and qSKOS's definitions say about it.

qSKOS's definitions: https://github.com/cmader/qSKOS/wiki/Quality-Issues, in our own words and files.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from kg import knowledge
from kg.base import settings

PREFIXES = """\
@prefix : <http://example.org/v/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix skosxl: <http://www.w3.org/2008/05/skos-xl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""


def codes(folder: Path, text: str, name: str = "v.ttl") -> dict[str, int]:
    """How often each rule finds something in a file."""
    path = folder / name
    path.write_text(PREFIXES + text if name.endswith(".ttl") else text, encoding="utf-8")
    checked = knowledge.check_rdf(settings.load_settings(folder), [path], knowledge.CheckOptions(("ALL",)))
    counts: dict[str, int] = {}
    for finding in checked.findings:
        counts[finding.code] = counts.get(finding.code, 0) + 1
        assert finding.line >= 1
    return counts


@pytest.mark.parametrize(
    ("section", "text", "expected"),
    [
        ("S19: the object of a relation is a concept", ":a a skos:Concept ; skos:broader :b .", {"KG306": 2, "KG312": 2}),
        (
            "S19 and S25: a cycle over an untyped concept",
            ':a a skos:Concept ; skos:broader :b ; skos:narrower :b . :b skos:prefLabel "B"@en .',
            {"KG401": 1},
        ),
        ("S4: what concepts are in is a scheme", ":a a skos:Concept ; skos:inScheme :s .", {"KG411": 1}),
        ("S5, S6: a scheme has top concepts", ":s skos:hasTopConcept :a .", {"KG312": 1, "KG411": 0}),
        (
            "rdfs7: sub-properties of SKOS count",
            ":mine rdfs:subPropertyOf skos:broader . :a :mine :b . :b skos:broader :a .",
            {"KG401": 1},
        ),
        (
            "rdfs5: over several steps",
            ":m rdfs:subPropertyOf :n . :n rdfs:subPropertyOf skos:broader . :a :m :b . :b :m :a .",
            {"KG401": 1},
        ),
        (
            "rdfs9: sub-classes of Concept count",
            ":T rdfs:subClassOf :U . :U rdfs:subClassOf skos:Concept . :a a :T .",
            {"KG306": 1},
        ),
        ("S41: a cycle of mappings", ":a skos:broadMatch :b . :b skos:broadMatch :a .", {"KG401": 1}),
        (
            "S44, S45: exactMatch over a chain",
            ":a skos:exactMatch :x ; skos:relatedMatch :c . :c skos:exactMatch :x .",
            {"KG416": 1},
        ),
        ("S46: directly", ":a skos:exactMatch :x ; skos:narrowMatch :x .", {"KG416": 1}),
        (
            "S44: closeMatch makes no chain",
            ":a skos:closeMatch :x ; skos:relatedMatch :c . :c skos:closeMatch :x .",
            {"KG416": 0},
        ),
        (
            "S55: labels of SKOS-XL are labels",
            ':a a skos:Concept ; skosxl:prefLabel :l . :l skosxl:literalForm "A"@en .',
            {"KG306": 0},
        ),
        (
            "S14 with SKOS-XL only",
            ':a a skos:Concept ; skosxl:prefLabel :l, :m . :l skosxl:literalForm "A"@en . :m skosxl:literalForm "B"@en .',
            {"KG304": 1},
        ),
        (
            "S13 with SKOS-XL only",
            ":a a skos:Concept ; skosxl:prefLabel :l ; skosxl:altLabel :m . "
            ':l skosxl:literalForm "A"@en . :m skosxl:literalForm "A"@en .',
            {"KG305": 1},
        ),
        (
            "two schemes are two vocabularies",
            ':a skos:inScheme :s1 ; skos:notation "1" ; skos:exactMatch :b . :b skos:inScheme :s2 ; skos:notation "1" .',
            {"KG417": 0, "KG313": 0},
        ),
        (
            "concepts in blank nodes",
            "[] a skos:Concept . _:x skos:broader _:y . _:y skos:broader _:x .",
            {"KG306": 3, "KG401": 1},
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and ":" in value[:5] else "",
)
def test_by_the_reference(tmp_path: Path, section: str, text: str, expected: dict[str, int]) -> None:
    counts = codes(tmp_path, text)
    assert {code: counts.get(code, 0) for code in expected} == expected, section


LABELLED = ':{0} a skos:Concept ; skos:prefLabel "{0}"@en .'


BY_QSKOS: Final[tuple[tuple[str, str, dict[str, int]], ...]] = (
    ("oilt", ':a a skos:Concept ; skos:prefLabel "A"@xy ; skos:note "n" ; rdfs:label "l"@blubb .', {"KG309": 3}),
    ("oilt", ':a a skos:Concept ; skos:prefLabel "A"@en-GB, "A"@zh-Hans, "A"@x-house ; skos:note 7 .', {"KG309": 0}),
    (
        "ilc",
        ':a a skos:Concept ; skos:prefLabel "A"@en, "A"@de . :b a skos:Concept ; skos:prefLabel "B"@en .',
        {"KG310": 1},
    ),
    ("ncl", ':a a skos:Concept ; skos:prefLabel "A"@en . :b a skos:Concept ; skos:prefLabel "B"@de .', {"KG311": 1}),
    (
        "ncl",
        ':a a skos:Concept ; skos:prefLabel "A"@en . :b a skos:Concept ; skos:prefLabel "B"@de ; skos:note "b"@en .',
        {"KG311": 0},
    ),
    ("uc", ':a a skos:Concept ; skos:changeNote "new"@en . :b a skos:Concept .', {"KG312": 1}),
    ("ol", ':a a skos:Concept ; skos:altLabel "X"@en . :b a skos:Concept ; skos:hiddenLabel "x"@en .', {"KG302": 2}),
    ("ol", ':a a skos:Concept ; skos:altLabel "X"@en . :b a skos:Concept ; skos:altLabel "X"@de .', {"KG302": 0}),
    ("ml", ':a a skos:Concept . :s a skos:ConceptScheme . :t a skos:ConceptScheme ; dcterms:title "T"@en .', {"KG306": 2}),
    ("ucil", ':a a skos:Concept ; skos:hiddenLabel "a\\u200Bb"@en .', {"KG308": 1}),
    ("el", ':a a skos:Concept ; skos:hiddenLabel " "@en . :s a skos:ConceptScheme ; dcterms:title ""@en .', {"KG307": 2}),
    ("ilc", ':a skos:prefLabel "A"@en, "甲"@zh ; skos:broader :b . :b skos:prefLabel "B"@en ; skos:broader :c .', {"KG310": 0}),
    ("ml", ':s a skos:ConceptScheme ; skos:prefLabel "S"@en .', {"KG306": 0}),
    ("ucil", ':a a skos:Concept ; skos:prefLabel "ქართული हिन्दी 中文"@mul .', {"KG308": 0}),
    ("el", ':a a skos:Concept ; skos:definition ""@en ; skos:scopeNote " "@en .', {"KG307": 2}),
    ("oc", LABELLED.format("a"), {"KG404": 1}),
    ("oc", ":a skos:broadMatch <http://elsewhere.org/b> . :b skos:exactMatch <http://elsewhere.org/b> .", {"KG404": 1}),
    ("oc", ":a a skos:Concept ; skos:relatedMatch :b . :b a skos:Concept .", {"KG404": 0}),
    ("dcc", ":a skos:broader :b . :c skos:broader :d .", {"KG405": 1}),
    ("dcc", ":a skos:broader :b . :c skos:broader :d . :e skos:broader :f . :g a skos:Concept .", {"KG405": 2, "KG404": 1}),
    ("chr", ":a skos:broadMatch :b . :b skos:broader :a .", {"KG401": 1}),
    ("chr", ":a skos:broader :b . :b skos:broader :c . :c skos:broader :a .", {"KG401": 1}),
    ("var", ":a skos:broader :p ; skos:related :b . :b skos:broader :p .", {"KG413": 1}),
    ("var", ":a skos:narrower :p ; skos:relatedMatch :b . :b skos:narrower :p .", {"KG413": 1}),
    ("var", ":a skos:broaderTransitive :p ; skos:related :b . :b skos:broaderTransitive :p .", {"KG413": 1}),
    ("var", ":a skos:broader :p ; skos:related :b . :b skos:broader :p ; skos:related :a .", {"KG413": 1}),
    ("strc", ":a skos:broaderTransitive :b .", {"KG414": 1}),
    ("strc", ":a skos:broaderTransitive :b . :b skos:narrowerTransitive :a .", {"KG414": 1}),
    ("urc", ":a skos:exactMatch :b ; skos:closeMatch :b ; skos:relatedMatch :b . :b a skos:Concept .", {"KG412": 3}),
    ("urc", ":a skos:exactMatch <http://elsewhere.org/b> .", {"KG412": 0}),
    ("urc", ":a skos:narrowerTransitive :b . :b a skos:Concept .", {"KG412": 1}),
    ("otc", ":s a skos:ConceptScheme .", {"KG411": 1}),
    ("tchbc", ":s skos:hasTopConcept :a . :a skos:broader :b .", {"KG410": 1}),
    ("tchbc", ":s skos:hasTopConcept :a . :a skos:broader :b . :b skos:inScheme :other .", {"KG410": 0}),
    ("hr", ":a skos:broader :b, :c . :b skos:broader :c .", {"KG402": 1}),
    ("hr", ":a skos:broader :b, :c . :b skos:broader :a . :a skos:broader :c .", {"KG402": 0, "KG401": 1}),
    ("rrc", ":a skos:related :a .", {"KG418": 1}),
    (
        "mri",
        ":a skos:inScheme :s ; skos:broadMatch <http://elsewhere.org/b> . <http://elsewhere.org/b> skos:inScheme :s .",
        {"KG417": 1},
    ),
    ("anr", ':a a skos:Concept ; skos:notation "1", "2" .', {"KG313": 0}),
    ("mri", ":a skos:inScheme :s ; skos:broadMatch :b . :b skos:inScheme :s .", {"KG417": 1}),
    ("mri", ":a a skos:Concept ; skos:broadMatch :b . :b a skos:Concept ; skos:inScheme :s .", {"KG417": 1}),
    (
        "mri",
        ":a a skos:Concept ; skos:broadMatch <http://elsewhere.org/b> . <http://elsewhere.org/b> a skos:Concept .",
        {"KG417": 0},
    ),
    ("anr", ':a a skos:Concept ; skos:notation "1" . :b a skos:Concept ; skos:notation "1" .', {"KG313": 2}),
    (
        "anr",
        ':a a skos:Concept ; skos:notation "1" . :b a skos:Concept ; skos:notation "1" ; skos:inScheme :s .',
        {"KG313": 0},
    ),
    ("mc", ":a skos:exactMatch :b ; skos:broadMatch :b .", {"KG416": 1}),
    ("rc", ":a skos:broader :b ; skos:related :c . :b skos:broader :c .", {"KG415": 1}),
    ("dlv", ':a a skos:Concept ; skos:prefLabel "A"@en ; skos:hiddenLabel "A"@en .', {"KG305": 1}),
    ("mc", ":a skos:exactMatch :x ; skos:broadMatch :b . :b skos:exactMatch :x .", {"KG416": 1}),
    ("ipl", ':a a skos:Concept ; skos:prefLabel "A"@en, "B"@en .', {"KG304": 1}),
    ("ipl", ':a a skos:Concept ; skos:prefLabel "A"@en, "B"@en, "C"@en, "甲"@zh .', {"KG304": 2}),
    ("usr", 'skos:Thing a skos:Concept . :a skos:related skos:nothing ; skos:symbol "s" .', {"KG314": 3}),
    ("husv", '<urn:l> skosxl:literalForm "L"@en . :a a skos:Concept ; skosxl:prefLabel <urn:l> .', {"KG315": 0}),
    ("husv", "<urn:a> a skos:Concept . <urn:s> a skos:ConceptScheme . <urn:c> a skos:Collection .", {"KG315": 3}),
)


@pytest.mark.parametrize(("issue", "text", "expected"), BY_QSKOS)
def test_by_qskos(tmp_path: Path, issue: str, text: str, expected: dict[str, int]) -> None:
    counts = codes(tmp_path, text)
    assert {code: counts.get(code, 0) for code in expected} == expected, issue


def test_each_issue_in_the_documented_table_has_a_case_that_is_found() -> None:
    text = (Path(__file__).parents[3] / "docs" / "checks.md").read_text(encoding="utf-8")
    rows = set(re.findall(r"^\| `(\w+)` [^|]+ \| (KG\d+) \|", text, re.MULTILINE))
    assert len(rows) == 26
    assert rows <= {(issue, code) for issue, _, counts in BY_QSKOS for code, count in counts.items() if count}


def test_a_bad_iri_is_a_finding_and_the_rest_is_checked(tmp_path: Path) -> None:
    counts = codes(tmp_path, '<http://e.org/a b> a skos:Concept ; skos:prefLabel "A"@en .\n:b a skos:Concept .')
    assert counts["KG128"] == 1
    assert counts["KG306"] == 1  # of :b
    assert counts["KG312"] == 2


def test_a_thesaurus_of_a_knowledge_base_has_the_findings_of_its_file(tmp_path: Path) -> None:
    """What the file only mentions is not a concept of the knowledge base; who is related to it isn't alone (S19)."""
    text = ":a a skos:Concept ; skos:broader :elsewhere .\n:b a skos:Concept ; skos:broader :c .\n:c\n  skos:broader :b .\n"
    (tmp_path / "v.ttl").write_text(PREFIXES + text, encoding="utf-8")
    (tmp_path / "kg.toml").write_text('notes = "v.ttl"\n', encoding="utf-8")
    configured = settings.load_settings(tmp_path)
    results = (
        knowledge.check_notes(configured, knowledge.How()),
        knowledge.check_rdf(configured, [tmp_path / "v.ttl"]),
    )
    of_both = [{(f.code, f.line, f.column) for f in result.findings if f.code in ("KG401", "KG404")} for result in results]
    assert of_both[0] == of_both[1]
    assert [code for code, _, _ in of_both[0]] == ["KG401"]


XML = """<?xml version="1.0"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:skos="http://www.w3.org/2004/02/skos/core#"
         xml:base="http://e.org/v/">
  <skos:Concept rdf:about="a">
    <skos:prefLabel xml:lang="en">A</skos:prefLabel>
    <skos:prefLabel xml:lang="en">B</skos:prefLabel>
    <skos:broader rdf:resource="b"/>
  </skos:Concept>
  <rdf:Description rdf:ID="c"><skos:related><skos:Concept rdf:about="#c"/></skos:related></rdf:Description>
</rdf:RDF>
"""


def test_places_in_rdf_xml(tmp_path: Path) -> None:
    """A finding is at the statement that it is about; of a resource that is only mentioned, at its first mention."""
    path = tmp_path / "v.rdf"
    path.write_text(XML, encoding="utf-8")
    found = knowledge.check_rdf(settings.load_settings(tmp_path), [path], knowledge.CheckOptions(("ALL",))).findings
    places = {(f.code, f.line, f.column) for f in found}
    assert ("KG304", 6, 5) in places
    assert ("KG306", 7, 5) in places  # b has no label
    assert ("KG418", 9, 31) in places
