"""Attested Computations of the Open Knowledge Format as pieces of evidence: what is run, and what judges the run (§10)."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping
from typing import Final

from kg.base.json_forms import json_ascii
from kg.evidence.claims.attributes import Attributes
from kg.evidence.claims.pieces import Piece
from kg.model import Note
from kg.notes.okf.families import stated_kind, text_of
from kg.notes.okf.fields import COMPUTATION, computation_fences
from kg.notes.okf.paths import is_path

LANGUAGE: Final = "attestation"
_CLAIM: Final = "a run of the sanctioned computation is attested"

Read = Callable[[Note, str], tuple[str, str]]
"""Returns the text of a file by its path from a note, and an error message."""


def attested_piece(note: Note, concept: str, read: Read) -> Piece | None:
    """Return the run of a note's computation as a piece; None if the note is no Attested Computation of a bundle.

    The piece holds everything that determines the verdict: computation, parameters, both programs. What isn't local is never
    fetched, and what isn't a Python program is never run: the piece says so instead.
    """
    values = note.metadata
    if note.role != "concept" or stated_kind(values.get("type")).lower() != COMPUTATION:
        return None
    line = note.lines.get("executor", note.lines.get("type", 1))
    reason, text = "", ""
    try:
        text = json_ascii(_contract(note, lambda name: _local(note, name, read)))
    except _NotHere as why:
        reason = str(why)
    attributes = Attributes(LANGUAGE, _CLAIM) if not reason else Attributes(LANGUAGE, _CLAIM, check=False, reason=reason)
    return Piece(f"{note.path}#{LANGUAGE}", note.path, line, 1, concept, LANGUAGE, text, attributes)


class _NotHere(Exception):  # noqa: N818  # not an error: why nothing is run
    """The computation can't be run here."""


def _contract(note: Note, local: Callable[[str], str]) -> dict[str, object]:
    values = note.metadata
    runtime = text_of(values.get("runtime")).lower()
    if runtime != "python":
        raise _NotHere(f"its runtime is '{runtime or 'not stated'}': only Python is run here, and nothing remote")
    programs = {}
    for role in ("executor", "attester"):
        part = values.get(role)
        name = text_of(part.get("resource")) if isinstance(part, Mapping) else ""
        if not is_path(name) or not name.lower().endswith(".py"):
            raise _NotHere(f"its {role} is no Python program of the bundle, and nothing remote is run")
        programs[role] = local(name)
    executor = values["executor"]
    receipt = executor.get("receipt") if isinstance(executor, Mapping) else None
    stated = text_of(values.get("computation"))
    fences = computation_fences(note)
    if stated:
        computation = local(stated)
    elif len(fences) == 1:
        computation = fences[0].text
    else:
        raise _NotHere("it has no single computation")
    return {
        "computation": computation,
        "parameters": _parameters(values.get("parameters")),
        "receipt": [text_of(name) for name in receipt] if isinstance(receipt, list) else [],
        **programs,
    }


def _parameters(stated: object) -> dict[str, object]:
    """Return a value for each parameter: its example or default, which are keys of kg beside those of the format."""
    result: dict[str, object] = {}
    for item in stated if isinstance(stated, list) else ():
        if not isinstance(item, Mapping):
            continue
        name = text_of(item.get("name"))
        value = item.get("example", item.get("default"))
        if value is not None:
            result[name] = value
        elif item.get("required") is not False:
            raise _NotHere(f"its parameter '{name}' has neither 'example' nor 'default'")
    return result


def _local(note: Note, name: str, read: Read) -> str:
    """Return the text of a file of the bundle: from the folder of the note, or else from the root."""
    up = "../" * note.path.count("/")
    names = [up + name.lstrip("/")] if name.startswith("/") else [name, up + name]
    fault = ""
    for candidate in dict.fromkeys(map(posixpath.normpath, names)):
        text, fault = read(note, candidate)
        if not fault:
            return text
    raise _NotHere(fault)
