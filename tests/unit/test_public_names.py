"""Names: one meaning for a noun, verb and object for a function, values called what they are, functions of a readable size.

What is not clean yet is listed by module or by number, and these lists only shrink: an entry that is no longer needed fails.
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
    "graph/quads.py": "the hot loop over concepts makes no record for each",
}
PARAMETERS_STILL = frozenset(
    """
    app/cli/bench.py app/cli/check.py app/cli/publish.py app/cli/review.py app/cli/serve.py app/cli/suggest.py
    app/cli/verify.py checks/__init__.py evidence/snapshot.py evidence/tools/coq.py evidence/tools/engine.py
    knowledge/checking.py knowledge/graphs.py knowledge/publish.py knowledge/state.py knowledge/steps.py knowledge/summary.py
    knowledge/verifying.py knowledge/writing.py serve/page.py serve/publish/run.py views/export/measured.py
    views/maps/drawing.py views/page/shell.py views/site/plan_figures.py views/site/prose.py
    """.split()
)
"""Modules whose functions with more parameters are not yet records."""

MOST_LINES = 80
LONG_STILL = frozenset(
    """
    evidence/tools/harness.py
    """.split()
)

VAGUE = frozenset("found said known given some here now what one other".split())
MOST_LINES_OF_VAGUE = 5
VAGUE_STILL = frozenset(
    """
    app/api.py app/cli/bench.py app/cli/build.py app/cli/check.py app/cli/checkpoints.py app/cli/doctor.py app/cli/exchange.py
    app/cli/explain.py app/cli/extract.py app/cli/history.py app/cli/interrupts.py app/cli/learn.py app/cli/measures.py
    app/cli/plan.py app/cli/planning.py app/cli/query.py app/cli/review.py app/cli/serve.py app/cli/suggest.py
    app/cli/verify.py app/diff/compare.py base/setting_values.py base/settings.py checks/__init__.py checks/base.py
    checks/baseline.py checks/fingerprints.py checks/labels.py checks/legibility.py checks/links.py checks/mend.py
    checks/remarks.py checks/shapes.py checks/similar.py checks/sparql.py checks/structure.py checks/terms.py checks/texts.py
    evidence/claims/__init__.py evidence/claims/crosschecks.py evidence/claims/gathering.py evidence/claims/records.py
    evidence/claims/symbols.py evidence/review/records.py evidence/review/sample.py evidence/snapshot.py
    evidence/tools/base.py evidence/tools/coq.py evidence/tools/engine.py evidence/tools/fillers.py evidence/tools/node.py
    evidence/tools/pretences.py evidence/tools/programs.py evidence/tools/smv.py evidence/tools/states.py
    evidence/tools/vernacular.py graph/dataset.py graph/quads.py knowledge/accepting.py knowledge/checking.py
    knowledge/current.py knowledge/extracting.py knowledge/increment.py knowledge/pages.py knowledge/publish.py
    knowledge/quality.py knowledge/state.py knowledge/steps.py knowledge/suggesting.py knowledge/summary.py
    knowledge/verifying.py plan/checkpoints.py plan/facts.py plan/journal.py plan/provenance.py plan/record.py plan/report.py
    plan/schedule.py plan/state.py plan/triggers.py serve/answer.py serve/app.py serve/metrics.py serve/negotiate.py
    serve/page.py serve/protocol.py serve/publish/asking.py serve/publish/content.py serve/publish/run.py serve/server.py
    suggest/__init__.py suggest/candidates.py suggest/evaluate.py suggest/explain.py suggest/extract/candidates.py
    suggest/extract/drafts.py suggest/extract/found.py suggest/features.py suggest/links.py suggest/names.py suggest/ranker.py
    suggest/refit.py suggest/terms.py suggest/text.py suggest/types.py views/export/found.py views/export/measured.py
    views/maps/atlas.py views/maps/levels.py views/maps/nearby.py views/maps/page.py views/page/figures.py views/page/paths.py
    views/page/reuse.py views/page/shell.py views/page/view.py views/page/words.py views/reports/changes.py
    views/reports/coverage.py views/reports/document.py views/reports/gaps.py views/reports/missing.py views/reports/net.py
    views/reports/proposals.py views/site/around.py views/site/browse.py views/site/concept.py views/site/dashboard.py
    views/site/entries.py views/site/facts.py views/site/mentions.py views/site/note.py views/site/plan.py
    views/site/plan_figures.py views/site/prose.py views/site/recent.py
    """.split()
)
"""Modules in which such a name is bound for more lines."""

IMPORT_AS_STILL = frozenset(
    """
    app/cli/check.py app/cli/exchange.py app/cli/history.py app/cli/interrupts.py app/cli/plan.py app/cli/publish.py
    app/cli/review.py app/cli/serve.py app/diff/render.py app/diff/state.py evidence/claims/gathering.py knowledge/current.py
    knowledge/extracting.py knowledge/increment.py knowledge/publish.py knowledge/quality.py knowledge/suggesting.py
    knowledge/verifying.py views/export/found.py views/reports/association.py views/reports/changes.py
    views/reports/coverage.py views/reports/document.py views/reports/gaps.py views/reports/groups.py
    views/reports/hierarchy.py views/reports/measured.py views/reports/missing.py views/reports/proposals.py
    views/reports/quality.py views/reports/todo.py views/site/nesting.py
    """.split()
)
"""Modules that rename what they import from kg."""

ONE_WORD = frozenset(
    # Terms of their fields, and normal forms.
    "fold nfc pagerank betweenness clustering jaccard degrees linkage accuracy clarity innovation competency".split()
)
ONE_WORD_STILL = frozenset(
    """
    app/api.py app/cli/__init__.py base/setting_values.py base/settings.py checks/__init__.py checks/fingerprints.py
    checks/texts.py evidence/claims/symbols.py evidence/review/records.py evidence/review/statistics.py evidence/snapshot.py
    plan/checkpoints.py plan/commits.py plan/facts.py plan/interrupts.py plan/journal.py plan/record.py plan/report.py
    plan/schedule.py plan/state.py plan/tasks/acceptance.py plan/triggers.py serve/server.py suggest/__init__.py
    suggest/evaluate.py suggest/refit.py suggest/types.py views/maps/page.py
    """.split()
)
"""Modules whose functions other wings import under one word, or under a name that another public function has."""

ANY_AT_MOST: dict[str, int] = {
    "app": 48,
    "base": 37,
    "checks": 8,
    "evidence": 48,
    "graph": 14,
    "knowledge": 9,
    "network": 7,
    "notes": 5,
    "plan": 7,
    "serve": 8,
    "suggest": 21,
    "views": 58,
}
"""Wing → annotations with `Any`; they stand at the borders to YAML, JSON, expat, libc, igraph and scipy."""

WIDE_STILL = frozenset(
    """
    app/diff/compare.py app/diff/state.py checks/base.py evidence/snapshot.py evidence/tools/engine.py knowledge/increment.py
    plan/interrupts.py plan/state.py serve/page.py suggest/extract/drafts.py suggest/types.py views/maps/lines.py
    views/page/alphabet.py views/page/view.py views/site/around.py
    """.split()
)
"""Modules with tuples of five and more fields, or of three and more texts, without names."""

NESTED_STILL = frozenset(
    """
    app/cli/build.py app/cli/excerpt.py app/cli/measures.py app/cli/planning.py checks/base.py checks/links.py
    checks/sparql.py evidence/claims/attributes.py evidence/claims/crosschecks.py evidence/claims/gathering.py
    evidence/tools/pretences.py evidence/tools/smv.py knowledge/accepting.py knowledge/summary.py plan/record.py
    plan/tasks/notes.py serve/page.py suggest/types.py views/maps/drawing.py views/maps/layout.py views/page/figures.py
    views/page/markdown.py views/reports/gaps.py views/reports/hierarchy.py views/reports/quality.py views/site/dashboard.py
    views/site/writer.py
    """.split()
)
"""Modules with a condition within a condition on one line."""

WORDS = re.compile(r"\b(anew|mends?|mended|mending|remarks?|is told|are told|weightiest|hangs? together)\b", re.IGNORECASE)
WORDS_STILL = frozenset(
    """
    app/cli/check.py app/cli/checkpoints.py app/cli/interrupts.py app/cli/quality.py checks/__init__.py checks/base.py
    checks/fixing.py checks/mend.py checks/remarks.py checks/structure.py checks/texts.py evidence/review/records.py
    evidence/snapshot.py graph/documents.py knowledge/increment.py knowledge/pages.py knowledge/state.py
    knowledge/verifying.py plan/journal.py serve/builds.py serve/pool.py serve/protocol.py serve/publish/content.py
    serve/publish/state.py serve/publish/target.py serve/server.py suggest/extract/candidates.py suggest/names.py
    views/reports/plots.py views/reports/quality.py views/site/nesting.py
    """.split()
)
"""Modules whose docstrings and comments use words of the house's old dialect."""


