"""Formulas where a site repeats text: drawn where HTML is written, in signs of Unicode where only text is."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from html import unescape
from typing import Any

import pytest

Kg = Callable[..., Any]
NOTES = {
    "kg.toml": 'title = "Series"\nlanguages = ["en"]\n',
    "concepts/p.md": "---\nid: p\n---\n# $p$-Series\n\nA $p$-series is the sum $\\sum n^{-p}$ for a real $p$.\n",
    "concepts/squeeze.md": (
        "# Squeeze\n\n[[p]] converges iff $p>1$, as [[sums]] does; it costs $5 or $6.\n\n## Definition\n\nIf $a\\le b$ and\n\n"
        "$$\nb \\le c,\n$$\n\nthen so is $a$[^1].\n\n[^1]: A footnote.\n"
    ),
    "concepts/sums.md": "# Sums\n\n## Definition\n\n- **Partial**: the sum of $a_n$ up to $n$\n- Whole: its limit\n",
    "concepts/stated.md": "---\ndefinition: The set $\\mathbb{R}$ of numbers.\n---\n# Stated\n\n[[sums]]\n",
    "concepts/tex.md": "# Tex\n\n[[p]] and\n\n- [[sums]] hold for $x^2$\n",
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, kg: Kg) -> Mapping[str, str]:
    root = tmp_path_factory.mktemp("series")
    for name, text in NOTES.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text)
    assert kg("build", "-C", root).status == 0
    output = root / "output"
    return {
        path.relative_to(output).as_posix(): path.read_text(encoding="utf-8")
        for path in output.rglob("*")
        if path.suffix in (".html", ".js", ".md", ".json", ".xml") and "graph/" not in path.as_posix()
    }


def page_of(site: Mapping[str, str], title: str) -> str:
    return next(text for name, text in site.items() if name.startswith("concepts/") and f"<title>{title}" in text)


def lead_of(page: str) -> str:
    m = re.search(r'<div class="lead"[^>]*>\n?(.*?)\n</div>', page, re.DOTALL)
    assert m is not None
    return m[1]


def test_names_are_in_unicode(site: Mapping[str, str]) -> None:
    page = page_of(site, "p-Series")
    assert '<h1 data-pagefind-meta="title">p-Series</h1>' in page
    assert "$p" not in page
    assert page.count("-Series</h") == 1  # the heading of the note isn't repeated
    assert '<meta name="description" content="A p-series is the sum ∑n⁻ᵖ for a real p.">' in page


def test_leads_are_drawn(site: Mapping[str, str]) -> None:
    assert lead_of(page_of(site, "p-Series")).count("<math>") == 3
    stated = lead_of(page_of(site, "Stated"))
    assert "<p>The set <math>" in stated
    assert "$" not in stated


def test_a_definition_in_a_section_is_shown_as_written(site: Mapping[str, str]) -> None:
    page = page_of(site, "Sums")
    assert lead_of(page).startswith("<ul>\n<li><strong>Partial</strong>")
    assert page.count("<strong>Partial</strong>") == 2  # in its section, too
    squeeze = lead_of(page_of(site, "Squeeze"))  # with a footnote, whose mark can't stand twice
    assert squeeze.startswith("<p>If <math>")
    assert squeeze.count("<math") == 3
    assert "note-ref" not in squeeze


def test_sentences_with_links_are_drawn(site: Mapping[str, str]) -> None:
    quoted = re.findall(r"<q>(.*?)</q>", page_of(site, "p-Series"))
    assert any(re.fullmatch(r"p converges iff <math>.*</math>, as sums does; it costs \$5 or \$6\.", q) for q in quoted), quoted


def test_texts_for_scripts_are_in_unicode(site: Mapping[str, str]) -> None:
    """Previews, search, maps and structured data."""
    raw = re.compile(r"\$[^\s$<>{}()\"']{1,20}\$|\\\\(?:le|sum|mathbb)\b")
    shown = {
        name: text for name, text in site.items() if "assets/previews/" in name or "text" in name or name.endswith("titles.js")
    }
    assert any("If a ≤ b and b ≤ c, then so is a." in text for text in shown.values())
    assert any("Partial: the sum of aₙ up to n; Whole: its limit" in text for text in shown.values())
    for name, text in {**shown, **{n: t for n, t in site.items() if n.endswith(".html")}}.items():
        body = re.sub(r"<script>.*?</script>", "", unescape(text), flags=re.DOTALL)
        assert not raw.search(body), (name, raw.search(body))
