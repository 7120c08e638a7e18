"""Attested computations: the executor runs, and the attester judges its receipt, both in the sandbox.

The specification leaves the formats to a later version; these are kg's. Each program finds ``request.json`` (computation,
parameters, names of the receipt's fields) in its working folder and prints one JSON object: the executor the receipt; the
attester, which also finds ``receipt.json``, ``{"verdict": "ok"}`` or another verdict with a ``reason``.
"""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Iterator, Mapping
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
from kg.evidence.tools.receipts import MOST, Attempt, Request, false_attempts
from kg.model import EvidencePart

_OK: Final = "ok"
_TIMES: Final = 5
"""All changed receipts together may take as many times the limit of one run."""


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

    @property
    def accepts(self) -> bool:
        """Whether the verdict of an attester is that the receipt is one."""
        return self.value.get("verdict") == _OK


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
        """Run the computation and have its receipt attested; the attester must refuse what is not a receipt of the request."""
        try:
            contract = read_typed(piece.text.encode(), _Contract)
        except FormatError:
            return Judgement("failed", "it is not a contract of a computation")
        request = Request(contract.computation, {**contract.parameters, **dict(piece.values)}, contract.receipt)
        receipt = _run("executor", contract.executor, {"request.json": json_ascii(request._asdict())}, limits)
        if receipt.judgement is not None:
            return receipt.judgement
        missing = [name for name in contract.receipt if name not in receipt.value]
        if missing:
            return Judgement("failed", f"the receipt lacks '{missing[0]}', which 'executor.receipt' declares")
        if len(contract.receipt or receipt.value) + len(request.parameters) > MOST:
            return Judgement("failed", f"it has more than {MOST} fields and parameters: they can't all be changed")
        answer = _attest(contract, Attempt("", request, receipt.value), limits)
        if answer.judgement is not None:
            return answer.judgement
        stated = ", ".join(f"{name}={json_ascii(value)}" for name, value in piece.values)
        run = f"the receipt of a run with {short(stated)}" if stated else "the receipt of a run"
        parts = [EvidencePart(run, True, answer.accepts, short(str(answer.value.get("reason", ""))))]
        if not answer.accepts:
            verdict = short(str(answer.value.get("reason") or answer.value.get("verdict") or "no verdict"))
            return Judgement("failed", f"the attester refuses the receipt: {verdict}", parts=tuple(parts))
        started = time.monotonic()
        for attempt in _false_attempts(contract, request, receipt.value, limits):
            answer = _attest(contract, attempt, limits, may_fail=True)
            if answer.judgement is not None:
                return answer.judgement
            parts.append(EvidencePart(attempt.name, False, answer.accepts, short(str(answer.value.get("reason", "")))))
            if time.monotonic() - started > _TIMES * limits.seconds:
                return Judgement("timed-out", f"changed receipts take it more than {_TIMES * limits.seconds:g} s")
            if answer.accepts:
                return Judgement("failed", f"the attester accepts {attempt.name}: it attests nothing", parts=tuple(parts))
        return Judgement("passed", parts=tuple(parts))


def _false_attempts(
    contract: _Contract, request: Request, receipt: Mapping[str, object], limits: SandboxLimits
) -> Iterator[Attempt]:
    """Return what the attester must refuse; the last, a run of what can't be run, shows an executor that runs nothing."""
    yield from false_attempts(request, receipt)
    broken = request.broken()
    answer = _run("executor", contract.executor, {"request.json": json_ascii(broken._asdict())}, limits, may_fail=True)
    # One that stops, is stopped or prints no object has made no receipt.
    if answer.judgement is None and answer.value:
        yield Attempt("the receipt of a run of a computation that can't be run", broken, answer.value)


def _attest(contract: _Contract, attempt: Attempt, limits: SandboxLimits, *, may_fail: bool = False) -> _Answer:
    inside = {"request.json": json_ascii(attempt.request._asdict()), "receipt.json": json_ascii(attempt.receipt)}
    return _run("attester", contract.attester, inside, limits, may_fail=may_fail)


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
