"""Proposals for a better hierarchy, each with the reason that the data gives for it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from kg.page import View
from kg.page import markdown as md
from kg.reports.document import Writer
from kg.reports.net import Net

MOST_CHILDREN = 20
"""More narrower concepts than this below one are hard to take in."""


def proposals(view: View, net: Net, out: Writer) -> list[list[str]]:
    """Rows of (what, why), the gravest first: cycles, redundant links, orphans, roots, fan-out, unset layers."""
    return [[what, why] for what, why in _all(view, net, out)]


def _all(view: View, net: Net, out: Writer) -> Iterator[tuple[str, str]]:
    w, h = view.words, view.assessment.hierarchy
    for cycle in h.cycles:
        steps = list(zip(cycle, [*cycle[1:], cycle[0]], strict=True))
        a, b = min(steps, key=lambda step: (net.pagerank(step[1]), step))
        place = out.at(net.broader_at.get((a, b), ""))
        yield w("p-cycle", a=out.concept(a), b=out.concept(b)), w("p-cycle-why", n=len(cycle), place=place)
    for a, b in h.redundant:
        place = out.at(net.broader_at.get((a, b), ""))
        yield w("p-redundant", a=out.concept(a), b=out.concept(b)), w("p-redundant-why", place=place)
    yield from _orphans(view, net, out)
    yield from _roots(view, net, out)
    for iri in sorted(h.children, key=lambda i: (-len(h.children[i]), i)):
        children = h.children[iri]
        if len(children) > MOST_CHILDREN:
            yield w("p-fan", a=out.concept(iri)), _fan(view, net, children)
        elif len(children) == 1 and iri not in h.roots and h.parents.get(children[0]) == (iri,):
            only = out.concept(children[0])
            yield w("p-single", a=out.concept(iri), b=only), w("p-single-why")
    unset = [i for i, c in net.concepts.items() if not c.layer or not c.area]
    if unset and len(unset) < len(net.concepts):
        unset.sort(key=lambda i: (-net.pagerank(i), i))
        yield w("p-unset", n=len(unset), list=out.concepts(unset, 5)), w("p-unset-why")


def _fan(view: View, net: Net, children: tuple[str, ...]) -> str:
    w = view.words
    areas = Counter(net.area(c) for c in children)
    if len(areas) < 2:
        return w("p-fan-why-plain", n=len(children), most=MOST_CHILDREN)
    common = sorted(areas, key=lambda a: (-areas[a], a))[:4]
    groups = w.join([f"{md.escape(view.area(a))} ({areas[a]})" for a in common])
    return w("p-fan-why", n=len(children), most=MOST_CHILDREN, groups=groups)


def _roots(view: View, net: Net, out: Writer) -> Iterator[tuple[str, str]]:
    w, h = view.words, view.assessment.hierarchy
    tops = set(h.tops)
    if not tops:
        return  # without declared tops every root is as good as another
    for iri in h.roots:
        if iri not in tops:
            n = len(h.children.get(iri, ()))
            yield w("p-root", a=out.concept(iri)), w("p-root-why", n=n)
    for iri in h.tops:
        if iri in net.concepts and not h.children.get(iri):
            yield w("p-top-empty", a=out.concept(iri)), w("p-top-empty-why")


def _orphans(view: View, net: Net, out: Writer) -> Iterator[tuple[str, str]]:
    """A broader concept for each concept outside: what its neighbours are, or are below; else its area's widest."""
    w, h = view.words, view.assessment.hierarchy
    widest: dict[str, list[tuple[int, float, str]]] = defaultdict(list)
    for iri, children in h.children.items():
        if children and net.area(iri):
            widest[net.area(iri)].append((-len(children), -net.pagerank(iri), iri))
    best = {area: min(found)[2] for area, found in widest.items()}
    for orphan in h.orphans:
        votes: Counter[str] = Counter()
        around = net.neighbours.get(orphan, set())
        for other in around:
            for candidate in {*h.parents.get(other, ()), *((other,) if h.children.get(other) else ())}:
                if candidate != orphan:
                    votes[candidate] += 1
        area = net.area(orphan)
        if votes:
            parent = min(votes, key=lambda c: (-votes[c], -net.pagerank(c), c))
            reason = w("p-orphan-why", n=votes[parent], all=len(around), b=out.concept(parent))
        elif area in best:
            parent = best[area]
            reason = w("p-orphan-area", area=md.escape(view.area(area)), b=out.concept(parent))
        else:
            yield w("p-orphan-none", a=out.concept(orphan)), w("p-orphan-none-why")
            continue
        yield w("p-orphan", a=out.concept(orphan), b=out.concept(parent)), reason
