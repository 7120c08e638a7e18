"""Options of all commands, accepted before or after the command's name, and the printing of output."""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import update_wrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, ParamSpec, TypeVar, cast

import click

from kg.app.cli.completion import complete_overrides, complete_revisions
from kg.base.errors import KgError, UsageError
from kg.base.files import is_file, is_folder, is_there, without_parents
from kg.base.names import printable
from kg.base.progress import follow_run
from kg.base.texts import FALLBACK, Sentences, Texts, list_languages

if TYPE_CHECKING:
    from kg.base.settings import Settings
    from kg.checks import TrustedChange

P = ParamSpec("P")
R = TypeVar("R")


class NamedPath(click.Path):
    """A path that a person names, as `Path`. All commands use this type, since the gate of files takes no ``..`` in them."""

    def __init__(self, **more: bool) -> None:
        super().__init__(path_type=Path, **more)

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Return the path; ``..`` is resolved."""
        return without_parents(Path(os.fsdecode(super().convert(cast("str", value), param, ctx))))


class PathRefusedError(click.BadParameter):
    """A path that a command doesn't take, though the type of its parameter does."""


def require_file(name: str, path: Path | str, *tables: str) -> None:
    """Refuse a folder that a person gives for a file, and a path where nothing is; `name` is that of the parameter.

    A folder with one of the files `tables` is taken, as those of ``kg export csv``.
    """
    path = Path(path)
    if not is_there(path) or (is_folder(path) and not any(is_file(path / table) for table in tables)):
        ctx = click.get_current_context()
        raise PathRefusedError("", ctx, next(param for param in ctx.command.params if param.name == name))


def common(command: Callable[P, R]) -> Callable[..., R]:
    """Add the common options to a command; options after the command's name override those before it."""
    return _with(_OPTIONS)(command)


def common_but_notes(command: Callable[P, R]) -> Callable[..., R]:
    """The common options for a command that reads no notes and has its own ``--notes``."""
    return _with({name: option for name, option in _OPTIONS.items() if name != "notes"})(command)


_FOLDER = NamedPath()
_OPTIONS: dict[str, Callable[[Any], Any]] = {
    "directory": click.option(
        "-C",
        "directory",
        type=_FOLDER,
        metavar="DIR",
        help="The knowledge base (default: the nearest folder with settings, from the current one up).",
    ),
    "overrides": click.option(
        "--config",
        "overrides",
        multiple=True,
        metavar="KEY=VALUE",
        shell_complete=complete_overrides,
        help="Set a setting of kg.toml for this run, such as check.fail-on=warning; repeatable.",
    ),
    "notes": click.option(
        "--notes",
        type=_FOLDER,
        multiple=True,
        metavar="DIR",
        help="Notes folder instead of concepts/, or an RDF file with a SKOS thesaurus; repeatable.",
    ),
    "out": click.option("--out", type=_FOLDER, metavar="DIR", help="Output folder instead of output/."),
    "quiet": click.option("-q", "--quiet", is_flag=True, help="Print only errors."),
    "verbose": click.option("-v", "--verbose", is_flag=True, help="Print more details."),
    "log_format": click.option(
        "--log-format",
        type=click.Choice(["text", "json"]),
        help="Format of messages on stderr: text, or one JSON object a line.",
    ),
    "lang": click.option("--lang", type=click.Choice(list_languages("app")), help="Language of the output (default: en)."),
}


def _with(options: dict[str, Callable[[Any], Any]]) -> Callable[[Callable[P, R]], Callable[..., R]]:
    def decorate(command: Callable[P, R]) -> Callable[..., R]:
        def wrapper(*args: Any, **kwargs: Any) -> R:
            ctx = click.get_current_context()
            options_ = {name: kwargs.pop(name) for name in options}
            values = dict(ctx.obj or {})
            options_["overrides"] = (*values.get("overrides", ()), *options_.get("overrides", ()))
            values.update({k: v for k, v in options_.items() if v not in (None, (), False)})
            # Also in the root context, which reports errors.
            ctx.obj = ctx.find_root().obj = values
            if isinstance(ctx.command, click.Group):  # its command shows what it does
                return command(*args, **kwargs)
            # start time: help needs no line
            from kg.app.cli.progress import ProgressLine

            with follow_run(ProgressLine()):
                return command(*args, **kwargs)

        update_wrapper(wrapper, command)
        result: Any = wrapper
        for option in reversed(options.values()):
            result = option(result)
        return result  # type: ignore[no-any-return]  # click's decorators return what they are given

    return decorate


