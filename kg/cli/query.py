"""``kg query`` and ``kg metrics``."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import pyoxigraph as ox

from kg import pipeline
from kg.cli.options import common, console, flag, settings
from kg.cli.quality import amount, say_gate, trend
from kg.errors import UsageError
from kg.rdf.query import run, serialize, shorten
from kg.settings import Settings


def _text(given: Settings, query: str) -> str:
    """SPARQL itself, a file with it, or the name of a question of the knowledge base."""
    if "{" in query:
        return query
    path = Path(query)
    questions = given.ontology / "questions"
    for candidate in (path, questions / f"{query}.rq"):
        if candidate.suffix == ".rq" and candidate.is_file():
            return candidate.read_text(encoding="utf-8")
    names = sorted(p.stem for p in questions.glob("*.rq")) if questions.is_dir() else []
    known = f"questions of this knowledge base: {', '.join(names)}" if names else "write SPARQL, or the path of a .rq file"
    raise UsageError(f"'{query}' is neither SPARQL nor a file nor a known question", hint=known)


@click.command()
@click.argument("sparql", required=False, metavar="[SPARQL|FILE.rq|NAME]")
@click.option(
    "--format", "form", type=click.Choice(["table", "csv", "tsv", "json", "turtle"]), default="table", show_default=True
)
@common
def query(sparql: str | None, form: str) -> None:
    """Ask the built graph in SPARQL 1.1; without a query, list the named questions."""
    given = settings()
    if sparql is None and not sys.stdin.isatty():
        sparql = sys.stdin.read()
    if not sparql or not sparql.strip():
        folder = given.ontology / "questions"
        for path in sorted(folder.glob("*.rq")) if folder.is_dir() else ():
            first = path.read_text(encoding="utf-8").splitlines()[0].lstrip("# ").strip()
            click.echo(f"{path.stem:28} {first}")
        return
    text = _text(given, sparql)
    graph, _ = pipeline.open_build(given.out)
    results = run(graph, text)
    if form == "table" and isinstance(results, ox.QuerySolutions):
        _table(results, graph.base)
    elif form == "table" and isinstance(results, ox.QueryBoolean):
        click.echo("yes" if results else "no")
    else:
        sys.stdout.buffer.write(serialize(results, form))
        sys.stdout.buffer.flush()


def _table(results: ox.QuerySolutions, base: str) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    names = [v.value for v in results.variables]
    table = Table(*names, box=SIMPLE_HEAD, pad_edge=False)
    count = 0
    for row in results:
        table.add_row(*(Text(shorten(row[name], base), overflow="fold") for name in names))
        count += 1
    if count:
        console().print(table)
    if not flag("quiet"):
        click.echo(f"{count:,} row{'' if count == 1 else 's'}", err=True)


@click.command()
@click.option("--format", "form", type=click.Choice(["table", "json", "prometheus"]), default="table", show_default=True)
@click.option("--fail-under", multiple=True, metavar="NAME=PERCENT", help="Exit 1 when a measure is below this; repeatable.")
@common
def metrics(form: str, fail_under: tuple[str, ...]) -> None:
    """Measure the notes as they are now; builds nothing."""
    from kg.export import measures_json, prometheus

    given = settings()
    bounds = dict(_bound(text) for text in fail_under)
    built = pipeline.assess(given)
    assessment = built.assessment
    assert assessment is not None  # noqa: S101  # `assess` always measures
    pipeline.check_names(bounds, assessment)
    concepts = built.corpus.concepts
    if form == "json":
        click.echo(measures_json(assessment.measures, concepts, given.gates, given.claimed).data.decode(), nl=False)
    elif form == "prometheus":
        data = prometheus(assessment.measures, built.findings, len(concepts), len(built.corpus.notes)).data
        click.echo(data.decode(), nl=False)
    else:
        _measures(given, built)
    gates = dict(given.gates) | bounds
    pipeline.check_names(gates, assessment)
    failed = pipeline.failures(gates, assessment)
    for failure in failed:
        say_gate(failure)
    if failed:
        raise SystemExit(1)


def _bound(text: str) -> tuple[str, float]:
    name, _, number = text.partition("=")
    try:
        value = float(number)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 100:
        raise UsageError(
            f"--fail-under {text}: a percentage is expected", hint="write e.g. --fail-under concept_association=90"
        )
    return name.strip(), value / 100


def _measures(given: Settings, built: pipeline.Built) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    assert built.assessment is not None  # noqa: S101  # `assess` always measures
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    history = built.assessment.history
    last = history[-1].measures if history else {}
    for head in ("measure", "value", "trend", "counted", "target", "met", "claimed", "kept down by"):
        table.add_column(head, justify="right" if head in ("value", "trend", "counted", "target", "claimed") else "left")
    for m in built.assessment.measures:
        names = [built.corpus.concepts[o].id if o in built.corpus.concepts else m.names.get(o, o) for o in m.offenders[:3]]
        more = f" +{len(m.offenders) - 3}" if len(m.offenders) > 3 else ""
        claimed = given.claimed.get(m.name)
        table.add_row(
            m.name, amount(m.value, m.unit), trend(m.value, last.get(m.name), m.unit).strip(),
            f"{m.numerator:g}/{m.denominator:g}", amount(m.target, m.unit) if m.target is not None else "",
            "" if m.met is None else "yes" if m.met else "no", amount(claimed, m.unit) if claimed is not None else "",
            m.note or ", ".join(names) + more,
        )  # fmt: skip
    console().print(table)
    if flag("verbose"):
        for m in built.assessment.measures:
            for key, value in m.diagnostics.items():
                click.echo(f"  {m.name}.{key} = {value:.4g}")
            if m.lower is not None:
                click.echo(f"  {m.name}.wilson_lower = {m.lower:.4g}")
            for name, (n, d) in m.parts.items():
                click.echo(f"  {m.name}[{name}] = {n:g}/{d:g}")
