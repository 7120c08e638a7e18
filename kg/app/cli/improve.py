"""``kg next``: the edits that raise the association of concepts most."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import click

from kg import knowledge
from kg.app.cli.options import common, display_path, join, output_file, read_settings, texts
from kg.base.json_forms import json_line
from kg.base.names import printable

if TYPE_CHECKING:
    from kg.base.settings import Settings
    from kg.knowledge.improving import Improvement, ProposedEdit
    from kg.model import Corpus

_LACKING: Final = 60


@click.command("next")
@click.option("--limit", type=click.IntRange(1), default=10, show_default=True, metavar="N", help="Number of edits.")
@click.option("--lacking", is_flag=True, help="List what each concept lacks, with the edit that helps most.")
@click.option("--format", "form", type=click.Choice(["table", "jsonl"]), default="table", show_default=True)
@output_file
@common
def next_(limit: int, lacking: bool, form: str) -> None:
    """List the edits that raise concept_association most.

    Each edit states a relation that is proposed for the notes. Its gain is the number of criteria that are met in addition,
    over all concepts: the measure is computed again for each edit, after the edits before it. kg suggest --accept ID
    makes an edit.
    """
    settings = read_settings()
    base = knowledge.open_base(settings)
    improvement = knowledge.find_improvements(base, limit)
    corpus = base.corpus
    if form == "jsonl":
        for row in _lacking_rows(improvement) if lacking else _edit_rows(improvement, corpus):
            click.echo(json_line(row))
        return
    for line in _lacking_lines(settings, improvement) if lacking else _edit_lines(settings, improvement, corpus):
        click.echo(printable(line))


def _edit_rows(improvement: Improvement, corpus: Corpus) -> Iterator[dict[str, object]]:
    for edit in improvement.edits:
        row = knowledge.suggestion_row(edit.suggestion, corpus)
        yield {
            "id": edit.suggestion.id,
            "path": edit.suggestion.path,
            "edit": _edit(edit),
            "gain": edit.gain,
            "criteria_met": round(edit.after.graded, 4),
            "concept_association": round(edit.after.share, 4),
            "lane": edit.suggestion.lane,
            "score": edit.suggestion.score,
            "why": row["why"],
        }


def _lacking_rows(improvement: Improvement) -> Iterator[dict[str, object]]:
    for concept, lacks, edit in improvement.lacking:
        row: dict[str, object] = {"concept": concept.id, "path": concept.path, "lacks": list(lacks)}
        if edit is not None:
            row |= {"id": edit.suggestion.id, "edit": _edit(edit), "edit_path": edit.suggestion.path, "gain": edit.gain}
        yield row


def _edit(edit: ProposedEdit) -> str:
    """The line of front matter that makes an edit."""
    return f"{edit.key}: [[{edit.target}]]"


def _edit_lines(settings: Settings, improvement: Improvement, corpus: Corpus) -> Iterator[str]:
    # start time: `--help` doesn't need them
    from kg.model import percent
    from kg.suggest.reasons import make_reason_texts

    t, now = texts("next"), improvement.now
    wording = make_reason_texts(
        t.lang, lambda iri: corpus.concepts[iri].label(t.lang), lambda path: display_path(settings, path)
    )
    yield t("now", graded=percent(now.graded), whole=now.whole, concepts=now.concepts, share=percent(now.share))
    if not improvement.edits:
        yield t("nothing")
        return
    for number, edit in enumerate(improvement.edits, 1):
        place = display_path(settings, edit.suggestion.path)
        yield f"{number:3}. {t('add', edit=_edit(edit), path=place)}"
        after = {"graded": percent(edit.after.graded), "share": percent(edit.after.share)}
        yield f"     {t('gain', n=edit.gain, **after)}  kg suggest --accept {edit.suggestion.id}"
        reason = next(iter(edit.suggestion.why), None)
        if reason is not None and reason.line:
            yield f"     {wording.describe(reason)}"


def _lacking_lines(settings: Settings, improvement: Improvement) -> Iterator[str]:
    t, lacks = texts("next"), texts("lacks")
    for concept, why, edit in improvement.lacking[:_LACKING]:
        yield f"{display_path(settings, concept.path)}: {concept.label(t.lang)}"
        yield f"     {t('lacks', what=join([lacks(name) for name in why]))}"
        if edit is not None:
            place = display_path(settings, edit.suggestion.path)
            yield f"     {t('add', edit=_edit(edit), path=place)}  kg suggest --accept {edit.suggestion.id}"
        else:
            yield f"     {t('no-edit')}"
    if len(improvement.lacking) > _LACKING:
        yield t("more", n=len(improvement.lacking) - _LACKING)
