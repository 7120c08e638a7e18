"""How many clicks ten tasks of a reader take from the start page, counted in a browser; docs/site.md has the same numbers."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

pytestmark = pytest.mark.browser

_DOCS: Final = Path(__file__).resolve().parents[2] / "docs/site.md"


class Reader:
    """A reader at a page, who counts clicks; typing a word into the search counts as none, choosing a result as one."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.clicks = 0

    def click(self, selector: str, text: str = "") -> None:
        """Click what is in view of the page or can be scrolled to."""
        place = self.page.locator(selector, has_text=text) if text else self.page.locator(selector)
        place.first.click()
        self.clicks += 1

    def find(self, word: str) -> None:
        """Type a word into the search and choose the first result."""
        self.page.locator(".find.large input:visible, #kg-find:visible").first.fill(word)
        self.page.locator(".found:visible [role=option]").first.wait_for()
        self.click(".found:visible [role=option]")

    def sees(self, selector: str, text: str = "") -> bool:
        """Whether it is shown; waits for pages that are loading."""
        place = self.page.locator(selector, has_text=text) if text else self.page.locator(selector)
        place.first.wait_for(state="visible", timeout=20_000)
        return True


class ReaderTask(NamedTuple):
    """A task: the row of the table in the documentation, and how a reader does it."""

    question: str
    do: Callable[[Reader], bool]


def _needs(reader: Reader) -> bool:
    reader.find("raft")
    return reader.sees("#kg-needs + *, section[aria-labelledby=kg-needs] a", "Consensus")


def _path(reader: Reader) -> bool:
    reader.find("raft")
    reader.click(".doors a", "Learning path")
    return reader.sees("#kg-steps li")


def _breaks(reader: Reader) -> bool:
    reader.find("etcd")
    return reader.sees("section[aria-labelledby=kg-supports] a, section[aria-labelledby=kg-below] a")


def _differ(reader: Reader) -> bool:
    reader.find("raft")
    return reader.sees("section[aria-labelledby=kg-compared] a", "Paxos")


def _misspelt(reader: Reader) -> bool:
    reader.find("kuberntes")
    return reader.sees("h1", "Kubernetes")


def _area(reader: Reader) -> bool:
    reader.click(".entries .chips a", "Security")
    return reader.sees("h2", "Security")


def _map(reader: Reader) -> bool:
    reader.find("raft")
    reader.click(".doors a[data-key=m]")
    return reader.sees("canvas")


def _source(reader: Reader) -> bool:
    reader.find("raft")
    return reader.sees(".facts", "Ongaro")


def _improve(reader: Reader) -> bool:
    return reader.sees(".actions code.command")


def _language(reader: Reader) -> bool:
    reader.find("raft")
    reader.click("header a[lang=zh], .top a[hreflang=zh], .top a", "中文")
    return reader.sees("h1", "共识算法")


TASKS: Final = (
    ReaderTask("What do I need before Raft?", _needs),
    ReaderTask("In which order do I learn it?", _path),
    ReaderTask("What breaks if etcd is gone?", _breaks),
    ReaderTask("What is Raft compared with?", _differ),
    ReaderTask("Find Kubernetes by a misspelt name", _misspelt),
    ReaderTask("Which concepts are about security?", _area),
    ReaderTask("What is around Raft, as a map?", _map),
    ReaderTask("Which source does its definition have?", _source),
    ReaderTask("What should the owner improve next?", _improve),
    ReaderTask("Read about Raft in Chinese", _language),
)


def test_clicks_of_ten_tasks(browser: Any, own: Path) -> None:
    counted = {}
    for task in TASKS:
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        context.set_default_timeout(20_000)
        page = context.new_page()
        page.goto((own / "output/index.en.html").as_uri())
        reader = Reader(page)
        assert task.do(reader), task.question
        counted[task.question] = reader.clicks
        context.close()
    rows = re.findall(r"^\| ([^|]+?) +\| +\d+ \| +(\d+) \|$", _DOCS.read_text(encoding="utf-8"), re.MULTILINE)
    assert {question: int(n) for question, n in rows if question in counted} == counted
    assert max(counted.values()) <= 2
