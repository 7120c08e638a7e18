"""The protocol of pygls with kg's own documents: its lines also end at characters such as U+2028, those of notes don't."""

from __future__ import annotations

import asyncio
from concurrent.futures import Executor
from typing import BinaryIO, Final, Protocol, cast

from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException
from pygls.protocol import LanguageServerProtocol
from pygls.protocol.json_rpc import JsonRPCNotification
from pygls.protocol.language_server import lsp_method

LARGEST: Final = 64 << 20
"""Maximum bytes of a message: a note has at most 50 MB."""
_PIECE: Final = 1 << 20
_HEADER: Final = 64 << 10
_TOO_LARGE: Final = b'"too large"'


class Documents(Protocol):
    """What receives the texts of documents."""

    def open_document(self, params: lsp.DidOpenTextDocumentParams) -> None:
        """A document was opened."""

    def change_document(self, params: lsp.DidChangeTextDocumentParams) -> None:
        """The text of a document changed."""

    def close_document(self, params: lsp.DidCloseTextDocumentParams) -> None:
        """A document was closed."""

    def change_folders(self, params: lsp.DidChangeWorkspaceFoldersParams) -> None:
        """Folders were added to the workspace, or removed."""

    def end(self, status: int) -> None:
        """The client asked the server to end."""


class KgProtocol(LanguageServerProtocol):
    """Passes documents to the server (`Documents`); pygls keeps none."""

    @property
    def _documents(self) -> Documents:
        return cast("Documents", self._server)

    @property
    def is_shut_down(self) -> bool:
        """Whether the client has sent ``shutdown``."""
        return self._shutdown

    def structure_message(self, data: dict[str, object]) -> object:
        """Return a message of the client; a faulty request is answered with an error."""
        try:
            return super().structure_message(data)
        except JsonRpcException as error:
            number = data.get("id")
            if "method" in data and isinstance(number, int | str):
                self._send_response(number, error=error.to_response_error())
            return JsonRPCNotification("$/faulty", self.VERSION, None)

    @lsp_method(lsp.TEXT_DOCUMENT_DID_OPEN)
    def lsp_text_document__did_open(self, params: lsp.DidOpenTextDocumentParams) -> None:
        """Take the text of a document."""
        self._documents.open_document(params)

    @lsp_method(lsp.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(self, params: lsp.DidChangeTextDocumentParams) -> None:
        """Take changes of a document."""
        self._documents.change_document(params)

    @lsp_method(lsp.TEXT_DOCUMENT_DID_CLOSE)
    def lsp_text_document__did_close(self, params: lsp.DidCloseTextDocumentParams) -> None:
        """Forget a document."""
        self._documents.close_document(params)

    @lsp_method(lsp.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
    def lsp_workspace__did_change_workspace_folders(self, params: lsp.DidChangeWorkspaceFoldersParams) -> None:
        """Take changes of the workspace."""
        self._documents.change_folders(params)

    @lsp_method(lsp.EXIT)
    def lsp_exit(self, *_args: object) -> None:  # type: ignore[override]  # pygls has a generator
        """End the process: with status 0 after ``shutdown``, otherwise 1, as the protocol demands."""
        self._documents.end(0 if self._shutdown else 1)


class StdinReader:
    """Reads messages from standard input, in a thread. One above the limit is skipped, and becomes one that is faulty."""

    def __init__(self, stream: BinaryIO, executor: Executor) -> None:
        self._stream, self._executor = stream, executor

    async def readline(self) -> bytes:
        """Read a line of a header; empty at the end of the input."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, self._stream.readline, _HEADER)

    async def readexactly(self, n: int) -> bytes:
        """Read a message of `n` bytes."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, self._read, n)

    def _read(self, n: int) -> bytes:
        if n <= LARGEST:
            return self._stream.read(n)
        while n > 0 and (piece := self._stream.read(min(n, _PIECE))):
            n -= len(piece)
        return _TOO_LARGE


class SocketReader:
    """Reads messages from a connection, with the same limit."""

    def __init__(self, stream: asyncio.StreamReader) -> None:
        self._stream = stream

    async def readline(self) -> bytes:
        """Read a line of a header; empty at the end of the input, or after one that is too long."""
        try:
            return await self._stream.readline()
        except ValueError:
            return b""

    async def readexactly(self, n: int) -> bytes:
        """Read a message of `n` bytes; empty if the connection ends before."""
        try:
            if n <= LARGEST:
                return await self._stream.readexactly(n)
            while n > 0 and (piece := await self._stream.read(min(n, _PIECE))):
                n -= len(piece)
        except (asyncio.IncompleteReadError, ConnectionError):
            return b""
        return _TOO_LARGE
