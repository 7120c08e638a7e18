"""The map of a notebook: the script of the widget between a model, as anywidget gives it one, and the map in its frame."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

import kg

pytest.importorskip("anywidget")
pytestmark = pytest.mark.browser

WAIT = 30_000
ROOT = Path(__file__).resolve().parents[2]
SELECTED = "() => kgData.nodes[kgMap.getSelectedNodes()[0]]?.page === '%s'"
HOST = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>A notebook</title></head><body><div id="one"></div><div id="two"></div>
<script type="module">
const listeners = new Map();
const traits = TRAITS;
window.saved = [];
window.model = {
  get: (name) => traits[name],
  set: (name, value) => {
    if (traits[name] === value) return;
    traits[name] = value;
    for (const listener of listeners.get("change:" + name) ?? []) listener();
  },
  save_changes: () => window.saved.push([traits.view, traits.page_selected]),
  on: (name, listener) => listeners.set(name, [...(listeners.get(name) ?? []), listener]),
  off: (name, listener) => listeners.set(name, listeners.get(name).filter((other) => other !== listener)),
};
const { default: widget } = await import("data:text/javascript;base64,SCRIPT");
window.ends = ["one", "two"].map((id) => widget.render({ model: window.model, el: document.getElementById(id) }));
window.heard = () => [...listeners.values()].flat().length;
</script></body></html>
"""


@pytest.fixture
def page(browser: Any, tmp_path: Path) -> Iterator[Any]:
    widget = kg.read(ROOT / "tests/golden/small").map("container", view="theme=dark&colour=type")
    traits = {name: getattr(widget, name) for name in ("page", "title", "height", "view", "page_selected")}
    script = base64.b64encode((files("kg.views.maps") / "static/widget.js").read_bytes()).decode()
    text = HOST.replace("SCRIPT", script).replace("TRAITS", json.dumps(traits).replace("</", "<\\/"))
    (tmp_path / "host.html").write_text(text, "utf-8")
    context = browser.new_context(viewport={"width": 1000, "height": 1300}, reduced_motion="reduce")
    context.set_default_timeout(WAIT)
    page = context.new_page()
    troubles: list[str] = []
    page.on("console", lambda message: troubles.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("request", lambda request: None if request.url.startswith(("file:", "data:")) else troubles.append(request.url))
    page.goto((tmp_path / "host.html").as_uri())
    yield page
    context.close()
    assert troubles == []


def test_view_and_selection_go_both_ways(page: Any) -> None:
    page.wait_for_function("() => window.saved.length >= 2")
    frames = page.frames[1:]
    assert len(frames) == 2
    for frame in frames:
        # The view that Python gave is there, and the frame reaches nothing of the notebook.
        assert frame.evaluate("document.documentElement.dataset.theme") == "dark"
        assert frame.evaluate("() => { try { return parent.document.title } catch { return 'shut off' } }") == "shut off"
    assert page.evaluate("window.saved.at(-1)") == ["theme=dark&colour=type", "container"]
    # From Python to the map, in both views of the widget.
    page.evaluate("window.model.set('view', 'at=cgroup')")
    page.wait_for_function("() => window.saved.at(-1)[1] === 'cgroup'")
    for frame in frames:
        frame.wait_for_function(SELECTED % "cgroup")
    # From the map to Python, and to the other view.
    frames[0].fill("#search", "namespace")
    frames[0].press("#search", "Enter")
    page.wait_for_function("() => window.saved.at(-1)[1] === 'namespace'")
    frames[1].wait_for_function(SELECTED % "namespace")
    # The views come to rest: neither answers the other without end.
    counts = [page.evaluate("window.saved.length")]
    for _ in range(20):
        page.wait_for_timeout(500)
        counts.append(page.evaluate("window.saved.length"))
        if counts[-1] == counts[-2]:
            break
    assert counts[-1] == counts[-2], counts
    page.evaluate("() => { for (const end of window.ends) end(); }")
    assert page.evaluate("window.heard()") == 0
