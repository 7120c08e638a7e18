"""Attested Computations of the Open Knowledge Format as pieces of evidence: what is run, and what judges the run (§10)."""

from __future__ import annotations

import difflib
import math
import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from kg.base.errors import UsageError
from kg.base.json_forms import json_ascii
from kg.evidence.claims.attributes import Attributes
from kg.evidence.claims.pieces import Parameter, Piece
from kg.model import Note
from kg.notes.okf.families import stated_kind, text_of
from kg.notes.okf.fields import COMPUTATION, computation_fences
from kg.notes.okf.paths import is_path

LANGUAGE: Final = "attestation"
_CLAIM: Final = "a run of the sanctioned computation is attested"

Read = Callable[[Note, str], tuple[str, str]]
"""Returns the text of a file by its path from a note, and an error message."""


def attested_piece(note: Note, concept: str, read: Read) -> Piece | None:
    """Return the run of a note's computation as a piece; None if the note is not an Attested Computation of a bundle.

    The piece holds everything that determines the verdict: computation, parameters, both programs. What isn't local is never
    fetched, and what isn't a Python program is never run: the piece says so instead.
    """
    if not _is_computation(note):
        return None
    line = note.lines.get("executor", note.lines.get("type", 1))
    reason, text = "", ""
    try:
        text = json_ascii(_contract(note, lambda name: _local(note, name, read)))
    except _NotHere as why:
        reason = str(why)
    attributes = Attributes(LANGUAGE, _CLAIM) if not reason else Attributes(LANGUAGE, _CLAIM, check=False, reason=reason)
    takes = () if reason else tuple(parameter for parameter, _ in _parameters(note))
    return Piece(f"{note.path}#{LANGUAGE}", note.path, line, 1, concept, LANGUAGE, text, attributes, parameters=takes)


def parameter_names(notes: Iterable[Note]) -> list[str]:
    """Return the names of the parameters of all computations, sorted."""
    return sorted({parameter.name for note in notes if _is_computation(note) for parameter, _ in _parameters(note)})


def give_values(pieces: Sequence[Piece], values: Mapping[str, str]) -> tuple[Piece, ...]:
    """Return the pieces with values, given as text by name, for those that take them.

    Raises UsageError if none takes one of the names, or if a value isn't of the type of its parameter.
    """
    names = sorted({parameter.name for piece in pieces for parameter in piece.parameters})
    for name in values:
        if name not in names:
            near = difflib.get_close_matches(name, names, 1, 0.0)
            raise UsageError(
                f"no computation that runs here has a parameter '{name}'",
                hint=f"did you mean {near[0]}?" if near else "'kg verify --only attest -v' says why a computation isn't run",
            )
    if not values:
        return tuple(pieces)
    return tuple(
        replace(piece, values=tuple((p.name, _typed(p, values[p.name])) for p in piece.parameters if p.name in values))
        if piece.parameters
        else piece
        for piece in pieces
    )


def _typed(parameter: Parameter, text: str) -> object:
    """Return a value of the type of a parameter. The format names no types: those of JSON Schema count, others are text."""
    kind = parameter.type.lower()
    try:
        if kind in ("integer", "int"):
            return int(text)
        if kind in ("number", "float") and math.isfinite(value := float(text)):
            return value
    except ValueError:
        pass
    if kind in ("boolean", "bool") and text.lower() in ("true", "false"):
        return text.lower() == "true"
    if kind in ("integer", "int", "number", "float", "boolean", "bool"):
        raise UsageError(f"the parameter '{parameter.name}' is of type {kind}, and '{text}' is none")
    return text


def _is_computation(note: Note) -> bool:
    return note.role == "concept" and stated_kind(note.metadata.get("type")).lower() == COMPUTATION


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
            raise _NotHere(f"its {role} is not a Python program of the bundle, and nothing remote is run")
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
    parameters = list(_parameters(note))
    lacking = {parameter.name: parameter.type for parameter, _ in parameters if parameter.lacking}
    return {
        "computation": computation,
        "parameters": {parameter.name: value for parameter, value in parameters if value is not None},
        "receipt": [text_of(name) for name in receipt] if isinstance(receipt, list) else [],
        **programs,
        # The names and not the values: a verdict holds for the contract, whichever values its run was given.
        **({"lacking": lacking} if lacking else {}),
    }


def _parameters(note: Note) -> Iterator[tuple[Parameter, object]]:
    """Yield each parameter with its value: its example or default, which are keys of kg beside those of the format."""
    stated = note.metadata.get("parameters")
    for item in stated if isinstance(stated, list) else ():
        name = text_of(item.get("name")) if isinstance(item, Mapping) else ""
        if name:
            value = item.get("example", item.get("default"))
            lacking = value is None and item.get("required") is not False
            yield Parameter(name, text_of(item.get("type")), lacking), value


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
