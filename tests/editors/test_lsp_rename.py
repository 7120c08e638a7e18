"""Renaming in an editor: its edits, applied as an editor applies them, leave every link where it led."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException

sys.path.insert(0, str(Path(__file__).parent))

from editor import NOTES, Editor, editing, write_base
from test_lsp import CONSENSUS, DETECTOR, PAXOS, RAFT, apply


def path_of(uri: str) -> Path:
    return Path(unquote(urlsplit(uri).path))


def apply_all(editor: Editor, edit: lsp.WorkspaceEdit | None) -> None:
    """Do with the files what an editor does."""
    assert edit is not None
    for change in edit.document_changes or ():
        if isinstance(change, lsp.TextDocumentEdit):
            path = path_of(change.text_document.uri)
            path.write_bytes(apply(path.read_bytes().decode(), change.edits).encode())
        elif isinstance(change, lsp.RenameFile):
            path_of(change.old_uri).rename(path_of(change.new_uri))


def findings(root: Path) -> str:
    command = [sys.executable, "-m", "kg", "check", "-C", str(root), "--select", "KG2"]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False).stdout


async def rename(editor: Editor, name: str, line: int, character: int, new: str) -> lsp.WorkspaceEdit | None:
    params = lsp.RenameParams(editor.doc(name), lsp.Position(line, character), new)
    return await editor.client.text_document_rename_async(params)


def test_renaming_keeps_all_links(tmp_path: Path) -> None:
    write_base(tmp_path)

    async def scenario() -> None:
        async with editing(tmp_path) as editor:
            editor.open(RAFT)
            editor.open(PAXOS)
            at = lsp.PrepareRenameParams(editor.doc(RAFT), lsp.Position(10, 22))
            prepared = await editor.client.text_document_prepare_rename_async(at)
            assert isinstance(prepared, lsp.PrepareRenamePlaceholder)
            assert prepared.placeholder == "consensus"
            assert prepared.range == lsp.Range(lsp.Position(10, 19), lsp.Position(10, 28))
            apply_all(editor, await rename(editor, RAFT, 10, 22, "agreement"))
            # A heading, from a link to it; and a tag.
            editor.open(DETECTOR)

    asyncio.run(scenario())
    assert not (tmp_path / CONSENSUS).exists()
    assert '"[[agreement]]"' in (tmp_path / RAFT).read_text()
    assert "(../agreement.md)" in (tmp_path / PAXOS).read_text()
    assert "KG2" not in findings(tmp_path)


@pytest.mark.parametrize(
    ("name", "line", "character", "new", "changed", "text"),
    [
        (DETECTOR, 5, 4, "Time limits", RAFT, "[[failure-detector#Time limits|timeouts]]"),
        (RAFT, 6, 8, "basics", CONSENSUS, "tags: [basics]"),
        (RAFT, 2, 11, "Raft-Verfahren", RAFT, "aliases: [Raft-Verfahren]"),
    ],
    ids=["heading", "tag", "alias"],
)
def test_headings_tags_and_aliases(
    tmp_path: Path, name: str, line: int, character: int, new: str, changed: str, text: str
) -> None:
    write_base(tmp_path)

    async def scenario() -> None:
        async with editing(tmp_path) as editor:
            editor.open(name)
            apply_all(editor, await rename(editor, name, line, character, new))

    asyncio.run(scenario())
    assert text in (tmp_path / changed).read_text()
    assert "KG2" not in findings(tmp_path)


@pytest.mark.parametrize(
    ("title", "line", "character", "old", "new", "changed"),
    [
        ("title: {zh: 共识, en: Consensus}", 1, 20, "Consensus", "Agreement", "title: {zh: 共识, en: Agreement}"),
        ("title: {zh: 共识, en: Consensus}", 1, 13, "共识", "一致", "title: {zh: 一致, en: Consensus}"),
        ('title:\n  zh: 共识\n  en: "Consensus"', 3, 9, "Consensus", "Agreement", 'title:\n  zh: 共识\n  en: "Agreement"'),
    ],
)
def test_a_title_in_two_languages(
    tmp_path: Path, title: str, line: int, character: int, old: str, new: str, changed: str
) -> None:
    write_base(tmp_path)
    note = "concepts/quorum/title.md"
    (tmp_path / note).parent.mkdir()
    (tmp_path / note).write_text(f"---\n{title}\n---\n\nText.\n")

    async def scenario() -> None:
        async with editing(tmp_path) as editor:
            editor.open(note)
            at = lsp.PrepareRenameParams(editor.doc(note), lsp.Position(line, character))
            prepared = await editor.client.text_document_prepare_rename_async(at)
            assert isinstance(prepared, lsp.PrepareRenamePlaceholder)
            assert prepared.placeholder == old
            apply_all(editor, await rename(editor, note, line, character, new))

    asyncio.run(scenario())
    assert (tmp_path / note).read_text() == f"---\n{changed}\n---\n\nText.\n"


def test_a_name_that_is_taken_or_none_is_refused_with_the_reason(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with editing(write_base(tmp_path)) as editor:
            editor.open(RAFT)
            for new in ("raft", "", "a\nb", "../../x", "a\x7fb", "共" * 90):
                with pytest.raises(JsonRpcException):
                    await rename(editor, RAFT, 10, 22, new)
            assert await rename(editor, RAFT, 10, 2, "x") is None  # a word of the text

    asyncio.run(scenario())
    assert {p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*.md")} == {n for n in NOTES if n.endswith(".md")}


def test_unsaved_texts_are_edited_as_the_editor_has_them(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with editing(write_base(tmp_path)) as editor:
            editor.open(PAXOS, "# 😀 Paxos\r\n\r\n容器 [[consensus]]\r\n")
            edit = await rename(editor, PAXOS, 2, 7, "agreement")
            assert edit is not None
            (own,) = (
                change
                for change in edit.document_changes or ()
                if isinstance(change, lsp.TextDocumentEdit) and change.text_document.uri == editor.uri(PAXOS)
            )
            assert own.text_document.version == 1
            assert [e.range for e in own.edits] == [lsp.Range(lsp.Position(2, 5), lsp.Position(2, 14))]

    asyncio.run(scenario())


def test_files_and_folders_that_the_editor_moves(tmp_path: Path) -> None:
    write_base(tmp_path)

    async def scenario() -> None:
        async with editing(tmp_path) as editor:
            editor.open(RAFT)
            await editor.complete(RAFT, 0, 0)  # the notes are read
            for old, new in (("concepts/consensus.md", "concepts/theory.md"), ("concepts/sub", "concepts/deep/er")):
                moved = lsp.FileRename(editor.uri(old), editor.uri(new))
                edit = await editor.client.workspace_will_rename_files_async(lsp.RenameFilesParams([moved]))
                apply_all(editor, edit)
                (tmp_path / new).parent.mkdir(parents=True, exist_ok=True)
                (tmp_path / old).rename(tmp_path / new)

    asyncio.run(scenario())
    assert "(../../theory.md)" in (tmp_path / "concepts/deep/er/paxos.md").read_text()
    assert "KG2" not in findings(tmp_path)
