"""Notes and records under faults and at once: each note is whole, old or new, and what was told to be recorded is there.

Faults are put before, into and behind each call that kg's writers make of the system, in forks of one process; strace makes
some of them real. The weekly run tries every call with every fault; so does ``KG_FAULT_POINTS=all``, also those of strace.
"""

from __future__ import annotations

import csv
import json
import os
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from many import WHO, Call, Came, Many, faults_for

from kg.base.settings import load_settings

ALL = os.environ.get("KG_FAULT_POINTS") == "all"
SEED = os.environ["KG_TEST_SEED"]
FILES = {
    "kg.toml": 'base = "https://e.org/k/"\n[uses.a]\npath = "uses/a.json"\n[uses.b]\npath = "uses/b.json"\n',
    **{
        f"uses/{n}.json": f'{{"format": "kg-inventory", "version": 1, "base": "https://{n}.example/", "concepts": []}}'
        for n in "ab"
    },
    "ontology/scope/course.md": "# Course\n\n- [ ] Raft\n- [ ] Quorum\n- [ ] Consensus\n- [ ] Paxos\n",
    "o.ttl": "@prefix s: <http://www.w3.org/2004/02/skos/core#> . @prefix o: <http://o.example/> .\n" + "".join(
        f"o:{n} a s:Concept; s:prefLabel '{n}'@en .\n" for n in ("Raft", "Quorum", "Consensus", "Paxos")
    ),
    "concepts/raft.md": "# Raft\n\nA majority of servers, a quorum, has to agree. See [[log]], consensus and paxos.\n",
    "concepts/quorum.md": "# Quorum\n\nA majority of the servers that has to agree.\n",
    "concepts/consensus.md": "# Consensus\n\nServers agree on one value.\n\n## Life cycle\n",
    "concepts/paxos.md": "# Paxos\n\nThe [[quorum]] accepts a value. [x](consensus.md#life_cycle)\n",
    "concepts/log.md": "# Log\n\nWhat servers append to, entry by entry.\n",
    "concepts/v.md": '# V\n\n```json {#p1}\n{"a": 1}\n```\n',
    **{
        f"concepts/t{n}.md": f"---\ntype: task\ntask: {n}\nacceptance: 'record:x'\n---\n# T{n}\n" for n in range(1, 21)
    },
    **{f"concepts/p{n}.md": f'# P{n}\n\n```json {{#p}}\n{{"p": {n}}}\n```\n' for n in range(1, 21)},
    "docs/d.md": "## 1.2 控制平面定义 / Control Plane Definition\n\n**定义1.2（控制平面）：**\n控制平面是下发配置的组件。\n",
    "t.ttl": "@prefix s: <http://www.w3.org/2004/02/skos/core#> .\n<http://e.org/a> a s:Concept; s:prefLabel 'Apple'@en .\n"
    "<http://e.org/b> a s:Concept; s:prefLabel 'Pear'@en .\n",
    "ontology/snapshot/rejected.jsonl": '{"id":"0","source":"x","target":"y"}\n',
}  # fmt: skip
WRITERS = ("accept", "align", "extract", "fix", "import", "map", "plan", "reject", "review", "snapshot", "uses", "verify")
FEW = ("align", "map", "uses")
"""They write as others do: of their calls, fewer go wrong in each run."""
JOURNALS = ("reviews.jsonl", "history.jsonl", "journal.jsonl")


@pytest.fixture(scope="module")
def many() -> Iterator[Many]:
    forks = Many()
    yield forks
    forks.close()


