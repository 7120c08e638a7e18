"""All possible targets of links: files by path, name, alias, title and address, with near misses for missing ones."""

from __future__ import annotations

import difflib
import posixpath
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from functools import cached_property, lru_cache
from typing import Final

from kg.base.names import NOTE_ENDINGS, fold
from kg.corpus.addresses import address_key
from kg.corpus.anchors import Anchors, is_open, site_anchors
from kg.corpus.foreign import ForeignNames
from kg.corpus.further_targets import FurtherTargets, paths_from_roots
from kg.corpus.pages import Pages
from kg.corpus.partial_names import PartialNames
from kg.corpus.site import NO_SITE, SourceSite
from kg.corpus.source_site import OKF
from kg.corpus.unseen import Unread, explain_missing
from kg.model import NO_FOREIGN, Ambiguous, Broken, Link, Note, Resolution, Resolved, Unseen
from kg.notes.frontmatter import FORMER_IDS, texts_under
from kg.notes.okf import bundle_root
from kg.notes.okf.paths import KIND

_INDEX_NAMES: Final = ("readme.md", "index.md", "_index.md")
_PAGE_ENDINGS: Final = (".html", ".htm")
_DENDRON: Final = "dendron://"
_VAULT_FILES: Final = (".canvas", ".base")
_BY_NAME: Final = frozenset(("wikilink", "property"))
_FILE_ENDINGS: Final = frozenset(
    "." + ending
    for ending in (
        "png", "jpg", "jpeg", "gif", "svg", "webp", "avif", "bmp", "pdf", "mp4", "webm", "ogv", "mov", "mkv", "mp3", "wav",
        "ogg", "m4a", "flac", "3gp", "canvas", "base", "csv", "docx", "xlsx", "pptx", "zip",
    )
)  # fmt: skip
"""Endings of files that aren't notes; other dots are part of a name, such as "Node.js"."""
_MAX_GUESSES: Final = 400  # maximum number of spelling searches for near misses: each is linear in the number of notes


