"""``kg lsp``: what editors start."""

from __future__ import annotations

import logging
from importlib.util import find_spec

import click

from kg.app.cli.options import common, flag, texts, to_stderr
from kg.base.errors import UsageError


@click.command()
@click.option("--stdio", is_flag=True, help="Speak on standard input and output. This is the default; editors may pass it.")
@click.option(
    "--port", type=click.IntRange(0, 65535), metavar="PORT", help="Listen on this port of localhost for one client instead."
)
@common
def lsp(stdio: bool, port: int | None) -> None:
    """Run the language server for Markdown notes; editors start it.

    It offers completion, findings while typing, fixes, definitions, references and more. It never writes a file: the editor
    applies its edits. docs/editors.md has the settings of editors.
    """
    if stdio and port is not None:
        raise UsageError("--stdio and --port exclude each other", hint="give one of them")
    _require("pygls", "lsp")
    # start time: only this command needs it
    from kg.serve.lsp.run import serve_port, serve_stdio

    # Faulty messages of the client are answered; their tracebacks are for those who look for them.
    logging.getLogger("pygls").setLevel(logging.INFO if flag("verbose") else logging.CRITICAL)
    logging.getLogger("kg.lsp").setLevel(logging.INFO if flag("verbose") else logging.CRITICAL)
    lang = flag("lang") or ""
    if port is None:
        raise SystemExit(serve_stdio(lang))
    raise SystemExit(serve_port(lang, "127.0.0.1", port, lambda at: to_stderr(texts("editors")("listening", port=str(at)))))


def _require(module: str, extra: str) -> None:
    """Raise UsageError unless the libraries of an extra are installed."""
    if find_spec(module) is None:
        raise UsageError(
            f"'kg {extra}' needs libraries that aren't installed", hint=f"install them: pip install 'kg-notes[{extra}]'"
        )