class Base:
    """A knowledge base that has one record of each kind, and the commands that write into it."""

    def __init__(self, folder: Path, many: Many) -> None:
        self.folder, self.many = folder / "whole", many
        self.copy = folder / "kb"
        for name, text in FILES.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        before = [
            ("review", "add", "concept", "raft", "--verdict", "approved", "--by", "Eve"),
            ("plan", "start", "20"), ("snapshot",), ("align", f"{self.folder}/o.ttl", "--format", "sssom"),
            ("suggest", "--format", "jsonl"),
        ]  # fmt: skip
        came = many.run([Call((*args, "-C", str(self.folder))) for args in before], one_by_one=True)
        assert [c.status for c in came] == [0] * len(before), came
        # Behind the snapshot, so that the next one changes all of its files.
        (self.folder / "concepts/gossip.md").write_text("# Gossip\n\nServers tell each other; see [[raft]].\n", "utf-8")
        self.ids = {(row["source"], row["target"]): row["id"] for row in map(json.loads, came[-1].stdout.splitlines())}
        table = csv.DictReader(re.sub(r"(?m)^#.*\n", "", came[-2].stdout).splitlines(), delimiter="\t")
        self.maps = {row["subject_label"].lower(): row["record_id"].removeprefix("map:") for row in table}
        self.commands: dict[str, tuple[str, ...]] = {
            "accept": ("suggest", "--accept", self.ids["raft.md", "quorum.md"]),
            "reject": ("suggest", "--reject", self.ids["raft.md", "paxos.md"]),
            "fix": ("check", "--fix", "--fail-on", "never"),
            "align": ("align", f"{self.copy}/o.ttl", "--accept", self.maps["raft"]),
            "map": ("scope", "map", "--accept", "course/raft=raft"),
            "uses": ("uses", "update", "a"),
            "extract": ("extract", "--to", f"{self.copy}/drafts", "--notes", f"{self.copy}/docs"),
            "import": ("import", f"{self.copy}/t.ttl"),
            "review": ("review", "add", "concept", "raft", "--verdict", "approved", "--by", "Bob"),
            "plan": ("plan", "start", "1"),
            "snapshot": ("snapshot",),
            "verify": ("verify", "--only", "code", "v"),
        }

    def fresh(self) -> Path:
        shutil.rmtree(self.copy, ignore_errors=True)
        shutil.copytree(self.folder, self.copy, symlinks=True)
        # What a verification that was killed had judged: the next one would go on from there.
        (load_settings(self.copy).cache / "verdicts.jsonl").unlink(missing_ok=True)
        return self.copy

    def call(self, name: str, **fault: Any) -> Call:
        return Call((*self.commands[name], "-C", str(self.copy)), below=str(self.copy), **fault)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, many: Many) -> Base:
    return Base(tmp_path_factory.mktemp("writers"), many)


def _bytes(folder: Path) -> dict[str, bytes]:
    """Notes and records; what a killed run left under a name that kg clears away is none."""
    return {
        name: path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not (name := path.relative_to(folder).as_posix()).startswith(".kg/")
        if not re.fullmatch(r"\.kg-[0-9a-f]{16}\.new", path.name)
    }


def _whole(old: Mapping[str, bytes], now: Mapping[str, bytes], new: Mapping[str, bytes], where: str) -> None:
    """Each file is as it was, as it is to be, or a journal that has a line, or a part of one, more."""
    for name in old.keys() | now.keys():
        there = now.get(name)
        if Path(name).name in JOURNALS and there is not None and there.startswith(old.get(name, b"")):
            continue
        # The same row with another time is as good.
        assert there in (old.get(name), new.get(name)) or _same(there, new.get(name)), f"{where}: {name}: {there!r}"


def _same(a: bytes | None, b: bytes | None) -> bool:
    """Whether two records are alike but for their times."""
    times = re.compile(rb'"(changed|time|when|seal)":"[^"]*"')
    return a is not None and b is not None and times.sub(b"", a) == times.sub(b"", b)


def _lines(folder: Path) -> list[bytes]:
    """The whole lines of all journals."""
    return [
        line for name, data in _bytes(folder).items() if Path(name).name in JOURNALS for line in data.split(b"\n")[:-1]
    ]  # fmt: skip


