"""What the author hid reaches no output: each place where a comment can stand has a word, and no output has one of them."""

from __future__ import annotations

import gzip
import json
import random
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

Kg = Callable[..., Any]
Write = Callable[[Mapping[str, str | bytes]], Path]

_PLACES = {
    "inline": "Raft elects a leader %%{}%% by majority; see [[quorum]].",
    "inline-chinese": "领导者%%机密{}%%由多数派选出；见 [[quorum]]。",
    "start-of-line": "%%{}%% Raft replicates a log.",
    "end-of-line": "Raft replicates a log. %%{}%%\nThe next line.",
    "two-lines": "Raft %%first {}\nsecond{}x%% replicates.",
    "block": "%%\n{}\n\nSee [[secret{}]].\n%%",
    "block-with-code": "%%\n```python\n{} = 1\n```\n%%\n\nThe log [[log]] %%{}y%% follows.",
    "block-with-open-fence": "%%\n```\n{}\n%%\n\nThe [[log]]. %%{}y%%",
    "block-with-heading": "%%\n# {}\n\n- {}\n%%",
    "block-with-html": "%%\n<!-- {}\n%%\n\nStill here. %%{}y%%",
    "table": "| a | b |\n|---|---|\n| x %%{}%% | [[log]] |\n| %%{}y%% | z |",
    "list": "- one %%{}%%\n- two\n  %%\n  {}y\n  %%\n  1. three %%{}z%%",
    "task": "- [ ] todo %%{}%%",
    "quote": "> quoted %%{}%%\n> %%\n> {}y\n> %%\n> more",
    "callout": "> [!note] Title %%{}%%\n> text %%{}y\n> z{}z%% end",
    "heading": "## Section %%{}%%\n\nText of the section.",
    "setext": "Section %%{}%%\n----------\n\nText.",
    "footnote": "A claim[^{}n].\n\n[^{}n]: %%{}%% the note".replace("{}n", "n"),
    "emphasis": "**bold %%{}%% text** and *it %%{}y%%*",
    "link-text": "[text %%{}%%](log.md) and [[log|log %%{}y%%]]",
    "html": "<div>\n%%{}%%\n</div>",
    "field": "uses:: [[log]] %%{}%%",
    "tag": "Tagged #area %%#{}%%",
    "block-id": "A paragraph %%{}%% ^anchor",
    "formula": "$a + b$ %%{} $c$%% and $d$",
    "definition-list": "Term %%{}%%\n: meaning %%{}y%%",
    "link-inside": "%%[[{}]] [{}](x-{}.md) ![[{}.png]]%%",
    "relation-inside": "%%depends-on:: [[log]] {}%%",
    "unclosed-inline": "Raft is %%{} and so on\nof {}y",
    "html-inline": "Raft <!-- {} --> elects.",
    "html-block": "<!--\n{}\n\n{}y\n-->",
    "html-across-paragraphs": "Raft <!-- {}\n\n{}y --> elects.",
    "html-in-table": "| a | b |\n|---|---|\n| x <!-- {} --> | y |",
    "html-in-list": "- one <!-- {} -->\n- <!-- {}y -->\n  two",
    "html-in-heading": "## Part <!-- {} -->\n\nText.",
    "html-in-quote": "> quoted <!-- {} -->",
    "html-short": "<!-->\nRaft elects. <!-- {} -->",
    "html-with-percent": "<!-- %% {} -->",
    "html-with-link": "<!-- [[{}]] [x]({}.md) <a href='{}.md'>y</a> -->",
    "html-toc": "<!-- toc {} -->\n\n- [[log]]\n\n<!-- tocstop -->",
    "hugo": "{{{{% comment %}}}}{}{{{{% /comment %}}}}",
    "jekyll": "{{% comment %}}{}{{% endcomment %}}",
    "reference-definition": "[//]: # ({})",
    "in-mermaid-after": "%%{}%%\n\n```mermaid\ngraph TD\n  A[Raft] --> B[Log]\n```",
    "between-words-of-a-name": "A majo%%{}%%rity of the servers, the quo%%{}y%%rum.",
    "unclosed-block": "%%\n{}\n\n## {}y\n\n[[log]]",
    "html-unclosed": "Text.\n\n<!--\n{}\n\n{}y",
}  # fmt: skip
"""Name of a place → Markdown with a comment there; `{}` is the word."""
_FRONT = {
    "front-title": "title: Raft %%{}%% protocol",
    "front-quoted": 'title: "Raft %%{}%%"',
    "front-definition": "definition: A protocol %%{}%% for consensus <!-- {}y -->",
    "front-block": "definition: |\n  A protocol %%{}\n  more {}y%% for consensus",
    "front-alias": "aliases:\n  - Raft%%{}%%\n  - Other",
    "front-relation": 'depends-on: "[[log]] %%{}%%"',
    "front-yaml-comment": "definition: A protocol # {}\n# {}y\ntags: [a] # {}z",
    "front-own-line": "%%{}%%\ndefinition: A protocol for consensus",
    "front-description": "description: A protocol %%{}%% for consensus",
}
_CODE = "Percent signs `%%visibleone%%` in code.\n\n```\n%%visibletwo%% <!-- visiblethree -->\n```\n"


