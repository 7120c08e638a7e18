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

from kg.base import parcels
from kg.base.errors import StoreError
from kg.model import Artifact, Assessment
from kg.views.page import asset
from kg.views.site.evidence import has_trace

_FOLDER: Final = "assets/mermaid"


def has_diagrams(assessment: Assessment) -> bool:
    """Whether a page of the site has a diagram: in a note, or a trace of a model."""
    notes = assessment.corpus.notes.values()
    return any(b.language == "mermaid" for note in notes for b in note.blocks) or has_trace(assessment.proofs)


def diagram_files(assessment: Assessment) -> Iterator[Artifact]:
    """Yield the library, its frame, and the script that requests images; nothing without diagrams or without the library."""
    look = assessment.look
    if not look.diagrams or not has_diagrams(assessment):
        return
    try:
        library = parcels.read_library(Path(look.diagrams))
    except OSError as error:
        raise StoreError(
            f"can't read {look.diagrams}: {error.strerror}", hint="fetch it again: kg doctor --install mermaid"
        ) from None
    yield asset("diagrams.js")
    for name in ("frame.html", "frame.js"):
        yield Artifact(f"{_FOLDER}/{name}", (resources.files("kg.views.page") / "static" / name).read_bytes())
    yield Artifact(f"{_FOLDER}/mermaid.min.js", library)
