"""``kg find`` and `KnowledgeBase.search`: names, pinyin, typing errors and text, in Chinese and English."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from kg.base.settings import load_settings
from kg.knowledge.base import KnowledgeBase, open_base
from kg.knowledge.search import SearchMatch, find_matches, search_index, with_buffer
from kg.notes import parse_note

Kg = Callable[..., Any]
Write = Callable[[Mapping[str, str | bytes]], Path]

NOTES = {
    "concepts/orchestration.md": "---\ntitle: {zh: 容器编排, en: Container orchestration}\naliases: [Orchestrator]\n"
    "tags: [ops/cluster]\n---\n"
    "# 容器编排 / Container orchestration\n\n把集群当作一台机器来编程。\n\n"
    "## 调度的策略\n\nWhat **bold** scheduling means; see [[kubernetes]] first.\n",
    "concepts/kubernetes.md": "# Kubernetes\n\nAn orchestrator of containers. 它的部署系统由控制器组成。\n",
    "concepts/pod.md": '# Pod\n\nSmallest unit of [Kubernetes](kubernetes.md "t"), with `kubectl` as a tool. Ünïcode ÄRGER.\n\n'
    "```sh\nkubectl apply\n```\n",
    "concepts/secret.md": "# Plain\n\nVisible. %%hiddenword in a comment%% <!-- otherhidden\nlasthidden --> tail\n\n"
    "<!-- kg: ignore KG101 whyhidden -->\n",
    "concepts/a-tie.md": "# Tie\n\nsame words\n",
    "concepts/b-tie.md": "# Tie two\n\nsame words, and [[a-tie]]\n",
}


@pytest.fixture
def found(base: Write) -> Callable[..., list[SearchMatch]]:
    folder = base(NOTES)

    def search(query: str, limit: int = 20) -> list[SearchMatch]:
        return list(KnowledgeBase(load_settings(folder)).search(query, limit))

    return search


@pytest.mark.parametrize(
    ("query", "path", "kind"),
    [
        ("Kubernetes", "kubernetes.md", "title"),
        ("kube", "kubernetes.md", "title"),
        ("容器编排", "orchestration.md", "title"),
        ("编排", "orchestration.md", "title"),
        ("orchestrator", "orchestration.md", "alias"),
        ("rqbp", "orchestration.md", "pinyin"),
        ("rongqi", "orchestration.md", "pinyin"),
        ("bianpai", "orchestration.md", "pinyin"),
        ("kubernets", "kubernetes.md", "similar"),
        ("kuberentes", "kubernetes.md", "similar"),
        ("容器编派", "orchestration.md", "similar"),
        ("调度的策略", "orchestration.md", "heading"),
        ("当作一台机器", "orchestration.md", "text"),
        ("部署系统", "kubernetes.md", "text"),
        ("部署系统的控制器", "kubernetes.md", "text"),
        ("bold scheduling", "orchestration.md", "text"),
        ("apply", "pod.md", "text"),
        ("ärger", "pod.md", "text"),
        ("#ops", "orchestration.md", "tag"),
        ("#ops/cluster machine", "", ""),
        ("hiddenword", "", ""),
        ("otherhidden", "", ""),
        ("lasthidden", "", ""),
        ("whyhidden", "", ""),
        ("tail", "secret.md", "text"),
        ("xqzjv", "", ""),
    ],
)
def test_the_best_match(found: Callable[..., list[SearchMatch]], query: str, path: str, kind: str) -> None:
    matches = found(query)
    assert [(m.path, m.kind) for m in matches[:1]] == ([(path, kind)] if path else [])


def test_every_word_has_to_match_and_a_phrase_is_one(found: Callable[..., list[SearchMatch]]) -> None:
    assert [m.path for m in found("kubernetes xqzjv zzqxv")] == []
    assert {m.path for m in found("same words")} == {"a-tie.md", "b-tie.md"}
    assert [m.path for m in found('"words, and"')] == ["b-tie.md"]


def test_association_decides_between_equals_and_order_is_fixed(found: Callable[..., list[SearchMatch]]) -> None:
    assert next(m.path for m in found("kubernetes")) == "kubernetes.md"
    scores = [m.score for m in found("same words")]
    assert scores == sorted(scores, reverse=True)
    assert found("same") == found("same")


def test_place_and_snippet_are_those_of_the_file(found: Callable[..., list[SearchMatch]]) -> None:
    (match,) = [m for m in found("scheduling") if m.kind == "text"]
    line = NOTES["concepts/orchestration.md"].split("\n")[match.line - 1]
    assert line[match.column - 1 :].startswith("scheduling")
    assert match.snippet == "What bold scheduling means; see kubernetes first."
    assert [match.snippet[s:e] for s, e in match.marks] == ["scheduling"]


def test_the_command_prints_places_and_json(kg: Kg, base: Write) -> None:
    folder = base(NOTES)
    ran = kg("find", "部署系统", "-C", folder, cwd=folder)
    assert ran.stdout.splitlines()[0] == "concepts/kubernetes.md:3:34  Kubernetes  text"
    rows = [
        json.loads(line) for line in kg("find", "kube", "--format", "jsonl", "--limit", "1", "-C", folder).stdout.splitlines()
    ]
    assert [(r["path"], r["kind"], r["line"], r["concept_id"]) for r in rows] == [("kubernetes.md", "title", 1, "kubernetes")]
    ran = kg("find", "xqzjv", "--lang", "zh", "-C", folder)
    assert (ran.status, ran.stdout, ran.stderr) == (1, "", "没有找到 xqzjv\n")


def test_the_index_is_remembered_until_a_note_changes(base: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KG_CACHE", str(tmp_path / "cache"))
    folder = base(NOTES)
    settings = load_settings(folder)
    first = open_base(settings)
    assert first.search("apply")

    from kg.knowledge.search import documents

    parsed: list[str] = []
    real = documents.read_shown

    def counted(note: Any, *args: Any) -> Any:
        parsed.append(note.path)
        return real(note, *args)

    monkeypatch.setattr(documents, "read_shown", counted)
    again = open_base(settings)
    assert again.search("apply") == first.search("apply")
    assert (parsed, "notes_read" in again.__dict__) == ([], False)
    (folder / "concepts/pod.md").write_text("# Pod\n\nAnother text: zebra.\n")
    changed = open_base(settings)
    assert [m.path for m in changed.search("zebra")] == ["pod.md"]
    assert changed.search("apply") == ()
    assert parsed == ["pod.md"]
    (folder / "concepts/pod.md").unlink()
    assert open_base(settings).search("zebra") == ()


def test_an_unsaved_text_is_searched(base: Write) -> None:
    folder = base(NOTES)
    knowledge = KnowledgeBase(load_settings(folder))
    data = b"# Pod\n\nUnsaved: giraffe.\n"
    index = with_buffer(search_index(knowledge), parse_note("pod.md", data), data, knowledge.corpus)
    assert [m.path for m in find_matches(index, "giraffe")] == ["pod.md"]
    assert find_matches(index, "apply") == ()


@pytest.mark.parametrize("query", ["", "   ", '"', "#", "\0", "a" * 100_000, "[](){}*+?.\\", "\ud800", "%%", "🙂" * 300])
def test_odd_queries_end_with_an_answer(found: Callable[..., list[SearchMatch]], query: str) -> None:
    assert len(found(query)) <= 20
