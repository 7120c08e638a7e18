"""Writes the graph of a build as one DuckDB file: the tables of the Parquet export with their types, and views with names."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa

from kg.base import about
from kg.base.errors import StoreError, UsageError
from kg.base.progress import begin_step, count_items
from kg.base.store import flush_disks
from kg.graph import Graph
from kg.graph.tables.reading import GraphTables
from kg.graph.tables.schema import TABLES, VERSION
from kg.graph.tables.writing import TablesReport, write_tables

_TYPES: Final = {pa.int64(): "BIGINT", pa.int32(): "INTEGER", pa.string(): "VARCHAR", pa.bool_(): "BOOLEAN"}
_VIEWS: Final = {
    "concepts": (
        "Concepts with their names; names and definitions are maps from language to text: names['en']",
        """\
WITH first AS (SELECT id, kind, lang, min(text) AS text FROM labels WHERE kind <> 'alt' GROUP BY id, kind, lang),
by_language AS (SELECT id, kind, map(list(lang ORDER BY lang), list(text ORDER BY lang)) AS texts FROM first GROUP BY id, kind),
further AS (SELECT id, list(text ORDER BY text) AS texts FROM labels WHERE kind = 'alt' GROUP BY id)
SELECT n.key, n.iri, names.texts AS names, further.texts AS aliases, definitions.texts AS definitions,
  n.type, n.layer, n.area, n.status, n.path, n.top, n.planned
FROM nodes n LEFT JOIN by_language names ON names.id = n.id AND names.kind = 'pref'
LEFT JOIN by_language definitions ON definitions.id = n.id AND definitions.kind = 'definition'
LEFT JOIN further ON further.id = n.id""",
    ),
    "triples": (
        "Relations and plain links between concepts, by their ids in notes; path and line where an author stated them, or null",
        """\
SELECT s.key AS source, r.key AS relation, t.key AS target, e.asserted, e.typed,
  nullif(e.path, '') AS path, nullif(e.line, 0) AS line
FROM edges e JOIN nodes s ON s.id = e.source JOIN relations r ON r.id = e.relation JOIN nodes t ON t.id = e.target""",
    ),
    "provenance": (
        "Who says so: each statement once for each line that states it and each rule that inferred it",
        """\
SELECT s.iri AS subject, p.iri AS predicate, o.iri AS object, st.value, st.lang, d.iri AS datatype,
  g.kind, nullif(g.rule, '') AS rule, nullif(g.path, '') AS path, nullif(g.line, 0) AS line
FROM statements st JOIN graphs g ON g.id = st.graph JOIN terms s ON s.id = st.subject JOIN terms p ON p.id = st.predicate
LEFT JOIN terms o ON o.id = st.object LEFT JOIN terms d ON d.id = st.datatype""",
    ),
}
"""Views: meaning and query."""
_MEMORY: Final = "1GB"


def duckdb_schema() -> str:
    """Return the statements that make the tables and views, with comments: the content of docs/schema/duckdb.sql."""
    parts = [
        f"-- `kg export duckdb`: the tables of {VERSION}, as in tables.schema.json, and views with names instead of ids.",
        "CREATE TABLE meta (name VARCHAR PRIMARY KEY, value VARCHAR NOT NULL);",
        _comment("TABLE", "meta", "What was exported: schema (version of these tables), kg, base (IRI), salt (of the ids)"),
    ]
    for name, table in TABLES.items():
        columns = ",\n".join(f"  {c.name} {_TYPES[c.type]}{'' if c.nullable else ' NOT NULL'}" for c in table.columns)
        parts += [
            f"CREATE TABLE {name} (\n{columns}\n);",
            _comment("TABLE", name, table.meaning),
            *(_comment("COLUMN", f"{name}.{c.name}", c.meaning) for c in table.columns),
        ]
    for name, (meaning, query) in _VIEWS.items():
        parts += [f"CREATE VIEW {name} AS\n{query};", _comment("VIEW", name, meaning)]
    return "\n".join(parts) + "\n"


def write_duckdb(graph: Graph, target: Path) -> TablesReport:
    """Write all tables of a graph to a DuckDB file in one step: until it is complete, the file has its old content.

    Equal graphs give equal tables, though not equal bytes: DuckDB's files contain an id of their own. Raises UsageError if
    the file can't be replaced, StoreError if it can't be written.
    """
    log = target.with_name(f"{target.name}.wal")
    if target.is_dir():
        raise UsageError(f"{target} is a folder", hint=f"give a file: kg export duckdb -o {target / 'kg.duckdb'}")
    if log.exists():
        raise UsageError(
            f"{target} has changes of another program in {log.name}",
            hint="close the program, or give another file with -o FILE",
        )
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as temporary:
            work = Path(temporary)
            report = write_tables(graph, work / "tables")
            made = work / "kg.duckdb"
            _fill(made, GraphTables(work / "tables"), work)
            size = made.stat().st_size
            flush_disks()
            made.replace(target)
    except (OSError, duckdb.Error) as error:
        raise StoreError(f"can't write {target}: {error}", hint="is there space, and may you write there?") from error
    return TablesReport(report.rows, size, 1)


def _fill(path: Path, tables: GraphTables, work: Path) -> None:
    """Make the database of exported tables. It loads no extension and opens no other file than its own."""
    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": _MEMORY,
        "temp_directory": str(work / "spilled"),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    manifest = tables.manifest
    with duckdb.connect(str(path), config=settings) as database, begin_step("writing tables", len(TABLES)):
        database.execute(duckdb_schema())
        rows = (("schema", VERSION), ("kg", about.VERSION), ("base", manifest.base), ("salt", str(manifest.salt)))
        database.executemany("INSERT INTO meta VALUES (?, ?)", rows)
        for name, table in count_items(TABLES.items()):
            reader = pa.RecordBatchReader.from_batches(table.arrow, tables.batches(name))
            database.register("exported", reader)
            database.execute(f"INSERT INTO {name} FROM exported")
            database.unregister("exported")


def _comment(kind: str, name: str, text: str) -> str:
    return f"COMMENT ON {kind} {name} IS '{text.replace(chr(39), chr(39) * 2)}';"
