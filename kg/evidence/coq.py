"""Coq: a block is compiled, then asked of every theorem in it what it rests on."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from kg import process
from kg.claims import Piece
from kg.evidence.base import Installed, Judgement, concluded, short, unfinished
from kg.model import Part
from kg.process import sandbox
from kg.process.sandbox import Limits

_STATEMENT: Final = re.compile(
    r"\b(?P<kind>Theorem|Lemma|Corollary|Proposition|Fact|Remark|Property)\s+(?P<name>[^\W\d][\w']*)"
    r"|\bModule\s+(?P<type>Type\s+)?(?:Import\s+|Export\s+)?(?P<module>[^\W\d][\w']*)(?P<rest>[^.]*)\.(?=\s|$)"
    r"|\bEnd\s+(?P<end>[^\W\d][\w']*)\s*\.(?=\s|$)"
)
_ERROR: Final = re.compile(r'File "[^"]*", line (\d+), characters [\d-]+:\s*\n(.*)', re.DOTALL)
_CLOSED: Final = "Closed under the global context"
_AXIOM: Final = re.compile(r"^([^\W\d][\w'.]*)\s*:", re.MULTILINE)
_ADMITTED: Final = re.compile(r"\b(?:Admitted|give_up)\b")
_MARK: Final = "=kg="


def without_comments(text: str) -> str:
    """Coq text with comments, which nest, and strings blanked out; lines stay where they are.

    >>> without_comments('a (* b (* c *) *) d "x" e')
    'a                 d     e'
    """
    out = []
    depth = 0
    quoted = False
    i = 0
    while i < len(text):
        two = text[i : i + 2]
        if quoted:
            quoted = text[i] != '"'
            out.append("\n" if text[i] == "\n" else " ")
            i += 1
        elif two == "(*":
            depth += 1
            out.append("  ")
            i += 2
        elif two == "*)" and depth:
            depth -= 1
            out.append("  ")
            i += 2
        else:
            quoted = text[i] == '"'
            out.append(text[i] if text[i] == "\n" or not (depth or quoted) else " ")
            i += 1
    return "".join(out)


def theorems(text: str) -> list[tuple[str, int]]:
    """Names of all theorems that a text states, qualified by its modules, each with its line from 0.

    >>> theorems("Module M. Lemma a : True. Proof. exact I. Qed. End M.\\nTheorem b : True. Admitted. (* Lemma c *)")
    [('M.a', 0), ('b', 1)]
    """
    text = without_comments(text)
    found: list[tuple[str, int]] = []
    inside: list[str] = []
    for m in _STATEMENT.finditer(text):
        if m["kind"]:
            found.append((".".join([*inside, m["name"]]), text.count("\n", 0, m.start())))
        elif m["module"] and ":=" not in m["rest"]:
            inside.append(m["module"])
        elif m["end"] and inside and inside[-1] == m["end"]:
            inside.pop()
    return found


class Coq:
    """Coq's compiler and its `Print Assumptions`."""

    group = "coq"
    languages = ("coq",)
    cost = "proofs are not checked; Debian: apt install coq"

    def locate(self) -> str | None:
        """`coqc` on PATH."""
        return process.find("coqc")

    def version(self, path: str) -> Installed | None:
        """What the compiler says of itself."""
        said = process.run([path, "--print-version"], timeout=30).stdout.split()
        return Installed(path, "coq", said[0]) if said else None

    def judge(self, piece: Piece, installed: Installed, limits: Limits) -> Judgement:
        """Compile a block behind those that it builds on, then ask what its theorems rest on.

        That a file compiles says little: a proof that ends in `Admitted`, an axiom and switched-off checks all do. So whatever
        a theorem rests on must be declared (`axioms="…"`), and a theorem that Coq doesn't find by its name is a failure.
        """
        before = "".join(p.text.rstrip("\n") + "\n" for p in piece.inputs)
        offset = before.count("\n")
        whole = before + piece.text
        names = theorems(piece.text)
        asked = "".join(f'Goal True. idtac "{_MARK}". Abort.\nPrint Assumptions Kg.claim.{name}.\n' for name, _ in names)
        script = 'set -e\n"$1" -q -Q . Kg claim.v\necho compiled >done\n[ ! -s ask.v ] || "$1" -q -Q . Kg ask.v >said\n'
        found = sandbox.run(
            ["/bin/sh", "-c", script, "sh", installed.path],
            {"claim.v": whole, "ask.v": f"Require Kg.claim.\n{asked}" if names else ""},
            limits=limits, tools=_tools(installed), keep=("done", "said"),
            # Without this, OCaml reserves address space for 128 domains, more than the limit on memory.
            environment={"OCAMLRUNPARAM": "d=2"},
        )  # fmt: skip
        early = unfinished(found, limits)
        if early is not None:
            return early
        if "done" not in found.files:
            error = _ERROR.search(found.stderr)
            if error is None:
                # No fault of the text: that the text is wrong is never concluded from it.
                return Judgement("unverified", f"coqc doesn't run: {short(found.stderr or f'status {found.status}')}")
            line = int(error[1]) - 1 - offset
            what = error[2].replace("Error:", "", 1).strip()
            if line < 0:
                return Judgement("failed", f"in a block that it builds on: {short(what)}")
            return concluded(piece, what, line)
        if piece.attributes.expect == (False,):
            return concluded(piece, "")
        if found.status != 0:
            return Judgement("failed", f"Coq can't say what its theorems rest on: {short(found.stderr)}")
        answers = found.files.get("said", b"").decode("utf-8", "replace").split(_MARK)[1:]
        if len(answers) != len(names):
            return Judgement("failed", f"Coq answers for {len(answers)} of {len(names)} theorems")
        parts = tuple(
            _part(name, line, answer, piece.attributes.axioms) for (name, line), answer in zip(names, answers, strict=True)
        )
        bad = [p for p in parts if not p.as_expected]
        if bad:
            return Judgement("failed", short("; ".join(f"{p.name} {p.note}" for p in bad)), bad[0].line, parts)
        admitted = _ADMITTED.search(without_comments(piece.text))
        if admitted is not None:
            # Of something that is no theorem: a definition by tactics, say.
            line = piece.text.count("\n", 0, admitted.start())
            return Judgement("failed", "something is admitted, not proved", line, parts)
        if piece.attributes.claims and not parts:
            return Judgement("failed", "it claims something and states no theorem")
        return Judgement("passed", parts=parts)


