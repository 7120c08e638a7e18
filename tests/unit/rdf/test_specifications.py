"""Terms of W3C and other vocabularies are used as their specifications define them, in the ontology and in a built graph."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from rdflib.namespace import RDF, RDFS, SKOS

from kg.base.about import ontology_folder
from kg.base.names import FOAF, ISO_THES, KG, PROV

ROOT = Path(__file__).resolve().parents[3]
FILES = sorted({*ontology_folder().glob("*.ttl"), *(ROOT / "ontology").rglob("*.ttl")})
DQV = "http://www.w3.org/ns/dqv#"

# Namespace → its classes and its properties, and where that is written.
TERMS: dict[str, tuple[str, set[str], set[str]]] = {
    # Appendix A, "SKOS Properties and Classes"
    str(SKOS): (
        "https://www.w3.org/TR/2009/REC-skos-reference-20090818/#overview",
        set("Collection Concept ConceptScheme OrderedCollection".split()),
        set(
            """altLabel broadMatch broader broaderTransitive changeNote closeMatch definition editorialNote exactMatch example
            hasTopConcept hiddenLabel historyNote inScheme mappingRelation member memberList narrowMatch narrower
            narrowerTransitive notation note prefLabel related relatedMatch scopeNote semanticRelation topConceptOf""".split()
        ),
    ),
    # Appendix B
    "http://www.w3.org/2008/05/skos-xl#": (
        "https://www.w3.org/TR/2009/REC-skos-reference-20090818/#xl",
        {"Label"},
        set("altLabel hiddenLabel labelRelation literalForm prefLabel".split()),
    ),
    # Section 3, tables 1 to 3: starting point, expanded and qualified terms
    PROV: (
        "https://www.w3.org/TR/2013/REC-prov-o-20130430/#description",
        set(
            """Activity ActivityInfluence Agent AgentInfluence Association Attribution Bundle Collection Communication
            Delegation Derivation EmptyCollection End Entity EntityInfluence Generation Influence InstantaneousEvent
            Invalidation Location
            Organization Person Plan PrimarySource Quotation Revision Role SoftwareAgent Start Usage""".split()
        ),
        set(
            """actedOnBehalfOf activity agent alternateOf atLocation atTime endedAtTime entity generated generatedAtTime
            hadActivity hadGeneration hadMember hadPlan hadPrimarySource hadRole hadUsage influenced influencer invalidated
            invalidatedAtTime qualifiedAssociation qualifiedAttribution qualifiedCommunication qualifiedDelegation
            qualifiedDerivation qualifiedEnd qualifiedGeneration qualifiedInfluence qualifiedInvalidation
            qualifiedPrimarySource qualifiedQuotation qualifiedRevision qualifiedStart qualifiedUsage specializationOf
            startedAtTime used value wasAssociatedWith wasAttributedTo wasDerivedFrom wasEndedBy wasGeneratedBy
            wasInfluencedBy wasInformedBy wasInvalidatedBy wasQuotedFrom wasRevisionOf wasStartedBy""".split()
        ),
    ),
    # Section 4, "Vocabulary specification"
    DQV: (
        "https://www.w3.org/TR/2016/NOTE-vocab-dqv-20161215/",
        set(
            """Category Dimension Metric QualityAnnotation QualityCertificate QualityMeasurement QualityMeasurementDataset
            QualityMetadata QualityPolicy UserQualityFeedback""".split()
        ),
        set(
            """computedOn expectedDataType hasQualityAnnotation hasQualityMeasurement hasQualityMetadata inCategory inDimension
            isMeasurementOf value""".split()
        ),
    ),
    # Those that kg uses of the correspondence of ISO 25964 and SKOS
    ISO_THES: (
        "http://purl.org/iso25964/skos-thes",
        set(),
        {f"{way}{kind}" for way in ("broader", "narrower") for kind in ("Generic", "Instantial", "Partitive")},
    ),
    # Those that kg uses of a larger vocabulary, "FOAF Core"
    FOAF: ("http://xmlns.com/foaf/spec/20140114.html", {"Document"}, {"primaryTopic"}),
}


@pytest.fixture(scope="module")
def ontology() -> rdflib.Graph:
    graph = rdflib.Graph()
    for path in FILES:
        graph.parse(path)
    return graph


@pytest.fixture(scope="module")
def built(own: Path) -> rdflib.Graph:
    return rdflib.Graph().parse(own / "output/graph/kg.ttl")


def test_the_lists_agree_with_rdflibs_own() -> None:
    """Namespaces that rdflib closes: a slip in the lists above shows."""
    for name, known in ((str(SKOS), rdflib.SKOS), (PROV, rdflib.PROV)):
        _, classes, properties = TERMS[name]
        for term in classes | properties:
            assert term in known, (name, term)
    assert len(TERMS[str(SKOS)][1] | TERMS[str(SKOS)][2]) == 32
    assert (len(TERMS[PROV][1]), len(TERMS[PROV][2])) == (30, 50)


def _undefined(graph: rdflib.Graph) -> set[str]:
    """Uses of terms that their specification doesn't define, or not in this place."""
    wrong = set()
    for s, p, o in graph:
        for term, place in ((s, "any"), (p, "property"), (o, "class" if p in (RDF.type, RDFS.subClassOf) else "any")):
            for namespace, (_, classes, properties) in TERMS.items():
                if isinstance(term, rdflib.URIRef) and term.startswith(namespace) and term != namespace.rstrip("#/"):
                    allowed = {"class": classes, "property": properties, "any": classes | properties}[place]
                    if term[len(namespace) :] not in allowed:
                        wrong.add(f"{place} {term}")
    return wrong


