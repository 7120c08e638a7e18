"""Files that notes show: images, sound, videos and documents."""

from __future__ import annotations

from typing import NamedTuple


class Medium(NamedTuple):
    """A file that notes show."""

    kind: str
    """``image``, ``audio``, ``video`` or ``document``."""
    address: str
    """Path below the output folder, made from a digest of the content; empty if it isn't published."""
    problem: str = ""
    """Why it isn't published."""
