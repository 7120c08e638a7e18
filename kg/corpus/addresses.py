"""The address at which a site generator publishes a note or another file."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Final

from kg.base.names import fold
from kg.corpus.site import SourceSite
from kg.notes.frontmatter import texts_under

_INDEX_NAMES: Final = frozenset(("index", "_index", "readme"))
_DATED: Final = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})-(.+)")
_DATE: Final = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_PLACEHOLDER: Final = re.compile(r":([a-z_]+)(?:\[[^\]]*\])?")

_ADDRESS_KEYS: Final = frozenset(("url", "permalink", "slug", "aliases", "alias", "redirect_from"))

Metadata = Mapping[str, object]


def address_key(address: str) -> str:
    """Normalize an address for comparison: without slashes at the ends, ``index.html`` and ``.html``.

    >>> address_key("/posts/My Post/index.html"), address_key("/a.html"), address_key("/img/a.png"), address_key("/")
    ('posts/my-post', 'a', 'img/a.png', '')
    """
    text = fold(address.strip("/")).replace(" ", "-")
    for ending in (".html", ".htm"):
        text = text.removesuffix(ending)
    return "" if text == "index" else text.removesuffix("/index")


def note_addresses(site: SourceSite, name: str, metadata: Metadata) -> list[str]:
    """Return the addresses of a note, its own one first, then redirects to it; empty for a note that isn't published."""
    return list(_NOTES.get(site.generator, _unknown)(site, name, metadata))


def file_address(site: SourceSite, name: str) -> str | None:
    """Return the address of a file that isn't a note, or None."""
    if not site.publishes:
        return None
    path = site.path(name)
    for folder in site.static:
        if path.startswith(folder + "/"):
            return posixpath.join(site.mounted.get(folder, ""), path[len(folder) + 1 :])
    if site.generator == "jekyll" and any(part.startswith("_") for part in path.split("/")):
        return None
    place = place_in_content(site, name)
    return place and _prefix(site, place[0]) + place[1]


def place_in_content(site: SourceSite, name: str) -> tuple[str, str] | None:
    """Return the language of a note or file and its path below the published folder; None outside of it.

    >>> site = SourceSite("hugo", folders=(("zh", "content/zh"), ("en", "content")), suffixed=frozenset(("en", "fr")))
    >>> [place_in_content(site, path) for path in ("content/zh/a/b.md", "content/about.fr.md", "README.md")]
    [('zh', 'a/b.md'), ('fr', 'about.md'), None]
    """
    path = site.path(name)
    for language, folder in site.folders:
        if path == folder and folder in site.mounted:
            return language, site.mounted[folder]  # a mount of one file
        if (not folder and not path.startswith("../")) or path.startswith(folder + "/"):
            below = path[len(folder) + 1 :] if folder else path
            if folder in site.mounted:
                below = posixpath.join(site.mounted[folder], below)
            if site.suffixed:
                stem, ending = posixpath.splitext(below)
                base, _, suffix = stem.rpartition(".")
                if base and suffix.lower() in site.suffixed:
                    return suffix.lower(), base + ending
            return language, below
    return None


def _prefix(site: SourceSite, language: str) -> str:
    return f"{language}/" if language in site.prefixed else ""


def _page(path: str) -> tuple[str, bool]:
    """Return the path of a page without extension, and whether it is the index page of a folder."""
    stem = posixpath.splitext(path)[0]
    folder, name = posixpath.split(stem)
    return (folder, True) if name.lower() in _INDEX_NAMES else (stem, False)


def _redirects(address: str, metadata: Metadata, *keys: str) -> Iterator[str]:
    """Yield former addresses; one without a leading slash is relative to the folder of the page."""
    for alias in texts_under(metadata, *keys):
        yield alias if alias.startswith("/") else posixpath.normpath(posixpath.join(posixpath.dirname(address), alias))


def _unknown(_site: SourceSite, name: str, metadata: Metadata) -> Iterator[str]:
    """Yield addresses for an unknown tool: those in the front matter, relative to the notes folder."""
    if not _ADDRESS_KEYS & metadata.keys():
        return
    folder = posixpath.dirname(name)
    yield from texts_under(metadata, "url", "permalink")
    for slug in texts_under(metadata, "slug"):
        yield posixpath.join(folder, slug)
    for alias in texts_under(metadata, "aliases", "alias", "redirect_from"):
        if "/" in alias:
            yield alias if alias.startswith("/") else posixpath.normpath(posixpath.join(folder, alias))


