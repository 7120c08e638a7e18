"""Oxigraph's store as rdflib has it, for reading: neither a query nor an update of it reaches the network."""

from __future__ import annotations

from typing import Any, NoReturn

from oxrdflib import OxigraphStore

from kg.base.errors import QueryError
from kg.graph.tokens import calls_service

_HINT = "change the notes and build again; nothing is ever fetched from elsewhere"


class ReadStore(OxigraphStore):
    """A store that answers queries by itself. It refuses SERVICE, and updates, of which LOAD would fetch."""

    def query(self, query: Any, *args: Any, **options: Any) -> Any:
        """Answer a query. Raises QueryError for one that asks a service, also where it was parsed by rdflib."""
        text = query if isinstance(query, str) else repr(getattr(query, "algebra", query))
        if calls_service(text) if isinstance(query, str) else "ServiceGraphPattern" in text:
            raise QueryError("SERVICE is not followed: queries read this graph only", hint="remove the SERVICE part")
        return super().query(query, *args, **options)

    def update(self, *_args: object, **_options: object) -> NoReturn:
        """Raise QueryError."""
        raise QueryError("the graph is read-only", hint=_HINT)
