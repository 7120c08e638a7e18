"""BibTeX: entries with their fields as plain text, in one pass; what can't be read is skipped and reported with its line."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Final, NamedTuple

from kg.base.formats import FormatError, place_in

SIZE: Final = 32 << 20
"""Maximum bytes of a file."""
ENTRIES: Final = 100_000
"""Maximum number of entries."""
_VALUE: Final = 100_000
"""Maximum characters of one value, after macros are replaced."""
_OF_MACROS: Final = 4 << 20
"""Maximum characters by which macros are replaced in a file: each of many entries can name a long one."""
_NESTING: Final = 100
_TEX: Final[tuple[str, ...]] = ("author", "editor", "doi", "url", "howpublished")
"""Fields whose TeX is kept."""
_ENTRY: Final = re.compile(r"@[ \t]*([A-Za-z]+)[ \t\r\n]*([{(])")
_KEY: Final = re.compile(r"[ \t\r\n]*([^\s,{}()=\"]+)[ \t\r\n]*(,|(?=[})]))")
_FIELD: Final = re.compile(r"[ \t\r\n,]*([A-Za-z][\w:.+-]*)[ \t\r\n]*=[ \t\r\n]*")
_BARE: Final = re.compile(r"[A-Za-z0-9][\w:.+/-]*")
_JOIN: Final = re.compile(r"[ \t\r\n]*#[ \t\r\n]*")
_ACCENT: Final = re.compile(r"\\([\"'`^~=.]|[cvuHkrbd](?![A-Za-z]))[ \t]*(?:\{\\?([A-Za-z])\}|\\?([A-Za-z]))")
_MARKS: Final = {
    '"': "\u0308", "'": "\u0301", "`": "\u0300", "^": "\u0302", "~": "\u0303", "=": "\u0304", ".": "\u0307", "c": "\u0327",
    "v": "\u030c", "u": "\u0306", "H": "\u030b", "k": "\u0328", "r": "\u030a", "b": "\u0331", "d": "\u0323",
}  # fmt: skip
_LETTERS: Final = {
    "ss": "ß", "ae": "æ", "AE": "Æ", "oe": "œ", "OE": "Œ", "o": "ø", "O": "Ø", "aa": "å", "AA": "Å", "l": "ł", "L": "Ł",
    "textless": "<", "textgreater": ">", "textunderscore": "_", "textasciitilde": "~",
    "i": "ı", "textendash": "–", "textemdash": "—", "ldots": "…", "dots": "…", "LaTeX": "LaTeX", "TeX": "TeX",
}  # fmt: skip
_COMMAND: Final = re.compile(r"\\([A-Za-z]+)[ \t]*(?:\{\})?|\\([&%$#_{} ])")
_MONTHS: Final = {name: name.capitalize() for name in "jan feb mar apr may jun jul aug sep oct nov dec".split()}


class BibEntry(NamedTuple):
    """An entry of a BibTeX file."""

    kind: str
    key: str
    fields: dict[str, str]
    """By lower-case name, as plain text."""
    line: int
    tex: Mapping[str, str]
    """Names of people and addresses, with the braces and signs that plain text has no more."""
    written: tuple[tuple[str, str], ...]
    """Each field as it is written, with its delimiters; macros of the file are replaced."""


class BibFault(NamedTuple):
    """A part of a BibTeX file that can't be read."""

    line: int
    column: int
    problem: str


