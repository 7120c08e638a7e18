"""Formulas and diagrams: planted faults are found on their lines, by the library's own parser."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from kg import knowledge
from kg.base import settings
from kg.base.process.sandbox import SandboxLimits
from kg.evidence import claims
from kg.evidence.tools import Judgement, VerificationOptions, verify_pieces
from kg.evidence.tools.mathml import MathMl
from kg.evidence.tools.node import Katex, Mermaid
from kg.model import Trace
from kg.views.page.words import Words
from kg.views.site.evidence import sequence

Judge = Callable[..., Judgement]
Write = Callable[[Mapping[str, str | bytes]], Path]

MANY = "Let $n > 3f$ hold.\n\n$$\n\\frac{a}{b}\n= \\frac{c}\n$$\n\nAnd $x_a_b$, and $\\foo$, and $仲裁 \\in Q$.\n"


def test_all_formulas_of_a_note_are_one_piece_and_each_fault_has_its_line(judge: Judge) -> None:
    found = judge(MANY)
    assert found.verdict == "failed"
    assert [(p.line, p.name) for p in found.parts] == [(4, "\\frac{a}{b} = \\frac{c}"), (7, "x_a_b"), (7, "\\foo")]
    assert found.at == 4
    assert "3 of 5 formulas" in found.why
    assert "Double subscript" in found.parts[1].note
    assert judge("$n > 3f$ and\n\n```math {#m}\na \\\\ b\n```\n").verdict == "passed"


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("graph TD\n  A[a] -->|uses| B(b)\n", None, ""),
        ("stateDiagram-v2\n  [*] --> A\n", None, ""),
        ("sequenceDiagram\n  A->>B: 问\n", None, ""),
        ("graph TD\n  A[a --> B[b]\n", 1, "unexpected"),
        ("sequenceDiagram\n  A->>B\n", 1, "unexpected"),
        ("graf TD\n  A --> B\n", None, "No diagram type detected"),
    ],
)
def test_diagrams(judge: Judge, text: str, line: int | None, why: str) -> None:
    found = judge(f"```mermaid\n{text}```")
    assert (found.verdict, found.at) == ("failed" if why else "passed", line), found
    assert why in found.why


def test_counterexamples_are_drawn_by_diagrams_that_mermaid_takes(judge: Judge) -> None:
    trace = Trace(({"a.b": "x;y", "n": "1"}, {"a.b": "#<end>", "n": "1"}), 0)
    for lang in ("zh", "en"):
        assert judge(f"```mermaid\n{sequence(trace, Words(lang, 'views.site'))}```").verdict == "passed"


def test_latex2mathml_stands_in_and_does_not_judge_again_what_katex_has_judged(base: Write, judge: Judge) -> None:
    judge("$x$")  # skips, or fails, without KaTeX
    folder = base({"concepts/a.md": "# A\n\n$x$ and $y^$\n"})
    built = knowledge.KnowledgeBase(settings.load_settings(folder))
    pieces = claims.gather_pieces(built.corpus, built.files)

    class Absent(Katex):
        def locate(self) -> str | None:
            return None

    limits = SandboxLimits(seconds=60)
    weak = verify_pieces(pieces, (), (Absent(), MathMl()), VerificationOptions(limits=limits))
    assert [r.tool for r in weak.records] == ["latex2mathml"]
    strong = verify_pieces(pieces, weak.records, (Katex(), MathMl()), VerificationOptions(limits=limits))
    assert [(r.tool, r.verdict) for r in strong.records] == [("katex", "failed")]
    again = verify_pieces(pieces, strong.records, (Absent(), MathMl()), VerificationOptions(limits=limits, again=True))
    assert (again.records, again.ran) == (strong.records, ())


def test_many_diagrams_in_one_run_and_one_that_has_no_end_stops_no_other(
    base: Write, judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge("```mermaid\ngraph TD\n  A --> B\n```")
    blocks = "".join(f"```mermaid\ngraph TD\n  A{i} --> B{i}\n```\n\n" for i in range(5))
    folder = base({"concepts/a.md": f"# A\n\n{blocks}```mermaid\ngraph TD\n  A[\n```\n"})
    built = knowledge.KnowledgeBase(settings.load_settings(folder))
    pieces = claims.gather_pieces(built.corpus, built.files)
    runs: list[int] = []
    ask = Mermaid._ask

    def counted(self: Mermaid, items: list[dict[str, str]], *rest: object) -> object:
        runs.append(len(items))
        if len(runs) == 1:
            return Judgement("timed-out", "no end within 1 s")
        return ask(self, items, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(Mermaid, "_ask", counted)
    found = verify_pieces(pieces, (), (Mermaid(),), VerificationOptions(limits=SandboxLimits(seconds=60), jobs=1))
    assert runs == [6, 1, 1, 1, 1, 1, 1]
    assert sorted(r.verdict for r in found.records) == ["failed", *["passed"] * 5]
