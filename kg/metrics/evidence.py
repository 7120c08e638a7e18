"""The verdicts of `kg verify` as the knowledge base remembers them: read where they are, never made here."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from kg.errors import UsageError

FILE: Final = "snapshot/evidence.jsonl"
"""Below the `ontology/` folder of a knowledge base."""

# What kind of representation a tool or language speaks for.
_KINDS: Final = {
    "math": "math", "tex": "math", "katex": "math", "diagram": "diagram", "mermaid": "diagram", "coq": "code", "smv": "code",
    "code": "code", "cross-check": "cross-check", "crosscheck": "cross-check", "check": "cross-check",
}  # fmt: skip
PROVERS: Final = ("coq", "rocq", "smv", "nusmv", "nuxmv")
"""Tools and languages of theorem provers and model checkers."""


class Evidence(NamedTuple):
    """A claim that a tool judged: `verdict` is passed, failed, timed-out, unverified or stale."""

    claim: str
    verdict: str
    digest: str
    concept: str
    """Id of the concept, where the record names it."""
    path: str
    """Path of the note, where the record names it."""
    line: int
    kind: str
    """``math``, ``diagram``, ``code`` or ``cross-check``."""
    tool: str

    @property
    def machine_checked(self) -> bool:
        """Whether a theorem prover or a model checker passed it."""
        return self.verdict == "passed" and self.tool in PROVERS


def read(ontology: Path, digests: Callable[[], Collection[str]] | None = None) -> tuple[Evidence, ...]:
    """The last verdict on each claim; none where nothing was verified yet.

    `digests` gives those of the notes and blocks as they are: a verdict on any other text is stale.
    Raises UsageError for a line that is no JSON object with a claim and a verdict.
    """
    path = ontology / FILE
    try:
        lines = path.read_bytes().splitlines()
    except OSError:
        return ()
    found: dict[str, Evidence] = {}
    current = digests() if digests is not None and lines else None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row: dict[str, Any] = msgspec.json.decode(line, type=dict[str, Any])
            item = _evidence(row)
        except (msgspec.DecodeError, msgspec.ValidationError, KeyError, TypeError, ValueError) as error:
            raise UsageError(f"{path}:{number}: no evidence: {error}", hint="'kg verify' writes this file anew") from None
        if current is not None and item.digest not in current and item.verdict != "unverified":
            item = item._replace(verdict="stale")
        found[item.claim] = item
    return tuple(found.values())


def _evidence(row: dict[str, Any]) -> Evidence:
    claim = str(row["claim"])
    subject = claim.partition("#")[0]
    in_note = subject.endswith(".md")
    tool = str(row.get("tool", "")).split(" ")[0].lower()
    language = str(row.get("language", "")).lower()
    said = str(row.get("kind", "")).lower() or language or tool
    return Evidence(
        claim=claim,
        verdict=str(row["verdict"]),
        digest=str(row.get("digest", "")).removeprefix("sha256:"),
        concept=str(row.get("concept", "")) or ("" if in_note else subject),
        path=str(row.get("path", "")) or (subject if in_note else ""),
        line=int(row.get("line", 0)),
        kind=_KINDS.get(said, "code"),
        tool=tool if tool in PROVERS else language or tool,
    )
