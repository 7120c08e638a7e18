"""Measures parsing time for inputs that provoke quadratic behaviour: growth exponents for reading and for a whole build.

    python benchmarks/adversarial.py [--size BYTES] [--build] [CASE ...]

Each case is measured at four sizes, each twice the previous one. The exponent is the slope of log(CPU seconds) over
log(bytes); 1 is linear. A whole build is `kg build` up to the site, minus the time for an empty note.
"""

from __future__ import annotations

import argparse
import math
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from kg.notes import parse_note

Files = Mapping[str, str]


def _one(unit: str, head: str = "", tail: str = "") -> Callable[[int], Files]:
    return lambda n: {"a.md": head + unit * (n // max(1, len(unit.encode()))) + tail}


def _numbered(line: str, head: str = "", tail: str = "") -> Callable[[int], Files]:
    return lambda n: {"a.md": head + "".join(line.format(i=i) for i in range(n // len(line))) + tail}


def _lists(n: int) -> Files:
    depth, text = 0, []
    while sum(map(len, text[-1:])) + depth * depth < n:
        text.append("  " * depth + "- x\n")
        depth += 1
    return {"a.md": "".join(text)}


def _many(note: Callable[[int], str]) -> Callable[[int], Files]:
    return lambda n: {f"n{i}.md": note(i) for i in range(max(1, n // 400))}


CASES: dict[str, Callable[[int], Files]] = {
    "brackets opened": _one("["),
    "brackets nested": lambda n: {"a.md": "[" * (n // 2) + "]" * (n // 2)},
    "wikilinks opened": _one("[["),
    "embeds opened": _one("![["),
    "link texts opened": _one("[a]("),
    "images in images": _one("![a"),
    "quotes on a line": _one("> ", tail="x\n"),
    "quotes, one deeper a line": lambda n: {"a.md": "".join("> " * d + "x\n" for d in range(int(math.sqrt(n))))},
    "list items on a line": _one("- ", tail="x\n"),
    "lists, one deeper a line": _lists,
    "emphasis opened": _one("*a **a "),
    "emphasis mixed": _one("*_a_ **"),
    "underscores": _one("_a"),
    "backticks of growing length": lambda n: {"a.md": " ".join("`" * d for d in range(int(math.sqrt(2 * n))))},
    "dollar signs": _one("$a "),
    "double dollar signs": _one("$$a "),
    "TeX brackets": _one("\\(a "),
    "percent signs": _one("%%a "),
    "HTML opened": _one("<a "),
    "HTML comments opened": _one("<!-- "),
    "HTML nested": _one("<div>"),
    "HTML inline nested": _one("<b>"),
    "processing instructions": _one("<?a "),
    "CDATA opened": _one("a <![CDATA["),
    "entities": _one("&amp;"),
    "shortcodes opened": _one("{{< ref "),
    "Liquid opened": _one("{% raw "),
    "fences opened": _one("```\n```x\n"),
    "inline fields": _one("a:: [[b]]\n"),
    "fields in brackets": _one("[a:: "),
    "tags": _one("#a "),
    "100,000 links": _one("[[b]] "),
    "references undefined": _numbered("[a{i}] "),
    "definitions and uses": _numbered("[r{i}]: b.md\n", tail="[r1] "),
    "footnotes": _numbered("[^{i}]: x\n\n[^{i}]\n\n"),
    "headings of one name": _one("# a\n\n"),
    "table of many columns": lambda n: {"a.md": "|a" * (n // 4) + "|\n" + "|-" * (n // 4) + "|\n"},
    "table of many rows": _one("|a|b|\n", head="|relation|target|\n|-|-|\n"),
    "cells with escapes": _one("|a\\|b", head="|a|b|\n|-|-|\n"),
    "a mermaid graph": _numbered("a{i} --> b{i}\n", head="```mermaid\ngraph TD\n", tail="```\n"),
    "mermaid chains": _one("a --> b & ", head="```mermaid\ngraph TD\n", tail="c\n```\n"),
    "YAML flow nested": _one("[", head="---\na: ", tail="\n---\n"),
    "YAML mapping nested": _one("{a: ", head="---\na: ", tail="\n---\n"),
    "YAML aliases doubling": lambda n: {
        "a.md": "---\na0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, n // 26)) + "---\n"
    },
    "YAML one long text": _one("x ", head="---\ntitle: ", tail="\n---\n"),
    "YAML quotes": _one("''", head="---\ntitle: '", tail="'\n---\n"),
    "front matter never closed": _one("a: b\n", head="---\n"),
    "TOML nested": _one("[", head="+++\na = ", tail="\n+++\n"),
    "aliases": lambda n: {"a.md": "---\naliases: [" + ", ".join(f"x{i}" for i in range(n // 8)) + "]\n---\n"},
    "one line of words": _one("word "),
    "spaces": _one(" ", tail="x"),
    "line ends": _one("\n"),
    "carriage returns": _one("\r"),
    "zero bytes": _one("\x00"),
    "combining marks": _one("a\u0301"),
    "CJK": _one("容器"),
    "formula nested": _one("{", head="$$\n", tail="\n$$\n"),
    "formula fractions": _one("\\frac{1}{", head="$$\n", tail="\n$$\n"),
    "one title in many notes": _many(lambda i: f"---\ntitle: Same\naliases: [Other]\n---\n{'x ' * 150}\n"),
    "near misses in many notes": _many(lambda i: f"# N{i}\n\n" + "".join(f"[[N{i}{k}x]] " for k in range(30))),
    "one definition in many notes": _many(lambda i: f"---\nid: n{i}\ndefinition: {'the same words here ' * 15}\n---\n"),
    "a cycle of broader": _many(lambda i: f"---\nid: n{i}\nbroader: '[[n{i + 1}]]'\n---\n{'x ' * 150}\n"),
    "all to one hub": _many(lambda i: f"---\nid: n{i}\n---\n" + "[[n0]] " * 50),
}  # fmt: skip


def reading(files: Files) -> float:
    """CPU seconds of reading the notes."""
    raw = [(path, text.encode("utf-8", "surrogatepass")) for path, text in files.items()]
    start = time.process_time()
    for path, data in raw:
        parse_note(path, data)
    return time.process_time() - start


def building(files: Files) -> float:
    """CPU seconds of `kg build`, including child processes."""
    with tempfile.TemporaryDirectory(prefix="kg-adversarial-") as folder:
        notes = Path(folder) / "concepts"
        notes.mkdir()
        for path, text in files.items():
            (notes / path).write_bytes(text.encode("utf-8", "surrogatepass"))
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        ran = subprocess.run(
            [sys.executable, "-m", "kg", "build", "-q", "-C", folder], env={**os.environ, "PYTHONHASHSEED": "0"}, check=False,
            stderr=subprocess.PIPE, encoding="utf-8",
        )  # fmt: skip
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if ran.returncode not in (0, 1):
            print(f"exit {ran.returncode}: {ran.stderr[-300:]}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def slope(points: list[tuple[int, float]]) -> float:
    """Least-squares slope of log(seconds) over log(bytes)."""
    xs, ys = zip(*((math.log(size), math.log(max(seconds, 1e-4))) for size, seconds in points), strict=True)
    mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
    return sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True)) / sum((x - mean_x) ** 2 for x in xs)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", default=list(CASES))
    parser.add_argument("--size", type=int, default=50_000, help="bytes at first; three doublings follow")
    parser.add_argument("--build", action="store_true", help="measure whole builds")
    given = parser.parse_args()
    act = building if given.build else reading
    empty = building({"a.md": "# A\n"}) if given.build else 0.0
    print(f"| input | {' | '.join(f'{given.size * 2**k // 1000:,} KB' for k in range(4))} | exponent |")
    print("|---|--:|--:|--:|--:|--:|")
    for case in given.cases:
        points = []
        for k in range(4):
            size = given.size * 2**k
            seconds = max(act(CASES[case](size)) - empty, 1e-4)
            points.append((size, seconds))
            if seconds > 60:
                break
        shown = [f"{seconds:.3f}" for _, seconds in points] + ["-"] * (4 - len(points))
        print(f"| {case} | {' | '.join(shown)} | {slope(points):.2f} |", flush=True)


if __name__ == "__main__":
    main()
