"""Code actions: fixes of findings, suppressions, new notes, relations, suggestions. Only the editor applies them."""

from __future__ import annotations

import difflib
import posixpath
import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple
from urllib.parse import unquote

from lsprotocol import types as lsp

from kg.base.names import MARKDOWN_ENDINGS, fold
from kg.checks.rules.links import ambiguous_link, broken_link, unknown_relation, unwritten_note
from kg.knowledge.live import LiveNotes, shortest_name, target_of
from kg.model import Ambiguous, Broken, Finding, Link, ResolvedLink
from kg.serve.lsp.accepting import suggestion_actions
from kg.serve.lsp.declaring import LEAST_ALIKE, USUAL_RELATIONS, declare_key
from kg.serve.lsp.diagnostics import diagnose, finding_span
from kg.serve.lsp.edits import difference, edit_note
from kg.serve.lsp.navigation import is_plain
from kg.serve.lsp.view import NoteView, uri_of
from kg.suggest.accept import with_relation

_QUICK: Final = lsp.CodeActionKind.QuickFix
_REFACTOR: Final = lsp.CodeActionKind.RefactorRewrite
_FIX_ALL: Final = lsp.CodeActionKind.SourceFixAll
_QUOTE_OR_ITEM: Final = re.compile(r"[ \t]*(?:>|(?:[-*+]|\d{1,9}[.)])[ \t])")
_TABLE: Final = re.compile(r"[ \t]*\|")
_UNSAFE: Final = re.compile(r'[\[\]|#^"\n]')


class EditSupport(NamedTuple):
    """What an editor can do with an edit."""

    creates_files: bool = False
    renames_files: bool = False
    versions: bool = False


def code_actions(
    view: NoteView, range_: lsp.Range, findings: Sequence[Finding], only: Sequence[str] | None, support: EditSupport
) -> list[lsp.CodeAction]:
    """Return the actions for a range; `findings` are those of the note, `only` the kinds that the editor asked for."""
    start, end = view.text.offset(range_.start), view.text.offset(range_.end)
    actions: list[lsp.CodeAction] = []
    for finding in findings:
        first, last = finding_span(view, finding)
        if first <= end and start <= last:
            actions += _for_finding(view, finding, support)
    actions += _fix_all(view, findings)
    actions += _type_link(view, start, end)
    actions += suggestion_actions(view, start, end)
    return [a for a in actions if _is_wanted(str(a.kind.value if isinstance(a.kind, lsp.CodeActionKind) else a.kind), only)]


def _is_wanted(kind: str, only: Sequence[str] | None) -> bool:
    if only is None:
        return not kind.startswith("source")
    kinds = [str(getattr(k, "value", k)) for k in only]
    return any(not k or kind == k or kind.startswith(k + ".") for k in kinds)


def _for_finding(view: NoteView, finding: Finding, support: EditSupport) -> Iterator[lsp.CodeAction]:
    t = view.texts
    diagnostics = [diagnose(view, finding)]
    if finding.fix is not None:
        edit = lsp.TextEdit(view.text.range_of_bytes(finding.fix.start, finding.fix.end), finding.fix.text)
        title = t("fix", text=finding.fix.text.strip()) if finding.fix.text.strip() else t("fix-remove")
        yield lsp.CodeAction(title, _QUICK, diagnostics, is_preferred=True, edit=edit_note(view.uri, edit))
    resolved = _link_of(view, finding)
    if resolved is not None:
        if finding.code in (broken_link.RULE.code, unwritten_note.RULE.code):
            yield from _instead(view, resolved, diagnostics)
            if support.creates_files:
                yield from _create(view, resolved.link, diagnostics)
        elif finding.code == ambiguous_link.RULE.code:
            yield from _disambiguate(view, resolved, diagnostics)
        elif finding.code == unknown_relation.RULE.code:
            yield from _rename_key(view, resolved.link, diagnostics)
            yield from declare_key(view, resolved.link.relation or "", diagnostics, creates=support.creates_files)
    suppression = _suppress(view, finding)
    if suppression is not None:
        title = t("suppress", code=finding.code, name=finding.name)
        yield lsp.CodeAction(title, _QUICK, diagnostics, edit=edit_note(view.uri, suppression))


