"""A release: one version everywhere, a tag that must be it, and a workflow with no more rights than it needs."""

from __future__ import annotations

import re
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

import kg as package

ROOT = Path(__file__).resolve().parents[2]
VERSION: str = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
WORKFLOW: dict[Any, Any] = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text(encoding="utf-8"))


def test_the_version_is_one(kg: Callable[..., Any]) -> None:
    assert package.__version__ == VERSION
    assert kg("--version").stdout == f"kg, version {VERSION}\n"


@pytest.mark.parametrize("tag", ["", "v0.0.1", VERSION, f"v{VERSION}-rc1"])
def test_another_tag_makes_no_release(tag: str) -> None:
    ran = subprocess.run(
        ["bash", ".ci/release", *([tag] if tag else [])], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.returncode == 1
    assert f"is not v{VERSION}, the version in pyproject.toml" in ran.stderr


def test_only_tags_start_the_workflow_and_each_job_has_the_rights_that_it_needs() -> None:
    assert WORKFLOW[True] == {"push": {"tags": ["v*"]}}  # YAML 1.1 reads the key "on" as true
    assert WORKFLOW["permissions"] == {"contents": "read"}
    jobs = WORKFLOW["jobs"]
    assert jobs["build"]["permissions"] == {"contents": "read", "id-token": "write", "attestations": "write"}
    assert jobs["publish"]["permissions"] == {"id-token": "write"}
    assert (jobs["build"]["needs"], jobs["publish"]["needs"]) == ("test", "build")
    assert not any("actions/checkout" in step.get("uses", "") for step in jobs["publish"]["steps"])


def test_texts_name_no_moving_revision_of_kg() -> None:
    files = [*ROOT.glob("README*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "docs").rglob("*.yml"), ROOT / "action.yml"]
    moving = [(f.name, m) for f in files for m in re.findall(r"OWNER/kg@main|rev: main", f.read_text(encoding="utf-8"))]
    assert moving == []


def test_forms_for_issues_are_whole() -> None:
    forms = [p for p in (ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml") if p.name != "config.yml"]
    assert {p.stem for p in forms} == {"bug", "wrong-finding", "dialect"}
    for path in forms:
        form = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert {"name", "description", "body"} <= set(form)
        fields = [f for f in form["body"] if f["type"] != "markdown"]
        assert len({f["id"] for f in fields}) == len(fields)
        assert all("/" in f["attributes"]["label"] for f in fields), "labels are in English and Chinese"
        assert any(f.get("validations", {}).get("required") for f in fields)
