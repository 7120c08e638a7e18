"""The frame of every page: templates (compiled once), head, navigation, style sheet and scripts."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from importlib import resources
from typing import Final, NamedTuple
from urllib.parse import quote

from jinja2 import DictLoader, Environment, FunctionLoader, StrictUndefined, TemplateError, TemplateSyntaxError
from jinja2.loaders import ChoiceLoader, PrefixLoader
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from kg.base.about import code_stamp
from kg.base.errors import UsageError
from kg.base.json_forms import json_compact
from kg.model import Artifact, Look
from kg.views.page import navigation, paths
from kg.views.page.view import View
from kg.views.page.words import Words, amount

# Browsers differ in whether local files match 'self', so `file:` is allowed too; it has no effect on served pages.
_POLICY: Final = (
    "default-src 'none'; style-src 'self' file:; img-src data: 'self' file:; media-src 'self' file:; "
    "script-src 'self' file:{wasm}; {more}"
    "base-uri 'none'; form-action 'self' file:"
)
SEARCHES: Final = "searches"
"""Permissions of pages with search: to run WebAssembly and to read the index."""
DRAWS: Final = "draws"
"""Permissions of pages with diagrams: to open the frame that draws them."""
_MORE: Final = {SEARCHES: "connect-src 'self'; worker-src 'self'; ", DRAWS: "frame-src 'self' file:; "}


def _read(name: str) -> str:
    return (resources.files("kg.views.page") / "templates" / name).read_text(encoding="utf-8")


@lru_cache(maxsize=4)
def _environment(own: tuple[tuple[str, str], ...]) -> Environment:
    # A knowledge base's own templates are untrusted, so they are sandboxed; kg's templates are not.
    made = ImmutableSandboxedEnvironment if own else Environment
    kg = FunctionLoader(_read)
    env = made(
        loader=ChoiceLoader([DictLoader(dict(own)), PrefixLoader({"kg": kg}), kg]) if own else kg,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters["amount"] = amount
    return env


def templates_of(look: Look | None = None) -> Environment:
    """The template environment: everything is escaped, and an undefined name is an error."""
    return _environment(tuple(sorted(look.templates.items())) if look else ())


def _file(folder: str, name: str) -> str:
    return (resources.files("kg.views.page") / folder / name).read_text(encoding="utf-8")


def base_style() -> str:
    """The common style of pages and maps: colours, type and frame; dark on a screen if the system or the reader prefers it."""
    light, dark = _file("css", "light.css"), _file("css", "dark.css")
    return (
        f":root {{\n{light}}}\n"
        f"@media screen and (prefers-color-scheme: dark) {{ :root:not([data-theme=light]) {{\n{dark}}} }}\n"
        f"@media screen {{ :root[data-theme=dark] {{\ncolor-scheme: dark;\n{dark}}} }}\n"
        f":root[data-theme=light] {{ color-scheme: light; }}\n" + _file("css", "base.css")
    )


def book_style() -> str:
    """The style of a book, which is one file."""
    return f"{base_style()}\n{_file('css', 'pages.css')}\n{_file('css', 'book.css')}"


def assets(look: Look, languages: Sequence[str]) -> Iterator[Artifact]:
    """Yield the style sheet and the scripts shared by all pages, with the texts of their controls in the languages."""
    style = f"{base_style()}\n{_file('css', 'pages.css')}"
    if look.style:
        style += f"\n/* Of this knowledge base */\n{look.style}"
    yield Artifact(paths.STYLESHEET, style.encode())
    yield Artifact("assets/page.js", frame_script(languages).encode())
    yield asset("filter.js")
    yield asset("icon.svg")


def _control_texts(w: Words) -> dict[str, object]:
    actions = {"/": "find", "[": "previous", "]": "next", "u": "up", "m": "map"}
    return {
        **{key: w(key) for key in ("dark", "keys", "find-matches", "find-none", "find-text", "contents", "copy", "copied")},
        "actions": {key: w(f"key-{name}") for key, name in actions.items()},
    }


@lru_cache(maxsize=4)
def _code() -> str:
    return code_stamp()


def _stamp(look: Look) -> str:
    """A digest that changes with the code and with the knowledge base's own templates."""
    return f"{_code()} {look.edit} {look.url} {bool(look.diagrams)} {sorted(look.templates.items())}"