def _part(name: str, line: int, answer: str, declared: tuple[str, ...]) -> Part:
    said = " ".join(answer.split())
    if said == _CLOSED:
        return Part(name, True, True, line=line)
    text = "\n".join(row for row in answer.strip().splitlines() if row.strip() not in ("Axioms:", ""))
    rest = _AXIOM.findall(text)
    own = [n.removeprefix("Kg.claim.").removeprefix("claim.") for n in rest]
    unsafe = [row.strip() for row in text.splitlines() if re.search(r"unsafe|is assumed to be|collapsed|impredicative", row)]
    missing = [n for n in own if not any(n == d or n.endswith(f".{d}") or d.endswith(f".{n}") for d in declared)]
    if unsafe or not own:
        return Part(name, True, False, f"rests on switched-off checks: {short('; '.join(unsafe) or said)}", line)
    if name in own:
        return Part(name, True, False, "is admitted, not proved", line)
    if missing:
        return Part(name, True, False, f"rests on {', '.join(missing)}, which is not declared (axioms=…)", line)
    return Part(name, True, True, f"assuming {', '.join(own)}", line)


def _tools(installed: Installed) -> list[Path]:
    """What Coq reads besides the system's folders: the configuration of OCaml's libraries, and its own installation."""
    path = Path(installed.path).resolve()
    own = [] if str(path).startswith(("/usr/", "/bin/", "/nix/")) else [path.parent.parent]
    return [*own, *(p for p in (Path("/etc/ocamlfind.conf"), Path("/etc/findlib.conf")) if p.exists())]
