"""The requests that the language server answers, each by the module that knows its answer."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from typing import Final

from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams

from kg.base.errors import KgError
from kg.serve.lsp import actions, around, completion, hints, navigation, planning, renaming
from kg.serve.lsp.server import KgServer
from kg.serve.lsp.symbols import find_symbols

CODE_ACTIONS: Final = [lsp.CodeActionKind.QuickFix, lsp.CodeActionKind.RefactorRewrite, lsp.CodeActionKind.SourceFixAll]

_MOVABLE: Final = lsp.FileOperationRegistrationOptions([lsp.FileOperationFilter(lsp.FileOperationPattern("**/*"), "file")])


def make_server(lang: str = "") -> KgServer:
    """Return a server with all its features; `lang` is the language of texts, by default that of the client."""
    server = KgServer(lang)
    _add_session(server)
    _add_navigation(server)
    _add_symbols(server)
    _add_writing(server)
    _add_hints(server)
    return server


def _add_session(server: KgServer) -> None:
    @server.feature(lsp.INITIALIZE)
    def initialize(params: lsp.InitializeParams) -> None:
        server.begin(params)

    @server.feature(lsp.INITIALIZED)
    def initialized(_params: lsp.InitializedParams) -> None:
        server.begun()

    @server.feature(lsp.TEXT_DOCUMENT_DID_SAVE)
    def did_save(params: lsp.DidSaveTextDocumentParams) -> None:
        server.save_document(params)


def _add_navigation(server: KgServer) -> None:
    @server.feature(lsp.TEXT_DOCUMENT_DEFINITION)
    async def definition(params: lsp.DefinitionParams) -> list[lsp.Location] | None:
        view = await server.view(params.text_document.uri)
        return navigation.find_definition(view, params.position) if view is not None else None

    @server.feature(lsp.TEXT_DOCUMENT_REFERENCES)
    async def references(params: lsp.ReferenceParams) -> list[lsp.Location] | None:
        view = await server.view(params.text_document.uri)
        declaration = params.context.include_declaration
        return navigation.find_references(view, params.position, declaration=declaration) if view is not None else None

    @server.feature(lsp.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT)
    async def highlights(params: lsp.DocumentHighlightParams) -> list[lsp.DocumentHighlight] | None:
        view = await server.view(params.text_document.uri)
        return navigation.highlight(view, params.position) if view is not None else None

    @server.feature(lsp.TEXT_DOCUMENT_DOCUMENT_LINK)
    async def links(params: lsp.DocumentLinkParams) -> list[lsp.DocumentLink] | None:
        view = await server.view(params.text_document.uri)
        return navigation.document_links(view) if view is not None else None

    @server.feature(lsp.TEXT_DOCUMENT_PREPARE_CALL_HIERARCHY)
    async def prepare(params: lsp.CallHierarchyPrepareParams) -> list[lsp.CallHierarchyItem] | None:
        view = await server.view(params.text_document.uri)
        return navigation.prepare_hierarchy(view, params.position) if view is not None else None

    @server.feature(lsp.CALL_HIERARCHY_INCOMING_CALLS)
    async def incoming(params: lsp.CallHierarchyIncomingCallsParams) -> list[lsp.CallHierarchyIncomingCall] | None:
        folder, iri = server.folder_of(params.item.uri), _iri(params.item)
        texts = folder.texts if folder is not None else None
        return navigation.narrower_calls(texts, iri, server.lang) if texts is not None and iri else None

    @server.feature(lsp.CALL_HIERARCHY_OUTGOING_CALLS)
    async def outgoing(params: lsp.CallHierarchyOutgoingCallsParams) -> list[lsp.CallHierarchyOutgoingCall] | None:
        folder, iri = server.folder_of(params.item.uri), _iri(params.item)
        texts = folder.texts if folder is not None else None
        return navigation.broader_calls(texts, iri, server.lang) if texts is not None and iri else None

    @server.feature(around.METHOD)
    async def concept_map(params: tuple[object, ...]) -> around.ConceptMap | None:
        # pygls makes a named tuple of what clients send; a parameter that the server is an instance of would get the server.
        place = around.read_params(params)
        if place is None:
            raise JsonRpcInvalidParams
        view = await server.view(place.uri)
        return around.concept_map(view, place.position) if view is not None else None


def _iri(item: lsp.CallHierarchyItem) -> str:
    iri = item.data.get("iri") if isinstance(item.data, dict) else None
    return iri if isinstance(iri, str) else ""


def _add_symbols(server: KgServer) -> None:
    @server.feature(lsp.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
    async def symbols(params: lsp.DocumentSymbolParams) -> list[lsp.DocumentSymbol] | None:
        view = await server.view(params.text_document.uri)
        return navigation.document_symbols(view) if view is not None else None

    @server.feature(lsp.WORKSPACE_SYMBOL)
    async def workspace_symbols(params: lsp.WorkspaceSymbolParams) -> list[lsp.WorkspaceSymbol]:
        folders = await server.folders()
        tables = [(index, texts) for f in folders if (index := f.symbols) is not None and (texts := f.texts) is not None]
        for index, _ in tables:
            await asyncio.to_thread(index.prepare)  # the first time, it takes as long as hundreds of keystrokes
        return find_symbols(tables, params.query, server.lang)

    @server.feature(lsp.TEXT_DOCUMENT_FOLDING_RANGE)
    async def folding(params: lsp.FoldingRangeParams) -> list[lsp.FoldingRange] | None:
        view = await server.view(params.text_document.uri)
        return navigation.list_folds(view) if view is not None else None


def _add_writing(server: KgServer) -> None:
    @server.feature(
        lsp.TEXT_DOCUMENT_COMPLETION, lsp.CompletionOptions(trigger_characters=completion.TRIGGERS, resolve_provider=True)
    )
    async def complete(params: lsp.CompletionParams) -> lsp.CompletionList | None:
        view = await server.view(params.text_document.uri)
        folder = server.folder_of(params.text_document.uri)
        names = folder.names if folder is not None else None
        return completion.complete(view, names, params.position) if view is not None and names is not None else None

    @server.feature(lsp.COMPLETION_ITEM_RESOLVE)
    async def resolve(item: lsp.CompletionItem) -> lsp.CompletionItem:
        uri = item.data.get("uri") if isinstance(item.data, dict) else None
        folder = server.folder_of(uri) if isinstance(uri, str) else None
        live = folder.live if folder is not None else None
        return completion.resolve_item(live, item, server.lang) if live is not None else item

    @server.feature(lsp.TEXT_DOCUMENT_CODE_ACTION, lsp.CodeActionOptions(code_action_kinds=CODE_ACTIONS))
    async def code_action(params: lsp.CodeActionParams) -> list[lsp.CodeAction] | None:
        view = await server.view(params.text_document.uri)
        folder = server.folder_of(params.text_document.uri)
        if view is None or folder is None:
            return None
        only = [str(getattr(kind, "value", kind)) for kind in params.context.only] if params.context.only else None
        return actions.code_actions(view, params.range, folder.findings(view), only, server.edit_support)

    @server.feature(lsp.TEXT_DOCUMENT_PREPARE_RENAME)
    async def prepare_rename(params: lsp.PrepareRenameParams) -> lsp.PrepareRenamePlaceholder | None:
        view = await server.view(params.text_document.uri)
        target = renaming.find_renameable(view, params.position) if view is not None else None
        if view is None or target is None:
            return None
        return lsp.PrepareRenamePlaceholder(view.text.range(target.start, target.end), target.name)

    @server.feature(lsp.TEXT_DOCUMENT_RENAME, lsp.RenameOptions(prepare_provider=True))
    async def rename(params: lsp.RenameParams) -> lsp.WorkspaceEdit | None:
        with _as_response():
            return await planning.answer_rename(server, params)

    @server.feature(lsp.WORKSPACE_WILL_RENAME_FILES, _MOVABLE)
    async def will_rename(params: lsp.RenameFilesParams) -> lsp.WorkspaceEdit | None:
        with _as_response():
            return await planning.answer_moves(server, params.files)


@contextlib.contextmanager
def _as_response() -> Iterator[None]:
    """Answer a request with an error that people understand: why links would change their meaning."""
    try:
        yield
    except KgError as error:
        text = f"{error}\n{error.hint}" if error.hint else str(error)
        raise JsonRpcException(text, lsp.LSPErrorCodes.RequestFailed) from None


def _add_hints(server: KgServer) -> None:
    @server.feature(lsp.TEXT_DOCUMENT_HOVER)
    async def hover(params: lsp.HoverParams) -> lsp.Hover | None:
        view = await server.view(params.text_document.uri)
        return hints.hover(view, params.position) if view is not None else None

    @server.feature(lsp.TEXT_DOCUMENT_CODE_LENS, lsp.CodeLensOptions(resolve_provider=False))
    async def lenses(params: lsp.CodeLensParams) -> list[lsp.CodeLens] | None:
        view = await server.view(params.text_document.uri)
        folder = server.folder_of(params.text_document.uri)
        return hints.code_lenses(view, folder.findings(view)) if view is not None and folder is not None else None

    @server.feature(lsp.TEXT_DOCUMENT_INLAY_HINT)
    async def inlay_hints(params: lsp.InlayHintParams) -> list[lsp.InlayHint] | None:
        view = await server.view(params.text_document.uri)
        return hints.inlay_hints(view, params.range) if view is not None else None

    @server.feature(lsp.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL, hints.TOKENS)
    async def semantic_tokens(params: lsp.SemanticTokensParams) -> lsp.SemanticTokens | None:
        view = await server.view(params.text_document.uri)
        return hints.semantic_tokens(view) if view is not None else None
