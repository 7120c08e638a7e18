"""Which verdicts a tool gave on this machine, for this account. All others are claims, whatever file they are in."""

from __future__ import annotations

import contextlib
import hashlib
from pathlib import Path
from typing import Final

import msgspec

from kg.base import files
from kg.base.errors import StoreError
from kg.base.journal import open_journal
from kg.evidence.claims.records import Record

FILE: Final = "verified"
"""Below the cache of a knowledge base, which lies with the user and never comes with notes: a digest of a verdict a line."""


class Ledger:
    """The verdicts that `kg verify` saw a tool give here. Without a folder of caches there are none."""

    def __init__(self, cache: Path | None) -> None:
        self._path = cache / FILE if cache is not None else None
        self._seals: set[bytes] = set()
        if self._path is not None:
            with contextlib.suppress(OSError):
                self._seals = set(files.read(self._path).splitlines())

    def holds(self, record: Record) -> bool:
        """Whether exactly this verdict, on exactly this text and by this version of the tool, was given here."""
        return _seal(record) in self._seals

    def add(self, record: Record) -> None:
        """Note a verdict that a tool has just given."""
        seal = _seal(record)
        if seal in self._seals:
            return
        self._seals.add(seal)
        if self._path is not None:
            # A ledger that can't be written costs another run of the tool and nothing else.
            with contextlib.suppress(StoreError), open_journal(self._path, inside=(self._path.parent,)) as file:
                file.append([seal], durable=False)


def _seal(record: Record) -> bytes:
    """A digest of a tool's verdict, without the place of the piece and the words of its claim."""
    verdict = msgspec.structs.replace(record, key="", claims="")
    return hashlib.sha256(msgspec.msgpack.encode(verdict)).hexdigest().encode()


NOTHING_RAN_HERE: Final = Ledger(None)