@pytest.mark.parametrize("every", [False, pytest.param(True, marks=pytest.mark.weekly)], ids=["some points", "all points"])
@pytest.mark.parametrize("name", WRITERS)
def test_each_call_of_a_writer_fails_or_is_the_last(made: Base, name: str, every: bool) -> None:
    old = _bytes(made.fresh())
    (good,) = made.many.run([made.call(name)])
    assert good.status == 0, good
    new = _bytes(made.copy)
    assert new != old
    points = [(at, what) for at, call in enumerate(good.calls, 1) for what in faults_for(call)]
    assert len(points) >= 12
    if not every and not ALL:
        points = random.Random(SEED + name).sample(points, 7 if name not in FEW else 3)
    for at, what in points:
        made.fresh()
        lines = _lines(made.copy)
        came, again = made.many.run([made.call(name, at=at, what=what), made.call(name)], one_by_one=True)
        where = f"{name}: {good.calls[at - 1]} {what}: {came.status} {came.stdout[-300:]} {came.stderr[-500:]}"
        assert "Traceback" not in came.stderr + again.stderr, where + again.stderr
        if "killed" in what:
            assert came.status == -9, where
        else:
            assert came.status in (0, 2), where
        _whole(old, _bytes(made.copy), new, where)
        assert _lines(made.copy)[: len(lines)] == lines or name == "snapshot" or set(lines) <= set(_lines(made.copy)), where
        # The next run isn't hindered: it does what the first did not, or says that it is done.
        done = ("already", "is started since", "there is no mapping", "there is no suggestion", "would be overwritten")
        assert again.status == 0 or any(text in again.stderr for text in done), where + again.stderr
        left = list(made.copy.rglob(".kg-*.new"))
        assert left == [] or "killed" in what, where
    print(f"{name}: {len(points)} points of {len(good.calls)} calls")


def test_a_failed_append_leaves_nothing(made: Base) -> None:
    """Half a line, or one that may not be on the disk, is taken back."""
    for what in ("ENOSPC", "EIO", "short"):
        made.fresh()
        old = _bytes(made.copy)
        came, *_ = made.many.run([made.call("review", at=2, what=what)])
        assert (came.status, came.calls[1].split()[0]) == (2, "write")
        assert "can't write" in came.stderr
        assert "recorded" not in came.stderr
        assert _bytes(made.copy) == old
        assert came.calls[-1].startswith("ftruncate")


# At once.


def _kills(draw: random.Random, calls: list[Call], share: float = 0.3) -> list[Call]:
    """Kill a share of the calls after 5 ms to 3 s, the first of them after 5 ms, when none has ended on any machine."""
    chosen = draw.sample(range(len(calls)), round(share * len(calls)))
    after = {number: 0.005 * 600 ** (draw.random() if at else 0) for at, number in enumerate(chosen)}
    return [call._replace(kill=after.get(number)) for number, call in enumerate(calls)]


def _told(came: list[Came], pattern: str) -> list[str]:
    return [m for c in came for m in re.findall(pattern, c.stdout + c.stderr)]


def _at_once(made: Base, calls: list[tuple[str, ...]], seed: str) -> list[Came]:
    made.fresh()
    draw = random.Random(SEED + seed)
    came = made.many.run(_kills(draw, [Call((*args, "-C", str(made.copy))) for args in calls]))
    assert not any("Traceback" in c.stderr for c in came), [c.stderr[-500:] for c in came if "Traceback" in c.stderr]
    assert all(c.status in (0, 2, -9) for c in came), came
    assert any(c.status == -9 for c in came), "no kill hit"
    return came


