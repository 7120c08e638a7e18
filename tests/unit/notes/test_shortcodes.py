"""Tags of site generators: where they stand, what they mean, what they hide."""

from __future__ import annotations

import pytest

from kg.notes import parse_note
from kg.notes.dialect import Dialect


def links(text: str, dialect: Dialect = Dialect()) -> list[tuple[str, str, str | None, int, int]]:  # noqa: B008
    return [(k.kind, k.target, k.fragment, k.line, k.column) for k in parse_note("a.md", text.encode(), dialect).links]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{{< ref "b.md#c" >}}', ("ref", "b.md", "c", 1, 1)),
        ('x [t]({{% relref path="b" lang="fr" %}})', ("relref:fr", "b", None, 1, 3)),
        ("[t]({{< ref `b` >}} 'Title')", ("ref", "b", None, 1, 1)),
        ("[t]({% link b.md %}#c)", ("link", "b.md", "c", 1, 1)),
        ("[t]({{ site.baseurl }}{% link b.md %})", ("link", "b.md", None, 1, 1)),
        ("[t]({{ site.baseurl }}/b.html#c)", ("markdown", "/b.html", "c", 1, 1)),
        ('[t]({{ "/b.html" | relative_url }})', ("markdown", "/b.html", None, 1, 1)),
        ("[t][r]\n\n[r]: {% link b.md %}", ("link", "b.md", None, 1, 1)),
        ('<a href="{% link b.md %}">t</a>', ("link", "b.md", None, 1, 1)),
        ('<a href="{{< ref "b" >}}">t</a>', ("ref", "b", None, 1, 1)),
        ("![t]({% link b.png %})", ("link", "b.png", None, 1, 1)),
        ("[t]([[a b#c]])", ("wikilink", "a b", "c", 1, 1)),
    ],
)
def test_one_link(text: str, expected: tuple[str, str, str | None, int, int]) -> None:
    assert links(text) == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "`{% link b.md %}`",
        "```\n[t]({% link b.md %})\n```\n",
        "{% raw %}{% link b.md %}{% endraw %}",
        "{% comment %}\n[t](b.md) {% link b.md %}\n# H\n{% endcomment %}",
        "{{% comment %}} [b](b.md) {{% /comment %}}",
        "{{< highlight go >}}\n[t](b.md)\n{{< /highlight >}}",
        '{{</* ref "b" */>}}',
        "<!-- {% link b.md %} -->",
        "[t]({{ page.url }})",
    ],
)
def test_no_link(text: str) -> None:
    note = parse_note("a.md", text.encode())
    assert note.links == ()
    assert note.headings == ()


def test_code_keeps_its_text() -> None:
    note = parse_note("a.md", b"[t]({% link b.md %})\n\n```\n[t]({% link b.md %})\n```\n")
    assert [b.text for b in note.blocks] == ["[t]({% link b.md %})\n"]
    assert len(note.links) == 1


def test_text_that_a_link_shows_is_kept() -> None:
    (link,) = parse_note("a.md", b'[*the* book]({{< ref "b" >}})').links
    assert link.text == "the book"
