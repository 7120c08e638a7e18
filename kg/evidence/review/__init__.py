"""Judgements by people: signed and dated records in the knowledge base, and statistics over them."""

from kg.evidence.review.records import FILE, Record, append_reviews, read_reviews
from kg.evidence.review.state import digest_of, summarise_reviews

__all__ = ["FILE", "Record", "append_reviews", "digest_of", "read_reviews", "summarise_reviews"]
