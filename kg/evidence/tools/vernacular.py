"""The sentences of a Coq text, as parsed by Coq, and sentences that make it impossible to judge."""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

_TIMED: Final = re.compile(r"^Chars (\d+) - (\d+) \[", re.MULTILINE)
_ATTRIBUTES: Final = re.compile(r"#\[([^\]]*)\]")
_MODIFIER: Final = re.compile(r"(?:Local|Global|Polymorphic|Monomorphic|Cumulative|NonCumulative|Time)\b\s*")
_WORD: Final = re.compile(r"[A-Z]\w*")
_TACTIC: Final = re.compile(r"[a-z_0-9{}\-+*\[(?!=>]")
_NAME: Final = r"[^\W\d][\w']*"
_STATEMENT: Final = re.compile(rf"(?:Theorem|Lemma|Corollary|Proposition|Fact|Remark|Property)\s+({_NAME})")
_MODULE: Final = re.compile(
    rf"(?:(?P<section>Section)|Module(?:\s+(?P<type>Type))?(?:\s+(?:Import|Export))?)\s+(?P<name>{_NAME})"
)
_CHECKS: Final = re.compile(r"(?:Set|Unset)\s+(?:Guard|Universe|Positivity)\s+Checking\s*\.$")
_HARMLESS: Final = re.compile(
    r"(?:Set|Unset)\s+(?:(?:Strict|Maximal|Contextual|Reversible\s+Pattern)\s+)?Implicit(?:\s+(?:Arguments|Insertion))?\s*\.$"
    r"|(?:Set|Unset)\s+(?:Asymmetric\s+Patterns|Default\s+Goal\s+Selector|Default\s+Proof\s+Using|Universe\s+Polymorphism"
    r"|Primitive\s+Projections|Printing\s+\w+(?:\s+\w+)?|Maximal\s+Implicit\s+Insertion|Warnings)\b[^\n]*\.$"
)

STATEMENTS: Final = ("Theorem", "Lemma", "Corollary", "Proposition", "Fact", "Remark", "Property")
_CLOSERS: Final = ("Qed", "Defined", "Save", "Admitted")
ALLOWED: Final = frozenset((*STATEMENTS, *_CLOSERS)) | frozenset(
    "Axiom Axioms Parameter Parameters Conjecture Variable Variables Hypothesis Hypotheses Context Definition Example"
    " Let Fixpoint CoFixpoint Function Inductive CoInductive Variant Record Structure Class Instance Existing Program"
    " Next Obligation Solve Goal Proof Section Module End Require Import Export From Notation Infix Reserved Open Close"
    " Arguments Implicit Generalizable Hint Create Ltac Scheme Combined Set Unset Check Print Compute Eval Search About"
    " Locate Opaque Transparent Strategy Declare Abort Fail Show Guarded Unshelve Typeclasses".split()
)
"""Commands that neither withdraw a statement, nor change the parsing of what follows, nor write files."""
_OPENERS: Final = ("Goal", "Definition", "Example", "Let", "Fixpoint", "CoFixpoint", "Instance", "Next", "Obligation")
_LOOSE: Final = frozenset(("local", "global", "export", "refine", "universes", "deprecated", "program", "warnings", "using"))
_STANDARD: Final = frozenset(
    "= <> < <= > >= + - * / ^ ~ /\\ \\/ -> <-> :: ++ := : | || && ! % == & <? <=? =? <? ( ) [ ] { } , ; . .. @ ' _"
    " ∀ ∃ ¬ ∧ ∨ → ↔ ≠ ≤ ≥ λ forall exists exists2 fun let in match if then else fix cofix as at return end with"
    " where for Type Prop Set SProp mod".split()
)
"""Symbols that readers know; a notation made only of these would be misread."""

_FAMILIAR: Final = frozenset(
    "True False not and or iff eq ex ex2 all nat O S bool true false le lt ge gt plus mult Nat Z N positive list nil cons"
    " option Some None prod pair fst snd unit tt add mul sub".split()
)
"""Names from Coq's library that readers know. A text can redefine them, but then a theorem doesn't concern Coq's."""
_NEVER: Final = frozenset(("True", "False", "not", "and", "or", "iff", "eq", "nat", "bool", "true", "false"))


