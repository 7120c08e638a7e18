"""What readers of diagrams and formulas stumble over: direction, size, labels, names of no concept, symbols (KG53x)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from kg.base.names import fold
from kg.checks.base import Context, Place, Rule
from kg.evidence.claims.symbols import Registry, normalise_symbol, symbols_in
from kg.model import Block, Edge, Finding, Note

NODES: Final = 30
"""More nodes than this on one drawing are more than readers take in."""
REGISTRY: Final = "symbol-registry"
_FLOW: Final = re.compile(r"^\s*(?:%%[^\n]*\n\s*)*(graph|flowchart)\b[ \t]*([A-Za-z]*)")


def _flowcharts(context: Context) -> Iterator[tuple[Note, Block, list[Edge]]]:
    """Each flowchart with its edges."""
    for note in context.corpus.notes.values():
        charts = [b for b in note.blocks if b.language == "mermaid" and _FLOW.match(b.text)]
        for block in charts:
            behind = block.line + 1 + block.text.count("\n")
            yield note, block, [e for e in note.edges if block.line < e.line <= behind]


def _direction(rule: Rule, context: Context) -> Iterator[Finding]:
    for note, block, _ in _flowcharts(context):
        head = _FLOW.match(block.text)
        if head is not None and head[2].upper() not in ("TD", "TB", "BT", "LR", "RL"):
            yield rule.at(Place(note.path, block.line, block.column), "the flowchart has no direction")


def _size(rule: Rule, context: Context) -> Iterator[Finding]:
    for note, block, edges in _flowcharts(context):
        nodes = {name for e in edges for name in (e.source, e.target)}
        if len(nodes) > NODES:
            yield rule.at(Place(note.path, block.line, block.column), f"the flowchart has {len(nodes)} nodes")


def _names(context: Context) -> frozenset[str]:
    concepts = context.corpus.concepts.values()
    return frozenset(fold(name) for c in concepts for name in (*c.labels.values(), *(label for label, _ in c.alt_labels), c.id))


def _labels(rule: Rule, context: Context) -> Iterator[Finding]:
    known: frozenset[str] | None = None
    for note, _, edges in _flowcharts(context):
        bare = [e for e in edges if not e.label and e.source != e.target]
        if not bare:
            continue
        known = _names(context) if known is None else known
        unsaid = [e for e in bare if fold(e.source) in known and fold(e.target) in known]
        if unsaid:
            first = unsaid[0]
            more = f", and {len(unsaid) - 1} more" if len(unsaid) > 1 else ""
            yield rule.at(
                Place(note.path, first.line, first.column), f"'{first.source}' → '{first.target}' says no relation{more}"
            )


def _unknown(rule: Rule, context: Context) -> Iterator[Finding]:
    words: set[str] = set()
    known: frozenset[str] | None = None
    for note, _, edges in _flowcharts(context):
        for e in edges:
            if not e.label:
                continue
            if known is None:
                known = _names(context)
                for relation in context.vocabulary.relations.values():
                    words |= {fold(w) for w in (*relation.labels.values(), *(w for w, _ in relation.words))}
            if fold(e.label) in words:
                for name in (e.source, e.target):
                    if fold(name) not in known:
                        yield rule.at(Place(note.path, e.line, e.column), f"'{name}' in the diagram is the name of no concept")


def _undeclared(rule: Rule, context: Context) -> Iterator[Finding]:
    registry = Registry(context.corpus, context.files)
    entries = registry.entries(REGISTRY)
    if not entries:
        return
    for note in context.corpus.notes.values():
        blocks = [b for b in note.blocks if b.kind == "math"]
        if blocks:
            missing = registry.undeclared(note, {normalise_symbol(s) for b in blocks for s in symbols_in(b.text)}, REGISTRY)
            if missing:
                yield rule.at(
                    Place(note.path, blocks[0].line, blocks[0].column),
                    f"symbols that '{REGISTRY}' doesn't declare: {', '.join(sorted(missing))}",
                )


def _twice(rule: Rule, context: Context) -> Iterator[Finding]:
    entries = Registry(context.corpus, context.files).entries(REGISTRY) or ()
    lines: dict[tuple[str, str], list[int]] = defaultdict(list)
    for e in entries:
        lines[normalise_symbol(e.symbol), e.scope.lower()].append(e.line)
        if len(lines[normalise_symbol(e.symbol), e.scope.lower()]) > 1:
            first = lines[normalise_symbol(e.symbol), e.scope.lower()][0]
            yield rule.at(Place(e.path, e.line), f"the symbol {e.symbol} is defined in this scope already, on line {first}")


RULES: Final = (
    Rule("KG531", "diagram-without-direction", "info", "write it behind the first word: flowchart LR", _direction, habit=True),
    Rule("KG532", "large-diagram", "info", "draw what one question asks for, and the rest in another diagram", _size),
    Rule(
        "KG533", "unlabelled-edge", "info", "label it with a word of the vocabulary: A -->|depends on| B", _labels, habit=True,
    ),
    Rule("KG534", "unknown-concept-in-diagram", "info", "name a concept, or write a note on it", _unknown, habit=True),
    Rule("KG535", "undeclared-symbol", "info", "declare it in the table of symbols, with its scope", _undeclared, habit=True),
    Rule("KG536", "symbol-defined-twice", "warning", "keep one definition in each scope", _twice),
)  # fmt: skip
