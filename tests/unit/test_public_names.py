"""Names: one meaning for a noun, verb and object for a function, values called what they are, functions of a readable size.

Exceptions are named, each with its reason; one that is no longer needed fails.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "kg"
Function = ast.FunctionDef | ast.AsyncFunctionDef
SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)

MOST_PARAMETERS = 6
MANY_PARAMETERS = {
    "graph/dataset.py": "a graph is built in memory or on disk, from statements that come in parts",
}

MOST_LINES = 80

VAGUE = frozenset("found said known given some here now what one other".split())
MOST_LINES_OF_VAGUE = 5

ONE_WORD = frozenset(
    # Terms of their fields, and normal forms.
    "fold nfc printable pagerank betweenness clustering jaccard degrees linkage accuracy clarity innovation competency".split()
)
ONE_WORD_HOMES = {
    "app/api.py": "the public Python interface is `kg.read` and `kg.load`",
    "app/cli/__init__.py": "`run` is the entry point that pyproject.toml names",
}
"""Modules whose functions are imported under one word."""

ANY_AT_MOST: dict[str, int] = {
    "app": 14,
    "base": 15,
    "checks": 3,
    "evidence": 9,
    "graph": 14,
    "knowledge": 3,
    "network": 12,
    "notes": 5,
    "plan": 1,
    "suggest": 1,
    "views": 13,
}
"""Wing → annotations with `Any`; they stand at the borders to YAML, JSON, expat, libc, igraph, scipy, Arrow and Spark."""

WORDS = re.compile(r"\b(anew|mends?|mended|mending|remarks?|is told|are told|weightiest|hangs? together)\b", re.IGNORECASE)
QUOTED_WORDS = {"checks/sparql.py": "the key `mend` of checks written for kg 0.2"}
"""Modules whose docstrings and comments quote words of the house's old dialect."""


@cache
def modules() -> dict[str, ast.Module]:
    """All modules of kg by their path in it."""
    return {path.relative_to(PACKAGE).as_posix(): ast.parse(path.read_text("utf-8")) for path in sorted(PACKAGE.rglob("*.py"))}


@cache
def nodes() -> list[tuple[str, ast.AST]]:
    """All nodes of all modules, each with the path of its module."""
    return [(module, node) for module, tree in modules().items() for node in ast.walk(tree)]


def held(found: Iterable[tuple[str, str]], excepted: Iterable[str] = ()) -> None:
    """No finding outside of the modules that may have some, and one at least in each of these."""
    by_module = defaultdict(list)
    for module, text in found:
        by_module[module].append(text)
    assert {module: texts for module, texts in by_module.items() if module not in set(excepted)} == {}
    assert sorted(set(excepted) - by_module.keys()) == [], "these modules need no exception"


def functions() -> Iterator[tuple[str, Function]]:
    for module, node in nodes():
        if isinstance(node, Function):
            yield module, node


def parameters(arguments: ast.arguments) -> list[ast.arg]:
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]


def test_public_classes_have_names_of_their_own() -> None:
    homes: dict[str, list[str]] = defaultdict(list)
    for module, tree in modules().items():
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes[node.name].append(module)
    assert len(homes) > 300
    assert {name: places for name, places in homes.items() if len(places) > 1} == {}


def imports_across_wings() -> Iterator[tuple[str, str]]:
    """Module and name of each function that another wing imports by its name."""
    defined = {(module, node.name) for module, tree in modules().items() for node in tree.body if isinstance(node, Function)}
    for module, node in nodes():
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("kg."):
            path = node.module.removeprefix("kg.").replace(".", "/")
            home = next((p for p in (f"{path}.py", f"{path}/__init__.py") if p in modules()), "")
            if home.split("/")[0] != module.split("/")[0]:
                yield from ((home, alias.name) for alias in node.names if (home, alias.name) in defined)


def test_functions_that_cross_wings_are_verb_and_object() -> None:
    public = Counter(
        node.name for tree in modules().values() for node in tree.body if isinstance(node, Function) and node.name[0] != "_"
    )
    imported = sorted(set(imports_across_wings()))
    assert len(imported) > 100
    unclear = [(home, name) for home, name in imported if ("_" not in name and name not in ONE_WORD) or public[name] > 1]
    held(unclear, ONE_WORD_HOMES)


def test_what_is_imported_from_kg_keeps_its_name() -> None:
    renamed = [
        (module, f"{alias.name} as {alias.asname}")
        for module, node in nodes()
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "kg"
        for alias in node.names
        if alias.asname
    ]
    held(renamed)


def most_parameters(function: Function) -> int:
    """Parameters that a function may have: a command of the command line one for each of its options."""
    calls = [d.func.attr for d in function.decorator_list if isinstance(d, ast.Call) and isinstance(d.func, ast.Attribute)]
    shared = [d.id for d in function.decorator_list if isinstance(d, ast.Name) and d.id != "common"]
    options = len(shared) + sum(name in ("option", "argument") for name in calls)
    return max(MOST_PARAMETERS, options) if "command" in calls else MOST_PARAMETERS


