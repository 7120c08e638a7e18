"""git, asked by kg of folders and repositories that somebody else made: nothing of theirs runs, nothing is left out or changed.

A canary is a program that writes a file. Each test plants it wherever git can be made to run one and looks for the file.
"""

from __future__ import annotations

import ast
import contextlib
import json
import os
import random
import re
import shlex
import shutil
import socket
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha1
from pathlib import Path

import pytest

from kg.base.errors import UsageError
from kg.base.process.git import _refuse_endless, find_repository, read_identity
from kg.base.process.revisions import lay_out

sys.path.insert(0, str(Path(__file__).parent))

from hostile_git import arm, hostile_settings

ROOT = Path(__file__).resolve().parents[2]
Kg = Callable[..., tuple[int, str, str]]

NOTES = {
    "kb/concepts/p.md": "---\nid: p\ntype: plan\ndefinition: All of it.\n---\n# P\n",
    "kb/concepts/t1.md": (
        "---\nid: t1\ntype: task\ntask: 1\ntitle: Task\ndays: [1, 2]\ndefinition: Do it.\nsources: [plan]\nstep-of: '[[p]]'\n"
        "acceptance: 'linkage >= 100'\n---\n# T\n"
    ),
    "kb/concepts/pod.md": "---\nid: pod\ntitle: Pod\nrequires: '[[node]]'\n---\n",
    "kb/concepts/node.md": "---\nid: node\ntitle: Node\n---\n",
}
COMMANDS = {
    "diff with a revision": [("diff", "HEAD")],
    "diff of two revisions": [("diff", "HEAD~1", "HEAD")],
    "snapshot": [("snapshot",)],
    "plan": [("plan", "start", "t1"), ("plan", "checkpoint", "daily")],
    "review": [("review", "add", "concept", "pod", "--verdict", "approved")],
    "check": [("check", "--fail-on", "never")],
    "findings of a change": [
        ("check", "--changed", "--fail-on", "never"),
        ("check", "--changed", "HEAD~1", "--fail-on", "never"),
    ],
    "the settings of a revision": [("check", "--base-revision", "HEAD", "--fail-on", "never")],
    "gates that compare": [("metrics", "--fail-under", "linkage=no-worse")],
    "a site with history": [("build", "--quiet")],
}
TIMES = (1_772_409_600, 1_772_449_200)
"""Seconds at which the first and the second command of a list is called."""
USER = {
    "GIT_CONFIG_COUNT": "2", "GIT_CONFIG_KEY_0": "user.name", "GIT_CONFIG_VALUE_0": "Ann",
    "GIT_CONFIG_KEY_1": "user.email", "GIT_CONFIG_VALUE_1": "a@example.org",
}  # fmt: skip


def git(folder: Path, *args: str, given: bytes | None = None) -> str:
    """Git as its user has it, without settings of the machine."""
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.org",
        "GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@example.org",
    }  # fmt: skip
    ran = subprocess.run(
        ["git", "-C", str(folder), *args], env=environment, input=given, capture_output=True, check=False, timeout=60
    )
    assert ran.returncode == 0, ran.stderr.decode()
    return ran.stdout.decode().strip()


def write(folder: Path, files: Mapping[str, str | bytes]) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


