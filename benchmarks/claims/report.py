"""Draw the plots and fill the tables of the deliverables from the measured data, so that no figure is copied by hand.

    python benchmarks/claims/report.py [--check] [--machine]

Reads concepts/deliverables/measured/*.csv. Writes plots beside them, and replaces, in the two notes below, each table that
begins with one of the heads below. --check writes nothing and fails if something would change. --machine first writes
machine.csv about this machine; use it after measuring.
"""

from __future__ import annotations

import argparse
import csv
import os
import platform
import re
import statistics
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from html import escape
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "concepts" / "deliverables"
DATA = FOLDER / "measured"
NOTES = (FOLDER / "benchmark-report.md", FOLDER / "edge-orchestration-study.md")
COLOURS = ("#0b6bcb", "#d9822b", "#2e7d32")
Rows = list[dict[str, str]]


def read(name: str) -> Rows:
    with (DATA / name).open(newline="") as file:
        return list(csv.DictReader(file))


def machine() -> None:
    """Record the machine that measured."""
    processors = [
        line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")
    ]
    memory = re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text())
    rows = {
        "processor": f"{processors[0]}, {len(processors)} virtual processors",
        "main memory": f"{int(memory[1]) / 2**20:.0f} GiB" if memory else "",
        "kernel": f"Linux {platform.release()}",
        "control groups": "version 2" if Path("/sys/fs/cgroup/cgroup.controllers").exists() else "version 1",
        "Python": platform.python_version(),
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "load": f"{os.getloadavg()[2]:.1f} (15 minutes, other work included)",
    }
    with (DATA / "machine.csv").open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([("item", "value"), *rows.items()])


# The Chinese of what the data say in English.
CHINESE = {
    "processor": "处理器",
    "main memory": "内存",
    ", below a parent with ": "，父组 ",
    "kernel": "内核",
    "control groups": "控制组",
    "date": "日期",
    "load": "负载",
    "virtual processors": "个虚拟处理器",
    "version": "版本",
    "(15 minutes, other work included)": "（15 分钟平均，含其他工作）",
    "M/M/4, one queue": "M/M/4，一条队列",
    "M/M/4, four queues": "M/M/4，四条队列",
    "overload, at most 10": "过载，至多 10 个",
    "overload": "过载",
    "processor time, % of one processor": "处理器时间，%",
    "30 ms of work, ": "30 ms 的工作，",
    " ms of 100 ms": "/100 ms",
    "time until done, ms": "完成用时，ms",
    ", both busy": "，两组都忙",
    ", the second idle": "，第二组空闲",
    "share of the first, %": "第一组的份额，%",
    "processor time of the first, %": "第一组的处理器时间，%",
    "MiB touched before SIGKILL": "被杀前写入的 MiB",
    " below a parent with ": "，父组 ",
    "two of 40 MiB, each with limit ": "两个各用 40 MiB，限额各 ",
    "processes killed": "被杀的进程",
    "processes before EAGAIN": "拒绝前的进程数",
    "at least": "至少",
    "below": "低于",
    "limit": "限额",
    "process in a control group": "进程，在控制组中",
    "unshare, no namespace": "unshare，无命名空间",
    "unshare, host name": "unshare，主机名",
    "unshare, interprocess communication": "unshare，进程间通信",
    "unshare, mounts": "unshare，挂载",
    "unshare, processes": "unshare，进程号",
    "unshare, network": "unshare，网络",
    "unshare, all of these, in a control group": "unshare，以上全部，在控制组中",
    "unshare, all of these, Python interpreter": "unshare，以上全部，Python 解释器",
    "unshare, all of these": "unshare，以上全部",
    "Python interpreter": "Python 解释器",
    "process": "进程",
    "nothing": "无",
    "crash": "崩溃",
    "reboot-first": "重启第一个节点",
    "reboot": "重启第二个节点",
    "loss": "失去第二个节点",
    "declaration": "新的声明",
}
_ENGLISH = re.compile("|".join(map(re.escape, sorted(CHINESE, key=len, reverse=True))))


