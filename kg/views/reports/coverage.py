"""The coverage report: covered topics of scope lists, missing topics as a to-do list, and depth."""

from __future__ import annotations

from shlex import quote
from typing import Final
from urllib.parse import unquote

from kg.base.names import split_bilingual
from kg.model import TopicList, TopicState, text_in
from kg.views.page import View, amount, md, paths
from kg.views.page.commands import command_line
from kg.views.page.figures import Bar, bars
from kg.views.page.words import key_order
from kg.views.reports.actions import ReportAction, check_list
from kg.views.reports.document import Report, ReportWriter, Section
from kg.views.reports.measured import measured

_NAMED: Final = 3
"""Number of concepts of a topic that are named."""


def coverage(view: View) -> Report:
    """The report in the view's language."""
    w = view.words
    out = ReportWriter(view, paths.COVERAGE)
    lists = view.assessment.lists
    checked = [topics for topics in lists if topics.checked]
    if checked:
        sections = [_summary(view, checked), _areas(view, out, checked), _lists(view, out), _todo(view, out, checked)]
    else:
        sections = [Section("summary", w("summary"), [_lines(view), w("c-none")])]
        sections += [_lists(view, out)] if lists else []
    if view.assessment.blind:
        sections.append(_blind(view, out))
    sections += [_depth(view, out), _competency(view, out)]
    return Report(paths.COVERAGE, "coverage", w("coverage"), w("c-lead"), sections)


def title_of(view: View, topics: TopicList) -> str:
    """The title of a scope list in the view's language."""
    return topics.title.get(view.lang) or topics.title.get("en") or next(iter(topics.title.values()), topics.key)


def _lines(view: View) -> str:
    shown = ("theory_coverage", "theory_depth", "competency")
    return "\n".join(f"- {measured(view, m)}" for m in view.assessment.measures if m.name.partition(".")[0] in shown)


def _by_area(lists: list[TopicList]) -> dict[str, list[TopicList]]:
    areas: dict[str, list[TopicList]] = {}
    for topics in sorted(lists, key=lambda f: (key_order(f.area), f.key)):
        areas.setdefault(topics.area, []).append(topics)
    return areas


def _summary(view: View, lists: list[TopicList]) -> Section:
    w = view.words
    topics, met = sum(len(f.topics) for f in lists), sum(f.met for f in lists)
    size = w(
        "c-size", lists=w("n-lists", n=len(lists)), topics=w("n-topics", n=topics), areas=w("n-areas", n=len(_by_area(lists))),
        met=met, short=topics - met,
    )  # fmt: skip
    lines = [size]
    measure = next((m for m in view.assessment.measures if m.name == "theory_coverage"), None)
    if measure and measure.floor is not None:
        floor = w.percent(measure.floor)
        below = len(measure.below_floor)
        poorest = sorted((f for f in lists if f.topics), key=lambda f: (f.met / len(f.topics), f.key))[: min(below, 3)]
        shown = [md.escape(title_of(view, f)) for f in poorest]
        names = w.join([*shown, w("more", n=below - len(shown))] if below > len(shown) else shown)
        lines.append(w("c-floor", floor=floor, n=below, names=names) if below else w("c-floor-met", floor=floor))
    return Section("summary", w("summary"), [_lines(view) + "\n" + "\n".join(f"- {line}" for line in lines)])


def _areas(view: View, out: ReportWriter, lists: list[TopicList]) -> Section:
    w = view.words
    rows, figure = [], []
    for area, own in _by_area(lists).items():
        met, topics = sum(f.met for f in own), sum(len(f.topics) for f in own)
        rows.append([md.escape(view.area(area)), amount(len(own)), amount(met), amount(topics), out.percent(met, topics)])
        figure.append(Bar(view.area(area), met / topics if topics else 0.0, out.percent(met, topics)))
    headers = [w("area"), w("list"), w("topics-met"), w("topics"), w("share")]
    section = Section("areas", w("c-areas"), [w("c-areas-how"), out.table(headers, rows, "lrrrr")])
    section.add(bars(figure, w("fig-areas-met"), 1.0))
    return section


def _lists(view: View, out: ReportWriter) -> Section:
    w = view.words
    rows = []
    for topics in sorted(view.assessment.lists, key=lambda f: (not f.checked, key_order(f.area), f.key)):
        title = md.escape(title_of(view, topics))
        if topics.source.startswith(("https://", "http://")) and not any(c in topics.source for c in " ()<>\n"):
            title = f"[{title}]({topics.source})"
        share = out.percent(topics.met, len(topics.topics)) if topics.checked else w("unchecked")
        row = [
            md.escape(view.area(topics.area)),
            title,
            md.escape(topics.edition),
            amount(topics.met),
            amount(len(topics.topics)),
        ]
        rows.append([*row, share])
    headers = [w("area"), w("list"), w("edition"), w("topics-met"), w("topics"), w("share")]
    return Section("lists", w("c-lists"), [w("c-lists-how"), out.table(headers, rows, "lllrrr")])


