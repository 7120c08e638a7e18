"""The traces that NuSMV and nuXmv print for specifications that don't hold."""

from __future__ import annotations

import re
from typing import Final

from kg.model import Trace

_STATE: Final = re.compile(r"^\s*-> (State|Input): (\d+)\.(\d+) <-")
_VALUE: Final = re.compile(r"^\s*([^\s=][^=]*?)\s*=\s*(.+?)\s*$")


def read_traces(text: str) -> dict[str, Trace]:
    """The counterexamples in the output of the tool, by number; each state has the values of all variables.

    >>> t = read_traces("-> State: 1.1 <-\\n  x = a\\n  y = b\\n-- Loop starts here\\n-> State: 1.2 <-\\n  x = c\\n")["1"]
    >>> [dict(s) for s in t.states], t.loop
    ([{'x': 'a', 'y': 'b'}, {'x': 'c', 'y': 'b'}], 1)
    """
    by_number: dict[str, list[dict[str, str]]] = {}
    loops: dict[str, int] = {}
    current: dict[str, str] | None = None
    loop = False
    for row in text.splitlines():
        m = _STATE.match(row)
        if m is not None:
            states = by_number.setdefault(m[2], [])
            if m[1] == "Input":
                # Inputs belong to the transition to the next state.
                current = states[-1] if states else {}
                continue
            current = dict(states[-1]) if states else {}
            states.append(current)
            if loop:
                loops[m[2]] = len(states) - 1
                loop = False
        elif "Loop starts here" in row:
            loop = True
        elif row.startswith(("--", "Trace", "***", "#")):
            current = None
        elif current is not None:
            value = _VALUE.match(row)
            if value is not None:
                current[value[1]] = value[2]
    return {number: Trace(tuple(states), loops.get(number)) for number, states in by_number.items()}
