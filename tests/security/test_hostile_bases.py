"""Hostile knowledge bases through every command: nothing outside is written, read or run, and nothing ends in a traceback.

`KG_HOSTILE_BASES` is their number (2,000 by default). `KG_HOSTILE_FIRST` is the first seed: 0 by default, so that a change is
judged by the same bases as the one before it; `random` looks for faults that nobody has seen. One base again:
``python tests/security/hostile_run.py SEED 1 --keep``.
"""

from __future__ import annotations

import contextlib
import http.server
import json
import os
import random
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest

from kg.app.cli import main
from kg.base.errors import UsageError
from kg.base.process.git import find_repository

sys.path.insert(0, str(Path(__file__).parent))

from hostile_bases import make
from hostile_commands import COMMANDS, LEFT_OUT, ROUND, command_of
from hostile_run import Ended, around, faults, state
from hostile_serve import ask_all

ALL = int(os.environ.get("KG_HOSTILE_BASES", "2000"))
SEED = os.environ.get("KG_HOSTILE_FIRST", "0")
FIRST = random.Random(os.environ["KG_TEST_SEED"]).randrange(10**9) if SEED == "random" else int(SEED)
PARTS = 10


def _all_commands(group: click.Command, *before: str) -> set[tuple[str, ...]]:
    """The names of all commands of a group, with those of the groups that they stand in."""
    if not isinstance(group, click.Group):
        return {before}
    context = click.Context(group)
    names = {name: group.get_command(context, name) for name in group.list_commands(context)}
    own = {before} if group.invoke_without_command and before else set()
    return own | {path for name, command in names.items() if command for path in _all_commands(command, *before, name)}


def test_every_command_is_run() -> None:
    commands = _all_commands(main)
    assert len(commands) > 35
    for arguments in [arguments for _, arguments in COMMANDS] + [(name,) for name in LEFT_OUT]:
        assert any(arguments[: len(path)] == path for path in commands), f"{arguments} is not a command"
    run = {path for path in commands for _, arguments in COMMANDS if arguments[: len(path)] == path}
    assert commands - run == {(name,) for name in LEFT_OUT}


@pytest.mark.parametrize("first", [0, 1, ROUND - 1, 10**9 + 77])
def test_any_two_rounds_of_seeds_have_all_commands(first: int) -> None:
    counts = Counter(command_of(seed) for seed in range(first, first + 2 * ROUND))
    assert counts.keys() == {arguments for _, arguments in COMMANDS}
    assert min(counts.values()) >= 2


@pytest.mark.parametrize("part", range(PARTS))
def test_hostile_bases(part: int, tmp_path: Path) -> None:
    count = ALL // PARTS
    runner = Path(__file__).parent / "hostile_run.py"
    command = [sys.executable, str(runner), str(FIRST + part * count), str(count)]
    # Files and not pipes: whoever is left of a run that is ended would hold a pipe open.
    out, err = tmp_path / "out", tmp_path / "err"
    with out.open("wb") as stdout, err.open("wb") as stderr:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr, timeout=800, check=False)
    assert done.returncode == 0, err.read_text(errors="replace")[-3000:]
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert rows[0]["network namespace"] or os.environ.get("KG_REQUIRE_TOOLS") != "1", "no network namespace could be made"
    faults = [row for row in rows if "faults" in row]
    assert not faults, json.dumps(faults[:5], indent=1)
    assert rows[-1]["runs"] == count


@pytest.mark.parametrize(
    ("event", "command", "allowed"),
    [
        ("program /usr/bin/git", "diff", True),
        ("program /usr/bin/git", "query", False),
        ("program /usr/bin/coqc", "verify", True),
        ("program /usr/bin/coqc", "build", False),
        ("program /usr/bin/bash", "check", False),
        ("program /usr/bin/node", "serve", False),
        ("program git", "diff", False),
        ("program @base@/git", "diff", False),
        ("program @base@/../outside/git", "doctor", False),
        ("program /usr/bin/curl", "publish", False),
        ("program 'touch x'", "doctor", False),
        ("connect ('127.0.0.1', 9)", "publish", True),
        ("connect ('127.0.0.1', 9)", "check", False),
        ("connect ('10.0.0.1', 9)", "serve", False),
        ("address example.org", "doctor", False),
    ],
)
def test_what_the_audit_hook_sees_is_judged(tmp_path: Path, event: str, command: str, allowed: bool) -> None:
    arena = make(tmp_path / "1", 1)
    event = event.replace("@base@", str(arena.base))
    ended = Ended(0, b"", b"", 0, 0.0, [event], [], 0)
    found = faults((command,), arena, around(arena), state(arena.base), ended, {e.name for e in arena.base.parent.iterdir()})
    assert found == ([] if allowed else [f"audit: {event}"])


