"""The life of the language server: it ends with its editor, and faulty messages end with an error."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from lsprotocol import types as lsp

sys.path.insert(0, str(Path(__file__).parent))

from editor import editing, running, write_base

from kg.serve.lsp.checker import MODULE, BaseChecker, CheckOrder

COMMAND = [sys.executable, "-m", "kg", "lsp"]
SECONDS = 40.0


def frame(message: object) -> bytes:
    data = message if isinstance(message, bytes) else json.dumps(message).encode()
    return b"Content-Length: %d\r\n\r\n%b" % (len(data), data)


def request(number: int, method: str, params: object) -> bytes:
    return frame({"jsonrpc": "2.0", "id": number, "method": method, "params": params})


def answers(process: subprocess.Popen[bytes], number: int) -> dict[str, Any]:
    """The answer to a request; what comes before it is skipped."""
    assert process.stdout is not None
    while True:
        header = process.stdout.readline()
        assert header, "the server has ended"
        size = int(header.split(b":")[1])
        while process.stdout.readline().strip():
            pass
        message: dict[str, Any] = json.loads(process.stdout.read(size))
        if message.get("id") == number and "method" not in message:
            return message


@contextlib.contextmanager
def begun(root: Path, process_id: int | None = None) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        params = {"processId": process_id, "rootUri": root.as_uri(), "capabilities": {}}
        process.stdin.write(request(1, "initialize", params))
        process.stdin.write(frame({"jsonrpc": "2.0", "method": "initialized", "params": {}}))
        process.stdin.flush()
        assert "capabilities" in answers(process, 1)["result"]
        try:
            yield process
        finally:
            process.kill()


def wait_for_end(pids: list[int]) -> None:
    def runs(pid: int) -> bool:
        try:
            return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False

    end = time.monotonic() + SECONDS
    while any(map(runs, pids)):
        assert time.monotonic() < end
        time.sleep(0.1)


def children(process: subprocess.Popen[bytes]) -> list[int]:
    """The server and its processes, once the one that checks has started."""
    end = time.monotonic() + SECONDS
    while not (found := psutil.Process(process.pid).children(recursive=True)):
        assert time.monotonic() < end
        time.sleep(0.05)
    return [process.pid, *(child.pid for child in found)]


def test_the_server_ends_when_its_input_ends(tmp_path: Path) -> None:
    with begun(write_base(tmp_path)) as process:
        pids = children(process)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(SECONDS) == 1  # without `shutdown`
        wait_for_end(pids)


def test_a_killed_server_leaves_no_process(tmp_path: Path) -> None:
    with begun(write_base(tmp_path)) as process:
        pids = children(process)
        os.kill(process.pid, signal.SIGKILL)
        process.wait(SECONDS)
        wait_for_end(pids)


def test_the_server_ends_when_the_process_of_its_editor_has_ended(tmp_path: Path) -> None:
    client = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    with begun(write_base(tmp_path), client.pid) as process:
        client.kill()
        client.wait(SECONDS)
        assert process.wait(SECONDS) == 1  # though its input is still open


def test_the_process_that_checked_many_notes_ends_and_the_next_check_starts_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def processes() -> set[int]:
        return {process.pid for process in running(MODULE)}

    before = processes()

    async def scenario() -> None:
        checker = BaseChecker(CheckOrder(str(write_base(tmp_path)), []))
        try:
            async with asyncio.timeout(3 * SECONDS):
                first = await checker.check()
                assert first is not None
                assert first.notes == 4
                (kept,) = processes() - before
                monkeypatch.setattr("kg.serve.lsp.checker._LARGE", 1)
                assert await checker.check() is not None
                wait_for_end([kept])
                again = await checker.check()
                assert again is not None
                assert again.findings == first.findings
        finally:
            checker.close()

    asyncio.run(scenario())


def test_a_check_does_not_wait_for_insights(tmp_path: Path) -> None:
    """The process that reads insights is stopped; a check that is asked for meanwhile is answered."""

    async def scenario() -> None:
        checker = BaseChecker(CheckOrder(str(write_base(tmp_path)), []))
        try:
            insight = asyncio.ensure_future(checker.insight())
            async with asyncio.timeout(SECONDS):
                while not (processes := running(MODULE)):
                    await asyncio.sleep(0.01)
                processes[0].suspend()
                result = await checker.check()
            assert result is not None
            assert not result.problem
            assert not insight.done()
            processes[0].resume()
            async with asyncio.timeout(SECONDS):
                assert await insight is not None
            wait_for_end([processes[0].pid])  # its memory is given back
        finally:
            checker.close()

    asyncio.run(scenario())


@pytest.mark.parametrize(
    "message",
    [
        request(7, "textDocument/hover", {"textDocument": 3}),
        request(7, "textDocument/hover", {"textDocument": {"uri": "file:///x.md"}, "position": {"line": -1, "character": "x"}}),
        request(7, "no/such/method", {}),
        request(7, "textDocument/rename", None),
        request(7, "workspace/executeCommand", {"command": "rm"}),
        request(7, "kg/around", {"textDocument": {"uri": 3}, "position": {"line": -1}}),
        request(7, "kg/around", [1]),
    ],
    ids=["type", "negative", "unknown", "null", "command", "map", "map of a list"],
)
def test_a_faulty_request_is_answered_with_an_error(tmp_path: Path, message: bytes) -> None:
    with begun(write_base(tmp_path)) as process:
        assert process.stdin is not None
        process.stdin.write(message)
        process.stdin.flush()
        assert "error" in answers(process, 7)
        process.stdin.write(request(8, "workspace/symbol", {"query": "raft"}))
        process.stdin.flush()
        assert answers(process, 8)["result"]


def test_a_cancelled_request_is_answered_with_an_error(tmp_path: Path) -> None:
    with begun(write_base(tmp_path)) as process:
        assert process.stdin is not None
        process.stdin.write(request(7, "workspace/symbol", {"query": "raft"}))
        process.stdin.write(frame({"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": 7}}))
        process.stdin.write(request(8, "workspace/symbol", {"query": "raft"}))
        process.stdin.flush()
        assert answers(process, 7)["error"]["code"] == -32800
        assert answers(process, 8)["result"]


def test_what_is_no_message_does_not_end_the_session(tmp_path: Path) -> None:
    with begun(write_base(tmp_path)) as process:
        assert process.stdin is not None
        deep = b"[" * 100_000
        huge = 70 << 20
        for message in (
            b"null",
            b"[]",
            b'"x"',
            b"{",
            deep,
            b'{"jsonrpc": "2.0"}',
            b'{"jsonrpc": "2.0", "id": {}, "method": "x"}',
        ):
            process.stdin.write(frame(message))
        process.stdin.write(b"X-Header: 1\r\n" + b"Content-Length: %d\r\n\r\n" % huge)
        for _ in range(70):
            process.stdin.write(b" " * (1 << 20))
        uri = (tmp_path / "concepts/raft.md").as_uri()
        change = {"textDocument": {"uri": uri, "version": 2}, "contentChanges": [{"range": {}, "text": "x"}]}
        process.stdin.write(frame({"jsonrpc": "2.0", "method": "textDocument/didChange", "params": change}))
        process.stdin.write(request(8, "workspace/symbol", {"query": "raft"}))
        process.stdin.flush()
        assert answers(process, 8)["result"]
        assert psutil.Process(process.pid).memory_info().rss < 500 << 20


def test_an_editor_can_connect_to_a_port(tmp_path: Path) -> None:
    with subprocess.Popen([*COMMAND, "--port", "0"], stderr=subprocess.PIPE, cwd=tmp_path) as process:
        assert process.stderr is not None
        line = process.stderr.readline().decode()
        port = int(line.split("127.0.0.1:")[1].split()[0])
        with socket.create_connection(("127.0.0.1", port), timeout=SECONDS) as connection:
            params = {"processId": None, "rootUri": write_base(tmp_path).as_uri(), "capabilities": {}}
            connection.sendall(request(1, "initialize", params))
            assert b"Content-Length" in connection.recv(100)
        assert process.wait(SECONDS) == 1


def test_a_workspace_has_several_knowledge_bases_and_gets_more(tmp_path: Path) -> None:
    """Names of each are its own, and reading each is shown as progress."""
    one, two = write_base(tmp_path / "one"), write_base(tmp_path / "two", {"kg.toml": "", "concepts/other.md": "# Other\n"})

    async def scenario() -> None:
        async with editing(one) as editor:
            client = editor.client
            editor.open("concepts/raft.md")
            for _ in range(2):
                await editor.complete("concepts/raft.md", 0, 0)  # the first folder is read
            assert client.tokens == [f"kg-{one}"]
            added = lsp.WorkspaceFoldersChangeEvent([lsp.WorkspaceFolder(two.as_uri(), "two")], [])
            client.workspace_did_change_workspace_folders(lsp.DidChangeWorkspaceFoldersParams(added))
            for query, names in (("other", {"Other"}), ("raft", {"Raft"})):
                symbols = await client.workspace_symbol_async(lsp.WorkspaceSymbolParams(query))
                assert {symbol.name for symbol in symbols or ()} == names, query
            assert client.tokens == [f"kg-{one}", f"kg-{two}"]
            other = "../two/concepts/other.md"
            editor.open(other, "# Other\n\n[[raft]]\n")
            await editor.diagnostics(other, lambda found: "KG201" in {finding.code for finding in found})
            assert "raft" not in {item.label for item in await editor.complete(other, 2, 2)}

    asyncio.run(scenario())


def test_a_folder_without_notes_is_no_error(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with editing(tmp_path) as editor:
            editor.open("x.md", "# X\n\n[[y]]\n")
            (tmp_path / "y.md").write_text("# Y\n")
            await editor.diagnostics("x.md", lambda ds: all(d.code != "KG201" for d in ds))

    asyncio.run(scenario())


def test_without_its_libraries_the_command_says_what_to_install(tmp_path: Path) -> None:
    code = "import sys; sys.modules['pygls'] = None; sys.argv = ['kg', 'lsp']; from kg.app.cli import run; run()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.returncode == 2
    assert "-m pip install pygls lsprotocol\n" in done.stderr
