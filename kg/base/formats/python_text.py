"""Python code, parsed and never run: a syntax tree takes hundreds of times the memory of its text."""

from __future__ import annotations

import ast
import warnings
from typing import Final

from kg.base.formats import FormatError

SIZE: Final = 128 << 10
"""Maximum characters: a program in a note has a few thousand."""


def read_python(text: str) -> ast.Module:
    """Return the syntax tree of a program. Raises FormatError.

    >>> read_python("x = (").body
    Traceback (most recent call last):
    kg.base.formats.FormatError: '(' was never closed (at line 1, column 5)
    """
    if len(text) > SIZE:
        raise FormatError(f"a program of {len(text):,} characters; at most {SIZE:,} are read", limit="size")
    try:
        with warnings.catch_warnings():
            # An invalid escape sequence is a warning, not an error.
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except SyntaxError as error:
        raise FormatError(error.msg, line=error.lineno or 0, column=error.offset or 0) from None
    except (RecursionError, MemoryError):  # raised by Python's parser on stack overflow
        raise FormatError("it is nested too deep", limit="nesting") from None
    except ValueError as error:
        raise FormatError(str(error)) from None
