"""What browser tests share: the made-up knowledge bases of the unit tests."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Iterable
from importlib.resources import files
from pathlib import Path
from types import ModuleType

import pytest

from kg.model import Artifact


@pytest.fixture(scope="session")
def axe() -> str:
    """The script of axe-core, as a package on PyPI ships it; it says what a page makes hard for readers with disabilities."""
    if os.environ.get("KG_REQUIRE_TOOLS") != "1":
        pytest.importorskip("axe_playwright_python")
    return (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def toy_of() -> Callable[[str], ModuleType]:
    """The made-up knowledge base beside the unit tests of a view."""

    def load(view: str) -> ModuleType:
        path = Path(__file__).parent.parent / "unit" / view / "toy.py"
        spec = importlib.util.spec_from_file_location(f"kg_{view}_toy", path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load


@pytest.fixture(scope="session")
def write_all() -> Callable[[Path, Iterable[Artifact]], None]:
    """Write artifacts below a folder."""

    def write(folder: Path, artifacts: Iterable[Artifact]) -> None:
        for artifact in artifacts:
            path = folder / artifact.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(artifact.data)

    return write
