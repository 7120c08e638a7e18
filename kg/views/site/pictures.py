"""Files that notes show, as HTML: images with sizes, sound, videos, documents."""

from __future__ import annotations

import re
from typing import Final, NamedTuple
from urllib.parse import unquote

from markupsafe import escape

_SIZE: Final = re.compile(r"(?:(?P<alt>.*)\|)?\s*(?P<width>\d{1,5})(?:\s*[x×]\s*(?P<height>\d{1,5}))?\s*\Z", re.DOTALL)
_NUMBER: Final = re.compile(r"(\d{1,5})(?:px)?\Z")


class Shown(NamedTuple):
    """What an author wrote beside a picture."""

    alt: str
    width: str = ""
    height: str = ""


def split_size(text: str) -> Shown:
    """Split the text of an embed into alternative text and size, as Obsidian does.

    >>> split_size("200x100"), split_size("a cat|100")
    (Shown(alt='', width='200', height='100'), Shown(alt='a cat', width='100', height=''))
    >>> split_size("a|b")
    Shown(alt='a|b', width='', height='')
    """
    match = _SIZE.match(text)
    return Shown((match["alt"] or "").strip(), match["width"], match["height"] or "") if match else Shown(text)


def name_of_file(written: str) -> str:
    """The name of a file by its address in a note.

    >>> name_of_file("img/a%20b.png?raw=true"), name_of_file("图.png")
    ('a b.png', '图.png')
    """
    return unquote(written.partition("?")[0].rpartition("/")[2]) or written


def length(text: str | None) -> str:
    """A length in pixels; empty if it is something else.

    >>> length("200"), length("50px"), length("50%"), length(None)
    ('200', '50', '', '')
    """
    match = _NUMBER.match((text or "").strip())
    return match[1] if match else ""


def medium_html(kind: str, source: str, shown: Shown, name: str) -> str:
    """An image, sound, video or document; `source` is an attribute value. The alternative text is a name if there is none."""
    size = f' width="{shown.width}"' if shown.width else ""
    size += f' height="{shown.height}"' if shown.height else ""
    label = escape(shown.alt or name)
    if kind == "image":
        css = ' class="sized"' if shown.height else ""
        return f'<img src="{source}" alt="{label}" loading="lazy"{size}{css}>'
    if kind == "audio":
        return f'<audio src="{source}" controls preload="none" title="{label}"></audio>'
    if kind == "video":
        return f'<video src="{source}" controls preload="metadata" title="{label}"{size}></video>'
    return f'<a class="attachment" href="{source}">{label}</a>'
