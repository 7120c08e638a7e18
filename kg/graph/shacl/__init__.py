"""Validation of shapes in a separate process: a malformed file can make pySHACL leave rdflib in a modified state."""

from kg.graph.shacl.worker import ValidationJob, looked_at, validate_shapes

__all__ = ["ValidationJob", "looked_at", "validate_shapes"]
