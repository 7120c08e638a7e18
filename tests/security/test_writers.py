"""Who writes notes and records: nothing that was written meanwhile is lost, no file is made another one, no link leads out."""

from __future__ import annotations

import ast
import functools
import hashlib
import json
import multiprocessing
import os
import re
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

import kg as package
from kg import knowledge
from kg.app.mcp import agents
from kg.base import settings
from kg.base.errors import ChangedError, ExistsError, StoreError
from kg.base.journal import open_journal
from kg.base.notefile import create_note, overwrite_file, replace_note
from kg.checks import fixing
from kg.evidence.claims import records as verdicts
from kg.evidence.review import records as reviews
from kg.knowledge import pinning, scoping
from kg.model import Finding, Fix
from kg.plan import journal as plan

Kg = Callable[..., Any]
Write = Callable[[Mapping[str, str | bytes]], Path]

NOTES = {
    "concepts/raft.md": "# Raft\n\nRaft elects a leader. A majority of servers, a quorum, has to agree. See [[log]].\n",
    "concepts/quorum.md": "# Quorum\n\nA majority of the servers that has to agree.\n",
    "concepts/log.md": "# Log\n\nWhat servers append to; [x](quorum.md#life_cycle)\n",
}
RAFT, LOG = "concepts/raft.md", "concepts/log.md"
LINKED = NOTES[RAFT].replace("quorum", "[[quorum]]")


def _id(kg: Kg, folder: Path) -> str:
    rows = map(json.loads, kg("suggest", "--format", "jsonl", "-C", folder).stdout.splitlines())
    return next(r["id"] for r in rows if (r["source"], r["target"]) == ("raft.md", "quorum.md"))


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


# Notes.


@pytest.fixture
def folder(base: Write) -> Path:
    return base(NOTES)


@pytest.mark.parametrize("late", [False, True], ids=["while it is read", "right before it is written"])
def test_accepting_does_not_overwrite_an_edit(kg: Kg, folder: Path, monkeypatch: pytest.MonkeyPatch, late: bool) -> None:
    from kg.knowledge import accepting

    name, path = _id(kg, folder), folder / RAFT
    edited = NOTES[RAFT] + "A sentence that an author wrote meanwhile.\n"

    def after(real: Callable[..., Any]) -> Callable[..., Any]:
        def stand_in(*args: Any, **more: Any) -> Any:
            if late:
                path.write_text(edited)
                return real(*args, **more)
            found = real(*args, **more)
            path.write_text(edited)
            return found

        return stand_in

    place = "replace_note" if late else "notes_of"
    with monkeypatch.context() as patched:
        patched.setattr(accepting, place, after(getattr(accepting, place)))
        with pytest.raises(ChangedError, match=r"was changed meanwhile: nothing was written to it"):
            list(knowledge.accept_suggestions(settings.load_settings(folder), [name]))
    assert path.read_text() == edited
    ran = kg("suggest", "--accept", name, "-C", folder)
    assert (ran.status, path.read_text()) == (0, edited.replace("quorum", "[[quorum]]"))


def test_a_decision_on_a_topic_does_not_overwrite_one_that_an_author_made(base: Write) -> None:
    folder = base({**NOTES, "ontology/scope/c.md": "# C\n\n- [ ] Raft\n- [ ] Log\n"})
    mine, path = settings.load_settings(folder), folder / "ontology/scope/mapping.csv"
    for meanwhile in ("list,topic,concept,decision\nc,log,log,yes\n", "list,topic,concept,decision\nc,log,log,no\n"):
        edit = scoping.decide_topics(mine, ["c/raft=raft"], [])
        path.write_text(meanwhile)
        with pytest.raises(ChangedError):
            scoping.write_mapping(mine, edit)
        assert path.read_text() == meanwhile
    scoping.write_mapping(mine, scoping.decide_topics(mine, ["c/raft=raft"], []))
    assert path.read_text() == f"{meanwhile}c,raft,raft,yes\n"


