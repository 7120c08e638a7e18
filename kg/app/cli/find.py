"""``kg find``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

import click

from kg import knowledge
from kg.app.cli.completion import complete_concepts
from kg.app.cli.options import common, display_path, flag, output_file, read_settings, say, texts
from kg.app.cli.terminal import console, escape
from kg.base.json_forms import json_line

if TYPE_CHECKING:
    from kg.base.settings import Settings
    from kg.knowledge.search import SearchMatch

_SHOWN: Final = 10


@click.command()
@click.argument("query", nargs=-1, required=True, shell_complete=complete_concepts)
@click.option("--limit", type=click.IntRange(1, 1000), default=_SHOWN, show_default=True, metavar="N")
@click.option("--format", "form", type=click.Choice(["text", "jsonl"]), default="text", show_default=True)
@output_file
@common
def find(query: tuple[str, ...], limit: int, form: str) -> None:
    """Search names, headings, tags and text of the notes, best match first.

    In Chinese and English; names also by pinyin or its first letters (rqbp finds 容器编排), and with a typing error. Every word
    has to match; "words in quotes" are one term; #tag restricts to notes with a tag. Comments of authors are not searched.
    Exit status 1 if nothing matches.
    """
    settings = read_settings()
    base = knowledge.open_base(settings)
    matches = base.search(" ".join(query), limit, flag("lang") or "")
    if form == "jsonl":
        for match in matches:
            click.echo(json_line({**match._asdict(), "path": match.path, "marks": [list(m) for m in match.marks]}))
    else:
        _print(settings, matches)
    if not matches:
        if not flag("quiet"):
            say(texts("find")("nothing", query=" ".join(query)))
        sys.exit(1)


def _print(settings: Settings, matches: tuple[SearchMatch, ...]) -> None:
    out = console()
    for match in matches:
        place = f"{display_path(settings, match.path)}:{match.line}:{match.column}"
        kind = texts("find")(match.kind)
        out.print(f"{escape(place)}  [bold]{escape(match.label)}[/bold]  [dim]{escape(kind)}[/dim]")
        if match.snippet:
            out.print(f"    {_marked(match)}")


def _marked(match: SearchMatch) -> str:
    parts, position = [], 0
    for start, end in match.marks:
        parts += [escape(match.snippet[position:start]), f"[yellow]{escape(match.snippet[start:end])}[/yellow]"]
        position = end
    return "".join(parts) + escape(match.snippet[position:])
