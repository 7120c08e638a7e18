"""Oxigraph's store for rdflib, read-only and without access to the network."""

from __future__ import annotations

from typing import Any, NoReturn

from oxrdflib import OxigraphStore

from kg.base.errors import QueryError
from kg.graph.tokens import calls_service

_HINT = "change the notes and build again; nothing is ever fetched from elsewhere"


class ReadStore(OxigraphStore):
    """A store that answers queries locally. It rejects SERVICE, and all updates, since LOAD would fetch data."""

    def query(self, query: Any, *args: Any, **options: Any) -> Any:
        """Answer a query. Raises QueryError if it calls a service, even if rdflib parsed it."""
        text = query if isinstance(query, str) else repr(getattr(query, "algebra", query))
        if calls_service(text) if isinstance(query, str) else "ServiceGraphPattern" in text:
            raise QueryError("SERVICE is not followed: queries read this graph only", hint="remove the SERVICE part")
        return super().query(query, *args, **options)

    def update(self, *_args: object, **_options: object) -> NoReturn:
        """Raise QueryError."""
        raise QueryError("the graph is read-only", hint=_HINT)
