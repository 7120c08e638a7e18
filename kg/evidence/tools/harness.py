"""Runs the Python code of a note inside the sandbox and reports which assertions and tests were reached.

It doesn't run in kg's own process, but as ``python -I -S -B run.py [session]`` in a folder with ``claim.py`` and ``order``.
``order`` contains a word that the report must repeat; it is deleted before the code of the note starts.
"""

from __future__ import annotations

import ast
import builtins
import doctest
import json
import os
import sys
import threading
import types
import unittest
import unittest.case
from pathlib import Path
from typing import Any, TextIO

UNSEEN = ("ctypes.dlopen", "ctypes.dlsym", "gc.get_objects", "gc.get_referrers", "gc.get_referents", "sys.addaudithook")
"""Audit events of access to memory or objects outside the judged code."""
WITHIN = ("/proc/self/mem", "/proc/self/fd", "/proc/self/maps", "/proc/thread-self", "/dev/fd")


class Asserts(ast.NodeTransformer):
    """Rewrites each assertion so that it records that it was reached, and its condition."""

    def __init__(self, name: str) -> None:
        self.name = name

    def visit_Assert(self, node: ast.Assert) -> ast.AST:
        """``assert a, b`` → ``if not name(line, a): raise AssertionError(b)``."""
        self.generic_visit(node)
        call = ast.Call(ast.Name(self.name, ast.Load()), [ast.Constant(node.lineno), node.test], [])
        error: ast.expr = ast.Name("AssertionError", ast.Load())
        if node.msg is not None:
            error = ast.Call(error, [node.msg], [])
        new = ast.If(ast.UnaryOp(ast.Not(), call), [ast.Raise(error)], [])
        return ast.fix_missing_locations(ast.copy_location(new, node))


def _kept() -> list[tuple[str, dict[str, Any]]]:
    """A copy of the functions that judge, to detect replacements."""
    owners: list[Any] = [builtins, ast, json, doctest, unittest, unittest.case]
    owners += [unittest.TestCase, unittest.TestResult, unittest.TestSuite]
    owners += [doctest.OutputChecker, doctest.DocTestRunner, doctest.DocTestParser, doctest.DocTestFinder]
    return [(owner.__name__, dict(vars(owner))) for owner in owners]


def _changed(before: list[tuple[str, dict[str, object]]]) -> str:
    for (name, old), (_, new) in zip(before, _kept(), strict=True):
        for key, value in old.items():
            if new.get(key) is not value and key != "master":
                return f"{name}.{key}"
    return ""


def main(session: bool) -> None:
    """Run ``claim.py``, and write ``report`` if it reaches its end. Otherwise exit as the code does."""
    order = Path("order")
    word = order.read_text(encoding="ascii")
    order.unlink()
    text = Path("claim.py").read_text(encoding="utf-8")
    pid, getpid, write = os.getpid(), os.getpid, os.write
    reached, failed, objects = set[int](), set[int](), set[int]()
    unseen: list[str] = []
    kinds = (types.FunctionType, types.BuiltinFunctionType, types.GeneratorType, types.CoroutineType, types.ModuleType, type)

    def check(line: int, value: object) -> bool:
        reached.add(line)
        if isinstance(value, kinds):
            objects.add(line)
        if value:
            return True
        failed.add(line)
        return False

    def audit(event: str, arguments: tuple[Any, ...]) -> None:
        if event in UNSEEN:
            unseen.append(event)
        elif event == "open" and isinstance(arguments[0], str) and arguments[0].startswith(WITHIN):
            unseen.append(arguments[0])

    # The tests of the code run below, each once.
    unittest.main = unittest.TestProgram = lambda *_args, **_kwargs: None  # type: ignore[misc,assignment]
    loader, suite, stream = unittest.TestLoader(), unittest.TestSuite(), sys.stderr
    result = unittest.TestResult()
    runner = doctest.DocTestRunner(verbose=False)
    finder, parser = doctest.DocTestFinder(), doctest.DocTestParser()
    module = types.ModuleType("__main__")
    module.__file__ = "claim.py"
    names = module.__dict__
    report: dict[str, Any] = {"word": word, "exit": 0, "examples": 0}
    slot = f"_{word}"
    before = _kept()
    sys.modules["__main__"] = module
    sys.argv = ["claim.py"]
    sys.addaudithook(audit)
    unseen.clear()
    if session:
        runner.run(parser.get_doctest(text, names, "claim.py", "claim.py", 0), clear_globs=False)
    else:
        tree = ast.parse(text, "claim.py")
        last = tree.body[-1].lineno if tree.body else 0
        code = compile(Asserts(slot).visit(tree), "claim.py", "exec")
        unseen.clear()
        names[slot] = check
        try:
            exec(code, names)  # noqa: S102  # the text itself, in its cage
        except SystemExit as end:
            if end.code not in (None, 0):
                raise
            trace: Any = end.__traceback__
            line = trace.tb_next.tb_lineno if trace is not None and trace.tb_next is not None else 0
            report["exit"] = 0 if line >= last else line or 1
        sys.stdout.flush()
        if names.get(slot) is not check:
            unseen.append("its own record of assertions")
        for value in list(names.values()):
            if isinstance(value, type) and issubclass(value, unittest.TestCase) and value.__module__ == "__main__":
                suite.addTests(loader.loadTestsFromTestCase(value))
        suite.run(result)
        for test in finder.find(module, "__main__", module):
            runner.run(test)
    _join_threads()
    _end_where_tests_failed(runner, result, stream)
    report["examples"] = runner.tries
    report["tests"] = result.testsRun
    report["skipped"] = len(result.skipped) + len(result.expectedFailures) + len(result.unexpectedSuccesses)
    report["reached"], report["failed"], report["objects"] = sorted(reached), sorted(failed), sorted(objects)
    report["unseen"], report["changed"] = sorted(set(unseen)), _changed(before)
    if getpid() != pid:
        raise SystemExit(1)
    descriptor = os.open("report", os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    write(descriptor, json.dumps(report).encode())
    os.close(descriptor)


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
