"""The interface of a server to publish to, independent of the protocol."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence

from kg.base.errors import KgError
from kg.graph.web import Web, WebError
from kg.serve.publish.content import Portion, PublishedGraph

# Usually too large for the server: halves may be accepted; in the end, the single rejected statement is found.
_TOO_LARGE = (400, 413, 414, 500)


class BrokenError(KgError):
    """It is unknown whether a portion with blank nodes has arrived, so its graph must be sent from the start."""


class PublishTarget(ABC):
    """A server with a list of graphs."""

    def __init__(self, web: Web, listed: str) -> None:
        self.web = web
        self.listed = listed
        """The IRI of the list of graphs."""
        self.filled: dict[str, int] = {}
        """Number of statements on the server in graphs that are sent from the start; 0 for graphs that are not listed."""
        self._most = 0

    @abstractmethod
    def states(self) -> dict[str, str]:
        """The list of graphs: IRI → state."""

    @abstractmethod
    def begin(self, states: Mapping[str, str], listed: Mapping[str, str]) -> None:
        """Announce in the list which graphs will be sent or removed; `listed` is its current content."""

    @abstractmethod
    def counts(self, graphs: Sequence[str], seen: Callable[[int], None] = lambda _n: None) -> dict[str, int]:
        """The number of statements in each of the graphs on the server."""

    def suspects(self, local: Sequence[PublishedGraph]) -> list[PublishedGraph]:
        """Graphs whose number of statements may differ from the build, after a comparison of sums."""
        return list(local)

    @abstractmethod
    def remove(self, graphs: Sequence[str]) -> None:
        """Remove graphs, then their entries in the list."""

    @abstractmethod
    def finish(self, states: Mapping[str, str]) -> None:
        """Replace the list of graphs by `states`."""

    @abstractmethod
    def _send(self, portion: Portion) -> None:
        """Send one portion, with the retries of `Web`. Raises WebError."""

    def send(self, portion: Portion) -> None:
        """Send a portion, split if the server rejects it. Raises WebError and BrokenError."""
        if self._most and portion.size > self._most and len(portion.units) > 1:
            self._send_halves(portion)
            return
        try:
            self._send(portion)
        except WebError as error:
            if error.status in _TOO_LARGE and len(portion.units) > 1:
                self._most = max(1, portion.size // 2)
                self._send_halves(portion)
                return
            if error.status in _TOO_LARGE and len(portion.units) == 1:
                raise _not_taken(error, portion) from None
            if not portion.repeatable:
                raise BrokenError(str(error), hint=error.hint) from None
            raise

    def _send_halves(self, portion: Portion) -> None:
        for half in portion.halves():
            self.send(half)


def _not_taken(error: WebError, portion: Portion) -> WebError:
    unit = portion.units[0]
    first = unit.lines[0].decode(errors="replace")
    unit_ = f"a statement of <{unit.graph}>" if len(unit.lines) == 1 else f"{len(unit.lines)} statements that share blank nodes"
    hint = f"it is {first[:300]}{'…' if len(first) > 300 else ''}"
    return WebError(f"the server does not take {unit_}: {error}", hint=hint, status=error.status)


def in_batches(graphs: Iterable[str], size: int) -> list[list[str]]:
    """Split names into lists of at most `size`.

    >>> in_batches("abc", 2)
    [['a', 'b'], ['c']]
    """
    everything = list(graphs)
    return [everything[i : i + size] for i in range(0, len(everything), size)]
