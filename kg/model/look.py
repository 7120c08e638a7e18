"""How the site of a knowledge base looks: its own templates and styles, where notes are edited, what draws diagrams."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Look:
    """What users change on a site without changing kg."""

    templates: Mapping[str, str] = field(default_factory=dict)
    """Name → text of templates that replace kg's own; ``kg/NAME`` in ``extends`` is kg's own."""
    style: str = ""
    """CSS that follows kg's own."""
    edit: str = ""
    """Address at which a note is edited, with ``{path}`` for its path below the notes folder; empty: no edit links."""
    diagrams: str = ""
    """File of the library that draws Mermaid in browsers; empty where it is not installed."""
    diagrams_version: str = ""