def test_what_is_written_outside_or_kept_in_the_cache_is_judged(tmp_path: Path) -> None:
    arena = make(tmp_path / "1", 1)
    outside, base, beside = around(arena), state(arena.base), {entry.name for entry in arena.base.parent.iterdir()}
    (arena.home / ".cache/kg").mkdir(parents=True)
    (arena.home / ".cache/kg/notes").write_text("harmless")
    (arena.home / ".bashrc").write_text("x")
    ended = Ended(0, b"", b"", 0, 0.0, [], [], 0)
    (found,) = faults(("check",), arena, outside, base, ended, beside)
    assert found.startswith(f"changed outside: ('{arena.home / '.bashrc'}'")
    (arena.home / ".bashrc").unlink()
    for place in (arena.home / "tmp/x", arena.home / "xdg/config_home/x", arena.base.parents[1] / "x", arena.base.parent / "x"):
        place.write_text("x")
        assert any(
            str(place) in fault or "beside it: x" in fault for fault in faults(("check",), arena, outside, base, ended, beside)
        )
        place.unlink()
    assert faults(("check",), arena, outside, base, ended, beside) == []
    (arena.home / ".cache/kg/notes").write_text(arena.secret)
    leaked = [f"the secret is in {arena.home / '.cache/kg/notes'}"]
    assert faults(("check",), arena, outside, base, ended, beside) == leaked


def test_bases_with_a_history_are_repositories(tmp_path: Path) -> None:
    """Most can be read; git reads none of what is committed where `.git` was spoiled."""
    read = 0
    for seed in range(12):
        arena = make(tmp_path / str(seed), seed, history=True)
        assert any(feature.startswith("repository") for feature in arena.features), arena.features
        with contextlib.suppress(UsageError):
            found = find_repository(arena.base)
            read += found is not None and found.commit_of("HEAD~1") is not None
    assert read >= 4


@pytest.mark.parametrize("arguments", [("mcp", "--write"), ("lsp",)])
def test_assistants_and_editors_are_answered(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """Also in the process that has hostile bases before it: each talk goes to its end."""
    code = (
        f"import hostile_run, json\nhostile_run._load()\narena = hostile_run.make(hostile_run.Path({str(tmp_path / '1')!r}), 3)\n"
        f"ended = hostile_run.run({arguments!r}, arena)\nprint(json.dumps([ended.status, ended.answers, ended.wrong]))"
    )
    environment = {**os.environ, "PYTHONPATH": f"{Path(__file__).parent}:{Path(__file__).parents[2]}"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=300, check=True
    )
    status, answers, wrong = json.loads(done.stdout)
    assert (status, wrong) == (0, [])
    assert answers >= 14


def test_what_a_server_answers_is_judged() -> None:
    """A server that does all that it must not, and one that doesn't start."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(500)
            self.end_headers()
            self.wfile.write(b"canary0 Traceback (most recent call last):")

        do_POST = do_GET  # noqa: N815  # the name that it is called by
        log_message = lambda *_: None  # noqa: E731

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        said = f"serving x at http://127.0.0.1:{server.server_port}/; Ctrl-C ends\n".encode()
        wrong = ask_all(lambda: said, lambda: True, Path("nowhere/base/output"), "canary0", random.Random(1))
        server.shutdown()
    for what in (
        "the secret is in the answer to b'GET /healthz",
        "500 for b'POST /sparql",
        "traceback in the answer to b'GET /",
    ):
        assert any(fault.startswith(what) for fault in wrong), what
    assert ask_all(lambda: b"kg: no build", lambda: False, Path("nowhere"), "canary0", random.Random(1)) == []


def test_the_environment_holds_marks(tmp_path: Path) -> None:
    """Also that with which the process began: what is read of /proc is seen."""
    code = (
        "import os, hostile_run as h\nassert h.MARK.encode() in open('/proc/self/environ', 'rb').read()\n"
        "arena = h.make(h.Path(os.environ['AT']), 1)\nended = h.Ended(0, h.MARK.encode(), b'', 0, 0.0, [], [], 0)\n"
        "print(h.faults(('check',), arena, h.around(arena), h.state(arena.base), ended, {e.name for e in arena.base.parent.iterdir()}))"
    )
    environment = {
        **os.environ, "PYTHONPATH": f"{Path(__file__).parent}:{Path(__file__).parents[2]}", "HOSTILE_TOKEN": "canary-of-environ",
        "AT": str(tmp_path / "1"),
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=300, check=True
    )
    assert done.stdout == "['the secret is in what it prints']\n"


@pytest.mark.parametrize("part", range(4))
def test_folders_whose_names_are_no_text_end_no_command_in_a_traceback(
    kg: Callable[..., Any], tmp_path: Path, part: int
) -> None:
    folder = tmp_path / os.fsdecode(b"b\xff\x1b[2J")
    (folder / "concepts").mkdir(parents=True)
    (folder / "concepts/a.md").write_text("# A\n\n[[b]] [[c]]\n", encoding="utf-8")
    (folder / "concepts/b.md").write_text("---\nrequires: '[[a]]'\n---\n# B\n\nB is a thing.\n", encoding="utf-8")
    (folder / "concepts/c.md").write_text("# C\n", encoding="utf-8")
    (folder / "table.ttl").write_text("<urn:a> a <http://www.w3.org/2004/02/skos/core#Concept> .\n", encoding="utf-8")
    commands = sorted(
        {arguments for _, arguments in COMMANDS if arguments[0] not in ("serve", "mcp", "lsp", "publish", "verify")}
    )
    assert len(commands) > 80
    for arguments in commands[part::4]:
        ran = kg(*arguments, cwd=folder)
        assert "Traceback" not in ran.stderr, (arguments, ran.stderr[-500:])
        assert "\x1b" not in ran.stdout + ran.stderr, arguments
