"""The engine: two tools run side by side, equal pieces are judged once, what can't be judged is not remembered."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from kg.base.errors import KgError
from kg.base.process.sandbox import SandboxLimits
from kg.evidence.claims import Piece, judged
from kg.evidence.claims.attributes import Attributes
from kg.evidence.claims.pieces import digest_of
from kg.evidence.tools import Installed, Judgement, VerificationOptions, building, verify_pieces


class Fake:
    group = "code"
    languages = ("json",)
    cost = "nothing"

    def __init__(self, verdict: str = "passed", version: str = "1", meet: threading.Barrier | None = None) -> None:
        self.verdict, self.number, self.meet = verdict, version, meet
        self.asked: list[str] = []

    def locate(self) -> str | None:
        return ""

    def version(self, path: str) -> Installed | None:
        return Installed(path, "fake", self.number)

    def judge(self, piece: Piece, installed: Installed, limits: SandboxLimits) -> Judgement:
        self.asked.append(piece.text)
        if self.meet is not None:
            self.meet.wait(timeout=120)
        return Judgement(self.verdict)


def _piece(key: str, text: str, attributes: Attributes | None = None) -> Piece:
    piece = Piece(key, "a.md", 1, 1, "", "json", text, attributes or Attributes())
    object.__setattr__(piece, "digest", digest_of(piece))
    return piece


LIMITS = SandboxLimits(seconds=5)


def test_two_run_side_by_side() -> None:
    # Each waits for the other one: alone, neither comes to an end.
    found = verify_pieces(
        [_piece("a#1", "1"), _piece("a#2", "2")],
        (),
        (Fake(meet=threading.Barrier(2)),),
        VerificationOptions(limits=LIMITS, jobs=2),
    )
    assert [r.verdict for r in found.records] == ["passed", "passed"]


def test_equal_pieces_are_judged_once_and_another_version_judges_again() -> None:
    pieces = [_piece("a#1", "1"), _piece("a#2", "1"), _piece("a#3", "3")]
    tool = Fake()
    first = verify_pieces(pieces, (), (tool,), VerificationOptions(limits=LIMITS))
    assert sorted(tool.asked) == ["1", "3"]
    assert first.ran == ("a#1", "a#2", "a#3")
    again = verify_pieces(pieces, first.records, (tool,), VerificationOptions(limits=LIMITS))
    assert (again.ran, again.records) == ((), first.records)
    newer = verify_pieces(pieces, first.records, (Fake(version="2"),), VerificationOptions(limits=LIMITS))
    assert newer.ran == first.ran
    # A note that was renamed keeps its verdicts, and a verdict that nothing needs any more goes.
    renamed = verify_pieces([_piece("b#1", "1")], first.records, (tool,), VerificationOptions(limits=LIMITS))
    assert (renamed.ran, [r.key for r in renamed.records]) == ((), ["b#1"])


def test_what_could_not_be_judged_is_asked_again() -> None:
    piece = _piece("a#1", "1")
    first = verify_pieces([piece], (), (Fake("unverified"),), VerificationOptions(limits=LIMITS))
    assert [e.verdict for e in judged([piece], first.records)] == ["unverified"]
    assert verify_pieces([piece], first.records, (Fake(),), VerificationOptions(limits=LIMITS)).ran == ("a#1",)


def test_what_is_not_to_be_checked_is_not() -> None:
    piece = _piece("a#1", "1", Attributes(check=False, reason="a fragment"))
    tool = Fake()
    found = verify_pieces([piece], (), (tool,), VerificationOptions(limits=LIMITS))
    assert (found.records, tool.asked) == ((), [])
    (item,) = judged([piece], ())
    assert (item.verdict, item.skipped, item.why) == ("unverified", True, "a fragment")


def test_building_nusmv_says_what_is_missing_and_takes_no_other_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KG_TOOLS", str(tmp_path / "tools"))
    other = tmp_path / "pynusmv-1.0rc8.tar.gz"
    other.write_bytes(b"something else")
    monkeypatch.setattr(building, "_NEEDED", ("sh",))
    with pytest.raises(KgError, match="is not the file that it should be"):
        building.build_nusmv(lambda _text: None, sdist=other)
    monkeypatch.setattr(building, "_NEEDED", ("sh", "no-such-compiler"))
    with pytest.raises(KgError, match="no-such-compiler must be installed"):
        building.build_nusmv(lambda _text: None, sdist=other)
    assert not (tmp_path / "tools").exists()
