"""Values of `kg.toml`, each taken from a table by its kind, or refused with what to write instead."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from kg.base.errors import UsageError
from kg.model import INNOVATIONS, MEASURES, is_measure

WITH_PARTS: Final = ("theory_coverage",)
"""Measures that have parts (lists), for which a floor can be set."""
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
_LONGEST: Final = "KG_QUERY_TIMEOUT"
_CEILING: Final = 600.0


def check_keys(table: Mapping[str, Any], known: Iterable[str], stem: str, path: Path) -> None:
    """Raises UsageError for a key that means nothing, with the known ones that look most like it."""
    for key in sorted(set(table).difference(known)):
        near = difflib.get_close_matches(key, known := sorted(known), 3, 0.6)
        raise UsageError(
            f"{path}: unknown setting '{stem}{key}'",
            hint=f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(known)}",
        )


def _check_measure(name: str, key: str, path: Path) -> None:
    """Raises UsageError for what is no measure, or has no such number under a table."""
    if key == "floors":
        check_keys({name: 0}, WITH_PARTS, "floors.", path)
    elif not is_measure(name):
        known = [*MEASURES, *(f"innovation.{kind}" for kind in INNOVATIONS), "theory_depth.<area>"]
        check_keys({name: 0}, known, f"{key}.", path)


def take_text(table: Mapping[str, Any], key: str, default: str, path: Path) -> str:
    """A text. Raises UsageError for anything else."""
    value = table.get(key, default)
    if not isinstance(value, str):
        raise UsageError(f"{path}: {key} must be a text", hint=f'write {key} = "…"')
    return value


def check_below(value: str, key: str, example: str, path: Path) -> str:
    """A path that must lie below the knowledge base, wherever links lead."""
    if value and not Path(os.path.realpath(path.parent / value)).is_relative_to(os.path.realpath(path.parent)):
        raise UsageError(
            f"{path}: {key} = '{value}' is not below the knowledge base",
            hint=f'write e.g. {key.rpartition(".")[2]} = "{example}"',
        )
    return value


def take_switch(table: Mapping[str, Any], key: str, path: Path) -> bool:
    """True or false, false where it is not set. Raises UsageError for anything else."""
    value = table.get(key, False)
    if not isinstance(value, bool):
        raise UsageError(f"{path}: {key} is true or false", hint=f"write {key} = true")
    return value


def take_texts(table: Mapping[str, Any], key: str, path: Path) -> tuple[str, ...]:
    """A list of texts; one text is a list of one. Raises UsageError for anything else."""
    value = table.get(key, [])
    value = [value] if isinstance(value, str) else value
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
        raise UsageError(f"{path}: {key} must be a list of texts", hint=f'write {key} = ["…"]')
    return tuple(value)


def check_languages(tags: Iterable[str], key: str, path: Path) -> None:
    """Raises UsageError for what can't be the code of a language."""
    for tag in tags:
        if not _LANGUAGE.fullmatch(tag):
            raise UsageError(f"{path}: {key}: '{tag}' is no code of a language", hint="write e.g. en, zh or zh-Hant")


def take_folders(table: Mapping[str, Any], path: Path) -> dict[str, str]:
    """Language → folder below the notes folder. Raises UsageError for anything else."""
    value = table.get("translations", {})
    if not isinstance(value, dict) or not all(isinstance(v, str) and v.strip("/") for v in value.values()):
        raise UsageError(f"{path}: translations names a folder for each language", hint='write e.g. [translations] en = "en"')
    check_languages(value, "translations", path)
    return {str(k).lower(): v.strip("/") for k, v in value.items()}


def take_names(table: Mapping[str, Any], key: str, path: Path) -> dict[str, str]:
    """Area → name of its scope list. Raises UsageError for anything else."""
    value = table.get(key, {})
    if not isinstance(value, dict) or not all(isinstance(v, str) and v for v in value.values()):
        raise UsageError(f"{path}: {key} names a scope list for each area", hint=f"write e.g. [{key}] edge = 'my-syllabus'")
    return {str(k): v for k, v in value.items()}


def take_by_type(table: Mapping[str, Any], key: str, path: Path, known: tuple[str, ...] = ()) -> dict[str, tuple[str, ...]]:
    """Type → texts, of `known` ones where these are given. Raises UsageError for anything else."""
    value = table.get(key, {})
    if not isinstance(value, dict):
        raise UsageError(f"{path}: {key} must be a table by type", hint=f'write e.g. [{key}] theorem = ["…"]')
    result = {str(kind): take_texts(value, kind, path) for kind in value}
    for kind, texts in result.items():
        for text in texts:
            if known and text not in known:
                raise UsageError(f"{path}: {key}.{kind}: '{text}' is not one of {', '.join(known)}", hint="correct the name")
    return result


def flatten(table: Mapping[str, Any], stem: str = "") -> dict[str, Any]:
    """Tables in tables as one, with dotted names: TOML reads ``theory_depth.edge = 70`` as a table of its own.

    >>> flatten({"linkage": 90, "theory_depth": {"edge": 70}})
    {'linkage': 90, 'theory_depth.edge': 70}
    """
    result: dict[str, Any] = {}
    for name, value in table.items():
        result.update(flatten(value, f"{stem}{name}.") if isinstance(value, dict) else {f"{stem}{name}": value})
    return result


def take_shares(table: Mapping[str, Any], key: str, path: Path) -> dict[str, float]:
    """Percentages as shares; of innovations, which are counted, numbers."""
    result = {}
    shares = table.get(key, {})
    if not isinstance(shares, dict):
        raise UsageError(f"{path}: {key} must be a table of measures", hint=f"write [{key}] and below it e.g. linkage = 90")
    for name, value in flatten(shares).items():
        _check_measure(name, key, path)
        if name.startswith("innovation."):
            if isinstance(value, bool) or not isinstance(value, int) or value < 0:
                raise UsageError(f"{path}: {key}.{name} must be a number of innovations", hint=f"write {name} = 3")
            result[name] = float(value)
            continue
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 100:
            raise UsageError(f"{path}: {key}.{name} must be a percentage from 0 to 100", hint=f"write {name} = 90")
        result[name] = value / 100
    return result


def take_seconds(table: Mapping[str, Any], key: str, usual: float, path: Path) -> float:
    """A time limit of `[check]`. The file comes with what it limits: beyond ten minutes only the environment goes."""
    seconds = table.get(key, usual)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds <= 86_400:
        raise UsageError(f"{path}: check.{key} is a number of seconds", hint=f"write {key} = {usual:g}")
    said = os.environ.get(_LONGEST, "")
    try:
        longest = float(said or _CEILING)
    except ValueError:
        longest = 0.0
    if not 0 < longest <= 86_400:
        raise UsageError(f"{_LONGEST}={said[:40]} is no number of seconds", hint=f"set e.g. {_LONGEST}=1200, or unset it")
    return min(float(seconds), longest)