class Sentence(NamedTuple):
    """A sentence of a Coq text: a command, a tactic, or a bullet."""

    start: int
    """Offset of the first byte."""
    end: int
    text: str
    """Without comments."""
    line: int
    """The line, from 0."""

    @property
    def command(self) -> str:
        """Its text without attributes and modifiers; a tactic is unchanged."""
        text = _ATTRIBUTES.sub("", self.text).strip()
        while (m := _MODIFIER.match(text)) is not None:
            text = text[m.end() :]
        return text

    @property
    def word(self) -> str:
        """The first word of a command; empty for tactics and bullets."""
        m = _WORD.match(self.command)
        return m[0] if m else ""


class StatedTheorem(NamedTuple):
    """A theorem that a text states."""

    name: str
    """Qualified by its modules."""
    at: Sentence
    close: Sentence
    """The sentence that ends its proof."""
    variables: bool
    """Whether it is in a section with variables or hypotheses."""

    @property
    def local(self) -> str:
        """Its unqualified name."""
        return self.name.rpartition(".")[2]


def without_comments(text: str) -> str:
    """Coq text with blanked-out comments, which nest and can contain strings. Lines keep their position.

    >>> without_comments('a (* b (* c *) "*)" *) d "(*" e')
    'a                      d "(*" e'
    """
    out = []
    depth = 0
    quoted = False
    i = 0
    while i < len(text):
        two = text[i : i + 2]
        step = 1
        if text[i] == '"':
            quoted = not quoted
        elif not quoted and two == "(*":
            depth += 1
            step = 2
        elif not quoted and two == "*)" and depth:
            depth -= 1
            out.append("  ")
            i += 2
            continue
        part = text[i : i + step]
        out.append(re.sub(r"[^\n]", " ", part) if depth else part)
        i += step
    return "".join(out)


def sentences(text: str, timed: str) -> list[Sentence] | None:
    """Split a text by the ranges that Coq reports (`-time-file`); None if Coq hasn't read the whole text.

    >>> [s.text for s in sentences("Goal True. (* a *) exact I.", "Chars 0 - 10 [\\nChars 19 - 27 [") or ()]
    ['Goal True.', 'exact I.']
    >>> sentences("Goal True. exact I.", "Chars 0 - 10 [")
    """
    data = text.encode("utf-8", "replace")
    result: list[Sentence] = []
    last = 0
    for m in _TIMED.finditer(timed):
        start, end = int(m[1]), int(m[2])
        if start < last or without_comments(data[last:start].decode("utf-8", "replace")).strip():
            return None
        body = without_comments(data[start:end].decode("utf-8", "replace")).strip()
        result.append(Sentence(start, end, body, data.count(b"\n", 0, start)))
        last = end
    rest = without_comments(data[last:].decode("utf-8", "replace")).strip()
    return None if rest else result


def unjudgeable(text: Sequence[Sentence]) -> tuple[str, int] | None:
    """Why a text doesn't mean what it appears to say, and the line of the first sentence that causes it."""
    stated = False
    for s in text:
        if s.word in STATEMENTS:
            stated = True
        elif s.word in _OPENERS:
            stated = False
        if s.word == "Abort" and stated:
            return "'Abort' takes back what is stated: a proof stands without it", s.line
        why = _refused(s)
        if why:
            return why, s.line
    return None


def _refused(s: Sentence) -> str:
    for m in _ATTRIBUTES.finditer(s.text if s.text.startswith("#[") else ""):
        loose = {re.split(r"[\s=(]", part.strip())[0] for part in m[1].split(",") if "(" in part or part.strip()}
        loose = {word.strip(')"') for word in loose if re.fullmatch(r"[a-z_]+", word.strip(')"'))}
        if not loose <= _LOOSE or "bypass_check" in m[1]:
            return f"the attribute {m[0]} takes a check away"
    word, command = s.word, s.command
    if not word:
        return "" if _TACTIC.match(command) or not command else f"'{command[:40]}' is not a command that is known here"
    if word not in ALLOWED:
        return f"'{word}' takes back, hides or changes what is stated: a proof stands without it"
    if word in ("Set", "Unset") and not (_CHECKS.match(command) or _HARMLESS.match(command)):
        return f"'{command[:60]}' changes how a text is read"
    if word == "Fail" and re.search(rf"\b(?:{'|'.join(STATEMENTS)})\b", command):
        return "'Fail' takes back what is stated: a proof stands without it"
    if word == "Declare" and not re.match(r"Declare\s+Scope\b", command):
        return "it loads something that is not Coq's own"
    if word == "Ltac" and "::=" in command:
        return "it replaces a tactic by another one"
    if word in ("Next", "Solve", "Obligation") and "Obligation" not in command:
        return f"'{command[:40]}' is not a command that is known here"
    return ""


