"""Options that every command takes, before or after its name, and how output is printed."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import update_wrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, ParamSpec, TypeVar

import click

from kg.base.errors import KgError
from kg.base.files import is_file
from kg.base.names import printable
from kg.base.texts import FALLBACK, Sentences, Texts, list_languages

if TYPE_CHECKING:
    from rich.console import Console

    from kg.base.settings import Settings
    from kg.checks import TrustedChange

P = ParamSpec("P")
R = TypeVar("R")


def common(command: Callable[P, R]) -> Callable[..., R]:
    """Give a command the common options; options after the command's name override those before it."""
    return _with(_OPTIONS)(command)


def common_but_notes(command: Callable[P, R]) -> Callable[..., R]:
    """The common options for a command that reads no notes and has a ``--notes`` of its own."""
    return _with({name: option for name, option in _OPTIONS.items() if name != "notes"})(command)


_FOLDER = click.Path(path_type=Path)
_OPTIONS: dict[str, Callable[[Any], Any]] = {
    "directory": click.option("-C", "directory", type=_FOLDER, metavar="DIR", help="The knowledge base (default: here)."),
    "notes": click.option(
        "--notes",
        type=_FOLDER,
        multiple=True,
        metavar="DIR",
        help="Notes folder instead of concepts/, or an RDF file with a SKOS thesaurus; repeatable.",
    ),
    "out": click.option("--out", type=_FOLDER, metavar="DIR", help="Output folder instead of output/."),
    "quiet": click.option("-q", "--quiet", is_flag=True, help="Say only what is wrong."),
    "verbose": click.option("-v", "--verbose", is_flag=True, help="Say more."),
    "log_format": click.option(
        "--log-format",
        type=click.Choice(["text", "json"]),
        help="Format of messages on stderr: text, or a JSON object per line.",
    ),
    "lang": click.option("--lang", type=click.Choice(list_languages("app")), help="Language of the output (default: en)."),
}


def _with(options: dict[str, Callable[[Any], Any]]) -> Callable[[Callable[P, R]], Callable[..., R]]:
    def decorate(command: Callable[P, R]) -> Callable[..., R]:
        def wrapper(*args: Any, **kwargs: Any) -> R:
            ctx = click.get_current_context()
            options_ = {name: kwargs.pop(name) for name in options}
            values = dict(ctx.obj or {})
            values.update({k: v for k, v in options_.items() if v not in (None, (), False)})
            # The root too: it is where errors are said.
            ctx.obj = ctx.find_root().obj = values
            return command(*args, **kwargs)

        update_wrapper(wrapper, command)
        result: Any = wrapper
        for option in reversed(options.values()):
            result = option(result)
        return result  # type: ignore[no-any-return]  # click's decorators return what they are given

    return decorate


def say_error(error: KgError) -> None:
    """Say an error and what to try, as ``--log-format`` asks."""
    if not log_json("error", message=str(error), hint=error.hint):
        to_stderr(texts("common")("failed", error=translate_sentence("errors", str(error))))
        if error.hint:
            to_stderr("\n".join(f"    {translate_sentence('errors', line)}" for line in error.hint.split("\n    ")))


def to_stderr(text: str) -> None:
    """Say something where it can be said: a full disk under stderr must not hide how the command ends.

    Messages quote files and servers: control characters are shown as U+FFFD, line by line.
    """
    with contextlib.suppress(OSError):
        click.echo("\n".join(map(printable, text.split("\n"))), err=True)


def say(text: str) -> None:
    """Say something on stderr: as it is, or as the message of a JSON object where ``--log-format json`` is set."""
    if not log_json("said", message=text):
        to_stderr(text)


def log_json(event: str, **data: Any) -> bool:
    """Where ``--log-format json`` is set, write an event to stderr as one JSON object; whether it was."""
    if flag("log_format") != "json":
        return False
    # start time: most logs are for people
    from kg.base.json_forms import json_line

    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    to_stderr(json_line({"time": stamp, "event": event, **data}))
    return True


def read_settings() -> Settings:
    """The settings of the knowledge base that the options name."""
    # start time: `kg --version` and `kg --help` read no settings
    from kg.base.settings import load_settings

    options = click.get_current_context().obj or {}
    return load_settings(options.get("directory") or Path.cwd(), notes=options.get("notes") or (), out=options.get("out"))


