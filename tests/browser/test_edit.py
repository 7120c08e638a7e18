"""``kg serve --watch --edit``: decisions in Chromium change one place in a note; nobody else can make them."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.browser

HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>"
NOTES = {
    "raft.md": b"---\r\ntitle: Raft  # one\r\n---\r\n"
    b"Raft is a consensus algorithm. It depends on [[leader election]].\r\nA quorum decides.\r\n",
    "leader election.md": b"# Leader election\n\nLeader election needs a quorum.\n",
    "quorum.md": b"# Quorum\n\nA quorum is a majority, and no consensus algorithm.\n",
    "consensus algorithm.md": f"# Consensus algorithm\n\n{HOSTILE} See [[quorum]].\n".encode(),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("edited")
    (folder / "concepts").mkdir()
    for name, data in NOTES.items():
        (folder / "concepts" / name).write_bytes(data)
    (folder / "kg.toml").write_text('languages = ["en", "zh"]\n')
    return folder


@pytest.fixture(scope="module")
def served(folder: Path, serve: Callable[..., Any]) -> Iterator[Any]:
    with serve(folder, "--watch", "--edit", "--workers", "1") as running:
        yield running


@pytest.fixture
def notes(folder: Path) -> Iterator[Callable[[], dict[str, bytes]]]:
    """The notes as they are; in the end each has its first content again."""

    def read() -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in (folder / "concepts").iterdir()}

    yield read
    for name, data in NOTES.items():
        (folder / "concepts" / name).write_bytes(data)


def post(served: Any, path: str, body: object, **headers: str | None) -> Any:
    """Send a request as the page does, but for some headers; None leaves one out."""
    own = f"127.0.0.1:{served.port}"
    sent = {
        "Content_Type": "application/json", "Origin": f"http://{own}", "Host": own, "Sec_Fetch_Site": "same-origin",
        "Kg_Token": served.review.partition("#kg-token=")[2],
    } | headers  # fmt: skip
    return served.get(path, method="POST", body=json.dumps(body), **{k: v for k, v in sent.items() if v is not None})


def test_a_request_needs_token_host_and_origin(served: Any, notes: Callable[[], dict[str, bytes]]) -> None:
    rows = post(served, "/-/edit/show", {}).json["rows"]
    assert isinstance(rows, list)
    decision = {"id": rows[0]["id"], "accept": True}
    own = f"127.0.0.1:{served.port}"
    for headers in (
        {"Kg_Token": None},
        {"Kg_Token": ""},
        {"Kg_Token": "x" * 43},
        {"Kg_Token": "é"},
        {"Origin": None},
        {"Origin": "null"},
        {"Origin": "https://evil.example"},
        {"Origin": f"http://localhost:{served.port}"},
        {"Origin": f"http://127.0.0.1:{served.port + 1}"},
        {"Host": "evil.localhost", "Origin": "http://evil.localhost"},
        {"Host": "10.0.0.1", "Origin": "http://10.0.0.1"},
        {"Host": f"{own}@evil.example", "Origin": f"http://{own}@evil.example"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Content_Type": "text/plain"},
        {"Content_Type": "application/x-www-form-urlencoded"},
        {"Content_Type": None},
    ):
        for path in ("/-/edit/show", "/-/edit/decide", "/-/edit/undo"):
            answer = post(served, path, decision, **headers)
            assert answer.status in (403, 421), (headers, answer.text)
            assert "access-control-allow-origin" not in answer.headers
    for origin in (f"http://{own}", "http://localhost:1"):
        preflight = served.get(
            "/-/edit/decide", method="OPTIONS", Origin=origin, Access_Control_Request_Method="POST",
            Access_Control_Request_Headers="kg-token,content-type",
        )  # fmt: skip
        assert preflight.status == 405
        assert not [name for name in preflight.headers if name.startswith("access-control")]
    assert served.get("/-/edit/decide").status == 404  # a file, not an action
    assert post(served, "/-/edit/decide", {"id": "../x", "accept": True}).status == 422
    assert post(served, "/-/edit/decide", decision | {"key": "no such"}).status == 422
    assert post(served, "/-/edit/decide", {"id": 1}).status == 400
    assert post(served, "/-/edit/decide", {"id": "x" * (2 << 20), "accept": True}).status == 413
    assert notes() == NOTES
    token = served.review.partition("#kg-token=")[2]
    for path in ("/-/review?lang=en", "/-/edit.js", "/concepts/raft.html", "/-/query.js"):
        assert token not in served.get(path).text


def test_it_is_off_by_default_and_for_this_machine_only(folder: Path, serve: Callable[..., Any]) -> None:
    with serve(folder, "--watch", "--workers", "1") as plain:
        assert post(plain, "/-/edit/show", {}).status == 405  # no route but files, which are read
        assert plain.get("/-/edit.js").status == plain.get("/-/review").status == 404
        assert "/-/edit.js" not in plain.get("/concepts/raft.html").text
    for args in (("--edit",), ("--watch", "--edit", "--host", "0.0.0.0"), ("--watch", "--edit", "--allow-host", "kb.lan")):  # noqa: S104
        ran = subprocess.run(
            [sys.executable, "-m", "kg", "serve", "-C", folder, "--port", "0", *args],
            capture_output=True,
            timeout=60,
            check=False,
        )
        assert ran.returncode == 2, ran.stderr


def wait_until(page: Any, condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        page.wait_for_timeout(50)


def faults_for_readers(page: Any, axe: str, shown: Any) -> list[object]:
    """What axe reports about a page, from moderate on, once `shown` is there.

    A build that ends meanwhile reloads the page, as it does for readers; what was measured then is gone with the old one.
    """
    from playwright.sync_api import Error  # installed with the extra dev only

    end = time.monotonic() + 60
    while True:
        shown.wait_for()
        try:
            page.evaluate(axe)
            found = page.evaluate("axe.run(document, {resultTypes: ['violations'], preload: false})")["violations"]
        except Error as error:
            if "Execution context was destroyed" not in error.message or time.monotonic() > end:
                raise
        else:
            return [(v["impact"], v["id"], v["nodes"][0]["html"]) for v in found if v["impact"] != "minor"]


def test_decisions_in_the_browser(
    served: Any, folder: Path, browser: Any, notes: Callable[[], dict[str, bytes]], axe: str
) -> None:
    """On the page of all: accept with another relation, reject, undo, each with one change on disk."""
    context = browser.new_context(viewport={"width": 1000, "height": 900})
    context.set_default_timeout(60_000)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: (complaints.append(dialog.message), dialog.dismiss()))
    page.goto(served.review)
    cards = page.locator("article")
    cards.first.wait_for()
    assert "kg-token" not in page.url
    assert page.locator("article img, article script").count() == 0
    assert faults_for_readers(page, axe, cards.first) == []
    above = cards.filter(has_text='"is a consensus algorithm"')
    above.locator("select").select_option("implements")
    above.locator("button.accept").click()
    page.get_by_text("Written: raft.md").wait_for()
    expected = NOTES["raft.md"].replace(b"# one\r\n", b'# one\r\nimplements: ["[[consensus algorithm]]"]\r\n')
    assert notes() == NOTES | {"raft.md": expected}
    page.locator("button.undo").click()
    above.wait_for()
    assert notes() == NOTES
    # A key does what a button does; a rejected pair doesn't come again.
    number = cards.count()
    above.focus()
    page.keyboard.press("n")
    wait_until(page, lambda: cards.count() == number - 1)
    assert "consensus" in (folder / "ontology/snapshot/rejected.jsonl").read_text()
    assert notes() == NOTES
    # The page of a concept: the suggestion becomes a link, the site is built, and the page reloads with it.
    page.goto(served.url + "concepts/raft.html")
    mention = page.locator("article").filter(has_text="named without a link")
    assert faults_for_readers(page, axe, mention.locator("button.accept")) == []
    mention.locator("button.accept").click()
    page.locator("main p a", has_text="quorum").first.wait_for(state="attached")
    assert notes() == NOTES | {"raft.md": NOTES["raft.md"].replace(b"A quorum", b"A [[quorum]]")}
    page.locator("button.undo").wait_for()
    # What an author edits after the page was drawn is kept, and reported.
    edited = NOTES["leader election.md"] + b"\nEdited meanwhile.\n"
    row = post(served, "/-/edit/show", {"concept": "raft"}).json["rows"][0]
    (folder / "concepts/raft.md").write_bytes(edited)
    assert post(served, "/-/edit/decide", {"id": row["id"], "accept": True}).status in (409, 422)
    assert (folder / "concepts/raft.md").read_bytes() == edited
    context.close()
    assert complaints == []
