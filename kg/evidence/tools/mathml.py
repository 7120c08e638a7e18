"""Formulas by latex2mathml, used without KaTeX: finds missing braces and arguments, but not unknown commands."""

from __future__ import annotations

from importlib import metadata

from kg.base.process.sandbox import SandboxLimits
from kg.evidence.claims import Piece
from kg.evidence.tools.base import Installed, Judgement
from kg.evidence.tools.node import formulas_at_fault


class MathMl:
    """latex2mathml, which renders unknown commands as text."""

    group = "math"
    languages = ("math",)
    cost = ""
    name = "latex2mathml"

    def locate(self) -> str | None:
        """Always available: a Python library."""
        return ""

    def version(self, path: str) -> Installed | None:  # always installed
        """The version of latex2mathml."""
        return Installed("", self.name, metadata.version("latex2mathml"))

    def judge(self, piece: Piece, installed: Installed, limits: SandboxLimits) -> Judgement:
        """Convert all formulas and discard the result."""
        # start time: only notes with formulas need it
        from latex2mathml.converter import convert

        faults = []
        for formula in piece.formulas:
            try:
                convert(formula.text)
            except Exception as error:  # noqa: BLE001  # it raises a class of its own for each fault, and others
                faults.append((formula, f"{type(error).__name__} {error}".strip(), None))
        return formulas_at_fault(piece, faults)
