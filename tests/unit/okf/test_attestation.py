"""Attested computations are run and judged where they are local; nothing else is run."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from bundles import concept, write

from kg import knowledge
from kg.base.process import sandbox
from kg.base.settings import load_settings
from kg.model import Evidence

EXECUTOR = """
import json
request = json.load(open("request.json"))
value = eval(request["computation"], {"__builtins__": {}}, request["parameters"])
print(json.dumps({"executed": request["computation"], "result": value}))
"""
ATTESTER = """
import json
request, receipt = json.load(open("request.json")), json.load(open("receipt.json"))
same = receipt.get("executed") == request["computation"]
value = eval(request["computation"], {"__builtins__": {}}, request["parameters"])
reason = "" if same and receipt.get("result") == value else "another result" if same else "another computation"
print(json.dumps({"verdict": "refused" if reason else "ok", "reason": reason}))
"""
FRONT = (
    "type: Attested Computation\nruntime: python\nparameters: [{name: year, type: integer, required: true, example: 2026}]\n"
    "executor: {resource: lib/run.py, receipt: [executed, result]}\nattester: {resource: /lib/attest.py}"
)
UNDECLARED = FRONT.replace(", receipt: [executed, result]", "")
BODY = "# Computation\n\n```\nyear + 1\n```\n"


def verified(folder: Path) -> Evidence:
    settings = replace(load_settings(folder), trust_committed=False)
    request = knowledge.VerificationRequest(("attest",), seconds=20)
    (evidence,) = (e for e in knowledge.verify_evidence(settings, request=request).evidence if e.language == "attestation")
    return evidence


def bundle(folder: Path, *, front: str = FRONT, body: str = BODY, executor: str = EXECUTOR, attester: str = ATTESTER) -> Path:
    return write(folder, {"c/a.md": concept(front, body), "lib/run.py": executor, "lib/attest.py": attester})


needs_cage = pytest.mark.skipif(not all(sandbox.try_system().values()), reason="needs the sandbox")


@needs_cage
def test_a_local_run_is_attested_and_bound_to_what_ran(tmp_path: Path) -> None:
    folder = bundle(tmp_path)
    evidence = verified(folder)
    assert (evidence.verdict, evidence.why) == ("passed", "")
    assert [(part.name, part.holds) for part in evidence.parts] == [
        ("the receipt of a run", True),
        ("an empty receipt", False),
        ("a receipt with 'executed' extended in front", False),
        ("a receipt with 'executed' extended", False),
        ("a receipt with 'executed' replaced", False),
        ("a receipt with 'result' increased", False),
        ("a receipt with 'result' negated", False),
        ("the receipt for another computation", False),
        ("the receipt for the parameter 'year' increased", False),
    ]
    (folder / "concepts/lib/attest.py").write_text(ATTESTER + "\n# changed\n", encoding="utf-8")
    base = knowledge.KnowledgeBase(load_settings(folder))
    assert {e.verdict for e in base.assessment.proofs if e.language == "attestation"} == {"stale"}


@needs_cage
@pytest.mark.parametrize(
    ("changes", "why"),
    [
        (
            {"executor": EXECUTOR.replace('"executed": request["computation"]', '"executed": "1"')},
            "refuses the receipt: another",
        ),
        ({"executor": EXECUTOR.replace('"result": value', '"x": 1')}, "lacks 'result'"),
        ({"executor": "print('no')"}, "the executor prints no JSON object"),
        ({"attester": "raise SystemExit('broken')"}, "the attester ends with an error: broken"),
        ({"attester": 'print(\'{"verdict": "ok"}\')'}, "accepts an empty receipt"),
        ({"attester": ATTESTER.replace('receipt.get("result") == value', "True")}, "accepts a receipt with 'result' increased"),
        (
            {"executor": "print('{' + ', '.join(f'\"f{n}\": {n}' for n in range(60)) + '}')", "front": UNDECLARED},
            "more than 50",
        ),
        ({"executor": "open('/etc/passwd')"}, "the executor ends with an error"),
        ({"executor": "import socket\nsocket.create_connection(('192.0.2.1', 80), 1)"}, "the executor ends with an error"),
    ],
)
def test_a_failing_attestation_is_reported(tmp_path: Path, changes: dict[str, str], why: str) -> None:
    evidence = verified(bundle(tmp_path, **changes))  # type: ignore[arg-type]  # texts only
    assert evidence.verdict == "failed"
    assert why in evidence.why


@pytest.mark.parametrize(
    ("front", "body", "why"),
    [
        (FRONT.replace("runtime: python", "runtime: bigquery"), BODY, "its runtime is 'bigquery'"),
        (FRONT.replace("lib/run.py", "https://example.org/run.py"), BODY, "its executor is no Python program"),
        (FRONT.replace("/lib/attest.py", "skills/attest.md"), BODY, "its attester is no Python program"),
        (FRONT.replace("lib/run.py", "../../../run.py"), BODY, "no file below the notes folder"),
        (FRONT.replace(", example: 2026", ""), BODY, "'year' has neither"),
        (FRONT, "", "no single computation"),
    ],
)
def test_nothing_else_is_run(tmp_path: Path, front: str, body: str, why: str) -> None:
    evidence = verified(bundle(tmp_path, front=front, body=body))
    assert (evidence.verdict, evidence.skipped) == ("unverified", True)
    assert why in evidence.why
