"""NuSMV and nuXmv: compares the result of each specification of a model with the author's expectation."""

from __future__ import annotations

import itertools
import os
import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from kg.base import caches, process
from kg.base.process import sandbox
from kg.base.process.sandbox import Caged, SandboxLimits
from kg.evidence.claims import Piece
from kg.evidence.tools.base import Installed, Judgement, short, unfinished
from kg.evidence.tools.constants import possible_constants
from kg.evidence.tools.smv_formulas import TEMPORAL, condition, identifiers
from kg.evidence.tools.smv_traces import read_traces
from kg.model import EvidencePart

SCRIPT: Final = "set on_failure_script_quits\nread_model -i model.smv\ngo\ncheck_fsm\ncheck_property\nshow_property\nquit\n"
_DECLARED: Final = re.compile(r"\b(CTLSPEC|SPEC|LTLSPEC|INVARSPEC|PSLSPEC|COMPUTE)\b")
SPECIFICATIONS: Final = "CTLSPEC|SPEC|LTLSPEC|INVARSPEC|PSLSPEC|COMPUTE"
"""The keywords of sections that are specifications."""
_FAIRNESS: Final = "FAIRNESS|JUSTICE|COMPASSION"
_STEPS: Final = "ASSIGN|TRANS|INIT|INVAR"
_BEHAVIOUR: Final = f"{_STEPS}|{_FAIRNESS}"
_SECTION: Final = re.compile(rf"\b(?:MODULE|VAR|IVAR|FROZENVAR|DEFINE|CONSTANTS|ISA|{_BEHAVIOUR}|{SPECIFICATIONS})\b")
_KEYWORD: Final = {"CTL": "CTLSPEC", "LTL": "LTLSPEC", "Invar": "INVARSPEC", "PSL": "PSLSPEC"}
"""Keyword by type, in the order of the tool's list."""
_TYPE: Final = {"CTLSPEC": "CTL", "SPEC": "CTL", "LTLSPEC": "LTL", "INVARSPEC": "Invar", "PSLSPEC": "PSL"}
_MODULE: Final = re.compile(r"\bMODULE\s+([\w$#-]+)")
PROPERTY: Final = re.compile(
    r"^(\d+)\s*:\s*(.*?)\s*\n\s*\[(CTL|LTL|Invar|PSL|Quantitative)\s+(\S+)\s+(\S+)\s+(\S+)\s*\]", re.MULTILINE | re.DOTALL
)
_WHERE: Final = re.compile(r"^file model\.smv: (?:line \d+: )?")
_LINE: Final = re.compile(r"line (\d+)")
_UNTOTAL: Final = "The transition relation is not total"


class DeclaredSpecification(NamedTuple):
    """A specification as the text declares it."""

    type: str
    """``CTL``, ``LTL``, ``Invar`` or ``PSL``."""
    module: str
    line: int
    text: str
    """The formula."""


def without_comments(text: str) -> str:
    """A model with blanked-out comments: from ``--`` to the end of the line, and from ``/--`` to ``--/``.

    >>> without_comments("a -- /-- b\\nc /-- d\\n--/ e")
    'a \\nc      \\n    e'
    """
    return re.sub(
        r"/--.*?(?:--/|\Z)|--[^\n]*", lambda m: "" if m[0][0] == "-" else re.sub(r"[^\n]", " ", m[0]), text, flags=re.DOTALL
    )


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
            following = _SECTION.search(text, m.end())
            formula = text[m.end() : following.start() if following else len(text)].partition(";")[0]
            formula = re.sub(r"^\s*NAME\s+\S+\s*:=", "", formula)
            specifications.append(DeclaredSpecification(_TYPE[m[1]], module, line, " ".join(formula.split())))
    return specifications


def unused(text: str) -> set[str]:
    """Modules that main doesn't instantiate, directly or indirectly. NuSMV doesn't check their specifications."""
    text = without_comments(text)
    starts = [*((m.start(), m.end(), m[1]) for m in _MODULE.finditer(text)), (len(text), len(text), "")]
    bodies = {name: text[end : starts[i + 1][0]] for i, (_, end, name) in enumerate(starts[:-1])}
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


def run_model(installed: Installed, model: str, limits: SandboxLimits) -> Caged:
    """Run the model checker on a model; it checks and lists all specifications."""
    return sandbox.run(
        [installed.path, "-source", "commands"],
        {"model.smv": model, "commands": SCRIPT},
        limits=limits,
        tools=[Path(installed.path)],
    )