def test_no_term_is_used_that_its_specification_does_not_define(ontology: rdflib.Graph, built: rdflib.Graph) -> None:
    assert len(ontology) > 3000
    assert len(built) > 5000
    assert _undefined(ontology) == set()
    assert _undefined(built) == set()


def test_this_test_sees_what_is_wrong() -> None:
    x = rdflib.URIRef("x:x")
    graph = rdflib.Graph()
    graph.add((x, SKOS.broader, x))
    assert _undefined(graph) == set()
    graph.add((x, RDF.type, SKOS.broader))
    graph.add((x, rdflib.URIRef(PROV + "derivedFrom"), x))
    graph.add((x, rdflib.URIRef(DQV + "QualityMeasurement"), x))
    assert _undefined(graph) == {f"class {SKOS.broader}", f"property {PROV}derivedFrom", f"property {DQV}QualityMeasurement"}


@pytest.mark.parametrize("namespace", [rdflib.DCTERMS, rdflib.OWL, rdflib.RDFS, rdflib.RDF, rdflib.XSD], ids=str)
def test_terms_of_closed_namespaces_exist(namespace: type, ontology: rdflib.Graph, built: rdflib.Graph) -> None:
    start = str(namespace)
    used = {t for graph in (ontology, built) for triple in graph for t in triple}
    used |= {t.datatype for t in used if isinstance(t, rdflib.Literal) and t.datatype}
    found = {t for t in used if isinstance(t, rdflib.URIRef) and t.startswith(start) and t != rdflib.URIRef(start.rstrip("#"))}
    assert found
    for term in found:
        assert term in namespace, term


def test_literals_and_resources_stand_where_the_specifications_want_them(built: rdflib.Graph) -> None:
    literals = [SKOS.prefLabel, SKOS.altLabel, SKOS.hiddenLabel, SKOS.notation, rdflib.DCTERMS.title, rdflib.DCTERMS.identifier]
    resources = [p for p in map(SKOS.__getitem__, TERMS[str(SKOS)][2]) if p not in literals and "ote" not in p]
    resources = [p for p in resources if p not in (SKOS.definition, SKOS.example)] + [rdflib.URIRef(PROV + "wasDerivedFrom")]
    seen = 0
    for s, p, o in built:
        if p in literals:
            assert isinstance(o, rdflib.Literal), (s, p, o)
            assert p != SKOS.prefLabel or o.datatype in (None, rdflib.XSD.string), (s, p, o)  # S12: plain literals
            seen += 1
        elif p in resources:
            assert not isinstance(o, rdflib.Literal), (s, p, o)
            seen += 1
    assert seen > 1000


# pySHACL

