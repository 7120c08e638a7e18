"""The manual page of kg, made from the help of its commands."""

from __future__ import annotations

from collections.abc import Iterator

import click

from kg.base.about import VERSION


def manual_page(main: click.Group) -> str:
    """Return the manual page in roff, as `man` reads it."""
    lines = [f'.TH KG 1 "" "kg {VERSION}" "User Commands"', ".SH NAME", "kg \\- a compiler and a test suite for knowledge"]
    lines += [".SH SYNOPSIS", "\\fBkg\\fR [OPTIONS] COMMAND [ARGS]...", ".SH DESCRIPTION", _escaped(main.help or "")]
    context = click.Context(main, info_name="kg")
    lines += [".SH OPTIONS", *_options(main, context), ".SH COMMANDS"]
    for name in main.list_commands(context):
        command = main.get_command(context, name)
        if command is not None:
            lines += _command(command, click.Context(command, info_name=f"kg {name}", parent=None))
    lines += [
        ".SH EXIT STATUS",
        "0 fine; 1 findings or a gate not met; 2 wrong use or kg failed; 130 interrupted; 141 closed pipe.",
    ]
    return "\n".join(lines) + "\n"


def _command(command: click.Command, context: click.Context) -> Iterator[str]:
    usage = " ".join(command.collect_usage_pieces(context))
    yield f".SS \\fB{_escaped(context.info_name or '')}\\fR {_escaped(usage)}"
    yield _escaped(command.help or "")
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            if below is not None:
                yield from _command(below, click.Context(below, info_name=f"{context.info_name} {name}"))
        return
    yield from _options(command, context, common=False)


def _options(command: click.Command, context: click.Context, *, common: bool = True) -> Iterator[str]:
    """Yield the options of a command; those of all commands stand at the top only."""
    shared = {"directory", "overrides", "notes", "out", "quiet", "verbose", "log_format", "lang"}
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is not None and (common or parameter.name not in shared | {"help"}):
            yield ".TP"
            yield f"\\fB{_escaped(record[0])}\\fR"
            yield _escaped(record[1])


def _escaped(text: str) -> str:
    lines = (line.strip() for line in text.replace("\\", "\\e").replace("-", "\\-").splitlines())
    return "\n".join(f"\\&{line}" if line.startswith((".", "'")) else line for line in lines)
