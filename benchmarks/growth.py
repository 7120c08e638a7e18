"""Runs every command of kg over a ladder of sizes and fails where its CPU time grows faster than the notes.

    python benchmarks/growth.py [--sizes 1000 3000 10000 30000] [--only build check …] [--scope-lists 10000]

A base has generated notes in Chinese and English (those of `kg bench`), with the scope lists, questions and shapes of this
project beside them, and a snapshot. The mapping of the lists and the questions name concepts of the generated notes, so that
they do the work that they do here. Each command runs in a process of its own; what is measured are its CPU seconds with those
of its children, which other load changes less than wall time.

The exponent k of `seconds ~ notes^k` is fitted by least squares on the logarithms: 1 is linear, 2 quadratic. The status is 1
where it is over 1.25. Times below the floor count as the floor: there the start of the interpreter and noise are most of
the time, and a command that is that fast at every size need not be judged.

`--scope-lists N` compares the build of N notes with and without the scope lists instead.
"""

from __future__ import annotations

import argparse
import math
import os
import re
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from kg.app.bench import write
from kg.base.process import measure_program

ROOT: Final = Path(__file__).parent.parent
BOUND: Final = 1.25
"""The highest exponent: n log n is 1.1 on this ladder, and what is left is for caches of the processor and noise."""
FLOOR: Final = 0.5
"""CPU seconds: twice the start of a command."""
BASE: Final = "https://example.org/container-microservices/"
SETTINGS: Final = f"""base = "{BASE}"
title = {{zh = "增长", en = "Growth"}}
languages = ["zh", "en"]
"""
SHAPES: Final = """@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
<urn:shape:concept> a sh:NodeShape ; sh:targetClass skos:Concept ;
    sh:property [ sh:path skos:prefLabel ; sh:minCount 1 ; sh:uniqueLang true ] ,
        [ sh:path skos:broader ; sh:class skos:Concept ; sh:maxCount 9 ; sh:severity sh:Warning ] .
"""


class Command(NamedTuple):
    """A command, with what is done to the base before it is measured."""

    name: str
    arguments: tuple[str, ...]
    prepare: Callable[[Path], None] = lambda _folder: None


class Growth(NamedTuple):
    """CPU seconds of a command by number of notes."""

    name: str
    seconds: Mapping[int, float]

    def exponent(self, floor: float = FLOOR) -> float:
        """Return k of `seconds ~ notes^k` by least squares.

        >>> round(Growth("", {10: 1.0, 100: 100.0}).exponent(), 2), Growth("", {10: 0.01, 100: 0.4}).exponent()
        (2.0, 0.0)
        """
        x = [math.log(n) for n in self.seconds]
        y = [math.log(max(s, floor)) for s in self.seconds.values()]
        return statistics.linear_regression(x, y).slope


def forget(folder: Path) -> None:
    """Remove output and caches."""
    for name in ("output", "cache"):
        shutil.rmtree(folder / name, ignore_errors=True)


def add_sentence(folder: Path) -> None:
    """Add a sentence to a note."""
    path = min((folder / "concepts/d01").glob("*.md"))
    path.write_text(path.read_text(encoding="utf-8") + "\nA sentence was added here.\n", encoding="utf-8")


def add_link(folder: Path) -> None:
    """Add a relation to a note."""
    path = min((folder / "concepts/d02").glob("*.md"))
    path.write_text(path.read_text(encoding="utf-8") + "\n- depends-on:: [[alias-3]]\n", encoding="utf-8")


def commit(folder: Path) -> None:
    """Commit the base to git, and add a sentence to a note since."""
    (folder / ".gitignore").write_text("output/\ncache/\n", encoding="utf-8")
    who = ("-c", "user.name=kg", "-c", "user.email=kg@example.org")
    for arguments in (("init", "-q"), ("add", "-A"), (*who, "commit", "-q", "-m", "base")):
        subprocess.run(("git", "-C", str(folder), *arguments), check=True)  # noqa: S607  # the user's own git
    add_sentence(folder)


