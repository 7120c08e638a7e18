"""A worker process: takes the base of a graph and its N-Quads from standard input, answers with Turtle and the rest of TriG."""

from __future__ import annotations

import gc
import signal
import sys

from kg.process import receive, send
from kg.rdf.documents import documents


def main() -> None:
    """Answer until the input ends: also when the process that asks is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that asks
    gc.disable()
    take = sys.stdin.buffer
    while (base := receive(take)) is not None and (nquads := receive(take)) is not None:
        turtle, trig = documents(nquads, base.decode())
        send(sys.stdout.buffer, turtle)
        send(sys.stdout.buffer, trig[len(turtle) :])


if __name__ == "__main__":
    main()
