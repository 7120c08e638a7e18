"""Code actions that accept a suggestion: a link where the note names the concept, or a relation in its front matter."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lsprotocol import types as lsp

from kg.model import Corpus, Reason, Suggestion, text_in
from kg.serve.lsp.edits import difference, edit_note
from kg.serve.lsp.insight import SuggestedStatement
from kg.serve.lsp.view import NoteView, names_note, shown_label
from kg.suggest.accept import RELATED, propose_links, propose_values, with_relation
from kg.suggest.text import read_running_text

_REFACTOR: Final = lsp.CodeActionKind.RefactorRewrite
_MOST: Final = 6


def suggestion_actions(view: NoteView, start: int, end: int) -> Iterator[lsp.CodeAction]:
    """Yield the suggestions whose reason stands in a range of the text; in front matter and at the title, all of the note.

    Suggestions are those of the last check of everything; a statement that was made since is left out.
    """
    suggestions = view.insight.of(view.path).suggestions
    if not suggestions:
        return
    first, last = view.text.line_at(start) + 1, view.text.line_at(end) + 1
    head = max(view.note.label_line, view.text.line_at(view.text.offset_of_byte(view.note.body)))
    at_head = first <= head or names_note(view.note, first)
    made = 0
    for statement in sorted(suggestions, key=lambda s: (-s.score, s.id)):
        line = _current_line(view, statement)
        if not at_head and not first <= line <= last:
            continue
        if (changed := _accepted(view, statement, line)) is None:
            continue
        made += 1
        title = _title(view, statement)
        yield lsp.CodeAction(title, _REFACTOR, edit=edit_note(view.uri, difference(view.text, changed)))
        if made == _MOST:
            return


def _title(view: NoteView, statement: SuggestedStatement) -> str:
    concept = view.live.concepts.get(statement.target)
    name = shown_label(concept.labels, view.texts.lang) if concept is not None else statement.target
    relation = view.live.vocabulary.relations.get(statement.relation)
    score = f"{statement.score:.2f}"
    if relation is None:
        return view.texts("accept-link", name=name, score=score)
    label = text_in(relation.labels, view.texts.lang) or relation.key
    return view.texts("accept-relation", relation=label, name=name, score=score)


def _current_line(view: NoteView, statement: SuggestedStatement) -> int:
    """The line of the reason in the text now: of all lines with the same text, the nearest; 0 if there is none."""
    if not statement.line:
        return 0
    if view.text.line(statement.line - 1) == statement.context:
        return statement.line
    same = [n + 1 for n in range(len(view.text.starts)) if view.text.line(n) == statement.context]
    return min(same, key=lambda n: abs(n - statement.line), default=0)


def _accepted(view: NoteView, statement: SuggestedStatement, line: int) -> str | None:
    """The text of the note with the statement; None if no form of it states it, or if the note states it already."""
    live, before = view.live, view.note
    if statement.target not in live.concepts or statement.target_path not in live.notes:
        return None
    concept = live.concept_at(view.path)
    if concept is None or concept.iri != statement.source:
        return None
    if any(a.object == statement.target and statement.relation in ("", a.predicate) for a in live.relations_from(concept)):
        return None
    for text in _ways(view, statement, line):
        after, assertions = live.statements_in(view.path, text.encode())
        stated = any(
            (a.subject, a.object) == (statement.source, statement.target) and statement.relation in ("", a.predicate)
            for a in assertions
        )
        if stated and len(after.faults) <= len(before.faults):
            return text
    return None


def _ways(view: NoteView, statement: SuggestedStatement, line: int) -> Iterator[str]:
    """Yield the text with each possible form of a suggestion, the preferred one first."""
    live, data = view.live, view.text.data
    links = tuple(live.links_to(statement.target_path))
    corpus = Corpus(live.notes, live.concepts, live.concept_of, links, (), (), live.attachments)
    why = (Reason("mention", 0.0, view.path, line, statement.column, statement.text),) if line and statement.text else ()
    suggestion = Suggestion(
        statement.id, statement.source, statement.target, statement.lane, statement.score, why, view.path, statement.target_path
    )
    relation = live.vocabulary.relations.get(statement.relation)
    if relation is None:
        if statement.relation:
            return
        text = read_running_text(view.note, view.text.text)
        mark = view.text.text[: len(view.text.text) - len(text.raw)]
        for start, end, new in propose_links(suggestion, corpus, text):
            yield mark + text.raw[:start] + new + text.raw[end:]
    key = relation.key if relation is not None else RELATED
    for value in propose_values(suggestion, corpus):
        changed = with_relation(data, view.note, key, value)
        if changed is not None:
            yield changed.decode("utf-8", "replace")
