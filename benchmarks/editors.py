"""Latencies of `kg lsp` as an editor sees them, over standard input and output: python benchmarks/editors.py NOTES.

NOTES is a folder of notes, such as `kg bench --keep DIR` writes. Each request is also sent to an empty server of the same
library (pygls), right before, to compare figures of a busy machine with. Prints a table in Markdown: milliseconds that the
editor waits and that the server computes (CPU), median and 95%, and memory and its growth.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final, NamedTuple

import psutil
from lsprotocol import types as lsp
from pygls.lsp.client import LanguageClient
from pygls.lsp.server import LanguageServer

KG: Final = (sys.executable, "-m", "kg", "lsp")
EMPTY: Final = (sys.executable, __file__, "--serve-nothing")
LETTERS: Final = "aeiorstnlc"


def serve_nothing() -> None:
    """Run an empty server: it keeps the texts, as pygls does, and each of its answers is one fixed item."""
    server = LanguageServer("empty", "1", text_document_sync_kind=lsp.TextDocumentSyncKind.Incremental)
    start = lsp.Range(lsp.Position(0, 0), lsp.Position(0, 1))

    def publish(document: lsp.TextDocumentItem | lsp.VersionedTextDocumentIdentifier) -> None:
        server.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(document.uri, [], document.version))

    server.feature(lsp.TEXT_DOCUMENT_DID_OPEN)(lambda params: publish(params.text_document))
    server.feature(lsp.TEXT_DOCUMENT_DID_CHANGE)(lambda params: publish(params.text_document))
    server.feature(lsp.TEXT_DOCUMENT_COMPLETION)(lambda _: [lsp.CompletionItem("a")])
    server.feature(lsp.TEXT_DOCUMENT_HOVER)(lambda _: lsp.Hover("a", start))
    server.feature(lsp.TEXT_DOCUMENT_REFERENCES)(lambda params: [lsp.Location(params.text_document.uri, start)])
    server.feature(lsp.WORKSPACE_SYMBOL)(lambda _: [])
    server.start_io()


class Session:
    """A server and a client with one open note."""

    def __init__(self, root: Path, command: tuple[str, ...]) -> None:
        self.root, self.command = root, command
        self.client = LanguageClient("bench", "1")
        self.published: dict[str, asyncio.Event] = {}
        self.version = 0
        self.text = ""
        self.uri = ""

        @self.client.feature(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def publish(params: lsp.PublishDiagnosticsParams) -> None:
            if params.version is None or params.version >= self.version:
                self.published.setdefault(params.uri, asyncio.Event()).set()

        @self.client.feature("kg/checked")
        def checked(_params: Any) -> None:  # not `object`: pygls would pass the client itself
            self.published.setdefault("", asyncio.Event()).set()

    async def start(self, note: Path) -> tuple[float, float]:
        """Start the server and open a note. Return the seconds until its findings are there, and those of CPU."""
        start = time.perf_counter()
        await self.client.start_io(*self.command, env=dict(os.environ))
        folder = lsp.WorkspaceFolder(self.root.as_uri(), "kb")
        await self.client.initialize_async(
            lsp.InitializeParams(lsp.ClientCapabilities(), os.getpid(), workspace_folders=[folder])
        )
        self.client.initialized(lsp.InitializedParams())
        await self.open(note)
        return time.perf_counter() - start, self.cpu

    async def open(self, note: Path) -> None:
        """Open a note, and close the one before."""
        if self.uri:
            self.client.text_document_did_close(lsp.DidCloseTextDocumentParams(self.document))
        self.uri, self.text, self.version = note.as_uri(), note.read_text("utf-8") + "\n", self.version + 1
        self.published.pop(self.uri, None)
        item = lsp.TextDocumentItem(self.uri, "markdown", self.version, self.text)
        self.client.text_document_did_open(lsp.DidOpenTextDocumentParams(item))
        await self.findings()

    async def findings(self) -> None:
        """Wait for the findings of the text as it is."""
        await self.published.setdefault(self.uri, asyncio.Event()).wait()

    async def checked(self) -> None:
        """Wait for the first check of everything."""
        await self.published.setdefault("", asyncio.Event()).wait()

    async def end(self) -> None:
        """End the server."""
        await self.client.shutdown_async(None)
        self.client.exit(None)
        await self.client.stop()

    def key(self, text: str) -> None:
        """Type at the end of the note."""
        at = self.cursor
        self.text += text
        self.version += 1
        self.published.setdefault(self.uri, asyncio.Event()).clear()
        change = lsp.TextDocumentContentChangePartial(lsp.Range(at, at), text)
        identifier = lsp.VersionedTextDocumentIdentifier(self.version, self.uri)
        self.client.text_document_did_change(lsp.DidChangeTextDocumentParams(identifier, [change]))

    @property
    def cursor(self) -> lsp.Position:
        """The end of the text."""
        lines = self.text.split("\n")
        return lsp.Position(len(lines) - 1, len(lines[-1].encode("utf-16-le")) // 2)

    @property
    def document(self) -> lsp.TextDocumentIdentifier:
        """The open note."""
        return lsp.TextDocumentIdentifier(self.uri)

    @property
    def _process(self) -> psutil.Process:
        server = self.client._server
        assert server is not None
        return psutil.Process(server.pid)

    @property
    def memory(self) -> tuple[float, float]:
        """MB of the server, and of the processes that it has started."""
        others = [process.memory_info().rss for process in self._process.children(recursive=True)]
        return self._process.memory_info().rss / 1e6, sum(others) / 1e6

    @property
    def cpu(self) -> float:
        """Seconds of CPU of the server, without processes that it has started."""
        return time.clock_gettime((~self._process.pid << 3) | 2)  # the clock that clock_getcpuclockid(3) names


class Request(NamedTuple):
    """What is measured."""

    name: str
    bound: int | None
    """Milliseconds within which 95% are to be answered."""
    times: int
    prepare: Callable[[Session, int], Awaitable[None]]
    send: Callable[[Session, int], Awaitable[object]]


class Bench:
    """The requests, each about notes at random; the same for each server."""

    def __init__(self, notes: list[Path]) -> None:
        chance = random.Random(1)
        self.notes = chance.sample(notes, min(len(notes), 100))
        text_of = {note: note.read_text("utf-8") for note in self.notes}
        self.linked = [note for note in self.notes if "[[" in text_of[note]]

    def requests(self) -> list[Request]:
        """Return all requests."""
        return [
            Request("keystroke to findings, 20 ms of it a pause", 100, 200, self.nothing, self.keystroke),
            Request("completion of a name", 50, 200, self.letter, self.complete),
            Request("hover on a link", 30, 100, self.other_link, self.hover),
            Request("references", 150, 100, self.other_note, self.references),
            Request("symbols of the workspace", None, 50, self.nothing, self.symbols),
        ]

    async def nothing(self, _session: Session, _number: int) -> None:
        """Prepare nothing."""

    async def keystroke(self, session: Session, number: int) -> None:
        """Type a letter, or a link to no note."""
        session.key("[[no such " if number % 10 == 0 else "x" if number % 10 < 9 else "]] ")
        await session.findings()

    async def letter(self, session: Session, number: int) -> None:
        """Begin a link, or type a letter more of it."""
        session.key("\n[[" if number % 4 == 0 else LETTERS[number * 7 % len(LETTERS)])
        await session.findings()

    async def complete(self, session: Session, _number: int) -> None:
        """Ask for names that match."""
        await session.client.text_document_completion_async(lsp.CompletionParams(session.document, session.cursor))

    async def other_note(self, session: Session, number: int) -> None:
        """Open another note."""
        await session.open(self.notes[number % len(self.notes)])

    async def other_link(self, session: Session, number: int) -> None:
        """Open another note that has a link."""
        await session.open(self.linked[number % len(self.linked)])

    async def hover(self, session: Session, number: int) -> None:
        """Ask about a link."""
        links = [(n, line.index("[[")) for n, line in enumerate(session.text.split("\n")) if "[[" in line]
        line, column = links[number % len(links)]
        await session.client.text_document_hover_async(lsp.HoverParams(session.document, lsp.Position(line, column + 3)))

    async def references(self, session: Session, _number: int) -> None:
        """Ask for the links to the note."""
        context = lsp.ReferenceContext(include_declaration=True)
        await session.client.text_document_references_async(lsp.ReferenceParams(context, session.document, lsp.Position(0, 0)))

    async def symbols(self, session: Session, number: int) -> None:
        """Ask for notes by a part of their names."""
        query = LETTERS[number % len(LETTERS)] + LETTERS[number * 3 % len(LETTERS)]
        await session.client.workspace_symbol_async(lsp.WorkspaceSymbolParams(query))


class Times(NamedTuple):
    """Milliseconds: median and 95% of what the editor waits, and of what the server computes."""

    waited: float
    waited_most: float
    cpu: float
    cpu_most: float


async def measure(session: Session, request: Request) -> Times:
    """Send a request again and again, once before it counts."""
    waited, computed = [], []
    for number in range(-1, request.times):
        await request.prepare(session, number)
        start, before = time.perf_counter(), session.cpu
        await request.send(session, number)
        if number >= 0:
            waited.append(1000 * (time.perf_counter() - start))
            computed.append(1000 * (session.cpu - before))
    return Times(statistics.median(waited), most(waited), statistics.median(computed), most(computed))


def most(values: list[float]) -> float:
    """Return the value that 95% don't exceed."""
    return sorted(values)[min(len(values) - 1, int(0.95 * len(values)))]


