"""A generated SKOS file with every fault of qSKOS, Skosify and SKOS's integrity conditions: each is found, nothing else.

Each line of the file that has a fault ends in a comment with the codes that are to be found there.
"""

from __future__ import annotations

import random
import re
from pathlib import Path

import pyoxigraph as ox
import pytest

from kg import knowledge
from kg.base import settings
from kg.checks import RULES

PREFIXES = """\
@prefix : <https://example.org/planted/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""

# qSKOS 2.0, https://github.com/cmader/qSKOS/wiki/Quality-Issues, without those that look into the wider web.
QSKOS = {
    "oc": "KG404", "dcc": "KG405", "uc": "KG312", "anr": "KG313", "mri": "KG417", "otc": "KG411", "tchbc": "KG410",
    "chr": "KG401", "dlv": "KG305", "el": "KG307", "ipl": "KG304", "ml": "KG306", "ol": "KG302", "ucil": "KG308",
    "ilc": "KG310", "ncl": "KG311", "oilt": "KG309", "husv": "KG315", "rrc": "KG418", "strc": "KG414", "urc": "KG412",
    "var": "KG413", "hr": "KG402", "mc": "KG416", "rc": "KG415", "usr": "KG314",
}  # fmt: skip
SKOSIFY = {
    "hierarchy_cycles": "KG401", "disjoint_relations": "KG415", "label_overlap": "KG305", "preflabel_uniqueness": "KG304",
    "hierarchical_redundancy": "KG402",
}  # fmt: skip
CONDITIONS = {
    "S9": "KG317", "S12": "KG316", "S13": "KG305", "S14": "KG304", "S27": "KG415", "S36": "KG320",
    "S37": "KG318", "S46": "KG416",
}  # fmt: skip


def concept(name: str, *more: str, parent: str = "top", label: str | None = None, note: bool = True) -> str:
    """A concept without fault below a parent, as far as `more` doesn't plant one."""
    said = [f":{name} a skos:Concept ; skos:inScheme :s"]
    if label != "":
        said.append(label or f'skos:prefLabel "{name}"@en')
    if note:
        said.append(f'skos:definition "What {name} means, said at some length."@en')
    if parent:
        said.append(f"skos:broader :{parent}")
    return " ;\n    ".join((*said, *more)) + " ."


def narrower(parent: str, *children: str) -> str:
    return "\n".join(f":{parent} skos:narrower :{child} ." for child in children)


