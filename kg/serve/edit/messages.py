"""Requests of browsers that decide suggestions."""

from __future__ import annotations

import msgspec

from kg.knowledge.reviewing import Order


class SuggestionView(msgspec.Struct, frozen=True):
    """Which suggestions a page shows."""

    concept: str = ""
    """Name of a concept's page; empty: the suggestions of all concepts."""
    order: Order = "score"
    lang: str = "en"


class SuggestionDecision(msgspec.Struct, frozen=True):
    """A decision about one suggestion."""

    id: str
    accept: bool
    view: SuggestionView = SuggestionView()
    key: str = ""
    """Key of the relation to write; empty: the suggested one."""
    turned: bool = False
    """Whether the other note states it."""