def without_sections(model: str, names: str) -> str:
    """Remove the sections that `names`, a regular expression, matches from a model without comments.

    >>> without_sections("MODULE main\\nVAR x : boolean;\\nSPEC AG x\\nDEFINE y := x;", SPECIFICATIONS)
    'MODULE main\\nVAR x : boolean;\\nDEFINE y := x;'
    """
    text = without_comments(model)
    cut = re.compile(rf"(?:{names})\b")
    cuts = [m.start() for m in _SECTION.finditer(text)] + [len(text)]
    out, last = [], 0
    for start, end in itertools.pairwise(cuts):
        out.append(text[last:start])
        out.append("" if cut.match(text, start) else text[start:end])
        last = end
    return "".join(out)


def with_specifications(model: str, specs: list[str]) -> str:
    """Add specifications at the end of the main module.

    >>> with_specifications("MODULE main\\nVAR x : boolean;\\nMODULE b", ["CTLSPEC x"])
    'MODULE main\\nVAR x : boolean;\\nCTLSPEC x\\nMODULE b'
    """
    main = re.search(r"\bMODULE\s+main\b", model)
    after = re.search(r"\bMODULE\b", model[main.end() :]) if main is not None else None
    cut = main.end() + after.start() if main is not None and after is not None else len(model)
    before = model[:cut].rstrip("\n") + "\n"
    return before + "\n".join(specs) + "\n" + model[cut:]


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
        outcome = run_model(installed, text, limits)
        early = unfinished(outcome, limits)
        if early is not None:
            return early
        if outcome.status != 0:
            error = next((row for row in outcome.stderr.splitlines() if row.strip()), f"it ended with status {outcome.status}")
            line = _LINE.search(error)
            at = min(int(line[1]) - 1 - offset, piece.text.rstrip("\n").count("\n")) if line else -1
            return Judgement("failed", short(_WHERE.sub("", error)), at if at >= 0 else None)
        wanted = declared(text)
        idle = unused(text)
        never = [d for d in wanted if d.module in idle]
        if never:
            why = f"module {never[0].module} has no instance: its specification is never looked at"
            return Judgement("failed", why, max(0, never[0].line - offset))
        if not wanted:
            return Judgement("failed", "the model has no specification: nothing is checked")
        judgement, types = _compared(piece, wanted, outcome.stdout, outcome.stderr, offset)
        if judgement.verdict != "passed":
            return judgement
        whole = all(d.module == "main" for d in wanted)
        why, part = _idle(installed, text, judgement.parts, types, wanted if whole else (), limits)
        if not why:
            return judgement
        place = judgement.parts[part].line if part is not None else None
        return Judgement("failed", short(why), place, judgement.parts)


def _again(part: EvidencePart, kind: str) -> str:
    """The specification again, negated if it is expected to be false."""
    formula, _, place = part.name.partition(" IN ")
    signed = f"({formula})" if part.expected else f"!({formula})"
    return f"{_KEYWORD[kind]} {signed}{f' IN {place}' if place else ''}"


def _rows(outcome: Caged) -> list[str] | None:
    """The results in the order of the tool's list; None if the run failed."""
    return [m[4] for m in PROPERTY.finditer(outcome.stdout)] if outcome.status == 0 else None


