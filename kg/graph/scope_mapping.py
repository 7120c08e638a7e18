"""Mappings in CSV: an author's decisions on which concepts cover which topics of scope lists, one a row."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple

import pyoxigraph as ox

from kg.base import files
from kg.base.errors import UsageError
from kg.base.names import iri_path
from kg.graph.scope_lists import csv_rows, read_list_text, scope_iri

MAPPING: Final = "mapping.csv"
"""The file in `ontology/scope/` to which kg adds decisions."""


class MappingRow(NamedTuple):
    """A row of a mapping: an author's decision whether a concept covers a topic."""

    line: int
    list: str
    topic: str
    concept: str
    met: bool

    def topic_iri(self, base: str) -> str:
        """The IRI of the topic, which the row may name whole."""
        return self.topic if "://" in self.topic else f"{scope_iri(base, self.list)}/{self.topic}"

    def concept_node(self, base: str) -> ox.NamedNode:
        """The concept, named by its id or its whole IRI."""
        return ox.NamedNode(self.concept if "://" in self.concept else f"{base}concept/{iri_path(self.concept)}")


MAPPING_COLUMNS: Final = ("list", "topic", "concept", "decision")
_YES: Final = frozenset(("", "yes", "y", "true", "1", "x", "是"))
_NO: Final = frozenset(("no", "n", "false", "0", "否"))


def mapping_rows(path: Path, text: str) -> list[MappingRow] | None:
    """Return the rows of a mapping; None if the table is a list of topics. Raises UsageError with the line of an error."""
    rows = csv_rows(path, text) if not text.startswith("---") else []
    head = [cell.strip().lower() for cell in rows[0].cells] if rows else []
    if not set(MAPPING_COLUMNS[:3]) <= set(head):
        return None
    result = []
    for row in rows[1:]:
        cells = {name: cell.strip() for name, cell in zip(head, row.cells, strict=False)}
        decision = cells.get("decision", "").lower()
        topic, concept = cells.get("topic", ""), cells.get("concept", "")
        if not topic or not concept or decision not in _YES | _NO:
            raise UsageError(
                f"{path}:{row.line}: a mapping names list, topic, concept and, as decision, yes or no",
                hint="write e.g. course,image-layers,container-image,yes",
            )
        for value in (topic, concept):
            if "://" in value and iri_path(value) != value:
                raise UsageError(f"{path}:{row.line}: '{value[:80]}' is not an IRI", hint="write the id of the concept")
        own = topic if "://" in topic else iri_path(topic)
        result.append(MappingRow(row.line, cells.get("list", ""), own, concept, decision in _YES))
    return result


def read_decisions(folder: Path, base: str) -> dict[tuple[str, str], bool]:
    """Return the decisions of a folder's mappings in CSV: (IRI of the topic, IRI of the concept) → whether it covers it."""
    decided: dict[tuple[str, str], bool] = {}
    for path in files.entries(folder, ".csv"):
        for row in mapping_rows(path, read_list_text(path)) or ():
            decided[row.topic_iri(base), row.concept_node(base).value] = row.met
    return decided


def with_decisions(text: str, decisions: Iterable[MappingRow]) -> str:
    """Return the text of a mapping with decisions in place of earlier ones on the same pairs; every other line is unchanged.

    >>> print(with_decisions("", [MappingRow(0, "course", "pods", "pod", True)]), end="")
    list,topic,concept,decision
    course,pods,pod,yes
    """
    decisions = list(decisions)
    lines = text.removesuffix("\n").split("\n") if text.strip() else [",".join(MAPPING_COLUMNS)]
    head = [cell.strip().lower() for cell in csv_rows(Path(MAPPING), lines[0])[0].cells]
    pairs = {(d.list, d.topic, d.concept) for d in decisions}
    rows = mapping_rows(Path(MAPPING), text) or [] if text.strip() else []
    starts = [*(row.line for row in rows), len(lines) + 1]
    gone = {
        number
        for row, end in zip(rows, starts[1:], strict=True)
        if (row.list, row.topic, row.concept) in pairs
        for number in range(row.line, end)
    }
    out = io.StringIO(newline="")
    out.writelines(f"{line}\n" for number, line in enumerate(lines, 1) if number not in gone)
    writer = csv.writer(out, lineterminator="\n")
    for d in decisions:
        cells = {"list": d.list, "topic": d.topic, "concept": d.concept, "decision": "yes" if d.met else "no"}
        writer.writerow([cells.get(column, "") for column in head])
    return out.getvalue()
