"""The text of a SPARQL query: its keywords, available prefixes, and explanations of syntax errors."""

from __future__ import annotations

import difflib
import re
from typing import Final

from kg.base.errors import QueryError
from kg.base.names import PREFIXES, notes_iri

# Strings, IRIs and comments, which contain no keywords.
_OPAQUE: Final = re.compile(
    r"\"{3}.*?\"{3}|'{3}.*?'{3}|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|<[^<>\"{}|^`\\\s]*>|#[^\r\n]*", re.DOTALL
)
_READS: Final = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")
_WRITES: Final = ("INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY", "WITH")
_FORM: Final = re.compile(rf"(?<![\w:?$@-])({'|'.join((*_READS, *_WRITES))})(?![\w:-])", re.IGNORECASE)
_DECLARED: Final = re.compile(r"(?<![\w:?$@-])PREFIX\s+([\w.-]*):", re.IGNORECASE)
_PREFIX: Final = re.compile(r"(?<![\w.:?$@%-])([^\W\d_][\w.-]*|):")
_WHERE: Final = re.compile(r"error at (\d+):(\d+): (?:expected (?:one of )?)?(.*)", re.DOTALL)
_PAIRS: Final = {")": "(", "]": "[", "}": "{"}


def query_prefixes(base: str) -> dict[str, str]:
    """Return the prefixes that queries may use: the usual ones, ``c:`` for concepts and ``n:`` for notes.

    >>> query_prefixes("https://example.org/kb/")["c"]
    'https://example.org/kb/concept/'
    """
    return PREFIXES | {"c": base + "concept/", "n": notes_iri(base), "kb": base}


def blank_strings(text: str) -> str:
    """Return a query with strings, IRIs and comments blanked, so that only keywords, names and signs remain.

    >>> blank_strings("ASK { ?s ?p 'SERVICE' } # SERVICE")
    'ASK { ?s ?p           }          '
    """
    return _OPAQUE.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)


def form_of(text: str) -> str:
    """Return the first keyword after the prologue, in capitals: ``SELECT``, ``ASK``, …, ``INSERT``; empty if there is none.

    >>> form_of("PREFIX select: <http://x/> ask { ?s select:p 1 }"), form_of("hello")
    ('ASK', '')
    """
    m = _FORM.search(blank_strings(text))
    return m[1].upper() if m else ""


def used_prefixes(text: str) -> list[tuple[str, int]]:
    """Return the prefixes that a query uses but doesn't declare, each with the offset of its first use.

    >>> used_prefixes("PREFIX a: <http://a/> SELECT * { ?s a:b _:x ; skos:broader/skos:notation ?t }")
    [('skos', 46)]
    """
    left = blank_strings(text)
    declared = set(_DECLARED.findall(left))
    found: dict[str, int] = {}
    for m in _PREFIX.finditer(left):
        if m[1] not in declared and not left[: m.start()].endswith("_"):
            found.setdefault(m[1], m.start())
    return list(found.items())


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """Return line and column of an offset, both from 1."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def parse_error(text: str, message: str, base: str) -> QueryError:
    """Return the error for a query that can't be parsed; `message` is that of Oxigraph's parser.

    Its parser reports the furthest position that it reached, often the very end. The most frequent mistakes (prefixes,
    brackets, the first word) are located here instead.
    """
    form = form_of(text)
    if form in _WRITES:
        return QueryError(
            f"the query can't be parsed: {form} would change the graph",
            hint="the graph is read-only: change the notes and run 'kg build'",
        )
    found = _first_word(text) if not form else _bracket(text) or _unknown_prefix(text, base)
    if found:
        return found
    m = _WHERE.search(message)
    hint = "a query looks like: SELECT ?c WHERE { ?c a skos:Concept } LIMIT 5"
    if m is None:
        return QueryError(f"the query can't be parsed: {message}", hint=hint)
    line, column = int(m[1]), int(m[2])
    rows = text.split("\n")
    after = rows[line - 1][column - 1 :].strip() if line <= len(rows) else ""
    end = ", its end" if line >= len(rows) else ""
    near = f", near '{after[:24]}'" if after else end
    expected = _expected(" ".join(m[3].split()))
    fault = f"the query can't be parsed; the fault is at or before line {line}, column {column}{near}"
    return QueryError(f"{fault}: {expected}" if expected else fault, hint=hint)


def _first_word(text: str) -> QueryError | None:
    words = re.findall(r"(?<![\w:?$@-])[A-Za-z]+(?![\w:-])", blank_strings(text))
    close = next((c for word in words[:4] for c in difflib.get_close_matches(word.upper(), _READS, 1, 0.75)), "")
    return QueryError(
        "the query can't be parsed: it has none of the words SELECT, ASK, CONSTRUCT and DESCRIBE",
        hint=f"did you mean {close}?" if close else "a query looks like: SELECT ?c WHERE { ?c a skos:Concept } LIMIT 5",
    )


def _bracket(text: str) -> QueryError | None:
    open_: list[tuple[str, int]] = []
    for m in re.finditer(r"[()\[\]{}]", blank_strings(text)):
        sign = m.group()
        if sign not in _PAIRS:
            open_.append((sign, m.start()))
        elif open_ and open_[-1][0] == _PAIRS[sign]:
            open_.pop()
        else:
            line, column = line_and_column(text, m.start())
            before = (
                "'{}' of line {}, column {}, is open".format(open_[-1][0], *line_and_column(text, open_[-1][1]))
                if open_
                else ""
            )
            return QueryError(
                f"the query can't be parsed at line {line}, column {column}: '{sign}' closes nothing",
                hint=before or "remove it, or open what it should close",
            )
    if open_:
        line, column = line_and_column(text, open_[-1][1])
        return QueryError(
            f"the query can't be parsed at line {line}, column {column}: this '{open_[-1][0]}' is never closed",
            hint="is a quotation mark or a bracket missing?",
        )
    return None


def _unknown_prefix(text: str, base: str) -> QueryError | None:
    allowed = query_prefixes(base)
    for name, offset in used_prefixes(text):
        if name not in allowed:
            line, column = line_and_column(text, offset)
            return QueryError(
                f"the query can't be parsed at line {line}, column {column}: there is no prefix '{name}:'",
                hint=f"known prefixes: {', '.join(sorted(allowed))}; declare others with PREFIX name: <IRI>",
            )
    return None


# Alternatives are literal signs in quotation marks, character ranges in brackets, keywords, and sentences.
_ALTERNATIVE: Final = re.compile(r"\"(?:\\.|[^\"\\])++\"|\[(?:'(?:\\.[^']*|[^'])'|[^\]'])*\]|[^,\[\]\"]+")


def _expected(alternatives: str) -> str:
    r"""Return what a parser expected, for people: a sentence if there is one, else the first few words and signs.

    >>> _expected('"a", OPTIONAL, [_], [\'0\'..=\'9\']'), _expected("The SELECT contains a variable that is unbound, [_]")
    ('expected "a" or OPTIONAL', 'the SELECT contains a variable that is unbound')
    """
    parts = [part.strip() for part in _ALTERNATIVE.findall(alternatives)]
    said = next((part for part in parts if re.match(r"[A-Za-z]+ [A-Za-z]", part)), "")
    if said:
        return said if said[1].isupper() else said[0].lower() + said[1:]
    # SERVICE and LATERAL are parts of Oxigraph's language that `kg` doesn't use.
    words = [part for part in parts if part and not part.startswith("[") and part not in ("SERVICE", "LATERAL")]
    if len(words) > 5:
        return f"expected {', '.join(words[:5])}, …"
    return f"expected {' or '.join(words)}" if words else ""