def _blind(view: View, out: ReportWriter) -> Section:
    w = view.words
    rows = []
    for blind in view.assessment.blind:
        topics = blind.topics
        first = blind.first
        before = amount(first.met) if first is not None else w("c-blind-changed" if blind.changed else "c-blind-none")
        title = md.escape(title_of(view, topics))
        rows.append([title, md.escape(topics.edition), amount(len(topics.topics)), before, amount(topics.met)])
    firsts = [blind.first.met if blind.first is not None else 0 for blind in view.assessment.blind]
    sizes = [len(blind.topics.topics) for blind in view.assessment.blind]
    met = [blind.topics.met for blind in view.assessment.blind]
    rows.append([w("c-blind-together"), "", amount(sum(sizes)), amount(sum(firsts)), amount(sum(met))])
    headers = [w("list"), w("edition"), w("topics"), w("c-blind-first"), w("c-blind-now")]
    return Section("blind", w("c-blind"), [w("c-blind-how"), out.table(headers, rows, "llrrr")])


def _todo(view: View, out: ReportWriter, lists: list[TopicList]) -> Section:
    w = view.words
    section = Section("todo", w("c-todo"))
    if all(f.met == len(f.topics) for f in lists):
        section.add(w("c-todo-none"))
        return section
    section.add(w("c-todo-how"))
    for area, own in _by_area(lists).items():
        if all(f.met == len(f.topics) for f in own):
            continue
        section.add(f"### {md.escape(view.area(area))}")
        for topics in own:
            missing = [t for t in topics.topics if t.lacks]
            if missing:
                title = md.escape(title_of(view, topics))
                section.add(f"**{w('c-todo-list', title=title, n=len(missing), all=len(topics.topics))}**")
                steps = (_step(view, out, topics, t) for t in sorted(missing, key=_cost))
                section.add(check_list(steps, numbered=False))
    return section


def _cost(topic: TopicState) -> tuple[bool, bool, float]:
    """Sort key: topics with the least missing first; ties keep the order of the source."""
    return not topic.concepts, not topic.near, -topic.near[0].likeness if topic.near else 0.0


def _step(view: View, out: ReportWriter, topics: TopicList, topic: TopicState) -> ReportAction:
    """What to do for a topic: complete its concepts, confirm a concept of a similar name, or look for what the notes say."""
    w = view.words
    number = f"{md.escape(topic.notation)} " if topic.notation else ""
    name = f"{number}{md.escape(topic.name(view.lang))}"
    if topic.concepts:
        lacks = w.join([md.escape(view.words.reason(why)) for why in topic.lacks])
        return ReportAction(f"{name} — {lacks}", "", [out.located(iri) for iri in topic.concepts[:_NAMED]])
    if topic.near:
        names = w.join([f"{out.concept(near.iri)} {near.likeness:.2f}" for near in topic.near])
        best = view.concept(topic.near[0].iri)
        key, slug = unquote(topics.key), unquote(topic.iri.removeprefix(f"{topics.iri}/"))
        decision = f"{key}/{slug}={best.id}" if best is not None else ""
        single = decision and "," not in decision  # a comma separates decisions
        command = f"kg scope map --accept {quote(decision)}" if single else command_line("kg scope map", key)
        return ReportAction(f"{name} — {w('c-perhaps', names=names)}", command)
    return ReportAction(name, command_line("kg find", topic.name(view.lang)))


def _depth(view: View, out: ReportWriter) -> Section:
    w = view.words
    section = Section("depth", w("c-depth"), [w("c-depth-how")])
    references = [topics for topics in view.assessment.lists if topics.reference_of]
    section.add("\n".join(f"- {measured(view, m)}" for m in view.assessment.measures if m.name.startswith("theory_depth.")))
    if not references:
        section.add(w("c-depth-none"))
    for topics in references:
        section.add(f"### {md.escape(view.area(topics.reference_of))}{w('colon')}{md.escape(title_of(view, topics))}")
        rows = [
            [
                md.escape(t.name(view.lang)),
                str(max(t.level, 0)),
                out.concepts(t.concepts, 4) or w("no-place"),
                md.escape(w.join([view.words.reason(x) for x in t.next])) or w("no-place"),
                w("approved") if t.reviewed else w("no-place"),
            ]
            for t in topics.topics
        ]
        headers = [w("topic"), w("level-short"), w("concepts-for"), w("next"), w("expert")]
        section.add(out.table(headers, rows, "lrlll"))
    return section


def _competency(view: View, out: ReportWriter) -> Section:
    w = view.words
    section = Section("competency", w("c-competency"), [w("c-competency-how")])
    if not view.assessment.questions:
        section.add(w("c-competency-none"))
        return section
    rows = [
        [
            md.code(a.name),
            md.escape(text_in(split_bilingual(a.question), view.lang)),
            md.escape(w.join([view.words.reason(f) for f in a.faults])) if a.faults else w("as-expected", n=a.rows),
        ]
        for a in sorted(view.assessment.questions, key=lambda a: (not a.faults, a.name))
    ]
    section.add(out.table([w("name"), w("question"), w("answered")], rows, "lll"))
    return section