def planted() -> list[str]:
    """Statements of the file, each with the faults that it has."""
    plain = [f"plain{i}" for i in range(12)]
    faulty = (
        "uc1 ipl1 dlv1 dlv2 el1 el2 ml1 ol1 ol2 ucil1 ilc1 oilt1 oilt2 rrc1 anr1 anr2 mri1 mri2 tchbc1 mc1 usr1 usr2 s12 def1"
    ).split()
    return [
        ':s a skos:ConceptScheme ; skos:prefLabel "The scheme"@en ; skos:hasTopConcept :top . # KG311',
        ":top skos:topConceptOf :s .",
        concept("top", parent=""),
        narrower("top", *plain, *faulty),
        *(concept(name) for name in plain),
        # labels and documentation
        concept("uc1", note=False).replace(
            ":uc1 a skos:Concept ; skos:inScheme :s ;", ":uc1 a skos:Concept ; skos:inScheme :s ; # KG312"
        ),
        concept("ipl1", 'skos:prefLabel "ipl1, once more"@en # KG304\n   '),
        concept("dlv1", 'skos:altLabel "dlv1"@en # KG305\n   '),
        concept("dlv2", 'skos:altLabel "hidden away"@en', 'skos:hiddenLabel "hidden away"@en # KG305\n   '),
        concept("el1", 'skos:altLabel ""@en # KG307\n   '),
        concept("el2", 'skos:scopeNote "  "@en # KG307\n   '),
        concept("ml1", label="").replace("skos:inScheme :s ;", "skos:inScheme :s ; # KG306", 1),
        concept("ol1", label='skos:prefLabel "The same"@en').replace('"The same"@en ;', '"The same"@en ; # KG302'),
        concept("ol2", label='skos:prefLabel "the  SAME"@en').replace('"the  SAME"@en ;', '"the  SAME"@en ; # KG302'),
        concept("ucil1", 'skos:altLabel "un\u200bseen"@en # KG308\n   '),
        concept("ilc1", 'skos:definition "Was es ist."@de', label='skos:prefLabel "Nur deutsch"@de', note=False).replace(
            "skos:inScheme :s ;", "skos:inScheme :s ; # KG310", 1
        ),
        concept("oilt1", 'skos:altLabel "in no language" # KG309\n   '),
        concept("oilt2", 'skos:altLabel "in none that there is"@abcd # KG309\n   '),
        # structure
        concept("lonely", parent="").replace("skos:inScheme :s ;", "skos:inScheme :s ; # KG404", 1),
        concept("island1", parent="", label='skos:prefLabel "island1"@en').replace(
            "skos:inScheme :s ;", "skos:inScheme :s ; # KG405", 1
        ),
        concept("island2", parent="island1"),
        narrower("island1", "island2"),
        concept("cycle1", "skos:broader :cycle2 # KG401\n   "),
        concept("cycle2", parent="cycle1"),
        narrower("top", "cycle1"),
        narrower("cycle1", "cycle2"),
        narrower("cycle2", "cycle1"),
        concept("hr1"),
        concept("hr2", "skos:broader :top # KG402\n   ", parent="hr1"),
        narrower("top", "hr1", "hr2"),
        narrower("hr1", "hr2"),
        concept("urc1").replace("skos:broader :top .", "skos:broader :top . # KG412"),
        concept("var1", "skos:related :var2 # KG413\n   "),
        concept("var2", "skos:related :var1"),
        narrower("top", "var1", "var2"),
        concept("strc1", "skos:broaderTransitive :plain0 # KG412 KG414\n   "),
        narrower("top", "strc1"),
        concept("rc1"),
        concept("rc2", parent="rc1"),
        concept("rc3", "skos:related :rc1", parent="rc2"),
        ":rc1 skos:related :rc3 . # KG415",
        narrower("top", "rc1"),
        narrower("rc1", "rc2"),
        narrower("rc2", "rc3"),
        concept("rrc1", "skos:related :rrc1 # KG418\n   "),
        ":tchbc1 skos:topConceptOf :s .",
        ":s skos:hasTopConcept :tchbc1 .",
        concept("tchbc1").replace("skos:broader :top .", "skos:broader :top . # KG410"),
        ':empty a skos:ConceptScheme ; skos:prefLabel "A scheme without a top"@en . # KG411',
        ':below a skos:Concept ; skos:inScheme :empty ; skos:prefLabel "below"@en ; skos:definition "What below means."@en ;',
        "    skos:broader :top .",
        narrower("top", "below"),
        # notations, mappings, terms
        concept("anr1", 'skos:notation "1.1" # KG313\n   '),
        concept("anr2", 'skos:notation "1.1" # KG313\n   '),
        concept("mri1", "skos:closeMatch :mri2 # KG412 KG417\n   "),
        concept("mri2"),
        concept("mc1", "skos:exactMatch <https://example.net/x>", "skos:narrowMatch <https://example.net/x> # KG416\n   "),
        concept("usr1", 'skos:prefLable "usr one"@en # KG314\n   '),
        concept("usr2", "a skos:Topic # KG314\n   "),
        '<urn:x:husv> a skos:Concept ; skos:inScheme :s ; skos:prefLabel "husv"@en ; # KG315',
        '    skos:definition "What husv means."@en ; skos:broader :top . :top skos:narrower <urn:x:husv> .',
        # SKOS's integrity conditions that are not among them
        concept("s12", 'skos:altLabel "7"^^xsd:integer # KG316\n   '),
        ':s9 a skos:ConceptScheme , skos:Concept ; skos:prefLabel "s9"@en ; skos:definition "What it is."@en ; # KG317 KG411',
        "    skos:inScheme :s ; skos:broader :top . :top skos:narrower :s9 .",
        ':s37 a skos:Collection , skos:ConceptScheme ; skos:prefLabel "s37"@en . # KG318 KG411',
        ':s36 a skos:OrderedCollection ; skos:prefLabel "s36"@en ; # KG320',
        "    skos:memberList ( :plain0 :plain1 ) , ( :plain1 :plain0 ) .",
        concept("def1", 'skos:definition "What def1 means, said in other words."@en # KG319\n   '),
    ]


def marks(text: str) -> set[tuple[str, int]]:
    found = set()
    for number, line in enumerate(text.split("\n"), 1):
        comment = re.search(r"# (KG\d{3}(?: KG\d{3})*)\s*$", line)
        found |= {(code, number) for code in (comment[1].split() if comment else ())}
    return found


