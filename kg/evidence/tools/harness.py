"""Runs the Python code of a note inside the sandbox and reports which assertions and tests were reached.

It doesn't run in kg's own process, but as ``python -I -S -B run.py [session]`` in a folder with ``claim.py`` and ``order``.
``order`` contains a word that the report must repeat; it is deleted before the code of the note starts.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import doctest
import functools
import inspect
import json
import os
import sys
import threading
import types
import unittest
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TextIO

UNSEEN = ("ctypes.dlopen", "ctypes.dlsym", "gc.get_objects", "gc.get_referrers", "gc.get_referents", "sys.addaudithook")
"""Audit events of access to memory or objects outside the judged code."""
WITHIN = ("/proc/self/mem", "/proc/self/fd", "/proc/self/maps", "/proc/thread-self", "/dev/fd")
LIBRARY = (f"{Path(os.__file__).parent}{os.sep}", "<")
"""What the file name of library code starts with; code without a file is named in angle brackets."""
PATCHES = "unittest.mock"
"""The module that replaces attributes of others and restores them."""
HEAP_TYPE = 1 << 9
"""Flag of classes that were made at run time; the others can't be changed."""
PRINTS = ("this", "antigravity")
"""Library modules that do something when they are imported."""


class Asserts(ast.NodeTransformer):
    """Rewrites each assertion so that it records that it was reached, its condition, and the elements that it sees."""

    def __init__(self, name: str, before: int = 0, *, session: bool = False) -> None:
        self.name, self.before, self.session = name, before, session

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
        if isinstance(node.func, ast.Attribute) and node.func.attr.startswith("assert"):
            node.args = [self._counted(a) for a in node.args]
        return node

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        """The expression of an example, whose value is compared."""
        self.generic_visit(node)
        if self.session:
            node.value = self._counted(node.value)
        return node

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


class Library:
    """The modules that were imported, with their attributes and those of their classes as they were then."""

    def __init__(self) -> None:
        self.modules: dict[str, types.ModuleType] = {}
        self.parts: list[tuple[str, object, type, dict[str, object]]] = []
        self.classes: set[type] = set()

    def add(self) -> None:
        """Record the modules that are new and complete."""
        for name, module in list[tuple[str, object]](sys.modules.items()):
            # `multiprocessing` gives the main module a second name.
            if name in self.modules or not isinstance(module, types.ModuleType) or module is sys.modules["__main__"]:
                continue
            if getattr(getattr(module, "__spec__", None), "_initializing", False):
                continue
            self.modules[name] = module
            self._add(name, module)
            for value in list(vars(module).values()):
                if isinstance(value, type) and value.__flags__ & HEAP_TYPE and value not in self.classes:
                    self.classes.add(value)
                    self._add(f"{value.__module__}.{value.__qualname__}", value)

    def _add(self, name: str, owner: object) -> None:
        kept = {
            key: value
            for key, value in list(vars(owner).items())
            # Functions and constants: other values are where the library keeps its state.
            if callable(value) or hasattr(value, "__get__") or (key[:1] != "_" and type(value) in (int, float, complex, str))
        }
        self.parts.append((name, owner, type(owner), kept))

    def changed(self) -> str:
        """The first attribute that isn't what it was when its module was imported."""
        missing = object()
        for name, owner, kind, kept in self.parts:
            now = vars(owner)
            if type(owner) is not kind:
                return name
            for key, value in kept.items():
                if now.get(key, missing) is not value and f"{name}.{key}" not in OWN_STATE:
                    return f"{name}.{key}"
        return next((n for n, m in self.modules.items() if sys.modules.get(n, m) is not m), "")


OWN_STATE = frozenset(
    ("doctest.master", "linecache.getlines", "pdb.set_trace", "time.timezone", "time.altzone", "time.daylight")
)
"""Attributes that the library itself changes: doctest while it runs, and `time.tzset`."""