def _link_of(view: NoteView, finding: Finding) -> ResolvedLink | None:
    links = view.live.links_of(view.path)
    return next((r for r in links if (r.link.line, r.link.column) == (finding.line, finding.column)), None)


def _instead(view: NoteView, resolved: ResolvedLink, diagnostics: list[lsp.Diagnostic]) -> Iterator[lsp.CodeAction]:
    """Replace the target of a broken link by one with a similar name."""
    near = resolved.resolution.near if isinstance(resolved.resolution, Broken) else ()
    for path in near:
        if path in view.live.notes and (edit := _retarget(view, resolved.link, path)) is not None:
            title = view.texts("link-to", name=path)
            yield lsp.CodeAction(title, _QUICK, diagnostics, edit=edit_note(view.uri, edit))


def _disambiguate(view: NoteView, resolved: ResolvedLink, diagnostics: list[lsp.Diagnostic]) -> Iterator[lsp.CodeAction]:
    candidates = resolved.resolution.candidates if isinstance(resolved.resolution, Ambiguous) else ()
    for path in candidates[:8]:
        if (edit := _retarget(view, resolved.link, path)) is not None:
            yield lsp.CodeAction(view.texts("link-to", name=path), _QUICK, diagnostics, edit=edit_note(view.uri, edit))


def _retarget(view: NoteView, link: Link, path: str) -> lsp.TextEdit | None:
    """The edit that replaces only the target in a link's text; None if it isn't written there literally."""
    start, end = view.text.offset_of_byte(link.start), view.text.offset_of_byte(link.end)
    raw = view.text.text[start:end]
    if link.kind == "wikilink" or (link.kind == "property" and "[[" in raw):
        at, new = raw.find(link.target, raw.find("[[") + 2), shortest_name(view.live, path)
    elif link.kind == "markdown":
        at, new = raw.find(link.target, raw.rfind("](")), posixpath.relpath(path, posixpath.dirname(view.path) or ".")
        if " " in new or unquote(link.target) != link.target:
            return None
    else:
        at, new = raw.find(link.target), shortest_name(view.live, path)
    if not link.target or at < 0 or _UNSAFE.search(new):
        return None
    return lsp.TextEdit(view.text.range(start + at, start + at + len(link.target)), new)


def _create(view: NoteView, link: Link, diagnostics: list[lsp.Diagnostic]) -> Iterator[lsp.CodeAction]:
    """Create the note that a broken link leads to, beside the note or at the path that the link gives."""
    target = link.target.strip("/")
    if link.kind in ("wikilink", "property", "name") and "/" in target and not target.startswith("."):
        path = target
    else:
        path = posixpath.normpath(posixpath.join(posixpath.dirname(view.path), target))
    ending = posixpath.splitext(path)[1].lower()
    if ending not in MARKDOWN_ENDINGS:
        path += ".md"
    location = view.live.location_of(path)
    if path.startswith("../") or not target or view.live.path_of(location) != path or path in view.live.notes:
        return
    uri = uri_of(location)
    title = posixpath.splitext(posixpath.basename(path))[0]
    start = lsp.Range(lsp.Position(0, 0), lsp.Position(0, 0))
    edit = lsp.WorkspaceEdit(
        document_changes=[
            lsp.CreateFile(uri, options=lsp.CreateFileOptions(ignore_if_exists=True)),
            lsp.TextDocumentEdit(
                lsp.OptionalVersionedTextDocumentIdentifier(uri, None), [lsp.TextEdit(start, f"# {title}{view.text.line_end}")]
            ),
        ]
    )
    yield lsp.CodeAction(view.texts("create", path=path), _QUICK, diagnostics, edit=edit)


