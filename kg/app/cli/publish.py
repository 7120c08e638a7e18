"""``kg publish``."""

from __future__ import annotations

import time
from dataclasses import asdict

import click

from kg.app.cli.options import common, flag, log_json, read_settings, texts, to_stderr
from kg.app.cli.terminal import console, escape, pad_text
from kg.base.errors import KgError, UsageError
from kg.base.extras import require_extra

_SHOWN = 10
_INDENT = 11
_BULK = 1_000_000
"""Statements to send from which on a bulk load is recommended."""
_RATE = 5_000
"""Statements that a server takes per second; measured in docs/scale.md."""


@click.command()
@click.argument("url")
@click.option("--graph", metavar="IRI", help="Graph for the ontology (default: the base IRI of the knowledge base).")
@click.option("--user", metavar="NAME", default="", help="User name (default: KG_PUBLISH_USER).")
@click.option(
    "--protocol",
    type=click.Choice(["auto", "update", "graph-store"]),
    default="auto",
    show_default=True,
    help="Protocol of URL: SPARQL Update or the Graph Store Protocol.",
)
@click.option("--query-url", metavar="URL", default="", help="Query endpoint of the server (default: detected).")
@click.option("--take-over", is_flag=True, help="Replace graphs of the same names that kg didn't publish.")
@click.option("--retries", type=click.IntRange(0, 100), default=6, show_default=True, help="Number of retries of a request.")
@click.option(
    "--timeout",
    type=click.FloatRange(0, min_open=True),
    default=600,
    show_default=True,
    metavar="S",
    help="Time limit of a request, in seconds.",
)
@common
def publish(
    url: str, graph: str | None, user: str, protocol: str, query_url: str, take_over: bool, retries: int, timeout: float
) -> None:
    """Send the built graph to a SPARQL 1.1 server: its Update endpoint or its graph store.

    Afterwards the server has exactly the graphs of the build; other graphs are unchanged. Run it again to send changes or to
    continue after an interruption. The password is read from KG_PUBLISH_PASSWORD.
    """
    require_extra("serve", "kg publish")
    # start time: only this command needs it
    from kg.graph.built import open_build
    from kg.graph.web import Web, read_credentials
    from kg.serve.publish import PublishOptions, publish_graphs

    settings, t = read_settings(), texts("publish")
    if graph is not None:
        check_iri(graph)
    opened, _ = open_build(settings.out)
    if opened.base == "https://example.org/kb/" and not flag("quiet"):
        to_stderr(t("placeholder"))
    start = time.perf_counter()
    with Web(url, read_credentials(user), timeout=timeout, retries=retries, retrying=_say) as web:
        if web.in_the_clear:
            to_stderr(t("clear"))
        try:
            report = publish_graphs(opened, web, PublishOptions(graph or "", protocol, query_url, take_over), _advise)
        except UsageError:
            raise
        except KgError as error:
            more = "what was sent stays: run it again to go on"
            raise type(error)(str(error), hint=f"{error.hint}\n    {more}" if error.hint else more) from None
    _print(report, url, time.perf_counter() - start)
    if report.wrong:
        raise SystemExit(1)


def _advise(total: int) -> None:
    """Say, before very much is sent, that a bulk loader would be faster."""
    if total >= _BULK and not flag("quiet"):
        to_stderr(texts("publish")("bulk", n=total, minutes=round(total / _RATE / 60)))


def check_iri(graph: str) -> None:
    """Raise UsageError for a text that is not an IRI."""
    # start time: `--help` doesn't need it
    import pyoxigraph as ox

    try:
        ox.NamedNode(graph)
    except ValueError as error:
        raise UsageError(f"'{graph[:100]}' is not an IRI: {error}", hint="write e.g. --graph https://example.org/kb/") from None


def _say(why: str) -> None:
    if not log_json("retry", message=why):
        to_stderr(why)


def _print(report: object, url: str, seconds: float) -> None:
    # start time: only this command needs it
    from kg.base.widths import text_width
    from kg.graph.web import redact_url
    from kg.serve.publish import PublishReport

    assert isinstance(report, PublishReport)  # noqa: S101  # the package is imported late
    data = asdict(report) | {"wrong": [wrong._asdict() for wrong in report.wrong], "seconds": round(seconds, 3)}
    if log_json("published", url=redact_url(url), **data):
        return
    talk, t = console(stderr=True), texts("publish")

    def line(head: str, text: str, style: str = "bold") -> None:
        talk.print((f"[{style}]{t(head)}[/]{pad_text('', _INDENT - text_width(t(head)))}" if head else " " * _INDENT) + text)

    if not flag("quiet"):
        more = t("resumed", n=report.resumed) if report.resumed else ""
        more += t("repaired", n=report.repaired) if report.repaired else ""
        line("sent", t("sent-what", statements=report.sent_statements, graphs=report.sent_graphs) + more)
        line("unchanged", t("n-graphs", n=report.unchanged))
        line("removed", t("removed-what", n=report.removed))
    if report.wrong:
        for wrong in report.wrong[:_SHOWN]:
            what = t("wrong-what", graph=escape(wrong.graph), found=wrong.found, expected=wrong.expected)
            line("wrong", what, "red")
        if len(report.wrong) > _SHOWN:
            line("", t("more", n=len(report.wrong) - _SHOWN))
        line("", t("why-wrong"))
    elif not flag("quiet"):
        line("verified", t("verified-what", graphs=report.graphs, statements=report.statements))
    if not flag("quiet"):
        line("requests", t("requests-what", n=report.requests, protocol=report.protocol, seconds=f"{seconds:.1f}"))
        line("ask-it", f"kg query --endpoint URL --graph {escape(report.main)}")