COMMANDS: Final = (
    Command("snapshot, empty caches", ("snapshot",), forget),
    Command("build --stage graph, empty caches", ("build", "--stage", "graph"), forget),
    Command("build --stage graph, a sentence", ("build", "--stage", "graph"), add_sentence),
    Command("build, empty caches", ("build",), forget),
    Command("build, nothing changed", ("build",)),
    Command("build, a sentence", ("build",), add_sentence),
    Command("build, a relation", ("build",), add_link),
    Command("check", ("check", "--fail-on", "never")),
    Command("check --format sarif", ("check", "--fail-on", "never", "--format", "sarif")),
    Command("check --changed", ("check", "--fail-on", "never", "--changed"), commit),
    Command("ls", ("ls",)),
    Command("ls --select-concepts", ("ls", "--select-concepts", "+c0000005+2")),
    Command("config show", ("config", "show")),
    Command("clean", ("clean", "--dry-run")),
    Command("metrics", ("metrics",)),
    Command("map", ("map", "-o", "overview.html")),
    Command("map X", ("map", "c0000005", "-o", "map.html")),
    Command("suggest", ("suggest", "--format", "jsonl")),
    Command("suggest X", ("suggest", "c0000005")),
    Command("path", ("path", "c0000007", "c0000005")),
    Command("why", ("why", "c0000001", "c0000005")),
    Command("impact", ("impact", "c0000005")),
    Command("snapshot", ("snapshot",)),
    *(
        Command(f"export {form}", ("export", form, "-o", f"exported-{form}"))
        for form in ("turtle", "ntriples", "trig", "jsonld", "graphml", "gexf", "csv", "cypher", "linked")
    ),
    Command("export book", ("export", "book", "-o", "exported-book.html")),
    Command("export schema", ("export", "schema", "-o", "exported-schema")),
    Command("uses", ("uses",)),
    Command("align", ("align", "exported-csv/nodes.csv")),
    Command("export parquet", ("export", "parquet", "-o", "exported-parquet")),
    Command("export duckdb", ("export", "duckdb", "-o", "exported.duckdb")),
    Command("export nquads", ("export", "nquads", "-o", "exported-nquads", "--parts", "4")),
    Command("metrics --graph", ("metrics", "--graph", "exported-parquet")),
    Command("import", ("import", "exported-turtle", "--format", "turtle", "--to", "imported", "--force")),
    Command("diff", ("diff", "output")),
    Command("extract", ("extract", "--format", "jsonl")),
    Command("extract --candidates", ("extract", "--candidates")),
    Command("next", ("next",)),
    Command("coverage", ("coverage",)),
    Command("scope map", ("scope", "map")),
    Command("find", ("find", "c0000005")),
    Command("mv", ("mv", "c0000005", "moved/c0000005.md", "--dry-run")),
    Command("rename", ("rename", "c0000005", "Renamed", "--dry-run")),
    Command("merge", ("merge", "c0000008", "c0000003", "--dry-run")),
    Command("split", ("split", "c0000005#Related", "--dry-run")),
    Command("plan status", ("plan", "status")),
    Command("review sample", ("review", "sample")),
    Command("review status", ("review", "status")),
    Command("query", ("query", "SELECT ?x WHERE { c:c0000005 skos:broader ?x }")),
    Command("query most-connected", ("query", "most-connected")),
    Command("query asserted-where", ("query", "asserted-where", "--format", "csv")),
    Command("verify --only math", ("verify", "--only", "math")),
)


FILES: Final = ("exported", "imported", "map.", "overview.", "output")
"""Arguments that are files of the base."""


def generated(text: str, count: int) -> str:
    """Replace concepts of this project by generated ones, each always by the same."""

    def other(m: re.Match[str]) -> str:
        return f"{m[1]}c{sum(map(ord, m[2])) % count:07d}"

    return re.sub(r"(\bc:|/concept/)([a-z][a-z0-9-]*)", other, text)


def write_base(folder: Path, count: int, scope: bool = True) -> None:
    """Write a base of `count` notes, with or without scope lists."""
    write(folder / "concepts", count)
    (folder / "concepts/task.md").write_text(
        "---\nid: task\ntype: task\ntask: 1\nacceptance: ['concept:c0000001']\n---\n# Task\n", encoding="utf-8"
    )
    (folder / "kg.toml").write_text(SETTINGS, encoding="utf-8")
    ontology = folder / "ontology"
    for name in ("scope", "questions") if scope else ("questions",):
        for path in sorted((ROOT / "ontology" / name).rglob("*.*")):
            place = ontology / path.relative_to(ROOT / "ontology")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(generated(path.read_text(encoding="utf-8"), count), encoding="utf-8")
    (ontology / "shapes").mkdir()
    (ontology / "shapes/concepts.ttl").write_text(SHAPES, encoding="utf-8")


def seconds(folder: Path, program: Sequence[str]) -> float:
    """CPU seconds of a program; SystemExit if it fails."""
    os.environ["KG_CACHE"] = str(folder / "cache")
    measured = measure_program(program)
    if measured.status not in (0, 1):  # 1: there are findings, or no path between two concepts
        raise SystemExit(f"{shlex.join(program)} ended with status {measured.status}")
    return measured.cpu


