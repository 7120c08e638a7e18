"""Writes docs/schema: the types of `metrics.json`, and the tables of `kg export parquet`: ``python docs/make_schema.py``."""

from __future__ import annotations

from pathlib import Path

from kg.graph.tables.schema import tables_document
from kg.views.export import json_file
from kg.views.export.schema import metrics_schema

FOLDER = Path(__file__).resolve().parent / "schema"


def main() -> None:
    """Write the schemas."""
    (FOLDER / "metrics.schema.json").write_bytes(json_file(metrics_schema()))
    (FOLDER / "tables.schema.json").write_bytes(json_file(tables_document()))


if __name__ == "__main__":
    main()