# SKOS Reference: domains and ranges (S4–S8, S19, S20, S31, S32) and integrity conditions (S9, S13, S14, S27, S37, S46).
SHAPES = """
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix prov: <http://www.w3.org/ns/prov#> .
@prefix kg: <https://w3id.org/kg-notes/ns#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix : <urn:shapes:> .

:Concept a sh:NodeShape ; sh:targetClass skos:Concept ;
    sh:not [ sh:class skos:ConceptScheme ] ; sh:not [ sh:class skos:Collection ] ;
    sh:property [ sh:path skos:prefLabel ; sh:uniqueLang true ; sh:disjoint skos:altLabel , skos:hiddenLabel ] ;
    sh:property [ sh:path skos:broader ; sh:class skos:Concept ] ;
    sh:property [ sh:path skos:narrower ; sh:class skos:Concept ] ;
    sh:property [ sh:path skos:related ; sh:class skos:Concept ; sh:disjoint skos:broader , skos:narrower ] ;
    sh:property [ sh:path skos:exactMatch ; sh:disjoint skos:broadMatch , skos:relatedMatch ] ;
    sh:property [ sh:path skos:inScheme ; sh:class skos:ConceptScheme ] ;
    sh:property [ sh:path prov:wasDerivedFrom ; sh:or ( [ sh:class kg:Note ] [ sh:class skos:Concept ] ) ] .
:Scheme a sh:NodeShape ; sh:targetSubjectsOf skos:hasTopConcept ; sh:targetObjectsOf skos:topConceptOf ;
    sh:class skos:ConceptScheme ; sh:property [ sh:path skos:hasTopConcept ; sh:class skos:Concept ] .
:Collection a sh:NodeShape ; sh:targetSubjectsOf skos:member ; sh:class skos:Collection .
:Term a sh:NodeShape ; sh:targetSubjectsOf kg:key ;
    sh:property [ sh:path rdfs:label ; sh:minCount 2 ; sh:uniqueLang true ; sh:languageIn ( "zh" "en" ) ] ;
    sh:property [ sh:path skos:definition ; sh:minCount 2 ; sh:uniqueLang true ; sh:languageIn ( "zh" "en" ) ] .
:Place a sh:NodeShape ; sh:targetSubjectsOf kg:line ;
    sh:property [ sh:path kg:line ; sh:datatype xsd:integer ; sh:minInclusive 1 ; sh:maxCount 1 ] ;
    sh:property [ sh:path prov:wasDerivedFrom ; sh:minCount 1 ; sh:class kg:Note ] .
"""

# In a process of its own: a malformed file of shapes leaves rdflib changed for all that comes after it.
VALIDATE = """
import json, sys
from pyshacl import validate
from rdflib import Graph
data = Graph()
for name in sys.argv[2:]:
    data.parse(name, format="turtle")
conforms, _, text = validate(data, shacl_graph=sys.argv[1], shacl_graph_format="turtle", inference="none", advanced=False)
print(json.dumps({"conforms": conforms, "triples": len(data), "text": text}))
"""


def _validate(shapes: Path, *data: Path) -> dict[str, object]:
    pytest.importorskip("pyshacl")
    command = [sys.executable, "-W", "ignore", "-c", VALIDATE, str(shapes), *map(str, data)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_pyshacl_reads_the_vocabulary_and_a_built_graph_and_finds_nothing_wrong(own: Path, tmp_path: Path) -> None:
    shapes = tmp_path / "shapes.ttl"
    shapes.write_text(SHAPES)
    vocabulary = _validate(shapes, *FILES)
    expected = sum(len({q.triple for q in ox.parse(path=str(f), format=ox.RdfFormat.TURTLE)}) for f in FILES)
    assert vocabulary["conforms"] is True, vocabulary["text"]
    assert vocabulary["triples"] == expected
    built = _validate(shapes, own / "output/graph/kg.ttl")
    assert built["conforms"] is True, built["text"]


def test_the_shapes_see_breaches(own: Path, tmp_path: Path) -> None:
    shapes, bad = tmp_path / "shapes.ttl", tmp_path / "bad.ttl"
    shapes.write_text(SHAPES)
    bad.write_text(
        f"""@prefix s: <{SKOS}> . @prefix kg: <{KG}> .
        <x:a> a s:Concept , s:ConceptScheme ; s:prefLabel "A"@en , "B"@en ; s:altLabel "A"@en ;
            s:related <x:b> ; s:broader <x:b> .
        <x:b> a s:Concept ; s:inScheme <x:none> . <x:p> kg:key "p" . <x:c> s:member <x:b> . <x:line> kg:line 0 .
        """
    )
    found = str(_validate(shapes, bad)["text"])
    for said in ("UniqueLang", "DisjointConstraint", "NotConstraint", "ClassConstraint", "MinCount", "MinInclusive"):
        assert said in found, said
