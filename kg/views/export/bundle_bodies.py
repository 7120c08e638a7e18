"""The text of notes with the links that the Open Knowledge Format has: paths from the root of the bundle."""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple
from urllib.parse import quote

from kg.model import Ambiguous, Broken, Corpus, Foreign, Link, Note, Resolved, ResolvedLink, Unseen
from kg.notes.dialect import Dialect
from kg.notes.places import LinkPlace, read_places
from kg.notes.source import file_offsets

_SPECIAL: Final = re.compile(r"([\[\]\\|])")
_SAFE: Final = "/:@!$&'*+,;=-._~%"
_UNTITLED: Final = re.compile(rb"(>?)[ \t]*\)\Z")
"""What follows the destination of a link that has no title."""
_PICTURES: Final = (".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".avif")


class _Replacement(NamedTuple):
    """Bytes of a file, and what stands there in the bundle."""

    start: int
    end: int
    data: bytes


class BodyLinks:
    """The links of all notes, and where they lead in the bundle."""

    def __init__(self, corpus: Corpus, paths: Mapping[str, str], keys: Mapping[str, str]) -> None:
        self.corpus, self.paths = corpus, paths
        self._links: dict[str, list[ResolvedLink]] = defaultdict(list)
        for link in corpus.links:
            self._links[link.source].append(link)
        self._keys: dict[tuple[str, int, int], str] = {
            (a.path, a.line, a.column): keys[a.predicate]
            for a in (*corpus.assertions, *corpus.foreign_assertions)
            if a.predicate in keys
        }

    def of(self, path: str) -> list[ResolvedLink]:
        """Return the links of a note."""
        return self._links.get(path, [])

    def states_relation(self, path: str, link: Link) -> bool:
        """Return whether a link of a note states a relation."""
        return (path, link.line, link.column) in self._keys

    def key_of(self, link: ResolvedLink) -> str:
        """Return the key of the relation that a link states; empty if it states none."""
        return self._keys.get((link.source, link.link.line, link.link.column), "")

    @staticmethod
    def file_of(link: ResolvedLink) -> str:
        """Return the path of the file that a link leads to; empty for none."""
        match link.resolution:
            case Resolved(path=path):
                return path
            case Broken(path=str(path)):
                return path
            case Ambiguous(chosen=str(path)):
                return path
        return ""

    def address_of(self, link: ResolvedLink) -> str:
        """Return the destination of a link in the bundle; empty if it leads to nothing that is exported."""
        path = self.file_of(link)
        if not path:
            return ""
        fragment = self._fragment(path, link)
        if path == link.source and fragment:
            return f"#{fragment}"
        target = self.paths.get(path)
        if target is None:
            note = self.corpus.notes.get(path)
            target = path if note is None else f"{posixpath.dirname(path)}/".lstrip("/")  # the page of a folder
        return quote(f"/{target}", safe=_SAFE) + (f"#{quote(fragment, safe=_SAFE)}" if fragment else "")

    def _fragment(self, path: str, link: ResolvedLink) -> str:
        note, anchor = self.corpus.notes.get(path), getattr(link.resolution, "anchor", None)
        if note is not None and anchor and not anchor.startswith("^"):
            found = next((h.anchor for h in note.headings if h.text == anchor), None)
            if found is not None:
                return found
        return link.link.fragment or ""


def write_body(note: Note, data: bytes, dialect: Dialect, links: BodyLinks) -> bytes:
    """Return the text of a note for a bundle; `data` are the bytes from which it was parsed, without what its author hid."""
    in_file = file_offsets(data)
    hidden = [(in_file(start), in_file(end)) for start, end in note.hidden]
    by_link: dict[tuple[int, int], LinkPlace] = {}
    for place in read_places(note, data, dialect)[0]:
        by_link.setdefault((place.link.start, place.link.end), place)
    replacements = {_Replacement(start, end, b"") for start, end in hidden if start >= note.body}
    for link in links.of(note.path):
        start, end = in_file(link.link.start), in_file(link.link.end)
        if start < note.body or any(a <= start < b for a, b in hidden):
            continue
        if link.link.kind == "wikilink":
            if names_foreign(link):
                continue
            replacements.add(_Replacement(start, end, _markdown(link, links).encode()))
        elif changed := _replacement(link, data, (start, end), by_link.get((link.link.start, link.link.end)), links):
            replacements.add(changed)
    return b"".join(_replaced(data, note.body, sorted(replacements)))


def names_foreign(link: ResolvedLink) -> bool:
    """Return whether a link names a concept of another knowledge base, also one that it lacks or that can't be read.

    No file of the bundle can stand for it, and a path would be one that nobody will ever write.
    """
    match link.resolution:
        case Foreign():
            return True
        case Broken(reason=reason):
            return reason == "foreign"
        case Unseen(reason=reason):
            return reason == "import"
    return False


def _replaced(data: bytes, at: int, replacements: list[_Replacement]) -> Iterator[bytes]:
    for start, end, new in replacements:
        if start >= at:
            yield data[at:start]
            yield new
            at = end
    yield data[at:]


def _replacement(
    link: ResolvedLink, data: bytes, at: tuple[int, int], place: LinkPlace | None, links: BodyLinks
) -> _Replacement | None:
    """Return the new destination of a link of Markdown, with the relation as title if it has none; None if nothing changes.

    `data` are the bytes of the file, `at` is the range of the link in them.
    """
    if link.link.kind != "markdown" or place is None or place.syntax != "destination":
        return None
    address = links.address_of(link)
    begin, last = place.target.start, place.fragment.end if place.fragment is not None else place.target.end
    new = data[begin:last] if not address or _means_the_same(link, address, links) else address.encode()
    key = links.key_of(link)
    # A definition of a reference, elsewhere in the text, may serve several links: it gets no title.
    untitled = _UNTITLED.match(data, last, at[1]) if key and begin >= at[0] else None
    if untitled is not None:
        new += untitled[1] + f' "{key}"'.encode()
        last = untitled.end(1)
    return _Replacement(begin, last, new) if new != data[begin:last] else None


def _markdown(link: ResolvedLink, links: BodyLinks) -> str:
    """Return a link in double brackets as a link of Markdown; its title is the relation that it states."""
    written = link.link
    address = links.address_of(link)
    if not address:
        if isinstance(link.resolution, Ambiguous):
            return _escaped(written.text or written.target)
        name = written.target.strip("/")
        address = quote(f"/{name if name.lower().endswith('.md') else name + '.md'}", safe=_SAFE)
    label = written.text or (written.target if written.target else written.fragment or "")
    key = links.key_of(link)
    picture = "!" if written.embed and address.lower().endswith(_PICTURES) else ""
    title = f' "{key}"' if key else ""
    return f"{picture}[{_escaped(label)}]({address}{title})"


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)


def _means_the_same(link: ResolvedLink, address: str, links: BodyLinks) -> bool:
    """Return whether a destination as written leads to the same file in the bundle."""
    written = link.link
    if not written.target:
        return True
    folder = "" if written.target.startswith("/") else posixpath.dirname(links.paths.get(link.source, link.source))
    path = posixpath.normpath(posixpath.join(folder, written.target.lstrip("/")))
    same = address.partition("#")[0] == quote(f"/{path}", safe=_SAFE)
    return same and address.partition("#")[2] == quote(written.fragment or "", safe=_SAFE)
