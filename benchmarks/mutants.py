"""Mutation testing by hand: how many small faults in resolve, metrics and plan do the tests notice?

    python benchmarks/mutants.py [resolve] [metrics] [plan] [--sample N] [--seed N] [--only TEXT] [--known FILE]

The mutants are mutmut's (`pip install mutmut coverage`), the way of running them isn't: its own takes too long for thousands of
mutants whose tests build knowledge bases. Here the tests are collected and run once, with their coverage; then each mutant gets
a forked child in which the code of one function is exchanged, and the tests that execute the mutated statement are run, those
first that noticed other mutants of the function, until one fails. `kg`, where a test starts it as a program, is called in the
child itself, so that the mutant is seen there too. What a child's tests may take is bounded in CPU time and memory.

A mutant is *killed* when a test fails, when it takes five times the CPU of the tests (an endless loop) or all memory; else, or
when the tests that `--enough` allows did not notice it, it *survived*. Each result is a line of `mutants-PACKAGE.jsonl` in the
working folder; `--known` takes over what was killed there by earlier runs, as long as the function is the same: tests are only
added.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import gc
import hashlib
import importlib
import io
import json
import math
import os
import pickle
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from itertools import accumulate
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from _pytest.runner import runtestprotocol

ROOT = Path(__file__).resolve().parent.parent
TESTS = {
    "resolve": ("tests/unit/resolve", "tests/conformance/test_conformance.py", "kg/corpus"),
    "metrics": ("tests/unit/metrics", "tests/unit/test_gates.py", "tests/unit/test_measured.py", "kg/metrics"),
    "plan": ("tests/unit/plan", "tests/cli/test_plan.py", "tests/cli/test_plan_story.py", "kg/plan"),
}
# They need the real collections, the project's own notes, or processes of their own.
WITHOUT = ("not cncf_glossary and not of_this_project and not append_at_once",)
GRACE = 2.0
MEMORY = 6 << 30
CONTROL = 20
"""Before every so many mutants a function is exchanged for itself, and its tests must pass."""


class Mutant(NamedTuple):
    """A function with one small fault."""

    name: str
    """``kg.corpus.anchors:Anchors.resolve#7``"""
    module: str
    function: str
    line: int
    digest: str
    """Of the function as it should be."""
    before: str
    after: Callable[[], str]
    """The function's definition, with the fault; made when it is asked for, since that takes a while."""


def mutants(package: str) -> Iterator[Mutant]:
    """All that mutmut makes of the functions of a package, in order."""
    import libcst as cst
    from libcst.metadata import MetadataWrapper, PositionProvider
    from mutmut.mutation.file_mutation import Mutation, create_mutations, deep_replace

    def made(module: cst.Module, m: Mutation) -> str:
        return module.code_for_node(deep_replace(m.contained_by_top_level_function, m.original_node, m.mutated_node))

    for path in sorted((ROOT / "kg" / package).glob("*.py")):
        module, mutations, *_ = create_mutations(str(path), path.read_text(encoding="utf-8"))
        name = f"kg.{package}" + ("" if path.stem == "__init__" else f".{path.stem}")
        positions = MetadataWrapper(module, unsafe_skip_copy=True).resolve(PositionProvider)
        classes = {id(child): c.name.value for c in module.body if isinstance(c, cst.ClassDef) for child in c.body.body}
        count: dict[str, int] = {}
        text: dict[str, str] = {}
        for m in mutations:
            function = m.contained_by_top_level_function
            if not isinstance(function, cst.FunctionDef):
                continue
            holder = classes.get(id(function))
            called = f"{holder}.{function.name.value}" if holder else function.name.value
            count[called] = count.get(called, 0) + 1
            if called not in text:
                text[called] = module.code_for_node(function)
            yield Mutant(
                f"{name}:{called}#{count[called]}", name, called, positions[m.original_node].start.line,
                hashlib.sha256(text[called].encode()).hexdigest()[:12], text[called], partial(made, module, m),
            )  # fmt: skip


