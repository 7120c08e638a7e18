"""Messages of the reconciliation API, with their limits: batches of queries and requests for values."""

from __future__ import annotations

from typing import Final, Literal, TypeVar
from urllib.parse import parse_qsl, urlsplit

import msgspec

from kg.base.formats import FormatError
from kg.base.formats.json_text import JsonReader, check_json
from kg.serve.protocol import ProtocolError

BATCH: Final = 100
"""Maximum number of queries in a batch."""
LIMIT: Final = 50
"""Maximum number of candidates of a query."""
_DEFAULT: Final = 5
_EXTENDED: Final = 500
"""Maximum number of concepts or properties of one extension."""
_TEXT: Final = 1_000
"""Maximum number of characters of a query."""
_PROPERTIES: Final = 20
"""Maximum number of properties of a query, and of values of a property."""

_DIGITS: Final = 10
"""Most digits of a limit."""

T = TypeVar("T")
_Scalar = str | int | float | bool


class EntityValue(msgspec.Struct):
    """A value that is itself an entity."""

    id: str
    name: str = ""


class PropertyFilter(msgspec.Struct):
    """A property that candidates should have."""

    pid: str
    v: _Scalar | EntityValue | list[_Scalar | EntityValue]

    @property
    def values(self) -> list[str]:
        """The values as texts."""
        several = self.v if isinstance(self.v, list) else [self.v]
        return [v.id if isinstance(v, EntityValue) else str(v) for v in several[:_PROPERTIES]]


class ReconcileQuery(msgspec.Struct):
    """A query of a batch."""

    query: str = ""
    type: str | list[str] = ""
    limit: float = _DEFAULT
    properties: list[PropertyFilter] = []
    type_strict: Literal["any", "should", "all"] = "any"

    @property
    def has_text(self) -> bool:
        """Whether there is a name to look for; otherwise properties alone decide."""
        return bool(self.query.strip())

    @property
    def types(self) -> list[str]:
        """The types that are asked for."""
        return [t for t in ([self.type] if isinstance(self.type, str) else self.type) if t]

    @property
    def most(self) -> int:
        """The number of candidates that are asked for, within the limits."""
        return min(int(self.limit), LIMIT) if 1 <= self.limit < _TEXT else _DEFAULT


class ExtendProperty(msgspec.Struct):
    """A property to extend by."""

    id: str
    settings: dict[str, object] = {}

    @property
    def limit(self) -> int:
        """The number of values that is asked for; 0: all. OpenRefine sends a number as a text.

        >>> [ExtendProperty("a", {"limit": value}).limit for value in (2, 2.0, "2", "", "two", -1, None, True, 1e400)]
        [2, 2, 2, 0, 0, 0, 0, 0, 0]
        """
        value = self.settings.get("limit")
        text = f"{value:.0f}" if isinstance(value, float) else str(value)
        return int(text) if text.isascii() and text.isdigit() and len(text) < _DIGITS else 0


class ExtendQuery(msgspec.Struct):
    """A query for values of concepts."""

    ids: list[str]
    properties: list[ExtendProperty]


_batch: Final = JsonReader(dict[str, ReconcileQuery])
_extension: Final = JsonReader(ExtendQuery)


def read_form(data: bytes) -> dict[str, str]:
    """Return the fields of a query string or a form; of several with one name, the first."""
    try:
        pairs = parse_qsl(data.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=20)
    except (UnicodeDecodeError, ValueError):
        raise ProtocolError(400, "the fields can't be read", "encode them as UTF-8, percent-encoded") from None
    fields: dict[str, str] = {}
    for name, value in pairs:
        fields.setdefault(name, value)
    return fields


def read_batch(text: str) -> dict[str, ReconcileQuery]:
    """Return the queries of a batch. Raises ProtocolError for JSON that is none, and for too many."""
    queries = _read(_batch, text, '{"q0": {"query": "raft"}}')
    if len(queries) > BATCH:
        raise ProtocolError(413, f"a batch has at most {BATCH} queries, not {len(queries):,}", "send several batches")
    for name, query in queries.items():
        if not query.query.strip() and not query.properties:
            raise ProtocolError(400, f"the query {name[:40]!r} has neither a text nor properties", 'write {"query": "raft"}')
        if len(query.query) > _TEXT or len(query.properties) > _PROPERTIES:
            raise ProtocolError(413, f"a query has at most {_TEXT:,} characters and {_PROPERTIES} properties", "shorten it")
    return queries


def read_extension(text: str) -> ExtendQuery:
    """Return a query for values. Raises ProtocolError."""
    query = _read(_extension, text, '{"ids": ["raft"], "properties": [{"id": "broader"}]}')
    if len(query.ids) > _EXTENDED or len(query.properties) > _PROPERTIES:
        raise ProtocolError(413, f"at most {_EXTENDED} ids and {_PROPERTIES} properties at once", "ask several times")
    return query


def _read(reader: JsonReader[T], text: str, example: str) -> T:
    data = text.encode("utf-8", "replace")
    try:
        check_json(data)
        return reader.read(data)
    except FormatError as error:
        raise ProtocolError(400, f"the query can't be read: {error}", f"write e.g. {example}") from None


def service_address(base: str, scheme: str, host: str) -> str:
    """The address of the service, as the client calls it: behind a server with TLS, that of the base if it has the same host.

    >>> service_address("https://kb.example/x/", "http", "kb.example")
    'https://kb.example/reconcile'
    >>> service_address("https://kb.example/", "http", "127.0.0.1:8000")
    'http://127.0.0.1:8000/reconcile'
    """
    own = urlsplit(base)
    return f"{own.scheme if own.netloc == host and own.scheme in ('http', 'https') else scheme}://{host}/reconcile"
