"""Coq: compiles a block, then asks Coq for each theorem whether the name has the stated type."""

from __future__ import annotations

import re
import secrets
from pathlib import Path
from typing import Final, NamedTuple

from kg.base import process
from kg.base.process import sandbox
from kg.base.process.sandbox import Caged, SandboxLimits
from kg.evidence.claims import Piece
from kg.evidence.tools import coq_probes, vernacular
from kg.evidence.tools.base import Installed, Judgement, concluded, short, unfinished
from kg.evidence.tools.vernacular import GlobNames, StatedTheorem
from kg.model import EvidencePart

_ERROR: Final = re.compile(r'File "[^"]*", line (\d+), characters [\d-]+:\s*\n(Error:.*)', re.DOTALL)
_CLOSED: Final = "Closed under the global context"
_ROW: Final = re.compile(r"^([^\W\d][\w'.]*)\s*:", re.MULTILINE)
_ADMITTED: Final = re.compile(r"\b(?:Admitted|give_up)\b")
_UNSAFE: Final = re.compile(r"unsafe|is assumed to be|collapsed|impredicative")
_CHECKED: Final = re.compile(r"\* (?:Constants/Inductives relying on|Inductives whose positivity)")
_COMPILE: Final = 'set -e\n"$1" -q -Q . Kg -time-file claim.times claim.v\necho compiled >done\n'
_ASK: Final = """\
set -e
"$1" -q -Q . Kg stated.v >here
echo compiled >done
"$1" -q -Q . Kg ask.v >said
echo asked >>done
"$2" -silent -o -norec Kg.stated -Q . Kg >checked 2>&1
"""


class Coq:
    """Coq's compiler, its queries on compiled files, and its checker `coqchk`."""

    group = "coq"
    languages = ("coq",)
    cost = "proofs are not checked; Debian: apt install coq"

    def locate(self) -> str | None:
        """`coqc` on PATH."""
        return process.find("coqc")

    def version(self, path: str) -> Installed | None:
        """Name and version, as the compiler reports them."""
        words = process.run([path, "--print-version"], timeout=30).stdout.split()
        return Installed(path, "coq", words[0]) if words else None

    def judge(self, piece: Piece, installed: Installed, limits: SandboxLimits) -> Judgement:
        """Compile a block after the blocks that it builds on, then query its theorems and their assumptions.

        Successful compilation isn't sufficient: it allows a withdrawn statement, a proof that ends in `Admitted`, an axiom, and
        disabled checks. Therefore Coq reports the ranges of all sentences, and sentences that withdraw or change a statement
        are rejected. Each theorem is stated a second time at its place and compared with the type of its name. Each assumption
        must be declared (`axioms="…"`).
        """
        before = "".join(p.text.rstrip("\n") + "\n" for p in piece.inputs)
        offset = before.count("\n")
        whole = before + piece.text
        outcome = _run(_COMPILE, installed, {"claim.v": whole}, limits, ("done", "claim.times", "claim.glob"))
        early = unfinished(outcome, limits)
        if early is not None:
            return early
        if "done" not in outcome.files:
            return _refusal(piece, outcome, offset)
        if piece.attributes.expect == (False,):
            return concluded(piece, "")
        sentences = vernacular.sentences(whole, _text(outcome, "claim.times"))
        if sentences is None:
            return Judgement("failed", "Coq has not read it to its end")
        fault = vernacular.unjudgeable(sentences)
        if fault is not None:
            return Judgement(
                "failed", f"{'in a block that it builds on: ' * (fault[1] < offset)}{fault[0]}", _own(fault[1], offset)
            )
        glob = _text(outcome, "claim.glob")
        why = vernacular.hides_symbols(glob)
        if why:
            return Judgement("failed", why)
        claims = [c for c in vernacular.claims(sentences) if c.at.line >= offset]
        parts: tuple[EvidencePart, ...] = ()
        if claims:
            names = GlobNames(glob, "Kg.claim", sentences)
            answer = _ask_coq(piece, installed, limits, _Compiled(whole, offset, claims, names))
            if isinstance(answer, Judgement):
                return answer
            parts = answer
        bad = [p for p in parts if not p.as_expected]
        if bad:
            return Judgement("failed", short("; ".join(f"{p.name} {p.note}" for p in bad)), bad[0].line, parts)
        admitted = _ADMITTED.search(vernacular.without_comments(piece.text))
        if admitted is not None:
            # Admitted, but not a theorem: for example a definition by tactics.
            line = piece.text.count("\n", 0, admitted.start())
            return Judgement("failed", "something is admitted, not proved", line, parts)
        if piece.attributes.claims and not parts:
            return Judgement("failed", "it claims something and states no theorem")
        return Judgement("passed", parts=parts)


