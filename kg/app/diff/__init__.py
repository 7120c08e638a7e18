"""Differences between two states of a knowledge base: builds, git revisions, the current notes."""

from kg.app.diff.compare import Difference, compare_states
from kg.app.diff.render import as_json, as_markdown, as_text
from kg.app.diff.state import BaseState, read_state

__all__ = ["BaseState", "Difference", "as_json", "as_markdown", "as_text", "compare_states", "read_state"]
