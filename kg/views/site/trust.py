"""What a page shows of the origin of its concept: kind, trust, who wrote it, and until when it holds."""

from __future__ import annotations

from typing import NamedTuple

from markupsafe import Markup, escape

from kg.model import Attribution, Provenance
from kg.views.page.view import source_link
from kg.views.page.words import Words


class ShownTrust(NamedTuple):
    """The rows of a page. Nothing here depends on the day: whether a date has passed is for readers and `kg check`."""

    type: str = ""
    rows: tuple[tuple[str, Markup], ...] = ()
    """Key of the name, and the text."""


def shown_trust(stated: Provenance | None, w: Words) -> ShownTrust:
    """Return what is shown of a concept's provenance; empty if its note states nothing."""
    if stated is None:
        return ShownTrust()
    rows: list[tuple[str, Markup]] = []
    if stated.resource:
        rows.append(("resource", source_link(stated.resource)))
    if stated.type or stated.verified:
        rows.append(("trust-tier", escape(w(f"tier-{stated.tier}"))))
    if stated.verified:
        rows.append(("verified-by", Markup("<br>").join(map(_event, stated.verified))))
    if stated.generated is not None:
        rows.append(("generated-by", _event(stated.generated)))
    if stated.stale_after:
        rows.append(("stale-after", escape(stated.stale_after)))
    return ShownTrust(stated.type, tuple(rows))


def _event(event: Attribution) -> Markup:
    return escape(" · ".join(part for part in (event.by, event.at) if part))
