"""The deliverables of the plan agree with what they are made from: measured data, theorems, schemas."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource

ROOT = Path(__file__).parents[2]
DELIVERABLES = ROOT / "concepts" / "deliverables"


def test_tables_and_plots_are_those_of_the_data() -> None:
    report = [sys.executable, str(ROOT / "benchmarks/claims/report.py"), "--check"]
    checked = subprocess.run(report, capture_output=True, text=True, check=False, timeout=60)
    assert checked.returncode == 0, checked.stderr


def test_each_machine_check_is_in_the_mathematics_report() -> None:
    text = (DELIVERABLES / "mathematics-report.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^\| \[\[([\w-]+)(?:\\?\|[^]]*)?\]\] \| `([\w-]+)`", text, re.MULTILINE))
    blocks = {
        (path.stem, block)
        for path in (ROOT / "concepts").rglob("*.md")
        for block in re.findall(
            r"^(?:```(?:coq|smv) \{#|  - \{file: proofs/[\w-]+\.(?:v|smv), id: )([\w-]+)",
            path.read_text(encoding="utf-8"),
            re.MULTILINE,
        )
    }
    assert listed == blocks


def examples(document: Any, schema: str) -> Iterator[tuple[str, Any]]:
    """The examples of an OpenAPI document, each with the pointer to its schema."""
    if isinstance(document, dict):
        if "schema" in document and "examples" in document:
            for example in document["examples"].values():
                yield f"{schema}/schema", example["value"]
        for key, value in document.items():
            yield from examples(value, f"{schema}/{key.replace('~', '~0').replace('/', '~1')}")


@pytest.fixture(scope="module")
def interface() -> tuple[Any, Registry[Any]]:
    document = yaml.safe_load((DELIVERABLES / "interfaces/cloud-edge.openapi.yaml").read_text(encoding="utf-8"))
    resource = Resource.from_contents({"$schema": document["jsonSchemaDialect"], **document})
    return document, Registry().with_resource("urn:interface", resource)


def validator(interface: tuple[Any, Any], pointer: str) -> Any:
    return Draft202012Validator(
        {"$ref": f"urn:interface#{pointer}"}, registry=interface[1], format_checker=FormatChecker(("date", "uuid"))
    )


def test_the_interface_takes_its_examples(interface: tuple[Any, Any]) -> None:
    document, _ = interface
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    pairs = list(examples(document, ""))
    assert len(pairs) >= 5
    for pointer, value in pairs:
        assert list(validator(interface, pointer).iter_errors(value)) == [], pointer
    operations = [op for path in document["paths"].values() for op in path.values() if isinstance(op, dict)]
    assert all(op["operationId"] and "default" in op["responses"] for op in operations)


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ("Declaration", {"site": "plant-7", "revision": 0, "workloads": []}),
        ("Declaration", {"site": "Plant 7", "revision": 1, "workloads": []}),
        ("Workload", {"name": "camera", "image": "registry.example.org/camera:latest", "replicas": 1, "offline": "required"}),
        ("Report", {"site": "plant-7", "sequence": -1, "observedAt": "2026-12-01T00:00:00Z", "revision": 1, "workloads": []}),
        ("Command", {"id": "17", "kind": "restart", "target": "camera", "deadline": "2026-12-01T00:00:00Z"}),
        (
            "Command",
            {"id": "0b7d1c9e-6d3f-4a55-9a43-1f0f6e1f7a10", "kind": "run", "target": "a", "deadline": "2026-12-01T00:00:00Z"},
        ),
        ("Result", {"outcome": "done"}),
        ("Result", {"outcome": "expired", "finishedAt": "2026-12-01T00:00:00Z"}),
    ],
)
def test_the_interface_rejects(interface: tuple[Any, Any], schema: str, value: Any) -> None:
    assert list(validator(interface, f"/components/schemas/{schema}").iter_errors(value)), schema
