"""Findings in formats of other programs: SARIF for code scanning, GitHub annotations, JUnit for test reports."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final
from urllib.parse import quote
from xml.etree import ElementTree as ET

from kg.base.about import VERSION
from kg.base.names import printable
from kg.model import Artifact, Finding
from kg.views.export.measured import json_file

if TYPE_CHECKING:
    from kg.checks import Rule

Locate = Callable[[str], str]
"""Path of a finding → the path to print, with ``/`` as separator."""

_LEVELS: Final = {"error": "error", "warning": "warning", "info": "note"}
_COMMANDS: Final = {"error": "error", "warning": "warning", "info": "notice"}
_ROOT: Final = "SRCROOT"
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render_sarif(findings: Sequence[Finding], rules: Sequence[Rule], locate: Locate) -> Artifact:
    """`findings.sarif`: SARIF 2.1.0 (OASIS), with documentation of the rules that have findings.

    Columns count characters. `partialFingerprints` don't depend on edits elsewhere in the note, so that a result keeps its
    identity.
    """
    # start time: exports of a graph import no rules
    from kg.checks import fingerprints

    codes = {f.code for f in findings}
    used = [r for r in rules if r.code in codes]
    index = {r.code: i for i, r in enumerate(used)}
    results = [
        {
            "ruleId": f.code,
            "ruleIndex": index[f.code],
            "level": _LEVELS[f.severity],
            "message": {"text": printable(f"{f.message}. {f.hint[:1].upper()}{f.hint[1:]}." if f.hint else f.message)},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": _artifact(locate(f.path)),
                        "region": {"startLine": f.line, "startColumn": f.column},
                    }
                }
            ],
            "partialFingerprints": {fingerprints.VERSION: mark},
        }
        for f, mark in zip(findings, fingerprints.fingerprint_findings(findings), strict=True)
    ]
    driver = {"name": "kg", "semanticVersion": VERSION, "rules": [_rule(r) for r in used]}
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    log = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}
    return Artifact("findings.sarif", json_file(log))


def _artifact(path: str) -> dict[str, str]:
    """A location; relative paths are relative to a root that the reader knows."""
    uri = quote(path.encode("utf-8", "surrogateescape"), safe="/-._~")
    return {"uri": "file://" + uri} if path.startswith("/") else {"uri": uri, "uriBaseId": _ROOT}


def _rule(rule: Rule) -> dict[str, object]:
    summary, why, fix = (texts.get("en", "") for texts in (rule.what, rule.why, rule.fix))
    descriptor: dict[str, object] = {
        "id": rule.code,
        "name": "".join(part.capitalize() for part in rule.name.split("-")),
        "shortDescription": {"text": summary or rule.name},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {"tags": [rule.name, *(["habit"] if rule.habit else [])]},
    }
    if why:
        descriptor["fullDescription"] = {"text": f"{summary} {why}"}
    if fix:
        descriptor["help"] = {"text": f"{fix[:1].upper()}{fix[1:]}.", "markdown": _markdown(why, fix, rule.bad)}
    return descriptor


def _markdown(why: str, fix: str, bad: str) -> str:
    fence = "`" * max(3, *(len(m) + 1 for m in re.findall("`+", bad)), 3)
    example = f"\n\n{fence}\n{bad}\n{fence}" if bad else ""
    return f"{why}\n\n**Fix:** {fix}.{example}"


def render_github(findings: Sequence[Finding], locate: Locate) -> Iterator[str]:
    """Yield workflow commands that GitHub Actions shows as annotations at the lines of a change."""
    for f in findings:
        where = f"file={_property(locate(f.path))},line={f.line},col={f.column},title={_property(f'{f.code} {f.name}')}"
        text = f"{f.message}\n{f.hint}" if f.hint else f.message
        yield f"::{_COMMANDS[f.severity]} {where}::{_data(text)}"


def _data(text: str) -> str:
    text = "\n".join(printable(line) for line in text.split("\n"))
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text.replace("\n", " ")).replace(":", "%3A").replace(",", "%2C")


def render_junit(findings: Sequence[Finding], rules: Sequence[Rule], fails: Callable[[Finding], bool], locate: Locate) -> bytes:
    """Return a JUnit report: a suite for each rule, a failed case for each finding that fails, a skipped case for others.

    A rule without findings is a passed case.
    """
    by_code: dict[str, list[Finding]] = defaultdict(list)
    for f in findings:
        by_code[f.code].append(f)
    root = ET.Element("testsuites", name="kg check")
    totals = [0, 0, 0]
    for rule in rules:
        own = by_code[rule.code]
        failed = sum(1 for f in own if fails(f))
        counts = [max(1, len(own)), failed, len(own) - failed]
        totals = [a + b for a, b in zip(totals, counts, strict=True)]
        suite = ET.SubElement(root, "testsuite", {"name": f"{rule.code} {rule.name}", **_counts(counts)})
        if not own:
            ET.SubElement(suite, "testcase", classname=rule.code, name=rule.name, time="0")
        for f in own:
            place = _xml(f"{locate(f.path)}:{f.line}:{f.column}")
            case = ET.SubElement(
                suite,
                "testcase",
                classname=_xml(locate(f.path)),
                name=place,
                file=_xml(locate(f.path)),
                line=str(f.line),
                time="0",
            )
            text = _xml(f"{place}: {f.code} {f.name}: {f.message}\n{f.hint}".strip())
            kind = ET.SubElement(case, "failure" if fails(f) else "skipped", message=_xml(f.message))
            if fails(f):
                kind.set("type", f.severity)
            kind.text = text
    for key, value in _counts(totals).items():
        root.set(key, value)
    ET.indent(root)
    body: bytes = ET.tostring(root, encoding="utf-8")
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + body + b"\n"


def _counts(counts: Sequence[int]) -> Mapping[str, str]:
    return {"tests": str(counts[0]), "failures": str(counts[1]), "errors": "0", "skipped": str(counts[2])}


def _xml(text: str) -> str:
    """Text without characters that XML doesn't allow."""
    return _NOT_XML.sub("\ufffd", text)
