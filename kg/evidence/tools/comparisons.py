"""Detects classes of a note whose comparisons don't look at what they compare: an assertion that uses them says nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda

ORDERED: Final = ("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__")
"""What compares an object with another one."""
_ASKED: Final = ("__contains__", "__instancecheck__", "__subclasscheck__", "__subclasshook__")
"""What tells something of its operand alone."""
_OF_ITSELF: Final = ("__bool__", "__len__", "__hash__")
COMPARED: Final = (*ORDERED, *_ASKED, *_OF_ITSELF)
_KINDS: Final = ("isinstance", "issubclass", "type", "callable")
"""What tells of an object without its value."""
_PLAIN: Final = frozenset(("object", "ABC", "Protocol", "Generic", "Exception", "type"))
"""Base classes whose objects hold nothing of their own."""


class _Comparison(NamedTuple):
    """A method that compares, and where it gets its name."""

    name: str
    function: Function
    line: int


def blind(nodes: list[ast.AST]) -> Iterator[tuple[str, int]]:
    """The methods that compare without looking at what they compare, each with its line from 1."""
    functions: dict[str, Function] = {}
    classes = {node.name: node for node in nodes if isinstance(node, ast.ClassDef)}
    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            functions[node.name] = node
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda):
            functions |= {target.id: node.value for target in node.targets if isinstance(target, ast.Name)}
    bases = {name: list(map(_base, kind.bases)) for name, kind in classes.items()}
    heirs: dict[str, list[str]] = {}
    for name, above in bases.items():
        for base in above:
            heirs.setdefault(base, []).append(name)
    foreign = heirs.keys() - classes.keys() - _PLAIN
    holding = _reached({name for name, kind in classes.items() if _holds(kind)} | foreign, heirs)
    # What a class inherits also compares what it holds itself.
    holding = _reached(holding, bases)
    for kind in classes.values():
        names = {item.name for item in kind.body if isinstance(item, ast.FunctionDef)}
        for method in _comparisons(kind.body, functions):
            if _is_blind(method, kind.name in holding, names):
                yield method.name, method.line
    for node in nodes:
        # A class that is made by a call holds whatever its bases hold.
        yield from ((m.name, m.line) for m in _by_call(node, functions) if _is_blind(m, True, set()))


def _comparisons(body: list[ast.stmt], functions: Mapping[str, Function]) -> Iterator[_Comparison]:
    for item in body:
        if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef) and item.name in COMPARED:
            yield _Comparison(item.name, item, item.lineno)
        elif isinstance(item, ast.If | ast.For | ast.While | ast.With | ast.Try):
            yield from _comparisons([n for n in ast.iter_child_nodes(item) if isinstance(n, ast.stmt)], functions)
        elif isinstance(item, ast.Assign | ast.AnnAssign):
            targets = item.targets if isinstance(item, ast.Assign) else [item.target]
            function = _function(item.value, functions)
            names = [t.id for t in targets if isinstance(t, ast.Name) and t.id in COMPARED]
            yield from (_Comparison(name, function, item.lineno) for name in names if function is not None)


def _by_call(node: ast.AST, functions: Mapping[str, Function]) -> Iterator[_Comparison]:
    """``type("A", (), {"__eq__": f})``, ``setattr(A, "__eq__", f)`` and the like."""
    pairs: list[tuple[ast.expr | None, ast.expr]] = []
    if isinstance(node, ast.Dict):
        pairs = list(zip(node.keys, node.values, strict=True))
    elif isinstance(node, ast.Call):
        pairs = [(ast.Constant(k.arg), k.value) for k in node.keywords if k.arg]
        pairs += [(node.args[-2], node.args[-1])] if len(node.args) > 1 else []
    elif isinstance(node, ast.Assign):
        pairs = [(t.slice, node.value) for t in node.targets if isinstance(t, ast.Subscript)]
    for key, value in pairs:
        function = _function(value, functions)
        if isinstance(key, ast.Constant) and key.value in COMPARED and function is not None:
            yield _Comparison(str(key.value), function, value.lineno)


def _function(value: ast.expr | None, functions: Mapping[str, Function]) -> Function | None:
    while isinstance(value, ast.Call) and len(value.args) == 1:
        value = value.args[0]  # `classmethod(f)` and the like
    if isinstance(value, ast.Name):
        return functions.get(value.id)
    return value if isinstance(value, ast.Lambda) else None


def _base(base: ast.expr) -> str:
    """The name of a base class: of ``a.B[C]``, ``B``; something foreign for what has no name."""
    while isinstance(base, ast.Subscript):
        base = base.value
    if isinstance(base, ast.Attribute):
        return base.attr
    return base.id if isinstance(base, ast.Name) else "?"


def _reached(first: Iterable[str], ways: Mapping[str, Iterable[str]]) -> set[str]:
    """The names that ways lead to from the first ones, and these."""
    reached = set(first)
    queue = list(reached)
    while queue:
        new = [name for name in ways.get(queue.pop(), ()) if name not in reached]
        reached.update(new)
        queue += new
    return reached


def _holds(kind: ast.ClassDef) -> bool:
    """Whether objects of a class hold something by what it says itself, by which they differ."""
    return any(
        isinstance(node, ast.AnnAssign)
        or (isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store))
        or (isinstance(node, ast.Assign) and any(getattr(t, "id", "") == "__slots__" for t in node.targets))
        for item in kind.body
        for node in ast.walk(item)
    )


def _is_blind(method: _Comparison, holds: bool, names: set[str]) -> bool:
    results = [r for r in _results(method.function) if getattr(r, "id", "") != "NotImplemented"]
    if not results:
        return False  # it raises, or leaves the comparison to the other side
    arguments = _arguments(method.function)
    rest = method.function.args.vararg
    constant = len({ast.dump(r) for r in results}) == 1 and isinstance(results[0], ast.Constant)
    if method.name in _OF_ITSELF:
        value = results[0].value if isinstance(results[0], ast.Constant) else None
        # A vector of three, a null object, or objects that collide are what they are said to be.
        apt = {"__len__": bool(names & {"__getitem__", "__iter__"}), "__hash__": "__eq__" in names}.get(method.name, False)
        return constant and not apt and (holds or (method.name == "__bool__" and value is True))
    if constant or (method.name in ORDERED and all(map(_tells_nothing, results))):
        return True
    used = _used(method.function, kinds=not holds or method.name in _ASKED)
    if rest is not None and rest.arg in used:
        return False
    needed = arguments[:2] if holds and method.name in ORDERED else arguments[1:2]
    return not set(needed) <= used


def _results(function: Function) -> list[ast.expr]:
    """What a function returns, without the functions in it; a condition's two values are two results."""
    if isinstance(function, ast.Lambda):
        returned = [function.body]
    else:
        queue: list[ast.AST] = list(function.body)
        returned = []
        while queue:
            node = queue.pop()
            if isinstance(node, ast.Return):
                returned.append(node.value or ast.Constant(None))
            elif not isinstance(node, Function | ast.ClassDef):
                queue += ast.iter_child_nodes(node)
    results = []
    while returned:
        result = returned.pop()
        if isinstance(result, ast.IfExp):
            returned += [result.body, result.orelse]
        else:
            results.append(result)
    return results


