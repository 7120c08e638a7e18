"""Findings as diagnostics: their range, the page of their rule, and related places."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from lsprotocol import types as lsp

from kg.base.about import rules_folder
from kg.checks import RULES
from kg.checks.rules.notes import unused_suppression
from kg.model import Ambiguous, Broken, Finding
from kg.serve.lsp.text import DocumentText
from kg.serve.lsp.view import NoteView, TextReader, anchor_place, uri_of

SOURCE: Final = "kg"
_SEVERITY: Final = {
    "error": lsp.DiagnosticSeverity.Error,
    "warning": lsp.DiagnosticSeverity.Warning,
    "info": lsp.DiagnosticSeverity.Information,
}
_BY_CODE: Final = {rule.code: rule for rule in RULES}
_KEY: Final = re.compile(r"[\w\- ]+(?=\s*:)")
_WORD: Final = re.compile(r"\S+")
_NOTE: Final = re.compile(r"[^\s'\"(),;:]+\.(?:md|markdown)\b")
_MOST_RELATED: Final = 5


def diagnose(view: NoteView, finding: Finding) -> lsp.Diagnostic:
    """Return the diagnostic of a finding in a note that is open."""
    start, end = finding_span(view, finding)
    related = [
        lsp.DiagnosticRelatedInformation(location, message)
        for location, message in list(_related(view, finding))[:_MOST_RELATED]
    ]
    return _diagnostic(finding, view.text.range(start, end), view.texts.lang, related)


def diagnose_elsewhere(finding: Finding, text: DocumentText, lang: str) -> lsp.Diagnostic:
    """Return the diagnostic of a finding in a file that isn't open, or isn't a note."""
    start = text.offset_at(finding.line, finding.column)
    return _diagnostic(finding, text.range(start, _end_of_word(text, start)), lang, [])


def _diagnostic(
    finding: Finding, range_: lsp.Range, lang: str, related: list[lsp.DiagnosticRelatedInformation]
) -> lsp.Diagnostic:
    return lsp.Diagnostic(
        range=range_,
        message=message_of(finding, lang),
        severity=_SEVERITY[finding.severity],
        code=finding.code,
        code_description=_page(finding.code),
        source=SOURCE,
        tags=[lsp.DiagnosticTag.Unnecessary] if finding.code == unused_suppression.RULE.code else None,
        related_information=related or None,
        data={"name": finding.name, "fixable": finding.fix is not None},
    )


def message_of(finding: Finding, lang: str) -> str:
    """Return the message of a finding with its hint; in Chinese, the rule comes first, since messages are English."""
    rule = _BY_CODE.get(finding.code)
    hint = finding.hint
    message = finding.message
    if rule is not None and lang != "en" and lang in rule.what:
        message = f"{rule.what[lang]}\n{message}"
        if hint == rule.fix["en"]:
            hint = rule.fix.get(lang, hint)
    return f"{message}\n→ {hint}" if hint else message


def _page(code: str) -> lsp.CodeDescription | None:
    page = rules_folder() / f"{code}.md"
    return lsp.CodeDescription(uri_of(page)) if code in _BY_CODE and page.is_file() else None


def finding_span(view: NoteView, finding: Finding) -> tuple[int, int]:
    """Return where a finding begins and ends: a link, a key of front matter, the text of a heading, or a word."""
    text, note = view.text, view.note
    start = text.offset_at(finding.line, finding.column)
    for link in note.links:
        if (link.line, link.column) == (finding.line, finding.column) and link.end > link.start:
            return text.offset_of_byte(link.start), text.offset_of_byte(link.end)
    number = text.line_at(start)
    line_end = text.starts[number] + len(text.line(number))
    if any((h.line, h.column) == (finding.line, finding.column) for h in note.headings):
        return start, line_end
    if finding.line in note.lines.values() and (m := _KEY.match(text.text, start, line_end)):
        return start, m.end()
    return start, _end_of_word(text, start)


def _end_of_word(text: DocumentText, start: int) -> int:
    number = text.line_at(start)
    line_end = text.starts[number] + len(text.line(number))
    m = _WORD.match(text.text, start, line_end)
    return m.end() if m else line_end


def _related(view: NoteView, finding: Finding) -> Iterator[tuple[lsp.Location, str]]:
    """Yield the other places that a finding is about."""
    texts: TextReader = view.reader
    paths: list[str] = []
    for resolved in view.live.links_of(view.path):
        link, resolution = resolved.link, resolved.resolution
        if (link.line, link.column) != (finding.line, finding.column):
            continue
        if isinstance(resolution, Ambiguous):
            paths += resolution.candidates
        elif isinstance(resolution, Broken):
            paths += [resolution.path] if resolution.path is not None else resolution.near
    paths += _NOTE.findall(finding.message)
    for path in dict.fromkeys(paths):
        note = view.live.notes.get(path)
        if note is not None and path != view.path:
            yield texts.location(path, *anchor_place(note, None, texts.text(path))), path
