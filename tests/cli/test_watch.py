"""``kg build --watch`` builds what changed, goes on after errors and ends with 130 on Ctrl-C."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path


def _wait(what: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it didn't happen"
        time.sleep(0.05)


def test_watch(base: Callable[[Mapping[str, str]], Path], tmp_path: Path) -> None:
    folder = base({"concepts/a.md": "# A\n"})
    log = (tmp_path / "log").open("w+")
    process = subprocess.Popen(
        [sys.executable, "-m", "kg", "build", "--watch", "--stage", "graph", "-C", str(folder)],
        stderr=log, env={**os.environ, "NO_COLOR": "1"},
    )  # fmt: skip

    def said(text: str) -> bool:
        return text in (tmp_path / "log").read_text()

    turtle = folder / "output/graph/kg.ttl"
    try:
        _wait(lambda: said("watching for changes"))
        (folder / "concepts/b.md").write_text("# Bee\n")
        _wait(lambda: "Bee" in turtle.read_text() if turtle.exists() else False)
        (folder / "kg.toml").write_text("[gates]\nlinkage = 10\n")
        (folder / "ontology").mkdir()
        (folder / "ontology/relations.ttl").write_text("no Turtle")
        _wait(lambda: said("relations.ttl:1:"))
        (folder / "ontology/relations.ttl").unlink()
        (folder / "concepts/c.md").write_text("# Cee\n")
        _wait(lambda: "Cee" in turtle.read_text())
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
    finally:
        process.kill()
        process.wait()
        log.close()
