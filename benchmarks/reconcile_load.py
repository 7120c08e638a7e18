"""How long the reconciliation service takes for one query: names of concepts, misspelt names, other labels, unknown names.

    python benchmarks/reconcile_load.py BASE [NUMBER]

serves a built knowledge base, sends NUMBER queries (10,000) one after the other over one connection, and prints percentiles of
the time from request to answer, and how often the concept that a name was made from is the first candidate.
"""

from __future__ import annotations

import http.client
import json
import random
import statistics
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlencode

from kg.base.settings import load_settings
from kg.graph.built import open_build
from kg.graph.concepts import concepts_of, vocabulary_of


def misspell(name: str, draw: random.Random) -> str:
    """A name with two neighbouring characters swapped, one left out or one doubled."""
    at = draw.randrange(max(len(name) - 1, 1))
    swapped = name[:at] + name[at + 1 : at + 2] + name[at : at + 1] + name[at + 2 :]
    return draw.choice((swapped, name[:at] + name[at + 1 :], name[: at + 1] + name[at:]))


def main(folder: Path, number: int) -> None:
    """Print the percentiles by kind of query."""
    settings = load_settings(folder)
    graph, _ = open_build(settings.out)
    concepts = list(concepts_of(graph, vocabulary_of(graph)).values())
    draw = random.Random(20260601)
    asked: list[tuple[str, str, str]] = []
    for _ in range(number):
        concept = draw.choice(concepts)
        label = draw.choice(list(concept.labels.values()))
        kind = draw.choice(("label", "misspelt", "other", "unknown"))
        if kind == "other" and not concept.alt_labels:
            kind = "label"
        unknown = "".join(draw.sample("abcdefghijklmnop", 9))
        text = {"label": label, "misspelt": misspell(label, draw), "unknown": unknown}.get(kind, "")
        asked.append((kind, text or draw.choice(concept.alt_labels)[0], concept.id))
    command = [sys.executable, "-m", "kg", "serve", "-C", str(folder), "--port", "0", "--log-format", "json"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, encoding="utf-8")
    try:
        assert process.stderr is not None
        while '"serving"' not in (line := process.stderr.readline()):
            if not line:
                raise SystemExit("kg serve did not start")
        port = int(json.loads(line)["url"].rstrip("/").rpartition(":")[2])
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
        started = time.perf_counter()
        connection.request("GET", "/reconcile")
        connection.getresponse().read()
        print(f"{len(concepts):,} concepts; names read in {time.perf_counter() - started:.2f} s")
        times: dict[str, list[float]] = {}
        first: dict[str, list[bool]] = {}
        for kind, text, concept_id in asked:
            body = urlencode({"queries": json.dumps({"q0": {"query": text}})})
            started = time.perf_counter()
            connection.request("POST", "/reconcile", body, {"Content-Type": "application/x-www-form-urlencoded"})
            answer = json.loads(connection.getresponse().read())["q0"]["result"]
            times.setdefault(kind, []).append(time.perf_counter() - started)
            first.setdefault(kind, []).append(bool(answer) and answer[0]["id"] == concept_id)
        times["all"] = [t for kind in list(times) for t in times[kind]]
        print(f"{'queries':10} {'number':>7} {'median ms':>10} {'p95 ms':>8} {'p99 ms':>8} {'first':>7}")
        for kind, seconds in times.items():
            cuts = statistics.quantiles(seconds, n=100)
            hits = first.get(kind)
            share = f"{sum(hits) / len(hits):.1%}" if hits and kind != "unknown" else ""
            print(
                f"{kind:10} {len(seconds):7,} {cuts[49] * 1000:10.1f} {cuts[94] * 1000:8.1f} {cuts[98] * 1000:8.1f} {share:>7}"
            )
    finally:
        process.terminate()
        process.wait(30)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 10_000)
