"""Whether a true specification says something of its model, or would be true of a model that does something else."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from kg.base.process.sandbox import SandboxLimits
from kg.evidence.tools.base import Installed
from kg.evidence.tools.constants import definitions, instances, possible_constants
from kg.evidence.tools.smv_formulas import TEMPORAL, identifiers, in_place, step, without_consequents, without_disjuncts
from kg.evidence.tools.smv_models import (
    BEHAVIOUR,
    FAIRNESS,
    PROPERTY,
    SPECIFICATIONS,
    constrained,
    run_model,
    sections,
    with_specifications,
    without_sections,
)
from kg.model import EvidencePart

_KEYWORD: Final = {"CTL": "CTLSPEC", "LTL": "LTLSPEC", "Invar": "INVARSPEC", "PSL": "PSLSPEC"}
"""Keyword by type, in the order of the tool's list."""
_MOST_LOOKED: Final = 4_000_000
"""Characters of all variants of a specification, each without one of its parts."""
_PRESUMED: Final = ("INIT", "INVAR", "FAIRNESS", "JUSTICE", "COMPASSION")

Ask = Callable[[str, Sequence[str]], list[str] | None]
"""The results of specifications in a model, in their order; None if the tool doesn't take them."""


class _Statement(NamedTuple):
    """What a module says: an antecedent in a specification."""

    module: str
    specification: str
    antecedent: str


class _Condition(NamedTuple):
    """An antecedent in a specification that should be true."""

    part: int
    text: str
    spec: str
    """The specification with FALSE instead of the consequent: it holds where the antecedent never matters."""
    said: _Statement
    """What the module says; its instances say the same."""


def idle(
    installed: Installed, model: str, parts: Sequence[EvidencePart], types: Sequence[str], limits: SandboxLimits
) -> tuple[str, int | None]:
    """Why the result is vacuous, and the index of the specification concerned; an empty reason if it isn't vacuous.

    A result is vacuous if the model has no fair path, or loses them on its way; if a variable never changes; if a specification
    names no variable, has an antecedent that never matters, follows from what the model presumes or defines, or holds in every
    model with these variables (or in none, if it should be false); if its variables get their last value at the first step,
    whatever the rest of the model does; or if it holds without one of its disjuncts.
    """
    for i, part in enumerate(parts):
        if not identifiers(in_place(part.name)[0]):
            return f"{part.name} says nothing of the model: it names no variable", i
        number = part.name.count("|") + part.name.count("->")
        if number * len(part.name) > _MOST_LOOKED:
            return f"{number} antecedents and disjuncts in one specification are too many to look at each: split it", i
    bare = without_sections(model, SPECIFICATIONS)

    def ask(text: str, specs: Sequence[str]) -> list[str] | None:
        """The results in the order of `specs`, which the tool lists by kind; None if it doesn't take them."""
        kinds = list(_KEYWORD.values())
        order = sorted(range(len(specs)), key=lambda i: kinds.index(specs[i].partition(" ")[0]))
        outcome = run_model(installed, with_specifications(text, [specs[i] for i in order]), limits)
        rows = [m[4] for m in PROPERTY.finditer(outcome.stdout)] if outcome.status == 0 else []
        return [row for _, row in sorted(zip(order, rows, strict=True))] if len(rows) == len(specs) else None

    looks: tuple[Callable[[], tuple[str, int | None]], ...] = (
        lambda: _nothing_happens(ask, bare, parts, types),
        lambda: _fairness_lost(ask, bare),
        lambda: _restated(bare, parts),
        lambda: _assigned(ask, bare, parts),
        lambda: _true_by_definition(ask, bare, parts),
        lambda: _always_so(ask, bare, parts, types),
        lambda: _never_needed(ask, bare, parts, types),
    )
    return next((found for look in looks if (found := look())[0]), ("", None))


