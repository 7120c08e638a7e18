r"""Formulas between TeX's brackets on pages: where the tool of the notes draws them, and only there."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

Kg = Callable[..., Any]
Write = Callable[[Mapping[str, str | bytes]], Path]

NOTE = (
    "# A\n\n一个量 \\(x_1*y*z\\) 与 [b](b.md)。\n\n\\[\n\\frac{a}{b}\n\\]\n\n> \\[ u\n> + v \\]\n\n"
    "## Next \\(q\\)\n\n- in a list \\[p\\] here\n\nCode `\\(c\\)` and\n\n## Last\n\n[up](#last)\n"
)
TOOLS = {
    "mkdocs": {
        "n/mkdocs.yml": "site_name: x\ndocs_dir: .\nmarkdown_extensions:\n  - pymdownx.arithmatex:\n      generic: true\n"
    },
    "hugo": {"n/hugo.toml": "baseURL='/'\ncontentDir='.'\n[markup.goldmark.extensions.passthrough]\nenable=true\n"},
    "jekyll": {"n/_config.yml": "title: x\nkramdown:\n  math_engine: mathjax\n"},
}


def _page(kg: Kg, base: Write, files: Mapping[str, str]) -> str:
    folder = base(
        {"kg.toml": "notes = 'n'\n", "n/a.md": NOTE, "n/b.md": "# B\n\nB is one. See [a](a.md) at \\(t_1\\).\n", **files}
    )
    assert kg("build", "--stage", "site", "-C", folder).status == 0
    return (folder / "output" / "concepts" / "a.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("tool", TOOLS)
def test_formulas_are_drawn(kg: Kg, base: Write, tool: str) -> None:
    text = _page(kg, base, TOOLS[tool])
    body = text[text.index('<div class="lead"') :].partition('<section class="relations"')[0]
    assert len(re.findall(r"<math\b", body)) == 5
    assert body.count('display="block"') == 3
    assert "<mfrac><mrow><mi>a</mi></mrow><mrow><mi>b</mi></mrow></mfrac>" in body
    assert "<em>" not in body
    assert "&gt;" not in body
    assert "<code>\\(c\\)</code>" in body
    assert 'id="n-next-q"' in body
    assert 'id="n-last"' in body
    assert "See a at \\(t_1\\)." in text  # the sentence of the link from b


def test_elsewhere_they_are_escaped_brackets(kg: Kg, base: Write) -> None:
    text = _page(kg, base, {})
    assert "<math" not in text
    assert "(x_1" in text