async def opened(root: Path, note: Path, runs: int) -> Session:
    """Start both servers several times, with a warm memo, and print how long it takes. Return the last session with kg."""
    first = Session(root, KG)
    await first.start(note)
    await first.end()
    rows: dict[tuple[str, ...], list[tuple[float, float]]] = {KG: [], EMPTY: []}
    for number in range(runs):
        for command in (EMPTY, KG):
            session = Session(root, command)
            rows[command].append(await session.start(note))
            if command == EMPTY or number + 1 < runs:
                await session.end()
    (waited, cpu), (empty_waited, empty_cpu) = (
        [statistics.median(column) for column in zip(*rows[c], strict=True)] for c in (KG, EMPTY)
    )
    print(
        f"From the start to the findings of the first note, warm: {waited:.2f} s, {cpu:.2f} s of CPU (bound: 2 s); "
        f"an empty server: {empty_waited:.2f} s, {empty_cpu:.2f} s of CPU.\n",
        flush=True,
    )
    return session


async def run(root: Path, edits: int, *, wait: bool) -> None:
    """Measure everything, and print it."""
    notes = sorted(root.rglob("*.md"))
    bench = Bench(notes)
    session = await opened(root, notes[len(notes) // 2], 3)
    if wait:
        start = time.perf_counter()
        await session.checked()
        print(f"Everything was checked {time.perf_counter() - start:.0f} s later.\n", flush=True)
    empty = Session(root, EMPTY)
    await empty.start(notes[len(notes) // 2])
    print("| request | median | 95% | bound | CPU: median | 95% | of an empty server: 95% | CPU: 95% |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|", flush=True)
    for request in bench.requests():
        less, more = await measure(empty, request), await measure(session, request)
        own = f"{more.waited:.1f} ms | {more.waited_most:.1f} ms | {f'{request.bound} ms' if request.bound else ''} | "
        own += f"{more.cpu:.1f} ms | {more.cpu_most:.1f} ms"
        print(f"| {request.name} | {own} | {less.waited_most:.1f} ms | {less.cpu_most:.1f} ms |", flush=True)
    await empty.end()
    before = session.memory
    for number in range(edits):
        session.key("y" if number % 50 else "\n")
        if number % 20 == 0:
            await session.findings()
    await session.findings()
    after = session.memory
    print(f"\n{len(notes):,} notes. Memory: {before[0]:.0f} MB, after {edits:,} further edits {after[0]:.0f} MB; ", end="")
    print(f"of the processes that check everything: {before[1]:.0f} and {after[1]:.0f} MB")
    await session.end()


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("notes", type=Path, nargs="?")
    parser.add_argument("--edits", type=int, default=2000)
    parser.add_argument("--no-wait", action="store_true", help="don't wait for the first check of everything")
    parser.add_argument("--serve-nothing", action="store_true", help="be the empty server")
    arguments = parser.parse_args()
    if arguments.serve_nothing:
        serve_nothing()
    elif arguments.notes is None:
        parser.error("which notes?")
    else:
        asyncio.run(run(arguments.notes.resolve(), arguments.edits, wait=not arguments.no_wait))


if __name__ == "__main__":
    main()
