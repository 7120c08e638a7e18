"""What notes state of each other: relations by key, by word, by diagram, and plain links."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kg.base.names import LINKS_TO
from kg.corpus import VocabularyWords
from kg.model import Corpus, Fault, Link, Relation

Collection = Callable[..., Corpus]
X, C = "https://x.org/", "https://x.org/concept/"


def relation(key: str, zh: str, *words: str) -> Relation:
    said = tuple((w, "en") for w in words)
    return Relation(X + key, key, {"zh": zh, "en": key.replace("-", " ")}, {}, said, (), None, False, False, "associative")


@pytest.fixture
def words() -> VocabularyWords:
    return VocabularyWords(
        [
            relation("uses", "使用", "employs", "needs"),
            relation("depends-on", "依赖于", "Relies  On", "needs"),
            relation("a-b", "甲"),
        ],
        {"concept": X + "Concept"},
        ["Yes", "is  valid", "employs"],
    )


def link(relation: str | None, context: str) -> Link:
    return Link(1, 1, "wikilink", "b", None, "b", False, relation, context, 0, 0)


@pytest.mark.parametrize(
    ("word", "context", "key"),
    [
        (None, "text", None),
        ("uses", "front-matter", "uses"),
        ("USES", "front-matter", "uses"),
        ("depends-on", "field", "depends-on"),
        ("Depends On", "field", "depends-on"),
        ("depends_on", "front-matter", "depends-on"),
        ("使用", "front-matter", "uses"),
        ("ＵＳＥＳ", "field", "uses"),
        ("employs", "field", "uses"),
        ("使用", "table", "uses"),
        ("employs", "table", "uses"),
        ("relies on", "text", "depends-on"),
        ("depends on", "text", "depends-on"),
        ("depends-on", "text", "depends-on"),
        ("A B", "text", "a-b"),
        ("needs", "text", None),  # a word of two relations states neither
        ("depends_on", "text", "depends-on"),
        ("owns", "text", None),
    ],
)
def test_words_of_relations(words: VocabularyWords, word: str | None, context: str, key: str | None) -> None:
    assert words.relation(link(word, context)) == (X + key if key else None)


def test_a_key_counts_though_another_relation_has_the_same_words() -> None:
    words = VocabularyWords([relation("a-b", "甲"), relation("c", "乙", "a b")], {}, ())
    assert [words.relation(link("a b", context)) for context in ("text", "table", "field")] == [X + "a-b"] * 3
    assert words.edge("a b") == X + "a-b"


@pytest.mark.parametrize(
    ("label", "key"),
    [
        ("uses", "uses"),
        ("Depends  On", "depends-on"),
        ("使用", "uses"),
        ("is valid", None),
        ("yes", None),
        ("employs", None),
        ("", None),
    ],
)
def test_labels_of_edges(words: VocabularyWords, label: str, key: str | None) -> None:
    assert words.edge(label) == (X + key if key else None)


def stated(corpus: Corpus) -> list[tuple[str, str, str, str, int, int, str]]:
    return [
        (a.subject.removeprefix(C), a.predicate.removeprefix(X), a.object.removeprefix(C), a.path, a.line, a.column, a.context)
        for a in corpus.assertions
    ]


def test_what_one_note_states(words: VocabularyWords, collection: Collection) -> None:
    text = """---
uses: '[[b]]'
depends on: [b, c, gone, some text]
other: [b]
aliases: [b]
---
# A

