"""The systems that kg runs on. Only this module decides that; all others use what Linux and macOS have."""

from __future__ import annotations

import os
from importlib import import_module
from typing import Final

from kg.base.errors import UsageError

_MODULES: Final = ("fcntl", "resource")
_NAMES: Final = ("fork", "geteuid", "getuid", "O_CLOEXEC", "O_DIRECTORY", "O_NOFOLLOW", "O_NONBLOCK")
"""Of `os`."""


def require_system() -> None:
    """Raise UsageError on a system without locks of files, forks and limits of processes, such as Windows.

    Call it before modules are imported that use them: without them kg could neither limit queries nor write safely.

    >>> require_system()
    """
    if name := _missing():
        raise UsageError(
            f"kg runs on Linux and macOS: this system has no {name}",
            hint="on Windows, install and run kg within WSL: wsl --install",
        )


def _missing() -> str:
    """The first name that the system lacks; empty if there is none."""
    for name in _MODULES:
        try:
            import_module(name)
        except ImportError:
            return name
    return next((f"os.{name}" for name in _NAMES if not hasattr(os, name)), "")
