"""What a tool is that judges pieces of evidence, and what it says of one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple, Protocol, runtime_checkable

from kg.base.process.sandbox import Caged, SandboxLimits
from kg.evidence.claims import Piece
from kg.model import EvidencePart

LONGEST: Final = 400
# As shells say it: 128 and the number of the signal.
_SIGNALS: Final = {
    132: "an illegal instruction", 134: "it aborted itself", 135: "a bus error", 136: "an arithmetic fault", 137: "killed",
    139: "a segmentation fault", 152: "out of CPU time", 153: "a file larger than allowed",
}  # fmt: skip


class Judgement(NamedTuple):
    """What a tool says of a piece."""

    verdict: str
    """``passed``, ``failed``, ``timed-out`` or ``unverified``."""
    why: str = ""
    at: int | None = None
    """Line in the piece, from 0, that is at fault."""
    parts: tuple[EvidencePart, ...] = ()


class Installed(NamedTuple):
    """A tool that was found."""

    path: str
    """Empty for a library of Python."""
    name: str
    version: str


class Tool(Protocol):
    """One way to judge pieces; one implementation a file."""

    @property
    def group(self) -> str:
        """What `--only` calls it: ``coq``, ``smv``, ``code``, ``math`` or ``diagram``."""

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that it judges."""

    @property
    def cost(self) -> str:
        """What is missed without it, and how to install it."""

    def locate(self) -> str | None:
        """Path of the program, empty for a library of Python; None where it is not installed."""

    def version(self, path: str) -> Installed | None:
        """What the program at a path is; None where it doesn't say."""

    def judge(self, piece: Piece, installed: Installed, limits: SandboxLimits) -> Judgement:
        """What the tool says of a piece. Raises nothing for faults in the piece."""


@runtime_checkable
class ManyAtOnce(Tool, Protocol):
    """A tool that takes long to start and judges many pieces in one run."""

    def judge_all(self, pieces: Sequence[Piece], installed: Installed, limits: SandboxLimits) -> list[Judgement]:
        """What the tool says of each piece; the same of all where it came to no end."""


def concluded(
    piece: Piece, refused: str, at: int | None = None, parts: tuple[EvidencePart, ...] = (), *, shown: bool = False
) -> Judgement:
    """The judgement where the tool refuses a piece (`refused` says why) or takes it (empty), given what its author expects.

    `shown` says that the tool has looked at more than the form of the piece: a form bears out no claim.
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
    """The judgement where a program came to no end of its own."""
    if outcome.ended == "time":
        return Judgement("timed-out", f"no end within {limits.seconds:g} s")
    if outcome.ended:
        bounds: Mapping[str, str] = {
            "output": f"it prints more than {limits.output >> 20} MB",
            "memory": f"it takes more than {limits.memory >> 20} MB of memory",
            "disk": f"it writes more than {limits.disk >> 20} MB or {limits.entries:,} files",
            "processes": f"it starts more than {limits.processes} processes",
        }
        return Judgement("failed", f"{bounds[outcome.ended]}: it was ended")
    if outcome.status is None:
        return Judgement("unverified", f"the sandbox can't run it: {short(outcome.stderr)}")
    if outcome.status in _SIGNALS:
        return Judgement("failed", f"it was ended by the system: {_SIGNALS[outcome.status]}")
    return None


def short(text: str) -> str:
    """Text of a tool on one line, cut where it is long.

    >>> short("a\\n   b")
    'a b'
    """
    text = re.sub(r"/tmp/kg-verify-\w+/(?:work/)?", "", text)  # noqa: S108  # the scratch folder's name differs each time
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
