"""Requests to rename: planned on the notes as they are, beside the session, and returned as edits of the open documents."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from lsprotocol import types as lsp

from kg.knowledge.live import LiveNotes
from kg.knowledge.refactor import FileChange
from kg.serve.lsp import renaming
from kg.serve.lsp.places import read_shown_text
from kg.serve.lsp.server import PATIENCE, KgServer
from kg.serve.lsp.text import DocumentText
from kg.serve.lsp.view import location_of


async def answer_rename(server: KgServer, params: lsp.RenameParams) -> lsp.WorkspaceEdit | None:
    """Return the edit that renames what is at a position. Raises KgError if that would change the meaning of links."""
    view = await server.view(params.text_document.uri)
    target = renaming.find_renameable(view, params.position) if view is not None else None
    if view is None or target is None:
        return None
    operation = renaming.operation_of(view.live.notes[target.path], target, params.new_name)
    changes = await asyncio.to_thread(renaming.plan_edits, view.live.base, dict(view.live.unsaved), operation)
    return _edit_for(server, view.live, changes, move=True)


async def answer_moves(server: KgServer, moved: Sequence[lsp.FileRename]) -> lsp.WorkspaceEdit | None:
    """Return the edit that keeps links to files that the client is about to move, of one knowledge base. Raises KgError."""
    moves: dict[str, str] = {}
    live: LiveNotes | None = None
    for move in moved:
        old, new = location_of(move.old_uri), location_of(move.new_uri)
        folder = server.folder_of(move.old_uri)
        live = folder.live if folder is not None and await folder.reading(PATIENCE) else None
        if live is None or old is None or new is None:
            return None
        before, after = live.file_at(old), live.file_at(new)
        if before is not None and after is not None:
            moves[before] = after
    if live is None or not moves:
        return None
    changes = await asyncio.to_thread(renaming.moves_of_files, live.base, dict(live.unsaved), moves)
    return _edit_for(server, live, changes, move=False)


def _edit_for(server: KgServer, live: LiveNotes, changes: Sequence[FileChange], *, move: bool) -> lsp.WorkspaceEdit:
    opened = server.opened_in(live)
    texts = {
        change.name: DocumentText(read_shown_text(str(change.file)) if change.edits else "", server.encoding)
        for change in changes
        if change.file is not None and change.name not in opened
    }
    return renaming.workspace_edit(changes, opened, texts, server.edit_support, move=move)
