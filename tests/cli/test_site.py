"""The site as `kg build` writes it: pages taken over from the last build, own templates, edit links, search, diagrams."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import shutil
import tarfile
from collections.abc import Callable, Mapping
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from kg.base import parcels
from kg.base.errors import UsageError

Kg = Callable[..., Any]
NOTES = {
    "kg.toml": 'title = "Little"\nlanguages = ["en", "zh"]\n[site]\nedit = "https://example.org/edit/{path}"\n',
    "concepts/pod.md": (
        "---\nid: pod\ntitle: {en: Pod, zh: 容器组}\npart-of: '[[node]]'\n---\n# Pod\n\nThe unit. It holds [[container]].\n"
    ),
    "concepts/node.md": "---\nid: node\ntitle: {en: Node, zh: 节点}\n---\n# Node\n\nA machine.\n",
    "concepts/container.md": "---\nid: container\ntitle: {en: Container, zh: 容器}\n---\n# Container\n\nA process apart.\n",
    "concepts/far.md": "# Far away\n\nTied to nothing.\n\n## Part\n\nWhat is embedded.\n",
    "concepts/with space.md": "# With space\n\n![[far#Part]]\n\n```python\nx = 1\n```\n",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, kg: Kg) -> Path:
    root = tmp_path_factory.mktemp("little")
    for name, text in NOTES.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text)
    assert kg("build", "-C", root).status == 0
    return root


def pages(folder: Path) -> dict[str, bytes]:
    found = {}
    for path in sorted((folder / "output").rglob("*")):
        name = path.relative_to(folder / "output").as_posix()
        if path.is_file() and not name.startswith("graph/store/") and name != "build.json":
            found[name] = path.read_bytes()
    return found


def build(kg: Kg, folder: Path, *more: str) -> tuple[int, int]:
    """Numbers of pages rendered and taken over."""
    ran = kg("build", "-C", folder, "--log-format", "json", *more)
    assert ran.status == 0, ran.stderr
    [said] = [row for line in ran.stderr.splitlines() if (row := json.loads(line)).get("event") == "built" or "pages" in row]
    return tuple(said["pages"])


@pytest.mark.parametrize(
    "edits",
    [
        {"concepts/pod.md": ("The unit.", "The smallest unit.")},
        {"concepts/node.md": ("en: Node", "en: Host")},
        {"concepts/far.md": ("What is embedded", "What is shown elsewhere")},
        {"concepts/node.md": None},
    ],
    ids=["text", "title", "embedded", "removed"],
)
def test_taking_pages_over_gives_what_a_clean_build_gives(
    kg: Kg, folder: Path, tmp_path: Path, edits: Mapping[str, tuple[str, str] | None]
) -> None:
    root = tmp_path / "kb"
    shutil.copytree(folder, root)
    build(kg, root)  # what a build remembers is kept by the place of the knowledge base
    for name, change in edits.items():
        text = (root / name).read_text()
        if change is None:
            (root / name).unlink()
        else:
            assert change[0] in text
            (root / name).write_text(text.replace(*change))
    rendered, kept = build(kg, root)
    assert kept > 0 or None in edits.values()
    step = pages(root)
    assert build(kg, root, "--full") == (rendered + kept, 0)
    assert pages(root) == step


def test_a_changed_text_renders_only_the_pages_that_show_it(kg: Kg, folder: Path, tmp_path: Path) -> None:
    root = tmp_path / "kb"
    shutil.copytree(folder, root)
    before = pages(root)
    (root / "concepts/far.md").write_text(NOTES["concepts/far.md"].replace("Tied to nothing", "Tied to no other"))
    build(kg, root)
    now = pages(root)
    html = {p for p in now if p.endswith(".html") and p.startswith("concepts/") and now[p] != before[p]}
    assert html == {"concepts/far-away.html", "concepts/far-away.zh.html"} or {p.partition(".")[0] for p in html} == {
        "concepts/far"
    }


def test_an_altered_page_is_not_taken_over(kg: Kg, folder: Path, tmp_path: Path) -> None:
    root = tmp_path / "kb"
    shutil.copytree(folder, root)
    good = (root / "output/concepts/pod.html").read_bytes()
    (root / "output/concepts/pod.html").write_bytes(good + b"<!-- altered -->")
    build(kg, root)
    assert (root / "output/concepts/pod.html").read_bytes() == good


def test_edit_links_code_and_embeds(folder: Path) -> None:
    assert 'href="https://example.org/edit/pod.md"' in (folder / "output/concepts/pod.html").read_text()
    [page] = [
        p for p in (folder / "output/concepts").glob("*.html") if "with%20space.md" in p.read_text() and ".zh." not in p.name
    ]
    html = page.read_text()
    assert 'href="https://example.org/edit/with%20space.md"' in html
    assert '<blockquote class="embed">' in html
    assert "What is embedded." in html
    assert "Tied to nothing" not in html
    assert '<code data-language="python">x = <span class="hn">1' in html


def test_backlink_and_siblings_are_on_the_page(folder: Path) -> None:
    html = (folder / "output/concepts/container.html").read_text()
    assert "<q>It holds container.</q> <code>pod.md:8</code>" in html


def test_search_index_is_a_function_of_the_pages(kg: Kg, folder: Path) -> None:
    def index() -> dict[str, bytes]:
        return {name: data for name, data in pages(folder).items() if name.startswith("pagefind/")}

    first = index()
    build(kg, folder, "--full")
    assert index() == first
    for shard in ("0", "reports"):
        entry = json.loads(first[f"pagefind/{shard}/pagefind-entry.json"])
        assert list(entry["languages"]) == ["en", "zh"]
        assert entry["languages"]["en"]["page_count"] == (4 if shard == "reports" else len(NOTES) - 1)
    assert not [name for name in first if "-ui." in name]
    assert [name for name in first if name.endswith(("pagefind.js", "wasm.unknown.pagefind"))] == [
        "pagefind/0/pagefind.js", "pagefind/0/wasm.unknown.pagefind",
    ]  # fmt: skip


@pytest.mark.parametrize("jobs", ["1", "2", "4"])
def test_any_number_of_processes_writes_the_same(kg: Kg, folder: Path, tmp_path: Path, jobs: str) -> None:
    root = tmp_path / "kb"
    shutil.copytree(folder, root)
    build(kg, root, "--full", "--jobs", jobs)
    assert pages(root) == pages(folder)


def test_own_templates_and_styles(kg: Kg, base: Callable[[Mapping[str, str]], Path]) -> None:
    root = base(
        {
            **NOTES,
            "kg.toml": '[site]\ntheme = "mine"\nsearch = false\n',
            "mine/concept.html": '{% extends "kg/concept.html" %}{% block kind %}page concept mine{% endblock %}',
            "mine/own.css": "h1 { color: teal }\n",
        }
    )
    assert kg("build", "-C", root).status == 0
    assert '<body class="page concept mine">' in (root / "output/concepts/pod.html").read_text()
    assert (root / "output/assets/kg.css").read_text().endswith("h1 { color: teal }\n")
    assert not (root / "output/pagefind").exists()
    # A change of the theme alone is seen.
    (root / "mine/own.css").write_text("h1 { color: navy }\n")
    assert kg("build", "-C", root).status == 0
    assert "navy" in (root / "output/assets/kg.css").read_text()


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{% extends 'kg/concept.html' %}{% block", "template concept.html:1:"),
        ("{{ nothing.at.all }}", "template concept.html: 'nothing' is undefined"),
        ("{{ view.__class__.__mro__ }}", "template concept.html: access to attribute '__class__'"),
    ],
)
def test_faults_of_templates_are_explained(kg: Kg, base: Callable[[Mapping[str, str]], Path], template: str, said: str) -> None:
    root = base({**NOTES, "kg.toml": '[site]\ntheme = "mine"\nsearch = false\n', "mine/concept.html": template})
    ran = kg("build", "-C", root)
    assert ran.status == 2
    assert said in ran.stderr
    assert not (root / "output").exists()


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ('edit = "javascript:alert(1){path}"', "is not an address of the web"),
        ('edit = "https://example.org/"', "is not an address of the web"),
        ('theme = "../elsewhere"', "not below the knowledge base"),
        ('theme = "nowhere"', "there is no folder"),
        ("search = 3", "true or false"),
        ("colour = 3", "unknown setting 'site.colour'"),
    ],
)
def test_settings_are_looked_at(kg: Kg, base: Callable[[Mapping[str, str]], Path], setting: str, said: str) -> None:
    root = base({**NOTES, "kg.toml": f"[site]\n{setting}\n"})
    ran = kg("build", "-C", root)
    assert (ran.status, said in ran.stderr) == (2, True), ran.stderr


# Code for browsers


@pytest.fixture
def parcel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[parcels.Parcel, Path]:
    """A package with one file, and the archive that holds it."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    content = b"globalThis.x = 1;\n"
    archive = tmp_path / "x-1.0.0.tgz"
    with tarfile.open(archive, "w:gz") as made:
        info = tarfile.TarInfo("package/dist/x.js")
        info.size = len(content)
        made.addfile(info, io.BytesIO(content))
    digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    return (
        parcels.Parcel(
            "x", "1.0.0", f"sha512-{digest}", "package/dist/x.js", hashlib.sha256(content).hexdigest(), "for a test"
        ),
        archive,
    )