def _difference(before: str, after: str) -> str:
    """The lines that differ, without their indents."""
    import difflib

    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return "\n".join(f"{line[0]} {line[1:].strip()}" for line in lines if line[:2] not in ("--", "++", "@@"))


@cache
def _tree(file: str) -> ast.Module:
    return ast.parse(Path(file).read_text(encoding="utf-8"))


def _statement(module: str, line: int) -> range:
    """The lines of the innermost statement at a line; of a compound one those of its head, of a definition all of them."""
    found = range(line, line + 1)
    begins = 0
    for node in ast.walk(_tree(str(sys.modules[module].__file__))):
        if isinstance(node, ast.stmt) and node.end_lineno is not None:
            body = getattr(node, "body", None)
            end = body[0].lineno - 1 if isinstance(body, list) and body[0].lineno > node.lineno else node.end_lineno
            if max(node.lineno, begins) <= line <= end and node.lineno >= begins:
                begins = node.lineno
                found = range(begins, (node.end_lineno if isinstance(node, ast.FunctionDef) else end) + 1)
    return found


def exchange(mutant: Mutant) -> None:
    """Give a function the code and the defaults of its mutant, wherever it is referred to."""
    module = importlib.import_module(mutant.module)
    holder, _, name = mutant.function.rpartition(".")
    where = vars(getattr(module, holder)) if holder else vars(module)
    function = where[name]
    function = getattr(function, "__func__", function)
    made: dict[str, Any] = {}
    code = compile("from __future__ import annotations\n" + _dedented(mutant.after()), module.__file__ or "", "exec")
    exec(code, vars(module), made)  # noqa: S102  # the mutant's own source
    new = getattr(made[name], "__func__", made[name])
    function.__code__, function.__defaults__, function.__kwdefaults__ = new.__code__, new.__defaults__, new.__kwdefaults__


def _dedented(source: str) -> str:
    """A method's definition by itself; texts over several lines keep their indents."""
    lines = source.strip("\n").splitlines()
    indent = len(lines[0]) - len(lines[0].lstrip())
    return "\n".join(line[indent:] if line[:indent].isspace() or not indent else line for line in lines)


