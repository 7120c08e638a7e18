"""The interface of a tool that judges pieces of evidence, and its result."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple, Protocol, runtime_checkable

from kg.base.process.sandbox import Caged, SandboxLimits
from kg.evidence.claims import Piece
from kg.model import EvidencePart

LONGEST: Final = 400
# Shell convention: 128 plus the signal number.
_SIGNALS: Final = {
    132: "an illegal instruction", 134: "it aborted itself", 135: "a bus error", 136: "an arithmetic fault", 137: "killed",
    139: "a segmentation fault", 152: "out of CPU time", 153: "a file larger than allowed",
}  # fmt: skip


class Judgement(NamedTuple):
    """The result of a tool for one piece."""

    verdict: str
    """``passed``, ``failed``, ``timed-out`` or ``unverified``."""
    why: str = ""
    at: int | None = None
    """The faulty line of the piece, from 0."""
    parts: tuple[EvidencePart, ...] = ()
    stopped: bool = False
    """Whether a limit or the system stopped the tool, so that it says nothing about other pieces of the same run."""


class Installed(NamedTuple):
    """A tool that was found on this machine."""

    path: str
    """Empty for a Python library."""
    name: str
    version: str


class Tool(Protocol):
    """A way to judge pieces; each implementation has its own file."""

    @property
    def group(self) -> str:
        """Its name for `--only`: ``coq``, ``smv``, ``code``, ``math``, ``diagram`` or ``attest``."""

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that it judges."""

    @property
    def cost(self) -> str:
        """What is not checked without it, and how to install it."""

    def locate(self) -> str | None:
        """Path of the program; empty for a Python library; None if it is not installed."""

    def version(self, path: str) -> Installed | None:
        """Name and version of the program at a path; None if they can't be determined."""

    def judge(self, piece: Piece, installed: Installed, limits: SandboxLimits) -> Judgement:
        """Judge a piece. A fault in the piece is a verdict, never an exception."""


@runtime_checkable
class ManyAtOnce(Tool, Protocol):
    """A tool with a slow start that judges many pieces in one run."""

    def judge_all(self, pieces: Sequence[Piece], installed: Installed, limits: SandboxLimits) -> list[Judgement]:
        """Judge each piece. If the run doesn't finish, all pieces get the same judgement."""


def concluded(
    piece: Piece, refused: str, at: int | None = None, parts: tuple[EvidencePart, ...] = (), *, shown: bool = False
) -> Judgement:
    """The judgement, given the tool's answer and the author's `expect`.

    `refused` is the reason for which the tool rejects the piece; empty if it accepts the piece.

    `shown` is true if the tool checked more than the syntax of the piece: correct syntax doesn't support a claim.
    """
    if piece.attributes.expect == (False,):
        if refused:
            return Judgement("passed", f"refused as expected: {short(refused)}", parts=parts)
        return Judgement("failed", "expect=false, and the tool takes it", parts=parts)
    if refused:
        return Judgement("failed", short(refused), at, parts)
    if piece.attributes.claims and not shown:
        return Judgement(
            "unverified", "it is well formed; nothing was run or proved that bears out what it claims", parts=parts
        )
    return Judgement("passed", parts=parts)


def unfinished(outcome: Caged, limits: SandboxLimits) -> Judgement | None:
    """The judgement if a program was stopped by a limit, a signal or the sandbox; None if it ended by itself."""
    if outcome.ended == "time":
        return Judgement("timed-out", f"no end within {limits.seconds:g} s")
    if outcome.ended:
        bounds: Mapping[str, str] = {
            "output": f"it prints more than {limits.output >> 20} MB",
            "memory": f"it takes more than {limits.memory >> 20} MB of memory",
            "disk": f"it writes more than {limits.disk >> 20} MB or {limits.entries:,} files",
            "processes": f"it starts more than {limits.processes} processes",
        }
        return Judgement("failed", f"{bounds[outcome.ended]}: it was ended", stopped=True)
    if outcome.status is None:
        return Judgement("unverified", f"the sandbox can't run it: {short(outcome.stderr)}")
    if outcome.status in _SIGNALS:
        return Judgement("failed", f"it was ended by the system: {_SIGNALS[outcome.status]}", stopped=True)
    return None


def short(text: str) -> str:
    """Collapse the output of a tool to one line, truncated if it is long.

    >>> short("a\\n   b")
    'a b'
    """
    text = re.sub(r"/tmp/kg-verify-\w+/(?:work/)?", "", text)  # noqa: S108  # the scratch folder's name differs each time
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
