"""The wheel carries all that ``kg init`` and ``kg build`` need, wherever they run."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path


def test_wheel_builds_a_new_knowledge_base(wheels: tuple[Path, Path], tmp_path: Path) -> None:
    with zipfile.ZipFile(wheels[0]) as archive:
        archive.extractall(tmp_path / "site")
    env = {**os.environ, "PYTHONPATH": str(tmp_path / "site")}

    def run(*args: str) -> str:
        done = subprocess.run([sys.executable, *args], cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    assert str(tmp_path / "site") in run("-c", "from kg.base import about; print(about.ontology_folder())")
    run("-m", "kg", "init", "new")
    assert "concept_association 100% (3 of 3)" in run("-m", "kg", "build", "-C", "new", "--strict")
    assert (tmp_path / "new/output/maps/overview.html").is_file()
    assert len(run("-m", "kg", "rule").splitlines()) > 60
    (tmp_path / "new/v.ttl").write_text("<http://e.org/a> a <http://www.w3.org/2004/02/skos/core#Concept> .\n")
    assert "KG306" in run("-m", "kg", "check", "new/v.ttl", "--fail-on", "never")


def test_wheel_holds_the_vocabulary_and_no_tests(wheels: tuple[Path, Path]) -> None:
    names = zipfile.ZipFile(wheels[0]).namelist()
    assert {
        "kg/ontology/kg.ttl",
        "kg/ontology/relations.ttl",
        "kg/ontology/extension.ttl",
        "kg/ontology/rules/inverse.rq",
    } <= set(names)
    assert {"kg/ontology/shapes.ttl", "kg/ontology/checks/sibling-association.rq"} <= set(names)
    assert "kg/checks/rules/links/broken_link.py" in names
    assert not [n for n in names if n.startswith(("tests/", "concepts/", "benchmarks/"))]
