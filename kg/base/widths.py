"""The width of texts in columns of a fixed-width font: the same for pages, maps and terminals."""

from __future__ import annotations

from collections.abc import Iterator


def text_width(text: str) -> int:
    """Return the width of a text: two columns for a Chinese character or an emoji, none for a combining mark or a control.

    An ambiguous character (``…``, ``①``) takes one column, as in a terminal that isn't set to an East Asian width. The
    environment is ignored, so that files have the same bytes everywhere.

    >>> [text_width(text) for text in ("容器 pod", "e\\u0301", "👩‍💻", "❤️", "①…", "a\\x07b")]
    [8, 1, 2, 2, 2, 2]
    """
    if text.isascii() and text.isprintable():
        return len(text)
    # start time: tables of widths, which texts in ASCII don't need
    import wcwidth

    width = wcwidth.wcswidth(text)
    return width if width >= 0 else sum(max(wcwidth.wcwidth(character), 0) for character in text)


def split_characters(text: str) -> Iterator[str]:
    """Yield the characters that readers see: an emoji of several code points, a letter with its marks.

    >>> [len(character) for character in split_characters("a👩‍💻e\\u0301容")]
    [1, 3, 2, 1]
    """
    # start time: tables of widths, which texts in ASCII don't need
    import wcwidth

    return wcwidth.iter_graphemes(text)
