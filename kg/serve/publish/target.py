"""What a server must be able to do to be published to, whichever protocol it speaks."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence

from kg.base.errors import KgError
from kg.graph.web import Web, WebError
from kg.serve.publish.content import Portion, PublishedGraph

# Too large for a server, mostly: halves may pass, and in the end the one statement that it does not take is found.
_TOO_LARGE = (400, 413, 414, 500)


class BrokenError(KgError):
    """A portion with blank nodes may have arrived or not; its graph must be sent from the start."""


class PublishTarget(ABC):
    """A server with a list of graphs."""

    def __init__(self, web: Web, listed: str) -> None:
        self.web = web
        self.listed = listed
        """The IRI of the list of graphs."""
        self.filled: dict[str, int] = {}
        """How many statements the server has in the graphs that are sent from the start; none in those that are not listed."""
        self._most = 0

    @abstractmethod
    def states(self) -> dict[str, str]:
        """The list of graphs: IRI → state."""

    @abstractmethod
    def begin(self, states: Mapping[str, str], listed: Mapping[str, str]) -> None:
        """Write into the list which graphs are going to be sent or removed; `listed` is what it says now."""

    @abstractmethod
    def counts(self, graphs: Sequence[str], seen: Callable[[int], None] = lambda _n: None) -> dict[str, int]:
        """How many statements the server has in some graphs."""

    def suspects(self, local: Sequence[PublishedGraph]) -> list[PublishedGraph]:
        """Graphs that may differ in their number of statements from the build: all that a look at the whole can't clear."""
        return list(local)

    @abstractmethod
    def remove(self, graphs: Sequence[str]) -> None:
        """Remove graphs, and then their lines in the list."""

    @abstractmethod
    def finish(self, states: Mapping[str, str]) -> None:
        """Leave one line for a graph in the list: `states`."""

    @abstractmethod
    def _send(self, portion: Portion) -> None:
        """Send one portion, with as many tries as `Web` allows. Raises WebError."""

    def send(self, portion: Portion) -> None:
        """Send a portion, in smaller ones where the server does not take it. Raises WebError, and BrokenError."""
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
    """Names in lists of at most a size.

    >>> in_batches("abc", 2)
    [['a', 'b'], ['c']]
    """
    everything = list(graphs)
    return [everything[i : i + size] for i in range(0, len(everything), size)]
