"""New targets of links in the form in which they were written; which of them lead to the note is for the resolver to say."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from kg.base.names import fold
from kg.knowledge.refactor.encoding import TargetForm, write_like
from kg.notes.places import HIDDEN, LinkPlace

_ENDINGS: Final = (".md", ".markdown")
_INDEX: Final = frozenset(("readme", "index", "_index"))
_NOT_IN_WIKILINK: Final = re.compile(r"[\[\]|#^\r\n]|^\s|\s$|%%|^(?!dendron:)[A-Za-z][A-Za-z0-9+.\-]*:")
"""Marks with a meaning there, and what looks like the scheme of an address."""
_DENDRON: Final = "dendron://"


class Target(NamedTuple):
    """What a link leads to, before and after the operation."""

    before: str
    """Path of the file."""
    after: str
    source_before: str
    """Path of the note with the link."""
    source: str
    names: Sequence[str] = ()
    """Further names of the note that a wikilink can use: the one for the name as written first."""
    address: str = ""
    """The address at which a generator publishes the note."""


def forms_of_target(place: LinkPlace, target: Target) -> Iterator[str]:
    """Yield the targets that may lead to the note, the form that is most like the written one first."""
    written = place.link.target
    if place.syntax in ("wikilink", "text", "label") and not (place.syntax == "text" and written.endswith(_ENDINGS)):
        yield from dict.fromkeys(_wikilinks(written, target))
    else:
        yield from dict.fromkeys(_paths(written, target))


def _stem(path: str) -> str:
    stem, ending = posixpath.splitext(path)
    return stem if ending.lower() in _ENDINGS else path


def _wikilinks(written: str, target: Target) -> Iterator[str]:
    ending = posixpath.splitext(written)[1].lower() in _ENDINGS
    name = target.after if ending else _stem(target.after)
    if written.startswith((".", "..")) and "/" in written:
        relative = posixpath.relpath(name, posixpath.dirname(target.source) or ".")
        yield f"./{relative}" if not relative.startswith("..") else relative
    if written.startswith("/"):
        yield f"/{name}"
    if written.startswith(_DENDRON):
        yield f"{written[: written.index('/', len(_DENDRON)) + 1]}{posixpath.basename(name)}"
    parts = name.split("/")
    old = (target.before if ending else _stem(target.before)).split("/")
    size = len(written.strip("/").split("/")) if written else 1
    by_path = fold("/".join(old[-size:])) == fold(written.strip("/"))
    if not by_path:  # by a title, alias or id
        yield from target.names
    if by_path and size == len(old) > 1:
        yield name
    for count in range(min(size, len(parts)), len(parts) + 1):
        yield "/".join(parts[-count:])
    for count in range(1, len(parts) + 1):
        yield "/".join(parts[-count:])
    yield f"/{name}"
    yield from target.names
    yield target.after


def _paths(written: str, target: Target) -> Iterator[str]:
    after, folder = target.after, posixpath.dirname(target.source)
    for path in _like(written, target.before, after):
        if written.startswith("/"):
            prefix = _prefix(written, target.before)
            if prefix is not None:
                yield prefix + path
            yield f"/{path}"
        else:
            for start in (folder, _stem(target.source)):
                relative = posixpath.relpath(path or ".", start or ".")
                relative += "/" if path.endswith("/") or (not path and written.endswith("/")) else ""
                yield f"./{relative}" if written.startswith("./") and not relative.startswith("..") else relative
            yield path
    if target.address:
        slash = "/" if written.endswith("/") else ""
        yield f"/{target.address}{slash}"
        relative = posixpath.relpath(target.address, folder or ".")
        yield relative + slash
    if written.startswith("/"):
        yield f"/{after}"
    yield posixpath.relpath(after, folder or ".")
    yield from _wikilinks(written, target)


def _like(written: str, before: str, after: str) -> Iterator[str]:
    """Yield the path of the file with the ending that was written: ``.md``, ``.html``, none, or a slash."""
    ending = posixpath.splitext(written)[1].lower()
    stem = _stem(after)
    index = posixpath.basename(stem).lower() in _INDEX
    if ending in (".html", ".htm"):
        yield stem + ending
    elif not written or ending in _ENDINGS or not after.endswith(_ENDINGS):
        yield after
    elif index and not written.rstrip("/").lower().endswith(posixpath.basename(_stem(before)).lower()):
        folder = posixpath.dirname(stem)
        yield f"{folder}/" if written.endswith("/") and folder else folder
        yield stem
    else:
        yield f"{stem}/" if written.endswith("/") else stem
    yield after


def _prefix(written: str, before: str) -> str | None:
    """Return what a root link has before the path of its file: ``/``, ``/zh-cn/``."""
    path = fold(written.rstrip("/"))
    for form in (before, _stem(before), _stem(before) + ".html", posixpath.dirname(before)):
        if form and path.endswith("/" + fold(form)):
            return written.rstrip("/")[: len(written.rstrip("/")) - len(form)]
    return None


def can_be_written(place: LinkPlace, target: str) -> bool:
    """Return whether a target can stand at a place at all."""
    if place.syntax == "wikilink":
        return not _NOT_IN_WIKILINK.search(target)
    if place.syntax == "label":
        return not re.search(r"[\[\](){}|<>\"\r\n;]", target)
    return "\n" not in target and "\r" not in target


def write_target(place: LinkPlace, target: str, data: bytes, *, fragment: bool = False) -> bytes:
    """Return a target or fragment as bytes, escaped and encoded as the old one at the place was. `data`: the file's bytes."""
    span = place.fragment if fragment and place.fragment else place.target
    raw = data[span.start : span.end]
    if fragment and place.name_at is not None and place.link.context not in HIDDEN:
        return target.encode()  # in double brackets
    if place.syntax == "destination":
        return _destination(target, raw, data, place, fragment=fragment)
    if place.syntax == "attribute":
        old = raw.decode("utf-8", "replace")
        if place.link.context == "diagram":
            return write_like(target, TargetForm(old, "plain", '#?"' if not fragment else '"')).encode()
        special = "" if fragment else "#?"
        if data[place.target.start - 1 : place.target.start] not in (b'"', b"'"):
            special += " "
        return write_like(target, TargetForm(old, "html", special)).encode()
    if place.link.context == "front-matter":
        return _in_yaml(target, data, place)
    return target.encode()


