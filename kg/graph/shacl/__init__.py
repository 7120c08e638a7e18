"""Shapes are validated in a process of their own: pySHACL can leave rdflib changed behind a malformed file."""

from kg.graph.shacl.worker import Task, looked_at, work

__all__ = ["Task", "looked_at", "work"]
