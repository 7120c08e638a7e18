"""Writes drafts as notes: front matter, definition, places, and relations suggested by diagrams."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kg.base.json_forms import json_line
from kg.base.names import language_of, page_name
from kg.base.texts import ParallelTexts
from kg.model import Relation
from kg.suggest.extract.drafts import Draft


def draft_filename(draft: Draft) -> str:
    """The file name of a draft, valid on all file systems."""
    return f"{page_name(draft.id)}.md"


def render_draft(draft: Draft, relations: Mapping[str, Relation], names: Mapping[str, str]) -> str:
    """Render a draft as a note. `names` maps ids to labels. Suggestions are written as prose, which states no relation."""
    return "\n".join((*_front(draft, relations), "", *_body(draft, names))) + "\n"


def _front(draft: Draft, relations: Mapping[str, Relation]) -> Iterator[str]:
    yield "---"
    yield f"id: {_text(draft.id)}"
    titles = ", ".join(f"{lang}: {_text(name)}" for lang, name in sorted(draft.names.items(), reverse=True))
    yield f"title: {{{titles}}}"
    if draft.aliases:
        yield f"aliases: [{', '.join(map(_text, draft.aliases))}]"
    yield f"type: {draft.type}"
    if draft.definition:
        yield f"definition: {{{language_of(draft.definition, 'en')}: {_text(draft.definition)}}}"
    stated: dict[str, list[str]] = {}
    for edge in draft.relations:
        stated.setdefault(relations[edge.relation].key, []).append(f"[[{edge.target}]]")
    for key, targets in sorted(stated.items()):
        yield f"{key}: [{', '.join(map(_text, dict.fromkeys(targets)))}]"
    yield "sources:"
    yield from (f"  - {_text(f'{place.path}:{place.line}')}" for place in draft.places[:_SOURCES])
    yield "status: draft"
    yield "---"


_SOURCES = 5


def _body(draft: Draft, names: Mapping[str, str]) -> Iterator[str]:
    yield f"# {' / '.join(name for _, name in sorted(draft.names.items(), reverse=True))}"
    yield ""
    yield draft.definition or "（待补充定义。）"
    yield ""
    both = ParallelTexts("suggest.drafts")
    yield f"## {both('sources')}"
    yield ""
    yield from (f"- `{place.path}:{place.line}` {both(place.kind)}" for place in draft.places)
    if draft.suggestions:
        yield ""
        yield f"## {both('associations')}"
        yield ""
        for edge in draft.suggestions:
            label = f"（{edge.label}）" if edge.label else ""
            yield f"- → {names.get(edge.target, edge.target)}{label} `{edge.path}:{edge.line}`"


def _text(text: str) -> str:
    """A string as YAML, written as a JSON string, which is valid YAML."""
    return json_line(text)
