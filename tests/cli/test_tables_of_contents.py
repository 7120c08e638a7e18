"""docfx's `toc.yml` through the command line: its entries are links, and the file is an input of each check."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

NOTES = {"docfx.json": "{}", "a.md": "# A\n\nA is a term.\n", "b.md": "# B\n\nB is a term.\n"}


def _found(kg: Callable[..., Any], root: Path, *rules: str) -> list[tuple[str, int, int, str]]:
    ran = kg("check", "--select", ",".join(rules), "--format", "json", cwd=root)
    return [(f["path"], f["line"], f["column"], f["code"]) for f in json.loads(ran.stdout)["findings"]]


def test_a_changed_table_is_checked_again(kg: Callable[..., Any], base: Callable[..., Path]) -> None:
    root = base({**NOTES, "kg.toml": 'notes = ["."]\n', "toc.yml": "- href: a.md\n"})
    assert _found(kg, root, "KG201", "KG208") == [("b.md", 1, 1, "KG208")]
    base({"toc.yml": "- href: a.md\n- name: 乙\n  items: [{href: 'b.md'}, {name: 丙, href: 'c.md'}]\n"})
    assert _found(kg, root, "KG201", "KG208") == [("toc.yml", 3, 44, "KG201")]
    assert "toc.yml:3:44: KG201 broken-link: there is no file at 'c.md'" in kg("check", cwd=root).stdout
    base({"c.md": "# C\n\nC is a term.\n"})
    assert _found(kg, root, "KG201", "KG208") == []


def test_a_table_that_cannot_be_read_is_reported(kg: Callable[..., Any], base: Callable[..., Path]) -> None:
    root = base({**NOTES, "kg.toml": 'notes = ["."]\n', "toc.yml": "- href: [a.md\n", "x/toc.yml": "- href: ../c.md\n"})
    assert [(path, code) for path, _, _, code in _found(kg, root, "KG111", "KG201")] == [
        ("toc.yml", "KG111"),
        ("x/toc.yml", "KG201"),
    ]


def test_odd_tables_are_harmless(kg: Callable[..., Any], base: Callable[..., Path]) -> None:
    """Aliases that repeat a list, an alias of itself, keys that are lists, other types of values."""
    repeated = "".join(f"- &l{i}\n  items: [{', '.join([f'*l{i - 1}'] * 9)}]\n" for i in range(1, 9))
    root = base(
        {
            **NOTES,
            "kg.toml": 'notes = ["."]\n',
            "one/toc.yml": "- &a\n  href: ../a.md\n- items: [*a, *a, {items: [*a]}]\n",
            "many/toc.yml": f"- &l0\n  href: ../b.md\n{repeated}",
            "two/toc.yml": "&self\nitems: *self\n",
            "three/toc.yml": "? [x]\n: y\nhref: [a]\nitems: 3\n---\n- href: \n- 5\n- href: 7\n- href: 7.md\n",
        }
    )
    assert [(path, code) for path, _, _, code in _found(kg, root, "KG111", "KG201", "KG208")] == [
        ("b.md", "KG208"),
        ("many/toc.yml", "KG111"),  # more than a limit
        ("three/toc.yml", "KG201"),
        ("two/toc.yml", "KG111"),
    ]


def test_two_folders_of_notes_have_their_own_tables(kg: Callable[..., Any], base: Callable[..., Path], tmp_path: Path) -> None:
    """A link out of the notes is not followed."""
    (tmp_path.parent / f"{tmp_path.name}-outside.yml").write_text("- href: secret.md\n", "utf-8")
    root = base(
        {
            "docfx.json": "{}",
            "kg.toml": 'notes = ["x", "y"]\n',
            "x/a.md": "# A\n",
            "x/toc.yml": "- href: b.md\n",
            "y/b.md": "# B\n",
            "y/toc.yml": "- href: b.md\n",
        }
    )
    (root / "y/in").mkdir()
    (root / "y/in/toc.yml").symlink_to(tmp_path.parent / f"{tmp_path.name}-outside.yml")
    assert _found(kg, root, "KG201") == [("x/toc.yml", 1, 9, "KG201")]
