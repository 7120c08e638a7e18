"""Validation of `kg.toml` beyond types: names of measures, language codes, paths, the maximum of time limits."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from kg.base.errors import UsageError
from kg.base.setting_types import UsedBase, unknown_setting
from kg.model import INNOVATIONS, MEASURES, TRUST_MEASURES, is_measure

WITH_PARTS: Final = ("theory_coverage",)
"""Measures that have parts (lists), for which a floor can be set."""
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
_PREFIX: Final = re.compile(r"[A-Za-z][\w-]{0,63}")
_LONGEST: Final = "KG_QUERY_TIMEOUT"
_CEILING: Final = 600.0


def check_languages(tags: Iterable[str], key: str, path: Path) -> None:
    """Raise UsageError for an invalid language code."""
    for tag in tags:
        if not _LANGUAGE.fullmatch(tag):
            raise UsageError(f"{path}: {key}: '{tag}' is not a code of a language", hint="write e.g. en, zh or zh-Hant")


def check_below(value: str, key: str, example: str, path: Path, folder: Path) -> str:
    """Return a path that must be below the knowledge base with links resolved. Raises UsageError."""
    if value and not Path(os.path.realpath(folder / value)).is_relative_to(os.path.realpath(folder)):
        raise UsageError(
            f"{path}: {key} = '{value}' is not below the knowledge base",
            hint=f'write e.g. {key.rpartition(".")[2]} = "{example}"',
        )
    return value


def check_used(uses: Mapping[str, UsedBase], path: Path) -> None:
    """Raise UsageError for a knowledge base under ``[uses]`` whose name or source can't be used."""
    for name, used in uses.items():
        if not _PREFIX.fullmatch(name):
            hint = "write a letter, then letters, digits, '-' or '_': notes write it before a colon"
            raise UsageError(f"{path}: uses: '{name}' is not a name of a knowledge base", hint=hint)
        if not used.path.isprintable():
            raise UsageError(f"{path}: uses.{name}.path has invisible characters", hint="remove them")
        if bool(used.path) == bool(used.url):
            hint = f'write {name} = {{path = "../{name}/output"}} or {name} = {{url = "https://…"}}'
            raise UsageError(f"{path}: uses.{name} needs either path or url", hint=hint)


def flatten_table(table: Mapping[str, object], stem: str = "") -> dict[str, object]:
    """Flatten nested tables to dotted names: TOML reads ``theory_depth.edge = 70`` as a nested table.

    >>> flatten_table({"linkage": 90, "theory_depth": {"edge": 70}})
    {'linkage': 90, 'theory_depth.edge': 70}
    """
    result: dict[str, object] = {}
    for name, value in table.items():
        result.update(flatten_table(value, f"{stem}{name}.") if isinstance(value, dict) else {f"{stem}{name}": value})
    return result


def shares_of(table: Mapping[str, object], key: str, path: Path) -> dict[str, float]:
    """Return percentages as shares, but innovations as counts. Raises UsageError for an invalid name or value."""
    result = {}
    for name, value in flatten_table(table).items():
        _check_measure(name, key, path)
        number = value if isinstance(value, int | float) and not isinstance(value, bool) else -1
        if name.startswith("innovation."):
            if number < 0 or isinstance(number, float):
                raise UsageError(f"{path}: {key}.{name} must be a number of innovations", hint=f"write {name} = 3")
            result[name] = float(number)
            continue
        if not 0 <= number <= 100:
            other = f', or {name} = "{NO_WORSE}"' if key == "gates" else ""
            raise UsageError(f"{path}: {key}.{name} must be a percentage from 0 to 100", hint=f"write {name} = 90{other}")
        result[name] = number / 100
    return result


NO_WORSE: Final = "no-worse"
"""The value of a gate that compares a measure with that of a base revision."""


def ratchets_in(table: Mapping[str, object], path: Path) -> tuple[str, ...]:
    """Return the measures that a gate ``"no-worse"`` holds, alone or beside a percentage. Raises UsageError."""
    names = []
    for name, value in flatten_table(table).items():
        values = value if isinstance(value, list) else [value]
        if NO_WORSE in values:
            _check_measure(name, "gates", path)
            names.append(name)
    return tuple(names)


def without_ratchets(table: Mapping[str, object]) -> dict[str, object]:
    """Return the gates that are percentages.

    >>> without_ratchets({"linkage": [90, "no-worse"], "competency": "no-worse", "accuracy": 95})
    {'linkage': 90, 'accuracy': 95}
    """
    gates: dict[str, object] = {}
    for name, value in flatten_table(table).items():
        rest = [v for v in (value if isinstance(value, list) else [value]) if v != NO_WORSE]
        if rest:
            gates[name] = rest[0] if len(rest) == 1 else rest
    return gates


def fractions_in(table: Mapping[str, object], key: str, path: Path) -> Iterator[str]:
    """Yield a warning for each value that looks like a fraction where a percentage is meant.

    >>> list(fractions_in({"linkage": 0.9, "accuracy": 98}, "targets", Path("kg.toml")))
    ['kg.toml: targets.linkage = 0.9 is 0.9 percent; write 90 for 90 percent']
    """
    for name, value in flatten_table(table).items():
        if isinstance(value, float) and 0 < value <= 1 and not name.startswith("innovation."):
            percent = f"{round(value * 100, 6):g}"
            yield f"{path}: {key}.{name} = {value:g} is {value:g} percent; write {percent} for {percent} percent"


def _check_measure(name: str, key: str, path: Path) -> None:
    """Raise UsageError if the name isn't a measure, or the measure can't be set in this table."""
    if name in WITH_PARTS if key == "floors" else is_measure(name):
        return
    of_parts = [*(f"innovation.{kind}" for kind in INNOVATIONS), "theory_depth.<area>"]
    message, hint = unknown_setting(
        f"{key}.{name}", name, WITH_PARTS if key == "floors" else [*MEASURES, *TRUST_MEASURES, *of_parts]
    )
    raise UsageError(f"{path}: {message}", hint=hint)


def longest_seconds() -> float:
    """Return the maximum of time limits in `[check]`; only the environment can raise it, as the file comes with the notes."""
    setting = os.environ.get(_LONGEST, "")
    try:
        longest = float(setting or _CEILING)
    except ValueError:
        longest = 0.0
    if not 0 < longest <= 86_400:
        raise UsageError(f"{_LONGEST}={setting[:40]} is not a number of seconds", hint=f"set e.g. {_LONGEST}=1200, or unset it")
    return longest
