"""Work in forks: results and errors come back, no fork is left, and where none can be made, this process does the work."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable

import psutil
import pytest

from kg.base.errors import KgError, UsageError
from kg.base.process import crew
from kg.base.process.crew import ForkCrew, can_fork


def _results(work: Callable[[bytes], bytes], count: int, questions: list[bytes], *, own: bool = True) -> list[bytes]:
    """What a crew answers, sorted; afterwards it has no process any more. With `own`, this process does some of the work."""
    answers: list[bytes] = []
    before = psutil.Process().children()
    try:
        with ForkCrew(count, work) as members:
            while questions or members.busy:
                while questions and members.takes(questions[0]):
                    members.ask(questions.pop(0))
                if own and questions:
                    answers.append(members.do(questions.pop()))
                answers += members.results(wait=not own or not questions)
    finally:
        assert psutil.Process().children() == before
    return sorted(answers)


@pytest.mark.parametrize("count", [1, 2, 4])
def test_all_work_is_done_once(count: int) -> None:
    questions = [b"%d" % number for number in range(50)]
    assert _results(lambda data: data * 3, count, list(questions)) == sorted(data * 3 for data in questions)


def test_forks_do_it_and_see_the_data_of_this_process() -> None:
    large = os.urandom(3_000_000)  # more than a pipe holds, in both directions
    seen = _results(lambda data: b"%d %d" % (os.getpid(), data == large), 3, [large] * 4, own=False)
    assert all(answer.endswith(b" 1") and not answer.startswith(b"%d " % os.getpid()) for answer in seen)
    assert _results(lambda _: large, 3, [b""] * 5) == [large] * 5


def _raise(error: Exception) -> bytes:
    raise error


@pytest.mark.parametrize("count", [1, 2])
def test_errors_come_back_with_their_hint(count: int) -> None:
    with pytest.raises(UsageError, match="template x") as caught:
        _results(lambda _: _raise(UsageError("template x", hint="correct it")), count, [b"", b""])
    assert caught.value.hint == "correct it"


def test_a_bug_comes_back_with_its_place() -> None:
    with pytest.raises(RuntimeError, match=r"(?s)in _raise.*ZeroDivisionError: here"):
        _results(lambda _: _raise(ZeroDivisionError("here")), 2, [b""], own=False)
    with pytest.raises(KgError, match="more memory"):
        _results(lambda _: _raise(MemoryError()), 2, [b""], own=False)


def test_a_fork_that_is_killed_ends_the_run() -> None:
    def work(data: bytes) -> bytes:
        if data == b"die":
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(600)
        return data

    with pytest.raises(KgError, match="was ended by signal 9") as caught:
        _results(work, 3, [b"wait", b"die"], own=False)
    assert "--jobs 1" in caught.value.hint


def test_no_answer_is_awaited_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crew, "_LONGEST", 0.2)
    with pytest.raises(KgError, match="has not answered"):
        _results(lambda data: time.sleep(600) or data, 2, [b""], own=False)


def test_programs_of_a_fork_end_with_it() -> None:
    def work(_: bytes) -> bytes:
        return b"%d" % subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]).pid

    [answer] = _results(work, 2, [b""], own=False)
    deadline = time.monotonic() + 20
    while psutil.pid_exists(int(answer)) and psutil.Process(int(answer)).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline, "it outlives the fork that started it"
        time.sleep(0.02)


def test_forks_end_with_their_parent() -> None:
    code = (
        "import time\nfrom kg.base.process.crew import ForkCrew\n"
        "with ForkCrew(3, lambda data: time.sleep(600) or data) as members:\n"
        "    members.ask(b'')\n    print('ready', flush=True)\n    time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"ready\n"
        forks = psutil.Process(parent.pid).children()
        parent.kill()
        parent.wait(20)
    assert len(forks) == 2
    _, alive = psutil.wait_procs(forks, timeout=20)
    assert [fork for fork in alive if fork.status() != psutil.STATUS_ZOMBIE] == []


def test_ctrl_c_ends_the_forks_and_is_an_interrupt() -> None:
    def interrupt() -> None:
        time.sleep(0.3)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        _results(lambda data: time.sleep(600) or data, 3, [b"", b""], own=False)
    thread.join(20)


def test_a_thread_of_a_server_does_the_work_itself() -> None:
    answers: list[bytes] = []

    def inside() -> None:
        assert not can_fork()
        answers.extend(_results(lambda _: b"%d" % os.getpid(), 2, [b"", b""]))

    thread = threading.Thread(target=inside)
    thread.start()
    thread.join(20)
    assert answers == [b"%d" % os.getpid()] * 2
    assert can_fork() == (sys.platform != "darwin")


INTERRUPTED = """
import os, queue, random, signal, threading, time
from kg.base.process.crew import ForkCrew
from kg.base.process.forked import Bounds, KgError, run_forked

class Interrupt(BaseException):
    pass

def interrupt(*_):
    raise Interrupt

signal.signal(signal.SIGINT, interrupt)
# A thread sends the signals, as in a process that is told by its input to end its work; it receives those that the other masks.
wanted = queue.SimpleQueue()

def send():
    while True:
        time.sleep(wanted.get())
        os.kill(os.getpid(), signal.SIGINT)

threading.Thread(target=send, daemon=True).start()
draw = random.Random(os.environ["KG_TEST_SEED"])
hit = 0
for number in range(120):
    try:
        wanted.put(draw.uniform(1e-4, 12e-3))
        if number % 2:
            with ForkCrew(3, lambda data: data) as crew:
                while True:
                    crew.do(b"")
        run_forked(lambda out: signal.pause() or 0, Bounds(60, 1 << 40, 1 << 20, 10))
    except Interrupt:
        hit += 1
    try:
        left, _ = os.waitpid(-1, os.WNOHANG)
        raise SystemExit(f"a fork is left after {hit} interrupts: {left}")
    except ChildProcessError:
        pass
assert hit == 120, hit
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks at the processes of Linux")
def test_an_interrupt_leaves_no_fork_behind_at_whatever_moment() -> None:
    """A fork that nobody knows holds the lock of its knowledge base, and the next build would wait for it forever."""
    done = subprocess.run([sys.executable, "-c", INTERRUPTED], capture_output=True, text=True, timeout=300, check=False)
    assert (done.returncode, done.stderr) == (0, "")
