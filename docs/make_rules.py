"""Writes ``docs/rules/`` from the rules: ``python docs/make_rules.py``."""

from __future__ import annotations

import re
from pathlib import Path

from kg.checks import RULES, Rule
from kg.checks.rule import example_files

TARGET = Path(__file__).with_name("rules")
FAMILIES = {
    "KG1": "笔记与扩展 / Notes and extensions",
    "KG2": "链接 / Links",
    "KG3": "标签与概念 / Labels and concepts",
    "KG4": "层级与关系 / Hierarchy and relations",
    "KG5": "表征与证据 / Representations and evidence",
    "KG6": "范围与计划 / Scope and plan",
    "KG7": "OKF 知识包 / Bundles of the Open Knowledge Format",
}
SEVERITY = {"error": "错误 / error", "warning": "警告 / warning", "info": "提示 / info"}
DEFAULT = {
    "on": "",
    "rdf": "默认只用于 RDF 文件；用于笔记须指明 / on for RDF files; for notes only when named",
    "off": "默认关闭；须指明或用 ALL / off unless named or with ALL",
}
HEAD = """# 规则 / The rules of `kg check`

本文件夹由 `python docs/make_rules.py` 依据规则本身生成，请勿手工修改。用法见 [checks.md](../checks.md)。

`python docs/make_rules.py` makes this folder from the rules; don't edit it. [checks.md](../checks.md) explains how to use
them. `kg rule CODE` prints the same text.
"""


def pages() -> dict[str, str]:
    """File name → content, for all pages."""
    return {"README.md": _index(), **{f"{rule.code}.md": _page(rule) for rule in RULES}}


def _index() -> str:
    lines = [HEAD]
    for start, title in FAMILIES.items():
        lines += [f"## {title}", "", "| | | | |", "|---|---|---|---|"]
        for rule in RULES:
            if rule.code.startswith(start):
                state = {"on": "", "rdf": "RDF", "off": "–"}[rule.default]
                what = f"{rule.what['zh']}<br>{rule.what['en']}"
                lines.append(f"| [{rule.code}]({rule.code}.md) `{rule.name}` | {rule.severity} | {state} | {what} |")
        lines.append("")
    lines += [
        "第三列：RDF 表示默认只用于 RDF 文件，– 表示默认关闭。",
        "",
        "Third column: RDF means on by default for RDF files only, – means off by default.",
        "",
    ]
    return "\n".join(lines)


def _page(rule: Rule) -> str:
    facts = [SEVERITY[rule.severity], DEFAULT[rule.default]]
    if rule.habit:
        facts.append("大部分笔记都如此时只提示一次 / reported once where most of the collection has it")
    if rule.source:
        facts.append(f"来源 / source: {rule.source}")
    lines = [f"# {rule.code} `{rule.name}`", "", *(f"- {fact}" for fact in facts if fact), ""]
    for lang in ("zh", "en"):
        lines += [f"{rule.what[lang]}{' ' if lang == 'en' else ''}{rule.why[lang]}", "", _fix(rule, lang), ""]
    for title, example in (("示例 / Example", rule.bad), ("应改为 / Write instead", rule.good)):
        if example:
            lines += [f"## {title}", ""]
            default = "" if "skos:" in example and not example.startswith("=== ") else "concepts/pod.md"
            for path, text in example_files(example, default).items():
                lines += [*([f"`{path}`", ""] if path else []), *_block(path, text), ""]
    return "\n".join(lines)


def _fix(rule: Rule, lang: str) -> str:
    return f"**改法：** {rule.fix['zh']}。" if lang == "zh" else f"**Fix:** {rule.fix['en']}."


def _block(path: str, text: str) -> list[str]:
    fence = "`" * max(3, *(len(m) + 1 for m in re.findall("`+", text)), 3)
    ending = path.rpartition(".")[2] if path else "ttl"
    language = {"md": "markdown", "ttl": "turtle", "rq": "sparql", "toml": "toml"}.get(ending, "")
    return [fence + language, *text.rstrip("\n").split("\n"), fence]


def main() -> None:
    """Write the pages that differ, and remove pages of deleted rules."""
    TARGET.mkdir(exist_ok=True)
    wanted = pages()
    for path in TARGET.glob("*.md"):
        if path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        path = TARGET / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
