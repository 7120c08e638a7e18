"""One gate for files: nothing outside of a knowledge base is shown, changed or waited for, wherever its links lead.

Bases come from anybody who can open a pull request: links of every kind, pipes, sockets and devices stand where kg looks for a
file or a folder, and a canary outside must not show up anywhere.
"""

from __future__ import annotations

import os
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kg.base import files
from kg.base.caches import of_base
from kg.base.files import Refused
from kg.serve.page import questions

Kg = Callable[..., object]

CANARY = "CanaryBird"
TRIPLE = f'<https://example.org/kb/concept/z> <http://www.w3.org/2004/02/skos/core#prefLabel> "{CANARY}"@en .\n'
ROW = f'{{"id": "{CANARY}", "x": 0.5, "y": 0.5}}\n'
CONTENT = {
    ".md": f"# {CANARY}\n\n[[a]] {CANARY}\n",
    ".rq": f'# {CANARY}\nSELECT ("{CANARY}" AS ?focus) WHERE {{ }}\n',
    ".csv": f"focus\n{CANARY}\n",
    ".ttl": TRIPLE,
    ".jsonl": ROW,
    ".json": f'{{"findings": [{{"fingerprint": "{CANARY}"}}], "summary": {{"languages": ["{CANARY}"]}}, "base": "{CANARY}"}}',
    ".toml": f'title = "{CANARY}"\n',
    ".css": f"/* {CANARY} */\n",
    ".html": f"<p>{CANARY}</p>\n",
    ".v": f"(* {CANARY} *)\n",
}
FILES = (
    "kg.toml", "hugo.toml", "concepts/hugo.toml", "concepts/z.md", "concepts/proof.v", "concepts/plan/journal.jsonl",
    "ontology/kg.ttl", "ontology/relations.ttl", "ontology/extension.ttl",
    "ontology/shapes.ttl", "ontology/shapes/z.ttl", "ontology/scope/z.ttl",
    "ontology/rules/z.rq", "ontology/checks/z.rq", "ontology/questions/z.rq", "ontology/questions/q.csv",
    "ontology/snapshot/positions.jsonl", "ontology/snapshot/communities.jsonl", "ontology/snapshot/history.jsonl",
    "ontology/snapshot/notes.jsonl", "ontology/snapshot/rejected.jsonl", "ontology/snapshot/reviews.jsonl",
    "ontology/snapshot/evidence.jsonl", "ontology/snapshot/ranker.json", "theme/z.css", "theme/z.html", "baseline.json",
    "output/build.json", "output/metrics.json", "output/findings.json", "output/graph/store/CURRENT",
    "output/graph/ontology.ttl", ".kg/last.json", ".kg/lock",
)  # fmt: skip
FOLDERS = (
    "concepts", "concepts/more", "concepts/plan", "ontology", "ontology/shapes", "ontology/scope", "ontology/rules",
    "ontology/checks", "ontology/questions", "ontology/snapshot", "theme", "output", "output/graph", "output/graph/store",
    ".kg", ".kg/notes",
)  # fmt: skip
ALL = os.environ.get("KG_FILES") == "all"
"""Every command on every kind in every place: 7,500 runs. Else each place meets two kinds and as many commands."""
COMMANDS: tuple[tuple[str, ...], ...] = (
    ("check",), ("build", "-q"), ("metrics",), ("query",), ("query", "SELECT ?b { ?a skos:prefLabel ?b }"), ("query", "z"),
    ("suggest",), ("diff", "output"), ("export", "turtle"), ("snapshot",), ("extract",), ("plan",), ("review", "status"),
    ("build", "-q", "--stage", "graph"), ("doctor",), ("check", "--fix"), ("check", "--format", "json"),
)  # fmt: skip


def _pipe(path: Path, _outside: Path) -> None:
    os.mkfifo(path)


def _socket(path: Path, _outside: Path) -> None:
    # Its name may have 108 bytes at most: it is bound by a short one and put in its place.
    here = Path("/tmp") / f"kg-test-{os.getpid()}-{time.monotonic_ns()}"  # noqa: S108  # a name that is short
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(here))
    shutil.move(here, path)


