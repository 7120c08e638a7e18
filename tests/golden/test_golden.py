"""One small knowledge base whose ontology, measures and findings were read line by line and found true."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest
import rdflib
from rdflib.compare import graph_diff, isomorphic

EXPECTED = Path(__file__).parent / "small" / "expected"
HINT = "if the new output is true, run: python tests/golden/update.py"


@pytest.fixture(scope="module")
def built() -> dict[str, bytes]:
    spec = importlib.util.spec_from_file_location("kg_golden_update", Path(__file__).with_name("update.py"))
    assert spec is not None
    assert spec.loader is not None
    module: ModuleType = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    files: dict[str, bytes] = module.built()
    return files


def test_ontology(built: dict[str, bytes]) -> None:
    expected = rdflib.Graph().parse(EXPECTED / "kg.ttl")
    found = rdflib.Graph().parse(data=built["kg.ttl"], format="turtle")
    if not isomorphic(expected, found):
        _, gone, new = graph_diff(expected, found)
        pytest.fail(f"gone:\n{gone.serialize(format='nt')}\nnew:\n{new.serialize(format='nt')}\n{HINT}")


@pytest.mark.parametrize("name", ["metrics.json", "findings.json"])
def test_results(built: dict[str, bytes], name: str) -> None:
    assert json.loads(built[name]) == json.loads((EXPECTED / name).read_text(encoding="utf-8")), HINT
