"""Collects evidence from notes: blocks, linked files, formulas and state checks become pieces with inputs and digests."""

from __future__ import annotations

import errno
import os
import posixpath
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from kg.base import files
from kg.evidence.claims import attributes
from kg.evidence.claims.attested import attested_piece
from kg.evidence.claims.attributes import Attributes
from kg.evidence.claims.crosschecks import as_list, of_states
from kg.evidence.claims.pieces import (
    MAX_FILE,
    MOST_INPUTS,
    NO_ATTRIBUTES,
    PROSE,
    Formula,
    Piece,
    digest_of,
)
from kg.model import EVIDENCE_LANGUAGES, Block, Corpus, Note


def gather_pieces(corpus: Corpus, places: Mapping[str, str]) -> tuple[Piece, ...]:
    """Return all pieces of evidence, sorted by path and line. `places` maps the path of a note to its location on disk."""
    pieces = [piece for note in corpus.notes.values() for piece in _raw(note, corpus, places)]
    return _linked(pieces, corpus)


def _raw(note: Note, corpus: Corpus, places: Mapping[str, str]) -> Iterator[Piece]:
    concept = corpus.concept_of.get(note.path, "")
    counts: Counter[str] = Counter()
    formulas: list[Formula] = []
    texts: dict[str, str] = {}
    pending: list[tuple[Block, Attributes, str]] = []
    for block in note.blocks:
        attrs = attributes.read_attributes(block.info) if block.info.endswith("}") else NO_ATTRIBUTES
        if attrs.id:
            texts.setdefault(attrs.id, block.text)
        language = EVIDENCE_LANGUAGES.get(block.language, block.language)
        if language == "math" and not attrs.id and attrs.check and not attrs.fault:
            fenced = block.info not in ("inline", "display")
            formulas.append(Formula(block.line + fenced, block.text, fenced or block.info == "display"))
        elif language not in PROSE:
            pending.append((block, attrs, language))
    for block, attrs, language in pending:
        if not attrs.id:
            counts[language] += 1
        key = f"{note.path}#{attrs.id or f'{language}-{counts[language]}'}"
        output, fault = None, attrs.fault
        if attrs.output:
            output = texts.get(attrs.output)
            if output is None:
                fault = fault or f"output names '{attrs.output}', and no block of this note has that id"
        if attrs.run and language != "python":
            fault = fault or f"only Python is run, not {language}"
        yield Piece(
            key,
            note.path,
            block.line,
            block.column,
            concept,
            language,
            block.text,
            attrs,
            first=block.line + 1,
            output=output,
            fault=fault,
            formulas=(Formula(block.line + 1, block.text, True),) if language == "math" else (),
        )
    if formulas:
        text = "\0".join(f"{f.display:d}{f.text}" for f in formulas)
        yield Piece(
            f"{note.path}#math",
            note.path,
            formulas[0].line,
            1,
            concept,
            "math",
            text,
            formulas=tuple(formulas),
            first=formulas[0].line,
        )
    yield from _files(note, concept, places)
    attested = attested_piece(note, concept, lambda note, name: _read(note, name, places))
    if attested is not None:
        yield attested


def _files(note: Note, concept: str, places: Mapping[str, str]) -> Iterator[Piece]:
    """Yield the files that the front matter links: ``evidence: [{file: proofs/a.v, claims: …}]``."""
    line = note.lines.get("evidence", 1)
    for number, item in enumerate(as_list(note.metadata.get("evidence")), 1):
        table: dict[str, object] = {str(k): v for k, v in item.items()} if isinstance(item, dict) else {"file": item}
        name = str(table.pop("file", "") or "")
        key = str(table.pop("id", "") or posixpath.basename(name) or f"file-{number}")
        values = {k: _word(v) for k, v in table.items()}
        ending = posixpath.basename(name).lower().rpartition(".")[2]
        language = EVIDENCE_LANGUAGES.get(values.pop("language", ending), ending)
        text, fault = _read(note, name, places)
        attrs = attributes.attributes_of(key, values)
        path = posixpath.normpath(posixpath.join(posixpath.dirname(note.path), name))
        formulas = (Formula(line, text, True),) if language == "math" else ()
        yield Piece(
            f"{note.path}#{key}",
            note.path,
            line,
            1,
            concept,
            language,
            text,
            attrs,
            fault=fault or attrs.fault,
            file=path,
            formulas=formulas,
        )


