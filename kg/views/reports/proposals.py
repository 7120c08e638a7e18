"""Proposals for a better hierarchy as a check list, each with the reason from the data, a command and the place to edit."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from kg.views.page import View, md
from kg.views.page.commands import command_line
from kg.views.reports.actions import ReportAction, check_list, command_for
from kg.views.reports.document import ReportWriter, Section
from kg.views.reports.net import Net

MOST_CHILDREN = 20
"""Maximum number of narrower concepts that a reader can survey."""
_GROUPS = 8
"""Maximum number of groups for an intermediate level."""
_LARGEST = 0.75
"""Maximum share of the children in one group; a larger group wouldn't be an improvement."""
_ROWS = 60
_NAMED = 6


def proposals_section(view: View, net: Net, out: ReportWriter) -> Section:
    """All proposals as a check list."""
    w = view.words
    section = Section("proposals", w("h-proposals"))
    made = proposals(view, net, out)
    if not made:
        section.add(w("h-proposals-none"))
        return section
    section.add(w("h-proposals-how"), check_list(made[:_ROWS]))
    if len(made) > _ROWS:
        section.add(w("and-more", n=len(made) - _ROWS))
    return section


def proposals(view: View, net: Net, out: ReportWriter) -> list[ReportAction]:
    """Proposals, most severe first: cycles, redundant relations, concepts outside, roots, fan-out, unset layers."""
    return list(_all(view, net, out))


def _all(view: View, net: Net, out: ReportWriter) -> Iterator[ReportAction]:
    w, h = view.words, view.assessment.hierarchy
    for cycle in h.cycles:
        steps = list(zip(cycle, [*cycle[1:], cycle[0]], strict=True))
        a, b = min(steps, key=lambda step: (net.pagerank(step[1]), step))
        place = out.at(net.broader_at.get((a, b), ""))
        text = w("p-cycle", a=out.concept(a), b=out.concept(b))
        yield ReportAction(text, command_for(view, "kg why", a, b), [w("p-cycle-why", n=len(cycle)), place])
    for a, b in h.redundant:
        place = out.at(net.broader_at.get((a, b), ""))
        text = w("p-redundant", a=out.concept(a), b=out.concept(b))
        yield ReportAction(text, command_for(view, "kg why", a, b), [w("p-redundant-why"), place])
    yield from _outside(view, net, out)
    yield from _roots(view, net, out)
    single = []
    for iri in sorted(h.children, key=lambda i: (-len(h.children[i]), i)):
        children = h.children[iri]
        if len(children) > MOST_CHILDREN:
            command = command_line("kg query", f"SELECT ?concept WHERE {{ ?concept skos:broader <{iri}> }}")
            yield ReportAction(w("p-fan", a=out.concept(iri)), command, [*_fan(view, net, iri, children), out.place(iri)])
        elif len(children) == 1 and iri not in h.roots and h.parents.get(children[0]) == (iri,):
            single.append(iri)
    if single:
        pairs = [f"{out.located(i)} → {out.concept(h.children[i][0])}" for i in single[:_NAMED]]
        below = [w("p-single-why"), *out.first(pairs, len(single))]
        yield ReportAction(w("p-single", n=len(single)), "kg check --select KG407", below)
    unset = [i for i, c in net.concepts.items() if not c.layer or not c.area]
    if unset and len(unset) < len(net.concepts):
        unset.sort(key=lambda i: (-net.pagerank(i), i))
        names = " ".join(net.concepts[i].id for i in unset[:_NAMED])
        command = command_line("kg ls --format path --select-concepts", names)
        yield ReportAction(w("p-unset", n=len(unset)), command, [w("p-unset-why"), *_places(out, unset)])


def _places(out: ReportWriter, iris: Sequence[str]) -> list[str]:
    """The first of the concepts in a proposal, each with its place, and the number of the others."""
    return out.first([out.located(i) for i in iris[:_NAMED]], len(iris))


