"""Shared fixtures: the command line as a program, small knowledge bases, the project's own notes, real corpora."""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import http.client
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

import pytest

# Helpers that tests share are modules of these folders, and some of them run as programs.
sys.path.insert(0, str(Path(__file__).parent / "security"))
sys.path.insert(0, str(Path(__file__).parent))

from program import Programs

ROOT = Path(__file__).resolve().parent.parent
CORPORA = ROOT.parent / "shared" / "corpora"

# In CI, commands print less; tests that mean this say so.
os.environ.pop("CI", None)

if "KG_CACHE" not in os.environ:
    # Caches of knowledge bases are in the user's cache folder. Tests use a temporary one, shared by all workers.
    # Tools installed by 'kg doctor --install' are found in their usual place.
    os.environ["KG_CACHE"] = tempfile.mkdtemp(prefix="kg-tests-cache-")
    atexit.register(shutil.rmtree, os.environ["KG_CACHE"], ignore_errors=True)

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell ignores SIGINT for background processes, and programs inherit this, so tests could not interrupt them.
    signal.signal(signal.SIGINT, signal.default_int_handler)


# Tests run in a random order: modules are shuffled, then the tests within each. The workers of pytest-xdist inherit the seed,
# which the summary states.
SEED = os.environ.setdefault("KG_TEST_SEED", str(random.SystemRandom().randrange(1_000_000)))


@pytest.hookimpl(tryfirst=True)  # then pytest puts the tests together that share a parameter of a module's fixture
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    draw = random.Random(SEED)
    modules: dict[str, list[pytest.Item]] = {}
    for item in sorted(items, key=lambda item: item.nodeid):
        modules.setdefault(item.nodeid.partition("::")[0], []).append(item)
    names = list(modules)
    draw.shuffle(names)
    for name in names:
        draw.shuffle(modules[name])
    items[:] = [item for name in names for item in modules[name]]


def pytest_configure() -> None:
    if "coverage" in sys.modules:
        # A worker writes its coverage when it ends. On a busy machine this takes longer than pytest-xdist waits before it kills
        # the worker, and the data would be lost.
        with contextlib.suppress(ImportError):
            from xdist.workermanage import NodeManager

            NodeManager.EXIT_TIMEOUT = 600


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    # Print the seed immediately, since the summary may never be reached.
    if report.failed and "PYTEST_XDIST_WORKER" not in os.environ:
        print(f"\nfailed: {report.nodeid}", flush=True)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    terminalreporter.write_line(f"order of tests: KG_TEST_SEED={SEED}")


class Ran(NamedTuple):
    status: int
    stdout: str
    stderr: str


@pytest.fixture(scope="session")
def kg() -> Iterator[Callable[..., Ran]]:
    """Run ``kg`` as a separate program."""
    programs = Programs()

    def run(
        *args: str | Path, cwd: Path | None = None, env: Mapping[str, str] | None = None, stdin: str = "", closed: bool = False
    ) -> Ran:
        said = [str(arg) for arg in args]
        given = {**os.environ, "NO_COLOR": "1", "CI": "", **(env or {})}
        if Programs.fits(env or {}):
            return Ran(*programs.run(said, str(cwd or Path.cwd()), given, stdin, 300, closed=closed))
        assert not closed, "only a fork gets a closed stdout"
        done = subprocess.run(
            [sys.executable, "-m", "kg", *said],
            cwd=cwd, env=given, input=stdin, capture_output=True, encoding="utf-8", timeout=300, check=False,
        )  # fmt: skip
        return Ran(done.returncode, done.stdout, done.stderr)

    yield run
    programs.close()


@pytest.fixture
def base(tmp_path: Path) -> Callable[[Mapping[str, str | bytes]], Path]:
    """Write files to a temporary knowledge base."""

    def write(files: Mapping[str, str | bytes]) -> Path:
        for name, content in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return tmp_path

    return write


@pytest.fixture(scope="session")
def own(tmp_path_factory: pytest.TempPathFactory, kg: Callable[..., Ran]) -> Path:
    """A copy of the project's own knowledge base, built with its site, once for all workers."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder = shared / "own"
    with (shared / "own.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "output").is_dir():
            for name in ("concepts", "ontology"):
                shutil.copytree(ROOT / name, folder / name)
            shutil.copy(ROOT / "kg.toml", folder)
            ran = kg("build", "--trust-committed", "-C", folder)
            assert ran.status == 0, ran.stderr
    return folder


@pytest.fixture(scope="session")
def corpora() -> Path:
    """The real note collections next to the project; tests that need them are skipped if they are missing."""
    if not CORPORA.is_dir():
        pytest.skip("the real note collections are not here")
    return CORPORA


class Heard(NamedTuple):
    status: int
    headers: Mapping[str, str]
    """Headers by lower-case name."""
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> dict[str, object]:
        return json.loads(self.body)


class Served:
    """A running ``kg serve``, and a client that sends exactly the given bytes."""

    def __init__(self, process: subprocess.Popen[str], url: str, review: str = "") -> None:
        self.process = process
        self.url = url
        self.review = review
        """With ``--edit``: the address with the token."""
        self.port = int(url.rstrip("/").rpartition(":")[2])

    def get(self, path: str, *, method: str = "GET", body: bytes | str | None = None, **headers: str) -> Heard:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body.encode() if isinstance(body, str) else body, named)
            response = connection.getresponse()
            return Heard(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        finally:
            connection.close()

    def ask(self, query: str, accept: str = "*/*", **more: str) -> Heard:
        """Send a query as a form by POST."""
        return self.get(
            "/sparql", method="POST", body=urlencode({"query": query, **more}),
            Accept=accept, Content_Type="application/x-www-form-urlencoded",
        )  # fmt: skip

    def count(self, pattern: str = "?s ?p ?o") -> int:
        rows = self.ask(f"SELECT (COUNT(*) AS ?n) WHERE {{ {pattern} }}").json["results"]["bindings"]
        return int(rows[0]["n"]["value"])

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send a signal, wait, and return the exit status."""
        self.process.send_signal(number)
        return self.process.wait(30)


@pytest.fixture(scope="session")
def serve() -> Callable[..., contextlib.AbstractContextManager[Served]]:
    """Run ``kg serve`` for a built knowledge base on a free port, until the end of the block."""

    @contextlib.contextmanager
    def run(folder: Path, *args: str) -> Iterator[Served]:
        command = [sys.executable, "-m", "kg", "serve", "-C", str(folder), "--port", "0", "--log-format", "json", *args]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, encoding="utf-8")
        assert process.stderr is not None
        started = threading.Timer(120, process.kill)
        started.start()
        try:
            said = []
            while line := process.stderr.readline():
                said.append(line)
                if '"serving"' in line:
                    break
            else:
                raise AssertionError(f"kg serve did not start: {said}")
            started.cancel()
            event = json.loads(line)
            yield Served(process, event["url"], event.get("review", ""))
            if process.poll() is None:
                assert Served(process, "x:0").end() == 0
        finally:
            started.cancel()
            process.kill()
            process.wait(60)
            process.stderr.close()

    return run


CHROMIUM = Path("/usr/bin/chromium")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    required = os.environ.get("KG_REQUIRE_TOOLS") == "1"
    if not CHROMIUM.exists():
        if required:
            pytest.fail(f"{CHROMIUM} is missing and KG_REQUIRE_TOOLS=1")
        pytest.skip(f"{CHROMIUM} is missing")
    if required:
        import playwright.sync_api as api
    else:
        api = pytest.importorskip("playwright.sync_api")
    with api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield chromium
        chromium.close()
