"""Detects Python code that succeeds whatever it claims: statically before the run, and from the report after the run."""

from __future__ import annotations

import ast
import builtins
import doctest
import unittest
from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from kg.base.formats.python_text import read_python
from kg.evidence.tools.comparisons import COMPARED, blind
from kg.evidence.tools.library import FIXTURES
from kg.evidence.tools.rewriting import bound, imported

Fault = tuple[str, int]
"""The message, and the line in the text, from 0."""

_INSIDE: Final = frozenset(
    "_getframe _current_frames currentframe f_back f_locals f_globals f_code f_builtins tb_frame gi_frame cr_frame ag_frame"
    " co_consts __code__ __globals__ __builtins__ __subclasses__ __debug__ settrace setprofile addaudithook displayhook"
    " __displayhook__ excepthook __closure__ cell_contents get_objects get_referrers get_referents".split()
)
"""Names through which code accesses the interpreter or harness that runs it."""
_HIDING: Final = frozenset(("exec", "eval", "compile", "__import__", "globals", "locals"))
"""Functions that run or change what the text doesn't show."""
_MODULES: Final = frozenset(
    ("builtins", "ctypes", "importlib", "imp", "runpy", "code", "codeop", "_thread", "__main__", "pdb", "bdb")
)
_ASSERTIONS: Final = frozenset(name for name in vars(unittest.TestCase) if name.startswith("assert"))
_BY_NAME: Final = ("attrgetter", "methodcaller", "__getattribute__")
"""What takes an attribute by a name that the text needn't show."""


def examples(text: str) -> list[doctest.Example]:
    """The examples in a session or in a docstring; empty if they don't parse."""
    try:
        return doctest.DocTestParser().get_examples(text)
    except ValueError:
        return []


def documented(tree: ast.Module) -> list[doctest.Example]:
    """The doctest examples in the docstrings of a module, its functions, its classes and their methods; with their lines."""
    tests: list[doctest.Example] = []
    queue: list[ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef] = [tree]
    while queue:
        node = queue.pop()
        first = node.body[0] if node.body else None
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
            found = examples(first.value.value)
            for example in found:
                example.lineno += first.lineno - 1
            tests += found
        if isinstance(node, ast.Module | ast.ClassDef):
            queue += [n for n in node.body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)]
    return tests


def in_text(tree: ast.Module) -> Fault | None:
    """The first pretence in the source: an assertion that can't fail, or access to the code that judges it."""
    tests = documented(tree)
    return _within_depth(tree.body, tests) or _empty(tests)


def in_session(text: str) -> Fault | None:
    """The first pretence in an interactive session."""
    tests = examples(text)
    return _within_depth([], tests) or _empty(tests)


def _within_depth(body: list[ast.stmt], tests: list[doctest.Example]) -> Fault | None:
    try:
        return _in(body, tests)
    except RecursionError:  # Python writes an expression in as many calls as it is deep
        return "it is nested too deep to be looked at: give parts of it names", 0


def _in(body: list[ast.stmt], tests: list[doctest.Example]) -> Fault | None:
    """The first pretence in statements and examples, which share their names."""
    whole = ast.Module(list(body), [])
    for example in tests:
        try:
            tree = read_python(example.source)
        except (ValueError, RecursionError):
            continue
        ast.increment_lineno(tree, example.lineno)
        whole.body += tree.body
    nodes = list(ast.walk(whole))
    imports = set(imported([whole]))
    own: dict[str, int] = {}
    for node in nodes:
        for name in bound(node):
            own[name] = min(node.lineno, own.get(name, node.lineno))  # type: ignore[attr-defined]  # each that binds has a line
    faults = [fault for node in nodes for fault in _faults(node, imports, own)]
    for name, line in blind(nodes):
        why = f"a class's own '{name}' doesn't look at what it is asked about: let it look at those values, or assert them"
        faults.append((why, line - 1))
    return min(faults, key=lambda fault: fault[1], default=None)


def _empty(tests: list[doctest.Example]) -> Fault | None:
    bad = next((e for e in tests if e.want.strip() == "..." or e.options.get(doctest.SKIP)), None)
    return ("an example is skipped, or takes whatever comes", bad.lineno) if bad is not None else None


def _name_of(node: ast.AST) -> str:
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else ""


