"""Full-text search: the page, and pagefind's indexes of the finished pages.

The index is made of shards, so that an edit indexes one of them, and several are made at the same time. A page belongs to a
shard by a digest of its address in the first language: it stays there whatever becomes of other pages, and its translations are
with it, so that each shard has an index in every language. The page of the search merges the shards.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Final

from kg.base import process
from kg.base.about import code_stamp
from kg.base.errors import KgError, file_not_written
from kg.base.formats.json_text import read_json
from kg.base.json_forms import json_compact, json_line
from kg.base.removal import remove_tree
from kg.base.store import link_file
from kg.model import Artifact
from kg.views.page import PageHead, View, asset, page, paths
from kg.views.page.shell import SEARCHES
from kg.views.site.overview import central

FOLDER: Final = "pagefind"
_TIMEOUT: Final = 1800
_FRAGMENT: Final = ".pf_fragment"
"""pagefind's file of one page. Those of a shard are joined to 16 packs, by the last letter of their names."""
_SCRIPTS: Final = ("pagefind.js", "pagefind-worker.js")
"""What the site uses of pagefind's files for browsers, from the first shard."""
_PAGES: Final = 500
"""Pages of a shard, at most; their index takes half a second of CPU time."""
_SHARDS: Final = 32
"""Maximum number of shards: a search asks each of them."""
_REPORTS: Final = "reports"
"""The shard of the reports. They change with every edit, and what they list is found rather on its own page."""
_FIRST: Final = 16
"""Number of concepts to begin with."""


def choose_shards(addresses: Iterable[str], languages: int) -> dict[str, str]:
    """Return the shard of each page that is searched, by its address in the first language.

    The number of shards is a power of two that grows with the number of pages.

    >>> choose_shards(["concepts/raft.html", "browse/a-z.html", "reports/quality.html"], 2)
    {'concepts/raft.html': '0', 'reports/quality.html': 'reports'}
    """
    reports, pages = [], []
    for address in addresses:
        if address.startswith("reports/"):
            reports.append(address)
        elif address.startswith(("concepts/", "notes/")):
            pages.append(address)
    count = 1
    while count < _SHARDS and count * _PAGES < len(pages) * languages:
        count *= 2
    return {address: str(_number(address) % count) for address in pages} | dict.fromkeys(reports, _REPORTS)


def _number(address: str) -> int:
    return int.from_bytes(hashlib.sha256(address.encode("utf-8", "replace")).digest()[:4], "big")


def order_shards(shards: Iterable[str]) -> list[str]:
    """Return each shard once: those of concepts and notes first.

    >>> order_shards(["10", "reports", "2", "10"])
    ['2', '10', 'reports']
    """
    return sorted(set(shards), key=lambda shard: (shard == _REPORTS, len(shard), shard))


def search_page(view: View, shards: Sequence[str], texts: int) -> Artifact:
    """The search page. It finds names, and the text by the shards, or from disk by a number of files with texts."""
    w = view.words
    words = {
        "failed": w("search-failed"),
        "none": w("search-nothing"),
        "found": w.forms("search-found"),
        "named": w("search-named"),
        "shards": shards,
        "texts": [f"{paths.TEXTS}/{i:x}.js" for i in range(texts)],
    }
    head = PageHead("search.html", w("find"), "search", scripts=("search.js",), may=SEARCHES if shards else "")
    first = [view.link(paths.SEARCH, iri) for iri in central(view)[:_FIRST]]
    return page(view, paths.SEARCH, head, searchable=bool(shards), first=first, texts=json_line(words).replace("<", "\\u003c"))


def search_script() -> Artifact:
    """The script of the page."""
    return asset("search.js")


def index_shard(site: Path, shard: str, pages: Iterable[str], *, first: bool) -> Iterator[Artifact]:
    """Yield the index of the pages of a shard, which are files below the folder `site`.

    Only the `first` shard has the scripts of pagefind. Raises KgError if pagefind fails.
    """
    with _folder_beside(site, shard) as scratch:
        packs: dict[str, dict[str, bytes]] = {}
        for path in _run(site, sorted(pages), scratch, first=first):
            data = path.read_bytes()
            if path.suffix == _FRAGMENT:
                packs.setdefault(path.stem[-1], {})[path.stem] = data
                continue
            if path.name in _SCRIPTS:
                data = asset("packed.js").data + data
            yield Artifact(f"{FOLDER}/{shard}/{path.relative_to(scratch).as_posix()}", data)
        for name, fragments in packs.items():
            yield Artifact(f"{FOLDER}/{shard}/fragment/{name}.pack", _pack(fragments))


def _pack(fragments: Mapping[str, bytes]) -> bytes:
    """Join fragments: a line of JSON, name → start and end in what follows; then their bytes."""
    places, end = {}, 0
    for name, data in fragments.items():
        places[name] = (end, end + len(data))
        end += len(data)
    return b"".join((json_compact(places).encode(), b"\n", *fragments.values()))


def key_of_shard(shard: str, pages: Mapping[str, str], *, first: bool) -> str:
    """A digest of everything that the index of a shard depends on. `pages`: path → digest of the page."""
    digest = hashlib.sha256(f"{_code()} {shard} {first}".encode())
    for path, content in sorted(pages.items()):
        digest.update(f"\n{content} {path}".encode("utf-8", "replace"))
    return digest.hexdigest()


@lru_cache(maxsize=1)
def _code() -> str:
    return f"{version('pagefind_bin_extended')} {code_stamp('views/site/search.py', 'views/page/static/packed.js')}"


@contextlib.contextmanager
def _folder_beside(site: Path, shard: str) -> Iterator[Path]:
    """Yield the path of a folder for the indexer, on the disk of the site; it is removed at the end."""
    folder = site / f".{FOLDER}-{shard}"
    try:
        yield folder
    finally:
        remove_tree(folder)
        remove_tree(_shown(folder))


def _shown(folder: Path) -> Path:
    """The folder that shows the indexer the pages of a shard and no others."""
    return folder.with_name(f"{folder.name}-pages")


def _run(site: Path, pages: Sequence[str], output: Path, *, first: bool) -> list[Path]:
    """Run pagefind on some pages of a site and return the files to publish."""
    # start time: only a build with an index needs it
    from pagefind_bin_extended import get_executable

    shown = _shown(output)
    try:
        for folder in {(shown / path).parent for path in pages}:
            folder.mkdir(parents=True, exist_ok=True)
        for path in pages:
            link_file(site / path, shown / path)
    except OSError as error:
        raise file_not_written(shown, error) from error
    command = [str(get_executable()), "--site", str(shown), "--output-path", str(output), "--silent"]
    ran = process.run(command, timeout=_TIMEOUT)
    entry = output / "pagefind-entry.json"
    if ran.status != 0 or not entry.is_file():
        message = (ran.stderr.strip() or ran.stdout.strip() or "it said nothing").splitlines()[-1]
        raise KgError(
            f"pagefind could not index the site: {message}", hint="build without it: [site] search = false in kg.toml"
        )
    # The languages have varying order.
    value = read_json(entry.read_bytes())
    value["languages"] = dict(sorted(value["languages"].items()))
    entry.write_text(json_compact(value, sort_keys=True), encoding="utf-8")
    return sorted(path for path in output.rglob("*") if path.is_file() and _is_used(path, first=first))


def _is_used(path: Path, *, first: bool) -> bool:
    """Whether the site uses a file of pagefind; one shard has the scripts and programs for all."""
    if path.suffix in (".js", ".pagefind"):
        return first and (path.suffix == ".pagefind" or path.name in _SCRIPTS)
    return path.suffix != ".css"