def _fan(view: View, net: Net, parent: str, children: tuple[str, ...]) -> list[str]:
    """Why an intermediate level would help, and each group of the most even partition, with some members."""
    w, measures = view.words, view.assessment.concepts
    divisions: dict[str, dict[str, list[str]]] = {}
    for child in children:
        concept = net.concepts.get(child)
        kinds = net.broader_kinds.get((child, parent), set())
        names = {
            "area": view.area(concept.area) if concept else "",
            "type": w.key(concept.type) if concept else "",
            "kind": w(f"kind-{min(kinds)}") if kinds else "",
            "community": view.community(measures[child].community) if child in measures else "",
        }
        for how, name in names.items():
            divisions.setdefault(how, {}).setdefault(name, []).append(child)
    # A partition helps if it has few groups, none of them nearly as large as the whole.
    fit = {
        how: max(map(len, groups.values())) / len(children) for how, groups in divisions.items() if 2 <= len(groups) <= _GROUPS
    }
    if not fit or min(fit.values()) > _LARGEST:
        return [w("p-fan-why-plain", n=len(children), most=MOST_CHILDREN)]
    how = min(fit, key=lambda h: (fit[h], list(divisions).index(h)))
    groups = divisions[how]
    shown = [
        w("p-fan-group", name=md.escape(name), n=len(groups[name]), list=out_of(view, groups[name]))
        for name in sorted(groups, key=lambda g: (-len(groups[g]), g))
    ]
    return [w("p-fan-why", n=len(children), most=MOST_CHILDREN, how=w(f"p-fan-by-{how}")), *shown]


def out_of(view: View, iris: Sequence[str]) -> str:
    """The first labels of a group, escaped."""
    named = [md.escape(view.label(i)) for i in iris[:3]]
    return view.words.join(named) + ("…" if len(iris) > 3 else "")


def _roots(view: View, net: Net, out: ReportWriter) -> Iterator[ReportAction]:
    w, h = view.words, view.assessment.hierarchy
    tops = set(h.tops)
    if not tops:
        return  # without declared top concepts, all roots are equal
    for iri in h.roots:
        if iri not in tops:
            n = len(h.children.get(iri, ()))
            command = command_for(view, "kg suggest --lane hierarchy", iri)
            yield ReportAction(w("p-root", a=out.concept(iri)), command, [w("p-root-why", n=n), out.place(iri)])
    for iri in h.tops:
        if iri in net.concepts and not h.children.get(iri):
            command = command_for(view, "kg suggest --lane hierarchy", iri)
            yield ReportAction(w("p-top-empty", a=out.concept(iri)), command, [w("p-top-empty-why"), out.place(iri)])


def _outside(view: View, net: Net, out: ReportWriter) -> Iterator[ReportAction]:
    """Propose a broader concept for each concept outside: its neighbours or their ancestors; otherwise the root of its area.

    Concepts without any candidate are combined into one proposal.
    """
    w, h = view.words, view.assessment.hierarchy
    widest: dict[str, list[tuple[int, float, str]]] = defaultdict(list)
    for iri, children in h.children.items():
        if children and net.area(iri):
            widest[net.area(iri)].append((-len(children), -net.pagerank(iri), iri))
    best = {area: min(candidates)[2] for area, candidates in widest.items()}
    voted: list[tuple[int, str, ReportAction]] = []
    unknown: list[str] = []
    for orphan in h.orphans:
        votes: Counter[str] = Counter()
        around = net.neighbours.get(orphan, set())
        for neighbour in around:
            for candidate in {*h.parents.get(neighbour, ()), *((neighbour,) if h.children.get(neighbour) else ())}:
                if candidate != orphan:
                    votes[candidate] += 1
        area = net.area(orphan)
        if votes:
            parent = min(votes, key=lambda c: (-votes[c], -net.pagerank(c), c))
            why = w("p-orphan-why", n=votes[parent], all=len(around), b=out.concept(parent))
        elif area in best:
            parent = best[area]
            why = w("p-orphan-area", area=md.escape(view.area(area)), b=out.concept(parent))
        else:
            unknown.append(orphan)
            continue
        step = w("p-orphan", a=out.concept(orphan), b=out.concept(parent))
        command = command_for(view, "kg suggest --lane hierarchy", orphan)
        voted.append((-votes[parent], orphan, ReportAction(step, command, [why, out.place(orphan)])))
    yield from (proposal for *_, proposal in sorted(voted, key=lambda row: row[:2]))
    if unknown:
        unknown.sort(key=lambda i: (-net.pagerank(i), i))
        why = w("p-orphan-none-why") if net.hierarchical else w("p-orphan-first-why")
        below = [why, *_places(out, unknown)]
        yield ReportAction(w("p-orphan-none", n=len(unknown)), "kg suggest --lane hierarchy", below)
