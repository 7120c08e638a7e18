"""What the note on queueing models claims, measured: requests in real pipes, served by real processes.

    python benchmarks/claims/queueing.py [--out concepts/deliverables/measured/queueing.csv] [--share 1.0]

An open-loop client writes requests into a pipe at Poisson times, whether or not earlier ones were answered. Each server is a
process that takes one request at a time and sleeps for its service time (10 ms on average). A delay is counted from the
moment at which a request was due, so a client that is late hides nothing. Sleeping keeps the two processors free: what is
measured is queueing and not competition for a processor. All scenarios run at the same time.

Rows: scenario, servers, queues (shared or one each), the distribution of service times, offered and measured utilisation,
requests, those that were refused, mean service time, mean and 99th percentile of the sojourn time with a standard error by
20 batches, what the formula predicts from the measured mean service time and arrival rate. Times in milliseconds. The first
tenth of requests is left out.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import statistics
import struct
import time
from dataclasses import dataclass
from math import factorial
from multiprocessing import Process, SimpleQueue
from pathlib import Path
from typing import Any

SERVICE = 0.010  # mean service time, seconds
BATCHES = 20
REQUEST = struct.Struct("<qq")  # number of the request, due time in ns
OUT = Path(__file__).resolve().parents[2] / "concepts" / "deliverables" / "measured" / "queueing.csv"


@dataclass(frozen=True)
class Scenario:
    name: str
    utilisation: float
    requests: int
    servers: int = 1
    shared: bool = True
    service: str = "exponential"
    bound: int = 0  # requests that may be in the system; 0: any number


SCENARIOS = (
    *(
        Scenario("M/M/1", rho, n)
        for rho, n in ((0.3, 5000), (0.5, 8000), (0.6, 8000), (0.7, 12000), (0.8, 16000), (0.9, 24000), (0.95, 26000))
    ),
    Scenario("M/D/1", 0.8, 16000, service="constant"),
    Scenario("M/M/4, one queue", 0.8, 60000, servers=4),
    Scenario("M/M/4, four queues", 0.8, 60000, servers=4, shared=False),
    Scenario("overload", 1.2, 20000),
    Scenario("overload, at most 10", 1.2, 20000, bound=10),
)


def serve(readable: int, scenario: Scenario, seed: int, answers: Any) -> None:
    """Take requests one at a time until the pipe is closed; the answer is a list of (number, due, start, end) in ns."""
    rng, records = random.Random(seed), []
    while message := os.read(readable, REQUEST.size):
        number, due = REQUEST.unpack(message)
        start = time.monotonic_ns()
        time.sleep(SERVICE if scenario.service == "constant" else rng.expovariate(1 / SERVICE))
        records.append((number, due, start, time.monotonic_ns()))
        if scenario.bound:
            os.write(scenario_slots[scenario.name][1], b".")
    answers.put(records)


scenario_slots: dict[str, tuple[int, int]] = {}  # a pipe with one byte for each free place in the system


def observe(scenario: Scenario, seed: int, results: Any) -> None:
    """Run one scenario and put its row."""
    rng, answers = random.Random(seed), SimpleQueue()
    if scenario.bound:
        scenario_slots[scenario.name] = os.pipe()
        os.set_blocking(scenario_slots[scenario.name][0], False)
        os.write(scenario_slots[scenario.name][1], b"." * scenario.bound)
    pipes = [os.pipe() for _ in range(1 if scenario.shared else scenario.servers)]
    servers = [
        Process(
            target=_close_and_serve, args=([w for _, w in pipes], pipes[i % len(pipes)][0], scenario, seed + 1 + i, answers)
        )
        for i in range(scenario.servers)
    ]
    for process in servers:
        process.start()
    rate, due, refused, dues = scenario.utilisation * scenario.servers / SERVICE, time.monotonic_ns() + 50_000_000, 0, []
    for number in range(scenario.requests):
        due += int(rng.expovariate(rate) * 1e9)
        dues.append(due)
        if (pause := due - time.monotonic_ns()) > 0:
            time.sleep(pause / 1e9)
        if scenario.bound and not _takes_place(scenario):
            refused += 1
            continue
        os.write(pipes[rng.randrange(len(pipes))][1], REQUEST.pack(number, due))
    for _, writable in pipes:
        os.close(writable)
    records = sorted(record for _ in servers for record in answers.get())
    for process in servers:
        process.join(timeout=60)
    results.put((scenario, _row(scenario, records, refused, (scenario.requests - 1) / ((dues[-1] - dues[0]) / 1e9))))


def _close_and_serve(writable: list[int], readable: int, scenario: Scenario, seed: int, answers: Any) -> None:
    for end in writable:
        os.close(end)
    serve(readable, scenario, seed, answers)


def _takes_place(scenario: Scenario) -> bool:
    try:
        return bool(os.read(scenario_slots[scenario.name][0], 1))
    except BlockingIOError:
        return False


def _row(scenario: Scenario, records: list[tuple[int, int, int, int]], refused: int, arrivals: float) -> dict[str, object]:
    records = [record for record in records if record[0] >= scenario.requests // 10]
    service = statistics.fmean(end - start for _, _, start, end in records) / 1e9
    sojourns = [(end - due) / 1e6 for _, due, _, end in records]
    size = len(sojourns) // BATCHES
    batches = [statistics.fmean(sojourns[i * size : (i + 1) * size]) for i in range(BATCHES)]
    rho = arrivals * service / scenario.servers
    error = statistics.stdev(batches) / BATCHES**0.5
    return {
        "scenario": scenario.name,
        "servers": scenario.servers,
        "queues": "shared" if scenario.shared else "one each",
        "service": scenario.service,
        "offered": scenario.utilisation,
        "utilisation": f"{rho:.3f}",
        "requests": scenario.requests,
        "refused": refused,
        "service_ms": f"{service * 1e3:.3f}",
        "mean_ms": f"{statistics.fmean(sojourns):.2f}",
        "error_ms": f"{error:.2f}",
        "p99_ms": f"{sorted(sojourns)[int(0.99 * len(sojourns))]:.1f}",
        "first_ms": f"{batches[0]:.1f}",
        "last_ms": f"{batches[-1]:.1f}",
        "predicted_ms": _predicted(scenario, rho, service),
    }


def _predicted(scenario: Scenario, rho: float, service: float) -> str:
    """The mean sojourn time by the formula, in ms; nothing if there is no steady state."""
    c = scenario.servers if scenario.shared else 1
    if scenario.bound:  # M/M/1/K: weights rho^n of n in the system
        weights = [rho**n for n in range(scenario.bound + 1)]
        accepted = sum(weights[:-1])
        return f"{1e3 * service * sum((n + 1) * w for n, w in enumerate(weights[:-1])) / accepted:.2f}"
    if rho >= 1:
        return ""
    if scenario.service == "constant":  # Pollaczek and Khinchine
        return f"{1e3 * service * (1 + rho / (2 * (1 - rho))):.2f}"
    a = c * rho  # Erlang's C
    last = a**c / factorial(c) / (1 - rho)
    waits = last / (sum(a**k / factorial(k) for k in range(c)) + last)
    return f"{1e3 * service * (1 + waits / (c * (1 - rho))):.2f}"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--out", type=Path, default=OUT)
    options.add_argument("--share", type=float, default=1.0, help="part of the requests, for a trial")
    given = options.parse_args()
    scenarios = [Scenario(**{**s.__dict__, "requests": int(s.requests * given.share)}) for s in SCENARIOS]
    results: Any = SimpleQueue()
    runs = [Process(target=observe, args=(scenario, 1000 * i, results)) for i, scenario in enumerate(scenarios)]
    for run in runs:
        run.start()
    rows = dict(results.get() for _ in runs)
    with given.out.open("w", newline="") as file:
        writer = csv.DictWriter(file, next(iter(rows.values())), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows[scenario] for scenario in scenarios)
    print(given.out.read_text(), end="")


if __name__ == "__main__":
    main()
