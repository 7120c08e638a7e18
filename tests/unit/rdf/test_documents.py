"""Documents that are sorted with the help of the disk have the bytes of those that are sorted in memory."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.graph import Documents
from kg.graph.spool import SortedLines, Spool

BASE = "https://example.org/kb/"
NAMES = st.sampled_from(["<urn:a>", "<urn:aa>", "<urn:b>", f"<{BASE}concept/c>", f"<{BASE}concept/c-d>", "_:b1", "_:b2"])
OBJECTS = NAMES | st.sampled_from(['"x"', '"x <y> ."@en', '"5"^^<urn:int>', '"a . <urn:a> b"', '"\\n\\""'])
GRAPHS = st.sampled_from(["", "", "<urn:g> ", "<urn:g#L1> ", "<urn:g#L10> ", f"<{BASE}suggested/x> "])
LINES = st.builds(lambda s, p, o, g: f"{s} <urn:{p}> {o} {g}.\n".encode(), NAMES, st.sampled_from("pqr"), OBJECTS, GRAPHS)


@settings(deadline=None)
@given(st.lists(st.lists(LINES, min_size=1).map(b"".join)), st.integers(0, 400))
def test_spilling_changes_nothing(tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes], most: int) -> None:
    whole = Documents([b"".join(pieces)], BASE)
    parts = Documents(pieces, BASE, tmp_path_factory.getbasetemp(), most=most)
    assert b"".join(parts.turtle()) == b"".join(whole.turtle())
    assert b"".join(parts.named()) == b"".join(whole.named())


@settings(deadline=None)
@given(st.lists(st.lists(st.binary(min_size=1, max_size=3).filter(lambda line: b"\n" not in line))))
def test_sorted_lines(tmp_path_factory: pytest.TempPathFactory, runs: list[list[bytes]]) -> None:
    lines = SortedLines(tmp_path_factory.getbasetemp())
    for run in runs:
        lines.put(list(run))
    assert [line for block in lines.blocks() for line in block] == sorted({line for run in runs for line in run})


def test_long_runs_are_merged_in_blocks(tmp_path: Path) -> None:
    lines = SortedLines(tmp_path)
    for run in range(5):
        lines.put([b"%07d" % i for i in range(run, 200_000, run + 1)])
    blocks = list(lines.blocks())
    assert len(blocks) > 2
    assert [line for block in blocks for line in block] == [b"%07d" % i for i in range(200_000)]


def test_pieces_are_whole_lines(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    text = b"".join(b"x" * (i % 40) + b"\n" for i in range(500))
    for i in range(0, len(text), 7):
        spool.write(text[i : i + 7])
    pieces = list(spool.pieces(30))
    assert b"".join(pieces) == text
    assert all(piece.endswith(b"\n") for piece in pieces)
    assert list(tmp_path.iterdir()) == [], "the file has no name"
