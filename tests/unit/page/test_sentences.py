"""English sentences that lower wings make are those of the catalogues: one that is reworded in code alone would stay English.

The sentences are read from the code: its texts with a sample for each value. Each is recognised by a pattern of a catalogue,
and each pattern recognises one.
"""

from __future__ import annotations

import ast
import errno
import itertools
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.base import parcels, texts
from kg.base.texts import Sentences, Texts
from kg.evidence.tools import TOOLS
from kg.model import Measure
from kg.plan.tasks.acceptance import AcceptanceFacts, judge_clause, parse_clause

KG = Path(texts.__file__).parents[1]
SAMPLE = "7"
SAMPLES: Mapping[str, Sequence[str]] = {
    "points": ("7 points", "7 point"),
    "kind": ("math", "diagram", "code"),
    "where": ("",),
    "verdict": ("failed", "timed-out", "stale", "unverified"),
}
"""What names of values and attributes stand for, where it isn't any number."""

REASONS = (
    "metrics.association", "metrics.competency", "metrics.conditions", "metrics.consistency", "metrics.coverage",
    "metrics.depth", "metrics.gates", "metrics.people", "metrics.representation", "metrics.trust", "network.criteria",
    "plan.tasks.acceptance",
)  # fmt: skip
PARTS = frozenset((
    # Parts of sentences, which are recognised within them, and texts without words.
    "7: 7", "7 (7)", "7:7: 7", "7 (7:7)", "7 (7:7): 7", " (7 of 7)", ", 7 7", "not expected", " and 7 more",
    "7, but kg.toml sets no 7 for it", "contradictory relations", "failed evidence", "not counted, source unchecked: ",
    "; concepts with formulas, diagrams or code: 7", "run 'kg verify', or give --trust-committed",
    "7 verdict that came with the notes and was not checked here",
    "7 verdicts that came with the notes and were not checked here",
    # Forms that the code chooses together.
    "7 point point", "7 point points", "7 points point", "7 points points",
    "7 verdict that came with the notes and were not checked here",
    "7 verdicts that came with the notes and was not checked here",
    "it rests on 7 verdict that came with the notes and were not checked here: run 'kg verify', or give --trust-committed",
    "it rests on 7 verdicts that came with the notes and was not checked here: run 'kg verify', or give --trust-committed",
))  # fmt: skip


FOR_PROGRAMS = (
    "app/api.py",  # programs in Python
    *(
        f"app/mcp/{name}.py"
        for name in ("answers", "asker", "asking", "pages", "prompts", "run", "server", "worker", "writing")
    ),
)
"""What answers programs: they read English in any language of messages, as those of kg/serve do."""

COMMAND = re.compile(r"kg( [a-z]+){1,2}( -[-a-z]+( [a-z]+)?| \S*[^a-z ]\S*)*")
"""A command to paste, which is no sentence: its name, then options with their values, and words that aren't plain letters."""


SYSTEM = (errno.ENOENT, errno.EEXIST, errno.EACCES, errno.EISDIR, errno.ENOTDIR, errno.ENOSPC, errno.EROFS, errno.ENAMETOOLONG)
"""The errors of a system that are translated: others stay as it says them."""


def _alternatives(node: ast.AST | None, names: Mapping[str, Sequence[str]]) -> list[str]:
    """The texts that an expression can be."""
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return list(names.get(name) or SAMPLES.get(name) or (SAMPLE,))
        case ast.FormattedValue(value=value):
            return _alternatives(value, names)
        case ast.JoinedStr(values=values):
            return ["".join(parts) for parts in itertools.product(*(_alternatives(value, names) for value in values))]
        case ast.Call(func=ast.Name(id=name)) if name in names:
            return list(names[name])
        case ast.BinOp(left=ast.JoinedStr() as left, right=right):
            return ["".join(parts) for parts in itertools.product(_alternatives(left, names), _alternatives(right, names))]
        case ast.IfExp(body=body, orelse=other):
            return [*_alternatives(body, names), *_alternatives(other, names)]
        case ast.BoolOp(op=ast.Or(), values=values):
            return [text for value in values for text in _alternatives(value, names)]
    return [SAMPLE]


