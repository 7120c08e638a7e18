"""Shapes are validated in a process of their own: pySHACL can leave rdflib changed behind a malformed file."""

from kg.graph.shacl.worker import ValidationJob, looked_at, validate_shapes

__all__ = ["ValidationJob", "looked_at", "validate_shapes"]
