"""The SPARQL 1.1 Protocol: parses requests and formats errors. See https://www.w3.org/TR/sparql11-protocol/."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

from kg.base.json_forms import json_line
from kg.serve.negotiate import choose

MAX_QUERY: Final = 1 << 20
"""Maximum size of a request's body, in bytes."""

_FORM: Final = "application/x-www-form-urlencoded"
_QUERY: Final = "application/sparql-query"
_UPDATE: Final = "application/sparql-update"
_FIELDS: Final = 1000  # maximum number of parameters of a request
_READ_ONLY: Final = "change the notes and run 'kg build'; this service only reads"


class ProtocolError(Exception):
    """A request answered by an HTTP error, with a message and a hint."""

    def __init__(self, status: int, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.hint = hint


@dataclass(frozen=True, slots=True)
class ProtocolQuery:
    """A query and the dataset of the request; None if it gives none."""

    query: str
    default_graphs: tuple[str, ...] | None = None
    named_graphs: tuple[str, ...] | None = None


def _utf8(data: bytes, part: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ProtocolError(400, f"{part} is not UTF-8: byte {error.start + 1}", "encode queries as UTF-8") from None


def _pairs(data: bytes, part: str) -> list[tuple[str, str]]:
    text = _utf8(data, part)
    try:
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_FIELDS)
    except UnicodeDecodeError:
        raise ProtocolError(400, f"{part} is not UTF-8 after percent-decoding", "encode queries as UTF-8") from None
    except ValueError:
        raise ProtocolError(400, f"{part} has more than {_FIELDS:,} parameters") from None


def _asked(pairs: list[tuple[str, str]], query: str | None = None) -> ProtocolQuery:
    graphs: dict[str, list[str]] = {"default-graph-uri": [], "named-graph-uri": []}
    queries = [] if query is None else [query]
    for name, value in pairs:
        if name == "query":
            queries.append(value)
        elif name == "update":
            raise ProtocolError(403, "updates are refused", _READ_ONLY)
        elif name in graphs:
            graphs[name].append(value)
    if not queries:
        raise ProtocolError(400, "there is no query", "send it as the parameter 'query', percent-encoded")
    if len(queries) > 1:
        raise ProtocolError(400, "there is more than one query", "send one query in a request")
    default, named = tuple(graphs["default-graph-uri"]), tuple(graphs["named-graph-uri"])
    return ProtocolQuery(queries[0], default, named) if default or named else ProtocolQuery(queries[0])


def by_get(query_string: bytes) -> ProtocolQuery:
    """Parse a query by GET.

    >>> by_get(b"query=ASK+%7B%7D&named-graph-uri=a:b")
    ProtocolQuery(query='ASK {}', default_graphs=(), named_graphs=('a:b',))
    """
    return _asked(_pairs(query_string, "the query string"))


def by_post(query_string: bytes, content_type: str, body: bytes) -> ProtocolQuery:
    """Parse a query by POST, as a form or directly."""
    media, _, parameters = content_type.partition(";")
    media = media.strip().lower()
    charset = re.search(r"charset\s*=\s*\"?([^\s\";]+)", parameters, re.IGNORECASE)
    if charset and charset[1].lower() not in ("utf-8", "utf8", "us-ascii"):
        raise ProtocolError(415, f"the charset {charset[1]} can't be read", "encode queries as UTF-8")
    if media == _FORM:
        return _asked(_pairs(body, "the form"))
    if media == _QUERY:
        return _asked(_pairs(query_string, "the query string"), _utf8(body, "the query"))
    if media == _UPDATE:
        raise ProtocolError(403, "updates are refused", _READ_ONLY)
    why = f"a body of type '{media}' can't be read" if media else "the body has no type"
    raise ProtocolError(415, why, f"send a query as {_QUERY} or as {_FORM}")


_PLACE: Final = re.compile(r"\bline (\d+), column (\d+)")


def problem(accept: str, message: str, hint: str = "", say: Callable[[str], str] = str) -> tuple[bytes, str]:
    """An error as text or, if preferred, JSON: message, hint and, if known, the place in the query.

    `say` translates message and hint.

    >>> problem("text/html, */*", "no query", "send one")
    (b'no query\\nsend one\\n', 'text/plain; charset=utf-8')
    >>> import json
    >>> json.loads(problem("application/json", "can't be parsed at line 1, column 3: …")[0])["column"]
    3
    """
    # A client that accepts JSON results gets JSON errors.
    liked = choose(accept.replace("sparql-results+json", "json").replace("ld+json", "json"), ["text/plain", "application/json"])
    place = _PLACE.search(message)
    message, hint = say(message), "\n".join(map(say, hint.splitlines()))
    if liked != "application/json":
        return f"{message}\n{hint}\n".replace("\n\n", "\n").encode(), "text/plain; charset=utf-8"
    value = {
        "error": message,
        "hint": hint,
        "line": int(place[1]) if place else None,
        "column": int(place[2]) if place else None,
    }
    return (json_line(value) + "\n").encode(), "application/json"
