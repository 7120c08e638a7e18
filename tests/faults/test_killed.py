"""`kg verify` and the journal killed at any moment: nothing is lost but the step in hand, and the bytes come out the same.

With the builds of `test_interrupted.py` these are fifty moments.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from kg.base.caches import of_base
from kg.plan.folder import JOURNAL
from kg.plan.journal import read_journal

Kg = Callable[..., object]
Write = Callable[[Mapping[str, str | bytes]], Path]

PIECES = 6
NOTE = "# A\n" + "".join(
    f'\n```coq {{#p{n} claims="{n} is {n}"}}\nTheorem t : {n} + 1 = {n + 1}. Proof. reflexivity. Qed.\n```\n'
    for n in range(PIECES)
)
WHO = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_COUNT": "1"} | {
    "GIT_CONFIG_KEY_0": "user.name", "GIT_CONFIG_VALUE_0": "Ann",
}  # fmt: skip


def _start(*args: str | Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "kg", *map(str, args)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", env={**os.environ, "NO_COLOR": "1"} | WHO,
    )  # fmt: skip


@pytest.fixture(scope="module")
def verified(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes, float]:
    """A knowledge base that was never verified, the verdicts that a run in one go gives, and its seconds."""
    if shutil.which("coqc") is None:
        if os.environ.get("KG_REQUIRE_TOOLS") == "1":
            pytest.fail("coqc is missing and KG_REQUIRE_TOOLS=1")
        pytest.skip("coqc is missing")
    folder = tmp_path_factory.mktemp("verify")
    (folder / "concepts").mkdir()
    (folder / "concepts/a.md").write_text(NOTE)
    whole = tmp_path_factory.mktemp("whole") / "kb"
    shutil.copytree(folder, whole)
    started = time.monotonic()
    process = _start("verify", "-C", whole, "--jobs", "1")
    _, said = process.communicate(timeout=280)
    seconds = time.monotonic() - started
    assert (process.returncode, f"{PIECES} run, 0 known" in said) == (0, True), said
    return folder, (whole / "ontology/snapshot/evidence.jsonl").read_bytes(), seconds


def _kept(folder: Path) -> set[str]:
    path = of_base(folder) / "verdicts.jsonl"
    lines = path.read_bytes().split(b"\n")[:-1] if path.exists() else []
    return {json.loads(line)["key"] for line in lines}


def test_verify_is_killed_until_it_is_through(kg: Kg, verified: tuple[Path, bytes, float], tmp_path: Path) -> None:
    template, expected, seconds = verified
    rng = random.Random(5)
    killed = 0
    for _ in range(3):
        folder = tmp_path / "kb"
        shutil.copytree(template, folder)
        known: set[str] = set()
        for _ in range(2):
            process = _start("verify", "-C", folder, "--jobs", "1")
            time.sleep(seconds * rng.uniform(0.2, 0.6))
            process.kill()
            process.communicate(timeout=60)
            killed += process.returncode == -signal.SIGKILL
            if (folder / "ontology/snapshot/evidence.jsonl").exists():
                known = set()  # it was through before the signal came, and nothing is left to go on from
                break
            assert known <= _kept(folder), "what was judged stays judged"
            known = _kept(folder)
        ran = kg("verify", "-C", folder, "--jobs", 1)
        assert ran.status == 0, ran.stderr
        if known:
            # At least these: a verdict that was being written when the process was killed may have reached the disk after it.
            run, held = map(int, re.findall(r"(\d+) run, (\d+) known", ran.stderr)[0])
            assert run + held == PIECES
            assert held >= len(known)
        assert (folder / "ontology/snapshot/evidence.jsonl").read_bytes() == expected
        assert not (of_base(folder) / "verdicts.jsonl").exists()
        shutil.rmtree(folder)
    assert killed >= 2


def test_verify_that_is_interrupted_says_what_is_kept(verified: tuple[Path, bytes, float], tmp_path: Path, kg: Kg) -> None:
    template, expected, _ = verified
    folder = tmp_path / "kb"
    shutil.copytree(template, folder)
    process = _start("verify", "-C", folder, "--jobs", "1")
    deadline = time.monotonic() + 60
    while len(_kept(folder)) < 3 and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert f"{len(_kept(folder))} new verdicts are kept" in said
    kg("verify", "-C", folder)
    assert (folder / "ontology/snapshot/evidence.jsonl").read_bytes() == expected


WRITER = """
import sys
from pathlib import Path
from kg.plan.journal import Started, append_events
folder = Path(sys.argv[1])
for n in range(10**6):
    append_events(folder, [Started(time="2026-01-01T00:00:00Z", actor="A", task=f"{sys.argv[2]}-{n}" + "x" * 3000)])
    print(n, flush=True)
"""


def test_the_journal_is_killed_while_it_is_written(tmp_path: Path) -> None:
    """What a writer was told to be written is there, in one chain, whatever was cut off behind it."""
    rng = random.Random(3)
    acknowledged: set[str] = set()
    for moment in range(20):
        writers = [
            subprocess.Popen(
                [sys.executable, "-c", WRITER, str(tmp_path), f"{moment}{name}"], stdout=subprocess.PIPE, text=True
            )
            for name in "ab"
        ]
        for writer in writers:
            assert writer.stdout is not None
            writer.stdout.readline()
        time.sleep(rng.uniform(0, 0.1))
        for name, writer in zip("ab", writers, strict=True):
            writer.kill()
            writer.wait(60)
            assert writer.stdout is not None
            told = writer.stdout.read()  # with what the first line was read together with, which `communicate` would leave out
            writer.stdout.close()
            acknowledged |= {f"{moment}{name}-{n}" for n in (0, *map(int, told.splitlines()))}
        journal = read_journal(tmp_path)
        there = {e.task.rstrip("x") for e in journal.events}
        assert acknowledged <= there
        assert len(there) <= len(acknowledged) + 2 * (moment + 1), "at most the step in hand of each"
        assert len(journal.heads) == 1
    assert (tmp_path / JOURNAL).stat().st_size > 20 * 2 * 3000


def test_a_line_cut_off_is_recovered_by_the_next_event(kg: Kg, base: Write) -> None:
    folder = base({"concepts/t.md": "---\ntype: task\ntask: 1\nacceptance: 'record:x'\n---\n# T\n"})
    assert kg("plan", "start", 1, "-C", folder, env=WHO).status == 0
    path = folder / "concepts/plan" / JOURNAL
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"event":"record","ti')
    said = kg("plan", "status", "-C", folder, env=WHO).stdout
    assert "ends in a line that a crash cut off (21 bytes)" in said
    ran = kg("plan", "record", 1, "x", "done", "-C", folder, env=WHO)
    assert "was cut off by a crash and is dropped (21 bytes)" in ran.stderr
    assert path.read_bytes().startswith(whole)
    assert [e.__class__.__name__ for e in read_journal(path.parent).events] == ["Started", "Recorded"]
    rows = path.read_text().replace("Ann", "Eve", 1)
    path.write_text(rows)
    ran = kg("plan", "status", "-C", folder)
    assert (ran.status, f"{JOURNAL}:1: the line was altered" in ran.stderr) == (2, True)
