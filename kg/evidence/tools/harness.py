"""Runs the Python code of a note inside the sandbox and reports which assertions and tests were reached.

It doesn't run in kg's own process, but as ``python -I -S -B run.py [session]`` in a folder with ``claim.py``, the
other parts of the harness, and ``order``.
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
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from kg.evidence.tools.library import Library


def _part(name: str) -> types.SimpleNamespace:
    """Another part of the harness; it is not a module, which the code of the note could import."""
    names: dict[str, object] = {"__name__": name}
    code = compile(Path(__file__).with_name(f"{name}.py").read_text(encoding="utf-8"), f"<{name}>", "exec")
    exec(code, names)  # noqa: S102  # kg's own
    return types.SimpleNamespace(**names)


rewriting, library_of = _part("rewriting"), _part("library")


class Watch:
    """What the rewritten assertions record."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.reached: dict[int, int] = {}
        self.failed: set[int] = set()
        self.objects: set[int] = set()
        self.times = 0
        self.elements: dict[tuple[int, int], bool] = {}
        self.changed, self.changed_at = "", 0
        self.posing: dict[str, int] = {}
        self.imports: dict[str, set[tuple[str, str]]] = {}
        self.looked: dict[tuple[str, str, int], object] = {}

    def __call__(self, line: int, value: object) -> bool:
        """Record the condition of an assertion, and return whether it is true."""
        self.times += 1
        times = self.reached[line] = self.reached.get(line, 0) + 1
        if times & (times - 1) == 0:
            # A replacement that is undone later would not be seen at the end; each time would be slow in a loop.
            self.look(line)
        if value and (callable(value) or isinstance(value, KINDS)):
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

    def meant(self, line: int, word: str, value: object) -> object:
        """Record that a name is used that means something of the code's own, and not what it says."""
        if library_of.poses(word, value, self.imports.get(word, ())):
            self.posing.setdefault(word, line)
        return value

    def module(self, line: int, name: str, value: object, attribute: str) -> object:
        """Record the same of a module's name."""
        key = (name, attribute, id(value))
        if key not in self.looked:
            self.looked[key] = value
            if library_of.poses_as_module(name, value, attribute):
                self.posing.setdefault(f"{name}.{attribute}", line)
        return value

    def look(self, line: int = 0) -> None:
        """Record whether the library has changed, and the assertion at which that is seen."""
        if not self.changed:
            self.changed, self.changed_at = self.library.changed(), line

    def of_unittest(self, name: str, run: Callable[..., object]) -> Callable[..., object]:
        """An assertion of unittest, which is recorded where it is called."""

        @functools.wraps(run)
        def recorded(case: unittest.TestCase, *args: object, **options: object) -> object:
            frame = sys._getframe(1)
            if library_of.is_of_library(frame.f_globals):
                return run(case, *args, **options)
            line = frame.f_lineno
            times = self.reached.get(line, 0) + 1
            if times & (times - 1) == 0:  # as in `__call__`
                # Fixtures can be changed after the tests were collected.
                self.changed = self.changed or self.library.replaced(case)
            truth = name in ("assertTrue", "assertFalse")
            if truth and (isinstance(options.get("msg", args[1] if len(args) > 1 else ""), UNTOLD)):
                self.objects.add(line)
            try:
                result = run(case, *args, **options)
            except BaseException:
                self(line, False)
                raise
            self(line, args[0] if name == "assertTrue" and args else True)
            return self._context(line, result) if isinstance(result, contextlib.AbstractContextManager) else result

        return recorded

    def _context(self, line: int, context: object) -> object:
        """A context manager such as that of ``assertRaises``, whose failure at its end is recorded."""
        leave: Callable[..., bool | None] = getattr(context, "__exit__")  # noqa: B009  # its type is known only here

        class Recorded(type(context)):  # type: ignore[misc]  # it is known only here
            def __exit__(_, *error: object) -> bool | None:  # `self` is the record
                try:
                    return leave(*error)
                except AssertionError:
                    self.failed.add(line)
                    raise

        context.__class__ = Recorded
        return context


KINDS = (str, bytes, tuple, types.GeneratorType, types.CoroutineType, types.ModuleType)
"""What is true whatever it holds; so is each callable."""
UNTOLD = (bool, int, float, complex, list, tuple, dict, set, bytes)
"""What is not a message: who wrote it there means it to be compared."""


