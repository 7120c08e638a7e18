"""Writes the table of docs/cage.md: the protection that stopped each attack, in each situation available on this machine.

python docs/make_cage.py      as root, on Linux: runs all attacks of tests/security/escapes.py and writes docs/cage.md
"""

from __future__ import annotations

import errno
import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "security"))

from escapes import ATTACKS, SITUATIONS  # noqa: E402  # it is found only now

_HEAD = """\
# Results of sandbox attacks on `kg verify`

{number} escapes and floods (`tests/security/escapes.py`), each a program that a note could contain. `python docs/make_cage.py`
ran them on Linux {system}; `tests/security/test_cage.py` runs them with each change. Limits: 3 s, 64 MB of memory, 16 MB in
files of up to 8 MB, 1,000 files, 8 processes, 100 KB of output. Escaped: {escaped}. Left behind: {left}.

- **root**: control groups and all namespaces; the program runs as a separate user.
- **no groups**: root, if no control group can be created.
- **container**: root with the privileges that container engines grant: no mounting, so no namespaces; no control groups.
- **user**: an ordinary user with user namespaces, without control groups.
- **no namespaces**: an ordinary user without namespaces and without control groups.
- **old**: the same with the first version of Landlock, in Linux 5.13, which can't restrict signals and truncation.

The error that the program got is in brackets. *Removed* means that the program succeeded within its limits, and all its
processes and files were removed after the run.

"""
# The protection that returned an error, by attack kind and error, or by error alone; the name of an attack has priority.
_BY: Mapping[str, str] = {
    "rights of root again": "no rights", "kernel ENOENT": "namespace",
    "the temporary folder": "Landlock", "POSIX shared memory in /dev/shm": "Landlock",
    "a link to a file of the user": "Landlock",
    "programs with the rights of root EACCES": "no new rights", "mode and time of the user's files": "seccomp or user",
    "the length of a file of the user EPERM": "seccomp", "signals to another process EPERM": "Landlock, seccomp or user",
    "kernel": "seccomp", "memory EPERM": "seccomp", "network": "seccomp", "files ENOTSUP": "seccomp",
    "reading EACCES": "Landlock",
    "writing EACCES": "Landlock", "files EACCES": "Landlock", "ESRCH": "namespace", "ENOENT": "namespace", "EFBIG": "rlimit",
    "EMFILE": "rlimit", "EAGAIN": "rlimit", "ENOSPC": "tmpfs",
}  # fmt: skip


def main() -> None:
    """Run all attacks and write the page."""
    results: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}
    for situation in SITUATIONS:
        done = subprocess.run(  # noqa: S603  # our own program
            [sys.executable, str(ROOT / "tests/security/escapes.py"), situation], capture_output=True, text=True, check=True
        )
        for line in done.stdout.splitlines():
            result = json.loads(line)
            results.setdefault((result["kind"], result["name"]), {})[situation] = result
    last = results.pop(("all", "what is left afterwards"))
    left = "; ".join(f"{name}: {r['how']}" for name, r in last.items() if not r["ok"]) or "nothing"
    escaped = sum(not r["ok"] for row in results.values() for r in row.values())
    text = _HEAD.format(
        number=len(ATTACKS),
        system=".".join(platform.release().split(".")[:2]),
        escaped=f"{escaped} of {len(ATTACKS) * len(SITUATIONS)}",
        left=left,
    )
    text += f"| tried | {' | '.join(SITUATIONS)} |\n|---|{'---|' * len(SITUATIONS)}\n"
    kind = ""
    for (group, name), row in results.items():
        if group != kind:
            kind = group
            text += f"| **{kind}** |{' |' * len(SITUATIONS)}\n"
        cells = [_cell(row[situation]) for situation in SITUATIONS]
        text += f"| {name} | {' | '.join(cells)} |\n"
    (ROOT / "docs" / "cage.md").write_text(text, encoding="utf-8")


def _cell(result: Mapping[str, Any]) -> str:
    how = str(result["how"]).replace("ended and removed with the run", "removed")
    error = next((name for name in errno.errorcode.values() if how in (name, os.strerror(getattr(errno, name)))), "")
    if error:
        kind, name = result["kind"], result["name"]
        keys = (f"{name} {error}", name, error if error in ("ESRCH", "ENOENT") else "", f"{kind} {error}", kind, error)
        by = next((_BY[key] for key in keys if key in _BY), "")
        how = f"{by} ({error})" if by else error
    return how if result["ok"] else f"**ESCAPED** {how}"


if __name__ == "__main__":
    main()
