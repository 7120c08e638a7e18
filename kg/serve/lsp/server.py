"""The server: documents of an editor, the knowledge bases that they belong to, and when findings are published."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Final, NamedTuple, cast

from lsprotocol import types as lsp
from pygls.lsp.server import LanguageServer

from kg.base.about import VERSION
from kg.base.errors import KgError
from kg.base.setting_sources import FILE
from kg.base.texts import FALLBACK, list_languages
from kg.knowledge.live import LiveNotes
from kg.serve.lsp.actions import EditSupport
from kg.serve.lsp.diagnostics import SOURCE, diagnose, diagnose_elsewhere
from kg.serve.lsp.folder import OpenFolder, settings_problem
from kg.serve.lsp.places import find_root, locate_finding, read_folder_settings, read_shown_text
from kg.serve.lsp.protocol import KgProtocol
from kg.serve.lsp.renaming import EditTarget
from kg.serve.lsp.text import DocumentText, Encoding
from kg.serve.lsp.view import NoteView, location_of, uri_of
from kg.serve.watch.changes import FolderWatch, Watched
from kg.serve.watch.inputs import list_watched

_PAUSE: Final = 0.02  # seconds after a keystroke before its text is checked: a burst of changes is checked once
_SETTLE: Final = 0.3  # seconds after a save before everything is checked
PATIENCE: Final = 60.0  # seconds that a request waits until the notes are read for the first time
_ALIVE: Final = 2.0  # seconds between looks whether the client's process still exists
_MOST_FILES: Final = 1000
"""Maximum number of files that aren't open whose findings are published."""


class _Document(NamedTuple):
    uri: str
    location: str
    version: int | None
    text: DocumentText