class Runner:
    """A pytest plugin: runs the tests once with their coverage, then those that matter for each mutant in a child."""

    def __init__(self, package: str, found: Sequence[Mutant], out: Path, enough: float) -> None:
        self.package, self.mutants, self.out, self.enough = package, found, out, enough

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """The loop over tests, and over mutants."""
        _in_this_process()
        items = {item.nodeid: item for item in session.items}
        seconds, lines = self._first(session)
        print(f"{len(items)} tests in {sum(seconds.values()):.0f} s of CPU; {len(self.mutants)} mutants", flush=True)
        gc.collect()
        gc.freeze()
        status, failed = _run(None, session.items, sum(seconds.values()))
        if status != "survived":
            raise pytest.UsageError(f"{failed} fails ({status}) in a child without any mutant")
        killers: dict[str, list[str]] = {}
        with self.out.open("a", encoding="utf-8") as out:
            for tried, mutant in enumerate(self.mutants):
                importlib.import_module(mutant.module)
                contexts = lines.get(str(Path(sys.modules[mutant.module].__file__ or "").resolve()), {})
                tests = {t for n in _statement(mutant.module, mutant.line) for t in contexts.get(n, ()) if t in items}
                first = killers.setdefault(f"{mutant.module}:{mutant.function}", [])
                order = [t for t in first if t in tests]
                order += sorted(tests - set(order), key=lambda t: (seconds[t], t))
                spent = list(accumulate(seconds[t] for t in order))
                order = [t for t, sum_ in zip(order, spent, strict=True) if sum_ <= self.enough or t == order[0]]
                began = time.monotonic()
                tests_, usual = [items[t] for t in order], sum(seconds[t] for t in order)
                if tried % CONTROL == 0 and tests_:
                    # The function as it should be, put in the same way: what fails now says nothing of mutants.
                    status, killer = _run(mutant._replace(after=partial(str, mutant.before)), tests_, usual)
                    if status != "survived":
                        raise pytest.UsageError(f"{killer} fails ({status}) without any mutant, in a child for {mutant.name}")
                status, killer = _run(mutant, tests_, usual) if tests_ else ("survived", "")
                if killer:
                    if killer in first:
                        first.remove(killer)
                    first.insert(0, killer)
                row = {key: getattr(mutant, key) for key in ("name", "module", "function", "line", "digest")}
                row |= {"status": status, "tests": len(order), "killer": killer, "seconds": round(time.monotonic() - began, 2)}
                row["change"] = _difference(mutant.before, mutant.after()) if status == "survived" else ""
                out.write(json.dumps(row, ensure_ascii=False) + "\n")
                out.flush()
        return True

    def _first(self, session: pytest.Session) -> tuple[dict[str, float], dict[str, dict[int, list[str]]]]:
        """CPU seconds of each test, and the tests that execute each line of each file, of a run without mutants.

        A child makes it: threads that a library starts (Oxigraph's) would be missing in all later forks of this process.
        """
        import coverage

        with tempfile.TemporaryFile() as result:
            child = os.fork()
            if child == 0:
                status = 1
                try:
                    include = [str(ROOT / "kg" / self.package / "*")]
                    cover = coverage.Coverage(data_file=None, include=include, config_file=False)
                    cover.start()
                    seconds: dict[str, float] = {}
                    for item, following in zip(session.items, [*session.items[1:], None], strict=True):
                        cover.switch_context(item.nodeid)
                        began = time.process_time()
                        failed = [r.longreprtext for r in runtestprotocol(item, log=False, nextitem=following) if r.failed]
                        seconds[item.nodeid] = time.process_time() - began
                        if failed:
                            print(f"{item.nodeid} fails without any mutant:", *failed, sep="\n", flush=True)
                            os._exit(1)
                    cover.stop()
                    data = cover.get_data()
                    pickle.dump((seconds, {file: data.contexts_by_lineno(file) for file in data.measured_files()}), result)
                    result.flush()
                    status = 0
                finally:
                    os._exit(status)
            if os.waitpid(child, 0)[1]:
                raise pytest.UsageError("the tests fail without any mutant")
            result.seek(0)
            return pickle.load(result)  # noqa: S301  # written above


