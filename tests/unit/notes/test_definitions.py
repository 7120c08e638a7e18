"""Which paragraph of a note is its definition."""

from __future__ import annotations

import pytest

from kg.notes import parse_note
from kg.notes.dialect import Dialect


@pytest.mark.parametrize(
    ("path", "text", "definition"),
    [
        ("raft.md", "# Raft\n\nRaft is a protocol for consensus.\n", "Raft is a protocol for consensus."),
        ("raft.md", "Raft is a protocol.\n", "Raft is a protocol."),
        ("faq.md", "# FAQ\n\n## What is etcd?\n\nA distributed key-value store.\n", ""),
        ("etcd.md", "# etcd\n\n- a\n\n## What is etcd?\n\nA distributed store.\n", "A distributed store."),
        ("pods.md", "# Pods\n\n- a\n\n## What is a pod?\n\nA group of containers.\n", "A group of containers."),
        ("a.md", "# Guide\n\n- a\n\n## etcd\n\n### Definition\n\nA distributed store.\n", ""),
        (
            "a.md",
            "# Ratio test\n\n## Summary\n\nThe ratio of terms decides convergence.\n\n## Use\n\nText.\n",
            "The ratio of terms decides convergence.",
        ),
        ("a.md", "# 比值判别法\n\n## 摘要\n\n相邻两项之比决定级数是否收敛。\n", "相邻两项之比决定级数是否收敛。"),
        ("a.md", "# Ratio test\n\n## Usage\n\nThe ratio of terms decides convergence.\n", ""),
        ("a.md", "# Telescoping series\n\n## Definition\n\nTypical forms:\n\n> a\n", ""),
        (
            "a.md",
            "# Series\n\n## Definition\n\nTypical forms:\n\n$$\na,\n$$\n\nwith $a$.\n\nText.\n",
            "Typical forms: $$ a, $$ with $a$.",
        ),
        (
            "a.md",
            "# Squeeze\n\n## Definition\n\nIf\n\n$$a=b,$$\n\nthen\n\n$$b=c.$$\n\nThe same holds.\n",
            "If $$a=b,$$ then $$b=c.$$",
        ),
        ("a.md", "# Sums\n\n## Definition\n\nThe sum is\n\n$$a.$$\n\nThe series ends.\n", "The sum is $$a.$$"),
        ("a.md", "# 极限\n\n## 定义\n\n若对任意数有\n\n$$a$$\n\n则称其收敛。\n\n正文。\n", "若对任意数有 $$a$$ 则称其收敛。"),
        (
            "a.md",
            "# Sums\n\n## Definition\n\nThe sum is\n\n```math\na\n```\n\nwhere a is one.\n",
            "The sum is $$a$$ where a is one.",
        ),
        ("a.md", "# Series\n\n## Definition\n\n$$\na\n$$\n\nconverges if so.\n", "$$ a $$ converges if so."),
        (
            "a.md",
            "# A series\n\n## Summary\n\nIt has a constant ratio.\n\n## Definition\n\n$$a.$$\n",
            "It has a constant ratio.",
        ),
        ("a.md", "# A series\n\n## Definition\n\n$$a.$$\n\n## Use\n\nOne that is useful.\n", "$$a.$$"),
        ("a.md", "# A series\n\n$$a + b + c + d$$\n\n## Use\n\nIt is useful.\n", ""),
        (
            "a.md",
            "# A series\n\nA series is a sum such as\n\n$$a,$$\n\nwith terms.\n",
            "A series is a sum such as $$a,$$ with terms.",
        ),
        (
            "a.md",
            "# Convergence\n\n## Definition\n\n- **Absolute:** the sum of $|a|$ ends.\n- Conditional: only $a$\n  - or `b`\n",
            "Absolute: the sum of $|a|$ ends. Conditional: only $a$; or b",
        ),
        (
            "a.md",
            "# 收敛\n\n## 定义\n\n1. 绝对收敛：各项绝对值之和收敛\n2. 条件收敛\n",
            "绝对收敛：各项绝对值之和收敛；条件收敛",
        ),
        (
            "a.md",
            "# Pod\n\n## What is a pod?\n\nA pod is one of\nthese:\n\n- a group\n- one container\n",
            "A pod is one of these: a group; one container",
        ),
        ("a.md", "# Pods\n\n## What\n\n- [a long name of a note](a.md)\n- [one more name](b.md)\n", ""),
        ("a.md", "# Guide\n\n- a\n\n## 1. 概述\n\n### 1.1 定义\n\n一种指南。\n", "一种指南。"),
        ("容器.md", "# 容器\n\n**版本**: v1.0\n\n## 什么是容器？\n\n一种隔离进程的技术。\n", "一种隔离进程的技术。"),
        ("容器.md", "# 容器\n\n> 引文\n\n容器是一种隔离技术。\n", "容器是一种隔离技术。"),
        ("容器.md", "# 容器\n\n本文介绍容器的用法与历史。\n", ""),
        ("pod.md", "# Pod\n\nThis page explains how to use pods in practice.\n", ""),
        ("pod.md", "# Pod\n\n## Use\n\nStart it with one command and see.\n", ""),
        (
            "pod.md",
            "# Pod\n\n## Intro\n\nA pod (also: po) is a group of containers.\n",
            "A pod (also: po) is a group of containers.",
        ),
        ("pod.md", "# Pod\n\nA pod can be one of the following kinds:\n\n- a\n", ""),
        ("pod.md", "# Pod\n\nA pod %%is it?%% is a group of containers.\n", "A pod is a group of containers."),
    ],
)
def test_definition(path: str, text: str, definition: str) -> None:
    note = parse_note(path, text.encode())
    assert note.definition == definition
    if definition:
        lines = text.splitlines()
        written = lines[note.definition_at[0] - 1][note.definition_at[1] - 1 :]
        assert written.lstrip("-*1. ").startswith(definition[:2])


