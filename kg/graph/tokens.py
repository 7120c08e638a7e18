"""Finds calls of other services in the tokens of a SPARQL query, ignoring words in strings, comments, names and IRIs."""

from __future__ import annotations

import re
from typing import Final

# In order of precedence. An unclosed long string is an empty string and the start of another.
_TOKEN: Final = re.compile(
    r"""
      (?P<blank> [ \t\r\n]++ | \#[^\r\n]*+ )
    | (?P<text> \"{3}(?:\\.|[^\\\"]|\"(?!\"\"))*+\"{3} | '{3}(?:\\.|[^\\']|'(?!''))*+'{3}
              | \"(?:\\.|[^\\\"\r\n])*+\" | '(?:\\.|[^\\'\r\n])*+' )
    | (?P<iri> <[^<>\"{}|^`\\\x00-\x20]*+> )
    | (?P<variable> [?$][\w\u00b7\u203f\u2040]++ )
    | (?P<node> _:[\w.\u00b7-]++ | @[A-Za-z]++(?:-[A-Za-z0-9]++)*+ )
    | (?P<number> [0-9]++(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)? )
    | (?P<name> (?:[^\W\d_][\w.\u00b7-]*+)?:(?:[\w.:\u00b7-]|%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?\#@%])*+ )
    | (?P<word> [^\W\d]\w*+ )
    """,
    re.VERBOSE | re.DOTALL,
)
_SPACE: Final = r"(?:[ \t\r\n]++|\#[^\r\n]*+)*+"
_CALL: Final = re.compile(
    rf"""
    SERVICE {_SPACE} (?:SILENT{_SPACE})?
    (?: [?$][\w\u00b7\u203f\u2040]++ | <[^<>\"{{}}|^`\\\x00-\x20]*+>
      | [\w.\u00b7-]*+:(?:[\w.:\u00b7-]|%[0-9A-Fa-f]{{2}}|\\.)*+ )
    {_SPACE} \{{
    """,
    re.VERBOSE | re.IGNORECASE,
)
_TRUTH: Final = re.compile(r"(?:true|false)", re.IGNORECASE)
_ESCAPE: Final = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U00([01][0-9A-Fa-f]{5})")
# After these tokens, `<` may mean "less than".
_OPERANDS: Final = ("text", "iri", "variable", "node", "number", "name", "word")


def calls_service(text: str) -> bool:
    """Return whether a query calls another service.

    >>> calls_service("SELECT * { SERVICE <http://x/> { ?a ?b ?c } }"), calls_service("SELECT * { ?s ?p 'SERVICE <a> {' }")
    (True, False)
    """
    return service_at(text) is not None


def service_at(text: str) -> int | None:
    r"""Return the offset of a call of another service; None if there is none.

    Engines differ in when they replace ``\u0053``: the query is checked with and without its escapes.

    >>> service_at("ASK { ?service ex:service 'service' } # SERVICE <x> {"), service_at("ASK {service?a{}}")
    (None, 5)
    """
    at = _call(text)
    if at is None and "\\" in text:
        plain = _ESCAPE.sub(lambda m: chr(min(int(m[1] or m[2], 16), 0x10FFFF)), text)
        if plain != text and _call(plain) is not None:
            return max(text.find("\\"), 0)
    return at


def _call(text: str) -> int | None:
    if "service" not in text.casefold():
        return None
    # In `?a<'x' && ?b>…`, `<` is either "less than" or opens an IRI, which parsers decide by context. Both alternatives are
    # followed; paths that meet are merged.
    waiting = [(0, False)]
    seen: set[tuple[int, bool]] = set()
    first: int | None = None
    while waiting:
        at, operand = waiting.pop()
        while at < len(text) and (at, operand) not in seen:
            seen.add((at, operand))
            m = _TOKEN.match(text, at)
            if m is None:
                operand = text[at] in ")]"
                at += 1
                continue
            kind = m.lastgroup
            if kind == "iri" and operand:
                waiting.append((at + 1, False))
            if kind in ("word", "name"):
                start = at
                while truth := _TRUTH.match(text, start):
                    start = truth.end()
                if _CALL.match(text, start) and (first is None or start < first):
                    first = start
            if kind != "blank":
                operand = kind in _OPERANDS
            at = m.end()
    return first
