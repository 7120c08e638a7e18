"""Writes the schemas of `metrics.json` and `kg.toml` to docs/schema from their types: ``python docs/make_schema.py``."""

from __future__ import annotations

from pathlib import Path

from kg.base.setting_schema import settings_schema
from kg.views.export import json_file
from kg.views.export.schema import metrics_schema

FOLDER = Path(__file__).resolve().parent / "schema"
SCHEMAS = {"metrics.schema.json": metrics_schema, "kg.schema.json": settings_schema}


def main() -> None:
    """Write the schemas."""
    for name, schema in SCHEMAS.items():
        (FOLDER / name).write_bytes(json_file(schema()))


if __name__ == "__main__":
    main()
