"""What a link can mean: files by path, name, alias, title and address, with near misses for what is not there."""

from __future__ import annotations

import difflib
import posixpath
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from kg.model import Ambiguous, Broken, Link, Note, Resolution, Resolved
from kg.names import fold
from kg.notes.frontmatter import texts
from kg.resolve.anchors import Anchors

_INDEX_NAMES: Final = ("readme.md", "index.md", "_index.md")
_PAGE_ENDINGS: Final = (".html", ".htm")
_MAX_GUESSES: Final = 400  # near misses are looked for by spelling only so many times: the search is linear in the notes


class Index:
    """Everything that links of one corpus can mean. Built once, asked for each link."""

    def __init__(
        self, notes: Mapping[str, Note], attachments: Iterable[str], roots: Iterable[str], titles: Mapping[str, Iterable[str]]
    ) -> None:
        self.notes = notes
        self.roots = tuple(roots)
        """Names that a root link may start with and that mean the notes folder: language roots of Hugo sites."""
        self.files: dict[str, list[str]] = defaultdict(list)
        self.names: dict[str, list[str]] = defaultdict(list)
        self.basenames: dict[str, list[str]] = defaultdict(list)
        self.suffixes: dict[str, list[str]] | None = None
        self.labels: dict[str, list[str]] = defaultdict(list)
        self.addresses: dict[str, list[str]] = defaultdict(list)
        self.folders: set[str] = set()
        self._anchors: dict[str, Anchors] = {}
        self._wikilinks: dict[str, Resolution] = {}
        self._guesses = 0
        for path in (*notes, *attachments):
            folded = fold(path)
            self.files[folded].append(path)
            self.basenames[folded.rpartition("/")[2]].append(path)
            folder = posixpath.dirname(folded)
            while folder and folder not in self.folders:
                self.folders.add(folder)
                folder = posixpath.dirname(folder)
        for path, note in notes.items():
            self.names[fold(_stem(path))].append(path)
            for name in dict.fromkeys(fold(t) for t in titles.get(path, ())):
                self.labels[name].append(path)
            self._add_addresses(path, note)

    def _add_addresses(self, path: str, note: Note) -> None:
        folder = posixpath.dirname(path)
        for url in texts(note.metadata, "url", "permalink"):
            self.addresses[fold(url.strip("/"))].append(path)
        for slug in texts(note.metadata, "slug"):
            self.addresses[fold(posixpath.join(folder, slug).strip("/"))].append(path)
        for alias in texts(note.metadata, "aliases", "alias", "redirect_from"):
            if "/" in alias:
                full = alias if alias.startswith("/") else posixpath.join(folder, alias)
                self.addresses[fold(posixpath.normpath(full).strip("/"))].append(path)

    def resolve(self, source: str, link: Link) -> Resolution:
        """What a link in the note `source` means."""
        if not link.target:
            found: Resolution = Resolved(source, None)
        elif link.kind in ("wikilink", "property", "name") and not (
            link.kind == "property" and link.target.lower().endswith(".md") and "/" in link.target
        ):
            found = self._by_name(source, link.target)
        elif link.kind in ("link", "post_url"):
            found = self._by_liquid(link)
        else:
            found = self._by_path(source, link.target, loose=link.kind in ("ref", "relref"))
        if link.fragment and found.__class__ is Resolved and found.path in self.notes:
            return self.anchor(found.path, link)
        return found

    def anchor(self, path: str, link: Link) -> Resolution:
        """The heading or block of a note that a fragment means."""
        anchors = self._anchors.get(path)
        if anchors is None:
            anchors = self._anchors[path] = Anchors(self.notes[path])
        return anchors.resolve(path, link)

    # wikilinks

    def _by_name(self, source: str, target: str) -> Resolution:
        if target.startswith(("./", "../")):
            joined = posixpath.normpath(posixpath.join(posixpath.dirname(source), target))
            if joined.startswith(".."):
                return Broken("outside", self._near(target))
            return self._first(fold(joined)) or Broken("no-such-note", self._near(target))
        found = self._wikilinks.get(target)
        if found is None:
            found = self._wikilinks[target] = self._find_name(target)
        return found

    def _find_name(self, target: str) -> Resolution:
        name = fold(target.strip("/"))
        found = self._first(name)
        if found:
            return found
        candidates: list[str] = []
        if "/" in name:
            candidates = self._by_suffix(name.removesuffix(".md"))
        else:
            candidates = self.names.get(name) or (self.names.get(name[:-3]) if name.endswith(".md") else None) or []
        if not candidates:
            candidates = self.basenames.get(name.rpartition("/")[2], [])
            if "/" in name:
                candidates = [p for p in candidates if fold(p).endswith("/" + name)]
        if not candidates:
            candidates = self.labels.get(name, [])
        if not candidates and name in self.folders:
            return self._folder(name) or Broken("no-such-note", ())
        if len(candidates) == 1:
            return Resolved(candidates[0], None)
        if candidates:
            return Ambiguous(tuple(sorted(candidates)))
        return Broken("no-such-note", self._near(target))

    def _first(self, name: str) -> Resolution | None:
        """The file of exactly this path, a note before an attachment of the same stem."""
        for key in (name + ".md", name, name + ".markdown"):
            if key in self.files:
                return _one(self.files[key])
        return None

    def _by_suffix(self, name: str) -> list[str]:
        if self.suffixes is None:
            self.suffixes = defaultdict(list)
            for path in self.notes:
                parts = fold(path).removesuffix(".md").split("/")
                for i in range(1, len(parts) - 1):
                    self.suffixes["/".join(parts[i:])].append(path)
        return self.suffixes.get(name, [])

    # Markdown links, raw HTML, shortcodes

    def _by_path(self, source: str, target: str, *, loose: bool) -> Resolution:
        folder = posixpath.dirname(source)
        tries: list[str] = []
        if target.startswith("/"):
            path = target.strip("/")
            tries.append(path)
            head, _, rest = path.partition("/")
            if head in self.roots:
                tries.append(rest)
        else:
            tries.append(posixpath.join(folder, target))
            if loose:
                tries.append(target)
            if not posixpath.splitext(target.rstrip("/"))[1]:
                # A generated site serves `a/b.md` as `a/b/`: a relative address starts one level deeper than the file.
                base = folder if posixpath.basename(source).lower() in _INDEX_NAMES else posixpath.splitext(source)[0]
                tries.append(posixpath.join(base, target))
        outside = True
        for path in tries:
            normal = posixpath.normpath(path) if path else "."
            if normal.startswith(".."):
                continue
            outside = False
            found = self._at(fold("" if normal == "." else normal))
            if found:
                return found
        if loose:
            found_by_name = self._find_name(target)
            if not isinstance(found_by_name, Broken):
                return found_by_name
        return Broken("outside" if outside else "no-such-note", self._near(target))

    def _at(self, name: str) -> Resolution | None:
        """The file at a path, as file name, without its ending, as folder, or as address of a page."""
        if name in self.files:
            return _one(self.files[name])
        stem, ending = posixpath.splitext(name)
        if name + ".md" in self.files:
            return _one(self.files[name + ".md"])
        if ending in _PAGE_ENDINGS and stem + ".md" in self.files:
            return _one(self.files[stem + ".md"])
        if name in self.addresses:
            return _one(self.addresses[name])
        if not name or name in self.folders:
            return self._folder(name)
        if name + ".markdown" in self.files:
            return _one(self.files[name + ".markdown"])
        return None

    def _folder(self, name: str) -> Resolution | None:
        for index in _INDEX_NAMES:
            key = f"{name}/{index}" if name else index
            if key in self.files:
                return _one(self.files[key])
        return Resolved(name + "/", None) if name else None

    def _by_liquid(self, link: Link) -> Resolution:
        target = fold(link.target.strip("/"))
        tries = [target] if link.kind == "link" else [f"_posts/{target}.md", f"{target}.md"]
        for name in tries:
            if name in self.files:
                return _one(self.files[name])
        if link.kind == "post_url":
            ends = [p for p in self._by_suffix(f"_posts/{target}") if p]
            if len(ends) == 1:
                return Resolved(ends[0], None)
        return Broken("no-such-note", self._near(link.target))

    def _near(self, target: str) -> tuple[str, ...]:
        name = fold(posixpath.basename(target.rstrip("/"))).removesuffix(".md")
        same = self.names.get(name) or self.basenames.get(name) or self.labels.get(name)
        if same:
            return tuple(sorted(same)[:3])
        if self._guesses >= _MAX_GUESSES:
            return ()
        self._guesses += 1
        close = difflib.get_close_matches(name, self.names, 3, 0.8)
        return tuple(self.names[c][0] for c in close)


def _stem(path: str) -> str:
    name = posixpath.basename(path)
    for ending in (".md", ".markdown"):
        if name.lower().endswith(ending):
            return name[: -len(ending)]
    return name


def _one(paths: list[str]) -> Resolution:
    return Resolved(paths[0], None) if len(paths) == 1 else Ambiguous(tuple(sorted(paths)))
