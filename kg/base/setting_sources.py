"""The files that settings come from: `kg.toml` or `[tool.kg]` of `pyproject.toml`, what they extend, and the command line.

A file extends another with ``extend = "path"``: tables are merged, other values replaced. Files come with the notes, so they
can't name a file outside of the knowledge base, unless the person who runs kg allows its folder in `KG_EXTEND`.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from kg.base import files
from kg.base.errors import UsageError
from kg.base.formats import FormatError
from kg.base.formats.toml_text import read_toml

FILE: Final = "kg.toml"
LOCK: Final = "kg.lock"
"""The file that pins what `[uses]` names, written by `kg uses update`."""
PROJECT_FILE: Final = "pyproject.toml"
"""The file of a Python project, whose table ``[tool.kg]`` is read where there is no `kg.toml`."""
OPTION: Final = "--config"
"""The option of the command line that overrides settings."""
_ALLOWED: Final = "KG_EXTEND"
"""Environment variable: folders, separated as in PATH, outside of the knowledge base from which settings may be extended."""
_DEEPEST: Final = 8
"""Maximum number of files in a chain of extended files."""
_PROJECT_TABLE: Final = re.compile(
    r"^\s*(?:\[\[?\s*[\"']?tool[\"']?\s*(?:\.\s*[\"']?kg\b|\])|tool\s*\.\s*kg\b|tool\s*=)", re.MULTILINE
)
_TABLE: Final = re.compile(r"\s*\[\[?([^\[\]=]+)\]")
_KEY: Final = re.compile(r"([^=#\[\]]+)=")


class SettingSource(NamedTuple):
    """Settings from one place."""

    path: Path
    """The file; for the command line, the option and its value."""
    table: Mapping[str, object]
    text: str = ""
    """The text of the file."""
    start: str = ""
    """The table of the file that holds the settings: ``tool.kg.``, or empty."""

    def line_of(self, key: str) -> int:
        """The line that sets a dotted key; 0 for the command line."""
        return line_of_key(self.text, self.start + key) if self.text else 0


def read_setting_sources(folder: Path, overrides: Sequence[str] = ()) -> tuple[SettingSource, ...]:
    """Return the sources of a knowledge base's settings, later ones override earlier ones. Raises UsageError.

    `folder` must be guarded by `kg.base.files`. `overrides` are ``KEY=VALUE`` texts of the command line.
    """
    own: list[SettingSource] = []
    named = [_override(text) for text in overrides]
    first = find_settings(folder)
    if first is not None:
        own = _chain(first, folder)
    above = [source for source in named if "extend" in source.table]
    for source in above:
        path = Path(str(source.table["extend"])).absolute()
        own = [*_chain(_read(path, named=True), path.parent), *own]
    return (*own, *(source for source in named if source not in above))


def merge_sources(sources: Sequence[SettingSource]) -> dict[str, object]:
    """Return the settings of all sources in one table, without ``extend``."""
    merged: dict[str, object] = {}
    for source in sources:
        merged = _merge(merged, source.table)
    merged.pop("extend", None)
    return merged


def find_settings(folder: Path) -> SettingSource | None:
    """Return the settings in a folder: `kg.toml`, or else ``[tool.kg]`` of `pyproject.toml`; None if there are neither."""
    try:
        return _read(folder / FILE)
    except FileNotFoundError:
        pass
    path = folder / PROJECT_FILE
    try:
        text = files.read_text(path)
    except (OSError, UnicodeDecodeError):
        return None  # without `[tool.kg]` it is not a file of kg's
    return _project(path, text) if _PROJECT_TABLE.search(text) else None


def has_settings(folder: Path) -> bool:
    """Return whether a folder has settings of a knowledge base. The folder needn't be guarded; links are not followed."""
    if files.is_file(folder / FILE):
        return True
    path = folder / PROJECT_FILE
    try:
        text = "" if path.is_symlink() else files.read_text(path)
        return bool(_PROJECT_TABLE.search(text)) and _project(path, text) is not None
    except (OSError, UnicodeDecodeError, UsageError):
        return False


class NearestBase(NamedTuple):
    """The knowledge base of a folder."""

    folder: Path
    """The nearest folder with settings; without one, the folder itself."""
    foreign: Path | None = None
    """A folder above with settings that aren't used, because they belong to another user."""


def find_nearest(start: Path) -> NearestBase:
    """Return the knowledge base of a folder: itself or the nearest folder above that has settings.

    The search ends at the root of a git repository, at the user's home and where another file system begins. Settings above
    the folder count only if they belong to this user: anyone can write to a folder such as ``/tmp``.
    """
    folder = start.absolute()
    if has_settings(folder):
        return NearestBase(folder)
    home = _home()
    device = _device(folder)
    current = folder
    while not files.is_there(current / ".git") and current != home and current.parent != current:
        current = current.parent
        if _device(current) != device:
            break
        if has_settings(current):
            return NearestBase(current) if _is_users(current) else NearestBase(folder, current)
    return NearestBase(folder)


def _home() -> Path | None:
    try:
        return Path.home()
    except RuntimeError:
        return None  # the user has no home


def _device(folder: Path) -> int:
    try:
        return folder.stat().st_dev
    except OSError:
        return -1


def _is_users(folder: Path) -> bool:
    """Return whether a folder and its settings belong to this user, or to the one who called sudo."""
    users = {os.geteuid()}
    caller = os.environ.get("SUDO_UID", "")
    if 0 in users and caller.isdecimal():
        users.add(int(caller))
    try:
        owners = {folder.lstat().st_uid}
        owners |= {(folder / name).lstat().st_uid for name in (FILE, PROJECT_FILE) if files.is_there(folder / name)}
    except OSError:
        return False
    return owners <= users