def _destination(target: str, raw: bytes, data: bytes, place: LinkPlace, *, fragment: bool) -> bytes:
    in_tag = data[place.target.start - 1 : place.target.start] in (b'"', b"'") and place.link.kind not in (
        "markdown",
        "property",
    )
    if in_tag or place.link.kind in ("link", "post_url"):
        return target.encode()
    angle = data[place.target.start - 1 : place.target.start] == b"<"
    special = "<>\\" + ("" if angle else " ()") + ("" if fragment else "#?")
    form = TargetForm(raw.decode("utf-8", "replace"), "markdown", special, nests=not angle)
    return write_like(target, form).encode()


_PLAIN_YAML: Final = re.compile(r"[^\s\-?:,\[\]{}#&*!|>'\"%@`][^\r\n#:\[\]{},]*|-[^\s\-?:,\[\]{}#&*!|>'\"%@`][^\r\n#:\[\]{},]*")
_WORDS: Final = frozenset(("true", "false", "yes", "no", "on", "off", "null", "~"))


def _in_yaml(target: str, data: bytes, place: LinkPlace) -> bytes:
    line = data.rfind(b"\n", 0, place.target.start) + 1
    before = data[line : place.target.start]
    if before.count(b'"') % 2:
        return target.replace("\\", "\\\\").replace('"', '\\"').encode()
    if before.count(b"'") % 2:
        return target.replace("'", "''").encode()
    if place.syntax == "wikilink":
        return target.encode()
    plain = _PLAIN_YAML.fullmatch(target) and target.lower() not in _WORDS and not re.fullmatch(r"[\d.+\-eE_:]+", target)
    if plain and not target.endswith(" "):
        return target.encode()
    return ('"' + target.replace("\\", "\\\\").replace('"', '\\"') + '"').encode()