def say_error(error: KgError) -> None:
    """Report an error and its hint in the format of ``--log-format``."""
    if not log_json("error", message=str(error), hint=error.hint):
        to_stderr(texts("common")("failed", error=translate_sentence("errors", str(error))))
        if error.hint:
            hint = "\n".join(f"    {translate_sentence('errors', line)}" for line in error.hint.split("\n    "))
            to_stderr(_for_this_base(hint))


def _for_this_base(hint: str) -> str:
    """Commands in a hint, with ``-C`` if it was given, so that they can be pasted."""
    folder = flag("directory")
    if folder is None or " -C " in hint:
        return hint
    # start time: only an error needs them
    import shlex

    from kg.app.cli import COMMANDS

    named = f" -C {shlex.quote(str(folder))}"
    commands = "|".join(sorted(COMMANDS.keys() - {"init"}))
    return re.sub(rf"\bkg (?:{commands})\b(?! -C)", lambda m: m[0] + named, hint)


def to_stderr(text: str) -> None:
    """Write to stderr, ignoring errors, so that a full disk doesn't change the exit status.

    Messages quote files and servers, so control characters are replaced by U+FFFD, line by line.
    """
    with contextlib.suppress(OSError):
        click.echo("\n".join(map(printable, text.split("\n"))), err=True)


def say(text: str) -> None:
    """Write a message to stderr, as text or, with ``--log-format json``, as a JSON object."""
    if not log_json("said", message=text):
        to_stderr(text)


def log_json(event: str, **data: Any) -> bool:
    """With ``--log-format json``, write an event to stderr as one JSON object. Return whether it was written."""
    if flag("log_format") != "json":
        return False
    # start time: most logs are text
    from kg.base.json_forms import json_line

    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    to_stderr(json_line({"time": stamp, "event": event, **data}))
    return True


def read_settings(paths: Sequence[Path] = ()) -> Settings:
    """Read the settings of the selected knowledge base; `paths` are those of `judged_by`."""
    # start time: `kg --version` and `kg --help` read no settings
    from kg.base.settings import load_settings

    options = click.get_current_context().obj or {}
    settings = load_settings(
        find_root(paths),
        notes=options.get("notes") or (),
        out=options.get("out"),
        overrides=options.get("overrides") or (),
    )
    say_warnings(settings)
    return settings


def find_root(paths: Sequence[Path] = ()) -> Path:
    """The folder of the selected knowledge base; settings above the working folder that aren't believed are reported."""
    # start time: `kg --version` and `kg --help` read no settings
    from kg.base.setting_sources import find_nearest, has_settings

    if named := flag("directory"):
        return Path(named)
    nearest = find_nearest(Path.cwd())
    first = next((path for path in paths if str(path) != "-"), None)
    if first is not None and not has_settings(nearest.folder) and not (nearest.folder / "concepts").is_dir():
        nearest = find_nearest(first if first.is_dir() else first.parent)
    if nearest.foreign is not None:
        say(texts("common")("foreign-settings", folder=nearest.foreign))
    return nearest.folder


def say_warnings(settings: Settings) -> None:
    """Report what is valid in the settings, but probably not meant."""
    if not flag("quiet"):
        for warning in settings.warnings:
            say(texts("common")("warned", warning=translate_sentence("warned", warning)))


base_revision = click.option(
    "--base-revision", "revision", metavar="REV", shell_complete=complete_revisions,
    help="Use kg.toml, ontology/, baseline and verdicts of this git revision; report changes to them as findings.",
)  # fmt: skip


class JudgedBy(NamedTuple):
    """The settings by which notes are judged: those on disk, or those of a base revision."""

    settings: Settings
    revision: str = ""
    changes: Sequence[TrustedChange] = ()
    """The differences of the files on disk from the revision."""
    baseline: Callable[[Path], Path] = lambda path: path
    """Maps the path of a baseline on the command line to the file to read."""


def output_file(command: Callable[P, R]) -> Callable[..., R]:
    """Add an option to a command by which a file gets what it prints on stdout."""

    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        output_file = cast("Path | None", kwargs.pop("output_file"))
        if output_file is None:
            return command(*args, **kwargs)
        # start time: only this option needs them
        from io import BytesIO, TextIOWrapper

        from kg.base.notefile import overwrite_file

        printed = BytesIO()
        stream = TextIOWrapper(printed, encoding="utf-8", write_through=True)

        def write() -> None:
            stream.flush()
            overwrite_file(output_file.absolute(), printed.getvalue(), inside=(output_file.absolute().parent,))

        try:
            with contextlib.redirect_stdout(stream):
                result = command(*args, **kwargs)
        except SystemExit:  # a result that fails a gate or a check
            write()
            raise
        write()
        return result

    update_wrapper(wrapper, command)
    option = click.option(
        "-o", "--output-file", type=NamedPath(dir_okay=False), metavar="FILE",
        help="Write the result to FILE instead of stdout.",
    )  # fmt: skip
    return option(wrapper)