def _assigned(function: ast.AST, names: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Name → the texts that it is given in a function."""
    result: dict[str, list[str]] = {}
    for node in ast.walk(function):
        pairs: list[tuple[ast.expr, ast.expr]] = []
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            pairs = [(node.targets[0], node.value)]
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple):
            ways = (node.value.body, node.value.orelse) if isinstance(node.value, ast.IfExp) else (node.value,)
            pairs = [p for way in ways if isinstance(way, ast.Tuple) for p in zip(node.targets[0].elts, way.elts, strict=True)]
        elif isinstance(node, ast.For) and isinstance(node.target, ast.Tuple) and isinstance(node.iter, ast.Tuple):
            pairs = [
                p for way in node.iter.elts if isinstance(way, ast.Tuple) for p in zip(node.target.elts, way.elts, strict=True)
            ]
        for target, value in pairs:
            if isinstance(target, ast.Name) and isinstance(value, ast.Constant | ast.JoinedStr | ast.IfExp):
                result.setdefault(target.id, []).extend(_alternatives(value, {**names, **result}))
    return result


def _texts(tree: ast.AST, names: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """All texts of code but docstrings and errors."""
    documentation = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }

    def walk(node: ast.AST, names: Mapping[str, Sequence[str]]) -> Iterator[str]:
        if isinstance(node, ast.Raise) or id(node) in documentation:
            return
        if isinstance(node, ast.FunctionDef):
            names = {**names, **_assigned(node, names), **SAMPLES}
        added = isinstance(node, ast.BinOp) and isinstance(node.left, ast.JoinedStr)
        if added or isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str)):
            yield from _alternatives(node, names)
            return
        for child in ast.iter_child_nodes(node):
            yield from walk(child, names)

    yield from walk(tree, names)


def _module(name: str) -> tuple[ast.Module, dict[str, list[str]]]:
    """A module's code, and its constants."""
    module: ModuleType = import_module(f"kg.{name}")
    constants = {k: [str(v)] for k, v in vars(module).items() if k.isupper() and isinstance(v, int | str)}
    return ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8")), constants


def _of_modules(*names: str) -> set[str]:
    return {text for name in names for text in _texts(*_module(name))}


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _calls(*names: str) -> Iterator[ast.Call]:
    for path in sorted(KG.rglob("*.py")):
        yield from _calls_in(_tree(path), *names)


def _calls_in(tree: ast.AST, *names: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            if any(name.endswith(ending) for ending in names):
                yield node


def _of_error(call: ast.Call, names: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """The messages and hints that an error can have."""
    for value in (*call.args[:1], *(k.value for k in call.keywords if k.arg in ("hint", "otherwise"))):
        yield from _alternatives(value, names)


def _errors_in(path: Path) -> set[str]:
    """Messages, and lines of hints, of the errors that a module makes itself."""
    tree = _tree(path)
    returned: dict[str, list[str]] = {}
    for function in (part for part in tree.body if isinstance(part, ast.FunctionDef)):
        values = [node.value for node in ast.walk(function) if isinstance(node, ast.Return)]
        returned[function.name] = [text for value in values for text in _alternatives(value, _assigned(function, {}))]
    result = set()
    for part in tree.body:
        names = {**returned, **_assigned(part, {})}
        for call in _calls_in(part, "Error"):
            result |= {line for text in _of_error(call, names) for line in text.split("\n    ")}
    return result


def _errors_of_commands() -> set[str]:
    """Messages, and lines of hints, of the errors that commands make themselves; commands to paste are none."""
    modules = (p for p in sorted((KG / "app").rglob("*.py")) if not p.relative_to(KG).as_posix().startswith(FOR_PROGRAMS))
    return {line for path in modules for line in _errors_in(path) if not COMMAND.fullmatch(line)}


def _errors() -> set[str]:
    """Messages and hints of all errors."""
    result = {text for call in _calls("Error", "__init__") for text in _of_error(call, {})} | set(map(os.strerror, SYSTEM))
    result |= {text for path in sorted(KG.rglob("*.py")) for text in _errors_in(path)}
    # A setting's message follows its key; its example is a hint.
    for call in _calls("_refused"):
        for value, before in zip(call.args, (SAMPLE, ""), strict=False):
            result |= {before + text.replace("{name}", SAMPLE) for text in _alternatives(value, {})}
    result |= _of_modules("base.setting_types")
    # Kinds of files, which stand in a table, are reasons why a file isn't read.
    result |= {text for text in _of_modules("base.files") if text.startswith("it is a ")}
    modules = (
        "app.cli.query", "app.diff.state", "app.cli.publish", "base.journal", "base.process.forked", "evidence.review.records",
        "graph.ask", "graph.wording", "knowledge.scoping",
    )  # fmt: skip
    return result | _of_modules(*modules)


def _stages() -> set[str]:
    """What is reported as progress."""
    return {text for call in _calls("begin_step") if call.args for text in _alternatives(call.args[0], {}) if text != SAMPLE}


def _judged() -> set[str]:
    """What acceptance by a measure says."""
    measures = {
        "linkage": Measure("linkage", 1, 2, 0.9),
        "unmeasured": Measure("unmeasured", 0, 0, None), "plain": Measure("plain", 1, 2, None),
        "coverage": Measure("coverage", 1, 2, 0.5, floor=0.8, parts={"a": (0, 1), "b": (1, 1)}),
    }  # fmt: skip
    facts = AcceptanceFacts(measures=measures, gates={"linkage": 0.5})
    clauses = (
        "linkage >= target",
        "linkage >= gate",
        "linkage >= 5",
        "unmeasured >= 1",
        "plain >= target",
        "coverage >= gate",
        "coverage >= target",
    )
    return {judge_clause(parse_clause(clause), facts, {}).found for clause in clauses}


REFUSING = (
    *(f"evidence.claims{name}" for name in ("", ".crosschecks", ".gathering", ".pieces", ".symbols", ".attested")),
    *(
        f"evidence.tools.{name}"
        for name in ("attestation", "base", "coq", "data", "fillers", "grammar", "pretences", "programs")
    ),
    *(f"evidence.tools.{name}" for name in ("smv", "smv_meaning", "states", "vernacular")),
)
"""The modules that say why evidence says nothing."""

CASES: dict[str, tuple[tuple[str, ...], Callable[[], set[str]]]] = {
    "reasons": (("metrics.reasons", "plan.found"), lambda: (_of_modules(*REASONS) | _judged()) - _expressions()),
    "errors": (("app.errors",), _errors),
    "progress": (("app.progress",), _stages),
    "costs": (("app.costs",), lambda: {tool.cost for tool in TOOLS} | {parcel.purpose for parcel in parcels.PARCELS.values()}),
    "bounds": (("app.bounds",), lambda: _of_modules("suggest", "suggest.ranking", "knowledge.suggesting")),
    "refusals": (("evidence.refusals",), lambda: _of_modules(*REFUSING)),
    "holders": (("app.holders",), lambda: _of_modules("base.process.cage")),
    "bench": (("app.bench-progress",), lambda: _of_modules("app.bench")),
    "left-out": (
        ("app.left-out",),
        lambda: _of_modules(*(f"graph.importing.{name}" for name in ("notes", "parquet", "syntax", "table", "thesaurus"))),
    ),
}


WHOLE = {name: CASES[name] for name in ("reasons", "progress", "costs")} | {
    "errors of commands": (("app.errors",), _errors_of_commands)
}
"""The cases of which each sentence has a pattern."""


def _expressions() -> set[str]:
    """What kinds of clauses mean, for the documentation."""
    from kg.plan.tasks.acceptance import KINDS

    return set(KINDS.values())


def _pieces(text: str) -> Iterator[str]:
    yield text
    if text.endswith(": "):
        yield text + SAMPLE
    yield from text.split(": ")
    for piece in text.split("; "):
        yield piece
        yield piece.removesuffix(" ")


@pytest.mark.parametrize("name", CASES)
def test_each_pattern_of_a_catalogue_is_a_sentence_of_the_code(name: str) -> None:
    sections, sentences = CASES[name]
    made = {piece for text in sentences() for piece in _pieces(text)}
    unused = [key for _, key, pattern in texts._patterns(sections) if not any(map(pattern.fullmatch, made))]
    by_key = [key for key in dict.fromkeys(unused) if unused.count(key) == len(Texts("en", *sections).forms(key))]
    assert by_key == [], "no code makes these sentences: was one reworded?"


@pytest.mark.parametrize("name", WHOLE)
def test_each_sentence_of_the_code_has_a_pattern(name: str) -> None:
    sections, sentences = WHOLE[name]
    say = Sentences("zh", *sections)
    made = {text for text in sentences() if " " in text.strip()}
    unknown = {text for text in made if say(text) == text}
    parts = PARTS if name == "reasons" else frozenset()
    assert sorted(unknown - parts) == [], "add these sentences to the catalogues"
    assert sorted(parts - unknown) == [], "these are recognised, or no longer made: take them off the list"


def test_sections_that_are_read_together_share_no_key() -> None:
    for sections, _ in CASES.values():
        keys = [key for section in sections for key in Texts("en", section) if not key.startswith("between")]
        assert len(keys) == len(set(keys)), sorted({key for key in keys if keys.count(key) > 1})


LITERALS = [form for key in Texts("en", "app.errors") for form in Texts("en", "app.errors").forms(key).values()]


@settings(deadline=None)  # the first example compiles the patterns
@given(st.lists(st.one_of(st.sampled_from(LITERALS), st.text(max_size=8), st.sampled_from([",", ";", ": ", "{n}", "\u0661"]))))
def test_whatever_people_wrote_is_a_sentence(parts: list[str]) -> None:
    """Names and paths of notes stand in sentences: what looks like one, or like a number, is no fault."""
    for sections in {case[0] for case in CASES.values()}:
        assert isinstance(Sentences("zh", *sections)("".join(parts)), str)


def test_the_text_with_most_words_counts() -> None:
    say = Sentences("zh", "app.errors")
    assert say("there is no folder of notes at /x/concepts") != say("there is no folder /x/concepts")
    assert "of notes" not in say("there is no folder of notes at /x/concepts")
    assert say(", more") == ", more"


@pytest.mark.parametrize(
    "text", ["x" * 100_000, "; , : " * 20_000, "'" * 1000, ", ; : " * 166, "interrupt x (y) stops z since " * 33, ": " * 500]
)
def test_words_of_people_take_no_time(text: str) -> None:
    """A long word, and a text like the start of many sentences, are recognised or left as they are in a moment."""
    say = Sentences("zh", "app.errors")
    say("no such sentence")  # the patterns are compiled once
    start = time.process_time()
    for sentence in (text, f"there is no task '{text}'", f"can't read {text}: {text}", f"the query can't be parsed; {text}"):
        say(sentence)
    assert time.process_time() - start < 5
