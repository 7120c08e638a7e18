"""The examples of the rules' documentation as knowledge bases and RDF files, and what is found in them."""

from __future__ import annotations

from pathlib import Path

from kg import knowledge
from kg.base import settings
from kg.checks import Rule
from kg.checks.rule import example_files
from kg.model import Finding

PREFIXES = """\
@prefix : <https://example.org/kb/> .
@prefix kg: <https://w3id.org/kg-notes/ns#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
"""
SILENT = {"KG107", "KG108", "KG111", "KG124", "KG125", "KG127"}
"""Rules whose fault can't stand in a text: a file that can't be read, one that is too large, what is not a file,
changes against a base revision, questions, which no check asks."""
SNAPSHOT = Path(__file__).with_name("snapshot.txt")


def is_rdf(example: str) -> bool:
    return not example.startswith("=== ") and "skos:" in example


def findings(folder: Path, example: str, code: str) -> tuple[Finding, ...]:
    """What one rule finds in an example while all others run, too."""
    select = ("KG", code)
    return tuple(f for f in _findings(folder, example, select) if f.code == code)


def _findings(folder: Path, example: str, select: tuple[str, ...]) -> tuple[Finding, ...]:
    folder.mkdir(parents=True, exist_ok=True)
    if is_rdf(example):
        path = folder / "a.ttl"
        path.write_text(PREFIXES + example + "\n", encoding="utf-8")
        return knowledge.check_rdf(settings.load_settings(folder), [path], knowledge.CheckOptions(select)).findings
    for name, text in example_files(example, "concepts/pod.md").items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        # What no text can show is written as an escape.
        data = text.encode().replace(b"\\xe9", b"\xe9").replace(b"\\u200b", "\u200b".encode())
        path.write_bytes(data)
    return knowledge.check_notes(settings.load_settings(folder), knowledge.How(), knowledge.CheckOptions(select)).findings


def snapshot_of(rule: Rule, folder: Path) -> str:
    """What a rule finds in its own example, a line for each finding."""
    found = findings(folder, rule.bad, rule.code)
    lines = [f"{f.path}:{f.line}:{f.column}: {f.code} {f.name}: {f.message} [{f.severity}] {f.hint}" for f in found]
    return "\n".join(line.replace(str(folder), "…") for line in lines)


def snapshots(folder: Path) -> str:
    """All of them, as the file beside this one has them."""
    from kg.checks import RULES

    return "".join(snapshot_of(rule, folder / rule.code) + "\n" for rule in RULES if rule.code not in SILENT)


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as d:
        SNAPSHOT.write_text(snapshots(Path(d)), encoding="utf-8")
