"""Six typical queries on a million triples: kg's Python API, pyoxigraph on the same store, and rdflib's own store.

    python benchmarks/sparql.py [--triples 1000000] [--runs 7] [--limit 300] [--keep DIR]

The graph is generated with a seed. kg and pyoxigraph take turns on one store on disk, with `--runs` runs of each query; the
fastest one counts, in CPU seconds of the process, since other load can only slow a run down. rdflib runs each query once, in
a separate process with the graph in memory; `--limit` is the time limit of a query in seconds.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

BASE = "https://example.org/bench/"
KG = "https://w3id.org/kg-notes/ns#"
SKOS = "http://www.w3.org/2004/02/skos/core#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
DCTERMS = "http://purl.org/dc/terms/"
EN = "concept graph relation model theory system agent memory process signal network order value norm practice".split()
ZH = "概念 图谱 关系 模型 理论 系统 容器 服务 进程 信号 网络 一致 共识 副本".split()
PREFIXES = {"skos": SKOS, "kg": KG, "c": f"{BASE}concept/"}

QUERIES = {
    "label lookup": 'SELECT ?c WHERE { ?c skos:prefLabel "Graph Practice 4711"@en }',
    "two-hop join": """SELECT ?a ?label WHERE {
        <https://example.org/bench/area/7> skos:member ?a . ?a kg:dependsOn ?b . ?b kg:uses ?c . ?c skos:prefLabel ?label
        FILTER (lang(?label) = "zh") }""",
    "property path": "SELECT ?x WHERE { ?x skos:broader+ c:c0000005 }",
    "top 20 by group": """SELECT ?b (COUNT(?a) AS ?n) WHERE { ?a kg:dependsOn ?b }
        GROUP BY ?b ORDER BY DESC(?n) ?b LIMIT 20""",
    "NOT EXISTS": """SELECT ?c WHERE { ?c a skos:Concept FILTER NOT EXISTS { ?c skos:definition ?d } }""",
    "regex": 'SELECT ?c ?l WHERE { ?c skos:prefLabel ?l FILTER regex(?l, "^model .* 1.*8$", "i") }',
}


def triples(count: int, seed: int = 7) -> Iterator[str]:
    """Yield `count` lines of N-Triples: concepts with labels, definitions, areas, a hierarchy, and relations by a power law."""
    draw = random.Random(seed)
    made = i = 0
    concepts = count // 14
    while made < count:
        for line in _concept(i, concepts, draw):
            if made == count:
                return
            made += 1
            yield line
        i += 1


def _concept(i: int, concepts: int, draw: random.Random) -> Iterator[str]:
    s = f"<{BASE}concept/c{i:07d}>"
    yield f"{s} <{RDF}type> <{SKOS}Concept> ."
    yield f'{s} <{DCTERMS}identifier> "c{i:07d}" .'
    yield f"{s} <{SKOS}inScheme> <{BASE}scheme> ."
    yield f'{s} <{SKOS}prefLabel> "{EN[i % 15].title()} {EN[i // 15 % 15].title()} {i}"@en .'
    yield f'{s} <{SKOS}prefLabel> "{ZH[i % 14]}{ZH[i // 14 % 14]} {i}"@zh .'
    yield f'{s} <{SKOS}altLabel> "alias {i}"@en .'
    if i % 7:
        yield f'{s} <{SKOS}definition> "{" ".join(draw.choices(EN, k=12))}"@en .'
    yield f"<{BASE}area/{i % 500}> <{SKOS}member> {s} ."
    if i > 9:
        yield f"{s} <{SKOS}broader> <{BASE}concept/c{draw.randrange(max(1, i // 8), i // 2 + 5):07d}> ."
    for predicate in ("dependsOn", "dependsOn", "uses", "uses", "contrastsWith"):
        target = min(int(concepts * draw.random() ** 3), concepts - 1)
        yield f"{s} <{KG}{predicate}> <{BASE}concept/c{target:07d}> ."


def prepare(folder: Path, count: int) -> None:
    """Write the graph as the output of a build, and as N-Triples for rdflib."""
    import pyoxigraph as ox

    from kg.graph import Graph

    file = folder / "graph.nt"
    with file.open("w", encoding="utf-8") as out:
        out.writelines(line + "\n" for line in dict.fromkeys(triples(count)))
    store = ox.Store()
    store.bulk_load(path=str(file), format=ox.RdfFormat.N_TRIPLES)
    # Equal relations count as one triple, so add more until the number is reached.
    missing = count - len(store)
    with file.open("a", encoding="utf-8") as out:
        more = [f'<{BASE}concept/c{i:07d}> <{SKOS}notation> "{i}" .\n' for i in range(missing)]
        out.writelines(more)
    store.bulk_load("".join(more).encode(), format=ox.RdfFormat.N_TRIPLES)
    Graph(store, BASE).save(folder / "out/graph/store")
    (folder / "out/build.json").write_text(json.dumps({"base": BASE, "summary": {"languages": ["en"]}}))
    print(f"{len(store):,} triples", file=sys.stderr)


def measure(runs: int, ways: dict[str, Callable[[str], int]]) -> dict[str, dict[str, tuple[float, int]]]:
    """Query → way → fastest CPU seconds and number of rows. The ways take turns; short queries are repeated."""
    found: dict[str, dict[str, tuple[float, int]]] = {}
    for name, text in QUERIES.items():
        best: dict[str, tuple[float, int]] = {}
        repeat = 1
        for turn in range(runs + 1):
            for way, ask in ways.items():
                gc.collect()
                start = time.process_time()
                for _ in range(repeat):
                    rows = ask(text)
                seconds = (time.process_time() - start) / repeat
                if turn:  # the first round warms the caches
                    best[way] = min(best.get(way, (1e9, 0)), (seconds, rows))
                else:
                    repeat = max(repeat, min(5000, int(0.2 / max(seconds, 1e-5))))
        found[name] = best
    return found


def ours(folder: Path, runs: int) -> dict[str, dict[str, tuple[float, int]]]:
    """Measure kg's API and pyoxigraph on the same store: rows as terms, and rows as strings."""
    import pyoxigraph as ox

    import kg
    from kg.graph.query import run_query

    base = kg.load(folder / "out")
    store = ox.Store.read_only(str(folder / "out/graph/store"))
    whole = {text: _whole(text) for text in QUERIES.values()}

    def rows_of(results: Any) -> Any:
        return results

    ways: dict[str, Callable[[str], int]] = {
        "pyoxigraph, terms": lambda text: sum(1 for _ in store.query(whole[text])),
        "kg.graph.query.run_query": lambda text: sum(1 for _ in rows_of(run_query(base.graph, text, None))),
        "pyoxigraph, texts": lambda text: sum(
            1 for _ in [tuple("" if v is None else v.value for v in row) for row in store.query(whole[text])]
        ),
        "kg.load(…).query": lambda text: len(list(base.query(text, timeout=0))),
    }
    return measure(runs, ways)


