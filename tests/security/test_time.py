"""Time grows with the text that is read, measured as a ratio: what happens inside of C code makes no calls to count."""

from __future__ import annotations

import ast
import json
import re
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Final

import pytest

from kg.base.formats.bibtex_text import read_bibtex
from kg.base.settings import load_settings
from kg.corpus.periodic import name_pattern
from kg.evidence.tools import comparisons, smv, smv_formulas
from kg.knowledge.base import KnowledgeBase, open_base
from kg.knowledge.bibliography import Bibliography, bibliography_paths, read_bibliography
from kg.knowledge.refactor import MergeNotes, plan_refactoring
from kg.knowledge.refactor.sources import read_sources
from kg.metrics.sections import NAMES, is_named, split_sections
from kg.notes import parse_note
from kg.notes.dialect import Dialect
from kg.views.site.mentions import Passages

MOST: Final = 9
"""Growth of time for four times the text: 4 is linear, 16 quadratic."""
TICK: Final = 0.005
"""Seconds that are measured well; less counts as this much."""


def read_works(folder: Path) -> Bibliography:
    settings = load_settings(folder)
    return read_bibliography(settings, bibliography_paths(settings, {}))


def cited(folder: Path, name: str, text: str) -> Callable[[], object]:
    (folder / name).write_text(text)
    return lambda: read_works(folder)


def items(n: int, identity: Callable[[int], object]) -> str:
    return json.dumps([{"id": identity(i)} for i in range(n)], indent=1)


PARTS: Final = {
    "wikilinks": "a [[b]] ",
    "links": "a [b](b.md) ",
    "tags on a line": '<a href="b.md">b</a> ',
    "tags in a block": '<i>a</i><a href="b.md">b</a> ',
    "references to blocks": "a [[b#^c]] ",
    "footnotes": "a[^1] [[b]] ",
    "sentences": "A [[b]]. ",
    "cells": "| [[b]] ",
}
WAYS: Final[dict[str, tuple[int, Callable[[Path, int], Callable[[], object]]]]] = {
    "dashes beside a sign of an inclusion": (20_000, lambda _, n: lambda: parse_note("a.md", b"{{" + b"-" * n)),
    "roles of MyST on one line": (
        2_000,
        lambda _, n: lambda: parse_note("a.md", b"{ref}`a` " * n, Dialect(myst=True)),
    ),
    "a heading with spaces": (1_000, lambda _, n: lambda: split_sections("## a" + " " * n + "b")),
    "many headings": (2_000, lambda _, n: lambda: split_sections("## a\n" * n)),
    "headings below headings": (2_000, lambda _, n: lambda: split_sections("# a\n## a\n### a\n" * n)),
    "a name with spaces": (5_000, lambda _, n: lambda: is_named("a" + " " * n + "b", NAMES["proof"])),
    "BibTeX: a value of empty parts": (
        5_000,
        lambda _, n: lambda: read_bibtex("@book{a, title = " + "#".join(["{}"] * n) + "}"),
    ),
    "BibTeX: one parent with many fields": (
        500,
        lambda folder, n: cited(
            folder,
            "r.bib",
            "@book{p," + ",".join(f"f{i}=1" for i in range(n)) + "}\n" + "".join(f"@a{{k{i},crossref=p}}\n" for i in range(n)),
        ),
    ),
    "CSL: many items": (5_000, lambda folder, n: cited(folder, "r.csl.json", items(n, lambda i: f"a{i}"))),
    "CSL: ids that are numbers": (5_000, lambda folder, n: cited(folder, "r.csl.json", items(n, lambda i: i))),
    "NuSMV: many specifications": (
        500,
        lambda _, n: lambda: smv.declared("MODULE main\nVAR x:boolean;\n" + "INVARSPEC NAME a := x | !x\n" * n),
    ),
    "NuSMV: disjuncts in brackets": (
        1_000,
        lambda _, n: lambda: smv_formulas._levels("AG " + "(" * n + "a" + " | b)" * n),
    ),
    "NuSMV: antecedents in brackets": (
        1_000,
        lambda _, n: lambda: smv_formulas._levels("AG (a" + " -> (b" * n + ")" * (n + 1)),
    ),
    "Python: a chain of classes": (200, lambda _, n: partial(_compared, n)),
    "a format of daily notes": (5_000, lambda _, n: lambda: name_pattern("[a]YYYY" * n)),
    **{
        f"sentences around links: {name}": (500, lambda _, n, part=part: partial(_sentences, part * n))
        for name, part in PARTS.items()
    },
    "merging notes: keys of front matter": (200, lambda folder, n: _merge(folder, (f"k{i}: {i}\n" for i in range(n)))),
    "merging notes: keys that do not go together": (
        200,
        lambda folder, n: _merge(folder, (f"k{i}: &a{i} {i}\nm{i}: *a{i}\n" for i in range(n))),
    ),
    "merging notes: paths in a list": (
        1_000,
        lambda folder, n: _merge(folder, ["k:\n", *(f"- ../{i}\n" for i in range(n))], attachments=n),
    ),
    "links of a note to itself": (
        500,
        lambda folder, n: _resolved(folder, "# A\n\n" + "[[a]] b [[a]]\n\n- [[a]]\n\n" * n),
    ),
    "NuSMV: many modules": (200, lambda _, n: lambda: smv.unused("".join(f"MODULE m{i}\nVAR x:m{i + 1};\n" for i in range(n)))),
}


