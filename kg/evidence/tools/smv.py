"""NuSMV and nuXmv: compares the result of each specification of a model with the author's expectation."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from pathlib import Path
from typing import Final, NamedTuple

from kg.base import caches, process
from kg.base.process.sandbox import SandboxLimits
from kg.evidence.claims import Piece
from kg.evidence.tools.base import Installed, Judgement, short, unfinished
from kg.evidence.tools.constants import module_bodies
from kg.evidence.tools.smv_formulas import identifiers
from kg.evidence.tools.smv_meaning import idle
from kg.evidence.tools.smv_models import PROPERTY, SECTION, SPECIFICATIONS, run_model, without_comments, without_sections
from kg.evidence.tools.smv_traces import read_traces
from kg.model import EvidencePart

_DECLARED: Final = re.compile(r"\b(CTLSPEC|SPEC|LTLSPEC|INVARSPEC|PSLSPEC|COMPUTE)\b")
_TYPE: Final = {"CTLSPEC": "CTL", "SPEC": "CTL", "LTLSPEC": "LTL", "INVARSPEC": "Invar", "PSLSPEC": "PSL"}
_MODULE: Final = re.compile(r"\bMODULE\s+([\w$#-]+)")
_WHERE: Final = re.compile(r"^file model\.smv: (?:line \d+: )?")
_LINE: Final = re.compile(r"line (\d+)")
_UNTOTAL: Final = "The transition relation is not total"
_NO_STATE: Final = "initial states set of the finite state machine is empty"
_UNFAIR: Final = "Fair states set of the finite state machine is empty"


class DeclaredSpecification(NamedTuple):
    """A specification as the text declares it."""

    type: str
    """``CTL``, ``LTL``, ``Invar`` or ``PSL``."""
    module: str
    line: int
    text: str
    """The formula."""


def declared(text: str) -> list[DeclaredSpecification]:
    """The specifications that a model declares, in order.

    >>> found = declared("MODULE main\\nVAR x : boolean; -- SPEC no\\nSPEC AG x\\nLTLSPEC F x")
    >>> [(s.type, s.module, s.line, s.text) for s in found]
    [('CTL', 'main', 2, 'AG x'), ('LTL', 'main', 3, 'F x')]
    """
    text = without_comments(text)
    modules = [(m.start(), m[1]) for m in _MODULE.finditer(text)][::-1]
    specifications = []
    module, line, counted = "", 0, 0
    for m in _DECLARED.finditer(text):
        if m[1] in _TYPE:
            while modules and modules[-1][0] < m.start():
                module = modules.pop()[1]
            line += text.count("\n", counted, m.start())
            counted = m.start()
            following = SECTION.search(text, m.end())
            formula = text[m.end() : following.start() if following else len(text)].partition(";")[0]
            formula = re.sub(r"^\s*NAME\s+\S+\s*:=", "", formula)
            specifications.append(DeclaredSpecification(_TYPE[m[1]], module, line, " ".join(formula.split())))
    return specifications


def unused(text: str) -> set[str]:
    """Modules that main doesn't instantiate, directly or indirectly. NuSMV doesn't check their specifications."""
    text = without_comments(text)
    bodies = module_bodies(text)
    uses = {name: _named(body) & bodies.keys() for name, body in bodies.items()}
    seen, queue = {"main"}, ["main"]
    while queue:
        for name in uses.get(queue.pop(), ()):
            if name not in seen:
                seen.add(name)
                queue.append(name)
    return set(bodies) - seen


def _named(body: str) -> set[str]:
    """The words between a colon and the next semicolon, where types stand."""
    return {word for part in body.split(";") for word in re.findall(r"[\w$#-]+", part.partition(":")[2])}


class Smv:
    """NuSMV 2.5 or newer, or nuXmv."""

    group = "smv"
    languages = ("smv",)
    cost = "models are not checked; kg doctor --install nusmv builds it"

    def locate(self) -> str | None:
        """`$KG_NUSMV`, then PATH, then the build in the user's cache."""
        named = os.environ.get("KG_NUSMV", "")
        path = named or process.find("NuSMV", "nusmv", "nuXmv", "nuxmv") or str(built())
        return path if Path(path).is_file() else None

    def version(self, path: str) -> Installed | None:
        """Name and version, as the program reports them."""
        answer = process.run([path, "-help"], timeout=30)
        version = re.search(r"\b(nuXmv|NuSMV) (\d[\w.]*)", answer.stdout + answer.stderr)
        return Installed(path, version[1].lower(), version[2]) if version else None

    def judge(self, piece: Piece, installed: Installed, limits: SandboxLimits) -> Judgement:
        """Check every specification. Compare the results with the expected ones, and their number with the declared ones.

        NuSMV exits with 0 whatever the results are. In a model without initial states or with deadlocks, everything holds
        vacuously, so such a model fails whatever its specifications are.
        """
        before = "".join(p.text.rstrip("\n") + "\n" for p in piece.inputs)
        offset = before.count("\n")
        text = before + piece.text
        outcome = run_model(installed, text, limits, traces=True)
        early = unfinished(outcome, limits)
        if early is not None:
            return early
        if outcome.status != 0:
            error = next((row for row in outcome.stderr.splitlines() if row.strip()), f"it ended with status {outcome.status}")
            line = _LINE.search(error)
            at = min(int(line[1]) - 1 - offset, piece.text.rstrip("\n").count("\n")) if line else -1
            return Judgement("failed", short(_WHERE.sub("", error)), at if at >= 0 else None)
        wanted = declared(text)
        without = unused(text)
        never = [d for d in wanted if d.module in without]
        if never:
            why = f"module {never[0].module} has no instance: its specification is never looked at"
            return Judgement("failed", why, max(0, never[0].line - offset))
        if not wanted:
            return Judgement("failed", "the model has no specification: nothing is checked")
        warnings = outcome.stderr
        if _NO_STATE in warnings or _UNFAIR in warnings:
            # An LTL specification is checked in the product with the model of its negation, of which the tool says the same.
            warnings = run_model(installed, without_sections(text, SPECIFICATIONS), limits).stderr
        judgement, types = _compared(piece, wanted, outcome.stdout, warnings, offset)
        if judgement.verdict != "passed":
            return judgement
        whole = all(d.module == "main" for d in wanted)
        for p, stated in zip(judgement.parts, wanted if whole else (), strict=False):
            if identifiers(p.name) != identifiers(stated.text):
                return Judgement("failed", short(f"{p.name} is not the specification in the text"), p.line, judgement.parts)
        why, part = idle(installed, text, judgement.parts, types, limits)
        if not why:
            return judgement
        place = judgement.parts[part].line if part is not None else None
        return Judgement("failed", short(why), place, judgement.parts)