def _nothing_happens(ask: Ask, bare: str, parts: Sequence[EvidencePart], types: Sequence[str]) -> tuple[str, int | None]:
    """Whether there is a fair path, on which each antecedent matters and each variable changes."""
    conditions = _conditions(parts, types, bare)
    constants = possible_constants(bare)
    paths = ["CTLSPEC EG TRUE", "LTLSPEC FALSE"] if constrained(bare) else []
    specs = [*paths, *(_invariant(f"{c.name} = {c.value}", bare) for c in constants)]
    rows = ask(bare, [*specs, *(c.spec for c in conditions)])
    if rows is None:
        return "the model can't be asked whether its variables change", None
    if paths and rows[:2] != ["True", "False"]:
        return "no fair path leads on from the beginning: every specification holds of nothing", None
    # What a module says, it says of something if its condition matters in one of its instances.
    told = {c.said for c, row in zip(conditions, rows[len(specs) :], strict=True) if row != "True"}
    for c in conditions:
        if c.said not in told:
            return f"{parts[c.part].name} says nothing: {c.text} is never so where it matters", c.part
    for constant, row in zip(constants, rows[len(paths) : len(specs)], strict=True):
        if row == "True":
            return f"{constant.name} never changes: it is always {constant.value}", None
    return "", None


def _conditions(parts: Sequence[EvidencePart], types: Sequence[str], bare: str) -> list[_Condition]:
    modules = instances(bare)
    conditions = []
    for i, part in enumerate(parts):
        formula, place = in_place(part.name)
        for condition, weaker in without_consequents(formula) if part.expected else ():
            keyword, always = _KEYWORD[types[i]], re.sub(r"^\s*G\b", "", weaker)
            if types[i] == "Invar" or (types[i] != "CTL" and always != weaker and not TEMPORAL.search(always)):
                spec = _invariant(always, bare)
            else:
                spec = f"{keyword} {weaker}"
            at = f" IN {place}" if place else ""
            conditions.append(_Condition(i, condition, f"{spec}{at}", _Statement(modules.get(place, place), formula, weaker)))
    return conditions


def _invariant(formula: str, bare: str) -> str:
    """The specification that a formula without temporal operators holds in all states on fair paths; the quickest of its kind.

    The tool looks for states that break invariants once for all of them, and forwards, but on unfair paths too.
    """
    return f"CTLSPEC AG ({formula})" if constrained(bare) else f"INVARSPEC {formula}"


def _fairness_lost(ask: Ask, bare: str) -> tuple[str, int | None]:
    """Whether the model reaches a state from which no fair path leads on: the tool doesn't look at what happens there."""
    constraints = []
    places = instances(bare)
    for module, keyword, text in sections(bare, FAIRNESS):
        pair = re.fullmatch(r"\(([^,]*),([^,]*)\)", text) if keyword == "COMPASSION" else None
        formula = f"AG (EF ({pair[2]}) | EF EG !({pair[1]}))" if pair else f"AG EF ({text})"
        if pair or keyword != "COMPASSION":
            constraints += [(f"{keyword} {text}", formula, at) for at, name in places.items() if name == module]
    if constraints:
        specs = [f"CTLSPEC {formula}{f' IN {at}' if at else ''}" for _, formula, at in constraints]
        for (text, _, _), row in zip(constraints, ask(without_sections(bare, FAIRNESS), specs) or (), strict=False):
            if row == "False":
                return f"the model presumes {text}, which some of its states rule out: what happens there isn't looked at", None
    return "", None


def _restated(bare: str, parts: Sequence[EvidencePart]) -> tuple[str, int | None]:
    """Whether a constraint on steps is the specification itself."""
    steps = {step(text): text for _, _, text in sections(bare, "TRANS")}
    for i, part in enumerate(parts):
        presumed = steps.get(step(in_place(part.name)[0])) if part.expected else None
        if presumed is not None:
            return f"{part.name} is what the model presumes: TRANS {presumed}", i
    return "", None


