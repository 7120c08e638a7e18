"""``kg align``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kg.app.cli.difference import end_with_differences
from kg.app.cli.options import NamedPath, common, display_path, flag, read_settings, require_file, texts, to_stderr
from kg.app.cli.tables import print_entries
from kg.base.errors import UsageError
from kg.base.names import printable
from kg.base.store import write_file

if TYPE_CHECKING:
    from kg.base.settings import Settings
    from kg.suggest.align import MappingProposal

_ALL = "*"


@click.command()
@click.argument("file", type=NamedPath())
@click.option("--min-confidence", type=click.FloatRange(0.0, 1.0), default=0.6, show_default=True, metavar="C",
              help="Only mappings with at least this confidence.")  # fmt: skip
@click.option("--format", "form", type=click.Choice(["table", "sssom"]), default="table", show_default=True)
@click.option("-o", "--output-file", "target", type=NamedPath(dir_okay=False), metavar="FILE",
              help="Write SSSOM to a file.")  # fmt: skip
@click.option("--encoding", default="", metavar="NAME", help="Encoding of a table that isn't UTF-8, e.g. gb18030.")
@click.option("--accept", multiple=True, is_flag=False, flag_value=_ALL, metavar="[ID]",
              help="Write a mapping into its note; repeatable, or ID,ID. Without ID: all that are listed.")  # fmt: skip
@click.option("--reject", multiple=True, metavar="ID", help="Don't propose a mapping again; repeatable, or ID,ID.")
@click.option("--diff", is_flag=True, help="With --accept: print what would change as a unified diff; write nothing.")
@common
def align(
    file: Path,
    min_confidence: float,
    form: str,
    target: Path | None,
    encoding: str,
    accept: tuple[str, ...],
    reject: tuple[str, ...],
    diff: bool,
) -> None:
    """Propose mappings from the concepts of the notes to another vocabulary.

    FILE is SKOS or a table, as for kg import. The mappings are exactMatch, closeMatch and broadMatch, found by labels in all
    languages, definitions and hierarchy. SSSOM is a table of mappings with confidence and evidence. An accepted mapping is
    written below skos: in the front matter of its note.
    """
    # start time: `--help` doesn't need it
    from kg.knowledge.aligning import align_file
    from kg.suggest.sssom import render_sssom

    require_file("file", file, "nodes.csv")
    settings = read_settings()
    alignment = align_file(settings, file, encoding)
    rows = [p for p in alignment.proposals if p.confidence >= min_confidence]
    if diff:
        _show(settings, rows, accept, reject)
        return
    if accept or reject:
        _decide(settings, rows, accept, reject)
        return
    sssom = render_sssom(rows, settings.base, file.name, settings.site.license)
    if target is not None:
        write_file(target, sssom.encode("utf-8", "replace"))
        click.echo(str(target))
    elif form == "sssom":
        sys.stdout.write(sssom)
    else:
        _print_table(rows)
    if not flag("quiet"):
        t = texts("align")
        to_stderr(t("total", n=len(rows), own=alignment.own, foreign=alignment.foreign))


def _print_table(rows: list[MappingProposal]) -> None:
    print_entries(
        (
            (f"{row.confidence:.2f}", row.id, row.source.label(), row.predicate.rpartition("#")[2], row.target.label()),
            tuple(row.evidence) if flag("verbose") else (),
        )
        for row in rows
    )


def _decide(settings: Settings, rows: list[MappingProposal], accept: tuple[str, ...], reject: tuple[str, ...]) -> None:
    """Write the accepted mappings, record the rejected ones."""
    # start time: `--help` doesn't need it
    from kg.knowledge.aligning import accept_mappings, reject_mappings

    accepted = _chosen(rows, accept)
    rejected = _chosen(rows, reject)
    for done in accept_mappings(settings, accepted):
        click.echo(printable(f"{display_path(settings, done.path)}: {done.text}"))
    if rejected:
        path = reject_mappings(settings, rejected)
        click.echo(texts("suggest")("rejected", n=len(rejected), path=path.relative_to(settings.root)))


def _show(settings: Settings, rows: list[MappingProposal], accept: tuple[str, ...], reject: tuple[str, ...]) -> None:
    """Print how the notes would change with the accepted mappings."""
    # start time: `--help` doesn't need it
    from kg.knowledge.aligning import accept_mappings

    if reject or not accept:
        raise UsageError("--diff goes with --accept", hint="kg align FILE --accept --diff")
    changes: dict[str, tuple[bytes, bytes]] = {}
    for mapping in accept_mappings(settings, _chosen(rows, accept), dry=True):
        before, _ = changes.get(mapping.path, (mapping.before, b""))
        changes[mapping.path] = (before, mapping.after)
    end_with_differences((display_path(settings, path), *change) for path, change in changes.items())


def _chosen(rows: list[MappingProposal], names: tuple[str, ...]) -> list[MappingProposal]:
    if _ALL in names:
        return rows
    by_id = {row.id: row for row in rows}
    # SSSOM prints ids with the prefix of this table.
    ids = [i.removeprefix("map:") for text in names for i in text.replace(",", " ").split()]
    for name in ids:
        if name not in by_id:
            raise UsageError(f"there is no mapping '{name}'", hint="'kg align FILE' lists them with their ids")
    return [by_id[name] for name in dict.fromkeys(ids)]
