"""``kg next``: the edits that raise the association of concepts most."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import click

from kg import knowledge
from kg.app.cli.options import common, display_path, flag, join, output_file, read_settings, say, texts
from kg.app.cli.tables import print_rows
from kg.base.json_forms import json_line

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
    # start time: `--help` doesn't need it
    from kg.model import percent

    settings = read_settings()
    base = knowledge.open_base(settings)
    improvement = knowledge.find_improvements(base, limit)
    corpus = base.corpus
    if form == "jsonl":
        for row in _lacking_rows(improvement) if lacking else _edit_rows(improvement, corpus):
            click.echo(json_line(row))
        return
    if lacking:
        _print_lacking(settings, improvement)
        return
    t, now = texts("next"), improvement.now
    if not flag("quiet"):
        say(t("now", graded=percent(now.graded), whole=now.whole, concepts=now.concepts, share=percent(now.share)))
    if improvement.edits:
        _print_edits(settings, improvement, corpus)
    else:
        click.echo(t("nothing"))


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


def _print_edits(settings: Settings, improvement: Improvement, corpus: Corpus) -> None:
    # start time: `--help` doesn't need them
    from kg.model import percent
    from kg.suggest.reasons import make_reason_texts

    t = texts("next")
    wording = make_reason_texts(
        t.lang, lambda iri: corpus.concepts[iri].label(t.lang), lambda path: display_path(settings, path)
    )
    rows = []
    for edit in improvement.edits:
        after = {"graded": percent(edit.after.graded), "share": percent(edit.after.share)}
        reason = next(iter(edit.suggestion.why), None)
        said = wording.describe(reason) if reason is not None and reason.line else ""
        rows.append((*_add_and_accept(settings, edit), t("gain", n=edit.gain, **after), said))
    print_rows(rows, whole=(1,))


def _print_lacking(settings: Settings, improvement: Improvement) -> None:
    t, lacks = texts("next"), texts("lacks")
    rows = []
    for concept, why, edit in improvement.lacking[:_LACKING]:
        place = f"{display_path(settings, concept.path)}: {concept.label(t.lang)}"
        helps = (t("no-edit"), "") if edit is None else _add_and_accept(settings, edit)
        rows.append((place, t("lacks", what=join([lacks(name) for name in why])), *helps))
    print_rows(rows, whole=(3,))
    if len(improvement.lacking) > _LACKING and not flag("quiet"):
        say(t("more", n=len(improvement.lacking) - _LACKING))


def _add_and_accept(settings: Settings, edit: ProposedEdit) -> tuple[str, str]:
    """What an edit adds to which note, and the command that makes it."""
    added = texts("next")("add", edit=_edit(edit), path=display_path(settings, edit.suggestion.path))
    return added, f"kg suggest --accept {edit.suggestion.id}"
