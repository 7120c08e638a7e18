"""The ledger: which verdicts a tool gave on this machine, for this account. All other verdicts are only committed."""

from __future__ import annotations

import contextlib
import hashlib
from pathlib import Path
from typing import Final

import msgspec

from kg.base import files
from kg.base.caches import LEDGER
from kg.base.errors import StoreError
from kg.base.journal import open_journal
from kg.evidence.claims.records import Record


class Ledger:
    """The verdicts that `kg verify` obtained from tools on this machine. Empty without a cache folder."""

    def __init__(self, cache: Path | None) -> None:
        self._path = cache / LEDGER if cache is not None else None
        self._seals: set[bytes] = set()
        if self._path is not None:
            with contextlib.suppress(OSError):
                self._seals = set(files.read(self._path).splitlines())

    def holds(self, record: Record) -> bool:
        """Whether a tool gave exactly this verdict here, for the same text and with the same version."""
        return _seal(record) in self._seals

    def add(self, record: Record) -> None:
        """Record a verdict that a tool has just given."""
        seal = _seal(record)
        if seal in self._seals:
            return
        self._seals.add(seal)
        if self._path is not None:
            # If the ledger can't be written, the tool only runs again next time.
            with contextlib.suppress(StoreError), open_journal(self._path, inside=(self._path.parent,)) as file:
                file.append([seal], durable=False)


def _seal(record: Record) -> bytes:
    """Digest of a verdict, without the location of the piece and the wording of its claim."""
    verdict = msgspec.structs.replace(record, key="", claims="")
    return hashlib.sha256(msgspec.msgpack.encode(verdict)).hexdigest().encode()


NOTHING_RAN_HERE: Final = Ledger(None)
