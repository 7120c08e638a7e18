"""``kg export`` and ``kg import``."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from kg import knowledge
from kg.app.cli.options import (
    common,
    flag,
    language,
    log_json,
    read_settings,
    select_concepts,
    texts,
    to_stderr,
    translate_sentence,
)
from kg.base import files
from kg.base.errors import UsageError
from kg.base.names import printable
from kg.base.notefile import create_note, overwrite_file
from kg.base.store import flush_disks, write_file

if TYPE_CHECKING:
    from kg.base.settings import Settings
    from kg.graph.importing import ImportedNotes

# As in kg.views.export and kg.graph.importing, which `--help` doesn't import.
EXPORTED: Final = ("turtle", "ntriples", "trig", "jsonld", "graphml", "gexf", "csv", "cypher")
IMPORTED: Final = ("turtle", "ntriples", "nquads", "trig", "rdfxml", "jsonld", "csv")


@click.command()
@click.argument("form", metavar="FORMAT", type=click.Choice(EXPORTED))
@click.option(
    "-o", "target", type=click.Path(path_type=Path), metavar="FILE", help="Output file; for csv, a folder (default: stdout)."
)
@click.option("--suggested", is_flag=True, help="Include suggestions, in separate named graphs (trig only).")
@select_concepts
@common
def export(form: str, target: Path | None, suggested: bool, selectors: tuple[str, ...]) -> None:
    """Export the built graph for other programs: asserted and inferred statements.

    FORMAT is turtle, ntriples or jsonld (the ontology), trig (with provenance), graphml, gexf, csv or cypher (concepts and
    relations). csv consists of two tables, nodes.csv and edges.csv; on stdout, only the edges.
    """
    # start time: `--help` doesn't need it
    from kg.knowledge.running import without_collector
    from kg.views.export import export_graph

    settings = read_settings()
    graph, info = knowledge.open_build(settings.out)
    with without_collector():
        if selectors:
            # start time: few exports select concepts
            from kg.knowledge.selecting import restrict_graph

            graph = restrict_graph(graph, selectors)
        edges = knowledge.built_edges(settings) if form == "csv" and not selectors else None
        artifacts = export_graph(graph, form, language(info.summary.languages), suggested=suggested, edges=edges)
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


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--to", "target", type=click.Path(path_type=Path), metavar="DIR", help="Folder for the notes (default: concepts/)."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(IMPORTED),
    help="Format of the file (default: detected from name and content).",
)
@click.option("--encoding", default="", metavar="NAME", help="Encoding of a table that isn't UTF-8, e.g. gb18030.")
@click.option("--force", is_flag=True, help="Overwrite existing notes.")
@common
def import_(file: Path, target: Path | None, form: str | None, encoding: str, force: bool) -> None:
    """Convert a thesaurus or a table to notes, one Markdown file for each concept.

    FILE is SKOS in Turtle, RDF/XML, JSON-LD, N-Triples, N-Quads or TriG, or a CSV table with columns such as id, label,
    definition and broader, or a folder with the nodes.csv and edges.csv of 'kg export csv'. Content that notes can't represent
    is listed on stderr. To build a thesaurus without conversion, use kg build --notes FILE.
    """
    # start time: `--help` doesn't need it
    from kg.graph import load_vocabulary
    from kg.graph.importing import ImportOptions, import_file

    settings = read_settings()
    folder = (target or (settings.notes[0] if settings.notes else settings.root / "concepts")).absolute()
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file", hint="give a folder with --to DIR")
    options = ImportOptions(form or "", encoding, _stems(settings, folder), settings.languages)
    written = import_file(file, load_vocabulary(settings.ontology), settings.base, options)
    existing = [a.path for a in written.files if os.path.lexists(folder / a.path)]
    if existing and not force:
        more = f" and {len(existing) - 1:,} more" if len(existing) > 1 else ""
        raise UsageError(
            f"{folder / existing[0]}{more} would be overwritten", hint="give another folder with --to DIR, or say --force"
        )
    # A folder given by the user can be anywhere; the default one must be inside the knowledge base.
    inside = settings.writable if target is None else (folder,)
    write = overwrite_file if force else create_note
    for artifact in written.files:
        write(folder / artifact.path, artifact.data, inside=inside, durable=False)
    flush_disks()
    _say(settings, written, folder, len(existing))


def _stems(settings: Settings, folder: Path) -> set[str]:
    """Names of the notes outside the folder, since a link by name must match one note only."""
    return {
        path.stem
        for notes in settings.notes
        if notes.is_dir()
        for path in (Path(e.path) for e in files.walk(notes) if e.name.endswith(".md"))
        if path.parent not in (folder, folder / "collections", folder / "schemes")
    }


def _say(settings: Settings, written: ImportedNotes, folder: Path, overwritten: int) -> None:
    left_out = dict(sorted(written.left_out.items(), key=lambda item: (-item[1], item[0])))
    if log_json(
        "imported", concepts=written.concepts, pages=written.pages, overwritten=overwritten, to=str(folder), left_out=left_out
    ):
        return
    t = texts("import")
    if not flag("quiet"):
        key = ("pages" if written.pages else "concepts") + ("-over" if overwritten else "")
        to_stderr(t(key, n=written.concepts, pages=written.pages, folder=folder, over=overwritten))
    if left_out:
        to_stderr(t("left-out"))
        for kind, count in left_out.items():
            to_stderr(f"  {count:7,}  {printable(translate_sentence('left-out', kind))}")
    missing = [top for top in written.tops if top not in settings.top_concepts]
    if missing and not flag("quiet"):
        names = ", ".join(f'"{top}"' for top in missing[:10])
        to_stderr(t("tops", names=printable(names)))
