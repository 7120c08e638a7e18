"""Which paragraph of a note is its definition."""

from __future__ import annotations

import pytest

from kg.notes import parse_note


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
        ("a.md", "# Telescoping series\n\n## Definition\n\nTypical forms:\n\n$$a$$\n", ""),
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
        assert lines[note.definition_at[0] - 1][note.definition_at[1] - 1 :].startswith(definition[:2])


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
