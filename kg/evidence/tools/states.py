"""State diagrams against models: a model checker determines the values of a variable and the transitions between them."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from kg.base.names import letters_and_digits
from kg.base.process.sandbox import SandboxLimits
from kg.evidence.claims import Piece
from kg.evidence.tools.base import Installed, Judgement, short, unfinished
from kg.evidence.tools.smv import Smv
from kg.evidence.tools.smv_models import (
    PROPERTY,
    SPECIFICATIONS,
    run_model,
    with_specifications,
    without_comments,
    without_sections,
)
from kg.model import EvidencePart

_EDGE: Final = re.compile(r"^\s*(\[\*\]|[\w-]+)\s*-->\s*(\[\*\]|[\w-]+)\s*(?::.*)?$")
_ALIAS: Final = re.compile(r'^\s*state\s+"[^"]*"\s+as\s+([\w-]+)')
_STATE: Final = re.compile(r"^\s*(?:state\s+)?([\w-]+)\s*(?:[:{].*|<<\w+>>)?$")
_OTHER: Final = re.compile(
    r"^\s*(?:stateDiagram|direction\b|note\b|end note|classDef\b|class\b|style\b|hide\b|scale\b|%%|\}|--\s*$|$)"
)
LARGEST: Final = 24
"""Maximum number of values of a variable; each pair of values needs a specification."""


class Diagram(NamedTuple):
    """The content of a state diagram."""

    states: frozenset[str]
    initial: frozenset[str]
    steps: frozenset[tuple[str, str]]


def read_diagram(text: str) -> Diagram:
    """Parse the states and transitions of a Mermaid state diagram, by state id.

    >>> d = read_diagram('stateDiagram-v2\\n  [*] --> A\\n  state "b b" as B\\n  A --> B : go\\n  B --> [*]')
    >>> sorted(d.states), sorted(d.initial), sorted(d.steps)
    (['A', 'B'], ['A'], [('A', 'B')])
    """
    states: set[str] = set()
    initial: set[str] = set()
    steps: set[tuple[str, str]] = set()
    in_note = False
    for line in text.splitlines():
        if in_note:
            in_note = "end note" not in line
            continue
        in_note = bool(re.match(r"\s*note\b", line)) and ":" not in line
        edge = _EDGE.match(line)
        if edge is not None:
            a, b = edge.groups()
            states |= {a, b} - {"[*]"}
            if a == "[*]" and b != "[*]":
                initial.add(b)
            elif "[*]" not in (a, b):
                steps.add((a, b))
            continue
        alias = _ALIAS.match(line)
        if alias is not None:
            states.add(alias[1])
        elif not _OTHER.match(line):
            state = _STATE.match(line)
            if state is not None:
                states.add(state[1])
    return Diagram(frozenset(states), frozenset(initial), frozenset(steps))


def values(model: str, variable: str) -> list[str]:
    """The values that a model declares for an enumeration variable; empty if it declares no such variable.

    >>> values("MODULE main\\nVAR x : boolean; state : {a, b};", "state"), values("VAR x : 0..3;", "x")
    (['a', 'b'], [])
    """
    local = variable.rpartition(".")[2]
    m = re.search(rf"\b{re.escape(local)}\s*:\s*\{{([^}}]*)\}}", without_comments(model))
    return [v.strip() for v in m[1].split(",") if v.strip()] if m else []


def instances(model: str, variable: str) -> list[str]:
    """The qualified names of a variable from main: its name, or one name for each instance of the module that declares it.

    >>> instances("MODULE n(i)\\nVAR s : {a};\\nMODULE main\\nVAR x : n(1); y : process n(2);", "s")
    ['x.s', 'y.s']
    """
    text = without_comments(model)
    heads = [*re.finditer(r"\bMODULE\s+([\w$#-]+)", text)]
    ends = [*(m.start() for m in heads[1:]), len(text)]
    bodies = {m[1]: text[m.end() : end] for m, end in zip(heads, ends, strict=False)}
    owner = next((name for name, body in bodies.items() if re.search(rf"\b{re.escape(variable)}\s*:\s*\{{", body)), "main")
    if "." in variable or owner == "main":
        return [variable]
    main = bodies.get("main", "")
    return [f"{name}.{variable}" for name in re.findall(rf"([\w$#-]+)\s*:\s*(?:process\s+)?{re.escape(owner)}\b", main)]


class States(Smv):
    """Compares a state diagram with a variable of a model, with the same model checker."""

    languages = ("states",)

    def judge(self, piece: Piece, installed: Installed, limits: SandboxLimits) -> Judgement:
        """Compare states, initial states and transitions; self-loops need not be drawn.

        Each comparison is a query to the model checker, so that guards are respected: `AG !(x = a & EX x = b)` is false exactly
        if b can follow a in a reachable state.
        """
        diagram, *models = piece.inputs
        model = "\n".join(p.text for p in models)
        drawn = read_diagram(diagram.text)
        variable = piece.text
        options = values(model, variable)
        if not options or len(options) > LARGEST:
            why = f"has {len(options)} values" if options else "is not an enumeration of the model"
            return Judgement("failed", f"the variable '{variable}' {why}")
        same = _same(drawn.states, options)
        missing = sorted(s for s in drawn.states if s not in same)
        if missing:
            return Judgement("failed", f"the diagram has '{missing[0]}', the model has {', '.join(options)}")
        asked: list[tuple[str, str]] = [("", v) for v in options] + [(a, b) for a in options for b in options]
        names = instances(model, variable)
        specs = [
            f"CTLSPEC AG !({name} = {a} & EX {name} = {b})" if a else f"CTLSPEC {name} != {b}"
            for name in names
            for a, b in asked
        ]
        outcome = run_model(installed, with_specifications(without_sections(model, SPECIFICATIONS), specs), limits)
        early = unfinished(outcome, limits)
        if early is not None:
            return early
        rows = [m.groups() for m in PROPERTY.finditer(outcome.stdout)]
        if outcome.status != 0 or len(rows) != len(specs):
            return Judgement("failed", f"the model can't be asked: {short(outcome.stderr)}")
        # A transition of any one instance is a transition of the diagram.
        true = {pair for pair, row in zip(asked * len(names), rows, strict=True) if row[3] == "False"}
        modelled = {pair for pair in true if pair[0]}
        wanted = {(same[a], same[b]) for a, b in drawn.steps}
        first = {b for a, b in true if not a}
        if not first:
            return Judgement("failed", "the model has no initial state: no diagram shows what it does")
        reached = first | {b for _, b in modelled}
        faults = [
            f"the model never reaches {s}, which the diagram has" for s in options if s in same.values() and s not in reached
        ]
        faults += [
            f"the diagram lacks {s}, which the model reaches" for s in options if s in reached and s not in same.values()
        ]
        if drawn.initial:
            begin = {same[s] for s in drawn.initial}
            faults += [f"the model can't begin in {s}" for s in sorted(begin - first)]
            faults += [f"the diagram doesn't begin in {s}, as the model can" for s in sorted(first - begin)]
        faults += [f"the model has no step {a} → {b}" for a, b in sorted(wanted - modelled)]
        faults += [f"the diagram has no step {a} → {b}" for a, b in sorted(modelled - wanted) if a != b]
        parts = tuple(EvidencePart(f"{a} → {b}", True, (a, b) in modelled) for a, b in sorted(wanted))
        return Judgement("failed", short("; ".join(faults)), parts=parts) if faults else Judgement("passed", parts=parts)


def _same(states: frozenset[str], options: list[str]) -> dict[str, str]:
    """State of the diagram → value of the variable, matched by letters and digits, ignoring case."""
    by_letters = {letters_and_digits(v): v for v in options}
    letters = {s: letters_and_digits(s) for s in states}
    return {s: by_letters[key] for s, key in letters.items() if key in by_letters}
