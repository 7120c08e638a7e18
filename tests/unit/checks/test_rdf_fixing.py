"""Repairs of thesauri: only what is meant changes, in the text and in what it states."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import rdflib
from rdflib.compare import isomorphic
from rdflib.namespace import SKOS

from kg.base.errors import UsageError
from kg.checks.rdf_fixing import POLICIES, repair_thesaurus

Kg = Callable[..., Any]
HEAD = "# Food\n@prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n@prefix : <http://e.org/> .\n"
BASE = "http://base.org/"
A, B = ':a a skos:Concept ; skos:prefLabel "A"@en', ':b a skos:Concept ; skos:prefLabel "B"@en'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (':a skos:prefLabel " A "@en , """\n x"""@de . # " B "', ':a skos:prefLabel "A"@en , """x"""@de . # " B "'),
        (f"{A} . # one\n{B} ;\n  skos:broader :a ; # up\n .",
            f"{A} ;\n    skos:narrower :b . # one\n{B} ;\n  skos:broader :a ; # up\n ."),
        (
            ":a skos:narrower :b . :b skos:broader :a ; skos:narrower :c . :c skos:broader :b , :a ; skos:note [] .",
            ":a skos:narrower :b . :b skos:broader :a ; skos:narrower :c . :c skos:broader :b ; skos:note [] .",
        ),
        (
            ":a skos:narrower :b . :b skos:broader :a ; skos:narrower :c . :c skos:broader :a ; skos:broader :b .",
            ":a skos:narrower :b . :b skos:broader :a ; skos:narrower :c . :c skos:broader :b .",
        ),
        (":a skos:broader :b , :c . :b skos:broader :c . :c skos:broader :b .", None),  # a cycle: only inverses
        (f":s a skos:ConceptScheme . {A}.", f":s a skos:ConceptScheme . {A} ;\n    skos:inScheme :s ."),
        (
            f":s a skos:ConceptScheme . :t a skos:ConceptScheme . {A} .",
            f":s a skos:ConceptScheme . :t a skos:ConceptScheme . {A} .",
        ),
        (":a skos:broader <http://elsewhere.org/b> .", ":a skos:broader <http://elsewhere.org/b> ."),
    ],
)  # fmt: skip
def test_each_repair(text: str, expected: str | None) -> None:
    result = repair_thesaurus("a.ttl", (HEAD + text).encode(), BASE).text
    if expected is None:
        assert ":a skos:broader :b , :c" in result
    else:
        assert result == HEAD + expected
    assert repair_thesaurus("a.ttl", result.encode(), BASE) == (result, 0)


def test_preferred_labels_by_policy() -> None:
    text = f'{HEAD}:a skos:prefLabel "Long one"@en, "Short"@en, "Kurz"@de ; a skos:Concept .'
    kept = {policy: repair_thesaurus("a.ttl", text.encode(), BASE, policy).text for policy in ("", *POLICIES)}
    assert kept[""] == text
    assert (
        kept["shortest"]
        == f'{HEAD}:a skos:prefLabel "Short"@en, "Kurz"@de ; a skos:Concept ;\n    skos:altLabel "Long one"@en .'
    )
    assert kept["longest"] == kept["first"]
    assert 'skos:prefLabel "Long one"@en, "Kurz"@de' in kept["first"]


def test_lines_of_ntriples() -> None:
    skos = "http://www.w3.org/2004/02/skos/core#"
    lines = [f"<x:b> <{skos}broader> <x:a> .", f'<x:a> <{skos}prefLabel> "A "@en .', f"<x:c> <{skos}broader> <x:b> .", ""]
    redundant = f"<x:c> <{skos}broader> <x:a> .\n"
    text = repair_thesaurus("a.nt", ("\n".join(lines) + redundant).encode(), BASE).text
    assert redundant not in text
    assert f"<x:a> <{skos}narrower> <x:b> .\n" in text
    assert f'<x:a> <{skos}prefLabel> "A"@en .\n' in text


@pytest.mark.parametrize("seed", range(6))
def test_only_what_is_meant_changes(seed: int) -> None:
    draw = random.Random(seed)
    rows = []
    for n in range(15):
        parts = [
            f'skos:prefLabel "{draw.choice(["", " "])}C{n}."@en , "甲{n}\\n"@zh',
            "a skos:Concept",
            "skos:note [ :x ( 1 2.5 :y ) ; :z '. ; ,' ]",
        ]
        parts += [
            f"skos:{draw.choice(['broader', 'related', 'narrower'])} :c{draw.randrange(15)} , :c{draw.randrange(15)}"
            for _ in range(3)
        ]
        draw.shuffle(parts)
        rows.append(f":c{n} " + draw.choice([" ; ", ";\n  # . ;\n  ", " ;; "]).join(parts) + draw.choice([".", " .", " ;\n."]))
    text = HEAD + ":s a skos:ConceptScheme .\n" + "\n".join(rows)
    result = repair_thesaurus("a.ttl", text.encode(), BASE)
    assert result.repairs > 0
    assert text.count("#") == result.text.count("#")
    # What is stated is a superset but for labels and redundant relations, and a second repair does nothing.
    assert repair_thesaurus("a.ttl", result.text.encode(), BASE) == (result.text, 0)
    before, after = (rdflib.Graph().parse(data=t, format="turtle") for t in (text, result.text))
    for graph in (before, after):  # what repairs may touch
        for name in ("prefLabel", "broader", "narrower", "related", "inScheme"):
            graph.remove((None, SKOS[name], None))
    assert isomorphic(before, after)


XML = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE rdf:RDF [<!ENTITY ex 'http://e.org/'>]>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://www.w3.org/2004/02/skos/core#">
  <!-- food: 食物 " -->
  <ConceptScheme rdf:about="&ex;s"/>
  <Concept rdf:about="&ex;a"{closing}
  <rdf:Description rdf:about="&ex;b"><rdf:type rdf:resource="http://www.w3.org/2004/02/skos/core#Concept"/>
    <prefLabel xml:lang='en'>{label}</prefLabel><prefLabel xml:lang="en">Long</prefLabel>
    <broader rdf:resource="&ex;a"/>{redundant}
  </rdf:Description>
  <Concept rdf:about="&ex;c"><inScheme rdf:resource="&ex;s"/><note><![CDATA[ <x> ]]></note>
    <broader><Concept rdf:about="&ex;b"/></broader>{redundant}
  </Concept>
</rdf:RDF>
"""