@pytest.fixture
def canary(tmp_path: Path) -> Iterator[Path]:
    """A program; when the test ends it must not have run."""
    program, sung = tmp_path / "canary", tmp_path / "sung"
    program.write_text(f"#!/bin/sh\necho \"$0 $*\" >>'{sung}'\ncat 2>/dev/null\nexit 0\n")
    program.chmod(0o755)
    yield program
    assert not sung.exists(), sung.read_text()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Two commits of a knowledge base in a folder of a repository."""
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    write(folder, NOTES)
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "first")
    write(folder, {"kb/concepts/new.md": "---\nid: new\ntitle: New\n---\n[[pod]]\n"})
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "second")
    return folder


def run(kg: Kg, kb: Path, what: str) -> None:
    """Call kg in a knowledge base, as one of `COMMANDS` says; all must do their work."""
    for command, now in zip(COMMANDS[what], TIMES, strict=False):
        status, _, stderr = kg(*command, "-C", kb, cwd=kb, env={**USER, "SOURCE_DATE_EPOCH": str(now)})
        assert (status, "Traceback" in stderr) == (0, False), stderr


def test_only_one_module_calls_git() -> None:
    """`git` is named as a program in one module, and no other starts programs with a name that could be it."""
    naming = set()
    for path in (ROOT / "kg").rglob("*.py"):
        text = path.read_text("utf-8")
        for node in ast.walk(ast.parse(text)) if re.search(r"[\"']git[\"']", text) else ():
            if isinstance(node, ast.Constant) and node.value == "git":
                naming.add(path.relative_to(ROOT).as_posix())
    assert naming == {"kg/base/process/git.py"}


@pytest.mark.parametrize("what", COMMANDS)
def test_a_folder_of_a_commit_is_never_taken_for_a_repository(kg: Kg, repository: Path, canary: Path, what: str) -> None:
    """Files that anyone can commit make the knowledge base look like a bare repository with settings of its own."""
    kb = repository / "kb"
    objects = repository / ".git/objects"
    write(
        kb,
        {
            "HEAD": "ref: refs/heads/main\n",
            "refs/heads/main": git(repository, "rev-parse", "HEAD") + "\n",
            "refs/heads/.keep": "",
            "objects/info/alternates": f"{objects}\n../../.git/objects\n",
            "info/attributes": "* filter=x diff=x\n",
            "config": "[core]\n repositoryformatversion = 0\n bare = true\n" + hostile_settings(canary).replace(
                "[extensions]\n    partialClone = origin\n", ""
            ),
        },
    )  # fmt: skip
    for name in ("post-index-change", "reference-transaction"):
        (kb / "hooks").mkdir(exist_ok=True)
        shutil.copy(canary, kb / "hooks" / name)
    git(repository, "add", "-A")
    git(repository, "commit", "-q", "-m", "embedded")
    run(kg, kb, what)
    found = find_repository(kb)
    assert found is not None
    assert (found.root, found.below) == (repository.resolve(), "kb")


def test_a_folder_that_looks_like_a_repository_outside_of_any_is_none(kg: Kg, repository: Path, canary: Path) -> None:
    kb = canary.parent / "kb"
    shutil.copytree(repository / "kb", kb)
    shutil.copytree(repository / ".git", kb, dirs_exist_ok=True)
    with (kb / "config").open("a") as file:
        file.write("[core]\n bare = true\n" + hostile_settings(canary))
    assert find_repository(kb) is None
    status, _, stderr = kg("diff", "-C", kb, "HEAD", cwd=kb)
    assert (status, "is neither a build nor a git revision" in stderr) == (2, True)
    assert kg("snapshot", "-C", kb, cwd=kb)[0] == 0
    assert json.loads((kb / "ontology/snapshot/history.jsonl").read_text())["commit"] == ""


@pytest.mark.parametrize("what", COMMANDS)
def test_a_repository_that_was_handed_over_runs_nothing(kg: Kg, repository: Path, canary: Path, what: str) -> None:
    arm(repository / ".git", canary)
    write(
        repository,
        {".gitattributes": "* filter=x diff=x merge=x\n", "kb/concepts/node.md": "---\nid: node\ntitle: Knot\n---\n"},
    )
    run(kg, repository / "kb", what)


def test_settings_that_would_run_something_do_run_it_where_git_is_called_plainly(repository: Path, tmp_path: Path) -> None:
    """The canary is worth something: plain git runs it."""
    program, sung = tmp_path / "other", tmp_path / "heard"
    program.write_text(f"#!/bin/sh\necho \"$*\" >>'{sung}'\ncat\n")
    program.chmod(0o755)
    arm(repository / ".git", program)
    subprocess.run(["git", "-C", str(repository), "status"], capture_output=True, check=False, timeout=60)
    assert sung.exists()


def test_objects_that_are_missing_are_fetched_from_nobody(kg: Kg, repository: Path, canary: Path) -> None:
    name = git(repository, "hash-object", "kb/concepts/new.md")
    arm(repository / ".git", canary)
    (repository / ".git/objects" / name[:2] / name[2:]).unlink()
    status, _, stderr = kg("diff", "-C", repository / "kb", "HEAD", cwd=repository)
    assert (status, "git can't read the revision" in stderr) == (2, True)


def test_a_tree_that_cannot_be_read_is_not_taken_for_an_empty_one(kg: Kg, repository: Path) -> None:
    for name in ("HEAD:kb", "HEAD^{tree}"):
        tree = git(repository, "rev-parse", name)
        path = repository / ".git/objects" / tree[:2] / tree[2:]
        path.rename(repository / "aside")
        for command in (("diff", "HEAD"), ("check", "--base-revision", "HEAD")):
            status, _, stderr = kg(*command, "-C", repository / "kb")
            assert (status, "git can't read the revision" in stderr) == (2, True), stderr
        (repository / "aside").rename(path)
    assert kg("diff", "HEAD", "-C", repository / "kb")[0] == 0


def test_git_ends_in_time_and_says_no_more_than_kg_holds(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from kg.base.process import git as gate

    found = find_repository(repository)
    assert found is not None
    commit = found.commit_of("HEAD")
    assert commit is not None
    monkeypatch.setattr(gate, "_OUTPUT", 10)
    with pytest.raises(UsageError, match="says more than"):
        list(found.entries(commit))
    os.mkfifo(repository / "pipe")
    with (repository / ".git/config").open("a") as file:
        file.write(f"[include]\n path = {repository}/pipe\n")
    monkeypatch.setattr(gate, "_SECONDS", 0.5)
    with pytest.raises(UsageError, match="takes longer"):
        found.commit_of("HEAD")


@pytest.mark.parametrize(
    "name", ["HEAD", "config", "packed-refs", "refs/heads/main", "objects/info/alternates", "objects/ab/cd"]
)
@pytest.mark.parametrize("kind", ["pipe", "/dev/zero"])
def test_nobody_waits_for_a_pipe_in_a_repository(kg: Kg, repository: Path, name: str, kind: str) -> None:
    path = repository / ".git" / name
    path.parent.mkdir(exist_ok=True)
    path.unlink(missing_ok=True)
    if kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(kind)
    (repository.parent / "other").mkdir()
    (repository.parent / "other/.git").write_text(f"gitdir: {repository / '.git'}\n")
    for folder in (repository / "kb", repository.parent / "other"):
        with pytest.raises(UsageError, match="a pipe or a device"):
            find_repository(folder)
    status, _, stderr = kg("diff", "HEAD", "-C", repository / "kb")
    assert (status, f"{name} is a pipe or a device" in stderr) == (2, True), stderr


def test_the_common_folder_of_a_linked_work_tree_is_looked_through(repository: Path) -> None:
    git(repository, "worktree", "add", "-q", "../linked")
    assert find_repository(repository.parent / "linked") is not None
    _refuse_endless.cache_clear()  # this process has looked at it before
    os.mkfifo(repository / ".git/objects/pipe")
    with pytest.raises(UsageError, match="objects/pipe is a pipe"):
        find_repository(repository.parent / "linked")


@pytest.mark.parametrize("place", [".", "kb", "kb/concepts"])
def test_nobody_waits_for_a_pipe_in_place_of_rules_of_what_git_ignores(kg: Kg, repository: Path, place: str) -> None:
    (repository / place / ".gitignore").unlink(missing_ok=True)
    os.mkfifo(repository / place / ".gitignore")
    found = find_repository(repository / "kb")
    assert found is not None
    commit = found.commit_of("HEAD")
    assert commit is not None
    with pytest.raises(UsageError, match=r"\.gitignore is a pipe or a device"):
        found.differs(commit)


def test_a_hook_that_is_turned_off_is_no_obstacle(repository: Path) -> None:
    (repository / ".git/hooks").mkdir(exist_ok=True)
    (repository / ".git/hooks/pre-commit").symlink_to(os.devnull)
    assert find_repository(repository) is not None


def test_what_a_hint_removes_is_one_word(kg: Kg, repository: Path) -> None:
    os.mkfifo(repository / ".git/x'; touch ran #")
    status, _, stderr = kg("diff", "HEAD", "-C", repository / "kb")
    assert status == 2
    command = stderr.partition("remove it: ")[2].strip()
    assert shlex.split(command) == ["rm", str(repository / ".git/x'; touch ran #")]


@pytest.mark.parametrize("place", ["/", "../../../..", "", "a\0b", "nowhere", "\n"], ids=repr)
def test_a_file_may_point_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    """What isn't a repository is not looked through."""
    (tmp_path / ".git").write_text(f"gitdir: {place}\n")
    seen: list[object] = []
    monkeypatch.setattr(os, "scandir", seen.append)
    found = find_repository(tmp_path)
    assert not seen
    assert found is None or found.commit_of("HEAD") is None


