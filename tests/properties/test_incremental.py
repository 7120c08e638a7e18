"""An incremental build equals a clean one, byte for byte, whatever was edited, renamed or deleted in between."""

from __future__ import annotations

import os
import random
import shutil
import time
from pathlib import Path

import hypothesis
import pytest
import yaml
from hypothesis import strategies as st

from kg import knowledge
from kg.app.bench.generate import notes
from kg.base import settings
from kg.base.progress import follow_run
from kg.corpus.site import read_site
from kg.knowledge import How
from kg.knowledge.inputs import list_files
from kg.notes.dialect import DialectMap
from kg.notes.reading import read_files
from kg.notes.reading.cache import NoteCache, decode_notes, encode_notes


def _outputs(folder: Path) -> dict[str, bytes]:
    files = sorted(p for p in folder.rglob("*") if p.is_file() and "store" not in p.parts)
    return {str(p.relative_to(folder)): p.read_bytes() for p in files}


def _write(folder: Path, name: str, data: bytes) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def _edit(folder: Path, draw: random.Random) -> str:
    """Change one thing among the notes, as people do."""
    paths = sorted(folder.rglob("*.md"))
    path = draw.choice(paths)
    kind = draw.choice(["append", "delete", "rename", "new", "retitle", "same", "break"])
    if kind == "append":
        path.write_text(path.read_text() + f"\nAnd [[{draw.choice(paths).stem}]] uses:: [[{draw.choice(paths).stem}]].\n")
    elif kind == "delete" and len(paths) > 5:
        path.unlink()
    elif kind == "rename":
        path.rename(path.with_name(f"renamed {draw.randrange(1000)}.md"))
    elif kind == "new":
        _write(folder, f"new/n{draw.randrange(1000)}.md", f"# New\n\n[[{path.stem}]]\n".encode())
    elif kind == "retitle":
        path.write_text(path.read_text().replace("title: ", f"title: T{draw.randrange(99)} ", 1))
    elif kind == "same":
        path.write_bytes(path.read_bytes())
    else:
        path.write_bytes(b"---\ntitle: [\n---\n\xff [[nothing]]\n")
    return f"{kind} {path.name}"


