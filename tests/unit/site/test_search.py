"""Shards of the search: which page is in which, what an edit indexes, and that the index is a function of the pages."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from kg import knowledge
from kg.base.settings import load_settings
from kg.model import Artifact
from kg.views.site import search
from kg.views.site.search import choose_shards, index_shard, key_of_shard, order_shards

ADDRESSES = [f"concepts/c{number}.html" for number in range(5000)]


def test_shards_grow_with_the_pages_and_pages_stay() -> None:
    for pages, languages, count in ((500, 1, 1), (501, 1, 2), (500, 2, 2), (2000, 1, 4), (5000, 2, 32), (5000, 20, 32)):
        shards = choose_shards(ADDRESSES[:pages], languages)
        assert order_shards(shards.values()) == [str(number) for number in range(count)]
        sizes = [list(shards.values()).count(str(number)) for number in range(count)]
        assert max(sizes) < 1.5 * pages / count
    # Neither the order nor other pages matter, as long as the number of shards is the same.
    assert choose_shards(ADDRESSES[1990:0:-1], 1).items() <= choose_shards(ADDRESSES[:2000], 1).items()


def test_only_texts_are_searched_and_reports_by_themselves() -> None:
    addresses = ["index.html", "browse/tags.html", "maps/overview.html", "notes/x.html", "reports/quality.html", ""]
    assert choose_shards(addresses, 1) == {"notes/x.html": "0", "reports/quality.html": "reports"}
    assert choose_shards([], 1) == {}


def _page(word: str, lang: str = "en") -> str:
    return f'<html lang="{lang}"><body><main data-pagefind-body><h1>{word}</h1><p>{word}</p></main></body></html>'


def _write(site: Path, artifacts: Iterable[Artifact]) -> dict[str, bytes]:
    files = {artifact.path: artifact.data for artifact in artifacts}
    for name, data in files.items():
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_bytes(data)
    return files


PAGES = ["concepts/a.html", "concepts/a.zh.html", "concepts/b.html"]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "out/concepts").mkdir(parents=True)
    for path in PAGES:
        (tmp_path / "out" / path).write_text(_page("容器" if ".zh" in path else path[9], "zh" if ".zh" in path else "en"))
    return tmp_path / "out"


def test_an_index_has_each_language_and_only_the_first_the_scripts(site: Path) -> None:
    first = _write(site, index_shard(site, "0", PAGES, first=True))
    entry = json.loads(first["pagefind/0/pagefind-entry.json"])
    assert {lang: index["page_count"] for lang, index in entry["languages"].items()} == {"en": 2, "zh": 1}
    assert sorted(path.name for path in site.iterdir()) == ["concepts", "pagefind"]
    assert {a.path: a.data for a in index_shard(site, "0", PAGES[::-1], first=True)} == first
    # What is shown of a page is in a pack, by name; the scripts know that.
    fragments = {}
    for data in (data for name, data in first.items() if "/fragment/" in name):
        head, _, body = data.partition(b"\n")
        fragments |= {name: gzip.decompress(body[start:end]) for name, (start, end) in json.loads(head).items()}
    assert sorted(name.partition("_")[0] for name in fragments) == ["en", "en", "zh"]
    assert any("容器".encode() in text for text in fragments.values())
    assert all(data.startswith(b"// Before") for name, data in first.items() if name.endswith(".js"))
    others = {a.path: a.data for a in index_shard(site, "0", PAGES, first=False)}
    assert {name: data for name, data in first.items() if not name.endswith((".js", ".pagefind"))} == others


def test_the_key_of_a_shard_covers_its_pages() -> None:
    pages = {"concepts/a.html": "1", "concepts/b.html": "2"}
    keys = [
        key_of_shard("0", pages, first=True),
        key_of_shard("0", pages, first=False),
        key_of_shard("1", pages, first=True),
        key_of_shard("0", {**pages, "concepts/b.html": "3"}, first=True),
        key_of_shard("0", {"concepts/a.html": "1", "concepts/c.html": "2"}, first=True),
        key_of_shard("0", {"concepts/a.html": "1"}, first=True),
    ]
    assert len(set(keys)) == len(keys)
    assert key_of_shard("0", dict(reversed(pages.items())), first=True) == keys[0]


NOTES: Mapping[str, str] = {
    f"concepts/n{number}.md": f"---\nid: n{number}\ntitle: {{en: W{number}, zh: 词{number}}}\n---\n# W{number}\n\nText.\n"
    for number in range(24)
}


def _files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "graph/store" not in path.as_posix() and path.name != "build.json"
    }


@pytest.mark.parametrize("jobs", [1, 3])
def test_an_edit_indexes_one_shard_and_gives_what_a_clean_build_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jobs: int
) -> None:
    monkeypatch.setattr(search, "_PAGES", 8)
    for name, text in NOTES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    settings = load_settings(tmp_path)
    out = tmp_path / "output"
    how = knowledge.How(jobs, settings.cache)
    knowledge.build_base(settings, how=how)
    before = _files(out / "pagefind")
    shards = {name.partition("/")[0] for name in before}
    assert shards == {*map(str, range(8)), "reports"}
    counts = [json.loads(data)["languages"] for name, data in before.items() if name.endswith("pagefind-entry.json")]
    assert sum(languages["zh"]["page_count"] for languages in counts) == len(NOTES) + 4

    # No other page shows this text.
    (tmp_path / "concepts/n7.md").write_text(NOTES["concepts/n7.md"].replace("Text.", "More text."))
    knowledge.build_base(settings, how=how)
    edited = _files(out)
    after = _files(out / "pagefind")
    own = choose_shards([f"concepts/n{number}.html" for number in range(24)], 2)["concepts/n7.html"]
    changed = {name.partition("/")[0] for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    assert own in changed
    assert changed <= {own, "reports"}

    knowledge.build_base(settings, how=knowledge.How(2, None), full=True)
    assert _files(out) == edited
