"""A test bed for autonomy at the edge: a cloud, a site of two nodes and an uplink that is cut, in network namespaces of
one machine.

    python benchmarks/claims/edge_site.py [--out concepts/deliverables/measured/edge-site.csv] [--runs 5]

Needs root on Linux with `ip` of iproute2. The programs are small and written for this purpose: they are no K3s, KubeEdge or
OpenYurt. What is compared are three designs that differ in where desired state is kept and who decides:

    memory   the control plane is in the cloud; an agent keeps what it was told in memory (an ordinary kubelet)
    disk     the control plane is in the cloud; an agent keeps a copy on its disk (KubeEdge's database, OpenYurt's YurtHub)
    site     the control plane is at the site, on the first node, with its state on disk; the cloud sends it declarations

The site's two nodes and a probe share a bridge; the uplink to the cloud is a link of its own, which is set down for five
seconds. Agents ask their control plane every 0.2 s by datagrams; what gets lost is asked again. A control plane counts a
node as lost after 1 s of silence. The probe asks each workload every 50 ms on both nodes. While the link is down, one thing
happens, 1 s after the cut:

    nothing       the link is down and that is all
    crash         the process of a workload on the second node is killed
    reboot        agent and workloads of the second node are killed; the agent starts again after 0.5 s with what is on its disk
    reboot-first  the same for the first node, with the control plane if it is there
    loss          agent and workloads of the second node are killed for good
    declaration   the cloud declares a new version; and gives a command that expires during the outage and one that does not

Rows: design, fault, run; the share of probes that were answered during the outage by the workload that fared worst; seconds
from the fault to its first answer, and, if that came after the return of the link, from there; seconds from the return until
both workloads answered with the new version; how often each of the two commands was executed.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

OUT = Path(__file__).resolve().parents[2] / "concepts" / "deliverables" / "measured" / "edge-site.csv"
DESIGNS = ("memory", "disk", "site")
FAULTS = ("nothing", "crash", "reboot", "reboot-first", "loss", "declaration")
ASK, SILENT, PROBE, OUTAGE, FAULT, BEFORE, AFTER = 0.2, 1.0, 0.05, 5.0, 1.0, 2.0, 3.0  # seconds
CONTROL, WORKLOADS = 7000, {"camera": (7001, "node1"), "gate": (7002, "node2")}  # ports, and where each runs by preference
CLOUD, NODES = "10.9.1.1", {"node1": "10.9.0.1", "node2": "10.9.0.2"}

Json = dict[str, Any]


def write_state(path: Path, state: Json) -> None:
    """Write state at once: a process that is killed leaves the old or the new one."""
    (temporary := path.with_suffix(".new")).write_text(json.dumps(state))
    temporary.replace(path)


def read_state(path: Path) -> Json:
    return json.loads(path.read_text()) if path.exists() else {}


def receive(endpoint: socket.socket) -> list[tuple[Json, Any]]:
    """The messages that have arrived."""
    messages = []
    with contextlib.suppress(BlockingIOError):
        while True:
            message, sender = endpoint.recvfrom(65536)
            messages.append((json.loads(message), sender))
    return messages


def send(endpoint: socket.socket, message: Json, to: Any) -> None:
    with contextlib.suppress(OSError):  # no route while the link is down; the next turn asks again
        endpoint.sendto(json.dumps(message).encode(), to)


def open_endpoint(port: int = 0) -> socket.socket:
    endpoint = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    endpoint.bind(("0.0.0.0", port))  # noqa: S104 — a namespace without other networks
    endpoint.setblocking(False)
    return endpoint


def control(folder: Path, name: str) -> None:
    """A control plane. In the cloud it reads what people declared; at a site it asks the cloud and keeps the answer on disk."""
    endpoint, upstream = open_endpoint(CONTROL), open_endpoint()
    store = folder / ("declared.json" if name == "cloud" else f"{name}.json")
    state, last, heard, asked = read_state(store), {}, {node: time.monotonic() for node in NODES}, 0.0
    while True:
        now = time.monotonic()
        if name == "cloud":
            state = read_state(store)
        elif now - asked >= ASK:
            send(upstream, {"node": name}, (CLOUD, CONTROL))
            asked = now
        for message, _ in receive(upstream):
            if message["declared"] != state:
                state = message["declared"]
                write_state(store, state)
        for message, sender in receive(endpoint):
            node = message["node"]
            heard[node] = now
            if node not in NODES:  # a site: it decides for itself what runs where
                send(endpoint, {"declared": state}, sender)
                continue
            for workload, (_, preferred) in WORKLOADS.items():
                current = last.get(workload, preferred)
                if now - heard[current] > SILENT:
                    current = next((other for other in NODES if now - heard[other] <= SILENT), current)
                last[workload] = current
            assigned = {workload: version for workload, version in state.get("workloads", {}).items() if last[workload] == node}
            commands = [c for c in state.get("commands", []) if c["node"] == node and c["until"] > now]
            send(endpoint, {"assigned": assigned, "commands": commands}, sender)
        time.sleep(0.02)


def agent(folder: Path, name: str, design: str) -> None:
    """A node's agent: runs what it was told, starts again what ended, and executes each command once."""
    endpoint, store, executed = open_endpoint(), folder / f"{name}.json", folder / f"{name}-commands.json"
    server = (CLOUD if design != "site" else NODES["node1"], CONTROL)
    assigned: Json = read_state(store) if design != "memory" else {}
    running: dict[str, tuple[int, subprocess.Popen[bytes]]] = {}
    asked = 0.0
    while True:
        now = time.monotonic()
        if now - asked >= ASK:
            send(endpoint, {"node": name}, server)
            asked = now
        for message, _ in receive(endpoint):
            if message["assigned"] != assigned:
                assigned = message["assigned"]
                write_state(store, assigned)
            done = read_state(executed)
            for command in message["commands"]:
                if command["id"] not in done:
                    done[command["id"]] = 1
                    write_state(executed, done)
        for workload, (version, process) in list(running.items()):
            if assigned.get(workload) != version or process.poll() is not None:
                process.kill()
                process.wait(timeout=5)
                del running[workload]
        for workload, version in assigned.items():
            if workload not in running:
                running[workload] = (
                    version,
                    start(folder, f"{name}-{workload}", "workload", str(WORKLOADS[workload][0]), str(version)),
                )
        time.sleep(0.05)


