"""The network of concepts and the graph algorithms that measures and views share."""

from kg.network.project import project_network

__all__ = ["project_network"]
