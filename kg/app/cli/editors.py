"""``kg lsp`` and ``kg mcp``: what editors and assistants start."""

from __future__ import annotations

import logging
import os
import secrets

import click

from kg.app.cli.options import common, flag, read_settings, texts, to_stderr
from kg.base.errors import UsageError
from kg.base.extras import require_extra

_SHORTEST_TOKEN = 16


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
        raise UsageError("--stdio and --port exclude each other", hint="leave out one of them")
    require_extra("lsp", "kg lsp")
    # start time: only this command needs it
    from kg.serve.lsp.run import run_lsp_port, run_lsp_stdio

    # Faulty messages of the client are answered; their tracebacks are for those who look for them.
    logging.getLogger("pygls").setLevel(logging.INFO if flag("verbose") else logging.CRITICAL)
    logging.getLogger("kg.lsp").setLevel(logging.INFO if flag("verbose") else logging.CRITICAL)
    lang = flag("lang") or ""
    if port is None:
        raise SystemExit(run_lsp_stdio(lang))
    raise SystemExit(run_lsp_port(lang, "127.0.0.1", port, lambda at: to_stderr(texts("editors")("listening", port=str(at)))))


@click.command()
@click.option("--write", is_flag=True, help="Also offer tools that change notes; each shows its diff first.")
@click.option(
    "--http", "port", type=click.IntRange(0, 65535), metavar="PORT", help="Serve over HTTP on this port of localhost instead."
)
@click.option(
    "--timeout", type=click.FloatRange(1), default=120.0, show_default=True, metavar="S", help="Time limit of a question."
)
@common
def mcp(write: bool, port: int | None, timeout: float) -> None:
    """Run the server for assistants (Model Context Protocol); they start it, or connect over HTTP.

    It answers questions about the notes as they are now, with path and line, and changes nothing without --write. Over HTTP,
    clients need the token: the value of KG_MCP_TOKEN, otherwise a new one that is printed.
    """
    require_extra("mcp", "kg mcp")
    # start time: only this command needs it
    from kg.app.mcp.asker import QuestionAsker
    from kg.app.mcp.run import run_mcp_http, run_mcp_stdio

    settings = read_settings()
    notes = tuple((click.get_current_context().obj or {}).get("notes") or ())
    asker = QuestionAsker(settings, notes, flag("lang") or "en", write=write, seconds=timeout)
    if port is None:
        run_mcp_stdio(asker, write=write)
        return
    token = os.environ.get("KG_MCP_TOKEN", "")
    shown = "" if token else secrets.token_urlsafe(24)
    if token and len(token) < _SHORTEST_TOKEN:
        raise UsageError(
            f"KG_MCP_TOKEN has {len(token)} characters",
            hint=f"it needs at least {_SHORTEST_TOKEN}, e.g. from: openssl rand -base64 24",
        )

    def ready(at: int) -> None:
        key = "serving" if shown else "serving-token"
        to_stderr(texts("editors")(key, url=f"http://127.0.0.1:{at}/mcp", token=shown))

    run_mcp_http(asker, port, token or shown, ready, write=write)
