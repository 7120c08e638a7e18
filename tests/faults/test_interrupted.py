"""Builds that are killed, interrupted, out of space or doubled: the output folder is whole at every moment."""

from __future__ import annotations

import contextlib
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import networkx as nx
import psutil
import pyoxigraph as ox
import pytest

Kg = Callable[..., "object"]
Write = Callable[[Mapping[str, str | bytes]], Path]

NOTES = {"kg.toml": "title = 'T'\n"} | {
    f"concepts/n{i}.md": f"---\nid: n{i}\npart-of: '[[n0]]'\nuses: '[[n{(i + 1) % 40}]]'\n---\n# Note {i}\n\n[[n{i // 2}]]\n"
    for i in range(40)
}


def _start(folder: Path, *args: str, before: tuple[str, ...] = ()) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*before, sys.executable, "-m", "kg", "build", "-C", str(folder), *args],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env={**os.environ, "NO_COLOR": "1"},
    )


def _whole(out: Path) -> str:
    """The output folder is one build, all of it: returns the title that its dashboard tells."""
    info = json.loads((out / "build.json").read_text())
    files = [p for p in out.rglob("*") if p.is_file() and "store" not in p.relative_to(out).parts]
    assert len(files) == info["files"]
    for path in files:
        path.read_bytes()
    store = ox.Store.read_only(str(out / "graph/store"))
    assert len(store) == info["summary"]["statements"]
    text = (out / "index.html").read_text()
    title = next(t for t in ("First edition", "Second edition") if t in text)
    assert f'"{title}"' in (out / "graph/kg.ttl").read_text(), "graph and pages are of one build"
    return title


def _edition(folder: Path, name: str) -> None:
    (folder / "kg.toml").write_text(f"title = '{name} edition'\n")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("faults")
    for name, content in NOTES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(content)
    # The second build is timed: what the tests interrupt finds its notes in the cache as well.
    for edition in ("Second", "First"):
        _edition(folder, edition)
        started = time.monotonic()
        process = _start(folder)
        _, said = process.communicate(timeout=100)
        assert process.returncode == 0, said
    (folder / "seconds").write_text(str(time.monotonic() - started))
    assert _whole(folder / "output") == "First edition"
    return folder


@pytest.fixture
def folder(built: Path, tmp_path: Path) -> Path:
    """A knowledge base with a first build; what is in its notes now is the second edition."""
    shutil.copytree(built, tmp_path / "kb", symlinks=True)
    _edition(tmp_path / "kb", "Second")
    return tmp_path / "kb"


def _leftovers(folder: Path) -> list[str]:
    return [p.name for p in folder.iterdir() if p.name.startswith(".output")]


def test_killed_at_any_moment(folder: Path) -> None:
    seconds = float((folder / "seconds").read_text())
    rng = random.Random(7)
    killed = 0
    for moment in range(60):
        if killed == 10:
            break
        _edition(folder, "First" if moment % 2 else "Second")
        process = _start(folder)
        # Half of the moments in the last third, in which files are written and published.
        time.sleep(seconds * (rng.uniform(0.1, 1.0) if moment % 2 else rng.uniform(0.66, 1.05)))
        process.kill()
        process.communicate(timeout=60)
        if process.returncode == -signal.SIGKILL:
            killed += 1
        else:
            seconds *= 0.8  # it was through before: the machine has become faster since the first build was timed
        assert _whole(folder / "output")
    assert killed == 10
    _edition(folder, "Second")
    process = _start(folder)
    _, said = process.communicate(timeout=100)
    assert process.returncode == 0, said
    assert _whole(folder / "output") == "Second edition"
    assert _leftovers(folder) == []


