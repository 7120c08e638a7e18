"""How the page of a concept opens: with its definition, once, in the page's language or marked as another one."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pictures import png

Kg = Callable[..., Any]
Write = Callable[[Mapping[str, str | bytes]], Path]


def _page(folder: Path, name: str) -> tuple[str, str]:
    """The opening of the page of a concept, and the text of its note."""
    html = (folder / "output" / "concepts" / f"{name}.html").read_text(encoding="utf-8")
    opening, _, text = html.partition('<section class="note"')
    return "<div" + opening.partition('<div class="lead"')[2], text.partition("</section>")[0]


def test_pictures_are_no_part_of_the_definition(kg: Kg, base: Write) -> None:
    folder = base(
        {
            "kg.toml": "notes = 'n'\nlanguages = ['en']\n",
            "n/above.md": "# Above\n\n![[d.png]]\n\nAbove is a note with [[within|a link]].\n\nMore.\n",
            "n/within.md": "# Within\n\n![[d.png]] Within is a note about ![a drawing](d.png) pictures.\n",
            "n/d.png": png(4, 4, (1, 2, 3)),
        }
    )
    assert kg("build", "--stage", "site", "-C", folder).status == 0
    opening, text = _page(folder, "above")
    assert 'Above is a note with <a href="within.html">a link</a>.' in opening
    assert "Above is a note" not in text
    assert text.count("<img") == 1
    opening, text = _page(folder, "within")
    assert opening.count("<img") == 2
    assert "Within is a note" not in text
    source = (folder / "output" / "concepts" / "within.html").read_text(encoding="utf-8")
    assert '<meta name="description" content="Within is a note about pictures.">' in re.sub(r"\s*/?>", ">", source)


def test_a_definition_in_another_language_is_shown_as_such(kg: Kg, base: Write) -> None:
    folder = base(
        {
            "kg.toml": "notes = 'n'\nlanguages = ['en', 'zh']\n",
            "n/镜像.md": "---\nid: image\ndefinition: 镜像是只读的模板。\n---\n# 镜像 (Image)\n\n镜像由若干层组成。\n",
            "n/pod.md": "---\nid: pod\ndefinition: A pod is a group of containers.\n---\n# Pod\n\nIt shares an [[镜像]].\n",
        }
    )
    assert kg("build", "--stage", "site", "-C", folder).status == 0
    assert _page(folder, "image")[0].startswith('<div lang="zh">\n<p>镜像是只读的模板。</p>')
    assert _page(folder, "pod.zh")[0].startswith('<div lang="en">\n<p>A pod is a group of containers.</p>')
    assert _page(folder, "pod")[0].startswith("<div>\n<p>A pod is")
