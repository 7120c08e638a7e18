"""The section with the tree: its upper part as a figure, and a nested list down to a level."""

from __future__ import annotations

from kg.views.page import View, paths
from kg.views.page.figures import Branch, tree
from kg.views.reports.document import ReportWriter, Section
from kg.views.reports.net import Net

_LEVELS = 4
"""Levels of the tree in the nested list, including the root."""
_ENTRIES = 400
_BRANCHES = 7
_LEAVES = 60


def tree_section(view: View, net: Net, out: ReportWriter) -> Section:
    """The tree from its roots; each concept is expanded once."""
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

    def write(iri: str, level: int, above: str = "") -> None:
        nonlocal left
        if len(lines) >= _ENTRIES:
            left += 1
            return
        children = _order(net, h.children.get(iri, ()))
        again = iri in seen and bool(children)
        note = " ↗" if again else ""
        if children and not again and level + 1 >= _LEVELS:
            note = f" ({w('h-below', n=len(children))})"
        mark = _MARKS.get(_kind(net, iri, above), "")
        lines.append(f"{'  ' * level}- {mark}{out.concept(iri)}{note}")
        if not again and level + 1 < _LEVELS:
            seen.add(iri)
            for child in children:
                write(child, level + 1, iri)

    for root in roots:
        write(root, 0)
    section.add(w("h-tree-how", depth=_LEVELS - 1), "\n".join(lines))
    if left:
        section.add(w("and-more", n=left))
    return section


_MARKS = {"partitive": "◇ ", "instantial": "• "}


def _kind(net: Net, iri: str, above: str) -> str:
    """The kind of a narrower concept: the most specific relation that states it."""
    return min(net.broader_kinds.get((iri, above), ("",)), default="")


def _order(net: Net, iris: tuple[str, ...]) -> list[str]:
    """Concepts with the most descendants first, then in the order of labels."""
    children = net.assessment.hierarchy.children
    return sorted(iris, key=lambda i: (-len(children.get(i, ())), -net.pagerank(i), i))


def _picture(view: View, net: Net, out: ReportWriter, roots: list[str]) -> str:
    """The upper part of the tree as a figure of limited size."""
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
        label = label if shown or not children else f"{label} (+{len(children)})"
        return Branch(label, href, tuple(shown), kind=_kind(net, iri, above[-1] if above else ""))

    made: list[Branch] = []
    for root in roots:
        if leaves >= _LEAVES:
            made.append(Branch(w("h-not-shown", n=len(roots) - len(made)), quiet=True))
            break
        made.append(branch(root, 0, ()))
    return tree(made, w("fig-tree"))
