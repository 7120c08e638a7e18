"""No folder of others is replaced, emptied or removed by a build: not by a marker, not by a setting, not through a link."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import socket
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from kg.base.clock import read_clock
from kg.base.errors import StoreError, UsageError
from kg.base.removal import remove_tree
from kg.base.settings import load_settings
from kg.base.staging import LIST, MARKER, Staging
from kg.model import Artifact

Write = Callable[[Mapping[str, str | bytes]], Path]
NOTES = {"concepts/a.md": "# A\n\nSee [[b]].\n", "concepts/b.md": "# B\n"}


def state(folder: Path) -> dict[str, Any]:
    """Everything in a folder: bytes of files, targets of links, kinds of the rest; nothing is followed."""
    result: dict[str, Any] = {}
    for root, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = Path(root) / name
            if path.is_symlink():
                result[str(path)] = str(path.readlink())
            else:
                result[str(path)] = path.read_bytes() if path.is_file() else path.lstat().st_mode
    return result


def published(out: Path) -> Path:
    """An output of kg with files, a folder without files, and a store."""
    staging = Staging(out)
    staging.write_all(Artifact(name, b"x") for name in ("index.html", "concepts/a.html", "graph/kg.ttl"))
    store = staging.folder / "graph/store"
    store.mkdir()
    for name in ("CURRENT", "LOCK", "LOG", "LOG.old.1234", "MANIFEST-000005", "OPTIONS-000007", "000012.sst", "000013.log"):
        (store / name).write_bytes(b"x")
    (staging.folder / "empty").mkdir()
    staging.publish({"kg": "x"})
    return out


def listed(names: str) -> str:
    return json.dumps({"output": {"schema": "kg-output/1", "sha256": hashlib.sha256(names.encode()).hexdigest()}})


@pytest.mark.parametrize(
    "marker",
    ["{}", "[]", "5", "not json", '{"summary": 5}', '{"kg": "1", "files": 3, "base": "https://example.org/"}', "[" * 100_000],
)
def test_any_json_is_no_marker(kg: Callable[..., Any], base: Write, marker: str) -> None:
    folder = base({**NOTES, "dist/build.json": marker, "dist/thesis.tex": "mine"})
    before = state(folder / "dist")
    ran = kg("build", "-C", folder, "--out", folder / "dist")
    assert ran.status == 2, ran.stderr
    assert "has files that kg did not write" in ran.stderr
    assert "--out DIR" in ran.stderr
    assert state(folder / "dist") == before


def test_what_was_built_is_replaced_and_what_was_added_is_refused(kg: Callable[..., Any], base: Write) -> None:
    folder = base(NOTES)
    assert kg("build", "-C", folder, "--stage", "graph").status == 0
    assert kg("build", "-C", folder).status == 0
    (folder / "concepts/c.md").write_text("# C\n")
    assert kg("query", "-C", folder, "ASK { ?a ?b ?c }").status == 0  # opens the store, which writes its log
    assert kg("build", "-C", folder).status == 0
    (folder / "output/concepts/mine.txt").write_text("mine")
    (folder / "concepts/d.md").write_text("# D\n")
    ran = kg("build", "-C", folder)
    assert ran.status == 2
    assert "such as 'concepts/mine.txt'" in ran.stderr
    assert (folder / "output/concepts/mine.txt").read_text() == "mine"


STRANGERS: dict[str, Callable[[Path], Any]] = {
    "file": lambda out: (out / "z").write_text("mine"),
    "file in a folder of ours": lambda out: (out / "concepts/z").write_text("mine"),
    "file in a folder of its own": lambda out: (out / "a/b/c").mkdir(parents=True) or (out / "a/b/c/z").write_text("mine"),
    "empty folder": lambda out: (out / "z").mkdir(),
    "hidden file": lambda out: (out / ".git").write_text("gitdir: x"),
    "link": lambda out: (out / "z").symlink_to("/etc"),
    "pipe": lambda out: os.mkfifo(out / "z"),
    "file in the store": lambda out: (out / "graph/store/thesis.tex").write_text("mine"),
    "folder in the store": lambda out: (out / "graph/store/000099.sst").mkdir(),
    "file in a folder in the store": lambda out: (
        (out / "graph/store/LOG.old.9").mkdir() or (out / "graph/store/LOG.old.9/CURRENT").write_text("mine")
    ),
    "link in the store": lambda out: (out / "graph/store/000099.sst").symlink_to("/etc/passwd"),
    "name with a line break": lambda out: (out / "index.html\nz").write_text("mine"),
    "changed list": lambda out: (out / LIST).write_text((out / LIST).read_text() + "z\n") and (out / "z").write_text("mine"),
    "no list": lambda out: (out / LIST).unlink(),
    "list as a link": lambda out: (out / LIST).rename(out / "l") and (out / LIST).symlink_to("l"),
    "marker as a link": lambda out: (out / MARKER).rename(out / "m") and (out / MARKER).symlink_to("m"),
    "marker of another schema": lambda out: (out / MARKER).write_text(
        (out / MARKER).read_text().replace("kg-output/1", "kg-output/2")
    ),
    "deep folders": lambda out: deep(out, 3_000),
}


def deep(top: Path, levels: int) -> None:
    here = os.open(top, os.O_RDONLY)
    for _ in range(levels):
        os.mkdir("d", dir_fd=here)
        below = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)


@pytest.mark.parametrize("kind", STRANGERS)
def test_an_output_with_anything_more_is_refused(tmp_path: Path, kind: str) -> None:
    out = published(tmp_path / "out")
    Staging(out).discard()  # as it is, it may be replaced
    STRANGERS[kind](out)
    before = state(out) if kind != "deep folders" else None
    with pytest.raises(StoreError) as refused:
        Staging(out)
    assert refused.value.hint
    if before is None:
        remove_tree(out)
    else:
        assert state(out) == before
        assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_a_file_that_comes_while_it_is_built_stays(tmp_path: Path) -> None:
    out = published(tmp_path / "out")
    staging = Staging(out)
    (out / "new").write_text("mine")
    with pytest.raises(StoreError, match="such as 'new'"):
        staging.publish({})
    staging.discard()
    assert (out / "new").read_text() == "mine"
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("output", ["../victim", "a/../../victim", "{victim}", ".", "", "link", "link/deep", "concepts/.."])
def test_settings_and_links_lead_no_output_out(kg: Callable[..., Any], tmp_path: Path, base: Write, output: str) -> None:
    victim = published(tmp_path / "victim")  # even a real output of kg, of another base
    folder = tmp_path / "kb"
    base({f"kb/{name}": text for name, text in NOTES.items()})
    (folder / "link").symlink_to("../victim")
    (folder / "kg.toml").write_text(f"output = {json.dumps(output.format(victim=victim))}\n")
    before = state(victim)
    for command in ("build", "check"):
        ran = kg(command, "-C", folder)
        assert ran.status == 2
        assert "does not lie below the knowledge base" in ran.stderr
        assert "--out /" in ran.stderr
    assert state(victim) == before


def test_the_default_output_as_a_link_out_is_refused_and_the_command_line_may_name_it(
    kg: Callable[..., Any], tmp_path: Path, base: Write
) -> None:
    victim = published(tmp_path / "victim")
    folder = tmp_path / "kb"
    base({f"kb/{name}": text for name, text in NOTES.items()})
    (folder / "output").symlink_to(victim)
    before = state(victim)
    assert kg("build", "-C", folder).status == 2
    assert state(victim) == before
    ran = kg("build", "-C", folder, "--out", folder / "output", "--stage", "graph")
    assert ran.status == 0, ran.stderr
    assert (folder / "output").is_symlink()
    assert (victim / "graph/kg.ttl").is_file()
    assert not (victim / "concepts").exists()


def test_a_link_inside_of_the_base_is_followed(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "output").symlink_to("site")
    assert load_settings(tmp_path).out == tmp_path / "site"


def test_a_loop_of_links_is_said(tmp_path: Path) -> None:
    (tmp_path / "output").symlink_to("output")
    try:
        out = load_settings(tmp_path).out
    except UsageError:
        return
    with pytest.raises(StoreError, match="is a link"):
        Staging(out)


def test_only_what_killed_builds_left_is_swept(tmp_path: Path) -> None:
    """Names like those of kg's own folders, as a hostile repository may have them: folders, links, copies with marks."""
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "file").write_text("mine")
    killed = Staging(tmp_path / "out")
    killed.write(Artifact("deep/file", b"x"))
    copy = tmp_path / ".out.staging-copy"
    shutil.copytree(killed.folder, copy)
    (tmp_path / ".out.staging-link").symlink_to("victim")
    (tmp_path / ".out.staging-file").write_text("mine")
    other = tmp_path / ".out.staging-other"
    other.mkdir()
    (other / "file").write_text("mine")
    forged = tmp_path / ".out.staging-forged"
    forged.mkdir()
    (forged / LIST).write_text("a\n")
    (forged / MARKER).write_text(listed("a\n"))
    (forged / "b").write_text("mine")
    linked = tmp_path / ".out.staging-linked"
    linked.mkdir()
    (linked / ".kg-staging").symlink_to(killed.folder / ".kg-staging")
    before = {p: state(p) for p in (victim, copy, other, forged, linked)}
    Staging(tmp_path / "out").discard()
    assert not killed.folder.exists()
    assert {p: state(p) for p in before} == before
    assert (tmp_path / ".out.staging-link").is_symlink()
    assert (tmp_path / ".out.staging-file").read_text() == "mine"