def test_a_guide_that_an_author_changes_is_not_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "AGENTS.md").write_text("# Ours\n")
    real = agents._guide

    def guide(before: bytes) -> str:
        (tmp_path / "AGENTS.md").write_text("# Ours, more\n")
        return real(before)

    with monkeypatch.context() as patched:
        patched.setattr(agents, "_guide", guide)
        with pytest.raises(ChangedError):
            agents.write_agent_files(tmp_path)
    assert (tmp_path / "AGENTS.md").read_text() == "# Ours, more\n"
    agents.write_agent_files(tmp_path)
    assert (tmp_path / "AGENTS.md").read_text().startswith("# Ours, more\n\n<!-- kg: begin -->")


def test_a_pin_of_another_update_stays(base: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    used = {f"{n}.json": f'{{"format":"kg-inventory","version":1,"base":"https://{n}.example/","concepts":[]}}' for n in "ab"}
    text = 'base = "https://e.org/"\n' + "".join(f'[uses.{n}]\npath = "{n}.json"\n' for n in "ab")
    mine = settings.load_settings(base({**NOTES, **used, "kg.toml": text}))
    real = pinning._linked

    def linked(*args: Any) -> Any:
        monkeypatch.setattr(pinning, "_linked", real)
        pinning.update_used(mine, ["b"], locked=False, tell=print)
        return real(*args)

    monkeypatch.setattr(pinning, "_linked", linked)
    pinning.update_used(mine, ["a"], locked=False, tell=print)
    assert json.loads((mine.root / "kg.lock").read_text())["uses"].keys() == {"a", "b"}


def test_a_writer_sees_an_edit_between_its_look_and_its_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from kg.base import notefile

    path = tmp_path / "a.md"
    path.write_text("old")
    real = notefile.write_all

    def write_all(descriptor: int, data: bytes) -> None:
        path.write_text("author")
        real(descriptor, data)

    monkeypatch.setattr(notefile, "write_all", write_all)
    with pytest.raises(ChangedError):
        replace_note(path, hashlib.sha256(b"old").hexdigest(), b"new", inside=(tmp_path,))
    assert (path.read_text(), [p.name for p in tmp_path.iterdir()]) == ("author", ["a.md"])


def test_fixing_does_not_overwrite_an_edit(folder: Path) -> None:
    path = folder / LOG
    note = knowledge.KnowledgeBase(settings.load_settings(folder)).corpus.notes["log.md"]
    finding = Finding("KG202", "x", "error", "log.md", 1, 1, "", fix=Fix(2, 5, "LOG"))
    path.write_text("changed")
    args = [finding], {"log.md": note}, {"log.md": str(path)}, (folder,)
    assert fixing.apply(*args) == fixing.Fixed(0, (), ("log.md",))
    assert path.read_text() == "changed"
    path.unlink()
    assert fixing.apply(*args) == fixing.Fixed(0, (), ("log.md",))
    assert not path.exists()


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664, 0o755])
def test_accept_and_fix_keep_mode_owner_and_attributes(kg: Kg, folder: Path, mode: int) -> None:
    name = _id(kg, folder)
    for note in (RAFT, LOG):
        (folder / note).chmod(mode)
        if os.geteuid() == 0:
            os.chown(folder / note, 12345, 23456)
    attributes = True
    try:
        os.setxattr(folder / RAFT, "user.kg", b"mine")
    except OSError:
        attributes = False
    assert kg("suggest", "--accept", name, "-C", folder).status == 0
    assert "fixed 1" in kg("check", "--fix", "--fail-on", "never", "-C", folder).stderr or "#life_cycle" in NOTES[LOG]
    assert (folder / RAFT).read_text() == LINKED
    for note in (RAFT, LOG):
        there = (folder / note).stat()
        assert stat.S_IMODE(there.st_mode) == mode
        assert os.geteuid() != 0 or (there.st_uid, there.st_gid) == (12345, 23456)
    assert not attributes or os.getxattr(folder / RAFT, "user.kg") == b"mine"
    assert sorted(p.name for p in (folder / "concepts").iterdir()) == ["log.md", "quorum.md", "raft.md"]


def test_a_read_only_note_is_not_replaced(kg: Kg, folder: Path) -> None:
    (folder / RAFT).chmod(0o444)
    ran = kg("suggest", "--accept", _id(kg, folder), "-C", folder)
    assert (ran.status, "is read-only" in ran.stderr, "chmod u+w" in ran.stderr) == (2, True, True)
    assert (folder / RAFT).read_text() == NOTES[RAFT]
    assert stat.S_IMODE((folder / RAFT).stat().st_mode) == 0o444


