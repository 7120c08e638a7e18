"""What is counted in several places is one number: links without a type, and concepts."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

Kg = Callable[..., Any]
Write = Callable[[Mapping[str, str | bytes]], Path]

NOTES = {
    "kg.toml": 'languages = ["en"]\n',
    "concepts/raft.md": "---\nuses: '[[quorum]]'\n---\n# Raft\n\nSee [[log]], [[log]] again, and [[quorum]].\n",
    "concepts/log.md": "# Log\n\nBack to [[raft]] and [[quorum|a quorum]].\n",
    "concepts/quorum.md": "# Quorum\n",
    "concepts/task.md": "---\nid: task-1\ntype: task\ntask: 1\n---\n# Write it down\n",
}


def test_links_without_a_type_and_concepts(kg: Kg, base: Write) -> None:
    folder = base(NOTES)
    ran = kg("build", "-C", folder)
    assert ran.status == 0, ran.stderr
    out = folder / "output"
    summary = json.loads((out / "build.json").read_text())["summary"]
    assert (summary["untyped"], summary["concepts"]) == (4, 3)
    assert "4 of them untyped between concepts" in ran.stderr
    page = (out / "index.html").read_text()
    for label, number in (("Untyped links", 4), ("Concepts", 3)):
        assert re.search(rf"{label}</dt><dd>{number}<", page), label
    report = (out / "reports/association.md").read_text()
    assert "4 links without a type" in report
    assert "**Give 3 links a type.** Of 4 links without a type" in report
