"""A full disk under what a command prints: it ends with status 2 and, where it can, says so; never as if all were well."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

FULL = Path("/dev/full")

pytestmark = pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, kg: Callable[..., object]) -> Path:
    made = tmp_path_factory.mktemp("full")
    (made / "concepts").mkdir()
    (made / "concepts" / "a.md").write_text("# A\n\n[[b]]\n", "utf-8")
    kg("build", "--stage", "metrics", "-q", "-C", made)
    return made


def run(folder: Path, *args: str, full: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[bytes]:
    with FULL.open("wb") as disk:
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | {full: disk}
        return subprocess.run([sys.executable, "-m", "kg", *args], cwd=folder, check=False, timeout=120, **streams)  # type: ignore[call-overload, no-any-return]  # the names of the streams


@pytest.mark.parametrize(
    "args",
    [
        ("check",),
        ("metrics", "--format", "json"),
        ("query", "SELECT * { ?s ?p ?o }", "--format", "csv"),
        ("--version",),
        ("--help",),
    ],
)
def test_output_that_is_lost(folder: Path, args: tuple[str, ...]) -> None:
    ran = run(folder, *args, full="stdout")
    assert ran.returncode == 2
    assert ran.stderr.startswith(b"kg: can't write what was asked for: No space left on device\n    is the disk full?")


@pytest.mark.parametrize(
    "args", [("check", "-C", "nowhere"), ("--log-format", "json", "check", "-C", "nowhere"), ("build", "--full")]
)
def test_messages_that_are_lost(folder: Path, args: tuple[str, ...]) -> None:
    ran = run(folder, *args, full="stderr")
    assert (ran.returncode, ran.stdout) == (2, b"")
