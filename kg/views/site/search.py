"""Full-text search: the page, and the pagefind index of the finished site."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from kg.base import process
from kg.base.errors import KgError
from kg.base.formats.json_text import read_json
from kg.base.json_forms import json_compact, json_line
from kg.model import Artifact
from kg.views.page import PageHead, View, asset, page, paths
from kg.views.page.shell import SEARCHES

FOLDER: Final = "pagefind"
_TIMEOUT: Final = 1800
_KEPT: Final = ("pagefind.js", "pagefind-worker.js", "pagefind-entry.json")


def search_page(view: View, *, searchable: bool) -> Artifact:
    """The search page; without an index, it links to the list of names."""
    w = view.words
    texts = {"failed": w("search-failed"), "found": w.forms("search-found")}
    head = PageHead("search.html", w("find"), "search")
    return page(
        view,
        paths.SEARCH,
        head._replace(may=SEARCHES, scripts=("search.js",)) if searchable else head,
        searchable=searchable,
        texts=json_line(texts).replace("<", "\\u003c"),
    )


def search_script() -> Artifact:
    """The script of the page."""
    return asset("search.js")


def make_index(folder: Path) -> int:
    """Run pagefind on the pages below a folder and return the number of files of the index.

    The index is a function of the pages: parts with varying order (languages in one file) are sorted. User interface files of
    pagefind that the site doesn't use are removed. Raises KgError if pagefind fails.
    """
    # start time: only a build with an index needs it
    from pagefind_bin_extended import get_executable

    ran = process.run(
        [
            str(get_executable()),
            "--site",
            str(folder),
            "--output-path",
            str(folder / FOLDER),
            "--silent",
            "--glob",
            "{concepts,notes,reports}/*.html",
        ],
        timeout=_TIMEOUT,
    )
    entry = folder / FOLDER / "pagefind-entry.json"
    if ran.status != 0 or not entry.is_file():
        message = (ran.stderr.strip() or ran.stdout.strip() or "it said nothing").splitlines()[-1]
        raise KgError(
            f"pagefind could not index the site: {message}", hint="build without it: [site] search = false in kg.toml"
        )
    value = read_json(entry.read_bytes())
    value["languages"] = dict(sorted(value["languages"].items()))
    entry.write_text(json_compact(value, sort_keys=True), encoding="utf-8")
    for path in (folder / FOLDER).iterdir():
        if path.is_file() and path.name not in _KEPT and path.suffix in (".js", ".css"):
            path.unlink()
    return sum(1 for p in (folder / FOLDER).rglob("*") if p.is_file())
