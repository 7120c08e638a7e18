"""NuSMV: every specification is compared with what is expected, and nothing is true of a model that says nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kg.evidence.tools import Judgement
from kg.evidence.tools.smv import unused
from kg.evidence.tools.smv_traces import read_traces

Judge = Callable[..., Judgement]

BREAKER = """MODULE main
VAR s : {closed, open, half};
ASSIGN init(s) := closed;
  next(s) := case s = closed : {closed, open}; s = open : half; TRUE : {closed, open}; esac;
"""


def _block(text: str, attributes: str = "") -> str:
    return f"```smv {{#it {attributes}}}\n{text}\n```\n"


def test_verdicts_in_the_order_of_the_text_whatever_their_kind(judge: Judge) -> None:
    specs = "INVARSPEC s != half\nLTLSPEC G s = closed\nSPEC AG (s = open -> AX s = half)\nCOMPUTE MIN [s = closed, s = open]\n"
    found = judge(_block(BREAKER + specs, 'expect="false false true"'))
    assert found.verdict == "passed", found.why
    assert [(p.line, p.holds) for p in found.parts] == [(4, False), (5, False), (6, True)]
    invariant, liveness = found.parts[0].trace, found.parts[1].trace
    assert invariant is not None
    assert [dict(s) for s in invariant.states] == [{"s": "closed"}, {"s": "open"}, {"s": "half"}]
    assert liveness is not None
    assert liveness.loop is not None
    # An expectation that isn't met, and a number of them that isn't that of the specifications.
    found = judge(_block(BREAKER + specs, 'expect="false true true"'))
    assert (found.verdict, found.at) == ("failed", 5)
    assert "G s = closed is false, expected true" in found.why
    assert "2 values for 3" in judge(_block(BREAKER + specs, 'expect="false true"')).why


@pytest.mark.parametrize(
    ("text", "why", "line"),
    [
        (BREAKER.replace("half;", "halv;") + "SPEC AG s = s", '"halv" undefined', 3),
        (BREAKER + "SPEC AG (s = ", "syntax error", 4),
        (BREAKER, "no specification", None),
        (BREAKER + "-- SPEC AG s = closed", "no specification", None),
        ("MODULE other\nVAR x : boolean;\nSPEC AG !x\n" + BREAKER + "SPEC EF s = open", "module other has no instance", 2),
        (BREAKER + "INIT FALSE\nSPEC AG s = half", "no initial state", None),
        (BREAKER + "TRANS s != half\nSPEC AG s = s", "no successor", None),
        (BREAKER + "SPEC AG s = closed", "is false, expected true", 4),
    ],
)
def test_what_is_wrong_is_said(judge: Judge, text: str, why: str, line: int | None) -> None:
    found = judge(_block(text))
    assert found.verdict == "failed"
    assert why in found.why
    assert found.at == line


def test_modules_with_instances_are_looked_at_in_each(judge: Judge) -> None:
    cell = "MODULE cell(x)\nVAR s : boolean;\nASSIGN next(s) := s | x;\nLTLSPEC G (s -> X s)\n"
    text = cell + "MODULE main\nVAR a : cell(TRUE); b : cell(a.s);\n"
    found = judge(_block(text))
    assert (found.verdict, [p.name for p in found.parts]) == ("passed", ["G (s -> X s) IN a", "G (s -> X s) IN b"])


def test_a_model_on_another(judge: Judge) -> None:
    base = "```smv {#cell}\nMODULE cell\nVAR s : boolean;\n```\n\n"
    found = judge(base + _block("MODULE main\nVAR c : cell;\nSPEC AG c.s", 'after="cell" expect=false'))
    assert (found.verdict, found.parts[0].line) == ("passed", 2)


def test_instances_at_any_depth() -> None:
    assert unused("MODULE a\nVAR x : b;\nMODULE b\nMODULE c\nMODULE main\nVAR y : a; z : array 0..1 of boolean;") == {"c"}


def test_what_comes_in_belongs_to_the_step_before_the_next_state() -> None:
    text = """Trace Type: Counterexample
  -> State: 1.1 <-
    x = 0
  nothing that has a value
  -> Input: 1.2 <-
    go = TRUE
  -> State: 1.2 <-
    x = 1
-- specification AG x = 0  is false
    y = 2
  -> Input: 2.1 <-
    go = FALSE
"""
    found = read_traces(text)
    assert [dict(s) for s in found["1"].states] == [{"x": "0", "go": "TRUE"}, {"x": "1", "go": "TRUE"}]
    assert (found["1"].loop, found["2"].states) == (None, ())
