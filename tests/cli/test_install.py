"""The wheel carries all that ``kg init`` and ``kg build`` need, wherever they run."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

SCHEMA = Path(__file__).resolve().parents[2] / "docs/schema/kg.schema.json"


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
    assert json.loads(run("-m", "kg", "config", "schema")) == json.loads(SCHEMA.read_text(encoding="utf-8"))
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


PACKAGES = 55
"""Most packages of the base install, without kg itself; docs/interface.md says how many there are."""
UNPACKED, COMPILED = 350_000_000, 450_000_000
"""Most bytes of the disk: as unpacked, and when Python has compiled all modules, as pip does at once and uv doesn't."""


def _size(folder: Path) -> int:
    """The bytes that a folder takes of the disk, in whole blocks of the file system."""
    return sum(path.lstat().st_blocks * 512 for path in folder.rglob("*"))


@pytest.mark.parametrize("python", ["3.13", *(pytest.param(v, marks=pytest.mark.weekly) for v in ("3.11", "3.12", "3.14"))])
def test_tool_install_is_small_and_builds(wheels: tuple[Path, Path], tmp_path: Path, python: str) -> None:
    """`uv tool install`, as `uvx` and `pipx` do it: few packages, little space, and `kg build` lacks nothing."""
    uv = shutil.which("uv", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if uv is None:
        if os.environ.get("KG_REQUIRE_TOOLS") == "1":
            pytest.fail("uv is missing: it is one of the packages of the extra dev")
        pytest.skip("uv is missing")
    env = {name: text for name, text in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV", "CI")}
    env |= {"UV_TOOL_DIR": str(tmp_path / "tools"), "UV_TOOL_BIN_DIR": str(tmp_path / "bin"), "NO_COLOR": "1"}

    def run(*args: str | Path, status: int = 0) -> str:
        done = subprocess.run(args, cwd=tmp_path, env=env, capture_output=True, text=True, check=False, timeout=300)
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout + done.stderr

    find = [uv, "python", "find", "--system", "--no-python-downloads", python]
    if subprocess.run(find, capture_output=True, check=False).returncode:
        pytest.skip(f"Python {python} is missing")
    install = [uv, "tool", "install", "--no-python-downloads", "--python", python, str(wheels[0])]
    installed = subprocess.run(install, env=env, capture_output=True, text=True, check=False, timeout=300)
    if installed.returncode and re.search(r"Failed to (fetch|download)|network|dns error|No solution", installed.stderr):
        pytest.skip("there is no package index, nor a cache of it")
    assert installed.returncode == 0, installed.stderr
    packages = next((tmp_path / "tools").glob("*/lib/python*/site-packages"))
    assert len(list(packages.glob("*.dist-info"))) - 1 <= PACKAGES
    assert not list(packages.rglob("*.pyc")), "as unpacked"
    assert _size(tmp_path / "tools") <= UNPACKED
    kg = tmp_path / "bin/kg"
    run(kg, "init", "new")
    assert "concept_association 100% (3 of 3)" in run(kg, "build", "-C", "new", "--strict")
    search = (tmp_path / "new/output/search.html").read_text("utf-8")
    assert "assets/text/0.js" in search
    if python == f"{sys.version_info.major}.{sys.version_info.minor}":  # it takes most of the test, and versions differ little
        # The status says that some package has a file for another Python: installers pass over it, too.
        compiling = [next((tmp_path / "tools").glob("*/bin/python")), "-m", "compileall", "-q", packages]
        subprocess.run(compiling, capture_output=True, check=False, timeout=600)
        assert _size(tmp_path / "tools") <= COMPILED
    # What an extra has says how to get it.
    for command in ("serve", "publish http://localhost:9/sparql", "build --watch", "query --endpoint http://localhost:9 ASK{}"):
        name, *args = command.split()
        said = run(kg, name, "-C", "new", *args, status=2)
        assert re.search(r"install them: .*pip install .*starlette uvicorn httpx watchfiles", said), said


@pytest.mark.parametrize("runner", ["uvx", "pipx"])
def test_kg_runs_without_an_installation(wheels: tuple[Path, Path], tmp_path: Path, runner: str) -> None:
    """As the documentation of both says: the wheel is named, and the command is the one in it."""
    program = shutil.which(runner, path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if program is None:
        if runner == "uvx" and os.environ.get("KG_REQUIRE_TOOLS") == "1":  # pipx isn't in the extra dev
            pytest.fail("uvx is missing: it comes with uv, one of the packages of the extra dev")
        pytest.skip(f"{runner} is missing")
    start = [program, "--no-python-downloads", "--from"] if runner == "uvx" else [program, "run", "--spec"]
    env = {name: text for name, text in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV", "CI")}
    env |= {"PIPX_HOME": str(tmp_path / "pipx"), "NO_COLOR": "1"}

    def run(*args: str) -> str:
        command = [*start, str(wheels[0]), "kg", *args]
        done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False, timeout=500)
        if re.search(r"Failed to (fetch|download)|dns error|No solution|Could not find a version", done.stderr):
            pytest.skip("there is no package index, nor a cache of it")
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    assert "kg, version " in run("--version")
    run("init", "new")
    assert "concept_association 100% (3 of 3)" in run("build", "-C", "new", "--strict")
