"""The document on the knowledge hierarchy: layers and areas, the tree, its shape, its flaws and proposals."""

from __future__ import annotations

from collections import Counter, defaultdict

from kg.page import View, amount, paths
from kg.page import markdown as md
from kg.page.figures import Bar, Branch, bars, tree
from kg.page.words import key_order
from kg.reports.document import Report, Section, Writer
from kg.reports.net import Net
from kg.reports.proposals import proposals

_LEVELS = 4
"""Levels of the tree that the nested list shows, the root included."""
_ENTRIES = 400
_BRANCHES = 7
_LEAVES = 60
_ROOTS = 40
_FAN = ((1, 1), (2, 2), (3, 5), (6, 10), (11, 20), (21, None))


def hierarchy(view: View, net: Net) -> Report:
    """The document in the view's language."""
    w = view.words
    out = Writer(view, paths.HIERARCHY)
    if not net.concepts:
        sections = [Section("summary", w("summary"), [w("none-concepts")])]
    else:
        sections = [
            _summary(view, net, out),
            _layers(view, net, out),
            _tree(view, net, out),
            _roots(view, out),
            _shape(view, out),
            _orphans(view, out),
            _cycles(view, net, out),
            _redundant(view, net, out),
            _polyhierarchy(view, net, out),
            _proposals(view, net, out),
        ]
    return Report(paths.HIERARCHY, "hierarchy", w("hierarchy"), w("h-lead"), sections)


def _summary(view: View, net: Net, out: Writer) -> Section:
    w, h = view.words, view.assessment.hierarchy
    concepts = net.concepts.values()
    layers = {c.layer for c in concepts if c.layer}
    areas = {c.area for c in concepts if c.area}
    links = sum(len(p) for p in h.parents.values())
    lines = [w("h-sum-size", concepts=len(concepts), layers=len(layers), areas=len(areas), links=links)]
    placed = _placed(view)
    if placed:
        mean = amount(sum(placed.values()) / len(placed))
        fan = max((len(c) for c in h.children.values()), default=0)
        lines.append(w("h-sum-shape", roots=len(h.roots), deep=max(placed.values()) + 1, mean=mean, fan=fan))
    else:
        lines.append(w("h-sum-none", unknown=w("unknown")))
    lines.append(w("h-sum-faults", cycles=len(h.cycles), redundant=len(h.redundant), orphans=len(h.orphans)))
    section = Section("summary", w("summary"))
    section.add("\n".join(f"- {line}" for line in lines))
    section.add(w("see-map", url=paths.relative(out.here, view.map(paths.OVERVIEW_MAP))))
    return section


def _placed(view: View) -> dict[str, int]:
    """Depth of the concepts that are in a tree: a lone concept is no tree, whatever its depth."""
    h = view.assessment.hierarchy
    return {iri: d for iri, d in h.depth.items() if h.parents.get(iri) or h.children.get(iri)}


def _layers(view: View, net: Net, out: Writer) -> Section:
    w = view.words
    placed = _placed(view)
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    for iri, concept in net.concepts.items():
        groups[concept.layer, concept.area].append(iri)
    rows = []

    def row(first: str, second: str, iris: list[str]) -> list[str]:
        depths = [placed[i] for i in iris if i in placed]
        mean = f"{sum(depths) / len(depths):.2f}" if depths else w("unknown")
        return [first, second, amount(len(iris)), amount(len(depths)), mean]

    for layer in sorted({layer for layer, _ in groups}, key=key_order):
        members = [i for (la, _), iris in groups.items() if la == layer for i in iris]
        rows.append(row(f"**{md.escape(view.layer(layer))}**", w("total"), members))
        areas = sorted((area for la, area in groups if la == layer), key=lambda a: (not a, -len(groups[layer, a]), a))
        rows += [row("", md.escape(view.area(area)), groups[layer, area]) for area in areas]
    headers = [w("layer"), w("area"), w("concepts-n"), w("placed"), w("mean-depth")]
    return Section("layers", w("h-layers"), [w("h-layers-how"), out.table(headers, rows, "llrrr")])


def _tree(view: View, net: Net, out: Writer) -> Section:
    w, h = view.words, view.assessment.hierarchy
    section = Section("tree", w("h-tree"))
    roots = _order(net, h.roots)
    if not roots:
        section.add(w("h-tree-cycle") if h.cycles else w("h-tree-none"))
        return section
    section.add(_picture(view, net, out, roots))
    lines: list[str] = []
    seen: set[str] = set()
    left = 0

    def write(iri: str, level: int) -> None:
        nonlocal left
        if len(lines) >= _ENTRIES:
            left += 1
            return
        children = _order(net, h.children.get(iri, ()))
        again = iri in seen and bool(children)
        note = " ↗" if again else ""
        if children and not again and level + 1 >= _LEVELS:
            note = f" ({w('h-below', n=len(children))})"
        lines.append(f"{'  ' * level}- {out.concept(iri)}{note}")
        if not again and level + 1 < _LEVELS:
            seen.add(iri)
            for child in children:
                write(child, level + 1)

    for root in roots:
        write(root, 0)
    section.add(w("h-tree-how", depth=_LEVELS - 1), "\n".join(lines))
    if left:
        section.add(w("and-more", n=left))
    return section


