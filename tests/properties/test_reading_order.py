"""The reading order holds every concept once, behind what it requires, whatever else runs in circles."""

from __future__ import annotations

import random

from hypothesis import example, given
from hypothesis import strategies as st

from kg.network.learning import ABOVE, BASE, NEEDED, TIED, Tie, find_way, reading_order

NAMES = "abcdefgh"
EDGES = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES), st.sampled_from([ABOVE, BASE, TIED])), max_size=20)
NEEDS = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), max_size=10)
KEY = {n: (i % 3, i) for i, n in enumerate(NAMES)}


def tie(a: str, b: str, tier: int) -> Tie:
    return Tie(a, b, tier, "r", True, "", 0)


@given(NEEDS, EDGES, st.integers(0, 9))
def test_requirements_come_first_and_order_of_input_does_not_matter(
    needs: list[tuple[str, str]], edges: list[tuple[str, str, int]], seed: int
) -> None:
    acyclic = [tie(min(p), max(p), NEEDED) for p in needs if p[0] != p[1]]
    found = acyclic + [tie(a, b, tier) for a, b, tier in edges if a != b]
    order = reading_order(NAMES, found, KEY)
    assert sorted(order) == list(NAMES)
    assert all(order.index(t.first) < order.index(t.then) for t in acyclic)
    random.Random(seed).shuffle(found)
    assert reading_order(NAMES[::-1], found, KEY) == order


@given(NEEDS, EDGES, st.sets(st.sampled_from(NAMES[:-1]), max_size=2))
@example([("a", "c"), ("a", "h"), ("b", "c")], [], {"b"})
def test_a_way_begins_with_what_is_known_and_needs_nothing_unknown(
    needs: list[tuple[str, str]], edges: list[tuple[str, str, int]], known: set[str]
) -> None:
    found = [tie(min(p), max(p), NEEDED) for p in needs if p[0] != p[1]]
    found += [tie(a, b, tier) for a, b, tier in edges if a != b]
    steps = find_way(sorted(found), sorted(known), NAMES[-1])
    if steps is None:
        return
    assert steps[-1].concept == NAMES[-1]
    # What a known concept requires is known too.
    learnt = set(known)
    while more := {t.first for t in found if t.tier == NEEDED and t.then in learnt} - learnt:
        learnt |= more
    for step in steps:
        assert all(t.first in learnt for t in found if t.tier == NEEDED and t.then == step.concept)
        learnt.add(step.concept)