def _whole(text: str) -> str:
    """A query with the PREFIX lines that it needs, for other stores."""
    return "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items() if f"{name}:" in text) + text


def theirs(file: Path, limit: int) -> None:
    """Measure rdflib's store; print one JSON object a line, loading first."""
    import rdflib

    start = time.process_time()
    graph = rdflib.Graph().parse(file, format="nt")
    print(json.dumps({"name": "load", "seconds": time.process_time() - start, "rows": len(graph)}), flush=True)

    def stop(_signal: int, _frame: object) -> None:
        raise TimeoutError

    signal.signal(signal.SIGALRM, stop)
    for name, text in QUERIES.items():
        start = time.process_time()
        signal.alarm(limit)
        try:
            rows = len(list(graph.query(_whole(text))))
        except TimeoutError:
            rows = -1
        finally:
            signal.alarm(0)
        print(json.dumps({"name": name, "seconds": time.process_time() - start, "rows": rows}), flush=True)


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:,.2f}" if seconds < 0.1 else f"{seconds * 1000:,.0f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--triples", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--limit", type=int, default=300, help="seconds for one query of rdflib; 0: leave rdflib out")
    parser.add_argument("--keep", type=Path, help="keep the graph in this folder, or take it from there")
    parser.add_argument("--theirs", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.theirs:
        theirs(given.theirs, given.limit)
        return
    folder = given.keep or Path(tempfile.mkdtemp(prefix="kg-bench-"))
    try:
        if not (folder / "out/build.json").is_file():
            folder.mkdir(parents=True, exist_ok=True)
            prepare(folder, given.triples)
        found = ours(folder, given.runs)
        other: dict[str, dict[str, Any]] = {}
        if given.limit:
            command = [sys.executable, __file__, "--theirs", str(folder / "graph.nt"), "--limit", str(given.limit)]
            done = subprocess.run(command, stdout=subprocess.PIPE, encoding="utf-8", check=True)
            other = {row["name"]: row for row in map(json.loads, done.stdout.splitlines())}
    finally:
        if not given.keep:
            shutil.rmtree(folder, ignore_errors=True)
    cores = len(os.sched_getaffinity(0))
    print(f"{given.triples:,} triples, Python {platform.python_version()}, {cores} cores, {platform.machine()}; CPU ms\n")
    print("| query | rows | pyoxigraph, terms | `run` | ratio | pyoxigraph, texts | `Base.query` | ratio | rdflib |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|---:|")
    for name, best in found.items():
        (a, rows), (b, _), (c, _), (d, other_rows) = best.values()
        assert rows == other_rows, name
        row = other.get(name)
        rdflib = "" if row is None else f"over {given.limit * 1000:,}" if row["rows"] < 0 else _ms(row["seconds"])
        assert row is None or row["rows"] in (-1, rows), (name, row, rows)
        cells = (name, f"{rows:,}", _ms(a), _ms(b), f"{b / a:.2f}", _ms(c), _ms(d), f"{d / c:.2f}", rdflib)
        print(f"| {' | '.join(cells)} |")
    if "load" in other:
        print(f"\nrdflib takes {other['load']['seconds']:.0f} s to load the graph.")


if __name__ == "__main__":
    main()