@pytest.mark.parametrize("seed", [None, 1, 2])
def test_every_planted_fault_is_found_and_nothing_else(tmp_path: Path, seed: int | None) -> None:
    blocks = _blocks(planted())
    if seed is not None:
        random.Random(seed).shuffle(blocks)
    text = PREFIXES + "\n".join(blocks) + "\n"
    path = tmp_path / "planted.ttl"
    path.write_text(text, encoding="utf-8")
    checked = knowledge.check_rdf(settings.load_settings(tmp_path), [path])
    found = {(f.code, f.line) for f in checked.findings}
    said = {(f.code, f.line): str(f) for f in checked.findings}
    wanted = marks(text)
    assert sorted(said[x] for x in found - wanted) == [], "found and not planted"
    assert sorted(wanted - found) == [], "planted and not found"
    assert len(checked.findings) == len(found), "each once"
    codes = {code for code, _ in found}
    assert codes >= {*QSKOS.values(), *SKOSIFY.values(), *CONDITIONS.values()}


def _blocks(statements: list[str]) -> list[str]:
    """Statements that end in a full stop, so that their order may change."""
    blocks: list[str] = []
    for statement in statements:
        if blocks and not re.search(r"\.\s*(#.*)?$", blocks[-1]):
            blocks[-1] += "\n" + statement
        else:
            blocks.append(statement)
    return blocks


def test_a_clean_file_has_no_finding(tmp_path: Path) -> None:
    """The same vocabulary with the faults taken out."""
    text = PREFIXES + "\n".join(
        [
            ':s a skos:ConceptScheme ; skos:prefLabel "The scheme"@en ; skos:hasTopConcept :top .',
            ":top skos:topConceptOf :s .", concept("top", parent=""), narrower("top", "a", "b"), concept("a"), concept("b"),
        ]
    )  # fmt: skip
    path = tmp_path / "clean.ttl"
    path.write_text(text, encoding="utf-8")
    assert knowledge.check_rdf(settings.load_settings(tmp_path), [path]).findings == ()


@pytest.mark.parametrize(
    ("ending", "form"),
    [
        (".nt", ox.RdfFormat.N_TRIPLES), (".rdf", ox.RdfFormat.RDF_XML), (".jsonld", ox.RdfFormat.JSON_LD),
        (".trig", ox.RdfFormat.TRIG),
    ],
)  # fmt: skip
def test_other_syntaxes(tmp_path: Path, ending: str, form: ox.RdfFormat) -> None:
    """The same findings, whatever the syntax; each points into the file."""
    text = (PREFIXES + "\n".join(planted())).encode()
    turtle = tmp_path / "planted.ttl"
    turtle.write_bytes(text)
    other = tmp_path / f"planted{ending}"
    triples = [q.triple for q in ox.parse(text, format=ox.RdfFormat.TURTLE)]
    other.write_bytes(ox.serialize(triples, format=form) or b"")
    given = settings.load_settings(tmp_path)
    one, two = (knowledge.check_rdf(given, [path]).findings for path in (turtle, other))
    assert sorted((f.code, f.message) for f in one) == sorted((f.code, f.message) for f in two)
    lines = other.read_text(encoding="utf-8").split("\n")
    for f in two:
        assert f.path.endswith(ending)
        assert 1 <= f.line <= len(lines)
        assert 1 <= f.column <= len(lines[f.line - 1]) + 1


def test_the_rules_name_the_catalogue_that_they_are_from() -> None:
    sources = {r.code: r.source for r in RULES}
    for short, code in QSKOS.items():
        if short == "rrc":
            assert "qSKOS rrc" in sources["KG418"]
        else:
            assert f"qSKOS {short}" in sources[code], (short, sources[code])
    for name, code in SKOSIFY.items():
        assert f"Skosify {name}" in sources[code]
    for name, code in CONDITIONS.items():
        assert f"SKOS {name}" in sources[code], name


def test_the_documented_comparison_has_each_issue_with_its_rule() -> None:
    text = (Path(__file__).parents[3] / "docs" / "checks.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` [^|]+ \| (KG\d+) \|", text, re.MULTILINE))
    assert rows == QSKOS
    assert re.findall(r"^\| `(\w+)` [^|]+ \| none \|", text, re.MULTILINE) == ["bl", "moil", "mil"]
