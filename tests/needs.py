"""Libraries and programs of optional parts: tests that need a missing one are skipped, or fail where tools are required."""

from __future__ import annotations

import os
import shutil
from importlib.util import find_spec

import pytest


def need(*names: str) -> None:
    """Skip unless all modules (``py…``) and programs are there; with KG_REQUIRE_TOOLS=1, fail."""
    missing = [name for name in names if not (find_spec(name) if name.startswith("py") else shutil.which(name))]
    if missing:
        said = f"{missing[0]} is missing (pip install 'kg-notes[spark]'; Debian: apt install openjdk-17-jre-headless)"
        if os.environ.get("KG_REQUIRE_TOOLS") == "1":
            pytest.fail(said)
        pytest.skip(said, allow_module_level=True)
