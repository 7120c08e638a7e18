"""Asks a `kg serve` that runs in a hostile base for some dozens of paths, as a client that means harm would."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import random
import re
import socket
import struct
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

SECONDS = 30
"""What starting and all asking may take."""
_ADDRESS = re.compile(rb" at http://127\.0\.0\.1:(\d+)/;")
_MOST = 4 << 20
"""Bytes of an answer that are read."""
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 1

PATHS = (
    "/", "/index.html", "/metrics", "/healthz", "/-/concept?iri=x", "/-/concept?iri=https://example.org/kb/concept/a", "/-/nothing",
    "/concept/a", "/concept/a.ttl", "/concept/a.jsonld", "/concept/", "/concept/%3E%20%7D%20%3B%20DROP", "/concept/%00", "/concept/%ff.nt",
    "/concept/../../../outside/secret.txt", "/concept/..%2f..%2foutside%2fsecret.txt.ttl", "/concept/" + "%22" * 900, "/layer/x", "/area/x.rdf",
    "/scheme", "/scheme.ttl", "/kb/concept/a.ttl", "/-/concept?id=%3E", "/-/concept?iri=urn:x%3E", "/-/concept?iri=file:///etc/passwd",
    "/void.ttl", "/feed.xml", "/sitemap.xml", "/context.jsonld", "/schema/note.schema.json", "/.well-known/void",
    "/reconcile", "/reconcile?queries=%7B", "/reconcile?queries=%7B%22a%22%3A%7B%22query%22%3A%22a%22%7D%7D", "/reconcile?extend=%00",
    "/reconcile?queries=%7B%22a%22%3A%7B%22properties%22%3A%5B%7B%22pid%22%3A%22label%22%2C%22v%22%3A%22%5C%22%29%20%7D%22%7D%5D%7D%7D",
    "/reconcile/suggest/entity?prefix=a", "/reconcile/suggest/type?prefix=%00&cursor=99999999999", "/reconcile/suggest/x",
    "/reconcile/properties?limit=-1", "/reconcile/preview?id=a", "/reconcile/preview?id=%3Cscript%3E",
    "/-/search?q=x", "/-/search?q=%00%22%23",
    "/-/..%2f..%2fapp.py", "/build.json", "/files.txt", "/metrics.json", "/findings.json", "/suggestions.jsonl", "/graph/kg.ttl",
    "/graph/kg.trig", "/graph/store/CURRENT", "/graph/store/", "/graph", "/../kg.toml", "/../../outside/secret.txt",
    "/..%2f..%2foutside%2fsecret.txt", "/%2e%2e/%2e%2e/outside/secret.txt", "/%252e%252e/kg.toml", "/..\\..\\outside\\secret.txt",
    "//outside/secret.txt", "/./././../kg.toml", "/x/../../../outside/secret.txt", "/%00", "/index.html%00.txt", "/%ff%fe", "/%0d%0aX:%20y",
    "/%1b%5b31mred", "/" + "a" * 3000, "/" + "a/" * 500, "/?" + "x" * 3000, "/proc/self/environ", "/concepts/a.html", "/.git/config",
    "/.kg-staging", "/sparql", "/sparql?query=", "/sparql?default-graph-uri=file:///etc/passwd&query=ASK%7B%7D",
)  # fmt: skip
QUERIES = (
    "SELECT * { ?s ?p ?o } LIMIT 5", "SELECT * { GRAPH ?g { ?s ?p ?o } } LIMIT 5", "ASK {}", "SELECT", "\x1b[2J", "DESCRIBE ?x { ?x ?y ?z }",
    "SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", "SELECT * FROM <file://@secret@> { ?s ?p ?o }", "LOAD <file://@secret@>",
    "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }",
)  # fmt: skip


@contextlib.contextmanager
def loopback() -> Iterator[None]:
    """Have this namespace's own loopback interface up for a while."""
    _switch(up=True)
    try:
        yield
    finally:
        _switch(up=False)


def _switch(*, up: bool) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack("16sh14x", fcntl.ioctl(control, _SIOCGIFFLAGS, request))[1]
        flags = flags | _IFF_UP if up else flags & ~_IFF_UP
        fcntl.ioctl(control, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags))


def own_namespace() -> bool:
    """Put this process into a network namespace without any interface that is up; False where the system can't."""
    new_net, new_user = 0x40000000, 0x10000000
    libc = ctypes.CDLL(None, use_errno=True)
    return libc.unshare(new_net) == 0 or libc.unshare(new_user | new_net) == 0


def ask_all(said: Callable[[], bytes], running: Callable[[], bool], out: Path, secret: str, draw: random.Random) -> list[str]:
    """What is wrong in the answers of a server that says on standard error (`said`) where it listens; nothing where it doesn't start.

    `secret` is not part of any answer; `out` is the output folder that is served, names in which are asked for.
    """
    end = time.monotonic() + SECONDS
    while not (found := _ADDRESS.search(said())):
        if not running() or time.monotonic() > end:
            return []
        time.sleep(0.01)
    port = int(found[1])
    wrong: list[str] = []
    paths = [*PATHS, *_names(out, draw)]
    queries = [query.replace("@secret@", str(out.parent.parent / "outside" / "secret.txt")) for query in QUERIES]
    requests = [_get(path) for path in paths] + [_get(f"/sparql?query={quote(query)}") for query in queries]
    requests += [_post(query) for query in queries] + [
        b"\x00\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\nConnection: close\r\nHost: \x1b\r\n\r\n",
    ]
    for request in requests:
        shown = request[:80]
        if time.monotonic() > end:
            return [*wrong, f"answers to {len(requests)} requests take more than {SECONDS} s"]
        try:
            answer = _ask(port, request)
        except OSError as error:
            if running():
                wrong.append(f"no answer to {shown!r}: {error}")
                continue
            return [*wrong, f"it ended at {shown!r}"]
        if secret.encode() in answer.replace(request, b""):
            wrong.append(f"the secret is in the answer to {shown!r}")
        if re.match(rb"HTTP/1\.\d 500", answer):
            wrong.append(f"500 for {shown!r}: {answer[-300:]!r}")
        if b"Traceback (most recent call last)" in answer:
            wrong.append(f"traceback in the answer to {shown!r}")
    return wrong


def _names(out: Path, draw: random.Random) -> list[str]:
    """Paths of some files and links that lie in the output."""
    names: list[str] = []
    for folder, folders, files in os.walk(out):
        names += [os.path.relpath(Path(folder) / name, out) for name in (*files, *folders)]
        if len(names) > 2000:
            break
    chosen = draw.sample(sorted(names), min(len(names), 20))
    return ["/" + quote(name.encode("utf-8", "surrogateescape")) for name in chosen]


def _get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()


def _post(query: str) -> bytes:
    data = query.encode()
    head = f"Content-Type: application/sparql-query\r\nContent-Length: {len(data)}"
    return f"POST /sparql HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{head}\r\n\r\n".encode() + data


def _ask(port: int, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(request)
        answer, end = b"", time.monotonic() + 10
        while len(answer) < _MOST and time.monotonic() < end:
            try:
                data = connection.recv(1 << 16)
            except ConnectionResetError:
                break
            if not data:
                break
            answer += data
        return answer
