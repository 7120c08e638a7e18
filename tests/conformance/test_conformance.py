"""Every case of the suite, read by kg."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from cases import Case, all_cases, canonical
from reader import read

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
