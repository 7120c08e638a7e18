"""The list of graphs that kg keeps on the server: its own graphs, and the progress of each.

The list is a small graph with one statement for each graph, and a few more while the graph is being sent. States are strings
that sort in chronological order; if there are several, the greatest is valid:

- ``0``: kg will write this graph;
- ``1 DIGEST NUMBER``: the portions up to this number have arrived;
- ``2 DIGEST COUNT``: the graph is complete.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from kg.base.names import KG
from kg.serve.publish.content import PublishedGraph

PUBLISHED: Final = KG + "published"
BEGUN: Final = "0"


def list_name(main: str) -> str:
    """The IRI of the list for a main graph.

    >>> list_name("https://example.org/kb/"), list_name("http://x/g")
    ('https://example.org/kb/published', 'http://x/g#published')
    """
    return main + ("published" if main.endswith(("/", "#")) else "#published")


def sent_to(part: PublishedGraph, number: int) -> str:
    """The state of a graph whose portions up to a number have arrived."""
    return f"1 {part.digest} {number:08d}"


def whole(part: PublishedGraph) -> str:
    """The state of a complete graph."""
    return f"2 {part.digest} {part.count}"


def next_portion(state: str, part: PublishedGraph) -> int:
    """The number of the portion to continue with; 0 if the graph must be sent from the start."""
    kind, _, rest = state.partition(" ")
    digest, _, number = rest.partition(" ")
    return int(number) + 1 if kind == "1" and digest == part.digest and number.isdigit() else 0


def statements(state: str) -> int | None:
    """The number of statements according to a graph's state; None if the graph is incomplete.

    >>> statements("2 ab 17"), statements("1 ab 00000003"), statements("0")
    (17, None, None)
    """
    kind, _, rest = state.partition(" ")
    number = rest.rpartition(" ")[2]
    return int(number) if kind == "2" and number.isdigit() else None


def line(graph: str, state: str) -> bytes:
    """An entry of the list, as N-Triples."""
    return f'<{graph}> <{PUBLISHED}> "{state}" .'.encode()


def latest(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The valid state of each graph.

    >>> latest([("g", "2 ab 7"), ("g", "0"), ("h", "1 cd 00000003")])
    {'g': '2 ab 7', 'h': '1 cd 00000003'}
    """
    states: dict[str, str] = {}
    for graph, state in pairs:
        states[graph] = max(state, states.get(graph, ""))
    return states