def test_a_socket_of_git_itself_is_no_obstacle(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repository / ".git")  # a socket's whole path may have 108 bytes
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("fsmonitor--daemon.ipc")
    found = find_repository(repository)
    assert found is not None
    assert found.commit_of("HEAD") is not None


def test_attributes_neither_hide_nor_change_notes(kg: Kg, repository: Path) -> None:
    text = "---\nid: pod\ntitle: Pod $Format:%H$ $Id$\n---\n[[nowhere]]\n"
    write(
        repository,
        {"kb/.gitattributes": "* export-ignore export-subst ident eol=crlf\n", "kb/concepts/pod.md": text},
    )
    git(repository, "add", "-A")
    git(repository, "commit", "-q", "-m", "third")
    status, stdout, _ = kg("diff", "-C", repository / "kb", "HEAD~1", "HEAD", "--format", "json")
    found = json.loads(stdout)
    assert status == 0
    assert found["counts"]["concepts"] == {"before": 5, "after": 5}
    # unchanged, between dollar signs
    assert [r["after"]["labels"]["en"] for r in found["concepts"]["renamed"]] == ["Pod Format:%H Id"]
    assert [f["message"] for f in found["findings"]["new"] if f["code"] == "KG201"] == ["no note is named 'nowhere'"]


def make_object(repository: Path, kind: str, data: bytes) -> str:
    """Write an object that git itself would refuse to make."""
    whole = b"%s %d\0" % (kind.encode(), len(data)) + data
    name = sha1(whole, usedforsecurity=False).hexdigest()
    path = repository / ".git/objects" / name[:2] / name[2:]
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(zlib.compress(whole))
    return name


