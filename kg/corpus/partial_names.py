"""Names of files as one text, in which a part of a name is found without a look at each."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate

from kg.base.names import fold


class PartialNames:
    """The names of some files, folded; zk links a note by any part of its name."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._paths = tuple(paths)
        names = [fold(path.rpartition("/")[2]) + "\n" for path in self._paths]
        self._text = "".join(names)
        self._starts = list(accumulate(map(len, names), initial=0))[:-1]

    def shortest(self, part: str) -> list[str]:
        """Return the paths whose file names contain a folded text, of these the shortest, in their order.

        >>> PartialNames(["a/20210225-raft.md", "20210225.md", "b/other.md"]).shortest("20210225")
        ['20210225.md']
        """
        matches: list[str] = []
        at = self._text.find(part)
        while at >= 0:
            number = bisect_right(self._starts, at) - 1
            matches.append(self._paths[number])
            at = self._text.find(part, self._starts[number + 1]) if number + 1 < len(self._starts) else -1
        shortest = min(map(len, matches), default=0)
        return [path for path in matches if len(path) == shortest]
