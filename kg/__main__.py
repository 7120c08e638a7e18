"""``python -m kg``."""

from kg.app.cli import run

run()