def test_the_names_of_a_note_are_not_parted(kg: Kg, folder: Path) -> None:
    os.link(folder / RAFT, folder / "other.md")
    ran = kg("suggest", "--accept", _id(kg, folder), "-C", folder)
    assert (ran.status, "has 2 names (hard links)" in ran.stderr) == (2, True)
    assert (folder / RAFT).samefile(folder / "other.md")
    assert (folder / RAFT).read_text() == NOTES[RAFT]


def test_a_link_within_the_notes_stays_and_its_target_is_written(kg: Kg, folder: Path) -> None:
    (folder / "concepts/deep").mkdir()
    (folder / RAFT).rename(folder / "concepts/deep/real.txt")
    (folder / RAFT).symlink_to("deep/real.txt")
    assert kg("suggest", "--accept", _id(kg, folder), "-C", folder).status == 0
    assert (folder / RAFT).readlink() == Path("deep/real.txt")
    assert (folder / "concepts/deep/real.txt").read_text() == LINKED


def test_no_writer_follows_a_link_out(tmp_path: Path) -> None:
    outside, inside = tmp_path / "outside", tmp_path / "kb"
    for place in (outside, inside):
        place.mkdir()
    (outside / "a.md").write_text("mine")
    (inside / "file.md").symlink_to(outside / "a.md")
    (inside / "folder").symlink_to(outside)
    (inside / "up.md").symlink_to("../outside/a.md")
    (inside / "new.md").symlink_to(outside / "new.md")
    digest = hashlib.sha256(b"mine").hexdigest()
    for name in ("file.md", "folder/a.md", "up.md", "folder/new.md", "new.md", "../outside/a.md"):
        path = inside / name
        for write in (
            lambda p: replace_note(p, digest, b"x", inside=(inside,)),
            lambda p: create_note(p, b"x", inside=(inside,)),
            lambda p: overwrite_file(p, b"x", inside=(inside,)),
            lambda p: open_journal(p, inside=(inside,)).__enter__(),
        ):
            with pytest.raises(StoreError, match=r"leads out of|is already there"):
                write(path)
    assert {p.name: p.read_text() for p in outside.iterdir()} == {"a.md": "mine"}


@pytest.mark.parametrize("what", ["link", "pipe", "folder", "left"])
def test_what_lies_under_the_name_of_the_new_file(tmp_path: Path, what: str) -> None:
    """A base may come with anything under the name that kg gives a file before it has its own."""
    (tmp_path / "kb").mkdir()
    path, victim = tmp_path / "kb/a.md", tmp_path / "victim"
    path.write_text("old")
    victim.write_text("mine")
    new = path.with_name(f".kg-{hashlib.sha256(b'a.md').hexdigest()[:16]}.new")
    match what:
        case "link":
            new.symlink_to(victim)
        case "pipe":
            os.mkfifo(new)
        case "folder":
            new.mkdir()
        case _:
            new.write_text("what a killed run left")
    digest = _digest(path)
    if what == "left":
        replace_note(path, digest, b"new", inside=(tmp_path / "kb",))
        assert (path.read_text(), new.exists()) == ("new", False)
    else:
        with pytest.raises(StoreError):
            replace_note(path, digest, b"new", inside=(tmp_path / "kb",))
        assert path.read_text() == "old"
    assert victim.read_text() == "mine"


def test_new_notes_are_never_written_over_others(tmp_path: Path) -> None:
    path = tmp_path / "deep/a.md"
    create_note(path, b"1", inside=(tmp_path,))
    with pytest.raises(ExistsError):
        create_note(path, b"2", inside=(tmp_path,))
    assert path.read_bytes() == b"1"
    (tmp_path / "gone.md").symlink_to(tmp_path / "nowhere")
    with pytest.raises(ExistsError):
        create_note(tmp_path / "gone.md", b"2", inside=(tmp_path,))
    assert not (tmp_path / "nowhere").exists()


def _create(path: Path, name: str) -> None:
    try:
        create_note(path, name.encode() * 10_000, inside=(path.parent,))
    except ExistsError:
        os._exit(3)
    os._exit(0)


