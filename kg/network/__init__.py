"""The network of concepts and the graph algorithms that measures and views share."""

from kg.network.project import LINKS_TO, project_network

__all__ = ["LINKS_TO", "project_network"]
