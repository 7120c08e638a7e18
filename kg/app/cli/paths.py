"""Paths on the command line."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from kg.base.files import without_parents


class NamedPath(click.Path):
    """A path that a person names, as `Path`. All commands use this type, since the gate of files takes no ``..`` in them."""

    def __init__(self, **more: Any) -> None:
        super().__init__(path_type=Path, **more)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Return the path; ``..`` is resolved."""
        return without_parents(Path(os.fsdecode(super().convert(value, param, ctx))))
