"""``kg serve``."""

from __future__ import annotations

import logging
import os
import re
import signal
from pathlib import Path

import click

from kg.app.cli.options import common, flag, log_json, read_settings, say, texts, to_stderr, translate_error
from kg.base.errors import UsageError, build_missing
from kg.base.extras import require_extra

_ORIGIN = re.compile(r"\*|[a-z][a-z0-9+.-]*://[^/\s]+")


@click.command()
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Address to listen on; other than localhost, it is reachable from the network.",
)
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="Port; 0: any free port.")
@click.option(
    "--timeout", type=click.FloatRange(0), default=10.0, show_default=True, metavar="S", help="Time limit of a query; 0: none."
)
@click.option(
    "--rows", type=click.IntRange(0), default=10_000, show_default=True, help="Maximum rows of an answer; 0: no limit."
)
@click.option(
    "--memory", type=click.IntRange(0), default=1024, show_default=True, metavar="MB", help="Memory limit of a query; 0: none."
)
@click.option(
    "--workers",
    type=click.IntRange(0, 64),
    default=0,
    metavar="N",
    help="Parallel queries (default: one per core, at least 2).",
)
@click.option(
    "--cors",
    multiple=True,
    metavar="ORIGIN",
    help="Allow queries from pages of this origin, or * for all; repeatable. Origins on this machine are allowed.",
)
@click.option(
    "--allow-host",
    multiple=True,
    metavar="NAME",
    help="A host name of this server, besides localhost and IP addresses; repeatable.",
)
@click.option(
    "--endpoint",
    metavar="URL",
    default="",
    help="Forward queries to another SPARQL server, to which 'kg publish' sent this build.",
)
@click.option(
    "--graph", metavar="IRI", help="With --endpoint: the graph to query (default: the base IRI of the knowledge base)."
)
@click.option("--watch", is_flag=True, help="Build after each change; pages in browsers reload by themselves.")
@click.option(
    "--edit", is_flag=True, help="With --watch: accept and reject suggestions in the browser, at the printed address only."
)
@common
def serve(
    host: str,
    port: int,
    timeout: float,
    rows: int,
    memory: int,
    workers: int,
    cors: tuple[str, ...],
    allow_host: tuple[str, ...],
    endpoint: str,
    graph: str | None,
    watch: bool,
    edit: bool,
) -> None:
    """Serve the site, a SPARQL endpoint with a query page, /metrics and /healthz."""
    require_extra("serve", "kg serve")
    # start time: only this command needs it
    from kg.app.cli.watching import WatchPrinter, watch_request
    from kg.serve.app import ServedSite, WatchedBase
    from kg.serve.edit.desk import SuggestionDesk
    from kg.serve.edit.routes import EditRoutes
    from kg.serve.hosts import is_loopback
    from kg.serve.pool import QueryLimits, Relayed
    from kg.serve.search import NoteSearch
    from kg.serve.server import open_socket, serve_site

    _check_origins(cors)
    if edit:
        _check_edit(watch=watch, local=is_loopback(host) and not allow_host)
    settings = read_settings()
    if not watch and not (settings.out / "build.json").is_file():
        raise build_missing(settings.out)
    logging.basicConfig(level=logging.INFO if flag("verbose") else logging.ERROR, format="kg: %(message)s")
    workers = workers or min(max(os.cpu_count() or 2, 2), 8)
    limits = QueryLimits(seconds=timeout, rows=rows, memory=memory << 20, workers=workers)
    names = (*allow_host, host)
    if graph is not None and not endpoint:
        raise UsageError("--graph goes with --endpoint", hint="--endpoint URL names the server of the graph")
    if endpoint:
        # start time: only this command needs it
        from kg.graph.web import check_url, read_credentials

        endpoint = check_url(endpoint)
        read_credentials()  # report missing environment variables before anything starts
    served = ServedSite(
        settings.out,
        settings.cache,
        settings.ontology / "questions",
        dict(settings.title),
        limits,
        cors,
        names,
        Relayed(endpoint, graph) if endpoint else None,
        flag("lang") or "",
        WatchedBase(settings, watch_request(settings, "site"), WatchPrinter()) if watch else None,
        NoteSearch(settings),
        EditRoutes(SuggestionDesk(settings)) if edit else None,
        translate_error,
    )
    sock = open_socket(host, port)
    if not is_loopback(host):
        _say("warning", texts("serve")("reachable", host=host), texts("serve")("no-login"))
    address = f"http://{f'[{host}]' if ':' in host else host}:{sock.getsockname()[1]}/"

    def ready() -> None:
        if flag("quiet"):
            return
        review = served.edit.address(address) if served.edit else ""
        if not log_json(
            "serving", url=address, out=str(settings.out), pid=os.getpid(), **({"review": review} if review else {})
        ):
            to_stderr(_started(settings.out, address, endpoint, review))

    received = serve_site(served, sock, lambda message, hint: _say("serve", message, hint), ready)
    if received == signal.SIGINT:
        if not flag("quiet") and not log_json("interrupted"):
            say(texts("serve")("interrupted"))
        raise SystemExit(130)


def _check_origins(cors: tuple[str, ...]) -> None:
    for origin in cors:
        if not _ORIGIN.fullmatch(origin):
            raise UsageError(
                f"--cors: '{origin}' is not an origin", hint="write e.g. --cors https://yasgui.example, or --cors '*'"
            )


def _check_edit(*, watch: bool, local: bool) -> None:
    """Raise UsageError unless notes can be edited with these options."""
    if not watch:
        raise UsageError("--edit goes with --watch", hint="kg serve --watch --edit")
    if not local:
        raise UsageError("--edit works on this machine only", hint="leave out --host and --allow-host")


def _started(out: Path, address: str, endpoint: str, review: str) -> str:
    """That the server is ready, and where."""
    # start time: only this command needs it
    from kg.graph.web import redact_url

    t = texts("serve")
    if endpoint:
        return t("relaying", out=out, address=address, endpoint=redact_url(endpoint))
    return t("serving", out=out, address=address) + (f"\n{t('editing', address=review)}" if review else "")


def _say(event: str, message: str, hint: str = "") -> None:
    data = {"message": message}
    if hint:
        data["hint"] = hint
    if log_json(event, **data):
        return
    to_stderr(f"kg: {texts('common')('warning') if event == 'warning' else ''}{message}")
    if hint:
        to_stderr(f"    {hint}")