def commit_of(repository: Path, rows: list[tuple[str, bytes, str]]) -> str:
    """A commit of one tree with these rows (mode, name, id), whatever they are."""
    tree = make_object(repository, "tree", b"".join(b"%s %s\0%s" % (m.encode(), n, bytes.fromhex(i)) for m, n, i in rows))
    who = b"A <a@example.org> 1700000000 +0000"
    return make_object(repository, "commit", b"tree %s\nauthor %s\ncommitter %s\n\nhostile\n" % (tree.encode(), who, who))


@pytest.mark.parametrize(
    "name",
    [b"..", b".", b".git", b".GIT", b"git~1", b"../out.md", b"/out.md", b"a/../../out.md", b"x" * 300 + b".md", b"a//b.md"],
    ids=repr,
)
def test_hostile_names_of_a_tree_are_refused(repository: Path, tmp_path: Path, name: bytes) -> None:
    blob = make_object(repository, "blob", b"# Out\n")
    inner = make_object(repository, "tree", b"100644 x.md\0" + bytes.fromhex(blob))
    found = find_repository(repository)
    assert found is not None
    for rows in ([("100644", name, blob)], [("40000", name, inner)]):
        target = tmp_path / "laid" / "out"
        shutil.rmtree(target.parent, ignore_errors=True)
        target.mkdir(parents=True)
        with pytest.raises(UsageError):
            lay_out(found, commit_of(repository, rows), target)
        assert [p.name for p in target.parent.iterdir()] == ["out"]
        assert not list(target.iterdir())