def tables() -> list[str]:
    """Each table as Markdown, in Chinese and in English; its first line identifies it."""
    edge: dict[tuple[str, str], Rows] = {}
    for row in read("edge-site.csv"):
        edge.setdefault((row["fault"], row["design"]), []).append(row)
    contents: list[tuple[str, str, list[tuple[str, ...]]]] = [
        ("| 机器 | |", "| machine | |", [(row["item"], row["value"]) for row in read("machine.csv")]),
        (
            "| 场景 | 利用率 | 服务，ms | 逗留，ms | 预测，ms | p99，ms | 拒绝 |",
            "| scenario | utilisation | service, ms | sojourn, ms | predicted, ms | p99, ms | refused |",
            [_queueing_row(row) for row in read("queueing.csv")],
        ),
        (
            "| 设置 | 所测 | 中位数 | 范围 | 预测 |",
            "| setting | measured | median | range | predicted |",
            [(r["setting"], r["measured"], r["median"], f"{r['low']}–{r['high']}", r["predicted"]) for r in read("limits.csv")],
        ),
        (
            "| 方式 | 中位数，ms | p5–p95，ms | 处理器，ms |",
            "| way | median, ms | p5–p95, ms | processor, ms |",
            [(r["way"], r["median_ms"], f"{r['p5_ms']}–{r['p95_ms']}", r["processor_ms"]) for r in read("starting.csv")],
        ),
        (
            "| 事件 | 设计 | 应答率，% | 恢复，s | 链路恢复后，s |",
            "| event | design | answered, % | recovery, s | after the link returned, s |",
            [(fault, design, *_edge_figures(rows)) for (fault, design), rows in sorted(edge.items(), key=_edge_order)],
        ),
    ]
    return [
        table
        for chinese, english, rows in contents
        for table in (_table(chinese, [tuple(map(_translate, row)) for row in rows]), _table(english, rows))
    ]


def _translate(cell: str) -> str:
    return _ENGLISH.sub(lambda m: CHINESE[m[0]], cell)


def _queueing_row(row: dict[str, str]) -> tuple[str, ...]:
    refused = 100 * int(row["refused"]) / int(row["requests"])
    return (
        row["scenario"],
        row["utilisation"],
        row["service_ms"],
        f"{float(row['mean_ms']):,.1f} ± {float(row['error_ms']):,.1f}",
        f"{float(row['predicted_ms']):,.1f}" if row["predicted_ms"] else "—",
        f"{float(row['p99_ms']):,.0f}",
        f"{refused:.1f} %" if refused else "0",
    )


def _edge_order(item: tuple[tuple[str, str], Rows]) -> tuple[int, int]:
    faults = list(dict.fromkeys(row["fault"] for row in read("edge-site.csv")))
    return faults.index(item[0][0]), ("memory", "disk", "site").index(item[0][1])


def _edge_figures(rows: Rows) -> tuple[str, str, str]:
    new = rows[0]["fault"] == "declaration"
    answered = [float(row["answered"]) for row in rows]
    recovery = [float(row["after_fault_s"]) for row in rows]
    returned = [
        float(row["new_version_after_return_s" if new else "after_return_s"]) for row in rows if new or row["after_return_s"]
    ]
    return (
        f"{statistics.median(answered):.0f} ({min(answered):.0f}–{max(answered):.0f})",
        "—" if new or not any(recovery) else f"{statistics.median(recovery):.2f} ({min(recovery):.2f}–{max(recovery):.2f})",
        "—" if not returned else f"{statistics.median(returned):.2f} ({min(returned):.2f}–{max(returned):.2f})",
    )


def _table(head: str, rows: Iterable[Sequence[str]]) -> str:
    aligned = "|".join("---" if i == 0 else "---:" for i in range(head.count("|") - 1))
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([head, f"|{aligned}|", *lines])


def plots() -> dict[str, str]:
    return {"queueing.svg": _queueing_plot(), "starting.svg": _starting_plot(), "edge-site.svg": _edge_plot()}


def _queueing_plot() -> str:
    left, top, wide, high, most = 60.0, 16.0, 520.0, 280.0, 30.0
    rows = [row for row in read("queueing.csv") if row["scenario"] == "M/M/1"]

    def place(rho: float, delay: float) -> tuple[float, float]:
        return left + wide * rho, top + high * (1 - min(delay, most) / most)

    body = [f'<rect x="{left}" y="{top}" width="{wide}" height="{high}" fill="none" stroke="#999"/>']
    for mark in (1, 5, 10, 15, 20, 25, 30):
        _, y = place(0, mark)
        body.append(f'<path d="M{left} {y:.1f}h{wide}" stroke="#e0e0e0"/>' + _text(left - 8, y + 4, str(mark), "end"))
    for tenth in range(0, 11, 2):
        x, _ = place(tenth / 10, 0)
        body.append(_text(x, top + high + 18, f"{tenth / 10:g}", "middle"))
    curve = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(i / 200, 1 / (1 - i / 200)) for i in range(194)))
    body.append(f'<polyline points="{curve}" fill="none" stroke="{COLOURS[0]}" stroke-width="2"/>')
    for row in rows:
        service = float(row["service_ms"])
        if (delay := float(row["mean_ms"]) / service) > most:
            continue
        x, y = place(float(row["utilisation"]), delay)
        spread = high * 2 * float(row["error_ms"]) / service / most
        body.append(f'<path d="M{x:.1f} {y - spread:.1f}v{2 * spread:.1f}" stroke="{COLOURS[1]}" stroke-width="2"/>')
        body.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" fill="{COLOURS[1]}"/>')
    body.append(_text(left + wide / 2, top + high + 38, "利用率 / utilisation ρ", "middle"))
    body.append(_text(left + 12, top + 20, "平均逗留时间，以服务时间计 / mean sojourn, in service times", "start"))
    body.append(_text(left + 12, top + 40, "— 1/(1−ρ)　　● 实测 ± 2 个标准误差 / measured ± 2 standard errors", "start"))
    return _svg(left + wide + 20, top + high + 50, body)


