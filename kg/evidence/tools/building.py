"""Builds NuSMV from the sources in PyPI's `pynusmv`: NuSMV 2.5.4 (LGPL-2.1) and CUDD 2.4.1 (BSD)."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import sys
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from kg.base import process
from kg.base.errors import KgError
from kg.base.store import write_file
from kg.evidence.tools.smv import built

PACKAGE: Final = "pynusmv==1.0rc8"
DIGEST: Final = "35af7cdd25dfc8dc357770f0764b2cb726aed219200bba2e58c25318b2425aa1"
"""SHA-256 of the source distribution."""
_INNER: Final = "pynusmv-1.0rc8/dependencies/NuSMV/NuSMV-2.5.4.tar.gz"
_NEEDED: Final = ("gcc", "make", "flex", "bison")
# The sources date from 2011: files share common symbols, and `inline` has the semantics of GNU C89.
_FLAGS: Final = "-O2 -w -fcommon -std=gnu89"
_SIZES: Final = "-DHAVE_IEEE_754 -DBSD -DNUSMV_SIZEOF_VOID_P=8 -DNUSMV_SIZEOF_LONG=8 -DNUSMV_SIZEOF_INT=4"


def build_nusmv(say: Callable[[str], None], *, sdist: Path | None = None) -> Path:
    """Download the sources with pip, check their digest, compile them, and store the program in the cache. Return its path.

    Built without MiniSat, so only BDD-based checking is available. `sdist` is a downloaded archive.

    Raises KgError if a build tool is missing or a step fails.
    """
    target = built()
    if target.is_file() and _works(target):
        return target
    missing = [name for name in _NEEDED if process.find(name) is None]
    if missing:
        raise KgError(
            f"to build NuSMV, {', '.join(missing)} must be installed",
            hint="Debian: apt install gcc make flex bison libexpat1-dev",
        )
    if sys.maxsize < 1 << 32:
        raise KgError(f"NuSMV is built on 64-bit machines only, and this is {platform.machine()}", hint="set $KG_NUSMV")
    with tempfile.TemporaryDirectory(prefix="kg-nusmv-") as temporary:
        folder = Path(temporary)
        archive = sdist or _fetch(folder, say)
        if hashlib.sha256(archive.read_bytes()).hexdigest() != DIGEST:
            raise KgError(f"{archive.name} is not the file that it should be", hint="its digest differs: don't use it")
        say("compiling CUDD and NuSMV: about a minute and a half")
        program = _compile(_unpack(archive, folder))
        write_file(target, program.read_bytes())
        target.chmod(0o755)
    if not _works(target):
        raise KgError("NuSMV was built and doesn't run", hint="set $KG_NUSMV to one that does")
    return target


def _works(path: Path) -> bool:
    answer = process.run([str(path), "-help"], timeout=30)
    return "NuSMV 2.5.4" in answer.stdout + answer.stderr


def _fetch(folder: Path, say: Callable[[str], None]) -> Path:
    say(f"fetching {PACKAGE} with pip")
    wanted = folder / "requirements.txt"
    wanted.write_text(f"{PACKAGE} --hash=sha256:{DIGEST}\n", encoding="utf-8")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", "pynusmv", "--require-hashes"]
    done = process.run([*command, "-r", str(wanted), "-d", str(folder)], timeout=600)
    archives = sorted(folder.glob("pynusmv-*.tar.gz"))
    if done.status != 0 or not archives:
        last = (done.stderr.strip().splitlines() or ["pip gave no reason"])[-1]
        raise KgError(f"pip can't fetch {PACKAGE}: {last}", hint="is the package index reached? or set $KG_NUSMV")
    return archives[0]


def _unpack(archive: Path, folder: Path) -> Path:
    with tarfile.open(archive) as outer:
        outer.extract(_INNER, folder, filter="data")
    with tarfile.open(folder / _INNER) as inner:
        inner.extractall(folder, filter="data")
    return folder / "NuSMV-2.5.4"


def _compile(sources: Path) -> Path:
    fork = sources / "cudd-2.4.1.1" / "util" / "pipefork.c"
    fork.write_text(fork.read_text(encoding="latin-1").replace("union wait status", "int status"), encoding="latin-1")
    jobs = f"-j{os.cpu_count() or 1}"
    cudd = sources / "cudd-2.4.1.1"
    _step(["make", "CC=gcc", f"ICFLAGS={_FLAGS}", f"XCFLAGS={_SIZES}"], cudd)
    folder = sources / "nusmv"
    configure = ["sh", "./configure", "--disable-readline", "--enable-minisat=no", "CC=gcc", f"CFLAGS={_FLAGS}"]
    _step(configure, folder)
    _step(["make", jobs], folder)
    program = folder / "NuSMV"
    strip = process.find("strip")
    if strip is not None:
        process.run([strip, str(program)], timeout=60)
    return Path(shutil.copy(program, sources.parent / "NuSMV"))


def _step(command: list[str], folder: Path) -> None:
    done = process.run(command, timeout=1800, folder=folder)
    if done.status != 0:
        last = " ".join((done.stderr.strip().splitlines() or done.stdout.strip().splitlines() or ["no reason given"])[-3:])
        raise KgError(f"{command[0]} failed in {folder.name}: {last}", hint="is libexpat1-dev installed?")