@lru_cache(maxsize=64)
def _digest_nav(nav: str) -> str:
    return _digest(nav)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def asset(name: str) -> Artifact:
    """A packaged script, placed in the assets folder."""
    return Artifact(f"assets/{name}", _file("static", name).encode())


def render(look: Look, template: str, **values: object) -> str:
    """Render a template; errors in a user's template state its location."""
    try:
        return templates_of(look).get_template(template).render(**values)
    except TemplateError as error:
        if not look.templates:
            raise
        place = f"{error.name or template}:{error.lineno}" if isinstance(error, TemplateSyntaxError) else template
        raise UsageError(
            f"template {place}: {error.message}", hint="correct it, or remove it to use kg's own; see docs/site.md"
        ) from None


def render_navigation(view: View, address: str, section: str, look: Look | None = None, *, live: bool = False) -> Markup:
    """The links and the search of the header, for the pages of a folder.

    ``live`` marks texts and links, so that a script can change their language. ``look``: that of the assessment by default.
    """
    values = {
        "view": view,
        "w": view.words,
        "section": section,
        "href": lambda target: paths.relative(address, view.path(target)),
        "to": lambda target: paths.relative(address, target),
    }
    look = look or view.assessment.look
    made = render(look, "nav.html", entries=navigation, paths=paths, live=live, **values)
    return Markup(made)  # noqa: S704  # our own template


def frame_script(languages: Sequence[str]) -> str:
    """The script of the frame on all pages and maps, with the texts of its controls in the languages."""
    texts = json_compact({lang: _control_texts(Words(lang)) for lang in languages})
    return f"globalThis.KG_FRAME = {texts};\n{_file('static', 'page.js')}\n{_file('static', 'find.js')}"


class PageHead(NamedTuple):
    """What a page is, besides its content."""

    template: str
    """It extends ``shell.html``."""
    title: str
    section: str = ""
    """The entry of the navigation that is current."""
    description: str = ""
    """One sentence for search engines and for cards of links; empty: title and name of the knowledge base."""
    scripts: Sequence[str] = ()
    """Files below ``assets/`` that run when the page is loaded."""
    may: str = ""
    """What the content security policy allows beside them (`SEARCHES`, `DRAWS`)."""


def page(
    view: View, path: str, head: PageHead, *, later: Callable[[], Mapping[str, object]] | None = None, **values: object
) -> Artifact:
    """Render a page from a template and its values; ``path`` is the page's path in the default language.

    ``later`` computes expensive values and is called only if the page of the last build can't be reused; ``values`` must
    contain everything that these depend on.
    """
    template, title, section, description, scripts, may = head
    description = description or (title if title == view.title else f"{title} · {view.title}")
    address = view.path(path)
    look = view.assessment.look

    def href(target: str) -> str:
        """A reference to a page, given by its path in the default language."""
        return paths.relative(address, view.path(target))

    def to(target: str) -> str:
        return paths.relative(address, target)

    # The navigation is the same on all pages of a folder, so it is rendered once.
    key = address.rpartition("/")[0], section
    nav = view.frames.get(key)
    if nav is None:
        nav = view.frames[key] = render_navigation(view, address, section)
    shows = ""
    if view.reuse is not None:
        names = "" if later is not None else view.names
        shown = (view.languages, title, section, description, *scripts, may, names, sorted(values.items()))
        shows = _digest(f"{_stamp(look)} {_digest_nav(nav)} {template} {shown!r}")
        old = view.reuse.get(address, shows)
        if old is not None:
            return old
    wasm = " 'wasm-unsafe-eval'" if may == SEARCHES else ""
    policy = Markup(_POLICY.format(wasm=wasm, more=_MORE.get(may, "")))  # noqa: S704  # our own text
    html = render(
        look,
        template,
        view=view,
        w=view.words,
        here=address,
        nav=nav,
        href=href,
        to=to,
        title=title,
        section=section,
        description=description,
        canonical=look.url and f"{look.url.rstrip('/')}/{quote(address)}",
        stylesheet=to(paths.STYLESHEET),
        scripts=[to(f"assets/{name}") for name in ("page.js", "previews.js", *scripts)],
        policy=policy,
        languages=[(lang, to(paths.localized(path, lang, view.languages))) for lang in view.languages],
        paths=paths,
        **values,
        **(later() if later is not None else {}),
    )
    data = html.encode("utf-8", "replace")
    if view.reuse is not None:
        view.reuse.put(address, shows, data)
    return Artifact(address, data)