def _override(text: str) -> SettingSource:
    """Return a setting of the command line: ``KEY=VALUE``, where VALUE is TOML, or a text without quotes.

    >>> _override("check.fail-on=warning").table, _override("targets.linkage=90").table
    ({'check': {'fail-on': 'warning'}}, {'targets': {'linkage': 90}})
    """
    key, equals, value = text.partition("=")
    name = Path(f"{OPTION} {text}")
    hint = f"write e.g. {OPTION} check.fail-on=warning"
    if not equals or not key.strip():
        raise UsageError(f"{name}: it has no key and value", hint=hint)
    for form in (value, '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'):
        try:
            return SettingSource(name, read_toml(f"{key.strip()} = {form.strip()}"))
        except FormatError:
            continue
    raise UsageError(f"{name}: {key} is not a key of a setting", hint=hint)


def _read(path: Path, *, named: bool = False) -> SettingSource:
    """Read a file of settings. Raises FileNotFoundError, and UsageError if it can't be read as TOML."""
    try:
        text = files.read_text(path, named=named)
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: {error}", hint="save the file as UTF-8") from None
    except FileNotFoundError:
        if not named:
            raise
        raise UsageError(f"there is no file {path}", hint=f"give a file of settings: {OPTION} extend=FILE") from None
    if path.name == PROJECT_FILE:
        return _project(path, text) or SettingSource(path, {}, text)
    return SettingSource(path, _table(path, text), text)


def _project(path: Path, text: str) -> SettingSource | None:
    """Return the table ``[tool.kg]`` of a Python project. Raises UsageError if the file isn't TOML or this is not a table."""
    tool = _table(path, text).get("tool")
    own = tool.get("kg") if isinstance(tool, dict) else None
    if own is None:
        return None
    if not isinstance(own, dict):
        raise UsageError(f"{path}: tool.kg must be a table", hint="write [tool.kg] and below it e.g. notes = ['notes']")
    return SettingSource(path, own, text, "tool.kg.")


def _table(path: Path, text: str) -> dict[str, object]:
    try:
        return read_toml(text)
    except FormatError as error:
        raise UsageError(
            f"{path}: {error}", hint=error.hint or "correct the file; TOML is described at https://toml.io"
        ) from None


def _chain(last: SettingSource, folder: Path) -> list[SettingSource]:
    """Return a source and what it extends, the most general first; files must be below `folder`. Raises UsageError."""
    chain = [last]
    while (name := chain[-1].table.get("extend")) is not None:
        source = chain[-1]
        if not isinstance(name, str) or not name:
            raise UsageError(f"{source.path}: extend must be a text", hint='write extend = "shared.toml"')
        path = Path(os.path.normpath(source.path.parent / name))
        outside = not files.is_beneath(path, folder)
        if outside and not any(files.is_beneath(path, allowed) for allowed in _allowed()):
            raise UsageError(
                f"{source.path}: extend = '{name}' is outside of the knowledge base",
                hint=f"if you trust what lies there: {_ALLOWED}={shlex.quote(str(path.parent))} kg …, "
                f"or {OPTION} extend={shlex.quote(str(path))}",
            )
        places = [str(s.path) for s in chain]
        if any(os.path.realpath(path) == os.path.realpath(place) for place in places):
            shown = " → ".join([*(Path(place).name for place in places), path.name])
            raise UsageError(f"{source.path}: extend leads in a circle: {shown}", hint="take one of these lines away")
        if len(chain) >= _DEEPEST:
            raise UsageError(
                f"{source.path}: more than {_DEEPEST} files extend each other", hint="put their settings into fewer files"
            )
        try:
            chain.append(_read(path, named=outside))
        except FileNotFoundError:
            raise UsageError(
                f"{source.path}: extend = '{name}': there is no file {path}",
                hint="correct the path; it is relative to the file that names it",
            ) from None
    return chain[::-1]


def _allowed() -> Iterator[Path]:
    """Yield the folders outside of the knowledge base from which settings may be extended."""
    for name in os.environ.get(_ALLOWED, "").split(os.pathsep):
        if Path(name).is_absolute():
            yield Path(name)


def _merge(general: Mapping[str, object], special: Mapping[str, object]) -> dict[str, object]:
    """Merge tables; other values are replaced.

    >>> _merge({"a": {"x": 1, "y": [2]}, "b": 1}, {"a": {"y": [3]}})
    {'a': {'x': 1, 'y': [3]}, 'b': 1}
    """
    merged = dict(general)
    for key, value in special.items():
        before = merged.get(key)
        merged[key] = _merge(before, value) if isinstance(before, dict) and isinstance(value, dict) else value
    return merged


def line_of_key(text: str, key: str) -> int:
    r"""Return the line that sets a dotted key, in a table or inline table; 1 if no line does.

    >>> line_of_key("[targets]\na = 1\n[gates]\na = 2\n", "gates.a"), line_of_key('title = {zh = "x"}', "title.zh")
    (4, 1)
    >>> line_of_key("a = 1", "b")
    1
    """
    table, best = "", 1
    for number, line in enumerate(text.split("\n"), 1):
        if m := _TABLE.match(line):
            table = f"{_plain(m[1])}."
            if table == f"{key}.":
                best = number
        elif (m := _KEY.match(line)) and f"{key}.".startswith(f"{table}{_plain(m[1])}."):
            return number
    return best


def _plain(name: str) -> str:
    """Remove quotes and spaces from a dotted TOML key."""
    return re.sub(r"[\s\"']", "", name)
