"""A worker process of the service: opens a store read-only, or another server, and answers queries from stdin."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec

from kg.base.errors import KgError
from kg.base.process import bounds, receive_message, send_message
from kg.graph.dataset import Graph
from kg.serve.answer import answer
from kg.serve.messages import Job, Ready, Reply, Setup

# Seconds after the server's time limit at which the system ends a query; takes effect only if the server is gone.
_GRACE = 2.0


def _answering(setup: Setup) -> Callable[[Job], Reply]:
    """Return a function that answers queries: from a store, without network access, or by another server."""
    if setup.endpoint:
        # start time: only a service that forwards queries imports an HTTP client
        from kg.serve.relay import Relay

        return Relay(setup).answer
    bounds.no_network()
    graph = Graph.open(Path(setup.store), setup.base)
    return lambda job: answer(graph, job)


def main() -> None:
    """Answer queries until the input ends, which happens also when the server is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is handled by the server
    encode = msgspec.msgpack.Encoder().encode
    first = receive_message(sys.stdin.buffer)
    if first is None:
        return
    setup = msgspec.msgpack.decode(first, type=Setup)
    try:
        reply_to = _answering(setup)
    except (KgError, RuntimeError) as error:  # Oxigraph raises RuntimeError for a damaged store
        send_message(sys.stdout.buffer, encode(Ready(str(error))))
        return
    bounds.bound_memory(setup.memory)
    bounds.silence()
    send_message(sys.stdout.buffer, encode(Ready()))
    jobs = msgspec.msgpack.Decoder(Job)
    while (data := receive_message(sys.stdin.buffer)) is not None:
        job = jobs.decode(data)
        bounds.end_after(job.seconds + _GRACE if job.seconds else 0.0)
        send_message(sys.stdout.buffer, encode(reply_to(job)))
        bounds.end_after(0.0)


if __name__ == "__main__":
    main()