def test_links_of_a_revision_never_lead_out(repository: Path, tmp_path: Path) -> None:
    blob = make_object(repository, "blob", b"# In\n")

    def link(text: bytes) -> str:
        return make_object(repository, "blob", text)

    deep = make_object(repository, "tree", b"120000 up\0" + bytes.fromhex(link(b"../..")) + b"100644 z\0" + bytes.fromhex(blob))
    middle = make_object(repository, "tree", b"40000 two\0" + bytes.fromhex(deep))
    rows = [
        ("120000", b"absolute", link(b"/etc/passwd")),
        ("120000", b"device", link(b"/dev/zero")),
        ("120000", b"good.md", link(b"in.md")),
        ("100644", b"in.md", blob),
        ("120000", b"loop", link(b"loop")),
        ("40000", b"one", middle),
        # In words it stays inside; through the link `up`, which leads to the folder itself, it leads out.
        ("120000", b"sly", link(b"one/two/up/../../..")),
        ("120000", b"through", link(b"sly/secret")),
        ("120000", b"up.md", link(b"../secret")),
        ("160000", b"sub", "1" * 40),
    ]
    (tmp_path / "laid/out").mkdir(parents=True)
    (tmp_path / "laid/secret").write_text("secret")
    found = find_repository(repository)
    assert found is not None
    target = tmp_path / "laid/out"
    assert lay_out(found, commit_of(repository, rows), target) == 2
    left = {p.relative_to(target).as_posix() for p in target.rglob("*") if p.is_symlink()}
    # `through` leads to nothing, once `sly` is gone.
    assert {"good.md"} <= left <= {"good.md", "loop", "through"}
    assert not (target / "through").exists()
    assert [p.name for p in (tmp_path / "laid").iterdir() if p.name != "out"] == ["secret"]


def test_twins_and_paths_through_links_write_nothing_elsewhere(repository: Path, tmp_path: Path) -> None:
    """A tree that has `a` as a link out and once more as a folder: what is in the folder is not written through the link."""
    blob, out = make_object(repository, "blob", b"# Out\n"), make_object(repository, "blob", b"..")
    file = make_object(repository, "tree", b"100644 x.md\0" + bytes.fromhex(blob))
    chain = make_object(repository, "tree", b"120000 x.md\0" + bytes.fromhex(out))
    found = find_repository(repository)
    assert found is not None
    for number, inner in enumerate((file, chain)):
        for rows in (
            [("120000", b"a", out), ("40000", b"a", inner)],
            [("40000", b"a", inner), ("120000", b"a", out)],
            [("100644", b"a", blob), ("40000", b"a", inner)],
            [("100644", b"a", blob), ("100644", b"a", out)],
        ):
            target = tmp_path / f"laid{number}" / "out"
            shutil.rmtree(target.parent, ignore_errors=True)
            target.mkdir(parents=True)
            with pytest.raises(UsageError):
                lay_out(found, commit_of(repository, rows), target)
            assert [p.name for p in target.parent.iterdir()] == ["out"]


