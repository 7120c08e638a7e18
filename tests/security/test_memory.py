"""Memory of a build grows with what notes say of each other by little: notes that all require each other, counted by relation.

Peaks are those of processes of their own, as the system counts them. What doesn't depend on the number of notes falls out of
the difference. A build that held its statements at once took 26 to 47 kB for each relation.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

NOTES: Final = 70
EACH: Final = 18_000
"""Bytes that a relation more may take: most of it is what Oxigraph takes for its first parts, and grows no more later."""
MOST: Final = 450 << 20
"""Bytes that a build of twice as many notes may take in all."""

KINDS = {
    "front matter": lambda n: "requires: [" + ", ".join(f'"[[n{i}]]"' for i in range(n)) + "]\n---\n",
    "fields": lambda n: "---\n" + "".join(f"requires:: [[n{i}]]\n" for i in range(n)),
}

MEASURE: Final = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], timeout=240, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
"""Run by a small process: the system counts the memory of the process that starts a program for that program, too."""


def peak(folder: Path, kind: str, n: int) -> int:
    """Bytes of memory of a build of `n` notes that require each other."""
    (folder / "concepts").mkdir(parents=True)
    for i in range(n):
        (folder / "concepts" / f"n{i}.md").write_text(f"---\ntitle: T {i}\n{KINDS[kind](n)}")
    (folder / "kg.toml").write_text('base = "https://example.org/x/"\n')
    return peak_of(folder, "--stage", "graph")


def peak_of(folder: Path, *options: str) -> int:
    """Bytes of memory of a build."""
    command = [sys.executable, "-m", "kg", "build", "--quiet", *options, "--jobs", "1", "-C", str(folder)]
    environment = {**os.environ, "KG_CACHE": str(folder / "cache")}
    measured = subprocess.run(
        [sys.executable, "-c", MEASURE, *command], env=environment, capture_output=True, text=True, timeout=300, check=True
    )
    return int(measured.stdout.split()[-1]) * 1024


@pytest.mark.skipif(sys.platform != "linux", reason="the unit of ru_maxrss differs")
@pytest.mark.parametrize("kind", KINDS)
def test_a_relation_takes_little(tmp_path: Path, kind: str) -> None:
    one, two = peak(tmp_path / "one", kind, NOTES), peak(tmp_path / "two", kind, 2 * NOTES)
    assert two < MOST
    assert (two - one) / (3 * NOTES**2) < EACH


@pytest.mark.skipif(sys.platform != "linux", reason="the unit of ru_maxrss differs")
@pytest.mark.parametrize(
    "text", [b"\0", b"*a* ", b"<b>", b"a\n\n"], ids=["control characters", "emphasis", "elements", "paragraphs"]
)
def test_one_large_note_takes_less_than_a_gigabyte(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "concepts").mkdir()
    with (tmp_path / "concepts/large.md").open("wb") as file:
        file.write(b"# Large\n\n" + text * (6_000_000 // len(text)))
        if text == b"\0":
            file.truncate(6 << 30)  # without blocks on the disk
    assert peak_of(tmp_path) < 1 << 30
    shown = (tmp_path / "output/concepts/large.html").read_text(encoding="utf-8")
    assert "only its first 2 MB are shown" in shown
