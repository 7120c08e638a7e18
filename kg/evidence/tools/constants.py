"""Variables of a model that never change: what a model says of them, it says of nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from kg.evidence.tools.smv_models import SECTION

_MODULE: Final = re.compile(r"\bMODULE\s+([\w$#-]+)")
_VARIABLES: Final = re.compile(rf"\b(FROZEN)?VAR\b(.*?)(?={SECTION.pattern}|\Z)", re.DOTALL)
_DEFINITIONS: Final = re.compile(rf"\bDEFINE\b(.*?)(?={SECTION.pattern}|\Z)", re.DOTALL)
_DEFINED: Final = re.compile(r"([A-Za-z_][\w$#-]*)\s*:=([^;]*)")
_WORD: Final = re.compile(r"[A-Za-z_][\w$#-]*")
_PARAMETERS: Final = re.compile(r"\s*\(([^)]*)\)")
_DECLARATION: Final = re.compile(r"([A-Za-z_][\w$#-]*)\s*:\s*([^;]+);")
_RANGE: Final = re.compile(r"(-?\d+)\s*\.\.\s*(-?\d+)")
_INSTANCE: Final = re.compile(r"(?:process\s+)?([A-Za-z_][\w$#-]*)\s*(?:\(|$)")
_MOST_VALUES: Final = 16
_MOST_VARIABLES: Final = 40
_DEEPEST: Final = 3


class PossibleConstant(NamedTuple):
    """A variable, and a value that it might always have."""

    name: str
    """With its instances: ``p.state``."""
    value: str
    frozen: bool = False
    """Whether it is declared never to change: then only a value that is stated beforehand makes it a constant."""


def possible_constants(model: str) -> list[PossibleConstant]:
    """Return each value of each variable with few values, of the main module and of its instances. `model` has no comments.

    >>> [(c.name, c.value) for c in possible_constants("MODULE a VAR x : boolean; MODULE main VAR p : a; n : 0..1;")]
    [('p.x', 'FALSE'), ('p.x', 'TRUE'), ('n', '0'), ('n', '1')]
    """
    modules = module_bodies(model)
    names: list[PossibleConstant] = []
    for name, values, frozen in _declared(modules, "main", "", _DEEPEST):
        if len({c.name for c in names}) == _MOST_VARIABLES:
            break
        names += (PossibleConstant(name, value, frozen) for value in values)
    return names


def instances(model: str) -> dict[str, str]:
    """The module of each instance by its place, the main module at the empty one. `model` has no comments.

    >>> instances("MODULE a VAR x : boolean; MODULE b VAR p : a; MODULE main VAR q : b;")
    {'': 'main', 'q': 'b', 'q.p': 'a'}
    """
    return {place: module for place, (module, _) in _instances(module_bodies(model)).items()}


def definitions(model: str) -> set[str]:
    """The definitions that depend on a variable, with their instances. `model` has no comments.

    >>> text = "MODULE a(m, x) DEFINE b := m = 1; c := x; d := !c; MODULE main VAR v : boolean; p : a(1, v);"
    >>> sorted(definitions(text))
    ['p.c', 'p.d']
    """
    modules = module_bodies(model)
    dependent: set[str] = set()
    varying: dict[str, set[str]] = {}
    for place, (module, arguments) in _instances(modules).items():
        outer, _, _ = place.rpartition(".")
        parameters = _WORD.findall(m[1]) if (m := _PARAMETERS.match(modules[module])) else []
        given = [{*_WORD.findall(argument)} & varying[outer] for argument in arguments.split(",")] if place else []
        names = {name for section in _VARIABLES.finditer(modules[module]) for name, _ in _DECLARATION.findall(section[2])}
        names |= {parameter for parameter, words in zip(parameters, given, strict=False) if words}
        said = {m[1]: {*_WORD.findall(m[2])} for s in _DEFINITIONS.finditer(modules[module]) for m in _DEFINED.finditer(s[1])}
        for _ in said:  # a definition may use others, in any order
            names |= {name for name, words in said.items() if words & names}
        varying[place] = names
        dependent |= {f"{place}.{name}" if place else name for name in said.keys() & names}
    return dependent


def _instances(modules: dict[str, str]) -> dict[str, tuple[str, str]]:
    """Module and arguments of each instance by its place; what is outside comes first."""
    placed = {"": ("main", "")} if "main" in modules else {}
    queue = [(place, "main", _DEEPEST) for place in placed]
    for place, module, depth in queue:
        for section in _VARIABLES.finditer(modules[module]) if depth else ():
            for name, kind in _DECLARATION.findall(section[2]):
                instance = _INSTANCE.match(kind.strip())
                if instance and instance[1] in modules:
                    inner = f"{place}.{name}" if place else name
                    placed[inner] = (instance[1], kind.partition("(")[2])
                    queue.append((inner, instance[1], depth - 1))
    return placed


def module_bodies(model: str) -> dict[str, str]:
    """The text of each module by its name.

    >>> module_bodies("MODULE a VAR x : b; MODULE main"), module_bodies("no model")
    ({'a': ' VAR x : b; ', 'main': ''}, {})
    """
    starts = [*_MODULE.finditer(model)]
    ends = [*(m.start() for m in starts[1:]), len(model)]
    return {m[1]: model[m.end() : end] for m, end in zip(starts, ends, strict=False)}  # without a module, one end is left


def _declared(modules: dict[str, str], module: str, prefix: str, depth: int) -> Iterator[tuple[str, Sequence[str], bool]]:
    for section in _VARIABLES.finditer(modules.get(module, "")):
        for name, kind in _DECLARATION.findall(section[2]):
            values = _values(kind.strip())
            if values:
                yield prefix + name, values, bool(section[1])
            elif depth and (instance := _INSTANCE.match(kind.strip())) and instance[1] in modules:
                yield from _declared(modules, instance[1], f"{prefix}{name}.", depth - 1)


def _values(kind: str) -> Sequence[str]:
    if kind == "boolean":
        return ("FALSE", "TRUE")
    if kind.startswith("{") and kind.endswith("}"):
        values = [value.strip() for value in kind[1:-1].split(",")]
    elif m := _RANGE.fullmatch(kind):
        first, last = int(m[1]), int(m[2])
        values = [str(n) for n in range(first, min(last, first + _MOST_VALUES) + 1)]
    else:
        return ()
    return values if 1 < len(values) <= _MOST_VALUES else ()
