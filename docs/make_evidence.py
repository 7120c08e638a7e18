"""Writes the table of ``docs/evidence-collection.md``: ``kg verify --format json … | python docs/make_evidence.py``."""

from __future__ import annotations

import json
import re
import sys
from collections import Counter, defaultdict
from pathlib import Path

TARGET = Path(__file__).with_name("evidence-collection.md")
HEAD = """# 一个真实笔记集的证据 / The evidence of a real collection

本页由 `kg verify --format json --notes … | python docs/make_evidence.py` 生成，对象是 150 篇关于容器与微服务的笔记，
笔记未作任何改动。只列数量与位置，不抄录原文。一篇笔记中的所有公式算作一项。

`kg verify --format json --notes … | python docs/make_evidence.py` generated this page from 150 unmodified notes on containers
and microservices. It lists counts and places, but no text of the notes. All formulas of a note are one piece of evidence.
"""
ORDER = ("passed", "failed", "timed-out", "unverified", "skipped")


def _cause(item: dict[str, object]) -> str:
    """The kind of a failure's reason, without quoted content."""
    why = str(item["why"])
    if item["language"] == "math":
        return "; ".join(sorted({re.sub(r" at position.*| in math mode.*|: .*|'.*", "", p["note"]) for p in item["parts"]}))  # type: ignore[attr-defined]
    if item["language"] == "mermaid":
        return "unexpected token" if why.startswith("unexpected") else why.partition(" matching")[0]
    if "expected true" in why or "expected false" in why:
        return "verdicts of specifications differ from the expected ones"
    why = re.sub(r"reference \S+ was", "reference … was", why)
    return re.sub(r"'[^']*'|\"[^\"]*\"", "…", why)


def _table(found: list[dict[str, object]]) -> str:
    counts = Counter((str(e["language"]), "skipped" if e["skipped"] else str(e["verdict"])) for e in found)
    languages = sorted({language for language, _ in counts})
    lines = ["| language | pieces | passed | failed | can't be judged |", "|---|---:|---:|---:|---:|"]
    sums = [0, 0, 0, 0]
    for language in languages:
        row = [counts[language, v] for v in ORDER]
        cells = [sum(row), row[0], row[1] + row[2], row[3] + row[4]]
        sums = [a + b for a, b in zip(sums, cells, strict=True)]
        lines.append(f"| {language} | {' | '.join(map(str, cells))} |")
    lines.append(f"| **all** | {' | '.join(map(str, sums))} |")
    return "\n".join(lines)


def _places(found: list[dict[str, object]]) -> str:
    by_cause: dict[tuple[str, str], list[str]] = defaultdict(list)
    for e in found:
        if e["verdict"] in ("failed", "timed-out"):
            by_cause[str(e["language"]), _cause(e)].append(f"{e['path']}:{e['at'] or e['line']}")
    lines = []
    for (language, cause), places in sorted(by_cause.items(), key=lambda x: (x[0][0], -len(x[1]), x[0][1])):
        lines += [f"### {language}: {cause} ({len(places)})", "", *(f"- `{place}`" for place in places), ""]
    return "\n".join(lines)


def main() -> None:
    """Read verdicts from stdin and write the page."""
    found = json.load(sys.stdin)
    formulas = sum(len(e["parts"]) for e in found if e["language"] == "math")
    tools = sorted({f"{e['tool']} {e['version']}".strip() for e in found if e["tool"]})
    text = f"{HEAD}\n{_table(found)}\n\n失败的公式 / failed formulas: {formulas}. 工具 / tools: {', '.join(tools)}.\n"
    unknown = Counter(str(e["language"]) for e in found if e["verdict"] == "unverified")
    said = ", ".join(f"{name} ({n})" for name, n in sorted(unknown.items()))
    text += f"\n没有工具的语言 / languages without a tool: {said}.\n\n## 位置 / Places\n\n{_places(found)}"
    TARGET.write_text(text.rstrip("\n") + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
