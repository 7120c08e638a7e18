"""HTML that an author wrote, with links and images of the site, and the constructs that stand on lines of their own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape
from typing import TYPE_CHECKING, Final

from markupsafe import escape

from kg.views.site.callouts import callout_title
from kg.views.site.code import code_block
from kg.views.site.constructs import VIDEO_SITES, Construct, callout_type
from kg.views.site.foreign_marks import MARK
from kg.views.site.formula import formula
from kg.views.site.pictures import Shown, length, medium_html, name_of_file

if TYPE_CHECKING:
    from kg.views.site.writer import HtmlWriter

_COMMENT: Final = re.compile(r"(?:\s*<!--(?!-?>)(?:[^-]++|-(?!-))*+-->)+\s*", re.DOTALL)
_MARKS: Final = re.compile(f"<!--\\s*(?:-->|\\Z)|{MARK}x*")
_TITLES: Final = ("title", "header", "name", "summary", "label", "heading")
"""Arguments that hold the title of a callout, a tab or a text that can be folded."""
_TAG: Final = re.compile(r"<(?P<name>a|img|video|audio|source)\s(?P<rest>(?:[^<>\"']|\"[^\"<>]*\"|'[^'<>]*')*)>", re.IGNORECASE)
_ATTRIBUTE: Final = re.compile(r"""([A-Za-z][\w:-]*)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"']+))""")


