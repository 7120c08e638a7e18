"""The first day: `kg init .` in a vault that is there, `kg build`, and what its owner sees first."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from pictures import png

VAULT: Mapping[str, str | bytes] = {
    ".obsidian/app.json": "{}",
    ".obsidian/templates.json": '{"folder": "Templates"}',
    ".obsidian/daily-notes.json": '{"folder": "Daily", "format": "YYYY-MM-DD"}',
    "Consensus.md": "---\naliases: [Agreement]\n---\nConsensus is the task of making several processes agree on one value.\n\n"
    "![[picture.png|200]]\n\n%% private %%\n",
    "Raft.md": "---\nbroader: '[[Consensus]]'\n---\nRaft is a consensus algorithm for a replicated log.\n\n"
    "> [!tip] Hint\n> See [[Paxos]].\n\ndepends-on:: [[Quorum]]\n",
    "Paxos.md": "Paxos is a family of protocols for [[Consensus]].\n\n"
    "broader:: [[Consensus]]\n\nOne day: [[Byzantine faults]].\n",
    "Quorum.md": "A quorum is a set of processes of which any two have a member in common. See [[Raft]] and [[共识]].\n",
    "共识.md": "---\n上位概念: '[[Quorum]]'\n---\n共识是让多个进程就一个值达成一致的任务。\n\n依赖:: [[Quorum]]\n",
    "attachments/picture.png": png(20, 10, (0, 0, 200)),
    "Daily/2024-01-02.md": "Read about [[Raft]].\n",
    "Templates/Note.md": "# {{title}}\n\n{{date}} [[{{title}}]]\n",
    "nested/.obsidian/app.json": "{}",
    "nested/Inner.md": "Inner is a note of a nested vault, see [[Outer]].\n",
    "nested/Outer.md": "Outer is another note of the nested vault.\n",
}


@pytest.fixture
def vault(base: Callable[..., Path], tmp_path: Path) -> Path:
    base({f"My vault/{name}": content for name, content in VAULT.items()})
    return tmp_path / "My vault"


def test_init_adopts_the_notes_that_are_there(kg: Callable[..., Any], vault: Path) -> None:
    before = {path: path.read_bytes() for path in vault.rglob("*") if path.is_file()}
    ran = kg("init", ".", cwd=vault)
    assert ran.status == 0, ran.stderr
    for text in ("of Obsidian adopted", "languages", "broader → broader", "depends-on → depends-on", "Daily 1", "kg build"):
        assert text in ran.stdout + ran.stderr, text
    settings = tomllib.loads((vault / "kg.toml").read_text(encoding="utf-8"))
    assert settings["title"] == "My vault"
    assert settings["notes"] == ["."]
    assert set(settings["languages"]) == {"en", "zh"}
    assert "targets" not in settings
    assert settings["reading"] == {"dialect": "obsidian"}
    assert {path: path.read_bytes() for path in before} == before
    assert {path for path in vault.rglob("*") if path.is_file()} == {*before, vault / "kg.toml", vault / "kg.schema.json"}
    assert kg("init", ".", cwd=vault).status == 2


def test_what_notes_are_called_writes_no_settings(kg: Callable[..., Any], tmp_path: Path) -> None:
    """Keys of notes and names of folders stand in comments of the proposed settings, and on the terminal."""
    folder = tmp_path / "n"
    (folder / "a\x01b").mkdir(parents=True)
    key = json.dumps('a\nexclude = ["x*"]\n[targets]\nconcept_association = 1\n#')
    (folder / "x.md").write_text(f'---\n{key}: "[[y]]"\n---\n# X\n')
    (folder / "a\x01b/y.md").write_text("# Y\n")
    ran = kg("init", folder)
    assert ran.status == 0, ran.stderr
    assert tomllib.loads((folder / "kg.toml").read_text()).keys() <= {"base", "title", "notes", "languages", "reading"}
    assert not [line for line in ran.stderr.splitlines() if line.startswith("exclude")]
    assert kg("check", "-C", folder).status == 0


def test_what_init_prints_can_be_pasted(kg: Callable[..., Any], tmp_path: Path) -> None:
    ran = kg("init", "x $(touch ran); touch ran", cwd=tmp_path)
    command = (ran.stdout + ran.stderr).strip().partition("now: ")[2]
    assert shlex.split(command) == ["kg", "build", "-C", "x $(touch ran); touch ran"]


def test_init_that_is_refused_leaves_nothing(kg: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    os.mkfifo(tmp_path / "new/.gitignore")
    assert kg("init", tmp_path / "new").status == 2
    assert [path.name for path in (tmp_path / "new").iterdir()] == [".gitignore"]


def test_the_first_screen_names_no_fault_that_is_none(kg: Callable[..., Any], vault: Path) -> None:
    assert kg("init", ".", cwd=vault).status == 0
    ran = kg("build", cwd=vault)
    assert ran.status == 0, ran.stderr
    assert "not met" not in ran.stderr
    assert "nothing to measure" not in ran.stderr
    html = (vault / "output/index.html").read_text(encoding="utf-8")
    text = re.sub(r"<[^>]+>", " ", html)
    assert "<h1>My vault</h1>" in html
    for part in ("At a glance", "Core concepts", "What helps most now", "Consensus"):
        assert part in text, part
    for part in ("Target", "Not met", "unknown", "Coverage", "Accuracy", "Innovation"):
        assert part not in text, part
    assert "{{title}}" not in html[: html.index('id="kg-findings"')]
    page = next((vault / "output/concepts").glob("Consensus*.html")).read_text(encoding="utf-8")
    assert '<img src="../media/' in page
    every = b"".join(
        path.read_bytes() for path in (vault / "output").rglob("*") if path.suffix in (".html", ".md", ".json", ".js")
    )
    assert b"%%" not in every.replace(b"%%%", b"") or b"private" not in every


@pytest.mark.parametrize(
    ("lang", "count", "word"),
    [("en", "1 broken, 2 to missing files, 7 to notes not written yet", "Not written yet: "),
     ("zh", "1 条失效、2 条指向不存在的文件、7 条指向尚未撰写的笔记", "尚未撰写：")],
)  # fmt: skip
def test_notes_to_be_written_are_not_called_broken(
    kg: Callable[..., Any], base: Callable[..., Path], lang: str, count: str, word: str
) -> None:
    """Obsidian creates the note on following a link, whichever form the link has; a missing file stays missing."""
    text = "# Raft\n\nSee [[stub]], ![[Picture of Raft]], [s](stub.md), [b](sub/bare), [w](Two%20words.md).\n"
    root = base(
        {
            ".obsidian/app.json": "{}",
            "Raft.md": text + "\n![[missing.png]] [program](run.py) [page](page.html)\n",
            "共识.md": "# 共识\n\n见 [[未写]]与 [未写](未写.md)。\n",
        }
    )
    ran = kg("build", "--notes", root, "--out", root / "output", "--lang", lang, cwd=root)
    assert ran.status == 0, ran.stderr
    assert count in ran.stderr
    findings = json.loads(kg("check", "--notes", root, "--format", "json", cwd=root).stdout)["findings"]
    unwritten = [f for f in findings if f["code"] == "KG210"]
    assert {f["severity"] for f in unwritten} == {"info"}
    assert len(unwritten) == 7
    html = "".join(path.read_text(encoding="utf-8") for path in (root / "output/concepts").glob("*.html"))
    assert html.count(f'title="{word}') == 7
    assert html.count('title="Broken link: ') == 3


def test_each_page_opens_with_the_definition_in_its_language(kg: Callable[..., Any], base: Callable[..., Path]) -> None:
    zh, en = "Raft 是一种管理复制日志的共识算法，由领导者决定日志的顺序。", "Raft is a consensus algorithm for replicated logs."
    more = "## 例子\n\netcd 用 Raft 保存集群的配置数据。\n\n## Example\n\nThe store etcd uses Raft for the data of a cluster.\n"
    for title, text in (
        ("Raft", f"# Raft\n\n## 定义\n\n{zh}\n\n## Definition\n\n{en}\n\n{more}"),
        ("raft", f"# Raft\n\n{en}\n\n## 定义\n\n{zh}\n\n{more}"),
    ):
        root = base({f"{title}/concepts/raft.md": text, f"{title}/kg.toml": 'languages = ["zh", "en"]\n'}) / title
        assert kg("build", "-C", root).status == 0
        for name, own in (("raft.html", zh), ("raft.en.html", en)):
            html = (root / "output/concepts" / name).read_text(encoding="utf-8")
            lead = html[html.index('<div class="lead">') :]
            assert lead[: lead.index("</div>")].rstrip() == f'<div class="lead">\n<p>{own}</p>', (title, name)
        fold = html[html.index('<details class="other-language"') :]
        assert re.search(rf'<h2 id="n-定义">定义</h2>\s*<p>{zh}</p>', fold), "the section in the fold is whole"


def test_misspelt_keys_name_near_relations(kg: Callable[..., Any], base: Callable[..., Path]) -> None:
    front = "".join(f'{key}: "[[b]]"\n' for key in ("依懒", "组成部分", "depend-on", "颜色"))
    root = base({"concepts/a.md": f"---\n{front}---\n# 甲\n", "concepts/b.md": "# 乙\n"})
    found = json.loads(kg("check", "--select", "KG207", "--format", "json", cwd=root).stdout)["findings"]
    hints = {f["message"].split("'")[1]: f["hint"] for f in found}
    assert "'depends-on'" in hints["依懒"]
    assert "'has-part'" in hints["组成部分"]
    assert "'depends-on'" in hints["depend-on"]
    assert "did you mean" not in hints["颜色"]


def test_an_empty_folder_gets_a_small_base(kg: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# A repository\n", encoding="utf-8")
    assert kg("init", ".", cwd=tmp_path).status == 0
    assert (tmp_path / "concepts/container.md").exists()
    assert "[targets]" in (tmp_path / "kg.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("files", "tool", "folder"),
    [
        ({"mkdocs.yml": "site_name: x\n", "docs/a.md": "# A\n", "README.md": "# R\n"}, "MkDocs", "docs"),
        ({"hugo.toml": "", "content/en/a.md": "# A\n", "README.md": "# R\n"}, "Hugo", "content"),
        ({"wiki/a.md": "# A\n", "wiki/b/c.md": "# C\n", "README.md": "# R\n"}, "", "wiki"),
        ({"a.md": "# A\n", "more/b.md": "# B\n"}, "", "."),
        ({".zk/config.toml": "", "a1 共识.md": "# 共识\n\n见 [[b2]]。\n", "b2.md": "# Quorum\n\n[[a1]]\n"}, "zk", "."),
        ({"docs/.vitepress/config.ts": "", "docs/a.md": "# A\n\n[[toc]]\n\n## B\n\n[[guide]]\n"}, "VitePress", "docs"),
        ({"pages/共识.md": "- 见 [[法定]]\n", "journals/2024_01_02.md": "- [[共识]]\n"}, "Logseq", "."),
        ({"pages/Raft.md": "- [[Log]]\n", "logseq/config.edn": "{}"}, "Logseq", "pages"),
        ({"a.md": "# A\n\n[[b]]\n", "b.md": "# 乙\n\n[[a]]\n"}, "", "."),
        ({"a.md": "# A\n\n[[b]] %%later%%\n", "b.md": "# 乙\n\n[[a]]\n"}, "Obsidian", "."),
    ],
)
def test_the_folder_of_the_notes_is_proposed(
    kg: Callable[..., Any], base: Callable[..., Path], files: Mapping[str, str], tool: str, folder: str
) -> None:
    root = base(files)
    ran = kg("init", ".", cwd=root)
    assert ran.status == 0, ran.stderr
    assert (f" of {tool} adopted" in ran.stdout + ran.stderr) == bool(tool)
    settings = tomllib.loads((root / "kg.toml").read_text(encoding="utf-8"))
    assert settings["notes"] == [folder]
    assert settings.get("reading") == ({"dialect": "obsidian"} if tool == "Obsidian" else None)
    assert kg("build", cwd=root).status == 0


@pytest.mark.parametrize("name", ['quo"te', "back\\slash", "新 库", "line\nbreak", "#"])
def test_the_name_of_the_folder_is_only_a_name(
    kg: Callable[..., Any], base: Callable[..., Path], tmp_path: Path, name: str
) -> None:
    base({f"{name}/a.md": "A is a note.\n\nkey] = 1:: [[b]]\n", f"{name}/b.md": "B is a note.\n"})
    assert kg("init", ".", cwd=tmp_path / name).status == 0
    assert tomllib.loads((tmp_path / name / "kg.toml").read_text(encoding="utf-8"))["title"] == name
    assert kg("build", cwd=tmp_path / name).status == 0


def test_folders_of_translations_are_proposed(kg: Callable[..., Any], tmp_path: Path) -> None:
    """Notes of one name in folders called as languages are one concept; a text below a key is not a link."""
    names = ("pod", "node", "etcd")
    for folder in ("en", "zh-cn"):
        (tmp_path / folder).mkdir()
        for name in names:
            (tmp_path / folder / f"{name}.md").write_text(f"---\ntitle: {name}\ncategory: node\n---\nSee [[node]].\n", "utf-8")
    ran = kg("init", "-C", tmp_path, ".")
    assert ran.status == 0
    assert "category" not in ran.stdout + ran.stderr
    assert '[translations]\nen = "en"\nzh = "zh-cn"\n' in (tmp_path / "kg.toml").read_text("utf-8")
    assert "6 read, 3 concepts" in kg("build", "--stage", "graph", "-C", tmp_path).stderr


_LANGUAGES = ("de", "en", "pt-br", "zh-cn", "zh-tw")
_PROPOSED = {"en": "en", "zh-cn": "zh-cn", "zh-tw": "zh-tw", "de": "de", "pt": "pt-br"}


@pytest.mark.parametrize(
    ("more", "content", "proposed"),
    [
        ({}, "", True),
        ({"tools/go/a.md": "# Go\n", "tools/js/b.md": "# JS\n"}, "content/", True),
        ({"hugo.toml": 'baseURL = "https://example.org"\n'}, "", True),
        (
            {"hugo.toml": "".join(f"[languages.{lang}]\ncontentDir = 'content/{lang}'\n" for lang in _LANGUAGES)},
            "",
            False,  # the configuration pairs them
        ),
    ],
)
def test_translations_are_proposed_below_any_folder(
    kg: Callable[..., Any], base: Callable[..., Path], more: Mapping[str, str], content: str, *, proposed: bool
) -> None:
    """Also where two folders are of one language, and notes lie beside the content."""
    notes = {
        f"content/{lang}/{name}": f"---\ntitle: {name}\n---\n{name} is a term.\n"
        for lang in _LANGUAGES
        for name in ("pod.md", "node.md", "part/etcd.md")
    }
    root = base({**notes, **more})
    assert kg("init", ".", cwd=root).status == 0
    settings = tomllib.loads((root / "kg.toml").read_text(encoding="utf-8"))
    expected = {tag: content + folder for tag, folder in _PROPOSED.items()} if proposed else {}
    assert settings.get("translations", {}) == expected
    assert next(iter(settings.get("translations", {"en": ""}))) == "en", "the language of the originals is first"
    assert kg("check", "--select", "KG302", cwd=root).stdout == ""


def test_folders_of_two_letters_are_no_translations(kg: Callable[..., Any], base: Callable[..., Path]) -> None:
    root = base({f"{folder}/{name}.md": f"# {folder} {name}\n" for folder in ("go", "js") for name in ("install", "use")})
    assert kg("init", ".", cwd=root).status == 0
    assert "translations" not in tomllib.loads((root / "kg.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("lang", "what"), [("en", "needs libraries"), ("zh", "所需的库尚未安装")])
def test_servers_without_their_libraries_say_what_to_type(tmp_path: Path, lang: str, what: str) -> None:
    code = (
        "import sys; sys.modules['pygls'] = sys.modules['mcp'] = None; from importlib import util; real = util.find_spec; "
        "util.find_spec = lambda name, *rest: None if name in ('pygls', 'mcp') else real(name, *rest); "
        "sys.argv = ['kg', *sys.argv[1:]]; import kg.app.cli; kg.app.cli.run()"
    )
    for command, libraries in (("lsp", "pygls lsprotocol"), ("mcp", "mcp")):
        ran = subprocess.run(
            [sys.executable, "-c", code, command, "--lang", lang, "-C", str(tmp_path)],
            capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        assert ran.returncode == 2, ran.stderr
        assert what in ran.stderr
        assert f"-m pip install {libraries}\n" in ran.stderr


def test_files_that_are_missing_are_called_files(kg: Callable[..., Any], base: Callable[..., Path]) -> None:
    """A text or a program is no note, and no note is a near miss of a picture; the page of a site for errors is no concept."""
    text = "# A\n\n[l](LICENSE.txt) [s](tools/run.py) ![g](img/my-term.gif) [n](gone.md) [j](Node.js/intro.md)\n\n[[my-term]]\n"
    files = {
        "kg.toml": "notes = 'n'\n",
        "n/a.md": text,
        "n/my-term.md": "# My term\n\n[[a]]\n",
        "n/404.md": "# 404\n\nSorry!\n",
    }
    findings = json.loads(kg("check", "-C", base(files), "--format", "json").stdout)["findings"]
    links = [(f["code"], f["message"], f["hint"]) for f in findings if f["code"] in ("KG201", "KG203")]
    add, write = "add the file, or correct the link", "write the note, or correct the link"
    assert links == [
        ("KG203", "there is no file at 'LICENSE.txt'", add),
        ("KG203", "there is no file at 'tools/run.py'", add),
        ("KG203", "there is no file at 'img/my-term.gif'", add),
        ("KG201", "there is no note at 'gone.md'", write),
        ("KG201", "there is no note at 'Node.js/intro.md'", write),
    ]
    assert not [f for f in findings if f["path"] == "404.md"]
