"""The supply chain: what is installed is locked by digest, what runs in CI is pinned, and what is built is built twice alike."""

# ruff: noqa: E501  # command lines
from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from kg.base import parcels

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


EXTRAS = PROJECT["optional-dependencies"]


def _with(extra: str) -> list[str]:
    """What an extra asks for; extras of the project itself that it names are taken in."""
    own = [Requirement(text) for text in EXTRAS[extra] if Requirement(text).name == PROJECT["name"]]
    others = [text for text in EXTRAS[extra] if Requirement(text).name != PROJECT["name"]]
    return others + [text for requirement in own for further in sorted(requirement.extras) for text in _with(further)]


def _locked(name: str) -> dict[str, list[Requirement]]:
    text = (ROOT / ".ci" / name).read_text("utf-8")
    found: dict[str, list[Requirement]] = {}
    for entry in re.sub(r"\\\n", " ", text).splitlines():
        if not entry or entry.startswith("#"):
            continue
        requirement, *digests = re.split(r"\s+--hash=", entry.strip())
        assert digests, entry
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", digest.strip()) for digest in digests), entry
        read = Requirement(requirement)
        found.setdefault(canonicalize_name(read.name), []).append(read)
    return found


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("lock.txt", PROJECT["dependencies"]),
        ("lock-dev.txt", [*PROJECT["dependencies"], *_with("dev")]),
    ],
)
def test_the_lock_holds_what_the_project_asks_for(name: str, wanted: list[str]) -> None:
    locked = _locked(name)
    for text in wanted:
        requirement = Requirement(text)
        found = locked.get(canonicalize_name(requirement.name), [])
        assert found, f"{text} is not in .ci/{name}: run .ci/lock"
        for one in found:
            (only,) = one.specifier
            assert only.operator == "=="
            assert requirement.specifier.contains(only.version), f"{one} is not {text}: run .ci/lock"


def test_actions_are_pinned_to_commits() -> None:
    files = [*(ROOT / ".github").rglob("*.yml"), ROOT / "action.yml", *(ROOT / "docs").rglob("*.yml")]
    used = [m for file in files for m in re.findall(r"uses:\s*([^\s#]+)", file.read_text("utf-8"))]
    others = [u for u in used if not u.startswith(("./", "OWNER/"))]  # OWNER stands for whoever has a copy of kg
    assert others
    assert all(re.search(r"@[0-9a-f]{40}$", u) for u in others), others


def test_the_wheel_is_the_same_bytes_twice(wheels: tuple[Path, Path]) -> None:
    assert wheels[0].read_bytes() == wheels[1].read_bytes()
    assert len(zipfile.ZipFile(wheels[0]).namelist()) > 100


VERSIONS = re.findall(r"Python :: (3\.\d+)", " ".join(PROJECT["classifiers"]))
LOWEST = VERSIONS[0]


def test_ci_runs_each_version_that_the_package_names() -> None:
    """The versions are those that pip takes, from the lowest on, without a gap; each runs the fast tests and installs the wheel."""
    first, last = (int(version.partition(".")[2]) for version in (LOWEST, VERSIONS[-1]))
    assert [f"3.{minor}" for minor in range(first, last + 1)] == VERSIONS
    taken = SpecifierSet(PROJECT["requires-python"])
    assert [taken.contains(f"3.{minor}") for minor in range(first - 1, last + 1)] == [False, *(True for _ in VERSIONS)]
    jobs = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text("utf-8"))["jobs"]
    job = jobs["versions"]
    assert job["strategy"]["matrix"] == {"python": VERSIONS}
    steps = [step for step in job["steps"] if "run" in step]
    assert [step["run"].split()[-1] for step in steps] == ["check", "tests/cli/test_install.py"]
    assert steps[0]["env"] == {"KG_PYTHON": "python${{ matrix.python }}"}
    # .ci/setup makes the environment with the Python that this variable names.
    named = sorted(PYTHONS)[-1]
    chosen = 'source <(sed -n "/^say()/p; /^good_python()/p; /^find_python()/,/^}/p" .ci/setup); find_python'
    env = {**os.environ, "KG_PYTHON": PYTHONS[named]}
    ran = subprocess.run(["bash", "-euc", chosen], cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout.strip()) == (0, PYTHONS[named]), ran.stderr