def _word(place: str) -> str:
    return "zq" + re.sub(r"\W", "", place) + "zq"


def _notes() -> dict[str, str]:
    notes = {
        "concepts/log.md": "# Log\n\nWhat servers append to, entry by entry; see [[quorum]].\n\n" + _CODE,
        "concepts/quorum.md": "# Quorum\n\nA majority of the servers that has to agree; see [[log]].\n",
        "concepts/.obsidian/app.json": "{}",
    }
    for place, text in _PLACES.items():
        body = text.replace("{{", "{").replace("}}", "}").replace("{}", _word(place))
        notes[f"concepts/{place}.md"] = f"# About {place}\n\nA note on the log and the quorum.\n\n{body}\n"
        notes[f"concepts/lead-{place}.md"] = f"{body}\n"
    for place, text in _FRONT.items():
        notes[f"concepts/{place}.md"] = f"---\n{text.replace('{}', _word(place))}\n---\nA protocol that uses the log.\n"
    return notes


def _leaks(data: bytes) -> set[str]:
    return set(re.findall(rb"zq[a-z]+zq", data.lower()))


def _written(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            data = path.read_bytes()
            yield str(path.relative_to(folder)), gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hidden")
    for name, text in _notes().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (folder / "kg.toml").write_text('notes = ["concepts"]\n', encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def built(vault: Path, kg: Kg) -> Path:
    ran = kg("-C", vault, "build")
    assert ran.status in (0, 1), ran.stderr
    return vault / "output"


def test_no_file_of_a_build_has_hidden_text(built: Path) -> None:
    found = {name: sorted(leaks) for name, data in _written(built) if (leaks := _leaks(data))}
    assert not found


def test_code_is_shown(built: Path) -> None:
    page = b"".join(data for name, data in _written(built) if name.endswith("log.html") or "/log/" in name)
    for word in (b"visibleone", b"visibletwo", b"visiblethree"):
        assert word in page


COMMANDS = [
    ("check",),
    ("check", "--format", "sarif"),
    ("metrics",),
    ("suggest", "--format", "jsonl"),
    ("suggest", "--lane", "type"),
    ("why", "log", "quorum"),
    ("impact", "log"),
    ("find", "log"),
    ("next",),
    ("extract", "--candidates", "--limit", "1000"),
    ("review", "sample", "--dry-run", "--size", "500"),
    ("query", "SELECT * { GRAPH ?g { ?s ?p ?o } }"),
    ("export", "trig", "--suggested"),
    *(("export", form) for form in ("jsonld", "graphml", "gexf", "csv", "cypher")),
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_command_prints_hidden_text(built: Path, kg: Kg, command: tuple[str, ...]) -> None:
    ran = kg("-C", built.parent, *command)
    assert ran.status in (0, 1), ran.stderr
    assert not _leaks(ran.stdout.encode() + ran.stderr.encode())


def test_the_server_answers_without_hidden_text(built: Path, serve: Callable[..., Any]) -> None:
    pages = [name for name, _ in _written(built) if name.endswith(".html")]
    with serve(built.parent) as running:
        for query in ("SELECT * { ?s ?p ?o }", "SELECT * { GRAPH ?g { ?s ?p ?o } }"):
            assert not _leaks(json.dumps(running.ask(query, "application/sparql-results+json").json).encode())
        for page in random.Random(20).sample(pages, 20):
            assert not _leaks(running.get("/" + quote(page)).text.encode())


def test_hidden_text_is_not_found(built: Path, kg: Kg) -> None:
    assert kg("-C", built.parent, "find", "visibleone").status == 0
    for place in ("inline", "block", "html-block", "front-title"):
        assert kg("-C", built.parent, "find", _word(place)).status == 1


def test_drafts_and_maps_have_no_hidden_text(built: Path, kg: Kg, tmp_path: Path) -> None:
    assert kg("-C", built.parent, "map", "log", "-o", tmp_path / "log.html").status == 0
    assert kg("-C", built.parent, "map", "log", "--embed", "-o", tmp_path / "embedded.html").status == 0
    for ending in ("html", "epub"):
        ran = kg("-C", built.parent, "export", "book", "-o", tmp_path / f"book.{ending}")
        assert ran.status == 0, ran.stderr
    with zipfile.ZipFile(tmp_path / "book.epub") as book:
        book.extractall(tmp_path / "book")
    assert kg("-C", built.parent, "extract", "--to", tmp_path / "drafts").status == 0
    assert not {name: leaks for name, data in _written(tmp_path) if (leaks := _leaks(data))}


def test_outside_of_obsidian_percent_signs_are_text(kg: Kg, base: Write) -> None:
    folder = base({"mkdocs.yml": "site_name: x\n", "docs/a.md": "# A\n\nRead %%i and %%j.\n", "kg.toml": 'notes = ["docs"]\n'})
    assert kg("-C", folder, "build").status in (0, 1)
    assert any(b"Read %%i and %%j." in data for _, data in _written(folder / "output"))


def test_comments_of_sphinx_reach_no_output(tmp_path: Path, kg: Kg) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "conf.py").write_text('project = "x"\n', encoding="utf-8")
    text = "% zqleadzq\n\n# Log\n\nA list. See {doc}`quorum`.\n% zqlinezq\n\n```tex\n% visiblecode\n```\n"
    (tmp_path / "docs" / "log.md").write_text(text, encoding="utf-8")
    (tmp_path / "docs" / "quorum.md").write_text("# Quorum\n\nA majority.\n", encoding="utf-8")
    (tmp_path / "kg.toml").write_text('notes = ["docs"]\n', encoding="utf-8")
    assert kg("-C", tmp_path, "build").status in (0, 1)
    written = dict(_written(tmp_path / "output"))
    assert not {name for name, data in written.items() if _leaks(data)}
    assert b"visiblecode" in b"".join(written.values())


def _frames(kg: Kg, folder: Path) -> list[str]:
    """The lines of notes that `kg check` prints with its findings, and the lines with their marks."""
    return [line.partition("│")[2][1:] for line in kg("-C", folder, "check").stdout.splitlines() if "│" in line]


@pytest.mark.parametrize(
    ("text", "frame"),
    [
        ("　　段落见 [[没有]]。", "    段落见 [[没有]]。"),
        ("甲\u00a0[[没有]]\u2003乙", "甲 [[没有]] 乙"),
        ("段落%%机密%%见 [[没有]]。", "段落%%      见 [[没有]]。"),
        ("A %%secret%% and [[no]].", "A %%         and [[no]]."),
        ("A <!-- 机密𠀀 --> and [[no]].", "A <!             and [[no]]."),
        ("A \u202e[[no]].", "A \ufffd[[no]]."),
    ],
)
def test_frames_show_spaces_as_spaces_with_marks_below_the_place(kg: Kg, base: Write, text: str, frame: str) -> None:
    folder = base({"kg.toml": 'notes = ["notes"]\n', "notes/a.md": f"# A\n\n{text}\n"})
    frames = _frames(kg, folder)
    assert frame in frames
    marks = frames[frames.index(frame) + 1]
    before = frame[: frame.index("[[")]
    wide = sum(2 if "\u2e80" <= c <= "\uffef" else 1 for c in before)
    assert marks.index("^") == wide


@pytest.mark.parametrize(("configuration", "shown"), [("mkdocs.yml", True), (".obsidian/app.json", False)])
@pytest.mark.parametrize("text", ["Read %%i and %%j, see [[b|x]](no.md) [y](no.md).", "读 %%甲 与 %%乙，见 [y](no.md)。"])
def test_frames_hide_what_is_a_comment_in_the_tool_of_the_notes(
    kg: Kg, base: Write, configuration: str, shown: bool, text: str
) -> None:
    files = {"mkdocs.yml": "site_name: x\n", ".obsidian/app.json": "{}"}
    place = configuration if shown else f"docs/{configuration}"
    folder = base({place: files[configuration], "docs/a.md": f"# A\n\n{text}\n", "kg.toml": 'notes = ["docs"]\n'})
    for _ in range(2):  # the second one is remembered
        frames = _frames(kg, folder)
        assert (text in frames) == shown
        assert any("no.md" in line for line in frames)
