"""Which knowledge base a file belongs to, and where files that findings name are."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from kg.base import files
from kg.base.setting_sources import find_nearest, has_settings
from kg.base.settings import Settings, load_settings


def read_folder_settings(root: Path) -> Settings:
    """Read the settings of a folder; without settings and a folder `concepts`, the notes are those of the folder itself.

    Raises UsageError.
    """
    if has_settings(root) or files.is_folder(root / "concepts"):
        return load_settings(root)
    return load_settings(root, notes=(root,))


def find_root(location: str, workspace: Sequence[str]) -> Path | None:
    """Return the knowledge base of a file or, with ``/`` at its end, of a folder: the nearest folder with settings.

    Outside the workspace, they must belong to this user. Without settings, it is the workspace folder around it; None for a
    file outside the workspace.
    """
    path = Path(os.path.normpath(location))
    start = path if location.endswith("/") else path.parent
    for folder in (start, *start.parents):
        if any(folder.is_relative_to(top) for top in workspace) and has_settings(folder):
            return folder
    nearest = find_nearest(start)
    if has_settings(nearest.folder):
        return nearest.folder
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
