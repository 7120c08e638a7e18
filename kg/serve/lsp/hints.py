"""What is shown beside the text: hover, code lenses, inlay hints, and the colours of relation fields."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Iterator
from typing import Final, NamedTuple

from lsprotocol import types as lsp

from kg.knowledge.live import target_of
from kg.model import Ambiguous, Assertion, Broken, Concept, Finding, Foreign, Relation, percent, text_in
from kg.serve.lsp.navigation import is_plain, typed
from kg.serve.lsp.view import NoteView, label_place, link_at, names_note, resolved_anchor, shown_label

TOKENS: Final = lsp.SemanticTokensLegend(token_types=["property", "class"], token_modifiers=[])
_MOST_LINES: Final = 12
_LONGEST_TEXT: Final = 600
_MOST_REACHED: Final = 1000
"""Maximum number of statements that are followed for the hints of a note."""
_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]<>#|~$!])")


# Hover


def hover(view: NoteView, position: lsp.Position) -> lsp.Hover | None:
    """Return what is known of the link at a position, of the relation key there, or of the note, on its first heading."""
    resolved = link_at(view, position)
    if resolved is not None:
        range_ = view.text.range_of_bytes(resolved.link.start, resolved.link.end)
        path = target_of(resolved)
        if path is None:
            lines = _unclear(view, resolved.resolution)
        else:
            lines = [*_about(view, path), *_section(view, path, resolved_anchor(resolved))]
        return _hover(lines, range_)
    if (key := _relation_key(view, position)) is not None:
        relation, start, end = key
        lines = [f"**{escape(relation.key)}** — {escape(shown_label(relation.labels, view.texts.lang))}", ""]
        return _hover([*lines, escape(text_in(relation.definitions, view.texts.lang))], view.text.range(start, end))
    if names_note(view.note, position.line + 1):
        return _hover(list(_about(view, view.path)), None)
    return None


def _hover(lines: list[str], range_: lsp.Range | None) -> lsp.Hover | None:
    text = "\n".join(lines).strip()
    return lsp.Hover(lsp.MarkupContent(lsp.MarkupKind.Markdown, text), range_) if text else None


def escape(text: str) -> str:
    """Return text of a note as Markdown that shows it literally: links and pictures in it must not become active.

    >>> escape("![x](http://a)")
    '\\\\!\\\\[x\\\\](http\\u200b://a)'
    """
    return _SPECIAL.sub(r"\\\1", " ".join(text.split())).replace("://", "\u200b://")


def _unclear(view: NoteView, resolution: object) -> list[str]:
    t = view.texts
    if isinstance(resolution, Foreign):
        return _foreign(view, resolution)
    if isinstance(resolution, Ambiguous):
        return [t("ambiguous"), *(f"- {escape(path)}" for path in resolution.candidates)]
    near = [f"- {escape(path)}" for path in resolution.near] if isinstance(resolution, Broken) else []
    unwritten = isinstance(resolution, Broken) and resolution.reason == "unwritten"
    return [t("unwritten") if unwritten else t("broken"), *near]


def _foreign(view: NoteView, resolution: Foreign) -> list[str]:
    """The lines about a concept of another knowledge base: label, knowledge base, definition."""
    concept, t = view.live.foreign_concepts.get(resolution.iri), view.texts
    if concept is None:
        return [escape(resolution.name)]
    lines = [f"**{escape(shown_label(concept.labels, t.lang))}**", "\n" + t("foreign-concept", base=escape(concept.base))]
    definition = text_in(concept.definitions, t.lang)
    return [*lines, *(["\n" + escape(definition[:_LONGEST_TEXT])] if definition else []), f"\n`{resolution.name}`"]


def _about(view: NoteView, path: str) -> Iterator[str]:
    """Yield the lines about a note: label, type, definition, relations with their lines, number of links."""
    live, t = view.live, view.texts
    note = live.notes.get(path)
    if note is None:
        yield f"`{path}`"
        return
    concept = live.concept_at(path)
    labels = concept.labels if concept is not None else note.labels
    yield f"**{escape(shown_label(labels, t.lang))}**"
    if concept is not None:
        kind = text_in(live.vocabulary.type_labels.get(concept.type, {}), t.lang) or concept.type
        yield "\n" + " · ".join(escape(part) for part in (kind, concept.layer, concept.area, concept.status) if part)
        definitions = [concept.definition(t.lang), *concept.definitions.values()]
        for text in dict.fromkeys(d for d in definitions if d):
            yield "\n" + escape(text[:_LONGEST_TEXT])
        if not concept.definitions and note.lead:
            yield "\n" + escape(note.lead[:_LONGEST_TEXT])
        yield from _relation_lines(view, concept)
    elif note.lead:
        yield "\n" + escape(note.lead[:_LONGEST_TEXT])
    yield from _insight_lines(view, path)
    yield f"\n{t('links-here', n=live.count_links_to(path))} · `{path}`"


def _insight_lines(view: NoteView, path: str) -> Iterator[str]:
    """Yield the verdict on the evidence of a concept, and the measures that it lowers, with what it lacks."""
    insight, t = view.insight.of(path), view.texts
    if insight.verdict:
        verdict = t.get(f"verdict-{insight.verdict}", insight.verdict)
        yield "\n" + t("evidence-verdict", verdict=escape(verdict))
    if insight.lowers:
        yield "\n" + t("lowers")
    for name, lacks in insight.lowers.items():
        what = t("and").join(t.get(f"lack-{lack}", lack) for lack in lacks)
        measure = t.get(f"measure-{name}", name)
        yield "- " + (t("lowers-lacks", measure=measure, what=escape(what)) if what else escape(measure))


def _relation_lines(view: NoteView, concept: Concept) -> Iterator[str]:
    """Yield the relations from and to a concept, each with the line that states it."""
    live, lang = view.live, view.texts.lang
    rows = [("→", a, a.object) for a in typed(live.relations_from(concept))]
    rows += [("←", a, a.subject) for a in typed(live.relations_to(concept))]
    if rows:
        yield ""
    for arrow, a, other in rows[:_MOST_LINES]:
        end = live.concepts.get(other)
        label = escape(shown_label(end.labels, lang)) if end is not None else escape(other)
        yield f"- {arrow} {escape(_relation_label(view, a))} **{label}** `{a.path}:{a.line}`"
    if len(rows) > _MOST_LINES:
        yield f"- {view.texts('more', n=len(rows) - _MOST_LINES)}"


def _relation_label(view: NoteView, assertion: Assertion) -> str:
    relation = view.live.vocabulary.relations.get(assertion.predicate)
    return text_in(relation.labels, view.texts.lang) or relation.key if relation is not None else assertion.predicate


def _section(view: NoteView, path: str, anchor: str | None) -> Iterator[str]:
    """Yield the first lines below the heading that a link leads to."""
    note = view.live.notes.get(path)
    heading = next((h for h in note.headings if h.text == anchor), None) if note is not None and anchor else None
    if heading is None:
        return
    text = view.reader.text(path)
    lines = (text.line(number).strip() for number in range(heading.line, min(heading.line + 12, len(text.starts))))
    shown = " ".join(line for line in lines if line)[:_LONGEST_TEXT]
    yield f"\n**{escape(heading.text)}** {escape(shown)}"


# Relation keys


def _relation_spans(view: NoteView) -> Iterator[tuple[str, int, int]]:
    """Yield the keys that state a relation, in front matter and inline fields: IRI, start and end."""
    words = view.live.resolver.words
    seen: set[int] = set()
    for key, line in view.note.lines.items():
        start = view.text.offset_at(line, 1)
        iri = words.keys.get(key) or words.keys.get(key.replace(" ", "-").replace("_", "-"))
        if iri is not None and view.text.text[start : start + len(key)].lower() == key and start not in seen:
            seen.add(start)
            yield iri, start, start + len(key)
    for resolved in view.live.links_of(view.path):
        link = resolved.link
        if link.context == "field" and link.relation and (iri := words.relation(link)) is not None:
            before = view.text.text[view.text.starts[link.line - 1] : view.text.offset_of_byte(link.start)]
            at = max(before.rfind(f"{link.relation}{mark}") for mark in ("::", "：："))
            start = view.text.starts[link.line - 1] + at
            if at >= 0 and start not in seen:
                seen.add(start)
                yield iri, start, start + len(link.relation)


def _relation_key(view: NoteView, position: lsp.Position) -> tuple[Relation, int, int] | None:
    offset = view.text.offset(position)
    for iri, start, end in _relation_spans(view):
        if start <= offset <= end:
            return view.live.vocabulary.relations[iri], start, end
    return None


def semantic_tokens(view: NoteView) -> lsp.SemanticTokens:
    """Return the keys of relations as properties, and the names of their targets as classes."""
    spans = [(start, end, 0) for _, start, end in _relation_spans(view)]
    words = view.live.resolver.words
    for resolved in view.live.links_of(view.path):
        link = resolved.link
        if link.relation is not None and words.relation(link) is not None and link.end > link.start:
            start, end = view.text.offset_of_byte(link.start), view.text.offset_of_byte(link.end)
            if view.text.line_at(start) == view.text.line_at(end):
                spans.append((start, end, 1))
    data: list[int] = []
    line = character = last = 0
    for start, end, kind in sorted(spans):
        if start < last:
            continue  # a link inside of another one
        last = end
        first, after = view.text.position(start), view.text.position(end)
        data += [first.line - line, first.character - (character if first.line == line else 0)]
        data += [after.character - first.character, kind, 0]
        line, character = first.line, first.character
    return lsp.SemanticTokens(data)


# Lenses and inlay hints


def code_lenses(view: NoteView, findings: tuple[Finding, ...]) -> list[lsp.CodeLens]:
    """Return one line above the title: how many links and relations lead here, and how many findings there are."""
    live, t = view.live, view.texts
    line, column, length = label_place(view.note)
    start = view.text.offset_at(line, column)
    range_ = view.text.range(start, start + length)
    links = [r for r in live.links_to(view.path) if r.source != view.path]
    parts = [t("links-here", n=len(links))]
    concept = live.concept_at(view.path)
    if concept is not None:
        incoming = Counter(_relation_label(view, a) for a in typed(live.relations_to(concept)))
        parts += [f"← {label} {n}" for label, n in sorted(incoming.items(), key=lambda row: (-row[1], row[0]))[:4]]
    if findings:
        parts.append(t("findings", n=len(findings)))
    command = lsp.Command(" · ".join(parts), "kg.showReferences", arguments=[view.uri, line - 1, range_.start.character])
    return [lsp.CodeLens(range_, command)]


def inlay_hints(view: NoteView, range_: lsp.Range) -> list[lsp.InlayHint]:
    """Return the hints in a range: behind links, relations stated elsewhere or inferred; behind the title, missed gates."""
    return [hint for hint in (*_missed_gates(view), *_relation_hints(view)) if range_.start <= hint.position <= range_.end]


def _missed_gates(view: NoteView) -> Iterator[lsp.InlayHint]:
    """Yield, behind the title, the gates that are missed because of measures that the concept lowers."""
    insight, t = view.insight, view.texts
    for name, lacks in insight.of(view.path).lowers.items() if insight.gates else ():
        if name in insight.gates:
            value, gate = insight.gates[name]
            shown = percent(value) if value is not None else "?"
            label = t("missed-gate", measure=t.get(f"measure-{name}", name), value=shown, gate=percent(gate))
            line = view.note.label_line - 1
            end = view.text.position(view.text.starts[line] + len(view.text.line(line)))
            lacking = t("and").join(t.get(f"lack-{lack}", lack) for lack in lacks)
            tooltip = t("lowers-lacks", measure=t.get(f"measure-{name}", name), what=lacking) if lacks else None
            yield lsp.InlayHint(end, label, tooltip=tooltip, padding_left=True)


class _Chain(NamedTuple):
    """Concepts on the way to one, each with the same transitive relation to the next."""

    label: str
    iris: tuple[str, ...]


def _chains(view: NoteView, concept: Concept) -> dict[str, _Chain]:
    """Concept → the shortest chain of a transitive relation to or from it: what the graph infers between the two."""
    live, chains = view.live, dict[str, _Chain]()
    for arrow, near in (("→", live.relations_from), ("←", live.relations_to)):
        queue = deque[tuple[str, str, tuple[str, ...]]](
            (concept.iri, predicate, (concept.iri,)) for predicate in {a.predicate: None for a in typed(near(concept))}
        )
        reached = {(iri, predicate) for iri, predicate, _ in queue}
        while queue and len(reached) < _MOST_REACHED:
            iri, predicate, way = queue.popleft()
            relation, place = live.vocabulary.relations.get(predicate), live.concepts.get(iri)
            if relation is None or not relation.transitive or place is None:
                continue
            for a in typed(near(place)):
                after = a.object if arrow == "→" else a.subject
                if a.predicate == predicate and (after, predicate) not in reached:
                    reached.add((after, predicate))
                    queue.append((after, predicate, (*way, after)))
                    chains.setdefault(after, _Chain(f"{arrow} {_relation_label(view, a)}", (*way, after)))
    return chains


def _relation_hints(view: NoteView) -> Iterator[lsp.InlayHint]:
    """Yield, behind the first plain link to a concept, the relation to it that is stated elsewhere or inferred."""
    concept = view.live.concept_at(view.path)
    if concept is None:
        return
    between: dict[str, str] = {}
    for a in typed(view.live.relations_to(concept)):
        between[a.subject] = f"← {_relation_label(view, a)}"
    for a in typed(view.live.relations_from(concept)):
        between[a.object] = f"→ {_relation_label(view, a)}"
    chains, shown = _chains(view, concept), set()
    for resolved in view.live.links_of(view.path):
        target = target_of(resolved)
        iri = view.live.concept_of.get(target) if target is not None else None
        if iri is None or iri in shown or not is_plain(resolved) or resolved.link.relation:
            continue
        label, tooltip = between.get(iri), None
        if label is None and iri in chains and iri != concept.iri:
            chain = chains[iri]
            label = view.texts("inferred", relation=chain.label)
            names = [shown_label(view.live.concepts[i].labels, view.texts.lang) for i in chain.iris if i in view.live.concepts]
            tooltip = f" {chain.label[0]} ".join(names)
        if label is not None:
            position = view.text.position(view.text.offset_of_byte(resolved.link.end))
            shown.add(iri)
            yield lsp.InlayHint(position, label, kind=lsp.InlayHintKind.Type, tooltip=tooltip, padding_left=True)
