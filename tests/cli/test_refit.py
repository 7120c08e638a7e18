"""``kg suggest --refit``: weights fitted to one's own notes, kept only where they do better."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

Kg = Callable[..., Any]
Write = Callable[[Mapping[str, str | bytes]], Path]

WORDS = (
    "anchor basin cable delta engine flange gasket hinge inlet joint keel lever motor nozzle orifice piston quill rotor".split()
)


def _note(number: int) -> str:
    """Each note links to the two after it, and names others that it does not link to."""
    words = " ".join(WORDS[(number * k) % len(WORDS)] for k in range(1, 12))
    links = " ".join(f"It needs [[part-{(number + k) % 60}]]." for k in (1, 2))
    return f"# Part {number}\n\n{words}. {links} Compare part-{(number + 30) % 60} and Part {(number + 7) % 60}.\n"


@pytest.fixture
def folder(base: Write) -> Path:
    return base({f"concepts/part-{number}.md": _note(number) for number in range(60)})


def test_both_are_judged_on_what_they_did_not_learn_from(kg: Kg, folder: Path) -> None:
    ran = kg("suggest", "--refit", "-C", folder)
    assert ran.status == 0, ran.stderr
    rows = {tuple(line[:28].split()): [float(v) for v in line[28:].split()] for line in ran.stdout.splitlines()[2:6]}
    assert set(rows) == {
        (*variant, who) for variant in (("markup", "removed"), ("mention", "masked")) for who in ("frozen", "refitted")
    }
    means = {who: sum(values[2] for key, values in rows.items() if key[2] == who) for who in ("frozen", "refitted")}
    written = folder / "ontology/snapshot/ranker.json"
    if written.exists():
        assert means["refitted"] >= means["frozen"]
        assert "used from now on" in ran.stdout
        features = json.loads(written.read_text())["features"]
        assert sum(weight for row in features.values() for _, weight in row) == pytest.approx(1, abs=1e-3)
    else:
        assert means["refitted"] <= means["frozen"]
        assert "nothing was written" in ran.stdout


def test_links_of_ones_own_notes_are_found_again(kg: Kg, folder: Path) -> None:
    ran = kg("suggest", "--evaluate", "-C", folder)
    assert ran.status == 0, ran.stderr
    first, *tables = ran.stdout.splitlines()
    assert "links held out over seeds" in first
    assert [row.split()[:2] for row in tables if "±" not in row] == [["by", "concept"], ["by", "link"]]
    rows = [re.fullmatch(r"(.{32})(?: +(0\.\d{3}|1\.000) ±(\d\.\d\d)){3}", row) for row in tables if "±" in row]
    assert all(rows)
    assert len(rows) == 2 * 2 * len({row[1].split()[2] if row else "" for row in rows})
    # Of many suggestions the first ones are shown.
    ran = kg("suggest", "-C", folder, "--quiet")
    assert re.search(r"\n… and [\d,]+ more: name a concept", ran.stdout)
    assert (ran.stdout.count(" → "), ran.stderr) == (40, "")


def test_own_weights_are_used_and_what_is_none_is_refused(kg: Kg, folder: Path) -> None:
    def scores() -> list[float]:
        ran = kg("suggest", "-C", folder, "--format", "jsonl")
        assert ran.status == 0, ran.stderr
        return [json.loads(line)["score"] for line in ran.stdout.splitlines()]

    frozen = scores()
    path = folder / "ontology/snapshot/ranker.json"
    path.parent.mkdir(parents=True)
    path.write_text('{"features": {"terms": [[0.1, 1.0]]}}')
    assert scores() != frozen
    for wrong in (
        "[]",
        "{",
        '{"features": {"nonsense": []}}',
        '{"features": {"terms": [[0, 1]]}}',
        '{"features": {"terms": [[1, -1]]}}',
    ):
        path.write_text(wrong)
        ran = kg("suggest", "-C", folder)
        assert ran.status == 2
        assert "ranker.json" in ran.stderr
        assert "--refit" in ran.stderr
    path.unlink()
    assert scores() == frozen


def test_too_few_links_give_no_verdict(kg: Kg, base: Write) -> None:
    ran = kg("suggest", "--refit", "-C", base({"concepts/a.md": "# A\n\n[[b]]\n", "concepts/b.md": "# B\n"}))
    assert (ran.status, ran.stdout) == (1, "")
    assert "fewer than 50" in ran.stderr