KINDS: dict[str, Callable[[Path, Path], None]] = {
    "out": lambda path, outside: path.symlink_to(outside / path.name),
    "out, relative": lambda path, outside: path.symlink_to(os.path.relpath(outside / path.name, path.parent)),
    "folder": lambda path, outside: path.symlink_to(outside),
    "environment": lambda path, _: path.symlink_to("/proc/self/environ"),
    "zero": lambda path, _: path.symlink_to("/dev/zero"),
    "pipe": _pipe,
    "socket": _socket,
    "dangling": lambda path, outside: path.symlink_to(outside / "nothing"),
    "loop": lambda path, _: path.symlink_to(path.name),
}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory, kg: Kg) -> Path:
    """A small base with a build, all of whose places are in use."""
    folder = tmp_path_factory.mktemp("files") / "kb"
    for name, text in {
        "kg.toml": '[site]\ntheme = "theme"\n[check]\nbaseline = "baseline.json"\n',
        "baseline.json": '{"version": 1, "findings": []}',
        "theme/a.css": "p { color: red }",
        "concepts/a.md": "---\nevidence: proof.v\n---\n# A\n\ndefinition: [[b]]\n",
        "concepts/b.md": "# B\n\nrequires:: [[a]]\n",
        "concepts/proof.v": "Theorem t : 1 + 1 = 2. Proof. reflexivity. Qed.\n",
        "ontology/questions/q.rq": "# Q\nSELECT ?a { ?a skos:prefLabel 'A'@en }\n",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    assert kg("build", "-q", "-C", folder).status == 0
    return folder


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """What no base may reach: whatever is asked for is there, and says the canary."""
    folder = tmp_path / "outside"
    for name in {Path(p).name for p in FILES}:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(CONTENT.get(Path(name).suffix, CANARY))
    for name in {Path(p).name for p in FOLDERS}:
        (folder / name / "0123456789abcdef").mkdir(parents=True)
        for path in list(folder.iterdir()):
            if path.is_file():
                shutil.copy(path, folder / name)
    return folder


def _looks(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    return {str(p): (p.stat().st_mode, p.stat().st_mtime_ns, p.read_bytes() if p.is_file() else b"") for p in folder.rglob("*")}


def _shown(folder: Path) -> Iterator[str]:
    """Files below a folder, no links followed, that say the canary or are named so."""
    for entry in files.walk(folder):
        if CANARY in entry.name or (entry.is_file(follow_symlinks=False) and CANARY.encode() in Path(entry.path).read_bytes()):
            yield entry.path


def _put(template: Path, folder: Path, place: str, kind: str, outside: Path) -> Path:
    shutil.copytree(template, folder, symlinks=True)
    path = folder / place
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    KINDS[kind](path, outside)
    return folder


@pytest.mark.parametrize("place", [*FILES, *FOLDERS])
def test_no_command_gets_out(kg: Kg, template: Path, outside: Path, tmp_path: Path, place: str) -> None:
    before = _looks(outside)
    turn = (*FILES, *FOLDERS).index(place)
    others = list(KINDS)[1:]
    kinds = KINDS if ALL else ("out", others[turn % len(others)])
    for number, kind in enumerate(kinds):
        folder = _put(template, tmp_path / f"kb{number}", place, kind, outside)
        for command in COMMANDS if ALL else (COMMANDS[(turn + 5 * number) % len(COMMANDS)],):
            ran = kg(*command, "-C", folder, env={"KG_SECRET": CANARY})
            where = f"{place}: {kind}: kg {' '.join(command)}: {ran.status}\n{ran.stdout[-1000:]}{ran.stderr[-1500:]}"
            assert ran.status in (0, 1, 2), where
            assert "Traceback" not in ran.stderr, where
            assert CANARY not in ran.stdout + ran.stderr, where
            assert not list(_shown(folder)), where
        files.guard(folder)  # as whoever serves it has done
        assert CANARY not in str(questions(folder / "ontology" / "questions"))
        assert not list(_shown(of_base(folder)))
        shutil.rmtree(folder)
    assert _looks(outside) == before


# The examples that were found by an attack


def test_check_deletes_nothing_through_a_link(kg: Kg, template: Path, tmp_path: Path) -> None:
    for place in (".kg/notes", ".kg"):
        victim = tmp_path / f"victim{len(place)}"
        for name in ("papers/2025", "0123456789abcdef", "notes/fedcba9876543210"):
            (victim / name).mkdir(parents=True)
            (victim / name / "work.txt").write_text("years of it")
        before = _looks(victim)
        folder = tmp_path / f"kb{len(place)}"
        shutil.copytree(template, folder)
        (folder / place).parent.mkdir(exist_ok=True)
        (folder / place).symlink_to(victim)
        for command in ("check", "build", "suggest"):
            assert kg(command, "-C", folder).status == 0
        assert _looks(victim) == before
        # Nor where the link stands in the user's own cache.
        cache = of_base(folder)
        shutil.rmtree(cache / "notes")
        (cache / "notes").symlink_to(victim)
        assert kg("check", "-C", folder).status == 0
        assert _looks(victim) == before


def test_a_cache_that_comes_with_the_notes_is_not_believed(kg: Kg, tmp_path: Path) -> None:
    """Notes that were read elsewhere say another thing of the same bytes' size and times: text that no note has."""
    folder, other = tmp_path / "kb", tmp_path / "other"
    for base, text in ((folder, "[[missing]]"), (other, "[[a]] fine!")):
        (base / "concepts").mkdir(parents=True)
        (base / "concepts/a.md").write_text(f"# A\n\n{text}\n")
        os.utime(base / "concepts/a.md", (1, 1))
    assert kg("check", "-C", other).status == 0
    (folder / ".kg").mkdir()
    shutil.copytree(of_base(other), folder / ".kg", dirs_exist_ok=True)
    before = _looks(folder / ".kg")
    assert kg("check", "-C", folder, "--fail-on", "warning").status == 1
    assert _looks(folder / ".kg") == before


def test_links_that_lead_out_are_said(kg: Kg, template: Path, outside: Path, tmp_path: Path) -> None:
    folder = tmp_path / "kb"
    shutil.copytree(template, folder)
    shutil.rmtree(folder / "concepts")
    (folder / "concepts").symlink_to("../outside")
    ran = kg("check", "-C", folder)
    assert ran.status == 2
    assert f"{folder / 'concepts'} leads out of the knowledge base" in ran.stderr
    assert "--notes" in ran.stderr
    # What a person names on the command line is read wherever it lies.
    assert kg("check", "-C", folder, "--notes", outside, "--format", "json").stdout.count('"path"') > 9
    (folder / "kg.toml").write_text('notes = ["../outside"]\n')
    assert "leads out" in kg("check", "-C", folder).stderr
    (folder / "kg.toml").write_text(f'notes = ["{outside}"]\n')
    assert "leads out" in kg("check", "-C", folder).stderr


def test_a_keepers_file_that_is_refused_is_named_with_what_to_do(kg: Kg, template: Path, outside: Path, tmp_path: Path) -> None:
    folder = _put(template, tmp_path / "kb", "ontology/questions/z.rq", "out", outside)
    ran = kg("query", "-C", folder)
    assert ran.status == 2
    assert f"can't read {folder / 'ontology/questions/z.rq'}: the link leads out\n    put the file itself there" in ran.stderr
    folder = _put(template, tmp_path / "kb2", "ontology/shapes.ttl", "environment", outside)
    ran = kg("check", "-C", folder, env={"KG_SECRET": CANARY})
    assert (ran.status, "KG121" in ran.stdout, "the link leads out" in ran.stdout) == (1, True, True)
    folder = _put(template, tmp_path / "kb3", "kg.toml", "pipe", outside)
    ran = kg("check", "-C", folder)
    assert (ran.status, "kg.toml: it is a pipe" in ran.stderr) == (2, True)


def test_files_that_a_person_names_may_lie_anywhere(kg: Kg, template: Path, tmp_path: Path) -> None:
    (tmp_path / "q.rq").write_text("SELECT ('fine' AS ?x) { }")
    (tmp_path / "link.rq").symlink_to("q.rq")
    (tmp_path / "t.csv").write_text("id,label\nx,X\n")
    ran = kg("query", os.path.relpath(tmp_path / "link.rq", template), "-C", template, cwd=template)
    assert "fine" in ran.stdout, ran.stderr
    assert kg("import", tmp_path / "t.csv", "-C", template, "--to", tmp_path / "notes").status == 0
    # A bare name is looked up in the base: what lies there under it is the base's.
    shutil.copytree(template, tmp_path / "kb")
    (tmp_path / "kb/mine").symlink_to(tmp_path / "q.rq")
    (tmp_path / "kb/q").mkdir()
    ran = kg("query", "mine", cwd=tmp_path / "kb")
    assert (ran.status, "the link leads out" in ran.stderr) == (2, True)
    assert kg("query", "q", cwd=tmp_path / "kb").status == 0
    os.mkfifo(tmp_path / "pipe.rq")
    ran = kg("query", tmp_path / "pipe.rq", "-C", template)
    assert (ran.status, "it is a pipe" in ran.stderr) == (2, True)


# The gate itself


@pytest.fixture(params=["openat2", "step by step"])
def guarded(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    if request.param != "openat2":
        monkeypatch.setattr(files._openat2, "works", False)
    top = tmp_path / "kb"
    (top / "in").mkdir(parents=True)
    (top / "a.txt").write_text("here")
    (top / "in/b.txt").write_text("there")
    (tmp_path / "secret.txt").write_text(CANARY)
    files.guard(top)
    return top


def test_links_inside_are_followed(guarded: Path) -> None:
    (guarded / "relative.txt").symlink_to("in/b.txt")
    (guarded / "absolute.txt").symlink_to(guarded / "in/b.txt")
    (guarded / "folder").symlink_to("in")
    (guarded / "in/up.txt").symlink_to("../a.txt")
    for name in ("in/b.txt", "relative.txt", "absolute.txt", "folder/b.txt"):
        assert files.read(guarded / name) == b"there", name
    assert files.read(guarded / "in/up.txt") == b"here"
    assert files.entries(guarded / "folder", ".txt") == [guarded / "folder/b.txt", guarded / "folder/up.txt"]
    with files.Folder(str(guarded)) as folder:
        assert folder.read(str(guarded / "folder/b.txt")) == b"there"


@pytest.mark.parametrize(
    "target",
    ["../secret.txt", "ABS/secret.txt", "in/../../secret.txt", "/proc/self/environ", "/dev/zero", "..", "/", "../gone"],
)
def test_links_out_are_refused(guarded: Path, target: str) -> None:
    (guarded / "x").symlink_to(target.replace("ABS", str(guarded.parent)))
    with pytest.raises(Refused, match="the link leads out"):
        files.read(guarded / "x")
    with pytest.raises(Refused):
        files.entries(guarded / "x")
    (guarded / "y").symlink_to("..")
    with pytest.raises(Refused):
        files.read(guarded / "y/secret.txt")
    with pytest.raises(Refused):
        files.read(guarded / "../secret.txt")
    with files.Folder(str(guarded)) as folder, pytest.raises(OSError, match="leads out"):
        folder.read(str(guarded / "y/secret.txt"))
    assert files.read(guarded / "../secret.txt", named=True) == CANARY.encode()


def test_what_is_no_file_is_refused_at_once(guarded: Path) -> None:
    os.mkfifo(guarded / "pipe")
    _socket(guarded / "socket", guarded)
    (guarded / "loop").symlink_to("loop")
    (guarded / "large").touch()
    os.truncate(guarded / "large", 1 << 40)
    for name in ("pipe", "socket", "loop", "large", "in"):
        with pytest.raises(Refused):
            files.read(guarded / name)
    assert len(files.read(guarded / "large", 1000, cut=True)) == 1001
    for name in ("none", "none/deeper", "a.txt/deeper", "nul\0"):
        with pytest.raises(FileNotFoundError):
            files.read(guarded / name)


def test_a_link_that_is_exchanged_while_it_is_read(guarded: Path) -> None:
    """Between the look at a path and its opening somebody puts a link in the place of a file."""
    (guarded / "x.txt").write_text("here")
    (guarded / "out").symlink_to("../secret.txt")
    (guarded / "in.txt").write_text("here")
    done = threading.Event()

    def exchange() -> None:
        while not done.is_set():
            for name in ("out", "in.txt"):
                os.link(guarded / name, guarded / "next", follow_symlinks=False)
                (guarded / "next").replace(guarded / "x.txt")
                (guarded / "next").unlink(missing_ok=True)

    thread = threading.Thread(target=exchange, daemon=True)
    thread.start()
    outcomes = set()
    for _ in range(3000):
        try:
            outcomes.add(files.read(guarded / "x.txt"))
        except OSError as error:
            outcomes.add(str(error.strerror).encode())
    done.set()
    thread.join(60)
    assert CANARY.encode() not in outcomes
    assert b"here" in outcomes


# The walk


def _levels(folder: Path, count: int) -> Path:
    for i in range(count + 1):
        (folder / f"concepts/l{i}").mkdir(parents=True)
        (folder / f"concepts/l{i}/n{i}.md").write_text(f"# N{i}\n")
        if i:
            for name in "abc":
                (folder / f"concepts/l{i - 1}" / name).symlink_to(f"../l{i}")
    return folder


def test_linked_folders_are_walked_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Each level links to the next three times: 3^14 paths, 15 folders."""
    from kg.base.listing import walk_folders

    opened: list[str] = []
    scan = os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: (opened.append(str(path)), scan(path))[1])
    found = walk_folders([_levels(tmp_path, 14) / "concepts"], (".*",))
    assert len(opened) == 16
    assert [f.name for f in found.notes] == sorted(f"l{i}/n{i}.md" for i in range(15))
    assert len(found.faults) == 42
    assert ("l0/a", "the folder is read at l1") in [(path, fault.detail) for path, fault in found.faults]


def test_a_folder_without_a_name_of_its_own_is_read_under_the_first(tmp_path: Path) -> None:
    from kg.base.listing import walk_folders

    (tmp_path / ".hidden/deep").mkdir(parents=True)
    (tmp_path / ".hidden/deep/n.md").write_text("# N\n")
    for name in ("b", "a"):
        (tmp_path / name).symlink_to(".hidden")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub/0").symlink_to("../.hidden/deep")
    found = walk_folders([tmp_path], (".*",))
    assert [f.name for f in found.notes] == ["a/deep/n.md"]
    assert [(path, fault.detail) for path, fault in found.faults] == [
        ("b", "the folder is read at a"), ("sub/0", "the folder is read at a/deep"),
    ]  # fmt: skip


@pytest.mark.parametrize("depth", [1200, 3000])
def test_nested_folders(kg: Kg, tmp_path: Path, depth: int) -> None:
    (tmp_path / "concepts").mkdir()
    (tmp_path / "concepts/a.md").write_text("# A\n")
    here = os.open(tmp_path / "concepts", os.O_RDONLY)
    for i in range(depth):
        os.mkdir("d", dir_fd=here)
        here, old = os.open("d", os.O_RDONLY, dir_fd=here), here
        os.close(old)
        if i == 1100:
            with open("deep.md", "w", opener=lambda name, flags, at=here: os.open(name, flags, 0o644, dir_fd=at)) as file:
                file.write("# Deep\n\n[[a]]\n")
    os.close(here)
    try:
        ran = kg("check", "-C", tmp_path)
        # What no path reaches any more is said.
        assert (ran.status, "unreadable-file" in ran.stdout) == ((1, True) if depth > 2048 else (0, False)), ran.stderr[-2000:]
        assert "deep.md" in ran.stdout
        if depth < 2048:
            assert kg("build", "-C", tmp_path).status == 0
            assert "Deep" in kg("query", "SELECT ?l { ?a skos:prefLabel ?l }", "-C", tmp_path).stdout
    finally:
        import subprocess

        subprocess.run(["rm", "-rf", str(tmp_path / "concepts")], check=True, timeout=60)  # Python's own removal is recursive


def test_names_that_are_too_long_for_the_system_are_names_of_nothing(kg: Any, base: Callable[..., Path]) -> None:
    task = f"---\ntype: task\ntask: 1\nacceptance: 'file:{'a' * 5000}'\n---\n# T\n"
    folder = base({"concepts/t.md": task, "concepts/a.md": f"# A\n\n[[{'b/' * 3000}]] [x]({'c' * 5000})\n"})
    for command in (
        ("build",),
        ("check",),
        ("plan", "status"),
        ("plan", "done", "1"),
        ("diff", "a" * 5000),
        ("map", "b" * 5000),
    ):
        ran = kg(*command, "-C", folder)
        assert ran.status in (0, 1, 2), ran.stderr
        assert "Traceback" not in ran.stderr, ran.stderr
