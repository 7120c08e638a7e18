"""Forwards queries to another server: read-only, with the same limits as for a build."""

from __future__ import annotations

from typing import Final

import pyoxigraph as ox

from kg.base.errors import QueryError
from kg.graph.dataset import Graph
from kg.graph.query import Results, run_query
from kg.graph.remote import Endpoint, read_credentials
from kg.serve.answer import answer_by
from kg.serve.messages import Job, Reply, Setup

_GRAPHS: Final = "ask one graph, or leave the dataset to GRAPH in the query"


class Relay:
    """Answers queries by a SPARQL endpoint. User name and password come from the environment, as for `kg publish`."""

    def __init__(self, setup: Setup) -> None:
        self._endpoint = Endpoint(setup.endpoint, read_credentials())
        self._base = setup.base
        self._graph = setup.graph
        # Empty: used only to parse queries.
        self._reader = Graph(ox.Store(), setup.base)

    def answer(self, job: Job) -> Reply:
        """Query the endpoint and serialise its answer. Every error becomes a reply, never an exception."""
        return answer_by(lambda: self._ask(job), job)

    def _ask(self, job: Job) -> Results:
        # Reject everything that isn't a query, above all updates, and SERVICE, before it reaches the server.
        run_query(self._reader, job.query, None)
        named = job.named_graphs or ()
        default = job.default_graphs
        if named or (default is not None and len(default) > 1):
            raise QueryError("a dataset of several graphs is not passed on to another server", hint=_GRAPHS)
        return self._endpoint.query(job.query, self._base, default[0] if default else self._graph)
