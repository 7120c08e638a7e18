"""The tools that judge evidence, and the engine that runs them."""

from __future__ import annotations

from typing import Final

from kg.evidence.tools.attestation import Attestation
from kg.evidence.tools.base import Installed, Judgement, Tool
from kg.evidence.tools.coq import Coq
from kg.evidence.tools.data import Json, PlainYaml, Toml, Yaml
from kg.evidence.tools.engine import VerificationOptions, VerificationRun, verify_pieces
from kg.evidence.tools.grammar import Grammar
from kg.evidence.tools.mathml import MathMl
from kg.evidence.tools.node import Katex, Mermaid
from kg.evidence.tools.programs import Bash, Python
from kg.evidence.tools.smv import Smv
from kg.evidence.tools.states import States

__all__ = ["GROUPS", "TOOLS", "Installed", "Judgement", "Tool", "VerificationOptions", "VerificationRun", "verify_pieces"]

TOOLS: Final[tuple[Tool, ...]] = (
    Coq(), Smv(), States(), Python(), Yaml(), PlainYaml(), Json(), Toml(), Bash(),
    *map(Grammar, ("go", "rust", "java", "dockerfile")), Katex(), MathMl(), Mermaid(), Attestation(),
)  # fmt: skip
GROUPS: Final = ("coq", "smv", "code", "math", "diagram", "attest")
"""The values of `--only`."""
