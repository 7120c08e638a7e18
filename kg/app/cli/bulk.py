"""``kg export parquet``, ``duckdb`` and ``nquads``: folders, or one file, written as a stream."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from kg import knowledge
from kg.app.cli.compute import start_cluster
from kg.app.cli.options import flag, log_json, read_settings, texts, to_stderr
from kg.app.cli.publish import check_iri
from kg.base.errors import UsageError
from kg.base.extras import require_extra
from kg.base.staging import Staging

if TYPE_CHECKING:
    from kg.base.settings import Settings
    from kg.knowledge.base import KnowledgeBase
    from kg.knowledge.sharded import ShardedReport

_DUCKDB = "duckdb"
_COMMAND = "export nquads --engine spark"


class BulkOptions(NamedTuple):
    """The options of the command line."""

    target: Path | None
    parts: int = 1
    loader: str | None = None
    main: str | None = None
    """The graph for the default graph of a build; None: the base of the knowledge base."""
    engine: str = "local"
    master: str = ""
    url: str = ""
    """A folder that Spark writes, in place of `target`."""


def export_folder(form: str, options: BulkOptions) -> None:
    """Write a build as tables or N-Quads; with the engine ``spark``, the statements of the notes, without a build."""
    if form != "nquads" and options != BulkOptions(options.target):
        raise UsageError(
            "--parts, --loader, --graph, --engine, --master and --url go with nquads", hint="kg export nquads -o DIR"
        )
    if options.target is None and not options.url:
        kind, name = ("file", "kg.duckdb") if form == _DUCKDB else ("folder", "DIR")
        raise UsageError(f"{form} is a {kind}", hint=f"give it with -o: kg export {form} -o {name}")
    settings = read_settings()
    if options.main:
        check_iri(options.main)
    if options.engine == "spark":
        _export_sharded(settings, options)
    elif options.master or options.url or options.target is None:
        raise UsageError("--master and --url go with --engine spark", hint="add --engine spark")
    elif form != "nquads":
        _export_tables(settings, form, options.target)
    else:
        _export_nquads(settings, options.target, options)


def _export_tables(settings: Settings, form: str, target: Path) -> None:
    require_extra(form, f"kg export {form}")
    graph, _ = knowledge.open_build(settings.out)
    if form == _DUCKDB:
        # start time: only this format needs duckdb
        from kg.graph.tables.duckdb_file import write_duckdb

        tables = write_duckdb(graph, target)
    else:
        # start time: pyarrow is found by now
        from kg.graph.tables.writing import write_tables

        tables = write_tables(graph, target)
    if not log_json("exported", to=str(target), rows=tables.rows, size=tables.size, files=tables.files) and not flag("quiet"):
        rows = {name: tables.rows[name] for name in ("nodes", "edges", "statements")}
        key = "database" if form == _DUCKDB else "tables"
        to_stderr(texts("export")(key, folder=target, files=tables.files, mb=f"{tables.size / 1e6:.1f}", **rows))


def _export_nquads(settings: Settings, target: Path, options: BulkOptions) -> None:
    loader, t = options.loader or "", texts("export")
    graph, _ = knowledge.open_build(settings.out)
    # start time: only nquads needs it
    from kg.serve.bulk import TRIED, write_nquads

    report = write_nquads(graph, target, main=options.main or "", parts=options.parts, loader=loader)
    if log_json("exported", to=str(target), **report._asdict(), loader=loader) or flag("quiet"):
        return
    to_stderr(t("nquads", statements=report.statements, graphs=report.graphs, parts=report.parts, folder=target))
    if loader:
        to_stderr(t("loader" if loader in TRIED else "loader-untried", folder=target, loader=loader))


def _export_sharded(settings: Settings, options: BulkOptions) -> None:
    if options.loader:
        raise UsageError("--loader needs a build, and --engine spark makes none", hint="leave out --loader or --engine spark")
    # start time: only this engine needs it
    from kg.knowledge.sharded import check_shardable

    base = knowledge.open_base(settings)
    check_shardable(base)
    with start_cluster(settings, options.master, _COMMAND) as session:
        report = _write_sharded(base, session, options)
    folder = options.url or str(options.target)
    if log_json("exported", to=folder, **report._asdict()):
        return
    t = texts("export")
    for name, reason in report.unread:
        to_stderr(t("unread", path=name, reason=reason))
    if not flag("quiet"):
        to_stderr(t("sharded", folder=folder, **report._asdict()))


def _write_sharded(base: KnowledgeBase, session: object, options: BulkOptions) -> ShardedReport:
    # start time: only this engine needs it
    from kg.knowledge.sharded import write_sharded

    if options.target is None or options.url:
        return write_sharded(base, session, options.url, main=options.main or "", parts=options.parts)
    staging = Staging(options.target.absolute(), "-o")
    try:
        place = (staging.folder / "statements").as_uri()
        report = write_sharded(base, session, place, main=options.main or "", parts=options.parts)
        staging.publish({"statements": report.statements, "notes": report.notes})
    except BaseException:
        staging.discard()
        raise
    return report