def _hugo(site: SourceSite, name: str, metadata: Metadata) -> Iterator[str]:
    place = place_in_content(site, name)
    if place is None:
        return
    prefix = _prefix(site, place[0])
    path = _page(place[1])[0]
    section = path.partition("/")[0]
    given, slug = texts_under(metadata, "url"), texts_under(metadata, "slug")
    pattern = site.permalinks.get(section, "") if "/" in path else ""
    if given:
        address = given[0] if given[0].startswith("/") else prefix + given[0]
    else:
        folder, last = posixpath.split(path)
        title = (texts_under(metadata, "title") or [last])[0]
        values = {
            "section": section, "sections": folder, "title": title, "slug": (slug or [title])[0],
            "slugorfilename": (slug or [last])[0], "slugorcontentbasename": (slug or [last])[0],
            "filename": last, "contentbasename": last, **_day(str(metadata.get("date") or "")),
        }  # fmt: skip
        usual = posixpath.join(folder, slug[0]) if slug else path
        address = prefix + ((expand_pattern(pattern, values) if pattern else None) or usual).lstrip("/")
    yield address
    for language in further_languages(site, name, place[0]):
        yield _prefix(site, language) + address.removeprefix(prefix)
    yield from _redirects(address, metadata, "aliases")


def further_languages(site: SourceSite, name: str, own: str) -> Iterator[str]:
    """Yield the languages in which a note's folder is mounted again (Hugo), to fill in for missing translations."""
    path = site.path(name)
    folder = next((folder for _, folder in site.folders if path.startswith(folder + "/")), None)
    yield from (language for language, other in site.folders if other == folder and language != own)


def _jekyll(site: SourceSite, name: str, metadata: Metadata) -> Iterator[str]:
    place = place_in_content(site, name)
    if place is None:
        return
    path = _page(place[1])[0]
    parts = path.split("/")
    private = next((i for i, part in enumerate(parts) if part.startswith("_")), None)
    own = texts_under(metadata, "permalink")
    last = posixpath.basename(path)
    values = {"output_ext": ".html", "path": path, "basename": last, "name": last, "title": last, "categories": ""}
    pattern = ""
    if private is not None and parts[private] == "_posts":
        dated = _DATED.fullmatch(last)
        if not dated:
            return
        given = texts_under(metadata, "categories") or texts_under(metadata, "category")
        categories = [*parts[:private], *(given if len(given) != 1 else given[0].split())]
        values |= {**_day(str(metadata.get("date") or last)), "categories": "/".join(categories)}
        values["title"] = values["slug"] = (texts_under(metadata, "slug") or [dated[4]])[0]
        pattern = site.permalinks[""]
    elif private is not None:
        collection = parts[private][1:]
        pattern = site.permalinks.get(collection, "") if collection else ""
        if not pattern:
            return
        values |= {"collection": collection, "path": "/".join(parts[private + 1 :])}
    address = (expand_pattern(own[0] if own else pattern, values) if own or pattern else None) or path
    yield address
    yield from _redirects(address, metadata, "redirect_from")


def _mkdocs(site: SourceSite, name: str, _metadata: Metadata) -> Iterator[str]:
    place = place_in_content(site, name)
    if place is not None:
        yield _page(place[1])[0]


_NOTES: Final[Mapping[str, Callable[[SourceSite, str, Metadata], Iterator[str]]]] = {
    "hugo": _hugo,
    "jekyll": _jekyll,
    "mkdocs": _mkdocs,
}


def expand_pattern(pattern: str, values: Mapping[str, str]) -> str | None:
    """Expand an address pattern of Hugo or Jekyll; return None if it contains an unknown key.

    >>> values = {"categories": "", "year": "2016", "title": "x", "output_ext": ".html"}
    >>> expand_pattern("/:categories/:year/:title:output_ext", values)
    '/2016/x.html'
    """
    complete = True

    def value(m: re.Match[str]) -> str:
        nonlocal complete
        complete = complete and m[1] in values
        return values.get(m[1], "")

    address = _PLACEHOLDER.sub(value, pattern)
    return re.sub(r"/{2,}", "/", address) if complete else None


def _day(text: str) -> dict[str, str]:
    """Return the parts of a date by their names in patterns; empty if there is no date."""
    m = _DATE.match(text)
    if not m:
        return {}
    try:
        day = date(int(m[1]), int(m[2]), int(m[3]))
    except ValueError:
        return {}
    return {
        "year": f"{day:%Y}", "month": f"{day:%m}", "day": f"{day:%d}", "short_year": f"{day:%y}", "i_month": str(day.month),
        "i_day": str(day.day), "y_day": f"{day:%j}", "yearday": str(int(f"{day:%j}")), "week": f"{day:%V}",
        "monthname": f"{day:%B}", "weekdayname": f"{day:%A}", "short_month": f"{day:%b}", "long_month": f"{day:%B}",
        "short_day": f"{day:%a}", "long_day": f"{day:%A}",
    }  # fmt: skip
