"""The line on a terminal that tells what a command is doing."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Final

from kg.app.cli.options import flag, translate_sentence
from kg.app.cli.terminal import console, escape

if TYPE_CHECKING:
    from rich.live import Live

_SLOW: Final = 2.0
"""Seconds after which a step says how long it takes."""


class ProgressLine:
    """Follows the steps of a run on stderr: the innermost one, how much of it is done, and how long it takes already.

    The line is there while a step is open, so that what a command prints afterwards doesn't meet it. Nothing is shown unless
    stderr is a terminal.
    """

    def __init__(self) -> None:
        self._step, self._done, self._total = "", 0, 0
        self._begun: dict[str, float] = {}
        """When the steps that are or were shown began, while any step is open."""
        self._live: Live | None = None

    def __call__(self, step: str, done: int, total: int) -> None:
        """Take the progress of a step; without a name, none is open."""
        if not step:
            self.close()
            return
        self._begun.setdefault(step, time.monotonic())
        self._step, self._done, self._total = step, done, total
        if self._live is None and sys.stderr.isatty() and not flag("quiet"):
            # start time: a quick command needs no line
            from rich.live import Live
            from rich.spinner import Spinner

            # What is printed on stdout is a result, which isn't for this terminal's line, and may be piped.
            self._live = Live(
                Spinner("dots", self),
                console=console(stderr=True),
                transient=True,
                redirect_stdout=False,
            )
            self._live.start()

    def close(self) -> None:
        """Take the line away."""
        self._begun.clear()
        if self._live is not None:
            self._live.stop()
            self._live = None

    def __rich__(self) -> str:
        """Return the text of this moment."""
        text = translate_sentence("progress", self._step)
        if self._total:
            text += f" {self._done:,}/{self._total:,}"
        elif self._done:
            text += f" {self._done:,}"
        seconds = time.monotonic() - self._begun.get(self._step, time.monotonic())
        return escape(f"{text} {seconds:.0f} s" if seconds >= _SLOW else text)
