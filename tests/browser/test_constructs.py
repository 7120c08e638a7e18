"""What notes show, in Chromium, from disk and served, in Chinese and English: each construct is seen."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pictures import SVG, png
from PIL import Image

pytestmark = pytest.mark.browser

RED = (200, 0, 0)
BLOCK = "64a1b2c3-1111-4222-8333-000000000001"
NOTES: dict[str, str | bytes] = {
    "kg.toml": 'notes = ["notes"]\nlanguages = ["en", "zh"]\n',
    "notes/pic.png": png(60, 40, RED),
    "notes/vector.svg": SVG,
    "notes/other.md": "# Other\n\nOther is a note that is embedded here.\n\n## Part\n\nThe embedded part. ^claim\n",
    "notes/shown.md": (
        "---\nid: shown\ntitle: {en: Shown, zh: 展示}\n---\n\n"
        "## Explanation\n\nThis is a ==highlighted text of the note== and a footnote[^1] that is at the end. ^block\n\n"
        "> [!tip]+ A tip\n> The text of the tip.\n\n> [!danger]- Closed\n> The hidden text.\n\n> [!WARNING]\n> An alert.\n\n"
        "![[pic.png|120x80]]\n\n![[vector.svg]]\n\n![[other#Part]]\n\n- [ ] open\n- [x] done\n\n"
        '!!! note "Admonition"\n    The text of the admonition.\n\n'
        '{{% alert title="Shortcode" color="warning" %}}\nText.\n{{% /alert %}}\n\n'
        '=== "Tab"\n\n    The text of the tab.\n\n??? question "Folded"\n    The folded text.\n\n'
        '{{< figure src="pic.png" caption="A caption" >}}\n\nA formula $x^2$ and a note^[written within the line].\n\n'
        "- [/] half done\n- [-] given up\n\n{{< unknown >}}\n\n[^1]: The footnote.\n\n"
        "## 说明\n\n这是==中文的高亮文字==，容器是一组被隔离的进程，它们共用同一个内核。\n\n> [!警告] 注意\n> 提示框的内容。\n"
    ),
    "notes/graph/logseq/config.edn": "{}\n",
    "notes/graph/pages/Log.md": f"- A log is a list of entries.\n  id:: {BLOCK}\n\t- below it\n",
    "notes/graph/pages/Leader.md": f"- A leader is a server that appends; see (({BLOCK})).\n  author:: somebody\n"
    f"- {{{{embed (({BLOCK}))}}}}\n- {{{{query (task TODO)}}}}\n",
}
CONSTRUCTS = {
    "highlight": "mark",
    "callout": "details.alert.tip[open] > p",
    "callout title": "details.alert.tip > summary",
    "alert": "blockquote.alert.warning > p",
    "admonition": ".alert.note > .alert-title",
    "image": "img.sized",
    "embed": "blockquote.embed",
    "tasks": "li.task-item",
    "footnotes": "ol.footnotes li",
    "left out": ".left-out",
    "tab": "div.tab > .tab-title",
    "folded admonition": "details.alert > summary",
    "figure": "figure img",
    "formula": "math",
    "note within a line": "sup.note-ref",
}
OF_LOGSEQ = {
    "reference to a block": f'li a[href$="(({BLOCK}))"] >> text="A log is a list of entries."',
    "property": 'li strong >> text="author"',
    "embedded block": "li blockquote.embed li li",
    "query": "li em",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, kg: Callable[..., Any]) -> Path:
    folder = tmp_path_factory.mktemp("constructs")
    for name, content in NOTES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    result = kg("build", "-C", folder)
    assert result.status == 0, result.stderr
    return folder


@pytest.fixture(scope="module", params=["disk", "served"])
def site(request: pytest.FixtureRequest, folder: Path, serve: Callable[..., Any]) -> Iterator[str]:
    if request.param == "disk":
        yield f"{(folder / 'output').as_uri()}/"
        return
    with serve(folder) as served:
        yield served.url


class Reader:
    """A page, with what it complained of and asked for."""

    def __init__(self, browser: Any, url: str, scheme: str) -> None:
        self.context = browser.new_context(viewport={"width": 1200, "height": 900}, color_scheme=scheme)
        self.page = self.context.new_page()
        self.messages: list[str] = []
        self.urls: list[str] = []
        self.page.on("console", lambda message: self.messages.append(message.text))
        self.page.on("pageerror", lambda error: self.messages.append(str(error)))
        self.page.on("request", lambda request: self.urls.append(request.url))
        self.page.goto(url)
        self.page.wait_for_load_state()

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()

    def picture(self, selector: str) -> Image.Image:
        """A screenshot of the first element."""
        element = self.page.locator(selector).first
        element.scroll_into_view_if_needed()
        return Image.open(io.BytesIO(element.screenshot())).convert("RGB")


def colours(picture: Image.Image) -> dict[tuple[int, ...], int]:
    """How many pixels have each colour."""
    return {colour: count for count, colour in picture.getcolors(picture.width * picture.height)}


@pytest.mark.parametrize("ending", [".html", ".zh.html"])
def test_a_page_of_logseq_looks_as_there(browser: Any, site: str, folder: Path, ending: str) -> None:
    page = next(p for p in (folder / "output/concepts").glob(f"*Leader*{ending}") if ending != ".html" or ".zh" not in p.name)
    with Reader(browser, f"{site}concepts/{page.name}", "light") as reader:
        for summary in reader.page.locator("details.other-language:not([open]) > summary").all():
            summary.click()
        for name, selector in OF_LOGSEQ.items():
            assert reader.page.locator(selector).first.is_visible(), name
        text = reader.page.locator("section.note").inner_text()
        assert not [raw for raw in ("::", "{{", "((", "#+") if raw in text]
        reader.page.locator(OF_LOGSEQ["reference to a block"]).first.click()
        reader.page.wait_for_load_state()
        assert reader.page.locator("h1").inner_text() == "Log"
        assert reader.messages == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("address", ["concepts/shown.html", "concepts/shown.zh.html"])
def test_each_construct_is_seen(browser: Any, site: str, address: str, scheme: str) -> None:
    with Reader(browser, site + address, scheme) as reader:
        for summary in reader.page.locator("details.other-language > summary").all():
            summary.click()
        ground = next(iter(sorted(colours(reader.picture("h1")).items(), key=lambda item: -item[1])))[0]
        for name, selector in CONSTRUCTS.items():
            assert reader.page.locator(selector).first.is_visible(), name
            assert len(colours(reader.picture(selector))) > 1 or name == "image", name
        image = colours(reader.picture("img.sized"))
        assert image.get(RED, 0) > 0.9 * 120 * 80  # the corners are round
        assert reader.page.evaluate("[...document.querySelectorAll('.note img')].every((i) => i.naturalWidth > 0)")
        assert colours(reader.picture(".note img[alt='vector.svg']")).get((0, 160, 0), 0) > 0.5 * 40 * 20
        for selector in ("mark", ".alert.tip", ".alert.warning"):
            own = max(colours(reader.picture(selector)).items(), key=lambda item: item[1])[0]
            assert own != ground, selector
        assert not reader.page.locator("details.alert.danger > p").first.is_visible()
        assert reader.messages == []
        assert [url for url in reader.urls if not url.startswith(("file:", "data:", site))] == []


def test_the_language_of_the_page_is_first_and_the_other_folded(browser: Any, site: str) -> None:
    for address, own, folded in (
        ("concepts/shown.html", "Explanation", "说明"),
        ("concepts/shown.zh.html", "说明", "Explanation"),
    ):
        with Reader(browser, site + address, "light") as reader:
            assert reader.page.locator(".note h2").first.inner_text() == own
            hidden = reader.page.locator(".note details.other-language h2").first
            assert hidden.text_content() == folded
            assert not hidden.is_visible()


def test_a_link_to_a_block_reaches_it(browser: Any, site: str) -> None:
    with Reader(browser, f"{site}concepts/shown.html#n-^block", "light") as reader:
        assert reader.page.evaluate("decodeURIComponent(location.hash)") == "#n-^block"
        assert reader.page.evaluate("document.getElementById('n-^block').tagName") == "P"


def test_axe_has_nothing_to_say(browser: Any, site: str, axe: str) -> None:
    with Reader(browser, site + "concepts/shown.html", "light") as reader:
        reader.page.locator("details.other-language > summary").click()
        # The page's policy forbids inline scripts; Playwright's evaluation of a function is not one.
        found = reader.page.evaluate(f"async () => {{ {axe}; return (await axe.run(document)).violations }}")
        serious = [v["id"] for v in found if v["impact"] in ("serious", "critical", "moderate")]
        assert serious == []