def _assigned(ask: Ask, bare: str, parts: Sequence[EvidencePart]) -> tuple[str, int | None]:
    """Whether all variables of a specification have their last value from the second state on, whatever the others do."""
    values: dict[str, list[str]] = {}
    for constant in possible_constants(bare):
        if not constant.frozen:
            values.setdefault(constant.name, []).append(constant.value)
    pairs = [(name, value) for name, few in values.items() for value in few]
    rows = _from_the_second(ask, bare, [f"{name} = {value}" for name, value in pairs]) if len(values) > 1 else None
    settled = {name: value for (name, value), row in zip(pairs, rows or (), strict=False) if row == "True"}
    contents = _contents(without_sections(bare, BEHAVIOUR))
    explained = contents.keys() | values.keys() | {value for few in values.values() for value in few}
    for i, part in enumerate(parts if settled else ()):
        names, queue = set[str](), list(identifiers(part.name))
        while queue:
            name = queue.pop()
            queue += identifiers(contents.get(name, "")) - names
            names.add(name)
        used = sorted(names & values.keys())
        if used and names <= explained and set(used) <= settled.keys() and len(used) < len(values):
            settling = f"{used[0]} is assigned {settled[used[0]]} at the first step"
            return f"{part.name} says nothing of the model: {settling}, whatever the rest does: let it depend on the model", i
    return "", None


def _from_the_second(ask: Ask, bare: str, formulas: Sequence[str]) -> list[str] | None:
    """Whether formulas hold from the second state on, on fair paths."""
    if constrained(bare):
        return ask(bare, [f"CTLSPEC AX AG ({formula})" for formula in formulas])
    begun = "begun"
    while begun in bare:
        begun += "_"
    clock = f"VAR {begun} : boolean;\nASSIGN init({begun}) := FALSE; next({begun}) := TRUE;"
    return ask(with_specifications(bare, [clock]), [f"INVARSPEC {begun} -> {formula}" for formula in formulas])


def _contents(free: str) -> dict[str, str]:
    """Definition → what it says, in a model without behaviour."""
    return {m[1]: m[2] for m in re.finditer(r"([A-Za-z_][\w$#-]*)\s*:=([^;]*);", free)}


def _never_needed(ask: Ask, bare: str, parts: Sequence[EvidencePart], types: Sequence[str]) -> tuple[str, int | None]:
    """Whether a specification of all paths also holds without one of its disjuncts."""
    weaker = []
    for i, part in enumerate(parts):
        formula, place = in_place(part.name)
        if part.expected and _of_all_paths(part, types[i]):
            at = f" IN {place}" if place else ""
            weaker += [(i, text, f"{_KEYWORD[types[i]]} {spec}{at}") for text, spec in without_disjuncts(formula)]
    rows = ask(bare, [spec for _, _, spec in weaker]) if weaker else None
    for (i, text, _), row in zip(weaker, rows or (), strict=False):
        if row == "True":
            return f"{parts[i].name} says nothing of {text}: it holds without that disjunct, so leave it out", i
    return "", None


def _true_by_definition(ask: Ask, bare: str, parts: Sequence[EvidencePart]) -> tuple[str, int | None]:
    """Whether a specification uses a definition of variables that has one value whatever these are."""
    dependent = definitions(bare)
    used = []
    for i, part in enumerate(parts):
        formula, place = in_place(part.name)
        for name in sorted(identifiers(formula)):
            if (f"{place}.{name}" if place else name) in dependent and _is_boolean(name, formula):
                used.append((i, name, f" IN {place}" if place else ""))
    if not used:
        return "", None
    specs = [f"CTLSPEC AG {sign}({name}){at}" for _, name, at in used for sign in ("", "!")]
    rows = ask(without_sections(bare, BEHAVIOUR), specs) or ()
    for ((i, name, _), value), row in zip(itertools.product(used, ("TRUE", "FALSE")), rows, strict=False):
        if row == "True":
            return f"{parts[i].name} says nothing of the model: {name} is always {value} by its definition", i
    return "", None


