"""Results of SPARQL queries from servers: Oxigraph keeps a cell for each variable in each row, bound or not."""

from __future__ import annotations

import re
from typing import Final

import pyoxigraph as ox

from kg.base.formats import FormatError
from kg.base.formats.json_text import check_json
from kg.base.formats.xml_text import check_xml

CELLS: Final = 5_000_000
"""Maximum of rows times variables, if most cells are unbound."""
VARIABLES: Final = 1000
_NESTING: Final = 32

Results = ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples

_VARS: Final = re.compile(rb'"vars"\s*:\s*\[([^\]]*)')
_VARIABLE: Final = re.compile(rb"<(?:\w+:)?variable\b")
_RESULT: Final = re.compile(rb"<(?:\w+:)?result\b")
_BINDING: Final = re.compile(rb"<(?:\w+:)?binding\b")


def parse_results(data: bytes, syntax: ox.QueryResultsFormat) -> Results:
    """Return the results in a response; rows are read lazily. Raises FormatError.

    An error after the header is raised as SyntaxError during the iteration over the rows.
    """
    if syntax == ox.QueryResultsFormat.JSON:
        check_json(data, _NESTING)
        variables = max((m[1].count(b",") + 1 for m in _VARS.finditer(data)), default=0)
        # Each row is an object, and so is each cell.
        rows = data.count(b"{")
        filled = data.count(b'"type"') + data.count(b"\\")
    elif syntax == ox.QueryResultsFormat.XML:
        check_xml(data)
        variables, rows, filled = (sum(1 for _ in kind.finditer(data)) for kind in (_VARIABLE, _RESULT, _BINDING))
    else:
        variables, rows, filled = data.count(b"\t", 0, data.find(b"\n")) + 1, 0, 0
    if variables > VARIABLES:
        raise FormatError(f"results of {variables:,} variables; at most {VARIABLES:,} are read", limit="columns")
    if rows * variables > CELLS and rows * variables > 20 * max(filled, 1):
        raise FormatError(f"results of up to {rows * variables:,} cells, nearly all of them empty", limit="nodes")
    try:
        return ox.parse_query_results(data, format=syntax)
    except SyntaxError as error:
        raise FormatError(str(error.msg or error), line=error.lineno or 0, column=error.offset or 0) from None
