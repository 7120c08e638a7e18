"""A system without what kg needs, such as Windows: help and version are shown, all else says in a sentence where kg runs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HIDDEN = ("fcntl", "resource", "pwd", "grp", "termios")
STUB = f"""
import os, sys
sys.modules.update(dict.fromkeys({HIDDEN}))
for name in dir(os):
    if name.startswith("O_") and name[2:] not in ("RDONLY", "WRONLY", "RDWR", "CREAT", "EXCL", "TRUNC", "APPEND"):
        delattr(os, name)
for name in ("fork", "geteuid", "getuid", "getgid", "killpg", "setsid", "fchmod", "fchown", "wait4", "sched_getaffinity"):
    delattr(os, name)
os.supports_dir_fd.clear()
os.supports_fd.clear()
open_file = os.open
def open_no_folder(path, *args, **kwargs):
    if os.path.isdir(path):
        raise PermissionError(13, "Permission denied", path)
    return open_file(path, *args, **kwargs)
os.open = open_no_folder
"""
COMMAND = (
    STUB
    + """
sys.argv = ["kg", *sys.argv[1:]]
from kg.app.cli import run
run()
"""
)
ENGLISH = (
    "kg: kg runs on Linux and macOS: this system has no fcntl",
    "on Windows, install and run kg within WSL: wsl --install",
)
CHINESE = ("kg：kg 只能在 Linux 和 macOS 上运行：本系统没有 fcntl", "在 Windows 上，请在 WSL 中安装并运行 kg：wsl --install")


def _run(program: str, *args: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", program, *map(str, args)]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=False, timeout=100)


@pytest.mark.parametrize(("args", "shown"), [(("--version",), "kg, version "), (("--help",), "Commands:")])
def test_help_and_version_are_shown(args: tuple[str, ...], shown: str) -> None:
    ran = _run(COMMAND, *args)
    assert shown in ran.stdout + ran.stderr
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize(
    "args",
    [
        ("check", "--lang", "zh"),
        ("--lang", "zh", "build"),
        ("ls", "--help"),
        ("--no-such-option", "check"),
        ("--version", "--verbose"),
    ],
)
def test_a_command_says_where_kg_runs(args: tuple[str, ...]) -> None:
    ran = _run(COMMAND, *args)
    assert (ran.returncode, ran.stdout) == (2, ""), ran.stderr
    told = CHINESE if "zh" in args else ENGLISH
    assert ran.stderr.split("\n    ") == [told[0], told[1] + "\n"]


def test_the_interface_of_python_says_so_too() -> None:
    ran = _run(STUB + "import kg\nprint(kg.__version__)\ntry:\n kg.load('x')\nexcept Exception as error:\n print(error)\n")
    assert "kg runs on Linux and macOS" in ran.stdout, ran.stderr
