"""Work and findings grow with the text, whatever the text: counted by calls of functions, not by a clock.

Each family is checked at n, 2n and 4n notes (or links, blocks, aliases). What doesn't depend on n falls out of the differences:
linear work doubles its growth from step to step, quadratic work makes it fourfold.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import FrameType
from typing import Any, Final

import pytest

from kg.app.cli import main
from kg.evidence.claims import gathering

MOST: Final = 2.0**1.3
"""Growth from one doubling to the next: the exponent is at most 1.3."""


def note(title: str, body: str = "", **front: str) -> str:
    rows = "".join(f"{key.replace('_', '-')}: {value}\n" for key, value in front.items())
    return f"---\ntitle: {title}\n{rows}---\n\n{body}\n"


def linked(numbers: Iterator[int] | range) -> str:
    return "[" + ", ".join(f'"[[n{i}]]"' for i in numbers) + "]"


def notes(n: int, of: Callable[[int], str]) -> dict[str, str]:
    return {f"n{i}.md": of(i) for i in range(n)}


def side(n: int) -> int:
    return int(n**0.5)


FAMILIES: dict[str, Callable[[int], dict[str, str]]] = {
    "one title": lambda n: notes(n, lambda i: note("The same")),
    "one definition": lambda n: notes(n, lambda i: note(f"T {i}", definition="The same definition of each of them.")),
    "one alias": lambda n: notes(n, lambda i: note(f"T {i}", aliases="[the same]")),
    "one id": lambda n: notes(n, lambda i: note(f"T {i}", id="same")),
    "one name, linked from everywhere": lambda n: {
        **{f"d{i}/same.md": note(f"S {i}") for i in range(n // 2)},
        **notes(n // 2, lambda i: note(f"T {i}", "[[same]]")),
    },
    "all require all": lambda n: notes(side(4 * n), lambda i: note(f"T {i}", requires=linked(range(side(4 * n))))),
    "all are broader than all": lambda n: notes(side(4 * n), lambda i: note(f"T {i}", broader=linked(range(side(4 * n))))),
    "a chain of requires": lambda n: notes(n, lambda i: note(f"T {i}", requires=linked(range(i + 1, min(i + 2, n))))),
    "a chain of broader": lambda n: notes(n, lambda i: note(f"T {i}", broader=linked(range(i + 1, min(i + 2, n))))),
    "a ladder of broader": lambda n: notes(n, lambda i: note(f"T {i}", broader=linked(range(i + 1, min(i + 3, n))))),
    "a circle of requires": lambda n: notes(n, lambda i: note(f"T {i}", requires=linked(range((i + 1) % n, (i + 1) % n + 1)))),
    "a circle of broader": lambda n: notes(n, lambda i: note(f"T {i}", broader=linked(range((i + 1) % n, (i + 1) % n + 1)))),
    "circles with a long way in common": lambda n: {
        **notes(n // 2, lambda i: note(f"T {i}", requires=linked(range(i + 1, i + 2)))),
        f"n{n // 2}.md": note("End", requires="[" + ", ".join(f'"[[s{i}]]"' for i in range(n // 2)) + "]"),
        **{f"s{i}.md": note(f"S {i}", requires='"[[n0]]"') for i in range(n // 2)},
    },
    "a hub and back": lambda n: {
        "hub.md": note("Hub", " ".join(f"[[n{i}]]" for i in range(n))),
        **notes(n, lambda i: note(f"T {i}", "[[hub]]")),
    },
    "a star": lambda n: {"hub.md": note("Hub"), **notes(n, lambda i: note(f"T {i}", broader='"[[hub]]"'))},
    "broken links on a line": lambda n: {"a.md": note("A", " ".join(f"[[missing {i}]]" for i in range(n)))},
    "headings": lambda n: {"a.md": note("A", "\n\n".join(f"## Heading {i}" for i in range(4 * n)))},
    "equal headings": lambda n: {"a.md": note("A", "\n\n".join("## Heading" for _ in range(4 * n)))},
    "aliases of one note": lambda n: {"a.md": note("A", aliases=f"[{', '.join(f'alias {i}' for i in range(2 * n))}]")},
    "tags": lambda n: {"a.md": note("A", tags=f"[{', '.join(f'tag{i}' for i in range(2 * n))}]")},
    "blocks after blocks": lambda n: {
        "a.md": note("A", "".join(f"```python {{#b{i} after=b{i + 1}}}\nx = {i}\n```\n\n" for i in range(4 * n)))
    },
    "blocks after blocks of other notes": lambda n: notes(
        n, lambda i: note(f"T {i}", f"```python {{#b after=n{i - 1}#b}}\nx = 1\n```" if i else "```python {#b}\nx = 1\n```")
    ),
}


def write(folder: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        path = folder / "concepts" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (folder / "kg.toml").write_text('base = "https://example.org/x/"\n')
    return folder


def run(arguments: list[str]) -> None:
    try:
        main(arguments, standalone_mode=False)
    except SystemExit as ended:
        if ended.code not in (0, 1):
            raise


def counted(arguments: list[str]) -> int:
    """How many functions are called while a command runs in this process."""
    count = 0

    def heard(_frame: FrameType, event: str, _arg: Any) -> None:
        nonlocal count
        if event in ("call", "c_call"):
            count += 1

    sys.setprofile(heard)
    try:
        run(arguments)
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("family", FAMILIES)
def test_checking_takes_work_in_proportion(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, family: str
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {0})  # in this process, where calls are counted
    # Where a new cache is made, old ones are looked through: those of other tests must not be counted.
    monkeypatch.setenv("KG_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(gathering, "MOST_INPUTS", 20)
    run(["check", "-C", str(write(tmp_path / "warm", FAMILIES[family](120)))])  # what is loaded once isn't counted
    capfd.readouterr()
    calls, printed, size = [], [], 120
    for n in (size, 2 * size, 4 * size):
        folder = write(tmp_path / str(n), FAMILIES[family](n))
        calls.append(counted(["check", "-C", str(folder)]))
        out, err = capfd.readouterr()
        assert "Traceback" not in err
        printed.append(len(out))
    slack = 20_000
    assert calls[2] - calls[1] <= MOST * max(calls[1] - calls[0], 0) + slack, calls
    assert printed[2] - printed[1] <= MOST * max(printed[1] - printed[0], 0) + 3_000, printed