def _order(net: Net, iris: tuple[str, ...]) -> list[str]:
    """Concepts with most below first, then as they are labelled in the notes' order."""
    children = net.assessment.hierarchy.children
    return sorted(iris, key=lambda i: (-len(children.get(i, ())), -net.pagerank(i), i))


def _picture(view: View, net: Net, out: Writer, roots: list[str]) -> str:
    """The upper part of the tree as a figure, cut so that it can be taken in."""
    w, h = view.words, view.assessment.hierarchy
    leaves = 0

    def branch(iri: str, level: int, above: tuple[str, ...]) -> Branch:
        nonlocal leaves
        children = [c for c in _order(net, h.children.get(iri, ())) if c not in above]
        target = view.page_of(iri)
        href = paths.relative(out.here, target) if target else None
        shown: list[Branch] = []
        if level < _LEVELS - 1 and leaves < _LEAVES:
            shown = [branch(c, level + 1, (*above, iri)) for c in children[:_BRANCHES]]
            if len(children) > _BRANCHES:
                leaves += 1
                shown.append(Branch(w("h-not-shown", n=len(children) - _BRANCHES), quiet=True))
        if not shown:
            leaves += 1
        label = view.label(iri)
        return Branch(label if shown or not children else f"{label} (+{len(children)})", href, tuple(shown))

    made: list[Branch] = []
    for root in roots:
        if leaves >= _LEAVES:
            made.append(Branch(w("h-not-shown", n=len(roots) - len(made)), quiet=True))
            break
        made.append(branch(root, 0, ()))
    return tree(made, w("fig-tree"))


def _roots(view: View, out: Writer) -> Section:
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
    """How many concepts lie below a root, and on how many levels by the shortest way."""
    children = view.assessment.hierarchy.children
    seen, level, levels = {root}, [root], 0
    while level:
        following = {c for iri in level for c in children.get(iri, ())} - seen
        seen |= following
        level = sorted(following)
        levels += bool(level)
    return len(seen) - 1, levels


def _shape(view: View, out: Writer) -> Section:
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
        section.add(out.table([w("level", n="").strip(), w("concepts-n"), w("share")], rows, "lrr"))
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
        name = f"> {low - 1}" if high is None else str(low) if low == high else f"{low}–{high}"
        steps.append((w("fan-row", n=name), n))
    section.add(bars([Bar(name, n, amount(n)) for name, n in steps], w("fig-fan")))
    rows = [[md.escape(name), amount(n), out.percent(n, len(fans))] for name, n in steps if n]
    section.add(out.table([w("children"), w("concepts-n"), w("share")], rows, "lrr"))
    return section


def _orphans(view: View, out: Writer) -> Section:
    w, h = view.words, view.assessment.hierarchy
    section = Section("orphans", w("h-orphans"))
    section.add(w("h-orphans-some", n=len(h.orphans)) if h.orphans else w("h-orphans-none"), out.items(h.orphans))
    return section


def _cycles(view: View, net: Net, out: Writer) -> Section:
    w, h = view.words, view.assessment.hierarchy
    section = Section("cycles", w("h-cycles"))
    if not h.cycles:
        section.add(w("h-cycles-none"))
        return section
    lines = []
    for cycle in h.cycles[:50]:
        steps = [
            f"{out.concept(a)} → {out.concept(b)} {out.at(net.broader_at.get((a, b), ''))}"
            for a, b in zip(cycle, [*cycle[1:], cycle[0]], strict=True)
        ]
        lines.append(f"- {w.join(steps)}")
    section.add(w("h-cycles-some", n=len(h.cycles)), "\n".join(lines))
    if len(h.cycles) > 50:
        section.add(w("and-more", n=len(h.cycles) - 50))
    return section


def _redundant(view: View, net: Net, out: Writer) -> Section:
    w, h = view.words, view.assessment.hierarchy
    section = Section("redundant", w("h-redundant"))
    if not h.redundant:
        section.add(w("h-redundant-none"))
        return section
    rows = [[out.concept(a), out.concept(b), out.at(net.broader_at.get((a, b), ""))] for a, b in h.redundant]
    section.add(w("h-redundant-some", n=len(h.redundant)))
    section.add(out.table([w("concept"), w("broader"), w("stated")], rows, "lll"))
    return section


def _polyhierarchy(view: View, net: Net, out: Writer) -> Section:
    w, h = view.words, view.assessment.hierarchy
    section = Section("several", w("h-poly"))
    if not h.polyhierarchy:
        section.add(w("h-poly-none"))
        return section
    rows = []
    for iri in h.polyhierarchy:
        parents = h.parents.get(iri, ())
        stated = [out.at(net.broader_at.get((iri, p), "")) for p in parents]
        rows.append([out.concept(iri), out.concepts(parents, 6), w.join(list(dict.fromkeys(stated))[:6])])
    section.add(w("h-poly-some", n=len(h.polyhierarchy)))
    section.add(out.table([w("concept"), w("broader"), w("stated")], rows, "lll"))
    return section


def _proposals(view: View, net: Net, out: Writer) -> Section:
    w = view.words
    section = Section("proposals", w("h-proposals"))
    made = proposals(view, net, out)
    if not made:
        section.add(w("h-proposals-none"))
        return section
    section.add(w("h-proposals-how"))
    section.add(out.table([w("n"), w("proposal"), w("why")], [[str(i), *row] for i, row in enumerate(made, 1)], "rll", 120))
    return section