class Watch:
    """What the rewritten assertions record."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.reached: dict[int, int] = {}
        self.failed: set[int] = set()
        self.objects: set[int] = set()
        self.elements: dict[tuple[int, int], bool] = {}
        self.changed = ""

    def __call__(self, line: int, value: object) -> bool:
        """Record the condition of an assertion, and return whether it is true."""
        times = self.reached[line] = self.reached.get(line, 0) + 1
        if times & (times - 1) == 0:
            # A replacement that is undone later would not be seen at the end; each time would be slow in a loop.
            self.look()
        if isinstance(value, KINDS):
            self.objects.add(line)
        if value:
            return True
        self.failed.add(line)
        return False

    def each(self, place: tuple[int, int], values: Iterable[object], counts: bool) -> Iterable[object]:
        """Record that an iteration was come to and, with `counts`, whether it has elements."""
        seen = self.elements.setdefault(place, False)
        return self._seen(place, iter(values)) if counts and not seen else values

    def _seen(self, place: tuple[int, int], values: Iterator[object]) -> Iterator[object]:
        for value in values:
            self.elements[place] = True
            yield value
            yield from values

    def look(self) -> None:
        """Record whether the library has changed."""
        self.changed = self.changed or self.library.changed()


KINDS = (types.FunctionType, types.BuiltinFunctionType, types.GeneratorType, types.CoroutineType, types.ModuleType, type)


class Examples(doctest.DocTestRunner):
    """Runs doctest examples, and looks at the library after each."""

    def __init__(self, watch: Watch, slot: str) -> None:
        super().__init__(verbose=False)
        self.watch = watch
        self.slot = slot
        self.sources: list[ast.AST] = []
        doctest.compile = self._compile  # type: ignore[attr-defined]

    def report_success(self, *_: object) -> None:
        """An example gave what it should."""
        self.watch.look()

    def _compile(self, source: str, name: str, mode: str, flags: int, dont_inherit: bool) -> types.CodeType:
        example = self.test.examples[int(name.rpartition("[")[2].rstrip("]>"))]
        tree = ast.parse(source, name, mode)
        before = (self.test.lineno or 0) + example.lineno
        tree = Asserts(self.slot, before, session=bool(example.want)).visit(tree)
        self.sources.append(tree)
        code: types.CodeType = compile(tree, name, mode, flags, dont_inherit)
        return code


def _recorded(load: Callable[..., types.ModuleType], library: Library) -> Callable[..., types.ModuleType]:
    """The import function, after which new modules are in the library."""

    def load_and_record(*args: object, **options: object) -> types.ModuleType:
        module = load(*args, **options)
        if len(sys.modules) != len(library.modules) + 1:
            library.add()
        return module

    return load_and_record


def _auditor(unseen: list[str]) -> Callable[[str, tuple[Any, ...]], None]:
    """The function that Python tells what it does; what would not be seen in the text is listed."""

    def audit(event: str, arguments: tuple[Any, ...]) -> None:
        if event in UNSEEN:
            unseen.append(event)
        elif event == "open" and isinstance(arguments[0], str) and arguments[0].startswith(WITHIN):
            unseen.append(arguments[0])
        elif event == "exec" and not arguments[0].co_filename.startswith(LIBRARY) and arguments[0].co_filename != "claim.py":
            unseen.append(f"'{Path(arguments[0].co_filename).name}', which is not of the library")
        elif event == "import" and arguments[0] == PATCHES:
            unseen.append(PATCHES)

    return audit


def main(session: bool) -> None:
    """Run ``claim.py``, and write ``report`` if it reaches its end. Otherwise exit as the code does."""
    order = Path("order")
    word = order.read_text(encoding="ascii")
    order.unlink()
    text = Path("claim.py").read_text(encoding="utf-8")
    pid, getpid, write = os.getpid(), os.getpid, os.write
    unseen: list[str] = []
    library = Library()
    watch = Watch(library)
    slot = f"_{word}"

    # The tests of the code run below, each once.
    unittest.main = unittest.TestProgram = lambda *_args, **_kwargs: None  # type: ignore[misc,assignment]
    loader, suite, stream = unittest.TestLoader(), unittest.TestSuite(), sys.stderr
    result = unittest.TestResult()
    runner = Examples(watch, slot)
    finder, parser = doctest.DocTestFinder(), doctest.DocTestParser()
    module = types.ModuleType("__main__")
    module.__file__ = "claim.py"
    names = module.__dict__
    names[slot] = watch
    report: dict[str, object] = {"word": word, "exit": 0, "examples": 0}
    sys.modules["__main__"] = module
    sys.argv = ["claim.py"]
    sys.addaudithook(_auditor(unseen))
    builtins.__import__ = _recorded(builtins.__import__, library)
    library.add()
    unseen.clear()
    if session:
        told = parser.get_doctest(text, names, "claim.py", "claim.py", 0)
        names = told.globs
        runner.run(told, clear_globs=False)
    else:
        tree = ast.parse(text, "claim.py")
        runner.sources.append(tree)
        last = tree.body[-1].lineno if tree.body else 0
        code = compile(Asserts(slot).visit(tree), "claim.py", "exec")
        unseen.clear()
        try:
            exec(code, names)  # noqa: S102  # the text itself, in its cage
        except SystemExit as end:
            if end.code not in (None, 0):
                raise
            trace: Any = end.__traceback__
            line = trace.tb_next.tb_lineno if trace is not None and trace.tb_next is not None else 0
            report["exit"] = 0 if line >= last else line or 1
        sys.stdout.flush()
        if names.get(slot) is not watch:
            unseen.append("its own record of assertions")
        for value in list(names.values()):
            if isinstance(value, type) and issubclass(value, unittest.TestCase) and value.__module__ == "__main__":
                suite.addTests(_watched(loader.loadTestsFromTestCase(value), watch))
        suite.run(result)
        for test in finder.find(module, "__main__", module):
            runner.run(test)
    _join_threads()
    _end_where_tests_failed(runner, result, stream)
    watch.look()
    report["examples"] = runner.tries
    report["tests"] = result.testsRun
    report["skipped"] = len(result.skipped) + len(result.expectedFailures) + len(result.unexpectedSuccesses)
    report["reached"], report["failed"], report["objects"] = sorted(watch.reached), sorted(watch.failed), sorted(watch.objects)
    report["empty"] = sorted(place[0] for place, seen in watch.elements.items() if not seen)
    report["unseen"] = sorted(set(unseen))
    report["changed"] = watch.changed or _posing(runner.sources, names)
    if getpid() != pid:
        raise SystemExit(1)
    descriptor = os.open("report", os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    write(descriptor, json.dumps(report).encode())
    os.close(descriptor)


def _watched(tests: unittest.TestSuite, watch: Watch) -> Iterator[unittest.TestCase]:
    """The tests, each of which looks at the library before its fixtures are taken down."""
    for case in tests:
        if isinstance(case, unittest.TestCase):
            name = case.id().rpartition(".")[2]
            run = getattr(case, name)
            if not inspect.iscoroutinefunction(run):
                setattr(case, name, _then(run, watch.look))
            yield case


def _then(run: Callable[[], object], look: Callable[[], None]) -> Callable[[], None]:
    @functools.wraps(run)
    def both() -> None:
        run()
        look()

    return both


def _posing(sources: list[ast.AST], names: dict[str, object]) -> str:
    """A use ``math.gcd`` of something of the code's own that has the name of the library's module, which has that attribute.

    Also a function of the library under the name of another one of the same module.
    """
    nodes = [node for tree in sources for node in ast.walk(tree)]
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.module in sys.modules and not node.level:
            module = sys.modules[node.module]
            for alias in node.names:
                other = getattr(module, alias.asname or "", None)
                if other is not None and other is not getattr(module, alias.name, None):
                    return f"{node.module}.{alias.asname}"
        if not isinstance(node, ast.Attribute) or not isinstance(node.value, ast.Name):
            continue
        name, attribute = node.value.id, node.attr
        if name not in names or name not in sys.stdlib_module_names or name in PRINTS or attribute[:2] == "__":
            continue
        with contextlib.suppress(ImportError):
            if names[name] is not (real := __import__(name)) and hasattr(real, attribute) and _own(names[name], attribute):
                return f"{name}.{attribute}"
    return ""


def _own(value: object, attribute: str) -> bool:
    """Whether an attribute is defined by the code itself, or by a module under another name."""
    item = getattr(value, attribute, None)
    kind = value if isinstance(value, type) else type(value)
    defined = kind.__module__ if not callable(item) else getattr(item, "__module__", "")
    return isinstance(value, types.ModuleType) or attribute in getattr(value, "__dict__", ()) or defined == "__main__"


def _join_threads() -> None:
    """Wait for the threads that the code started, except daemons."""
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join()


def _end_where_tests_failed(runner: doctest.DocTestRunner, result: unittest.TestResult, stream: TextIO) -> None:
    """If a test failed, print the failures and exit with status 1."""
    for case, trouble in (*result.errors, *result.failures):
        stream.write(f"{trouble}\n{case}: {trouble.strip().splitlines()[-1]}\n")
    if runner.failures or not result.wasSuccessful():
        sys.stdout.flush()
        raise SystemExit(1)


if __name__ == "__main__":
    main(len(sys.argv) > 1)
