"""Content negotiation (RFC 9110): selects the media type that an Accept header prefers."""

from __future__ import annotations

from collections.abc import Sequence


def _ranges(accept: str) -> list[tuple[str, str, float]]:
    """(type, subtype, quality) of each media range; invalid ranges are ignored."""
    ranges = []
    for part in accept.split(","):
        name, *parameters = (p.strip() for p in part.split(";"))
        kind, slash, sub = name.lower().partition("/")
        if not slash or not kind or not sub:
            continue
        quality = 1.0
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key.strip().lower() == "q":
                try:
                    quality = min(max(float(value), 0.0), 1.0)
                except ValueError:
                    quality = 0.0
        ranges.append((kind, sub, quality))
    return ranges


def choose(accept: str, offered: Sequence[str]) -> str | None:
    """The preferred media type, the first one of ties; None if none is acceptable.

    >>> choose("text/csv, application/json;q=0.5", ["application/json", "text/csv"])
    'text/csv'
    >>> choose("", ["text/turtle"]), choose("text/*;q=0.1, */*;q=0", ["image/png", "text/csv"])
    ('text/turtle', 'text/csv')
    >>> choose("image/png", ["text/turtle"]) is None
    True
    """
    if not accept.strip():
        return offered[0]
    ranges = _ranges(accept)
    best, most = None, 0.0
    for media in offered:
        kind, _, sub = media.partition("/")
        # The most specific matching range determines the quality of a type.
        fitting = [((k != "*") + (s != "*"), q) for k, s, q in ranges if k in (kind, "*") and s in (sub, "*")]
        quality = max(fitting)[1] if fitting else 0.0
        if quality > most:
            best, most = media, quality
    return best
