"""The appearance of a site: custom templates and styles, edit links, the library for diagrams."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Look:
    """Customization of a site."""

    templates: Mapping[str, str] = field(default_factory=dict)
    """Name → text of templates that replace kg's own; in ``extends``, ``kg/NAME`` is kg's own template."""
    style: str = ""
    """CSS after kg's own."""
    edit: str = ""
    """URL for editing a note, with ``{path}`` for its path below the notes folder; empty: no edit links."""
    url: str = ""
    """Where the site is published; empty: unknown, and pages don't say."""
    diagrams: str = ""
    """File of the library that renders Mermaid in browsers; empty if it isn't installed."""
    description: Mapping[str, str] = field(default_factory=dict)
    """One sentence on what the knowledge base is, by language; with an empty key, for all languages."""
    diagrams_version: str = ""