def _rename_key(view: NoteView, link: Link, diagnostics: list[lsp.Diagnostic]) -> Iterator[lsp.CodeAction]:
    """Replace a misspelt relation by the ones with similar names."""
    written = link.relation or ""
    line = link.line if link.context == "field" else view.note.lines.get(written, 0)
    number = line - 1
    at = view.text.line(number).lower().find(written.lower())
    if line < 1 or at < 0:
        return
    start = view.text.starts[number] + at
    for key in difflib.get_close_matches(fold(written), list(view.live.resolver.words.keys), 3, LEAST_ALIKE):
        edit = lsp.TextEdit(view.text.range(start, start + len(written)), key)
        yield lsp.CodeAction(view.texts("fix", text=key), _QUICK, diagnostics, edit=edit_note(view.uri, edit))


def _suppress(view: NoteView, finding: Finding) -> lsp.TextEdit | None:
    """The edit that suppresses a finding: a comment on a line of its own above it; None in a table, which it would divide.

    In a block quote and at the start of an item, which a line above would divide from the rest, it is at the end of the line.
    It has no reason yet, which KG109 asks the author for.
    """
    text = view.text
    number = min(finding.line, len(text.starts)) - 1
    line = text.line(number)
    if _TABLE.match(line) or any(b.line <= finding.line <= b.line + b.text.count("\n") + 1 for b in view.note.blocks):
        return None
    start = text.starts[number]
    indent = line[: len(line) - len(line.lstrip())]
    if text.byte(start) < view.note.body:
        if number == 0:
            return None
        comment = f"{indent}# kg: ignore {finding.code}{text.line_end}"
    elif _QUOTE_OR_ITEM.match(line):
        start += len(line.rstrip())
        comment = f" <!-- kg: ignore {finding.code} -->"
    else:
        comment = f"{indent}<!-- kg: ignore {finding.code} -->{text.line_end}"
    return lsp.TextEdit(text.range(start, start), comment)


def _fix_all(view: NoteView, findings: Sequence[Finding]) -> Iterator[lsp.CodeAction]:
    """Apply all fixes of the note at once, as `kg check --fix` does."""
    edits, last = [], -1
    for fix in sorted({f.fix for f in findings if f.fix is not None}, key=lambda fix: (fix.start, -fix.end)):
        if fix.start >= last:
            edits.append(lsp.TextEdit(view.text.range_of_bytes(fix.start, fix.end), fix.text))
            last = fix.end
    if edits:
        yield lsp.CodeAction(view.texts("fix-all", n=len(edits)), _FIX_ALL, edit=edit_note(view.uri, *edits))


def _type_link(view: NoteView, start: int, end: int) -> Iterator[lsp.CodeAction]:
    """State the relation of a plain link in front matter; the link in the text stays."""
    if view.live.concept_at(view.path) is None:
        return
    data = view.text.data
    for resolved in view.live.links_of(view.path):
        link, path = resolved.link, target_of(resolved)
        first, last = view.text.offset_of_byte(link.start), view.text.offset_of_byte(link.end)
        if not (first <= end and start <= last) or not is_plain(resolved) or link.relation or path is None:
            continue
        if view.live.concept_of.get(path) in (None, view.live.concept_of.get(view.path)):
            continue
        name = shortest_name(view.live, path)
        for key in _usual_keys(view.live):
            changed = with_relation(data, view.note, key, f"[[{name}]]") if not _UNSAFE.search(name) else None
            if changed is not None:
                edit = difference(view.text, changed.decode("utf-8", "replace"))
                title = view.texts("type-link", relation=key, name=name)
                yield lsp.CodeAction(title, _REFACTOR, edit=edit_note(view.uri, edit))
        return


def _usual_keys(live: LiveNotes) -> list[str]:
    keys = {relation.key for relation in live.vocabulary.relations.values()}
    return [key for key in USUAL_RELATIONS if key in keys]
