"""Inventories of Sphinx, version 2 (`objects.inv`): a header in text, then a zlib stream with a line for each object."""

from __future__ import annotations

import re
import zlib
from typing import Final, NamedTuple

from kg.base.formats import FormatError

HEADER: Final = b"# Sphinx inventory version 2\n"
UNPACKED: Final = 50_000_000
"""Maximum bytes of the unpacked lines: a stream of zlib can grow a thousandfold."""
_ROWS: Final = 500_000
# Words and spaces are taken whole, so that a line of spaces or colons needs no backtracking.
_LINE: Final = re.compile(r"(\S++(?:\s++\S++)*?)\s++([^\s:]++:\S++)\s++(-?\d++)\s(\S*+)\s++(.*)")


class InventoryRow(NamedTuple):
    """An object that a documentation describes."""

    name: str
    kind: str
    """Domain and role: ``py:function``, ``std:term``."""
    address: str
    """Address of its description, relative to the documentation."""
    title: str


def read_sphinx_inventory(data: bytes) -> list[InventoryRow]:
    r"""Return the objects of an inventory. Raises FormatError.

    >>> rows = zlib.compress(b"len py:function 1 library/functions.html#$ -\n")
    >>> read_sphinx_inventory(HEADER + b"# Project: Python\n# Version: 3\n# zlib\n" + rows)[0].address
    'library/functions.html#len'
    """
    if not data.startswith(HEADER):
        raise FormatError("no inventory of Sphinx, version 2")
    head, mark, _ = data[:10_000].partition(b"zlib")
    start = len(head) + len(mark)
    start = data.find(b"\n", start) + 1 if mark else 0
    if not start:
        raise FormatError("an inventory of Sphinx without its list of objects")
    unpacker = zlib.decompressobj()
    try:
        text = unpacker.decompress(data[start:], UNPACKED + 1)
    except zlib.error:
        raise FormatError("an inventory of Sphinx whose list of objects can't be unpacked") from None
    if len(text) > UNPACKED:
        raise FormatError(f"an inventory of Sphinx with more than {UNPACKED:,} bytes", limit="size")
    lines = text.decode("utf-8", "replace").split("\n")
    if len(lines) > _ROWS:
        raise FormatError(f"an inventory of Sphinx with more than {_ROWS:,} objects", limit="nodes")
    rows = []
    for line in lines:
        m = _LINE.fullmatch(line) if len(line) <= 10_000 else None
        if m is not None:
            address = m[4][:-1] + m[1] if m[4].endswith("$") else m[4]
            rows.append(InventoryRow(m[1], m[2], address, m[1] if m[5] == "-" else m[5]))
    return rows
