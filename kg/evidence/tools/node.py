"""Runs KaTeX and Mermaid in node, many texts in one run: their own parsers check formulas and diagrams."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from kg.base import parcels, process
from kg.base.formats import FormatError
from kg.base.formats.json_text import read_typed
from kg.base.json_forms import json_ascii
from kg.base.process import sandbox
from kg.base.process.sandbox import SandboxLimits
from kg.evidence.claims import Piece
from kg.evidence.claims.pieces import Formula
from kg.evidence.tools.base import Installed, Judgement, concluded, short, unfinished
from kg.model import EvidencePart

_SCRIPT: Final = Path(__file__).with_name("judge.js")
_LINE: Final = re.compile(r"on line (\d+)")


class NodeAnswer(msgspec.Struct, frozen=True):
    """The answer of judge.js for one text."""

    ok: bool
    message: str = ""
    line: int | None = None
    position: int | None = None


class _Node:
    """An npm library with a parser, run by node."""

    def __init__(self, parcel: parcels.Parcel) -> None:
        self.parcel = parcel
        self.name = parcel.name

    def locate(self) -> str | None:
        """Path of the library; None if the library or node is missing."""
        folder = parcels.find(self.parcel)
        return str(folder) if folder is not None and process.find("node", "nodejs") is not None else None

    def version(self, path: str) -> Installed | None:
        """The version of the library."""
        return Installed(path, self.name, self.parcel.version)

    def _ask(
        self, items: Sequence[Mapping[str, object]], installed: Installed, limits: SandboxLimits
    ) -> list[NodeAnswer] | Judgement:
        """The answer for each item, or the judgement if the program gave none."""
        node = process.find("node", "nodejs") or "node"
        outcome = sandbox.run(
            [node, "--max-old-space-size=1024", "judge.js", installed.path, self.name],
            {"judge.js": _SCRIPT.read_text(encoding="utf-8"), "items.json": json_ascii(list(items))},
            # Node reserves much more address space than it uses.
            limits=limits._replace(address=0),
            tools=[Path(installed.path), Path(node)],
            environment={"OPENSSL_CONF": "/dev/null"},
        )
        early = unfinished(outcome, limits)
        if early is not None:
            return early
        try:
            answers = [read_typed(line.encode(), NodeAnswer) for line in outcome.stdout.splitlines()]
        except FormatError:
            answers = []
        if outcome.status != 0 or len(answers) != len(items):
            return Judgement("unverified", f"{self.name} doesn't run: {short(outcome.stderr)}")
        return answers


class Katex(_Node):
    """Formulas by KaTeX, in strict mode except for warnings about fonts."""

    group = "math"
    languages = ("math",)
    cost = "formulas are only read by latex2mathml, which takes much that is wrong; kg doctor --install katex"

    def __init__(self) -> None:
        super().__init__(parcels.KATEX)

    def judge(self, piece: Piece, installed: Installed, limits: SandboxLimits) -> Judgement:
        """Parse all formulas of a piece."""
        return self.judge_all([piece], installed, limits)[0]

    def judge_all(self, pieces: Sequence[Piece], installed: Installed, limits: SandboxLimits) -> list[Judgement]:
        """Parse all formulas of several pieces in one run."""
        items = [{"text": f.text, "display": f.display} for p in pieces for f in p.formulas]
        answers = self._ask(items, installed, limits)
        if isinstance(answers, Judgement):
            return [answers] * len(pieces)
        judgements, at = [], 0
        for piece in pieces:
            own = answers[at : at + len(piece.formulas)]
            at += len(piece.formulas)
            faults = [
                (formula, _katex(answer.message), answer.position)
                for formula, answer in zip(piece.formulas, own, strict=True)
                if not answer.ok
            ]
            judgements.append(formulas_at_fault(piece, faults))
        return judgements


def formulas_at_fault(piece: Piece, faults: Sequence[tuple[Formula, str, int | None]]) -> Judgement:
    """The judgement on a piece, given its rejected formulas, each with the reason and the character offset."""
    parts = tuple(
        EvidencePart(
            short(f.text), True, False, short(why), f.line - piece.first + f.text.rstrip().count("\n", 0, position or 0)
        )
        for f, why, position in faults
    )
    if not parts:
        return concluded(piece, "")
    number = len(piece.formulas)
    why = parts[0].note if number == 1 else f"{len(parts)} of {number} formulas: {parts[0].name}: {parts[0].note}"
    return concluded(piece, why, parts[0].line, parts)


def _katex(message: str) -> str:
    return re.sub(r"^KaTeX parse error: |^LaTeX-incompatible input and strict mode is set to 'error': ", "", message)


class Mermaid(_Node):
    """Diagrams by Mermaid."""

    group = "diagram"
    languages = ("mermaid",)
    cost = "diagrams are not parsed; kg doctor --install mermaid, and node (Debian: apt install nodejs)"

    def __init__(self) -> None:
        super().__init__(parcels.MERMAID)

    def judge(self, piece: Piece, installed: Installed, limits: SandboxLimits) -> Judgement:
        """Parse one diagram."""
        return self.judge_all([piece], installed, limits)[0]

    def judge_all(self, pieces: Sequence[Piece], installed: Installed, limits: SandboxLimits) -> list[Judgement]:
        """Parse several diagrams in one run."""
        answers = self._ask([{"text": p.text} for p in pieces], installed, limits)
        if isinstance(answers, Judgement):
            return [answers] * len(pieces)
        return [self._judgement(piece, answer) for piece, answer in zip(pieces, answers, strict=True)]

    @staticmethod
    def _judgement(piece: Piece, answer: NodeAnswer) -> Judgement:
        if answer.ok:
            return concluded(piece, "")
        place = _LINE.search(answer.message)
        line = answer.line or (int(place[1]) if place else None)
        last = piece.text.rstrip("\n").count("\n")
        # Line 1 of the message repeats the location, the next lines draw it, and the last line lists all expected tokens.
        rows = [row for row in answer.message.splitlines() if row.strip()]
        got = re.search(r"got '(\w+)'\s*$", rows[-1])
        why = f"unexpected {got[1]}: {rows[1].strip()}" if got and len(rows) > 2 else rows[0]
        return concluded(piece, why, min(max(line - 1, 0), last) if line else None)
