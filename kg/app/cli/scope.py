"""``kg scope``: scope lists without RDF."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kg.app.cli.completion import complete_lists, complete_scopes
from kg.app.cli.options import (
    common,
    flag,
    message_language,
    output_file,
    read_settings,
    refuse_second_id,
    require_file,
    texts,
    to_stderr,
)
from kg.app.cli.tables import print_rows
from kg.base.errors import UsageError
from kg.base.files import is_folder
from kg.base.json_forms import json_pretty

if TYPE_CHECKING:
    from kg.knowledge.scoping import TopicProposal

_ALL = "*"
_SAME = 1.0


@click.group()
@common
def scope() -> None:
    """Add lists of topics that the notes are to cover, and confirm which concepts cover them."""


@scope.command()
@click.argument("source", metavar="FILE|NAME", shell_complete=complete_lists)
@click.option("--name", default="", metavar="NAME", help="The list's name here (default: that of the file).")
@click.option("--title", default="", metavar="TEXT", help="Its title, e.g. 'Syllabus / 教学大纲'.")
@click.option("--source", "origin", default="", metavar="URL", help="Where it was taken from.")
@click.option("--edition", default="", metavar="TEXT", help="Its version or date.")
@click.option("--area", default="", metavar="TEXT", help="The area of knowledge that it belongs to.")
@click.option("--encoding", default="", metavar="NAME", help="Encoding of a table that isn't UTF-8, e.g. gb18030.")
@common
def add(source: str, name: str, title: str, origin: str, edition: str, area: str, encoding: str) -> None:
    """Add a list to ontology/scope/, as a Markdown check list.

    FILE is a Markdown check list, a table in CSV or a list in Turtle. NAME is one of the lists that kg ships, such as
    cncf-glossary.
    """
    # start time: `--help` doesn't need it
    from kg.knowledge import open_base
    from kg.knowledge.scoping import add_scope, propose_topics

    settings = read_settings()
    facts = {"title": title, "source": origin, "edition": edition, "area": area}
    try:
        path, added = add_scope(settings, source, facts, as_name=name, encoding=encoding)
    except UsageError:
        if is_folder(Path(source)):
            require_file("source", source)
        raise
    click.echo(os.path.relpath(path))
    if flag("quiet"):
        return
    rows = propose_topics(open_base(settings), path.stem)
    t = texts("scope")
    to_stderr(t("added", n=len(added.topics), near=len({row.topic.iri for row in rows})))
    to_stderr(f"    kg scope map {path.stem}" if rows else t("map-by-hand", name=path.stem))


@scope.command(name="map")
@click.argument("name", metavar="[LIST]", default="", shell_complete=complete_scopes)
@click.option("--min-likeness", type=click.FloatRange(0.0, 1.0), metavar="L",
              help="Only concepts at least this similar; 1 for those with the same name.")  # fmt: skip
@click.option("--accept", multiple=True, is_flag=False, flag_value=_ALL, metavar="[ID]",
              help="Confirm LIST/TOPIC=CONCEPT; repeatable. Without ID: the best, by --min-likeness.")  # fmt: skip
@click.option("--reject", multiple=True, metavar="ID", help="Don't propose it again; repeatable.")
@click.option("--diff", is_flag=True, help="Show what would be written, and write nothing.")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@output_file
@common
def map_topics(
    name: str, min_likeness: float | None, accept: tuple[str, ...], reject: tuple[str, ...], diff: bool, form: str
) -> None:
    """Propose concepts for topics without one, by names in Chinese and English, and confirm them.

    Decisions are rows of ontology/scope/mapping.csv: list, topic, concept, yes or no. Nothing counts before it is confirmed.
    """
    # start time: `--help` doesn't need it
    from kg.knowledge import open_base
    from kg.knowledge.scoping import decide_topics, propose_topics, write_mapping

    settings = read_settings()
    if accept or reject:
        if name and _ALL not in accept:
            refuse_second_id(name, accept, reject, scope=True)
        if _ALL in accept and min_likeness is None:
            raise UsageError(
                "--accept without an id needs --min-likeness", hint="kg scope map --accept --min-likeness 1 --diff"
            )
        ids = [i for text in accept if text != _ALL for i in text.split(",")]
        least = min_likeness if _ALL in accept else None
        edit = decide_topics(settings, ids, [i for text in reject for i in text.split(",")], least=least)
        if diff:
            # start time: only --diff needs it
            from kg.app.cli.difference import end_with_differences

            end_with_differences([(os.path.relpath(edit.path, settings.root), edit.before, edit.after)])
            return
        if edit.after != edit.before:
            write_mapping(settings, edit)
        click.echo(texts("scope")("decided", n=edit.decisions, path=os.path.relpath(edit.path)))
        return
    rows = [r for r in propose_topics(open_base(settings), name) if r.likeness >= (min_likeness or 0.0)]
    if form == "json":
        click.echo(json_pretty([_data(row) for row in rows]))
        return
    lang = message_language()
    print_rows([(f"{row.likeness:.2f}", row.id, row.topic.name(lang), row.name) for row in rows], whole=(1,))
    if not flag("quiet"):
        t = texts("scope")
        to_stderr(t("total", n=len(rows)))
        if any(row.likeness >= _SAME for row in rows):
            to_stderr("    kg scope map --accept --min-likeness 1")


def _data(row: TopicProposal) -> dict[str, object]:
    return {
        "id": row.id, "list": row.list, "topic": row.slug, "labels": dict(row.topic.labels), "concept": row.concept,
        "name": row.name, "likeness": row.likeness,
    }  # fmt: skip
