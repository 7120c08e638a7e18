"""A plugin of coverage.py: worker processes of kg that are no longer needed may write down what was measured in them.

``kg`` ends its workers by a signal that leaves them no moment. While coverage is measured they get another one first.
"""

from __future__ import annotations

import os
import subprocess
from typing import Any

_MOMENT = 3.0  # seconds; a worker that is in the middle of a query doesn't hear the signal


def coverage_init(_registry: Any, _options: Any) -> None:
    """Called by coverage.py in each process that it measures."""
    kill = subprocess.Popen.kill

    def gently(process: subprocess.Popen[Any]) -> None:
        command = process.args
        if isinstance(command, list) and len(command) > 2 and command[1] == "-m" and os.fspath(command[2]).startswith("kg."):
            process.terminate()
            try:
                process.wait(_MOMENT)
            except subprocess.TimeoutExpired:
                pass
            else:
                return
        kill(process)

    subprocess.Popen.kill = gently  # type: ignore[method-assign]  # for the time of a measurement