def _resolved(folder: Path, text: str) -> Callable[[], object]:
    (folder / "concepts" / "a.md").write_text(text)
    settings = load_settings(folder)
    return lambda: KnowledgeBase(settings).notes_read


def _sentences(text: str) -> None:
    for wrapped in (text, f"<div>{text}</div>\n", f"- {text}\n"):
        data = wrapped.encode()
        passages = Passages(data, 0)
        for match in re.finditer(rb"\[\[b|<a|\[b\]", data):
            passages.sentence(match.start())


def _merge(folder: Path, front: Iterable[str], attachments: int = 0) -> Callable[[], object]:
    (folder / "concepts" / "gone.md").write_text(f"---\n{''.join(front)}---\n# Gone\nA text.\n")
    (folder / "concepts" / "stays.md").write_text("# Stays\nIt stays.\n")
    for i in range(attachments):
        (folder / "concepts" / f"{i}.png").touch()
    sources = read_sources(open_base(load_settings(folder)))
    return lambda: plan_refactoring(sources, MergeNotes("gone.md", "stays.md"))


def _compared(number: int) -> None:
    text = "".join(f"class A{i}(A{i - 1}):\n    def __eq__(self, other): return self.x == other.x\n" for i in range(number))
    assert list(comparisons.blind(list(ast.walk(ast.parse(text))))) == []


def seconds(run: Callable[[], object]) -> float:
    started = time.process_time()
    run()
    return time.process_time() - started


@pytest.mark.parametrize(("size", "make"), WAYS.values(), ids=WAYS.keys())
def test_time_is_linear(tmp_path: Path, size: int, make: Callable[[Path, int], Callable[[], object]]) -> None:
    folders = [tmp_path / name for name in ("small", "large")]
    for folder in folders:
        (folder / "concepts").mkdir(parents=True)
        (folder / "kg.toml").touch()
    few = max(min(seconds(make(folders[0], size)) for _ in range(2)), TICK)
    many = min(seconds(make(folders[1], 4 * size)) for _ in range(2))
    assert many <= MOST * few, f"{few:.3f} seconds became {many:.3f}"


def test_items_of_csl_have_their_lines(tmp_path: Path) -> None:
    (tmp_path / "concepts").mkdir()
    (tmp_path / "kg.toml").touch()
    (tmp_path / "r.csl.json").write_text('[\n{"id": 7},\n{"title": "7",\n "id": "\\u0061"}, {"id": 7}\n]')
    read = read_works(tmp_path)
    assert {key: reference.line for key, reference in read.references.items()} == {"7": 2, "a": 4}
    assert [(fault.line, "r.csl.json:2" in fault.detail) for _, fault in read.faults] == [(4, True)]
