"""What tests share: the command line as users have it, small knowledge bases, the project's own notes, the real corpora."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parent.parent
CORPORA = ROOT.parent / "shared" / "corpora"


class Ran(NamedTuple):
    status: int
    stdout: str
    stderr: str


@pytest.fixture(scope="session")
def kg() -> Callable[..., Ran]:
    """Run ``kg`` as a program of its own."""

    def run(*args: str | Path, cwd: Path | None = None, env: Mapping[str, str] | None = None, stdin: str = "") -> Ran:
        done = subprocess.run(
            [sys.executable, "-m", "kg", *map(str, args)],
            cwd=cwd, env={**os.environ, "NO_COLOR": "1", **(env or {})}, input=stdin, capture_output=True, encoding="utf-8",
            timeout=300, check=False,
        )  # fmt: skip
        return Ran(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def base(tmp_path: Path) -> Callable[[Mapping[str, str | bytes]], Path]:
    """Write files into a folder for one test."""

    def write(files: Mapping[str, str | bytes]) -> Path:
        for name, content in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return tmp_path

    return write


@pytest.fixture(scope="session")
def own(tmp_path_factory: pytest.TempPathFactory, kg: Callable[..., Ran]) -> Path:
    """The project's own knowledge base, copied and built with its site."""
    folder = tmp_path_factory.mktemp("own")
    for name in ("concepts", "ontology"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "kg.toml", folder)
    ran = kg("build", "-C", folder)
    assert ran.status == 0, ran.stderr
    return folder


@pytest.fixture(scope="session")
def corpora() -> Path:
    """The real note collections beside the project; tests that need them skip where they are absent."""
    if not CORPORA.is_dir():
        pytest.skip("the real note collections are not here")
    return CORPORA