def claims(text: Sequence[Sentence]) -> Iterator[StatedTheorem]:
    """Yield the theorems that sentences state and prove, in order.

    A proof ends at the next sentence that can end one, since Coq doesn't allow nested proofs.
    """
    inside: list[tuple[str, bool]] = []  # name, whether it is a section
    variables: list[bool] = []
    for i, s in enumerate(text):
        command = s.command
        module = _MODULE.match(command)
        statement = _STATEMENT.match(command)
        if statement is not None:
            close = next((t for t in text[i + 1 :] if _closes(t)), None)
            if close is not None:
                path = [name for name, section in inside if not section]
                yield StatedTheorem(".".join([*path, statement[1]]), s, close, any(variables))
        elif module is not None and (module["section"] or ":=" not in command):
            inside.append((module["name"], module["section"] is not None))
            variables.append(False)
        elif s.word == "End" and inside:
            inside.pop()
            variables.pop()
        elif s.word in ("Variable", "Variables", "Hypothesis", "Hypotheses", "Context") and variables:
            variables[-1] = True


def _closes(s: Sentence) -> bool:
    if s.word in _CLOSERS:
        return True
    # `Proof term.` is a complete proof.
    return s.word == "Proof" and not re.match(r"Proof\s*(?:\.$|using\b|with\b)", s.command)


def hides_symbols(glob: str) -> str:
    """The fault of the notations that a text defines, from Coq's ``.glob`` file; empty if each introduces a new symbol.

    >>> hides_symbols("not 3:3 <> :::'0'_'='_'1'"), hides_symbols("not 3:3 M ::nat_scope:x_'⊕'_x")
    ('the notation 0 = 1 is made of symbols that mean something else', '')
    """
    for m in re.finditer(r"^not \S+ \S+ (\S+)$", glob, re.MULTILINE):
        tokens = re.findall(r"'([^']+)'(?=_|$)", m[1])
        if not any(t not in _STANDARD and not re.fullmatch(r"[\d.]+", t) for t in tokens):
            return f"the notation {' '.join(tokens) or m[1]} is made of symbols that mean something else"
    return ""


class GlobNames:
    """The names in a text, from Coq's ``.glob`` file: where they are defined and what refers to them."""

    def __init__(self, glob: str, library: str, text: Sequence[Sentence]) -> None:
        self._at: dict[str, list[Sentence]] = {}
        self._uses: dict[Sentence, set[str]] = {}
        self._variables: dict[Sentence, set[str]] = {}
        self._open: set[Sentence] = set()
        for row in glob.splitlines():
            words = row.split(" ")
            if re.match(r"R\d", row) and len(words) == 5 and words[1] == library:
                s = _around(text, int(row[1:].partition(":")[0]))
                if s is not None and words[4] == "var" and "." in words[3]:
                    self._open.add(s)
                    self._uses.setdefault(s, set()).add(words[3].rpartition(".")[2])
                elif s is not None and words[4] not in ("var", "binder", "not", "sec", "prf", "thm"):
                    self._uses.setdefault(s, set()).update(w for w in (*words[3].split("."), *words[2].split(".")) if w != "<>")
            elif len(words) == 4 and re.match(r"\d+:\d+$", words[1]):
                s = _around(text, int(words[1].partition(":")[0]))
                if s is not None and words[0] == "var":
                    self._variables.setdefault(s, set()).add(words[3])
                    # A variable can have the name of an order or a sum, but never the name of falsity.
                    if s.word == "Let" or words[3] in _NEVER:
                        self._at.setdefault(words[3], []).append(s)
                elif s is not None and words[0] not in ("prf", "not", "sec", "binder"):
                    self._at.setdefault(words[3], []).append(s)

    def hidden(self, claim: StatedTheorem) -> str:
        """A name that a statement uses, directly or indirectly, and that shadows one of Coq's own; empty if there is none."""
        seen: set[Sentence] = set()
        queue = [claim.at]
        while queue:
            s = queue.pop()
            if s in seen:
                continue
            seen.add(s)
            for name in sorted(self._uses.get(s, ())):
                if name in _FAMILIAR and name in self._at:
                    return name
                queue += self._at.get(name, [])
        return ""

    def closed(self) -> dict[Sentence, list[str]]:
        """Section variables and hypotheses that don't mention other variables, by sentence."""
        return {s: sorted(names) for s, names in self._variables.items() if s not in self._open}


def _around(text: Sequence[Sentence], byte: int) -> Sentence | None:
    i = bisect.bisect_right(text, byte, key=lambda s: s.start) - 1
    return text[i] if i >= 0 and byte < text[i].end else None