class KgServer(LanguageServer):
    """The language server. Everything runs in one event loop; reading and whole checks run beside it."""

    def __init__(self, lang: str = "") -> None:
        super().__init__("kg", VERSION, text_document_sync_kind=lsp.TextDocumentSyncKind.Incremental, protocol_cls=KgProtocol)
        self._lang = lang
        self._workspace_folders: list[str] = []
        self._documents: dict[str, _Document] = {}
        self._folders: dict[Path, OpenFolder] = {}
        self._paths: dict[str, tuple[OpenFolder, str]] = {}
        """URI of an open note → its knowledge base and path."""
        self._published: dict[str, bool] = {}
        """URIs for which findings were published → whether there were any."""
        self._due: set[str] = set()
        self._checks: dict[Path, asyncio.TimerHandle] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.status = 1
        """The exit status: 0 after ``shutdown`` and ``exit``."""
        self.ended = asyncio.Event()

    # The session

    def begin(self, params: lsp.InitializeParams) -> None:
        """Take the folders of the workspace and the language of the client."""
        if not self._lang:
            primary = (params.locale or FALLBACK).lower().replace("_", "-").partition("-")[0]
            self._lang = primary if primary in list_languages("serve") else FALLBACK
        folders = [folder.uri for folder in params.workspace_folders or ()]
        if not folders and (root := params.root_uri or (Path(params.root_path).as_uri() if params.root_path else None)):
            folders = [root]
        self._workspace_folders = [location for uri in folders if (location := location_of(uri)) is not None]

    def begun(self) -> None:
        """Open the knowledge bases of the workspace, and watch the client."""
        for folder in self._workspace_folders:
            root = find_root(f"{folder}/", [folder])
            if root is not None:
                self._open_folder(root)
        if self.process_id is not None:
            self._start(self._watch_client(self.process_id))

    async def _watch_client(self, process: int) -> None:
        """End when the client's process has ended: it can't tell the server any more."""
        while True:
            await asyncio.sleep(_ALIVE)
            try:
                os.kill(process, 0)
            except ProcessLookupError:
                self.end(1)
                return
            except OSError:
                return  # it belongs to another user, or is in another container

    def end(self, status: int) -> None:
        """End the session; the caller of `run` ends the process."""
        self.status = status
        self.ended.set()

    def close(self) -> None:
        """End all processes and tasks."""
        for task in self._tasks:
            task.cancel()
        for folder in self._folders.values():
            folder.close()

    def _start(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        """Report why a task ended, if nobody ended it: the session goes on without it."""
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.window_log_message(lsp.LogMessageParams(lsp.MessageType.Error, f"kg: {error!r}"))

    @property
    def lang(self) -> str:
        """The language of texts."""
        return self._lang or FALLBACK

    @property
    def encoding(self) -> Encoding:
        """The units of positions that client and server agreed on."""
        encoding = self.server_capabilities.position_encoding
        return cast("Encoding", str(getattr(encoding, "value", encoding) or "utf-16"))

    @property
    def edit_support(self) -> EditSupport:
        """What the client can do with edits."""
        workspace = self.client_capabilities.workspace
        edit = workspace.workspace_edit if workspace is not None else None
        operations = {str(getattr(o, "value", o)) for o in (edit.resource_operations or ())} if edit is not None else set()
        # Neovim names operations only; they are parts of such edits.
        versions = bool(operations or (edit is not None and edit.document_changes))
        return EditSupport("create" in operations and versions, "rename" in operations and versions, versions)

    # Folders

    def change_folders(self, params: lsp.DidChangeWorkspaceFoldersParams) -> None:
        """Folders were added to the workspace, or removed."""
        for folder in params.event.removed:
            location = location_of(folder.uri)
            if location in self._workspace_folders:
                self._workspace_folders.remove(location)
        for folder in params.event.added:
            if (location := location_of(folder.uri)) is not None:
                self._workspace_folders.append(location)
                root = find_root(f"{location}/", [location])
                if root is not None:
                    self._open_folder(root)

    def _open_folder(self, root: Path) -> OpenFolder:
        folder = self._folders.get(root)
        if folder is None:
            folder = self._folders[root] = OpenFolder(root, self.encoding, self.lang)
            self._start(self._follow(folder))
        return folder

    async def _follow(self, folder: OpenFolder) -> None:
        """Read a knowledge base, and follow its changes on disk."""
        await self._with_progress(folder)
        while True:
            watched = await asyncio.to_thread(_watched, folder.root)
            async with FolderWatch(watched) as watch:
                while watched == watch.watched:
                    await self._refresh(folder)
                    await watch.changed()
                    watched = await asyncio.to_thread(_watched, folder.root)

    async def _with_progress(self, folder: OpenFolder) -> None:
        """Read a knowledge base for the first time, and show the client that this is going on."""
        window = self.client_capabilities.window
        if window is None or not window.work_done_progress:
            await folder.load()
        else:
            token = f"kg-{folder.root}"
            with contextlib.suppress(Exception):  # a client that refuses it has no progress to show
                await asyncio.wait_for(self.work_done_progress.create_async(token), 2.0)
            self.work_done_progress.begin(token, lsp.WorkDoneProgressBegin(folder.messages("reading"), cancellable=False))
            await folder.load()
            self.work_done_progress.end(token, lsp.WorkDoneProgressEnd())
        self._loaded(folder)

    async def _refresh(self, folder: OpenFolder) -> None:
        """Take changes on disk."""
        changed = await folder.look()
        if changed is None:
            self._loaded(folder)
        elif changed:
            self._publish_open(folder)
            self._check_soon(folder)

    def _loaded(self, folder: OpenFolder) -> None:
        """A knowledge base was read: connect its open notes, and check everything."""
        self._publish_settings(folder.root)
        if folder.problem is not None and not folder.is_read:
            self.window_log_message(lsp.LogMessageParams(lsp.MessageType.Warning, _with_hint(folder.problem)))
        for document in list(self._documents.values()):
            if find_root(document.location, self._workspace_folders) == folder.root:
                self._bind(folder, document)
        self._publish_open(folder)
        self._check_soon(folder)

    def _bind(self, folder: OpenFolder, document: _Document) -> None:
        path = folder.path_of(document.location)
        before = self._paths.pop(document.uri, None)
        if before is not None and before[1] != path:
            before[0].hide(before[1])
        if path is not None:
            self._paths[document.uri] = folder, path
            folder.show(path, document.uri, document.text)

    # Documents

    def open_document(self, params: lsp.DidOpenTextDocumentParams) -> None:
        """A document was opened."""
        item = params.text_document
        location = location_of(item.uri)
        if location is None:
            return
        document = _Document(item.uri, location, item.version, DocumentText(item.text, self.encoding))
        self._documents[item.uri] = document
        root = find_root(location, self._workspace_folders)
        if root is None:
            return
        folder = self._open_folder(root)
        if os.path.basename(location) == FILE:  # noqa: PTH119  # a text
            self._publish_settings(root)
        else:
            self._bind(folder, document)
            self._publish_soon(item.uri)

    def change_document(self, params: lsp.DidChangeTextDocumentParams) -> None:
        """The text of a document changed."""
        uri = params.text_document.uri
        document = self._documents.get(uri)
        if document is None:
            return
        text = document.text.changed(params.content_changes)
        self._documents[uri] = document._replace(text=text, version=params.text_document.version)
        if uri in self._paths:
            folder, path = self._paths[uri]
            folder.show(path, uri, text)
        self._publish_soon(uri)

    def close_document(self, params: lsp.DidCloseTextDocumentParams) -> None:
        """A document was closed."""
        uri = params.text_document.uri
        self._documents.pop(uri, None)
        place = self._paths.pop(uri, None)
        if place is not None:
            folder, path = place
            folder.hide(path)
            self._publish_file(folder, path)

    def save_document(self, params: lsp.DidSaveTextDocumentParams) -> None:
        """A document was saved: check everything soon."""
        location = location_of(params.text_document.uri)
        root = find_root(location, self._workspace_folders) if location is not None else None
        if root in self._folders:
            self._check_soon(self._folders[root])

    async def view(self, uri: str) -> NoteView | None:
        """Return an open note for a request, when its knowledge base is read; None for other documents."""
        document = self._documents.get(uri)
        root = find_root(document.location, self._workspace_folders) if document is not None else None
        folder = self._folders.get(root) if root is not None else None
        if folder is None or not await folder.reading(PATIENCE):
            return None
        if uri not in self._paths and (document := self._documents.get(uri)) is not None:
            self._bind(folder, document)
        place = self._paths.get(uri)
        return folder.view(place[1]) if place is not None else None

    def folder_of(self, uri: str) -> OpenFolder | None:
        """Return the knowledge base of a file that exists, as far as it is open."""
        location = location_of(uri)
        root = find_root(location, self._workspace_folders) if location is not None else None
        return self._folders.get(root) if root is not None else None

    def opened_in(self, live: LiveNotes) -> dict[str, EditTarget]:
        """Return the open notes of a knowledge base by path."""
        return {
            path: EditTarget(uri, self._documents[uri].version, self._documents[uri].text)
            for uri, (folder, path) in self._paths.items()
            if uri in self._documents and folder.live is live
        }

    async def folders(self) -> list[OpenFolder]:
        """Return all open knowledge bases that could be read."""
        return [folder for folder in self._folders.values() if await folder.reading(PATIENCE)]

    # Findings

    def _publish_soon(self, uri: str) -> None:
        if uri not in self._due:
            self._due.add(uri)
            asyncio.get_running_loop().call_later(_PAUSE, self._publish_due, uri)

    def _publish_due(self, uri: str) -> None:
        self._due.discard(uri)
        document = self._documents.get(uri)
        if document is None:
            return
        if uri in self._paths:
            self._publish_note(*self._paths[uri])
        elif os.path.basename(document.location) == FILE and (root := find_root(document.location, self._workspace_folders)):  # noqa: PTH119  # a text
            self._publish_settings(root)

    def _publish_open(self, folder: OpenFolder) -> None:
        for path in list(folder.documents):
            self._publish_note(folder, path)

    def _publish_note(self, folder: OpenFolder, path: str) -> None:
        view = folder.view(path)
        if view is not None:
            findings = folder.findings(view)
            self._publish(view.uri, [diagnose(view, finding) for finding in findings])

    def _publish_file(self, folder: OpenFolder, path: str) -> None:
        """Publish the findings of the last check about a file that isn't open."""
        live, texts = folder.live, folder.texts
        if live is None or texts is None:
            return
        location = locate_finding(live.settings, live.files, path)
        uri = uri_of(location)
        if uri in self._documents:
            return  # it is open
        text = texts.text(path) if path in live.notes else DocumentText(read_shown_text(location), self.encoding)
        self._publish(uri, [diagnose_elsewhere(f, text, self.lang) for f in folder.findings_elsewhere(path)])

    def _publish(self, uri: str, diagnostics: Sequence[lsp.Diagnostic]) -> None:
        if not diagnostics and not self._published.get(uri) and uri not in self._documents:
            return
        self._published[uri] = bool(diagnostics)
        document = self._documents.get(uri)
        version = document.version if document is not None else None
        self.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(uri, list(diagnostics), version))

    def _publish_settings(self, root: Path) -> None:
        """Publish what is wrong with `kg.toml`, also while it is edited."""
        uri = uri_of(root / FILE)
        document = self._documents.get(uri)
        text = document.text if document is not None else DocumentText(read_shown_text(str(root / FILE)), self.encoding)
        problem = settings_problem(root, text.text if document is not None else None)
        diagnostics = []
        if problem is not None:
            start = text.offset_at(problem[0], 1)
            range_ = text.range(start, start + len(text.line(problem[0] - 1)))
            diagnostics.append(lsp.Diagnostic(range_, problem[1], lsp.DiagnosticSeverity.Error, source=SOURCE))
        self._publish(uri, diagnostics)

    def _check_soon(self, folder: OpenFolder) -> None:
        if (handle := self._checks.pop(folder.root, None)) is not None:
            handle.cancel()
        loop = asyncio.get_running_loop()
        self._checks[folder.root] = loop.call_later(_SETTLE, lambda: self._start(self._check(folder)))

    async def _check(self, folder: OpenFolder) -> None:
        result = await folder.checker.check()
        if result is None:
            return
        if result.problem:
            self.window_log_message(lsp.LogMessageParams(lsp.MessageType.Warning, result.problem))
            return
        changed = sorted(folder.take_check(result))
        elsewhere = 0
        for path in changed:
            if path in folder.documents:
                self._publish_note(folder, path)
            elif elsewhere < _MOST_FILES:
                elsewhere += 1
                self._publish_file(folder, path)
        self.protocol.notify("kg/checked", {"root": str(folder.root), "findings": len(result.findings)})
        if (insight := await folder.checker.insight()) is not None:
            folder.insight = insight
            workspace = self.client_capabilities.workspace
            if workspace is not None and workspace.inlay_hint is not None and workspace.inlay_hint.refresh_support:
                self.workspace_inlay_hint_refresh(None)
            self.protocol.notify("kg/insight", {"root": str(folder.root), "notes": len(insight.notes)})


def _watched(root: Path) -> Watched:
    try:
        return list_watched(read_folder_settings(root))
    except (KgError, OSError):
        return {root: None}


def _with_hint(error: KgError) -> str:
    return f"{error}\n{error.hint}" if error.hint else str(error)
