"""`representation_consistency`: what is required, what is there and what was verified; unknown before anything was."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from kg import knowledge
from kg.base import settings
from kg.base.errors import UsageError
from kg.evidence import claims
from kg.metrics.representation import NO_CROSS_CHECK, representation_consistency
from kg.metrics.subject import Subject
from kg.model import Evidence, Measure

Write = Callable[[Mapping[str, str | bytes]], Path]

MATH = "---\nid: a\ntype: theorem\ndefinition: What it is.\n---\n# A\n\nSo $x = 1$.\n"
PLAIN = "---\nid: p\n---\n# P\n\nOnly words.\n"
TOML = '[representations]\ntheorem = ["math", "diagram"]\n'


def _measure(folder: Path, name: str = "representation_consistency") -> Measure:
    assessment = knowledge.KnowledgeBase(settings.load_settings(folder)).assessment
    assert assessment is not None
    return next(m for m in assessment.measures if m.name == name)


def _evidence(base: Write, folder: Path, *rows: dict[str, Any]) -> None:
    built = knowledge.KnowledgeBase(settings.load_settings(folder))
    digest = claims.gather_pieces(built.corpus, built.files)[0].digest
    row = {"key": "a.md#math", "verdict": "passed", "digest": digest, "language": "math", "tool": "latex2mathml"}
    lines = [json.dumps({**row, **changes}) for changes in rows]
    base({"ontology/snapshot/evidence.jsonl": "\n".join(lines) + "\n"})


def test_unknown_before_anything_was_verified(base: Write) -> None:
    measure = _measure(base({"concepts/a.md": MATH, "concepts/p.md": PLAIN}))
    assert (measure.value, measure.met, measure.offenders) == (None, None, ())
    assert "kg verify" in measure.note
    # What is absent is known without any tool.
    measure = _measure(base({"kg.toml": TOML}))
    assert list(measure.reasons.values()) == [("no diagram", NO_CROSS_CHECK)]


@pytest.mark.parametrize(
    ("row", "reasons"),
    [
        ({}, ()),
        ({"verdict": "failed"}, ("math failed: a.md#math",)),
        ({"verdict": "timed-out"}, ("math timed-out: a.md#math",)),
        ({"verdict": "unverified"}, ("math unverified",)),
        ({"digest": "0" * 64}, ("math stale: a.md#math",)),
    ],
)
def test_only_evidence_that_passed_counts(base: Write, row: dict[str, Any], reasons: tuple[str, ...]) -> None:
    folder = base({"concepts/a.md": MATH, "concepts/p.md": PLAIN})
    _evidence(base, folder, row)
    measure = _measure(folder)
    # The note without formula, diagram or code has nothing to check and is not a denominator.
    assert measure.denominator == 1
    assert tuple(why for reason in measure.reasons.values() for why in reason) == reasons


def test_a_type_that_requires_representations_requires_a_cross_check(base: Write) -> None:
    folder = base({"concepts/a.md": MATH, "kg.toml": '[representations]\ntheorem = ["math"]\n'})
    _evidence(base, folder, {})
    assert list(_measure(folder).reasons.values()) == [(NO_CROSS_CHECK,)]
    code = "\n```text {#t}\n$x = 1$\n```\n"
    base({"concepts/a.md": MATH.replace("id: a\n", "id: a\nchecks: [{identifier: x, in: t}]\n") + code})
    assert list(_measure(folder).reasons.values()) == [("cross-check failed: a.md#check:identifier:x",)]
    note = MATH.replace("id: a\n", "id: a\nchecks: [{symbol: x, in: a}]\n") + "\n| Symbol |\n|---|\n| `x` |\n"
    base({"concepts/a.md": note})
    assert _measure(folder).value == 1.0


def test_failed_evidence_is_a_logical_violation_too(base: Write) -> None:
    folder = base({"concepts/a.md": MATH})
    _evidence(base, folder, {"verdict": "failed"})
    assert list(_measure(folder, "logical_consistency").reasons.values()) == [("failed evidence: a.md#math",)]


def test_the_last_verdict_on_a_claim_counts_and_a_damaged_file_is_said(base: Write) -> None:
    folder = base({"concepts/a.md": MATH})
    _evidence(base, folder, {"verdict": "failed"}, {"verdict": "passed"})
    assert _measure(folder).value == 1.0
    base({"ontology/snapshot/evidence.jsonl": '{"claim": "x"}\n'})
    with pytest.raises(UsageError, match=r"evidence\.jsonl:1"):
        _measure(folder)


def test_unknown_representation_in_settings(base: Write) -> None:
    with pytest.raises(UsageError, match="'maths' is not one of"):
        settings.load_settings(base({"kg.toml": '[representations]\ntheorem = ["maths"]\n'}))


# by hand


def item(kind: str, verdict: str, concept: str = "a", key: str = "", **more: Any) -> Evidence:
    key = key or f"{concept}.md#{kind}"
    given = {"language": "", "claims": "", "tool": "" if kind == "cross-check" else "t", **more}
    return Evidence(key, f"{concept}.md", 1, 1, f"https://x.org/concept/{concept}", kind, verdict=verdict, **given)


def test_all_that_is_said_of_representations(subject: Callable[..., Subject]) -> None:
    head = "---\nid: {0}\ntype: theorem\n---\n# {0}\n"
    defined = head.replace("type", "definition: D.\ntype")
    notes = {n: (defined + "Lead.\n" if n in "abc" else head).format(n) for n in "abcdefgh"}
    notes = {f"{n}.md": text for n, text in notes.items()} | {"x.md": "# X\n", "y.md": "# Y\n", "z.md": "# Z\n"}
    notes["h.md"] = defined.format("h")
    found = subject(
        notes,
        "[representations]\ntheorem = ['math', 'document']\n",
        [
            item("math", "passed", "a"), item("cross-check", "passed", "a"),
            item("math", "passed", "b"), item("math", "failed", "b", "b.md#m2"), item("cross-check", "failed", "b"),
            item("math", "unverified", "c"), item("math", "unverified", "c", "c.md#m2"), item("cross-check", "passed", "c"),
            item("math", "failed", "d", skipped=True), item("code", "timed-out", "d"),
            item("math", "passed", "e"), item("diagram", "unverified", "e"), item("diagram", "stale", "e", "e.md#d2"),
            item("cross-check", "passed", "y", tool="kg"), item("code", "passed", "z", skipped=True),
        ],
    )  # fmt: skip
    no_text = "no document: a definition and a text that explains it"
    c = "https://x.org/concept/"
    lacking = {
        c + "b": ("math failed: b.md#m2", "cross-check failed: b.md#cross-check"),
        c + "c": ("math unverified",),
        c + "d": ("no math", no_text, "code timed-out: d.md#code", NO_CROSS_CHECK),
        c + "e": (no_text, "diagram unverified: e.md#diagram", "diagram stale: e.md#d2", NO_CROSS_CHECK),
        **{c + n: ("no math", no_text, NO_CROSS_CHECK) for n in "fgh"},
    }
    # x says nothing, and what its author says is not to be checked leaves z out: neither is counted.
    assert representation_consistency(found, 0.95) == Measure(
        "representation_consistency", 2, 9, 0.95, tuple(lacking), lacking,
        diagnostics={"evidence_passed": 6, "evidence": 13, "evidence_skipped": 2},
    )  # fmt: skip


def test_what_is_said_before_anything_was_verified(subject: Callable[..., Subject]) -> None:
    name = "representation_consistency"
    assert representation_consistency(subject({"x.md": "# X\n"}), 0.9) == Measure(
        name, 0, 0, 0.9, note="nothing was verified yet: kg verify"
    )
    # What kg itself computes is not verification, nor is a verdict of nobody.
    crossed = [item("cross-check", "failed"), item("math", "unverified", tool=""), item("code", "unverified", tool="kg")]
    evidence = [*crossed, item("math", "unverified", "b", tool="")]
    assert representation_consistency(subject({"a.md": "# A\n", "b.md": "# B\n"}, evidence=evidence), None) == Measure(
        name, 0, 0, None, ("https://x.org/concept/a",),
        {"https://x.org/concept/a": ("cross-check failed: a.md#cross-check",)},
        "nothing was verified yet: kg verify; concepts with formulas, diagrams or code: 2",
    )  # fmt: skip
