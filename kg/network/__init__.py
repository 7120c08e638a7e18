"""The network of concepts and the graph algorithms that measures and views share."""

from kg.network.project import list_edges, project_edges, project_network

__all__ = ["list_edges", "project_edges", "project_network"]
