"""What Obsidian, GitHub, MkDocs, Hugo and others write beside Markdown looks like it on pages, in Chinese and English."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType

import pytest
from pictures import PAGE, PDF, SVG, png

from kg.base.formats.media_bytes import MEDIA_ENDINGS
from kg.base.settings import load_settings
from kg.knowledge import KnowledgeBase
from kg.knowledge.media import shown_media
from kg.knowledge.texts import texts_as_read
from kg.notes import parse_note
from kg.notes.dialect import Dialect
from kg.views.page import View
from kg.views.site.fulltext import plain_text
from kg.views.site.mentions import Passages
from kg.views.site.prose import NoteSource, Prose, ShownAlready, prose

FILES = {
    "b.md": "# B\n\nFirst of B. ^first\n\n## Part\n\nText of the part.\n\n![[c]]\n\n- one\n  - inner ^item\n\n"
    "| h |\n|---|\n| cell |\n\n^tab\n",
    "c.md": "# C\n\nText of C.\n\n![[b#Part]]\n\n![[a]]\n",
    "pic.png": png(30, 20, (200, 0, 0)),
    "图.png": png(30, 20, (0, 0, 200)),
    "vector.svg": SVG,
    "paper.pdf": PDF,
    "fake.png": PAGE,
}


class Rendered:
    """Renders the note ``a.md`` beside the files above."""

    def __init__(self, folder: Path, toy: ModuleType) -> None:
        self.folder, self.toy = folder, toy

    def __call__(self, text: str, lang: str = "en", files: Mapping[str, str | bytes] | None = None) -> str:
        return str(self.prose(text, lang, files).html)

    def prose(self, text: str, lang: str = "en", files: Mapping[str, str | bytes] | None = None) -> Prose:
        for name, content in {**FILES, **(files or {}), "a.md": text}.items():
            path = self.folder / "notes" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        base = KnowledgeBase(load_settings(self.folder, notes=(self.folder / "notes",)))
        corpus = base.corpus
        view = View(replace(self.toy.assessment(), corpus=corpus, languages=("en", "zh")), lang, "views.site")
        view.media = shown_media(corpus, base.inputs.attachments(MEDIA_ENDINGS)).media
        source = texts_as_read(base.files, corpus.notes)
        note = NoteSource(corpus.notes["a.md"], source("a.md"), view.links_of("a.md"))
        return prose(view, "concepts/a.html", note, ShownAlready(frozenset()), text_of=source)


@pytest.fixture
def rendered(tmp_path: Path, toy: ModuleType) -> Rendered:
    return Rendered(tmp_path, toy)


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.verbatim = 0
        self.pieces: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.verbatim += tag in ("code", "pre", "math")
        if tag in ("p", "li", "div", "br", "td", "th", "h2", "h3", "h4", "summary", "blockquote", "figcaption"):
            self.pieces.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self.verbatim -= tag in ("code", "pre", "math")

    def handle_data(self, data: str) -> None:
        if not self.verbatim:
            self.pieces.append(data)


def lines_of(html: str) -> list[str]:
    """The lines of text that readers see, without code and formulas."""
    reader = _Text()
    reader.feed(html)
    reader.close()
    return [line.strip() for line in "".join(reader.pieces).split("\n") if line.strip()]


RAW = re.compile(
    r"%%|\{\{[<%]|(?<![\w^])\^[A-Za-z0-9-]+$|(?<![\w=])==(?=[^\s=])[^=]+(?<=[^\s=])==(?![\w=])"
    r"|\[![A-Za-z]+\]|^:{3,}|\ue000|\^\["
    r"|^(?:!!!|\?\?\?) \w"
    r"|\{[a-z:]+\}(?=\w)|\{:?[ ]?[#.][\w-]+\}|^\([\w-]+\)=|--8<--|\{\{#|^///|\[TOC\]"
)
"""What no reader should see."""

# Markdown → what its HTML contains, in English and in Chinese
CONSTRUCTS = {
    "highlight": (
        "See ==marked **bold**== text, 这是==高亮==，a == b.",
        ["<mark>marked <strong>bold</strong></mark>", "<mark>高亮</mark>", "a == b"],
    ),
    "not a highlight": ("if a==b and c==d, `==x==`", ["a==b and c==d", "<code>==x==</code>"]),
    "block id": (
        "A claim. ^claim\n\n- item ^it\n\n[up](#^claim)",
        ['<p id="n-^claim">A claim.</p>', '<li id="n-^it">item</li>'],
    ),
    "block id below": ("| h |\n|---|\n| x |\n\n^table1\n", ['id="n-^table1"']),
    "callout": (
        "> [!tip] A *title* with [[b]]\n> Text.",
        ['class="alert tip"', '<p class="alert-title">A <em>title</em> with <a', "<p>Text.</p>"],
    ),
    "callout open": (
        "> [!warning]+ Careful\n> Text.",
        ['<details class="alert warning" open="">', '<summary class="alert-title">Careful</summary>'],
    ),
    "callout folded": ("> [!danger]- Closed\n> Text.", ['<details class="alert danger">', "Closed</summary>"]),
    "callout without title": ("> [!faq]\n> Text.", ['<p class="alert-title">FAQ</p>', '<p class="alert-title">常见问题</p>']),
    "callout of an own type": ("> [!my-type]\n> Text.", ['<p class="alert-title">My type</p>']),
    "callout in Chinese": ("> [!警告] 注意\n> 文字。", ['class="alert warning"', '<p class="alert-title">注意</p>']),
    "callout in a callout": (
        "> [!note] A\n> Text.\n>\n> > [!tip] B\n> > Inner.",
        ['class="alert note"', 'class="alert tip"', "B</p>"],
    ),
    "only a quote": ("> A quote.", ["<blockquote>\n<p>A quote.</p>"]),
    "GitHub alert": (
        "> [!CAUTION]\n> Text.",
        ['class="alert warning"', '<p class="alert-title">Caution</p>', '<p class="alert-title">小心</p>'],
    ),
    "task list": ("- [ ] open\n- [x] done\n- [/] half\n- plain", ["☐", "☑", "◩", '<li class="task-item">', "<li>plain</li>"]),
    "footnotes": (
        "One[^a], two[^b], one again[^a].\n\n[^b]: Second.\n[^a]: First.\n",
        [
            'id="n-fnref-a"><a href="#n-fn-a">1</a>',
            '<ol class="footnotes">\n<li id="n-fn-a"><p>First. <a',
            '<li id="n-fn-b"><p>Second.',
        ],
    ),
    "inline footnote": ("Text^[a *note* with [b](b.md)] more.", ["Text<sup", "<p>a <em>note</em> with <a", "</sup> more."]),
    "image": ("![[pic.png]]", ['<img src="../media/', 'alt="pic.png"']),
    "image with a size": ("![[pic.png|200x100]]", ['width="200"', 'height="100"', 'class="sized"']),
    "image with a text and a width": ("![red one|100](pic.png)", ['alt="red one"', 'width="100"']),
    "image with a Chinese name": ("![[图.png|红色|50]]", ['alt="红色"', 'width="50"']),
    "image in HTML": (
        '<p><img src="pic.png" width="50" onerror="run()" alt="x"></p>\n\n![](pic.png)',
        ['width="50"', 'alt="x"'],
    ),
    "SVG": ("![](vector.svg)", ['<img src="../media/']),
    "document": ("[the paper](paper.pdf) ![[paper.pdf]]", ['href="../media/', ">the paper</a>", ">paper.pdf</a>"]),
    "image from elsewhere": ("![far](https://example.com/far.png)", ['href="https://example.com/far.png"', ">far</a>"]),
    "missing image": ("![gone](gone.png)", ['class="broken image"', ">gone</span>"]),
    "embedded note": ("![[b]]", ['<blockquote class="embed">', "First of B.", "Text of C.", "cell"]),
    "embedded section": ("![[b#Part]]", ["Text of the part.", "B › Part"]),
    "embedded block": ("![[b#^first]]", ["First of B."]),
    "embedded item": ("![[b#^item]]", ["inner"]),
    "embedded table": ("![[b#^tab]]", ["<table>", "cell"]),
    "MkDocs admonition": (
        '!!! warning "A `title`"\n    Text with [b](b.md).\n\n    - item\n',
        ['class="alert warning"', '<p class="alert-title">A <code>title</code></p>', "<li>item</li>"],
    ),
    "MkDocs details": ("??? note\n    Text.\n\nAfter.", ['<details class="alert note">', "<p>After.</p>"]),
    "MkDocs admonition after a list": ("- one\n- two\n\n!!! tip\n    Text.\n", ["<li>two</li>\n</ul>", 'class="alert tip"']),
    "MkDocs tabs": (
        '=== "Linux"\n    ```sh\n    ls\n    ```\n=== "macOS"\n    x\n',
        ['<p class="tab-title">Linux</p>', '<p class="tab-title">macOS</p>', "<code"],
    ),
    "Docusaurus": (
        ":::tip[Own title]\n\nText.\n\n:::\n\nAfter.",
        ['class="alert tip"', "Own title</p>", "</blockquote>\n<p>After.</p>"],
    ),
    "Hugo alert": (
        '{{% alert title="T" color="warning" %}}\nText **bold**.\n{{% /alert %}}\nAfter.',
        ['class="alert warning"', "T</p>", "<strong>bold</strong>", "<p>After.</p>"],
    ),
    "Hugo note": (
        "{{< note >}}\nText.\n{{< /note >}}",
        ['class="alert note"', '<p class="alert-title">Note</p>', '<p class="alert-title">注</p>'],
    ),
    "Hugo figure": (
        '{{< figure src="pic.png" caption="A caption" width="80" >}}\n\n![](pic.png)',
        ["<figure><img", 'width="80"', "<figcaption>A caption</figcaption>"],
    ),
    "Hugo tabs": (
        '{{< tabs >}}\n{{% tab "One" %}}\nText.\n{{% /tab %}}\n{{< /tabs >}}',
        ['<div class="tab"><p class="tab-title">One</p>', "<p>Text.</p>"],
    ),
    "Hugo details": ('{{% details title="More" %}}\nText.\n{{% /details %}}', ["<details><summary>More</summary>"]),
    "Hugo Mermaid": (
        "{{< mermaid >}}\ngraph TD\n\nA-->B\n{{< /mermaid >}}",
        ['<pre class="mermaid-source" tabindex="0">graph TD\n\nA--&gt;B</pre>'],
    ),
    "Hugo highlight": ("{{< highlight go >}}\nx := **1**\n{{< /highlight >}}", ['data-language="go"', "**"]),
    "Hugo video": ("{{< youtube abc >}}", ['href="https://www.youtube.com/watch?v=abc"']),
    "Hugo, unknown": (
        '{{< own a="b" >}}\nText {{< other >}} and {{< other >}}.\n{{< /own >}}',
        ["Text  and .", "3 shortcodes and macros are not shown: other, own", "有 3 个短代码或宏未显示"],
    ),
    "Hugo, in code": ("`{{< x >}}` and\n\n```\n{{% y %}}\n```", ["<code>{{&lt; x &gt;}}</code>", "{{% y %}}"]),
    "Hugo, to be read": ("Write {{</* figure */>}}.", ["<code>{{&lt; figure &gt;}}</code>"]),
    "Hugo, to be read in code": (
        "`{{</* tabs */>}}`:\n\n```\n{{%/* hint info */%}}\nx\n{{%/* /hint */%}}\n```\n\n| a |\n|---|\n| `{{</* b */>}}` |",
        ["<code>{{&lt; tabs &gt;}}</code>", "{{% hint info %}}", "{{% /hint %}}", "<code>{{&lt; b &gt;}}</code>"],
    ),
    "Hugo, badges": (
        'A {{< badge title="Hugo" value="0.158" >}} and {{< badge content="new" >}} and {{< badge >}}.',
        ["A Hugo 0.158 and new and .", "badge</p>"],
    ),
    "MyST note": (
        "```{note} My *title*\n:class: x\n\nText with {func}`~a.b.run`.\n```\nAfter.",
        ['class="alert note"', "My <em>title</em></p>", "<code>run</code>", "</blockquote>\n<p>After.</p>"],
    ),
    "MyST note in a fence of colons": (":::{warning}\nText.\n:::\nAfter.", ['class="alert warning"', "<p>Text.</p>"]),
    "MyST links": (
        "(own)=\n## Own\n\n{doc}`b` {doc}`a text <b>` {ref}`T <own>` [](b.md) ``{ref}`x` ``",
        [">B</a>", ">a text</a>", '<a href="#n-own">T</a>', '<h2 id="n-own">', "<code>{ref}`x` </code>"],
    ),
    "MyST code": (
        "```{code-block} python\n:linenos:\nx = 1\n```\n\n```{toctree}\nb\n```\n\n```{eval-rst}\n.. x::\n```",
        [
            'data-language="python">x = ',
            "1 shortcode or macro is not shown: eval-rst",
            "有 1 个短代码或宏未显示",
        ],
    ),
    "attribute lists": (
        'A `word`{.cls}, ![red](pic.png){ loading=lazy width="30" } and [](){ #here }`{.kept}`.\n\n{ .annotate }\n\n{:toc}',
        ['<code>word</code>, <img src="', 'id="n-here"', "<code>{.kept}</code>"],
    ),
    "HTML with Markdown": (
        "<figure markdown>\n  ![red](pic.png)\n</figure>\n\nAfter.",
        ['<img src="../media/', "<p>After.</p>"],
    ),
    "included text": (
        '[TOC]\n\n--8<-- "b.md"\n\n{{#include b.md}}\n\n```\n{{#include c.md}}\n```',
        ["2 shortcodes and macros are not shown: include", "有 2 个短代码或宏未显示", "{{#include c.md}}"],
    ),
    "blocks of pymdownx": ("/// tip | A title\nText.\n///\n\nAfter.", ['class="alert tip"', "A title</p>", "<p>After.</p>"]),
    "formula": ("$x^2$ and $$y^{2}$$", ["<math"]),
}


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", CONSTRUCTS)
def test_a_construct_looks_like_it(rendered: Rendered, name: str, lang: str) -> None:
    text, expected = CONSTRUCTS[name]
    html = rendered(text, lang)
    chinese = {part for part in expected if re.search("[\u4e00-\u9fff]", part) and part not in text and "高亮" not in part}
    english = {"FAQ</p>", "Caution</p>", ">Note</p>", "3 shortcodes", "2 shortcodes", "1 shortcode"}
    for part in expected:
        translated = bool(chinese) and any(part.endswith(end) or part.startswith(end) for end in english)
        own = part not in chinese if lang == "en" else not translated
        assert (part in html) == own or not own, f"{part!r} in {html}"
    assert [line for line in lines_of(re.sub(r"<code.*?</code>", "", html, flags=re.DOTALL)) if RAW.search(line)] == []
    assert "onerror" not in html


def test_an_embed_ends(rendered: Rendered) -> None:
    html = rendered("![[c]]\n\n![[a]]\n\n![[a#Own]]\n\n## Own\n\nText.\n\n![[b]]\n")
    assert html.count("Text of C.") <= 3
    many = {f"n{i}.md": f"Text {i}.\n\n" + "".join(f"![[n{j}]]\n\n" for j in range(12)) for i in range(12)}
    html = rendered("".join(f"![[n{i}]]\n\n" for i in range(12)), files=many)
    assert 12 < html.count('class="embed"') <= 30
    assert len(html) < 1_000_000


def test_a_block_is_embedded_alone(rendered: Rendered) -> None:
    assert "Text of the part" not in rendered("![[b#^first]]")
    assert "one" not in lines_of(rendered("![[b#^item]]"))
    assert "First of B." not in rendered("![[b#^tab]]")
    assert "First of B." not in rendered("![[b#Part]]")


def test_a_footnote_of_an_embedded_section_comes_with_it(rendered: Rendered) -> None:
    files = {"f.md": "# F\n\n## P\n\nText[^1].\n\n## Q\n\n[^1]: The note.\n"}
    assert "Text" in rendered("![[f#P]]", files=files)


LINKED = {
    "links.md": "# 链接 (Links)\n\nSee [[d|the D]] and [网站](https://example.org/).[^1] ![[pic.png|50]] ![](图.png)\n\n"
    '## 一节\n\n[here](#一节) <img src="vector.svg"> <a href="paper.pdf">paper</a> {{< figure src="pic.png" >}} {{< odd >}}\n\n'
    "![[deeper]]\n\n```mermaid\ngraph TD\na-->b\n```\n\n[^1]: The note.\n",
    "deeper.md": "# 更深 (Deeper)\n\n图：![[图.png]]，见 [[d#部分]]。\n\n![[deepest#Last]]\n",
    "deepest.md": "# Deepest\n\n## Last\n\n[[d]] ![[pic.png]] ^own\n",
    "d.md": "# D\n\n## 部分\n\nText.\n",
}


def _references(html: str) -> list[tuple[str, str]]:
    """The elements of the kinds that lead to something, each with where it leads."""
    return re.findall(r'<(a|img)(?:\s(?:(?:href|src)="([^"]*)"|[^>])*)?>', html)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("depth", [1, 2])
def test_links_and_images_of_embedded_notes_are_those_of_their_pages(rendered: Rendered, lang: str, depth: int) -> None:
    outer = "# A\n\n![[links]]\n" if depth == 1 else "# A\n\n> [!note]- 标注\n> ![[outer]]\n"
    html = rendered(outer, lang, files={**LINKED, "outer.md": "# Outer\n\n![[links]]\n"})
    assert html.count('<blockquote class="embed"') == 3  # the fourth one is a link
    references = _references(html)
    assert all(target for _, target in references), references
    own = {target for _, target in references if target.startswith("#")}
    assert own
    ids = re.findall(r' id="([^"]*)"', html)
    assert {target.removeprefix("#") for target in own} <= set(ids)
    assert len(ids) == len(set(ids))
    assert sum(name == "img" for name, _ in references) == (6 if depth == 1 else 5)
    targets = [target.rpartition("/")[2].replace(".zh.html", ".html") for _, target in references]
    for page in ("links.html", "deeper.html", "deepest.html#n-last", "d.html", "d.html#n-部分"):
        assert page in targets
    assert ("a", "https://example.org/") in references
    assert "odd" in html.rpartition("left-out")[2]


def test_a_diagram_of_an_embedded_note_is_drawn(rendered: Rendered) -> None:
    assert rendered.prose("![[links]]", files=LINKED).diagrams == 1
    assert rendered.prose("![[d]]", files=LINKED).diagrams == 0


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("![](pic.png) ![](%E5%9B%BE.png)", ["pic.png", "图.png"]),
        ('<img src="sub/a%20b.png?raw=true"> {{< figure src="图.png" >}}', ["a b.png", "图.png"]),
        ("| h |\n|---|\n| ![[pic.png\\|50]] |\n| ![[图.png\\|50]] ![[图.png\\|红色\\|50]] |", ["pic.png", "图.png", "红色"]),
    ],
)
def test_an_image_without_a_text_is_described_by_the_name_of_its_file(
    rendered: Rendered, text: str, names: list[str], lang: str
) -> None:
    html = rendered(text, lang, files={"sub/a b.png": png(4, 4, (1, 2, 3))})
    assert re.findall(r'<img [^>]*alt="([^"]*)"', html) == names


HOSTILE = [
    '<img src=x onerror="run()">',
    '<img src="https://example.com/track.png">',
    '<video src="https://example.com/v.mp4" autoplay></video><audio src="//example.com/a.mp3">',
    '<source src="https://example.com/v.mp4"><img srcset="https://example.com/track.png 2x" src="pic.png">',
    '<a href="javascript:run()">x</a><mark onclick="run()">y</mark>',
    '{{< figure src="https://example.com/track.png" link="javascript:run()" >}}',
    '{{< figure src="javascript:run()" caption="<img src=x onerror=run()>" >}}',
    '{{< youtube "\\"onmouseover=run()" >}}',
    '> [!tip"><script>run()</script>] <script>run()</script>\n> x',
    '!!! note "<script>run()</script>"\n    x\n',
    ":::note <script>run()</script>\nx\n:::",
    "^[<script>run()</script>] ==<script>run()</script>==",
    "![<script>run()</script>|10](pic.png)",
    "![](../../etc/passwd) ![](/etc/passwd) ![[../b.md]] ![](file:///etc/passwd) ![](data:text/html,<script>run()</script>)",
    "\ue000xxxx {{< x >}} \ue000",
    "</details></blockquote></div><script>run()</script>\n\n> [!tip]+ a\n> </details></section></main>\n",
]


@pytest.mark.parametrize("embedded", ["itself", "in another note", "in a note in another"])
@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_hostile_runs_and_loads_nothing(rendered: Rendered, text: str, embedded: str) -> None:
    files = {"hostile.md": f"{text}\n\nAfter.", "around.md": "![[hostile]]"}
    own = {"itself": files["hostile.md"], "in another note": "![[hostile]]", "in a note in another": "![[around]]"}[embedded]
    html = rendered(own, files=files)
    assert "After." in html
    assert "<script" not in html
    assert not re.search(r"<[^>]*\s(?:on\w+|srcset|autoplay|style)\s*=", html)
    assert re.findall(r'\ssrc="(?!\.\./media/)[^"]*"', html) == []
    assert "javascript:" not in re.sub(r">[^<]*<", "><", html).replace("title=", "")
    assert html.count("<details") == html.count("</details")


def test_files_that_are_not_what_they_seem_are_not_shown(rendered: Rendered) -> None:
    html = rendered("![a](fake.png) ![[fake.png]]")
    assert "<img" not in html
    assert "not PNG" in html


BILINGUAL = """# 容器 (Container)

