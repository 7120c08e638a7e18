"""Completion in the shells themselves, set up by the lines of the documentation: what the Tab key writes on the line."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pexpect
import pytest

ROOT = Path(__file__).resolve().parents[2]
LINES = {
    shell: line.partition("  #")[0].rstrip()
    for line in re.findall(r"^.*_KG_COMPLETE=.*$", (ROOT / "docs/interface.md").read_text(encoding="utf-8"), re.MULTILINE)
    for shell in re.findall(r"=(\w+)_source", line)
}
"""Shell → the line that docs/interface.md tells readers to write into its settings."""
START = {"bash": "bash --norc --noprofile -i", "zsh": "zsh -f -i"}
BEFORE = {"bash": "bind 'set enable-bracketed-paste off'", "zsh": "autoload -Uz compinit; compinit -u -D"}
WAIT = 60


def _need(shell: str) -> None:
    if not shutil.which(shell):
        if os.environ.get("KG_REQUIRE_TOOLS") == "1":
            pytest.fail(f"{shell} is missing (Debian: apt install {shell})")
        pytest.skip(f"{shell} is missing")


@pytest.fixture(scope="module")
def place(kg: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A knowledge base that was built, and an environment with kg in the path."""
    folder = tmp_path_factory.mktemp("shells")
    (folder / "bin").mkdir()
    program = folder / "bin/kg"
    # Like the script of an installation: completion is registered for the name of the program.
    program.write_text(f"#!{sys.executable} -P\nfrom kg.app.cli import run\n\nrun()\n")
    program.chmod(0o755)
    env = {name: text for name, text in os.environ.items() if not name.startswith(("KG_", "_KG", "PS1", "ZDOT"))}
    path = os.pathsep.join([str(folder / "bin"), "/usr/bin", "/bin"])
    env |= {"PATH": path, "PYTHONPATH": str(ROOT), "KG_CACHE": str(folder / "cache"), "HOME": str(folder), "TERM": "dumb"}
    env |= {"XDG_CONFIG_HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CACHE_HOME": str(folder)}
    assert kg("init", "kb", cwd=folder).status == 0
    assert kg("build", cwd=folder / "kb", env={"KG_CACHE": str(folder / "cache")}).status == 0
    return folder / "kb", env


def test_the_documentation_has_a_line_for_each_shell() -> None:
    assert set(LINES) == {"bash", "zsh", "fish"}


@pytest.mark.parametrize("shell", START)
def test_tab_completes_commands_options_and_concepts(shell: str, place: tuple[Path, dict[str, str]]) -> None:
    _need(shell)
    folder, env = place
    name, *arguments = START[shell].split()
    terminal = pexpect.spawn(name, arguments, cwd=str(folder), env=env, encoding="utf-8", timeout=WAIT, dimensions=(40, 200))
    try:
        terminal.sendline(f"PS1='ready'\">\"; {BEFORE[shell]}; {LINES[shell]}")  # in parts: its echo isn't the prompt
        terminal.expect_exact("ready>")
        for typed, completed in (("kg why na", "mespace"), ("kg dif", "f"), ("kg check --select-con", "cepts")):
            terminal.send(typed)
            terminal.expect_exact(typed)
            terminal.send("\t")
            terminal.expect_exact(completed)
            terminal.send("\x15")  # clears the line
    finally:
        terminal.close(force=True)


def test_fish_completes_commands_options_and_concepts(place: tuple[Path, dict[str, str]]) -> None:
    """`complete -C` prints what the Tab key offers."""
    _need("fish")
    folder, env = place
    asked = "; ".join(f"complete -C '{line}'" for line in ("kg why na", "kg dif", "kg check --select-con"))
    command = ["fish", "--no-config", "-c", f"{LINES['fish']}; {asked}"]
    ran = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=WAIT)
    offered = [line.partition("\t")[0] for line in ran.stdout.splitlines() if line]
    assert offered == ["namespace", "diff", "--select-concepts"], ran.stderr
