"""The review queue behind a browser: what is left to decide, and decisions, which are written at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import quote

from kg.base.errors import UsageError
from kg.base.names import page_name
from kg.base.settings import Settings
from kg.knowledge.base import KnowledgeBase, open_base
from kg.knowledge.reviewing import Order, ReviewChoice, ReviewQueue
from kg.model import Suggestion
from kg.serve.edit.messages import SuggestionDecision, SuggestionView
from kg.serve.pool import BusyError
from kg.suggest.reasons import make_reason_texts, select_reasons

_SHOWN: Final = 20
"""Maximum number of suggestions in an answer."""
_WAITING: Final = 8
"""Maximum number of requests that wait for another one."""


class SuggestionDesk:
    """Decides suggestions for browsers. Its methods may be called by several threads; one works at a time.

    All return what is left for a page, as values for JSON, and raise KgError.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._base: KnowledgeBase | None = None
        self._queue: tuple[ReviewQueue, Order] | None = None
        self._written = ""
        """Place and text of the last decision, if it accepted."""
        self._lock = threading.Lock()
        self._places = threading.BoundedSemaphore(_WAITING)

    def show(self, view: SuggestionView) -> dict[str, object]:
        """Return the suggestions for a page."""
        with self._turn():
            return self._answer(self._present(view.order), view)

    def decide(self, decision: SuggestionDecision) -> dict[str, object]:
        """Write a suggestion into its note, or record that it was rejected. Raises ChangedError if the note changed."""
        with self._turn():
            queue = self._present(decision.view.order)
            done = queue.decide(decision.id, ReviewChoice(decision.accept, decision.key, decision.turned))
            self._look_again()
            self._written = f"{done.path}:{done.line}: {done.text}" if done is not None else ""
            return self._answer(queue, decision.view)

    def undo(self, view: SuggestionView) -> dict[str, object]:
        """Undo the last decision. Raises UsageError if there is none, ChangedError if the file changed since."""
        with self._turn():
            queue = self._present(view.order)
            if queue.undo() is None:
                raise UsageError("there is no decision to undo", hint="git shows and reverts earlier ones")
            self._look_again()
            self._written = ""
            return self._answer(queue, view)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._places.acquire(blocking=False):
            raise BusyError("too many decisions wait already", hint="try again in a moment")
        try:
            with self._lock:
                yield
        finally:
            self._places.release()

    def _present(self, order: Order) -> ReviewQueue:
        """The queue for the notes as they are now."""
        base = self._base.refresh() if self._base is not None else open_base(self._settings)
        if self._queue is None:
            self._queue = ReviewQueue(base, order), order
        elif base is not self._base or order != self._queue[1]:
            self._queue = self._queue[0].reopened(base, order), order
        self._base = base
        return self._queue[0]

    def _look_again(self) -> None:
        """Count the decision just written as seen: the queue stands, and needn't be computed again."""
        if self._base is not None:
            self._base = self._base.refresh()

    def _answer(self, queue: ReviewQueue, view: SuggestionView) -> dict[str, object]:
        source = None
        if view.concept:
            source = next((iri for iri, c in queue.concepts.items() if page_name(c.id) == view.concept), "")
        rows = queue.rows(source)
        last = queue.last
        return {
            "left": len(rows),
            "rows": [_as_json(queue, row, view.lang) for row in rows[:_SHOWN]],
            "keys": queue.keys,
            "undo": " → ".join(_labels(queue, last.suggestion, view.lang)) if last is not None else "",
            "written": self._written,
        }


def _labels(queue: ReviewQueue, row: Suggestion, lang: str) -> list[str]:
    return [queue.concepts[iri].label(lang) for iri in (row.source, row.target)]


def _as_json(queue: ReviewQueue, row: Suggestion, lang: str) -> dict[str, object]:
    def concept(iri: str) -> dict[str, str]:
        shown = queue.concepts[iri]
        page = f"/-/concept?id={quote(shown.id, safe='', errors='replace')}&lang={quote(lang)}"
        return {"label": shown.label(lang), "page": page, "definition": queue.definition(shown, lang)}

    line, path, number = queue.context(row)
    wording = make_reason_texts(lang, lambda iri: queue.concepts[iri].label(lang), str)
    return {
        "id": row.id,
        "score": round(row.score, 3),
        "lane": row.lane,
        "key": queue.key(row),
        "source": concept(row.source),
        "target": concept(row.target),
        "line": line,
        "place": f"{path}:{number}" if line else "",
        "why": [wording.describe(reason) for reason in select_reasons(row)],
    }
