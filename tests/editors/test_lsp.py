"""The language server with a real client in another process: every capability, on a small knowledge base."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lsprotocol import types as lsp

sys.path.insert(0, str(Path(__file__).parent))

from editor import NOTES, editing, write_base

RAFT, CONSENSUS, DETECTOR, PAXOS = (f"concepts/{n}.md" for n in ("raft", "consensus", "failure-detector", "sub/paxos"))


def apply(text: str, edits: object) -> str:
    """A text in lines of LF after edits of the server; positions count UTF-16 units."""
    units = text.encode("utf-16-le")

    def at(position: lsp.Position) -> int:
        start = 0
        for _ in range(position.line):
            start = units.index("\n".encode("utf-16-le"), start) + 2
        return start + 2 * position.character

    for edit in sorted(edits, key=lambda e: (e.range.start.line, e.range.start.character), reverse=True):  # type: ignore[call-overload]
        units = units[: at(edit.range.start)] + edit.new_text.encode("utf-16-le") + units[at(edit.range.end) :]
    return units.decode("utf-16-le")


def test_findings_follow_the_text_that_is_typed_and_the_rest_comes_after_a_save(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with editing(write_base(tmp_path)) as editor:
            text = editor.open(PAXOS)
            await editor.codes(PAXOS, [])
            editor.change(PAXOS, ((2, 0), (2, 0), "😀 [[no such]] 容器 [[raft#nowhere]] "))
            broken, anchor = await editor.codes(PAXOS, ["KG201", "KG202"])
            assert broken.range == lsp.Range(lsp.Position(2, 3), lsp.Position(2, 14))
            assert anchor.range == lsp.Range(lsp.Position(2, 18), lsp.Position(2, 34))
            assert broken.code_description is not None
            assert broken.code_description.href.endswith("/docs/rules/KG201.md")
            assert anchor.related_information is not None
            assert anchor.related_information[0].location.uri == editor.uri(RAFT)
            assert (tmp_path / PAXOS).read_text() == text  # nothing was written
            # A rule about all notes: two concepts with one alias.
            editor.save(CONSENSUS, NOTES[CONSENSUS].replace("tags", "aliases: [Raft 算法]\ntags"))
            await editor.diagnostics(RAFT, lambda ds: any(d.code == "KG302" for d in ds))
            editor.change(PAXOS, text)
            await editor.codes(PAXOS, [])

    asyncio.run(scenario())


def test_findings_of_all_notes_move_with_their_lines(tmp_path: Path) -> None:
    write_base(tmp_path)
    (tmp_path / CONSENSUS).write_text(NOTES[CONSENSUS].replace("tags", "aliases: [Raft 算法]\ntags"))

    async def scenario() -> None:
        async with editing(tmp_path) as editor:
            editor.open(RAFT)
            (before,) = await editor.diagnostics(RAFT, lambda ds: any(d.code == "KG302" for d in ds))
            editor.change(RAFT, ((1, 0), (1, 0), "id: raft\n"))
            await editor.diagnostics(RAFT, lambda ds: [d.range.start.line for d in ds] == [before.range.start.line + 1])

    asyncio.run(scenario())


def test_completion_of_names_paths_headings_and_blocks(tmp_path: Path) -> None:
    async def scenario() -> None:
        base = write_base(tmp_path)
        (base / "concepts/my note.md").write_text("# My note\n")
        (base / "concepts/my sub").mkdir()
        (base / "concepts/my sub/gossip 协议.md").write_text("# Gossip\n")
        async with editing(base) as editor:
            editor.open(PAXOS)
            line = 4
            for typed, label, new in (
                ("[[rai", None, ""),
                ("[[con", "consensus", "consensus]]"),
                ("[[故障", "故障检测器", "failure-detector|故障检测器]]"),
                ("[[gzjcq", "故障检测器", "failure-detector|故障检测器]]"),
                ("[[raft 算", "Raft 算法", "raft|Raft 算法]]"),
                ("| [[故障", "故障检测器", "failure-detector\\|故障检测器]]"),
                ("[[raft#", "Log replication", "Log replication]]"),
                ("[[raft#log", "Log replication", "Log replication]]"),
                ("[x](rep", None, ""),
                ("[x](../ra", "raft", "../raft.md)"),
                ("[x](../raft.md#log", "Log replication", "log-replication)"),
                ("[x](<../ra", "raft", "../raft.md>)"),
                ("[x](<../raft.md#log", "Log replication", "log-replication>)"),
                ("[x](/", "raft", "/raft.md)"),
                ("[x](/my%20su", None, ""),
                ("[x](../my", "my note", "../my%20note.md)"),
                ("[x](<../my n", "my note", "../my note.md>)"),
                ("[[my sub/", "gossip 协议", "my sub/gossip 协议]]"),
                ("[[MY SUB/协", "gossip 协议", "my sub/gossip 协议]]"),
                ("[[no/", None, ""),
                ("(depends-on:: ", "consensus", "[[consensus]]"),
                ("依赖", "depends-on", "depends-on:: "),
                ("[[#^", "^b1", "^b1]]"),
                ("😀容 [[consen", "consensus", "consensus]]"),
                ("depends-on:: ", "consensus", "[[consensus]]"),
                ("dep", "depends-on", "depends-on:: "),
                ("#th", "theory", "theory"),
            ):
                editor.change(PAXOS, NOTES[PAXOS] + "\n" + typed)
                items = await editor.complete(PAXOS, line, len(typed.encode("utf-16-le")) // 2)
                new_texts = {i.label: i.text_edit.new_text for i in items if i.text_edit is not None}
                assert new_texts.get(label) == new if label else not new_texts, (typed, new_texts)
            item = next(i for i in await editor.complete(PAXOS, line, 3) if i.label == "theory")
            assert item.detail == "in 2 notes"

    asyncio.run(scenario())


def test_concepts_of_other_knowledge_bases(tmp_path: Path) -> None:
    write_base(tmp_path)
    (tmp_path / "kg.toml").write_text('[uses]\ncncf = {path = "inventory.json"}\n')
    entries = [
        {"id": "container", "iri": "https://x.example/container", "labels": {"en": "Container", "zh": "容器"},
         "definitions": {"en": "A <b>box</b>."}},
        {"id": "pod", "iri": "https://x.example/pod", "labels": {"en": "Pod"}},
    ]  # fmt: skip
    inventory = {"format": "kg-inventory", "version": 1, "base": "https://x.example/", "concepts": entries}
    (tmp_path / "inventory.json").write_text(json.dumps(inventory))

    async def scenario() -> None:
        async with editing(tmp_path) as editor:
            editor.open(PAXOS)
            for typed, label, new in (
                ("[[cnc", "cncf:", "cncf:"),
                ("[[cncf:con", "cncf:container", "cncf:container]]"),
                ("[[cncf:容", "cncf:container", "cncf:container]]"),
                ("[[other:con", None, ""),
            ):
                editor.change(PAXOS, NOTES[PAXOS] + "\n" + typed)
                items = await editor.complete(PAXOS, 4, len(typed))
                new_texts = {i.label: i.text_edit.new_text for i in items if i.text_edit is not None}
                assert new_texts.get(label) == new if label else not new_texts, (typed, new_texts)
            editor.change(PAXOS, NOTES[PAXOS] + "\n[[cncf:container]] [[cncf:contianer]]\n")
            (wrong,) = await editor.codes(PAXOS, ["KG214"])
            assert wrong.range == lsp.Range(lsp.Position(4, 19), lsp.Position(4, 37))
            document = editor.doc(PAXOS)
            hover = await editor.client.text_document_hover_async(lsp.HoverParams(document, lsp.Position(4, 5)))
            assert hover is not None
            assert isinstance(hover.contents, lsp.MarkupContent)
            assert "of the knowledge base cncf" in hover.contents.value
            assert "A \\<b\\>box" in hover.contents.value
            links = await editor.client.text_document_document_link_async(lsp.DocumentLinkParams(document))
            assert "https://x.example/container" in {link.target for link in links or ()}

    asyncio.run(scenario())


def test_a_completed_item_is_explained_when_it_is_asked_for(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with editing(write_base(tmp_path)) as editor:
            editor.open(PAXOS, "[[con")
            item = next(i for i in await editor.complete(PAXOS, 0, 5) if i.label == "consensus")
            assert isinstance(item.text_edit, lsp.TextEdit)
            assert item.text_edit.range == lsp.Range(lsp.Position(0, 2), lsp.Position(0, 5))
            resolved = await editor.client.completion_item_resolve_async(item)
            assert isinstance(resolved.documentation, lsp.MarkupContent)
            assert resolved.documentation.value == "Consensus / 共识\n\nAgreement of all."

    asyncio.run(scenario())


def test_completion_in_front_matter(tmp_path: Path) -> None:
    async def scenario() -> None:
        values = "---\nlayer: middle\narea: storage\nstatus: reviewed\n---\n# Log\n"
        async with editing(write_base(tmp_path, {**NOTES, "concepts/log.md": values})) as editor:
            editor.open(PAXOS, "---\n\n---\n# Paxos\n")
            for typed, label, new in (
                ("ty", "type", "type: "),
                ("dep", "depends-on", "depends-on: "),
                ("type: alg", "algorithm", "algorithm"),
                ("tags: [th", "theory", "theory"),
                ("depends-on: con", "consensus", '"[[consensus]]"'),
                ('depends-on: ["[[con', "consensus", "consensus]]"),
                ("uses:\n  - con", "consensus", '"[[consensus]]"'),
                ("layer: m", "middle", "middle"),
                ("area: sto", "storage", "storage"),
                ("status: ", "reviewed", "reviewed"),
            ):
                editor.change(PAXOS, f"---\n{typed}\n---\n# Paxos\n")
                lines = typed.split("\n")
                items = await editor.complete(PAXOS, len(lines), len(lines[-1]))
                new_texts = {i.label: i.text_edit.new_text for i in items if i.text_edit is not None}
                assert new_texts.get(label) == new, (typed, new_texts)
            editor.change(PAXOS, "---\nre\n---\n# Paxos\n")
            items = sorted(await editor.complete(PAXOS, 1, 2), key=lambda item: item.sort_text or "")
            labels = [item.label for item in items]
            # Of the relations, the core stands first.
            assert labels.index("replaces") < labels.index("requires")

    asyncio.run(scenario())


def test_definition_references_and_highlights(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with editing(write_base(tmp_path)) as editor:
            editor.open(RAFT)
            client, doc = editor.client, editor.doc(RAFT)
            heading = await client.text_document_definition_async(lsp.DefinitionParams(doc, lsp.Position(14, 10)))
            assert isinstance(heading, Sequence)
            assert list(heading) == [lsp.Location(editor.uri(DETECTOR), lsp.Range(lsp.Position(5, 0), lsp.Position(5, 11)))]
            in_front = await client.text_document_definition_async(lsp.DefinitionParams(doc, lsp.Position(5, 15)))
            assert isinstance(in_front, Sequence)
            assert in_front[0].uri == editor.uri(CONSENSUS)
            context = lsp.ReferenceContext(include_declaration=True)
            found = await client.text_document_references_async(lsp.ReferenceParams(context, doc, lsp.Position(10, 22)))
            assert found is not None
            places = [(place.uri, place.range.start.line) for place in found]
            assert places == [
                (editor.uri(CONSENSUS), 1), (editor.uri(RAFT), 5), (editor.uri(RAFT), 10), (editor.uri(PAXOS), 2),
            ]  # fmt: skip
            marks = await client.text_document_document_highlight_async(lsp.DocumentHighlightParams(doc, lsp.Position(10, 22)))
            assert marks is not None
            assert [mark.range.start.line for mark in marks] == [5, 10]
            assert not await client.text_document_definition_async(lsp.DefinitionParams(doc, lsp.Position(9, 0)))

    asyncio.run(scenario())


def test_hover_shows_definition_and_relations_with_lines_and_quotes_text_of_notes(tmp_path: Path) -> None:
    write_base(tmp_path)
    (tmp_path / CONSENSUS).write_text("# Consensus\n\nAgreement <img src=x> ![x](http://evil.example/x.png).\n")

    async def scenario() -> None:
        async with editing(tmp_path) as editor:
            editor.open(RAFT)
            hover = await editor.client.text_document_hover_async(lsp.HoverParams(editor.doc(RAFT), lsp.Position(10, 22)))
            assert hover is not None
            assert isinstance(hover.contents, lsp.MarkupContent)
            assert hover.range == lsp.Range(lsp.Position(10, 17), lsp.Position(10, 30))
            text = hover.contents.value
            assert "← broader **Raft / Raft 共识算法** `raft.md:6`" in text
            assert "3 links here · `consensus.md`" in text
            assert "http://evil" not in text
            assert "![" not in text
            key = await editor.client.text_document_hover_async(lsp.HoverParams(editor.doc(RAFT), lsp.Position(4, 2)))
            assert key is not None
            assert isinstance(key.contents, lsp.MarkupContent)
            assert key.contents.value.startswith("**depends-on**")

    asyncio.run(scenario())


def test_the_first_heading_below_a_title_is_the_note(tmp_path: Path) -> None:
    write_base(tmp_path)
    (tmp_path / CONSENSUS).write_text("---\ntitle: Consensus\n---\n# Consensus\n\nText.\n\n## Part\n\n[[#Part]]\n")

    async def scenario() -> None:
        async with editing(tmp_path) as editor:
            editor.open(CONSENSUS)
            doc, context = editor.doc(CONSENSUS), lsp.ReferenceContext(include_declaration=False)
            params = lsp.ReferenceParams(context, doc, lsp.Position(3, 4))
            places = await editor.client.text_document_references_async(params)
            assert places
            assert {editor.uri(RAFT), editor.uri(PAXOS)} <= {place.uri for place in places}
            part = await editor.client.text_document_references_async(lsp.ReferenceParams(context, doc, lsp.Position(7, 4)))
            assert [place.uri for place in part or ()] == [editor.uri(CONSENSUS)]
            hover = await editor.client.text_document_hover_async(lsp.HoverParams(doc, lsp.Position(3, 4)))
            assert hover is not None
            assert isinstance(hover.contents, lsp.MarkupContent)
            assert "`consensus.md`" in hover.contents.value
            assert await editor.client.text_document_hover_async(lsp.HoverParams(doc, lsp.Position(7, 4))) is None

    asyncio.run(scenario())


def test_symbols_links_folding_and_colours(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with editing(write_base(tmp_path)) as editor:
            text = editor.open(RAFT)
            client, doc = editor.client, editor.doc(RAFT)
            symbols = await client.text_document_document_symbol_async(lsp.DocumentSymbolParams(doc))
            assert symbols is not None
            (top,) = symbols
            assert isinstance(top, lsp.DocumentSymbol)
            assert (top.name, [child.name for child in top.children or ()]) == ("Raft", ["Log replication"])
            everywhere = await client.workspace_symbol_async(lsp.WorkspaceSymbolParams("gzjcq"))
            assert [(s.name, s.location.uri) for s in everywhere or ()] == [("故障检测器", editor.uri(DETECTOR))]
            # The search of `kg find`: misspelt, headings with their line, unsaved texts.
            misspelt = await client.workspace_symbol_async(lsp.WorkspaceSymbolParams("consesus"))
            assert [s.location.uri for s in misspelt or ()] == [editor.uri(CONSENSUS)]
            editor.change(RAFT, text.replace("## Log replication", "## Snapshots of state"))
            (heading,) = await client.workspace_symbol_async(lsp.WorkspaceSymbolParams("snapshosts")) or ()
            assert (heading.name, heading.kind) == ("Snapshots of state", lsp.SymbolKind.String)
            assert isinstance(heading.location, lsp.Location)
            assert (heading.location.uri, heading.location.range.start.line) == (editor.uri(RAFT), 12)
            assert not await client.workspace_symbol_async(lsp.WorkspaceSymbolParams("log replication"))
            editor.change(RAFT, text)
            all_notes = await client.workspace_symbol_async(lsp.WorkspaceSymbolParams(""))
            assert len(all_notes or ()) == 4
            links = await client.text_document_document_link_async(lsp.DocumentLinkParams(doc))
            assert [link.target for link in links or ()] == [
                editor.uri(DETECTOR), editor.uri(CONSENSUS), editor.uri(CONSENSUS), editor.uri(DETECTOR) + "#L6",
            ]  # fmt: skip
            folds = await client.text_document_folding_range_async(lsp.FoldingRangeParams(doc))
            assert [(f.start_line, f.end_line) for f in folds or ()] == [(0, 7), (8, 14), (12, 14)]
            tokens = await client.text_document_semantic_tokens_full_async(lsp.SemanticTokensParams(doc))
            assert tokens is not None
            assert list(tokens.data) == [4, 0, 10, 0, 0, 0, 14, 20, 1, 0, 1, 0, 7, 0, 0, 0, 11, 13, 1, 0]

    asyncio.run(scenario())


def test_a_plain_link_shows_the_relation_that_follows(tmp_path: Path) -> None:
    """Two notes that a chain of one transitive relation connects, through a third one that neither names."""
    notes = {
        "concepts/top.md": "# Top\n\nTop is on the middle.\n\nrequires:: [[middle]]\n\nLater see [[base]] and [[side]].\n",
        "concepts/middle.md": "# Middle\n\nrequires:: [[base]]\n\nuses:: [[side]]\n",
        "concepts/base.md": "# Base\n\nIt carries [[top]].\n",
        "concepts/side.md": "# Side\n",
    }

    async def scenario() -> None:
        async with editing(write_base(tmp_path, notes)) as editor:
            shown = {}
            for name in ("concepts/top.md", "concepts/base.md"):
                editor.open(name)
                params = lsp.InlayHintParams(editor.doc(name), lsp.Range(lsp.Position(0, 0), lsp.Position(99, 0)))
                hints = await editor.client.text_document_inlay_hint_async(params) or ()
                shown[name] = [(hint.position.line, hint.label, hint.tooltip) for hint in hints]
            assert shown == {
                "concepts/top.md": [(6, "→ requires (inferred)", "Top → Middle → Base")],
                "concepts/base.md": [(2, "← requires (inferred)", "Base ← Middle ← Top")],
            }

    asyncio.run(scenario())


def test_lenses_hints_and_the_hierarchy(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with editing(write_base(tmp_path)) as editor:
            editor.open(CONSENSUS)
            editor.open(RAFT)
            client, doc = editor.client, editor.doc(CONSENSUS)
            lenses = await client.text_document_code_lens_async(lsp.CodeLensParams(doc))
            assert [lens.command.title for lens in lenses or () if lens.command] == ["3 links here · ← broader 1"]
            everything = lsp.Range(lsp.Position(0, 0), lsp.Position(99, 0))
            hints = await client.text_document_inlay_hint_async(lsp.InlayHintParams(editor.doc(RAFT), everything))
            assert [(hint.position, hint.label) for hint in hints or ()] == [
                (lsp.Position(10, 30), "→ broader"), (lsp.Position(14, 42), "→ depends on"),
            ]  # fmt: skip
            items = await client.text_document_prepare_call_hierarchy_async(
                lsp.CallHierarchyPrepareParams(doc, lsp.Position(0, 0))
            )
            assert items is not None
            below = await client.call_hierarchy_incoming_calls_async(lsp.CallHierarchyIncomingCallsParams(items[0]))
            assert [call.from_.detail for call in below or ()] == ["raft.md"]
            above = await client.call_hierarchy_outgoing_calls_async(
                lsp.CallHierarchyOutgoingCallsParams(below[0].from_ if below else items[0])
            )
            assert [call.to.detail for call in above or ()] == ["consensus.md"]

    asyncio.run(scenario())


def test_code_actions(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with editing(write_base(tmp_path)) as editor:
            text = "# Paxos\n\n😀 [[failure_detector]] and [[no such]]\n\nA [[raft]].\n"
            editor.open(PAXOS, text)
            first, second = await editor.codes(PAXOS, ["KG201", "KG201"])
            uri = editor.uri(PAXOS)
            actions = {a.title: a for a in await editor.actions(PAXOS, first.range)}
            fix = actions["Fix: failure-detector"]
            assert fix.is_preferred
            assert fix.edit is not None
            assert fix.edit.changes is not None
            assert apply(text, fix.edit.changes[uri]) == text.replace("failure_detector", "failure-detector")
            actions = {a.title: a for a in await editor.actions(PAXOS, second.range)}
            create = actions["Create the note sub/no such.md"].edit
            assert create is not None
            assert create.document_changes is not None
            assert [type(change) for change in create.document_changes] == [lsp.CreateFile, lsp.TextDocumentEdit]
            suppress = actions["Suppress KG201 broken-link on this line"].edit
            assert suppress is not None
            assert suppress.changes is not None
            suppressed = apply(text, suppress.changes[uri])
            editor.change(PAXOS, suppressed)
            await editor.codes(PAXOS, ["KG109"])  # both are hidden, and the author is asked for the reason
            editor.change(PAXOS, text)
            await editor.codes(PAXOS, ["KG201", "KG201"])
            (fix_all,) = await editor.actions(PAXOS, first.range, ["source.fixAll"])
            assert fix_all.title == "Apply 1 fix of kg"
            at = lsp.Range(lsp.Position(4, 4), lsp.Position(4, 4))
            typing = {a.title: a for a in await editor.actions(PAXOS, at)}["State the relation: depends-on → raft"].edit
            assert typing is not None
            assert typing.changes is not None
            assert apply(text, typing.changes[uri]).startswith('---\ndepends-on: ["[[raft]]"]\n---\n# Paxos')
            assert (tmp_path / PAXOS).read_bytes() == NOTES[PAXOS].encode()

    asyncio.run(scenario())


def test_a_suppression_in_a_quote_or_a_list_divides_nothing(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with editing(write_base(tmp_path)) as editor:
            editor.open(PAXOS, "# P\n")
            await editor.codes(PAXOS, [])
            for line in (
                "> Quoted [[nichts]]",
                "> > - Quoted [[nichts]]",
                "- [ ] An item [[nichts]]",
                "  12. Twelfth [[nichts]]",
            ):
                text = f"# P\n\n{line}\n"
                editor.change(PAXOS, text)
                (finding,) = await editor.codes(PAXOS, ["KG201"])
                (edit,) = [a.edit for a in await editor.actions(PAXOS, finding.range) if a.title.startswith("Suppress")]
                assert edit is not None
                assert edit.changes is not None
                suppressed = apply(text, edit.changes[editor.uri(PAXOS)])
                assert suppressed == text.rstrip() + " <!-- kg: ignore KG201 -->\n"
                editor.change(PAXOS, suppressed)
                await editor.codes(PAXOS, ["KG109"])  # it has no reason yet
            editor.change(PAXOS, "# P\n\n> <!-- kg: ignore KG201 because -->\n> Quoted [[nichts]]\n")
            await editor.codes(PAXOS, [])

    asyncio.run(scenario())


def test_an_unknown_relation_is_corrected_or_declared(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with editing(write_base(tmp_path)) as editor:
            text = '---\ndepend-on: ["[[raft]]"]\n---\n# Paxos\n'
            editor.open(PAXOS, text)
            editor.save(PAXOS, text)  # the rule reports each key once for all notes, so it runs after a save
            (finding,) = await editor.codes(PAXOS, ["KG207"])
            action = next(a for a in await editor.actions(PAXOS, finding.range) if a.title == "Fix: depends-on")
            assert action.edit is not None
            assert action.edit.changes is not None
            corrected = apply(text, action.edit.changes[editor.uri(PAXOS)])
            editor.change(PAXOS, corrected)
            editor.save(PAXOS, corrected)
            await editor.codes(PAXOS, [])
            # Or the key becomes a word of a relation, in a new file and then in the same one.
            own = tmp_path / "ontology/relations.ttl"
            for key in ("depend-on", "braucht"):
                text = f'---\n{key}: ["[[raft]]"]\n---\n# Paxos\n'
                editor.change(PAXOS, text)
                editor.save(PAXOS, text)
                (finding,) = await editor.codes(PAXOS, ["KG207"])
                declare = next(
                    a for a in await editor.actions(PAXOS, finding.range) if a.title == f"Declare {key} as a word of depends-on"
                )
                assert declare.edit is not None
                if declare.edit.document_changes is not None:
                    _, change = declare.edit.document_changes
                    assert isinstance(change, lsp.TextDocumentEdit)
                    own.parent.mkdir(exist_ok=True)
                    own.write_text(apply("", change.edits))
                else:
                    own.write_text(apply(own.read_text(), (declare.edit.changes or {})[own.as_uri()]))
                await editor.codes(PAXOS, [])
            assert own.read_text().split("\n")[2:] == [
                'kg:dependsOn kg:word "depend-on"@en .', 'kg:dependsOn kg:word "braucht"@en .', "",
            ]  # fmt: skip

    asyncio.run(scenario())


def test_texts_are_chinese_for_a_chinese_editor(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with editing(write_base(tmp_path), locale="zh-cn") as editor:
            editor.open(PAXOS, "# P\n\n[[nichts]]\n")
            (finding,) = await editor.codes(PAXOS, ["KG201"])
            assert finding.message.startswith("链接指向的笔记不存在。\n")
            assert "在这一行忽略 KG201 broken-link" in [a.title for a in await editor.actions(PAXOS, finding.range)]

    asyncio.run(scenario())


def test_settings_are_checked_while_they_are_written_and_read_again(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with editing(write_base(tmp_path)) as editor:
            editor.open(PAXOS, "# P\n\n[[nichts]]\n")
            await editor.codes(PAXOS, ["KG201"])
            editor.open("kg.toml")
            editor.change("kg.toml", 'base = "https://example.org/t/"\nnonsense = 1\n')
            (problem,) = await editor.diagnostics("kg.toml", bool)
            assert problem.range.start.line == 1
            editor.change("kg.toml", 'base = "https://example.org/t/"\n\n[check]\nselect = ["KG202"]\nfail-om = "error"\n')
            await editor.diagnostics("kg.toml", lambda ds: [d.range.start.line for d in ds] == [4])
            editor.change("kg.toml", 'title = "x"\n[targets]\nconcept_association = 900\n')
            await editor.diagnostics("kg.toml", lambda ds: [d.range.start.line for d in ds] == [2])
            assert "nonsense" in problem.message
            editor.change("kg.toml", 'base = "https://example.org/t/"\n[check]\nselect = ["KG202"]\n')
            await editor.diagnostics("kg.toml", lambda ds: not ds)
            editor.save("kg.toml", 'base = "https://example.org/t/"\n[check]\nselect = ["KG202"]\n')
            await editor.codes(PAXOS, [])

    asyncio.run(scenario())


def test_changes_on_disk_are_seen(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with editing(write_base(tmp_path)) as editor:
            editor.open(PAXOS, "# P\n\n[[new note]] and [[raft#Elections]]\n")
            await editor.codes(PAXOS, ["KG201", "KG202"])
            (tmp_path / "concepts/new note.md").write_text("# New\n")
            await editor.codes(PAXOS, ["KG202"])
            (tmp_path / RAFT).write_text("# Raft\n\n## Elections\n")
            await editor.codes(PAXOS, [])
            (tmp_path / "concepts/new note.md").unlink()
            await editor.codes(PAXOS, ["KG201"])

    asyncio.run(scenario())


def test_suggestions_of_the_last_check_are_accepted_in_the_text_as_it_is_now(tmp_path: Path) -> None:
    write_base(
        tmp_path,
        {
            **NOTES,
            "kg.toml": NOTES["kg.toml"] + "[gates]\nconcept_association = 90\nlinkage = 0\n[suggest]\nmention-min-score = 0\n",
        },
    )
    quorum = "concepts/quorum.md"
    (tmp_path / quorum).write_bytes("# Quorum\r\n\r\nA 法定人数 😀 is needed by Raft to elect.\r\n".encode())

    async def scenario() -> None:
        async with editing(tmp_path) as editor:
            text = editor.open(quorum)
            async with asyncio.timeout(60):
                await editor.client.insight.wait()
            cursor = lsp.Range(lsp.Position(2, 3), lsp.Position(2, 3))
            (action,) = [a for a in await editor.actions(quorum, cursor) if "Raft" in a.title]
            assert action.title.startswith("Accept the suggestion: link to Raft / Raft 共识算法 (0.")
            editor.change(quorum, ((0, 0), (0, 0), "\r\n"))  # the line has moved since
            below = lsp.Range(lsp.Position(3, 0), lsp.Position(3, 0))
            (action,) = [a for a in await editor.actions(quorum, below) if "Raft" in a.title]
            assert action.edit is not None
            (edit,) = (action.edit.changes or {})[editor.uri(quorum)]
            assert (edit.range.start.line, edit.range.end.line) == (3, 3)
            linked = apply(("\n" + text).replace("\r\n", "\n"), [edit])
            assert "is needed by [[Raft]] to elect." in linked
            assert not await editor.actions(quorum, lsp.Range(lsp.Position(4, 0), lsp.Position(4, 0)), ["refactor"])
            # What is stated by now is no longer suggested.
            editor.change(quorum, linked)
            assert not [a for a in await editor.actions(quorum, below, ["refactor"]) if "Accept" in a.title]
            hover = await editor.client.text_document_hover_async(lsp.HoverParams(editor.doc(quorum), lsp.Position(1, 3)))
            assert hover is not None
            assert isinstance(hover.contents, lsp.MarkupContent)
            assert "\n- Concept association: lacks typed relations to two different concepts; " in hover.contents.value
            everything = lsp.Range(lsp.Position(0, 0), lsp.Position(9, 0))
            hints = await editor.client.text_document_inlay_hint_async(lsp.InlayHintParams(editor.doc(quorum), everything))
            assert [(h.position, str(h.label).partition(" is ")[0]) for h in hints or ()] == [
                (lsp.Position(1, 8), "gate not met: Concept association"),
            ]  # fmt: skip

    asyncio.run(scenario())


def test_the_map_around_a_note_follows_the_cursor(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with editing(write_base(tmp_path)) as editor:
            text = editor.open("concepts/raft.md")

            async def around(line: int, character: int) -> Any:
                params = {
                    "textDocument": {"uri": editor.uri("concepts/raft.md")},
                    "position": {"line": line, "character": character},
                }
                return await editor.client.protocol.send_request_async("kg/around", params)

            line = text.split("\n").index("Elects a leader: [[consensus]].")
            found = await around(line, 20)
            names = [(node.label, node.focus) for node in found.nodes]
            assert names == [("Raft", False), ("Consensus", True), ("Failure detector", False)]
            assert found.nodes[1].uri == editor.uri("concepts/consensus.md")
            raft, consensus, detector = (node.iri for node in found.nodes)
            edges = {(e.source, e.target, e.label, e.line) for e in found.edges}
            assert edges == {(raft, detector, "depends on", 4), (raft, consensus, "broader", 5)}
            assert [node.focus for node in (await around(0, 0)).nodes] == [False, False, False]
            # Unsaved text counts.
            editor.change("concepts/raft.md", text + "\n[[paxos]]\n")
            after = await around(0, 0)
            assert [node.label for node in after.nodes][-1] == "Paxos"
            assert ("", editor.uri("concepts/raft.md")) in {(e.label, e.uri) for e in after.edges}

    asyncio.run(scenario())