def _idle(
    installed: Installed,
    model: str,
    parts: Sequence[EvidencePart],
    types: Sequence[str],
    wanted: Sequence[DeclaredSpecification],
    limits: SandboxLimits,
) -> tuple[str, int | None]:
    """Why the result is vacuous, and the index of the specification concerned; an empty reason if it isn't vacuous.

    A result is vacuous if the model has no fair path; if a variable never changes; if a specification differs from that in the
    text, names no variable, holds in every model with these variables and this fairness (or in none, if it should be false), or
    has an antecedent that never holds. What holds of all paths holds in every model if it holds where everything may change;
    the other specifications are also asked of `_opposites`.
    """
    for i, (part, stated) in enumerate(zip(parts, wanted, strict=False)):
        if identifiers(part.name) != identifiers(stated.text):
            return f"{part.name} is not the specification in the text", i
        if not identifiers(part.name):
            return f"{part.name} says nothing of the model: it names no variable", i
    bare = without_sections(model, SPECIFICATIONS)
    conditions = [(i, p) for i, part in enumerate(parts) if part.expected and (p := condition(part.name))]
    checks: list[tuple[str, str, int | None]] = [
        (f"AG !({p})", f"{parts[i].name} says nothing: {p} is never so", i) for i, p in conditions
    ]
    checks += [
        (f"AG ({c.name} = {c.value})", f"{c.name} never changes: it is always {c.value}", None)
        for c in possible_constants(bare)
    ]
    asked = ["CTLSPEC EG TRUE", *(f"CTLSPEC {formula}" for formula, _, _ in checks), "LTLSPEC FALSE"]
    rows = _rows(run_model(installed, with_specifications(bare, asked), limits))
    if rows is None or len(rows) != len(asked):
        return "the model can't be asked whether it has a fair path", None
    if rows[0] != "True" or rows[-1] != "False":
        return "no fair path leads on from the beginning: every specification holds of nothing", None
    for (_, why, part_index), status in zip(checks, rows[1:-1], strict=True):
        if status == "True":
            return why, part_index
    free = without_sections(bare, _BEHAVIOUR)
    others, values = _opposites(free)
    known = {*values, *itertools.chain.from_iterable(values.values())}
    left = [
        i
        for i, part in enumerate(parts)
        if not _defined(part.name, bare) and (_of_all_paths(part, types[i]) or (others and identifiers(part.name) <= known))
    ]
    left.sort(key=lambda i: list(_KEYWORD).index(types[i]))
    # Fairness is what the model presumes: what follows from it alone, the model doesn't show.
    for number, other in enumerate((without_sections(bare, _STEPS), *others)):
        if not left:
            break
        rows = _rows(run_model(installed, with_specifications(other, [_again(parts[i], types[i]) for i in left]), limits))
        if rows is None or len(rows) != len(left):
            break  # unknown: the rest of the model refers to what was removed
        left = [i for i, status in zip(left, rows, strict=True) if status == "True"]
        for i in left:
            if number == len(others) or _of_all_paths(parts[i], types[i]):
                fair = " and this fairness" if re.search(rf"\b(?:{_FAIRNESS})\b", bare) else ""
                many = "every model" if parts[i].expected else "no model"
                return f"{parts[i].name} says nothing of the model: {many} with these variables{fair} fulfils it", i
    return "", None


def _opposites(free: str) -> tuple[list[str], dict[str, list[str]]]:
    """Models with the variables of one without behaviour, as unlike each other as possible; and the values of each variable.

    In them, nothing ever changes; everything changes at each step; everything has its first value from the second state on, or
    its last one. A specification that holds in all of them, and where everything may change, holds in every model, but for odd
    ones that tell three states in a row apart.
    """
    values: dict[str, list[str]] = {}
    for constant in possible_constants(free):
        if constant.frozen:
            continue
        values.setdefault(constant.name, []).append(constant.value)
    rules = (
        [f"next({name}) = {name}" for name in values],
        [f"next({name}) != {name}" for name in values],
        [f"next({name}) = {few[0]}" for name, few in values.items()],
        [f"next({name}) = {few[-1]}" for name, few in values.items()],
    )
    return [with_specifications(free, [f"TRANS {' & '.join(rule)}"]) for rule in rules if rule], values


def _of_all_paths(part: EvidencePart, kind: str) -> bool:
    """Whether truth in the unconstrained model implies truth in every model. In CTL, this needs a formula without E."""
    if kind != "CTL":
        return True
    return not re.search(r"\bE[XFGB]|\bE\s*\[|!\s*\(?\s*A", part.name) if part.expected else not TEMPORAL.search(part.name)


def _defined(formula: str, model: str) -> bool:
    """Whether a formula uses variables through a definition. A tautology may then come from the definition's content."""
    text = without_comments(model)
    definitions = {m[1]: m[2] for m in re.finditer(r"([A-Za-z_][\w$#-]*)\s*:=([^;]*);", without_sections(text, _BEHAVIOUR))}
    seen: set[str] = set()
    queue = [(name, False) for name in identifiers(formula)]
    while queue:
        name, by_definition = queue.pop()
        if "." in name:
            return True  # a variable of a module, whose definitions are not examined
        if name in definitions and name not in seen:
            seen.add(name)
            queue += ((n, True) for n in identifiers(definitions[name]))
        elif by_definition and re.search(rf"(?<![\w$#.-]){re.escape(name)}\s*:(?!=)", text):
            return True
    return False


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
    if "initial states set of the finite state machine is empty" in err:
        return Judgement("failed", "the model has no initial state: every specification holds of nothing", None, judged), []
    if _UNTOTAL in out or "Fair states set of the finite state machine is empty" in err:
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