@pytest.mark.parametrize(
    ("text", "definitions"),
    [
        ("# Raft\n\n## 定义\n\n一种算法。\n\n## Definition\n\nA protocol.\n\n## What\n\nX.\n", ("一种算法。", "A protocol.")),
        ("# Raft\n\nRaft is a protocol for logs.\n\n## 定义\n\n一种算法。\n", ("一种算法。", "Raft is a protocol for logs.")),
        ("# Raft\n\n## 定义\n\n一种算法。\n\n## 什么是 Raft\n\n又一种说法。\n", ("一种算法。",)),
    ],
)  # fmt: skip
def test_one_definition_for_each_language(text: str, definitions: tuple[str, ...]) -> None:
    note = parse_note("raft.md", text.encode())
    assert (note.definition, *note.further_definitions) == definitions


@pytest.mark.parametrize(
    ("dialect", "text", "definition"),
    [
        (
            Dialect(tex=True),
            "# Sum\n\nThe sum of \\(a_1*b*c\\) is\n\n\\[\na,\n\\]\n\nas *usual*.\n",
            "The sum of $a_1*b*c$ is $$a,$$ as usual.",
        ),
        (Dialect(bundles=True), "# Sum\n\nThe sum of \\\\(a\\\\) and all \\(b\\).\n", "The sum of $a$ and all (b)."),
        (Dialect(), "# Sum\n\nThe sum of \\(a\\) and \\(b\\).\n", "The sum of (a) and (b)."),
        (
            Dialect(properties=True),
            "- #+BEGIN_NOTE\n  Thanks to all who wrote this.\n  #+END_NOTE\n- A sum adds all its terms.\n",
            "A sum adds all its terms.",
        ),
    ],
)
def test_definition_in_a_dialect(dialect: Dialect, text: str, definition: str) -> None:
    assert parse_note("sum.md", text.encode(), dialect).definition == definition
