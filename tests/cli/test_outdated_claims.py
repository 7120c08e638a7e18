"""A note that says when its claims were checked: a check and a build a year later report it, also with what is remembered."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

Kg = Callable[..., Any]
NOTE = "---\nas-of: {}\n---\n# Pod\n\nThe newest version of Kubernetes is 1.36. It runs on a [[node]].\n"
JANUARY_2026, MARCH_2027 = {"SOURCE_DATE_EPOCH": "1767225600"}, {"SOURCE_DATE_EPOCH": "1803859200"}


def test_claims_get_old_without_a_change_of_the_note(kg: Kg, tmp_path: Path) -> None:
    (tmp_path / "concepts").mkdir()
    (tmp_path / "concepts/pod.md").write_text(NOTE.format("2026-01-01"))
    (tmp_path / "concepts/node.md").write_text("# Node\n\nA node runs [[pod]]s.\n")

    def built(day: dict[str, str]) -> bool:
        assert kg("build", cwd=tmp_path, env=day).status == 0
        return "KG113" in (tmp_path / "output/findings.json").read_text()

    assert not built(JANUARY_2026)
    later = kg("check", cwd=tmp_path, env=MARCH_2027).stdout
    assert "concepts/pod.md:2:1: KG113 outdated-claims: claims that depend on a version are as of 2026-01-01" in later
    assert "KG207" not in later  # the key is known, and its value is not a link
    assert built(MARCH_2027)
    assert not built(JANUARY_2026)


def test_what_is_no_date_is_reported(kg: Kg, tmp_path: Path) -> None:
    (tmp_path / "concepts").mkdir()
    (tmp_path / "concepts/pod.md").write_text(NOTE.format("last spring"))
    assert "KG113 outdated-claims: 'as-of' is not a date: 'last spring'" in kg("check", cwd=tmp_path, env=JANUARY_2026).stdout