def _is_boolean(name: str, formula: str) -> bool:
    """Whether a formula uses a name as a truth value."""
    around = re.findall(rf"(\S*)\s*(?<![\w$#.-]){re.escape(name)}(?![\w$#.-])\s*(\S*\s*\S*)", formula)
    compared = re.compile(r"[<>=+*/-]|!=|mod\b|in\b|union\b")
    return all(
        not re.search(r"(?:[<>=+*/]|(?<!\S)-|mod|in|union)$", before.replace("->", ""))
        and (not compared.match(after.replace("->", "")) or re.match(r"=\s*(?:TRUE|FALSE)\b", after))
        for before, after in around
    )


def _always_so(ask: Ask, bare: str, parts: Sequence[EvidencePart], types: Sequence[str]) -> tuple[str, int | None]:
    """Whether a specification follows from what the model presumes, without its steps, or holds in every model.

    What holds of all paths holds in every model if it holds where everything may change; other specifications are also asked of
    `_opposites`. What follows from definitions alone is allowed; `_true_by_definition` looks at these.
    """
    free = without_sections(bare, BEHAVIOUR)
    others, values = _opposites(free)
    own_names = {*values, *itertools.chain.from_iterable(values.values())}
    of_all_paths = {i for i, part in enumerate(parts) if _of_all_paths(part, types[i])}
    defined = {i for i, part in enumerate(parts) if _defined(part.name, bare, free)}
    left = [
        i
        for i, part in enumerate(parts)
        if i in of_all_paths or (i not in defined and others and identifiers(part.name) <= own_names)
    ]
    presumed = [word for word in _PRESUMED if re.search(rf"\b{word}\b", bare)]
    for number, other in enumerate((without_sections(bare, "ASSIGN|TRANS"), *others)):
        left = _still_true(ask, other, parts, types, left)
        empty = [i for i in left if number == len(others) or i in of_all_paths]
        by_definition = _still_true(ask, free, parts, types, [i for i in empty if i in defined]) if presumed else empty
        for i in empty:
            if i not in defined or i not in by_definition:
                given = f" and this {' and '.join(presumed)}" if presumed else ""
                many = "every model" if parts[i].expected else "no model"
                return f"{parts[i].name} says nothing of the model: {many} with these variables{given} fulfils it", i
        left = [i for i in left if i not in empty]
    return "", None


def _still_true(ask: Ask, model: str, parts: Sequence[EvidencePart], types: Sequence[str], those: Sequence[int]) -> list[int]:
    """Those of the specifications that hold in a model too; nothing if it can't be asked, as it refers to what was removed."""
    rows = ask(model, [_again(parts[i], types[i]) for i in those]) if those else None
    return [i for i, row in zip(those, rows or (), strict=False) if row == "True"]


def _again(part: EvidencePart, kind: str) -> str:
    """The specification again, negated if it is expected to be false."""
    formula, place = in_place(part.name)
    signed = f"({formula})" if part.expected else f"!({formula})"
    return f"{_KEYWORD[kind]} {signed}{f' IN {place}' if place else ''}"


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


def _defined(formula: str, model: str, free: str) -> bool:
    """Whether a formula uses variables through a definition. A tautology may then come from the definition's content.

    `free` is the model without behaviour.
    """
    contents = _contents(free)
    seen: set[str] = set()
    queue = [(name, False) for name in identifiers(formula)]
    while queue:
        name, by_definition = queue.pop()
        if "." in name:
            return True  # a variable of a module, whose definitions are not examined
        if name in contents and name not in seen:
            seen.add(name)
            queue += ((n, True) for n in identifiers(contents[name]))
        elif by_definition and re.search(rf"(?<![\w$#.-]){re.escape(name)}\s*:(?!=)", model):
            return True
    return False
