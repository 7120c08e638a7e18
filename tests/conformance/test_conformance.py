"""Every case of the suite, read by kg."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from cases import Case, all_cases, canonical
from reader import read
from score import END, PAGE, START, counted

CASES = list(all_cases())


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_case(case: Case, tmp_path: Path) -> None:
    case.write(tmp_path)
    got = read(tmp_path)
    for key, expected in case.expect.items():
        found = got[key]
        if key == "titles":
            found = {path: found.get(path) for path in expected}
        assert canonical(key, found) == canonical(key, expected), f"{case.title}: {key}"


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 200


def test_the_table_in_the_docs_counts_these_cases() -> None:
    """The columns of other tools need those tools: `tests/conformance/score.py --write`."""
    table = PAGE.read_text(encoding="utf-8").partition(START)[2].partition(END)[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.split("\n") if line.startswith("| ")]
    shown = {row[0]: (int(row[1]), int(row[2]), row[3]) for row in rows[1:-2]}
    assert shown == {dialect: (*numbers, "0 / 0") for dialect, numbers in counted(CASES).items()}
