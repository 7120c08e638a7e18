"""Competency questions: SPARQL queries that the knowledge base must be able to answer, with the expected rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from kg.base import files
from kg.base.errors import QueryError, UsageError
from kg.base.formats import FormatError
from kg.base.formats.csv_text import read_csv
from kg.graph import Graph, is_copy
from kg.graph.ask import Results, answer_queries
from kg.graph.query import run_query, shorten_term
from kg.model import Answer, Measure

_SHOWN: Final = 3
Row = tuple[str, ...]


def answer_questions(graph: Graph, folder: Path) -> tuple[Answer, ...]:
    """Run every query with expected rows: ``NAME.rq`` beside ``NAME.csv`` (or ``.tsv``); others are only named queries.

    The first line of the expected rows contains the variables; a cell is an IRI, with a known prefix if possible, or the text
    of a literal. Duplicate rows count, their order doesn't matter. An ASK query expects
    ``true`` or ``false``. A header without rows expects an empty result. Raises UsageError for a file that can't be read.
    """
    asked: list[tuple[Path, str, list[Row]]] = []
    for path in files.entries(folder, ".rq"):
        expected = next((p for p in (path.with_suffix(".csv"), path.with_suffix(".tsv")) if files.is_there(p)), None)
        if expected is not None:
            asked.append((path, _text(path), _rows(expected)))
    foreign = [path for path, _, _ in asked if not is_copy(path)]
    texts = [text for path, text, _ in asked if path in foreign]
    given = dict(zip(foreign, answer_queries(graph.store, texts, base=graph.base, allowance=graph.allowance), strict=True))
    result = []
    for path, text, rows in asked:
        head = next((line.lstrip("# ").strip() for line in text.splitlines() if line.strip()), path.stem)
        results = given[path] if path in given else _own(graph, text)
        faults = tuple(_faults(graph.base, results, rows))
        refused = (str(results), results.hint) if isinstance(results, QueryError) else ("", "")
        result.append(Answer(path.stem, head, faults, max(len(rows) - 1, 0), *refused))
    return tuple(result)


def _own(graph: Graph, text: str) -> Results | QueryError:
    try:
        return run_query(graph, text, None)
    except QueryError as error:
        return error


def competency(answered: Sequence[Answer], target: float | None) -> Measure:
    """Return answered / asked; docs/metrics.md, `competency`.

    Grüninger & Fox 1995, "Methodology for the design and evaluation of ontologies".

    >>> m = competency([Answer("a", "?", (), 1), Answer("b", "?", ("1 row is missing: x",), 2)], 1.0)
    >>> (m.numerator, m.denominator, m.met, m.offenders)
    (1, 2, False, ('b',))
    """
    wrong = {a.name: a.faults for a in answered if a.faults}
    note = "" if answered else "there is no question with expected rows under ontology/questions/"
    return Measure(
        "competency",
        numerator=len(answered) - len(wrong),
        denominator=len(answered),
        target=target,
        offenders=tuple(wrong),
        reasons=wrong,
        note=note,
        names={a.name: a.question for a in answered if a.faults},
    )


def _text(path: Path) -> str:
    try:
        return files.read_text(path, encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: {error}", hint="questions and their rows are UTF-8") from None


def _rows(path: Path) -> list[Row]:
    try:
        table = read_csv(_text(path), "\t" if path.suffix == ".tsv" else ",")
        rows = [tuple(cell.strip() for cell in row.cells) for row in table]
    except FormatError as error:
        raise UsageError(f"{path}:{error.line}: {error.problem}", hint=error.hint or "rows are CSV in UTF-8") from None
    if not rows:
        raise UsageError(f"{path}: empty", hint="the first line names the variables, e.g. concept,label")
    return rows


def _faults(base: str, results: Results | QueryError, rows: list[Row]) -> list[str]:
    if isinstance(results, QueryError):
        return [str(results)]
    if isinstance(results, ox.QueryBoolean):
        wanted = rows[-1][0].casefold()
        said = "true" if results else "false"
        return [] if said == wanted else [f"the answer is {said}, {wanted} is expected"]
    if not isinstance(results, ox.QuerySolutions):
        return ["a competency question is asked with SELECT or ASK"]
    names = [v.value for v in results.variables]
    head = [name.lstrip("?") for name in rows[0]]
    if sorted(names) != sorted(head):
        return [f"the variables are {', '.join(names)}, {', '.join(head)} are expected"]
    width = len(head)
    for row in rows[1:]:
        if len(row) != width:
            return [f"an expected row has {len(row)} cells, the header {width}: {', '.join(row)}"]
    given = Counter(tuple(_cell(row[name], base) for name in head) for row in results)
    wanted_rows = Counter(tuple(_plain(cell, base) for cell in row) for row in rows[1:])
    faults = []
    for problem, rest in (("missing", wanted_rows - given), ("not expected", given - wanted_rows)):
        total = sum(rest.values())
        if total:
            shown = "; ".join(", ".join(row) for row in sorted(rest)[:_SHOWN])
            faults.append(
                f"{total} {'row is' if total == 1 else 'rows are'} {problem}: {shown}{' …' if len(rest) > _SHOWN else ''}"
            )
    return faults


def _cell(term: object, base: str) -> str:
    return shorten_term(term, base)


def _plain(cell: str, base: str) -> str:
    """Return an expected cell in the form of results: IRIs in full or in angle brackets get their prefix."""
    iri = cell.removeprefix("<").removesuffix(">")
    if iri.startswith(("http://", "https://", "urn:")):
        try:
            return shorten_term(ox.NamedNode(iri), base)
        except ValueError:
            return cell
    return cell