def test_a_tree_is_removed_whatever_its_depth_and_modes_and_no_link_is_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "file").write_text("mine")
    top = tmp_path / "top"
    (top / "a/b").mkdir(parents=True)
    deep(top / "a/b", 3_000)
    (top / "a/link").symlink_to(outside)
    (top / "link").symlink_to(outside)
    os.mkfifo(top / "a/pipe")
    (top / "shut/in").mkdir(parents=True)
    (top / "shut/in/file").write_text("x")
    (top / "shut/in").chmod(0)
    (top / "shut").chmod(0o500)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(top / "s"))
    remove_tree(top)
    assert not top.exists()
    assert (outside / "file").read_text() == "mine"
    (tmp_path / "to").symlink_to(outside)
    assert remove_tree(tmp_path / "to")
    assert not (tmp_path / "to").is_symlink()
    assert (outside / "file").read_text() == "mine"


@pytest.mark.parametrize("seed", range(40))
def test_random_folders_of_others_stay(tmp_path: Path, seed: int) -> None:
    """Whatever lies where the output should be: it is either empty, or kg's own to the last file, or refused unchanged."""
    draw = random.Random(seed)
    out = tmp_path / "out"
    if draw.random() < 0.5:
        published(out)
    else:
        out.mkdir()
        if draw.random() < 0.7:
            names = "".join(f"{n}\n" for n in draw.sample(("a", "b/c", "d/", "graph/store/CURRENT", MARKER, LIST), 3))
            (out / LIST).write_text(names)
            (out / MARKER).write_text(listed(names) if draw.random() < 0.7 else "{}")
    folders = [out, *(p for p in out.rglob("*") if p.is_dir())]
    for i in range(draw.randrange(4)):
        place = draw.choice(folders) / draw.choice(("a", "index.html ", f"f{i}", ".x", "CURRENT", "e\u0301"))
        make: Callable[[], Any] = draw.choice(
            [partial(place.write_text, "mine"), place.mkdir, partial(place.symlink_to, "/etc"), partial(os.mkfifo, place)]
        )
        if not place.exists() and not place.is_symlink():
            make()
    before = state(out)
    try:
        staging = Staging(out)
    except StoreError:
        assert state(out) == before
        return
    staging.discard()
    names = (out / LIST).read_text().splitlines() if (out / LIST).exists() else []
    for path in before:
        name = os.path.relpath(path, out)
        assert name in names or name.startswith("graph") or Path(path).is_dir(), name
    assert state(out) == before