def test_of_many_that_make_one_note_one_does(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    for round_ in range(5):
        path = tmp_path / f"{round_}.md"
        all_ = [context.Process(target=_create, args=(path, name)) for name in "abcdefgh"]
        for process in all_:
            process.start()
        for process in all_:
            process.join(60)
        assert sorted(p.exitcode or 0 for p in all_) == [0] + [3] * 7
        (winner,) = (name for name, p in zip("abcdefgh", all_, strict=True) if p.exitcode == 0)
        assert path.read_text() == winner * 10_000
    assert len(list(tmp_path.iterdir())) == 5


# Records.


def _record(by: str) -> reviews.ConceptReview:
    return reviews.ConceptReview(by=by, when="2026-01-01T00:00:00Z", digest="0", subject="raft", verdict="approved")


def _review(kg_base: Path, names: str) -> None:
    for name in names:
        reviews.append_reviews(kg_base / "ontology", [_record(name)])


def test_ten_reviews_at_once_are_ten_in_the_file(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    all_ = [context.Process(target=_review, args=(tmp_path, f"{n}xyz")) for n in range(10)]
    for process in all_:
        process.start()
    for process in all_:
        process.join(60)
        assert process.exitcode == 0
    by = [r.by for r in reviews.read_reviews(tmp_path / "ontology")]
    assert sorted(by) == sorted("".join(f"{n}xyz" for n in range(10)))


def _many_verdicts(kg_base: Path, name: str) -> None:
    before = verdicts.read_verdicts(kg_base / "ontology")
    new = verdicts.Record(name, "d", "json", "passed")
    verdicts.write_verdicts(kg_base / "ontology", [*(r for r in before if r.key != "gone"), new], before)


def test_verdicts_of_two_runs_both_stay(tmp_path: Path) -> None:
    ontology = tmp_path / "ontology"
    first = [verdicts.Record(key, "d", "json", "passed") for key in ("gone", "kept")]
    verdicts.write_verdicts(ontology, first)
    before = verdicts.read_verdicts(ontology)
    verdicts.write_verdicts(ontology, [first[1], verdicts.Record("a", "d", "json", "passed")], before)
    # A second run that had read the same: what the first one took out stays out, what it found stays.
    verdicts.write_verdicts(ontology, [*first, verdicts.Record("b", "d", "json", "failed")], before)
    assert [r.key for r in verdicts.read_verdicts(ontology)] == ["a", "b", "gone", "kept"]
    verdicts.write_verdicts(ontology, [first[1]], before)
    assert {r.key for r in verdicts.read_verdicts(ontology)} >= {"a", "b", "kept"}


LINES = {
    "reviews": ("ontology/snapshot/reviews.jsonl", lambda base: _review(base, "y")),
    "plan": (
        "ontology/journal.jsonl",
        lambda base: plan.append_events(
            base / "ontology", [plan.Started(time="2026-01-01T00:00:00Z", actor="A", task="t")], inside=(base,)
        ),
    ),
}


@pytest.mark.parametrize("kind", LINES)
def test_an_append_keeps_the_file_and_all_its_names(tmp_path: Path, kind: str) -> None:
    name, add = LINES[kind]
    add(tmp_path)
    path, real = tmp_path / name, tmp_path / "ontology/real"
    path.rename(real)
    path.symlink_to(os.path.relpath(real, path.parent))
    os.link(real, tmp_path / "second")
    real.chmod(0o600)
    number = real.stat().st_ino
    add(tmp_path)
    assert path.is_symlink()
    assert (real.stat().st_ino, real.stat().st_nlink, stat.S_IMODE(real.stat().st_mode)) == (number, 2, 0o600)
    assert len(real.read_bytes().splitlines()) == 2
    real.chmod(0o444)
    with pytest.raises(StoreError, match="is read-only"):
        add(tmp_path)
    path.unlink()
    path.symlink_to(tmp_path.parent / "outside.jsonl")
    with pytest.raises(StoreError, match="leads out of"):
        add(tmp_path)
    assert not (tmp_path.parent / "outside.jsonl").exists()
    assert len(real.read_bytes().splitlines()) == 2


@pytest.mark.parametrize("kind", LINES)
def test_a_line_that_a_crash_cut_off_is_dropped_and_told(tmp_path: Path, kind: str) -> None:
    name, add = LINES[kind]
    add(tmp_path)
    path = tmp_path / name
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:40])
    read = reviews.read_reviews if kind == "reviews" else lambda ontology: plan.read_journal(ontology).events
    assert len(read(tmp_path / "ontology")) == 1
    add(tmp_path)
    assert path.read_bytes().startswith(whole)
    assert len(read(tmp_path / "ontology")) == 2
    told: list[str] = []
    path.write_bytes(whole + whole[:40])
    with open_journal(path, inside=(tmp_path,), tell=told.append) as file:
        file.append([b"{}"])
    assert told == [
        f"the last line of {path.name} was cut off by a crash and is dropped (40 bytes); what stood before it is kept"
    ]
    path.write_bytes(whole.rstrip(b"\n"))  # an editor took the line break away: that is a whole line
    add(tmp_path)
    assert path.read_bytes().startswith(whole)
    assert len(read(tmp_path / "ontology")) == 2


