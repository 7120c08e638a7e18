"""The hierarchy document on notes that keep kinds of relation apart, or don't, and on an overfull parent."""

from __future__ import annotations

import re

import pytest

from kg import knowledge
from kg.base.settings import load_settings
from kg.views import reports


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> str:
    root = tmp_path_factory.mktemp("kb")
    notes = {
        "vehicle": "",
        "car": "is-a: '[[vehicle]]'",
        "wheel": "part-of: '[[car]]'",
        "rim": "part-of: '[[wheel]]'\nis-a: '[[wheel]]'",
        "my-car": "instance-of: '[[car]]'",
        "van": "broader: '[[vehicle]]'",
        **{f"part-{n}": f"part-of: '[[car]]'\narea: {'inside' if n < 12 else 'outside'}" for n in range(22)},
    }
    (root / "concepts").mkdir()
    (root / "kg.toml").write_text('languages = ["en"]\n')
    for name, front in notes.items():
        head = f"---\n{front}\n---\n" if front else ""
        (root / "concepts" / f"{name}.md").write_text(f"{head}# {name.capitalize()}\n\nA {name}.\n")
    assessment = knowledge.KnowledgeBase(load_settings(root)).assessment
    assert assessment is not None
    return next(a.data for a in reports.render_reports(assessment) if a.path == "reports/hierarchy.md").decode()


def row(text: str, start: str) -> list[str]:
    line = next(line for line in text.splitlines() if line.startswith(f"| {start}"))
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_kinds_are_measured_apart(text: str) -> None:
    # relations, concepts, roots, levels, cycles
    assert row(text, "generic")[1:] == ["2", "4", "2", "2", "0"]
    assert row(text, "whole–part")[1:] == ["24", "25", "1", "3", "0"]
    assert row(text, "instance")[1:] == ["1", "2", "1", "2", "0"]
    assert row(text, "not stated")[1:] == ["1", "2", "1", "2", "0"]
    mixed = text.partition("1 pair is related in two of these ways at once")[2]
    assert row(mixed, "[Rim]")[2] == "generic (is a kind of), whole–part (is part of)"
    assert "1 of 27 state only “broader”" in text


def test_tree_marks_parts_and_instances(text: str) -> None:
    assert "- ◇ [Wheel](" in text
    assert "- • [My-car](" in text
    assert "  - [Car](" in text


def test_an_overfull_parent_is_split_by_what_divides_it_best(text: str) -> None:
    _, _, proposal = text.partition("[ ] Add a level between [Car]")
    proposal, _, _ = proposal.partition("[ ] ")
    # The command lists what is to be grouped.
    command = proposal.partition("`kg query ")[2].partition("`")[0]
    assert re.fullmatch(r"'SELECT \?concept WHERE \{ \?concept skos:broader <https?://[^ <>]+/concept/car> \}'", command)
    assert "- it has 24 children, more than 20; by area they can be grouped into:\n" in proposal
    assert "   - inside · 12: Part-0, Part-1, Part-10…\n" in proposal
    assert "   - outside · 10: " in proposal


def test_balance_names_the_largest_branch(text: str) -> None:
    found = row(text.partition("Balance between siblings")[2], "[Vehicle]")
    assert found[1:] == ["0.23", found[2], "26"]
    assert found[2].startswith("[Car](")


def test_every_proposal_has_a_command(text: str) -> None:
    items = [item.partition("\n## ")[0] for item in text.split("[ ] ")[1:]]
    assert len(items) > 1
    assert [item.splitlines()[0] for item in items if "`kg " not in item] == []
