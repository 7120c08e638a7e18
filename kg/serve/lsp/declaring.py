"""The code action that declares a key as a word of a relation, in a file of the ontology."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from typing import Final

from lsprotocol import types as lsp

from kg.base.names import KG, fold
from kg.model import Relation
from kg.serve.lsp.edits import edit_note
from kg.serve.lsp.places import read_shown_text
from kg.serve.lsp.text import DocumentText
from kg.serve.lsp.view import NoteView, uri_of

LEAST_ALIKE: Final = 0.6
"""Similarity from which a relation is offered for a key."""
USUAL_RELATIONS: Final = ("depends-on", "part-of", "uses", "broader", "is-a", "related")
"""Relations that are offered where nothing says which, as far as the vocabulary has them."""
_FILE: Final = "relations.ttl"
_PREFIX: Final = f"@prefix kg: <{KG}> ."
_LOCAL: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_HAN: Final = re.compile("[\u3400-\u9fff]")
_ESCAPED: Final = str.maketrans({"\\": "\\\\", '"': '\\"'})


def declare_key(view: NoteView, key: str, diagnostics: list[lsp.Diagnostic], *, creates: bool) -> Iterator[lsp.CodeAction]:
    """Yield an action for each relation that the key may mean; the declaration is added to `ontology/relations.ttl`."""
    file = view.live.settings.ontology / _FILE
    text = DocumentText(read_shown_text(str(file)), view.text.encoding)
    is_new = not text.text
    if not key or "\n" in key or (is_new and not creates):
        return
    uri = uri_of(file)
    for relation in _relations(view, key):
        at = text.range(len(text.text), len(text.text))
        edit = lsp.TextEdit(at, _declaration(text.text, relation, key))
        if is_new:
            document = lsp.OptionalVersionedTextDocumentIdentifier(uri, None)
            create = lsp.CreateFile(uri, options=lsp.CreateFileOptions(ignore_if_exists=True))
            change = lsp.WorkspaceEdit(document_changes=[create, lsp.TextDocumentEdit(document, [edit])])
        else:
            change = edit_note(uri, edit)
        title = view.texts("declare", key=key, relation=relation.key)
        yield lsp.CodeAction(title, lsp.CodeActionKind.QuickFix, diagnostics, edit=change)


def _relations(view: NoteView, key: str) -> list[Relation]:
    """The relations that are spelled alike, then the usual ones."""
    relations = view.live.vocabulary.relations
    keys = view.live.resolver.words.keys
    near = [keys[name] for name in difflib.get_close_matches(fold(key), list(keys), 2, LEAST_ALIKE)]
    usual = {relation.key: relation.iri for relation in relations.values() if relation.key in USUAL_RELATIONS}
    iris = dict.fromkeys((*near, *(usual[name] for name in USUAL_RELATIONS if name in usual)))
    return [relations[iri] for iri in iris if iri in relations]


def _declaration(text: str, relation: Relation, key: str) -> str:
    """The statement as Turtle, behind the text of a file; with short names where the file declares the prefix."""
    before = "" if text.endswith("\n") else "\n"
    if not text:
        before = f"{_PREFIX}\n\n"
    is_short = not text or _PREFIX in text
    local = relation.iri.removeprefix(KG)
    subject = f"kg:{local}" if is_short and _LOCAL.fullmatch(local) else f"<{relation.iri}>"
    predicate = "kg:word" if is_short else f"<{KG}word>"
    lang = "zh" if _HAN.search(key) else "en"
    return f'{before}{subject} {predicate} "{key.translate(_ESCAPED)}"@{lang} .\n'
