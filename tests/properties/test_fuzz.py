"""A short run of the fuzzer's targets on their seeds and on what mutation makes of them; benchmarks/fuzz.py runs for hours."""

# ruff: noqa: E501  # marks

from __future__ import annotations

import os
import random
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from targets import TARGETS, seeds

EXAMPLES = int(os.environ.get("KG_FUZZ_EXAMPLES", "400"))
DICTIONARY = [
    b"[[", b"]]", b"](", b"![[", b"---\n", b"\n\n", b"```", b"$$", b"%%", b"<!--", b"::", b"#", b"|", b"\r", b"\x00", b"\xff", b"\xef\xbb\xbf",
    "容".encode(), b"{{<", b"{%", b"\\", b'"', b"'", b"&a", b"*a", b": ", b"- ", b"> ", b"<b", b"</", b"{", b"}", b"@prefix", b"\\u", b",,",
]  # fmt: skip


def mutated(draw: random.Random, pool: list[bytes]) -> bytes:
    """A seed with some bytes changed, cut, doubled, spliced with another seed, or with marks put in."""
    data = bytearray(draw.choice(pool))
    for _ in range(draw.randint(1, 6)):
        at = draw.randrange(len(data) + 1)
        end = min(len(data), at + draw.randrange(20))
        match draw.randrange(6):
            case 0:
                data[at:end] = b""
            case 1:
                data[at:at] = draw.choice(DICTIONARY)
            case 2:
                data[at:end] = draw.randbytes(end - at)
            case 3:
                data[at:at] = data[at:end] * draw.randint(1, 30)
            case 4:
                other = draw.choice(pool)
                data[at:] = other[draw.randrange(len(other) + 1) :]
            case _:
                if data:
                    data[at % len(data)] ^= 1 << draw.randrange(8)
    return bytes(data[:4096])


@pytest.mark.parametrize("target", TARGETS)
def test_target(target: str) -> None:
    pool = list(seeds(target))
    for seed in pool:
        TARGETS[target](seed)
    draw = random.Random(target)
    for _ in range(EXAMPLES):
        data = mutated(draw, pool)
        try:
            TARGETS[target](data)
        except BaseException:
            print(f"{target}: {data!r}")
            raise
