"""The one place that opens a query on a store: nothing is asked of another server, and what isn't kg's own has limits.

Oxigraph can't stop a query that it has begun, nor bound its memory, and its `SERVICE` posts to the network. So a query of a
knowledge base or of a person runs in a copy of the process (`kg.base.process.forked`), which the system ends, bounds and keeps
from the network, whatever its text says.
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
"""What a query of a store gives."""

Results = Found | Sequence[ox.Triple]
"""What can be written: also triples that came from elsewhere."""

_ROWS, _TRIPLES = b"R", b"T"
_DONE: Final = 0
_FAILED: Final = 1
_NO_MEMORY: Final = 2
_HEAD: Final = struct.Struct("<BQ")
_MARK: Final = b"\0"  # stands before an error; JSON has none


@dataclass(slots=True)
class Allowance:
    """What queries may take that aren't kg's own: each of them, and all together."""

    seconds: float = 30.0
    """Time of one query."""
    left: float = 300.0
    """Time of all that are still to come."""
    memory: int = 1 << 30
    """Bytes more than the process has."""
    size: int = 256 << 20
    """Bytes of an answer."""
    rows: int = 1_000_000
    """Rows or statements of an answer."""
    more: str = "name more terms in it, or raise query-timeout in [check] of kg.toml"
    """How more time is given, for messages."""


def answer_query(
    store: ox.Store,
    text: str,
    *,
    base: str = "",
    names: Mapping[str, str] | None = None,
    options: Mapping[str, Any] | None = None,
    allowance: Allowance | None,
) -> Results:
    """What a query (SELECT, ASK, CONSTRUCT, DESCRIBE) gives. Raises QueryError with line, column and a hint.

    `names` are the prefixes that it may use besides its own; None: those of `kg query`. Without an `allowance` it is
    evaluated in this process and without limits: kg's own queries are, and those in a process that has bounds already.
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
    """What opens a query where it is to be evaluated; it raises QueryError."""

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
        # Oxigraph parses each prefix that it is given: a lookup takes a third longer with all of them.
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
    """What each of some queries gives, or why it gives nothing; all of them by one process, as long as they keep to the limits.

    A copy of a process of gigabytes costs more than most queries. Where all together take more than one of them may, each is
    asked by itself.
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
    """Write the results of each query behind its status and its size."""
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
    """The answer to an ASK that kg itself has written, with full IRIs: it is asked as it is."""
    return bool(store.query(text))


def select_own(store: ox.Store, text: str) -> ox.QuerySolutions:
    """The rows of a SELECT that kg itself has written, with full IRIs: it is asked as it is."""
    results = store.query(text)
    assert isinstance(results, ox.QuerySolutions)  # noqa: S101  # the text is a SELECT
    return results


def _within(open_query: Callable[[], Found], allowance: Allowance) -> Results:
    """The results of a query, within limits."""
    seconds = min(allowance.seconds, allowance.left)
    if seconds <= 0:
        raise QueryError("the time of all queries of the knowledge base is used up", hint=allowance.more)
    start = time.monotonic()
    try:
        status, data = run_forked(
            lambda out: _write(open_query, out), Bounds(seconds, allowance.memory, allowance.size, allowance.rows + 1)
        )
    except TooLongError:
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
    """What a process wrote of a query."""
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
    """Write results as they come, or what went wrong."""
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
    """What to say of a query that was read but can't be answered."""
    if isinstance(error, PermissionError):  # the system refused a connection
        return QueryError("SERVICE is not followed", hint="nothing is ever fetched from elsewhere")
    return QueryError(f"the query can't be run: {error}", hint="is the build whole? run 'kg build' again")


def too_slow(seconds: float, more: str = "give it more time") -> QueryError:
    """What to say of a query that was ended."""
    return QueryError(
        f"the query was ended after {seconds:.3g} seconds, its time limit",
        hint=f"avoid joins of everything with everything and paths such as kg:dependsOn+ between two variables; {more}",
    )
