"""Whatever the bytes: reading never raises, points at what it names, says the same twice and takes no quadratic time."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kg.base.formats.yaml_text import read_note
from kg.model import Note
from kg.notes import frontmatter, parse_note, simple_yaml
from kg.notes.dialect import PLAIN, Dialect
from kg.notes.source import Source

DIALECTS = (
    PLAIN,
    Dialect(label_first=True),
    Dialect(meta_data=True, admonitions=True),
    Dialect(properties=True, file_titles="triple-lowbar"),
    Dialect(properties=True, file_titles="legacy"),
)
FRAGMENTS = [
    "[[b]]", "![[b#H|t]]", "[[a|b]]", "[[dendron://v/n]]", "[t](b.md#c)", "![i](x.png \"t\")", "[t]: b.md", "[t]", "<b.md>",
    "<a href='b.md' id=\"x\">", "</a>", "<!-- toc -->", "<!--", "-->", "%%", "%", "$", "$$", "\\(", "\\)", "\\[", "\\]",
    "key:: [[b]]", "**key**:: ", "(key:: [[b]])", "[key:: b]", "：：", "`", "```", "~~~", "```mermaid\ngraph TD\nA-->|x|B\n```",
    "# H", "## H {#id}", "### H {id=\"x\"}", "H\n===", "- ", "1. ", "> ", "    ", "\t",
    "| relation | target |\n|-|-|\n| uses | [[b]] |",
    "---\n", "+++\n", "...\n", "id: a\n", "title: \"x\"\n", "aliases: [a, b]\n", "uses: '[[b]]'\n", "key = 'x'\n",
    "{\"title\": \"x\"}\n",
    "{{< ref \"b\" >}}", "[t]({{% relref path=\"b\" lang=\"fr\" %}})", "{% link b.md %}", "[t]({% post_url 2020-01-01-b %}#c)",
    "{{ site.baseurl }}", "{% raw %}", "{% endraw %}", "{% comment %}", "{% endcomment %}", "{{< highlight go >}}",
    "[t]([[a b]])", "#tag", "#[[a b]]", "^id", "!!! note\n    text\n", "=== \"Tab\"\n", "[^1]", "[^1]: x", "* * *",
    "\n", "\n\n", "\r\n", "\r", " ", "容器", "😀", "e\u0301", "\u3000", "\ufeff", "\x00", "\\", "[", "]", "(", ")", "<", ">",
    "&amp;",
    "{", "}", "::", "^", "|", "=", ":", "\"", "'", "x", "https://example.org/",
]  # fmt: skip

markdown = st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=4), max_size=40).map("".join)
mutated = st.builds(
    lambda data, at, junk: data[: at % (len(data) + 1)] + junk + data[at:],
    markdown.map(lambda text: text.encode("utf-8", "replace")),
    st.integers(0, 200),
    st.binary(max_size=4),
)
MARKS = {
    "wikilink": ("[", "!"),
    "markdown": ("[", "!"),
    "html": ("<",),
    "link": ("{", "[", "!", "<"),
    "post_url": ("{", "[", "!", "<"),
    "ref": ("{", "[", "!", "<"),
    "relref": ("{", "[", "!", "<"),
}


def lines_of(data: bytes) -> list[str]:
    text = (
        data.decode("utf-8", "replace").removeprefix("\ufeff")
        if data[:3] == b"\xef\xbb\xbf"
        else data.decode("utf-8", "replace")
    )
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def check(note: Note, data: bytes) -> None:
    lines = lines_of(data)
    for link in note.links:
        assert 1 <= link.line <= len(lines)
        rest = lines[link.line - 1][link.column - 1 :]
        marks = MARKS.get(link.kind.partition(":")[0])
        if marks and link.context != "front-matter":
            assert rest.startswith(marks), (link, rest[:20])
        elif link.kind == "name" and link.context == "table":
            assert rest.startswith(link.target[:1]) or "\\" in rest or "&" in rest or "*" in rest, (link, rest[:20])
    for heading in note.headings:
        assert 1 <= heading.line <= len(lines)
        assert 1 <= heading.column <= len(lines[heading.line - 1]) + 1
    for fault in note.faults:
        assert fault.line >= 1
        assert fault.column >= 1


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.binary(max_size=300), dialect=st.sampled_from(DIALECTS))
def test_any_bytes(data: bytes, dialect: Dialect) -> None:
    check(parse_note("a.md", data, dialect), data)


@settings(max_examples=1500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=markdown.map(lambda t: t.encode("utf-8", "replace")) | mutated, dialect=st.sampled_from(DIALECTS))
def test_mutated_markdown(data: bytes, dialect: Dialect) -> None:
    note = parse_note("a.md", data, dialect)
    check(note, data)
    assert parse_note("a.md", data, dialect) == note


# Front matter: the fast reader says what PyYAML says, or nothing.
WORDS = ["a", "true", "False", "yes", "null", "~", "1", "0", "007", "1.5", "1e3", "0x1f", "2024-01-31", "12:30", "b c", "c: d",
         "e #f", "g:", "h#i", "'j'", "\"k\"", "\"l\\n\"", "'it''s'", "[x]", "[x, 'y', \"z\"]", "[]", "[,]", "[a,]",
         "[[w]]", "{m: n}",
         "|", ">-", "&o", "*o", "!t", "- p", "%q", "@r", "`s", "容器", "é", "\u3000", "\xa0", "\x85", "\u2028", "", " ", "x\ty",
         "https://a.b/c", "C++", "a, b", "=", "<<", "---", "...", "?", "key", "-", "x - y", "a'b", "\"a\" b", "on",
         "Off"]  # fmt: skip
KEYS = [
    "a",
    "title",
    "tags",
    "Title",
    "on",
    "null",
    "a-b",
    "a_b",
    "x y",
    "1",
    "é",
    '"q"',
    "'q'",
    "- i",
    "  - j",
    "    - k",
    "#c",
    "  n",
    "?",
]


@settings(max_examples=3000, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(KEYS),
            st.sampled_from([": ", ":", " : ", " ", "", ":  "]),
            st.sampled_from(WORDS),
            st.sampled_from(["", "", " ", "\r"]),
        ),
        min_size=1, max_size=6,
    )
)  # fmt: skip
def test_simple_front_matter_reads_like_pyyaml(rows: list[tuple[str, str, str, str]]) -> None:
    text = "".join("".join(row) + "\n" for row in rows)
    agrees_with_pyyaml(text)


@settings(max_examples=1000, deadline=None)
@given(st.text(alphabet="ab:-[]'\"#, \n\t1.tru e\\|&*!%é容", max_size=40))
def test_any_simple_front_matter_reads_like_pyyaml(text: str) -> None:
    agrees_with_pyyaml(text)


def agrees_with_pyyaml(text: str) -> None:
    found = simple_yaml.load_simple_yaml(text)
    if found is None:
        return
    values, lines = found
    expected = read_note(text)
    assert values == expected
    assert [type(v) for v in values.values()] == [type(v) for v in expected.values()]
    assert list(values) == list(expected)
    result = frontmatter.FrontMatter()
    frontmatter._find_lines(result, text, frontmatter._KEY)
    assert {k.lower(): v for k, v in reversed(lines.items())} == result.lines


def test_common_front_matter_takes_the_fast_way() -> None:
    text = 'id: a\ntitle: "服务: x"\naliases:\n  - b\n  - "c d"\ntags: [x, y/z]\ndraft: true\ndate: 2025-03-03\nuses: "[[b]]"\n'
    assert simple_yaml.load_simple_yaml(text) is not None
    assert Source(text.encode()).starts[-1] == len(text.encode())


# Growth: twice the text may take about twice the steps. Steps are calls and lines executed, not seconds.
NASTY = {
    "wikilinks opened": "[[",
    "wikilinks on one line": "[[b]] ",
    "links on one line": "[t](b.md) ",
    "images in links": "[![i](x.png)](b.md)",
    "nested images": "![",
    "brackets": "((",
    "percent signs": "%% ",
    "percent comments": "%%x%% ",
    "colons": "::",
    "bare fields": "key:: [[b]]\n",
    "bracketed fields": "(key:: [[b]]) ",
    "nested fields": "(k:: ",
    "spaces after a bracket": "[a   ",
    "block ids": "x ^a\n",
    "tags": "#t ",
    "formulas opened": "\\(",
    "formulas": "$x$ ",
    "money": "$5 or ",
    "comments opened": "<!-- ",
    "html": "<a href='b.md'>",
    "html block": "<div><a id='x' href='b.md'>\n",
    "code spans": "`x` ",
    "backticks": "`",
    "fences": "```\nx\n```\n",
    "headings": "# H\n",
    "quotes": "> ",
    "lists": "- x\n",
    "tables": "| relation | target |\n|-|-|\n| uses | [[b]] |\n\n",
    "table rows": "| uses | [[b]] |\n",
    "shortcodes opened": "{{< ref ",
    "shortcodes": "{{< ref b >}} ",
    "shortcodes as destinations": "[t]({{< ref \"b\" >}}) ",
    "tags as destinations in html": "<a href='{% link b.md %}'>",
    "hidden regions opened": "{% comment %}",
    "hidden regions": "{% comment %}x{% endcomment %}",
    "mermaid edges": "```mermaid\ngraph TD\nA-->B\n```\n",
    "setext headings": "H\n=\n\n",
    "headings with ids": "# H {#a}\n",
    "definitions": "## What is X?\n\nX is a.\n\n",
    "definitions that are formulas": "## Definition\n\n$$x$$\n\n",
    "definitions that are lists": "## Definition\n\n- a is b\n\n$$x$$\n\n",
    "remarks below each other": "<!-- kg: ignore KG201 -->\n",
    "footnotes": "[^a]: x\n\n",
    "references": "[a]: b.md\n",
    "callouts": "> [!note] x\n\n",
    "wide characters": "容器[[b]]",
}  # fmt: skip


def steps(run: Callable[[], object]) -> int:
    count = 0

    def trace(frame: object, event: str, arg: object) -> object:
        nonlocal count
        count += 1
        return trace

    sys.settrace(trace)  # type: ignore[arg-type]
    try:
        run()
    finally:
        sys.settrace(None)
    return count


@pytest.mark.parametrize("unit", NASTY.values(), ids=NASTY.keys())
def test_steps_grow_with_the_text(unit: str) -> None:
    small, large = (unit * n for n in (200, 800))
    few = steps(lambda: parse_note("a.md", small.encode()))
    many = steps(lambda: parse_note("a.md", large.encode()))
    assert many <= 8 * few + 2000, f"{few} steps became {many}"


@pytest.mark.parametrize(
    ("fence", "pair", "end"), [("---\n", '"k{0}": 1\n"k{0}": 2\n', "---\n"), ("{{", '"k{0}": 1,\n"k{0}": 2,\n', '"e": 0}}\n')]
)
def test_steps_grow_with_the_keys_that_are_repeated(fence: str, pair: str, end: str) -> None:
    small, large = (fence.format() + "".join(pair.format(i) for i in range(n)) + end.format() for n in (200, 800))
    few = steps(lambda: parse_note("a.md", small.encode()))
    many = steps(lambda: parse_note("a.md", large.encode()))
    assert many <= 8 * few + 2000, f"{few} steps became {many}"
    assert len(parse_note("a.md", large.encode()).faults) == 800


@pytest.mark.parametrize("unit", NASTY.values(), ids=NASTY.keys())
def test_time_grows_with_the_text(unit: str) -> None:
    """What happens inside of C code makes no steps: copying a list for each of its entries takes quadratic time."""

    def seconds(size: int) -> float:
        note = (unit * (size // len(unit))).encode()
        started = time.process_time()
        parse_note("a.md", note)
        return time.process_time() - started

    # Linear time becomes four times as much, quadratic 16 times. Below a hundredth of a second the clock is too coarse.
    few = max(min(seconds(100_000) for _ in range(2)), 0.01)
    many = min(seconds(400_000) for _ in range(2))
    assert many <= 8 * few, f"{few:.2f} seconds became {many:.2f}"