def measured(folder: Path, count: int, commands: Sequence[Command]) -> Iterator[tuple[str, float]]:
    """Yield name and CPU seconds of each command on a base."""
    write_base(folder, count)
    for command in commands:
        command.prepare(folder)
        arguments = (str(folder / a) if a.startswith(FILES) else a for a in command.arguments)
        yield command.name, seconds(folder, kg_program(folder, *arguments))


def measured_program(code: str, count: int) -> Iterator[tuple[str, float]]:
    """Yield name and CPU seconds of Python code for a number."""
    with tempfile.TemporaryDirectory() as folder:
        yield "program", seconds(Path(folder), [sys.executable, "-c", code.replace("{n}", str(count))])


def kg_program(folder: Path, *arguments: str) -> list[str]:
    """The command line of a command on a base."""
    return [sys.executable, "-m", "kg", *arguments, "-q", "-C", str(folder)]


def table(growths: Sequence[Growth], floor: float) -> Iterator[str]:
    """The table of docs/performance.md."""
    sizes = list(growths[0].seconds)
    yield f"| CPU seconds | {' | '.join(f'{n:,}' for n in sizes)} | exponent |"
    yield f"|---|{'---:|' * (len(sizes) + 1)}"
    for growth in growths:
        k = growth.exponent(floor)
        cells = " | ".join(f"{s:.2f}" if s < 10 else f"{s:.0f}" for s in growth.seconds.values())
        yield f"| {growth.name} | {cells} | {f'**{k:.2f}**' if k > BOUND else f'{k:.2f}'} |"


def scope_lists(count: int, runs: int, stages: Sequence[str]) -> None:
    """Print the ratio of builds with and without scope lists: medians of runs in turns."""
    print("| | without scope lists | with | ratio |\n|---|---:|---:|---:|")
    with tempfile.TemporaryDirectory(prefix="kg-growth-") as place:
        folders = [Path(place) / name for name in ("without", "with")]
        for folder in folders:
            write_base(folder, count, scope=folder.name == "with")
        for stage in stages:
            times: list[list[float]] = [[], []]
            for _ in range(runs):
                for folder, taken in zip(folders, times, strict=True):
                    forget(folder)
                    taken.append(seconds(folder, kg_program(folder, "build", "--stage", stage)))
            without, with_lists = map(statistics.median, times)
            print(f"| `kg build --stage {stage}` | {without:.2f} | {with_lists:.2f} | {with_lists / without:.2f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 3_000, 10_000, 30_000], metavar="N")
    parser.add_argument(
        "--only", nargs="+", default=[""], metavar="START", help="commands whose names start so; many need an earlier build"
    )
    parser.add_argument("--floor", type=float, default=FLOOR, metavar="SECONDS")
    parser.add_argument("--program", metavar="COMMAND", help="code for python -c instead, with {n} for the number")
    parser.add_argument("--scope-lists", type=int, metavar="N", help="compare builds of N notes with and without scope lists")
    parser.add_argument("--runs", type=int, default=3, metavar="N", help="runs of each build of --scope-lists")
    parser.add_argument("--stages", nargs="+", default=["graph", "site"], metavar="STAGE", help="last stages of these builds")
    options = parser.parse_args()
    if options.scope_lists:
        scope_lists(options.scope_lists, options.runs, options.stages)
        return
    if len(set(options.sizes)) < 2:
        parser.error("an exponent needs two sizes")
    commands = [c for c in COMMANDS if c.name.startswith(tuple(options.only))]
    growths: dict[str, dict[int, float]] = {}
    with tempfile.TemporaryDirectory(prefix="kg-growth-") as place:
        for count in sorted(set(options.sizes)):
            folder = Path(place) / str(count)
            of_size = measured_program(options.program, count) if options.program else measured(folder, count, commands)
            for name, taken in of_size:
                growths.setdefault(name, {})[count] = taken
                print(f"{count:,} notes, {name}: {taken:.2f} s", file=sys.stderr, flush=True)
            shutil.rmtree(folder, ignore_errors=True)
    rows = [Growth(*item) for item in growths.items()]
    print("\n".join(table(rows, options.floor)))
    over = [row.name for row in rows if row.exponent(options.floor) > BOUND]
    if over:
        raise SystemExit(f"over {BOUND}: {', '.join(over)}")


if __name__ == "__main__":
    main()