def workload(port: str, version: str) -> None:
    endpoint = open_endpoint(int(port))
    endpoint.settimeout(600)
    while True:
        _, sender = endpoint.recvfrom(64)
        endpoint.sendto(version.encode(), sender)


def probe(folder: Path) -> None:
    """Ask every workload on both nodes; a line for each turn: time, workload, the newest version that answered or 0."""
    endpoint = open_endpoint()
    with (folder / "probes.csv").open("w", buffering=1) as file:
        while True:
            for workload_name, (port, _) in WORKLOADS.items():
                start_time, newest = time.monotonic(), 0
                for address in NODES.values():
                    with contextlib.suppress(OSError):
                        endpoint.sendto(b"?", (address, port))
                while time.monotonic() - start_time < PROBE / 2:
                    with contextlib.suppress(OSError):
                        newest = max(newest, int(endpoint.recvfrom(64)[0]))
                    time.sleep(0.002)
                file.write(f"{start_time},{workload_name},{newest}\n")


def start(folder: Path, name: str, *role: str, namespace: str = "") -> subprocess.Popen[bytes]:
    """A role of this file as a process of a session of its own, whose number is noted so that a fault can end it."""
    prefix = ["ip", "netns", "exec", namespace] if namespace else []
    process = subprocess.Popen(
        [*prefix, sys.executable, "-S", __file__, "--role", *role], start_new_session=role[0] != "workload"
    )
    (folder / f"{name}.pid").write_text(str(process.pid))
    return process


