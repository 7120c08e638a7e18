"""``kg coverage``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kg import knowledge
from kg.app.cli.options import common, display_path, message_language, output_file, read_settings, texts
from kg.app.cli.tables import print_table
from kg.app.cli.terminal import escape
from kg.base.errors import UsageError
from kg.base.json_forms import json_pretty

if TYPE_CHECKING:
    from kg.base.settings import Settings
    from kg.model import BlindList


@click.command()
@click.option("--blind", is_flag=True, help="The lists in ontology/scope/blind/, which no note was written for.")
@click.option("--freeze", is_flag=True, help="With --blind: record the first measurement of lists that have none.")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@output_file
@common
def coverage(blind: bool, freeze: bool, form: str) -> None:
    """Show how many topics of each scope list the notes cover.

    With --blind: lists that no note was written for when they were committed, with their first measurement and today's.
    --freeze records the first measurement if git shows that each list was committed alone and that no note was changed since.
    It is never changed afterwards. Blind lists count for no measure and no gate.
    """
    if freeze and not blind:
        raise UsageError("--freeze goes with --blind", hint="kg coverage --blind --freeze")
    settings = read_settings()
    assessment = knowledge.open_base(settings).assessment
    if freeze:
        _freeze(settings, assessment.blind)
        assessment = knowledge.open_base(settings).assessment
    # start time: help needs no model
    from kg.model import BlindList

    rows = assessment.blind if blind else tuple(BlindList(topics, None) for topics in assessment.lists)
    if form == "json":
        click.echo(json_pretty([_row(row) for row in rows]))
    elif rows:
        _print(rows, blind=blind)
    else:
        click.echo(texts("coverage")("no-blind" if blind else "none"))


def _freeze(settings: Settings, lists: tuple[BlindList, ...]) -> None:
    # start time: only --freeze needs git
    from kg.knowledge.freezing import freeze_blind_lists

    path = freeze_blind_lists(settings, lists)
    t = texts("coverage")
    click.echo(t("frozen", path=display_path(settings, str(path))) if path is not None else t("nothing-to-freeze"), err=True)


def _row(row: BlindList) -> dict[str, object]:
    topics = row.topics
    data: dict[str, object] = {
        "list": topics.key, "title": dict(topics.title), "edition": topics.edition, "source": topics.source,
        "topics": len(topics.topics), "met": topics.met, "checked": topics.checked,
        "missing": [{"notation": t.notation, "label": t.label} for t in topics.topics if t.lacks],
    }  # fmt: skip
    return data if row.first is None else data | {"blind": row.first._asdict()}


def _print(rows: tuple[BlindList, ...], *, blind: bool) -> None:
    # start time: rich is needed only for tables
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    t, lang = texts("coverage"), message_language()
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for head in ("list", "edition", "topics", *(("blind",) if blind else ()), "now", "share"):
        table.add_column(t(head), justify="left" if head in ("list", "edition") else "right")
    for row in rows:
        topics, first = row.topics, row.first
        before = str(first.met) if first is not None else t("changed" if row.changed else "not-frozen")
        share = _share(topics.met, len(topics.topics)) if topics.checked else t("unchecked")
        title = topics.title.get(lang) or topics.title.get("en") or topics.key
        counts = [str(len(topics.topics)), *((before,) if blind else ()), str(topics.met)]
        table.add_row(escape(title), escape(topics.edition), *counts, share)
    counted = [row for row in rows if row.topics.checked]
    size, met = sum(len(row.topics.topics) for row in counted), sum(row.topics.met for row in counted)
    firsts = str(sum(row.first.met for row in counted if row.first is not None))
    table.add_row(t("together"), "", str(size), *((firsts,) if blind else ()), str(met), _share(met, size))
    print_table(table)


def _share(met: int, size: int) -> str:
    # start time: help needs no model
    from kg.model import percent

    return percent(met / size) if size else ""
