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


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.rdf", "<?xml version='1.0'?><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'/>", "is rdfxml"),
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
