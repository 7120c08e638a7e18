"""Highlights code with Pygments, using CSS classes only."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from markupsafe import escape

from kg.views.site.formula import formula

if TYPE_CHECKING:
    from pygments.lexer import Lexer
    from pygments.token import _TokenType

_LIMIT: Final = 60_000
"""Maximum number of characters; longer code isn't highlighted, since regular expressions of lexers are slow on hostile text."""
_PLAIN: Final = frozenset(("", "text", "txt", "plain", "plaintext", "output", "console-output"))
CLASSES: Final = ("hk", "hs", "hc", "hn", "hf", "hl", "hi", "hd")
"""Keyword, string, comment, number, function or class name, constant, inserted and deleted lines."""
_KINDS: Final = (
    ("Comment.Preproc", "hl"), ("Comment", "hc"), ("Keyword.Constant", "hl"), ("Keyword", "hk"), ("Literal.Number", "hn"),
    ("Literal", "hs"), ("Name.Function", "hf"), ("Name.Class", "hf"), ("Name.Tag", "hk"), ("Name.Attribute", "hf"),
    ("Name.Builtin", "hl"), ("Name.Decorator", "hl"), ("Operator.Word", "hk"), ("Generic.Inserted", "hi"),
    ("Generic.Deleted", "hd"), ("Generic.Prompt", "hc"), ("Generic.Heading", "hf"),
)  # fmt: skip
_ALIASES: Final = {"smv": "", "nusmv": "", "ebnf": "ebnf", "k8s": "yaml", "proto": "protobuf", "tla": ""}


@lru_cache(maxsize=256)
def _lexer(language: str) -> Lexer | None:
    # start time: needed only for notes with code
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        return get_lexer_by_name(_ALIASES.get(language, language) or "text", stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None


@lru_cache(maxsize=512)
def _class(token: _TokenType) -> str:
    name = str(token).removeprefix("Token.")
    return next((css for kind, css in _KINDS if name == kind or name.startswith(f"{kind}.")), "")


@lru_cache(maxsize=8192)
def highlighted(language: str, text: str) -> str:
    """Code as HTML; not highlighted if the language is unknown.

    >>> highlighted("python", "x = 1")
    '<pre class="code"><code data-language="python">x = <span class="hn">1</span></code></pre>\\n'
    >>> highlighted("no-such", "a<b")
    '<pre class="code"><code data-language="no-such">a&lt;b</code></pre>\\n'
    """
    attribute = f' data-language="{escape(language)}"' if language else ""
    return f'<pre class="code"><code{attribute}>{_spans(language, text)}</code></pre>\n'


def code_block(language: str, text: str) -> str:
    """A block of code, a formula, or the source of a diagram."""
    if language == "mermaid":
        # It scrolls on a narrow screen, also by keyboard.
        return f'<pre class="mermaid-source" tabindex="0">{escape(text)}</pre>\n'
    if language == "math":
        return f"<p>{formula(text.strip(), display=True)}</p>\n"
    return highlighted(language, text)


def _span(css: str, text: str) -> str:
    """Text in the colour of a class. Keywords, which are most, have a shorter element."""
    if css == "hk":
        return f"<b>{escape(text)}</b>"
    return f'<span class="{css}">{escape(text)}</span>' if css else str(escape(text))


def _spans(language: str, text: str) -> str:
    lexer = None if language in _PLAIN or len(text) > _LIMIT else _lexer(language)
    if lexer is None:
        return str(escape(text))
    out: list[str] = []
    last, pending = "", ""
    for token, value in lexer.get_tokens(text):
        # White space takes the colour of what comes before it, so that it ends no span.
        css = last if value.isspace() else _class(token)
        if css != last and pending:
            out.append(_span(last, pending))
            pending = ""
        last = css
        pending += value
    if pending:
        out.append(_span(last, pending))
    return "".join(out)
