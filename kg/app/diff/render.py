"""Renders a difference for a terminal, for programs, and for a comment on a pull request."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeAlias

from kg.app.diff.compare import Changed, ComparedRelation, Difference, ForeignChange, Merged, Redefined, Renamed, Restated
from kg.app.diff.state import NOW, ScopeState, Suppression
from kg.base.texts import Texts
from kg.model import Concept, Finding, format_value
from kg.views.page import md

_SHOWN: Final = 50
"""Maximum number of lines in a Markdown section: a pull request comment is limited to 65,536 characters."""


DiffItem: TypeAlias = (
    Concept | Renamed | Merged | Redefined | Restated | ComparedRelation | ForeignChange | Finding | Suppression | ScopeState
)


def change(measure: Changed) -> str:
    """The difference of a measure, in percentage points; empty if it is unknown or 0."""
    if measure.before is None or measure.after is None or measure.before == measure.after:
        return ""
    gain = measure.after - measure.before
    return f"{gain:+g}" if measure.unit == "count" else f"{gain * 100:+.1f}"


def _label(concept: Concept, lang: str) -> str:
    label = concept.label(lang)
    return concept.id if label == concept.id else f"{concept.id} ({label})"


def _heads(d: Difference) -> list[tuple[str, Sequence[DiffItem], str]]:
    return [
        ("concepts-added", d.added, "+"), ("concepts-removed", d.removed, "-"), ("concepts-renamed", d.renamed, "~"),
        ("concepts-merged", d.merged, "~"), ("definitions-changed", d.redefined, "~"), ("facts-changed", d.restated, "~"),
        ("relations-added", d.relations_added, "+"), ("relations-removed", d.relations_removed, "-"),
        ("topics-met", d.topics_met, "+"), ("topics-lost", d.topics_lost, "-"), ("topics-open", d.topics_open, "?"),
        ("foreign-changed", d.foreign, "~"),
        ("findings-new", d.findings_new, "+"), ("findings-fixed", d.findings_fixed, "-"),
        ("suppressions-new", d.suppressions_new, "+"), ("suppressions-removed", d.suppressions_removed, "-"),
    ]  # fmt: skip


def message(finding: Finding) -> str:
    """The English message of a finding, as its rule wrote it."""
    return finding.message


def as_text(d: Difference, lang: str = "en", limit: int = 20, read: Callable[[Finding], str] = message) -> Iterator[str]:
    """Yield lines for a terminal; lists longer than `limit` are cut and state the rest (0: no limit).

    `read` returns the message of a finding in that language.
    """
    t = _texts(lang)
    yield f"--- {_state(d.before, t)}"
    yield f"+++ {_state(d.after, t)}"
    if d.nothing:
        yield t("nothing")
        return
    for name, (before, after) in zip(("concepts", "relations", "findings"), d.counts, strict=True):
        yield f"{t(name):12} {before:,} → {after:,}" if before != after else f"{t(name):12} {after:,}"
    for measure in d.measures:
        gain = change(measure)
        then, now = (format_value(value, measure.unit, t("unknown")) for value in (measure.before, measure.after))
        yield f"{t('measure'):12} {measure.name} {then} → {now}" + (f" ({gain})" if gain else "")
    for head, items, sign in _heads(d):
        if not items:
            continue
        yield f"{t(head)}{t('colon')}{len(items):,}"
        shown = items[:limit] if limit else items
        for item in shown:
            for line in _lines(item, sign, t, read):
                yield f"  {line}"
        if len(items) > len(shown):
            yield f"  {t('more', n=len(items) - len(shown))}"


def _state(name: str, t: Texts) -> str:
    """The name of a state."""
    return t("now") if name == NOW else name


def _texts(lang: str) -> Texts:
    return Texts(lang, "app.diff", "app.common")


def _lines(item: DiffItem, sign: str, t: Texts, read: Callable[[Finding], str]) -> Iterator[str]:
    match item:
        case Concept():
            yield f"{sign} {_label(item, t.lang)}  {item.path}"
        case ComparedRelation():
            yield f"{sign} {item.subject} —{item.key}→ {item.object}" + (f"  {item.place}" if item.place else "")
        case Finding():
            yield f"{sign} {item.path}:{item.line}:{item.column} {item.code} {read(item)}"
        case Suppression():
            yield f"{sign} {item.path}:{item.line} {_hidden(item, t)}{t('colon')}{item.reason or t('no-reason')}"
        case ScopeState():
            yield f"{sign} {item.list}{t('colon')}{item.name}"
        case Redefined() | Restated() | ForeignChange():
            concept, fact, before, after = item
            name = concept if isinstance(concept, str) else concept.id
            yield f"{sign} {name} [{t.get(fact, fact)}]"
            yield from (f"    {s} {text}" for s, text in (("-", before), ("+", after)) if text)
        case Renamed() | Merged():
            old, new = item
            yield f"{sign} {_label(old, t.lang)} → {_label(new, t.lang)}  {new.path}"


def _hidden(item: Suppression, t: Texts) -> str:
    """The findings that a suppression hides."""
    codes = ", ".join(item.codes) or t("hides-nothing")
    return t("whole-note", codes=codes) if item.whole else codes


def as_json(d: Difference) -> dict[str, object]:
    """The difference as plain data."""

    def concept(c: Concept) -> dict[str, object]:
        return {"id": c.id, "iri": c.iri, "labels": dict(c.labels), "path": c.path}

    def finding(f: Finding) -> dict[str, object]:
        return {
            "code": f.code,
            "severity": f.severity,
            "path": f.path,
            "line": f.line,
            "column": f.column,
            "message": f.message,
        }

    names = ("concepts", "relations", "findings")
    return {
        "version": 1,
        "before": d.before,
        "after": d.after,
        "counts": {name: {"before": a, "after": b} for name, (a, b) in zip(names, d.counts, strict=True)},
        "concepts": {
            "added": [concept(c) for c in d.added],
            "removed": [concept(c) for c in d.removed],
            "renamed": [{"before": concept(r.before), "after": concept(r.after)} for r in d.renamed],
            "merged": [{"before": concept(m.before), "into": concept(m.into)} for m in d.merged],
        },
        "definitions": [{"id": r.concept.id, "lang": r.lang, "before": r.before, "after": r.after} for r in d.redefined],
        "facts": [{"id": r.concept.id, "fact": r.fact, "before": r.before, "after": r.after} for r in d.restated],
        "relations": {
            "added": [r._asdict() for r in d.relations_added],
            "removed": [r._asdict() for r in d.relations_removed],
        },
        "foreign": [f._asdict() for f in d.foreign],
        "measures": [m._asdict() for m in (*d.measures, *d.unchanged)],
        "findings": {"new": [finding(f) for f in d.findings_new], "fixed": [finding(f) for f in d.findings_fixed]},
        "suppressions": {
            "new": [s._asdict() for s in d.suppressions_new],
            "removed": [s._asdict() for s in d.suppressions_removed],
        },
        "topics": {
            "met": [s._asdict() for s in d.topics_met],
            "lost": [s._asdict() for s in d.topics_lost],
            "open": [s._asdict() for s in d.topics_open],
        },
    }


def as_markdown(d: Difference, lang: str = "en", read: Callable[[Finding], str] = message) -> Iterator[str]:
    """Yield Markdown blocks for a pull request: a table of measures, then collapsed lists. Names are escaped."""
    t = _texts(lang)
    yield f"### {t('title', before=md.code(_state(d.before, t)), after=md.code(_state(d.after, t)))}"
    if d.nothing:
        yield t("nothing-long")
        return
    yield _summary(d, t)
    rows = [
        [md.escape(m.name), *(format_value(value, m.unit, t("unknown")) for value in (m.before, m.after)), change(m)]
        for m in (*d.measures, *d.unchanged) if m.before is not None or m.after is not None
    ]  # fmt: skip
    if rows:
        yield md.table([t("measure"), t("before"), t("after"), t("change")], rows, "lrrr")
    for head, items, _ in _heads(d):
        if not items:
            continue
        lines = [line for item in items[:_SHOWN] for line in _items(item, t, read)]
        if len(items) > _SHOWN:
            lines.append(f"- {t('more', n=len(items) - _SHOWN)}")
        name = t(head)[0].upper() + t(head)[1:]
        opened = " open" if head in ("findings-new", "suppressions-new", "topics-lost") else ""
        yield f"<details{opened}><summary>{name}{t('colon')}{len(items):,}</summary>"
        yield "\n".join(lines)
        yield "</details>"


def _summary(d: Difference, t: Texts) -> str:
    (a, b), (r, s), _ = d.counts
    new, fixed = len(d.findings_new), len(d.findings_fixed)
    values = {"concepts": b, "more_concepts": f"{b - a:+,}", "relations": s, "more_relations": f"{s - r:+,}"}
    return t("summary-findings", new=new, fixed=fixed, **values) if new or fixed else t("summary", **values)


def _items(item: DiffItem, t: Texts, read: Callable[[Finding], str]) -> Iterator[str]:
    match item:
        case Concept():
            yield f"- {md.escape(_label(item, t.lang))} {md.code(item.path)}"
        case ComparedRelation():
            at = f" {md.code(item.place)}" if item.place else ""
            yield f"- {md.escape(item.subject)} —{md.escape(item.key)}→ {md.escape(item.object)}{at}"
        case Finding():
            yield f"- {md.code(f'{item.path}:{item.line}:{item.column}')} **{md.escape(item.code)}** {md.escape(read(item))}"
        case Suppression():
            reason = md.escape(item.reason) or t("no-reason")
            yield f"- {md.code(f'{item.path}:{item.line}')} **{md.escape(_hidden(item, t))}**{t('colon')}{reason}"
        case ScopeState():
            yield f"- {md.escape(item.list)}{t('colon')}{md.escape(item.name)}"
        case Redefined() | Restated() | ForeignChange():
            concept, fact, before, after = item
            name = concept if isinstance(concept, str) else concept.id
            yield f"- {md.escape(name)} ({md.escape(t.get(fact, fact))})"
            texts = (("before", before), ("after", after))
            yield from (f"  - {t(word)}{t('colon')}{md.escape(text)}" for word, text in texts if text)
        case Renamed() | Merged():
            old, new = item
            yield f"- {md.escape(_label(old, t.lang))} → {md.escape(_label(new, t.lang))} {md.code(new.path)}"
