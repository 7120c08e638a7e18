"""Shapes are validated in a process of their own: pySHACL can leave rdflib changed behind a malformed file."""

from kg.shacl.worker import Task, work

__all__ = ["Task", "work"]