def _starting_plot() -> str:
    rows, left, wide, bar = read("starting.csv"), 300.0, 400.0, 24.0
    most = max(float(row["p95_ms"]) for row in rows)
    body = []
    for i, row in enumerate(rows):
        y, median = 14 + i * bar, wide * float(row["median_ms"]) / most
        low, high = (wide * float(row[key]) / most for key in ("p5_ms", "p95_ms"))
        body.append(_text(left - 8, y + 14, row["way"], "end"))
        body.append(f'<rect x="{left}" y="{y + 3}" width="{median:.1f}" height="14" fill="{COLOURS[0]}"/>')
        body.append(f'<path d="M{left + low:.1f} {y + 10}H{left + high:.1f}" stroke="#222"/>')
        body.append(_text(left + max(high, median) + 6, y + 14, f"{float(row['median_ms']):.1f} ms", "start"))
    body.append(_text(left, 14 + len(rows) * bar + 16, "中位数，线为 p5–p95 / median, line from p5 to p95", "start"))
    return _svg(left + wide + 90, 14 + len(rows) * bar + 26, body)


def _edge_plot() -> str:
    left, high, group, bar = 46.0, 200.0, 104.0, 26.0
    values: dict[str, dict[str, list[float]]] = {}
    for row in read("edge-site.csv"):
        values.setdefault(row["fault"], {}).setdefault(row["design"], []).append(float(row["answered"]))
    body = []
    for mark in (0, 25, 50, 75, 100):
        y = 14 + high * (1 - mark / 100)
        body.append(
            f'<path d="M{left} {y:.1f}h{group * len(values)}" stroke="#e0e0e0"/>' + _text(left - 6, y + 4, f"{mark} %", "end")
        )
    for i, (fault, designs) in enumerate(values.items()):
        for k, (design, shares) in enumerate(
            sorted(designs.items(), key=lambda item: ("memory", "disk", "site").index(item[0]))
        ):
            tall = high * statistics.median(shares) / 100
            x, y = left + 12 + i * group + k * bar, 14 + high - tall
            body.append(
                f'<rect x="{x:.1f}" y="{y:.1f}" width="{bar - 2}" height="{tall:.1f}" '
                f'fill="{COLOURS[k]}"><title>{design}: {statistics.median(shares):.0f} %</title></rect>'
            )
        body.append(_text(left + 12 + i * group + 1.5 * bar, 14 + high + 18, fault, "middle"))
    for k, (design, meaning) in enumerate((("memory", "状态在内存"), ("disk", "状态在节点磁盘"), ("site", "控制平面在站点"))):
        x = left + 12 + k * 200
        body.append(f'<rect x="{x}" y="{14 + high + 32}" width="12" height="12" fill="{COLOURS[k]}"/>')
        body.append(_text(x + 18, 14 + high + 42, f"{design} / {meaning}", "start"))
    return _svg(left + group * len(values) + 16, 14 + high + 54, body)


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _svg(wide: float, high: float, body: list[str]) -> str:
    inside = "\n".join(body)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide:.0f} {high:.0f}" width="{wide:.0f}" height="{high:.0f}" '
        f'font-family="sans-serif" font-size="12">\n<rect width="100%" height="100%" fill="#ffffff"/>\n{inside}\n</svg>\n'
    )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--check", action="store_true")
    options.add_argument("--machine", action="store_true")
    given = options.parse_args()
    if given.machine:
        machine()
    wanted = {DATA / name: plot for name, plot in plots().items()}
    texts = {path: path.read_text() for path in NOTES}
    for table in tables():
        head = table.split("\n", 1)[0]
        holders = [path for path, text in texts.items() if f"\n{head}\n" in text]
        assert holders, f"no note has the table {head}"
        for path in holders:
            texts[path] = re.sub(rf"(?m)^{re.escape(head)}\n(?:\|.*\n)*", lambda _, table=table: table + "\n", texts[path])
    changed = [path for path, text in (wanted | texts).items() if not path.exists() or path.read_text() != text]
    if given.check:
        sys.exit(
            f"out of date: {', '.join(path.name for path in changed)}; run python benchmarks/claims/report.py" if changed else 0
        )
    for path in changed:
        path.write_text((wanted | texts)[path])
        print(path.name)


if __name__ == "__main__":
    main()
