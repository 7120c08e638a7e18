"""What a file of RDF or a table must be before a parser sees it: UTF-8, without entity bombs and without endless nesting."""

from __future__ import annotations

import codecs
import contextlib
import re
from typing import Any, Final
from xml.parsers import expat

from kg.errors import UsageError

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
_XML_ENCODING: Final = re.compile(rb"\A<\?xml[^>]*?\bencoding\s*=\s*[\"']([A-Za-z][\w.\-]*)[\"']")
_XML_DECLARATION: Final = re.compile(r"\A<\?xml[^>]*\?>")

# Entities are how older files write namespaces (&skos;Concept): short texts. Longer or nested ones are no such thing.
_LONGEST_ENTITY: Final = 1000
_EXPANDED: Final = 10_000_000
_DEEPEST: Final = 500
"""Levels of nesting: RDF nests a handful; both parsers take time and memory by the square of the depth."""

_JSON_TOKEN: Final = re.compile(rb'"(?:[^"\\]|\\.)*+"|[\[{\]}]', re.DOTALL)


def utf8(data: bytes, name: str, *, xml: bool = False) -> bytes:
    r"""The bytes in UTF-8 without a byte order mark; UTF-16 and UTF-32 by their mark, XML also by its declaration.

    >>> utf8("\ufeffab".encode("utf-16-le"), "x"), utf8(b"\xef\xbb\xbfab", "x")
    (b'ab', b'ab')
    """
    encoding = next((encoding for mark, encoding in _BOMS if data.startswith(mark)), "")
    if not encoding and xml and (m := _XML_ENCODING.match(data)):
        encoding = m[1].decode()
    if not encoding or encoding.lower().replace("_", "-") in ("utf-8", "utf8", "us-ascii", "ascii"):
        return data
    try:
        text = data.decode(encoding)
    except (LookupError, UnicodeDecodeError) as error:
        raise UsageError(f"{name}: {error}", hint="save the file as UTF-8") from None
    return (_XML_DECLARATION.sub('<?xml version="1.0"?>', text) if xml else text).encode("utf-8", "replace")


def check_xml(data: bytes, name: str) -> None:
    """Refuse XML whose entities are external, nested, long or many, and XML that nests too deeply.

    Raises UsageError with the line. What isn't well-formed is left to the parser, which says more about it.
    """
    entities: dict[str, str] = {}
    parser = expat.ParserCreate()
    depth = 0

    def refuse(
        what: str, hint: str = "entities may only abbreviate IRIs; write the text out, or save the file as Turtle"
    ) -> None:
        raise UsageError(f"{name}:{parser.CurrentLineNumber}: {what}", hint=hint)

    def entity(entity_name: str, parameter: bool, value: str | None, _base: Any, system: Any, public: Any, _n: Any) -> None:
        if parameter or value is None or system or public:
            refuse(f"the entity '{entity_name}' is read from elsewhere or part of the grammar, and is not followed")
        elif "&" in value or "%" in value or len(value) > _LONGEST_ENTITY:
            refuse(f"the entity '{entity_name}' is nested or long: it could stand for any amount of text")
        else:
            entities.setdefault(entity_name, value)

    def start(_tag: str, _attributes: Any) -> None:
        nonlocal depth
        depth += 1
        if depth > _DEEPEST:
            refuse(f"more than {_DEEPEST} elements lie in each other", "is it SKOS?")

    def end(_tag: str) -> None:
        nonlocal depth
        depth -= 1

    parser.EntityDeclHandler = entity
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    with contextlib.suppress(expat.ExpatError):
        parser.Parse(data, True)
    size = sum(data.count(f"&{key};".encode()) * len(value.encode()) for key, value in entities.items())
    if size > _EXPANDED:
        refuse(f"entities stand for {size:,} bytes of text")


def check_json(data: bytes, name: str) -> None:
    """Refuse JSON that nests too deeply. Raises UsageError with the line."""
    depth = 0
    for m in _JSON_TOKEN.finditer(data):
        first = m.group()[:1]
        if first in b"[{":
            depth += 1
            if depth > _DEEPEST:
                line = data.count(b"\n", 0, m.start()) + 1
                raise UsageError(f"{name}:{line}: more than {_DEEPEST} lists and objects lie in each other", hint="is it SKOS?")
        elif first in b"]}":
            depth -= 1
