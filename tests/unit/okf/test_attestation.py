"""Attested computations are run and judged where they are local; nothing else is run."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from bundles import concept, write

from kg import knowledge
from kg.base.process import sandbox
from kg.base.settings import load_settings
from kg.model import Evidence

Kg = Callable[..., Any]
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


def verdicts(kg: Kg, folder: Path, *more: str) -> list[tuple[str, str, str]]:
    ran = kg("verify", "--only", "attest", "--format", "json", *more, "-C", folder)
    assert ran.status in (0, 1), ran.stderr
    return [(e["verdict"], e["why"], e["parts"][0]["name"] if e["parts"] else "") for e in json.loads(ran.stdout)]


OPEN = FRONT.replace(", example: 2026", "")


@needs_cage
def test_values_of_parameters_are_given_to_a_run(tmp_path: Path, kg: Kg) -> None:
    """The form of the specification has neither example nor default."""
    folder = bundle(tmp_path, front=OPEN)
    ((verdict, why, _),) = verdicts(kg, folder)
    assert (verdict, "--param year=VALUE" in why) == ("unverified", True)
    receipt = EXECUTOR.replace('"result": value', '"result": value, "year": request["parameters"]["year"] + 0')
    (folder / "concepts/lib/run.py").write_text(receipt, encoding="utf-8")
    assert verdicts(kg, folder, "--param", "year=2026") == [("passed", "", "the receipt of a run with year=2026")]
    # The verdict is that of the contract: it holds in later builds and runs, until another value is given.
    base = knowledge.KnowledgeBase(load_settings(folder))
    assert [e.verdict for e in base.assessment.proofs if e.language == "attestation"] == ["passed"]
    assert "0 run, 1 known" in kg("verify", "--only", "attest", "-C", folder).stderr
    assert verdicts(kg, folder, "--full") == [("passed", "", "the receipt of a run with year=2026")]
    assert verdicts(kg, folder, "--param", "year=-3") == [("passed", "", "the receipt of a run with year=-3")]
    # A program that has changed since makes it stale, and the reason says how to run it.
    (folder / "concepts/lib/run.py").write_text(EXECUTOR, encoding="utf-8")
    ((verdict, why, _),) = verdicts(kg, folder)
    assert (verdict, "--param year=VALUE" in why) == ("stale", True)
    # What was verified is valid again once it is back. Another type of the parameter is another contract.
    (folder / "concepts/lib/run.py").write_text(receipt, encoding="utf-8")
    assert verdicts(kg, folder)[0][0] == "passed"
    note = folder / "concepts/c/a.md"
    note.write_text(note.read_text(encoding="utf-8").replace("integer", "number"), encoding="utf-8")
    assert verdicts(kg, folder)[0][0] == "stale"


@needs_cage
def test_a_value_takes_the_place_of_an_example(tmp_path: Path, kg: Kg) -> None:
    front = FRONT.replace("}]", "}, {name: day, type: date, required: false}, {name: fast, type: boolean, default: false}]")
    executor = EXECUTOR.replace('"result": value', '"result": request["parameters"]')
    types = '[*map(type, request["parameters"].values())] == [int, bool, str]'
    attester = ATTESTER.replace("== value", f"== request['parameters'] and {types}")
    folder = bundle(tmp_path, front=front, executor=executor, attester=attester)
    assert verdicts(kg, folder)[0][0] == "failed"
    given = ("--param", "year=1", "--param", "day=2026-01-01", "--param", "fast=True")
    assert verdicts(kg, folder, *given) == [("passed", "", 'the receipt of a run with year=1, day="2026-01-01", fast=true')]


@pytest.mark.parametrize(
    ("param", "message", "chinese"),
    [
        ("yaer=1", "kg: no computation that runs here has a parameter 'yaer'\n    did you mean year?", "没有参数“yaer”"),
        ("year=soon", "kg: the parameter 'year' is of type integer, and 'soon' is none", "的类型是 integer"),
        ("year=1.5", "kg: the parameter 'year' is of type integer, and '1.5' is none", "的类型是 integer"),
        ("year", "kg: 'year' is not of the form NAME=VALUE", "不是 NAME=VALUE"),
        ("=1", "kg: '=1' is not of the form NAME=VALUE", "不是 NAME=VALUE"),
    ],
)
def test_a_value_that_fits_nothing_is_refused(tmp_path: Path, kg: Kg, param: str, message: str, chinese: str) -> None:
    folder = bundle(tmp_path, front=OPEN)
    ran = kg("verify", "--param", param, "-C", folder)
    assert (ran.status, message in ran.stderr) == (2, True), ran.stderr
    assert chinese in kg("--lang", "zh", "verify", "--param", param, "-C", folder).stderr
    assert not (folder / "ontology").exists()


def test_completion_knows_parameters(tmp_path: Path, kg: Kg) -> None:
    folder = bundle(
        tmp_path, front=OPEN.replace("parameters: [", "parameters: [{name: $(x), type: t}, {name: yens, type: t}, ")
    )
    env = {"_KG_COMPLETE": "bash_complete", "COMP_WORDS": "kg verify --param y", "COMP_CWORD": "3"}
    assert kg(cwd=folder, env=env).stdout.split() == ["plain,year=", "plain,yens="]


@pytest.mark.parametrize(
    ("front", "body", "why"),
    [
        (FRONT.replace("runtime: python", "runtime: bigquery"), BODY, "its runtime is 'bigquery'"),
        (FRONT.replace("lib/run.py", "https://example.org/run.py"), BODY, "its executor is not a Python program"),
        (FRONT.replace("/lib/attest.py", "skills/attest.md"), BODY, "its attester is not a Python program"),
        (FRONT.replace("lib/run.py", "../../../run.py"), BODY, "is not a file below the notes folder"),
        (OPEN, BODY, "'year' has neither"),
        (FRONT, "", "no single computation"),
    ],
)
def test_nothing_else_is_run(tmp_path: Path, front: str, body: str, why: str) -> None:
    evidence = verified(bundle(tmp_path, front=front, body=body))
    assert (evidence.verdict, evidence.skipped) == ("unverified", True)
    assert why in evidence.why


@needs_cage
def test_the_profile_reports_a_failing_attestation(tmp_path: Path, kg: Kg) -> None:
    folder = bundle(tmp_path, executor="print('no')")
    before = kg("check", "--profile", "okf", "-C", folder)
    assert "conformant; clean" in before.stderr, before.stderr
    assert kg("verify", "--only", "attest", "-C", folder).status == 1
    ran = kg("check", "--profile", "okf", "-C", folder)
    assert (ran.status, "1 concept: conformant; not clean (1 error or warning)" in ran.stderr) == (1, True), ran.stderr
    assert "KG511" in ran.stdout
    assert "correct the computation, its executor or its attester" in ran.stdout
    assert "expect=false" not in ran.stdout
    assert "请改正计算、执行程序或验证程序" in kg("--lang", "zh", "check", "--profile", "okf", "-C", folder).stdout
