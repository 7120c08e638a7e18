"""A graph of Logseq as its owner sees it: findings and pages."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

Kg = Callable[..., Any]
Write = Callable[[Mapping[str, str | bytes]], Path]

GRAPH = {
    "kg.toml": "notes = '图谱'\n",
    "图谱/logseq/config.edn": "{}\n",
    "图谱/pages/共识.md": "- alias:: consensus\n- 共识是让多个[[进程]]达成一致的任务。\n"
    "  id:: 64a1b2c3-1111-4222-8333-abcdefabcdef\n\t- 细节\n",
    "图谱/pages/进程.md": "- A process is a program that takes part in a [[consensus]].\n\t- detail\n",
}


def test_the_first_block_of_a_page_defines_it(kg: Kg, base: Write) -> None:
    folder = base(GRAPH)
    ran = kg("check", "-C", folder, "--format", "json", "--select", "KG303")
    assert json.loads(ran.stdout)["findings"] == []
    assert kg("build", "--stage", "site", "-C", folder).status == 0
    pages = {path: path.read_text(encoding="utf-8") for path in (folder / "output").rglob("*.html")}
    assert not [path for path, text in pages.items() if "No definition yet" in text or "尚无定义" in text]
    assert any("共识是让多个进程达成一致的任务。" in text for text in pages.values())
