"""`theory_depth`: each level by a note that reaches it and one that falls short; the reference list, what stands beside."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from kg import knowledge
from kg.base import settings
from kg.evidence.claims import gather_pieces
from kg.metrics.depth import NEXT, level, theory_depth, with_depth
from kg.metrics.sections import NAMES, has_section, is_named, split_sections
from kg.metrics.subject import Subject
from kg.model import Assessment, Evidence, Measure, Reviews, TopicList, TopicState
from kg.model.evidence import EvidencePart

Write = Callable[[Mapping[str, str | bytes]], Path]

LIST = """@base <https://example.org/kb/scope/> .
@prefix kg: <https://w3id.org/kg-notes/ns#> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
<course> a kg:Scope ; dcterms:title "A course"@en ; kg:area "theory" .
<course/1> a kg:Topic ; skos:inScheme <course> ; skos:notation "1" ; skos:prefLabel "First"@en ; kg:metBy <../concept/a> .
<course/2> a kg:Topic ; skos:inScheme <course> ; skos:notation "2" ; skos:prefLabel "Second"@en .
"""
HEAD = "---\nid: a\ntitle: {zh: 共识, en: Consensus}\ndefinition: What it is.\nsources: [A book]\n---\n# Consensus\n\n"
LONG = "Consensus assumes partial synchrony: every message that is sent after some time arrives within a bound, and so on. "
OTHER = LONG.replace("Consensus", "Broadcast")
STATED = f"**Theorem.** If {LONG}\n\n"
NO_REVIEWS = Reviews(0, (), 0, None, (), (), frozenset())
TOML = "[depth]\nedge = 'course'\n[targets]\ntheory_depth.edge = 70\ntheory_depth.else = 80\n"


def _assess(folder: Path) -> Assessment:
    assessment = knowledge.KnowledgeBase(settings.load_settings(folder)).assessment
    assert assessment is not None
    return assessment


@pytest.mark.parametrize(
    ("body", "level"),
    [
        ("Only prose.", 1),
        ("Let $n$ be a number.", 1),  # a name is not a statement
        ("Then $n \\le 2f + 1$.", 2),
        ("## 形式化定义 / Formal definition\n\n" + LONG * 2, 2),
        ("## 形式化定义\n\nsoon", 1),  # an empty section says nothing
        ("```coq\nTheorem x : True.\n```\n", 2),
        (STATED, 3),
        (
            "## 定理 1（共识）\n\n"
            "若网络部分同步，则共识终会达成：任意两个正确的进程都决定同一个值，而且这个值是某个进程提出的。",
            3,
        ),
        ("**Theorem.** It is so and it is so in each and every way that one may think of, always.\n", 1),  # no condition
        (STATED + "## Conditions\n\nAll links are fair and all clocks drift.\n", 3),
        (STATED + "**Idea of the proof.** " + LONG, 3),  # an idea is not a proof
        (STATED + "## 证明 / Proof\n\n" + LONG, 4),
        ("## Proof\n\n" + LONG, 1),  # of nothing that is stated
        ("## Worked example\n\n" + LONG, 1),
        ("## Worked example\n\n" + LONG + "\n\n## Limits\n\n" + LONG, 4),
        # What is headed so, but is about something else, doesn't count.
        (f"**Theorem.** If {OTHER}\n\n", 1),
        (f"**Theorem.** If {OTHER}\n\n## Proof\n\n{OTHER}", 1),
        (f"**Theorem.** If {OTHER}\n\n## Proof\n\n{LONG}", 4),
        (STATED + "## Proof\n\n" + OTHER, 3),
        (STATED + "## Proof of consensus\n\n### Consensus\n\n" + OTHER, 3),  # a heading is not content
        ("## Analysis\n\n" + LONG + "\n\n## Limits\n\n" + OTHER, 1),
        ("## Analysis\n\n" + OTHER + "\n\n## Limits\n\n" + LONG, 4),
        (
            "## Analysis\n\n"
            + OTHER
            + "\n\n## 局限\n\n"
            + "这样的共识不说明何时达成，也不说明由谁达成，更不说明代价，代价随进程数而变。",
            4,
        ),
        ("## Analysis\n\n" + OTHER + "\n\n## Limits\n\n" + OTHER.replace("Broadcast", "The first lecture"), 4),  # the topic
    ],
)
def test_levels(base: Write, body: str, level: int) -> None:
    found = _assess(base({"concepts/a.md": HEAD + body, "ontology/scope/l.ttl": LIST, "kg.toml": TOML}))
    measures = {m.name: m for m in found.measures}
    depth = measures["theory_depth.edge"]
    assert (depth.numerator, depth.denominator, depth.target) == (level, 10, 0.7)
    assert [t.level for t in found.lists[0].topics] == [level, 0]
    assert depth.diagnostics[f"level_{level}"] == 1
    assert depth.offenders == tuple(f"https://example.org/kb/scope/course/{n}" for n in (1, 2))
    # A target without a reference list is unknown and says what to set.
    other = measures["theory_depth.else"]
    assert (other.value, other.met) == (None, False)
    assert "[depth] else" in other.note


def test_nothing_counts_without_definition_and_source(base: Write) -> None:
    note = "---\nid: a\n---\n# A\n\n" + STATED + "## Proof\n\n" + LONG
    found = _assess(base({"concepts/a.md": note, "ontology/scope/l.ttl": LIST, "kg.toml": TOML}))
    assert found.lists[0].topics[0].level == 0


@pytest.mark.parametrize(
    ("language", "claims", "verdict", "holds", "level"),
    [
        ("coq", "consensus ends", "passed", True, 5),
        ("smv", "共识会达成", "passed", True, 5),
        ("coq", "the first of its kind", "passed", True, 5),  # a name of the topic
        ("coq", "broadcast ends", "passed", True, 2),
        ("coq", "consensus ends", "failed", True, 2),
        ("coq", "consensus ends", "passed", None, 2),  # a file without a theorem compiles too
        ("python", "consensus ends", "passed", True, 1),
    ],
)
def test_only_provers_that_passed_a_claim_on_the_topic_make_the_highest_level(
    base: Write, language: str, claims: str, verdict: str, holds: bool | None, level: int
) -> None:
    block = f'```{language} {{#thm claims="{claims}"}}\nsome text\n```\n'
    folder = base({"concepts/a.md": HEAD + block, "ontology/scope/l.ttl": LIST, "kg.toml": TOML})
    built = knowledge.KnowledgeBase(settings.load_settings(folder))
    digest = gather_pieces(built.corpus, built.files)[0].digest
    parts = [{"name": "t", "holds": holds}] if holds is not None else []
    row = {"key": "a.md#thm", "verdict": verdict, "digest": digest, "language": language, "tool": language, "parts": parts}
    base({"ontology/snapshot/evidence.jsonl": json.dumps(row) + "\n"})
    assert _assess(folder).lists[0].topics[0].level == level
    base({"concepts/a.md": HEAD + block.replace("some", "other")})  # the verdict was on another text
    assert _assess(folder).lists[0].topics[0].level == min(level, 1 + (language != "python"))


def test_a_missing_or_unchecked_list_is_unknown(base: Write) -> None:
    files = {"concepts/a.md": HEAD, "kg.toml": "[depth]\nedge = 'course'\n"}
    measure = next(m for m in _assess(base(files)).measures if m.name == "theory_depth.edge")
    assert (measure.value, measure.note) == (None, "there is no checked list course")
    base({"ontology/scope/l.ttl": LIST.replace('"theory" .', '"theory" ; kg:checked false .')})
    measure = next(m for m in _assess(base(files)).measures if m.name == "theory_depth.edge")
    assert measure.value is None


def test_words_of_headings() -> None:
    assert is_named("2.3 局限性 / Limitations", NAMES["limits"])
    assert is_named("Theorem 4 (CAP)", NAMES["statement"])
    assert not is_named("Proofreading", NAMES["proof"])
    assert not is_named("证明思路", NAMES["proof"])
    text = "# T\n\n```\n## Proof\n" + LONG + "\n```\n"
    assert not has_section(split_sections(text), "proof")  # inside a fence there is no heading


# by hand

PROVED = Evidence(
    "a.md#t",
    "a.md",
    1,
    1,
    "https://x.org/concept/a",
    "code",
    "coq",
    "consensus ends",
    "passed",
    parts=(EvidencePart("t", True, True),),
)


@pytest.mark.parametrize(
    ("body", "reached"),
    [
        ("Let $n$ be.", 1),
        ("$a = b$", 2),
        ("$a \\subseteq b$", 2),
        ("$a \\total b$", 1),  # `\to` is a relation, what only begins like it isn't
        ("a = b", 1),  # no formula
        ("```python\na = b\n```\n", 1),
        ("```tla\nx\n```\n", 2),
        ("## Formal model\n" + LONG, 2),
        (STATED, 3),
        (STATED + "## Analysis\n" + LONG, 3),
        ("## Limits\n" + LONG, 1),
        (STATED + "## Proof\n" + LONG, 4),
        ("## Analysis\n" + LONG + "\n## Limits\n" + LONG, 4),
    ],
)
def test_levels_by_hand(subject: Callable[..., Subject], body: str, reached: int) -> None:
    found = subject({"a.md": HEAD + body})
    (concept,) = found.corpus.concepts.values()
    assert level(found, concept) == reached
    proved = subject({"a.md": HEAD + body}, evidence=[PROVED])
    assert level(proved, concept) == 5
    assert level(subject({"a.md": HEAD + body}, evidence=[PROVED._replace(verdict="failed")]), concept) == reached
    assert level(subject({"a.md": HEAD + body}, evidence=[PROVED._replace(claims="it ends")]), concept) == reached
    assert (
        level(subject({"a.md": HEAD + body}, evidence=[PROVED._replace(concept="https://x.org/concept/b")]), concept) == reached
    )
    assert level(proved, replace(concept, definitions={})) == level(proved, replace(concept, sources=())) == 0


def test_all_that_is_said_of_depth(subject: Callable[..., Subject]) -> None:
    notes = {
        "a.md": HEAD + STATED,
        "b.md": HEAD.replace("id: a", "id: b"),
        "c.md": "# C\n",
        "p.md": HEAD.replace("id: a", "id: p"),
    }
    toml = (
        "[depth]\nedge = 'l'\nfar = 'unchecked'\nnone = 'empty'\n[targets]\ntheory_depth.edge = 70\ntheory_depth.other = 80\n"
    )
    proof = PROVED._replace(concept="https://x.org/concept/p")
    found = subject(notes, toml, [proof], reviews=replace(NO_REVIEWS, approved=frozenset(("b", "c"))))

    def topic(n: int, *ids: str) -> TopicState:
        return TopicState(f"t{n}", f"T{n}", "", tuple(f"https://x.org/concept/{i}" for i in ids), (), ())

    topics = (topic(1, "a", "b"), topic(2, "c"), topic(3, "gone"), topic(4, "p"))
    lists = (
        TopicList("x/l", "l", {}, "", "", "", True, topics),
        TopicList("x/m", "m", {}, "", "", "", True, topics),
        TopicList("x/u", "unchecked", {}, "", "", "", False, topics),
        TopicList("x/e", "empty", {}, "", "", "", True, ()),
    )
    measured = with_depth(found, lists)
    assert [found.reference_of for found in measured] == ["edge", "", "far", "none"]
    assert measured[1] == lists[1], "the reference of no area"
    assert [(t.level, t.next, t.reviewed) for t in measured[0].topics] == [
        (3, (NEXT[3],), True), (0, (NEXT[0],), True), (0, (NEXT[0],), False), (5, (), False),
    ]  # fmt: skip
    assert theory_depth(found, measured) == (
        Measure(
            "theory_depth.edge", 8, 20, 0.7, ("t1", "t2", "t3"),
            {
                "t1": ("level 3", f"next: {NEXT[3]}"), "t2": ("level 0", f"next: {NEXT[0]}"),
                "t3": ("level 0", f"next: {NEXT[0]}"),
            },
            diagnostics={
                "level_0": 2, "level_1": 0, "level_2": 0, "level_3": 1, "level_4": 0, "level_5": 1, "expert_approved": 2
            },
            names={"t1": "l: T1", "t2": "l: T2", "t3": "l: T3"},
        ),
        Measure("theory_depth.far", 0, 0, None, note="there is no checked list unchecked"),
        Measure("theory_depth.none", 0, 0, None, note="there is no checked list empty"),
        Measure("theory_depth.other", 0, 0, 0.8, note="no reference list is named: [depth] other = …"),
    )  # fmt: skip
