"""Attested computations: the executor runs, and the attester judges its receipt, both in the sandbox.

The specification leaves the formats to a later version; these are kg's. Each program finds ``request.json`` (computation,
parameters, names of the receipt's fields) in its working folder and prints one JSON object: the executor the receipt; the
attester, which also finds ``receipt.json``, ``{"verdict": "ok"}`` or another verdict with a ``reason``.
"""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

from kg.base.formats import FormatError
from kg.base.formats.json_text import read_json, read_typed
from kg.base.json_forms import json_ascii
from kg.base.process import sandbox
from kg.base.process.sandbox import SandboxLimits
from kg.evidence.claims import Piece
from kg.evidence.claims.attested import LANGUAGE
from kg.evidence.tools.base import Installed, Judgement, short, unfinished
from kg.model import EvidencePart

_OK: Final = "ok"


@dataclass(frozen=True)
class _Contract:
    """The text of a piece."""

    computation: str
    parameters: dict[str, object]
    receipt: list[str]
    executor: str
    attester: str
    lacking: Mapping[str, str] = field(default_factory=dict)
    """Name → type of the parameters that have a value only in a run."""


class _Answer(NamedTuple):
    """What a program printed, or why there is nothing."""

    value: Mapping[str, object]
    judgement: Judgement | None = None


class Attestation:
    """Runs executor and attester of an Attested Computation."""

    group = "attest"
    languages = (LANGUAGE,)
    cost = ""

    def locate(self) -> str | None:
        """The Python that runs kg."""
        return ""

    def version(self, path: str) -> Installed | None:
        """Its version, major and minor."""
        return Installed("", "python", ".".join(platform.python_version_tuple()[:2]))

    def judge(self, piece: Piece, installed: Installed, limits: SandboxLimits) -> Judgement:
        """Run the computation once and have its receipt attested. An attester that accepts an empty receipt attests nothing."""
        try:
            contract = read_typed(piece.text.encode(), _Contract)
        except FormatError:
            return Judgement("failed", "it is no contract of a computation")
        values = {**contract.parameters, **dict(piece.values)}
        request = json_ascii({"computation": contract.computation, "parameters": values, "receipt": contract.receipt})
        receipt = _run("executor", contract.executor, {"request.json": request}, limits)
        if receipt.judgement is not None:
            return receipt.judgement
        missing = [name for name in contract.receipt if name not in receipt.value]
        if missing:
            return Judgement("failed", f"the receipt lacks '{missing[0]}', which 'executor.receipt' declares")
        parts = []
        stated = ", ".join(f"{name}={json_ascii(value)}" for name, value in piece.values)
        run = f"the receipt of a run with {short(stated)}" if stated else "the receipt of a run"
        for name, shown in ((run, receipt.value), ("an empty receipt", {})):
            expected = bool(shown)
            inside = {"request.json": request, "receipt.json": json_ascii(shown)}
            answer = _run("attester", contract.attester, inside, limits, may_fail=not expected)
            if answer.judgement is not None:
                return answer.judgement
            holds = answer.value.get("verdict") == _OK
            parts.append(EvidencePart(name, expected, holds, short(str(answer.value.get("reason", "")))))
            if holds is not expected:
                said = short(str(answer.value.get("reason") or answer.value.get("verdict") or "no verdict"))
                why = f"the attester refuses the receipt: {said}" if expected else "the attester accepts an empty receipt"
                return Judgement("failed", why, parts=tuple(parts))
        return Judgement("passed", parts=tuple(parts))


def _run(role: str, program: str, inside: Mapping[str, str], limits: SandboxLimits, *, may_fail: bool = False) -> _Answer:
    """Return the JSON object that a program prints. With `may_fail`, a program that ends with an error says nothing."""
    python = os.path.realpath(getattr(sys, "_base_executable", sys.executable))
    prefix = os.path.realpath(sys.base_prefix)
    outcome = sandbox.run(
        [python, "-I", "-S", "-B", f"{role}.py"],
        {f"{role}.py": program, **inside},
        limits=limits,
        tools=[Path(prefix)],
        environment={"LD_LIBRARY_PATH": f"{prefix}/lib"},
    )
    early = unfinished(outcome, limits)
    if early is not None:
        return _Answer({}, early)
    if outcome.status != 0:
        last = [row for row in outcome.stderr.strip().splitlines() if row.strip()]
        why = short(last[-1]) if last else f"status {outcome.status}"
        return _Answer({}, None if may_fail else Judgement("failed", f"the {role} ends with an error: {why}"))
    try:
        value = read_json(outcome.stdout)
    except FormatError:
        value = None
    if not isinstance(value, dict):
        return _Answer({}, Judgement("failed", f"the {role} prints no JSON object"))
    return _Answer({str(key): item for key, item in value.items()})
