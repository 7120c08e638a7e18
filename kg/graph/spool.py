"""Lines that are too many for memory, kept in unnamed files, in order of insertion or sorted."""

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
    """Whole lines in an unnamed temporary file of a folder; the file is deleted with this object.

    One thread may read while another writes. Raises OSError if the disk can't be written.
    """

    def __init__(self, folder: Path) -> None:
        # Unbuffered: an error of a full disk is raised by the write, and not again when the file is closed.
        self._file: IO[bytes] = tempfile.TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115  # whoever holds the spool needs it
        weakref.finalize(self, self._file.close)
        self._lock = threading.Lock()
        self.size = 0
        """Size of all lines in bytes."""

    def write(self, data: bytes) -> int:
        """Append whole lines, or a part if the next call appends the rest; return the number of bytes."""
        with self._lock:
            rest = memoryview(data)
            while rest:
                self._file.seek(self.size)
                written = self._file.write(rest)
                self.size += written
                rest = rest[written:]
        return len(data)

    def flush(self) -> None:
        """Do nothing; libraries that write to a file call this."""

    def read(self, start: int, size: int) -> bytes:
        """Return bytes from an offset on."""
        parts = []
        with self._lock:
            self._file.seek(start)
            while size and (part := self._file.read(size)):
                parts.append(part)
                size -= len(part)
        return b"".join(parts)

    def pieces(self, size: int = _READ, start: int = 0) -> Iterator[bytes]:
        """Yield all lines from an offset on, in pieces of at most `size` bytes, except for longer lines."""
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
    """Lines in byte order, without repeats. The lines of one `put` are sorted in memory and kept on disk."""

    def __init__(self, folder: Path) -> None:
        self._spool = Spool(folder)
        self._runs: list[tuple[int, int]] = []
        """Start and end of each sorted run."""

    def put(self, lines: list[bytes]) -> None:
        """Add lines without line ends. The list is modified."""
        if not lines:
            return
        lines.sort()
        start = self._spool.size
        for first in range(0, len(lines), 10_000):
            if part := without_repeats(lines, first, first + 10_000):
                self._spool.write(b"\n".join(part) + b"\n")
        self._runs.append((start, self._spool.size))

    def blocks(self) -> Iterator[list[bytes]]:
        """Yield all lines in consecutive lists.

        Some lines of each run are in memory. Lines up to the least of the runs' last ones are complete and sorted together.
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
    """Return a range of a sorted list without repeats, including repeats of earlier lines.

    >>> without_repeats([b"a", b"a", b"b"]), without_repeats([b"a", b"a", b"b"], 1)
    ([b'a', b'b'], [b'b'])
    """
    # Few lines are repeated: comparing neighbours is faster than a set.
    part = lines[first:end]
    before = (lines[first - 1] if first else b"", *part)
    return [line for line, last in zip(part, before, strict=False) if line != last]
