"""``kg suggest``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import click

from kg import pipeline
from kg.cli.options import common, display_path, flag, log_json, printable, settings
from kg.errors import UsageError
from kg.names import fold

if TYPE_CHECKING:
    from kg.model import Concept, Corpus, Reason, Suggestion
    from kg.settings import Settings

_SHOWN: Final = 40
_PARTS: Final = 3


@click.command()
@click.argument("concept", required=False)
@click.option(
    "--lane",
    type=click.Choice(["mention", "latent", "type"]),
    multiple=True,
    help="mention: a note names the other concept without a link; latent: it doesn't; both unless given. "
    "type: a relation for a link that has none, from the words around it.",
)
@click.option("--limit", type=click.IntRange(1), metavar="N", help="So many for each concept (default: 10).")
@click.option("--format", "form", type=click.Choice(["table", "jsonl"]), default="table", show_default=True)
@common
def suggest(concept: str | None, lane: tuple[Any, ...], limit: int | None, form: str) -> None:
    """Associations that seem to be missing, the strongest first, each with the evidence for it.

    The score is the sum of its parts. What is shown for a part can be looked up: the line that holds the name, terms that both
    notes have, concepts that are linked to both. CONCEPT (an id, label or note) shows only those of one concept.
    """
    given = settings()
    found, corpus = pipeline.suggest(given, limit=limit, lanes=lane)
    wanted = _concept(corpus, concept).iri if concept is not None else None
    rows = (r for r in found.rows if wanted is None or r.source == wanted)
    count = found.number
    if form == "jsonl":
        for row in rows:
            click.echo(json.dumps(pipeline.suggestion_row(row, corpus), ensure_ascii=False))
    else:
        most = None if wanted or flag("verbose") else _SHOWN
        for line in _table(given, islice(rows, most), corpus):
            click.echo(printable(line))
        if most is not None and count > most:
            click.echo(f"… and {count - most:,} more: name a concept, or use --verbose or --format jsonl")
    if not flag("quiet") and not log_json("suggested", count=count, caps=list(found.caps)):
        click.echo(f"{count:,} suggestions in all; {'; '.join(found.caps)}", err=True)


def _concept(corpus: Corpus, name: str) -> Concept:
    """The concept with this id, IRI, note or label. Raises UsageError where there is none or several."""
    if name in corpus.concepts:
        return corpus.concepts[name]
    if name in corpus.concept_of:
        return corpus.concepts[corpus.concept_of[name]]
    key = fold(name)
    by_id = [c for c in corpus.concepts.values() if fold(c.id) == key]
    by_name = [c for c in corpus.concepts.values() if key in map(fold, (*c.labels.values(), *(a for a, _ in c.alt_labels)))]
    for found in (by_id, by_name):
        if len(found) == 1:
            return found[0]
        if found:
            ids = ", ".join(c.id for c in found[:5])
            raise UsageError(f"'{name}' is the name of {len(found)} concepts", hint=f"give one of their ids: {ids}")
    raise UsageError(f"there is no concept '{name}'", hint="give the id, the title or the note of a concept")


def _table(given: Settings, rows: Iterable[Suggestion], corpus: Corpus) -> Iterator[str]:
    lang = flag("lang") or "en"

    def name(iri: str) -> str:
        return corpus.concepts[iri].label(lang)

    for row in rows:
        relation = f" {iri_tail(row.relation)}" if row.relation else ""
        yield f"{row.id}  {row.score:.3f}  {row.lane:8} {name(row.source)}{relation} → {name(row.target)}"
        parts = [f"+{r.contribution:.3f} {_said(given, r, name)}" for r in row.why[:_PARTS]]
        yield f"{'':12}{'; '.join(parts)}"


def iri_tail(iri: str) -> str:
    """The last part of the IRI of a relation."""
    return iri.replace("#", "/").rpartition("/")[2]


def _said(given: Settings, reason: Reason, name: Any) -> str:
    """One reason in a few words."""
    if reason.line:
        text = f' "{reason.text}"' if reason.text else ""
        return f"{_KINDS[reason.kind]} {display_path(given, reason.path)}:{reason.line}{text}"
    few = ", ".join((*reason.terms[:4], *(name(c) for c in reason.concepts[:3]), *reason.labels[:3]))
    return f"{_KINDS[reason.kind]}{': ' if few else ''}{few}"


_KINDS: Final = {
    "mention": "named in", "mentions": "named often, as in", "title": "words of its name", "mentioned": "named back in",
    "titled": "names it in words", "terms": "shared terms", "latent": "alike in subject", "names": "shared words of names",
    "walk": "joined by", "shared": "shared neighbours", "similar-link": "linked from similar",
    "link-similar": "like what is linked", "linked": "often linked", "back": "links back in", "place": "sorted alike",
    "cue": "cue in",
}  # fmt: skip
"""Kinds of reasons for readers."""