def _compared(
    piece: Piece, wanted: list[DeclaredSpecification], out: str, err: str, offset: int
) -> tuple[Judgement, list[str]]:
    """Compare the results with the expectations. Return the judgement and the type of each specification."""
    rows = [m.groups() for m in PROPERTY.finditer(out) if m[3] != "Quantitative"]
    whole = all(d.module == "main" for d in wanted)
    if len(rows) < len(wanted) or (whole and len(rows) != len(wanted)):
        return Judgement("failed", f"{len(wanted)} specifications are declared, and {len(rows)} verdicts were given"), []
    order = _in_order(wanted, [row[2] for row in rows]) if whole else list(range(len(rows)))
    rows = [rows[i] for i in order]
    expect = piece.attributes.expect or (True,)
    if len(expect) not in (1, len(rows)):
        return Judgement("failed", f"expect has {len(expect)} values for {len(rows)} specifications"), []
    traces = read_traces(out)
    parts = []
    for i, (_, formula, _, status, trace, name) in enumerate(rows):
        expected = expect[0] if len(expect) == 1 else expect[i]
        holds = {"True": True, "False": False}.get(status)
        label = " ".join(formula.split())
        line = max(0, wanted[i].line - offset) if whole else 0
        parts.append(EvidencePart(label, expected, holds, "" if name == "N/A" else name, line, traces.get(trace)))
    judged = tuple(parts)
    if _NO_STATE in err:
        return Judgement("failed", "the model has no initial state: every specification holds of nothing", None, judged), []
    if _UNTOTAL in out or _UNFAIR in err:
        why = "a state has no successor or no fair path leads on, so that specifications may hold of nothing"
        return Judgement("failed", why, None, judged), []
    bad = [p for p in judged if not p.as_expected]
    if bad:
        names = {True: "true", False: "false", None: "undecided"}
        why = "; ".join(f"{p.name} is {names[p.holds]}, expected {names[p.expected]}" for p in bad)
        return Judgement("failed", short(why), bad[0].line, judged), []
    return Judgement("passed", parts=judged), [row[2] for row in rows]


def _in_order(wanted: list[DeclaredSpecification], types: list[str]) -> list[int]:
    """For each specification in the order of the text, its index in the tool's list, which is sorted by type."""
    places: dict[str, list[int]] = defaultdict(list)
    for i, kind in enumerate(types):
        places[kind].append(i)
    if any(sum(d.type == kind for d in wanted) != len(indexes) for kind, indexes in places.items()):
        return list(range(len(types)))
    return [places[d.type].pop(0) for d in wanted]


def built() -> Path:
    """Where `kg doctor --install nusmv` installs the program."""
    return caches.tools() / "nusmv" / "NuSMV"
