"""``kg extract``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kg import knowledge
from kg.app.cli.completion import complete_notes
from kg.app.cli.options import NamedPath, common, display_path, flag, output_file, read_settings, texts, to_stderr
from kg.app.cli.tables import print_table
from kg.app.cli.terminal import escape
from kg.base.errors import UsageError
from kg.base.json_forms import json_line
from kg.base.names import printable

if TYPE_CHECKING:
    from kg.base.settings import Settings
    from kg.suggest.extract import Draft


@click.command()
@click.argument("only", nargs=-1, metavar="[NOTE]…", shell_complete=complete_notes)
@click.option("--to", type=NamedPath(file_okay=False), metavar="DIR", help="Write the drafts as notes into DIR.")
@click.option(
    "--candidates", "wanted", is_flag=True, help="List terms that several notes use and no note defines, instead of drafts."
)
@click.option("--limit", type=click.IntRange(1), help="Maximum number of rows (default for candidates: 50).")
@click.option("--format", "form", type=click.Choice(["table", "jsonl"]), default="table", show_default=True)
@output_file
@common
def extract(only: tuple[str, ...], to: Path | None, wanted: bool, limit: int | None, form: str) -> None:
    """Extract drafts of concept notes from documents that describe many concepts.

    Concepts are taken from headings and bold text that define them and from diagram labels, each with file and line. Labelled
    edges of diagrams become relations if the vocabulary knows the label; other edges are listed as suggestions. NOTE is a file
    in the notes folder; without it, all notes are read. Existing notes are never overwritten.
    """
    if wanted and to is not None:
        raise UsageError("--candidates and --to exclude each other", hint="leave out one of them")
    settings = read_settings()
    taken = knowledge.extract_drafts(settings, only, knowledge.How(cache=settings.cache))
    if wanted:
        _candidates(taken, settings, limit or 50, form)
        return
    shown = taken.drafts[:limit] if limit else taken.drafts
    if to is not None:
        _write(taken, shown, to)
        return
    if form == "jsonl":
        for draft in shown:
            click.echo(json_line(knowledge.draft_row(taken, draft)))
        return
    # start time: rich is needed only for tables
    from rich.table import Table

    t = texts("extract")
    heads = map(t, ("id", "name", "confidence", "places", "relations", "suggestions", "where"))
    table = Table(*heads, box=None, header_style="bold")
    for draft in shown:
        place = draft.places[0]
        table.add_row(
            escape(draft.id), escape(" / ".join(draft.names.values())), f"{draft.confidence:.2f}", str(len(draft.places)),
            str(len(draft.relations)), str(len(draft.suggestions)),
            escape(f"{display_path(settings, place.path)}:{place.line}"),
        )  # fmt: skip
    print_table(table)
    _say(t("drafts", n=len(taken.drafts), below=len(taken.below)))


def _say(text: str) -> None:
    if not flag("quiet"):
        to_stderr(text)


def _write(taken: knowledge.Extracted, shown: Sequence[Draft], to: Path) -> None:
    """Write drafts; existing files are not overwritten, since they may have been edited."""
    written, kept = knowledge.write_drafts(taken, shown, to)
    for path in written:
        click.echo(printable(str(path)))
    _say(texts("extract")("written-kept" if kept else "written", n=len(written), to=to, kept=len(kept)))


def _candidates(taken: knowledge.Extracted, settings: Settings, limit: int, form: str) -> None:
    candidates = taken.candidates(limit)
    if form == "jsonl":
        for c in candidates:
            row = {"name": c.name, "score": c.score, "notes": c.notes, "named": list(c.named)}
            row["where"] = [f"{p.path}:{p.line}" for p in c.places]
            click.echo(json_line(row))
        return
    # start time: rich is needed only for tables
    from rich.table import Table

    table = Table(*map(texts("extract"), ("name", "score", "notes", "singled-out", "where")), box=None, header_style="bold")
    for c in candidates:
        where = ", ".join(f"{display_path(settings, p.path)}:{p.line}" for p in c.places[:2])
        table.add_row(escape(c.name), f"{c.score:.1f}", str(c.notes), ", ".join(c.named), escape(where))
    print_table(table)
