"""``kg export``."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from kg import pipeline
from kg.cli.options import common, language, settings
from kg.errors import UsageError
from kg.export import FORMATS
from kg.export import export as export_graph
from kg.store import write_file


@click.command()
@click.argument("form", metavar="FORMAT", type=click.Choice(FORMATS))
@click.option(
    "-o", "target", type=click.Path(path_type=Path), metavar="FILE", help="Where to write; for csv a folder (default: stdout)."
)
@common
def export(form: str, target: Path | None) -> None:
    """Write the built graph for other programs: asserted and inferred statements.

    FORMAT is turtle, ntriples or jsonld (the ontology), trig (with provenance), graphml, gexf, csv or cypher (concepts and
    relations). csv is two tables, nodes.csv and edges.csv; on stdout the edges.
    """
    given = settings()
    graph, info = pipeline.open_build(given.out)
    artifacts = export_graph(graph, form, language(tuple(info.get("summary", {}).get("languages", ()))))
    if target is None:
        sys.stdout.buffer.write(artifacts[-1].data)
        sys.stdout.buffer.flush()
        return
    if len(artifacts) == 1:
        if target.is_dir():
            raise UsageError(f"{target} is a folder", hint=f"give a file, e.g. {target / artifacts[0].path}")
        paths = [target]
    else:
        if target.exists() and not target.is_dir():
            raise UsageError(f"{target} is a file; {form} is {len(artifacts)} tables", hint="give a folder with -o DIR")
        paths = [target / artifact.path for artifact in artifacts]
    for path, artifact in zip(paths, artifacts, strict=True):
        write_file(path, artifact.data)
        click.echo(str(path))
