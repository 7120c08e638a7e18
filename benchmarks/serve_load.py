"""Requests per second and the slowest responses of `kg serve` with concurrent clients, on loopback.

    python benchmarks/serve_load.py KNOWLEDGE_BASE [--clients 50] [--queries 2000] [--workers N]

KNOWLEDGE_BASE must be built. Clients are threads, each with its own persistent connection (`http.client`). Queries are a mix
of those of the query page and of programs. Each answer is compared with the first answer to the same query; an error or a
different answer ends the run with status 1.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import json
import platform
import re
import signal
import statistics
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path
from urllib.parse import urlencode

QUERIES = {
    "label lookup": "SELECT ?c WHERE { ?c skos:prefLabel ?l . ?c a skos:Concept } LIMIT 20",
    "ask": "ASK { ?c a skos:Concept }",
    "two-hop join": "SELECT DISTINCT ?a ?c WHERE { ?a skos:related ?b . ?b skos:related ?c . FILTER(?a != ?c) } LIMIT 50",
    "property path": "SELECT ?x WHERE { ?c skos:broader+ ?x } LIMIT 100",
    "top 10 by group": (
        "SELECT ?c (COUNT(?n) AS ?k) WHERE { ?c ?p ?n . ?p kg:key ?key . ?n a skos:Concept } "
        "GROUP BY ?c ORDER BY DESC(?k) ?c LIMIT 10"
    ),
    "construct": "CONSTRUCT { ?a skos:broader ?b } WHERE { ?a skos:broader ?b } LIMIT 50",
}


def start(folder: Path, options: list[str]) -> tuple[subprocess.Popen[str], str]:
    """Start a server on a free port; return it and its address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "kg", "serve", "-C", str(folder), "--port", "0", "--log-format", "json", *options],
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    assert process.stderr is not None
    line = process.stderr.readline()
    if '"serving"' not in line:
        raise SystemExit(f"kg serve did not start: {line}{process.stderr.read()}")
    return process, json.loads(line)["url"]


class Load:
    """Clients that send the queries in turn."""

    def __init__(self, address: str, queries: int) -> None:
        self.host = re.sub(r"^http://|/$", "", address)
        self.turns = iter(list(itertools.islice(itertools.cycle(QUERIES.items()), queries)))
        self.lock = threading.Lock()
        self.seconds: dict[str, list[float]] = {name: [] for name in QUERIES}
        self.answers: dict[str, bytes] = {}
        self.errors: list[str] = []

    def client(self) -> None:
        connection = http.client.HTTPConnection(self.host, timeout=60)
        headers = {"Accept": "*/*", "Content-Type": "application/x-www-form-urlencoded"}
        while True:
            with self.lock:
                turn = next(self.turns, None)
            if turn is None:
                connection.close()
                return
            name, query = turn
            begun = time.perf_counter()
            try:
                connection.request("POST", "/sparql", urlencode({"query": query}), headers)
                response = connection.getresponse()
                body = response.read()
            except (OSError, http.client.HTTPException) as error:
                with self.lock:
                    self.errors.append(f"{name}: {error!r}")
                connection.close()
                continue
            took = time.perf_counter() - begun
            with self.lock:
                self.seconds[name].append(took)
                if response.status != 200:
                    self.errors.append(f"{name}: {response.status} {body[:200]!r}")
                elif self.answers.setdefault(name, body) != body:
                    self.errors.append(f"{name}: another answer than before")


def quantile(values: list[float], share: float) -> float:
    """The empirical quantile of some values."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--queries", type=int, default=2000)
    parser.add_argument("--workers", type=int, default=0)
    parser.add_argument("--json", action="store_true", help="figures as JSON")
    given = parser.parse_args()
    process, address = start(given.folder, ["--workers", str(given.workers)] if given.workers else [])
    try:
        warm = Load(address, len(QUERIES))
        warm.client()
        load = Load(address, given.queries)
        clients = [threading.Thread(target=load.client) for _ in range(given.clients)]
        begun = time.perf_counter()
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        took = time.perf_counter() - begun
        with urllib.request.urlopen(address + "metrics", timeout=20) as response:  # noqa: S310  # our own server
            served = response.read().decode()
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
    everything = [s for values in load.seconds.values() for s in values]
    ordered = sorted(everything)
    slowest = ordered[-max(1, len(ordered) // 100) :]
    figures = {
        "clients": given.clients,
        "queries": len(everything),
        "errors": len(load.errors),
        "per_second": len(everything) / took,
        "median_ms": statistics.median(everything) * 1000,
        "p99_ms": quantile(everything, 0.99) * 1000,
        "slowest_1_percent_ms": statistics.mean(slowest) * 1000,
        "slowest_ms": ordered[-1] * 1000,
        "seconds_in_workers": float(re.search(r"^kg_query_seconds_sum (\S+)", served, re.MULTILINE)[1]),  # type: ignore[index]
    }
    if given.json:
        print(json.dumps(figures))
    else:
        print(f"Python {platform.python_version()}, {platform.machine()}; {given.clients} clients, {len(everything):,} queries")
        print(f"errors {len(load.errors)}; {figures['per_second']:,.0f} queries a second; exit status {process.returncode}\n")
        print("| query | median ms | slowest 1% from ms | slowest ms |\n|---|---:|---:|---:|")
        for name, values in [*load.seconds.items(), ("**all**", everything)]:
            row = (statistics.median(values), quantile(values, 0.99), max(values))
            print(f"| {name} | " + " | ".join(f"{v * 1000:.1f}" for v in row) + " |")
        print(f"\nmean of the slowest 1%: {figures['slowest_1_percent_ms']:.1f} ms")
    for error in load.errors[:10]:
        print(error, file=sys.stderr)
    return 1 if load.errors or process.returncode else 0


if __name__ == "__main__":
    raise SystemExit(main())