def _faults(node: ast.AST, imports: set[str], own: Mapping[str, int]) -> Iterator[Fault]:
    at = getattr(node, "lineno", 1) - 1
    name = _name_of(node)
    if name in _INSIDE:
        yield f"'{name}' reaches for what runs it: whether it came to its end can't be told", at
    registered = isinstance(node, ast.ImportFrom) and node.module == "sys" and any(a.name == "modules" for a in node.names)
    if registered or (isinstance(node, ast.Attribute) and name == "modules" and _root(node) == "sys"):
        yield "'sys.modules' reaches for what runs it: whether it came to its end can't be told", at
    if isinstance(node, ast.Import | ast.ImportFrom):
        names = [a.name for a in node.names] + ([node.module or ""] if isinstance(node, ast.ImportFrom) else [])
        for word in names:
            if word.partition(".")[0] in _MODULES or word in _INSIDE:
                yield f"'{word}' reaches for what runs it: whether it came to its end can't be told", at
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and name in _HIDING and at < own.get(name, at + 1):
        yield f"'{name}' hides what it does: whether it came to its end can't be told", at
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        first = node.args[0] if node.args else None
        dynamic = node.func.id in ("getattr", "setattr", "delattr", "vars") and _root(first) in imports
        if dynamic or (node.func.id == "vars" and first is None):
            yield f"'{node.func.id}' hides what it does: whether it came to its end can't be told", at
    if isinstance(node, ast.Call) and _name_of(node.func) in ("getattr", *_BY_NAME) and not _of_itself(node):
        texts = [a.value if isinstance(a, ast.Constant) else None for a in node.args]
        pieces = {piece for text in texts if isinstance(text, str) for piece in text.split(".")}
        if pieces & _INSIDE or (_name_of(node.func) in _BY_NAME and None in texts):
            yield f"'{_name_of(node.func)}' hides what it does: whether it came to its end can't be told", at
    if isinstance(node, ast.Attribute) and name == "__dict__" and _root(node) in imports:
        yield f"'{ast.unparse(node)}' hides what it does: whether it came to its end can't be told", at
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _registers(node, imports, own):
        changed = ast.unparse(node.func.value)
        yield f"it changes '{changed}' of the library, by which the test is judged: use an object of its own", at
    stored = isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store | ast.Del)
    if stored and (_root(node) in imports or name.startswith("assert") or name in COMPARED):
        yield f"'{ast.unparse(node)}' is replaced, and with it part of what judges the test", at
    if isinstance(node, ast.Assert) and not isinstance(node.test, ast.Constant) and _always(node.test):
        yield "the assertion can't fail", at
    if isinstance(node, ast.ClassDef):
        yield from _in_class(node)


def _registers(node: ast.Call, imports: set[str], own: Mapping[str, int]) -> bool:
    """Whether a class of the library gets another one, or a builtin, as its subclass: ``numbers.Number.register(str)``."""
    kind = _root(node.args[0]) if len(node.args) == 1 else ""
    foreign = kind not in own and (kind in imports or isinstance(getattr(builtins, kind, None), type))
    return foreign and _name_of(node.func) == "register" and _root(node.func) in imports


def _of_itself(node: ast.Call) -> bool:
    """Whether an object takes an attribute of its own: ``super().__getattribute__(name)``."""
    whose = node.func.value if isinstance(node.func, ast.Attribute) else None
    if isinstance(whose, ast.Name) and whose.id == "object":
        whose = node.args[0] if node.args else None
    called = isinstance(whose, ast.Call) and isinstance(whose.func, ast.Name) and whose.func.id == "super"
    return called or (isinstance(whose, ast.Name) and whose.id == "self")


def _root(node: ast.AST | None) -> str:
    """The leftmost name of an expression."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _bound(node: ast.AST) -> Iterator[str]:
    """The names that a statement binds to a callable."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Import | ast.ImportFrom):
        yield from (a.asname or a.name for a in node.names)
    elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda | ast.Name | ast.Attribute):
        yield from (t.id for t in node.targets if isinstance(t, ast.Name))


def _always(test: ast.expr) -> bool:
    """Whether a condition is always true.

    >>> [_always(ast.parse(t, mode="eval").body) for t in ("(1 == 2, 'no')", "x or True", "x == x", "False", "x == y")]
    [True, True, True, False, False]
    """
    if isinstance(test, ast.Constant):
        return bool(test.value)
    if isinstance(test, ast.Tuple | ast.List | ast.Set):
        return bool(test.elts)
    if isinstance(test, ast.Dict):
        return bool(test.keys)
    if isinstance(test, ast.Lambda | ast.GeneratorExp | ast.JoinedStr):
        return True
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.Or):
        return any(map(_always, test.values))
    if isinstance(test, ast.BoolOp):
        return all(map(_always, test.values))
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], ast.Eq | ast.Is | ast.LtE | ast.GtE):
        called = any(isinstance(n, ast.Call | ast.Await) for n in ast.walk(test))
        return not called and ast.dump(test.left) == ast.dump(test.comparators[0])
    return False


