"""NuSMV is built from a source distribution: here from one of the same shape whose programs only say who they are."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import tarfile
from pathlib import Path

import pytest

from kg.base.errors import KgError
from kg.evidence.tools import building

CONFIGURE = """printf 'all:\\n\\tcp nusmv.sh NuSMV\\n\\tchmod +x NuSMV\\n' > Makefile
"""


def _tar(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return out.getvalue()


def _sources(said: str, configure: str = CONFIGURE) -> bytes:
    inner = {
        "NuSMV-2.5.4/cudd-2.4.1.1/util/pipefork.c": b"union wait status;\n",
        "NuSMV-2.5.4/cudd-2.4.1.1/Makefile": b"all:\n\tgrep -q 'int status' util/pipefork.c\n",
        "NuSMV-2.5.4/nusmv/configure": configure.encode(),
        "NuSMV-2.5.4/nusmv/nusmv.sh": f"#!/bin/sh\necho '{said}'\n".encode(),
    }
    return _tar({building._INNER: _tar(inner)})


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    if shutil.which("make") is None:
        pytest.skip("make is missing")
    monkeypatch.setenv("KG_TOOLS", str(tmp_path / "tools"))
    monkeypatch.setattr(building, "_NEEDED", ("make",))
    return tmp_path / "pynusmv-1.0rc8.tar.gz"


def _build(archive: Path, data: bytes, monkeypatch: pytest.MonkeyPatch) -> Path:
    archive.write_bytes(data)
    monkeypatch.setattr(building, "DIGEST", hashlib.sha256(data).hexdigest())
    return building.build_nusmv(lambda _text: None, sdist=archive)


def test_it_is_compiled_once_and_kept(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _build(archive, _sources("This is NuSMV 2.5.4"), monkeypatch)
    assert os.access(path, os.X_OK)
    assert path.is_relative_to(archive.parent / "tools")
    archive.unlink()
    assert building.build_nusmv(lambda _text: None, sdist=archive) == path, "nothing is built again"


def test_what_does_not_work_is_said(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(KgError, match="was built and doesn't run"):
        _build(archive, _sources("something else"), monkeypatch)
    with pytest.raises(KgError, match="sh failed in nusmv: no expat"):
        _build(archive, _sources("", "echo no expat >&2; exit 1\n"), monkeypatch)


def test_sources_that_can_not_be_fetched_are_said(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(archive.parent))
    monkeypatch.setenv("PIP_DISABLE_PIP_VERSION_CHECK", "1")
    with pytest.raises(KgError, match="pip can't fetch pynusmv"):
        building.build_nusmv(lambda _text: None)