@contextlib.contextmanager
def judged_by(revision: str | None, paths: Sequence[Path] = ()) -> Iterator[JudgedBy]:
    """A context manager with the settings of the selected knowledge base, or those of a revision.

    `paths` are arguments whose knowledge base counts where the working folder has none.
    """
    if revision is None:
        yield JudgedBy(read_settings(paths))
        return
    # start time: only this command needs it
    from kg import knowledge

    options = click.get_current_context().obj or {}
    with knowledge.trust_revision(
        find_root().absolute(),
        revision,
        notes=options.get("notes") or (),
        out=options.get("out"),
        overrides=options.get("overrides") or (),
    ) as trusted:
        say_warnings(trusted.settings)
        if not flag("quiet"):
            say(texts("common")("judged-by-defaults" if trusted.is_empty else "judged-by", revision=trusted.revision))
        yield JudgedBy(trusted.settings, trusted.revision, trusted.changes, trusted.baseline)


trust_committed = click.option(
    "--trust-committed", is_flag=True, help="Count committed verdicts, which no tool gave on this machine, for gates."
)


def flag(name: str) -> Any:
    """The value of a common option."""
    return (click.get_current_context().obj or {}).get(name)


def say_other_texts(counts: Mapping[str, int]) -> str:
    """Return the line about documents of kinds that kg doesn't read, given by ending."""
    kinds = join([f"{n:,} {ending}" for ending, n in counts.items()])
    return texts("kinds")("other-texts", n=sum(counts.values()), kinds=kinds)


def message_language() -> str:
    """The language of messages: ``--lang``, otherwise English (also without a command, as in tests)."""
    context = click.get_current_context(silent=True)
    return str(((context.obj if context else None) or {}).get("lang") or FALLBACK)


def texts(section: str) -> Texts:
    """The texts of a command in the language of messages."""
    return Texts(message_language(), f"app.{section}", "app.common")


def translate_reason(sentence: str) -> str:
    """Translate a sentence of measures, gates, acceptance or evidence to the language of messages."""
    return Sentences(message_language(), "metrics.reasons", "plan.found", "evidence.refusals")(sentence)


def translate_sentence(section: str, sentence: str) -> str:
    """An English sentence of a lower wing in the language of messages, recognised by a section of the catalogue."""
    return Sentences(message_language(), f"app.{section}")(sentence)


def translate_error(lang: str, sentence: str) -> str:
    """The English message of an error in a language, for those who aren't at this terminal."""
    return Sentences(lang, "app.errors")(sentence)


def refuse_second_id(name: str, accept: Sequence[str], reject: Sequence[str], *, scope: bool = False) -> None:
    """Raise UsageError for a name beside ids that are accepted or rejected: most often it is a second id, after a space.

    `scope`: of topics of scope lists; otherwise of suggestions.
    """
    if not (accept or reject):
        return
    flags = [f"{option} {','.join(ids)}" for option, ids in (("--accept", accept), ("--reject", reject)) if ids]
    ids = f"{' '.join(flags)},{name}"
    raise UsageError(
        f"'{name}' doesn't go with --accept ID or --reject ID; several ids have a comma between them",
        hint=f"kg scope map {ids}" if scope else f"kg suggest {ids}",
    )


def join(parts: Sequence[str]) -> str:
    """Join parts to a list in running text, in the language of messages."""
    return texts("common")("list-separator").join(parts)


def language(available: tuple[str, ...]) -> str:
    """The language of labels: ``--lang``, otherwise the first available one."""
    return flag("lang") or (available[0] if available else "en")


def display_path(settings_: Settings, path: str) -> str:
    """The path of a note relative to the current folder."""
    thesaurus = next((p for p in settings_.thesauri if settings_.name_of(p) == path), None)
    if thesaurus is not None:
        relative = os.path.relpath(thesaurus)
        return str(thesaurus) if relative.startswith("../..") else relative
    if len(settings_.notes) == 1:
        full = settings_.notes[0] / path
        # A thesaurus given to `kg build` isn't in the settings of a later command.
        if not is_file(full) and is_file(settings_.root / path):
            full = settings_.root / path
        relative = os.path.relpath(full)
        return str(full) if relative.startswith("../..") else relative
    return path
