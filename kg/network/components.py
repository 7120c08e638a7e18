"""Strongly connected components of a directed graph in arrays: a thesaurus has too many relations for networkx's dicts."""

from __future__ import annotations

from collections.abc import Sequence


def find_components(following: Sequence[Sequence[int]]) -> list[list[int]]:
    """Return the strongly connected components of a graph, each behind all that it leads to (Tarjan 1972, without recursion).

    `following` gives the nodes that each node leads to.

    >>> find_components([[1], [2], [1, 3], []])
    [[3], [2, 1], [0]]
    """
    number = [0] * len(following)
    lowest = [0] * len(following)
    is_open = bytearray(len(following))
    components: list[list[int]] = []
    path: list[int] = []
    count = 0
    for root in range(len(following)):
        if number[root]:
            continue
        walk = [(root, 0)]
        while walk:
            node, next_ = walk.pop()
            if next_ == 0:
                count += 1
                number[node] = lowest[node] = count
                path.append(node)
                is_open[node] = True
            elif is_open[following[node][next_ - 1]]:
                lowest[node] = min(lowest[node], lowest[following[node][next_ - 1]])
            others = following[node]
            while next_ < len(others) and number[others[next_]]:
                if is_open[others[next_]]:
                    lowest[node] = min(lowest[node], number[others[next_]])
                next_ += 1
            if next_ < len(others):
                walk += ((node, next_ + 1), (others[next_], 0))
            elif lowest[node] == number[node]:
                component: list[int] = []
                while not component or component[-1] != node:
                    component.append(path.pop())
                    is_open[component[-1]] = False
                components.append(component)
    return components
