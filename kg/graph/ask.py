"""The one place that opens a query on a store: no query contacts another server, and foreign queries have limits.

Oxigraph can't stop a running query or bound its memory, and its `SERVICE` sends requests to the network. So a query of a
knowledge base or of a person runs in a fork of the process (`kg.base.process.forked`), which the system limits and cuts off
from the network, whatever the text of the query.
"""

from __future__ import annotations

import io
import json
import struct
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any, Final

import pyoxigraph as ox

from kg.base.errors import KgError, QueryError
from kg.base.json_forms import json_ascii
from kg.base.names import PREFIXES
from kg.base.process.forked import Bounds, CrashedError, TooLongError, TooMuchError, run_forked
from kg.graph.tokens import service_at
from kg.graph.wording import line_and_column, parse_error, query_prefixes

Found = ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples
"""The results of a query on a store."""

Results = Found | Sequence[ox.Triple]
"""Results that can be serialized, including triples from elsewhere."""

_ROWS, _TRIPLES = b"R", b"T"
_DONE: Final = 0
_FAILED: Final = 1
_NO_MEMORY: Final = 2
_HEAD: Final = struct.Struct("<BQ")
_MARK: Final = b"\0"  # precedes an error; JSON never contains it


@dataclass(slots=True)
class Allowance:
    """The limits of queries that aren't kg's own: of each query, and of all together."""

    seconds: float = 30.0
    """Seconds for one query."""
    left: float = 300.0
    """Seconds left for all further queries."""
    memory: int = 1 << 30
    """Bytes in addition to the present memory of the process."""
    size: int = 256 << 20
    """Bytes of a result."""
    rows: int = 1_000_000
    """Rows or statements of a result."""
    more: str = "name more terms in it, or raise query-timeout in [check] of kg.toml"
    """How to get more time, for messages."""
    is_exceeded: bool = False
    """Whether a query had too little time: its answer says something about the machine, so it is not remembered."""


def answer_query(
    store: ox.Store,
    text: str,
    *,
    base: str = "",
    names: Mapping[str, str] | None = None,
    options: Mapping[str, Any] | None = None,
    allowance: Allowance | None,
) -> Results:
    """Return the results of a query (SELECT, ASK, CONSTRUCT, DESCRIBE). Raises QueryError with line, column and a hint.

    `names` are the prefixes that it may use besides its own; None: those of `kg query`. Without an `allowance` it is
    evaluated in this process without limits: for kg's own queries, and for processes that are limited already.
    """
    open_query = _opener(store, text, base, names, options)
    return open_query() if allowance is None else _within(open_query, allowance)


def _opener(
    store: ox.Store,
    text: str,
    base: str,
    names: Mapping[str, str] | None = None,
    options: Mapping[str, Any] | None = None,
) -> Callable[[], Found]:
    """Return a function that starts the evaluation of a query and raises QueryError."""

    def open_query() -> Found:
        at = service_at(text)
        if at is not None:
            line, column = line_and_column(text, at)
            raise QueryError(
                f"SERVICE at line {line}, column {column} is not followed: queries read this graph only",
                hint="remove the SERVICE part; nothing is ever fetched from elsewhere",
            )
        known = names
        if known is None:
            known = query_prefixes(base) if base else PREFIXES
        # Oxigraph parses each prefix it gets: with all of them, a lookup takes a third longer.
        used = {name: iri for name, iri in known.items() if f"{name}:" in text}
        try:
            results: Found = store.query(text, base_iri=base or None, prefixes=used, **(options or {}))
        except SyntaxError as error:
            raise parse_error(text, str(error.msg or error), base) from None
        except (OSError, ValueError, RuntimeError) as error:
            raise cannot_run(error) from None
        return results

    return open_query


def answer_queries(store: ox.Store, texts: Sequence[str], *, base: str, allowance: Allowance) -> list[Results | QueryError]:
    """Return the results of several queries, or the error of each; one process answers all of them within the limits.

    A fork of a process of gigabytes costs more than most queries. If together they exceed the limits of one query, each is
    asked in a process of its own.
    """
    seconds = min(allowance.seconds, allowance.left)
    openers = [_opener(store, text, base) for text in texts]
    if len(texts) > 1 and seconds > 0:
        start = time.monotonic()
        try:
            _, data = run_forked(
                lambda out: _write_all(openers, out), Bounds(seconds, allowance.memory, allowance.size, allowance.rows)
            )
            return [_result(status, part, allowance) for status, part in _parts(data)]
        except KgError:
            pass
        finally:
            allowance.left -= time.monotonic() - start
    answers: list[Results | QueryError] = []
    for opener in openers:
        try:
            answers.append(_within(opener, allowance))
        except QueryError as error:
            answers.append(error)
    return answers


