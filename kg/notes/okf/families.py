"""The families of front matter: provenance, trust and age (§5), read from any form that a producer may have written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from kg.model import Attribution, Provenance, StatedSource
from kg.notes.okf.dates import write_moment

_KEYS: Final = ("sources", "generated", "verified", "stale_after", "timestamp")


def read_provenance(values: Mapping[str, object], *, concept: bool = False) -> Provenance | None:
    """Return what front matter states about the origin of a note; None if nothing.

    With `concept` (in a bundle), any text is the kind of the concept, and a source may be a text. Elsewhere only the forms of
    the specification count, since these keys may mean something else there.

    >>> read_provenance({"type": "Metric", "verified": {"by": "human:a", "at": "2026-06-25"}}, concept=True).tier
    'human-reviewed'
    >>> read_provenance({"sources": ["https://example.org/"], "verified": True}) is None
    True
    """
    if not concept and not any(key in values for key in _KEYS):
        return None
    sources = tuple(_sources(values.get("sources"), texts=concept))
    verified = tuple(_attributions(values.get("verified")))
    generated = next(_attributions(values.get("generated")), None)
    if generated is None and concept and (at := text_of(values.get("timestamp"))):
        generated = Attribution("", write_moment(at))  # §13.1
    stale_after = write_moment(values.get("stale_after"))
    result = Provenance(
        type=stated_kind(values.get("type")) if concept else "",
        resource=text_of(values.get("resource")) if concept else "",
        sources=sources,
        generated=generated,
        verified=verified,
        stale_after=stale_after,
    )
    return result if result != Provenance() else None


def stated_kind(value: object) -> str:
    """Return the kind of a concept as text: of several, all of them.

    >>> stated_kind(" BigQuery  Table "), stated_kind(["A", "B"]), stated_kind(None), stated_kind(False)
    ('BigQuery Table', 'A, B', '', 'false')
    """
    if isinstance(value, list):
        return ", ".join(filter(None, map(stated_kind, value)))
    if isinstance(value, bool):
        return str(value).lower()
    return text_of(value)


def text_of(value: object) -> str:
    """Return a text or number on one line; empty for other values."""
    return " ".join(str(value).split()) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def _items(value: object) -> list[object]:
    """A bare value stands for a list of one (§5.2)."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _attributions(value: object) -> Iterator[Attribution]:
    for item in _items(value):
        if isinstance(item, Mapping) and (item.get("by") or item.get("at")):
            yield Attribution(text_of(item.get("by")), write_moment(item.get("at")))


def _sources(value: object, *, texts: bool) -> Iterable[StatedSource]:
    for item in _items(value):
        if isinstance(item, Mapping) and (resource := text_of(item.get("resource"))):
            count = item.get("usage_count")
            yield StatedSource(
                id=text_of(item.get("id")),
                resource=resource,
                title=text_of(item.get("title")),
                author=text_of(item.get("author")),
                usage_count=count if isinstance(count, int) and not isinstance(count, bool) else None,
                last_modified=write_moment(item.get("last_modified")),
            )
        elif texts and (resource := text_of(item)):
            yield StatedSource("", resource)


def footnote_sources(provenance: Provenance) -> dict[str, StatedSource]:
    """Return the sources that footnotes can cite, by label."""
    result: dict[str, StatedSource] = {}
    for source in provenance.sources:
        if source.id:
            result.setdefault(source.id, source)
    return result