[[b]] and ![[c]], [x](b.md#none), [[README]], [[p.png]], ![[p.png]], [[gone]]
a-b:: [[c]]
"""
    found = collection({"a.md": text, "b.md": "# B\n", "c.md": "# C\n", "README.md": "[[a]]", "p.png": ""}, words=words)
    assert stated(found) == [
        ("a", "uses", "b", "a.md", 2, 8, "front-matter"),
        ("a", "depends-on", "b", "a.md", 3, 14, "front-matter"),
        ("a", "depends-on", "c", "a.md", 3, 17, "front-matter"),
        ("a", LINKS_TO, "b", "a.md", 9, 1, "text"),
        ("a", LINKS_TO, "c", "a.md", 9, 11, "text"),
        ("a", LINKS_TO, "b", "a.md", 9, 19, "text"),
        ("a", "a-b", "c", "a.md", 10, 7, "field"),
    ]
    # Values that happen to be text, and names, are not links; those of a relation are.
    assert [(n.line, n.target) for _, n, _ in found.links if n.kind == "name"] == [
        (3, "b"), (3, "c"), (3, "gone"), (3, "some text"),
    ]  # fmt: skip
    assert [p for p, n, _ in found.links if n.line == 9] == ["a.md"] * 7
    assert found.attachments == {"p.png"}
    assert list(found.concepts) == [C + "a", C + "b", C + "c"]


def test_a_relation_without_a_word_of_the_vocabulary_is_a_plain_link(words: VocabularyWords, collection: Collection) -> None:
    found = collection({"a.md": "---\nowns: '[[b]]'\n---\n", "b.md": ""}, words=words)
    assert stated(found) == [("a", LINKS_TO, "b", "a.md", 2, 8, "text")]


def test_links_to_oneself(words: VocabularyWords, collection: Collection) -> None:
    text = "---\nuses: '[[a]]'\n---\n# H\n\n[[a]] [x](a.md#H) [y](#H)\nuses:: [[a#H]]\n"
    found = collection({"a.md": text}, words=words)
    assert found.faults == (
        ("a.md", Fault("self-link", 2, 8, "uses")),
        ("a.md", Fault("self-link", 6, 1, "")),
        ("a.md", Fault("self-link", 7, 8, "uses")),
    )
    assert found.assertions == ()


def test_translations_state_nothing_of_each_other(words: VocabularyWords, collection: Collection) -> None:
    files = {"a.md": "# A\n[[b]]\n", "b.md": "---\ntranslation-of: '[[a]]'\nuses: '[[c]]'\n---\n# 乙\n", "c.md": "# C\n[[b]]"}
    assert stated(collection(files, words=words)) == [
        ("a", "uses", "c", "b.md", 3, 8, "front-matter"),
        ("c", LINKS_TO, "a", "c.md", 2, 1, "text"),
    ]


def test_a_table_of_contents_states_nothing(collection: Collection) -> None:
    found = collection(
        {"a.md": "# A\n\n<!-- toc -->\n- [[b]]\n- [[c]]\n<!-- tocstop -->\n\n## Text\n\n[[b]]\n", "b.md": "", "c.md": ""}
    )
    assert [row[4] for row in stated(found)] == [10]
    assert len(found.links) == 3


def test_labelled_edges_of_diagrams(words: VocabularyWords, collection: Collection) -> None:
    files = {
        "a.md": "# Alpha\n\n```mermaid\ngraph LR\n  x[Alpha] -->|uses| y[BETA]\n  x -->|employs| y\n  x --> y\n"
        "  y -->|使用| z[Nobody]\n  z -->|uses| x\n  x -->|uses| w[Two]\n  w -->|uses| x\n  x -->|owns| y\n"
        "  x -->|uses| x\n  y -->|depends on| c\n  y -->|uses| q[Other]\n```\n",
        "b.md": "# Beta\n",
        "c.md": "---\nid: c\naliases: [Other]\n---\n# See\n",
        "d.md": "---\naliases: [two]\n---\n",
        "e.md": "---\naliases: [TWO]\n---\n",
    }
    assert stated(collection(files, words=words)) == [
        ("a", "uses", "b", "a.md", 5, 3, "diagram"),
        ("b", "depends-on", "c", "a.md", 14, 3, "diagram"),
        ("b", "uses", "c", "a.md", 15, 3, "diagram"),
    ]
    assert collection(files).assertions == (), "labels that are not words of the vocabulary"


def test_faults_that_finding_the_files_met_come_first(collection: Collection) -> None:
    met = [("x", Fault("unreadable-file", 1, 1, ""))]
    text = "---\nid: q\naliases: [z]\n---\n"
    found = collection({"a.md": text + "[[a]]", "b.md": text}, faults=met)
    assert [f.name for _, f in found.faults] == [
        "unreadable-file",
        *["duplicate-id"] * 2,
        *["duplicate-label"] * 2,
        "self-link",
    ]


# languages that a site's configuration names

LANGUAGES = "defaultContentLanguage = 'fr'\n[languages.en]\n{}\n[languages.fr]\n{}\n"


def concepts(corpus: Corpus) -> dict[str, tuple[str, ...]]:
    return {c.id: c.paths for c in corpus.concepts.values()}


def test_the_sites_first_language_has_the_originals(collection: Collection) -> None:
    files = {"content/en/a.md": "# A\n", "content/fr/a.md": "# F\n"}
    hugo = ("hugo.toml", LANGUAGES.format("contentDir='content/en'", "contentDir='content/fr'"))
    assert concepts(collection(files, configuration=hugo)) == {"a": ("content/fr/a.md", "content/en/a.md")}
    named = {"content/a.en.md": "# A\n", "content/a.fr.md": "# F\n"}
    found = collection(named, configuration=("hugo.toml", LANGUAGES.format("", "")))
    assert concepts(found) == {"a": ("content/a.fr.md", "content/a.en.md")}
    assert next(iter(found.concepts.values())).labels == {"en": "A", "fr": "F"}


def test_a_site_in_one_language_has_no_translations(collection: Collection) -> None:
    for text in ("theme='x'", "[languages.en]\n"):
        assert concepts(collection({"content/a.md": ""}, configuration=("hugo.toml", text))) == {"content/a": ("content/a.md",)}
    # Nor has one of another tool, whatever it calls its folders.
    assert concepts(collection({"docs/a.md": ""}, configuration=("mkdocs.yml", ""))) == {"docs/a": ("docs/a.md",)}


def test_folders_of_the_settings_come_before_those_of_the_site(collection: Collection) -> None:
    hugo = ("hugo.toml", LANGUAGES.format("contentDir='content/en'", "contentDir='content/fr'"))
    files = {"content/en/a.md": "# A\n", "content/fr/a.md": "# F\n"}
    found = collection(files, configuration=hugo, languages={"en": "content/en", "fr": "content/fr"})
    assert concepts(found) == {"a": ("content/en/a.md", "content/fr/a.md")}
