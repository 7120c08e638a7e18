"""A difference for a terminal, for programs and for the comment of a pull request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, TypeAlias

from kg.app.diff.compare import Changed, ComparedRelation, Difference, Merged, Redefined, Renamed, Restated
from kg.app.diff.state import Suppression
from kg.model import Concept, Finding, format_value
from kg.views.page import md

_SHOWN: Final = 50
"""Lines of a section of Markdown: a comment on a pull request holds 65,536 characters."""


DiffItem: TypeAlias = Concept | Renamed | Merged | Redefined | Restated | ComparedRelation | Finding | Suppression


def change(measure: Changed) -> str:
    """What a measure gained or lost, in points; empty where one of the two is unknown and where nothing changed."""
    if measure.before is None or measure.after is None or measure.before == measure.after:
        return ""
    gain = measure.after - measure.before
    return f"{gain:+g}" if measure.unit == "count" else f"{gain * 100:+.1f}"


def _label(concept: Concept, lang: str) -> str:
    label = concept.label(lang)
    return concept.id if label == concept.id else f"{concept.id} ({label})"


def _heads(d: Difference) -> list[tuple[str, Sequence[DiffItem], str]]:
    return [
        ("concepts added", d.added, "+"),
        ("concepts removed", d.removed, "-"),
        ("concepts renamed", d.renamed, "~"),
        ("concepts merged", d.merged, "~"),
        ("definitions changed", d.redefined, "~"),
        ("facts changed", d.restated, "~"),
        ("relations added", d.relations_added, "+"),
        ("relations removed", d.relations_removed, "-"),
        ("findings new", d.findings_new, "+"),
        ("findings fixed", d.findings_fixed, "-"),
        ("suppressions new", d.suppressions_new, "+"),
        ("suppressions removed", d.suppressions_removed, "-"),
    ]


def as_text(d: Difference, lang: str = "en", limit: int = 20) -> Iterator[str]:
    """Lines for a terminal; long lists are cut to `limit` with the number of those left out, 0: not cut."""
    yield f"--- {d.before}"
    yield f"+++ {d.after}"
    if d.nothing:
        yield "no difference"
        return
    for name, (before, after) in zip(("concepts", "relations", "findings"), d.counts, strict=True):
        yield f"{name:12} {before:,} → {after:,}" if before != after else f"{name:12} {after:,}"
    for measure in d.measures:
        gain = change(measure)
        old, new = (format_value(v, measure.unit) for v in (measure.before, measure.after))
        yield f"measure      {measure.name} {old} → {new}" + (f" ({gain})" if gain else "")
    for head, items, sign in _heads(d):
        if not items:
            continue
        yield f"{head}: {len(items):,}"
        shown = items[:limit] if limit else items
        for item in shown:
            for line in _lines(item, sign, lang):
                yield f"  {line}"
        if len(items) > len(shown):
            yield f"  … {len(items) - len(shown):,} more"


def _lines(item: DiffItem, sign: str, lang: str) -> Iterator[str]:
    match item:
        case Concept():
            yield f"{sign} {_label(item, lang)}  {item.path}"
        case ComparedRelation():
            yield f"{sign} {item.subject} —{item.key}→ {item.object}" + (f"  {item.place}" if item.place else "")
        case Finding():
            yield f"{sign} {item.path}:{item.line}:{item.column} {item.code} {item.message}"
        case Suppression():
            yield f"{sign} {item.path}:{item.line} {_hidden(item)}: {item.reason or 'no reason'}"
        case Redefined() | Restated():
            concept, fact, before, after = item
            yield f"{sign} {concept.id} [{fact}]"
            yield from (f"    {s} {text}" for s, text in (("-", before), ("+", after)) if text)
        case Renamed() | Merged():
            old, new = item
            yield f"{sign} {_label(old, lang)} → {_label(new, lang)}  {new.path}"


def _hidden(item: Suppression) -> str:
    """What a suppression hides."""
    return (", ".join(item.codes) or "nothing") + (" in the whole note" if item.whole else "")


def as_json(d: Difference) -> dict[str, object]:
    """All of it as plain data."""

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
        "measures": [m._asdict() for m in (*d.measures, *d.unchanged)],
        "findings": {"new": [finding(f) for f in d.findings_new], "fixed": [finding(f) for f in d.findings_fixed]},
        "suppressions": {
            "new": [s._asdict() for s in d.suppressions_new],
            "removed": [s._asdict() for s in d.suppressions_removed],
        },
    }


def as_markdown(d: Difference, lang: str = "en") -> Iterator[str]:
    """Blocks for a pull request: measures as a table, then each list behind a fold; names can't run as markup."""
    yield f"### Knowledge base: {md.code(d.before)} → {md.code(d.after)}"
    if d.nothing:
        yield "No difference in concepts, relations, definitions, measures or findings."
        return
    yield _summary(d)
    rows = [
        [md.escape(m.name), format_value(m.before, m.unit), format_value(m.after, m.unit), change(m)]
        for m in (*d.measures, *d.unchanged)
        if m.before is not None or m.after is not None
    ]
    if rows:
        yield md.table(["measure", "before", "after", "change"], rows, "lrrr")
    for head, items, _ in _heads(d):
        if not items:
            continue
        lines = [line for item in items[:_SHOWN] for line in _items(item, lang)]
        if len(items) > _SHOWN:
            lines.append(f"- … {len(items) - _SHOWN:,} more")
        name = head[0].upper() + head[1:]
        opened = " open" if head in ("findings new", "suppressions new") else ""
        yield f"<details{opened}><summary>{name}: {len(items):,}</summary>"
        yield "\n".join(lines)
        yield "</details>"


def _summary(d: Difference) -> str:
    (a, b), (r, s), _ = d.counts
    parts = [f"{b:,} concepts ({b - a:+,})", f"{s:,} typed relations ({s - r:+,})"]
    if d.findings_new or d.findings_fixed:
        parts.append(f"{len(d.findings_new):,} new and {len(d.findings_fixed):,} fixed findings")
    return ", ".join(parts) + "."


def _items(item: DiffItem, lang: str) -> Iterator[str]:
    match item:
        case Concept():
            yield f"- {md.escape(_label(item, lang))} {md.code(item.path)}"
        case ComparedRelation():
            at = f" {md.code(item.place)}" if item.place else ""
            yield f"- {md.escape(item.subject)} —{md.escape(item.key)}→ {md.escape(item.object)}{at}"
        case Finding():
            yield f"- {md.code(f'{item.path}:{item.line}:{item.column}')} **{md.escape(item.code)}** {md.escape(item.message)}"
        case Suppression():
            reason = md.escape(item.reason) or "no reason"
            yield f"- {md.code(f'{item.path}:{item.line}')} **{md.escape(_hidden(item))}**: {reason}"
        case Redefined() | Restated():
            concept, fact, before, after = item
            yield f"- {md.escape(concept.id)} ({md.escape(fact)})"
            yield from (f"  - {word}: {md.escape(text)}" for word, text in (("before", before), ("after", after)) if text)
        case Renamed() | Merged():
            old, new = item
            yield f"- {md.escape(_label(old, lang))} → {md.escape(_label(new, lang))} {md.code(new.path)}"
