"""The inputs of a knowledge base by name, with a digest of each: what an answer reads decides when it is computed again."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Container, Iterable, Iterator, Mapping
from fnmatch import translate
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from kg.base import files, jsonl, parcels
from kg.base.about import code_stamp, ontology_folder
from kg.base.caches import LEDGER
from kg.base.clock import read_clock
from kg.base.configurations import GIT
from kg.base.extras import has_extra
from kg.base.formats.media_bytes import MEDIA_ENDINGS, media_kind
from kg.base.listing import Listing, list_unread, walk_folders
from kg.base.memo import memo_key
from kg.base.names import AS_OF, nfc
from kg.base.process.file_history import find_head
from kg.base.setting_sources import FILE
from kg.base.settings import DEFAULT_EXCLUDES, TEMPLATE_FOLDERS, Settings
from kg.base.store import write_file
from kg.knowledge.bibliography import BIBLIOGRAPHY_ENDINGS, Bibliography, bibliography_paths, read_bibliography
from kg.knowledge.look import theme_files
from kg.knowledge.uses import read_foreign, used_paths
from kg.model import EVIDENCE_LANGUAGES, Corpus, ForeignBases
from kg.plan.folder import JOURNAL, plan_folder

if TYPE_CHECKING:
    from kg.corpus.site import SourceSite

Input = Literal[
    "code",
    "settings",
    "notes",
    "files",
    "ontology",
    "thesauri",
    "day",
    "verdicts",
    "evidence",
    "theme",
    "media",
    "journal",
    "bibliography",
    "history",
    "uses",
]

CORPUS: Final[tuple[Input, ...]] = ("code", "settings", "notes", "files", "ontology", "thesauri", "day", "bibliography", "uses")
"""Inputs of links, concepts, the graph and the findings in it."""
ASSESSMENT: Final[tuple[Input, ...]] = (*CORPUS, "verdicts", "evidence", "theme")
"""Inputs of everything that a build measures."""
SITE: Final[tuple[Input, ...]] = ("media", "history")
"""Inputs of pages only."""
BUILD: Final[tuple[Input, ...]] = (*ASSESSMENT, "journal", *SITE)
"""All inputs of a build but the files that acceptance conditions of its plan name."""


def note_dates(cache: Path, corpus: Corpus) -> None:
    """Record in the cache whether a note states until when it holds, so that the day is an input from now on."""
    path = cache / DATED
    if any(c.provenance is not None and c.provenance.stale_after for c in corpus.concepts.values()) or any(
        AS_OF in note.metadata for note in corpus.notes.values()
    ):
        if not files.is_file(path):
            write_file(path, b"", durable=False)
    elif files.is_file(path):
        path.unlink(missing_ok=True)


NAMED: Final = "bibliographies"
"""File in the cache with the bibliographies that notes name, a zero byte between them: inputs also where no notes are read."""
DATED: Final = "dated"
"""File in the cache that is there if a note states when it becomes stale, or on which day its claims were checked."""
_WITH_STATIC_FILES: Final = re.compile(r"hugo\.|config[./]|(?:docusaurus|astro|next)\.config\.|gatsby-config\.js|\.vitepress")
"""What the names of configuration files begin with whose generators copy folders to the root of the site."""
_OUTSIDE: Final = "../"
"""What the names of these files begin with if only the folder of the content is read; no other name does."""


def list_files(settings: Settings) -> Listing:
    """List the notes and other files of a knowledge base; files that kg wrote are excluded."""
    # In a bundle, every file of the tree counts and every folder holds concepts; only git's own files are not part of it.
    bundle = settings.reading.dialect == "okf"
    exclude = (*((GIT,) if bundle else DEFAULT_EXCLUDES), *settings.exclude)
    listing = walk_folders(
        settings.notes,
        exclude,
        never=(settings.out, settings.cache, settings.ontology / "scope"),
        root=settings.root,
        gitignore=settings.respect_gitignore and not bundle and (settings.trusted or True),
        templates=() if bundle else TEMPLATE_FOLDERS,
    )
    return listing._replace(unread=(*listing.unread, *_static_files(settings, listing)))


def _names_begin_at(settings: Settings) -> str | None:
    """Return the folder from which names lead to files outside of the notes folders; None if these lie in several folders."""
    tops = {os.path.realpath(folder if len(settings.notes) == 1 else folder.parent) for folder in settings.notes}
    return tops.pop() if len(tops) == 1 else None


def _is_outside(settings: Settings, name: str) -> bool:
    """Return whether a file with a name lies outside of the notes folders."""
    if len(settings.notes) == 1:
        return name.startswith(_OUTSIDE)
    return name.partition("/")[0] not in {nfc(folder.name) for folder in settings.notes}


_STATIC: Final = 50_000
"""Maximum number of static files of a site that are listed."""


def _static_files(settings: Settings, listing: Listing) -> list[str]:
    """Return the static files of a site of which only content folders are read, as names from there."""
    if not any(c.below and _WITH_STATIC_FILES.match(c.name) for c in listing.configurations):
        return []
    # start time: an unchanged build reads no notes, and most have no site
    from kg.corpus.site import read_site

    site = read_site(listing.configurations)
    top = _names_begin_at(settings)
    if top is None:
        return []
    names = [(folder, site.name_outside(folder)) for folder in site.static]
    entries = [
        (f"{top}/{name}", name)
        for folder, name in names
        if _is_outside(settings, name) and not {"", ".", ".."} & set(folder.split("/"))
    ]
    return list_unread([(path, name) for path, name in entries if files.is_folder(path)], _STATIC)


class Inputs:
    """The inputs of a knowledge base at one moment.

    Files are known by size and modification time; of all files, only the journal of the plan is read.
    """

    def __init__(self, settings: Settings, listing: Listing | None = None) -> None:
        self.settings = settings
        self.listing = list_files(settings) if listing is None else listing
        self._digests: dict[Input, bytes] = {}
        self._named: tuple[str, ...] | None = None
        """The bibliographies that notes name; None if the notes weren't read."""

    @cached_property
    def site(self) -> SourceSite:
        """The tool of the notes; without a configuration, it reads some of them."""
        # start time: an unchanged build reads no notes
        from kg.corpus.vaults import read_source_site

        return read_source_site(self.listing, self.settings.reading.dialect, self.settings.folder_dialects)

    @cached_property
    def bibliography(self) -> Bibliography:
        """The works that notes can cite."""
        return read_bibliography(self.settings, self.paths("bibliography"))

    def take_bibliographies(self, named: tuple[str, ...], cache: Path | None) -> None:
        """Take the bibliographies that the notes name, and record them in the cache for who reads no notes."""
        if named != self._named_bibliographies():
            if cache is not None:
                write_file(cache / NAMED, os.fsencode("\0".join(named)), durable=False)
            self.__dict__.pop("bibliography", None)
            self._digests.pop("bibliography", None)
        self._named = named

    def _named_bibliographies(self) -> tuple[str, ...]:
        record = self.settings.cache / NAMED
        if self._named is None:
            self._named = tuple(filter(None, os.fsdecode(files.read(record)).split("\0"))) if files.is_file(record) else ()
        return self._named

    @cached_property
    def foreign(self) -> ForeignBases:
        """The other knowledge bases that notes can link to."""
        return read_foreign(self.settings)

    def key(self, reads: Iterable[Input], *more: str) -> bytes:
        """Return the key of an answer computed from some inputs and further parameters."""
        return memo_key(*map(self._digest, reads), *more)

    def build_key(self, stage: str) -> str:
        """Return the key of a build up to a stage."""
        return self.key([name for name in BUILD if name not in SITE or stage == "site"], stage).hex()

    def paths(self, name: Input) -> Iterator[Path]:
        """Yield the files and folders that belong to an input, be they there or not."""
        settings = self.settings
        if name == "settings":
            yield from settings.files or (settings.root / FILE,)
        elif name == "notes":
            yield from (Path(file.path) for file in self.listing.notes)
        elif name == "ontology":
            yield from (settings.ontology, ontology_folder())
        elif name == "thesauri":
            yield from settings.thesauri
        elif name == "bibliography":
            paths = bibliography_paths(settings, self.attachments(BIBLIOGRAPHY_ENDINGS))
            yield from dict.fromkeys((*paths, *map(Path, self._named_bibliographies())))
        elif name == "uses":
            yield from used_paths(settings)
        elif name == "day":
            yield settings.cache / DATED
        elif name == "verdicts":
            yield settings.cache / LEDGER
        elif name == "evidence":
            # Files beside the notes can be linked as evidence: verdicts depend on their text.
            yield from (Path(place) for place in self.attachments(EVIDENCE_LANGUAGES).values())
        elif name == "theme":
            yield from (*theme_files(settings), parcels.MERMAID.path)
        elif name == "media":
            yield from map(Path, self.media().values())
        elif name == "journal" and settings.notes:
            yield plan_folder(settings) / JOURNAL

    def _digest(self, name: Input) -> bytes:
        """The digest of one input, computed once."""
        if name not in self._digests:
            self._digests[name] = memo_key(*self._parts(name))
        return self._digests[name]

    def _parts(self, name: Input) -> Iterator[str | bytes]:
        """What the digest of an input covers."""
        if name == "code":
            yield code_stamp()
            yield repr(has_extra("search"))  # it indexes the site
        elif name == "notes":
            for file in self.listing.notes:
                yield f"{file.name}\0{file.size} {file.mtime_ns} {file.inode}"
        elif name == "files":  # names only; and what was read to list them
            yield repr((self.listing.faults, self.listing.configurations, self.listing.contents, self.listing.graphs))
            yield from (*self.listing.attachments, "", *self.listing.unread)
        elif name == "day":
            # Whether a concept is stale, or a claim old, depends on the day; where no note states one, nothing does.
            yield read_clock()[:10] if files.is_file(self.settings.cache / DATED) else ""
        elif name == "history":
            yield find_head(self.settings.root)
        elif name == "journal":
            yield from (jsonl.data_of(path) for path in self.paths(name))
        else:
            if name == "settings":
                yield repr(self.settings)
            yield from (part for path in self.paths(name) for file in _files_below(path) for part in _stamp(file))

    def attachments(self, endings: Container[str]) -> Mapping[str, str]:
        """Return the files beside the notes with one of the endings: path as notes name it → place on disk."""
        folders = self.settings.notes
        return {
            name: str(folders[0] / name if len(folders) == 1 else folder / name.partition("/")[2])
            for name in self.listing.attachments
            if name.rpartition("/")[2].lower().rpartition(".")[2] in endings  # also "Dockerfile"
            for folder in folders
            if len(folders) == 1 or nfc(folder.name) == name.partition("/")[0]
        }

    def media(self) -> Mapping[str, str]:
        """Return the files that pages may show: those beside the notes, and static files of their site outside of the folder.

        Static files that `exclude` or `.gitignore` leaves out, or that lie outside of the knowledge base, are none.
        """
        beside = self.attachments(MEDIA_ENDINGS)
        names = [name for name in self.listing.unread if media_kind(name) and _is_outside(self.settings, name)]
        folder, root = _names_begin_at(self.settings), os.path.realpath(self.settings.root)
        if not names or folder is None:
            return beside
        left_out = re.compile("|".join(map(translate, (*DEFAULT_EXCLUDES, *self.settings.exclude))))
        places = dict(beside)
        for name in names:
            place = os.path.normpath(f"{folder}/{name}")  # not resolved: the gate decides about links
            inside = place.removeprefix(root.rstrip(os.sep) + os.sep)
            parts = Path(inside).parts
            tried = (*parts, *("/".join(parts[: n + 1]) for n in range(len(parts))))
            if inside == place or any(map(left_out.match, tried)):
                continue
            if not (self.settings.respect_gitignore and self.site.is_ignored(name)):
                places[name] = place
        return places


def _files_below(path: Path) -> Iterable[Path]:
    return sorted(Path(entry.path) for entry in files.walk(path)) if files.is_folder(path) else (path,)


def _stamp(path: Path) -> tuple[str, ...]:
    with contextlib.suppress(OSError):
        stat = path.stat()
        return str(path), f"{stat.st_size} {stat.st_mtime_ns}"
    return (str(path), "")
