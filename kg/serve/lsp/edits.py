"""Edits of a note, as the protocol has them."""

from __future__ import annotations

from lsprotocol import types as lsp

from kg.serve.lsp.text import DocumentText


def edit_note(uri: str, *edits: lsp.TextEdit) -> lsp.WorkspaceEdit:
    """Return an edit of one document."""
    return lsp.WorkspaceEdit(changes={uri: list(edits)})


def difference(text: DocumentText, changed: str) -> lsp.TextEdit:
    """Return the smallest single edit from one text to another.

    >>> difference(DocumentText("a b\\n"), "a [[b]]\\n").new_text
    '[[b]]'
    """
    old = text.text
    limit = min(len(old), len(changed))
    start = next((i for i in range(limit) if old[i] != changed[i]), limit)
    tail = next((i for i in range(limit - start) if old[-1 - i] != changed[-1 - i]), limit - start)
    return lsp.TextEdit(text.range(start, len(old) - tail), changed[start : len(changed) - tail])
