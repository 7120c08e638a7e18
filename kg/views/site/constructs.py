"""Constructs of other tools that pages show: what the shortcodes of site generators and themes mean, by their names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

NO_ARGUMENTS: Final[Mapping[str, str]] = MappingProxyType({})


class Construct(NamedTuple):
    """A construct that Markdown lacks."""

    kind: str
    """``callout``, ``details``, ``tab`` and ``button`` (each until its ``end``), ``container`` (an admonition, whose content is
    a list item), ``anchor``, ``figure``, ``video``, ``text``, ``reference``, ``region`` (content that isn't Markdown),
    ``literal``, ``formula`` (named as it is shown, ``inline`` or ``display``), ``block``, ``embed``, ``property`` and ``query``
    (of Logseq), ``hidden`` or ``unknown``."""
    name: str
    arguments: Mapping[str, str] = NO_ARGUMENTS
    """By name, and by position from ``0``."""
    text: str = ""
    """Content of a region or a formula, text of a literal, or how a container folds: empty, ``+`` or ``-``."""


_FAMILIES: Final = {
    "note": "note versionadded versionchanged versionremoved "
    "info todo abstract summary tldr question help faq seealso pageinfo notice callout admonition alert primary "
    "secondary 说明 注 备注 信息 待办 摘要 问题",
    "tip": "tip hint success check done example lead 提示 技巧 成功 示例 例",
    "important": "important key 重要 关键",
    "warning": "warning caution attention beware 警告 注意",
    "danger": "danger error bug failure fail missing critical deprecated 危险 错误 失败",
    "quote": "quote cite 引用",
}
FAMILY: Final = {name: family for family, names in _FAMILIES.items() for name in names.split()}
"""Type of a callout → the family that determines its colour."""
_CALLOUTS: Final = frozenset(("alert", "callout", "admonition", "hint", "notice", "pageinfo"))
"""Shortcodes whose type is an argument; those named like a type are callouts too."""
_DETAILS: Final = frozenset(
    ("details", "detail", "expand", "collapse", "spoiler", "accordion", "accordion-item", "accordionitem")
)
_TABS: Final = frozenset(("tab", "tab-item", "tab-panel", "codetab", "blocks/cover", "blocks/feature"))
"""Shortcodes that give a part of the page a title: also blocks of Docsy."""
_FIGURES: Final = frozenset(("figure", "img", "image", "imgproc", "picture", "bundle-image", "resize-image"))
_VIDEOS: Final = {
    "youtube": "https://www.youtube.com/watch?v=",
    "youtube-lite": "https://www.youtube.com/watch?v=",
    "vimeo": "https://vimeo.com/",
    "bilibili": "https://www.bilibili.com/video/",
}
VIDEO_SITES: Final[Mapping[str, str]] = _VIDEOS
"""Shortcode → the address that its argument completes."""
_TEXTS: Final = frozenset(("glossary_tooltip", "glossary-tooltip", "tooltip", "badge", "kbd", "abbr", "term", "highlight-text"))
_ESCAPED: Final = re.compile(r"(\{\{[<%])/\*(.{0,2000}?)\*/([>%]\}\})", re.DOTALL)
_REFERENCES: Final = frozenset(("ref", "relref", "link", "linkcard", "link-card", "content-ref"))
_BUTTONS: Final = frozenset(("button", "btn", "card", "card-link"))
WRAPPERS: Final = frozenset(
    "tabs tabpane tabs-pane tabset cards cardpane steps step stepper columns column row col grid grid-item section container "
    "div center left right blocks/section blocks/lead columns-end accordion-group raw rawhtml html "
    "markdown md unsafe filetree filetree/container".split()
)
"""Shortcodes that only arrange their content."""
HIDDEN: Final = frozenset(
    "br nbsp clear toc tableofcontents table_of_contents children childpages icon fa fas fab iconify comment heading space "
    "anchor readfile include more summary-end lead-end".split()
)
"""Shortcodes without anything to show on a page of kg."""
REGIONS: Final = frozenset(("mermaid", "highlight", "code", "katex", "math", "latex", "comment", "plantuml", "chart", "gantt"))
"""Shortcodes whose content isn't Markdown."""


def is_callout(name: str) -> bool:
    """Whether a shortcode or directive of this name is a callout."""
    return name in _CALLOUTS or name in FAMILY


def paired_kind(name: str) -> str:
    """The kind of a shortcode with an end; ``unknown`` if only its content can be shown."""
    if is_callout(name):
        return "callout"
    kinds = ((_DETAILS, "details"), (_TABS, "tab"), (_BUTTONS, "button"), (WRAPPERS | HIDDEN, "hidden"))
    return next((kind for names, kind in kinds if name in names), "unknown")


def unescape_shortcodes(code: str) -> str:
    """Return code as a site shows it: Hugo runs no shortcode that is written as a comment, and leaves out the comment's signs.

    >>> unescape_shortcodes("{{</* tabs */>}}, {{%/* hint info */%}} and {{< a >}}")
    '{{< tabs >}}, {{% hint info %}} and {{< a >}}'
    >>> unescape_shortcodes("{{</* katex >}}a{{< /katex */>}}")  # with its content
    '{{< katex >}}a{{< /katex >}}'
    """
    return _ESCAPED.sub(r"\1\2\3", code) if "/*" in code else code


def single_kind(name: str) -> str:
    """The kind of a shortcode without an end; empty if it isn't known."""
    kinds = (
        (_FIGURES, "figure"), (frozenset(_VIDEOS), "video"), (_TEXTS, "text"), (_REFERENCES | _BUTTONS, "reference"),
        (_CALLOUTS | frozenset(FAMILY), "callout-line"),
    )  # fmt: skip
    return next((kind for names, kind in kinds if name in names), "")


def callout_type(construct: Construct) -> str:
    """The type of a callout: its name or an argument.

    >>> callout_type(Construct("callout", "alert", {"color": "warning"})), callout_type(Construct("callout", "tip"))
    ('warning', 'tip')
    """
    if construct.name not in _CALLOUTS:
        return construct.name
    arguments = construct.arguments
    return next(
        (arguments[key].lower() for key in ("type", "color", "level", "style", "theme", "variant", "0") if arguments.get(key)),
        "note",
    )
