"""The one place that runs other programs, always with a time limit."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from typing import NamedTuple


class Outcome(NamedTuple):
    """What a program gave; `status` is None where it was ended on time-out or could not be started."""

    status: int | None
    stdout: str
    stderr: str


def find(*names: str) -> str | None:
    """Path of the first of some programs that is installed."""
    return next((path for name in names if (path := shutil.which(name))), None)


def run(command: Sequence[str], *, timeout: float) -> Outcome:
    """Run a program to its end, without input; it is killed after `timeout` seconds.

    >>> run(["true"], timeout=5).status
    0
    """
    try:
        done = subprocess.run(  # noqa: S603  # the command is kg's own, never text from notes
            list(command),
            capture_output=True,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
            timeout=timeout,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return Outcome(None, "", str(error))
    return Outcome(done.returncode, done.stdout, done.stderr)