## 说明

容器是一组被隔离的进程，它们共用同一个内核。

## Explanation

A container is an isolated group of processes that share one kernel of the host.

## 例子

例子是用来说明概念的，这里有两个例子。

```sh
run the container and look at it
```
"""


def test_the_language_of_the_page_comes_first(rendered: Rendered) -> None:
    english, chinese = rendered(BILINGUAL, "en"), rendered(BILINGUAL, "zh")
    assert lines_of(english) == [
        "容器 (Container)",
        "Explanation", "A container is an isolated group of processes that share one kernel of the host.", "In Chinese (中文)",
        "说明", "容器是一组被隔离的进程，它们共用同一个内核。", "例子", "例子是用来说明概念的，这里有两个例子。",
    ]  # fmt: skip
    assert '<details class="other-language" lang="zh">' in english
    assert lines_of(chinese)[1:3] == ["说明", "容器是一组被隔离的进程，它们共用同一个内核。"]
    assert lines_of(chinese)[-3:-1] == ["英文内容（English）", "Explanation"]


def test_a_text_in_another_language_says_so(rendered: Rendered) -> None:
    text = (
        "## 说明\n\n容器是一组被隔离的进程，它们共用同一个内核，但各有自己的文件系统、网络与进程表。\n\n"
        "> A quotation in English, as it is in the book.\n"
    )
    assert lines_of(rendered(text, "en"))[0] == "This text is in Chinese (中文)"
    assert '<details class="other-language" open="" lang="zh">' in rendered(text, "en")
    assert "<details" not in rendered(text, "zh")


def test_names_in_another_language_are_no_section(rendered: Rendered) -> None:
    text = "容器是一组被隔离的进程，常用的工具有：\n\n- Docker Desktop Community\n- Podman Desktop\n- Kubernetes Cluster API\n"
    assert "<details" not in rendered(text, "zh")


@pytest.mark.corpora
@pytest.mark.parametrize("name", ["cncf-glossary", "foam-docs", "container-microservices", "powershell-docs", "../okf"])
def test_no_raw_construct_in_real_notes(corpora: Path, toy: ModuleType, name: str) -> None:
    folder = corpora / name
    base = KnowledgeBase(load_settings(folder, notes=(folder,)))
    view = View(replace(toy.assessment(), corpus=base.corpus, languages=("en", "zh")), "en", "views.site")
    source = texts_as_read(base.files, base.corpus.notes)
    raw = []
    for path, note in base.corpus.notes.items():
        text = NoteSource(note, source(path), view.links_of(path))
        html = str(prose(view, "notes/x.html", text, ShownAlready(frozenset()), text_of=source).html)
        raw += [f"{path}: {line[:100]}" for line in lines_of(html) if RAW.search(line)]
    assert len(base.corpus.notes) > 10
    assert raw == []


def test_the_pattern_finds_what_is_raw() -> None:
    examples = [
        "a %% b",
        "{{< x >}}",
        "text ^id",
        "an ==x== b",
        "[!tip] x",
        ":::note",
        "!!! note",
        "a^[b]",
        "{ref}x",
        "a{.b}",
        "(b)=",
    ]
    assert [bool(RAW.search(text)) for text in examples] == [True] * len(examples)
    fine = ["x^2", "a == b", "a =", "100% sure", "!!!", "::", "key::", "a^b"]
    assert [bool(RAW.search(text)) for text in fine] == [False] * len(fine)


def test_texts_taken_from_notes_have_no_marks() -> None:
    note = parse_note("a.md", b"A claim is ==what a note says== of a thing^[or of two] {{< ref >}}here. ^claim\n")
    assert note.lead == "A claim is what a note says of a thing here."
    text = "> [!tip]+ See ==this== [[b]].\n"
    assert Passages(text.encode(), 0).sentence(text.index("[[")) == "See this b."
    text = "It needs [[b]] as ==said==. ^id\n"
    assert Passages(text.encode(), 0).sentence(text.index("[[")) == "It needs b as said."


def test_a_label_of_dendron_stands_before_the_bar(rendered: Rendered) -> None:
    text = "See [[The *letter*|b]], [[b]] and [[More|b#part]].\n"
    html = rendered(text, files={"dendron.yml": "version: 5\n"})
    assert re.findall(r'<a href="b.html[^>]*>(.*?)</a>', html) == ["The *letter*", "b", "More"]
    dendron = Dialect(label_first=True)
    note = parse_note("a.md", text.encode(), dendron)
    assert note.lead == "See The *letter*, b and More."
    assert Passages(text.encode(), 0, note).sentence(4) == "See The *letter*, b and More."
    assert plain_text(text, label_first=True) == "See The letter, b and More."


def test_headings_in_double_brackets_are_shown_as_obsidian_does(rendered: Rendered) -> None:
    html = rendered("# A\n\n## Part\n\n[[#Part]], [[b#Part]], [[b#^first]], [[b#Part|own]] and [x](#part)\n")
    assert re.findall(r'<a href="[^>]*>(.*?)</a>', html) == ["Part", "b &gt; Part", "b &gt; ^first", "own", "x"]
    assert Passages(b"See [[#Part]] and [[b#Part]].\n", 0).sentence(4) == "See Part and b > Part."


HUGO = {"hugo.toml": '[[module.mounts]]\nsource = ""\ntarget = "content"\n'}


def test_formulas_of_hugo(rendered: Rendered) -> None:
    html = rendered(
        "| a |\n|---|\n| {{< katex >}}x^2{{< /katex >}} |\n\nText {{< katex display=true >}}y{{< /katex >}} and \\\\( z \\\\), "
        "not `\\\\( c \\\\)`.\n\n{{< katex />}}\n\n{{< katex >}}\nw\n{{< /katex >}}\n",
        files=HUGO,
    )
    assert "<td><math><mrow><msup><mi>x</mi>" in html
    assert len(re.findall(r'<math[^>]* display="block"', html)) == 2
    assert "and <math><mi>z</mi></math>, not <code>" in re.sub(r"</?mrow>", "", html)
    assert "not shown" not in html


def test_a_tab_of_docfx_is_no_section(rendered: Rendered) -> None:
    html = rendered("# A\n\n## Part\n\n# [Linux *x*](#tab/linux)\n\nText.\n\n---\n")
    assert '<p class="tab-title">Linux x</p>' in html
    assert re.findall(r"<(h\d)", html) == ["h2", "h3"]


@pytest.mark.parametrize(("lang", "word"), [("en", "Video"), ("zh", "视频")])
def test_a_video_of_docfx_is_a_link_to_its_address_as_written(rendered: Rendered, lang: str, word: str) -> None:
    address = "https://www.example.org/embed/Sz1lCeedcPI?" + "a" * 60
    html = rendered(f"# A\n\n> [!Video {address}]\n", lang)
    assert f'{word}: <a href="{address}"' in html
    assert "[!" not in html


def test_a_picture_elsewhere_in_a_link_is_its_text(rendered: Rendered) -> None:
    html = rendered(
        "# A\n\nSee [![Badge](https://a.example/b.svg)](https://c.example/d) and [![](https://a.example/b.svg)](b.md).\n"
    )
    assert re.findall(r"<a [^>]*>([^<]*)</a>", html) == ["Badge", "b.svg"]


def test_titled_blocks_of_docsy(rendered: Rendered) -> None:
    html = rendered(
        '# A\n\n{{% blocks/cover\n  title="Welcome!"\n  height="full"\n%}}\n\nOne.\n\n{{% /blocks/cover %}}\n\n'
        '{{< blocks/section >}}\n\n{{% blocks/feature icon="x" title="New" %}}\n\nTwo.\n\n{{% /blocks/feature %}}\n\n'
        "{{< blocks/cover >}}\n\nThree.\n\n{{< /blocks/cover >}}\n\n{{< /blocks/section >}}\n",
        files=HUGO,
    )
    assert re.findall(r'<p class="tab-title">(.*?)</p>', html) == ["Welcome!", "New"]
    assert re.findall(r"<p>(\w+\.)</p>", html) == ["One.", "Two.", "Three."]
    assert html.count("<div") == html.count("</div>")
    assert "not shown" not in html
