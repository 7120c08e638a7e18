"""Rewrites the Python code of a note so that its assertions record what they see; part of the harness, in the sandbox."""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Iterable, Iterator

JUDGES = frozenset(["AssertionError"]).union(
    name
    for name, value in vars(builtins).items()
    if callable(value) and name[0] != "_" and not (isinstance(value, type) and issubclass(value, BaseException))
) - frozenset(
    "compile copyright credits eval exec exit getattr globals hash help id input license locals open print quit".split()
)
"""The builtins by which code judges; programs often have a function of their own with the name of one of the others."""


def asserted(trees: Iterable[ast.AST], session: bool = False) -> set[str]:
    """The names in the assertions and, in a session, in its expressions."""
    names: set[str] = set()
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.Assert) or _is_of_unittest(node) or (session and isinstance(node, ast.Expr)):
                names |= {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
    return names


def _is_of_unittest(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr.startswith("assert")


class Asserts(ast.NodeTransformer):
    """Rewrites each assertion so that it records that it was reached, its condition, and the elements that it sees.

    The elements are also those of what `names` are bound to, and of what the functions of these names return.
    """

    def __init__(self, name: str, names: set[str], before: int = 0, *, session: bool = False) -> None:
        self.name, self.names, self.before, self.session = name, names, before, session

    def visit_Assert(self, node: ast.Assert) -> ast.AST:
        """``assert a, b`` → ``if not name(line, a): raise AssertionError(b)``."""
        test = self._counted(node.test)
        self.generic_visit(node)
        call = ast.Call(ast.Name(self.name, ast.Load()), [ast.Constant(node.lineno + self.before), test], [])
        error: ast.expr = ast.Name("AssertionError", ast.Load())
        if node.msg is not None:
            error = ast.Call(error, [node.msg], [])
        new = ast.If(ast.UnaryOp(ast.Not(), call), [ast.Raise(error)], [])
        return ast.fix_missing_locations(ast.copy_location(new, node))

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """``self.assertTrue(a)`` of unittest."""
        self.generic_visit(node)
        if _is_of_unittest(node):
            node.args = [self._counted(a) for a in node.args]
        return node

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        """The expression of an example, whose value is compared."""
        self.generic_visit(node)
        if self.session:
            node.value = self._counted(node.value)
        return node

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        """``ok = all(a)`` where ``ok`` is asserted."""
        self.generic_visit(node)
        if any(isinstance(target, ast.Name) and target.id in self.names for target in node.targets):
            node.value = self._counted(node.value)
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        """``ok: bool = all(a)`` where ``ok`` is asserted."""
        self.generic_visit(node)
        if node.value is not None and isinstance(node.target, ast.Name) and node.target.id in self.names:
            node.value = self._counted(node.value)
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.AST:
        """``return all(a)`` in a function that is called in an assertion."""
        self.generic_visit(node)
        last = node.body[-1]
        if node.name in self.names and isinstance(last, ast.Return) and last.value is not None:
            last.value = self._counted(last.value)
        return node

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815  # a name of the base class

    def _counted(self, test: ast.expr) -> ast.expr:
        counted: ast.expr = Elements(self.name, self.before).visit(test)
        return counted


class Elements(ast.NodeTransformer):
    """Rewrites a condition so that it records the elements that its comprehensions and its ``all`` go through."""

    def __init__(self, name: str, before: int) -> None:
        self.name, self.before = name, before

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """``all(a)`` → ``all(name.each(place, a, True))``; what ``filter`` and ``map`` go through."""
        self.generic_visit(node)
        word = node.func.id if isinstance(node.func, ast.Name) else ""
        at = {"all": 0, "filter": 1, "map": 1}.get(word)
        if at is not None and len(node.args) == at + 1 and not any(isinstance(a, ast.Starred) for a in node.args):
            node.args[at] = self._each(node, node.args[at], True)
        return node

    def visit_GeneratorExp(self, node: ast.GeneratorExp | ast.ListComp | ast.SetComp | ast.DictComp) -> ast.AST:
        """``f(x) for x in a if p(x)`` → ``f(x) for x in name.each(place, a, True) if p(x)``."""
        self.generic_visit(node)
        loops = node.generators
        if not any(loop.is_async for loop in loops):
            loops[-1].iter = self._each(node, loops[-1].iter, True)
            if len(loops) > 1:
                loops[0].iter = self._each(node, loops[0].iter, False)
        return node

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp  # noqa: N815  # names of the base class

    def _each(self, node: ast.expr, value: ast.expr, counts: bool) -> ast.expr:
        # `all` and the generator in it begin at different columns.
        place = ast.Tuple([ast.Constant(node.lineno + self.before), ast.Constant(node.col_offset)], ast.Load())
        each = ast.Attribute(ast.Name(self.name, ast.Load()), "each", ast.Load())
        new = ast.Call(each, [place, value, ast.Constant(counts)], [])
        return ast.fix_missing_locations(ast.copy_location(new, value))


_NAMED = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.ExceptHandler | ast.MatchAs | ast.MatchStar


def bound(node: ast.AST) -> Iterator[str]:
    """The names that a node binds to whatever it may be."""
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    elif isinstance(node, ast.arg):
        yield node.arg
    elif isinstance(node, _NAMED):
        yield from (node.name,) if node.name is not None else ()
    elif isinstance(node, ast.MatchMapping) and node.rest is not None:
        yield node.rest


def imported(trees: Iterable[ast.AST]) -> dict[str, set[tuple[str, str]]]:
    """The names that imports bind, each with the modules and what they bind of these; an empty text is the module."""
    names: dict[str, set[tuple[str, str]]] = {}
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    first = alias.name if alias.asname else alias.name.partition(".")[0]
                    names.setdefault(alias.asname or first, set()).add((first, ""))
            elif isinstance(node, ast.ImportFrom) and not node.level:
                for alias in node.names:
                    names.setdefault(alias.asname or alias.name, set()).add((node.module or "", alias.name))
    return names


class Names(ast.NodeTransformer):
    """Rewrites each use of a name that means a builtin or something of the library, and that the code binds, to record it.

    However it is bound (as an argument, by a loop, a pattern, in a class, in another scope), its value tells what it means.
    """

    def __init__(self, name: str, trees: Iterable[ast.AST], before: int = 0) -> None:
        trees = list(trees)
        imports = imported(trees)
        own = {word for tree in trees for node in ast.walk(tree) for word in bound(node)}
        self.name, self.before = name, before
        self.words = (own | imports.keys()) & JUDGES | own & imports.keys()
        self.modules = (own | imports.keys()) & sys.stdlib_module_names

    def visit_Name(self, node: ast.Name) -> ast.AST:
        """``len`` → ``name.meant(line, "len", len)``."""
        if isinstance(node.ctx, ast.Load) and node.id in self.words:
            return self._recorded("meant", node, [ast.Constant(node.id), node])
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        """``math.gcd`` → ``name.module(line, "math", math, "gcd").gcd``."""
        owner = node.value
        if (
            isinstance(owner, ast.Name)
            and owner.id in self.modules
            and isinstance(node.ctx, ast.Load)
            and node.attr[:2] != "__"
        ):
            node.value = self._recorded("module", owner, [ast.Constant(owner.id), owner, ast.Constant(node.attr)])
            return node
        return self.generic_visit(node)

    def visit_MatchClass(self, node: ast.MatchClass | ast.MatchValue) -> ast.AST:
        """A pattern is no expression: it is left as it is."""
        return node

    visit_MatchValue = visit_MatchClass  # noqa: N815  # a name of the base class

    def _recorded(self, method: str, node: ast.expr, arguments: list[ast.expr]) -> ast.expr:
        place = ast.Constant(node.lineno + self.before)
        call = ast.Call(ast.Attribute(ast.Name(self.name, ast.Load()), method, ast.Load()), [place, *arguments], [])
        return ast.fix_missing_locations(ast.copy_location(call, node))