def _refusal(piece: Piece, outcome: Caged, offset: int) -> Judgement:
    error = _ERROR.search(outcome.stderr)
    if error is None:
        # The compiler failed to run, so nothing follows for the text.
        return Judgement("unverified", f"coqc doesn't run: {short(outcome.stderr or f'status {outcome.status}')}")
    line = int(error[1]) - 1 - offset
    message = error[2].replace("Error:", "", 1).strip()
    if line < 0:
        return Judgement("failed", f"in a block that it builds on: {short(message)}")
    return concluded(piece, message, line)


class _Compiled(NamedTuple):
    """A block that Coq has compiled after the blocks that it builds on."""

    whole: str
    """The texts of all these blocks, concatenated."""
    offset: int
    """Number of lines before the block."""
    claims: list[StatedTheorem]
    names: GlobNames


def _ask_coq(
    piece: Piece, installed: Installed, limits: SandboxLimits, compiled: _Compiled
) -> tuple[EvidencePart, ...] | Judgement:
    """The theorems with Coq's answers, both at the place of the proof and in a process that has only the compiled files."""
    whole, offset, claims, names = compiled
    # A random word, so that the text can't imitate the marker.
    mark = f"kg{secrets.token_hex(8)}"
    ask = "Require Kg.stated.\n" + "".join(
        f'Goal True. idtac "{mark}". Abort.\nAbout Kg.stated.{c.name}.\nPrint Assumptions Kg.stated.{c.name}.\n' for c in claims
    )
    checker = Path(installed.path).with_name("coqchk")
    if not checker.is_file():
        return Judgement("unverified", "coqchk, which belongs to Coq, is missing")
    texts = {"stated.v": _stated(whole, claims, names, mark), "ask.v": ask}
    outcome = _run(_ASK, installed, texts, limits, ("done", "here", "said", "checked"), str(checker))
    early = unfinished(outcome, limits)
    if early is not None:
        return early
    done = _text(outcome, "done").split()
    if "compiled" not in done:
        return Judgement("failed", f"what it proves is not what it states: {short(outcome.stderr)}")
    if "asked" not in done:
        return Judgement("failed", f"Coq can't say what its theorems rest on: {short(outcome.stderr)}")
    places, answers = _text(outcome, "here").split(mark), _text(outcome, "said").split(mark)[1:]
    proved = {int(row.split(None, 2)[1]): row.partition("\n")[2] for row in places if row.startswith(" at ")}
    rows = [row.split() for row in places]
    empty = {int(words[1]): words[0] for words in rows if len(words) == 2 and words[0] in coq_probes.EMPTY}
    axioms = {row.split()[1] for row in places if row.startswith(" prop ")}
    if len(answers) != len(claims) or len(proved) != len(claims):
        return Judgement("failed", f"Coq answers for {min(len(answers), len(proved))} of {len(claims)} theorems")
    parts = []
    for i, (claim, answer) in enumerate(zip(claims, answers, strict=True)):
        line = claim.at.line - offset
        hidden = names.hidden(claim)
        about, _, rests = answer.partition(f"Constant Kg.stated.{claim.name}\n")
        if not rests or (f"{claim.name} :" not in about and f"{claim.local} :" not in about):
            parts.append(EvidencePart(claim.name, True, False, "is not a theorem to Coq", line))
        elif hidden:
            parts.append(
                EvidencePart(
                    claim.name, True, False, f"is on its own '{hidden}', which hides that of Coq: give it another name", line
                )
            )
        else:
            supposed = [n for n in _section(proved[i]) if n in axioms]
            part = _part(claim.name, line, rests, supposed, piece.attributes.axioms)
            if part.as_expected and i in empty:
                part = EvidencePart(claim.name, True, False, coq_probes.EMPTY[empty[i]], line)
            parts.append(part)
    if all(p.as_expected for p in parts):
        checked = _text(outcome, "checked")
        loose = [row.strip("* ") for row in checked.splitlines() if _CHECKED.match(row) and not row.endswith("<none>")]
        if outcome.status != 0 or "CONTEXT SUMMARY" not in checked or loose:
            return Judgement("failed", f"coqchk doesn't take what was compiled: {short('; '.join(loose) or checked)}")
    return tuple(parts)


