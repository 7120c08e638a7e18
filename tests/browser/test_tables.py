"""Tables on reports and pages: none is wider than its page, and no column is narrower than its words need."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.browser

PAGES = (
    "index", "plan", "browse/a-z", "browse/layers", "browse/recent", "browse/tags", "concepts/raft", "maps/overview",
    "reports/association", "reports/hierarchy", "reports/coverage", "reports/quality",
)  # fmt: skip
LOOK = r"""() => {
  const faults = [];
  for (const part of document.querySelectorAll("details")) part.open = true;
  const wide = document.documentElement.scrollWidth;
  if (wide > innerWidth) faults.push(`the page is ${wide} px wide`);
  const page = document.querySelector("main").getBoundingClientRect();
  const range = document.createRange();
  for (const table of document.querySelectorAll("table, [role=table]")) {
    const box = table.getBoundingClientRect();
    // Tables of authors, and traces of any number of steps, scroll in a frame of their own.
    if (!box.width || table.closest(".note, .trace")) continue;
    const name = table.textContent.trim().slice(0, 30);
    const frame = table.parentElement;
    if (frame.scrollWidth > frame.clientWidth + 1) faults.push(`${name}: ${frame.scrollWidth} px in ${frame.clientWidth}`);
    if (box.right > page.right + 1 || box.left < page.left - 1) faults.push(`${name}: outside of the page`);
    for (const cell of table.querySelectorAll("th, td, [role=cell], [role=rowheader]")) {
      if (cell.closest(".trace")) continue;
      const walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
      for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        if (node.parentElement.closest("code, svg, .trace")) continue;
        for (const word of node.data.matchAll(/(?<!\S)[\p{Script=Latin}\d]{2,24}(?!\S)/gu)) {
          range.setStart(node, word.index);
          range.setEnd(node, word.index + word[0].length);
          const tops = new Set([...range.getClientRects()].filter((r) => r.width).map((r) => Math.round(r.top)));
          if (tops.size > 1) faults.push(`${name}: ${word[0]} is broken`);
        }
      }
      // Chinese breaks anywhere: a column with a few characters on each of many lines is too narrow.
      range.selectNodeContents(cell);
      const style = getComputedStyle(cell);
      // Where a table is a list, the name of the column is beside the text of the cell.
      const label = getComputedStyle(cell, "::before");
      if (label.float === "left" && cell.clientWidth && parseFloat(label.marginLeft) + parseFloat(style.paddingLeft) < -1)
        faults.push(`${name}: the name of the column is cut`);
      const lines = new Set([...range.getClientRects()].filter((r) => r.width > 1).map((r) => Math.round(r.bottom / 6)));
      const room = cell.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
      // In reports, where the table is one, a short text doesn't make its row as high as a screen.
      const rows = Math.round(range.getBoundingClientRect().height / parseFloat(style.lineHeight));
      const text = cell.textContent.trim();
      if (innerWidth >= 1024 && location.pathname.includes("/reports/") && text.length < 300 && rows > 8)
        faults.push(`${name}: ${rows} lines: ${text.slice(0, 30)}`);
      if (lines.size > 3 && room < 6 * parseFloat(style.fontSize))
        faults.push(`${name}: ${lines.size} lines of ${Math.round(room)} px: ${cell.textContent.trim().slice(0, 30)}`);
    }
  }
  return faults;
}"""


@pytest.mark.parametrize("language", ["zh", "en"])
def test_tables_fit_their_pages_and_words_their_columns(browser: Any, own: Path, language: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    faults, tables = [], 0
    for name in PAGES:
        ending = {"zh": ".html", "en": ".html#lang=en" if name.startswith("maps/") else ".en.html"}[language]
        page.goto((own / "output").as_uri() + f"/{name}{ending}")
        tables += page.locator("main table").count()
        for width in (1440, 1024, 390):
            page.set_viewport_size({"width": width, "height": 900})
            faults += [f"{name} at {width} px: {fault}" for fault in page.evaluate(LOOK)]
    context.close()
    assert tables > 20
    assert faults == []
