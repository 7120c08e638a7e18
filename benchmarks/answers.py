"""Wall seconds of what people do beside a built knowledge base; prints the table of docs/performance.md.

    python benchmarks/answers.py NOTES [--runs 3] [--hugo]

The notes are copied. A site is built from empty caches; then, in each run, one sentence and one link are added and the site is
built again, and commands answer with nothing changed. The median of the runs is shown. With --hugo, Hugo renders the same notes
in the same run, with a plain layout and without maps and search, and each row has its ratio to that.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

_LAYOUT: Final = (
    "<!doctype html><html><head><title>{{ .Title }}</title></head><body><main>{{ .Content }}</main></body></html>\n"
)
_HUGO: Final = 'baseURL = "https://example.org/"\ntitle = "Notes"\ndisableKinds = ["taxonomy", "term", "RSS", "sitemap"]\n'


def seconds_of(command: Sequence[str | Path], cwd: Path) -> float:
    """Wall seconds of a command. Ends this program if it fails."""
    start = time.perf_counter()
    done = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False, timeout=3600)
    if done.returncode not in (0, 1):
        raise SystemExit(f"{command} failed with status {done.returncode}:\n{done.stderr[-2000:]}")
    return time.perf_counter() - start


def render_with_hugo(notes: Path, folder: Path) -> float:
    """Seconds in which Hugo renders the notes with a plain layout."""
    layouts = folder / "layouts/_default"
    layouts.mkdir(parents=True)
    for name in ("single.html", "list.html"):
        (layouts / name).write_text(_LAYOUT, encoding="utf-8")
    (folder / "hugo.toml").write_text(_HUGO, encoding="utf-8")
    shutil.copytree(notes, folder / "content")
    return seconds_of(("hugo", "--quiet", "--destination", folder / "public"), folder)


def work(folder: Path) -> dict[str, Callable[[], float]]:
    """What is measured: name of a row → a function that does it once and returns the seconds."""
    paths = sorted((folder / "concepts").rglob("*.md"))
    note, other = paths[len(paths) // 2], paths[len(paths) // 3]
    target = folder / "written"

    def kg(*args: str) -> float:
        return seconds_of((sys.executable, "-m", "kg", *args), folder)

    def edited(text: str) -> float:
        note.write_text(note.read_text(encoding="utf-8") + text, encoding="utf-8")
        return kg("build", "-q")

    return {
        "`kg build`, one sentence in one note": lambda: edited("\nOne more sentence.\n"),
        "`kg build`, one new link": lambda: edited(f"\nSee [[{other.stem}]] too.\n"),
        "`kg build`, nothing changed": lambda: kg("build", "-q"),
        "`kg metrics`": lambda: kg("metrics"),
        "`kg map X`": lambda: kg("map", note.stem, "-o", str(target.with_suffix(".html"))),
        "`kg suggest X`, first": lambda: kg("suggest", note.stem),
        "`kg suggest X`, again": lambda: kg("suggest", note.stem),
        "`kg path X`": lambda: kg("path", note.stem),
        "`kg why X Y`": lambda: kg("why", note.stem, other.stem),
        "`kg export csv`": lambda: kg("export", "csv", "-o", str(target)),
        "`kg export jsonld`": lambda: kg("export", "jsonld", "-o", str(target.with_suffix(".jsonld"))),
        "`kg snapshot`": lambda: kg("snapshot"),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notes", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--hugo", action="store_true", help="Let Hugo render the same notes.")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kg-answers-") as temporary:
        folder = Path(temporary).resolve()
        os.environ["KG_CACHE"] = str(folder / "cache")
        shutil.copytree(options.notes, folder / "base/concepts")
        (folder / "base/kg.toml").write_text('title = "Benchmark"\n', encoding="utf-8")
        rows = {"`kg build`, empty caches": seconds_of((sys.executable, "-m", "kg", "build", "-q"), folder / "base")}
        memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        out = [p for p in (folder / "base/output").rglob("*") if p.is_file()]
        size = sum(p.stat().st_size for p in out) / 1e6
        for name, once in work(folder / "base").items():
            rows[name] = statistics.median(once() for _ in range(options.runs))
        hugo = render_with_hugo(options.notes, folder / "hugo") if options.hugo else 0.0
    notes = sum(1 for _ in options.notes.rglob("*.md"))
    print(f"{notes:,} notes; {len(out):,} files, {size:,.0f} MB; largest process {memory:,.0f} MB")
    print(f"Python {platform.python_version()}, {len(os.sched_getaffinity(0))} cores, {platform.machine()}\n")
    print("| work | seconds |" + (" × Hugo |" if hugo else "") + "\n|---|---:|" + ("---:|" if hugo else ""))
    for name, seconds in rows.items():
        print(f"| {name} | {seconds:.2f} |" + (f" {seconds / hugo:.2f} |" if hugo else ""))
    if hugo:
        print(f"| Hugo, the same notes | {hugo:.2f} | 1 |")


if __name__ == "__main__":
    main()
