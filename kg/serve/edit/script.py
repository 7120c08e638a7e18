"""The script for accepting and rejecting, which the server adds to pages under ``--edit``."""

from __future__ import annotations

from typing import Final

from markupsafe import escape

from kg.base.json_forms import json_compact
from kg.base.texts import Texts

SCRIPT: Final = "/-/edit.js"
PAGE: Final = "/-/review"


def edit_script(lang: str) -> str:
    """The script element, with the texts in a language of `kg.serve`. It contains no token.

    >>> edit_script("en")[:34]
    '<script src="/-/edit.js" defer dat'
    """
    texts = Texts(lang, "serve.edit")
    data = json_compact({"lang": lang, "page": f"{PAGE}?lang={lang}", "texts": {key: texts.forms(key) for key in texts}})
    return f'<script src="{SCRIPT}" defer data-edit="{escape(data)}"></script>\n'
