"""Next steps for associations, most severe first, each with the notes and lines to edit."""

from __future__ import annotations

from collections.abc import Iterator

from kg.views.page import View, md, paths
from kg.views.reports.actions import ReportAction, check_list, command_for
from kg.views.reports.document import ReportWriter, Section
from kg.views.reports.missing import strongest
from kg.views.reports.net import Net

_PLAIN_SHARE = 0.5
_SHOWN = 5
_THIN = 3


def todo(view: View, net: Net, out: ReportWriter) -> Section:
    """The steps as a numbered list, each with its first places."""
    section = Section("todo", view.words("a-todo"))
    items = [*_errors(view, out), *_ties(view, net, out), *_lacking(view, net, out), *_pairs(view, net, out)]
    items += [*_thin(view, net, out), *_plain(view, net, out)]
    section.add(check_list(items) or view.words("a-todo-none"))
    return section


def lists(net: Net) -> tuple[list[str], list[str], list[str]]:
    """Concepts without associations, with plain links only, and with a single neighbour; each most important first."""
    measures = net.assessment.concepts
    order = sorted(net.concepts, key=lambda i: (net.rank_pagerank.get(i, 0), i))
    alone = [i for i in order if i not in measures or not measures[i].degree]
    loose = [i for i in order if i in measures and measures[i].degree and not measures[i].typed_degree]
    single = [i for i in order if i in measures and measures[i].degree == 1 and measures[i].typed_degree]
    return alone, loose, single


def _errors(view: View, out: ReportWriter) -> Iterator[ReportAction]:
    errors = sorted(
        (f for f in view.assessment.findings if f.severity == "error"), key=lambda f: (f.path, f.line, f.column, f.code)
    )
    if errors:
        lines = [
            f"{md.code(f'{f.path}:{f.line}')} {md.escape(f.code)}: {md.escape(view.finding(f)[0])}" for f in errors[:_SHOWN]
        ]
        yield ReportAction(view.words("todo-errors", n=len(errors)), "kg check", out.first(lines, len(errors)))


def _ties(view: View, net: Net, out: ReportWriter) -> Iterator[ReportAction]:
    """Isolated concepts, and links without a type: those between important concepts first."""
    w = view.words
    alone, _, _ = lists(net)
    if alone:
        below = out.first([out.located(i) for i in alone[:_SHOWN]], len(alone))
        yield ReportAction(w("todo-isolated", n=len(alone)), command_for(view, "kg suggest", alone[0]), below)
    if net.waiting:
        order = sorted(net.waiting, key=lambda u: (-net.pagerank(u[2]) - net.pagerank(u[3]), u))
        lines = [
            f"{out.concept(source)} → {out.concept(target)} {out.at(f'{path}:{line}' if path else '')}"
            for path, line, source, target in order[:_SHOWN]
        ]
        text = w("todo-untyped", n=len(order), all=len(net.untyped))
        yield ReportAction(text, "kg suggest --lane type", out.first(lines, len(order)))


def _lacking(view: View, net: Net, out: ReportWriter) -> Iterator[ReportAction]:
    """Concepts with associations that lack those which the measure requires."""
    measure = next((m for m in view.assessment.measures if m.name == "concept_association"), None)
    if measure is None or not net.typed:
        return  # without typed relations, all concepts are offenders, and the steps above are sufficient
    alone = set(lists(net)[0])
    missing: dict[str, list[str]] = {}
    for offender in measure.offenders:
        for reason in measure.reasons.get(offender, ()):
            if offender not in alone:
                missing.setdefault(reason, []).append(offender)
    for reason, offenders in sorted(missing.items(), key=lambda item: (-len(item[1]), item[0])):
        lack = md.escape(view.words.get(f"lack-{reason}", reason))
        lines = [out.located(i) for i in offenders[:_SHOWN]]
        text = view.words("todo-lack", lack=lack, n=len(offenders))
        yield ReportAction(text, "kg next --lacking", out.first(lines, len(offenders)))


def _pairs(view: View, net: Net, out: ReportWriter) -> Iterator[ReportAction]:
    pairs = strongest(view, net, _SHOWN)
    if pairs:
        lines = [f"{out.located(a)} ↔ {out.located(b)}" for a, b in pairs]
        yield ReportAction(view.words("todo-pairs", n=len(lines)), "kg suggest --review", lines)


def _thin(view: View, net: Net, out: ReportWriter) -> Iterator[ReportAction]:
    crossing = net.crossing()
    groups = view.communities
    thin = [c for c in groups if len(c.members) > 2 and crossing.get(c.index, 0) <= 1 and len(groups) > 1]
    for community in thin[:_THIN]:
        name = md.link(view.community(community.index), paths.relative(out.here, view.cluster_of(community.index)))
        text = view.words("todo-thin", name=name, n=crossing.get(community.index, 0))
        members = community.members[:2]
        yield ReportAction(text, command_for(view, "kg suggest", members[0]), [out.located(i) for i in members])


def _plain(view: View, net: Net, out: ReportWriter) -> Iterator[ReportAction]:
    """A symmetric relation that is used most of the time carries little information."""
    for iri, n in sorted(net.by_relation.items(), key=lambda item: (-item[1], item[0]))[:1]:
        relation = view.assessment.relations.get(iri)
        if relation and not relation.hierarchical and relation.symmetric and n > _PLAIN_SHARE * net.typed and n > 2:
            share = out.percent(n, net.typed)
            yield ReportAction(view.words("todo-plain", relation=md.escape(view.relation(iri)), share=share, n=n))
