"""No repetition in a pattern of kg can be matched in exponentially many ways: a short note could hold a command for ever."""

from __future__ import annotations

import importlib
import itertools
import pkgutil
import re
import re._compiler as compiler  # type: ignore[import-not-found]  # patterns' trees have no public interface
import re._constants as c  # type: ignore[import-not-found]
import re._parser as parser  # type: ignore[import-not-found]
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

import kg

TIMES: Final = (6, 9, 12, 15, 18, 21)
"""Repetitions of a word, few at first: what takes exponential time with all of them would not end."""
LONG: Final = 0.02
"""Seconds for some forty characters, which linear and quadratic patterns read in some microseconds."""
LONGEST_WORD: Final = 2
MOST_SIGNS: Final = 12
_SAMPLE: Final = {False: "a1 中\n", True: "a1 \n"}
"""Characters of most classes, for patterns of text and of bytes."""


def patterns() -> dict[str, re.Pattern[Any]]:
    """Every pattern that a module holds by a name, alone or in a list or mapping, by that name."""
    found: dict[tuple[object, int], tuple[str, re.Pattern[Any]]] = {}
    for info in pkgutil.walk_packages(kg.__path__, "kg."):
        if info.name.endswith("__main__"):
            continue
        try:
            module = importlib.import_module(info.name)
        except ModuleNotFoundError as error:
            if (error.name or "kg").partition(".")[0] == "kg":
                raise
            continue  # a package of an extra
        for name, value in vars(module).items():
            for pattern in held(value):
                found.setdefault((pattern.pattern, pattern.flags), (f"{info.name}.{name}", pattern))
    return dict(found.values())


def held(value: object, depth: int = 3) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif depth and isinstance(value, (tuple, list, dict)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from held(inner, depth - 1)


def parts(tree: Any) -> Iterator[tuple[Any, Any]]:
    """All operations of a tree, and of the trees in them."""
    for op, value in tree:
        yield op, value
        for inner in value if isinstance(value, (tuple, list)) else [value]:
            for branch in inner if isinstance(inner, list) else [inner]:
                if isinstance(branch, parser.SubPattern):
                    yield from parts(branch)


def loops(pattern: re.Pattern[Any]) -> Iterator[tuple[re.Pattern[Any], list[str]]]:
    """The unbounded repetitions of what has repetitions or alternatives itself, each as a pattern that never matches.

    With the signs that each names.
    """
    flags = pattern.flags & ~re.DEBUG
    for op, value in parts(parser.parse(pattern.pattern, flags)):
        if op not in (c.MAX_REPEAT, c.MIN_REPEAT) or value[1] < TIMES[-1]:
            continue
        least, most, body = value
        if {inner for inner, _ in parts(body)} & {c.BRANCH, c.MAX_REPEAT, c.MIN_REPEAT}:
            never = parser.SubPattern(body.state, [(op, (least, most, body)), (c.FAILURE, ())])
            yield compiler.compile(never, flags), signs(body)


def signs(tree: Any) -> list[str]:
    """The characters that a tree names, but for letters and digits."""
    named = set()
    for op, value in parts(tree):
        for inner, of in value if op is c.IN else [(op, value)]:
            if inner in (c.LITERAL, c.NOT_LITERAL, c.RANGE):
                named.add(chr(of[0] if inner is c.RANGE else of))
    return sorted(char for char in named if not char.isalnum())[:MOST_SIGNS]


def words(some: list[str], *, binary: bool) -> Iterator[str | bytes]:
    """Short words of these characters and of some others."""
    for size in range(1, LONGEST_WORD + 1):
        for chars in itertools.product((*some, *_SAMPLE[binary]), repeat=size):
            text = "".join(chars)
            yield text.encode("latin-1", "ignore") if binary else text


def seconds(pattern: re.Pattern[Any], text: str | bytes) -> float:
    start = time.process_time()
    pattern.match(text)
    return time.process_time() - start


def exponential(pattern: re.Pattern[Any]) -> str | bytes | None:
    """A word of which a few repetitions take a loop of the pattern far longer than any polynomial does."""
    for loop, some in loops(pattern):
        for word in words(some, binary=isinstance(pattern.pattern, bytes)):
            for times in TIMES:
                if seconds(loop, word * times) > LONG and seconds(loop, word * times) > LONG:
                    return word
    return None


@pytest.mark.parametrize(
    ("pattern", "wrong"),
    [
        (r"(?:[^\[\]]|\\.)*\]", True),
        (r"(?:[^\[\]\\]|\\.)*\]", False),
        (r"(?:[^\[\]]|\\.)*+\]", False),
        (r"\((a+)+\)", True),
        (r"(?:(?:ab?|a)b?)*c", True),
        (r"(?:a|b)*c", False),
        (r"\s*(?:,\s*\w+\s*)*;", False),
    ],
)
def test_such_patterns_are_found(pattern: str, wrong: bool) -> None:
    assert (exponential(re.compile(pattern)) is not None) == wrong


def test_no_pattern_takes_exponential_time() -> None:
    every_one = patterns()
    assert len(every_one) > 500
    assert {name: word for name, pattern in every_one.items() if (word := exponential(pattern)) is not None} == {}


@pytest.mark.parametrize("target", ["nowhere" + "x" * 300 + ".md", 'b.md#life_cycle\n"t"'])
def test_a_link_of_backslashes_is_checked(kg: Callable[..., Any], tmp_path: Path, target: str) -> None:
    notes = {"a.md": "# A\n\n[" + "\\" * 60 + f"]({target})\n", "b.md": "# B\n\n## Life cycle\n"}
    (tmp_path / "concepts").mkdir()
    for name, text in notes.items():
        (tmp_path / "concepts" / name).write_text(text)
    assert "concepts/a.md:3" in kg("check", "-C", tmp_path).stdout
