"""Messages between the server and its worker processes, in MessagePack."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

Problem: TypeAlias = Literal["", "query", "not-acceptable", "failed"]
"""Why a query failed: not at all, its text, no acceptable format, or its evaluation."""


class Setup(msgspec.Struct, frozen=True):
    """The first message to a worker: its source and limits."""

    store: str
    """Path of the store's folder."""
    base: str
    memory: int
    """Bytes of memory for queries, in addition to the memory after the store is opened; 0: no limit."""
    endpoint: str = ""
    """URL of a SPARQL endpoint to query instead of the store; empty: the store."""
    graph: str = ""
    """The endpoint's graph to use as default graph; empty: the endpoint's own."""


class Ready(msgspec.Struct, frozen=True):
    """The first message from a worker."""

    error: str = ""


class Job(msgspec.Struct, frozen=True):
    """A query as received."""

    query: str
    accept: str
    """The Accept header."""
    rows: int
    """Maximum number of rows or statements in the answer; 0: no limit."""
    size: int
    """Maximum number of characters of values in the answer, which limits the memory of the server."""
    seconds: float
    """Time limit. The server ends the worker then; if it doesn't, the operating system does so a little later."""
    default_graphs: tuple[str, ...] | None = None
    """IRIs of the dataset in the request; None if it gives none."""
    named_graphs: tuple[str, ...] | None = None
    described: bool = False
    """Whether the answer is the description of a resource, as `kg export linked` writes it."""


class Reply(msgspec.Struct, frozen=True):
    """An answer, or the reason why there is none."""

    body: bytes = b""
    type: str = ""
    """Media type of the body."""
    rows: int = 0
    truncated: bool = False
    """Whether the answer was cut at a limit."""
    problem: Problem = ""
    message: str = ""
    hint: str = ""
