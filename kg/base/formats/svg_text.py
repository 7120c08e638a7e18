"""SVG without anything active: elements and attributes that draw are kept, everything else is left out.

Pages show SVG in ``<img>``, where browsers run nothing. But the file is also published, and opened by itself it would be a
page of the site: so it must be harmless by itself.
"""

from __future__ import annotations

import re
from html import escape
from typing import Final
from xml.parsers import expat

from kg.base.formats import FormatError
from kg.base.formats.xml_text import check_xml

_SVG: Final = "http://www.w3.org/2000/svg"
_XHTML: Final = "http://www.w3.org/1999/xhtml"
_XLINK: Final = "http://www.w3.org/1999/xlink"
_XML: Final = "http://www.w3.org/XML/1998/namespace"
_DRAWS: Final = frozenset(
    """a altGlyph circle clipPath defs desc ellipse filter font font-face foreignObject g glyph glyphRef hkern image line
    linearGradient marker mask metadata missing-glyph mpath path pattern polygon polyline radialGradient rect stop style svg
    switch symbol text textPath title tref tspan use view vkern
    feBlend feColorMatrix feComponentTransfer feComposite feConvolveMatrix feDiffuseLighting feDisplacementMap feDistantLight
    feDropShadow feFlood feFuncA feFuncB feFuncG feFuncR feGaussianBlur feImage feMerge feMergeNode feMorphology feOffset
    fePointLight feSpecularLighting feSpotLight feTile feTurbulence""".split()
)
"""Elements that draw; animations can change references, so they are left out."""
_TEXTUAL: Final = frozenset(
    "b blockquote br center code dd div dl dt em font h1 h2 h3 h4 h5 h6 hr i li ol p pre s small span strong sub sup table "
    "tbody td tfoot th thead tr u ul".split()
)
"""Elements of text in ``foreignObject``: many drawing programs write labels so."""
_OWN: Final = re.compile(r"\s*(?:#|data:image/(?:png|jpeg|gif|webp);base64,)", re.IGNORECASE)
_ELSEWHERE: Final = re.compile(
    r"url\s*\(\s*[\"']?\s*(?!#|data:image/(?:png|jpeg|gif|webp);)|@import|expression\s*\(|javascript:|-moz-binding|\\",
    re.IGNORECASE,
)
"""What loads something from elsewhere or runs something, in styles and presentation attributes."""
_NAME: Final = re.compile(r"[A-Za-z_][\w.-]*\Z")


def safe_svg(data: bytes) -> bytes:
    """Return an SVG with only what draws. Raises FormatError if it isn't well-formed, isn't SVG, or exceeds a limit.

    >>> safe_svg(b'<svg xmlns="http://www.w3.org/2000/svg" onload="a()"><script>b()</script><rect width="1"/></svg>')
    b'<svg xmlns="http://www.w3.org/2000/svg"><rect width="1"></rect></svg>\\n'
    """
    check_xml(data)
    filter_ = _Filter()
    filter_.parser.Parse(data, True)
    if not filter_.out:
        raise FormatError("the content is not SVG")
    return ("".join(filter_.out) + "\n").encode("utf-8", "replace")


class _Filter:
    """Writes what is kept, as expat reports it."""

    def __init__(self) -> None:
        self.out: list[str] = []
        self.open: list[str] = []
        """End tags of open elements."""
        self.skipped = 0
        """Number of open elements that are left out with all that is in them."""
        self.style: list[str] | None = None
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.text

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Keep an element, or leave it out with its content."""
        space, _, name = tag.rpartition(" ")
        kept = name in _DRAWS if space in (_SVG, "") else space == _XHTML and name in _TEXTUAL and bool(self.open)
        if not self.open and not self.skipped and (name != "svg" or not kept):
            raise FormatError("the content is not SVG")
        if self.skipped or not kept or name == "metadata":
            self.skipped += 1
            return
        own = "" if self.open else f' xmlns="{_SVG}"'
        if space == _XHTML:
            own = f' xmlns="{_XHTML}"'
        if not self.open and any(key.startswith(_XLINK) for key in attributes):
            own += f' xmlns:xlink="{_XLINK}"'
        parts = "".join(filter(None, (_attribute(key, value, root=not self.open) for key, value in attributes.items())))
        self.out.append(f"<{name}{own}{parts}>")
        self.open.append(f"</{name}>")
        if name == "style":
            self.style = []

    def end(self, _tag: str) -> None:
        """Close an element."""
        if self.skipped:
            self.skipped -= 1
            return
        if self.style is not None:
            css = "".join(self.style)
            self.out.append("" if _ELSEWHERE.search(css) else escape(css))
            self.style = None
        self.out.append(self.open.pop())

    def text(self, text: str) -> None:
        """Keep text."""
        if self.skipped:
            return
        if self.style is not None:
            self.style.append(text)
        elif self.open:
            self.out.append(escape(text))


def _attribute(key: str, value: str, *, root: bool) -> str:
    """An attribute as it is written; empty if it is left out."""
    space, _, name = key.rpartition(" ")
    if not _NAME.match(name) or name.lower().startswith("on"):
        return ""
    if space == _XML:
        return f' xml:{name}="{escape(value)}"' if name in ("space", "lang") else ""
    if name == "href" and space in ("", _XLINK):
        return f' href="{escape(value)}"' if _OWN.match(value) else ""
    if space or (root and name == "base") or _ELSEWHERE.search(value):
        return ""
    return f' {name}="{escape(value)}"'
