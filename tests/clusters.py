"""Processes of a cluster that a test started on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def executors(session: Any) -> list[int]:
    """Processes of executors that this session's driver started."""
    driver = session.sparkContext._jvm.java.lang.ProcessHandle.current().pid()
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rsplit(")", 1)[1].split()[1])
            command = (stat.parent / "cmdline").read_bytes()
        except OSError:
            continue
        if parent == driver and b"CoarseGrainedExecutorBackend" in command:
            found.append(int(stat.parent.name))
    return found
