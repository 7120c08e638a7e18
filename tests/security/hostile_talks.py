"""Talks to a `kg mcp` or `kg lsp` that runs in a hostile base: what an assistant or an editor asks, one request after the other."""

from __future__ import annotations

import json
import os
import random
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

SECONDS = 60
"""What a whole talk may take."""
_FAULTY = re.compile(
    rb'"code": -32603|Error (?:creating|reading) resource |Error executing tool \w+\\?"|the process that answers has ended|'
    rb"Traceback \(most recent"
)
"""An answer that says nothing but that something went wrong inside."""
_CONFIRM = re.compile(rb'\\?"confirm\\?": ?\\?"(\w+)')
_FIRST_ID = 70_000_001
"""Numbers of requests, such as stand in no answer by chance."""


class Program(NamedTuple):
    """A running server."""

    write: Callable[[bytes], object]
    said: Callable[[int], bytes]
    """What it has printed from a place on."""
    running: Callable[[], bool]


class Say(NamedTuple):
    """A request, or a notification, which has no answer."""

    method: str
    params: dict[str, Any]
    answered: bool = True


TEXT = (
    "# Open\n\n[[a]] [[../../outside/secret]] [x](../../outside/secret.txt) ![[../../outside/folder]] @k\n\nrequires:: [[c]]\n"
)
_MCP_READS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("search", {"query": "a"}), ("concept", {"name": "a"}), ("concept", {"name": "../../outside/secret"}), ("check", {}),
    ("check", {"path": "../outside"}), ("diff", {"before": "HEAD"}), ("diff", {"before": "../outside/output"}), ("neighbours", {"name": "a", "inferred": True}),
    ("why", {"first": "a", "second": "c"}), ("path", {"target": "a"}), ("impact", {"name": "c"}), ("metrics", {}),
    ("metrics", {"name": "linkage"}), ("suggest", {}), ("coverage_gaps", {}), ("sparql", {"query": "SELECT * { SERVICE <http://127.0.0.1:9/> { ?a ?b ?c } }"}),
    ("sparql", {"query": "SELECT * { GRAPH ?g { ?s ?p ?o } }"}), ("concept", {"name": "\x1b[2J\u202e"}), ("nothing", {}),
)  # fmt: skip
_MCP_WRITES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("draft_note", {"path": "../../outside/x.md", "text": "# X\n"}), ("draft_note", {"path": "sub/x.md", "text": "# X\n\n[[a]]\n"}), ("fix", {}),
    ("draft_note", {"path": "x.md", "text": "# X\n"}), ("rename", {"kind": "file", "name": "a.md", "new": "../../outside/a.md"}),
    ("rename", {"kind": "label", "name": "Alpha", "new": "Omega"}), ("rename", {"kind": "concept", "name": "b", "new": "../b"}),
    ("accept", {"ids": ["x", "../x"]}),
)  # fmt: skip
_RESOURCES = (
    "kg://note/a.md", "kg://note/concepts/a.md", "kg://note/../../outside/secret.txt", "kg://note/%2e%2e/%2e%2e/outside/secret.txt",
    "kg://note//etc/passwd", "kg://vocabulary", "kg://findings", "kg://concept/a", "kg://report/metrics", "kg://report/../x",
)  # fmt: skip


def _assistant(draw: random.Random, *, write: bool) -> Iterator[Say]:
    client = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
    yield Say("initialize", client)
    yield Say("notifications/initialized", {}, answered=False)
    yield Say("tools/list", {})
    calls = draw.sample(_MCP_READS, 6) + (draw.sample(_MCP_WRITES, 4) if write else [])
    for name, arguments in calls:
        yield Say("tools/call", {"name": name, "arguments": arguments})
    for uri in draw.sample(_RESOURCES, 3):
        yield Say("resources/read", {"uri": uri})


def _editor(base: Path) -> Iterator[Say]:
    root = "file://" + quote(os.fsencode(base))
    note = {"uri": f"{root}/concepts/open.md"}
    there = {"textDocument": {"uri": f"{root}/concepts/a.md"}, "position": {"line": 0, "character": 2}}
    yield Say("initialize", {"processId": None, "rootUri": root, "capabilities": {}})
    yield Say("initialized", {}, answered=False)
    yield Say(
        "textDocument/didOpen", {"textDocument": {**note, "languageId": "markdown", "version": 1, "text": TEXT}}, answered=False
    )
    for character in (3, 12, 40, 70):
        at = {"textDocument": note, "position": {"line": 2, "character": character}}
        yield Say("textDocument/hover", at)
        yield Say("textDocument/definition", at)
        yield Say("textDocument/completion", at)
    at = {"textDocument": note, "position": {"line": 2, "character": 3}}
    yield Say("textDocument/references", {**at, "context": {"includeDeclaration": True}})
    yield Say("textDocument/prepareRename", at)
    yield Say("textDocument/rename", {**at, "newName": "../../outside/x"})
    yield Say("textDocument/rename", {**at, "newName": "z"})
    yield Say("textDocument/rename", {**there, "newName": "z"})
    change = {"range": {"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}}, "text": "[[\x00\ud7ff"}
    yield Say("textDocument/didChange", {"textDocument": {**note, "version": 2}, "contentChanges": [change]}, answered=False)
    yield Say("textDocument/completion", {**at, "position": {"line": 0, "character": 2}})
    whole = {"start": {"line": 0, "character": 0}, "end": {"line": 9, "character": 0}}
    yield Say("textDocument/codeAction", {"textDocument": note, "range": whole, "context": {"diagnostics": []}})
    yield Say("textDocument/documentSymbol", {"textDocument": note})
    yield Say("workspace/symbol", {"query": "a"})
    yield Say("shutdown", {})
    yield Say("exit", {}, answered=False)


def talk(arguments: tuple[str, ...], base: Path, program: Program, draw: random.Random) -> tuple[list[str], int]:
    """What is wrong in the answers, and the number of requests that were answered; none where the server doesn't start."""
    lsp = arguments[0] == "lsp"
    says = _editor(base) if lsp else _assistant(draw, write="--write" in arguments)
    end = time.monotonic() + SECONDS
    wrong: list[str] = []
    answered = place = 0
    number = _FIRST_ID
    queue = list(says)
    while queue:
        say = queue.pop(0)
        number += 1
        message = {"jsonrpc": "2.0", "method": say.method, "params": say.params, **({"id": number} if say.answered else {})}
        data = json.dumps(message).encode()
        try:
            program.write(b"Content-Length: %d\r\n\r\n%s" % (len(data), data) if lsp else data + b"\n")
        except OSError:
            return ([*wrong, f"it ended before {say}"] if answered else wrong), answered
        if not say.answered:
            continue
        pattern = re.compile(rb'"id": ?%d\b' % number)
        while not pattern.search(answer := program.said(place)):
            if not program.running():
                return ([*wrong, f"it ended at {say}"] if answered else wrong), answered
            if time.monotonic() > end:
                return [*wrong, f"no answer to {say} within {SECONDS} s"], answered
            time.sleep(0.005)
        answered, place = answered + 1, place + len(answer)
        if (faulty := _FAULTY.search(answer)) is not None:
            wrong.append(f"answer to {say}: {answer[max(0, faulty.start() - 200) : faulty.end() + 600]!r}")
        found = _CONFIRM.search(answer)
        if found and say.method == "tools/call" and "confirm" not in say.params["arguments"]:
            arguments_then = {**say.params["arguments"], "confirm": found[1].decode()}
            queue.insert(0, Say("tools/call", {"name": say.params["name"], "arguments": arguments_then}))
    return wrong, answered
