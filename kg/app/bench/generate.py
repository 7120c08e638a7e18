"""Synthetic notes for benchmarks: Chinese and English, constructs of all dialects, links distributed as in real collections."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Final

_EN: Final = tuple(
    """
    concept graph relation model theory system agent memory process signal network order causal inference value norm
    practice language meaning structure function field energy form logic proof measure space time state event context
    """.split()
)
_ZH: Final = tuple(
    "概念 图谱 关系 模型 理论 系统 容器 服务 进程 信号 网络 一致 共识 副本 延迟 吞吐 隔离 调度 编排 观测 安全 边缘".split()
)
_FOLDERS: Final = 97


def _title(i: int) -> str:
    if i % 3 == 0:
        return f"{_ZH[i % len(_ZH)]}{_ZH[i // len(_ZH) % len(_ZH)]} {i}"
    return f"{_EN[i % len(_EN)].title()} {_EN[i // len(_EN) % len(_EN)].title()} {i}"


def _path(i: int) -> str:
    return f"d{i % _FOLDERS:02d}/{_title(i)}.md"


def notes(count: int, seed: int = 7) -> Iterator[tuple[str, bytes]]:
    """Yield (path, bytes) of `count` notes of about 1.5 KB. All links resolve to one of them.

    >>> sum(1 for _ in notes(5)), next(notes(5)) == next(notes(5))
    (5, True)
    """
    draw = random.Random(seed)
    for i in range(count):
        # The rank of a link's target follows a power law, as measured in real collections.
        targets = [min(int(count * draw.random() ** 3), count - 1) for _ in range(8)]
        targets = [t if t != i else (i + 1) % count for t in targets]
        yield _path(i), "\n".join(_lines(i, targets, draw)).encode()


def _prose(draw: random.Random, i: int, words: int) -> str:
    pool = _ZH if i % 3 == 0 else _EN
    return ("" if i % 3 == 0 else " ").join(draw.choices(pool, k=words))


def _lines(i: int, targets: list[int], draw: random.Random) -> Iterator[str]:
    a, b, c, d, e, f, g, h = targets
    name = f"c{i:07d}"
    yield from (
        "---",
        f"id: {name}",
        f"title: {_title(i)}",
        "aliases:",
        f"  - alias-{i}",
        f'  - "{_EN[i % 9]} {_ZH[i % 9]} {i}"',
    )
    yield from (f"tags: [bench, area/{_EN[i % 13]}]", "status: draft")
    if i:
        yield f'broader: "[[{_title((i - 1) // 6)}]]"'
    if i % 4 == 1:
        yield f"uses: [c{a:07d}]"
    yield from ("---", "", f"# {_title(i)}", "", f"{_prose(draw, i, 25)} [[{_title(a)}]] {_prose(draw, i, 12)}", "")
    yield from (
        "## Definition / 定义",
        "",
        f"**{_EN[i % 9]}** {_prose(draw, i, 20)}，[see](../{_path(c).replace(' ', '%20')})。",
        "",
    )
    yield from (f"- {_prose(draw, i, 6)} [[{_title(b)}|{_prose(draw, i, 2)}]]", f"- [[{_title(d)}#Definition / 定义]] ^b{i}")
    yield from (f"- `[[not a link {i}]]` {_prose(draw, i, 5)}", f"- depends-on{':: ' if i % 2 else '：：'}[[{_title(e)}]]", "")
    yield from (f"> [!note] {_prose(draw, i, 3)}", f"> {_prose(draw, i, 8)} [[alias-{f}]] %%[[hidden]]%%", "")
    yield f"$x_{{{i % 9}}} = \\sum_k a_k$ costs $5 or $10; {_prose(draw, i, 20)} <!-- [[no]] --> #tag-{i % 50}"
    yield ""
    if i % 3 == 0:
        yield from ("```python", f"def f{i}(x):", f"    return x  # [[not {i}]]", "```", "")
    if i % 5 == 0:
        yield from ("```mermaid", "graph TD", f"  A[{_title(i)}] -->|uses| B[{_title(g)}]", "```", "")
    if i % 7 == 0:
        yield from ("| 关系 | 概念 |", "|---|---|", f"| contrasts-with | [[{_title(h)}]] |", "")
    yield from ("## Related", "", f"[[{_title(g)}]], [other][r] and ![[{_title(h)}#^b{h}]]", "", f"[r]: <../{_path(h)}>", "")
