"""The time slider of maps: what was there on a day by git's history, by keyboard, in both languages, from disk."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.browser

SHOWN = """() => window.kgMap.body.data.nodes.get().filter((node) => !node.hidden)
  .map((node) => window.kgData.nodes[node.id].page).sort()"""
LINES = "() => window.kgMap.body.data.edges.get().filter((edge) => !edge.hidden).length"
NOTE = "---\nid: {0}\ntype: concept\nuses: [{1}]\n---\n# {0}\n"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, kg: Callable[..., Any]) -> Path:
    """Four notes of three days, of which one was moved later."""
    folder = tmp_path_factory.mktemp("days")
    (folder / "concepts").mkdir()
    (folder / "kg.toml").write_text('notes = ["concepts"]\nlanguages = ["zh", "en"]\n')

    def commit(day: str) -> None:
        times = {f"GIT_{who}_DATE": f"{day}T12:00:00Z" for who in ("AUTHOR", "COMMITTER")}
        mine = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
        for args in (["add", "-A"], [*mine, "commit", "-qm", day]):
            subprocess.run(["git", *args], cwd=folder, env={**os.environ, **times}, check=True)

    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    for day, name, uses in (
        ("2026-01-05", "alpha", ""), ("2026-01-05", "beta", '"[[alpha]]"'), ("2026-02-01", "gamma", '"[[beta]]"'),
    ):  # fmt: skip
        (folder / f"concepts/{name}.md").write_text(NOTE.format(name, uses))
        commit(day)
    (folder / "concepts/later").mkdir()
    (folder / "concepts/alpha.md").rename(folder / "concepts/later/alpha.md")
    (folder / "concepts/delta.md").write_text(NOTE.format("delta", '"[[alpha]]", "[[gamma]]"'))
    commit("2026-03-09")
    ran = kg("build", "-C", folder)
    assert ran.status == 0, ran.stderr
    return folder / "output"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_was_there_on_a_day(browser: Any, built: Path, axe: str, language: str) -> None:
    data = (built / "maps/data/days.js").read_text("utf-8").partition(" = ")[2].rstrip().rstrip(";")
    expected = [["2026-01-05", ["alpha", "beta"]], ["2026-02-01", ["gamma"]], ["2026-03-09", ["delta"]]]
    assert json.loads(data)["days"] == expected  # a move is no beginning
    context = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(30_000)
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))

    def show(address: str) -> None:
        page.goto("about:blank")
        page.goto(f"{built.as_uri()}/maps/{address}")
        page.wait_for_function("() => window.kgMap !== undefined")

    show(f"overview.html#lang={language}")
    assert page.evaluate(SHOWN) == ["alpha", "beta", "delta", "gamma"]
    places, lines = page.evaluate("() => window.kgMap.getPositions()"), page.evaluate(LINES)
    assert page.get_attribute("#time", "aria-label") == {"zh": "时间", "en": "Time"}[language]
    # By keyboard, back to the first day; the positions stay.
    page.focus("#time")
    page.keyboard.press("ArrowLeft")
    assert page.evaluate(SHOWN) == ["alpha", "beta", "gamma"]
    assert "until=2026-02-01" in page.url
    assert page.get_attribute("#time", "aria-valuetext") == "2026-02-01 · 3 / 4" == page.text_content("[for=time]")
    page.keyboard.press("Home")
    assert page.evaluate(SHOWN) == ["alpha", "beta"]
    assert 0 < page.evaluate(LINES) < lines
    assert {**places, **page.evaluate("() => window.kgMap.getPositions()")} == places
    assert page.evaluate("() => document.activeElement.id") == "time"
    page.evaluate(axe)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations'], preload: false})")["violations"]
    assert [(v["impact"], v["id"]) for v in found] == []
    # It plays to the end and stops there; today has no parameter.
    page.click("#play")
    page.wait_for_function("() => document.getElementById('play').getAttribute('aria-pressed') === 'false'")
    assert page.evaluate(SHOWN) == ["alpha", "beta", "delta", "gamma"]
    assert "until" not in page.url
    # The address has the day, also on the map of a concept and of a community; what is not a day is ignored.
    show(f"concept.html?c=alpha#lang={language}&until=2026-02-20")
    assert page.evaluate(SHOWN) == ["alpha", "beta"]
    assert page.input_value("#time") == "1"
    show(f"cluster-0.html#lang={language}&until=x")
    assert page.input_value("#time") == "2"
    context.close()
    assert said == []


def test_without_history_there_is_no_slider(browser: Any, own: Path) -> None:
    assert not (own / "output/maps/data/days.js").exists()
    page = browser.new_page()
    page.goto((own / "output/maps/overview.html").as_uri())
    page.wait_for_function("() => window.kgMap !== undefined")
    assert page.locator("#legend section").count() > 2
    assert page.locator("#time").count() == 0
    page.close()
