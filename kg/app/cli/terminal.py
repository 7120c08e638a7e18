"""What commands print to: colours, links, columns and questions of a terminal, and plain text elsewhere."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kg.base.names import printable

if TYPE_CHECKING:
    from rich.console import Console


def pad_text(text: str, width: int) -> str:
    """Text in a column; wide characters take two cells."""
    # start time: it is for those who print tables
    from kg.base.widths import text_width

    return text + " " * (width - text_width(text))


def read_line(question: str) -> str | None:
    """Ask a question and return the line that is typed; None at the end of the input or after Ctrl-C."""
    try:
        click.echo(question, nl=False)
        return input()
    except (EOFError, KeyboardInterrupt):
        click.echo()
        return None


def console(*, stderr: bool = False) -> Console:
    """A rich console; if output isn't a terminal, it writes plain text without truncation."""
    # start time: rich is needed only for tables
    from rich.console import Console

    class KgConsole(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError  # as any other output does

    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else 10_000
    colours = wants_colours()
    return KgConsole(
        stderr=stderr,
        width=width,
        soft_wrap=False,
        highlight=False,
        emoji=False,
        no_color=colours is False,
        force_terminal=colours,
    )


def wants_colours() -> bool | None:
    """Whether the environment asks for colours: ``NO_COLOR``, then ``FORCE_COLOR``; None if the terminal decides."""
    if os.environ.get("NO_COLOR"):
        return False
    forced = os.environ.get("FORCE_COLOR", os.environ.get("CLICOLOR_FORCE", ""))
    return True if forced not in ("", "0", "false") else None


def in_ci() -> bool:
    """Whether the output is a log of CI: `CI` is set and stderr is not a terminal."""
    return os.environ.get("CI", "") not in ("", "0", "false") and not sys.stderr.isatty()


def hyperlink(text: str, location: str) -> str:
    """The text as a link to a file, if the terminal shows links (``FORCE_HYPERLINK`` decides, where it is set)."""
    if not _shows_links():
        return text
    # start time: only terminals with links need it
    from urllib.parse import quote

    return f"\x1b]8;;file://{quote(str(Path(location).absolute()))}\x1b\\{text}\x1b]8;;\x1b\\"


def _shows_links() -> bool:
    forced = os.environ.get("FORCE_HYPERLINK", "")
    if forced:
        return forced not in ("0", "false")
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR") or os.environ.get("CI"):
        return False
    version = os.environ.get("VTE_VERSION", "")
    return (
        (version.isdecimal() and int(version) >= 5000)
        or os.environ.get("TERM_PROGRAM", "") in ("iTerm.app", "WezTerm", "vscode", "ghostty", "Hyper", "Tabby", "rio")
        or any(os.environ.get(name) for name in ("KITTY_WINDOW_ID", "WT_SESSION", "KONSOLE_VERSION", "ALACRITTY_WINDOW_ID"))
    )


def escape(text: str) -> str:
    """Escape text for a console with markup, so that it is printed literally, without control characters."""
    # start time: rich is needed only for tables
    from rich.markup import escape as escape_markup

    return escape_markup(printable(text))
