"""Data of concepts in files by a hash of the name of the concept's page, which scripts compute too."""

from __future__ import annotations

from typing import Final

SHARD: Final = 48
"""Approximate maximum number of concepts in a file."""


def count_shards(concepts: int) -> int:
    """Number of files for some concepts: a power of two, so that it changes only when a knowledge base has doubled.

    >>> [count_shards(n) for n in (0, 48, 49, 394, 10_000)]
    [1, 1, 2, 16, 256]
    """
    return 1 << (max(concepts - 1, 0) // SHARD).bit_length()


def shard_of(page: str, shards: int) -> str:
    """File of the concept with a page name, without ending: its FNV-1a hash (32 bits, folded), as scripts compute it too.

    >>> shard_of("raft", 16), shard_of("共识", 256)
    ('e', '77')
    """
    value = 0x811C9DC5
    for byte in page.encode("utf-8", "replace"):
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return f"{(value ^ value >> 16) % shards:x}"