class RawHtml:
    """Writes HTML and constructs of one note."""

    def __init__(self, writer: HtmlWriter) -> None:
        self.writer = writer
        self.ends: list[str] = []
        """End tags of the constructs that are open."""
        self.inside = False
        """Whether the next piece of HTML belongs to the mark of a construct of several lines."""

    def html(self, html: str, at: int) -> str:
        """The author's HTML, or what the marks in it stand for."""
        writer = self.writer
        if self.inside:
            self.inside = "-->" not in html
            return ""
        if writer.constructs and ("<!--" in html or MARK in html):
            pieces: list[str] = []
            position = 0
            for mark in _MARKS.finditer(html):
                offset = at + len(html[: mark.start()].encode())
                construct = writer.constructs.get(offset)
                if construct is not None:
                    before = html[position : mark.start()]
                    pieces += (self.html(before, at + len(html[:position].encode())), self.construct(construct, offset))
                    position = mark.end()
                    self.inside = mark[0].startswith("<") and not mark[0].endswith("-->")
            if pieces:
                rest = html[position:]
                return "".join(pieces) + (self.html(rest, at + len(html[:position].encode())) if rest.strip() else "")
        if not html.strip() or _COMMENT.fullmatch(html):
            return ""  # not visible, so its content must not be parsed as HTML
        writer.has_html = True

        def tag(match: re.Match[str]) -> str:
            return self._tag(match, at + len(html[: match.start()].encode()))

        return _TAG.sub(tag, html) if "<" in html else html

    def _tag(self, match: re.Match[str], at: int) -> str:
        """A link, an image or another file with its address on the site."""
        writer = self.writer
        name = match["name"].lower()
        attributes = {
            m[1].lower(): unescape(next(g for g in (m[2], m[3], m[4], "") if g is not None))
            for m in _ATTRIBUTE.finditer(match["rest"])
        }
        url = attributes.get("href" if name == "a" else "src")
        if url is None:
            return match[0]
        target = writer.target_at(writer.base + at, url)
        if name == "a":
            return "<a>" if target.href is None else f'<a href="{writer.reference(target.href)}">'
        shown = Shown(attributes.get("alt", ""), length(attributes.get("width")), length(attributes.get("height")))
        if target.medium and target.href is not None:
            source = writer.reference(target.href)
            if name == "source":
                return f'<source src="{source}">'
            if name == "img":
                return medium_html(target.medium, source, shown, name_of_file(url))
            return f'<{name} src="{source}" controls preload="none">'
        if name != "img":
            return f"<{name}>" if name != "source" else ""
        text = escape(shown.alt or name_of_file(url))
        return f"{writer.open_link(target, 'image')}{text}{writer.closing.pop()}"

    def construct(self, construct: Construct, at: int, *, within: bool = False) -> str:
        """What a construct of another tool looks like; `within` a line of text."""
        writer = self.writer
        kind, arguments = construct.kind, construct.arguments
        if kind == "formula":
            writer.plain.append(construct.text)
            return formula(construct.text, display=construct.name == "display")
        writer.has_html = True
        if kind in ("callout", "details", "tab", "button"):
            opening, closing = self._opening(construct, at)
            self.ends.append(closing)
            return f"</p>{opening}" if within and kind != "button" else opening
        if kind == "end":
            closes = construct.name in ("callout", "details", "tab", "button") and bool(self.ends)
            end = self.ends.pop() if closes else ""
            return f"{end}<p>" if end and within and construct.name != "button" else end
        if kind == "callout-line":
            title = arguments.get("title") or callout_title(callout_type(construct), writer.settings.label)
            return f'<blockquote class="alert note"><p class="alert-title">{escape(title)}</p></blockquote>'
        if kind == "anchor":
            own = construct.name in writer.anchors.values()  # of a heading, which has this id
            return "" if own else f'<span id="{escape(construct.name)}"></span>'
        if kind == "figure":
            return self._figure(arguments, at)
        if kind == "video":
            address = arguments.get("id") or arguments.get("0", "")
            href = VIDEO_SITES[construct.name] + address
            title = arguments.get("title") or href
            return f'<a class="external" href="{writer.reference(href)}">{escape(title)}</a>' if address else ""
        if kind == "text":
            text = arguments.get("text") or arguments.get("term_id") or arguments.get("term") or arguments.get("0", "")
            if not text:
                # A badge has a title and a value in Book and other themes.
                named = " ".join(arguments[key] for key in ("title", "content", "value") if arguments.get(key))
                if not named:
                    writer.unknown[construct.name] = writer.unknown.get(construct.name, 0) + 1
                return escape(named)
            return self._link(text.replace("-", " ") if "text" not in arguments else text, at, arguments.get("term_id", ""))
        if kind == "reference":
            url = next((arguments[k] for k in ("path", "link", "href", "url", "relref", "0") if arguments.get(k)), "")
            return self._link(arguments.get("title") or arguments.get("text") or url, at, url)
        if kind in ("block", "embed", "property", "query"):
            return self._of_outline(construct, at)
        if kind == "region":
            return self._region(construct, within=within)
        if kind == "literal":
            return f"<code>{escape(construct.text)}</code>" if construct.text else ""
        if kind == "unknown":
            writer.unknown[construct.name] = writer.unknown.get(construct.name, 0) + 1
        return ""

    def _opening(self, construct: Construct, at: int) -> tuple[str, str]:
        """The start and the end of a construct with content."""
        writer, arguments = self.writer, construct.arguments
        title = next(
            (arguments[k] for k in ("title", "header", "name", "summary", "label", "heading") if arguments.get(k)), None
        )
        if construct.kind == "button":
            url = next((arguments[k] for k in ("href", "url", "link", "relref", "0") if arguments.get(k)), "")
            opening = writer.open_link(writer.target_at(writer.base + at, url))
            return opening + (f"<strong>{escape(title)}</strong> " if title else ""), writer.closing.pop()
        if title is None:
            positional = "1" if construct.name == "notice" else "0"
            own = construct.kind != "callout" or construct.name in ("notice",)
            title = arguments.get(positional) if own else None
        if construct.kind == "details":
            label = writer.inline_html(title) if title else escape(writer.settings.label("callout-details") or construct.name)
            return f"<details><summary>{label}</summary>\n", "</details>\n"
        values = {"title": title} if title is not None else {}
        return writer.callout(
            construct._replace(arguments=values), callout_type(construct) if construct.kind == "callout" else ""
        )

    def _figure(self, values: Mapping[str, str], at: int) -> str:
        """An image with its caption."""
        writer = self.writer
        url = values.get("src") or values.get("0") or ""
        if not url:
            return ""
        target = writer.target_at(writer.base + at, url)
        caption = values.get("caption") or values.get("title") or ""
        shown = Shown(values.get("alt") or caption, length(values.get("width")), length(values.get("height")))
        name = name_of_file(url)
        if target.medium and target.href is not None:
            image = medium_html(target.medium, writer.reference(target.href), shown, name)
        else:
            image = f"{writer.open_link(target, 'image')}{escape(shown.alt or name)}{writer.closing.pop()}"
        below = f"<figcaption>{writer.inline_html(caption)}</figcaption>" if caption else ""
        return f"<figure>{image}{below}</figure>"

    def _link(self, text: str, at: int, url: str) -> str:
        """A link that a shortcode stands for; only its text if it leads nowhere."""
        writer = self.writer
        if not url:
            return str(escape(text))
        target = writer.target_at(writer.base + at, url)
        if target.href is None:
            return str(escape(text))
        return f"{writer.open_link(target)}{escape(text)}{writer.closing.pop()}"

    def _of_outline(self, construct: Construct, at: int) -> str:
        """What Logseq shows in place of a reference to a block, a property, or a macro."""
        writer, name = self.writer, construct.name
        if construct.kind == "query":
            return f"<em>{escape(writer.settings.label('outline-query'))}</em>"
        if construct.kind == "property":
            before = next((piece for piece in reversed(writer.out) if piece.strip()), "<p>")
            return f"{'' if before in ('<p>', '<li>') else '<br>'}<strong>{escape(name)}</strong>:"
        start = writer.base + at
        if construct.kind == "embed" and writer.embed is not None and (html := writer.embed(start, name)) is not None:
            return html
        target = writer.target_at(start, name)
        text = writer.block(start, name) if writer.block is not None and construct.kind == "block" else ""
        writer.plain.append(text)
        return f"{writer.open_link(target)}{escape(text or target.name or name)}{writer.closing.pop()}"

    def _region(self, construct: Construct, *, within: bool) -> str:
        """Content that isn't Markdown: code, a diagram or a formula."""
        name, text = construct.name, construct.text.strip("\r\n")
        if name == "comment":
            return ""
        if name in ("katex", "math", "latex"):
            self.writer.plain.append(text)
            is_display = "display" in (construct.arguments.get("0"), *construct.arguments) or "\\begin{" in text
            return formula(text.strip(), display=is_display) if within else code_block("math", text)
        if name == "mermaid":
            self.writer.diagrams += 1
            return code_block("mermaid", text)
        language = construct.arguments.get("lang") or construct.arguments.get("language") or construct.arguments.get("0", "")
        return code_block(language.lower() if name in ("highlight", "code") else name, text)