@cache
def modules() -> dict[str, ast.Module]:
    """All modules of kg by their path in it."""
    return {path.relative_to(PACKAGE).as_posix(): ast.parse(path.read_text("utf-8")) for path in sorted(PACKAGE.rglob("*.py"))}


@cache
def nodes() -> list[tuple[str, ast.AST]]:
    """All nodes of all modules, each with the path of its module."""
    return [(module, node) for module, tree in modules().items() for node in ast.walk(tree)]


def held(found: Iterable[tuple[str, str]], still: Iterable[str]) -> None:
    """No finding outside of the modules that may have some, and one at least in each of these."""
    by_module = defaultdict(list)
    for module, text in found:
        by_module[module].append(text)
    assert {module: texts for module, texts in by_module.items() if module not in set(still)} == {}
    assert sorted(set(still) - by_module.keys()) == [], "these modules are clean: take them off the list"


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
    held(unclear, ONE_WORD_STILL)


def test_what_is_imported_from_kg_keeps_its_name() -> None:
    renamed = [
        (module, f"{alias.name} as {alias.asname}")
        for module, node in nodes()
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "kg"
        for alias in node.names
        if alias.asname
    ]
    held(renamed, IMPORT_AS_STILL)


def test_functions_take_few_parameters() -> None:
    many = [
        (module, f"{node.name}: {len(names)}")
        for module, node in functions()
        if len(names := [a for a in parameters(node.args) if a.arg not in ("self", "cls")]) > MOST_PARAMETERS
    ]
    held(many, [*MANY_PARAMETERS, *PARAMETERS_STILL])


def test_functions_fit_on_a_page() -> None:
    long = [
        (module, f"{node.name}: {lines}")
        for module, node in functions()
        if (lines := (node.end_lineno or 0) - node.lineno + 1) > MOST_LINES
    ]
    held(long, LONG_STILL)


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
    held([item for module, tree in modules().items() for item in vague(tree, module)], VAGUE_STILL)


def wide(node: ast.AST) -> bool:
    if not (isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id == "tuple"):
        return False
    fields = node.slice.elts if isinstance(node.slice, ast.Tuple) else []
    return len(fields) >= 5 or (len(fields) >= 3 and all(isinstance(f, ast.Name) and f.id == "str" for f in fields))


def test_wide_tuples_have_names_for_their_fields() -> None:
    held(((module, ast.unparse(node)) for module, node in nodes() if wide(node)), WIDE_STILL)


def test_conditions_are_not_nested_on_a_line() -> None:
    nested = (
        (module, f"line {node.lineno}")
        for module, node in nodes()
        if isinstance(node, ast.IfExp) and any(isinstance(n, ast.IfExp) for n in (node.test, node.body, node.orelse))
    )
    held(nested, NESTED_STILL)


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
    held(odd, WORDS_STILL)
