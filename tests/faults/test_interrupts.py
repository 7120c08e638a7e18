"""An interrupt that arrives while a library calls a function of kg ends the program all the same."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

_PROGRAM = """
import os, signal, sys, time
import nh3
if len(sys.argv) > 1:
    from kg.base.interrupts import keep_interrupts
    keep_interrupts()

def attribute(tag, name, value):
    os.kill(os.getpid(), signal.SIGINT)
    for _ in range(1000):
        pass
    return value

nh3.Cleaner(tags={"a"}, attributes={"a": {"id"}}, attribute_filter=attribute).clean('<a id="x">y</a>')
time.sleep(20)
"""


@pytest.mark.parametrize("kept", [True, False])
def test_an_interrupt_within_a_callback_is_not_lost(kept: bool) -> None:
    done = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, *(["kept"] if kept else [])],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    try:
        _, err = done.communicate(timeout=15 if kept else 3)
    except subprocess.TimeoutExpired:
        done.kill()
        _, err = done.communicate(timeout=15)
    if kept:
        assert done.returncode == -signal.SIGINT
        assert "Exception ignored" not in err
    else:  # as Python does by itself
        assert done.returncode == -signal.SIGKILL
        assert "Exception ignored" in err
