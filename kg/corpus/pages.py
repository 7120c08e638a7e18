"""The pages of a site: resolves addresses, references of its generator, and paths from its root."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from kg.base.names import fold
from kg.corpus.addresses import address_key, file_address, further_languages, note_addresses, place_in_content
from kg.corpus.site import SourceSite
from kg.model import Note

_INDEX_NAMES: Final = frozenset(("index", "_index"))


class Pages:
    """The addresses of the notes and files of one collection; each result is a list of names, several if it is ambiguous."""

    def __init__(self, site: SourceSite, notes: Mapping[str, Note], attachments: Iterable[str]) -> None:
        self.site = site
        self.addresses: dict[str, list[str]] = defaultdict(list)
        self.own: dict[str, str] = {}
        """Note → its own address, in the case in which it is published."""
        for name, note in notes.items():
            addresses = note_addresses(site, name, note.metadata)
            if not addresses:
                continue
            for address in dict.fromkeys(map(address_key, addresses)):
                self.addresses[address].append(name)
            own = addresses[0].strip("/")
            self.own[name] = own.lower() if site.lower_case and "url" not in note.metadata else own
        for name in attachments if site.publishes else ():
            address_of_file = file_address(site, name)
            if address_of_file is not None:
                self.addresses[address_key(address_of_file)].append(name)
        self.logical: dict[tuple[str, str], list[str]] = defaultdict(list)
        self.last: dict[tuple[str, str], list[str]] = defaultdict(list)
        self.add_logical(notes)

    def add_logical(self, notes: Iterable[str]) -> None:
        """Add Hugo's logical paths by language: relative to the content folder, without extension and language."""
        named = list(notes) if self.site.generator == "hugo" else []
        places = [(name, place[0], _logical(place[1])) for name in named if (place := place_in_content(self.site, name))]
        for name, language, path in places:
            self.logical[language, path].append(name)
            self.last[language, posixpath.basename(path)].append(name)
        for name, own, path in places:
            for language in further_languages(self.site, name, own):
                if (language, path) not in self.logical:
                    self.logical[language, path].append(name)
                    self.last[language, posixpath.basename(path)].append(name)

    def at(self, address: str) -> list[str]:
        """Return the pages at an address; a page of its own has priority over redirects to other pages."""
        key = address_key(address)
        names = self.addresses.get(key, [])
        if self.site.lower_case:
            small = address == address.lower()
            names = [name for name in names if (small and name in self.own) or self._is_exact(name, address)]
        if len(names) > 1:
            names = [name for name in names if name not in self.own or address_key(self.own[name]) == key] or names
        return names

    def _is_exact(self, name: str, address: str) -> bool:
        """Return whether an address with capital letters is that of a page or file on a server that tells cases apart."""
        own = self.own.get(name)
        if own is None:
            return (file_address(self.site, name) or "").strip("/") == address.strip("/")
        if address_key(own) != address_key(address):
            return True  # a redirect, as the author wrote it
        return address.strip("/").removesuffix("index.html").strip("/") == own

    def at_root(self, target: str) -> list[str]:
        """Return the pages at an address with a leading slash."""
        path, base = target.strip("/"), self.site.base
        if base and (path == base or path.startswith(base + "/")):
            found = self.at(path[len(base) :])
            if found:
                return found
        return self.at(path)

    def paths_at_root(self, source: str, target: str) -> list[str]:
        """Return possible names of a source file or folder, given by its path from the site's root; only in one language."""
        place = place_in_content(self.site, source)
        path = target.strip("/")
        head, _, rest = path.partition("/")
        language = head.lower() if head.lower() in self.site.prefixed else self.site.default_language
        names = []
        # A template looks up a source file in the language of its page.
        first = place[0] if place is not None and target.endswith(".md") else language
        for own, folder in sorted(self.site.folders, key=lambda f: f[0] != first):
            if own in ("", language, first):
                below = rest if own and own == head.lower() and own in self.site.prefixed else path
                name = self.site.name(posixpath.join(folder, below) if below else folder)
                if name is not None:
                    names.append(name)
        return names

    def beside(self, source: str, target: str) -> list[str]:
        """Return the targets of a relative link, resolved against the address of its page."""
        address = self._joined(source, target)
        return [] if address is None else self.at(address)

    def _joined(self, source: str, target: str) -> str | None:
        own = self.own.get(source)
        if own is None:
            return None
        is_folder = posixpath.splitext(posixpath.basename(source))[0].lower().partition(".")[0] in _INDEX_NAMES
        base = own if self.site.directories or is_folder else posixpath.dirname(own)
        return posixpath.normpath(posixpath.join("/", base, target))

    def folder_beside(self, source: str, target: str) -> str | None:
        """Return the name of the content folder at a relative address, be it there or not."""
        address = self._joined(source, target)
        return next(iter(self.paths_at_root(source, address)), None) if address is not None else None

    def language(self, name: str) -> str:
        """Return the language of a note by its place in the content; empty outside of it."""
        place = place_in_content(self.site, name)
        return place[0] if place is not None else ""

    def reference(self, source: str, target: str, language: str) -> list[str]:
        """Return the targets of Hugo's `ref` and `relref`: from the root, beside the page, or a unique one anywhere."""
        place = place_in_content(self.site, source)
        language = language.lower() or (place[0] if place else self.site.default_language)
        path = _logical(target)
        if target.startswith("/"):
            return self.logical.get((language, path.strip("/")), [])
        folder = posixpath.dirname(place[1]) if place else ""
        beside = posixpath.normpath(posixpath.join(fold(folder), path))
        return (
            self.logical.get((language, beside))
            or self.logical.get((language, path))
            or ([] if "/" in path else self.last.get((language, path), []))
        )


def _logical(path: str) -> str:
    """Return Hugo's logical path of a page.

    >>> _logical("Posts/My-Post/index.md"), _logical("/nodes/_index.md"), _logical("b.md")
    ('posts/my-post', '/nodes', 'b')
    """
    folded = fold(path.rstrip("/")).removesuffix(".md").removesuffix(".markdown")
    folder, name = posixpath.split(folded)
    return folder if name in _INDEX_NAMES else folded
