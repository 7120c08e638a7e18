"""Labels of concepts in pictures: their line breaks, and the space that they need."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from kg.base.widths import text_width


def wrap(text: str, width: int = 16, rows: int = 3) -> str:
    """Wrap a label to lines of similar length, about `width` columns; break at spaces and between Chinese characters.

    >>> wrap("sandboxed container runtime")
    'sandboxed\\ncontainer\\nruntime'
    >>> wrap("最终一致性与因果一致性")
    '最终一致性与\\n因果一致性'
    """
    total = text_width(text)
    if total <= width:
        return text
    words = list(_words(text))
    lines = _lines(words, width)
    for narrower in range(max(total // len(lines), 4), width):
        tried = _lines(words, narrower)
        if len(tried) == len(lines) and all(text_width(line) <= width for line in tried):
            lines = tried
            break
    if len(lines) > rows:
        lines = [*lines[: rows - 1], lines[rows - 1] + "…"]
    return "\n".join(line if text_width(line) <= width + 8 else line[: width + 6] + "…" for line in lines)


def _lines(words: Iterable[str], width: int) -> list[str]:
    """Fill lines greedily with words."""
    lines = [""]
    for word in words:
        joined = lines[-1] + word
        if text_width(joined.strip()) <= width or not lines[-1].strip():
            lines[-1] = joined
        else:
            lines.append(word.lstrip())
    return [line.strip() for line in lines if line.strip()]


def _words(text: str) -> Iterable[str]:
    """Split a label at its possible line breaks."""
    word = ""
    for char in text:
        wide = text_width(char) == 2
        if word and (char.isspace() or wide):
            yield word
            word = ""
        word += char
        if wide and not unicodedata.category(char).startswith("P"):
            yield word
            word = ""
    if word:
        yield word


def extent(labels: Iterable[str]) -> tuple[int, int]:
    """Maximum number of columns and rows of some labels.

    >>> extent(["容器\\n运行时", "container"])
    (9, 2)
    """
    lines = [label.split("\n") for label in labels]
    widest = max((text_width(line) for label in lines for line in label), default=0)
    return widest, max((len(label) for label in lines), default=0)
