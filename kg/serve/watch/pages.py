"""Adds the script that reloads a page to pages of the site, when they are served: files of the output never contain it."""

from __future__ import annotations

import re
from typing import Final

from markupsafe import escape

from kg.base.texts import Texts
from kg.serve.edit.script import edit_script
from kg.serve.files import page_language

_POLICY: Final = re.compile(rb'(<meta http-equiv="Content-Security-Policy" content=")([^"]*)"')
_HEAD: Final = b"</head>"
_FAR: Final = 1 << 16
"""Bytes of a page in which its head ends."""


def add_script(html: bytes, serial: int, *, edit: bool = False) -> bytes:
    """A page of the site with the script, which the page's policy then lets connect to this server; else the same bytes.

    `serial` is the number of the last change of the page; with `edit`, the script for accepting suggestions is added too.

    >>> add_script(b'<html lang="en"><head></head>', 7)[:62]
    b'<html lang="en"><head><script src="/-/watch.js" defer data-ser'
    >>> add_script(b"<p>no page of the site</p>", 7)
    b'<p>no page of the site</p>'
    """
    lang = page_language(html)
    end = html.find(_HEAD, 0, _FAR)
    if lang is None or end < 0:
        return html
    t = Texts(lang, "serve.watch")
    script = (
        f'<script src="/-/watch.js" defer data-serial="{serial}" data-title="{escape(t("overlay"))}"'
        f' data-note="{escape(t("overlay-note"))}"></script>\n'
    )
    return _POLICY.sub(_let_connect, html[:end], count=1) + (script + (edit_script(lang) if edit else "")).encode() + html[end:]


def _let_connect(policy: re.Match[bytes]) -> bytes:
    if b"connect-src" in policy[2]:
        return policy[0]
    return policy[1] + policy[2] + b"; connect-src 'self'\""
