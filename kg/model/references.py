"""Works of a bibliography, and the citations of them in notes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple
from urllib.parse import quote

_OF_IRIS: Final = "/:;()!$&'*+,=@-._~"


class Citation(NamedTuple):
    """A citation of one work in a text: an item of ``[see @herlihy1990, p. 3; @lamport1978]``."""

    key: str
    line: int
    column: int
    start: int
    """Byte offset of the opening bracket of its group."""
    end: int
    """Byte offset behind the closing bracket."""
    prefix: str = ""
    locator: str = ""
    """What follows the key, such as a page."""


class Author(NamedTuple):
    """A person or, without a given name, a body."""

    family: str
    given: str = ""
    suffix: str = ""
    """What follows the name, such as ``Jr.``"""


OTHERS: Final = Author("")
"""Authors that a bibliography doesn't name, ``and others``."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A work in a bibliography."""

    key: str
    kind: str
    """The type in BibTeX, such as ``article``."""
    title: str
    authors: tuple[Author, ...] = ()
    year: str = ""
    container: str = ""
    """Journal, proceedings or book that it is part of."""
    publisher: str = ""
    volume: str = ""
    number: str = ""
    pages: str = ""
    doi: str = ""
    url: str = ""
    editors: tuple[Author, ...] = ()
    parent: str = ""
    """The key of the work that it is part of, in BibTeX its ``crossref``."""
    written: tuple[tuple[str, str], ...] = ()
    """Its fields as they are written in BibTeX, with delimiters; empty if it was in another format."""
    further: tuple[tuple[str, str], ...] = ()
    """What only an export needs of another format: names of BibTeX and plain texts."""
    path: str = ""
    """The file, as findings name it."""
    line: int = 1

    @property
    def address(self) -> str:
        """The IRI of its DOI, otherwise its address; empty if it has neither.

        A DOI may have any sign; those that an IRI can't have are encoded.
        """
        return f"https://doi.org/{quote(self.doi, safe=_OF_IRIS)}" if self.doi else self.url
