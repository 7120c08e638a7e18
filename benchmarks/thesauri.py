"""`kg check` and builds of generated thesauri, beside the time that rdflib takes to parse the same file.

    python benchmarks/thesauri.py [--sizes 5000 50000] [--shapes tree hub] [--stages graph metrics]

CPU seconds of the command and its children, and the memory of the largest process: compare ratios within one run.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

HEAD = """@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix : <https://voc.example/c/> .
<https://voc.example/s> a skos:ConceptScheme ; dct:title "Thesaurus"@en ; skos:hasTopConcept :c0 .
"""
PARSE = "import rdflib, sys; print(len(rdflib.Graph().parse(sys.argv[1])))"


def concepts(number: int, shape: str) -> Iterator[str]:
    """Yield concepts with labels in two languages, notation, definition, broader, related and mappings.

    `shape`: ``tree``, six narrower concepts each; ``hub``, one concept with all others below it.
    """
    draw = random.Random(1)
    for n in range(number):
        broader = 0 if shape == "hub" else (n - 1) // 6
        related = draw.randrange(number)
        parts = [
            f':c{n} a skos:Concept ;\n  skos:prefLabel "concept number {n}"@en , "概念第{n}号"@zh',
            f'skos:altLabel "item {n}"@en ;\n  skos:notation "{n}"',
            f'skos:definition "The thing that bears number {n} among {draw.randrange(10**6)} things."@en',
            "skos:inScheme <https://voc.example/s>",
            f"skos:broader :c{broader}" if n else "skos:topConceptOf <https://voc.example/s>",
        ]
        if related not in (n, broader) and related > 6:
            parts.append(f"skos:related :c{related}")
        if n % 2 == 0:
            parts.append(f"skos:exactMatch <https://other.example/x{n}>")
        if n % 5 == 0:
            parts.append(f"skos:closeMatch <https://other.example/y{n}>")
        yield " ;\n  ".join(parts) + " .\n"


def measure(command: Sequence[str], folder: Path) -> tuple[float, float]:
    """Return CPU seconds and the largest memory in MB of a command."""
    environment = {**os.environ, "XDG_CACHE_HOME": str(folder / "cache")}
    process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) not in ((0, 1) if "check" in command else (0,)):  # 1: findings
        raise SystemExit(f"{' '.join(command)} failed")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1000


def main() -> None:
    """Print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[5_000])
    parser.add_argument("--shapes", nargs="+", default=["tree", "hub"])
    parser.add_argument("--stages", nargs="*", default=["graph"])
    asked = parser.parse_args()
    print("| concepts | shape | command | CPU seconds | / rdflib | MB |\n|---:|---|---|---:|---:|---:|")
    for size in asked.sizes:
        for shape in asked.shapes:
            with tempfile.TemporaryDirectory() as name:
                folder = Path(name)
                (folder / "t.ttl").write_text(HEAD + "".join(concepts(size, shape)), encoding="utf-8")
                kg = [sys.executable, "-m", "kg"]
                stages = (("build", "--notes", "t.ttl", "--stage", stage, "--out", f"out-{stage}") for stage in asked.stages)
                parsed, memory = measure([sys.executable, "-c", PARSE, "t.ttl"], folder)
                print(f"| {size:,} | {shape} | rdflib, parsing | {parsed:.2f} | 1 | {memory:.0f} |", flush=True)
                for arguments in (("check", "t.ttl"), ("check", "--notes", "t.ttl"), *stages):
                    seconds, memory = measure([*kg, *arguments], folder)
                    what = " ".join(arguments).partition(" --out")[0]
                    print(
                        f"| {size:,} | {shape} | kg {what} | {seconds:.2f} | {seconds / parsed:.1f} | {memory:.0f} |",
                        flush=True,
                    )


if __name__ == "__main__":
    main()
