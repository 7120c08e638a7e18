"""What `.gitignore` excludes, compared with git itself."""

from __future__ import annotations

import random
import shutil
import subprocess
from pathlib import Path

import pytest

from kg.base.gitignore import GITIGNORE, Ignored, is_ignored, patterns_above, read_rules

PATTERNS = [
    "*.log", "!a.log", "/b", "b/", "a/", "a/**", "**/a", "a/**/b", "a/b", "/a/*", "!a/b", "*", "!*/", "!*.md", "[ab]", "[^a]",
    "[!a]", "?", "a*", "*b", r"\!x", r"\#x", "x ", "x\\ ", "#c", "/", "**", "***", "a*b*c", "a/**/b/**/c", "foo/*/bar",
    "**/a/b", "/**/b", "b/**/",
]  # fmt: skip
NAMES = ["a", "b", "c", "abc", "a.log", "x.md", "!x", "#x", "x", "x "]


def _ignored(folder: Path, patterns: Ignored) -> set[Path]:
    """The entries below a folder that a walk leaves out, with everything in them."""
    result: set[Path] = set()
    for entry in folder.iterdir():
        if patterns.holds(str(entry), entry.is_dir()):
            result |= {entry, *entry.rglob("*")}
        elif entry.is_dir() and entry.name != ".git":
            result |= _ignored(entry, patterns.below(str(entry)))
    return result


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
@pytest.mark.parametrize("seed", range(12))
def test_the_same_files_as_git(tmp_path: Path, seed: int) -> None:
    draw = random.Random(seed)
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    for _ in range(30):
        path = tmp_path.joinpath(*(draw.choice(NAMES) for _ in range(draw.randint(1, 4))))
        if not any(p.is_file() for p in (path, *path.parents)) and not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
    (tmp_path / "a").mkdir(exist_ok=True) if not (tmp_path / "a").is_file() else None
    for folder in (tmp_path, tmp_path / "a"):
        if folder.is_dir():
            (folder / GITIGNORE).write_text("\n".join(draw.sample(PATTERNS, draw.randint(1, 5))) + "\n")
    everything = sorted(p for p in tmp_path.rglob("*") if ".git" not in p.relative_to(tmp_path).parts)
    names = "\0".join(str(p.relative_to(tmp_path)) for p in everything)
    asked = subprocess.run(
        ["git", "-C", tmp_path, "check-ignore", "-z", "--no-index", "--stdin"],
        input=names.encode(),
        capture_output=True,
        check=False,
    )
    expected = {tmp_path / name for name in asked.stdout.decode().split("\0") if name}
    top = str(tmp_path)
    assert _ignored(tmp_path, patterns_above(top, top)) & set(everything) == expected


def test_a_hostile_pattern_takes_no_time() -> None:
    """With one expression a pattern, this would take years."""
    rules = read_rules(["*a" * 120 + "b", "/".join(["**"] * 60) + "/x", "**/" + "a*" * 100 + "b"])
    assert not is_ignored(rules, "/".join(["a" * 200] * 40))