class Index:
    """All possible targets of links in one corpus. Built once, queried for each link."""

    def __init__(
        self,
        notes: Mapping[str, Note],
        attachments: Sequence[str],
        roots: Iterable[str],
        site: SourceSite = NO_SITE,
        first_folder: str = "",
    ) -> None:
        self.notes = notes
        self.unread = Unread(site.unread)
        self.first_folder = first_folder
        """Folder of the language whose addresses have no language prefix, if the settings name folders."""
        self.site = site
        self.pages = Pages(site, notes, attachments)
        self.roots = tuple(roots)
        """Names of the notes folder at the start of root links: language roots of Hugo sites."""
        self.files: dict[str, list[str]] = defaultdict(list)
        self.names: dict[str, list[str]] = defaultdict(list)
        self.basenames: dict[str, list[str]] = defaultdict(list)
        self.suffixes: dict[str, list[str]] | None = None
        self.labels: dict[str, list[str]] = defaultdict(list)
        self.former: dict[str, list[str]] = defaultdict(list)
        """Former ids, which count only where nothing has the name now."""
        self.folders: set[str] = set()
        self._anchors: dict[str, Anchors] = {}
        self._file_names: dict[str, PartialNames] = {}
        """Prefix of the names of notes in a notebook of zk → their file names."""
        self._further = FurtherTargets(notes, site, self._at)
        self.wikilinks: dict[str, Resolution] = {}
        """Cache: names in double brackets → resolution, if it doesn't depend on the source note."""
        self.foreign = ForeignNames(NO_FOREIGN)
        self.guesses = 0
        for path in (*notes, *attachments):
            folded = fold(path)
            self.files[folded].append(path)
            folder, _, name = folded.rpartition("/")
            self.basenames[name].append(path)
            while folder and folder not in self.folders:
                self.folders.add(folder)
                folder = folder.rpartition("/")[0]
        for path, note in notes.items():
            self.names[fold(_stem(path))].append(path)
            for name in {fold(t): None for t in names_of_note(note)}:
                self.labels[name].append(path)
            if FORMER_IDS in note.metadata:
                for name in {fold(t): None for t in texts_under(note.metadata, FORMER_IDS)}:
                    self.former[name].append(path)
        # Only Obsidian vaults contain Obsidian and Canvas files; a published vault often lacks its folder `.obsidian`.
        self.vault = site.obsidian or (not site.generator and any(a.endswith(_VAULT_FILES) for a in attachments))

    def copied(self, notes: Mapping[str, Note]) -> Index:
        """Return an independent index over a copy of the notes, whose names `rename_note` may change."""
        copied = copy(self)
        copied.notes, copied._anchors = notes, {}
        copied._file_names = {}
        copied._further = FurtherTargets(notes, self.site, copied._at)
        copied.labels = defaultdict(list, {name: list(paths) for name, paths in self.labels.items()})
        copied.wikilinks = {}
        return copied

    def has_file(self, name: str) -> bool:
        """Return whether there is a note or attachment with this name, in any case."""
        return fold(name) in self.files

    def holds_only_index(self, folder: str) -> bool:
        """Return whether a folder, by its folded name, has an index page and no other file."""
        return bool(folder) and self._sizes.get(folder) == 1 and any(f"{folder}/{name}" in self.files for name in _INDEX_NAMES)

    @cached_property
    def _sizes(self) -> Mapping[str, int]:
        """Number of files in each folder, by its folded name."""
        return Counter(posixpath.dirname(name) for name in self.files)

    def is_named(self, name: str, path: str) -> bool:
        """Return whether a wikilink with this name leads to this note from every folder."""
        return self._find_name(name) == Resolved(path, None)

    def rename_note(self, path: str, before: Note, after: Note) -> None:
        """Replace the names and anchors of one note by those of its new version; its address must be the same."""
        self._anchors.pop(path, None)
        self._further = FurtherTargets(self.notes, self.site, self._at)
        old, new = ({fold(name): None for name in names_of_note(note)} for note in (before, after))
        if old == new:
            return
        for name in old:
            paths = self.labels.get(name, [])
            if path in paths:
                paths.remove(path)
        for name in new:
            self.labels[name].append(path)
            self.labels[name].sort()
        self.wikilinks.clear()

    def _partial(self, notebook: str, name: str) -> list[str]:
        """Return the notes of a notebook of zk whose file names contain a name, of these the shortest."""
        names = self._file_names.get(notebook)
        if names is None:
            names = self._file_names[notebook] = PartialNames(path for path in self.notes if path.startswith(notebook))
        return names.shortest(name)

    def forgo_near_misses(self) -> None:
        """Search no similar names for broken links."""
        self.guesses = _MAX_GUESSES

    def resolve(self, source: str, link: Link) -> Resolution:
        """Resolve a link in the note `source`."""
        kind, target = link.kind, link.target
        if not target:
            resolution: Resolution = Resolved(source, None)
        elif kind == "wikilink" or (
            kind in ("property", "name") and not (kind == "property" and "/" in target and target.lower().endswith(".md"))
        ):
            resolution = self._by_name(source, target)
        elif kind == "glossary":
            resolution = self._term(source, target)
        elif kind in ("link", "post_url"):
            resolution = self._by_liquid(link)
        elif target.startswith("((") and target.endswith("))"):
            resolution = self._block(target)
        elif self.site.generator == OKF:
            resolution = self._in_bundle(source, target, field=kind == KIND)
        else:
            kind, _, language = kind.partition(":")
            resolution = self._by_path(source, target, reference=kind in ("ref", "relref"), language=language)
        if link.fragment and resolution.__class__ is Resolved and resolution.path in self.notes:
            own = self.anchor(resolution.path, link)
            elsewhere = not target and self.site.cross_references and not (own.__class__ is Resolved and own.anchor)
            return (self._further.label(link.fragment) if elsewhere else None) or own
        if not isinstance(resolution, Broken):
            return resolution
        if resolution.reason == "foreign":
            return resolution
        unseen = explain_missing(self, source, link)
        if unseen is None and self.site.generator == OKF and resolution.reason == "no-such-note":
            return resolution._replace(reason="unwritten")  # whatever it leads to
        if unseen is None and self._creates(source, link) and resolution.reason == "no-such-note":
            return resolution._replace(reason="unwritten")
        if unseen is None and link.kind == "wikilink" and fold(target) == "toc" and not link.embed:
            return Unseen("generated")  # VitePress replaces `[[toc]]` by a table of contents, as markdown-it's plug-ins do
        return unseen or resolution

    def _in_obsidian(self, source: str) -> bool:
        """Whether the links of a note are those of a vault."""
        tool = self.site.tool_of(source) if self.site.own_tools else ""
        return tool == "obsidian" if tool else self.vault

    def _creates(self, source: str, link: Link) -> bool:
        """Whether the tool of a note would create the note that a link without a target leads to; a missing file is missing."""
        tool = self.site.tool_of(source) if self.site.own_tools else ""
        ending = posixpath.splitext(link.target)[1].lower()
        if not (tool in ("obsidian", "logseq") if tool else self.site.unwritten) or ending in _FILE_ENDINGS:
            return False
        # Obsidian writes links in Markdown too, if its settings say so; on a site they are addresses.
        by_path = link.kind == "markdown" and not self.site.publishes and self._in_obsidian(source)
        return link.kind in _BY_NAME or (by_path and ending in ("", ".md") and not link.target.endswith("/"))

    def anchor(self, path: str, link: Link) -> Resolution:
        """Resolve a fragment to the heading or block of a note."""
        anchors = self._anchors.get(path)
        if anchors is None:
            note = self.notes[path]
            anchors = self._anchors[path] = Anchors(note, site_anchors(note, self.site))
        resolution = anchors.resolve(path, link)
        if resolution.__class__ is Broken and is_open(anchors.note, link, self.site):
            return Resolved(path, None)
        if resolution.__class__ is Broken and self.site.generator == OKF:
            return resolution._replace(reason="unwritten")
        return resolution

    # wikilinks

    def _by_name(self, source: str, target: str) -> Resolution:
        if target.startswith(("./", "../")):
            joined = posixpath.normpath(posixpath.join(posixpath.dirname(source), target))
            if joined.startswith(".."):
                return Broken("outside", self._near(target))
            return self._first(fold(joined)) or Broken("no-such-note", self._near(target))
        if self.site.nested:
            return self._page(source, target, self._in_nested_vault(source, target))
        resolution = self.wikilinks.get(target)
        if resolution is None:
            named = self._find_name(target)
            resolution = self._page(source, target, named)
            # What a file's name means depends on the tool of the source.
            if not (self.site.own_tools and isinstance(named, Resolved) and named.path not in self.notes):
                self.wikilinks[target] = resolution
        if isinstance(resolution, Ambiguous):
            return self._nearest(source, resolution)
        return resolution

    def _page(self, source: str, target: str, resolution: Resolution) -> Resolution:
        """Return what a name leads to; no tool means a folder by one, and Logseq means pages only."""
        if not isinstance(resolution, Resolved) or resolution.path in self.notes:
            return resolution
        if resolution.path.endswith("/"):
            is_meant = target.endswith("/")
        else:
            tool = (self.site.tool_of(source) if self.site.own_tools else "") or self.site.generator
            is_meant = tool != "logseq" or posixpath.splitext(resolution.path)[1].lower() in _FILE_ENDINGS
        return resolution if is_meant else Broken("no-such-note", self._near(target))

    def _in_nested_vault(self, source: str, target: str) -> Resolution:
        """Resolve a name among several vaults or notebooks of zk.

        That of the source is first; the others follow only if the notes folder is a vault or notebook, too.
        """
        own = max((v for v in self.site.nested if source.startswith(v)), key=len, default="")
        name = fold(target.strip("/"))
        found = self._first(fold(own) + name) if own else None
        if found:
            return found
        candidates = [*self._by_suffix(name.removesuffix(".md")), *self.names.get(name, ()), *self.basenames.get(name, ())]
        near = tuple(sorted({c for c in candidates if own and c.startswith(own) and c in self.files.get(fold(c), ())}))
        if not near and own in self.site.notebooks and name:
            near = tuple(self._partial(own, name))
        if not near and own:
            near = tuple(sorted(path for path in self.labels.get(name, ()) if path.startswith(own)))
        if near:
            return Resolved(near[0], None) if len(near) == 1 else self._nearest(source, Ambiguous(near))
        resolution = self._find_name(target)
        if own and self.site.alone and not (isinstance(resolution, Resolved) and resolution.path.startswith(own)):
            return resolution if isinstance(resolution, Broken) else Broken("no-such-note", self._near(target))
        return self._nearest(source, resolution) if isinstance(resolution, Ambiguous) else resolution

    def parent_by_name(self, path: str) -> str | None:
        """Return the note above one of Dendron in the hierarchy of names: `a.md` or `a.b.md` for `a.b.c.md`; None elsewhere."""
        if (self.site.tool_of(path) or self.site.generator) != "dendron":
            return None
        folder = posixpath.dirname(path)
        above = _stem(path).rpartition(".")[0]
        while above:
            notes = self.files.get(fold(posixpath.join(folder, f"{above}.md")), ())
            if len(notes) == 1:
                return notes[0]
            above = above.rpartition(".")[0]
        return None

    def _nearest(self, source: str, ambiguous: Ambiguous) -> Resolution:
        """Return the note that a tool prefers among several of one name: in the same folder (Obsidian) or vault (Dendron)."""
        start = posixpath.dirname(source)
        if self.site.vaults:
            own = [folder for folder in self.site.vaults.values() if self.site.path(source).startswith(folder + "/")]
            near = [c for c in ambiguous.candidates if own and self.site.path(c).startswith(own[0] + "/")]
        elif self._in_obsidian(source):
            near = _by_folder(ambiguous.candidates).get(start, [])
        elif (self.site.tool_of(source) or self.site.generator) == "foam":
            return ambiguous._replace(chosen=min(ambiguous.candidates))
        else:
            return ambiguous
        return Resolved(near[0], None) if len(near) == 1 else ambiguous

    def _in_vault(self, target: str) -> Resolution:
        """Resolve Dendron's syntax for a note in another vault: ``dendron://vault/note``."""
        vault, _, note = target.removeprefix(_DENDRON).partition("/")
        name = self.site.name(f"{self.site.vaults.get(vault, vault)}/{note}")
        return (self._first(fold(name)) if name else None) or Broken("no-such-note", self._near(note))

    def _find_name(self, target: str) -> Resolution:
        if target.startswith(_DENDRON):
            return self._in_vault(target)
        name = fold(target.strip("/"))
        found = self._first(name)
        if found:
            return found
        if target.startswith("/"):
            # A leading slash requires the whole path.
            return (self._folder(name) if name in self.folders else None) or Broken("no-such-note", self._near(target))
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
            candidates = self.labels.get(name) or self.former.get(name, [])
        if not candidates and name in self.folders:
            return self._folder(name) or Broken("no-such-note", ())
        if not candidates and (foreign := self.foreign.resolve(target)) is not None:
            return foreign
        if not candidates and self.site.partial_names and name:
            candidates = self._partial("", name)
        if len(candidates) == 1:
            return Resolved(candidates[0], None)
        if candidates:
            return Ambiguous(tuple(sorted(candidates)))
        return Broken("no-such-note", self._near(target))

    def _first(self, name: str) -> Resolution | None:
        """Return the file with exactly this path; a note has priority over an attachment with the same stem."""
        for path in (name + ".md", name, *(name + ending for ending in NOTE_ENDINGS[1:])):
            if path in self.files:
                return _one(self.files[path])
        return None

    def _by_suffix(self, name: str) -> list[str]:
        if self.suffixes is None:
            self.suffixes = defaultdict(list)
            for path in self.notes:
                parts = fold(path).removesuffix(".md").split("/")
                for i in range(1, len(parts) - 1):
                    self.suffixes["/".join(parts[i:])].append(path)
        return self.suffixes.get(name, [])

    # Bundles of the Open Knowledge Format

    def _in_bundle(self, source: str, target: str, *, field: bool) -> Resolution:
        """Resolve a path: with a slash, from the root of the bundle; otherwise from the folder of the source.

        A path in front matter may start at the root without a slash, as bundles have it.
        """
        root, path = bundle_root(source, self.site.dialect.okf_roots), target.rstrip("/")
        starts = [root] if target.startswith("/") else [source.rpartition("/")[0], *([root] if field else [])]
        outside = True
        for start in dict.fromkeys(starts):
            normal = posixpath.normpath(posixpath.join(start, path.lstrip("/")))
            if not normal.startswith("..") and not (start == root and root and not normal.startswith(root.rstrip("/"))):
                outside = False
                name = "" if normal == "." else normal
                exact = next((path for path in (name, f"{name}.md") if path in self.files.get(fold(path), ())), None)
                file = Resolved(exact, None) if exact else self._at(fold(name))
                if file:
                    return file
        return Broken("outside" if outside else "no-such-note", self._near(target))

    # Markdown links, raw HTML, shortcodes

    def _by_path(self, source: str, target: str, *, reference: bool, language: str) -> Resolution:
        if reference and self.site.generator == "hugo":
            paths = self.pages.reference(source, target, language)
            return _one(paths) if paths else Broken("no-such-note", self._near(target))
        if target.startswith("/") and self.site.publishes:
            return self._from_root(source, target)
        if not self.site.hooked and self.site.publishes and self.pages.own.get(source) is not None:
            # A browser resolves the link against the address of the page, whatever lies beside the source file.
            paths = self.pages.beside(source, target)
            return (
                _one(paths) if paths else self._section(source, target) or Broken("no-such-note", self._beside(source, target))
            )
        if self.site.cross_references and (labelled := self._further.label(target)):
            return labelled
        outside = True
        for path in self._tries(source, target, reference):
            normal = posixpath.normpath(path) if path else "."
            if normal.startswith(".."):
                continue
            outside = False
            file = self._at(fold("" if normal == "." else normal))
            if file:
                return file
        if self.site.fallbacks and (file := self._further.default_language(source, target)):
            return file
        if self.site.publishes and (paths := self.pages.beside(source, target)):
            return _one(paths)
        if ordered := self._further.unnumbered(source, target):
            return ordered
        if reference or self._in_obsidian(source):
            by_name = self._by_name(source, target)
            if not isinstance(by_name, Broken):
                return by_name
        return Broken("outside" if outside else "no-such-note", self._near(target))

    def _is_other_case(self, target: str) -> bool:
        """Return whether an address has capital letters on a site whose addresses have none."""
        return self.site.lower_case and target != target.lower()

    def _section(self, source: str, target: str) -> Resolution | None:
        """Return the section at a relative address: a content folder, which needs no page of its own."""
        name = None if self._is_other_case(target) else self.pages.folder_beside(source, target)
        return self._folder(fold(name)) if name is not None and fold(name) in self.folders else None

    def _beside(self, source: str, target: str) -> tuple[str, ...]:
        """Return the note that the link would reach as a path of files, as a near miss, else other near misses."""
        file = self._at(fold(posixpath.normpath(posixpath.join(posixpath.dirname(source), target))))
        return (file.path,) if isinstance(file, Resolved) else self._near(target)

    def _from_root(self, source: str, target: str) -> Resolution:
        """Resolve a link with a leading slash on a site: an address, a source file if the tool accepts one, or a folder."""
        found = self.pages.at_root(target)
        if found:
            return _one(found)
        for path in self.pages.paths_at_root(source, target):
            name = fold(posixpath.normpath(path)) if path else ""
            if self.site.root_files and (self.site.generator != "hugo" or (target.endswith(".md") and self.site.hooked)):
                file = self._at(name)
            elif name in self.folders and not self._is_other_case(target):
                file = self._folder(name)
            else:
                continue
            if file:
                return file
        return Broken("no-such-note", self._near(target))

    def _tries(self, source: str, target: str, reference: bool) -> Iterator[str]:
        """Yield the paths that a link may refer to, most likely first; nearly always the first one exists."""
        if target.startswith("~/"):
            # docfx: from the folder of its configuration.
            name = self.site.name(target[2:])
            if name is not None:
                yield name
        if target.startswith("/"):
            path = target.strip("/")
            head, _, rest = path.partition("/")
            yield path
            if head in self.roots:
                yield rest
            # Addresses of pages in the first language have no language prefix.
            if self.first_folder:
                yield posixpath.join(self.first_folder, path)
            if not self._in_obsidian(source):
                yield from paths_from_roots(source, path)
            return
        if target.startswith("@site/"):
            # Docusaurus: from the folder of its configuration.
            yield target.removeprefix("@site/")
            yield from paths_from_roots(source, target.removeprefix("@site/"))
            return
        folder = source.rpartition("/")[0]
        yield posixpath.join(folder, target)
        if reference or self._in_obsidian(source):
            yield target
        if not posixpath.splitext(target.rstrip("/"))[1]:
            # A generated site serves `a/b.md` as `a/b/`: relative addresses start one level deeper than the file.
            base = folder if posixpath.basename(source).lower() in _INDEX_NAMES else posixpath.splitext(source)[0]
            yield posixpath.join(base, target)

    def _at(self, name: str) -> Resolution | None:
        """Return the file at a path, given as file name, without extension, as folder, or as address of a page."""
        if name in self.files:
            return _one(self.files[name])
        stem, ending = posixpath.splitext(name)
        if name + ".md" in self.files:
            return _one(self.files[name + ".md"])
        if ending in _PAGE_ENDINGS and stem + ".md" in self.files:
            return _one(self.files[stem + ".md"])
        if not self.site.publishes and (found := self.pages.addresses.get(address_key(name))):
            return _one(found)
        if not name or name in self.folders:
            return self._folder(name)
        for further in NOTE_ENDINGS[1:]:
            if name + further in self.files:
                return _one(self.files[name + further])
        return None

    def _folder(self, name: str) -> Resolution | None:
        for index in _INDEX_NAMES:
            path = f"{name}/{index}" if name else index
            if path in self.files:
                return _one(self.files[path])
        return Resolved(name + "/", None) if name else None

    def _block(self, target: str) -> Resolution:
        """Resolve Logseq's reference to a block, ``((uuid))``: the page with the property ``id:: uuid``."""
        pages = [path for path in self.notes if target in self.notes[path].anchors]
        if len(pages) == 1:
            return Resolved(pages[0], target)
        return _one(pages) if pages else Broken("no-such-note", ())

    def _term(self, source: str, target: str) -> Resolution:
        """Resolve the id of a glossary's term to its page in the language of the source."""
        name = fold(target)
        pages = [p for p in self.names.get(name) or self.labels.get(name, []) if "glossary" in p]
        own = [p for p in pages if self.pages.language(p) == self.pages.language(source)]
        return _one(own or pages) if pages else Broken("no-such-note", self._near(target))

    def _by_liquid(self, link: Link) -> Resolution:
        """Resolve Jekyll's tags: `link` contains a path from the site's root, `post_url` the name of a post."""
        target = link.target.strip("/")
        tries = [target] if link.kind == "link" else [f"_posts/{target}.md", f"_posts/{target}.markdown", f"{target}.md"]
        for path in tries:
            name = self.site.name(path)
            if name is not None and fold(name) in self.files:
                return _one(self.files[fold(name)])
        if link.kind == "post_url":
            ends = self._by_suffix(f"_posts/{fold(target)}")
            if len(ends) == 1:
                return Resolved(ends[0], None)
        return Broken("no-such-note", self._near(link.target))

    def _near(self, target: str) -> tuple[str, ...]:
        path = fold(target).rstrip("/")
        if posixpath.basename(path) in _INDEX_NAMES:
            # Every folder has such a page: compare the folder's name.
            wanted = posixpath.basename(posixpath.dirname(path))
            pages = (p for name in _INDEX_NAMES for p in self.basenames.get(name, ()))
            return tuple(sorted(p for p in pages if wanted and fold(posixpath.basename(posixpath.dirname(p))) == wanted)[:3])
        name = posixpath.basename(path).removesuffix(".md")
        same = self.names.get(name) or self.basenames.get(name) or self.labels.get(name)
        if same:
            return tuple(sorted(same)[:3])
        if self.guesses >= _MAX_GUESSES:
            return ()
        self.guesses += 1
        close = difflib.get_close_matches(name, self.names, 3, 0.8)
        return tuple(self.names[c][0] for c in close)


def names_of_note(note: Note) -> list[str]:
    """Return all names that a wikilink can use for a note, except its path."""
    names = [*note.labels.values(), *[name for name, _ in note.alt_labels]]
    if "id" in note.metadata:
        names += texts_under(note.metadata, "id")
    title = note.metadata.get("title")
    if title.__class__ is str:
        names.append(title)
    return names


def _stem(path: str) -> str:
    name = path.rpartition("/")[2]
    stem, dot, ending = name.rpartition(".")
    return stem if dot and f".{ending.lower()}" in NOTE_ENDINGS else name


def _one(paths: list[str]) -> Resolution:
    return Resolved(paths[0], None) if len(paths) == 1 else Ambiguous(tuple(sorted(paths)))


@lru_cache(maxsize=256)
def _by_folder(candidates: tuple[str, ...]) -> Mapping[str, list[str]]:
    """Return folder → the candidates in it. Cached: a name that many notes have may be linked from as many."""
    folders: dict[str, list[str]] = {}
    for path in candidates:
        folders.setdefault(posixpath.dirname(path), []).append(path)
    return folders
