"""The lists of a bundle: `index.md` of each folder, and `log.md`, the history of changes."""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple
from urllib.parse import quote

from kg.base.names import one_line
from kg.model import Artifact
from kg.notes import escaped_paragraph
from kg.notes.okf import INDEX
from kg.notes.okf.reserved import VERSION

_SPECIAL: Final = re.compile(r"([\[\]\\])")
_SAFE: Final = "/:@!$&'*+,;=-._~"


class ListedFile(NamedTuple):
    """A concept in the list of its folder."""

    path: str
    title: str
    kind: str
    description: str


def folder_indexes(listed: Sequence[ListedFile], title: str) -> Iterator[Artifact]:
    """Yield an `index.md` for each folder with concepts, and for each folder above: concepts by kind, then folders.

    The one at the root begins with the title of the bundle, if it has one: front matter may only state the version (§8).
    """
    inside: dict[str, list[ListedFile]] = defaultdict(list)
    folders: dict[str, set[str]] = defaultdict(set)
    folders[""] = set()
    for file in listed:
        folder = posixpath.dirname(file.path)
        inside[folder].append(file)
        while folder:
            above = posixpath.dirname(folder)
            folders[above].add(folder)
            folder = above
    for folder in sorted({*inside, *folders}):
        sections: list[str] = []
        by_kind: dict[str, list[ListedFile]] = defaultdict(list)
        for file in inside.get(folder, ()):
            by_kind[file.kind].append(file)
        for kind in sorted(by_kind):
            rows = [_entry(f.title, posixpath.basename(f.path), f.description) for f in sorted(by_kind[kind], key=_order)]
            sections.append(f"# {one_line(kind)}\n\n" + "".join(rows))
        below = sorted(folders.get(folder, ()))
        if below:
            rows = [_entry(posixpath.basename(name), f"{posixpath.basename(name)}/{INDEX}", "") for name in below]
            sections.append("# Subdirectories\n\n" + "".join(rows))
        head = f'---\nokf_version: "{VERSION}"\n---\n\n' if not folder else ""
        head += f"# {escaped_paragraph(title)}\n\n" if title and not folder else ""
        yield Artifact(posixpath.join(folder, INDEX), (head + "\n".join(sections)).encode("utf-8", "replace"))


def _order(file: ListedFile) -> tuple[str, str]:
    return file.title.casefold(), file.path


def _entry(title: str, address: str, description: str) -> str:
    text = _SPECIAL.sub(r"\\\1", one_line(title)) or address
    more = f" - {one_line(description)}" if description else ""
    return f"* [{text}]({quote(address, safe=_SAFE)}){more}\n"


_DAY: Final = re.compile(r"^## (\d{4}-\d\d-\d\d)[ \t]*\n", re.MULTILINE)


def merge_logs(old: bytes, new: bytes) -> bytes:
    """Return a log with the entries of an earlier one and those that are new: a log is only added to (§9).

    >>> before = b"# Log\\n\\n## 2026-05-15\\n\\n* Begun.\\n"
    >>> merge_logs(before, b"# Log\\n\\n## 2026-05-22\\n\\n* More.\\n").decode().split("\\n\\n")
    ['# Log', '## 2026-05-22', '* More.', '## 2026-05-15', '* Begun.\\n']
    """
    days: dict[str, dict[str, None]] = defaultdict(dict)
    for text in (old.decode("utf-8", "replace").replace("\r\n", "\n"), new.decode()):
        parts = _DAY.split(text)
        for day, entries in zip(parts[1::2], parts[2::2], strict=True):
            days[day].update(dict.fromkeys(line for line in entries.split("\n") if line.strip()))
    rows = [f"\n## {day}\n\n" + "".join(f"{line}\n" for line in days[day]) for day in sorted(days, reverse=True)]
    return ("# Log\n" + "".join(rows)).encode() if rows else new


def history_log(changed: Mapping[str, tuple[str, str, bool]]) -> bytes:
    """Return `log.md`: the concepts that were new or changed on each day, newest first; empty without a history.

    `changed` maps the path of a concept to its title, the day, and whether it was new.

    >>> print(history_log({"a.md": ("A", "2026-05-22", True)}).decode(), end="")
    # Log
    <BLANKLINE>
    ## 2026-05-22
    <BLANKLINE>
    * **Creation**: [A](/a.md).
    """
    days: dict[str, list[str]] = defaultdict(list)
    for path, (title, day, new) in sorted(changed.items()):
        text = _SPECIAL.sub(r"\\\1", one_line(title)) or path
        days[day].append(f"* **{'Creation' if new else 'Update'}**: [{text}]({quote('/' + path, safe=_SAFE)}).\n")
    if not days:
        return b""
    return ("# Log\n" + "".join(f"\n## {day}\n\n{''.join(days[day])}" for day in sorted(days, reverse=True))).encode()
