"""What differs between two states of a knowledge base: builds, git revisions, the notes as they are now."""

from kg.app.diff.compare import Difference, compare
from kg.app.diff.render import as_json, as_markdown, as_text
from kg.app.diff.state import BaseState, load

__all__ = ["BaseState", "Difference", "as_json", "as_markdown", "as_text", "compare", "load"]
