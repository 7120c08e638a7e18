"""Publishing a build to a SPARQL server: exactly its own graphs, in portions, with a resume, and counted afterwards."""

from kg.serve.publish.run import PROTOCOLS, PublishOptions, PublishReport, Wrong, publish_graphs

__all__ = ["PROTOCOLS", "PublishOptions", "PublishReport", "Wrong", "publish_graphs"]