def test_a_parcel_is_kept_when_it_is_the_one_that_is_meant(parcel: tuple[parcels.Parcel, Path]) -> None:
    wanted, archive = parcel
    assert parcels.find(wanted) is None
    path = parcels.install(wanted, archive)
    assert parcels.find(wanted) == path
    path.write_text("globalThis.x = 2;\n")
    assert parcels.find(wanted) is None


def test_another_parcel_is_refused(parcel: tuple[parcels.Parcel, Path]) -> None:
    wanted, archive = parcel
    with pytest.raises(UsageError, match="its digest is sha512-"):
        parcels.install(wanted._replace(integrity="sha512-AAAA"), archive)
    with pytest.raises(UsageError, match="not the file that is meant"):
        parcels.install(wanted._replace(sha256="0" * 64), archive)
    assert not wanted.path.exists()


def test_doctor_refuses_an_archive_of_something_else(kg: Kg, parcel: tuple[parcels.Parcel, Path], tmp_path: Path) -> None:
    ran = kg("doctor", "-C", tmp_path, "--install", "mermaid", "--from", parcel[1])
    assert (ran.status, "is not mermaid" in ran.stderr) == (2, True)
    ran = kg("doctor", "-C", tmp_path, "--from", parcel[1])
    assert (ran.status, "--from goes with --install" in ran.stderr) == (2, True)


