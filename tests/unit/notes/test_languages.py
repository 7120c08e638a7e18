"""The Chinese and the English text of a note: numbers by value, formulas, sections (`kg.notes.languages`)."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from kg.knowledge.running import without_collector
from kg.notes import parse_note
from kg.notes.languages import compare_languages
from kg.notes.languages.quantities import read_quantities

ZH = (
    "租约是有期限的承诺，持有者在期限之内独占资源，到期之前必须续约，否则授予者可以把它交给别人使用，这一点由服务器的时钟决定。"
)
EN = (
    "A lease is a promise that ends: its holder alone has the resource for some time and has to renew the lease before that "
    "time is over, or else the server, whose clock decides, may give the resource to others."
)


def differences(zh: str, en: str, front: str = "") -> list[str]:
    """What is reported of a note with some text added to each language."""
    text = f"{front}# 租约 / Lease\n\n## 说明\n\n{ZH}{zh}\n\n## Explanation\n\n{EN} {en}\n"
    return [f.detail for f in parse_note("lease.md", text.encode()).faults if f.name == "languages-differ"]


@pytest.mark.parametrize(
    ("zh", "en"),
    [
        ("期限是 15 秒。", "It lasts fifteen seconds."),
        ("期限是十五秒。", "It lasts 15 s."),
        ("间隔 0.5 秒。", "Every 500 ms."),
        ("间隔半小时，共三十分钟。", "Every half hour, 30 minutes."),
        ("有 1 万个节点。", "There are 10,000 nodes."),
        ("有一万两千个节点。", "There are 12,000 nodes."),
        ("有 1,000 个节点。", "There are a thousand nodes, 1000."),
        ("其中百分之五失败。", "5 % of them fail."),
        ("其中 5% 失败。", "Five per cent of them fail."),
        ("可用性为百分之九十九点九。", "It is available 99.9% of the time."),
        ("三分之二的票。", "Two thirds of the votes."),
        ("三分之二的票。", "Two-thirds of the votes."),
        ("每千分之一的请求。", "One in a thousand requests."),
        ("误差不超过千分之一。", "The error is at most 0.1%."),
        ("多数派是五台中的三台。", "A majority is three of 5."),
        ("分三个阶段。", "It has the phases: begin, keep, end."),  # a translation may leave out how many things follow
        ("三方与十分重要的再三说明。", "Explained to all parties."),
        ("重试三四次。", "It is tried several times."),
        ("二十世纪九十年代，即 1990 年代。", "In the 1990s, the twentieth century."),
        ("2026 年 11 月 30 日。", "On 30 November 2026."),
        ("用 SHA-256 与 K3s，以及 IPv6。", "It uses hashes of its own."),
        ("见 `timeout: 30`。", "See the setting `timeout: 30`."),
        ("超时为 $t = 30$ 秒。", "The time-out $t=30$ is in seconds."),
        ("自 v1.35 起稳定。", "Stable since release 1.35."),
        ("一半以上的票。", "More than one half of the votes."),
        ("需要 $R + W > N$。", "This needs $R+W>N$ ."),
        ("当 $n\\leq 3$ 时。", "If $n \\le 3$."),
        ("名字是 $n$。", "It is called something."),  # a lone symbol can be a word
    ],
)
def test_the_same_is_said_in_other_words(zh: str, en: str) -> None:
    assert differences(zh, en) == []


@pytest.mark.parametrize(
    ("zh", "en", "message"),
    [
        ("期限是 15 秒。", "It lasts 50 seconds.", "the English text lacks '15 秒'"),
        ("期限是 15 秒。", "It lasts 15 minutes.", "the English text lacks '15 秒'"),
        ("占 5%。", "It is 50% of it.", "the English text lacks '5%'"),
        ("占百分之五。", "It is a part of it.", "the English text lacks '百分之五'"),
        ("分三个阶段。", "It has four phases.", "the English text lacks '三'"),
        ("分三个阶段。", "It has four phases.", "the Chinese text lacks 'four'"),
        ("有 1,000 个节点。", "There are 100 nodes.", "the English text lacks '1,000'"),
        ("三分之二的票。", "Three quarters of the votes.", "the English text lacks '三分之二'"),
        ("需要 $R + W > N$。", "This needs $R + W \\ge N$.", "the English text lacks the formula 'R + W > N'"),
        ("没有公式。", "This needs $R + W > N$.", "the Chinese text lacks the formula 'R + W > N'"),
        ("\n\n$$ x = 1 $$\n", "No formula.", "the English text lacks the formula 'x = 1'"),
        ("2014 年提出。", "It was proposed long ago.", "the English text lacks '2014'"),
    ],
)
def test_something_else_is_said(zh: str, en: str, message: str) -> None:
    assert message in differences(zh, en)


def test_a_place_is_that_of_the_number() -> None:
    text = f"# 租约 / Lease\n\n## 说明\n\n{ZH}\n期限是\n15 秒。\n\n## Explanation\n\n{EN}\n"
    (fault,) = [f for f in parse_note("lease.md", text.encode()).faults if f.name == "languages-differ"]
    assert (fault.line, fault.column) == (7, 1)


def test_definitions_are_compared() -> None:
    front = "---\ndefinition:\n  zh: 期限为 15 秒的承诺。\n  en: A promise for 50 seconds.\n---\n"
    assert differences("", "", front) == [
        "the English definition lacks '15 秒' of the Chinese one",
        "the Chinese definition lacks '50 seconds' of the English one",
    ]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        (f"## 分析 / Analysis\n\n{EN}\n", ["the section '分析 / Analysis' has no Chinese text"]),
        (f"## 分析 / Analysis\n\n{ZH}\n", ["the section '分析 / Analysis' has no English text"]),
        (f"## 分析 / Analysis\n\n{ZH}\n\n{EN}\n", []),
        (f"## 分析 / Analysis\n\n### 细节 / Detail\n\n{ZH}\n", ["the section '分析 / Analysis' has no English text"]),
        ("## 示例 / Example\n\n```sh\nls\n```\n", []),
        (f"## 局限\n\n{ZH}\n", ["the section '局限' has no counterpart in English"]),
        (f"## 局限\n\n{ZH}\n\n## Limits\n\n{EN}\n", []),
        (
            "## 参考文献 / References\n\nLamport, Time, Clocks, and Ordering of Events in a Distributed System, etc\n",
            [],
        ),
    ],
)
def test_sections_exist_in_both_languages(more: str, expected: list[str]) -> None:
    assert differences("", f"\n\n{more}") == expected


def test_notes_in_one_language_are_not_compared() -> None:
    for text in (
        f"# 租约\n\n{ZH * 3}15 秒。\n",
        f"# Lease\n\n{EN * 3} 15 seconds.\n",
        f"# 租约 / Lease\n\n{ZH * 9}15 秒。\n\nA lease.\n",
    ):
        assert [f for f in parse_note("lease.md", text.encode()).faults if f.name == "languages-differ"] == []


def test_the_notes_of_this_repository_say_the_same_in_both_languages() -> None:
    """The rule informs: it fails no `kg check`, so it is held here."""
    notes = sorted((Path(__file__).parents[3] / "concepts").rglob("*.md"))
    assert len(notes) > 300
    faults = [(path.name, f) for path in notes for f in parse_note(path.name, path.read_bytes()).faults]
    assert [(name, f.line, f.detail) for name, f in faults if f.name == "languages-differ"] == []


def test_a_summary_may_leave_things_out() -> None:
    assert differences("".join(f"第 {n} 条规则要求所有节点等待 {n} 秒。" for n in range(20, 60)), "") == []


@pytest.mark.parametrize(
    "piece", ["`", "$$", "$a", "# ", "[[", "](", "<!--", "<a ", "十", "1,000", "million ", "{.", "百分之", "- ", "1.1"]
)
def test_time_is_proportional_to_the_text(piece: str) -> None:
    def seconds(length: int) -> float:
        text = f"# 租约 / Lease\n\n{ZH}\n\n{EN}\n\n" + piece * (length // len(piece))

        def run() -> float:
            # As commands do: a collection goes through all that other tests have left, too.
            with without_collector():
                before = time.process_time()
                list(compare_languages(text, 1, None, 1))
                return time.process_time() - before

        return min(run(), run())

    assert seconds(400_000) < 32 * max(seconds(50_000), 0.02)  # 8 times as long; in the square of it: 64


def test_numbers_have_a_value_however_they_are_written() -> None:
    def values(text: str) -> list[str]:
        return [str(max(q.values)) for q in read_quantities(text)]

    assert values("二十五 twenty-five 25 2.5 万 25 thousand") == ["25", "25", "25", "25000", "25000"]
    assert values("1.2.3, RFC9110, 2PC, 5G, 4xx, S3") == []


@pytest.mark.parametrize(
    "unseen",
    [
        f'<iframe src="https://a.example/{"p" * 200}" width="80%" height="500"></iframe>',
        "![图|566](https://a.example/a.png)",
        "![[图.png|640]]",
    ],
)
def test_sizes_are_no_numbers_of_the_text(unseen: str) -> None:
    assert differences(unseen, "") == []


def test_one_english_heading_among_chinese_ones_is_a_name() -> None:
    sections = "".join(f"## 第{n}节\n\n{ZH}\n\n" for n in "一二三")
    note = f"# 扩展语法\n\n{sections}## Callout\n\n{EN}\n\n{EN}\n"
    assert [f.detail for f in parse_note("a.md", note.encode()).faults if f.name == "languages-differ"] == []
