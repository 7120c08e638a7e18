"""What the server and its worker processes say to one another, as MessagePack."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

Problem: TypeAlias = Literal["", "query", "not-acceptable", "failed"]
"""What kept a query from its answer: nothing; its text; formats that nobody can write; its evaluation."""


class Setup(msgspec.Struct, frozen=True):
    """The first message to a worker: what it reads, and its bounds."""

    store: str
    """Path of the store's folder."""
    base: str
    memory: int
    """Bytes of memory that queries may take, beyond what the process has when the store is open; 0 for no bound."""
    endpoint: str = ""
    """URL of a SPARQL endpoint that is asked in the place of the store; empty for the store."""
    graph: str = ""
    """The graph of the endpoint that is asked as the default graph; empty for the endpoint's own."""


class Ready(msgspec.Struct, frozen=True):
    """The first message from a worker."""

    error: str = ""


class Job(msgspec.Struct, frozen=True):
    """A query as it was asked."""

    query: str
    accept: str
    """The header of that name."""
    rows: int
    """Most rows or statements of an answer; 0 for no bound."""
    size: int
    """Most characters of values in an answer, so that one answer doesn't fill the memory of the server."""
    seconds: float
    """When this time is over, somebody has ended the worker; if nobody has, the system does a little later."""
    default_graphs: tuple[str, ...] | None = None
    """IRIs of the dataset that the request names; None where it names none."""
    named_graphs: tuple[str, ...] | None = None


class Reply(msgspec.Struct, frozen=True):
    """An answer, or what kept the query from one."""

    body: bytes = b""
    type: str = ""
    """Media type of the body."""
    rows: int = 0
    truncated: bool = False
    """Whether there was more than the limits allow."""
    problem: Problem = ""
    message: str = ""
    hint: str = ""
