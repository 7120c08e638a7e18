"""Lines that are too many for memory: kept in files without a name, in the order in which they came or sorted."""

from __future__ import annotations

import tempfile
import threading
import weakref
from bisect import bisect_right
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

_READ: Final = 4_000_000


class Spool:
    """Whole lines in a temporary file of a folder, which has no name there and goes with this object.

    One thread may read while another writes. What the disk refuses is raised as OSError.
    """

    def __init__(self, folder: Path) -> None:
        # Without a buffer: what a full disk refuses is told where it is written, and never again when the file is closed.
        self._file: IO[bytes] = tempfile.TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115  # whoever holds the spool needs it
        weakref.finalize(self, self._file.close)
        self._lock = threading.Lock()
        self.size = 0
        """Bytes."""

    def write(self, data: bytes) -> int:
        """Add whole lines, or a part of them where the next call adds the rest; how many bytes these were."""
        with self._lock:
            rest = memoryview(data)
            while rest:
                self._file.seek(self.size)
                written = self._file.write(rest)
                self.size += written
                rest = rest[written:]
        return len(data)

    def flush(self) -> None:
        """Nothing is left to do, where libraries ask for that which write into a file."""

    def read(self, start: int, size: int) -> bytes:
        """Bytes from an offset on."""
        parts = []
        with self._lock:
            self._file.seek(start)
            while size and (part := self._file.read(size)):
                parts.append(part)
                size -= len(part)
        return b"".join(parts)

    def pieces(self, size: int = _READ, start: int = 0) -> Iterator[bytes]:
        """All lines from an offset on, in pieces of at most `size` bytes, but for a line that is longer."""
        rest = b""
        while data := self.read(start, size):
            start += len(data)
            end = data.rfind(b"\n") + 1
            if end:
                yield rest + data[:end]
                rest = data[end:]
            else:
                rest += data
        if rest:
            yield rest


class SortedLines:
    """Lines in the order of their bytes, each once. What is put in at once is sorted in memory and kept on the disk."""

    def __init__(self, folder: Path) -> None:
        self._spool = Spool(folder)
        self._runs: list[tuple[int, int]] = []
        """Where each sorted run begins and ends."""

    def put(self, lines: list[bytes]) -> None:
        """Add lines without their ends. The list is changed."""
        if not lines:
            return
        lines.sort()
        start = self._spool.size
        for first in range(0, len(lines), 10_000):
            if part := without_repeats(lines, first, first + 10_000):
                self._spool.write(b"\n".join(part) + b"\n")
        self._runs.append((start, self._spool.size))

    def blocks(self) -> Iterator[list[bytes]]:
        """All lines, in lists one behind the other.

        Of each run some lines are at hand. Those up to the least of their last ones can be no others: they are sorted together.
        """
        size = max(_READ // max(len(self._runs), 1), 64_000)
        runs = [self._run(start, end, size) for start, end in self._runs]
        heads = [next(run) for run in runs]
        while heads:
            least = min(head[-1] for head in heads)
            block: list[bytes] = []
            for n, head in enumerate(heads):
                end = bisect_right(head, least)
                block += head[:end]
                heads[n] = head[end:] if end < len(head) else next(runs[n], [])
            runs = [run for run, head in zip(runs, heads, strict=True) if head]
            heads = [head for head in heads if head]
            block.sort()
            yield without_repeats(block)

    def _run(self, start: int, end: int, size: int) -> Iterator[list[bytes]]:
        rest = b""
        while start < end:
            data = self._spool.read(start, min(size, end - start))
            start += len(data)
            *lines, rest = (rest + data).split(b"\n")
            if lines:
                yield lines


def without_repeats(lines: list[bytes], first: int = 0, end: int | None = None) -> list[bytes]:
    """Some of the lines of a sorted list, without those that stand before, too.

    >>> without_repeats([b"a", b"a", b"b"]), without_repeats([b"a", b"a", b"b"], 1)
    ([b'a', b'b'], [b'b'])
    """
    # Few lines come twice: comparing neighbours takes less than a set.
    part = lines[first:end]
    before = (lines[first - 1] if first else b"", *part)
    return [line for line, last in zip(part, before, strict=False) if line != last]
