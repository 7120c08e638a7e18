"""Scores kg, and each peer that is installed, on the pairs (source note → target note) that the cases expect.

python tests/conformance/score.py            prints the table
python tests/conformance/score.py --write    puts it into docs/conformance.md, too
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import io
import logging
import sys
import tempfile
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from cases import Case, all_cases, nfc

from kg.base.names import NOTE_ENDINGS
from kg.model import percent

PAGE = Path(__file__).parents[2] / "docs" / "conformance.md"
START, END = "<!-- score: written by tests/conformance/score.py -->", "<!-- /score -->"

Pairs = set[tuple[str, str]]


def kg(folder: Path) -> Pairs:
    from reader import read

    rows = read(folder)["links"]
    return {(row["at"].rsplit(":", 2)[0], row["to"]) for row in rows if row["to"] is not None}


def obsidiantools(folder: Path) -> Pairs:
    from obsidiantools.api import Vault

    vault = Vault(folder).connect()
    paths = {name: path.as_posix() for name, path in vault.md_file_index.items()}
    return {(paths[a], paths[b]) for a, b, *_ in vault.graph.edges if a in paths and b in paths}


def kglite(folder: Path) -> Pairs:
    from kglite import okf

    graph = okf.build(str(folder), dialect="obsidian", require_frontmatter=False)
    rows = graph.cypher("MATCH (a)-[r]->(b) RETURN a.file_path AS a, type(r) AS type, b.file_path AS b").to_dicts()
    return {(row["a"], row["b"]) for row in rows if row["a"] and row["b"] and row["type"] != "CONTAINS"}


TOOLS: dict[str, tuple[str, Callable[[Path], Pairs]]] = {
    "kg": ("kg-notes", kg),
    "kglite": ("kglite", kglite),
    "obsidiantools": ("obsidiantools", obsidiantools),
}


@dataclass
class Score:
    """Counts of one tool on the cases of one dialect."""

    phantom: int = 0
    missed: int = 0
    failed: int = 0
    exact: int = 0
    """Cases without phantom or missed pairs."""
    names: list[str] = field(default_factory=list)

    def add(self, case: Case, expected: Pairs, found: Pairs | None) -> None:
        phantom, missed = (found or set()) - expected, expected - (found or set())
        self.phantom += len(phantom)
        self.missed += len(missed)
        self.failed += found is None
        self.exact += found is not None and not phantom and not missed
        if found is None or phantom or missed:
            self.names.append(case.name)

    def __str__(self) -> str:
        return f"{self.phantom} / {self.missed}" + (f" ({self.failed} failed)" if self.failed else "")


def between_notes(pairs: Iterable[tuple[str, Any]], case: Case) -> Pairs:
    """Pairs of two different notes of the case; the rest (own headings, attachments) not every tool keeps."""
    notes = {nfc(name) for name in case.files if name.lower().endswith(NOTE_ENDINGS)}
    found = {(nfc(a), nfc(b)) for a, b in pairs if b is not None}
    return {(a, b) for a, b in found if a != b and a in notes and b in notes}


def expected_pairs(case: Case) -> Pairs:
    return between_notes(((row["at"].rsplit(":", 2)[0], row["to"]) for row in case.expect["links"]), case)


def scored(cases: Iterable[Case]) -> Iterator[tuple[str, Case, Pairs]]:
    """The cases that state their links: dialect, case and pairs."""
    for case in cases:
        if "links" in case.expect:
            yield case.name.split("/")[0], case, expected_pairs(case)


def counted(cases: Iterable[Case]) -> dict[str, tuple[int, int]]:
    """The numbers of cases and pairs of each dialect."""
    counts: dict[str, tuple[int, int]] = {}
    for dialect, _, pairs in scored(cases):
        number, total = counts.get(dialect, (0, 0))
        counts[dialect] = number + 1, total + len(pairs)
    return counts


def run(tool: Callable[[Path], Pairs], case: Case) -> Pairs | None:
    """What a tool finds in a case; None where it raises."""
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        case.write(Path(folder))
        try:
            return between_notes(tool(Path(folder)), case)
        except Exception as error:  # noqa: BLE001  # a peer may fail in any way; that is counted
            print(f"{case.name}: {type(error).__name__}: {error}", file=sys.stderr)
            return None


def table(scores: dict[str, dict[str, Score]], counts: dict[str, tuple[int, int]]) -> str:
    tools = list(scores)
    heads = [f"{name} {version(name)}" for name in tools]
    lines = ["| dialect | cases | pairs | " + " | ".join(heads) + " |", "|---|--:|--:|" + "--:|" * len(tools)]
    for dialect in sorted(counts):
        cells = [str(scores[name][dialect]) for name in tools]
        lines.append(f"| {dialect} | {counts[dialect][0]} | {counts[dialect][1]} | " + " | ".join(cells) + " |")
    totals = []
    for name in tools:
        own = scores[name].values()
        totals.append(str(Score(sum(s.phantom for s in own), sum(s.missed for s in own), sum(s.failed for s in own))))
    cases = sum(c for c, _ in counts.values())
    lines.append(
        f"| **all** | {cases} | {sum(p for _, p in counts.values())} | " + " | ".join(f"**{t}**" for t in totals) + " |"
    )
    shares = [percent(sum(s.exact for s in scores[name].values()) / cases) for name in tools]
    lines.append("| cases read exactly | | | " + " | ".join(shares) + " |")
    return "\n".join(lines)


def version(tool: str) -> str:
    try:
        return importlib.metadata.version(TOOLS[tool][0])
    except importlib.metadata.PackageNotFoundError:
        return ""


def main() -> None:
    logging.disable(logging.CRITICAL)
    tools = [name for name in TOOLS if name == "kg" or version(name)]
    scores: dict[str, dict[str, Score]] = {name: defaultdict(Score) for name in tools}
    cases = list(all_cases())
    for dialect, case, expected in scored(cases):
        for name in tools:
            scores[name][dialect].add(case, expected, run(TOOLS[name][1], case))
    result = table(scores, counted(cases))
    print(result)
    for name in tools:
        print(
            f"\n{name}: {', '.join(n for s in scores[name].values() for n in s.names) or 'every case exact'}", file=sys.stderr
        )
    if "--write" in sys.argv[1:]:
        text = PAGE.read_text(encoding="utf-8")
        before, _, rest = text.partition(START)
        after = rest.partition(END)[2]
        PAGE.write_text(f"{before}{START}\n\n{result}\n\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
