"""Writes docs/schema/metrics.schema.json from the types of `metrics.json`: ``python docs/make_schema.py``."""

from __future__ import annotations

from pathlib import Path

from kg.views.export import json_file
from kg.views.export.schema import metrics_schema

PAGE = Path(__file__).resolve().parent / "schema" / "metrics.schema.json"


def main() -> None:
    """Write the schema."""
    PAGE.write_bytes(json_file(metrics_schema()))


if __name__ == "__main__":
    main()
