"""Questions to Coq about a theorem that it has accepted: whether it says anything."""

from __future__ import annotations

from typing import Final

from kg.evidence.tools.vernacular import StatedTheorem

_HELPERS: Final = ("Lemma", "Fact", "Remark", "Property")
"""Keywords of statements that only serve others; beside a theorem, they may be about cases that don't occur."""

# Goals that a consistent system can't prove; each attempt is limited to one second.
_ABSURD: Final = "timeout 1 (first [congruence | Coq.micromega.Lia.lia | timeout 1 (firstorder congruence)])"

# The name of each tactic begins with the mark, so that no text can define it. Only constants at the head of a conclusion are
# replaced by what they stand for: what has to be computed, such as 2 + 2 = 4, says something.
_TACTICS: Final = """\
Ltac {mark}of g := lazymatch g with ?f _ => {mark}of f | _ => g end.
Ltac {mark}head :=
  repeat (cbv beta; match goal with |- ?g => let h := {mark}of g in progress (cbv beta delta [h]) end).
Ltac {mark}plain :=
  intros; first
  [ assumption
  | match goal with H : _ |- _ => solve [simple apply H] end
  | lazymatch goal with |- ?a = ?b => constr_eq a b; exact Coq.Init.Logic.eq_refl end
  | {mark}head; lazymatch goal with |- Coq.Init.Logic.True => exact Coq.Init.Logic.I end ].
Ltac {mark}at :=
  repeat match goal with H : ?T |- _ => lazymatch type of T with Prop =>
    match T with forall n : Coq.Init.Datatypes.nat, _ =>
      pose proof (H Coq.Init.Datatypes.O); pose proof (H (Coq.Init.Datatypes.S Coq.Init.Datatypes.O)); clear H end end end.
Ltac {mark}void :=
  intros; {mark}head; intros; lazymatch goal with
  | |- Coq.Init.Logic.False => fail
  | |- Coq.Init.Logic.not _ => fail
  | _ => exfalso; {mark}at; first [congruence | Coq.micromega.Lia.lia] end.
"""

EMPTY: Final = {
    "absurd": "rests on hypotheses that contradict each other",
    "void": "says nothing: its premises contradict each other",
    "plain": "says nothing: it is one of its premises, or true by its definitions alone",
}
"""What is wrong with a theorem, by the word that Coq prints for it."""


def head(mark: str) -> str:
    """What must be read before the text that is asked about, in one line, so that lines keep their numbers."""
    return "Require Coq.micromega.Lia. " + " ".join(_TACTICS.format(mark=mark).split()) + " "


def probes(claims: list[StatedTheorem], index: int, mark: str) -> str:
    """Goals that print ``mark WORD index mark`` where a theorem is empty; WORD is a key of `EMPTY`.

    They stand behind the proof of the theorem, in its section, and use the statement that was made again before it.
    """
    claim = claims[index]
    asked = []
    if claim.variables:
        asked.append(("absurd", f"assert (Coq.Init.Logic.False) by (pose proof @{claim.local}; {_ABSURD})"))
    if claim.at.word not in _HELPERS or all(other.at.word in _HELPERS for other in claims):
        again = f"let T := type of (@{mark}s{index}) in assert T by (timeout 1 {mark}"
        asked += [("plain", f"{again}plain)"), ("void", f"{again}void)")]
    return "".join(
        f'Goal Coq.Init.Logic.True. tryif ({goal}) then idtac "{mark} {word} {index} {mark}" else idtac "{mark}". Abort. '
        for word, goal in asked
    )
