"""The frame around every page: templates compiled once, the head, the navigation, the style sheet."""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from importlib import resources
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from kg.model import Artifact
from kg.page import paths
from kg.page.view import View
from kg.page.words import amount


def _read(name: str) -> str:
    return (resources.files("kg.page") / "templates" / name).read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The template environment: everything is escaped, an unknown name is an error."""
    env = Environment(
        loader=FunctionLoader(_read), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    env.filters["amount"] = amount
    return env


def _css(name: str) -> str:
    return (resources.files("kg.page") / "css" / name).read_text(encoding="utf-8")


def base_style() -> str:
    """Colours, type and frame: what pages and maps have in common."""
    return _css("base.css")


def stylesheet() -> Artifact:
    """The style sheet that all pages share."""
    return Artifact(paths.STYLESHEET, f"{base_style()}\n{_css('pages.css')}".encode())


def script(name: str) -> Markup:
    """A script of the package, to stand in a page."""
    return Markup(_read(name))  # noqa: S704  # our own file, not text of a note


def _hash(source: str) -> str:
    digest = base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()
    return f"'sha256-{digest}'"


def page(  # the keys of a page's head are what they are
    view: View,
    path: str,
    template: str,
    *,
    title: str,
    section: str = "",
    description: str = "",
    code: str = "",
    **values: Any,
) -> Artifact:
    """A page from a template that extends ``shell.html``.

    ``path`` is the page's path in the default language; ``section`` names the entry of the navigation that is current;
    ``code`` is a script at the end of the page, the only one that the page's content security policy lets run.
    """
    here = view.path(path)

    def href(target: str) -> str:
        """A reference to a page given by its path in the default language."""
        return paths.relative(here, view.path(target))

    # The navigation is the same on all pages of a folder; ten thousand of them are one.
    key = here.rpartition("/")[0], section
    nav = view.frames.get(key)
    if nav is None:
        made = (
            environment()
            .get_template("nav.html")
            .render(view=view, w=view.words, href=href, section=section, to=lambda target: paths.relative(here, target))
        )
        nav = view.frames[key] = Markup(made)  # noqa: S704  # our own template
    html = (
        environment()
        .get_template(template)
        .render(
            view=view,
            w=view.words,
            here=here,
            nav=nav,
            href=href,
            to=lambda target: paths.relative(here, target),
            title=title,
            section=section,
            description=description,
            stylesheet=paths.relative(here, paths.STYLESHEET),
            code=code,
            code_hash=_hash(str(code)) if code else "",
            languages=[(lang, paths.relative(here, paths.localized(path, lang, view.languages))) for lang in view.languages],
            paths=paths,
            **values,
        )
    )
    return Artifact(here, html.encode("utf-8", "replace"))
