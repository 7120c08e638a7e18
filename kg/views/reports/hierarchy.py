"""The hierarchy document: layers and areas, the tree, its shape, its faults, and proposals."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence

from kg.views.page import View, amount, md, paths
from kg.views.page.figures import Bar, bars
from kg.views.page.words import key_order
from kg.views.reports.document import Report, ReportWriter, Section
from kg.views.reports.flaws import flaws
from kg.views.reports.gaps import concepts_line
from kg.views.reports.kinds import kinds_section
from kg.views.reports.net import Net
from kg.views.reports.proposals import proposals_section
from kg.views.reports.tree import tree_section

_ROOTS = 40
_ORPHANS = 60
_SPREAD = 2
"""Minimum mean number of concepts below siblings for a statement on balance."""
_UNEVEN = 8
_FAN = ((1, 1), (2, 2), (3, 5), (6, 10), (11, 20), (21, None))


def hierarchy(view: View, net: Net) -> Report:
    """The document in the view's language."""
    w = view.words
    out = ReportWriter(view, paths.HIERARCHY)
    if not net.concepts:
        sections = [Section("summary", w("summary"), [w("none-concepts")])]
    else:
        sections = [
            _summary(view, net, out),
            proposals_section(view, net, out),
            _layers(view, net, out),
            tree_section(view, net, out),
        ]
        if net.hierarchical:
            sections += [kinds_section(view, net, out), _roots(view, out), _shape(view, out), flaws(view, net, out)]
        sections.append(_orphans(view, out))
    return Report(paths.HIERARCHY, "hierarchy", w("hierarchy"), w("h-lead"), sections)


def _summary(view: View, net: Net, out: ReportWriter) -> Section:
    w, h = view.words, view.assessment.hierarchy
    concepts = net.concepts.values()
    layers = {c.layer for c in concepts if c.layer}
    areas = {c.area for c in concepts if c.area}
    links = sum(len(p) for p in h.parents.values())
    numbers = {"concepts": concepts_line(view), "links": w("n-hierarchical", n=links)}
    if layers or areas:
        lines = [w("h-sum-size", layers=w("n-layers", n=len(layers)), areas=w("n-areas", n=len(areas)), **numbers)]
    else:
        lines = [w("h-sum-plain", **numbers)]
    placed = _placed(view)
    if placed:
        mean = amount(sum(placed.values()) / len(placed))
        fan = max((len(c) for c in h.children.values()), default=0)
        deep = w("n-levels", n=max(placed.values()) + 1)
        lines.append(w("h-sum-shape", roots=w("n-roots", n=len(h.roots)), deep=deep, mean=mean, fan=fan))
    else:
        lines.append(w("h-sum-none", unknown=w("unknown")))
    if placed or h.cycles:
        redundant, orphans = w("n-redundant", n=len(h.redundant)), w("n-concepts", n=len(h.orphans))
        lines.append(w("h-sum-faults", cycles=w("n-cycles", n=len(h.cycles)), redundant=redundant, orphans=orphans))
    section = Section("summary", w("summary"))
    section.add("\n".join(f"- {line}" for line in lines))
    section.add(w("see-map", url=paths.relative(out.here, view.map(paths.OVERVIEW_MAP))))
    return section


def _placed(view: View) -> dict[str, int]:
    """Depth of the concepts in trees; an isolated concept is not a tree."""
    h = view.assessment.hierarchy
    return {iri: d for iri, d in h.depth.items() if h.parents.get(iri) or h.children.get(iri)}


def _layers(view: View, net: Net, out: ReportWriter) -> Section:
    w = view.words
    if not any(c.layer or c.area for c in net.concepts.values()):
        return Section("layers", w("h-layers"), [w("h-layers-none")])
    placed = _placed(view)
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    for iri, concept in net.concepts.items():
        groups[concept.layer, concept.area].append(iri)
    rows = []

    def row(first: str, second: str, iris: list[str]) -> list[str]:
        depths = [placed[i] for i in iris if i in placed]
        mean = f"{sum(depths) / len(depths):.2f}" if depths else w("no-place")
        return [first, second, amount(len(iris)), amount(len(depths)), mean]

    for layer in sorted({layer for layer, _ in groups}, key=key_order):
        members = [i for (la, _), iris in groups.items() if la == layer for i in iris]
        rows.append(row(f"**{md.escape(view.layer(layer))}**", w("total"), members))
        areas = sorted((area for la, area in groups if la == layer), key=lambda a: (not a, -len(groups[layer, a]), a))
        rows += [row("", md.escape(view.area(area)), groups[layer, area]) for area in areas]
    headers = [w("layer"), w("area"), w("concepts-n"), w("placed"), w("mean-depth")]
    return Section("layers", w("h-layers"), [w("h-layers-how"), out.table(headers, rows, "llrrr")])