def test_without_an_installed_library_pages_have_the_copy_that_kg_carries(
    kg: Kg, base: Callable[[Mapping[str, str]], Path], tmp_path: Path
) -> None:
    root = base({"concepts/a.md": "# A\n\nText.\n\n```mermaid\ngraph TD; A-->B\n```\n", "kg.toml": "[site]\nsearch = false\n"})
    ran = kg("build", "-C", root, env={"XDG_CACHE_HOME": str(tmp_path / "none")})
    assert ran.status == 0
    html = (root / "output/concepts/a.html").read_text()
    assert '<pre class="mermaid-source" tabindex="0">graph TD; A--&gt;B\n</pre>' in html
    assert "diagrams.js" in html
    assert (root / "output/assets/mermaid/mermaid.min.js").exists()


ODD = """---
lang: EN
---
# A

<me@example.org> [js](javascript:alert(1)) <a href="#part">p</a> <a name="x">q</a> <a href="b.md#Part">b</a>

- [ ] open
- [x] done

```math
x^2
```

![[b#Nothing]] [[b#^block]] [[b#^no]] [gone](b.md#gone)

## Part

"""


def test_odd_links_and_blocks_on_pages(kg: Kg, base: Callable[[Mapping[str, str]], Path]) -> None:
    embeds = "\n\n".join(["![[b]]"] * 40)
    b = "# B\n\nEmbedded. ^block\n\n## Part\n\nIt.\n"
    root = base({"concepts/a.md": ODD + embeds, "concepts/b.md": b, "kg.toml": "[site]\nsearch = false\n"})
    assert kg("build", "-C", root).status in (0, 1)
    html = (root / "output/concepts/a.html").read_text()
    assert 'href="mailto:me@example.org"' in html
    assert "javascript:" not in html.replace("javascript:alert(1))", "")
    assert re.search(r'<a href="#[\w-]*part">p</a>', html)
    assert re.search(r'<a name="x">q</a>', html) or "<a>q</a>" in html
    assert re.search(r'<a href="b\.html#[\w-]*part">b</a>', html)
    assert (html.count("☐"), html.count("☑")) == (1, 1)
    assert "<math" in html
    # At most so many notes are shown within another.
    assert html.count('class="embed-title"') == 30