def read_bibtex(text: str) -> tuple[list[BibEntry], list[BibFault]]:
    r"""Return the entries of a BibTeX text, and what can't be read. Raises FormatError for limits.

    >>> (entry,), faults = read_bibtex('@article{a, title = {The {G}\\"odel} # " number", year = 1931}')
    >>> entry.kind, entry.key, entry.fields["title"], entry.fields["year"]
    ('article', 'a', 'The Gödel number', '1931')
    """
    if len(text) > SIZE:
        raise FormatError(f"BibTeX of {len(text):,} characters; at most {SIZE:,} are read", limit="size")
    reader = _Reader(text)
    reader.read()
    return reader.entries, reader.faults


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.entries: list[BibEntry] = []
        self.faults: list[BibFault] = []
        self._macros: dict[str, str] = dict(_MONTHS)
        self._own: set[str] = set()
        """Macros that the file defines: another file doesn't have them."""
        self._expanded = False
        self._line, self._counted = 1, 0
        self._replaced = 0

    def read(self) -> None:
        position = 0
        while m := _ENTRY.search(self.text, position):
            kind = m[1].lower()
            position = m.end()
            if kind == "comment":
                continue
            try:
                position = self._entry(kind, m.start(), m.end())
            except _UnreadableError as error:
                line, column = place_in(self.text, error.at)
                self.faults.append(BibFault(line, column, error.problem))
                if len(self.faults) >= _NESTING:
                    return
                # An entry begins at the start of a line, so that one error loses one entry.
                after = re.compile(r"^[ \t]*@", re.MULTILINE).search(self.text, m.end())
                position = after.start() if after else len(self.text)
            if len(self.entries) > ENTRIES:
                raise FormatError(f"BibTeX with more than {ENTRIES:,} entries", limit="nodes")

    def _entry(self, kind: str, start: int, at: int) -> int:
        if kind == "preamble":
            _, at = self._value(at)
            return at
        fields: dict[str, str] = {}
        written: dict[str, str] = {}
        key = ""
        if kind != "string":
            m = _KEY.match(self.text, at)
            if m is None:
                raise _UnreadableError(at, "the entry has no key")
            key, at = m[1], m.end()
        while m := _FIELD.match(self.text, at):
            value, at = self._value(m.end())
            name = m[1].lower()
            if name not in fields:
                fields[name] = value
                written[name] = f"{{{_balanced(value)}}}" if self._expanded else self.text[m.end() : at]
        at = re.compile(r"[ \t\r\n,]*").match(self.text, at).end()  # type: ignore[union-attr]  # it matches nothing too
        if self.text[at : at + 1] not in ("}", ")"):
            raise _UnreadableError(at, f"the entry '{(key or kind)[:60]}' doesn't end here, and no field begins")
        if kind == "string":
            self._macros |= {name: value[:_VALUE] for name, value in fields.items()}
            self._own |= set(fields)
        else:
            self._line += self.text.count("\n", self._counted, start)
            self._counted = start
            plain = {name: plain_tex(value) for name, value in fields.items()}
            tex = {name: fields[name] for name in _TEX if name in fields}
            self.entries.append(BibEntry(kind, key, plain, self._line, tex, tuple(written.items())))
        return at + 1

    def _value(self, at: int) -> tuple[str, int]:
        """A value, with its parts joined, and the offset behind it."""
        parts = []
        size = 0
        self._expanded = False
        while True:
            part, at = self._part(at)
            parts.append(part)
            size += len(part)
            if max(size, len(parts)) > _VALUE:
                raise _UnreadableError(at, f"a value has more than {_VALUE:,} characters")
            m = _JOIN.match(self.text, at)
            if m is None:
                return "".join(parts), at
            at = m.end()

    def _part(self, at: int) -> tuple[str, int]:
        text = self.text
        opening = text[at : at + 1]
        if opening in ("{", '"') and opening:
            end = self._closing(at, opening)
            return text[at + 1 : end], end + 1
        m = _BARE.match(text, at)
        if m is None:
            raise _UnreadableError(at, 'a value is expected: {…}, "…" or a number')
        value = m[0] if m[0].isdigit() else self._macros.get(m[0].lower(), m[0])
        self._replaced += len(value) - len(m[0])
        self._expanded |= m[0].lower() in self._own
        if self._replaced > _OF_MACROS:
            raise FormatError(f"BibTeX whose macros stand for more than {_OF_MACROS:,} characters", limit="size")
        return value, m.end()

    def _closing(self, at: int, opening: str) -> int:
        depth = 0
        for m in re.compile(r"\\.|[{}\"]", re.DOTALL).finditer(self.text, at + 1, at + 4 * _VALUE):
            sign = m[0]
            if sign == "{":
                depth += 1
                if depth > _NESTING:
                    raise _UnreadableError(m.start(), f"braces nest deeper than {_NESTING} levels")
            elif sign == "}":
                if depth == 0 and opening == "{":
                    return m.start()
                depth = max(depth - 1, 0)
            elif sign == '"' and depth == 0 and opening == '"':
                return m.start()
        raise _UnreadableError(at, "a value is not closed")


class _UnreadableError(Exception):
    def __init__(self, at: int, problem: str) -> None:
        super().__init__(problem)
        self.at, self.problem = at, problem


def _balanced(value: str) -> str:
    """A value whose braces are pairs: in quotes, they needn't be."""
    depth = 0
    for brace in re.compile(r"\\.|[{}]", re.DOTALL).findall(value):
        depth += {"{": 1, "}": -1}.get(brace, 0)
        if depth < 0:
            break
    return value if depth == 0 else value.replace("{", "").replace("}", "")


def plain_address(tex: str) -> str:
    r"""Return an address or a DOI without TeX: unlike in prose, dashes and tildes are signs of it.

    >>> plain_address(r"\url{https://a.b/~c--d\_e}"), plain_address(r"10.1002/(SICI)1\textless 2::AID$>$3")
    ('https://a.b/~c--d_e', '10.1002/(SICI)1<2::AID>3')
    """
    text = re.sub(r"\$([<>])\$", r"\1", tex)
    text = re.sub(r"\\([&%$#_~{}])", r"\1", text)
    text = re.sub(r"\\([A-Za-z]+)[ \t]*(?:\{\})?", lambda m: _LETTERS.get(m[1], ""), text)
    return text.replace("{", "").replace("}", "").strip()


def plain_tex(text: str) -> str:
    r"""Return a value without TeX: accents and letters as Unicode, no braces.

    >>> plain_tex(r"Erd{\H o}s {\&} {\'E}tienne --- 1--2~pages")
    'Erdős & Étienne — 1–2 pages'
    """
    text = _ACCENT.sub(lambda m: unicodedata.normalize("NFC", (m[2] or m[3]) + _MARKS[m[1]]), text)
    text = _COMMAND.sub(lambda m: m[2] or _LETTERS.get(m[1], ""), text)
    text = text.replace("---", "—").replace("--", "–").replace("~", " ")
    return " ".join(text.replace("{", "").replace("}", "").split())
