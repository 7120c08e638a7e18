"""A SPARQL server of the standard library and pyoxigraph that fails as it is told to."""

from __future__ import annotations

import base64
import contextlib
import io
import re
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pyoxigraph as ox

Fault = Callable[[int, str, str], str]
"""Number of the request from 1, its path and its body → what goes wrong: see `Faulty.handle`; empty for nothing."""


class Faulty:
    """/update, /query and /store of one store."""

    def __init__(self) -> None:
        self.store = ox.Store()
        self.fault: Fault = lambda _n, _path, _body: ""
        self.requests: list[tuple[str, str]] = []
        self.headers: list[dict[str, str]] = []
        self.received = 0
        """Statements in the updates that were carried out."""
        self.most_rows = 0
        self.most_statements = 0
        self.alone = False
        """Whether there is no endpoint for queries."""
        self.login = ""
        self.url = ""
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def serving(self) -> Iterator[Faulty]:
        faulty = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                with faulty._lock:
                    faulty.handle(self, body)

            do_GET = do_POST = do_PUT = do_DELETE = handle_any  # noqa: N815  # names of the library

            def log_message(self, *_args: object) -> None:
                pass

        class Quiet(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_args: object) -> None:
                pass  # connections that break are what this is for

        with Quiet(("127.0.0.1", 0), Handler) as server:
            thread = threading.Thread(target=server.serve_forever, daemon=True)
            thread.start()
            self.url = f"http://127.0.0.1:{server.server_port}"
            yield self
            server.shutdown()
            thread.join()

    def handle(self, handler: BaseHTTPRequestHandler, body: str) -> None:
        path = urlsplit(handler.path)
        self.requests.append((f"{handler.command} {path.path}", body))
        self.headers.append({k.lower(): v for k, v in handler.headers.items()})
        fault = self.fault(len(self.requests), path.path, body)
        if self.login and handler.headers.get("Authorization") != f"Basic {base64.b64encode(self.login.encode()).decode()}":
            self.answer(handler, 401, b"who are you?", {"WWW-Authenticate": 'Basic realm="x"'})
            return
        if fault == "drop before":
            handler.close_connection = True
            handler.connection.close()
            return
        if fault.isdigit():
            self.answer(handler, int(fault), b"not now\nsecond line", {"Retry-After": "0"})
            return
        if fault == "moved":
            self.answer(handler, 307, b"", {"Location": "http://127.0.0.1:9/elsewhere?key=hidden"})
            return
        if fault == "html":
            page = b"<html><head><title>t</title></head><body>Welcome!</body></html>"
            self.answer(handler, 200, page, {"Content-Type": "text/html"})
            return
        if fault == "drip":
            handler.send_response(200)
            handler.send_header("Content-Type", "application/sparql-results+json")
            handler.end_headers()
            with contextlib.suppress(OSError):
                for _ in range(300):
                    handler.wfile.write(b" ")
                    handler.wfile.flush()
                    time.sleep(0.1)
            handler.close_connection = True
            return
        status, data, media = self.carry_out(handler, path.path, parse_qs(path.query), body, lossy=fault == "lose")
        if fault == "drop after":
            handler.close_connection = True
            handler.connection.close()
            return
        self.answer(handler, status, data, {"Content-Type": media})

    def carry_out(
        self, handler: BaseHTTPRequestHandler, path: str, query: dict[str, list[str]], body: str, *, lossy: bool
    ) -> tuple[int, bytes, str]:
        try:
            if path == "/update":
                statements = len(re.findall(r" \.(?= | \}|$)", body))
                if self.most_statements and statements > self.most_statements:
                    return 413, b"too much", "text/plain"
                if "https://refused.example/" in body:
                    return 400, b"I do not like that IRI", "text/plain"
                self.store.update(body)
                self.received += statements
                if lossy:
                    graph = ox.NamedNode("https://example.org/kb/")
                    victim = next(iter(self.store.quads_for_pattern(None, None, None, graph)))
                    self.store.remove(victim)
                return 204, b"", "text/plain"
            if path == "/query" and not self.alone:
                text = parse_qs(body)["query"][0] if body else query["query"][0]
                return 200, self.results(text), "application/sparql-results+json"
            if path == "/store":
                return self.graph_store(handler.command, ox.NamedNode(query["graph"][0]), body)
        except (SyntaxError, ValueError, LookupError) as error:
            return 400, str(error).encode(), "text/plain"
        return 404, b"<h1>Not &amp; found</h1>", "text/html"

    def results(self, text: str) -> bytes:
        results = self.store.query(text)
        out = io.BytesIO()
        results.serialize(out, format=ox.QueryResultsFormat.JSON)
        if self.most_rows and isinstance(results, ox.QuerySolutions):
            import json

            data = json.loads(out.getvalue())
            data["results"]["bindings"] = data["results"]["bindings"][: self.most_rows]
            return json.dumps(data).encode()
        return out.getvalue()

    def graph_store(self, method: str, graph: ox.NamedNode, body: str) -> tuple[int, bytes, str]:
        if method == "GET":
            if not self.store.contains_named_graph(graph):
                return 404, b"", "text/plain"
            return 200, self.store.dump(format=ox.RdfFormat.N_TRIPLES, from_graph=graph), "application/n-triples"
        if method in ("PUT", "DELETE"):
            self.store.remove_graph(graph)
        if method in ("PUT", "POST"):
            self.store.load(body.encode(), format=ox.RdfFormat.TURTLE, to_graph=graph)
        return 204, b"", "text/plain"

    @staticmethod
    def answer(handler: BaseHTTPRequestHandler, status: int, data: bytes, headers: dict[str, str]) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        with contextlib.suppress(OSError):
            handler.wfile.write(data)
