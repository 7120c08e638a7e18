"""What runs in notes is shut in: whatever a block tries, it ends as a finding, and the machine is as it was."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from kg.base.process import sandbox
from kg.base.process.sandbox import SandboxLimits

Write = Callable[[Mapping[str, str | bytes]], Path]

# What a block does, its verdict, and why. Empty: it depends on which limit it meets first, as on a busy disk.
HOSTILE = {
    "runaway": ("while True: pass", "timed-out", "no end within"),
    "bomb": ("import os\nwhile True:\n    try: os.fork()\n    except OSError: pass", "", ""),
    "output": ("while True: print('x' * 100_000)", "failed", "it prints more than"),
    "memory": ("x = bytearray(4 << 30)", "failed", "MemoryError"),
    "large": ("f = open('f', 'wb')\nwhile True: f.write(bytes(1 << 20))", "failed", "File too large"),
    "many": (
        "i = 0\nwhile True:\n    i += 1\n    open(f'{i}', 'wb').write(bytes(1 << 22))",
        "",
        "it writes more than|no end within",
    ),
    "home": ("import os, sys\nopen(HOME + '/secret').read()", "failed", "Error"),
    "network": ("import socket\nsocket.create_connection(('127.0.0.1', PORT), 2)", "failed", "Error"),
    "away": ("open(HOME + '/left', 'w').write('x')", "failed", "Error"),
}


def test_whatever_a_block_tries_ends_as_a_finding(kg: Any, base: Write, tmp_path_factory: pytest.TempPathFactory) -> None:
    import socket

    home = tmp_path_factory.mktemp("home")
    (home / "secret").write_text("the secret")
    home.chmod(0o755)
    with socket.create_server(("127.0.0.1", 0)) as server:
        head = f"HOME = {str(home)!r}\nPORT = {server.getsockname()[1]}\n"
        blocks = [f"```python {{#{name} run claims={name}}}\n{head}{text}\n```\n" for name, (text, _, _) in HOSTILE.items()]
        folder = base({"concepts/a.md": "# A\n\n" + "\n".join(blocks)})
        ran = kg("verify", "-C", folder, "--timeout", "3", "--format", "json", env={"SECRET": "the secret"})
        server.settimeout(0)
        with pytest.raises(BlockingIOError):
            server.accept()
    assert ran.status == 1
    found = {e["key"].rpartition("#")[2]: e for e in json.loads(ran.stdout)}
    assert set(found) == set(HOSTILE)
    for name, (_, verdict, why) in HOSTILE.items():
        assert found[name]["verdict"] == verdict or (not verdict and found[name]["verdict"] in ("failed", "timed-out")), name
        assert re.search(why, found[name]["why"]), (name, found[name]["why"])
    assert "the secret" not in ran.stdout
    assert [p.name for p in home.iterdir()] == ["secret"]
    checked = kg("check", "-C", folder, "--select", "KG5", "--format", "json")
    assert checked.status == 1
    assert {f["code"] for f in json.loads(checked.stdout)["findings"]} == {"KG511", "KG513"}
    assert not [p for p in _processes() if "claim.py" in p and "run.py" in p]


def test_processes_that_leave_their_family_end_too() -> None:
    text = "import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        time.sleep(1234)\n"
    python = os.path.realpath(getattr(sys, "_base_executable", sys.executable))
    name = f"leaves-{os.getpid()}.py"
    command = [python, "-I", "-S", name]
    found = sandbox.run(
        command, {name: text}, limits=SandboxLimits(seconds=20), tools=[Path(os.path.realpath(sys.base_prefix))]
    )
    assert found.status == 0, found
    assert not [p for p in _processes() if name in p]


def test_two_runs_are_never_the_same_user() -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(6) as pool:
        command = ["/bin/sh", "-c", "id -u; sleep 0.3"]
        found = list(pool.map(lambda _: sandbox.run(command, {}, limits=SandboxLimits(seconds=30)), range(6)))
    users = [f.stdout.strip() for f in found]
    assert all(f.status == 0 for f in found), found
    # Where kg is not root, each has the user that it runs as.
    assert len(set(users)) == (6 if os.geteuid() == 0 else 1)


def test_the_environment_is_empty_and_what_held_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "the secret")
    found = sandbox.run(["/bin/sh", "-c", "env; id -u"], {}, limits=SandboxLimits(seconds=20))
    names = {line.partition("=")[0] for line in found.stdout.splitlines() if "=" in line}
    assert names <= {"PATH", "HOME", "TMPDIR", "LANG", "PWD", "SHLVL", "_", "OLDPWD"}
    assert set(found.held) == set(sandbox.HOLDS)
    assert all(found.held.values())
    assert set(found.by) == set(sandbox.HOLDS)
    if found.held["user"]:
        assert found.stdout.splitlines()[-1] != "0"


def test_a_program_that_is_not_there() -> None:
    found = sandbox.run(["/no/such/program"], {}, limits=SandboxLimits(seconds=20))
    assert (found.status, "can't run" in found.stderr) == (None, True)


def _processes() -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(path.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace"))
        except OSError:
            continue
    return found
