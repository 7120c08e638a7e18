"""Levels of detail: too many concepts for one page are drawn as groups with their own pages, recursively."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from kg.model import Community
from kg.views.maps.atlas import Atlas, LegendEntry, by_language
from kg.views.page.alphabet import sort_key

if TYPE_CHECKING:
    from kg.network.force import Point

MAX_NODES: Final = 500
"""Maximum number of nodes on a page; vis-network is fast up to this number, and more are illegible."""

REGION: Final = 300
"""Maximum number of concepts on a page that shows a part of a community."""

MANY_COMMUNITIES: Final = 200
"""Maximum number of communities; the smallest ones beyond it share a group. Unlinked notes can form thousands."""


@dataclass(frozen=True, slots=True)
class MapGroup:
    """Concepts that one node represents, and the page that shows them."""

    page: str
    """File name of the page below ``maps/``."""
    names: tuple[str, ...]
    """Names in the languages of the maps."""
    members: tuple[str, ...]
    """IRIs, most central first."""
    number: int
    """Index among its siblings, or of its community; it determines the colour."""
    parts: tuple[MapGroup, ...] = ()
    """Subgroups; empty if the page shows the members."""
    loose: bool = False
    """Whether all members are isolated."""

    def pages(self, above: tuple[MapGroup, ...] = ()) -> Iterator[tuple[MapGroup, tuple[MapGroup, ...]]]:
        """Yield the group and its subgroups recursively, each with its ancestors."""
        yield self, above
        for part in self.parts:
            yield from part.pages((*above, self))


def groups(atlas: Atlas) -> list[MapGroup]:
    """The groups on the overview, with their subgroups."""
    communities = sorted(atlas.assessment.communities, key=lambda c: (-len(c.members), c.index))
    drawn = [_community(atlas, c) for c in communities]
    if len(drawn) <= MANY_COMMUNITIES:
        return sorted(drawn, key=lambda g: g.number)
    # Each remaining community keeps its page, linked from its concepts; on the overview they are one group.
    first, rest = drawn[: MANY_COMMUNITIES - 1], drawn[MANY_COMMUNITIES - 1 :]
    members = tuple(atlas.ranked(iri for group in rest for iri in group.members))
    number = max(g.number for g in drawn) + 1
    names = tuple(w("small-communities") for w in atlas.words.values())
    small = MapGroup("cluster-small.html", names, members, number, _parts(atlas, "cluster-small", members, by_name=True))
    return [*sorted(first, key=lambda g: g.number), small]


def small(atlas: Atlas, shown: Sequence[MapGroup]) -> list[MapGroup]:
    """The communities with a page that are not on the overview."""
    numbers = {group.number for group in shown}
    return [_community(atlas, c) for c in atlas.assessment.communities if c.index not in numbers]


def _community(atlas: Atlas, community: Community) -> MapGroup:
    members = tuple(iri for iri in community.members if iri in atlas.assessment.corpus.concepts)
    stem = f"cluster-{community.index}"
    loose = atlas.is_loose(community.index)
    names = tuple(atlas.community_names(community))
    return MapGroup(f"{stem}.html", names, members, community.index, _parts(atlas, stem, members, by_name=loose), loose)


def _parts(atlas: Atlas, stem: str, members: Sequence[str], *, by_name: bool) -> tuple[MapGroup, ...]:
    """Split members into pages: by name if they are isolated, otherwise by position on the map."""
    if len(members) <= MAX_NODES:
        return ()
    size = max(REGION, math.ceil(len(members) / MAX_NODES * 2))
    if by_name:
        ordered = sorted(members, key=lambda iri: (sort_key(atlas.label(iri)), iri))
        cut = [ordered[i : i + size] for i in range(0, len(ordered), size)]
    else:
        cut = regions(members, atlas.positions, size)
    parts = []
    for number, part in enumerate(cut):
        ranked = tuple(atlas.ranked(part))
        ends = (part[0], part[-1]) if by_name else ranked[:2]
        joint = " … " if by_name else " · "
        names = tuple(joint.join(atlas.label(iri, lang) for iri in ends) for lang in atlas.langs)
        own = f"{stem}-{number}"
        parts.append(MapGroup(f"{own}.html", names, ranked, number, _parts(atlas, own, ranked, by_name=by_name), by_name))
    return tuple(parts)


def regions(iris: Sequence[str], places: Mapping[str, Point], size: int, axis: int = 0) -> list[list[str]]:
    """Partition concepts into map regions of at most `size`, by a k-d tree that splits x and y alternately.

    The layout places neighbours close together, so most stay together. Positions are stored, so regions are stable.

    >>> regions("abcd", {"a": (0, 0), "b": (1, 0), "c": (0, 1), "d": (1, 1)}, 2)
    [['a', 'c'], ['b', 'd']]
    """
    if len(iris) <= size:
        return [sorted(iris)]
    ordered = sorted(iris, key=lambda iri: (places[iri][axis], iri))
    half = (len(ordered) + 1) // 2
    return [part for side in (ordered[:half], ordered[half:]) for part in regions(side, places, size, 1 - axis)]


def entry(group: MapGroup, colours: int) -> LegendEntry:
    """The group as a legend value."""
    colour = "none" if group.loose else f"c{group.number % colours}"
    return {
        "value": group.number,
        "key": str(group.number),
        "colour": colour,
        "names": by_language(group.names),
        "href": group.page,
    }
