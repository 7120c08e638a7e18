"""Tags of site generators: references to other pages (``{{< ref >}}``, ``{% link %}``), and regions hidden from readers."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from kg.notes.inline import Ranges
from kg.notes.source import holds_pair
from kg.notes.target import split_target, split_wikilink

_TAG: Final = re.compile(
    rb"\{\{[<%]\s*(?P<hugo>ref|relref)\s+(?P<arguments>[^\r\n{}]{1,500}?)\s*/?[>%]\}\}"
    rb"|\{\{[<%]\s*(?P<shown>[\w-]+)\s+(?P<values>[^{}]{1,2000}?)\s*/?[>%]\}\}"
    rb"|(?P<other>\{\{[<%][^\r\n{}]{1,200}[>%]\}\})"
    rb"|\{%-?\s*(?P<jekyll>link|post_url)\s+(?P<path>[^\s%{}][^%{}\r\n]{0,500}?)\s*-?%\}"
    rb"|\{\{-?\s*(?:site\.(?:baseurl|url)|(?P<quote>[\"'])(?P<text>[^\"'\r\n{}]{0,500})(?P=quote)\s*\|\s*(?:relative|absolute)_url)"
    rb"[^\r\n{}]{0,200}\}\}"
    rb"|\[\[(?P<page>[^\[\]\r\n]{1,500})\]\]"
)
_ARGUMENT: Final = re.compile(r"(?:(?P<name>\w+)\s*=\s*)?(?:\"(?P<d>[^\"]*)\"|`(?P<b>[^`]*)`|(?P<p>[^\s\"`=]+))")
# The text between the bracket that closes a link's text and its destination.
_BEFORE: Final = re.compile(
    rb"(?:\]\(|(?:^|\n) {0,3}\[[^\[\]\r\n]{1,100}\]:|\bhref\s*=\s*[\"'])[ \t]*<?[^\s()<>]{0,100}\Z", re.IGNORECASE
)
_SPACE: Final = re.compile(rb"[\s()<>]")
_BREAKING: Final = re.compile(rb"[\x00-\x20<>()\"'`\\&\[\]]")
# Openings and ends of regions that aren't text of the page. Comments aren't shown; highlighted text is code.
_COMMENTS: Final = (
    (re.compile(rb"\{\{[<%]\s*comment\s*[>%]\}\}"), re.compile(rb"\{\{[<%]\s*/\s*comment\s*[>%]\}\}")),
    (re.compile(rb"\{%-?\s*comment\s*-?%\}"), re.compile(rb"\{%-?\s*endcomment\s*-?%\}")),
)
_HIGHLIGHTS: Final = tuple(
    (re.compile(opening), re.compile(closing))
    for opening, closing in (
        (rb"\{\{[<%]\s*highlight\s[^\r\n{}]{0,500}[>%]\}\}", rb"\{\{[<%]\s*/\s*highlight\s*[>%]\}\}"),
        (rb"\{\{<\s*code[\w-]*(?:\s[^\r\n{}]{0,500})?(?<!/)>\}\}", rb"\{\{<\s*/\s*code[\w-]*\s*>\}\}"),
        (
            rb"\{\{<\s*(?:mermaid|plantuml|chart|katex|math|raw\w*)(?:\s[^\r\n{}]{0,500})?(?<!/)>\}\}",
            rb"\{\{<\s*/\s*(?:mermaid|plantuml|chart|katex|math|raw\w*)\s*>\}\}",
        ),
        (rb"\{\{<\s*tab\s[^\r\n{}]{0,500}\blang=[^\r\n{}]{0,500}>\}\}", rb"\{\{<\s*/\s*tab\s*>\}\}"),
        (rb"\{%-?\s*highlight\s[^\r\n{}]{0,500}%\}", rb"\{%-?\s*endhighlight\s*-?%\}"),
    )
)
_HIDING: Final = re.compile(rb"\{[{%]-?[<%]?\s*(?:highlight|code|mermaid|plantuml|chart|katex|math|raw|tab)")
_RAW: Final = (re.compile(rb"\{%-?\s*raw\s*-?%\}"), re.compile(rb"\{%-?\s*endraw\s*-?%\}"))
_ARGUMENT_KINDS: Final = frozenset(("shortcode", "image", "argument", "glossary"))
_OUTSIDE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:|//")
_MASKED: Final = re.compile(r"\{[{%][^{}]*[%}]\}")
_NO_BREAK: Final = re.compile(rb"[^\r\n]")


class Tag(NamedTuple):
    """A tag that stands for the address of another page."""

    kind: str
    """``ref``, ``relref`` (with ``:lang`` if specified), ``link``, ``post_url``, ``wikilink``; ``shortcode``, ``image``,
    ``argument`` (of a shortcode that each theme has in its own way) and ``glossary`` for arguments that name a target;
    ``template`` for unknown text, or empty for known text."""
    target: str
    start: int
    end: int


def may_hold(data: bytes) -> bool:
    """Return whether a text can contain tags at all."""
    return holds_pair(data, b"{", (b"{", b"%")) or b"]([[" in data


def find_tags(data: bytes, start: int = 0) -> list[Tag]:
    """Return all tags of a text, in order, wherever they are."""
    result = []
    for m in _TAG.finditer(data, start):
        if m["hugo"]:
            kind, target = _hugo(m["hugo"].decode(), m["arguments"].decode("utf-8", "replace"))
        elif m["jekyll"]:
            kind, target = m["jekyll"].decode(), m["path"].decode("utf-8", "replace").strip()
        elif m["page"]:
            kind, target = "wikilink", m["page"].decode("utf-8", "replace")
        elif m["shown"]:
            values = m["values"].decode("utf-8", "replace")
            result += [Tag(*named, m.start(), m.end()) for named in _arguments(m["shown"].decode(), values)]
            kind, target = "template", m.group().decode("utf-8", "replace")
        elif m["other"]:
            kind, target = "template", m.group().decode("utf-8", "replace")
        else:
            kind, target = "", (m["text"] or b"").decode("utf-8", "replace")
        result.append(Tag(kind, target, m.start(), m.end()))
    return result


def _hugo(name: str, arguments: str) -> tuple[str, str]:
    path, lang = "", ""
    for m in _ARGUMENT.finditer(arguments):
        value = m["d"] or m["b"] or m["p"] or ""
        if m["name"] == "lang":
            lang = value
        elif m["name"] in (None, "path") and not path:
            path = value
    return (f"{name}:{lang}" if lang else name), path.strip()


# Shortcode → what its arguments mean: that of Hugo, those of many themes, and those of Kubernetes' site.
_SHOWN: Final = {
    "figure": (("src", "image"), ("link", "shortcode")),
    "card": (("link", "argument"), ("href", "argument"), ("url", "argument"), ("image", "argument")),
    "button": (("href", "argument"), ("link", "argument"), ("url", "argument")),
    **dict.fromkeys(("img", "image", "video"), (("src", "argument"),)),
    **dict.fromkeys(("glossary_tooltip", "glossary_definition"), (("term_id", "glossary"),)),
}  # fmt: skip


def _arguments(name: str, values: str) -> Iterator[tuple[str, str]]:
    """Yield the targets in the named arguments of a shortcode, each with its kind.

    >>> list(_arguments("figure", 'src="/a.png" title="A" link="/b/"'))
    [('image', '/a.png'), ('shortcode', '/b/')]
    """
    meanings = _SHOWN.get(name)
    if not meanings:
        return
    given = {m["name"]: m["d"] or m["b"] or m["p"] or "" for m in _ARGUMENT.finditer(values) if m["name"]}
    for key, kind in meanings:
        if given.get(key):
            yield kind, given[key].strip()


class Destinations:
    """The tags of a note that are destinations of links, and its text with them masked.

    ``[b]({% link b.md %})`` isn't a link in Markdown, since the destination contains spaces; a generator replaces it before
    it parses Markdown. So each character that would break a destination is masked by one that doesn't, of the same length.

    >>> d = Destinations(b"[b]({% link b.md %}#c)", find_tags(b"[b]({% link b.md %}#c)"))
    >>> d.masked(b"[b]({% link b.md %}#c)")
    b'[b]({%_link_b.md_%}#c)'
    >>> d.read("{%_link_b.md_%}#c", 0, 22)
    ('link', 'b.md', 'c')
    """

    __slots__ = ("by_text", "starts", "tags", "texts")

    def __init__(self, data: bytes, tags: Sequence[Tag]) -> None:
        self.tags: list[Tag] = []
        behind = -1  # end of the last tag in a destination
        for tag in tags:
            if tag.kind in _ARGUMENT_KINDS:
                continue
            between = data[behind : tag.start] if 0 <= behind <= tag.start < behind + 200 else b" "
            if tag.kind == "wikilink":
                inside = data[tag.start - 2 : tag.start] == b"]("
            else:
                inside = not _SPACE.search(between) or bool(_BEFORE.search(data[max(0, tag.start - 240) : tag.start]))
            if inside:
                self.tags.append(tag)
                behind = tag.end
        self.starts = [tag.start for tag in self.tags]
        self.texts = [_mask(data[tag.start : tag.end]).decode("utf-8", "replace") for tag in self.tags]

        self.by_text = {text: i for i, text in enumerate(self.texts)}

    def masked(self, data: bytes) -> bytes:
        """Return the text with the tags masked for the Markdown parser."""
        raw = bytearray(data)
        for tag in self.tags:
            raw[tag.start : tag.end] = _mask(data[tag.start : tag.end])
        return bytes(raw)

    def read(self, destination: str, start: int, end: int) -> tuple[str, str, str | None] | None:
        """Return kind, target and fragment of a link's destination; None if it has no tags or points outside.

        `start` and `end` are the byte offsets of the link or of the block that contains it.
        """
        for i in range(bisect_left(self.starts, start), len(self.tags)):
            if self.tags[i].start >= end:
                break
            if self.texts[i] in destination:
                return self._meaning(i, destination, end)
        # A reference link: its destination is in another place.
        m = _MASKED.search(destination)
        found = self.by_text.get(m.group()) if m else None
        return None if found is None else self._meaning(found, destination, self.tags[-1].end)

    def _meaning(self, i: int, destination: str, end: int) -> tuple[str, str, str | None] | None:
        tag = self.tags[i]
        rest = destination.partition(self.texts[i])[2]
        if tag.kind == "":
            # Only the address of the site, before another tag or a path.
            following = self.read(rest, tag.end, end)
            split = split_target(tag.target + rest)
            return following or (("markdown", *split) if split else None)
        if tag.kind == "template":
            before = destination.partition(self.texts[i])[0]
            return None if _OUTSIDE.match(before) else ("markdown", f"{before}{tag.target}", None)
        target, fragment = split_wikilink(tag.target)[:2] if tag.kind == "wikilink" else _split(tag.target)
        behind = split_target(rest)
        return tag.kind, target, behind[1] if behind and behind[1] is not None else fragment


def _split(target: str) -> tuple[str, str | None]:
    return split_target(target) or (target, None)


def _mask(tag: bytes) -> bytes:
    return _BREAKING.sub(b"_", tag)


def standing_tags(data: bytes, tags: Sequence[Tag], taken: Sequence[Tag], code: Ranges, start: int) -> Iterator[Tag]:
    """Yield the references in running text outside of destinations: they are links themselves."""
    used = {tag.start for tag in taken}
    raw = Ranges(_regions(data, *_RAW, start))
    for tag in tags:
        if tag.kind in ("", "wikilink", "template") or tag.start in used or code.holds(tag.start) or raw.holds(tag.start):
            continue
        yield tag


def comment_ranges(data: bytes, code: Ranges, start: int) -> list[tuple[int, int]]:
    """Return byte ranges of comments that are delimited by tags."""
    return _outside_code(_COMMENTS, data, code, start) if b"comment" in data else []


def highlight_ranges(data: bytes, code: Ranges, start: int) -> list[tuple[int, int]]:
    """Return byte ranges of code that is delimited by tags."""
    return _outside_code(_HIGHLIGHTS, data, code, start) if _HIDING.search(data, start) else []


def _outside_code(
    pairs: Sequence[tuple[re.Pattern[bytes], re.Pattern[bytes]]], data: bytes, code: Ranges, start: int
) -> list[tuple[int, int]]:
    return sorted(r for pair in pairs for r in _regions(data, *pair, start) if not code.holds(r[0]))


def _regions(data: bytes, opening: re.Pattern[bytes], closing: re.Pattern[bytes], start: int) -> list[tuple[int, int]]:
    regions = []
    position = start
    while first := opening.search(data, position):
        last = closing.search(data, first.end())
        if not last:
            break
        regions.append((first.start(), last.end()))
        position = last.end()
    return regions


def blank_ranges(data: bytes, ranges: Sequence[tuple[int, int]]) -> bytes:
    """Replace ranges of a text by spaces; line breaks and offsets are kept.

    >>> blank_ranges(b"a[b](c)d", [(1, 7)])
    b'a      d'
    """
    raw = bytearray(data)
    for start, end in ranges:
        raw[start:end] = _NO_BREAK.sub(b" ", bytes(raw[start:end]))
    return bytes(raw)