def _run(mutant: Mutant | None, items: Sequence[pytest.Item], usual: float) -> tuple[str, str]:
    """What became of a mutant, and the test that noticed it."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        status = 0
        try:
            os.close(reading)
            null = os.open(os.devnull, os.O_RDWR)
            for stream in (0, 1, 2):
                os.dup2(null, stream)
            limit = math.ceil(time.process_time() + 5 * usual + GRACE)
            resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            signal.alarm(900)
            if mutant:
                exchange(mutant)
            for item, following in zip(items, [*items[1:], None], strict=True):
                os.write(writing, f"{item.nodeid}\n".encode())
                if any(r.failed for r in runtestprotocol(item, log=False, nextitem=following)):
                    status = 1
                    break
        except BaseException:  # noqa: BLE001  # whatever a mutant raises, it was noticed
            status = 1
        finally:
            os._exit(status)
    os.close(writing)
    with os.fdopen(reading, "rb") as stream:
        said = stream.read().decode().splitlines()
    _, code = os.waitpid(child, 0)
    last = said[-1] if said else ""
    if code == 0:
        return "survived", ""
    return ("timeout" if os.WIFSIGNALED(code) else "killed"), last


def _in_this_process() -> None:
    """Let tests that start ``kg`` as a program of its own call it in theirs; the built-in vocabulary is read once."""
    plain = subprocess.run

    def run(command: Any, *args: Any, **options: Any) -> Any:
        if not isinstance(command, list) or command[:3] != [sys.executable, "-m", "kg"]:
            return plain(command, *args, **options)
        from kg.app.cli import main

        out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
        environment, folder, stdin, status = dict(os.environ), Path.cwd(), sys.stdin, 0
        try:
            if options.get("env") is not None:
                os.environ.clear()
                os.environ.update(options["env"])
            os.chdir(options.get("cwd") or folder)
            sys.stdin = io.TextIOWrapper(io.BytesIO((options.get("input") or "").encode()), encoding="utf-8")
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                try:
                    main(args=[str(a) for a in command[3:]], prog_name="kg")
                except SystemExit as ended:
                    status = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        finally:
            sys.stdin = stdin
            os.chdir(folder)
            os.environ.clear()
            os.environ.update(environment)
        texts = [stream.buffer.getvalue().decode() for stream in (out, err)]
        return subprocess.CompletedProcess(command, status, *texts)

    subprocess.run = run  # type: ignore[assignment]
    # The tests' own way to call kg, by forks of another process, would not see the mutant. Its way to load all of kg is used.
    program: Any = sys.modules["program"]
    program.Programs.fits = staticmethod(lambda env: False)
    program._load()

    import kg.graph
    import kg.knowledge.steps

    load, known = kg.graph.load_vocabulary, {}

    def once(own: Path | None = None, transitive: Sequence[str] = ()) -> Any:
        if own is not None and own.is_dir():
            return load(own, transitive)
        if tuple(transitive) not in known:
            known[tuple(transitive)] = load(None, transitive)
        return known[tuple(transitive)]

    kg.graph.load_vocabulary = kg.knowledge.steps.load_vocabulary = once
    once()


def sample(found: Sequence[Mutant], size: int, seed: int) -> list[Mutant]:
    """Some mutants, of each module its share."""
    drawn: list[Mutant] = []
    for module in dict.fromkeys(m.module for m in found):
        own = [m for m in found if m.module == module]
        share = min(len(own), max(1, round(size * len(own) / len(found))))
        drawn += random.Random(f"{seed}:{module}").sample(own, share)
    chosen = {m.name for m in drawn}
    return [m for m in found if m.name in chosen]


def main() -> None:
    """Parse the arguments, make the mutants, run, print a line for each package."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("packages", nargs="*", default=[*TESTS], metavar="PACKAGE")
    parser.add_argument("--sample", type=int, default=0, help="how many of each package (default: all)")
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--enough", type=float, default=2, help="CPU seconds of tests after which a mutant has survived")
    parser.add_argument("--only", default="", help="only mutants whose name has this text")
    parser.add_argument("--known", type=Path, help="a file of earlier results")
    given = parser.parse_args()
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    os.environ["PYTHONPATH"] = str(ROOT)
    for package in given.packages:
        found = [m for m in mutants(package) if given.only in m.name]
        if given.sample:
            found = sample(found, given.sample, given.seed)
        out = Path(f"mutants-{package}.jsonl")
        rows = [json.loads(line) for line in given.known.read_text(encoding="utf-8").splitlines()] if given.known else []
        killed = {(r["name"], r["digest"]) for r in rows if r["status"] != "survived"}
        todo = [m for m in found if (m.name, m.digest) not in killed]
        random.Random(given.seed).shuffle(todo)
        started = time.process_time()
        options = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-o", "tmp_path_retention_policy=none", "-W", "default"]
        code = pytest.main([*options, "-k", WITHOUT[0], *TESTS[package]], plugins=[Runner(package, todo, out, given.enough)])
        if code not in (0, 5):
            sys.exit(code)
        rows = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()][-len(todo) :] if todo else []
        lived = sum(r["status"] == "survived" for r in rows)
        spent = time.process_time() - started
        print(f"{package}: {len(found)} mutants, {len(found) - lived} killed, {lived} survived; {spent:.0f} s")


if __name__ == "__main__":
    main()