def _stated(whole: str, claims: list[StatedTheorem], names: GlobNames, mark: str) -> str:
    """The text with each theorem stated a second time before it, and compared with it after its proof."""
    data = whole.encode("utf-8", "replace")
    inserted: list[tuple[int, str]] = []
    for s, closed in names.closed().items():
        for name in closed:
            told = f'tryif (let x := constr:(T : Prop) in idtac) then idtac "{mark} prop {name} {mark}" else idtac'
            asked = f"let T := type of {name} in {told}"
            inserted.append((s.end, f" Goal Coq.Init.Logic.True. {asked}. Abort. "))
    for i, c in enumerate(claims):
        again = re.sub(
            rf"^((?:[^#\w]|#\[[^\]]*\]|\w+\s+)*?(?:{'|'.join(vernacular.STATEMENTS)})\s+){re.escape(c.local)}",
            rf"\g<1>{mark}s{i}",
            c.at.text,
        )
        inserted.append((c.at.start, f"{again} Admitted. "))
        same = f"Definition {mark}e{i} := (fun (T : Type) (a b : T) => Coq.Init.Logic.I) _ (@{c.local}) (@{mark}s{i}). "
        told = f'Goal Coq.Init.Logic.True. idtac "{mark} at {i}". Abort. Print Assumptions {c.local}. '
        inserted.append((c.close.end, f" {same}{told}{coq_probes.probes(claims, i, mark)}"))
    out, last = [], 0
    for at, text in sorted(inserted, key=lambda pair: pair[0]):
        out += [data[last:at], text.encode()]
        last = at
    out.append(data[last:])
    return coq_probes.head(mark) + b"".join(out).decode("utf-8", "replace")


def _section(answer: str) -> list[str]:
    """The section variables among the assumptions that Coq reports for a theorem."""
    rows = re.search(r"Section Variables:\n(.*?)(?=^\w[\w ]*:\s*$|\Z)", answer, re.DOTALL | re.MULTILINE)
    return _ROW.findall(rows[1]) if rows else []


def _part(name: str, line: int, answer: str, supposed: list[str], declared: tuple[str, ...]) -> EvidencePart:
    flat = " ".join(answer.split())
    text = "\n".join(row for row in answer.strip().splitlines() if row.strip() not in ("Axioms:", _CLOSED, ""))
    own = [*(n.removeprefix("Kg.stated.").removeprefix("stated.") for n in _ROW.findall(text)), *supposed]
    if flat == _CLOSED and not supposed:
        return EvidencePart(name, True, True, line=line)
    unsafe = [row.strip() for row in text.splitlines() if _UNSAFE.search(row)]
    missing = [n for n in own if not any(n == d or n.endswith(f".{d}") or d.endswith(f".{n}") for d in declared)]
    if unsafe or not own:
        return EvidencePart(name, True, False, f"rests on switched-off checks: {short('; '.join(unsafe) or flat)}", line)
    if name in own:
        return EvidencePart(name, True, False, "is admitted, not proved", line)
    if missing:
        return EvidencePart(name, True, False, f"rests on {', '.join(missing)}, which is not declared (axioms=…)", line)
    return EvidencePart(name, True, True, f"assuming {', '.join(own)}", line)


def _own(line: int, offset: int) -> int | None:
    return line - offset if line >= offset else None


def _text(outcome: Caged, name: str) -> str:
    return outcome.files.get(name, b"").decode("utf-8", "replace")


def _run(
    script: str, installed: Installed, files: dict[str, str], limits: SandboxLimits, keep: tuple[str, ...], *more: str
) -> Caged:
    return sandbox.run(
        ["/bin/sh", "-c", script, "sh", installed.path, *more],
        files,
        limits=limits,
        tools=_tools(installed),
        keep=keep,
        # Without this, OCaml reserves address space for 128 domains, more than the limit on memory.
        environment={"OCAMLRUNPARAM": "d=2"},
    )


def _tools(installed: Installed) -> list[Path]:
    """What Coq reads besides system folders: OCaml's library configuration and its own installation."""
    path = Path(installed.path).resolve()
    own = [] if str(path).startswith(("/usr/", "/bin/", "/nix/")) else [path.parent.parent]
    return [*own, *(p for p in (Path("/etc/ocamlfind.conf"), Path("/etc/findlib.conf")) if p.exists())]
