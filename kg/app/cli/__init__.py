"""The command line: parses arguments, calls the other wings, prints, exits."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Final, NamedTuple, NoReturn

import click

from kg.app.cli.options import common, say, say_error, texts, to_stderr
from kg.app.cli.terminal import wants_colours
from kg.base.about import VERSION
from kg.base.errors import KgError, UnknownNameError, UsageError
from kg.base.interrupts import keep_interrupts
from kg.base.systems import require_system

# One thread for linear algebra by default: sums of floats then don't depend on the number of cores, and threads that wait for
# each other on a busy machine needed fifteen times the CPU of one.
for _name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(_name, "1")


class _Command(NamedTuple):
    module: str
    """The module below kg.app.cli that defines it."""
    summary: str
    """Its line in `kg --help`."""
    name: str = ""
    """The name of its function, if it differs from the name of the command."""


# Commands in the order of `kg --help`. Modules are imported on use: a light command such as `kg query` doesn't import the
# dependencies of a heavy one, and `kg --help` imports none.
COMMANDS: Final = {
    "init": _Command("tools", "Create a small knowledge base that builds."),
    "build": _Command("build", "Build ontology, measures, maps, reports and site from the notes."),
    "check": _Command("check", "Report problems in notes or RDF files."),
    "rule": _Command("rules", "Explain a rule, with an example and a fix."),
    "query": _Command("query", "Query the built graph, or a remote endpoint, in SPARQL 1.1."),
    "find": _Command("find", "Search names and text of the notes."),
    "ls": _Command("listed", "List concepts or files, also by selectors such as '+raft+2'.", "list_concepts"),
    "metrics": _Command("measures", "Measure the current notes."),
    "coverage": _Command("coverage", "Show which topics of scope lists the notes cover."),
    "scope": _Command("scope", "Add lists of topics to cover, and confirm which concepts cover them."),
    "suggest": _Command("suggest", "Suggest missing associations, strongest first, with reasons."),
    "align": _Command("align", "Propose mappings to another vocabulary, as SSSOM."),
    "uses": _Command("uses", "List or pin the knowledge bases that notes link to."),
    "next": _Command("improve", "List the edits that raise the association of concepts most.", "next_"),
    "why": _Command("explain", "Explain how two concepts are associated."),
    "impact": _Command("explain", "List the concepts that a change of a concept affects."),
    "path": _Command("learn", "Print a learning path from known concepts to a target."),
    "mv": _Command("refactor", "Move notes, files and folders; every link follows."),
    "rename": _Command("refactor", "Rename a concept, title, heading or tag; every link follows."),
    "merge": _Command("refactor", "Merge a note into another."),
    "split": _Command("refactor", "Make a note of a section."),
    "extract": _Command("extract", "Extract drafts of concept notes from documents."),
    "map": _Command("tools", "Write one concept map as a single offline HTML file.", "map_"),
    "snapshot": _Command("history", "Record the current state, to compare with later."),
    "diff": _Command("history", "Compare two states: concepts, relations, measures, findings."),
    "review": _Command("review", "Record judgements that only people can make."),
    "plan": _Command("plan", "Manage the interruptible plan: what is done, what is next."),
    "export": _Command("exchange", "Export the built graph for other programs."),
    "import": _Command("exchange", "Convert a thesaurus or a table to notes.", "import_"),
    "serve": _Command("serve", "Serve the site, a SPARQL endpoint and metrics over HTTP."),
    "lsp": _Command("editors", "Run the language server that editors start."),
    "mcp": _Command("editors", "Run the server that assistants start (Model Context Protocol)."),
    "publish": _Command("publish", "Send the built graph to a SPARQL 1.1 server."),
    "verify": _Command("verify", "Judge the evidence in notes: proofs, models, code, formulas."),
    "bench": _Command("bench", "Build synthetic notes of several sizes and measure each stage."),
    "config": _Command("config", "Show the settings and where each comes from."),
    "clean": _Command("cleaning", "Remove caches, and with --output what was built."),
    "doctor": _Command("doctor", "Report which tools are available and which are missing."),
}


class _Group(click.Group):
    """Imports commands on use, if the system has what they need; a KgError ends with status 2 and a hint."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        require_system()
        module, _, name = COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(f"kg.app.cli.{module}"), name or cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, command.summary) for name, command in COMMANDS.items()])

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: object
    ) -> click.Context:
        """As in click; help is printed here, and a reader that is gone is not a failure. `kg help build` is as of git."""
        if args[:1] == ["help"]:
            args = [*args[1:], "--help"]
        line = tuple(args)
        try:
            ctx = super().make_context(info_name, args, parent, **extra)
        except BrokenPipeError:
            raise SystemExit(_PIPE) from None
        except click.UsageError as error:
            raise SystemExit(self._refuse(error, line)) from None
        ctx.meta[_LINE] = line
        return ctx

    def _refuse(self, error: click.UsageError, line: Sequence[str]) -> int:
        """Report a wrong use and return the exit status; without a subcommand, a group shows its help."""
        if isinstance(error, getattr(click.exceptions, "NoArgsIsHelpError", ())):
            error.show()
            return error.exit_code
        # start time: only a mistake needs it
        from kg.app.cli.misuse import common_options, describe_misuse

        with click.Context(self, info_name="kg", obj=common_options(line), **self.context_settings) as ctx:
            say_error(describe_misuse(error, ctx, line))
        return error.exit_code

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            ctx.exit(self._refuse(error, ctx.meta[_LINE]))
        except KgError as error:
            if ctx.obj is None:
                raise  # no command was called, so the language is unknown here
            say_error(_with_commands(error, ctx.meta[_LINE]))
            ctx.exit(2)
        except BrokenPipeError as error:
            if error.filename is not None:
                raise
            ctx.exit(_PIPE)
        except KeyboardInterrupt as interrupt:
            say(texts("common")("interrupted") + (f"; {interrupt}" if interrupt.args else ""))
            _end(130)
        except MemoryError:
            say(texts("common")("out-of-memory"))
            ctx.exit(2)


