"""A graph of Logseq as its owner sees it: findings and pages."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

Kg = Callable[..., Any]
Write = Callable[[Mapping[str, str | bytes]], Path]

GRAPH = {
    "kg.toml": "notes = '图谱'\n",
    "图谱/logseq/config.edn": "{}\n",
    "图谱/pages/共识.md": "- alias:: consensus\n- 共识是让多个[[进程]]达成一致的任务。\n"
    "  id:: 64a1b2c3-1111-4222-8333-abcdefabcdef\n\t- 细节\n",
    "图谱/pages/进程.md": "- A process is a program that takes part in a [[consensus]].\n\t- detail\n",
}


def test_the_first_block_of_a_page_defines_it(kg: Kg, base: Write) -> None:
    folder = base(GRAPH)
    ran = kg("check", "-C", folder, "--format", "json", "--select", "KG303")
    assert json.loads(ran.stdout)["findings"] == []
    assert kg("build", "--stage", "site", "-C", folder).status == 0
    pages = {path: path.read_text(encoding="utf-8") for path in (folder / "output").rglob("*.html")}
    assert not [path for path, text in pages.items() if "No definition yet" in text or "尚无定义" in text]
    assert any("共识是让多个进程达成一致的任务。" in text for text in pages.values())


ONE, TWO, GONE = (f"64a1b2c3-1111-4222-8333-00000000000{n}" for n in (1, 2, 9))
OUTLINE = {
    "kg.toml": "notes = 'g'\nlanguages = ['en', 'zh']\n",
    "g/logseq/config.edn": "{}\n",
    "g/pages/Consensus.md": "type:: idea\nalias:: 共识\nauthor:: [[Process]]\n\n"
    f"- Consensus is the task of agreeing on a value.\n  id:: {ONE}\n  collapsed:: true\n"
    f"\t- It needs a **quorum** of [[Process]].\n\t  id:: {TWO}\n\t\t- deeper\n"
    "- TODO prove it\n  :LOGBOOK:\n  CLOCK: [2024-01-02 Tue 10:00:00]\n  :END:\n- heading:: true\n- last\n",
    "g/pages/Process.md": f"- A process runs; see (({TWO})) for more.\n- [labelled]((({ONE})))\n"
    f"- Code `(({ONE}))` and `{{{{query x}}}}`.\n"
    f"- {{{{embed (({ONE}))}}}}\n- {{{{query (and [[Consensus]] (task TODO))}}}}\n"
    '- #+BEGIN_QUERY\n  {:title "all tasks"}\n  #+END_QUERY\n- {{renderer :todo}}\n'
    f"- gone (({GONE}))\n- {{{{video https://example.org/v}}}}\n- #+BEGIN_TIP\n  Advice.\n  #+END_TIP\n",
    "g/pages/Whole.md": "- Before {{embed [[Consensus]]}} after.\n",
}


def _body(page: Path) -> str:
    text = page.read_text(encoding="utf-8")
    return text[text.index('<section class="note"') : text.index('<section class="relations"')]


def test_blocks_macros_and_properties_look_as_in_logseq(kg: Kg, base: Write) -> None:
    folder = base(OUTLINE)
    assert kg("build", "--stage", "site", "-C", folder).status == 0
    concepts = folder / "output" / "concepts"
    pages = {path.name.split("-")[1] + path.name[-8:]: _body(path) for path in concepts.glob("pages-*.html")}
    process = next(text for name, text in pages.items() if name.startswith("Process") and ".zh" not in name)
    consensus = next(text for name, text in pages.items() if name.startswith("Consensus") and ".zh" not in name)
    whole = next(text for name, text in pages.items() if name.startswith("Whole") and ".zh" not in name)
    # a reference shows the text of its block, and leads to it
    link = re.search(rf'<a href="([^"#]+)#n-\(\({TWO}\)\)">It needs a quorum of Process\.</a> for more', process)
    assert link is not None
    assert (concepts / link[1]).is_file()
    assert f'id="n-(({TWO}))"' in consensus
    assert f'#n-(({ONE}))">labelled</a>' in process
    assert f"<code>(({ONE}))</code>" in process
    assert f"(({GONE}))</span>" in process
    # embedded blocks and pages
    assert process.count('<blockquote class="embed">') == 1
    embedded = process[process.index('<blockquote class="embed">') :].partition("</blockquote>")[0]
    assert "agreeing on a value" in embedded
    assert "deeper" in embedded
    assert "prove it" not in embedded
    assert "prove it" in whole
    assert "{{" not in whole
    # queries and other macros
    assert process.count("(a query of Logseq; its results are not shown)") == 2
    assert "<code>{{query x}}</code>" in process
    assert "all tasks" not in process
    assert "1 shortcode or macro is not shown: renderer" in process
    assert '<a href="https://example.org/v"' in process
    assert "Advice." in process
    assert "BEGIN_" not in process
    # properties
    assert "<strong>type</strong>: idea" in consensus
    for hidden in ("id::", "collapsed", "type::", "alias", "LOGBOOK", "CLOCK", ":END:", "heading"):
        assert hidden not in consensus
    assert "<strong>author</strong>: <a " in consensus
    assert "<li></li>" not in consensus
    assert any("（Logseq 查询，结果不在此显示）" in text for text in pages.values())


def test_a_page_follows_the_block_that_it_shows(kg: Kg, base: Write) -> None:
    folder = base(OUTLINE)
    assert kg("build", "--stage", "site", "-C", folder).status == 0
    note = folder / "g" / "pages" / "Consensus.md"
    note.write_text(note.read_text(encoding="utf-8").replace("a **quorum**", "the majority"), encoding="utf-8")
    assert kg("build", "--stage", "site", "-C", folder).status == 0
    texts = {p.name: p.read_text(encoding="utf-8") for p in (folder / "output" / "concepts").glob("pages-*.html")}
    shown = [text for name, text in texts.items() if name.startswith(("pages-Process", "pages-Whole"))]
    assert len(shown) == 4
    assert all("the majority of" in text and "quorum" not in text for text in shown)


HEADINGS = {
    "kg.toml": "notes = 'g'\n",
    "g/logseq/config.edn": "{:file/name-format :triple-lowbar}\n",
    "g/pages/Code block.md": f"id:: {ONE}\ntype:: [[Feature]]\ndescription:: Renders a block of code.\n\n"
    "## Usage\n:PROPERTIES:\n:done: 1614350275750\n:END:\n\t- Type the command.\n"
    "\t\t- type:: [[Feature]]\n\t\t  description:: User-friendly way to *create* it\n"
    "\t- An example:\n\t  ```clojure\n\t  (println 1)\n\t  key:: value\n\t  ```\n"
    "\t- ![a](/assets/a.png){:height 538, :width 485}\n",
    "g/pages/Feature.md": "alias:: term/feature\n\n## DONE Ship it\n:PROPERTIES:\n:done: 1614350275750\n:END:\n\n- Later.\n",
    "g/pages/Whole.md": "- Before {{embed [[Code block]]}} after, `{:height 1}` of [[term/feature]].\n",
}


def test_blocks_below_a_heading_without_a_bullet_are_a_list(kg: Kg, base: Write) -> None:
    folder = base(HEADINGS)
    assert kg("build", "--stage", "site", "-C", folder).status == 0
    concepts = folder / "output" / "concepts"
    pages = {path.name.split("-")[1]: _body(path) for path in concepts.glob("pages-*.html")}
    assert sorted(pages) == ["Code", "Feature", "Whole"]  # the id of its first block is not the name of a page
    code, whole = pages["Code"], pages["Whole"]
    usage = code.partition("Usage</h2>")[2]
    assert re.match(r"\s*<ul>\s*<li>Type the command\.<ul>\s*<li><strong>type</strong>: <a ", usage)
    assert "<br><strong>description</strong>: User-friendly way to <em>create</em> it" in usage
    assert 'data-language="clojure"' in usage
    assert "key:: value" in usage
    # what the page itself says above its text isn't repeated in it; where it is embedded, nothing else says it
    assert "Renders a block of code." not in code
    assert "<strong>description</strong>: Renders a block of code." in whole
    assert "<code>{:height 1}</code>" in whole
    for text in pages.values():
        assert not re.search(r"xxx|PROPERTIES|161435|:END:|height 538", text)
    found = json.loads(kg("check", "-C", folder, "--format", "json").stdout)["findings"]
    codes = {(finding["code"], Path(finding["path"]).name) for finding in found}
    assert ("KG203", "Code block.md") in codes
    assert not codes & {("KG210", "Whole.md"), ("KG201", "Whole.md")}
    assert not [path for path in concepts.glob("*.html") if "PROPERTIES" in path.read_text(encoding="utf-8")]


def test_blocks_below_a_heading_and_macros_as_values(kg: Kg, base: Write) -> None:
    """Blocks below a heading without a bullet, indented by spaces or tabs; an unknown macro as a property's value."""
    folder = base(
        {
            "kg.toml": "notes = 'g'\nlanguages = ['en']\n",
            "g/logseq/config.edn": "{}\n",
            "g/pages/Tabs.md": "# Use\n\t\t- see [[Spaces]]\n\t\t\t- deeper **b**\n\t\t- last\n",
            "g/pages/Spaces.md": "# Use\n    - see [[Tabs]]\n        - deeper **b**\n    - last\n",
            "g/pages/Macro.md": "- A macro\n  url:: {{base X y}}\n- {{base Z}}\n",
        }
    )
    assert kg("build", "--stage", "site", "-C", folder).status == 0
    concepts = folder / "output" / "concepts"
    bodies = {path.name.split("-")[1]: _body(path) for path in concepts.glob("pages-*.html")}
    for name, other in (("Tabs", "Spaces"), ("Spaces", "Tabs")):
        assert re.search(rf"<li>see <a [^>]*>{other}</a>\s*<ul>\s*<li>deeper <strong>b</strong>", bodies[name])
        assert re.search(r"<li>last\s*</li>", bodies[name])
        assert "<pre" not in bodies[name]
    assert re.search(r"<strong>url</strong>:\s*<code>\{\{base X y\}\}</code>", bodies["Macro"])
    assert "1 shortcode or macro is not shown: base" in bodies["Macro"]
