"""Tables and lines for readers: on a terminal as wide as it is, wrapped by words; elsewhere one line a row, with tabs."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Final

import click

from kg.app.cli.terminal import console, escape, pad_text
from kg.base.names import printable
from kg.base.widths import text_width

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

_NARROW: Final = 14
"""Cells up to which a column is never wrapped."""
_LEAST: Final = 20
"""Cells that a wrapped column needs, so that words fit into it."""
_GAP: Final = 3
_BELOW: Final = 12
"""Cells by which the notes of an entry are indented."""


def print_rows(rows: Iterable[Sequence[str]], *, indented: bool = False, whole: Collection[int] = ()) -> None:
    """Print rows without heads and lines; the columns `whole`, such as commands to paste, stay on one line."""
    # start time: rich is needed only for tables
    from rich.table import Table

    table = Table(box=None, show_header=False, padding=(0, 1, 0, 2), pad_edge=indented)
    for row in rows:
        for i in range(len(table.columns), len(row)):
            table.add_column(no_wrap=i in whole)
        table.add_row(*map(escape, row))
    if table.rows:
        print_table(table)


def print_entries(entries: Iterable[tuple[Sequence[str], Sequence[str]]]) -> None:
    """Print entries of cells and notes: on a terminal the notes stand below the cells, elsewhere in cells of their own."""
    if not sys.stdout.isatty():
        for cells, notes in entries:
            click.echo("\t".join(" ".join(printable(cell).split()) for cell in (*cells, *notes)))
        return
    rows = list(entries)
    widths = [max(map(text_width, column)) for column in zip(*(cells for cells, _ in rows), strict=True)]
    for cells, notes in rows:
        print_line(printable("  ".join(map(pad_text, cells, widths)).rstrip()))
        for note in notes:
            print_line(" " * _BELOW + printable(note), hang=_BELOW)


def print_line(line: str, *, hang: int = 4) -> None:
    """Print a printable line, which may have links; on a terminal it is wrapped by words, and what follows is indented."""
    if not sys.stdout.isatty():
        click.echo(line)
        return
    # start time: rich is needed only on terminals
    from rich.text import Text

    out, text = console(), Text.from_ansi(line)
    if text.cell_len <= out.width:
        click.echo(line)
        return
    for number, part in enumerate(text.wrap(out, max(out.width - hang, _LEAST), overflow="fold")):
        part.rstrip()
        out.print(Text.assemble(" " * hang if number else "", part), no_wrap=True, overflow="ignore")


def print_table(table: Table) -> None:
    """Print a table; on a terminal that is too narrow for its columns, each row as a paragraph."""
    rows = _rows(table)
    heads = [_text(column.header) for column in table.columns]
    if not sys.stdout.isatty():
        if any(head.plain for head in heads):
            click.echo("\t".join(_line(head) for head in heads))
        for row in rows:
            click.echo("\t".join(map(_line, row)))
        return
    out = console()
    widths = [max(cell.cell_len for cell in (head, *column)) for head, *column in zip(heads, *rows, strict=True)]
    if sum(widths) + _GAP * len(widths) <= out.width:
        out.print(table)
        return
    fixed = [width <= _NARROW or i == 0 or table.columns[i].no_wrap for i, width in enumerate(widths)]
    room = out.width - sum(w for w, is_fixed in zip(widths, fixed, strict=True) if is_fixed) - _GAP * len(widths)
    if room >= _LEAST * fixed.count(False) and False in fixed:
        for column, is_fixed in zip(table.columns, fixed, strict=True):
            column.no_wrap = is_fixed
            column.overflow = "fold"  # a path that is longer than its column is shown whole
        out.print(table)
    else:
        _print_paragraphs(out, heads, rows)


def _print_paragraphs(out: Console, heads: list[Text], rows: list[list[Text]]) -> None:
    # start time: rich is needed only for tables
    from rich.padding import Padding
    from rich.text import Text

    for first, *rest in rows:
        out.print(Text.assemble(first, style="bold"))
        for head, cell in zip(heads[1:], rest, strict=True):
            if cell.plain.strip():
                label = Text(f"{head.plain}: " if head.plain else "", style="dim")
                out.print(Padding(Text.assemble(label, cell), (0, 0, 0, 4), expand=False))


def _rows(table: Table) -> list[list[Text]]:
    columns = [[_text(cell) for cell in column.cells] for column in table.columns]
    return [list(row) for row in zip(*columns, strict=True)]


def _text(cell: object) -> Text:
    # start time: rich is needed only for tables
    from rich.text import Text

    return cell if isinstance(cell, Text) else Text.from_markup(str(cell))


def _line(cell: Text) -> str:
    return " ".join(cell.plain.split())