class Examples(doctest.DocTestRunner):
    """Runs doctest examples, and looks at the library after each."""

    def __init__(self, watch: Watch, slot: str) -> None:
        super().__init__(verbose=False)
        self.watch = watch
        self.slot = slot
        self.checked = self.times = 0
        self.names: set[str] = set()
        self.sources: list[ast.AST] = []
        self.trees: list[ast.AST] = []
        doctest.compile = self._compile  # type: ignore[attr-defined]

    def run(self, test: doctest.DocTest, *args: Any, **options: Any) -> doctest.TestResults:
        """Run the examples of a text, which share their names."""
        trees = []
        for example in test.examples:
            with contextlib.suppress(SyntaxError, ValueError):
                trees.append(ast.parse(example.source))
        self.names = rewriting.asserted(trees, session=True)
        self.trees = [*self.sources, *trees]
        self.watch.imports = rewriting.imported(self.trees)
        self.times = self.watch.times  # assertions before the examples are none of theirs
        return super().run(test, *args, **options)

    def report_success(self, _out: object, _test: object, example: doctest.Example, _got: str) -> None:
        """An example gave what it should; one that expects nothing and asserts nothing shows nothing."""
        self.checked += bool(example.want) or self.watch.times > self.times
        self.times = self.watch.times
        self.watch.look((self.test.lineno or 0) + example.lineno + 1)

    def _compile(self, source: str, name: str, mode: str, flags: int, dont_inherit: bool) -> types.CodeType:
        example = self.test.examples[int(name.rpartition("[")[2].rstrip("]>"))]
        tree = ast.parse(source, name, mode)
        before = (self.test.lineno or 0) + example.lineno
        tree = rewriting.Asserts(self.slot, self.names, before, session=bool(example.want)).visit(tree)
        self.sources.append(tree)
        tree = rewriting.Names(self.slot, self.trees, before).visit(tree)
        code: types.CodeType = compile(tree, name, mode, flags, dont_inherit)
        return code


class Result(unittest.TestResult):
    """The result of tests; those that assert nothing are listed."""

    def __init__(self, watch: Watch) -> None:
        super().__init__()
        self.watch, self.times = watch, 0
        self.silent: list[str] = []

    def startTest(self, test: unittest.TestCase) -> None:  # noqa: N802  # the name of the base class
        """A test begins."""
        self.times = self.watch.times
        super().startTest(test)

    def stopTest(self, test: unittest.TestCase) -> None:  # noqa: N802  # the name of the base class
        """A test ends."""
        if self.watch.times == self.times:
            self.silent.append(test.id().rpartition(".")[2])
        super().stopTest(test)


def _recorded(load: Callable[..., types.ModuleType], library: Library) -> Callable[..., types.ModuleType]:
    """The import function, after which new modules are in the library."""

    def load_and_record(*args: object, **options: object) -> types.ModuleType:
        module = load(*args, **options)
        if len(sys.modules) != len(library.modules) + 1:
            library.add()
        return module

    return load_and_record


def main(session: bool) -> None:
    """Run ``claim.py``, and write ``report`` if it reaches its end. Otherwise exit as the code does."""
    order = Path("order")
    word = order.read_text(encoding="ascii")
    order.unlink()
    text = Path("claim.py").read_text(encoding="utf-8")
    pid, getpid, write = os.getpid(), os.getpid, os.write
    unseen: list[str] = []
    library: Library = library_of.Library()
    watch = Watch(library)
    slot = f"_{word}"
    library_of.HARNESS.extend((globals(), rewriting.asserted.__globals__))

    # The tests of the code run below, each once.
    unittest.main = unittest.TestProgram = lambda *_args, **_kwargs: None  # type: ignore[misc,assignment]
    loader, suite, stream = unittest.TestLoader(), unittest.TestSuite(), sys.stderr
    for name, value in list(vars(unittest.TestCase).items()):
        if name.startswith("assert") and callable(value):
            setattr(unittest.TestCase, name, watch.of_unittest(name, value))
    result = Result(watch)
    runner = Examples(watch, slot)
    finder, parser = doctest.DocTestFinder(), doctest.DocTestParser()
    module = types.ModuleType("__main__")
    module.__file__ = "claim.py"
    names = module.__dict__
    names[slot] = watch
    names["getattr"] = library_of.observed(getattr, unseen)
    report: dict[str, object] = {"word": word, "exit": 0, "examples": 0}
    sys.modules["__main__"] = module
    sys.argv = ["claim.py"]
    sys.addaudithook(library_of.auditor(unseen))
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
        names_in = rewriting.asserted([tree])
        watch.imports, recorded = rewriting.imported([tree]), rewriting.Names(slot, [tree])
        code = compile(recorded.visit(rewriting.Asserts(slot, names_in).visit(tree)), "claim.py", "exec")
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
    report["checked"] = runner.checked
    report["tests"], report["silent"] = result.testsRun, result.silent
    report["skipped"] = len(result.skipped) + len(result.expectedFailures) + len(result.unexpectedSuccesses)
    report["reached"], report["failed"], report["objects"] = sorted(watch.reached), sorted(watch.failed), sorted(watch.objects)
    report["empty"] = sorted(place[0] for place, seen in watch.elements.items() if not seen)
    report["unseen"] = sorted(set(unseen))
    report["posing"] = watch.posing
    report["changed"], report["changed_at"] = watch.changed or _posing(runner.sources), watch.changed_at
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


def _posing(sources: list[ast.AST]) -> str:
    """A function of the library that is imported under the name of another one of the same module."""
    for word, origins in rewriting.imported(sources).items():
        for source, name in origins:
            module = sys.modules.get(source)
            other = getattr(module, word, None)
            if name and other is not None and other is not getattr(module, name, None):
                return f"{source}.{word}"
    return ""


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