def _with_commands(error: KgError, line: Sequence[str]) -> KgError:
    """The error; names that are near an unknown one as commands to paste."""
    commands = error.commands(line) if isinstance(error, UnknownNameError) else []
    return UsageError(str(error), hint="did you mean: " + "\n    ".join(commands)) if commands else error


_LINE: Final = "kg.line"
"""The key of the words after ``kg`` in the data that contexts share."""
_PIPE: Final = 141
"""Exit status after a closed pipe, as of a program that its signal ends: the reader has seen enough, as `head` does."""


def _end(status: int) -> NoReturn:
    """End the process with a status, regardless of a pending interrupt.

    If an interrupt arrives while Python runs generated code (for example a dataclass definition), Python records it as
    unhandled and the process ends by the signal without a status, in spite of the handler.
    """
    try:
        sys.stdout.flush()
    except OSError as error:
        if _is_lost(error):
            status = _lost(error)
    except ValueError:
        pass  # already closed
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.flush()
    if "kg.base.removal" in sys.modules:  # else nothing was put there, and a light command needn't load it
        sys.modules["kg.base.removal"].remove_now()
    os._exit(status)


def _is_lost(error: OSError) -> bool:
    """Whether output is lost. An error with a file name concerns another file, and a closed pipe is not an error."""
    return error.filename is None and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


def _lost(error: OSError) -> int:
    """Report lost output and return the exit status. The command's context, with its options, may already be closed."""
    to_stderr(f"kg: can't write what was asked for: {error.strerror}\n    is the disk full?")
    return 2


_OF_THE_SYSTEM: Final = frozenset((
    errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EROFS, errno.EACCES, errno.EPERM,
    errno.ENAMETOOLONG, errno.ELOOP,
))  # fmt: skip
"""Errors of the file system that can occur at any open. Other errors are bugs of kg and shown as such."""


def _print_version(ctx: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    if not wanted or ctx.resilient_parsing:
        return
    if {"-v", "--verbose"} & set(sys.argv[1:]):
        require_system()
        # start time: only this option needs it
        from kg.app.cli.cleaning import print_versions

        print_versions()
    else:
        click.echo(f"kg, version {VERSION}")
    ctx.exit()


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option(
    "-V", "--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version,
    help="Show the version and exit; with --verbose, also those of libraries.",
)  # fmt: skip
@common
def main() -> None:
    """kg: a compiler and a test suite for knowledge.

    Markdown concept notes go in; a checked ontology, measures, concept maps and reports come out.
    """


def run() -> NoReturn:
    """Entry point of ``kg`` and ``python -m kg``.

    The process exits without destroying its objects: freeing millions of them takes a second.
    """
    status = 0
    keep_interrupts()
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Names of files may not be text in any encoding, and a terminal's encoding may lack characters: like Python's stderr.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        main(color=wants_colours(), complete_var="_KG_COMPLETE")
    except KgError as error:  # before a command was called
        # start time: only a mistake needs it
        from kg.app.cli.misuse import common_options

        with click.Context(main, obj=common_options(sys.argv[1:])):
            say_error(error)
        status = 2
    except OSError as error:
        if _is_lost(error):
            status = _lost(error)
        elif error.errno in _OF_THE_SYSTEM:
            to_stderr(
                f"kg: {error}\n    run it again when the system has what is missing: space, open files, memory or the right"
            )
            status = 2
        else:
            raise
    except SystemExit as ended:
        if isinstance(ended.code, int):
            status = ended.code
        elif ended.code is not None:  # like Python, for a string
            click.echo(ended.code, err=True)
            status = 1
    _end(status)