@pytest.mark.parametrize("seed", range(4))
def test_no_tree_writes_or_leads_outside(repository: Path, tmp_path: Path, seed: int) -> None:
    """Trees drawn from links, folders, files and names of every kind: laid out inside, or refused."""
    draw = random.Random(seed)
    names = [b"a", b"b", b"c.md", b"A", b"..", b".git", b"d\n", b"\xff"]
    targets = [
        b"..",
        b"../..",
        b"a",
        b"b/..",
        b"a/../..",
        b"/",
        b"/etc",
        b".",
        b"b",
        b"a/b/../../../secret",
        b"c.md",
        b"../secret",
    ]

    def tree(depth: int) -> list[tuple[str, bytes, str]]:
        rows = []
        for _ in range(draw.randint(1, 4)):
            name = draw.choice(names[:4] if draw.random() < 0.9 else names)
            kind = draw.random()
            if kind < 0.45:
                rows.append(("120000", name, make_object(repository, "blob", draw.choice(targets))))
            elif kind < 0.6 or depth == 0:
                rows.append(("100644", name, make_object(repository, "blob", b"text")))
            else:
                data = b"".join(b"%s %s\0%s" % (m.encode(), n, bytes.fromhex(i)) for m, n, i in tree(depth - 1))
                rows.append(("40000", name, make_object(repository, "tree", data)))
        return rows

    found = find_repository(repository)
    assert found is not None
    (tmp_path / "secret").write_text("secret")
    before = {p.name for p in tmp_path.iterdir()} | {"out"}
    for _ in range(25):
        target = tmp_path / "out"
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir()
        with contextlib.suppress(UsageError):
            lay_out(found, commit_of(repository, tree(3)), target)
            for path in (Path(d) / n for d, ds, fs in os.walk(target) for n in (*ds, *fs)):
                assert Path(os.path.realpath(path)).is_relative_to(os.path.realpath(target)), path
        assert {p.name for p in tmp_path.iterdir()} == before
        assert (tmp_path / "secret").read_text() == "secret"


def test_weird_but_harmless_names_are_laid_out(repository: Path, tmp_path: Path) -> None:
    names = [b"-rf.md", b"\xff\xfe.md", b"a\nb.md", b"a\\b.md", b"A.md", b"a.md", b"COM1", b"\xe5\xae\xb9.md"]
    blob = make_object(repository, "blob", b"# In\n")
    found = find_repository(repository)
    assert found is not None
    assert lay_out(found, commit_of(repository, [("100644", name, blob) for name in sorted(names)]), tmp_path) == len(names)
    assert set(names) <= {os.fsencode(p.name) for p in tmp_path.iterdir()}


def test_a_large_file_of_a_revision_takes_its_size_and_no_room(repository: Path, tmp_path: Path) -> None:
    write(repository, {"kb/concepts/large.md": b"x" * 50_000_001})
    git(repository, "add", "-A")
    git(repository, "commit", "-q", "-m", "large")
    found = find_repository(repository / "kb")
    assert found is not None
    commit = found.commit_of("HEAD")
    assert commit is not None
    (tmp_path / "out").mkdir()
    lay_out(found, commit, tmp_path / "out")
    seen = (tmp_path / "out/concepts/large.md").stat()
    assert (seen.st_size, seen.st_blocks) == (50_000_001, 0)


def test_names_of_revisions_are_no_options_and_no_paths(kg: Kg, repository: Path) -> None:
    found = find_repository(repository)
    assert found is not None
    for name in ("--output=x", "-h", "", "a\0b", "HEAD:kb", "no-such", "HEAD^{tree}", ":/zzz", "@{upstream}"):
        assert found.commit_of(name) is None, name
    assert found.commit_of("HEAD") == git(repository, "rev-parse", "HEAD")


def test_dirty_is_told_without_filters(repository: Path, canary: Path) -> None:
    arm(repository / ".git", canary)
    found = find_repository(repository / "kb")
    assert found is not None
    head = found.commit_of("HEAD")
    assert head is not None
    assert not found.differs(head)
    path = repository / "kb/concepts/pod.md"
    text = path.read_bytes()
    path.write_bytes(text.replace(b"\n", b"\r\n"))
    assert not found.differs(head), "ends of lines are what git may change"
    for act in (
        lambda: path.write_bytes(text[:-1] + b"x"),
        path.unlink,
        lambda: (path.unlink(), path.symlink_to("node.md")),
        lambda: (path.unlink(), os.mkfifo(path)),
        lambda: write(repository, {"kb/untracked.md": ""}),
    ):
        path.unlink(missing_ok=True)
        path.write_bytes(text)
        act()
        assert found.differs(head)


