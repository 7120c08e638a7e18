"""Small bundles for tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pyoxigraph as ox

from kg import knowledge
from kg.base.names import PREFIXES
from kg.base.settings import load_settings
from kg.checks.profiles import PROFILES, BundleVerdict, judge_bundle
from kg.knowledge import CheckOptions, CheckResult, How, KnowledgeBase


def write(folder: Path, files: Mapping[str, str | bytes], *, declared: bool = True) -> Path:
    """Write a bundle into `concepts/` of a folder; `declared`: kg.toml says that it is one."""
    for name, text in files.items():
        path = folder / "concepts" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
    if declared:
        (folder / "kg.toml").write_text('[reading]\ndialect = "okf"\n', encoding="utf-8")
    return folder


def concept(front: str = "type: Metric", body: str = "") -> str:
    return f"---\n{front.strip()}\n---\n\n{body}"


def base_of(folder: Path) -> KnowledgeBase:
    return KnowledgeBase(load_settings(folder))


def check(folder: Path, select: Sequence[str] = PROFILES["okf"]) -> CheckResult:
    return knowledge.check_notes(load_settings(folder), How(), CheckOptions(select))


def verdict(folder: Path) -> BundleVerdict:
    result = check(folder)
    return judge_bundle(result.corpus, result.findings)


def codes(folder: Path) -> list[str]:
    return [finding.code for finding in check(folder).findings]


def places(folder: Path) -> list[str]:
    return [f"{f.code} {f.path}:{f.line}:{f.column}" for f in check(folder).findings]


def ask(base: KnowledgeBase, query: str) -> list[tuple[str, ...]]:
    """The rows of a query, as text, sorted."""
    heads = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())
    solutions = base.graph.store.query(heads + query)
    assert isinstance(solutions, ox.QuerySolutions)
    return sorted(tuple(getattr(term, "value", "") for term in row) for row in solutions)