base_revision = click.option(
    "--base-revision", "revision", metavar="REV",
    help="Judge the notes by kg.toml, ontology/, baseline and verdicts of this git revision; changes of them are findings.",
)  # fmt: skip


class JudgedBy(NamedTuple):
    """By what notes are judged: the settings on the disk, or those of a base revision."""

    settings: Settings
    revision: str = ""
    changes: Sequence[TrustedChange] = ()
    """What the files on the disk change of the revision's."""
    baseline: Callable[[Path], Path] = lambda path: path
    """Where the baseline that the command line names is read from."""


@contextlib.contextmanager
def judged_by(revision: str | None) -> Iterator[JudgedBy]:
    """The settings of the knowledge base that the options name, or those of a revision, as long as the block runs."""
    if revision is None:
        yield JudgedBy(read_settings())
        return
    # start time: only this command needs it
    from kg import knowledge

    options = click.get_current_context().obj or {}
    root = (options.get("directory") or Path.cwd()).absolute()
    with knowledge.trust_revision(root, revision, notes=options.get("notes") or (), out=options.get("out")) as trusted:
        if not flag("quiet"):
            say(texts("common")("judged-by-defaults" if trusted.is_empty else "judged-by", revision=trusted.revision))
        yield JudgedBy(trusted.settings, trusted.revision, trusted.changes, trusted.baseline)


trust_committed = click.option(
    "--trust-committed", is_flag=True, help="Let gates rest on verdicts that came with the notes and were not checked here."
)


def flag(name: str) -> Any:
    """The value of a common option."""
    return (click.get_current_context().obj or {}).get(name)


def message_language() -> str:
    """The language of messages: ``--lang``, else English. Tests of parts run without a command."""
    context = click.get_current_context(silent=True)
    return str(((context.obj if context else None) or {}).get("lang") or FALLBACK)


def texts(section: str) -> Texts:
    """The texts of a command in the language of messages."""
    return Texts(message_language(), f"app.{section}", "app.common")


def translate_reason(sentence: str) -> str:
    """A sentence of measures, gates or acceptance in the language of messages."""
    return Sentences(message_language(), "metrics.reasons", "plan.found")(sentence)


def translate_sentence(section: str, sentence: str) -> str:
    """An English sentence of a lower wing in the language of messages, recognised by a section of the catalogue."""
    return Sentences(message_language(), f"app.{section}")(sentence)


def pad_text(text: str, width: int) -> str:
    """Text in a column; wide characters take two cells."""
    # start time: it is for those who print tables
    from kg.base.widths import text_width

    return text + " " * (width - text_width(text))


def join(parts: Sequence[str]) -> str:
    """Parts as a list in running text, in the language of messages."""
    return texts("common")("list-separator").join(parts)


def language(available: tuple[str, ...]) -> str:
    """The language to print labels in: ``--lang``, or else the first of those available."""
    return flag("lang") or (available[0] if available else "en")


def console(*, stderr: bool = False) -> Console:
    """A terminal; into a pipe it writes plain text and cuts nothing off."""
    # start time: rich is for those who print tables
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else 10_000
    return Console(
        stderr=stderr, width=width, soft_wrap=False, highlight=False, emoji=False, no_color=bool(os.environ.get("NO_COLOR"))
    )


def escape(text: str) -> str:
    """Text for a console that reads markup: what notes say is printed as it is, control characters aside."""
    # start time: rich is for those who print tables
    from rich.markup import escape as escape_markup

    return escape_markup(printable(text))


def display_path(settings_: Settings, path: str) -> str:
    """A note's path as one can open it from here."""
    thesaurus = next((p for p in settings_.thesauri if settings_.name_of(p) == path), None)
    if thesaurus is not None:
        relative = os.path.relpath(thesaurus)
        return str(thesaurus) if relative.startswith("../..") else relative
    if len(settings_.notes) == 1:
        full = settings_.notes[0] / path
        # A thesaurus that was given to the build is none of the settings when its graph is asked later.
        if not is_file(full) and is_file(settings_.root / path):
            full = settings_.root / path
        relative = os.path.relpath(full)
        return str(full) if relative.startswith("../..") else relative
    return path
