"""Parses the attributes in the info string of a fenced block: ``{#id claims="…" expect=true run}``."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

KNOWN: Final = ("claims", "expect", "after", "axioms", "run", "output", "check", "reason")
"""The keys that `kg verify` reads; other keys are ignored."""

_TOKEN: Final = re.compile(
    r"""\#(?P<id>[^\s{}"'=]+) | \.(?P<cls>[^\s{}"'=]+)
    | (?P<key>[\w-]+)\s*=\s*(?:"(?P<dq>(?:\\.|[^"\\])*)"|'(?P<sq>[^']*)'|(?P<bare>[^\s{}"']+))
    | (?P<flag>[\w-]+)""",
    re.VERBOSE,
)
_BRACES: Final = re.compile(r"\{(.*)\}\s*$", re.DOTALL)


class Attributes(NamedTuple):
    """The attributes of a block."""

    id: str = ""
    claims: str = ""
    expect: tuple[bool, ...] = ()
    """The expected result of each specification. Empty: all are true; a single value applies to all."""
    after: tuple[str, ...] = ()
    """Ids of the blocks that this one builds on, in order."""
    axioms: tuple[str, ...] = ()
    run: bool = False
    output: str = ""
    """Id of the block with the expected output of a run."""
    check: bool = True
    reason: str = ""
    fault: str = ""
    """An error message; empty if the attributes are valid."""


def read_attributes(info: str) -> Attributes:
    r"""Parse the attributes of an info string. Text outside the braces is ignored; an error is returned in `fault`.

    >>> a = read_attributes('{#t1 claims="a \\"b\\"" expect="true false" after="x, y" run}')
    >>> a.id, a.claims, a.expect, a.after, a.run
    ('t1', 'a "b"', (True, False), ('x', 'y'), True)
    >>> read_attributes("{expect=maybe}").fault
    "expect is true or false, not 'maybe'"
    >>> read_attributes("linenums=1").id
    ''
    """
    braces = _BRACES.search(info)
    if braces is None:
        return Attributes()
    name, values = "", {}
    for m in _TOKEN.finditer(braces[1]):
        if m["id"]:
            name = m["id"]
        elif m["key"]:
            values[m["key"].lower()] = _value(m)
        elif m["flag"]:
            values[m["flag"].lower()] = "true"
    return attributes_of(name, values)


def _value(m: re.Match[str]) -> str:
    """The value of a key: double-quoted, single-quoted or bare."""
    if m["dq"] is not None:
        return re.sub(r"\\(.)", r"\1", m["dq"])
    return m["sq"] if m["sq"] is not None else m["bare"]


def attributes_of(name: str, values: dict[str, str]) -> Attributes:
    """Make attributes from their values as strings."""
    fault = ""

    def truth(key: str, default: bool) -> bool:
        nonlocal fault
        word = values.get(key, "").strip().lower()
        if word not in ("", "true", "false"):
            fault = f"{key} is true or false, not '{values[key]}'"
        return default if not word else word == "true"

    expect = values.get("expect", "").lower().replace(",", " ").split()
    for word in expect:
        if word not in ("true", "false"):
            fault = f"expect is true or false, not '{word}'"
    run, check = truth("run", False), truth("check", True)
    if not check and not fault and not values.get("reason", "").strip():
        fault = 'check=false needs a reason: reason="…"'
    return Attributes(
        id=name,
        claims=values.get("claims", "").strip(),
        expect=tuple(word == "true" for word in expect),
        after=tuple(re.split(r"[\s,]+", values["after"].strip())) if values.get("after", "").strip() else (),
        axioms=tuple(re.split(r"[\s,]+", values["axioms"].strip())) if values.get("axioms", "").strip() else (),
        run=run,
        output=values.get("output", "").strip().removeprefix("#"),
        check=check,
        reason=values.get("reason", "").strip(),
        fault=fault,
    )
