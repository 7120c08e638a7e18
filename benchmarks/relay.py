"""Compares `kg serve` answering from its own store and forwarding to other SPARQL servers with the same build.

    python benchmarks/relay.py KNOWLEDGE_BASE NAME=QUERY_URL [NAME=QUERY_URL …] [--rounds 15]

The knowledge base must be built and sent to each server with `kg publish`. Each round sends each query to each server in turn,
so that other load affects all equally. Prints medians and their ratio to the store's.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import Request, urlopen

sys.path.insert(0, str(Path(__file__).parent))
from serve_load import start

PROBES = {
    "label lookup": "SELECT ?l WHERE {{ <{concept}> skos:prefLabel ?l }}",
    "neighbours": "SELECT DISTINCT ?n WHERE {{ <{concept}> ?p ?n . ?n a skos:Concept }}",
    "two-hop join": "SELECT DISTINCT ?c WHERE {{ <{concept}> ?p ?b . ?b ?q ?c . ?b a skos:Concept . ?c a skos:Concept }}",
    "property path": "SELECT DISTINCT ?x WHERE {{ <{concept}> skos:broader+ ?x }}",
    "who asserts it": "SELECT ?g ?o WHERE {{ GRAPH ?g {{ <{concept}> kg:linksTo ?o }} }} ORDER BY ?g ?o LIMIT 20",
    "top 10 by group": (
        "SELECT ?c (COUNT(DISTINCT ?n) AS ?k) WHERE {{ ?c kg:linksTo ?n }} GROUP BY ?c ORDER BY DESC(?k) ?c LIMIT 10"
    ),
    "regex": 'SELECT ?c WHERE {{ ?c skos:prefLabel ?l FILTER(REGEX(?l, "^[A-C].*e", "i")) }} ORDER BY ?c LIMIT 50',
}


def ask(address: str, query: str) -> tuple[float, bytes]:
    """Seconds until the answer, and its rows as CSV."""
    request = Request(address + "sparql", urlencode({"query": query}).encode(), {"Accept": "text/csv"})  # noqa: S310
    begun = time.perf_counter()
    with urlopen(request, timeout=120) as response:  # noqa: S310  # on loopback
        body = response.read()
    return time.perf_counter() - begun, body


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("servers", nargs="+", metavar="NAME=URL")
    parser.add_argument("--rounds", type=int, default=15)
    given = parser.parse_args()
    urls = dict(server.split("=", 1) for server in given.servers)
    with ExitStack() as stack:
        served = {}
        for name, options in {"store": [], **{n: ["--endpoint", u] for n, u in urls.items()}}.items():
            process, address = start(given.folder, ["--timeout", "60", *options])
            stack.callback(process.terminate)
            served[name] = address
        _, rows = ask(served["store"], "SELECT ?c WHERE { ?c kg:linksTo ?x . ?c skos:broader ?y } ORDER BY ?c LIMIT 1")
        concept = rows.decode().splitlines()[1]
        print(f"{'query':16} " + " ".join(f"{name:>22}" for name in served))
        for what, pattern in PROBES.items():
            query = pattern.format(concept=concept)
            seconds: dict[str, list[float]] = {name: [] for name in served}
            answers = set()
            for _ in range(given.rounds):
                for name, address in served.items():
                    took, body = ask(address, query)
                    seconds[name].append(took)
                    answers.add(tuple(sorted(body.decode().splitlines())))
            medians = {name: statistics.median(found) for name, found in seconds.items()}
            same = "" if len(answers) == 1 else "  answers differ"
            shown = (f"{m * 1000:9.1f} ms ({m / medians['store']:5.1f}×)" for m in medians.values())
            print(f"{what:16} " + " ".join(f"{text:>22}" for text in shown) + same)


if __name__ == "__main__":
    main()
