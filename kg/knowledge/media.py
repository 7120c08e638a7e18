"""The files that notes show (images, sound, videos, documents): which of them a site publishes, and under which name."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from kg.base import files
from kg.base.errors import OutdatedError
from kg.base.formats import FormatError
from kg.base.formats.media_bytes import ending_of, media_bytes, media_kind
from kg.model import Artifact, Corpus, Medium, Resolved, Unseen

LARGEST: Final = files.LIMIT
"""Maximum bytes of a file that is published."""
TOTAL: Final = 1 << 30
"""Maximum bytes of all files that are published; the rest, in order of path, isn't."""
_FOLDER: Final = "media"
_DIGITS: Final = 20
_TOO_LARGE: Final = f"it has more than {LARGEST // 1_000_000} MB"


class ShownMedia(NamedTuple):
    """The files that notes show, by path as notes name them."""

    media: Mapping[str, Medium]
    places: Mapping[str, str]
    """Address of each published file → its file on disk; a file that notes show under two names is published once."""


def shown_media(corpus: Corpus, places: Mapping[str, str]) -> ShownMedia:
    """Read the files that visible links of notes name. `places`: path of a file → its place on disk.

    A file that can't be read or isn't what its name says is not published, and says why.
    """
    media: dict[str, Medium] = {}
    published: dict[str, str] = {}
    total = 0
    for path in sorted(_shown(corpus)):
        kind = media_kind(path)
        place = places.get(path)
        if place is None:
            continue
        try:
            # Names in notes are in NFC; macOS and archives made there write them decomposed.
            place = place if files.is_there(place) else unicodedata.normalize("NFD", place)
            data = media_bytes(path, files.read(place, LARGEST))
        except OSError as error:
            media[path] = Medium(kind, "", _TOO_LARGE if "more than" in str(error) else "it can't be read")
            continue
        except FormatError as error:
            media[path] = Medium(kind, "", error.problem)
            continue
        address = f"{_FOLDER}/{hashlib.sha256(data).hexdigest()[:_DIGITS]}.{ending_of(path)}"
        if address not in published:
            total += len(data)
            if total > TOTAL:
                media[path] = Medium(kind, "", f"all files together have more than {TOTAL >> 30} GB")
                continue
            published[address] = place
        media[path] = Medium(kind, address)
    return ShownMedia(media, published)


def _shown(corpus: Corpus) -> set[str]:
    """Paths of all files that notes link or embed and that a site can show; of static files of a site too."""
    paths = {link.resolution.path for link in corpus.links if isinstance(link.resolution, Resolved)} & {*corpus.attachments}
    paths |= {link.resolution.path or "" for link in corpus.links if isinstance(link.resolution, Unseen)}
    return {path for path in paths if media_kind(path)}


def media_files(places: Mapping[str, str]) -> Iterator[Artifact]:
    """Yield the files to publish. `places`: address → file. Raises OutdatedError if one has changed since it was read."""
    for address, place in places.items():
        try:
            data = media_bytes(address, files.read(place, LARGEST))
        except (OSError, FormatError):
            data = b""
        if f"/{hashlib.sha256(data).hexdigest()[:_DIGITS]}." not in address:
            raise OutdatedError(f"{place} was changed while it was being built", hint="build again")
        yield Artifact(address, data)
