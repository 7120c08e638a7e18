"""The project's own graph as Parquet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from needs import need


@pytest.fixture(scope="session")
def tables(tmp_path_factory: pytest.TempPathFactory, kg: Callable[..., object], own: Path) -> Path:
    """The project's own knowledge base as Parquet. Don't change it."""
    need("pyarrow")
    folder = tmp_path_factory.mktemp("tables") / "own"
    ran = kg("export", "parquet", "-C", own, "-o", folder)
    assert ran.status == 0, ran.stderr
    return folder
