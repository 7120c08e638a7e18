"""``kg ls``: the concepts or files of a knowledge base, one a line."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kg import knowledge
from kg.app.cli.completion import select_concepts
from kg.app.cli.options import NamedPath, common, display_path, message_language, output_file, read_settings, texts
from kg.app.cli.tables import print_table
from kg.app.cli.terminal import escape
from kg.base.errors import UsageError
from kg.base.json_forms import json_pretty
from kg.base.names import printable

if TYPE_CHECKING:
    from kg.model import Concept


@click.command("ls")
@click.argument("paths", nargs=-1, type=NamedPath(exists=True), metavar="[PATH]…")
@select_concepts
@click.option("--format", "form", type=click.Choice(["id", "path", "iri", "table", "json"]), default="id", show_default=True)
@click.option("--files", is_flag=True, help="List the files that are read instead of concepts.")
@output_file
@common
def list_concepts(paths: tuple[Path, ...], selectors: tuple[str, ...], form: str, files: bool) -> None:
    """List concepts, one a line: all, those of notes or folders, or those that selectors name.

    A selector is written as in dbt: raft is a concept, +raft also what it rests on, raft+2 also what rests on it within two
    steps. tag:, area:, type:, layer:, status: and path: select by a property, * stands for any characters, a comma means and,
    a space means or.
    """
    # start time: `--help` doesn't need it
    from kg.knowledge.selecting import select_stated

    settings = read_settings(paths)
    if files:
        # start time: only this option needs it
        from kg.app.cli.check_scope import read_paths

        if selectors:
            raise UsageError("--files and --select-concepts exclude each other", hint="kg ls --format path")
        for path in read_paths(settings):
            if not paths or _is_in(Path(path), paths):
                click.echo(printable(path))
        return
    base = knowledge.open_base(settings)
    corpus = base.corpus
    chosen = select_stated(corpus, base.relations, selectors) if selectors else corpus.concepts.keys()
    places = base.files
    rows = [
        concept
        for iri, concept in corpus.concepts.items()
        if iri in chosen and (not paths or any(_is_in(Path(places.get(p, p)), paths) for p in concept.paths or (concept.path,)))
    ]
    if form == "json":
        click.echo(json_pretty([_data(concept) for concept in rows]))
    elif form == "table":
        _print_rows(rows, {c.iri: display_path(settings, c.path) for c in rows})
    else:
        for concept in rows:
            shown = {"id": concept.id, "iri": concept.iri}.get(form) or display_path(settings, concept.path)
            click.echo(printable(shown))


def _is_in(path: Path, places: tuple[Path, ...]) -> bool:
    real = Path(os.path.realpath(path))
    return any(real.is_relative_to(os.path.realpath(place)) for place in places)


def _data(concept: Concept) -> dict[str, object]:
    return {
        "id": concept.id, "iri": concept.iri, "path": concept.path, "type": concept.type, "labels": dict(concept.labels),
        "area": concept.area, "layer": concept.layer, "status": concept.status, "tags": list(concept.tags),
    }  # fmt: skip


def _print_rows(rows: list[Concept], paths: dict[str, str]) -> None:
    # start time: rich is needed only for tables
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    t, lang = texts("ls"), message_language()
    table = Table(*(t(head) for head in ("id", "type", "label", "path")), box=SIMPLE_HEAD, pad_edge=False)
    for concept in rows:
        table.add_row(*map(escape, (concept.id, concept.type, concept.label(lang), paths[concept.iri])))
    print_table(table)
