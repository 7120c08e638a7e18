"""The text of a note as pages render it: constructs of other tools are replaced by marks of the same length.

Shortcodes and directives on a line of their own become HTML comments (or rules), which end a paragraph; those within a line
become a private-use character. The marker of an admonition becomes that of a list item: its indented content is Markdown. The
writer looks up at its offset what each mark stands for. Offsets in the text don't change.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from kg.model import Note
from kg.notes import myst
from kg.views.site.constructs import HIDDEN, NO_ARGUMENTS, REGIONS, WRAPPERS, Construct, is_callout, paired_kind, single_kind
from kg.views.site.foreign_marks import (
    ATTRIBUTE_LIST,
    FENCE,
    code_of,
    comment,
    mark_of,
    mask_attributes,
    mask_directives,
    mask_formulas,
    mask_html_elements,
    mask_inclusions,
    may_include,
    placeholder,
)
from kg.views.site.outlines import mask_outline

_CONTAINER: Final = re.compile(
    rb"(?P<indent>[ ]*)(?P<mark>!!!|\?\?\?\+?)[ ]+(?P<type>[A-Za-z][\w-]*)(?P<more>(?:[ ]+[A-Za-z][\w-]*)*)"
    rb"(?:[ ]+\"(?P<title>[^\r\n]*)\")?[ \t]*"
    rb"|(?P<tab>[ ]*)===[!+]{0,2}[ ]+\"(?P<name>[^\r\n]*)\"[ \t]*"
)
_DIRECTIVE: Final = re.compile(
    rb"[ \t]*(?:>[ \t]?)*(?P<colons>:{3,})[ \t]*(?:\{?(?P<name>[A-Za-z][\w-]*)\}?(?P<rest>[^\r\n]*))?"
)
_SHORTCODE: Final = re.compile(
    rb"\{\{(?P<open>[<%])(?P<body>(?:(?![<%>]\}\}|\{\{[<%]).){0,4000}?)(?P<close>[>%])\}\}", re.DOTALL
)
_LIQUID: Final = re.compile(
    rb"(?<!\{)\{%-?\s*(?P<body>/?(?:end)?(?:hint|tabs?|raw|stepper|step|columns?|content-ref|embed|file|code|comment|include|swagger)"
    rb"(?:\s(?:(?!%\}).){0,1000}?)?)\s*-?%\}",
    re.DOTALL,
)
_BODY: Final = re.compile(r"\s*(?P<close>/?)\s*(?P<name>[\w./-]*\w)(?P<arguments>.*?)/?\s*\Z", re.DOTALL)
_ARGUMENT: Final = re.compile(r"(?:(?P<key>[\w-]+)\s*=\s*)?(?:\"(?P<d>(?:[^\"\\]|\\.)*)\"|`(?P<b>[^`]*)`|(?P<p>[^\s\"`=]+))")
_IN_DESTINATION: Final = re.compile(
    rb"(?:\]\([ \t]*<?[^\s()<>]*|(?:^|\n) {0,3}\[[^\[\]\r\n]{1,100}\]:[ \t]*[^\s]*|\b(?:href|src)\s*=\s*[\"'][^\"'<>\s]*)\Z",
    re.IGNORECASE,
)
_BREAKING: Final = re.compile(rb"[\x00-\x20<>()\"'`\\&\[\]]")
_ALONE_BEFORE: Final = re.compile(rb"[ \t]*(?:>[ \t]?)*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?\Z")


class PreparedText(NamedTuple):
    """A text as the parser of Markdown gets it."""

    source: bytes
    """As it is in the note."""
    markdown: bytes
    """With marks; of the same length."""
    constructs: Mapping[int, Construct]
    """What stands at each mark, by offset."""


def prepare_text(source: bytes, note: Note | None = None, body: int = 0, *, embedded: bool = False) -> PreparedText:
    """Replace the constructs of other tools in a text.

    `note` says what its own tool has beside them; the text starts at byte `body` of the note. With `embedded`, another note
    shows it.

    >>> made = prepare_text(b'{{% alert title="T" %}}\\nSee {{< x >}}.\\n{{% /alert %}}\\n')
    >>> made.markdown[:23], [(at, c.kind, c.name) for at, c in made.constructs.items()]
    (b'<!--                -->', [(0, 'callout', 'alert'), (28, 'unknown', 'x'), (39, 'end', 'callout')])
    >>> prepare_text(b'!!! note "T"\\n    a\\n').markdown
    b'+   n       \\n    a\\n'
    """
    data, constructs = source, dict[int, Construct]()
    if note is not None and note.formulas:
        data = mask_formulas(data, [(start - body, end - body) for start, end in note.formulas], constructs)
    if note is not None and note.outline:
        data = mask_outline(data, constructs, embedded=embedded)
    if myst.may_hold(source, 0):
        data = mask_directives(myst.with_roles(data, 0), constructs)
    if b" markdown" in source and b"<" in source:
        data = mask_html_elements(data)
    if b"!!! " in source or b"??? " in source or b"???+ " in source or b'=== "' in source or b":::" in source:
        data = _mask_lines(data, constructs)
    if may_include(data):
        data = mask_inclusions(data, constructs)
    if b"}" in data and ATTRIBUTE_LIST.search(data):
        data = mask_attributes(data, constructs)
    if b"{{<" in data or b"{{%" in data or b"{%" in data:
        data = _mask_shortcodes(data, constructs)
    return PreparedText(source, data, constructs if not constructs else dict(sorted(constructs.items())))


def _mask_lines(source: bytes, constructs: dict[int, Construct]) -> bytes:
    """Mask the headers of admonitions and tabs, and the lines of directives (``:::tip``); neither in fenced code."""
    out: list[bytes] = []
    fence, at = b"", 0
    opened: list[str] = []
    lines = source.splitlines(keepends=True)
    for i, line in enumerate(lines):
        text = line.rstrip(b"\r\n")
        mark = FENCE.match(text)
        if mark and (not fence or (text.strip(b" \t>").startswith(fence) and not mark["info"].strip())):
            fence = b"" if fence else mark["fence"]
        elif not fence and (made := _container(text, lines[i + 1] if i + 1 < len(lines) else b"")):
            construct, indent = made
            constructs[at + indent] = construct
            text = text[:indent] + b"+   n" + b" " * (len(text) - indent - 5)
        elif not fence and b":::" in text and (directive := _directive(text, opened)):
            start = text.index(b":::")
            constructs[at + start] = directive
            text = text[:start] + mark_of(text[start:])
        out.append(text + line[len(line.rstrip(b"\r\n")) :])
        at += len(line)
    return b"".join(out)


def _container(line: bytes, following: bytes) -> tuple[Construct, int] | None:
    """An admonition or tab that a line begins, and its indentation; its content is indented by four."""
    match = _CONTAINER.fullmatch(line)
    if match is None:
        return None
    if match["tab"] is not None:
        name = match["name"].decode("utf-8", "replace")
        return Construct("container", "tab", {"title": name}), len(match["tab"])
    indent = len(match["indent"])
    more = match["more"].split()
    indented = not following.strip() or following.startswith((b" " * (indent + 4), b"\t"))
    if not indented or (match["title"] is None and more and more[0] != b"inline"):
        return None
    kind = match["type"].decode().lower()
    title = None if match["title"] is None else {"title": match["title"].decode("utf-8", "replace")}
    fold = {"!!!": "", "???": "-", "???+": "+"}[match["mark"].decode()]
    return Construct("container", kind, title or {}, fold), indent


def _directive(line: bytes, opened: list[str]) -> Construct | None:
    """What a line of a directive stands for; None if it is text. `opened` are the directives around it."""
    match = _DIRECTIVE.fullmatch(line)
    if match is None:
        return None
    name = (match["name"] or b"").decode().lower()
    if not name:
        return Construct("end", opened.pop()) if opened else None
    rest = (match["rest"] or b"").decode("utf-8", "replace").strip()
    ends = rest.endswith(":::")  # Microsoft writes ":::image source="a.png":::", without an end
    arguments = read_arguments(rest.removesuffix(":::"))
    if name == "image":
        return Construct(
            "figure", name, {**arguments, "src": arguments.get("source", ""), "alt": arguments.get("alt-text", "")}
        )
    if ends or name.endswith("-end"):
        return Construct("hidden", name)
    kind = "details" if name in ("details", "dropdown", "spoiler") else "hidden"
    kind = "callout" if is_callout(name) else kind
    opened.append(kind)
    title = rest.strip("[]{} ") if rest and "=" not in rest else arguments.get("title", "")
    return Construct(kind, name, {"title": title, "type": name})


def read_arguments(text: str) -> dict[str, str]:
    """The arguments of a shortcode: by name, and by position from ``0``.

    >>> read_arguments('a "b c" key="v" other=w')
    {'0': 'a', '1': 'b c', 'key': 'v', 'other': 'w'}
    """
    values: dict[str, str] = {}
    position = 0
    for match in _ARGUMENT.finditer(text):
        value = next(group for group in (match["d"], match["b"], match["p"], "") if group is not None)
        if match["key"]:
            values[match["key"].lower()] = value
        else:
            values[str(position)] = value
            position += 1
    return values


class _Tag(NamedTuple):
    start: int
    end: int
    name: str = ""
    closes: bool = False
    arguments: Mapping[str, str] = NO_ARGUMENTS
    literal: str = ""


def _tags(data: bytes) -> Iterator[_Tag]:
    """All shortcodes of a text, in order, wherever they are."""
    matches = [*_SHORTCODE.finditer(data), *(_LIQUID.finditer(data) if b"{%" in data else ())]
    for match in sorted(matches, key=lambda m: m.start()):
        start, end = match.span()
        body = match["body"].decode("utf-8", "replace")
        if body.lstrip().startswith("/*") and body.rstrip().endswith("*/"):
            # How documentation of Hugo writes a shortcode that is to be read.
            mark = match["open"].decode()
            inner = body.strip().removeprefix("/*").removesuffix("*/").strip()
            yield _Tag(start, end, literal=f"{{{{{mark} {inner} {mark.replace('<', '>')}}}}}")
            continue
        parts = _BODY.match(body)
        if parts is None:
            yield _Tag(start, end)
            continue
        name, closes = parts["name"].lower(), bool(parts["close"])
        if match.re is _LIQUID and name.startswith("end"):
            name, closes = name.removeprefix("end"), True
        yield _Tag(start, end, name, closes, read_arguments(parts["arguments"]))


def _mask_shortcodes(data: bytes, constructs: dict[int, Construct]) -> bytes:
    """Mask the shortcodes of a text outside of code."""
    tags = list(_tags(data))
    if not tags:
        return data
    code = code_of(data)
    tags = [tag for tag in tags if not code.holds(tag.start)]
    raw = bytearray(data)
    standing: list[_Tag] = []
    for tag in tags:
        if _IN_DESTINATION.search(data[max(0, tag.start - 240) : tag.start]):
            raw[tag.start : tag.end] = _BREAKING.sub(b"_", data[tag.start : tag.end])
        else:
            standing.append(tag)
    ends = _pairs(standing)
    starts = [tag.start for tag in standing]
    alone = _lines_of_tags_only(data, standing)
    i = 0
    while i < len(standing):
        tag = standing[i]
        end = tag.end
        partner = ends.get(i)
        if partner is not None and not tag.closes and tag.name in REGIONS:
            # The content isn't Markdown.
            text = data[tag.end : standing[partner].start].decode("utf-8", "replace")
            construct = Construct("region", tag.name, tag.arguments, text)
            end = standing[partner].end
        else:
            construct = _construct(tag, None if partner is None else standing[partner])
        constructs[tag.start] = construct
        raw[tag.start : end] = comment(data[tag.start : end]) if i in alone else placeholder(end - tag.start)
        i = bisect_left(starts, end)
    return bytes(raw)


def _construct(tag: _Tag, partner: _Tag | None) -> Construct:
    """What a shortcode stands for. `partner`: the one that closes or opens it."""
    if tag.literal or not tag.name:
        return Construct("literal", "", {}, tag.literal)
    if tag.closes:
        return Construct("end", paired_kind(tag.name)) if partner is not None else Construct("hidden", tag.name)
    if tag.name in HIDDEN or tag.name in WRAPPERS or (tag.name in ("katex", "math") and partner is None):
        return Construct("hidden", tag.name)
    kind = paired_kind(tag.name) if partner is not None else single_kind(tag.name)
    return Construct(kind or "unknown", tag.name, tag.arguments)


def _pairs(tags: list[_Tag]) -> dict[int, int]:
    """Index of each shortcode that is closed → index of the one that closes it, and back."""
    pairs: dict[int, int] = {}
    opened: dict[str, list[int]] = {}
    for i, tag in enumerate(tags):
        if not tag.closes:
            opened.setdefault(tag.name, []).append(i)
        elif opened.get(tag.name):
            first = opened[tag.name].pop()
            pairs[first], pairs[i] = i, first
    return pairs


def _lines_of_tags_only(data: bytes, tags: list[_Tag]) -> frozenset[int]:
    """Indexes of shortcodes on lines that hold nothing else."""
    alone: set[int] = set()
    i = 0
    while i < len(tags):
        begin = max(data.rfind(b"\n", 0, tags[i].start), data.rfind(b"\r", 0, tags[i].start)) + 1
        group, position, clean = [i], tags[i].end, bool(_ALONE_BEFORE.match(data[begin : tags[i].start]))
        while group[-1] + 1 < len(tags) and not data[position : tags[group[-1] + 1].start].strip(b" \t"):
            group.append(group[-1] + 1)
            position = tags[group[-1]].end
        end = len(data)
        for stop in (data.find(b"\n", position), data.find(b"\r", position)):
            end = min(end, stop) if stop >= 0 else end
        if clean and not data[position:end].strip():
            alone.update(group)
        i = group[-1] + 1
    return frozenset(alone)