@pytest.mark.parametrize("seed", range(4))
def test_incremental_equals_clean(tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    base = tmp_path / "base"
    for name, data in notes(40, seed):
        _write(base / "concepts", name, data)
    draw = random.Random(seed)
    given = settings.load_settings(base)
    done = []
    for step in range(6):
        knowledge.build_base(given, stage="metrics", how=How(jobs=1, cache=given.cache))
        clean = tmp_path / f"clean{step}"
        shutil.copytree(base / "concepts", clean / "concepts")
        fresh = settings.load_settings(clean)
        knowledge.build_base(fresh, stage="metrics", how=How(jobs=1), full=True)
        assert _outputs(base / "output") == _outputs(clean / "output"), done
        done += [_edit(base / "concepts", draw) for _ in range(draw.randrange(1, 4))]


def test_number_of_processes_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kg.notes.reading._WORTH_A_PROCESS", 10)
    monkeypatch.setattr("kg.notes.reading._CHUNK", 7)
    for name, data in notes(60):
        _write(tmp_path / "concepts", name, data)
    given = settings.load_settings(tmp_path)
    one = knowledge.KnowledgeBase(given, How(jobs=1))
    three = knowledge.KnowledgeBase(given, How(jobs=3))
    assert one.corpus == three.corpus
    assert one.graph_findings == three.graph_findings
    assert one.graph.trig() == three.graph.trig()


def test_nothing_is_done_when_nothing_changed(tmp_path: Path) -> None:
    for name, data in notes(10):
        _write(tmp_path / "concepts", name, data)
    given = settings.load_settings(tmp_path)
    first = knowledge.build_base(given, stage="graph")
    before = {p: p.stat().st_mtime_ns for p in (tmp_path / "output").rglob("*")}
    second = knowledge.build_base(given, stage="graph")
    assert (first.changed, second.changed) == (True, False)
    assert first.summary == second.summary
    assert {p: p.stat().st_mtime_ns for p in (tmp_path / "output").rglob("*")} == before


@pytest.mark.parametrize("what", ["note", "new", "gone", "settings", "vocabulary", "output", "stage"])
def test_every_kind_of_change_is_seen(tmp_path: Path, what: str) -> None:
    for name, data in notes(10):
        _write(tmp_path / "concepts", name, data)
    given = settings.load_settings(tmp_path)
    knowledge.build_base(given, stage="graph")
    some = min((tmp_path / "concepts").rglob("*.md"))
    stage = "graph"
    if what == "note":
        some.write_bytes(some.read_bytes() + b"x")
    elif what == "new":
        _write(tmp_path / "concepts", "n.md", b"")
    elif what == "gone":
        some.unlink()
    elif what == "settings":
        _write(tmp_path, "kg.toml", b"title = 'T'")
    elif what == "vocabulary":
        _write(tmp_path, "ontology/kg.ttl", b"<urn:a:b> a <urn:c:d> .")
    elif what == "output":
        (tmp_path / "output/graph/kg.ttl").write_text("somebody's edit")
    else:
        stage = "metrics"
    assert knowledge.build_base(settings.load_settings(tmp_path), stage=stage).changed


def _files(folder: Path) -> list[object]:
    return list(list_files(settings.load_settings(folder)).notes)


def test_damaged_caches_are_read_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Any byte of a cache may change or be cut off: the notes are the same, and so is the next cache."""
    # Its own folder of caches: a cache whose name of its base is damaged is removed by the next test that makes one.
    monkeypatch.setenv("KG_CACHE", str(tmp_path / "caches"))
    for name, data in notes(30):
        _write(tmp_path / "concepts", name, data)
    given = settings.load_settings(tmp_path)
    clean = knowledge.KnowledgeBase(given).corpus
    draw = random.Random(1)
    for _ in range(40):
        assert knowledge.KnowledgeBase(given, How(jobs=1, cache=given.cache)).corpus == clean
        victim = draw.choice(sorted(p for p in given.cache.rglob("*") if p.is_file() and p.stat().st_size))
        data = bytearray(victim.read_bytes())
        if draw.random() < 0.3:
            data = data[: draw.randrange(len(data) + 1)]
        else:
            data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
        victim.write_bytes(data)


def test_a_note_rewritten_within_the_clock_s_grain_is_seen(tmp_path: Path) -> None:
    """Same size, same time of change: the digest tells, since such a file is not believed by its looks."""
    path = tmp_path / "concepts/a.md"
    _write(tmp_path, "concepts/a.md", b"# One\n")
    given = settings.load_settings(tmp_path)
    knowledge.KnowledgeBase(given, How(cache=given.cache))
    stat = path.stat()
    path.write_bytes(b"# Two\n")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    corpus = knowledge.KnowledgeBase(given, How(cache=given.cache)).corpus
    assert [h.text for h in corpus.notes["a.md"].headings] == ["Two"]


def test_old_files_are_known_by_their_looks_alone(tmp_path: Path) -> None:
    path = tmp_path / "concepts/a.md"
    _write(tmp_path, "concepts/a.md", b"# One\n")
    old = time.time() - 100
    os.utime(path, (old, old))
    given = settings.load_settings(tmp_path)
    found = knowledge.KnowledgeBase(given, How(cache=given.cache)).corpus.notes["a.md"]
    (key,) = (given.cache / "notes").iterdir()
    cache = NoteCache(given.cache, key.name)
    (file,) = _files(tmp_path)
    assert cache.find(file) == found


def test_a_killed_build_goes_on_from_what_was_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kg.notes.reading._CHUNK", 5)
    for name, data in notes(20):
        _write(tmp_path / "concepts", name, data)
    given = settings.load_settings(tmp_path)
    files = list_files(given).notes
    dialect = DialectMap(read_site(()).dialect)

    class Killed(BaseException):
        pass

    def kill(_step: str, done: int, _total: int) -> None:
        if done >= 10:
            raise Killed

    with pytest.raises(Killed), follow_run(kill):
        read_files(files, dialect, given.cache, 1)
    parsed: list[str] = []
    from kg.notes.reading import worker

    real = worker.parse_note
    monkeypatch.setattr(worker, "parse_note", lambda name, *rest: parsed.append(name) or real(name, *rest))
    found, _ = read_files(files, dialect, given.cache, 1)
    assert len(found) == 20
    assert len(parsed) == 10


def test_notes_survive_encoding() -> None:
    from kg.notes import parse_note

    all_notes = [parse_note(name, data) for name, data in notes(30)]
    assert decode_notes(encode_notes(all_notes)) == all_notes


@pytest.mark.parametrize(
    "text",
    [
        "id: 12345678901234567890123", "x: -99999999999999999999", "x: !!set {b, a}", "x: !!binary aGk=", "x: !!omap [a: 1]",
        "x: !!timestamp 2020-01-01", "x: {1: 2, null: 3, true: 4}", "x: 0x" + "f" * 5000, "x: " + "[" * 300 + "]" * 300,
        'x: "\\ud800"', "x: 1e400",
    ],
    ids=lambda t: t[:24],
)  # fmt: skip
def test_any_front_matter_survives_the_cache(tmp_path: Path, text: str) -> None:
    _write(tmp_path, "concepts/a.md", f"---\n{text}\n---\n# A\n".encode())
    given = settings.load_settings(tmp_path)
    fresh = knowledge.KnowledgeBase(given, How(jobs=1, cache=given.cache)).corpus
    assert knowledge.KnowledgeBase(given, How(jobs=1, cache=given.cache)).corpus == fresh
    from kg.notes import parse_note

    assert fresh.notes["a.md"] == parse_note("a.md", (tmp_path / "concepts/a.md").read_bytes())


_SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20) | st.dates()
_VALUES = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)


@hypothesis.given(st.dictionaries(st.text(min_size=1, max_size=8), _VALUES, max_size=5))
def test_notes_with_any_values_survive_encoding(values: dict[str, object]) -> None:
    from kg.notes import parse_note

    note = parse_note("a.md", b"---\n" + yaml.safe_dump(values, allow_unicode=True).encode("utf-8", "replace") + b"---\n# A\n")
    assert decode_notes(encode_notes([note])) == [note]
