"""Pages of thesauri: what SKOS says of a concept, its schemes and collections, and only its own findings."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Kg = Callable[..., Any]
TURTLE = """
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix xl: <http://www.w3.org/2008/05/skos-xl#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix iso: <http://purl.org/iso25964/skos-thes#> .
@prefix : <http://e.org/> .
:s a skos:ConceptScheme ; skos:prefLabel "Food"@en, "食物"@zh ; skos:hasTopConcept :food ;
  skos:scopeNote "What people eat."@en .
:food a skos:Concept ; skos:prefLabel "Food"@en, "食品"@zh ; skos:inScheme :s ; skos:topConceptOf :s ; skos:notation "1" .
:fruit a skos:Concept ; skos:prefLabel "Fruit"@en, "水果"@zh ; skos:inScheme :s ; skos:broader :food ; skos:notation "1.1" ;
  skos:definition "Sweet part of a plant."@en .
:apple a skos:Concept ; skos:prefLabel "Apple"@en, "苹果"@zh-Hans, "苹果"@zh ;
  skos:altLabel "Malus fruit"@en ; skos:inScheme :s ; skos:broader :fruit ; skos:notation "1.1.07"^^:code, "007"^^xsd:integer ;
  skos:definition [ rdf:value "A round fruit of the apple tree."@en ; dct:creator "Ann" ; dct:created "2020-01-01"^^xsd:date ] ;

  skos:scopeNote "Not for crab apples."@en, "不含海棠果。"@zh ; skos:historyNote "Added in 1999."@en ;
  skos:editorialNote "Check the German label."@en ;
  skos:changeNote [ rdf:value "Split from pear."@en ; dct:date "2001" ] ; skos:example "<b>Bramley</b>, Cox"@en ;
  skos:exactMatch <http://www.wikidata.org/entity/Q89>,
    <http://aims.fao.org/aos/agrovoc/c_541> ; skos:broadMatch <http://eurovoc.europa.eu/1> ;
  xl:prefLabel :xl1 .
:xl1 a xl:Label ; xl:literalForm "Apple"@en ; dct:source "OED" ; xl:labelRelation :xl2 .
:pome a skos:Concept ; skos:prefLabel "Pome fruit"@en, "仁果"@zh ; skos:inScheme :s ; skos:broader :fruit ;
  owl:deprecated true ; dct:isReplacedBy :apple ; skos:changeNote "Withdrawn in 2020."@en .
:pear a skos:Concept ; skos:prefLabel "Pear"@en, "梨"@zh ; skos:inScheme :s ; skos:broader :fruit ; skos:related :apple .
:by-colour a skos:Collection ; skos:prefLabel "Fruit by colour"@en, "按颜色分的水果"@zh ; skos:member :reds, :greens .
:reds a skos:OrderedCollection ; skos:prefLabel "Red fruit"@en, "红色水果"@zh ;
  skos:memberList (:pear :apple) ;
  skos:note "Ripe ones."@en .
:greens a iso:ThesaurusArray ; skos:prefLabel "Green fruit"@en ; skos:member :pear .
"""


@pytest.fixture(scope="module")
def site(kg: Kg, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    (folder / "v.ttl").write_text(TURTLE, encoding="utf-8")
    (folder / "kg.toml").write_text('notes = ["v.ttl"]\nlanguages = ["zh", "en"]\n\n[site]\nsearch = false\n')
    ran = kg("build", "-C", folder)
    assert ran.status == 0, ran.stderr
    return folder / "output"


def _text(site: Path, name: str) -> str:
    html = (site / name).read_text(encoding="utf-8")
    return " ".join(re.sub(r"<[^>]+>", " ", html.partition("<main")[2]).split())


def test_a_concept_shows_all_that_skos_says(site: Path) -> None:
    text = _text(site, "concepts/apple.en.html")
    for part in (
        "Notation 007 1.1.07",  # with the digits of the file
        "Definition A round fruit of the apple tree. dcterms:created 2020-01-01 · dcterms:creator Ann",
        "Scope note Not for crab apples. 不含海棠果。",
        "Example &lt;b&gt;Bramley&lt;/b&gt;, Cox",
        "History note Added in 1999.",
        "Editorial note Check the German label.",
        "Change note Split from pear. dcterms:date 2001",
        "Exact match 2 c_541 aims.fao.org Q89 www.wikidata.org",
        "Broader match 1 1 eurovoc.europa.eu",
        "Schemes Food",
        "In the collection Red fruit",
        "Replaces Pome fruit",
        "Apple preferred label · dcterms:source OED",
        "IRI http://e.org/apple",
    ):
        assert part in text, part
    chinese = _text(site, "concepts/apple.html")
    assert "范围注释 不含海棠果。 Not for crab apples." in chinese
    assert "此概念已弃用。 已由下列概念取代： 苹果" in _text(site, "concepts/pome.html")


def test_a_concept_shows_its_own_findings(site: Path) -> None:
    shown = {
        name: set(re.findall(r"v\.ttl:\d+:\d+ +(KG\d+)", _text(site, f"concepts/{name}.en.html")))
        for name in ("apple", "food", "pear")
    }
    assert shown == {"apple": {"KG412"}, "food": {"KG312"}, "pear": {"KG312", "KG412", "KG413"}}


def test_schemes_and_collections_are_browsed(site: Path) -> None:
    text = _text(site, "browse/schemes.en.html")
    assert "Concept schemes 1 Food 5" in text
    assert "Fruit by colour 2 Green fruit 1 Red fruit 2 ordered" in text
    pages = {path.name.rpartition("-")[0]: path.name for path in (site / "schemes").glob("*.en.html")}
    scheme = _text(site, f"schemes/{pages['s']}")
    assert "Concept scheme · 5 concepts" in scheme
    assert "Scope note What people eat." in scheme
    assert "1 Food 1 1.1 Fruit 3 007 1.1.07 Apple Pear Pome fruit" in scheme
    reds = (site / "schemes" / pages["reds"]).read_text(encoding="utf-8")
    assert re.search(r"<ol>\s*<li><a[^>]*>Pear</a></li>\s*<li>.*Apple", reds)
    assert "Fruit by colour" in reds
    assert "007 1.1.07" in (site / "browse/a-z.en.html").read_text(encoding="utf-8")  # what its filter finds


def test_notes_without_skos_have_no_such_pages(kg: Kg, tmp_path: Path) -> None:
    (tmp_path / "concepts").mkdir()
    (tmp_path / "concepts/a.md").write_text('---\nid: a\ntitle: A\nskos: {notation: "7.1"}\n---\n# A\n\nA is a letter.\n')
    (tmp_path / "kg.toml").write_text("[site]\nsearch = false\n")
    assert kg("build", "-C", tmp_path).status == 0
    assert "Notation 7.1" in _text(tmp_path / "output", "concepts/a.html")
    assert not (tmp_path / "output/schemes").exists()
    assert "schemes.html" not in (tmp_path / "output/browse/a-z.html").read_text(encoding="utf-8")