def test_twenty_of_each_kind_at_once_lose_nothing(made: Base) -> None:
    """Twenty who review, plan, and reject, with kills: whatever was told to be recorded is in the file, and is read again."""
    reviews = [("review", "add", "concept", "raft", "--verdict", "approved", "--by", f"R{n}") for n in range(20)]
    plans = [("plan", "start", str(n)) for n in range(1, 20)] + [("plan", "record", "20", "x", "held")]
    rejects = [("suggest", "--reject", made.ids[pair]) for pair in sorted(made.ids)[:20]]
    came = _at_once(made, [*reviews, *plans, *rejects], "records")
    rows = {name: data.decode() for name, data in _bytes(made.copy).items() if name.endswith(".jsonl")}
    by = [json.loads(line)["by"] for line in rows["ontology/snapshot/reviews.jsonl"].split("\n")[:-1]]
    told = _told(came[:20], r"recorded: raft approved by (R\d+)")
    assert len(told) >= 5
    assert set(told) <= set(by)
    assert by[0] == "Eve"
    assert len(by) == len(set(by))
    started = [
        row["task"] for line in rows["concepts/plan/journal.jsonl"].split("\n")[:-1] if "task" in (row := json.loads(line))
    ]
    told = _told(came[20:40], r"(t\d+) started")
    assert len(told) >= 5
    assert set(told) <= set(started)
    rejected = {json.loads(line)["id"] for line in rows["ontology/snapshot/rejected.jsonl"].splitlines()}
    told = [c_args[2] for c_args, c in zip(rejects, came[40:], strict=True) if "1 rejected" in c.stdout]
    assert set(told) | {"0"} <= rejected
    # Chains and seals hold: the next ones read all of it.
    after = made.many.run([Call((*args, "-C", str(made.copy))) for args in (("review", "status"), ("plan", "log"))])
    assert [c.status for c in after] == [0, 0], after


def test_snapshots_and_verdicts_at_once(made: Base) -> None:
    """Each verifies a claim of its own, so that a verdict that another run overwrites is missed."""
    came = _at_once(made, [("snapshot",)] * 20 + [("verify", "--only", "code", f"p{n}") for n in range(1, 21)], "states")
    told = _told(came[:20], r"row \d+ of history")
    rows = (made.copy / "ontology/snapshot/history.jsonl").read_bytes().split(b"\n")[:-1]
    assert len(rows) >= 1 + len(told)
    for name in ("positions", "communities", "notes"):
        assert all(map(json.loads, (made.copy / f"ontology/snapshot/{name}.jsonl").read_bytes().splitlines()))
    told = {f"p{n}" for n, one in enumerate(came[20:], 1) if "verdicts written" in one.stderr}
    assert len(told) >= 5
    verdicts = [json.loads(line) for line in (made.copy / "ontology/snapshot/evidence.jsonl").read_text().splitlines()]
    assert told <= {v["key"].partition("#")[0].rpartition("/")[2].removesuffix(".md") for v in verdicts}
    assert {v["verdict"] for v in verdicts} == {"passed"}


def test_fixes_drafts_and_imports_at_once_are_whole(made: Base) -> None:
    """Who fix, extract and import the same: each file is as before or as after one run alone, and there if a run says so."""
    kinds = ("fix", "extract", "import")
    old = _bytes(made.fresh())
    alone = {}
    for kind in kinds:
        before = _bytes(made.copy)
        assert [c.status for c in made.many.run([made.call(kind)])] == [0]
        alone[kind] = {name: data for name, data in _bytes(made.copy).items() if before.get(name) != data}
        assert alone[kind], kind
    came = _at_once(made, [made.commands[kind] for kind in kinds for _ in range(20)], "whole")
    now = _bytes(made.copy)
    _whole(old, now, {**old, **alone["fix"], **alone["extract"], **alone["import"]}, "at once")
    told = {"fix": r"\bfixed [1-9]", "extract": r"\bdrafts? written to", "import": r"\bconcepts written to"}
    tellers = []
    for number, kind in enumerate(kinds):
        ended = came[number * 20 : number * 20 + 20]
        refused = ("was changed meanwhile", "would be overwritten", "changed while")
        assert all(any(text in one.stderr for text in refused) for one in ended if one.status == 2), ended
        # Also of one that was killed behind what it told; one that ends well without has found all of it there.
        done = [
            one for one in ended
            if (one.status == 0 or re.search(told[kind], one.stdout + one.stderr)) and "changed" not in one.stderr
        ]  # fmt: skip
        tellers += done
        assert not done or alone[kind].items() <= now.items(), kind
    # One of each kind at most: the others find what it has written, and refuse.
    assert tellers


