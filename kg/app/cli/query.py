"""``kg query``."""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kg.app.cli.completion import complete_queries
from kg.app.cli.options import common, flag, output_file, read_settings, require_file, say, texts, to_stderr
from kg.app.cli.tables import print_table
from kg.base import files
from kg.base.errors import UsageError
from kg.base.extras import require_extra
from kg.base.names import printable

if TYPE_CHECKING:
    from rich.table import Table

    from kg.base.settings import Settings
    from kg.graph.dataset import Graph
    from kg.graph.query import Allowance, Results

_LIKE_SPARQL = re.compile(r"[{}]|^\s*(?:#|(?:PREFIX|BASE|DESCRIBE|SELECT|ASK|CONSTRUCT|INSERT|DELETE|LOAD|CLEAR|DROP)\b)", re.I)

_SECONDS = 600.0
_MEMORY = 4 << 30
_SIZE = 1 << 30
_ROWS = 10_000_000


def _text(settings: Settings, query: str) -> str:
    """The SPARQL text of a query: given directly, as a file, or as the name of a question of the knowledge base."""
    if _LIKE_SPARQL.search(query):
        return query
    questions = settings.ontology / "questions"
    try:
        # A bare name can be a question, and a file of that name in the current folder may come with the notes. A path is
        # explicit.
        for candidate in (Path(query), questions / f"{query}.rq"):
            if not candidate.is_dir():
                with contextlib.suppress(FileNotFoundError):
                    named = candidate == Path(query) and len(candidate.parts) > 1
                    return files.read_text(candidate, encoding="utf-8-sig", named=named)
    except UnicodeDecodeError as error:
        raise UsageError(f"{candidate} is not UTF-8: {error.reason} at byte {error.start}", hint="save it as UTF-8") from None
    except OSError as error:
        raise UsageError(f"can't read {query[:60]}: {error.strerror}", hint="write SPARQL, or the path of a .rq file") from None
    if files.is_folder(Path(query)):
        require_file("sparql", query)
    names = [p.stem for p in files.entries(questions, ".rq")]
    raise UsageError(f"'{query}' is neither SPARQL nor a file nor a known question", hint=_hint(query, names))


