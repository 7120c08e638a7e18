"""Monitoring with the real Prometheus: its rules load, and an induced fault fires its alert."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics

Write = Callable[[Mapping[str, str | bytes]], Path]
Kg = Callable[..., object]

FOLDER = Path(__file__).resolve().parents[2] / "docs/monitoring"
PROGRAMS = {name: shutil.which(name) for name in ("prometheus", "promtool")}
NOTES: dict[str, str | bytes] = {
    "kg.toml": "[gates]\nlinkage = 60\n",
    "concepts/a.md": "# A\n[[b]]\n",
    "concepts/b.md": "# B\n",
    "concepts/t.md": "---\ntype: task\nacceptance: 'record:x'\ndefinition: D\n---\n# T\n",
}


@pytest.fixture(scope="module", autouse=True)
def tools() -> None:
    missing = [name for name, path in PROGRAMS.items() if path is None]
    if missing and os.environ.get("KG_REQUIRE_TOOLS") == "1":
        pytest.fail(f"{missing} missing and KG_REQUIRE_TOOLS=1")
    if missing:
        pytest.skip(f"{missing} missing")


def _promtool(*args: str | Path, given: str = "") -> None:
    command = [PROGRAMS["promtool"], *map(str, args)]
    done = subprocess.run(command, cwd=FOLDER, input=given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_configuration_rules_and_alerts_are_sound() -> None:
    _promtool("check", "config", "prometheus.yml")
    _promtool("test", "rules", "alerts_test.yml")


@pytest.fixture
def folder(kg: Kg, base: Write) -> Path:
    folder = base(NOTES)
    assert kg("build", "-C", folder).status == 0
    return folder


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def _prometheus(at: Path, port_of_kg: int) -> Iterator[Callable[[str], Any]]:
    """Prometheus on the project's configuration, with seconds in place of minutes and the port of this `kg serve`."""
    at.mkdir()
    for name in ("prometheus.yml", "rules.yml", "alerts.yml"):
        text = (FOLDER / name).read_text()
        text = re.sub(r"\b30s\b", "1s", text).replace("127.0.0.1:8000", f"127.0.0.1:{port_of_kg}")
        (at / name).write_text(re.sub(r"for: \d+[mhd]", "for: 1s", text))
    port = _free_port()
    command = [
        str(PROGRAMS["prometheus"]), "--config.file=prometheus.yml", "--storage.tsdb.path=data",
        f"--web.listen-address=127.0.0.1:{port}", "--log.level=warn",
    ]  # fmt: skip
    process = subprocess.Popen(command, cwd=at, stderr=subprocess.DEVNULL)

    def ask(path: str) -> Any:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/{path}", timeout=10) as answer:
            return json.load(answer)["data"]

    try:
        yield ask
    finally:
        process.terminate()
        process.wait(30)


def _until(wanted: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            if wanted():
                return
        time.sleep(0.3)
    raise AssertionError(f"never came: {what}")


def test_an_induced_fault_fires_its_alert(kg: Kg, serve: Callable[..., Any], folder: Path, tmp_path: Path) -> None:
    def firing() -> set[tuple[str, str]]:
        alerts = ask("alerts")["alerts"]
        return {(a["labels"]["alertname"], a["labels"].get("name", "")) for a in alerts if a["state"] == "firing"}

    with serve(folder) as served, _prometheus(tmp_path / "prometheus", served.port) as ask:
        _until(lambda: bool(ask("query?query=kg_gate_met%7Bname%3D%22linkage%22%7D%3D%3D1")["result"]), "the gate is met")
        rules = [r for g in ask("rules")["groups"] for r in g["rules"]]
        assert {r["health"] for r in rules} <= {"ok", "unknown"}
        assert ("KgGateMissed", "linkage") not in firing()
        # Two notes that nothing links to: the gate falls, and the next build tells it.
        for name in ("x", "y"):
            (folder / f"concepts/{name}.md").write_text(f"# {name}\n")
        assert kg("build", "-C", folder).status == 1
        _until(lambda: ("KgGateMissed", "linkage") in firing(), "KgGateMissed")
        assert ("KgDown", "") not in firing()
        served.end()
        _until(lambda: ("KgDown", "") in firing(), "KgDown")
        bad = [r for g in ask("rules")["groups"] for r in g["rules"] if r.get("lastError")]
        assert bad == []


def test_the_dashboard_asks_for_what_there_is(serve: Callable[..., Any], folder: Path) -> None:
    with serve(folder) as served:
        families = list(read_openmetrics(served.get("/metrics", Accept="application/openmetrics-text").text))
    there = {s.name for f in families for s in f.samples} | {f.name for f in families}
    there |= set(re.findall(r"record: (\S+)", (FOLDER / "rules.yml").read_text()))
    dashboard = json.loads((FOLDER / "grafana.json").read_text())
    asked = {n for p in dashboard["panels"] for t in p["targets"] for n in re.findall(r"\bkg[_:][a-z_0-9:]+", t["expr"])}
    assert len(asked) >= 10
    assert asked <= there
    assert len({p["id"] for p in dashboard["panels"]}) == len(dashboard["panels"])


def test_the_file_of_a_build_is_openmetrics_and_has_no_times(kg: Kg, folder: Path) -> None:
    text = (folder / "output/metrics.prom").read_text()
    assert text.endswith("# EOF\n")
    _promtool("check", "metrics", given=text)
    samples = {(s.name, *s.labels.values()): s.value for f in read_openmetrics(text) for s in f.samples}
    assert samples["kg_gate_met", "linkage"] == 1
    assert samples["kg_plan_tasks", "open"] == 1
    assert not any("time" in name or "seconds" in name for name, *_ in samples)
    assert kg("metrics", "-C", folder, "--format", "prometheus").stdout == text


def test_every_line_of_a_log_is_an_object(kg: Kg, folder: Path) -> None:
    (folder / "concepts/x.md").write_text("# X\n[[nowhere]]\n")
    (folder / "concepts/y.md").write_text("# Y\n")
    lines = []
    env = {
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "user.name",
        "GIT_CONFIG_VALUE_0": "A",
    }
    for args in (
        ("build",), ("build",), ("check",), ("metrics",), ("snapshot",), ("query", "nonsense"),
        ("export", "turtle", "-o", "x.ttl"),
        ("plan", "start", "t"), ("plan", "done", "t"), ("plan", "interrupt", "--auto"), ("plan", "checkpoint", "--due"),
    ):  # fmt: skip
        ran = kg(*args, "-C", folder, "--log-format", "json", cwd=folder, env=env)
        lines += [(args, line) for line in ran.stderr.splitlines()]
    events = []
    for args, line in lines:
        assert line.startswith("{"), (args, line)
        entry = json.loads(line)
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", entry["time"])
        events.append(entry["event"])
    assert {"built", "gate-not-met", "error", "plan", "refused"} <= set(events)