def test_decisions_accepted_at_once_are_there_or_refused(made: Base) -> None:
    """Topics go to one mapping, pins to one lock, mappings to their notes: what a run accepts, no other run takes out."""
    topics = ["raft", "quorum", "consensus", "paxos"] * 3
    calls = [("scope", "map", "--accept", f"course/{t}={t}") for t in topics]
    calls += [("uses", "update", name) for name in "ab" * 3]
    calls += [("align", f"{made.copy}/o.ttl", "--accept", made.maps[t]) for t in topics[:4]]
    came = _at_once(made, calls, "decisions")
    rows = (made.copy / "ontology/scope/mapping.csv").read_text().splitlines()
    for topic, one in zip(topics, came[:12], strict=True):
        assert one.status != 0 or f"course,{topic},{topic},yes" in rows, (one, rows)
        assert one.status != 2 or "was changed meanwhile" in one.stderr, one
    pins = json.loads((made.copy / "kg.lock").read_text())["uses"]
    assert {name for name, one in zip("ab" * 3, came[12:18], strict=True) if one.status == 0} <= pins.keys()
    for topic, one in zip(topics[:4], came[18:], strict=True):
        assert one.status != 0 or "o.example" in (made.copy / f"concepts/{topic}.md").read_text(), one
    assert len([one for one in came if one.status == 0]) >= 3


def test_links_accepted_at_once_in_one_note_land_or_are_told(made: Base) -> None:
    wanted = ["quorum", "consensus", "paxos"]
    calls = [("suggest", "--accept", made.ids["raft.md", f"{w}.md"]) for w in wanted] * 7
    came = _at_once(made, calls, "accept")
    text = (made.copy / "concepts/raft.md").read_text()
    for word, one in zip(wanted * 7, came, strict=True):
        if one.status == 0:
            assert f"[[{word}]]" in text, one
        elif one.status == 2:
            assert "was changed meanwhile" in one.stderr or "there is no suggestion" in one.stderr, one.stderr
    assert text.replace("[[", "").replace("]]", "") == FILES["concepts/raft.md"].replace("[[", "").replace("]]", "")
    assert any(one.status == 0 for one in came)


# The same by the system itself.


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is missing")
@pytest.mark.parametrize("name", ["accept", "review"])
def test_faults_of_the_system(made: Base, name: str, tmp_path: Path) -> None:
    old = _bytes(made.fresh())

    def run(*before: str) -> subprocess.CompletedProcess[str]:
        command = [*before, sys.executable, "-m", "kg", *made.commands[name], "-C", str(made.copy)]
        return subprocess.run(
            command, env={**os.environ, **WHO}, capture_output=True, encoding="utf-8", timeout=240, check=False
        )

    calls = "openat,write,fsync,rename,renameat,renameat2,ftruncate"
    log = tmp_path / "calls"
    ran = run("strace", "-f", "-qq", "-y", "-o", str(log), "-e", f"trace={calls}")
    if not log.exists() or ran.returncode != 0:
        pytest.skip("this system lets no process be traced")
    new = _bytes(made.copy)
    points: list[tuple[str, int]] = []
    counted: dict[tuple[str, str], int] = {}
    for line in log.read_text().splitlines():
        thread, _, said = line.partition(" ")
        call = said.strip().partition("(")[0]
        counted[thread, call] = counted.get((thread, call), 0) + 1  # strace counts the calls of each thread for itself
        if str(made.copy) in said and "/.kg/" not in said and (call != "openat" or "O_CREAT" in said):
            points.append((call, counted[thread, call]))
    assert {call for call, _ in points} >= {"write", "fsync"}
    faults = [
        (c, n, f) for c, n in points for f in ("error=EIO", "error=ENOSPC", "signal=KILL") if c != "fsync" or "NOSPC" not in f
    ]
    for call, number, fault in faults if ALL else random.Random(SEED).sample(faults, 2):
        made.fresh()
        ran = run("strace", "-f", "-qq", "-o", os.devnull, "-e", f"inject={call}:{fault}:when={number}")
        where = f"{name}: {call} {number} {fault}: {ran.returncode} {ran.stderr[-500:]}"
        assert "Traceback" not in ran.stderr, where
        assert ran.returncode in (0, 2, -9, 137), where
        _whole(old, _bytes(made.copy), new, where)