def _write_all(openers: Sequence[Callable[[], Found]], out: IO[bytes]) -> int:
    """Write the results of each query, prefixed with status and size."""
    for opener in openers:
        part = io.BytesIO()
        status = _write(opener, part)
        out.write(_HEAD.pack(status, part.tell()))
        out.write(part.getbuffer())
    return _DONE


def _parts(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(data):
        status, size = _HEAD.unpack_from(data, at)
        at += _HEAD.size
        yield status, data[at : at + size]
        at += size


def ask_own(store: ox.Store, text: str) -> bool:
    """Return the answer to an ASK query written by kg itself, with full IRIs: it is evaluated unchanged."""
    return bool(store.query(text))


def select_own(store: ox.Store, text: str) -> ox.QuerySolutions:
    """Return the rows of a SELECT query written by kg itself, with full IRIs: it is evaluated unchanged."""
    results = store.query(text)
    assert isinstance(results, ox.QuerySolutions)  # noqa: S101  # the text is a SELECT
    return results


def _within(open_query: Callable[[], Found], allowance: Allowance) -> Results:
    """Return the results of a query, within limits."""
    seconds = min(allowance.seconds, allowance.left)
    if seconds <= 0:
        allowance.is_exceeded = True
        raise QueryError("the time of all queries of the knowledge base is used up", hint=allowance.more)
    start = time.monotonic()
    try:
        status, data = run_forked(
            lambda out: _write(open_query, out), Bounds(seconds, allowance.memory, allowance.size, allowance.rows + 1)
        )
    except TooLongError:
        allowance.is_exceeded = True
        raise too_slow(seconds, allowance.more) from None
    except TooMuchError as error:
        raise QueryError(f"the query was ended: {error}", hint="does it join everything with everything? select less") from None
    except CrashedError as error:
        raise QueryError(f"the query was ended: {error}", hint="join, sort and group less, nest less") from None
    except KgError as error:
        raise QueryError(str(error), hint=error.hint) from None
    finally:
        allowance.left -= time.monotonic() - start
    found = _result(status, data, allowance)
    if isinstance(found, QueryError):
        raise found
    return found


def _result(status: int, data: bytes, allowance: Allowance) -> Results | QueryError:
    """Decode the output of a process for one query."""
    if status == _FAILED:
        message, hint = json.loads(data.rpartition(_MARK)[2])
        return QueryError(message, hint=hint)
    if status == _NO_MEMORY:
        memory = allowance.memory >> 20
        return QueryError(f"the query was ended: it needed more than {memory:,} MB of memory", hint="select less")
    if data[:1] == _ROWS:
        return ox.parse_query_results(data[1:], format=ox.QueryResultsFormat.TSV)
    return [quad.triple for quad in ox.parse(data[1:], format=ox.RdfFormat.N_TRIPLES)]


def _write(open_query: Callable[[], Found], out: IO[bytes]) -> int:
    """Write results as they are computed, or the error."""
    try:
        results = open_query()
        if isinstance(results, ox.QuerySolutions | ox.QueryBoolean):
            out.write(_ROWS)
            results.serialize(out, format=ox.QueryResultsFormat.TSV)
        else:
            out.write(_TRIPLES)
            ox.serialize(results, out, format=ox.RdfFormat.N_TRIPLES)
        out.flush()
    except MemoryError:
        return _NO_MEMORY
    except KgError as error:
        out.write(_MARK + json_ascii([str(error), error.hint]).encode())
        return _FAILED
    except (OSError, ValueError, RuntimeError) as error:
        failed = cannot_run(error)
        out.write(_MARK + json_ascii([str(failed), failed.hint]).encode())
        return _FAILED
    return _DONE


def cannot_run(error: Exception) -> QueryError:
    """Return the error for a query that was parsed but can't be evaluated."""
    if isinstance(error, PermissionError):  # the system refused a connection
        return QueryError("SERVICE is not followed", hint="nothing is ever fetched from elsewhere")
    return QueryError(f"the query can't be run: {error}", hint="is the build whole? run 'kg build' again")


def too_slow(seconds: float, more: str = "give it more time") -> QueryError:
    """Return the error for a query that reached its time limit."""
    return QueryError(
        f"the query was ended after {seconds:.3g} seconds, its time limit",
        hint=f"avoid joins of everything with everything and paths such as kg:dependsOn+ between two variables; {more}",
    )