def _word(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return " ".join(map(_word, value)) if isinstance(value, list) else str(value)


def _read(note: Note, name: str, places: Mapping[str, str]) -> tuple[str, str]:
    """Return the text of a linked file and an error message. A file outside the notes folder is not read."""
    source = Path(places.get(note.path, ""))
    # Removing the note's relative path from its location gives the notes folder.
    top = source
    for _ in note.path.split("/"):
        top = top.parent
    target = Path(os.path.realpath(source.parent / name))
    if not name or not target.is_relative_to(os.path.realpath(top)):
        return "", f"'{name}' is not a file below the notes folder"
    try:
        return files.read(target, MAX_FILE).decode("utf-8", "replace"), ""
    except OSError as error:
        if error.errno == errno.EFBIG:
            return "", f"'{name}' is larger than a megabyte"
        return "", f"can't read '{name}': {error.strerror}"


def _linked(pieces: list[Piece], corpus: Corpus) -> tuple[Piece, ...]:
    """The pieces with their inputs and digests; `after` names a block of the same note or ``concept#id``."""
    by_key: dict[str, Piece] = {}
    twice: set[str] = set()
    for piece in pieces:
        if piece.key in by_key:
            twice.add(piece.key)
        by_key.setdefault(piece.key, piece)
    by_id = {c.id: c.path for c in corpus.concepts.values()} if any(p.attributes.after for p in pieces) else {}
    done: dict[str, Piece] = {}
    too_long: set[str] = set()

    def key_of(piece: Piece, name: str) -> str:
        concept, _, local = name.rpartition("#")
        return f"{by_id.get(concept, concept) if concept else piece.path}#{local}"

    def keys_of(piece: Piece) -> Iterator[str]:
        """Yield the keys of the pieces that a piece depends on."""
        for name in piece.attributes.after:
            key = key_of(piece, name)
            if key in by_key and by_key[key].language == piece.language:
                yield key

    def finish(first: Piece) -> Piece:
        """Complete a piece after all pieces it depends on. Iterative, since chains can exceed Python's recursion limit."""
        stack = [(first, keys_of(first))] if first.key not in done else []
        open_ = {first.key}
        while stack:
            piece, keys = stack[-1]
            key = next((k for k in keys if k not in done and k not in open_), None)
            if key is not None:
                open_.add(key)
                stack.append((by_key[key], keys_of(by_key[key])))
                continue
            stack.pop()
            done[piece.key] = linked(piece, open_)
            open_.discard(piece.key)
        return done[first.key]

    def linked(piece: Piece, open_: set[str]) -> Piece:
        inputs: dict[str, Piece] = {}
        fault = piece.fault
        for name in piece.attributes.after:
            key = key_of(piece, name)
            if key not in by_key:
                fault = fault or f"after names '{name}', and no block has that id"
            elif key in open_:
                fault = fault or f"after leads from '{piece.attributes.id}' back to itself"
            elif by_key[key].language != piece.language:
                fault = fault or f"'{name}' is {by_key[key].language}, not {piece.language}: nothing can build on it"
            else:
                before = done[key]
                inputs.update({p.key: p for p in (*before.inputs, before)})
                if key in too_long or len(inputs) > MOST_INPUTS:
                    too_long.add(piece.key)
                    break
        if piece.key in too_long:
            fault = fault or f"after leads through more than {MOST_INPUTS} blocks"
            inputs = {}
        if piece.key in twice:
            fault = fault or f"two blocks of this note have the id '{piece.key.rpartition('#')[2]}'"
        whole = replace(piece, inputs=tuple(inputs.values()), fault=fault) if inputs or fault != piece.fault else piece
        # `dataclasses.replace` would double the total time. No other code has a reference to the piece yet.
        object.__setattr__(whole, "digest", digest_of(whole))
        return whole

    finished = [finish(piece) for piece in pieces if by_key[piece.key] is piece]
    blocks = {p.key: p for p in finished}
    for note in corpus.notes.values():
        if "checks" in note.metadata:
            checks = of_states(note, blocks, corpus.concept_of.get(note.path, ""))
            finished += (replace(check, digest=digest_of(check)) for check in checks)
    return tuple(sorted(finished, key=lambda p: (p.path, p.line, p.column, p.key)))
