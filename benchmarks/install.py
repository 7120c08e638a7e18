"""From the wheel to the first site: environment, installation, `kg init`, `kg build`; prints the table of docs/performance.md.

    python -m pip wheel --no-deps --wheel-dir dist . && python benchmarks/install.py dist/kg*.whl

The packages come from the cache of the installer, which one installation before fills; so no network is measured. CPU seconds
are those of all processes of a step.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

BOUND = 60
"""Most seconds that the whole may wait."""


def spent() -> float:
    """CPU seconds of the processes that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def steps(installer: str, wheel: Path, folder: Path) -> Iterator[tuple[str, list[str]]]:
    """The commands, with the names of the steps."""
    python = str(folder / "env/bin/python")
    if installer == "uv":
        uv = shutil.which("uv", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}") or "uv"
        yield "environment", [uv, "venv", "--quiet", "--no-python-downloads", "--python", sys.executable, str(folder / "env")]
        yield "installation", [uv, "pip", "install", "--quiet", "--python", python, str(wheel)]
    else:
        yield "environment", [sys.executable, "-m", "venv", str(folder / "env")]
        yield "installation", [python, "-m", "pip", "install", "--quiet", str(wheel)]
    yield "`kg init`", [str(folder / "env/bin/kg"), "init", str(folder / "new")]
    yield "`kg build`", [str(folder / "env/bin/kg"), "build", "-C", str(folder / "new"), "--strict"]


def measure(installer: str, wheel: Path) -> list[tuple[str, float, float]]:
    """Each step with its CPU seconds and the seconds that it waited."""
    hidden = ("PYTHONPATH", "VIRTUAL_ENV", "KG_CACHE")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        env = {name: text for name, text in os.environ.items() if name not in hidden} | {"KG_CACHE": str(folder / "cache")}
        rows = []
        for name, command in steps(installer, wheel, folder):
            cpu, begin = spent(), time.monotonic()
            subprocess.run(command, env=env, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            rows.append((name, spent() - cpu, time.monotonic() - begin))
        if not (folder / "new/output/index.html").is_file():
            raise SystemExit("there is no site")
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wheel", type=Path)
    parser.add_argument("--installer", choices=("uv", "pip"), default="uv")
    options = parser.parse_args()
    measure(options.installer, options.wheel.absolute())  # fills the cache
    rows = measure(options.installer, options.wheel.absolute())
    whole = [sum(column) for column in zip(*(row[1:] for row in rows), strict=True)]
    print(f"| step, with {options.installer} | CPU s | waited s |\n|---|---:|---:|")
    for name, cpu, waited in rows:
        print(f"| {name} | {cpu:.1f} | {waited:.1f} |")
    print(f"| **all** (bound: {BOUND} s) | {whole[0]:.1f} | {whole[1]:.1f} |")
    raise SystemExit(whole[1] > BOUND)


if __name__ == "__main__":
    main()
