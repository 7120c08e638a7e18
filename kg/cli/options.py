"""Options that every command takes, before or after its name, and how output is printed."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Callable
from functools import update_wrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import click

from kg.settings import Settings, load

if TYPE_CHECKING:
    from rich.console import Console

P = ParamSpec("P")
R = TypeVar("R")

_NAMES = ("directory", "notes", "out", "quiet", "verbose", "lang")


def common(command: Callable[P, R]) -> Callable[..., R]:
    """Give a command the common options; what stands after the command's name comes before what stands in front."""

    def wrapper(*args: Any, **kwargs: Any) -> R:
        ctx = click.get_current_context()
        given = {name: kwargs.pop(name) for name in _NAMES}
        known = dict(ctx.obj or {})
        known.update({k: v for k, v in given.items() if v not in (None, (), False)})
        ctx.obj = known
        return command(*args, **kwargs)

    update_wrapper(wrapper, command)
    folder = click.Path(path_type=Path)
    options = (
        click.option("-C", "directory", type=folder, metavar="DIR", help="The knowledge base (default: here)."),
        click.option(
            "--notes", type=folder, multiple=True, metavar="DIR", help="Notes folder instead of concepts/; repeatable."
        ),
        click.option("--out", type=folder, metavar="DIR", help="Output folder instead of output/."),
        click.option("-q", "--quiet", is_flag=True, help="Say only what is wrong."),
        click.option("-v", "--verbose", is_flag=True, help="Say more."),
        click.option("--lang", type=click.Choice(["zh", "en"]), help="Language of labels in the output."),
    )
    result: Any = wrapper
    for option in reversed(options):
        result = option(result)
    return result  # type: ignore[no-any-return]  # click's decorators return what they are given


def settings() -> Settings:
    """The settings of the knowledge base that the options name."""
    given = click.get_current_context().obj or {}
    return load(given.get("directory") or Path.cwd(), notes=given.get("notes") or (), out=given.get("out"))


def flag(name: str) -> Any:
    """The value of a common option."""
    return (click.get_current_context().obj or {}).get(name)


def language(available: tuple[str, ...]) -> str:
    """The language to print labels in: ``--lang``, or else the first of those available."""
    return flag("lang") or (available[0] if available else "en")


def console(*, stderr: bool = False) -> Console:
    """A terminal; into a pipe it writes plain text and cuts nothing off."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else 10_000
    return Console(stderr=stderr, width=width, soft_wrap=False, highlight=False, no_color=bool(os.environ.get("NO_COLOR")))


def escape(text: str) -> str:
    """Text for a console that reads markup: what notes say is printed as it is, control characters aside."""
    from rich.markup import escape as escape_markup

    return escape_markup("".join(c if c.isprintable() else "\ufffd" for c in text))


def percent(value: float | None) -> str:
    """A share for readers.

    >>> percent(0.9333), percent(1.0), percent(None)
    ('93.3%', '100.0%', 'unknown')
    >>> percent(83 / 447), percent(0.9999)
    ('18.5%', '99.9%')
    """
    if value is None:
        return "unknown"
    # Cut off, not rounded: a share never looks better than it is.
    return f"{math.floor(value * 1000 + 1e-9) / 10:.1f}%"


def display_path(settings_: Settings, path: str) -> str:
    """A note's path as one can open it from here."""
    if len(settings_.notes) == 1:
        full = settings_.notes[0] / path
        relative = os.path.relpath(full)
        return str(full) if relative.startswith("../..") else relative
    return path