def run_ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, timeout=30)  # noqa: S607 — of the system, as root


class Bed:
    """The namespaces and links of one run, and its processes; ``with`` removes them."""

    def __init__(self, folder: Path, number: int, design: str) -> None:
        self.folder, self.design = folder, design
        self.namespaces = {name: f"kg-{os.getpid()}-{number}-{name}" for name in ("cloud", "site", *NODES)}
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Bed:
        for namespace in self.namespaces.values():
            run_ip("netns", "add", namespace)
            run_ip("-n", namespace, "link", "set", "lo", "up")
        site = self.namespaces["site"]
        run_ip("-n", site, "link", "add", "lan", "type", "bridge")
        run_ip("-n", site, "address", "add", "10.9.0.254/24", "dev", "lan")
        run_ip("-n", site, "link", "set", "lan", "up")
        for node, address in NODES.items():
            self._join(site, node, self.namespaces[node], f"{address}/24", "lan")
            run_ip("-n", self.namespaces[node], "route", "add", "default", "via", "10.9.0.254")
        self._join(site, "uplink", self.namespaces["cloud"], f"{CLOUD}/24", "")
        run_ip("-n", site, "address", "add", "10.9.1.254/24", "dev", "uplink")
        run_ip("-n", self.namespaces["cloud"], "route", "add", "default", "via", "10.9.1.254")
        run_ip("netns", "exec", site, "sysctl", "-qw", "net.ipv4.ip_forward=1")
        return self

    def _join(self, site: str, port: str, namespace: str, address: str, bridge: str) -> None:
        run_ip("-n", site, "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", namespace)
        if bridge:
            run_ip("-n", site, "link", "set", port, "master", bridge)
        run_ip("-n", site, "link", "set", port, "up")
        run_ip("-n", namespace, "address", "add", address, "dev", "eth0")
        run_ip("-n", namespace, "link", "set", "eth0", "up")

    def __exit__(self, *_: object) -> None:
        for process in self.processes.values():
            end(process)
        for namespace in self.namespaces.values():
            run_ip("netns", "del", namespace)

    def begin(self, name: str, namespace: str, *role: str) -> None:
        self.processes[name] = start(self.folder, name, *role, namespace=self.namespaces[namespace])

    def begin_node(self, node: str) -> None:
        if self.design == "site" and node == "node1":
            self.begin("site-control", node, "control", str(self.folder), "site")
        self.begin(node, node, "agent", str(self.folder), node, self.design)

    def end_node(self, node: str) -> None:
        for name in (node, "site-control") if node == "node1" else (node,):
            if name in self.processes:
                end(self.processes.pop(name))

    def uplink(self, state: str) -> None:
        run_ip("-n", self.namespaces["site"], "link", "set", "uplink", state)


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process with all of its session: an agent with its workloads."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=10)


def sleep_until(moment: float) -> None:
    time.sleep(max(0.0, moment - time.monotonic()))