BORDERS = {
    "front matter": "---\ntitle: Third\n---\nHere [[target]] is.\n",
    "heading": "# Raft\nIt uses [[target]] now.\n",
    "标题": "## 标题\n它使用[[target]]。\n",
    "fence": "Text.\n```text\nNo prose. Code\n```\nAfter code [[target]].\n",
    "rule": 'Above\n\n***\nBelow [the target](target.md "T").\n',
    "comment": "<!-- hidden -->\nShown [[target]].\n",
    "inline comment": "Shown <!-- hidden --> near [[target]].\n",
    "list": "Above:\n- first\n- second has [[target]]\n  - third\n",
    "table": "Above.\n\n| a | b |\n|---|---|\n| cell | of [[target]] |\n| next | row |\n\nBelow\n",
    "quote": "> One line\n> and [[target]].\n\nBelow\n",
    "admonition": '!!! note "Title"\n    Inside [[target]].\n',
    "html": '<p>No <em>end</em></p>\n\n<p>Near <a href="target.md">target</a></p>\n',
    "escapes": "A \\* &amp; `code` by [[folder/target]].\n",
}
SENTENCES = {
    "front matter": "Here target is.",
    "heading": "It uses target now.",
    "标题": "它使用target。",
    "fence": "After code target.",
    "rule": "Below the target.",
    "comment": "Shown target.",
    "inline comment": "Shown near target.",
    "list": "second has target",
    "table": "cell | of target",
    "quote": "One line and target.",
    "admonition": "Inside target.",
    "html": "Near target",
    "escapes": "A * & code by target.",
}


def test_sentences_of_backlinks_end_at_the_borders_of_their_block(tmp_path: Path, kg: Kg) -> None:
    (tmp_path / "kg.toml").write_text('title = "Borders"\nlanguages = ["en"]\n')
    (tmp_path / "concepts/folder").mkdir(parents=True)
    (tmp_path / "concepts/folder/target.md").write_text("---\nid: target\n---\n# Target\n\nWhat notes link to.\n")
    for name, text in BORDERS.items():
        (tmp_path / f"concepts/folder/{name}.md").write_text(text)
    assert kg("build", "-C", tmp_path).status == 0
    html = (tmp_path / "output/concepts/target.html").read_text()
    part = html[html.index('id="kg-backlinks"') :].split("</section>", maxsplit=1)[0]
    shown = {name: unescape(text) for text, name in re.findall(r"<q>(.*?)</q> <code>folder/(.*?)\.md:\d+</code>", part)}
    assert shown == SENTENCES


@pytest.mark.parametrize("key", ["replaced-by: '[[new]]'", "superseded_by: new.md"])
def test_pages_of_deprecated_notes_name_the_successor(tmp_path: Path, kg: Kg, key: str) -> None:
    is_bundle = key.startswith("superseded_by")
    (tmp_path / "kg.toml").write_text('languages = ["en", "zh"]\n' + '[reading]\ndialect = "okf"\n' * is_bundle)
    (tmp_path / "concepts").mkdir()
    (tmp_path / "concepts/old.md").write_text(f"---\ntype: Term\nstatus: deprecated\n{key}\n---\n# Old\n\nNo longer used.\n")
    (tmp_path / "concepts/new.md").write_text("---\ntype: Term\n---\n# New\n\nUsed now.\n")
    assert kg("build", "-C", tmp_path).status == 0
    for ending, words in (
        (".html", ("This concept is deprecated.", "Replaced by: ")),
        (".zh.html", ("此概念已弃用。", "已由下列概念取代：")),
    ):
        html = (tmp_path / f"output/concepts/old{ending}").read_text()
        notice = re.search(r'<p class="deprecated" role="note">(.*?)</p>', html)
        assert notice is not None
        assert f'href="new{ending}"' in notice[1]
        assert all(word in notice[1] for word in words), notice[1]
        assert 'role="note"' not in (tmp_path / f"output/concepts/new{ending}").read_text()


def test_the_page_of_a_hub_stays_small(kg: Kg, tmp_path: Path) -> None:
    """Many notes mention a concept: its page shows the first hundred with their sentences, and counts the rest."""
    (tmp_path / "kg.toml").write_text('title = "Hub"\nlanguages = ["en"]\n')
    (tmp_path / "concepts").mkdir()
    (tmp_path / "concepts/hub.md").write_text("# Hub\n\nA thing that many notes mention.\n")
    sentence = "Replication protocols of wide-area networks use the [[hub]] where their members disagree about an order."
    for i in range(800):
        (tmp_path / f"concepts/replication-protocol-{i}.md").write_text(f"# Replication protocol {i}\n\n{sentence}\n")
    ran = kg("build", "-C", tmp_path)
    assert ran.status == 0, ran.stderr
    page = (tmp_path / "output/concepts/hub.html").read_bytes()
    assert len(page) <= 60_000
    text = page.decode()
    section = text[text.index('id="kg-backlinks"') :]
    section = section[: section.index("</section>")]
    assert '<span class="n">800</span>' in section
    assert section.count("<q>") == 100
    assert "700 more" in section