def test_an_empty_append_makes_no_file(tmp_path: Path) -> None:
    reviews.append_reviews(tmp_path / "ontology", [])
    assert not (tmp_path / "ontology" / reviews.FILE).exists()


# Nothing else writes.

WRITERS = {
    "base/durable.py": "what whole writes rest on",
    "base/notefile.py": "the writer of notes",
    "base/journal.py": "the journal of records",
    "base/store.py": "output and caches",
    "base/caches.py": "the user's own cache",
    "base/process/groups.py": "control groups, and the folders that tools were shut in",
    "base/removal.py": "removes folders that tools were shut in",
    "base/process/sandbox.py": "the folder in which a tool is shut in",
    "base/process/cage.py": "limits of the tool that it becomes",
    "graph/shacl/__main__.py": "opens /dev/null",
    "base/process/bounds.py": "opens /dev/null",
    "base/staging.py": "the output",
    "notes/reading/cache.py": "cache",
    "evidence/claims/records.py": "forgets the verdicts of a run that was cut off, in the cache",
    "evidence/tools/harness.py": "runs shut in, in the folder of the block",
    "evidence/tools/building.py": "builds a tool in a temporary folder",
    "graph/feed.py": "a store that is being filled, in the staging folder",
    "graph/splice.py": "a store that is being changed, in the staging folder",
    "graph/dataset.py": "a store that is being filled, in the staging folder",
    "base/memo.py": "a damaged memo is removed",
    "views/site/search.py": "the index of words in the staging folder",
    "knowledge/earlier.py": "a revision in a temporary folder",
    "knowledge/trusting.py": "the base revision in a temporary folder",
    "knowledge/inputs.py": "a mark in the user's cache",
    "base/process/revisions.py": "a revision, out of git's objects, in a temporary folder",
    "app/bench/__init__.py": "generated notes in a new folder",
    "graph/tables/partitions.py": "parts of an export in its staging folder",
    "serve/bulk/writing.py": "the same",
    "graph/tables/duckdb_file.py": "the file that the command line names",
    "network/compute/local.py": "results in the folder that the command line names",
    "network/compute/session.py": "links to Spark in a temporary folder",
}
PLAIN = {
    # caches
    "notes/reading/cache.py", "knowledge/graph_files.py", "knowledge/inputs.py", "knowledge/uses.py", "base/transaction.py",
    "evidence/tools/engine.py", "evidence/tools/building.py", "base/parcels.py",  # the user's cache
    "knowledge/printing.py",  # a page in a temporary folder
    "app/cli/align.py", "app/cli/bench.py", "app/cli/exchange.py", "app/cli/tools.py",  # the file that a command was given
}  # fmt: skip
"""Who may use `store.write_file`."""
OVER = {
    "app/cli/config.py": "the schema, in the file that a command was given",
    "app/cli/options.py": "what a command prints, in the file that it was given",
    "app/cli/exchange.py": "notes with --force, and a bundle in the folder that a command was given",
    "suggest/refit.py": "weights that are fitted to the notes",
    "checks/baseline.py": "the findings of this check",
    "evidence/snapshot.py": "positions, communities and notes, under the lock of the history, and read under it",
}
"""Who may use `notefile.overwrite_file`, which compares nothing, and for what: none of the old content is in the new one."""
CHANGES = {
    "write_text", "write_bytes", "rmtree", "unlink", "rename", "rmdir", "symlink_to", "hardlink_to", "touch", "mkdir",
    "copyfile", "copytree", "move", "truncate", "ftruncate", "link", "symlink", "remove", "removedirs", "renames", "makedirs",
    "extractall",
}  # fmt: skip


