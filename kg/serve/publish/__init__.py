"""Publishing a build to a SPARQL server: exactly its own graphs, in portions, with a resume, and counted afterwards."""

from kg.serve.publish.run import PROTOCOLS, CountMismatch, PublishOptions, PublishReport, publish_graphs

__all__ = ["PROTOCOLS", "CountMismatch", "PublishOptions", "PublishReport", "publish_graphs"]
