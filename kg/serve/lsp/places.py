"""Which knowledge base a file belongs to, and where files that findings name are."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from kg.base import files
from kg.base.settings import FILE, Settings, load_settings


def read_folder_settings(root: Path) -> Settings:
    """Read the settings of a folder; without `kg.toml` and a folder `concepts`, the notes are those of the folder itself.

    Raises UsageError.
    """
    if files.is_file(root / FILE) or files.is_folder(root / "concepts"):
        return load_settings(root)
    return load_settings(root, notes=(root,))


def find_root(location: str, workspace: Sequence[str]) -> Path | None:
    """Return the knowledge base of a file or, with ``/`` at its end, of a folder: the nearest folder with `kg.toml`.

    Without one, it is the workspace folder around it; None for a file outside the workspace.
    """
    path = Path(os.path.normpath(location))
    for folder in (path, *path.parents) if location.endswith("/") else path.parents:
        if files.is_file(folder / FILE):
            return folder
    inside = [Path(folder) for folder in workspace if path.is_relative_to(folder)]
    return max(inside, key=lambda folder: len(folder.parts)) if inside else None


def locate_finding(settings: Settings, notes: dict[str, str], path: str) -> str:
    """Return the location on disk of a file that a finding names."""
    if path in notes:
        return notes[path]
    start = settings.notes[0] if len(settings.notes) == 1 else settings.root
    return os.path.normpath(start / path)


def read_shown_text(location: str) -> str:
    """Return the text of a file to convert places in it; empty if it can't be read."""
    try:
        return files.read(location, cut=True).decode("utf-8", "replace")
    except OSError:
        return ""
