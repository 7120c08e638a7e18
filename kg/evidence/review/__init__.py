"""What only people can judge, kept as signed and dated records in the knowledge base, and what follows from them."""

from kg.evidence.review.records import FILE, Record, append, read
from kg.evidence.review.state import digest_of, state

__all__ = ["FILE", "Record", "append", "digest_of", "read", "state"]
