"""The tools that judge evidence, and the engine that runs those that are needed."""

from __future__ import annotations

from typing import Final

from kg.evidence.base import Installed, Judgement, Tool
from kg.evidence.coq import Coq
from kg.evidence.data import Json, Toml, Yaml
from kg.evidence.engine import Outcome, verify
from kg.evidence.grammar import Grammar
from kg.evidence.mathml import MathMl
from kg.evidence.node import Katex, Mermaid
from kg.evidence.programs import Bash, Python
from kg.evidence.smv import Smv
from kg.evidence.states import States

__all__ = ["GROUPS", "TOOLS", "Installed", "Judgement", "Outcome", "Tool", "verify"]

TOOLS: Final[tuple[Tool, ...]] = (
    Coq(), Smv(), States(), Python(), Yaml(), Json(), Toml(), Bash(), *map(Grammar, ("go", "rust", "java", "dockerfile")),
    Katex(), MathMl(), Mermaid(),
)  # fmt: skip
GROUPS: Final = ("coq", "smv", "code", "math", "diagram")
"""What `--only` knows."""
