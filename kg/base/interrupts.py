"""Interrupts that a library swallows are sent again."""

from __future__ import annotations

import os
import signal
import sys
import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

_SOON: Final = 0.02  # seconds until the interrupt is sent again, when the callback has ended


def keep_interrupts() -> None:
    """Send an interrupt of this process again if it was raised where it can't be passed on.

    A signal can arrive while a library in C or Rust calls a function of kg (nh3 does, for each attribute). Such a library can't
    pass the exception on: Python prints it and continues, as if nobody had pressed Ctrl-C.
    """
    report = sys.unraisablehook

    def send_again(lost: UnraisableHookArgs) -> None:
        if not isinstance(lost.exc_value, KeyboardInterrupt):
            report(lost)
            return
        timer = threading.Timer(_SOON, os.kill, (os.getpid(), signal.SIGINT))
        timer.daemon = True
        timer.start()

    sys.unraisablehook = send_again
