"""Concepts whose names are like that of a topic."""

from __future__ import annotations

from kg.metrics.nearby import NamesByWord
from kg.model import Concept


def names(**labels: str | tuple[str, ...]) -> NamesByWord:
    found = {}
    for iri, given in labels.items():
        label, *more = (given,) if isinstance(given, str) else given
        found[iri] = Concept(iri, iri, "", {"en": label}, tuple((m, "en") for m in more), "concept", "", "", {}, (), (), "")
    return NamesByWord(found)


def test_likeness_by_hand() -> None:
    """(2 · Dice of the words + 2 · matching characters / all characters) / 3, from 0.62 on."""
    # One word of two and one in common, 2/3; 4 of 18 characters twice, 0.444: 0.593.
    assert names(r="Raft").near(["Raft consensus"]) == ()
    # Both words, whatever their order; of 28 characters "consensus" twice, 0.643: 0.881.
    assert names(r="Consensus Raft").near(["Raft consensus"]) == (("r", "Consensus Raft", 0.88),)
    # Equal but for case.
    assert names(r="RAFT Consensus").near(["Raft consensus"]) == (("r", "RAFT Consensus", 1.0),)


def test_words_that_tell_nothing() -> None:
    assert names(a="Introduction to systems").near(["Overview of systems"]) == ()
    # "pod" is all that is left of both; 3 of 24 characters twice, 0.25.
    assert names(a="The Pod").near(["Pods of a service"]) == (("a", "The Pod", 0.75),)


def test_plurals_are_cut_from_four_letters_on() -> None:
    # 3 of 7 characters twice.
    assert names(a="Pods").near(["pod"]) == (("a", "Pods", 0.95),)
    assert names(a="Gas").near(["ga"]) == ()


def test_chinese_in_pairs_of_characters() -> None:
    assert names(a="容器编排").near(["容器编排"]) == (("a", "容器编排", 1.0),)
    # 容器 and 器编 of 容器, 器编, 编排 and 容器, 器编: 0.8; 3 of 7 characters twice, 0.857.
    assert names(a="容器编").near(["容器编排"]) == (("a", "容器编", 0.82),)
    # Of 容器, 器网, 网络 one is in common: 0.5; 2 of 6 characters twice, 0.667: 0.556.
    assert names(a="容器").near(["容器网络"]) == ()
    # A single character has no pair, and a word between two parts them.
    assert names(a="容").near(["容"]) == ()
    assert names(a="容 of 器").near(["容器"]) == ()


def test_the_best_three_and_none_that_is_known() -> None:
    found = names(d="Pod set", c="Pod sets", b="Pod-set", a="pod set", e="Pod set of X")
    # 7 of 15 characters twice; 6 of 14; two of three words and two, 0.8, and 7 of 19 characters.
    assert found.near(["Pod set"]) == (("a", "pod set", 1.0), ("d", "Pod set", 1.0), ("c", "Pod sets", 0.98))
    assert found.near(["Pod set"], ("a", "c")) == (("d", "Pod set", 1.0), ("b", "Pod-set", 0.95), ("e", "Pod set of X", 0.78))
    # Of several names of one concept the one that is most alike is shown, once.
    assert names(a=("Container pod", "Pod", "Pods", "Pod")).near(["pods"]) == (("a", "Pods", 1.0),)