def _changes(tree: ast.AST) -> set[str]:
    """Calls that change files: by the name of the function, and `open` and `replace` by how they are called."""
    found = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        owner = node.func.value.id if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name) else ""
        texts = [a.value for a in [*node.args, *(k.value for k in node.keywords)] if isinstance(a, ast.Constant)]
        opens = name == "open" and any(isinstance(t, str) and set(t) <= set("rwxab+t") and set(t) & set("wxa+") for t in texts)
        flags = name == "open" and any(
            isinstance(n, ast.Attribute) and n.attr in ("O_WRONLY", "O_RDWR") for n in ast.walk(node)
        )
        # `Path.replace` has one argument, `str.replace` two, and those of times and structures have names.
        renames = name == "replace" and (owner == "os" or (len(node.args) == 1 and not node.keywords))
        if opens or flags or renames or (name in CHANGES and (name not in ("remove", "link") or owner == "os")):
            found.add(f"{name} in line {node.lineno}")
    return found


@functools.cache
def _modules() -> dict[str, ast.Module]:
    root = Path(package.__file__).parent
    return {p.relative_to(root).as_posix(): ast.parse(p.read_text("utf-8")) for p in sorted(root.rglob("*.py"))}


def test_nothing_else_writes_files() -> None:
    found = {name: changes for name, tree in _modules().items() if (changes := _changes(tree))}
    assert found.keys() - WRITERS.keys() == set(), {n: c for n, c in found.items() if n not in WRITERS}
    unneeded = {n for n in WRITERS.keys() - found.keys() if (Path(package.__file__).parent / n).exists()}
    assert unneeded == set(), "write no file any more: take them off the list"


def _users(function: str) -> set[str]:
    """Modules that import a function, or take it out of its module."""
    return {
        name
        for name, tree in _modules().items()
        if any(
            (isinstance(n, ast.ImportFrom) and any(a.name == function for a in n.names))
            or (isinstance(n, ast.Attribute) and n.attr == function)
            for n in ast.walk(tree)
        )
    }


def test_the_plain_writer_is_for_output_and_caches() -> None:
    assert _users("write_file") <= PLAIN


def test_the_writer_that_compares_nothing_is_for_what_kg_alone_makes() -> None:
    assert _users("overwrite_file") == OVER.keys()


@pytest.mark.parametrize(
    "line",
    ["p.write_text('')", "open(p, 'w')", "p.open('ab')", "os.replace(a, b)", "p.replace(q)", "shutil.rmtree(p)",
     "os.open(p, os.O_RDWR)", "p.open(mode='r+')"],
)  # fmt: skip
def test_a_writer_would_be_seen(line: str) -> None:
    assert _changes(ast.parse(line))
    assert not _changes(ast.parse("a.replace('b', 'c'); open(p); p.open('rb'); t.replace(tzinfo=z); names.remove(n)"))


def test_only_one_module_knows_how_files_are_locked() -> None:
    for name, tree in _modules().items():
        imported = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import | ast.ImportFrom) for a in n.names} | {
            n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)
        }
        assert ("fcntl" in imported) == (name == "base/durable.py"), name


def test_hints_quote_what_a_shell_reads() -> None:
    """Quotes that are written around a name can be ended by it: names in commands are quoted by shlex."""
    command = re.compile(r"(?:\A|[:,;&] )(?:rm|cp|mv|chmod|git|kg) [^;:]*'\Z")
    found = []
    for path in sorted(Path(package.__file__).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            before = ""
            for part in node.values if isinstance(node, ast.JoinedStr) else ():
                if isinstance(part, ast.Constant):
                    before += str(part.value)
                elif command.search(before):
                    found.append(f"{path.name}:{node.lineno}")
    assert found == []
