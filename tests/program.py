"""Runs ``kg`` as a program without its start-up time: each call is a fork of a process in which all of kg is imported.

Half of the time of a command line test was the import of libraries. The forking process has one thread and hasn't executed
anything yet. A fork gets the arguments, folder, environment and input of the call, and ends like ``python -m kg``.
Run as a script, this file is that process: ``program.py SOCKET`` receives calls from the socket with this file descriptor.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import pkgutil
import signal
import socket
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

# Variables that Python reads at start-up: calls that set one of them need a new interpreter.
_AT_START = ("PYTHON", "LC_", "LANG", "TMPDIR", "OPENBLAS_", "OMP_", "MKL_", "LD_")
_LIBRARIES = (
    "igraph", "jinja2", "jsonschema", "kubernetes_validate", "msgspec", "networkx", "nh3", "numpy", "oxrdflib",
    "pygments.lexers", "pypinyin", "pyromark", "rdflib", "rich._emoji_codes", "rich.console", "rich.progress", "rich.table",
    "scipy.sparse", "scipy.stats", "uvicorn",
)  # fmt: skip


class Programs:
    """The forking process, started at the first call."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None

    @staticmethod
    def fits(env: Mapping[str, str]) -> bool:
        """Whether a call with these additional variables can be a fork."""
        return not any(name.startswith(_AT_START) for name in env)

    def run(
        self, args: Sequence[str], cwd: str, env: Mapping[str, str], stdin: str, seconds: float, *, closed: bool = False
    ) -> tuple[int, str, str]:
        """Run a call; return exit status (negative for a signal), stdout and stderr.

        With `closed`, stdout is a pipe whose reader is gone, and the first line is written at once.
        """
        if self._socket is None:
            self._start()
        assert self._socket is not None
        with contextlib.ExitStack() as stack:
            files = [stack.enter_context(tempfile.TemporaryFile()) for _ in range(3)]
            files[0].write(stdin.encode())
            for file in files:
                file.seek(0)
            said = json.dumps({"args": args, "cwd": cwd, "env": dict(env), "seconds": seconds, "closed": closed}).encode()
            socket.send_fds(self._socket, [len(said).to_bytes(8)], [file.fileno() for file in files])
            self._socket.sendall(said)
            status = int.from_bytes(_exactly(self._socket, 8), signed=True)
            for file in files[1:]:
                file.seek(0)
            # Normalise line ends as `subprocess` does in text mode.
            return status, *(file.read().decode().replace("\r\n", "\n").replace("\r", "\n") for file in files[1:])

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            command = [sys.executable, __file__, str(theirs.fileno())]
            self._process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)
        self._socket = ours

    def close(self) -> None:
        if self._socket is not None and self._process is not None:
            self._socket.close()
            self._process.wait(60)


def _exactly(source: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = source.recv(size - len(data))
        if not more:
            raise EOFError("the process that forks has ended")
        data += more
    return data


def _load() -> None:
    """Import all modules of kg, except those that run as programs, and the libraries that they import on use."""
    import kg

    for name in _LIBRARIES:
        import_module(name)
    for module in pkgutil.walk_packages(kg.__path__, "kg."):
        if not module.name.endswith(".__main__"):
            import_module(module.name)
    _warm()


def _warm() -> None:
    """Read what each call would read, and what a process keeps: templates of pages, texts, the built-in vocabulary."""
    import kg
    from kg.base.texts import list_languages, read_catalogue
    from kg.graph.vocabulary import load_vocabulary
    from kg.views.page.shell import templates_of

    for path in (Path(kg.__file__).parent / "views/page/templates").iterdir():
        templates_of().get_template(path.name)
    for wing in ("app", "metrics", "network", "plan", "serve", "suggest", "views"):
        for lang in list_languages(wing):
            read_catalogue(wing, lang)
    load_vocabulary()


def _serve(calls: socket.socket) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _load()
    gc.collect()
    gc.freeze()
    while True:
        head, files, _, _ = socket.recv_fds(calls, 8, 3)
        if not head:
            return
        said = json.loads(_exactly(calls, int.from_bytes(head)))
        child = os.fork()
        if child == 0:
            calls.close()
            _become(said, files)
        for file in files:
            os.close(file)
        # The alarm's handler kills a call that takes too long.
        signal.signal(signal.SIGALRM, lambda *_: os.kill(child, signal.SIGKILL))  # noqa: B023  # set anew for each
        signal.setitimer(signal.ITIMER_REAL, said["seconds"])
        _, status = os.waitpid(child, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        calls.sendall(os.waitstatus_to_exitcode(status).to_bytes(8, signed=True))


def _become(said: dict[str, Any], files: list[int]) -> None:
    """Become `python -m kg` with these arguments; doesn't return."""
    from kg.app.cli import run

    # Where objects are frozen (see kg.knowledge.running), the first collection would traverse all that a build has made.
    gc.disable()
    status = 1
    try:
        for target, file in enumerate(files):
            os.dup2(file, target)
            os.close(file)
        if said["closed"]:
            reader, writer = os.pipe()
            os.close(reader)
            os.dup2(writer, 1)
            os.close(writer)
        sys.stdin, sys.stderr = (open(n, mode, encoding="utf-8") for n, mode in ((0, "r"), (2, "w")))  # noqa: PTH123, SIM115
        sys.stdout = open(1, "w", 1 if said["closed"] else -1, encoding="utf-8")  # noqa: SIM115
        os.chdir(said["cwd"])
        kept = {name: value for name, value in os.environ.items() if name.startswith(_AT_START)}
        os.environ.clear()
        os.environ.update(said["env"] | kept)
        sys.argv = [str(Path(sys.modules["kg"].__path__[0]) / "__main__.py"), *said["args"]]
        run()
    except BaseException:  # noqa: BLE001  # the end of the process: it is shown as Python shows it
        sys.excepthook(*sys.exc_info())
        sys.stderr.flush()
    finally:
        os._exit(status)


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])))
