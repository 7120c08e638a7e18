"""Doubled brackets in doubled brackets, and embeds in links: found by fuzzing, where a link had the place of other text."""

from __future__ import annotations

import pytest

from kg.notes import parse_note


def links(text: str) -> list[tuple[str, bool, str]]:
    """Target of each link, whether it is an embed, and the text at its place."""
    data = text.encode()
    return [(link.target, link.embed, data[link.start : link.end].decode()) for link in parse_note("a.md", data).links]


@pytest.mark.parametrize(
    ("text", "target", "embed", "at"),
    [
        # No name holds brackets, so that the innermost ones are the link, as Markdown has it for links in links.
        ("[[n [[s]] x]]", "s", False, "[[s]]"),
        ("![[n[[s]]]]", "s", False, "[[s]]"),
        ("![[n[[s|nzs]]]]", "s", False, "[[s|nzs]]"),
        ("![[![[![[s|你]]]]", "s", True, "![[s|你]]"),
        ("你![[a|x [[b]] c]]", "b", False, "[[b]]"),
        ("![[n[[s|[zs]]]]", "s", False, "[[s|[zs]]"),
        ("![[[[s]]", "s", False, "[[s]]"),
        ("![[s]]", "s", True, "![[s]]"),
        ("![[7[](|)]]", "7[](", True, "![[7[](|)]]"),
    ],
)
def test_the_innermost_brackets_are_the_link(text: str, target: str, embed: bool, at: str) -> None:
    assert links(text) == [(target, embed, at)]


@pytest.mark.parametrize("inner", ["![[p.png]]", "![[p.png|100]] more"])
def test_an_embed_in_a_link_and_the_link_are_two(inner: str) -> None:
    """By CommonMark a link may hold an image: the brackets of the embed belong to it, those around it to the link."""
    whole = f"[{inner}](b.md)"
    assert links(f"见{whole}") == [("b.md", False, whole), ("p.png", True, inner.removesuffix(" more"))]
    assert links(f"[{inner}](https://example.org/)") == [("p.png", True, inner.removesuffix(" more"))]


def test_a_picture_whose_description_begins_with_brackets_is_a_picture() -> None:
    assert links("![[a] x](b.png)") == [("b.png", True, "![[a] x](b.png)")]
