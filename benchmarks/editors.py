"""Latencies of `kg lsp` as an editor sees them, over standard input and output: python benchmarks/editors.py NOTES.

NOTES is a folder of notes, such as `kg bench --keep DIR` writes. Prints milliseconds that the editor waits (median, 95%)
and that the server computes (mean), memory, and its growth.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import psutil
from lsprotocol import types as lsp
from pygls.lsp.client import LanguageClient


class Session:
    """A client with one open note."""

    def __init__(self, root: Path) -> None:
        self.root = root
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
        def checked(_params: object) -> None:
            self.published.setdefault("", asyncio.Event()).set()

    async def start(self) -> None:
        await self.client.start_io(sys.executable, "-m", "kg", "lsp", env=dict(os.environ))
        folder = lsp.WorkspaceFolder(self.root.as_uri(), "kb")
        await self.client.initialize_async(
            lsp.InitializeParams(lsp.ClientCapabilities(), os.getpid(), workspace_folders=[folder])
        )
        self.client.initialized(lsp.InitializedParams())

    async def open(self, note: Path) -> None:
        self.uri, self.text, self.version = note.as_uri(), note.read_text("utf-8") + "\n", 1
        item = lsp.TextDocumentItem(self.uri, "markdown", 1, self.text)
        self.client.text_document_did_open(lsp.DidOpenTextDocumentParams(item))
        await self.findings()

    async def findings(self) -> None:
        await self.published.setdefault(self.uri, asyncio.Event()).wait()

    def key(self, text: str) -> None:
        """Type at the end of the note."""
        lines = self.text.split("\n")
        at = lsp.Position(len(lines) - 1, len(lines[-1].encode("utf-16-le")) // 2)
        self.text += text
        self.version += 1
        self.published.setdefault(self.uri, asyncio.Event()).clear()
        change = lsp.TextDocumentContentChangePartial(lsp.Range(at, at), text)
        identifier = lsp.VersionedTextDocumentIdentifier(self.version, self.uri)
        self.client.text_document_did_change(lsp.DidChangeTextDocumentParams(identifier, [change]))

    @property
    def end(self) -> lsp.Position:
        lines = self.text.split("\n")
        return lsp.Position(len(lines) - 1, len(lines[-1].encode("utf-16-le")) // 2)

    @property
    def server(self) -> psutil.Process:
        server = self.client._server
        assert server is not None
        return psutil.Process(server.pid)

    @property
    def memory(self) -> float:
        return self.server.memory_info().rss / 1e6

    @property
    def cpu(self) -> float:
        used = self.server.cpu_times()
        return used.user + used.system


async def measure(session: Session, name: str, times: int, work: Callable[[int], Awaitable[object]]) -> None:
    await work(-1)
    seconds = []
    before = session.cpu
    for number in range(times):
        start = time.perf_counter()
        await work(number)
        seconds.append(time.perf_counter() - start)
    seconds.sort()
    worst = seconds[min(len(seconds) - 1, int(0.95 * len(seconds)))]
    mean = 1000 * (session.cpu - before) / times
    print(f"{name:32} {1000 * statistics.median(seconds):8.1f} {1000 * worst:8.1f} {mean:8.1f}", flush=True)


async def run(root: Path, edits: int, *, wait: bool) -> None:
    notes = sorted(root.rglob("*.md"))
    session = Session(root)
    start = time.perf_counter()
    await session.start()
    note = notes[len(notes) // 2]
    await session.open(note)
    waited = time.perf_counter() - start
    print(f"{len(notes):,} notes; from the start to the findings of the first note: {waited:.2f} s, {session.cpu:.2f} s of CPU")
    if wait:
        await session.published.setdefault("", asyncio.Event()).wait()
        print(f"everything checked after {time.perf_counter() - start:.1f} s")
    print(f"{'milliseconds':32} {'median':>8} {'95%':>8} {'CPU':>8}", flush=True)
    client, doc = session.client, lsp.TextDocumentIdentifier(session.uri)

    async def keystroke(number: int) -> None:
        session.key("[[no such " if number % 10 == 0 else "x" if number % 10 else "]] ")
        await session.findings()

    async def complete(number: int) -> None:
        await client.text_document_completion_async(lsp.CompletionParams(doc, session.end))

    async def hover(number: int) -> None:
        links = [(n, line.index("[[")) for n, line in enumerate(session.text.split("\n")) if "[[" in line]
        line, column = links[number % len(links)]
        await client.text_document_hover_async(lsp.HoverParams(doc, lsp.Position(line, column + 3)))

    async def references(number: int) -> None:
        context = lsp.ReferenceContext(include_declaration=True)
        await client.text_document_references_async(lsp.ReferenceParams(context, doc, lsp.Position(0, 0)))

    async def symbols(number: int) -> None:
        await client.workspace_symbol_async(lsp.WorkspaceSymbolParams("or"))

    await measure(session, "keystroke to findings", 200, keystroke)
    session.key("\n\n[[a")
    await measure(session, "completion of [[a", 100, complete)
    await measure(session, "hover on a link", 100, hover)
    await measure(session, "references of the note", 50, references)
    await measure(session, "symbols of the workspace", 20, symbols)
    before = session.memory
    for number in range(edits):
        session.key("y" if number % 50 else "\n")
        if number % 20 == 0:
            await session.findings()
    await session.findings()
    print(f"memory {before:.0f} MB, after {edits:,} further edits {session.memory:.0f} MB")
    await client.shutdown_async(None)
    client.exit(None)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("notes", type=Path)
    parser.add_argument("--edits", type=int, default=2000)
    parser.add_argument("--no-wait", action="store_true", help="don't wait for the first check of everything")
    arguments = parser.parse_args()
    asyncio.run(run(arguments.notes.resolve(), arguments.edits, wait=not arguments.no_wait))


if __name__ == "__main__":
    main()