@pytest.mark.parametrize("value", ["99999999999999999", "-1", "soon", "1e9", "²", "253402300800", "1" * 10_000])
def test_a_time_that_is_none_is_said(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", value)
    with pytest.raises(UsageError, match="is not a number of seconds from 1970") as caught:
        read_clock()
    assert caught.value.hint
    assert len(str(caught.value)) < 200


def test_commands_say_that_a_time_is_none(kg: Callable[..., Any], base: Write) -> None:
    folder = base(NOTES)
    for command in (("build",), ("snapshot",), ("review", "add", "concept", "a", "--verdict", "approved", "--by", "A <a@x>")):
        ran = kg(*command, "-C", folder, env={"SOURCE_DATE_EPOCH": "99999999999999999"})
        assert ran.status == 2, (command, ran)
        assert "Traceback" not in ran.stderr
        assert command[0] != "build" or "is not a number of seconds from 1970" in ran.stderr
    assert not (folder / "output").exists()


def test_the_last_time_is_one(kg: Callable[..., Any], base: Write) -> None:
    folder = base(NOTES)
    assert kg("build", "-C", folder, "--stage", "graph", env={"SOURCE_DATE_EPOCH": "253402300799"}).status == 0
    assert json.loads((folder / "output/build.json").read_text())["built"] == "9999-12-31T23:59:59Z"


class _Killed(BaseException):
    """Nothing behind it runs, as with SIGKILL."""


def _killed_after(calls: int, real: Callable[..., Any]) -> Callable[..., Any]:
    """A function that is done so many times."""
    left = iter(range(calls))

    def call(*args: Any, **more: Any) -> Any:
        if next(left, None) is None:
            raise _Killed
        return real(*args, **more)

    return call


def _staged(out: Path, title: str) -> Staging:
    staging = Staging(out)
    names = ["index.html", "a/one.html", "a/b/two.html", "graph/store/CURRENT", "c/three.html"]
    staging.write_all(Artifact(name, title.encode()) for name in names)
    return staging


@pytest.mark.parametrize("call", ["mkdir", "open", "rename", "rmdir", "unlink"])
def test_killed_at_any_call_the_next_build_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    """Also while the old output or another leftover is removed."""
    out = tmp_path / "output"
    _staged(out, "first").publish({})
    for moment in range(200):
        with monkeypatch.context() as patch:
            patch.setattr(os, call, _killed_after(moment, getattr(os, call)))
            try:
                _staged(out, f"{call} {moment}").publish({})
            except _Killed:
                pass
            else:
                assert moment > 0
                break
        staging = Staging(out)
        assert [p for p in tmp_path.iterdir() if p not in (out, staging.folder)] == []
        staging.discard()
        assert list(tmp_path.iterdir()) == [out]
        assert len({p.read_text() for p in out.rglob("*.html")}) == 1, "the output is of one build"
    else:
        pytest.fail("it never came to its end")
