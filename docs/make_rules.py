"""Makes ``docs/rules/`` from the rules themselves: ``python docs/make_rules.py``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from kg.checks import RULES, Rule
from kg.checks.texts import files_of, text_of

TARGET = Path(__file__).with_name("rules")
FAMILIES = {
    "KG1": "笔记与扩展 / Notes and extensions",
    "KG2": "链接 / Links",
    "KG3": "标签与概念 / Labels and concepts",
    "KG4": "层级与关系 / Hierarchy and relations",
    "KG5": "表征与证据 / Representations and evidence",
    "KG6": "范围与计划 / Scope and plan",
}
SEVERITY = {"error": "错误 / error", "warning": "警告 / warning", "info": "提示 / info"}
DEFAULT = {
    "on": "",
    "rdf": "默认只用于 RDF 文件；用于笔记须指明 / on for RDF files; for notes when it is named",
    "off": "默认关闭；须指明或用 ALL / off unless it is named or with ALL",
}
HEAD = """# 规则 / The rules of `kg check`

本文件夹由 `python docs/make_rules.py` 依据规则本身生成，请勿手工修改。用法见 [checks.md](../checks.md)。

This folder is made from the rules themselves by `python docs/make_rules.py`; don't edit it. How to use them:
[checks.md](../checks.md). The same text is printed by `kg rule CODE`.
"""


def pages() -> dict[str, str]:
    """Name of each file in the folder → its text."""
    found = {"README.md": _index()}
    for rule in RULES:
        found[f"{rule.code}.md"] = _page(rule)
    return found


def _index() -> str:
    lines = [HEAD]
    for start, title in FAMILIES.items():
        lines += [f"## {title}", "", "| | | | |", "|---|---|---|---|"]
        for rule in RULES:
            if rule.code.startswith(start):
                text = text_of(rule)
                state = {"on": "", "rdf": "RDF", "off": "–"}[rule.default]
                said = f"{text.what['zh']}<br>{text.what['en']}"
                lines.append(f"| [{rule.code}]({rule.code}.md) `{rule.name}` | {rule.severity} | {state} | {said} |")
        lines.append("")
    lines += [
        "第三列：RDF 表示默认只用于 RDF 文件，– 表示默认关闭。",
        "",
        "The third column: RDF is on for RDF files by default, – is off by default.",
        "",
    ]
    return "\n".join(lines)


def _page(rule: Rule) -> str:
    text = text_of(rule)
    facts = [SEVERITY[rule.severity], DEFAULT[rule.default]]
    if rule.habit:
        facts.append("大部分笔记都如此时只提示一次 / told once where most of the collection has it")
    if rule.source:
        facts.append(f"来源 / source: {rule.source}")
    lines = [f"# {rule.code} `{rule.name}`", "", *(f"- {fact}" for fact in facts if fact), ""]
    for lang in ("zh", "en"):
        lines += [f"{text.what[lang]}{' ' if lang == 'en' else ''}{text.why[lang]}", "", _mend(text.mend, lang), ""]
    for title, example in (("有问题 / Found", text.bad), ("改后 / Mended", text.good)):
        if example:
            lines += [f"## {title}", ""]
            default = "" if "skos:" in example and not example.startswith("=== ") else "concepts/pod.md"
            for path, said in files_of(example, default).items():
                lines += [*([f"`{path}`", ""] if path else []), *_block(path, said), ""]
    return "\n".join(lines)


def _mend(mend: Mapping[str, str], lang: str) -> str:
    return f"**改法：** {mend['zh']}。" if lang == "zh" else f"**Mend:** {mend['en']}."


def _block(path: str, text: str) -> list[str]:
    fence = "`" * max(3, *(len(m) + 1 for m in re.findall("`+", text)), 3)
    ending = path.rpartition(".")[2] if path else "ttl"
    language = {"md": "markdown", "ttl": "turtle", "rq": "sparql", "toml": "toml"}.get(ending, "")
    return [fence + language, *text.rstrip("\n").split("\n"), fence]


def main() -> None:
    """Write what differs, and remove pages of rules that are no more."""
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
