"""Each guard of the models and each premise of the proofs in the notes is needed: without it, `kg verify` reports a failure."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
Kg = Callable[..., Any]


class Mutant(NamedTuple):
    note: str
    block: str
    name: str
    before: str
    after: str


MUTANTS = [
    Mutant("theory/two-phase-commit", "smv-two-phase-commit", *change)
    for change in (
        ("one-vote", "p.state = Prepared & q.state = Prepared : commit;", "p.state = Prepared | q.state = Prepared : commit;"),
        ("vote-lost", "!alive & state = Working : Aborted;", "!alive & state != Committed : Aborted;"),
        ("decision-lost", "turn != coordinator | !up | decision != none : decision;",
         "!up : none; turn != coordinator | decision != none : decision;"),
        ("doubt-aborts", "state = Prepared & up & decision = abort : Aborted;",
         "state = Prepared & up & decision = abort : Aborted; !up & state = Prepared : Aborted;"),
        ("not-final", "!alive : state;", "!alive & state = Committed : Aborted; !alive : state;"),
        ("never-together", "FAIRNESS turn = first & p.alive & (up | !returns)", "FAIRNESS turn = first"),
    )
] + [
    Mutant("practice/circuit-breaker", "smv-breaker-race", *change)
    for change in (
        ("no-limit", " & !busy : {idle, trial}", " : {idle, trial}"),
        ("any-success", "state = HalfOpen & tried : healthy", "state != Closed & (tried | ordinary) : healthy"),
        ("open-admits", "call = idle & state = Closed : {idle, usual}", "call = idle & state != HalfOpen : {idle, usual}"),
        ("stays-open", "state = Open & turn = clock : HalfOpen;", ""),
        ("interrupted", "state = HalfOpen & tried :", "state = HalfOpen & turn = clock : Open; state = HalfOpen & tried :"),
    )
] + [
    Mutant("theory/paxos", "coq-paxos", *change)
    for change in (
        ("no-meeting", "  Hypothesis meet : forall Q R, quorum Q -> quorum R -> exists a, Q a /\\ R a.\n", ""),
        ("no-promise", "Notation Step := (step quorum le False)", "Notation Step := (step quorum (fun _ _ => True) False)"),
        ("no-adoption", "Notation Step := (step quorum le False)", "Notation Step := (step quorum le True)"),
        ("two-proposals", "(forall w, ~ In (Accept b w) (sent s)) ->", "True ->"),
        ("promise-again", "promised s a < b ->", "True ->"),
    )
] + [
    Mutant("theory/raft", "proofs/raft-bounded.smv", *change)
    for change in (
        ("any-candidate", "(x.last > last | (x.last = last & x.length >= length))", "TRUE"),
        ("votes-twice", "who = x.number & term <= x.term & x.term < 4", "who = x.number & x.term < 4"),
        ("no-comparison", "x.second != 0 & first = x.first", "x.second != 0"),
        ("old-messages", "who = x.number & x.leads & x.term >= term;", "who = x.number & x.leads;"),
        ("conflict-kept", "takes_first & first != (hears_x ? x.first : y.first) : 0;", ""),
    )
] + [
    Mutant("theory/raft", "proofs/raft-log-matching.v", *change)
    for change in (
        ("no-comparison", "Notation Step := (step True True)", "Notation Step := (step True False)"),
        ("two-elections", "Notation Step := (step True True)", "Notation Step := (step False True)"),
        ("old-terms", "term s f <= t -> leader", "True -> leader"),
        ("own-messages", "leader s t <> Some f ->", "True ->"),
    )
] + [
    Mutant("theory/raft", "proofs/raft-completeness.v", *change)
    for change in (
        ("any-candidate", "newer L (log s n) ->", "True ->"),
        ("votes-twice", "vote s n t = None ->", "True ->"),
        ("truncates", "if fst d =? fst e then mine else firstn k mine ++ [e]", "firstn k mine ++ [e]"),
        ("blind", "agrees (log s f) L k ->", "True ->"),
        ("old-messages", "term s f <= t -> f <> c", "True -> f <> c"),
        ("old-entries", "(exists v, nth_error L i = Some (t, v)) /\\", "(exists e, nth_error L i = Some e) /\\"),
        ("few-votes", "win : forall c t Q L, quorum Q ->", "win : forall c t Q L, quorum Q \\/ True ->"),
        ("few-answers", "exists Q, quorum Q /\\ forall", "exists Q, (quorum Q \\/ True) /\\ forall"),
        ("no-meeting", "Definition meets (quorum : (nat -> Prop) -> Prop) := forall Q R,",
         "Definition meets (quorum : (nat -> Prop) -> Prop) := forall (Q R : nat -> Prop), False ->"),
    )
] + [
    Mutant("theory/abd-algorithm", "proofs/abd-register.v", *change)
    for change in (
        ("no-meeting", "  Hypothesis meet : forall Q R, quorum Q -> quorum R -> exists r, Q r /\\ R r.\n", ""),
        ("no-write-back", "quorum next_tag below False.", "quorum next_tag below True."),
        ("takes-anything", "quorum next_tag below False.", "quorum next_tag (fun _ _ => True) False."),
        ("does-not-ask", "quorum next_tag below False.", "quorum (fun _ o u => 0 < fst u /\\ snd u = o) below False."),
        ("nameless", "u = (S (fst t), o).", "u = (S (fst t), 0)."),
        ("any-reply", "exists w y, In (Reply r o w y) (sent s) /\\ upto w t) ->", "True) ->"),
        ("any-answers", "forall r, Q r -> In (Ack r o) (sent s)", "forall r, Q r -> True"),
    )
] + [
    Mutant("technology/container-isolation", "coq-isolation", *change)
    for change in (
        ("open-namespaces", "if joins cfg c n then (with_space", "if true then (with_space"),
        ("writable-volumes", "if mounts cfg c v && writable cfg c v\n", "if mounts cfg c v\n"),
        ("unlimited", "(own s c + k <=? quota cfg c) &&", "true &&"),
        ("no-room", "(members cfg)) <= limit cfg g.\n  Hypothesis no_clock",
         "(members cfg)) <= limit cfg g \\/ True.\n  Hypothesis no_clock"),
        ("reads-the-clock", "if clock cfg c then (s, Some (work s))", "if true then (s, Some (work s))"),
        ("yields", "slot cfg (time s)", "slot cfg (work s)"),
        ("uncharged-groups", "negb (under cfg c g) || (usage s g + k <=? limit cfg g)", "true"),
        ("not-transitive", "  Hypothesis may_on : forall b c d, may b c = true -> may c d = true -> may b d = true.\n", ""),
    )
] + [
    Mutant("theory/blockchain", "coq-hash-chain", *change)
    for change in (
        ("no-genesis", "chain = other \\/ collision chain other \\/ hits_genesis chain \\/ hits_genesis other.",
         "chain = other \\/ collision chain other."),
        ("no-collision", "~ collision chain other -> ~ hits_genesis chain", "True -> ~ hits_genesis chain"),
    )
] + [
    Mutant("theory/cap-theorem", "coq-cap", *change)
    for change in (
        ("not-available", "Theorem not_both : available A -> ~ consistent A.", "Theorem not_both : True -> ~ consistent A."),
        ("only-reads", "exists r, comes_to (invoke", "exists r, o = Read -> comes_to (invoke"),
        ("no-real-time", "j < k -> point i < point k)", "j < k -> True)"),
    )
] + [
    Mutant("theory/crdt", "coq-instances", "sum", "fun r => Nat.max (a r) (b r)", "fun r => a r + b r"),
    Mutant("theory/crdt", "coq-instances", "no-tie-break", "(r =? r') && (v <? v')", "(r =? r') && false"),
    Mutant("theory/crdt", "coq-instances", "removal-wins", "snd b e t = false ->", "True ->"),
] + [
    Mutant("practice/rate-limiting", "coq-token-bucket", *change)
    for change in (
        ("no-limit", "(Nat.min burst (s - Nat.min a s + rate))", "(s - Nat.min a s + rate)"),
        ("unpaid", "s - Nat.min a s + rate))", "s + rate))"),
        ("empty-start", "passed burst l = l <-> conforms l", "passed 0 l = l <-> conforms l"),
    )
]  # fmt: skip


def block_of(mutant: Mutant) -> tuple[str, str, str]:
    """Language, attributes and text of the block, or of the file of Coq or NuSMV beside the note."""
    file = ROOT / "concepts" / mutant.note.rpartition("/")[0] / mutant.block
    if file.suffix == ".v":
        return "coq", 'claims="mutant" expect=true', file.read_text(encoding="utf-8")
    if file.suffix == ".smv":
        return "smv", 'claims="mutant" expect="true true true false"', file.read_text(encoding="utf-8")
    text = (ROOT / "concepts" / f"{mutant.note}.md").read_text(encoding="utf-8")
    m = re.search(rf"^```(\w+) \{{#{mutant.block} ([^\n]*)\}}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert m is not None, f"{mutant.note} has no block {mutant.block}"
    first = re.search(r' after="(\S+)#(\S+)"', m[2])  # of another note, which the mutants don't have beside them
    if first is None:
        return m[1], m[2], m[3]
    note = next((ROOT / "concepts").rglob(f"{first[1]}.md")).relative_to(ROOT / "concepts").with_suffix("")
    before = block_of(Mutant(str(note), first[2], "", "", ""))[2]
    return m[1], m[2].replace(first[0], ""), before + m[3]


@pytest.mark.skipif(shutil.which("coqc") is None, reason="Coq is not installed")
def test_each_mutant_fails(kg: Kg, tmp_path: Path) -> None:
    (tmp_path / "concepts").mkdir()
    for number, mutant in enumerate(MUTANTS):
        language, attributes, text = block_of(mutant)
        assert text.count(mutant.before) >= 1, mutant
        mutated = text.replace(mutant.before, mutant.after)
        name = f"m{number}-{mutant.name}"
        (tmp_path / f"concepts/{name}.md").write_text(
            f"# {name}\n\n```{language} {{#{Path(mutant.block).stem} {attributes}}}\n{mutated}```\n"
        )
    rows = json.loads(kg("verify", "--timeout", "300", "--format", "json", cwd=tmp_path).stdout)
    if any(row["verdict"] == "unverified" for row in rows):
        pytest.skip("NuSMV is not installed")
    assert len(rows) == len(MUTANTS)
    assert [row["path"] for row in rows if row["verdict"] != "failed"] == []
