"""``kg serve --watch`` over HTTP: events, their limits, and what is served but never published."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from kg.serve.watch.events import MOST_STREAMS

Serve = Callable[..., Any]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("live")
    (folder / "concepts").mkdir()
    for i in range(3):
        (folder / f"concepts/n{i}.md").write_text(f"# Note {i}\n\nSee [[n{(i + 1) % 3}]].\n")
    return folder


@pytest.fixture(scope="module")
def served(folder: Path, serve: Serve) -> Iterator[Any]:
    with serve(folder, "--watch", "--workers", "1") as running:
        yield running


class Events:
    """A stream of events, as a browser reads it."""

    def __init__(self, served: Any, path: str, **headers: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=60)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.connection.request("GET", f"/-/events?page={path}", headers=named)
        self.response = self.connection.getresponse()
        self.status = self.response.status

    def next(self) -> dict[str, Any]:
        while line := self.response.readline().decode():
            if line.startswith("data: "):
                return json.loads(line.removeprefix("data: "))
        raise AssertionError("the stream ended")

    def until(self, what: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        while not what(state := self.next()):
            pass
        return state

    def __enter__(self) -> Events:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()


def test_it_builds_first_if_there_is_no_build(served: Any, folder: Path) -> None:
    assert (folder / "output/build.json").is_file()
    assert served.get("/healthz").status == 200


def test_a_save_moves_the_serial_and_the_page(served: Any, folder: Path) -> None:
    with Events(served, "/concepts/n0.html") as events:
        before = events.next()
        assert before["problem"] is None
        assert f'data-serial="{before["serial"]}"' in served.get("/concepts/n0.html").text
        (folder / "concepts/n0.md").write_text("# Note 0\n\nSomething new, see [[n1]].\n")
        after = events.until(lambda state: state["serial"] > before["serial"])
        assert after["problem"] is None
        assert "Something new" in served.get("/concepts/n0.html").text


def test_the_page_that_is_looked_at_comes_first(served: Any, folder: Path) -> None:
    """It is served before the build is complete; others, such as the dashboard, are those of the last build until then."""
    with Events(served, "/concepts/n1.html") as events, Events(served, "/") as other:
        first, second = events.next(), other.next()
        (folder / "concepts/n1.md").write_text("# Note 1\n\nLooked at, see [[n2]].\n")
        early = events.until(lambda state: state["serial"] > first["serial"])
        assert "Looked at" in served.get("/concepts/n1.html").text
        late = events.until(lambda state: state["serial"] > early["serial"])
        assert "Looked at" in served.get("/concepts/n1.html").text
        assert other.until(lambda state: state["serial"] > second["serial"]) == late


def test_a_problem_is_shown_with_its_texts_and_goes(served: Any, folder: Path) -> None:
    with Events(served, "/") as events:
        serial = events.next()["serial"]
        (folder / "kg.toml").write_text("</script><script>alert(1)</script> = ")
        problem = events.until(lambda state: state["problem"])
        assert problem["serial"] == serial
        assert "kg.toml" in problem["problem"]["message"]
        (folder / "kg.toml").unlink()
        assert events.until(lambda state: not state["problem"])["serial"] >= serial


def test_published_files_hold_nothing_of_it(served: Any, folder: Path) -> None:
    page = served.get("/concepts/n0.html").text
    assert page.count("/-/watch.js") == 1
    assert "connect-src 'self'" in page
    assert served.get("/-/watch.js").headers["content-type"].startswith("text/javascript")
    for path in (folder / "output").rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert b"/-/watch.js" not in data, path
            assert b"/-/events" not in data, path
    style = served.get("/assets/kg.css")
    assert style.body == (folder / "output/assets/kg.css").read_bytes()
    framed = served.get("/concepts/n0.html", Sec_Fetch_Dest="iframe").text
    assert "/-/watch.js" not in framed


def test_without_watch_there_is_nothing_of_it(served: Any, folder: Path, serve: Serve) -> None:
    with serve(folder, "--workers", "1") as plain:
        assert plain.get("/-/events?page=/").status == 404
        assert plain.get("/-/watch.js").status == 404
        page = plain.get("/concepts/n0.html")
        assert "/-/watch.js" not in page.text
        assert "connect-src" not in page.text
        # A browser's copy from the watching server isn't current here.
        tag = served.get("/concepts/n0.html").headers["etag"]
        assert plain.get("/concepts/n0.html", If_None_Match=tag).status == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 421), ({"Sec_Fetch_Site": "cross-site"}, 403), ({"Sec_Fetch_Site": "same-site"}, 403),
        ({"Sec_Fetch_Site": "same-origin"}, 200), ({}, 200),
    ],
)  # fmt: skip
def test_who_may_listen(served: Any, headers: dict[str, str], status: int) -> None:
    with Events(served, "/", **headers) as events:
        assert events.status == status
        assert "access-control-allow-origin" not in {name.lower() for name, _ in events.response.getheaders()}


@pytest.mark.parametrize("path", ["/../kg.toml", "/.git/config", "/graph/store/CURRENT", "/a%00b", "//x/.y"])
def test_paths_that_are_no_pages(served: Any, path: str) -> None:
    with Events(served, path) as events:
        assert events.status == 404


def test_streams_are_limited_and_given_back(served: Any) -> None:
    with contextlib.ExitStack() as stack:
        open_ = [stack.enter_context(Events(served, f"/{i}.html")) for i in range(MOST_STREAMS)]
        assert {events.status for events in open_} == {200}
        for events in open_:
            events.next()
        refused = stack.enter_context(Events(served, "/"))
        assert refused.status == 503
        assert refused.response.getheader("Retry-After")
        # Others are served meanwhile.
        assert served.get("/concepts/n0.html").status == 200
        assert served.ask("ASK {}").status == 200
    end = time.monotonic() + 30
    while True:
        with Events(served, "/") as events:
            if events.status == 200:
                break
        assert time.monotonic() < end, "no stream became free"
        time.sleep(0.1)


def test_a_listener_that_does_not_read_holds_up_nobody(served: Any, folder: Path) -> None:
    with socket.create_connection(("127.0.0.1", served.port), timeout=20) as deaf, Events(served, "/") as events:
        deaf.sendall(b"GET /-/events?page=/ HTTP/1.1\r\nHost: localhost\r\n\r\n")
        serial = events.next()["serial"]
        (folder / "concepts/n2.md").write_text(f"# Note 2\n\nAt {time.time()}.\n")
        events.until(lambda state: state["serial"] > serial)


def test_its_end_is_quick_and_leaves_nothing(tmp_path: Path, serve: Serve) -> None:
    (tmp_path / "concepts").mkdir()
    (tmp_path / "concepts/a.md").write_text("# A\n")
    with serve(tmp_path, "--watch", "--workers", "1") as running, Events(running, "/") as events:
        events.next()
        below = psutil.Process(running.process.pid).children(recursive=True)
        assert below
        start = time.monotonic()
        assert running.end(signal.SIGINT) == 130
        assert time.monotonic() - start < 10
        psutil.wait_procs(below, 20)
        assert not [process for process in below if process.is_running()]
    assert sorted(os.listdir(tmp_path)) == ["concepts", "output"]  # noqa: PTH208


def test_the_site_is_served_while_a_note_can_not_be_built_from_the_start(
    tmp_path: Path, serve: Serve, kg: Callable[..., Any]
) -> None:
    (tmp_path / "concepts").mkdir()
    (tmp_path / "concepts/a.md").write_text("# A\n")
    assert kg("build", "-C", tmp_path).status == 0
    (tmp_path / "ontology").mkdir()
    (tmp_path / "ontology/relations.ttl").write_text("no Turtle")
    with serve(tmp_path, "--watch", "--workers", "1") as running, Events(running, "/concepts/a.html") as events:
        assert "relations.ttl" in events.until(lambda state: state["problem"])["problem"]["message"]
        assert running.get("/concepts/a.html").status == 200
        (tmp_path / "ontology/relations.ttl").unlink()
        assert events.until(lambda state: not state["problem"])
