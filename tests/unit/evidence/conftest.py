"""What tests of evidence share: a judge for one block, and tools that are skipped, or required, where they are missing."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from kg import knowledge
from kg.base import settings
from kg.base.process.sandbox import SandboxLimits
from kg.evidence import claims
from kg.evidence.tools import TOOLS, Judgement, Tool

Write = Callable[[Mapping[str, str | bytes]], Path]


def tool_for(language: str) -> Tool:
    tool = next(t for t in TOOLS if language in t.languages)
    if tool.locate() is None:
        if os.environ.get("KG_REQUIRE_TOOLS") == "1":
            pytest.fail(f"the tool for {language} is missing and KG_REQUIRE_TOOLS=1: {tool.cost}")
        pytest.skip(f"the tool for {language} is missing: {tool.cost}")
    return tool


@pytest.fixture
def judge(base: Write) -> Callable[..., Judgement]:
    """Judge the last piece of a note that holds the given blocks, or the last one in a language."""

    def run(note: str, checks: str = "", language: str = "", **limits: float) -> Judgement:
        folder = base({"concepts/a.md": (f"---\nchecks: [{checks}]\n---\n" if checks else "") + f"# A\n\n{note}\n"})
        built = knowledge.KnowledgeBase(settings.load_settings(folder))
        piece = [p for p in claims.gather_pieces(built.corpus, built.files) if language in ("", p.language)][-1]
        assert not piece.fault, piece.fault
        tool = tool_for(piece.language)
        path = tool.locate()
        installed = tool.version(path) if path is not None else None
        assert installed is not None
        return tool.judge(piece, installed, SandboxLimits(**{"seconds": 60, **limits}))  # type: ignore[arg-type]

    return run
