"""The wheel, built twice for all tests that look at it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def _wheel(folder: Path) -> Path:
    # Another time and another order of the file system must not show.
    env = {**os.environ, "TZ": "Asia/Shanghai" if folder.name == "b" else "UTC"}
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT)]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if done.returncode and "hatchling" in done.stderr and not os.environ.get("KG_REQUIRE_TOOLS"):
        pytest.skip("hatchling can't be fetched here")
    assert done.returncode == 0, done.stderr
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("wheels")
    (folder / "a").mkdir()
    (folder / "b").mkdir()
    return _wheel(folder / "a"), _wheel(folder / "b")
