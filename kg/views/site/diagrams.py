"""Draws Mermaid diagrams in an isolated frame, which returns images.

The library writes inline styles, which the pages' policy forbids, and it is large and processes untrusted text. So it runs
in a sandboxed frame with no origin and a policy of its own, and the page shows the result as an image, which can't run
code.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Final

from kg.base.errors import StoreError
from kg.model import Artifact, Look
from kg.views.page import asset

_FOLDER: Final = "assets/mermaid"


def diagram_files(look: Look) -> Iterator[Artifact]:
    """Yield the library, its frame, and the script that requests images; nothing if the library isn't installed."""
    if not look.diagrams:
        return
    try:
        library = Path(look.diagrams).read_bytes()
    except OSError as error:
        raise StoreError(
            f"can't read {look.diagrams}: {error.strerror}", hint="fetch it again: kg doctor --install mermaid"
        ) from None
    yield asset("diagrams.js")
    for name in ("frame.html", "frame.js"):
        yield Artifact(f"{_FOLDER}/{name}", (resources.files("kg.views.page") / "static" / name).read_bytes())
    yield Artifact(f"{_FOLDER}/mermaid.min.js", library)
