"""The files of the graph: documents and store. Only statements that have changed since the last build are written."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from kg.base import files
from kg.base.errors import StoreError
from kg.base.progress import advance_step
from kg.base.removal import remove_tree
from kg.base.staging import STORE, Staging
from kg.base.store import write_file
from kg.graph import Graph, SortedDocuments, splice
from kg.graph.lexical import LITERALS
from kg.model import Artifact

if TYPE_CHECKING:
    from kg.knowledge.base import KnowledgeBase
    from kg.knowledge.inputs import Inputs
    from kg.views.page.reuse import Reused

TURTLE: Final = "graph/kg.ttl"
TRIG: Final = "graph/kg.trig"
_LINES: Final = "graph.lines"
"""In the cache: the lines of the last build's graph; those of suggestions, which are in no document, come last."""
_MOST_LINES: Final = 5_000
"""Maximum number of changed lines; with more, writing everything is faster."""
_FROZEN: Final = re.compile(r".*\.sst\Z|CURRENT|MANIFEST")
"""Files of a store that change only if it is written to; others change when it is opened."""


def is_updatable(inputs: Inputs, last: Reused) -> bool:
    """Whether the files of the graph were built from the same settings and ontology, so that statements can be compared."""
    return last.pages.get(_LINES, ("", ""))[0].partition(" ")[0] == _frame_of(inputs)


def write_graph(
    base: KnowledgeBase, staging: Staging, last: Reused, check: Callable[[], object] = lambda: None
) -> tuple[Reused, dict[str, float]]:
    """Write documents and store; return what the next build can reuse, and the seconds of each.

    One after the other: both need most of a build's memory. Between the two, the graph is checked: a graph that Oxigraph writes
    to disk by itself is complete only then.
    """
    # start time: only a build that changes something needs it
    from kg.views.page.reuse import Reused

    graph, frame = base.graph, _frame(base)
    started = time.perf_counter()
    if base.store is not None:
        write_documents(graph, staging)
        advance_step()
        between = time.perf_counter()
        check()
        advance_step()
        _ = graph.store
    elif not frame or not _update(base, staging, last, frame):
        remove_tree(staging.folder / STORE)
        graph.keep_text(staging.folder)
        write_documents(graph, staging)
        advance_step()
        between = time.perf_counter()
        check()
        advance_step()
        graph.save(staging.folder / STORE)
    else:
        between = time.perf_counter()
        check()
    # Read only now: with them, documents and store would need more memory than anything else of the build.
    lines, stated = _lines(graph) if frame else b"", _stated(graph)
    graph.text = None
    made = Reused()
    if lines:
        write_file(base.settings.cache / _LINES, lines, durable=False)
        made.pages[_LINES] = (f"{frame} {len(graph)} {stated}", _digest(lines))
        made.pages[STORE] = ("", _state_of(staging.folder / STORE))
        for name in (TURTLE, TRIG):
            made.pages[name] = ("", _digest(files.read(staging.folder / name, files.LARGE)))
    return made, {"graph files": between - started, "store": time.perf_counter() - between}


def _lines(graph: Graph) -> bytes:
    """All statements as N-Quads; empty if they aren't known as text."""
    return graph.text.read(0, graph.text.size) if graph.text is not None else b""


def _stated(graph: Graph) -> int:
    """The number of bytes of `_lines` before those of suggestions."""
    return graph.stated or (graph.text.size if graph.text is not None else 0)


def _frame(base: KnowledgeBase) -> str:
    """A digest of what the graph depends on besides its lines; empty if that is unknown."""
    # Blank nodes aren't lines, and what rules with several premises infer isn't either.
    if base.notes_read.triples or base.graph.text is None:
        return ""
    return _frame_of(base.inputs)


def _frame_of(inputs: Inputs) -> str:
    return inputs.key(("code", "settings", "ontology", "thesauri")).hex()


def _update(base: KnowledgeBase, staging: Staging, last: Reused, frame: str) -> bool:
    """Write the files of the last build with the statements that have changed; False if that isn't certain to be the same."""
    graph, out, pages = base.graph, staging.out, last.pages
    key, digest = pages.get(_LINES, ("", ""))
    own, *numbers = key.split(" ")
    if own != frame or len(numbers) != 2 or pages[STORE][1] != _state_of(out / STORE):
        return False
    count, stated_before = map(int, numbers)
    try:
        old = files.read(base.settings.cache / _LINES, files.LARGE)
        turtle, trig = (files.read(out / name, files.LARGE) for name in (TURTLE, TRIG))
    except OSError:
        return False
    if [_digest(data) for data in (old, turtle, trig)] != [digest, pages[TURTLE][1], pages[TRIG][1]]:
        return False
    lines, stated = _lines(graph), _stated(graph)
    removed, added = splice.differing_lines(old[:stated_before], lines[:stated])
    if len(removed) + len(added) > _MOST_LINES:
        return False
    store = splice.copy_store(out / STORE, staging.folder / STORE)
    try:
        gone = splice.absent_lines(graph.store, removed)
        documents, more = splice.apply_changes(store, graph.base, gone, added, splice.SplicedDocuments(turtle, trig))
    except splice.Unsure:
        return False
    more += splice.replace_lines(store, *splice.differing_lines(old[stated_before:], lines[stated:]))
    if count + more != len(graph):
        return False
    store.flush()
    for name, data, before in ((TURTLE, documents.turtle, turtle), (TRIG, documents.trig, trig)):
        staging.write(Artifact(name, data, kept=data == before))
    return True


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def write_documents(graph: Graph, staging: Staging) -> None:
    """Write the graph as Turtle, and with its named graphs as TriG, to the staging folder."""
    try:
        documents = SortedDocuments(graph.documented(), graph.base, staging.folder)
    except OSError as error:
        raise StoreError(f"can't write in {staging.folder}: {error.strerror}", hint="is the disk full?") from error
    staging.write_pieces(TURTLE, documents.turtle())
    staging.write_pieces(TRIG, documents.named(), behind=TURTLE)
    if graph.forms.lines:
        staging.write(Artifact(LITERALS, "".join(f"{line}\n" for line in sorted(set(graph.forms.lines))).encode()))


def _state_of(store: Path) -> str:
    """A digest of names, sizes and modification times of the files that change only if a store does; empty without a store."""
    try:
        stats = [(path.name, path.lstat()) for path in sorted(store.iterdir()) if _FROZEN.match(path.name)]
    except OSError:
        return ""
    return hashlib.sha256(repr([(name, s.st_size, s.st_mtime_ns) for name, s in stats]).encode()).hexdigest()
