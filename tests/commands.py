"""The commands of ``kg``, from the tree that click has of them, so that no list in a test lags behind."""

from __future__ import annotations

from collections.abc import Iterator

import click

from kg.app.cli import main


def all_commands() -> dict[str, click.Context]:
    """The words that name each command, without its subcommands, with a context of it: ``plan start``."""
    return {" ".join(names): ctx for names, ctx in _below(main, click.Context(main, info_name="kg"))}


def _below(group: click.Group, ctx: click.Context) -> Iterator[tuple[tuple[str, ...], click.Context]]:
    for name in group.list_commands(ctx):
        command = group.get_command(ctx, name)
        assert command is not None
        within = click.Context(command, parent=ctx, info_name=name)
        if isinstance(command, click.Group):
            yield from (((name, *names), inner) for names, inner in _below(command, within))
        if not isinstance(command, click.Group) or command.invoke_without_command:
            yield (name,), within
