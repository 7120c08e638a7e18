"""``kg export`` and ``kg import``."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from click.core import ParameterSource

from kg import knowledge
from kg.app.cli.completion import complete_selectors, select_concepts
from kg.app.cli.options import (
    NamedPath,
    common,
    flag,
    language,
    log_json,
    read_settings,
    require_file,
    texts,
    to_stderr,
    translate_sentence,
)
from kg.base import files
from kg.base.errors import UsageError
from kg.base.names import printable
from kg.base.notefile import create_note, overwrite_file, swap_file
from kg.base.store import flush_disks, write_file

if TYPE_CHECKING:
    from kg.base.settings import Settings
    from kg.graph.importing import ImportedNotes
    from kg.model import Artifact

# As in kg.views.export and kg.graph.importing, which `--help` doesn't import; the last five aren't documents of a graph.
EXPORTED: Final = (
    "turtle",
    "ntriples",
    "trig",
    "jsonld",
    "graphml",
    "gexf",
    "csv",
    "cypher",
    "linked",
    "schema",
    "bib",
    "okf",
    "book",
)
BULK: Final = ("parquet", "duckdb", "nquads")
"""Formats that are written as a stream, to a folder or, duckdb, to a file."""
LOADERS: Final = ("virtuoso", "oxigraph", "tdb2", "qlever", "graphdb", "neptune")
IMPORTED: Final = ("turtle", "ntriples", "nquads", "trig", "rdfxml", "jsonld", "csv", "okf", "parquet")
_OKF: Final = "okf"
_BOOK: Final = "book"
_BOOKS: Final = ("html", "pdf", "epub")
"""The formats of a book, by the ending of the file."""
_DIALECT: Final = b'[reading]\ndialect = "okf"\n'


@click.command()
@click.argument("form", metavar="FORMAT", type=click.Choice((*EXPORTED, *BULK)))
@click.argument("concepts", nargs=-1, metavar="[CONCEPT]…", shell_complete=complete_selectors)
@click.option(
    "-o",
    "--output-file",
    "target",
    type=NamedPath(),
    metavar="FILE",
    help="Output file; for csv, okf, linked, parquet and nquads, a folder (default: stdout).",
)
@click.option("--suggested", is_flag=True, help="Include suggestions, in separate named graphs (trig only).")
@click.option("--parts", type=click.IntRange(1, 512), default=1, show_default=True, help="Number of files (nquads only).")
@click.option("--loader", type=click.Choice(LOADERS), help="Server whose bulk loader gets a script, load.sh (nquads only).")
@click.option(
    "--engine",
    type=click.Choice(("local", "spark")),
    default="local",
    show_default=True,
    help="spark: read the notes on the executors of a cluster; no build is needed (nquads only).",
)
@click.option("--master", metavar="URL", default="", help="Master of the cluster, with --engine spark.")
@click.option(
    "--url", metavar="URL", default="", help="Folder that Spark writes, such as hdfs:///kg/statements, instead of -o."
)
@click.option(
    "--graph", "main", metavar="IRI", help="Graph for the ontology, as in kg publish (nquads only; default: the base IRI)."
)
@select_concepts
@common
def export(
    form: str,
    concepts: tuple[str, ...],
    target: Path | None,
    suggested: bool,
    selectors: tuple[str, ...],
    **bulk: Any,
) -> None:
    """Export the built graph for other programs: asserted and inferred statements.

    FORMAT is turtle, ntriples or jsonld (the ontology), trig (with provenance), graphml, gexf, csv or cypher (concepts and
    relations). csv consists of two tables, nodes.csv and edges.csv; on stdout, only the edges. linked is a folder with
    Turtle, JSON-LD, N-Triples and a redirect for each concept, for a static host.
    parquet is a folder of tables with provenance for data
    frames and clusters (kg metrics --graph); duckdb is the same tables in one file, with names as well as ids; nquads is a
    folder of files with the script of a server's bulk loader, for graphs that are too large for kg publish. schema is the
    JSON Schema of front matter, bib the works that notes cite in BibTeX, okf a bundle of the Open Knowledge Format. book is
    the text of concepts in learning order, with contents: one HTML page, or what the ending of FILE says, .epub or .pdf
    (printed by Chromium); CONCEPTs are selectors, such as raft, or +raft for raft and all that it builds on. These four need
    no build.
    """
    _reject_names(form, concepts, selectors)
    if form in BULK or any(map(_is_given, bulk)):
        if suggested:
            raise UsageError(f"{form} can't mark suggestions", hint="kg export trig --suggested")
        # start time: the other formats don't need it
        from kg.app.cli.bulk import BulkOptions, export_folder

        export_folder(form, BulkOptions(target, **bulk))
        return
    # start time: `--help` doesn't need it
    from kg.knowledge.running import without_collector
    from kg.views.export import export_graph
    from kg.views.export.linked import linked_files

    settings = read_settings()
    if form == _BOOK:
        _export_book(settings, target, (*concepts, *selectors))
        return
    if form == _OKF:
        _export_bundle(settings, target, suggested=suggested)
        return
    if form in ("schema", "bib"):
        artifacts: tuple[Artifact, ...] = (_schema(settings) if form == "schema" else _cited(settings),)
    else:
        graph, info = knowledge.open_build(settings.out)
        lang = language(info.summary.languages)
        with without_collector():
            if selectors:
                # start time: few exports select concepts
                from kg.knowledge.selecting import restrict_graph

                graph = restrict_graph(graph, selectors)
            if form == "linked":
                artifacts = tuple(linked_files(graph, lang))
            else:
                edges = knowledge.built_edges(settings) if form == "csv" and not selectors else None
                artifacts = export_graph(graph, form, lang, suggested=suggested, edges=edges)
    if form == "linked" and target is None:
        raise UsageError("linked is a folder", hint="give it with -o: kg export linked -o DIR")
    if target is None:
        sys.stdout.buffer.write(artifacts[-1].data)
        sys.stdout.buffer.flush()
        return
    if len(artifacts) == 1 and form != "linked":
        if target.is_dir():
            raise UsageError(f"{target} is a folder, not a file", hint=f"give a file: -o {target / artifacts[0].path}")
        paths = [target]
    else:
        if target.exists() and not target.is_dir():
            raise UsageError(f"{target} is a file, but {form} consists of {len(artifacts)}", hint="give a folder with -o DIR")
        paths = [target / artifact.path for artifact in artifacts]
    for path, artifact in zip(paths, artifacts, strict=True):
        write_file(path, artifact.data, durable=form != "linked")
        if form != "linked":
            click.echo(printable(str(path)))
    if form == "linked":
        flush_disks()
        click.echo(f"{printable(str(target))} ({len(paths):,})")


def _export_book(settings: Settings, target: Path | None, names: tuple[str, ...]) -> None:
    """Write the book in the format that the ending of the file names."""
    # start time: `--help` doesn't need it
    from kg.knowledge.printing import make_book

    ending = target.suffix.lower().removeprefix(".") if target is not None else _BOOKS[0]
    ending = "html" if ending == "htm" else ending
    if ending not in _BOOKS:
        raise UsageError(f"a book is HTML, PDF or EPUB, not {target}", hint="give a file: kg export book -o book.html")
    data = make_book(settings, names, ending, flag("lang") or "")
    if target is None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    else:
        write_file(target, data)
        click.echo(str(target))


def _is_given(option: str) -> bool:
    """Whether the command line has an option."""
    return click.get_current_context().get_parameter_source(option) is not ParameterSource.DEFAULT


def _reject_names(form: str, concepts: Sequence[str], selectors: Sequence[str]) -> None:
    """Raise UsageError if a format is not exported for some concepts, or not in this way."""
    if concepts and form != _BOOK:
        raise UsageError(f"{form} takes no concepts", hint=f"kg export {form} --select-concepts {concepts[0]}")
    if selectors and form in (*BULK, _OKF, "schema"):
        raise UsageError(f"{form} is always exported as a whole", hint="leave out --select-concepts")


def _cited(settings: Settings) -> Artifact:
    # start time: `--help` doesn't need it
    from kg.corpus.citations import cited_keys
    from kg.views.export.bibtex import render_bibtex

    base = knowledge.open_base(settings)
    keys = cited_keys(base.corpus.notes.values())
    references = base.inputs.bibliography.references
    works = [work for key, work in references.items() if key in keys]
    parents = {work.parent: references[work.parent] for work in works if work.parent and work.parent not in keys}
    if not works and not flag("quiet"):
        to_stderr(texts("export")("no-works"))
    return render_bibtex(works, parents.values())


def _schema(settings: Settings) -> Artifact:
    # start time: `--help` doesn't need it
    from kg.graph import load_vocabulary
    from kg.views.export import note_schema

    vocabulary = load_vocabulary(settings.ontology)
    return note_schema(vocabulary.relations, vocabulary.types, vocabulary.type_labels)


def _export_bundle(settings: Settings, target: Path | None, *, suggested: bool) -> None:
    """Write the notes as a bundle into a folder, which may hold an earlier export of the same notes."""
    if suggested:
        raise UsageError("okf can't mark suggestions", hint="kg export trig --suggested")
    if target is None:
        raise UsageError("okf is a folder", hint="give it with -o: kg export okf -o DIR")
    # start time: only this format needs it
    from kg.notes.okf import LOG

    folder = target.absolute()
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{target} is a file, not a folder", hint="give a folder with -o DIR")
    if any(folder == notes or folder.is_relative_to(notes) or notes.is_relative_to(folder) for notes in settings.notes):
        raise UsageError(f"{target} overlaps with the folders of notes", hint="give another folder with -o DIR")
    present = [Path(e.path).relative_to(folder).as_posix() for e in files.walk(folder)] if folder.is_dir() else []
    log = files.read(folder / LOG) if LOG in present else b""
    bundle = list(knowledge.export_bundle(settings, log))
    names = {artifact.path for artifact in bundle}
    others = sorted(name for name in present if name.endswith(".md") and name not in names)
    if others:
        raise UsageError(
            f"{target} has files that are not from an export, such as {printable(others[0])}",
            hint="give an empty folder with -o DIR, or remove these files",
        )
    for artifact in bundle:
        if artifact.path == LOG:  # what it said before is in it
            swap_file(folder / LOG, log, artifact.data, inside=(folder,), durable=False)
        else:
            overwrite_file(folder / artifact.path, artifact.data, inside=(folder,), durable=False)
    flush_disks()
    click.echo(str(target))


@click.command("import")
@click.argument("file", type=NamedPath())
@click.argument("bundle", required=False, type=NamedPath(), metavar="[BUNDLE]")
@click.option(
    "--to", "target", type=NamedPath(file_okay=False), metavar="DIR", help="Folder for the notes (default: concepts/)."
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
def import_(file: Path, bundle: Path | None, target: Path | None, form: str | None, encoding: str, force: bool) -> None:
    """Convert a thesaurus or a table to notes, one Markdown file for each concept.

    FILE is SKOS in Turtle, RDF/XML, JSON-LD, N-Triples, N-Quads or TriG, or a CSV table with columns such as id, label,
    definition and broader, or a folder with the nodes.csv and edges.csv of 'kg export csv', or Parquet: concepts, edges
    (columns source, target, relation) or the folder of 'kg export parquet'. Content that notes can't represent is listed on
    stderr. To build a thesaurus without conversion, use kg build --notes FILE.

    kg import okf BUNDLE copies a bundle of the Open Knowledge Format, a folder, without changing a byte.
    """
    # start time: `--help` doesn't need it
    from kg.graph import load_vocabulary
    from kg.graph.importing import ImportOptions, import_file

    settings = read_settings()
    folder = (target or (settings.notes[0] if settings.notes else settings.root / "concepts")).absolute()
    if str(file) == _OKF and bundle is not None:
        file, form = bundle, _OKF
    elif bundle is not None:
        raise UsageError(
            f"{bundle} is a second file: one is imported at a time", hint="a bundle is imported with: kg import okf BUNDLE"
        )
    if form == _OKF:
        _import_bundle(settings, file, folder, named=target is not None, force=force)
        return
    require_file("file", file, "nodes.csv", "manifest.json")
    options = ImportOptions(form or "", encoding, _stems(settings, folder), settings.languages)
    written = import_file(file, load_vocabulary(settings.ontology), settings.base, options)
    # A folder given by the user can be anywhere; the default one must be inside the knowledge base.
    inside = settings.writable if target is None else (folder,)
    _say(settings, written, folder, _write_imported(written.files, folder, inside, force=force))


def _write_imported(artifacts: Sequence[Artifact], folder: Path, inside: Sequence[Path], *, force: bool) -> int:
    """Write imported files, over existing ones with `force` only; return how many existed."""
    existing = [a.path for a in artifacts if os.path.lexists(folder / a.path)]
    if existing and not force:
        first, more = folder / existing[0], len(existing) - 1
        raise UsageError(
            f"{first} and {more:,} more would be overwritten" if more else f"{first} would be overwritten",
            hint="give another folder with --to DIR, or add --force",
        )
    write = overwrite_file if force else create_note
    for artifact in artifacts:
        write(folder / artifact.path, artifact.data, inside=inside, durable=False)
    flush_disks()
    return len(existing)


def _import_bundle(settings: Settings, source: Path, folder: Path, *, named: bool, force: bool) -> None:
    """Copy a bundle into a folder; a knowledge base without settings gets the dialect of bundles."""
    # start time: `--help` doesn't need it
    from kg.base.setting_sources import FILE

    bundle = knowledge.read_bundle(settings, source.absolute())
    holds_notes = folder.is_dir() and any(e.name.endswith(".md") for e in files.walk(folder))
    if holds_notes and not force:
        raise UsageError(
            f"{folder} already has notes, and a bundle needs a folder of its own",
            hint=f"give another folder: kg import okf {shlex.quote(str(source))} --to DIR",
        )
    inside = settings.writable if not named else (folder,)
    existing = _write_imported(bundle.files, folder, inside, force=force)
    settings_file = settings.root / FILE
    made = not named and not os.path.lexists(settings_file)
    if made:
        create_note(settings_file, _DIALECT, inside=settings.writable)
    if log_json(
        "imported", concepts=bundle.concepts, pages=bundle.pages, overwritten=existing, to=str(folder), left_out=bundle.left_out
    ):
        return
    t = texts("import")
    if not flag("quiet"):
        to_stderr(t("bundle", n=bundle.concepts, pages=bundle.pages, folder=folder))
        if made:
            to_stderr(t("bundle-settings", path=settings_file))
        elif settings.reading.dialect != _OKF:
            to_stderr(t("bundle-dialect"))
    if bundle.left_out:
        to_stderr(t("bundle-left-out", n=len(bundle.left_out)))
        for path in bundle.left_out:
            to_stderr(f"  {printable(path)}")


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