def test_another_owner_is_said_with_a_hint(kg: Kg, repository: Path, tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give files to others")
    os.chown(repository, 12345, 12345)
    os.chown(repository / ".git", 12345, 12345)
    status, _, stderr = kg("diff", "-C", repository / "kb", "HEAD", env={"HOME": str(tmp_path)})
    assert (status, "git config --global --add safe.directory" in stderr) == (2, True)
    assert "belongs to another user" in stderr
    write(tmp_path, {".gitconfig": f"[safe]\n directory = {repository.resolve()}\n"})
    assert kg("diff", "-C", repository / "kb", "HEAD", env={"HOME": str(tmp_path), "XDG_CONFIG_HOME": ""})[0] == 0


def test_a_signer_is_who_the_user_says(repository: Path, tmp_path: Path, canary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arm(repository / ".git", canary)
    write(tmp_path, {".gitconfig": "[user]\n name = Ada\n email = ada@example.org\n"})
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("GIT_CONFIG_GLOBAL", raising=False)
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    assert read_identity(repository / "kb") == ("Ada", "ada@example.org")
    assert read_identity(tmp_path) == ("Ada", "ada@example.org"), "outside of a repository"


def test_programs_of_relative_folders_are_not_found(repository: Path, canary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(canary, repository / "git")
    monkeypatch.chdir(repository)
    monkeypatch.setenv("PATH", f".{os.pathsep}{os.pathsep}{os.environ['PATH']}")
    found = find_repository(repository)
    assert found is not None
    assert found.commit_of("HEAD") is not None


def test_workers_take_no_module_from_the_folder_of_the_notes(kg: Kg, repository: Path, canary: Path) -> None:
    """`python -m` looks into the folder it is called in first, which is the knowledge base."""
    kb = repository / "kb"
    write(kb, {f"concepts/n{i}.md": f"# N{i}\n" for i in range(400)})
    spoiled = f"import os\nos.system({str(canary)!r})\n"
    names = ("kg/__init__.py", "msgspec.py", "json.py", "pyromark.py", "select.py", "pyshacl.py", "typing.py")
    write(kb, dict.fromkeys(names, spoiled))
    write(kb, {"ontology/shapes.ttl": "@prefix sh: <http://www.w3.org/ns/shacl#> .\n<urn:s> a sh:NodeShape .\n"})
    # As the installed program starts: without the folder that it is called in.
    command = [sys.executable, "-P", "-m", "kg"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    for args in (["build", "-q", "--stage", "graph", "--jobs", "2"], ["check", "--fail-on", "never"]):
        ran = subprocess.run(
            [*command, *args], cwd=kb, env=environment, capture_output=True, text=True, check=False, timeout=300
        )
        assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize("how", ["include", 'includeIf "gitdir:/"'])
@pytest.mark.parametrize("text", ["canary-of-a-secret\n", "[core]\n\tabbrev = canary-of-a-secret\n"])
@pytest.mark.parametrize("lost", [None, "HEAD:kb", "HEAD^{tree}", "HEAD:kb/concepts/new.md"])
def test_what_git_says_of_files_outside_is_not_shown(
    kg: Kg, repository: Path, tmp_path: Path, how: str, text: str, lost: str | None
) -> None:
    """Settings that include a file that git doesn't understand: it quotes the file, and kg doesn't quote git."""
    if lost:
        name = git(repository, "rev-parse", lost)
        (repository / ".git/objects" / name[:2] / name[2:]).unlink()
    secret = tmp_path / "secret"
    secret.write_text(text)
    with (repository / ".git/config").open("a") as config:
        config.write(f"[{how}]\n\tpath = {secret}\n")
    said = subprocess.run(["git", "-C", repository, "log", "-1"], capture_output=True, text=True, check=False, timeout=60)
    assert "canary" in said.stderr
    for command in (("diff", "HEAD"), ("check", "--base-revision", "HEAD"), ("check", "--changed", "HEAD"), ("snapshot",)):
        shown = kg(*command, "-C", repository / "kb")
        assert "canary" not in "".join(map(str, shown)), shown
