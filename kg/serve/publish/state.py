"""The list of graphs that kg keeps on the server: which are its own, and how far each has come.

It is a small graph of its own, one statement for a graph, and a few more while it is being sent. States are texts that sort
in the order in which they come about, so that of several the greatest is the one that holds:

- ``0``: kg is going to write this graph;
- ``1 DIGEST NUMBER``: the portion of that number is there, and those before it;
- ``2 DIGEST COUNT``: all of it is there.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from kg.base.names import KG
from kg.serve.publish.content import PublishedGraph

PUBLISHED: Final = KG + "published"
BEGUN: Final = "0"


def list_name(main: str) -> str:
    """The IRI of the list that goes with a main graph.

    >>> list_name("https://example.org/kb/"), list_name("http://x/g")
    ('https://example.org/kb/published', 'http://x/g#published')
    """
    return main + ("published" if main.endswith(("/", "#")) else "#published")


def sent_to(part: PublishedGraph, number: int) -> str:
    """The state of a graph of which the portions up to a number are there."""
    return f"1 {part.digest} {number:08d}"


def whole(part: PublishedGraph) -> str:
    """The state of a graph that is there."""
    return f"2 {part.digest} {part.count}"


def next_portion(state: str, part: PublishedGraph) -> int:
    """The number of the portion to continue with; 0 where the graph has to be sent from the start."""
    kind, _, rest = state.partition(" ")
    digest, _, number = rest.partition(" ")
    return int(number) + 1 if kind == "1" and digest == part.digest and number.isdigit() else 0


def statements(state: str) -> int | None:
    """How many statements a graph has by its state; None where not all of it is there.

    >>> statements("2 ab 17"), statements("1 ab 00000003"), statements("0")
    (17, None, None)
    """
    kind, _, rest = state.partition(" ")
    number = rest.rpartition(" ")[2]
    return int(number) if kind == "2" and number.isdigit() else None


def line(graph: str, state: str) -> bytes:
    """The statement of the list, in N-Triples."""
    return f'<{graph}> <{PUBLISHED}> "{state}" .'.encode()


def latest(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The state that holds for each graph.

    >>> latest([("g", "2 ab 7"), ("g", "0"), ("h", "1 cd 00000003")])
    {'g': '2 ab 7', 'h': '1 cd 00000003'}
    """
    states: dict[str, str] = {}
    for graph, state in pairs:
        states[graph] = max(state, states.get(graph, ""))
    return states
