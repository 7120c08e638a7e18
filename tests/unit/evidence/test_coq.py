"""Coq: what compiles is not yet proved; what a theorem rests on decides."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kg.evidence.tools import Judgement
from kg.evidence.tools.vernacular import claims, sentences

Judge = Callable[..., Judgement]


def _block(text: str, attributes: str = "") -> str:
    return f"```coq {{#it {attributes}}}\n{text}\n```\n"


def test_a_proof_passes_and_names_its_theorems(judge: Judge) -> None:
    found = judge(
        _block("Module M. Lemma a : 1 + 1 = 2. Proof. reflexivity. Qed. End M.\nTheorem b : 0 + 1 = 1. reflexivity. Qed.")
    )
    assert (found.verdict, [(p.name, p.holds) for p in found.parts]) == ("passed", [("M.a", True), ("b", True)])


@pytest.mark.parametrize(
    ("text", "attributes", "verdict", "why", "line"),
    [
        ("\nTheorem f : 1 = 2. Admitted.", "", "failed", "f is admitted, not proved", 1),
        ("Axiom no : False.\nTheorem f : 1 = 2. destruct no. Qed.", "", "failed", "f rests on no, which is not declared", 1),
        ("Axiom no : False.\nTheorem f : 1 = 2. destruct no. Qed.", 'axioms="no"', "passed", "", None),
        ("Axiom no : False.\nTheorem f : 1 = 2. destruct no. Qed.", 'axioms="yes"', "failed", "which is not declared", 1),
        # Nothing excuses a proof that is missing or a check that is switched off.
        ("Theorem f : 1 = 2. Admitted.", 'axioms="f"', "failed", "is admitted", 0),
        ("Unset Guard Checking.\nFixpoint l (n : nat) : False := l n.\nLemma f : False. exact (l 0). Qed.", 'axioms="l"',
         "failed", "switched-off checks", 2),
        ("Unset Universe Checking.\nLemma f : True. exact I. Qed.", "", "failed", "switched-off checks", 1),
        ("Theorem t : True.\nProof. exact II. Qed.", "", "failed", "The variable II was not found", 1),
        ("Definition f : False.\nAdmitted.", "", "failed", "something is admitted", 1),
        ("Definition f := 1. (* Admitted *)", "", "passed", "", None),
        ("Definition f := 1.", 'claims="more"', "failed", "it claims something and states no theorem", None),
        ("Module Type T. Axiom a : False. End T.\nModule F (X : T). Theorem t : False. exact X.a. Qed. End F.", "", "failed",
         "can't say what its theorems rest on", None),
        ("Theorem f : 1 = 2. reflexivity. Qed.", "expect=false", "passed", "refused as expected", None),
        ("Theorem t : True. exact I. Qed.", "expect=false", "failed", "the tool takes it", None),
    ],
)  # fmt: skip
def test_what_a_theorem_rests_on(judge: Judge, text: str, attributes: str, verdict: str, why: str, line: int | None) -> None:
    found = judge(_block(text, attributes))
    assert (found.verdict, found.at) == (verdict, line)
    assert why in found.why


def test_blocks_build_on_one_another(judge: Judge) -> None:
    base = "```coq {#base}\nRequire Import Arith.\nDefinition n := 1.\n```\n\n"
    assert judge(base + _block("\nLemma x : n = 1. reflexivity. Qed.", 'after="base"')).verdict == "passed"
    found = judge(base + _block("\nLemma x : n = 2. reflexivity. Qed.", 'after="base"'))
    assert (found.verdict, found.at) == ("failed", 1)
    assert judge(_block("Lemma x : n = 1. reflexivity. Qed.")).verdict == "failed"


def test_a_proof_without_end(judge: Judge) -> None:
    found = judge(_block("Ltac l := idtac; l.\nLemma x : False. l. Qed."), seconds=3)
    assert (found.verdict, found.why) == ("timed-out", "no end within 3 s")


def test_what_coq_has_not_read_is_no_statement() -> None:
    text = '(* Lemma a (* " *) " *) *) Module M. Corollary d : True. exact I. Qed. End M.'
    places = [
        (text.index(s), text.index(s) + len(s)) for s in ("Module M.", "Corollary d : True.", "exact I.", "Qed.", "End M.")
    ]
    timed = "".join(f"Chars {a} - {b} [...]\n" for a, b in places)
    found = sentences(text, timed)
    assert found is not None
    assert [(c.name, c.close.text) for c in claims(found)] == [("M.d", "Qed.")]
    # Nothing but comments may stand between what Coq has read, and behind it.
    assert sentences(text, timed.partition("\n")[2]) is None
    assert sentences(text + " Lemma e : True.", timed) is None
