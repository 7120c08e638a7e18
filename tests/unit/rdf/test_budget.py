"""What a note costs in statements: docs/performance-history.md counts them, and whoever adds one has to say so there."""

from __future__ import annotations

from pathlib import Path

import pytest

import kg

HEAD = "---\nid: {0}\ntitle: {0}\n---\n\n"


def statements(folder: Path, notes: dict[str, str]) -> int:
    folder.mkdir()
    for name, text in notes.items():
        (folder / f"{name}.md").write_text(HEAD.format(name) + text, "utf-8")
    return len(kg.read(folder).graph)


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> int:
    return statements(tmp_path_factory.mktemp("budget") / "two", {"a": "", "b": ""})


@pytest.mark.parametrize(
    ("more", "text", "cost"),
    [
        ("another note: its concept 5, itself 4", None, 9),
        ("a definition", "## Definition\n\nA is what is.\n", 1),
        ("a tag", "A #tag here.\n", 1),
        ("a plain link, in the default graph and in that of its place", "[[b]]\n", 2),
        ("the same link in another line", "[[b]]\n\n- [[b]]\n", 3),
        (
            "a broader concept: itself twice, two of its place, four of its inverse, the rule",
            "broader:: [[b]]\n",
            9,
        ),
        (
            "a dependency: the same eight, 11 of the properties above both, two rules",
            "depends-on:: [[b]]\n",
            21,
        ),
    ],
)
def test_budget(tmp_path: Path, two: int, more: str, text: str | None, cost: int) -> None:
    notes = {"a": "", "b": "", "c": ""} if text is None else {"a": text, "b": ""}
    assert statements(tmp_path / "notes", notes) - two == cost, more
