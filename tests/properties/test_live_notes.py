"""What an editor shows while typing is what `kg check` says after saving: findings, links, names."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from kg.base import files
from kg.base.settings import load_settings
from kg.knowledge import How, KnowledgeBase, check_notes
from kg.knowledge.live import LIVE, LiveNotes, scope_of
from kg.model import Finding

PIECES = (
    "# A\n", "# B / 乙\n", "\n", "[[b]] ", "[[no such]] ", "[[B]] ", "[x](../a.md#part) ", "[x](sub/c.md) ",
    "## Part\n\n", "[[#Part]] ", "[[a#nowhere]] ", "<!-- kg: ignore KG201 why -->\n", "<!-- kg: ignore KG999 -->\n",
    "```\nopen\n", "%% hidden ", "uses:: [[b]]\n", "use:: [[b]]\n", "![[pic.png]] ", "[[FAILURE_detector]] ",
    "Text 😀 容器. ", "[[sub]] ",
)  # fmt: skip
FRONTS = (
    "", "---\ntitle: T\naliases: [tee]\n---\n", "---\ndepends-on: '[[b]]'\nuse: '[[a]]'\n---\n", "---\nbroken: [\n---\n",
    "---\nid: a\n",
)  # fmt: skip
NAMES = ("a.md", "b.md", "sub/c.md", "failure-detector.md")


def text(draw: random.Random) -> str:
    return draw.choice(FRONTS) + "".join(draw.choice(PIECES) for _ in range(draw.randrange(12)))


def checked(root: Path) -> list[Finding]:
    """The findings of a check of everything, by rules that an editor runs while typing."""
    settings = load_settings(root)
    result = check_notes(settings, How())
    return [
        f for f in result.findings if scope_of(f) in LIVE and f.path in result.corpus.notes and f.code not in result.collapsed
    ]


@pytest.mark.parametrize("seed", range(12))
def test_findings_while_typing_are_those_after_saving(tmp_path: Path, seed: int) -> None:
    draw = random.Random(seed)
    for name in NAMES:
        (tmp_path / "concepts" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "concepts" / name).write_text(text(draw))
    live = LiveNotes(KnowledgeBase(load_settings(tmp_path)))
    assert [f for name in sorted(NAMES) for f in live.findings(name)] == checked(tmp_path)
    # Texts that are typed, and then saved. Names of notes stay, since links of other notes are checked after the save.
    name = draw.choice(NAMES)
    body = text(draw).removeprefix("---\nid: a\n")
    typed = f"---\ntitle: Same {name}\n---\n" + body if not body.startswith("---") else body
    (tmp_path / "concepts" / name).write_text(f"---\ntitle: Same {name}\n---\n")
    live = LiveNotes(KnowledgeBase(load_settings(tmp_path)))
    for end in range(0, len(typed) + 1, 7):
        live.change(name, typed[:end].encode())
        live.findings(name)
    live.change(name, typed.encode())
    shown = live.findings(name)
    (tmp_path / "concepts" / name).write_text(typed)
    assert list(shown) == [f for f in checked(tmp_path) if f.path == name]
    live.discard(name)
    assert live.findings(name) == shown


def test_an_unsaved_text_replaces_only_its_own_file_and_only_in_its_block(tmp_path: Path) -> None:
    file, other = tmp_path / "a.md", tmp_path / "b.md"
    file.write_text("saved")
    other.write_text("other")
    with files.unsaved({str(file): b"typed"}):
        assert files.read(file) == b"typed"
        assert files.read(str(file)) == b"typed"
        assert files.read(other) == b"other"
        assert files.read(file, named=True) == b"saved"
        with pytest.raises(files.Refused):
            files.read(file, 3)
        assert files.read(file, 3, cut=True) == b"type"
    assert files.read(file) == b"saved"