def _tells_nothing(result: ast.expr) -> bool:
    """Whether a result is the same whatever its names are: ``x or True``, ``x == x``."""
    if isinstance(result, ast.BoolOp):
        return any(isinstance(v, ast.Constant) and bool(v.value) is isinstance(result.op, ast.Or) for v in result.values)
    return isinstance(result, ast.Compare) and [ast.dump(result.left)] == [ast.dump(c) for c in result.comparators]


def _used(function: Function, *, kinds: bool) -> set[str]:
    """The names on which a function's result depends; with `kinds`, also those of which it asks for the class only."""
    depends: dict[str, set[str]] = {}
    used: set[str] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign | ast.NamedExpr | ast.For | ast.comprehension):
            value = node.iter if isinstance(node, ast.For | ast.comprehension) else node.value
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in (n for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)):
                depends.setdefault(target.id, set()).update(_names(value, kinds) if value is not None else ())
            used |= _names(node.iter, kinds) if isinstance(node, ast.For) else set()
        elif isinstance(node, ast.If | ast.While | ast.Return | ast.IfExp | ast.Match):
            tested = {ast.Return: "value", ast.Match: "subject"}.get(type(node), "test")
            value = getattr(node, tested)
            used |= _names(value, kinds) if value is not None else set()
    if isinstance(function, ast.Lambda):
        used |= _names(function.body, kinds)
    # An argument that gets another value isn't looked at.
    used -= {name for name, sources in depends.items() if name not in sources and name in _arguments(function)}
    queue = list(used)
    while queue:
        for name in depends.get(queue.pop(), set()) - used:
            used.add(name)
            queue.append(name)
    return used | (set(_arguments(function)[:1]) if "super" in used else set())


def _arguments(function: Function) -> list[str]:
    return [a.arg for a in (*function.args.posonlyargs, *function.args.args)]


def _names(node: ast.AST, kinds: bool) -> set[str]:
    """The names whose values an expression looks at."""
    names: set[str] = set()
    queue = [node]
    while queue:
        part = queue.pop()
        if not kinds:
            if isinstance(part, ast.Call) and isinstance(part.func, ast.Name) and part.func.id in _KINDS:
                continue
            if isinstance(part, ast.Attribute) and part.attr == "__class__":
                continue
        if isinstance(part, ast.Name):
            names.add(part.id)
        queue += ast.iter_child_nodes(part)
    return names
