"""What notes say of the concepts that they describe, and what each one is called."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kg.corpus import VocabularyWords
from kg.model import Concept, Corpus

Collection = Callable[..., Corpus]
BASE = "https://x.org/concept/"
TYPES = VocabularyWords((), {"pattern": "https://x.org/Pattern", "concept": "https://x.org/Concept"}, ())


def test_all_that_a_note_says_of_its_concept(collection: Collection) -> None:
    note = """---
id: X 1
title: {en: Thing, zh: 东西}
aliases: [T, Thing]
type: ' Pattern '
layer: ' base '
area: 3
definition: '  What   it is. '
sources: [s1, s2]
source: s3
status: true
tags: [a, b]
---
# Other
"""
    assert collection({"sub/x.md": note}, words=TYPES).concepts == {
        BASE + "X%201": Concept(
            BASE + "X%201", "X 1", "sub/x.md", {"en": "Thing", "zh": "东西"}, (("T", "en"),), "pattern", "base", "3",
            {"en": "What it is."}, ("s1", "s2", "s3"), ("a", "b"), "", ("sub/x.md",), 3,
        )
    }  # fmt: skip


def test_what_a_note_need_not_say(collection: Collection) -> None:
    assert collection({"sub/x.md": "---\ntype: gadget\nstatus: draft\n---\n"}, words=TYPES).concepts == {
        BASE + "sub/x": Concept(
            BASE + "sub/x", "sub/x", "sub/x.md", {"en": "x"}, (), "concept", "", "", {}, (), (), "draft", ("sub/x.md",), 1
        )
    }


@pytest.mark.parametrize(
    ("front", "definitions"),
    [
        ("definition: {en: ' A  b ', ZH: 乙, fr: 3, de: '', '': x}", {"en": "A b", "zh": "乙"}),
        ("definition: 一层", {"zh": "一层"}),
        ("title: 容器\ndefinition: '42'", {"zh": "42"}),  # of no language: that of the title
        ("definition: ' '", {}),
        ("definition: 3", {}),
    ],
)
def test_definitions(collection: Collection, front: str, definitions: dict[str, str]) -> None:
    (concept,) = collection({"a.md": f"---\nid: a\n{front}\n---\n"}).concepts.values()
    assert concept.definitions == definitions


@pytest.mark.parametrize(
    ("path", "front", "described"),
    [
        ("a.md", "type: page", False),
        ("a.md", "type: ' Section '", False),
        ("a.md", "type: Template\nid: a", False),
        ("a.md", "type: method", True),
        ("a.md", "layout: search", False),
        ("a.md", "layout: search\nid: a", True),
        ("x/README.MD", "status: x", False),
        ("x/_index.md", "", False),
        ("x/index.md", "definition: D", True),
        ("x/index.md", "broader: '[[b]]'", True),
        ("x/index.md", "is-a: '[[b]]'", True),
        ("x/index.md", "part-of: '[[b]]'", True),
        ("x/index.md", "instance-of: '[[b]]'", True),
        ("x/index.md", "type: method", True),
        ("x/index.md", "id: ''", False),
    ],
)
def test_which_notes_describe_a_concept(collection: Collection, path: str, front: str, described: bool) -> None:
    assert (path in collection({path: f"---\n{front}\n---\n"}).concept_of) is described


def ids(corpus: Corpus) -> dict[str, str]:
    return {path: corpus.concepts[iri].id for path, iri in corpus.concept_of.items()}


def faults(corpus: Corpus) -> list[tuple[str, str, int, int, str]]:
    return [(p, f.name, f.line, f.column, f.detail) for p, f in corpus.faults]


def test_ids_that_are_taken_get_a_number(collection: Collection) -> None:
    files = {
        "a.md": "---\nid: B\n---\n",
        "a2.md": "---\nid: b~2\n---\n",
        "b.md": "",
        "b.markdown": "",
        "x/index.md": "---\nid: q\n---\n",
    }
    found = collection(files)
    assert ids(found) == {"a.md": "B", "a2.md": "b~2", "b.markdown": "b~3", "b.md": "b~4", "x/index.md": "q"}
    assert faults(found) == [], "nobody gave an id twice"
    assert found.concept_of["b.md"] == BASE + "b~4"


def test_an_id_that_is_the_path_of_another_note_is_told_to_the_second(collection: Collection) -> None:
    found = collection({"a.md": "", "z.md": "---\nid: 'A'\n---\n"})
    assert ids(found) == {"a.md": "a", "z.md": "z"}
    assert faults(found) == [("z.md", "duplicate-id", 2, 6, "A\ta.md")]


def test_an_id_that_is_a_number_is_told_at_its_line(collection: Collection) -> None:
    text = "---\ntitle: x\nid: 7\n---\n"
    assert faults(collection({"a.md": text, "b.md": text})) == [
        ("a.md", "duplicate-id", 3, 1, "7\tb.md"),
        ("b.md", "duplicate-id", 3, 1, "7\ta.md"),
    ]


def test_an_alias_of_two_concepts(collection: Collection) -> None:
    files = {
        "a.md": "---\nalias: KG\n---\n",
        "b.md": '---\naliases: [x, "kg"]\n---\n',
        "c.md": "---\naliases: ['K G', kg]\n---\n",
    }
    assert faults(collection(files)) == [
        ("a.md", "duplicate-label", 2, 8, "KG\tb.md"),
        ("b.md", "duplicate-label", 2, 15, "kg\ta.md"),
        ("c.md", "duplicate-label", 2, 18, "kg\ta.md"),
    ]
    assert faults(collection({"a.md": "---\naliases: [KG, kg]\n---\n"})) == [], "of one concept"
    assert faults(collection({"a.md": "---\naliases: [容器]\n---\n", "b.md": "---\naliases: [rong]\n---\n"})) == []


def test_a_tab_in_a_name_does_not_part_what_is_told(collection: Collection) -> None:
    text = '---\naliases: ["a\\tb"]\n---\n'
    assert [f.detail for _, f in collection({"x.md": text, "y.md": text}).faults] == ["a b\ty.md", "a b\tx.md"]


# translations

PLACES = {"en": "en", "zh": "/zh-cn/"}


def test_a_translation_adds_what_the_original_lacks(collection: Collection) -> None:
    original = "---\ntitle: Mesh\nid: mesh\naliases: [SM]\ndefinition: A layer.\nlayer: infra\nsources: [s1]\ntags: [a]\n---\n"
    other = (
        "---\ntitle: 网格 (Service Mesh)\naliases: [SM, 服务网格]\ndefinition: 一层。\nlayer: x\narea: net\nstatus: draft\n"
        "sources: [s2, s1]\ntags: [b, a]\n---\n"
    )
    found = collection({"en/mesh.md": original, "zh-cn/mesh.md": other}, languages=PLACES)
    assert dict(found.concepts) == {
        BASE + "mesh": Concept(
            BASE + "mesh", "mesh", "en/mesh.md", {"zh": "网格", "en": "Mesh"},
            (("SM", "en"), ("服务网格", "zh"), ("Service Mesh", "en")), "concept", "infra", "net",
            {"zh": "一层。", "en": "A layer."}, ("s1", "s2"), ("a", "b"), "draft", ("en/mesh.md", "zh-cn/mesh.md"), 2,
        )
    }  # fmt: skip
    assert dict(found.concept_of) == {"en/mesh.md": BASE + "mesh", "zh-cn/mesh.md": BASE + "mesh"}


def test_the_folder_says_the_language_of_a_label_and_a_definition(collection: Collection) -> None:
    files = {
        "en/raft.md": "---\ntitle: Raft\ndefinition: D1\n---\n",
        "zh-cn/raft.md": "---\ntitle: RAFT\ndefinition: D2\n---\n",
    }
    (concept,) = collection(files, languages=PLACES).concepts.values()
    assert (dict(concept.labels), dict(concept.definitions)) == ({"zh": "RAFT", "en": "Raft"}, {"zh": "D2", "en": "D1"})
    assert (concept.id, concept.path) == ("raft", "en/raft.md"), "the path below the folder"


def test_the_first_language_named_has_the_originals(collection: Collection) -> None:
    files = {"en/a.md": "# A\n", "zh-cn/a.md": "# 甲\n", "zh-cn/sub/B.md": "# 乙\n", "en/sub/b.md": "# B\n", "fr/a.md": "# F\n"}
    assert {c.id: c.paths for c in collection(files, languages=dict(reversed(PLACES.items()))).concepts.values()} == {
        "a": ("zh-cn/a.md", "en/a.md"),
        "fr/a": ("fr/a.md",),
        "sub/B": ("zh-cn/sub/B.md", "en/sub/b.md"),
    }


def test_a_note_says_itself_what_it_translates(collection: Collection) -> None:
    files = {
        "a.md": "---\nid: a\n---\n# A\n",
        "b.md": "---\nTranslation-Of: '[[a]]'\n---\n# 乙\n",
        "c.md": "# 丙\n\ntranslation-of:: [[b]]\n",
        "d.md": "# D\n\n[[a]] is not translated here, nor by itself. translation-of [[a]]\n",
        "e.md": "---\ntranslation-of: '[[gone]]'\n---\n# E\n",
        "f.md": "---\ntranslation-of: '[[f]]'\n---\n# F\n",
        "g.md": "---\ntranslation-of: '[[x.png]]'\n---\n# G\n",
        "x.png": "",
    }
    found = collection(files)
    assert {c.id: c.paths for c in found.concepts.values()} == {
        "a": ("a.md", "b.md", "c.md"), "d": ("d.md",), "e": ("e.md",), "f": ("f.md",), "g": ("g.md",),
    }  # fmt: skip


def test_what_a_note_says_comes_before_what_its_place_says(collection: Collection) -> None:
    files = {"en/a.md": "# A\n", "zh-cn/a.md": "---\ntranslation-of: '[[b]]'\n---\n# 乙\n", "en/b.md": "# B\n"}
    assert {c.id: c.paths for c in collection(files, languages=PLACES).concepts.values()} == {
        "a": ("en/a.md",),
        "b": ("en/b.md", "zh-cn/a.md"),
    }


def test_the_end_of_a_chain_with_a_circle_is_its_first_path(collection: Collection) -> None:
    files = {n: f"---\ntranslation-of: '[[{o}]]'\n---\n# N\n" for n, o in (("a.md", "c"), ("b.md", "c"), ("c.md", "b"))}
    assert {c.id: c.paths for c in collection(files).concepts.values()} == {"b": ("b.md", "a.md", "c.md")}


def test_a_name_that_means_one_concept_in_two_languages_is_clear(collection: Collection) -> None:
    files = {
        "en/a.md": "# A\n[[mesh]]\n", "zh-cn/a.md": "# 甲\n[[mesh]]\n", "b.md": "# B\n[[mesh]] [[two]]\n",
        "en/mesh.md": "# Mesh\n", "zh-cn/mesh.md": "# 网格\n", "en/x/two.md": "# T\n", "en/y/two.md": "# U\n",
        "en/x/README.md": "", "en/y/README.md": "",
    }  # fmt: skip
    found = collection(files, languages=PLACES)
    assert {(p, link.target): getattr(r, "path", None) for p, link, r in found.links} == {
        ("en/a.md", "mesh"): "en/mesh.md",
        ("zh-cn/a.md", "mesh"): "zh-cn/mesh.md",
        ("b.md", "mesh"): "en/mesh.md",
        ("b.md", "two"): None,
    }


def test_from_a_note_of_no_language_the_one_of_no_language_is_meant(collection: Collection) -> None:
    files = {"x/mesh.md": "---\nid: mesh\n---\n", "en/mesh.md": "---\ntranslation-of: '[[x/mesh]]'\n---\n", "b.md": "[[mesh]]"}
    assert [r.path for p, _, r in collection(files, languages=PLACES).links if p == "b.md"] == ["x/mesh.md"]  # type: ignore[union-attr]
