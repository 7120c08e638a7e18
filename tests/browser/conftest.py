"""What browser tests share: Debian's Chromium, and the made-up knowledge bases of the unit tests."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from kg.model import Artifact

CHROMIUM = Path("/usr/bin/chromium")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    required = os.environ.get("KG_REQUIRE_TOOLS") == "1"
    if not CHROMIUM.exists():
        if required:
            pytest.fail(f"{CHROMIUM} is missing and KG_REQUIRE_TOOLS=1")
        pytest.skip(f"{CHROMIUM} is missing")
    if required:
        import playwright.sync_api as api
    else:
        api = pytest.importorskip("playwright.sync_api")
    with api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield chromium
        chromium.close()


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