def observe(number: int, design: str, fault: str, run: int) -> Json:
    """One run of the test bed and what it showed."""
    with tempfile.TemporaryDirectory() as name, Bed(Path(name), number, design) as bed:
        folder = Path(name)
        declared: Json = {"workloads": dict.fromkeys(WORKLOADS, 1), "commands": []}
        write_state(folder / "declared.json", declared)
        bed.begin("cloud", "cloud", "control", name, "cloud")
        for node in NODES:
            bed.begin_node(node)
        bed.begin("probe", "site", "probe", name)
        ready = time.monotonic() + 30
        while not _all_answer(folder) and time.monotonic() < ready:
            time.sleep(0.1)
        sleep_until(cut := time.monotonic() + BEFORE)
        bed.uplink("down")
        sleep_until(moment := cut + FAULT)
        if fault == "crash":
            os.kill(int((folder / "node2-gate.pid").read_text()), signal.SIGKILL)
        elif fault in {"reboot", "reboot-first", "loss"}:
            bed.end_node(node := "node1" if fault == "reboot-first" else "node2")
            if fault != "loss":
                time.sleep(0.5)
                bed.begin_node(node)
        elif fault == "declaration":
            commands = [
                {"id": "short", "node": "node2", "until": cut + OUTAGE - 1},
                {"id": "long", "node": "node2", "until": cut + OUTAGE + 60},
            ]
            write_state(folder / "declared.json", {"workloads": dict.fromkeys(WORKLOADS, 2), "commands": commands})
        sleep_until(back := cut + OUTAGE)
        bed.uplink("up")
        sleep_until(back + AFTER)
        return {"design": design, "fault": fault, "run": run, **_figures(folder, cut, moment, back)}


def _probes(folder: Path) -> list[tuple[float, str, int]]:
    lines = (folder / "probes.csv").read_text().splitlines() if (folder / "probes.csv").exists() else []
    fields = [line.split(",") for line in lines if line.count(",") == 2]  # the last may be half written
    return [(float(moment), name, int(version)) for moment, name, version in fields if version]


def _all_answer(folder: Path) -> bool:
    return {name for _, name, version in _probes(folder) if version} == set(WORKLOADS)


def _figures(folder: Path, cut: float, fault: float, back: float) -> Json:
    probes = _probes(folder)
    shares, since_fault, since_back = [], [], []
    for name in WORKLOADS:
        mine = [(moment, version) for moment, workload_name, version in probes if workload_name == name]
        outage = [version for moment, version in mine if cut <= moment < back]
        shares.append(sum(map(bool, outage)) / len(outage))
        # The gap begins with the first probe after the fault that got no answer; without one there is none.
        gap = next((moment for moment, version in mine if fault <= moment < back and not version), None)
        answer = next((moment for moment, version in mine if gap is not None and moment > gap and version), None)
        since_fault.append(0.0 if gap is None else float("inf") if answer is None else answer - fault)
        since_back.append(
            float("-inf")
            if gap is None or (answer is not None and answer < back)
            else float("inf")
            if answer is None
            else answer - back
        )
    new = [
        min((moment for moment, name, version in probes if name == workload_name and version == 2), default=None)
        for workload_name in WORKLOADS
    ]
    done = read_state(folder / "node2-commands.json")
    return {
        "answered": f"{100 * min(shares):.1f}",
        "after_fault_s": f"{max(since_fault):.2f}",
        "after_return_s": "" if max(since_back) == float("-inf") else f"{max(since_back):.2f}",
        "new_version_after_return_s": f"{max(m for m in new if m is not None) - back:.2f}" if all(new) else "",
        "short_command": done.get("short", 0),
        "long_command": done.get("long", 0),
    }


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--out", type=Path, default=OUT)
    options.add_argument("--runs", type=int, default=5)
    options.add_argument("--jobs", type=int, default=4)
    options.add_argument("--role", nargs="+", help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.role:
        role, *rest = given.role
        match role:
            case "control":
                control(Path(rest[0]), rest[1])
            case "agent":
                agent(Path(rest[0]), rest[1], rest[2])
            case "probe":
                probe(Path(rest[0]))
            case _:
                workload(*rest)
        return
    cases = [(design, fault, run) for run in range(given.runs) for design in DESIGNS for fault in FAULTS]
    with ThreadPoolExecutor(given.jobs) as pool:
        rows = list(pool.map(lambda numbered: observe(numbered[0], *numbered[1]), enumerate(cases)))
    rows.sort(key=lambda row: (DESIGNS.index(row["design"]), FAULTS.index(row["fault"]), row["run"]))
    with given.out.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    print(given.out.read_text(), end="")


if __name__ == "__main__":
    main()