def _pythons() -> dict[str, str]:
    """Other versions of Python on this machine that kg supports."""
    found: dict[str, str] = {}
    for version in VERSIONS:
        ways = [
            shutil.which(f"python{version}"),
            *map(str, sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python3"))),
        ]
        for way in (w for w in ways if w):
            ran = subprocess.run(
                [way, "-c", "import venv, ensurepip, sys; print(sys.version_info[:2])"],
                capture_output=True,
                text=True,
                check=False,
            )
            if ran.returncode == 0:
                found[version] = way
                break
    return found


PYTHONS = _pythons()


@pytest.mark.parametrize("version", [v if v == LOWEST else pytest.param(v, marks=pytest.mark.weekly) for v in VERSIONS])
def test_the_wheel_runs_in_an_empty_environment(wheels: tuple[Path, Path], tmp_path: Path, version: str) -> None:
    if version not in PYTHONS:
        pytest.skip(f"Python {version} is not here")
    uv = str(Path(sys.executable).parent / "uv")  # of the development extra; packages that it has unpacked once are links
    made = [uv, "venv", "--quiet", "--no-python-downloads", "--python", PYTHONS[version], str(tmp_path / "env")]
    pip = [uv, "pip", "install", "--quiet", "--python", str(tmp_path / "env/bin/python")]
    locked = ["--require-hashes", "-r", str(ROOT / ".ci/lock.txt")]
    for command in (made, [*pip, *locked], [*pip, "--no-deps", "--no-index", str(wheels[0])]):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-2000:]
    env = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    for args in (
        ["init", "new"],
        ["build", "-C", "new", "--strict"],
        ["check", "-C", "new"],
        ["query", "-C", "new", "ASK { ?a a skos:Concept }"],
    ):
        ran = subprocess.run(
            [str(tmp_path / "env/bin/kg"), *args], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, ran.stderr
    assert "concept_association" in (tmp_path / "new/output/metrics.json").read_text("utf-8")


def test_the_bill_of_materials_lists_what_is_locked(tmp_path: Path) -> None:
    files = [tmp_path / "a.json", tmp_path / "b.json"]
    for file in files:
        env = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PYTHONWARNINGS": "ignore",
        }
        subprocess.run(["bash", str(ROOT / ".ci/sbom"), str(file)], env=env, check=True, capture_output=True)
    assert files[0].read_bytes() == files[1].read_bytes()
    bill = json.loads(files[0].read_text("utf-8"))
    assert bill["bomFormat"] == "CycloneDX"
    listed = {(canonicalize_name(c["name"]), c["version"]) for c in bill["components"]}
    wanted = {(name, next(iter(one.specifier)).version) for name, found in _locked("lock.txt").items() for one in found}
    assert listed == wanted | {(p.name, p.version) for p in parcels.CARRIED}


def test_code_for_browsers_that_is_carried_is_the_pinned_one() -> None:
    for parcel in parcels.CARRIED:
        packed = parcels.packed_path(parcel)
        folder = packed.parent if packed.exists() else ROOT / "kg/views/maps/static" / parcel.name
        data = parcels.read_library(packed if packed.exists() else folder / parcel.member.rpartition("/")[2])
        assert hashlib.sha256(data).hexdigest() == parcel.sha256
        assert parcel.version.encode() in data
        licences = {"vis-network": ["LICENSE-APACHE-2.0", "LICENSE-MIT"], "mermaid": ["LICENSE"]}[parcel.name]
        assert [p.name for p in sorted(folder.glob("LICENSE*"))] == licences


@pytest.fixture(scope="module")
def audit() -> ModuleType:
    loader = SourceFileLoader("kg_audit", str(ROOT / ".ci/audit"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))  # type: ignore[arg-type]
    loader.exec_module(module)
    return module


def test_a_vulnerability_fails_the_audit_and_no_answer_is_said(audit: ModuleType) -> None:
    safe = {"name": "a", "version": "1", "vulns": []}
    bad = {"name": "b", "version": "2", "vulns": [{"id": "PYSEC-1", "fix_versions": ["3"]}]}
    unknown = {"name": "c", "skip_reason": "not found"}
    assert audit.judge({"dependencies": [safe, unknown]}) == (
        0,
        "audit: 2 packages, 1 of them without data, 0 vulnerabilities",
    )
    status, said = audit.judge({"dependencies": [safe, bad]})
    assert status == 1
    assert "b 2: PYSEC-1, fixed in 3" in said