def _in_class(node: ast.ClassDef) -> Iterator[Fault]:
    if not any("TestCase" in ast.unparse(base) for base in node.bases):
        return
    for item in node.body:
        for n in _bound(item):
            if hasattr(unittest.TestCase, n) and n not in FIXTURES and not n.startswith("test"):
                yield f"the test's own '{n}' stands for that of unittest", item.lineno - 1


class HarnessReport(msgspec.Struct, frozen=True):
    """The report of the harness on code that reached its end; lines are counted from 1."""

    word: str
    exit: int = 0
    """Line at which the code exited early; 0 if it didn't."""
    examples: int = 0
    checked: int = 0
    """Examples that expect or assert something."""
    tests: int = 0
    silent: list[str] = []
    """Tests that assert nothing."""
    skipped: int = 0
    reached: list[int] = []
    """Lines of the assertions that were reached."""
    failed: list[int] = []
    objects: list[int] = []
    """Lines of assertions whose condition is an object that is always true."""
    empty: list[int] = []
    """Lines of assertions with an ``all`` or a comprehension that went through nothing."""
    unseen: list[str] = []
    """Calls and files whose effects the harness can't observe."""
    posing: dict[str, int] = {}
    """Names of builtins and of the library by which something of the code's own was used, with the lines."""
    changed: str = ""
    """What the code changed or replaced in the library."""
    changed_at: int = 0
    """The line of the assertion at which that was seen; 0 if at the end or between tests."""


def in_report(report: HarnessReport, tree: ast.Module | None, text: str, first: int, claims: bool) -> Fault | None:
    """The first pretence in a report: a check that wasn't reached, whose failure was caught, or that can't be trusted.

    `first` is the first line of the block itself, from 1, after the blocks that it builds on.
    """
    if report.exit:
        return "it ends before its last line", report.exit - 1
    if report.unseen:
        return f"it uses {', '.join(report.unseen)}, whose result can't be observed", first - 1
    for word, line in report.posing.items():
        return f"its own '{word}' stands for what a reader takes that name for: give it another name", line - 1
    if report.changed:
        why = f"it changes '{report.changed}' of the library, by which the test is judged: use an object of its own"
        return why, max(first, report.changed_at) - 1
    if report.failed:
        return "an assertion is false, and that is caught", report.failed[0] - 1
    if report.objects:
        return (
            "the value asserted is one that is always true, as a function, a text or a tuple is: compare it",
            report.objects[0] - 1,
        )
    vacuous = next((line for line in report.empty if line >= first), 0)
    if vacuous:
        return "'all' or a comprehension in it goes through nothing: it says nothing", vacuous - 1
    asserts = [n for n in ast.walk(tree) if isinstance(n, ast.Assert)] if tree is not None else []
    # `assert False` marks a line that must not be reached, and `assert True` asserts nothing.
    telling = sorted(n.lineno for n in asserts if not isinstance(n.test, ast.Constant))
    for line in telling:
        if line >= first and line not in report.reached:
            return "the assertion is never reached", line - 1
    tests = _tests(tree) if tree is not None else 0
    for call in _calls_of_unittest(tree) if tests else ():
        if call.lineno >= first and not set(range(call.lineno, (call.end_lineno or call.lineno) + 1)) & set(report.reached):
            return "the assertion of unittest is never reached", call.lineno - 1
    wanted = len(documented(tree)) if tree is not None else len(examples(text))
    if report.examples < wanted:
        return f"{report.examples} of {wanted} examples are run", first - 1
    if report.skipped:
        return f"{report.skipped} of its tests are skipped, or expected to fail", first - 1
    if report.tests < tests:
        return f"{report.tests} of {tests} tests are run", first - 1
    if claims and report.silent:
        return f"its test '{report.silent[0]}' asserts nothing", first - 1
    if claims and not (report.checked or report.tests or any(line >= first for line in telling)):
        return "it claims something, and nothing in it is checked", first - 1
    return None


def _calls_of_unittest(tree: ast.Module | None) -> Iterator[ast.Call]:
    """The calls of assertions that unittest has."""
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _ASSERTIONS:
            yield node


def _tests(tree: ast.Module) -> int:
    """The number of unittest tests that a text defines; a redefinition of the same name counts again."""
    classes = [n for n in ast.walk(tree) if isinstance(n, ast.ClassDef) and any("TestCase" in ast.unparse(b) for b in n.bases)]
    return sum(
        isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef) and item.name.startswith("test")
        for c in classes
        for item in c.body
    )