def _roots(view: View, out: ReportWriter) -> Section:
    w, h = view.words, view.assessment.hierarchy
    section = Section("roots", w("h-roots"), [w("h-roots-how")])
    if h.roots:
        rows = []
        first = sorted(h.roots, key=lambda i: (-len(h.children.get(i, ())), i))
        for iri in first[:_ROOTS]:
            below, levels = _below(view, iri)
            declared = w("yes") if iri in h.tops else w("no")
            children = len(h.children.get(iri, ()))
            rows.append([out.concept(iri), amount(children), amount(below), amount(levels), declared, out.place(iri)])
        headers = [w("concept"), w("children"), w("below"), w("deepest"), w("declared"), w("place")]
        section.add(out.table(headers, rows, "lrrrll"))
        if len(h.roots) > _ROOTS:
            section.add(w("and-more", n=len(h.roots) - _ROOTS))
    else:
        section.add(w("h-roots-none"))
    section.add(w("h-tops", list=out.concepts(h.tops, 12)) if h.tops else w("h-tops-none"))
    return section


def _below(view: View, root: str) -> tuple[int, int]:
    """Number of concepts below a root, and number of levels by shortest paths."""
    children = view.assessment.hierarchy.children
    seen, level, levels = {root}, [root], 0
    while level:
        following = {c for iri in level for c in children.get(iri, ())} - seen
        seen |= following
        level = sorted(following)
        levels += bool(level)
    return len(seen) - 1, levels


def _shape(view: View, out: ReportWriter) -> Section:
    w, h = view.words, view.assessment.hierarchy
    section = Section("shape", w("h-depth"))
    placed = _placed(view)
    if placed:
        mean = amount(sum(placed.values()) / len(placed))
        section.add(w("h-depth-is", n=len(placed), deep=max(placed.values()), mean=mean))
        levels = Counter(placed.values())
        names = {d: w("level", n=d) if d else w("level-root") for d in sorted(levels)}
        rows = [[names[d], amount(levels[d]), out.percent(levels[d], len(placed))] for d in names]
        section.add(bars([Bar(names[d], levels[d], amount(levels[d])) for d in names], w("fig-levels")))
        section.add(out.table([w("level-head"), w("concepts-n"), w("share")], rows, "lrr"))
    else:
        section.add(w("h-depth-none", unknown=w("unknown")))
    fans = {iri: len(c) for iri, c in h.children.items() if c}
    if not fans:
        section.add(w("h-fan-none"))
        return section
    widest = min(fans, key=lambda i: (-fans[i], i))
    mean = amount(sum(fans.values()) / len(fans))
    section.add(w("h-fan-is", n=len(fans), most=fans[widest], which=out.concept(widest), mean=mean))
    steps = []
    for low, high in _FAN:
        n = sum(low <= f and (high is None or f <= high) for f in fans.values())
        name = _range(low, high)
        steps.append((w("fan-row", n=name), n))
    section.add(bars([Bar(name, n, amount(n)) for name, n in steps], w("fig-fan")))
    rows = [[md.escape(name), amount(n), out.percent(n, len(fans))] for name, n in steps if n]
    section.add(out.table([w("children"), w("concepts-n"), w("share")], rows, "lrr"))
    section.add(*_balance(view, out))
    return section


def _range(low: int, high: int | None) -> str:
    if high is None:
        return f"> {low - 1}"
    return str(low) if low == high else f"{low}–{high}"


def _balance(view: View, out: ReportWriter) -> list[str]:
    """How evenly concepts are distributed over siblings, and the parents with the least even distribution."""
    w, h = view.words, view.assessment.hierarchy
    size = {iri: 1 + _below(view, iri)[0] for iri in h.depth}
    rated: list[tuple[float, str, int, str]] = []
    for iri, children in h.children.items():
        sizes = [size.get(c, 1) for c in children]
        if len(sizes) > 1 and sum(sizes) >= _SPREAD * len(sizes):
            largest = max(range(len(sizes)), key=lambda i: (sizes[i], children[i]))
            rated.append((evenness(sizes), iri, sizes[largest], children[largest]))
    if not rated:
        return [w("h-balance-none")]
    rated.sort(key=lambda row: (row[0], row[1]))
    mean = sum(row[0] for row in rated) / len(rated)
    rows = [
        [out.concept(iri), f"{value:.2f}", out.concept(largest), amount(most)] for value, iri, most, largest in rated[:_UNEVEN]
    ]
    headers = [w("concept"), w("evenness"), w("largest-branch"), w("concepts-n")]
    return [w("h-balance", n=len(rated), mean=f"{mean:.2f}"), out.table(headers, rows, "lrlr")]


def evenness(sizes: Sequence[int]) -> float:
    """Pielou's evenness: the Shannon entropy of the shares divided by its maximum; 1 for equal siblings.

    Pielou 1966, The measurement of diversity in different types of biological collections, J. Theoret. Biol. 13.

    >>> evenness([4, 4]), round(evenness([9, 1]), 3)
    (1.0, 0.469)
    """
    whole = sum(sizes)
    entropy = -math.fsum(n / whole * math.log(n / whole) for n in sizes if n)
    return entropy / math.log(len(sizes))


def _orphans(view: View, out: ReportWriter) -> Section:
    w, h = view.words, view.assessment.hierarchy
    section = Section("orphans", w("h-orphans"))
    section.add(w("h-orphans-some", n=len(h.orphans)) if h.orphans else w("h-orphans-none"), out.items(h.orphans, _ORPHANS))
    return section