def _hint(query: str, names: Sequence[str]) -> str:
    """What to try in place of a text that is not a query."""
    # start time: only a mistake needs them
    import difflib
    import shlex

    near = difflib.get_close_matches(query, names, 1, 0.6)
    if near:
        return f"did you mean: kg query {near[0]}"
    first, _, rest = query.strip().partition(" ")
    keyword = difflib.get_close_matches(first.upper(), ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE", "PREFIX"), 1, 0.6)
    if rest and keyword:
        return f"did you mean: kg query {shlex.quote(f'{keyword[0]} {rest}')}"
    if query.endswith(".rq"):
        return "'kg query' lists the questions of this knowledge base"
    return f"questions of this knowledge base: {', '.join(names)}" if names else "write SPARQL, or the path of a .rq file"


@click.command()
@click.argument("sparql", required=False, metavar="[SPARQL|FILE.rq|NAME]", shell_complete=complete_queries)
@click.option(
    "--format", "form", type=click.Choice(["table", "csv", "tsv", "json", "turtle"]), default="table", show_default=True
)
@click.option("--timeout", type=click.FloatRange(0, min_open=True), metavar="S", help="Time limit in seconds (default: 600).")
@click.option("--endpoint", metavar="URL", help="Query a SPARQL endpoint instead of the build.")
@click.option("--graph", metavar="IRI", help="With --endpoint: the graph to query, to which 'kg publish' sent the ontology.")
@output_file
@common
def query(sparql: str | None, form: str, timeout: float | None, endpoint: str | None, graph: str | None) -> None:
    """Query the built graph, or a remote endpoint, in SPARQL 1.1. Without a query, list the named questions.

    Common prefixes are predefined: skos:, kg:, prov:, …, and c: for concepts, n: for notes. For an endpoint that requires a
    user name and a password, set KG_PUBLISH_USER and KG_PUBLISH_PASSWORD.
    """
    settings = read_settings()
    if graph and not endpoint:
        raise UsageError("--graph goes with --endpoint", hint="in a build, name the graph in the query: GRAPH <IRI> { … }")
    if sparql is None and not sys.stdin.isatty():
        sparql = _standard_input()
    if not sparql or not sparql.strip():
        _list(settings)
        return
    text = _text(settings, sparql)
    if endpoint:
        require_extra("serve", "kg query --endpoint")
        # start time: only this command needs it
        from kg.graph.remote import Endpoint, read_credentials

        with Endpoint(endpoint, read_credentials(), timeout=timeout) as remote:
            show(remote.query(text, settings.base, graph or ""), form, settings.base, endpoint=True)
    else:
        # start time: `--help`, the list of questions and endpoints don't need it
        from kg.graph.built import open_build
        from kg.graph.query import run_query

        opened, _ = open_build(settings.out)
        show(run_query(opened, text, _allowance(timeout)), form, opened.base)
        if not flag("quiet"):
            _say_absent(opened, text, sparql)


def _say_absent(opened: Graph, text: str, query: str) -> None:
    """Report names in a query that the graph doesn't have, with the corrected query to paste."""
    # start time: `--help` doesn't need it
    from kg.graph.absent import find_absent

    t, corrected = texts("query"), text
    for name in find_absent(opened, text):
        key = "no-concept" if name.is_concept else "no-term"
        say(t(f"{key}-near" if name.near else key, name=name.written, names=", ".join(name.near)))
        if name.near:
            corrected = corrected.replace(name.written, name.near[0])
    if corrected != text == query:
        # start time: only a mistake needs it
        import shlex

        say(f"    kg query {shlex.quote(corrected)}")


def _allowance(timeout: float | None) -> Allowance:
    """Limits of a user's query: higher than for queries of a knowledge base, with the given time."""
    # start time: `--help` doesn't need it
    from kg.graph.query import Allowance

    seconds = timeout or _SECONDS
    return Allowance(
        seconds, seconds, memory=_MEMORY, size=_SIZE, rows=_ROWS, more=f"or give it more time: --timeout {2 * seconds:g}"
    )  # fmt: skip


def _standard_input() -> str:
    try:
        return sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"the query is not UTF-8: {error.reason} at byte {error.start}", hint="send it as UTF-8") from None


def _list(settings: Settings) -> None:
    folder = settings.ontology / "questions"
    questions = tuple(files.entries(folder, ".rq"))
    if not questions:
        to_stderr(texts("query")("no-questions", folder=str(folder)))
    for path in questions:
        lines = files.read(path, files.SMALL).decode("utf-8-sig", "replace").splitlines()
        click.echo(f"{path.stem:28} {printable(lines[0].lstrip('# ').strip()) if lines else ''}")


def show(results: Results, form: str, base: str, *, endpoint: bool = False) -> None:
    """Print results in the same format for all sources."""
    # start time: `--help` doesn't need it
    import pyoxigraph as ox

    from kg.graph.query import cannot_run, serialize_results, shorten_term

    if form == "table" and isinstance(results, ox.QuerySolutions):
        names = [v.value for v in results.variables]
        try:
            table = _table(names, ([shorten_term(row[name], base) for name in names] for row in results))
        except (OSError, ValueError, RuntimeError) as error:
            raise cannot_run(error) from None
        count = table.row_count
        if count:
            print_table(table)
        if not flag("quiet"):
            t = texts("query")
            say(t("n-rows", n=count))
            if not count and endpoint:
                say(t("try-graph"))
    elif form == "table" and isinstance(results, ox.QueryBoolean):
        click.echo(texts("query")("yes" if results else "no"))
    else:
        sys.stdout.buffer.write(serialize_results(results, form, base))
        sys.stdout.buffer.flush()


def _table(names: list[str], rows: Iterable[list[str]]) -> Table:
    """Rows as a table."""
    # start time: rich is needed only for tables
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(*names, box=SIMPLE_HEAD, pad_edge=False)
    for row in rows:
        # Keep line breaks; other control characters from notes could move the cursor.
        table.add_row(*(Text("\n".join(map(printable, value.splitlines())), overflow="fold") for value in row))
    return table