def _ended() -> float:
    """CPU seconds of all programs that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_interrupted(folder: Path) -> None:
    ended = _ended()
    process = _start(folder)
    deadline = time.monotonic() + 60
    while not _leftovers(folder) and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.1)
    before = sum(psutil.Process(process.pid).cpu_times())
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    # At once: counted in CPU time, since other programs may hold it up.
    assert _ended() - ended - before < 1, "it went on"
    assert "interrupted; the last good output is unchanged" in said
    assert "Traceback" not in said
    assert _whole(folder / "output") == "First edition"
    assert _leftovers(folder) == []


def test_a_process_that_renders_is_killed(folder: Path) -> None:
    """As the system does when memory runs out: the build ends with an error, and nothing of it is left."""
    killed = False
    for moment in range(20):
        _edition(folder, "First" if moment % 2 else "Second")
        process = _start(folder, "--jobs", "3")
        deadline = time.monotonic() + 60
        forks: list[psutil.Process] = []
        while process.poll() is None and len(forks) < 2 and time.monotonic() < deadline:
            with contextlib.suppress(psutil.NoSuchProcess):
                forks = psutil.Process(process.pid).children()
        for fork in forks[:1]:
            with contextlib.suppress(psutil.NoSuchProcess):
                fork.kill()
        _, said = process.communicate(timeout=60)
        _, alive = psutil.wait_procs(forks, timeout=20)
        assert alive == []
        killed = process.returncode == 2
        if killed:
            break
        assert process.returncode == 0, said
    assert killed
    assert "was ended by signal 9" in said
    assert "--jobs 1" in said
    assert "Traceback" not in said
    assert _leftovers(folder) == []
    assert _whole(folder / "output")


def test_two_builds_at_once(folder: Path) -> None:
    both = [_start(folder), _start(folder)]
    for process in both:
        _, said = process.communicate(timeout=100)
        assert process.returncode == 0, said
        assert _whole(folder / "output") == "Second edition"
    assert _leftovers(folder) == []


def test_output_below_a_file(kg: Kg, folder: Path) -> None:
    """Stands for a folder that can't be written to, since permissions don't bind root."""
    (folder / "file").write_text("mine")
    for out in (folder / "file", folder / "file" / "out"):
        ran = kg("build", "-C", folder, "--out", out)
        assert ran.status == 2
        assert "Traceback" not in ran.stderr
        assert "--out " in ran.stderr
    assert (folder / "file").read_text() == "mine"


@pytest.mark.skipif(os.geteuid() == 0, reason="permissions don't bind root")
def test_output_in_a_folder_that_is_read_only(kg: Kg, folder: Path) -> None:
    (folder / "locked").mkdir(mode=0o500)
    ran = kg("build", "-C", folder, "--out", folder / "locked" / "out")
    assert ran.status == 2
    assert "can't write beside" in ran.stderr


@pytest.mark.skipif(shutil.which("prlimit") is None, reason="prlimit is missing")
@pytest.mark.parametrize("limit", [2_000, 50_000, 150_000, 300_000])
def test_files_that_may_not_grow(folder: Path, limit: int) -> None:
    """A limit on the size of files fails writes as a full disk does: of the graph, of the store, of pages."""
    process = _start(folder, before=("prlimit", f"--fsize={limit}"))
    _, said = process.communicate(timeout=100)
    assert process.returncode == 2, said
    assert "Traceback" not in said
    assert "can't write" in said
    assert _whole(folder / "output") == "First edition"
    assert _leftovers(folder) == []


@contextlib.contextmanager
def _small_disk(at: Path, size: str) -> Iterator[None]:
    at.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(at)]
    done = subprocess.run(command, capture_output=True, check=False, timeout=60)
    if done.returncode:
        pytest.skip("tmpfs can't be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(at)], check=True, timeout=60)


@pytest.mark.parametrize("size", ["64k", "600k", "1200k"])
def test_full_disk(kg: Kg, folder: Path, size: str) -> None:
    disk = folder / "disk"
    with _small_disk(disk, size):
        ran = kg("build", "-C", folder, "--out", disk / "out")
        assert ran.status == 2, ran.stderr
        assert "Traceback" not in ran.stderr
        assert "can't write" in ran.stderr
        assert list(disk.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("ontology/relations.ttl", "@prefix : <urn:x> . :a :b", "relations.ttl:1:"),
        ("ontology/scope/x.ttl", "nonsense", "x.ttl:1:"),
        ("ontology/rules/x.rq", "CONSTRUCT", "rule x"),
        ("ontology/rules/x.rq", "ASK {}", "is not a CONSTRUCT query"),
        ("kg.toml", "title = \ud800", "kg.toml"),
    ],
)
def test_bad_ontology(kg: Kg, folder: Path, name: str, content: str, said: str) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content.encode("utf-8", "surrogatepass"))
    ran = kg("build", "-C", folder)
    assert ran.status == 2
    assert said in ran.stderr
    assert "Traceback" not in ran.stderr
    assert _whole(folder / "output") == "First edition"


HOSTILE = {
    "control.md": '---\nid: "a\\x01b"\ntitle: {"\\x01": "\\x02", en: "\\x00 \\x1f"}\n'
    'tags: ["\\x07"]\narea: "\\x08"\nlayer: "\\x7f"\n---\n\x00\x01',
    "script.md": "---\nid: <script>alert(1)</script>\ntitle: </title><script>\n---\n<script>alert(1)</script>\n",
    "quotes.md": "---\nid: \"a'b\\\"c\\\\d\"\nuses: '[[script]]'\n---\n",
    "dots.md": "---\nid: ..\nbroader: '[[quotes]]'\n---\n",
    "slash.md": "---\nid: ../../etc/passwd\nuses: '[[dots]]'\n---\n",
    "emoji🚀 名.md": "---\nid: 🚀 \ntitle: {zh: 火箭, en: Rocket 🚀}\nuses: '[[slash]]'\n---\n",
    "long.md": f"---\nid: {'长' * 300}\ntitle: {'x' * 5000}\n---\n",
    "sources.md": "---\nsources: ['https://x/%', 'http://a b', 'https://x:y/', 'javascript:alert(1)', '', 5]\n---\n",
    "yaml.md": "---\na: &a [*a]\nid: !!python/object:os.system x\n---\n",
    "bytes.md": b"\xff\xfe\x00#\x00 \x00A\x00",
    "deep.md": "> " * 500 + "x\n" + "[" * 2000 + "\n" + "- " * 300 + "y\n",
    "json.md": '{"id": "j", "title": "\\ud800"}\n\n# J\n',
    "UPPER.MD": "[[dots]]\n",
    "tab.md": '---\naliases: ["a\\tb"]\nid: "c\\td"\n---\n',
    "tab2.md": '---\naliases: ["a\\tb"]\nid: "c\\td"\n---\n',
}


def test_hostile_notes_build(kg: Kg, base: Write) -> None:
    folder = base({f"concepts/{k}": v for k, v in HOSTILE.items()})
    ran = kg("build", "-C", folder)
    assert ran.status == 0, ran.stderr[-3000:]
    out = folder / "output"
    assert len(list(ox.parse(path=str(out / "graph/kg.trig"), format=ox.RdfFormat.TRIG))) > 1000
    assert len(nx.read_graphml(out / "graph/kg.graphml")) == len(HOSTILE)
    assert len({p.name for p in (out / "concepts").glob("*.html")}) >= len(HOSTILE)
    for path in out.rglob("*"):
        assert path.resolve().is_relative_to(out.resolve())
    json.loads((out / "findings.json").read_text())


def test_brackets_in_a_file_name(kg: Kg, base: Write) -> None:
    ran = kg("build", "--stage", "graph", "-C", base({"concepts/a[b].md": "# A\n", "concepts/c.md": "---\nid: c[d]\n---\n"}))
    assert ran.status == 0, ran.stderr[-300:]


def test_a_very_long_id_of_rare_characters(kg: Kg, base: Write) -> None:
    ran = kg("build", "-C", base({"concepts/a.md": f"---\nid: {chr(0x20000) * 100}\n---\n"}))
    assert ran.status == 0, ran.stderr[-300:]
