"""Publishes a build to a SPARQL server: exactly its own graphs, in resumable portions, verified by counts."""

from kg.serve.publish.run import PROTOCOLS, CountMismatch, PublishOptions, PublishReport, publish_graphs

__all__ = ["PROTOCOLS", "CountMismatch", "PublishOptions", "PublishReport", "publish_graphs"]
