"""The review queue: decisions are written at once, can be undone and resumed, and move the measure."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from kg.base.errors import ChangedError, UsageError
from kg.base.settings import load_settings
from kg.knowledge.base import KnowledgeBase
from kg.knowledge.improving import association_state
from kg.knowledge.reviewing import Order, ReviewQueue
from kg.knowledge.running import How
from kg.metrics.edits import AssociationCount
from kg.model import Suggestion

ROOT = Path(__file__).resolve().parents[3]
GLOSSARY = ROOT.parent / "shared/corpora/cncf-glossary/content/en"
CHOICES = ROOT / "tests/data/cncf_choices.tsv"
NOTES = {
    "raft.md": "# Raft\n\nRaft is a consensus algorithm. It depends on [[leader election]].\nA quorum decides.\n",
    "leader election.md": "# Leader election\n\nLeader election needs a quorum.\n",
    "quorum.md": "# Quorum\n\nA quorum is a majority.\n",
    "consensus algorithm.md": "# Consensus algorithm\n\nSee [[quorum]].\n",
}


def opened(folder: Path) -> KnowledgeBase:
    return KnowledgeBase(load_settings(folder, notes=(folder / "notes",)), How(1, None))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "notes").mkdir()
    for name, text in NOTES.items():
        (tmp_path / "notes" / name).write_text(text)
    return tmp_path


def until(queue: ReviewQueue, source: str, target: str) -> Suggestion:
    for _ in range(len(queue)):
        row = queue.current()
        assert row is not None
        if (queue.concepts[row.source].id, queue.concepts[row.target].id) == (source, target):
            return row
        queue.skip()
    raise AssertionError((source, target))


def pairs(queue: ReviewQueue) -> set[frozenset[str]]:
    return {frozenset((queue.concepts[row.source].id, queue.concepts[row.target].id)) for row in walk(queue)}


def walk(queue: ReviewQueue) -> Iterator[Suggestion]:
    for _ in range(len(queue)):
        row = queue.current()
        assert row is not None
        yield row
        queue.skip()


def test_what_was_decided_does_not_come_again(folder: Path) -> None:
    queue = ReviewQueue(opened(folder), "score")
    until(queue, "raft", "consensus algorithm")
    assert queue.accept().text == 'is-a: ["[[consensus algorithm]]"]'
    until(queue, "raft", "quorum")
    queue.reject()
    left = pairs(queue)
    assert not left & {frozenset(("raft", "consensus algorithm")), frozenset(("raft", "quorum"))}
    assert pairs(ReviewQueue(opened(folder), "score")) == left


def test_a_type_and_a_direction_are_chosen(folder: Path) -> None:
    queue = ReviewQueue(opened(folder), "score")
    until(queue, "raft", "leader election")
    with pytest.raises(UsageError, match="there is no relation 'needs it'"):
        queue.with_type("needs it")
    queue.with_type("requires")
    queue.turn()
    done = queue.accept()
    assert (done.path, done.text) == ("leader election.md", 'requires: ["[[raft]]"]')
    assert (folder / "notes/leader election.md").read_text().endswith(NOTES["leader election.md"])


def test_undo_restores_every_byte(folder: Path) -> None:
    queue = ReviewQueue(opened(folder), "score")
    row = until(queue, "raft", "consensus algorithm")
    queue.accept()
    queue.reject()
    assert queue.undo() is False
    assert queue.undo() is True
    assert queue.undo() is None
    assert queue.current() == row
    assert {p.name: p.read_text() for p in (folder / "notes").iterdir()} == NOTES


def test_a_note_that_changed_meanwhile_is_not_overwritten(folder: Path) -> None:
    queue = ReviewQueue(opened(folder), "score")
    until(queue, "raft", "consensus algorithm")
    (folder / "notes/raft.md").write_text("# Raft\n\nOther words.\n")
    with pytest.raises(ChangedError):
        queue.accept()
    assert (folder / "notes/raft.md").read_text() == "# Raft\n\nOther words.\n"


@pytest.mark.parametrize("order", ["score", "concept", "gain"])
def test_mentions_become_links_after_lines_have_moved(folder: Path, order: Order) -> None:
    """A relation in the front matter moves all lines of a note; the mention is still found."""
    queue = ReviewQueue(opened(folder), order)
    until(queue, "raft", "consensus algorithm")
    queue.accept()
    until(queue, "raft", "quorum")
    assert queue.accept().text == "A [[quorum]] decides."


def decide(queue: ReviewQueue, answer: str) -> None:
    for part in answer.replace("d t", "d,t").split(","):
        action, _, key = part.partition(" ")
        if action == "d":
            queue.turn()
        elif action == "t":
            queue.with_type(key)
    if answer == "n":
        queue.reject()
    else:
        queue.accept()


@pytest.fixture
def glossary(tmp_path: Path) -> Path:
    if not GLOSSARY.is_dir():
        pytest.skip("the glossary is absent")
    shutil.copytree(GLOSSARY, tmp_path / "notes", copy_function=shutil.copyfile)
    return tmp_path


def test_half_an_hour_of_decisions_connects_half_of_a_glossary(glossary: Path) -> None:
    """A hundred recorded decisions, one every fifteen seconds: from none of 89 concepts to more than half of them."""
    base = opened(glossary)
    assert association_state(base).count() == AssociationCount(0, 0, 89)
    choices = {tuple(line.split("\t")[:2]): line.split("\t")[2] for line in CHOICES.read_text().splitlines()}
    assert len(choices) <= 120
    queue = ReviewQueue(base, "gain")
    asked = 0
    for _ in range(len(queue)):
        row = queue.current()
        if row is None:
            break
        answer = choices.pop((queue.concepts[row.source].id, queue.concepts[row.target].id), None)
        if answer is None:
            queue.skip()
        else:
            asked += 1
            decide(queue, answer)
    assert len(choices) <= 5, choices  # suggestions of middling strength come and go with the ranker
    after = association_state(opened(glossary)).count()
    assert after.share >= 0.5, after
    assert after.graded >= 0.6, after
