"""Writes docs/schema: `metrics.json`, `kg.toml`, tables in Parquet and DuckDB: ``python docs/make_schema.py``."""

from __future__ import annotations

from pathlib import Path

from kg.base.setting_schema import settings_schema
from kg.graph.tables.duckdb_file import duckdb_schema
from kg.graph.tables.schema import tables_document
from kg.views.export import json_file
from kg.views.export.schema import metrics_schema

FOLDER = Path(__file__).resolve().parent / "schema"
SCHEMAS = {
    "metrics.schema.json": metrics_schema,
    "kg.schema.json": settings_schema,
    "tables.schema.json": tables_document,
}


def main() -> None:
    """Write the schemas."""
    for name, schema in SCHEMAS.items():
        (FOLDER / name).write_bytes(json_file(schema()))
    (FOLDER / "duckdb.sql").write_text(duckdb_schema(), encoding="utf-8")


if __name__ == "__main__":
    main()