def test_functions_take_few_parameters() -> None:
    many = [
        (module, f"{node.name}: {len(names)}")
        for module, node in functions()
        if len(names := [a for a in parameters(node.args) if a.arg not in ("self", "cls")]) > most_parameters(node)
    ]
    held(many, MANY_PARAMETERS)


def test_functions_fit_on_a_page() -> None:
    long = [
        (module, f"{node.name}: {lines}")
        for module, node in functions()
        if (lines := (node.end_lineno or 0) - node.lineno + 1) > MOST_LINES
    ]
    held(long)


def vague(scope: ast.AST, module: str) -> Iterator[tuple[str, str]]:
    """Vague names that are bound in a scope or one within it and used more than five lines further on."""
    bound: dict[str, int] = {}
    last: dict[str, int] = {}
    inner = []
    queue: list[ast.AST] = []
    if isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        queue += [*parameters(scope.args), *(a for a in (scope.args.vararg, scope.args.kwarg) if a)]
    body = getattr(scope, "body", [])
    queue += body if isinstance(body, list) else [body]
    while queue:
        node = queue.pop()
        within = ast.walk(node) if isinstance(node, SCOPES) else (node,)
        for used in within:
            name = used.id if isinstance(used, ast.Name) else used.arg if isinstance(used, ast.arg) and used is node else ""
            if name in VAGUE:
                line = getattr(used, "lineno", 0)
                last[name] = max(last.get(name, 0), line)
                if used is node and (isinstance(used, ast.arg) or isinstance(getattr(used, "ctx", None), ast.Store)):
                    bound[name] = min(bound.get(name, line), line)
        if isinstance(node, SCOPES):
            inner.append(node)
        else:
            queue.extend(ast.iter_child_nodes(node))
    for name, line in bound.items():
        if last[name] - line >= MOST_LINES_OF_VAGUE:
            yield module, f"{name} in line {line}"
    for part in inner:
        yield from vague(part, module)


def test_values_are_called_what_they_are() -> None:
    example = ast.parse("def f(given):\n    found = 1\n" + "    g()\n" * 5 + "    return found, given\n")
    assert sorted(text for _, text in vague(example, "")) == ["found in line 2", "given in line 1"]
    held([item for module, tree in modules().items() for item in vague(tree, module)])


def wide(node: ast.AST) -> bool:
    if not (isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id == "tuple"):
        return False
    fields = node.slice.elts if isinstance(node.slice, ast.Tuple) else []
    return len(fields) >= 5 or (len(fields) >= 3 and all(isinstance(f, ast.Name) and f.id == "str" for f in fields))


def test_wide_tuples_have_names_for_their_fields() -> None:
    held(((module, ast.unparse(node)) for module, node in nodes() if wide(node)))


def test_conditions_are_not_nested_on_a_line() -> None:
    nested = (
        (module, f"line {node.lineno}")
        for module, node in nodes()
        if isinstance(node, ast.IfExp) and any(isinstance(n, ast.IfExp) for n in (node.test, node.body, node.orelse))
    )
    held(nested)


def test_any_stays_at_foreign_borders() -> None:
    counts: Counter[str] = Counter()
    for module, node in nodes():
        annotation = None
        if isinstance(node, ast.arg | ast.AnnAssign):
            annotation = node.annotation
        elif isinstance(node, Function):
            annotation = node.returns
        names = {n.id for n in ast.walk(annotation) if isinstance(n, ast.Name)} if annotation is not None else set()
        counts[module.split("/")[0]] += "Any" in names
    more = {wing: count for wing, count in counts.items() if count > ANY_AT_MOST.get(wing, 0)}
    assert more == {}, "give the values a type; where few are left, lower the number in ANY_AT_MOST"


def test_docstrings_are_sentences() -> None:
    odd = []
    for module, node in nodes():
        if isinstance(node, ast.Module | ast.ClassDef | Function) and (text := ast.get_docstring(node)):
            first = text.split("\n\n")[0].strip()
            if first[-1] not in ".:…?!":
                odd.append((module, first))
    assert odd == []


def prose(module: str) -> Iterator[tuple[int, str]]:
    """Line and text of each comment and docstring."""
    source = (PACKAGE / module).read_text("utf-8")
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT or (token.type == tokenize.STRING and token.string.lstrip("rR").startswith('"""')):
            yield token.start[0], token.string


def test_prose_is_plain() -> None:
    odd = (
        (module, f"'{m[0]}' in the text of line {line}")
        for module in modules()
        for line, text in prose(module)
        for m in WORDS.finditer(text)
    )
    held(odd, QUOTED_WORDS)
