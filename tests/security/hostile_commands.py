"""The commands that are run on hostile bases, and which comes with which seed."""

from __future__ import annotations

import functools
import random

COMMANDS: tuple[tuple[float, tuple[str, ...]], ...] = (
    (10, ("check",)), (3, ("check", "--format", "json")), (2, ("check", "--format", "github")), (3, ("check", "--fix")),
    (1, ("check", "--write-baseline")), (1, ("check", "--baseline", "ontology/baseline.json")), (1, ("check", "table.ttl")),
    (8, ("build", "--stage", "graph")), (3, ("build", "--stage", "metrics")), (2, ("build",)), (4, ("metrics",)),
    (1, ("metrics", "--format", "json")), (3, ("query", "SELECT * { ?s ?p ?o } LIMIT 5")), (2, ("query",)), (2, ("query", "q")),
    (2, ("suggest",)), (1, ("suggest", "a", "--format", "jsonl")), (1, ("suggest", "--accept", "x")), (1, ("suggest", "--reject", "x")),
    (2, ("why", "a", "c")), (2, ("impact", "c")), (2, ("path", "a")), (2, ("extract",)), (1, ("extract", "--to", "concepts/drafts")),
    (1, ("extract", "--candidates")), (2, ("map", "a", "-o", "map.html")), (3, ("snapshot",)), (2, ("diff", "output")), (3, ("diff", "HEAD")),
    (1, ("review", "status")), (1, ("review", "sample")), (2, ("review", "add", "test", "a", "--by", "x", "--asked", "3", "--correct", "2")),
    (1, ("review", "add", "claim", "a#1", "--verdict", "correct", "--by", "x")), (1, ("review", "add", "sheet", "table.csv", "--by", "x")),
    (1, ("review", "add", "concept", "a", "--verdict", "approved", "--by", "x")),
    (1, ("review", "add", "innovation", "x", "--type", "theory", "--title", "y", "--prior-art", "z", "--by", "x")),
    (1, ("review", "add", "acceptance", "x", "--verdict", "accepted", "--by", "x")),
    (1, ("review", "add", "reading", "a", "--claims", "2", "--by", "x")), (1, ("coverage",)), (1, ("scope", "map")), (1, ("scope", "map", "--accept", "--min-likeness", "1")), (1, ("scope", "add", "table.csv")), (1, ("metrics", "--badge", "theory_coverage")), (1, ("coverage", "--blind", "--freeze")),
    (1, ("find", "a")), (1, ("ls", "--format", "table")), (1, ("ls", "--select-concepts", "+a+2")), (1, ("config", "show")), (1, ("config", "schema")), (1, ("config", "man")), (1, ("clean", "--output")), (1, ("check", "--diff")),
    (1, ("check", "--changed")), (1, ("check", "concepts", "--statistics")), (1, ("export", "trig", "--select-concepts", "*")), (1, ("next",)), (1, ("mv", "a", "moved/z.md")), (1, ("mv", "--undo")), (1, ("rename", "a", "Z")),
    (1, ("merge", "a", "b")), (1, ("split", "a#A")), (1, ("mcp",)), (1, ("mcp", "--write")), (1, ("lsp",)),
    (2, ("diff", "HEAD~1", "HEAD")), (1, ("check", "--changed", "HEAD~1")), (2, ("check", "--base-revision", "HEAD")),
    (1, ("check", "--base-revision", "HEAD~1", "--baseline", "ontology/baseline.json")), (1, ("metrics", "--base-revision", "HEAD")),
    (2, ("metrics", "--fail-under", "linkage=no-worse")),
    (2, ("plan", "status")), (1, ("plan", "next")), (1, ("plan", "log")), (1, ("plan", "start", "1")), (1, ("plan", "checkpoint", "daily")),
    (1, ("plan", "interrupt", "x", "--reason", "y")), (1, ("plan", "interrupt", "--auto")), (1, ("plan", "assess")), (1, ("plan", "done", "1")), (1, ("plan", "record", "1", "x", "y")),
    (1, ("plan", "report")), (1, ("plan", "resume", "1")), (1, ("plan", "risk", "x")),
    (2, ("export", "turtle")), (1, ("export", "csv", "-o", "tables")), (1, ("export", "trig", "--suggested")),
    (1, ("export", "parquet", "-o", "parquet")), (1, ("export", "duckdb", "-o", "kg.duckdb")), (1, ("export", "nquads", "-o", "bulk", "--loader", "virtuoso")),
    (1, ("import", "table.parquet")), (1, ("metrics", "--graph", "parquet")),
    (1, ("align", "table.ttl", "--format", "sssom")), (1, ("align", "table.csv", "--accept")), (1, ("export", "schema")),
    (1, ("export", "linked", "-o", "linked")), (1, ("export", "book", "-o", "book.html")), (1, ("export", "book", "-o", "book.epub")),
    (1, ("uses",)), (1, ("uses", "update")),
    (2, ("import", "table.ttl")), (1, ("import", "table.csv")), (1, ("import", "table.rdf")), (1, ("import", "table.jsonld")),
    (1, ("publish", "http://127.0.0.1:9/x", "--retries", "0", "--timeout", "1")), (1, ("doctor",)), (1, ("rule", "KG201")), (1, ("init", ".")),
    (1, ("verify", "--only", "code", "--timeout", "5")), (1, ("serve", "--port", "0", "--workers", "1")), (1, ("check", "--notes", "table.ttl")),
)  # fmt: skip
"""Weight and arguments; the commands, each in the ways that read most."""
LEFT_OUT = {"bench": "reads notes that it makes up, and no knowledge base"}
"""Commands that no hostile base reaches."""
_OF_HISTORY = {"diff", "--changed", "--base-revision", "--fail-under", "--freeze", "snapshot"}
"""Arguments of commands that read what git holds, if it holds something."""
ROUND = 300
"""Seeds in which each command comes at least twice: any 600 of them, one after the other, hold a whole round."""


@functools.cache
def _round(number: int) -> list[tuple[str, ...]]:
    total = sum(weight for weight, _ in COMMANDS)
    each = [arguments for weight, arguments in COMMANDS for _ in range(max(2, int(weight * (ROUND - 90) / total)))]
    draw = random.Random(number)
    commands = each + draw.choices([a for _, a in COMMANDS], [w for w, _ in COMMANDS], k=ROUND - len(each))
    draw.shuffle(commands)
    return commands


def command_of(seed: int) -> tuple[str, ...]:
    """The command that is run on the base of a seed."""
    return _round(seed // ROUND)[seed % ROUND]


def reads_history(seed: int) -> bool:
    """Whether the command of a seed should find a repository: all that ask for a revision, and half of the others that read it."""
    arguments = command_of(seed)
    return not _OF_HISTORY.isdisjoint(arguments) or (arguments[0] in ("build", "mcp", "plan", "review") and seed % 2 == 0)
