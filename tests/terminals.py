"""Commands on a terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import shlex
import struct
import subprocess
import sys
import termios
from pathlib import Path


def terminal(folder: Path, command: str, columns: int = 60, **env: str) -> str:
    """What a command prints on a terminal."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    clean = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "CI", "COLUMNS")}
    process = subprocess.Popen(
        [sys.executable, "-m", "kg", *shlex.split(command)],
        cwd=folder, stdin=follower, stdout=follower, stderr=follower, env={**clean, "TERM": "xterm-256color", **env},
    )  # fmt: skip
    os.close(follower)
    data = b""
    while True:
        try:
            part = os.read(leader, 65536)
        except OSError:
            break
        if not part:
            break
        data += part
    process.wait(60)
    os.close(leader)
    return data.decode("utf-8", "replace").replace("\r\n", "\n")
