"""Hostile knowledge bases through every command: nothing outside is written, read or run, and nothing ends in a traceback.

`KG_HOSTILE_BASES` names how many are tried (2,000 by default), `KG_HOSTILE_FIRST` the first seed; a run of CI begins where its own
seed says, so that each tries others. One base again: ``python tests/security/hostile_run.py SEED 1 --keep``.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

ALL = int(os.environ.get("KG_HOSTILE_BASES", "2000"))
FIRST = int(os.environ.get("KG_HOSTILE_FIRST") or random.Random(os.environ["KG_TEST_SEED"]).randrange(10**9))
PARTS = 10


@pytest.mark.parametrize("part", range(PARTS))
def test_hostile_bases(part: int) -> None:
    count = ALL // PARTS
    runner = Path(__file__).parent / "hostile_run.py"
    done = subprocess.run(
        [sys.executable, str(runner), str(FIRST + part * count), str(count)],
        capture_output=True,
        text=True,
        timeout=800,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert rows[0]["network namespace"] or os.environ.get("KG_REQUIRE_TOOLS") != "1", "no network namespace could be made"
    faults = [row for row in rows if "faults" in row]
    assert not faults, json.dumps(faults[:5], indent=1)
    assert rows[-1]["runs"] == count
