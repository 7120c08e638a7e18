"""Lane `hierarchy`: what definitions, titles and lists say is broader."""

from __future__ import annotations

from pathlib import Path

import pytest

from kg.base.settings import load_settings
from kg.knowledge.base import KnowledgeBase
from kg.knowledge.running import How
from kg.knowledge.suggesting import proposals_of
from kg.suggest.genus import genera


@pytest.mark.parametrize(
    ("sentence", "names", "expected"),
    [
        ("Etcd is a distributed key-value store that keeps state.", ["etcd"], ("is-a", "distributed key-value store")),
        ("A pod is a kind of workload.", ["Pod"], ("is-a", "workload")),
        ("Pods (plural) are usually one of the workloads of a cluster.", ["Pod"], ("is-a", "workloads")),
        ("The kubelet is a part of the node.", ["kubelet"], ("part-of", "node")),
        ("A lease is not a lock.", ["lease"], None),
        ("A lease grants access.", ["lease"], None),
        ("The leader sends a lease.", ["lease"], None),
        ("Policies are rules for access.", ["policy"], ("is-a", "rules")),
        ("Raft 是一种易于理解的共识算法。", ["Raft"], ("is-a", "易于理解的共识算法")),
        ("Pod 属于工作负载。", ["Pod"], ("is-a", "工作负载")),
        ("编排器是控制平面的组成部分。", ["编排器"], ("part-of", "控制平面")),
        ("集群由节点、控制平面组成。", ["集群"], ("has-part", "节点")),
        ("租约不是一种锁。", ["租约"], None),
    ],
)
def test_what_a_sentence_says(sentence: str, names: list[str], expected: tuple[str, str] | None) -> None:
    first = next(genera(sentence, names, definition=False), None)
    assert (first and (first.relation, first.phrase)) == expected
    if first is not None:
        assert sentence[first.start :].startswith(first.phrase)


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("a motor vehicle with four wheels", "motor vehicle"),
        ("any of various small birds of Europe", "small birds"),
        ("goldfish", None),
        ("Check notes for mistakes.", None),
        ("A motor vehicle with four wheels.", "motor vehicle"),
    ],
)
def test_dictionary_entries_need_no_subject(sentence: str, expected: str | None) -> None:
    assert next((g.phrase for g in genera(sentence, ["x"], definition=True)), None) == expected


NOTES = {
    "mutex.md": "# Mutex\n\nA mutex is a [[lock]] for one owner.\n",
    "lock.md": "# Lock\n\n## Types\n\n- [[lease]]: for some time\n\n## Components\n\n- [[owner]]\n",
    "lease.md": "# Lease\n\nGranted for some time.\n",
    "owner.md": "# Owner\n\nWho holds it.\n",
    "read-lock.md": "# Read lock\n\nA read lock is a lock that readers share.\n",
    "service.md": "# 服务\n",
    "software.md": "# 软件即服务\n",
    "micro.md": "# 微服务\n",
    "typed.md": "---\nuses: '[[lock]]'\n---\n# Typed\n\nTyped is a lock.\n",
    "near.md": "# Near\n\nSomething beside the [[owner]].\n",
    "two.md": "# Two\n\nTwo is a queue.\n",
    "queue.md": "# Queue\n",
    "line.md": "---\ntitle: Line\naliases: [queue]\n---\n",
}


@pytest.fixture
def base(tmp_path: Path) -> KnowledgeBase:
    for name, text in NOTES.items():
        (tmp_path / name).write_text(text)
    return KnowledgeBase(load_settings(tmp_path, notes=(tmp_path,)), How(1, None))


def test_proposals_with_the_words_that_say_them(base: KnowledgeBase) -> None:
    rows = proposals_of(base, "hierarchy")
    concepts, keys = base.corpus.concepts, base.relations
    assert {(concepts[r.source].id, keys[r.relation].key, concepts[r.target].id) for r in rows} == {
        ("mutex", "is-a", "lock"),
        ("read-lock", "is-a", "lock"),
        ("lease", "is-a", "lock"),
        ("owner", "part-of", "lock"),
        ("micro", "is-a", "service"),
    }
    for row in rows:
        assert row.score == pytest.approx(sum(reason.contribution for reason in row.why))
        assert all(reason.line and reason.text for reason in row.why)
    mutex = next(r for r in rows if concepts[r.source].id == "mutex")
    assert (mutex.why[0].path, mutex.why[0].line, mutex.why[0].text) == ("mutex.md", 3, "is a lock")


def test_weaker_evidence_is_for_queues_only(base: KnowledgeBase) -> None:
    shown = {row.id for row in proposals_of(base, "hierarchy")}
    every = proposals_of(base, "hierarchy", least=0.2)
    assert {row.id for row in every} > shown
    assert len({frozenset((row.source, row.target)) for row in every}) == len(every)
