"""A client of the language server in another process, over standard input and output, as an editor is."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

import psutil
from lsprotocol import types as lsp
from pygls.lsp.client import LanguageClient

SECONDS = 25.0
NOTES = {
    "kg.toml": 'base = "https://example.org/t/"\n[check]\nselect = ["KG1", "KG2", "KG301", "KG302"]\n',
    "concepts/raft.md": (
        "---\ntitle: {zh: Raft 共识算法, en: Raft}\naliases: [Raft 算法]\ntype: algorithm\n"
        'depends-on: ["[[failure-detector]]"]\nbroader: ["[[consensus]]"]\ntags: [theory]\n---\n'
        "# Raft\n\nElects a leader: [[consensus]].\n\n## Log replication\n\nSee [[failure-detector#Timeouts|timeouts]].\n"
    ),
    "concepts/consensus.md": "---\ntitle: {zh: 共识, en: Consensus}\ntags: [theory]\n---\n# Consensus\n\nAgreement of all.\n",
    "concepts/failure-detector.md": (
        "---\ntitle: {zh: 故障检测器, en: Failure detector}\n---\n# Failure detector\n\n## Timeouts\n\nSuspects a process.\n"
    ),
    "concepts/sub/paxos.md": "# Paxos\n\nAlso agrees, see [consensus](../consensus.md). A block. ^b1\n",
}


def running(module: str) -> list[psutil.Process]:
    """Processes below this one that run a module; one that ends meanwhile is none."""
    result = []
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            if module in process.cmdline():
                result.append(process)
    return result


class RecordingClient(LanguageClient):
    """Keeps what the server publishes."""

    def __init__(self) -> None:
        super().__init__("tests", "1")
        self.diagnostics: dict[str, Sequence[lsp.Diagnostic]] = {}
        self.messages: list[str] = []
        self.tokens: list[str] = []
        self.published = asyncio.Event()
        self.insight = asyncio.Event()

        @self.feature(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def publish(params: lsp.PublishDiagnosticsParams) -> None:
            self.diagnostics[params.uri] = params.diagnostics
            self.published.set()

        @self.feature("kg/insight")
        def insight(_params: Any) -> None:  # not `object`: pygls would pass the client itself
            self.insight.set()

        @self.feature(lsp.WINDOW_LOG_MESSAGE)
        def log(params: lsp.LogMessageParams) -> None:
            self.messages.append(params.message)

        @self.feature(lsp.WINDOW_SHOW_MESSAGE)
        def show(params: lsp.ShowMessageParams) -> None:
            self.messages.append(params.message)

        @self.feature(lsp.WINDOW_WORK_DONE_PROGRESS_CREATE)
        def create(params: lsp.WorkDoneProgressCreateParams) -> None:
            self.tokens.append(str(params.token))

        @self.feature(lsp.PROGRESS)
        def progress(_params: lsp.ProgressParams) -> None:
            pass


class Editor:
    """An editor with one knowledge base."""

    def __init__(self, root: Path, client: RecordingClient, result: lsp.InitializeResult) -> None:
        self.root, self.client, self.result = root, client, result
        self._versions: dict[str, int] = {}

    def uri(self, name: str) -> str:
        return (self.root / name).as_uri()

    def doc(self, name: str) -> lsp.TextDocumentIdentifier:
        return lsp.TextDocumentIdentifier(self.uri(name))

    def open(self, name: str, text: str | None = None) -> str:
        if text is None:
            text = (self.root / name).read_bytes().decode()
        self._versions[name] = 1
        item = lsp.TextDocumentItem(self.uri(name), "markdown", 1, text)
        self.client.text_document_did_open(lsp.DidOpenTextDocumentParams(item))
        return text

    def change(self, name: str, *changes: tuple[tuple[int, int], tuple[int, int], str] | str) -> None:
        self._versions[name] += 1
        events: list[Any] = [
            lsp.TextDocumentContentChangeWholeDocument(c)
            if isinstance(c, str)
            else lsp.TextDocumentContentChangePartial(lsp.Range(lsp.Position(*c[0]), lsp.Position(*c[1])), c[2])
            for c in changes
        ]
        identifier = lsp.VersionedTextDocumentIdentifier(self._versions[name], self.uri(name))
        self.client.text_document_did_change(lsp.DidChangeTextDocumentParams(identifier, events))

    def save(self, name: str, text: str) -> None:
        (self.root / name).write_bytes(text.encode())
        self.client.text_document_did_save(lsp.DidSaveTextDocumentParams(self.doc(name)))

    async def diagnostics(self, name: str, when: Callable[[Sequence[lsp.Diagnostic]], bool]) -> Sequence[lsp.Diagnostic]:
        """The findings published for a file, as soon as they are as expected."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SECONDS):
                while True:
                    published = self.client.diagnostics.get(self.uri(name))
                    if published is not None and when(published):
                        return published
                    self.client.published.clear()
                    await self.client.published.wait()
        raise AssertionError(f"{name}: {self.client.diagnostics}, {self.client.messages}")

    async def codes(self, name: str, expected: Sequence[str]) -> Sequence[lsp.Diagnostic]:
        return await self.diagnostics(name, lambda ds: sorted(str(d.code) for d in ds) == sorted(expected))

    async def complete(self, name: str, line: int, character: int) -> list[lsp.CompletionItem]:
        params = lsp.CompletionParams(self.doc(name), lsp.Position(line, character))
        result = await self.client.text_document_completion_async(params)
        assert isinstance(result, lsp.CompletionList)
        return list(result.items)

    async def actions(self, name: str, range_: lsp.Range, only: list[str] | None = None) -> list[lsp.CodeAction]:
        params = lsp.CodeActionParams(self.doc(name), range_, lsp.CodeActionContext([], only))
        result = await self.client.text_document_code_action_async(params)
        return [a for a in result or () if isinstance(a, lsp.CodeAction)]


@contextlib.asynccontextmanager
async def editing(root: Path, locale: str = "en", encodings: Sequence[str] = ()) -> AsyncIterator[Editor]:
    """Start the server for a folder, and end it as an editor does."""
    client = RecordingClient()
    await client.start_io(sys.executable, "-m", "kg", "lsp", env=dict(os.environ))
    folders = [lsp.WorkspaceFolder(root.as_uri(), root.name)]
    edit = lsp.WorkspaceEditClientCapabilities(
        document_changes=True, resource_operations=[lsp.ResourceOperationKind.Create, lsp.ResourceOperationKind.Rename]
    )
    capabilities = lsp.ClientCapabilities(
        workspace=lsp.WorkspaceClientCapabilities(workspace_edit=edit),
        window=lsp.WindowClientCapabilities(work_done_progress=True),
        general=lsp.GeneralClientCapabilities(position_encodings=list(encodings)) if encodings else None,
    )
    process = client._server
    assert process is not None
    try:
        async with asyncio.timeout(SECONDS):
            params = lsp.InitializeParams(capabilities, os.getpid(), workspace_folders=folders, locale=locale)
            result = await client.initialize_async(params)
            client.initialized(lsp.InitializedParams())
        yield Editor(root, client, result)
        async with asyncio.timeout(SECONDS):
            await client.shutdown_async(None)
            client.exit(None)
            assert await process.wait() == 0
            await client.stop()
    finally:
        if process.returncode is None:
            process.kill()


def write_base(root: Path, notes: dict[str, str] = NOTES) -> Path:
    for name, text in notes.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return root
