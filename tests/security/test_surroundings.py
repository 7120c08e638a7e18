"""The folder in which kg is called may be somebody's: no library and no program takes settings or code from it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

COUNT = 40
"""Notes; with fewer there are no plots."""
MATPLOTLIB = "text.usetex: True\nbackend: module://evil\ntext.latex.preamble: \\input{/etc/passwd}\nfont.size: 30\n"


def _notes(folder: Path) -> Path:
    (folder / "concepts").mkdir(parents=True)
    for i in range(COUNT):
        one, other = (i + 1) % COUNT, (i * 7 + 3) % COUNT
        text = f"---\ntitle: N {i}\nuses: '[[n{other}]]'\n---\n# N {i}\n\nrequires:: [[n{one}]]\n"
        (folder / f"concepts/n{i}.md").write_text(text)
    return folder


def _hostile(folder: Path, canary: Path) -> None:
    """Settings and code of everything that might look for them in the working folder."""
    evil = f"open({str(canary)!r}, 'a').write(__name__)\n"
    files = {
        "matplotlibrc": MATPLOTLIB,
        "pagefind.toml": f'logfile = "{canary}"\noutput_path = "{canary}-out"\nverbose = true\n',
        "pagefind.yml": f"logfile: {canary}\n", "pagefind.json": f'{{"logfile": "{canary}"}}', ".igraphrc": "[plotting]\n",
        ".npmrc": "registry=http://127.0.0.1:9/\n", ".netrc": "machine x\n", ".env": "PYTHONSTARTUP=evil.py\n",
        "package.json": "{", "pyvenv.cfg": "home = .\n",
        **dict.fromkeys(("evil.py", "sitecustomize.py", "usercustomize.py", "json.py", "numpy.py", "matplotlib.py"), evil),
    }  # fmt: skip
    for name, text in files.items():
        (folder / name).write_text(text)


def _programs(folder: Path, canary: Path) -> str:
    """A PATH on which each program that a library might like to run first tells of it."""
    folder.mkdir()
    for name in ("latex", "pdflatex", "xelatex", "dvipng", "dvisvgm", "kpsewhich", "gs", "inkscape", "fc-list", "node", "npm"):
        (folder / name).write_text(f"#!/bin/sh\necho {name} >>'{canary}'\nexit 1\n")
        (folder / name).chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"


def _run(folder: Path, *arguments: str, path: str = "", before: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    """Kg as its script is started, which has the working folder not among the places of modules."""
    env = {**os.environ, "NO_COLOR": "1", "SOURCE_DATE_EPOCH": "1700000000", "PATH": path or os.environ["PATH"]}
    command = [*before, sys.executable, "-P", "-m", "kg", *arguments]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=300, check=False)


def _bytes(folder: Path) -> dict[str, bytes]:
    found = {p.relative_to(folder).as_posix(): p for p in sorted((folder / "output").rglob("*")) if p.is_file()}
    return {
        n: p.read_bytes() for n, p in found.items() if "/graph/store/" not in n and not n.endswith(("build.json", "files.txt"))
    }


def test_a_build_is_the_same_whatever_settings_lie_around(tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    path = _programs(tmp_path / "bin", canary)
    plain = _notes(tmp_path / "plain/kb")
    assert _run(plain, "build", "--quiet").returncode == 0
    other = _notes(tmp_path / "hostile/kb")
    _hostile(other, canary)
    ran = _run(other, "build", "--quiet", path=path)
    assert ran.returncode == 0, ran.stderr
    assert not list(tmp_path.glob("canary*"))
    there = _bytes(plain)
    assert "output/reports/association-degrees.svg" in there
    assert _bytes(other) == there


@pytest.mark.parametrize("name", ["matplotlibrc", "pagefind.toml", ".igraphrc"])
def test_a_pipe_in_their_place_makes_nobody_wait(tmp_path: Path, name: str) -> None:
    folder = _notes(tmp_path / "kb")
    os.mkfifo(folder / name)
    assert _run(folder, "build", "--quiet", "--stage", "site").returncode == 0


_CALL = re.compile(r"(\d+) +(\w+)\((?:AT_FDCWD(?:<[^>]*>)?, )?\"([^\"]*)\"")
COMMANDS = (
    ("build",), ("metrics",), ("snapshot",), ("suggest",), ("verify",), ("map", "n1", "-o", "map.html"), ("export", "jsonld"),
    ("query", "SELECT * { ?s ?p ?o } LIMIT 1"), ("plan", "status"), ("doctor",),
)  # fmt: skip


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is missing")
def test_nothing_is_looked_up_by_a_relative_name(tmp_path: Path) -> None:
    """By the system calls: a relative name that is asked for in the knowledge base is taken from there."""
    folder = _notes(tmp_path / "kb")
    log = tmp_path / "calls"
    calls = "open,openat,openat2,stat,lstat,newfstatat,statx,access,faccessat,faccessat2,readlink,readlinkat,execve,chdir"
    asked: dict[str, list[str]] = {}
    for command in COMMANDS:
        log.unlink(missing_ok=True)
        _run(folder, *command, before=("strace", "-f", "-qq", "-o", str(log), "-e", f"trace={calls}"))
        elsewhere: set[str] = set()
        for line in log.read_text(errors="replace").splitlines():
            m = _CALL.match(line)
            if m is None:
                continue
            process, call, name = m.groups()
            if call == "chdir":
                elsewhere.add(process)
            elif name and not name.startswith("/") and process not in elsewhere and name not in (".", command[-1]):
                asked.setdefault(command[0], []).append(f"{call} {name}")
    assert asked == {}
