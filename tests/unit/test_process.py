"""Programs that are missing, hang or end too soon are values or errors that say what to try, never a traceback."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from kg.base import process
from kg.base.errors import KgError
from kg.notes.dialect import PLAIN
from kg.notes.reading.worker import ReadingJob


def test_a_missing_program_and_one_without_end_have_no_status() -> None:
    missing = process.run(["no-such-program"], timeout=5)
    assert (missing.status, "no-such-program" in missing.stderr) == (None, True)
    endless = process.run([sys.executable, "-c", "while True: pass"], timeout=0.1)
    assert (endless.status, "timed out" in endless.stderr) == (None, True)
    assert process.find("no-such-program", "sh")


def test_variables_come_before_those_of_this_process() -> None:
    command = [sys.executable, "-c", "import os; print(os.environ['KG_TOLD'])"]
    assert process.run(command, timeout=60, environment={"KG_TOLD": "yes"}).stdout == "yes\n"


def test_a_message_that_is_cut_off_is_none() -> None:
    out = io.BytesIO()
    process.send_message(out, b"hello")
    assert process.receive_message(io.BytesIO(out.getvalue())) == b"hello"
    assert process.receive_message(io.BytesIO(out.getvalue()[:-1])) is None
    assert process.receive_message(io.BytesIO(b"\x05")) is None


def test_a_worker_that_has_ended_is_said() -> None:
    with process.Worker.crew(1, "kg.notes.reading") as (worker,):
        worker._process.kill()
        worker._process.wait()
        with pytest.raises(KgError, match="a worker process ended") as caught:
            worker.answer()
        assert "--jobs 1" in caught.value.hint
        with pytest.raises(KgError, match="a worker process ended") as caught:
            worker.ask(b"x" * 100_000)
        assert "--jobs 1" in caught.value.hint


def test_a_measured_program_is_ended_with_what_measures_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(pid: int, _options: int) -> None:
        waited.append(pid)
        raise KeyboardInterrupt

    waited: list[int] = []
    monkeypatch.setattr(process.os, "wait4", interrupted)
    with pytest.raises(KeyboardInterrupt):
        process.measure_program([sys.executable, "-c", "while True: pass"])
    assert waited


def test_a_worker_whose_asker_is_gone_ends_without_a_word(tmp_path: Path) -> None:
    note = tmp_path / "a.md"
    note.write_text("word " * 50_000 + "[[b]] " * 20_000, "utf-8")  # its links are more than a pipe holds
    command = [sys.executable, "-m", "kg.notes.reading"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as worker:
        assert worker.stdin is not None
        assert worker.stdout is not None
        assert worker.stderr is not None
        worker.stdout.close()
        process.send_message(worker.stdin, msgspec.msgpack.encode(ReadingJob([("a.md", str(note))], "", PLAIN)))
        assert (worker.wait(60), worker.stderr.read()) == (1, b"")