def test_rdfxml_keeps_entities_prefixes_and_comments() -> None:
    up = '\n    <broader rdf:resource="&ex;a"/>'
    before = XML.replace("{closing}", "/>").replace("{label}", "\u3000苹 \n").replace(f"{up}{{redundant}}", up)
    before = before.replace("{redundant}", up)
    after = XML.replace(
        "{closing}",
        """>
    <narrower rdf:resource="&ex;b"/>
    <inScheme rdf:resource="&ex;s"/>
  </Concept>""",
    )
    after = after.replace("{label}", "苹").replace(
        f"{up}{{redundant}}",
        f"""{up}
    <narrower rdf:resource="&ex;c"/>
    <inScheme rdf:resource="&ex;s"/>""",
    )
    after = after.replace("{redundant}", "")
    result = repair_thesaurus("a.rdf", before.encode(), BASE).text
    assert sorted(result.splitlines()) == sorted(after.splitlines())
    assert repair_thesaurus("a.rdf", result.encode(), BASE) == (result, 0)
    shortest = repair_thesaurus("a.rdf", result.encode(), BASE, "shortest").text
    assert shortest == result.replace('<prefLabel xml:lang="en">Long</prefLabel>', '<altLabel xml:lang="en">Long</altLabel>')


@pytest.mark.parametrize("form", ["xml", "pretty-xml"])
def test_rdfxml_is_repaired_as_turtle_is(form: str) -> None:
    draw = random.Random(form)
    rows = [":s a skos:ConceptScheme ."]
    for n in range(12):
        related = [f"skos:{draw.choice(['broader', 'related', 'narrower'])} :c{draw.randrange(12)}" for _ in range(3)]
        label = f'skos:prefLabel "{draw.choice(["", " "])}C {n} & <b>."@en , "甲{n}"@zh'
        rows.append(f":c{n} a skos:Concept ; {label} ; skos:note [ skos:note 'x' ] ; {' ; '.join(related)} .")
    text = HEAD + "\n".join(rows)
    graph = rdflib.Graph().parse(data=text, format="turtle")
    xml = graph.serialize(format=form, encoding="utf-8")
    repaired = repair_thesaurus("a.rdf", xml, BASE)
    assert repaired.repairs > 20
    expected = rdflib.Graph().parse(data=repair_thesaurus("a.ttl", text.encode(), BASE).text, format="turtle")
    result = rdflib.Graph().parse(data=repaired.text, format="xml")
    labels = (None, SKOS.prefLabel, None)  # a label with a reference at its end is left alone
    for both in (expected, result):
        both.remove(labels)
    assert isomorphic(result, expected)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.jsonld", "[]", "is jsonld"),
        ("a.rdf", "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>", "can't be fixed"),
        ("a.ttl", ":a :b .", "can't be fixed"),
    ],
)
def test_what_cannot_be_edited_is_refused(name: str, text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        repair_thesaurus(name, text.encode(), BASE)


def test_the_command_shows_and_writes(kg: Kg, tmp_path: Path) -> None:
    path = tmp_path / "a.ttl"
    path.write_text(f'{HEAD}:a a skos:Concept ; skos:prefLabel "A "@en .\n')
    shown = kg("check", "--fix", "--diff", path)
    assert '-:a a skos:Concept ; skos:prefLabel "A "@en .' in shown.stdout
    assert path.read_text().endswith('"A "@en .\n')
    assert "fixed 1 in 1 RDF file" in kg("check", "--fix", path, "--lang", "en").stderr
    assert path.read_text().endswith('"A"@en .\n')
    nothing = kg("check", "--diff", path)  # --diff alone shows what --fix would write
    assert (nothing.status, nothing.stdout) == (0, "")
