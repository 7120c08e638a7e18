"""More than 300 payloads in every place where a note reaches a page or a map: nothing runs, is fetched or is styled."""
# ruff: noqa: E501  # the script that looks at a page has lines of its own

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from payloads import payloads

pytestmark = pytest.mark.browser

ALL = list(payloads())

# What a page shows of notes never holds any of these; the pages' own scripts and styles stand in the head or are counted.
LOOK = """(here) => {
  const found = [];
  const own = new Set(['script', 'link', 'meta', 'style', 'input', 'form', 'button', 'select', 'canvas', 'dialog', 'textarea']);
  for (const e of document.querySelectorAll('*')) {
    const tag = e.localName;
    const notes = e.closest('section.note, div.note, .lead, .relations') !== null && e.closest('svg.mermaid, .mermaid') === null;
    // Plots are images, too; what Mermaid drew is shown as an image, in which nothing runs; it is drawn in a frame that is shut in.
    if (tag === 'img' && e.src.startsWith('data:image/svg+xml') && (!notes || e.closest('figure.diagram'))) continue;
    if (tag === 'iframe' && e.className === 'drawing-frame' && e.src.endsWith('/assets/mermaid/frame.html')) continue;
    for (const a of e.attributes) {
      const value = a.value.replace(/[\\u0000-\\u0020]/g, '').toLowerCase();
      if (a.name.startsWith('on')) found.push(`${tag} has ${a.name}`);
      if (['href', 'src', 'xlink:href', 'action', 'formaction', 'data', 'srcdoc', 'background', 'poster', 'ping'].includes(a.name)
          && /^(javascript|vbscript|data|blob|livescript|mocha|jar|filesystem|feed|view-source|file|about):/.test(value)
          && !value.startsWith(here) && !(tag === 'link' && e.rel === 'icon' && value === 'data:,'))
        found.push(`${tag} leads to ${value.slice(0, 60)}`);
      if (notes && a.name === 'style') found.push(`${tag} has a style`);
    }
    if (/^(iframe|object|embed|base|frame|frameset|applet|marquee|bgsound|isindex|keygen|foreignobject|animate|set|use|image|template|xmp|plaintext|noscript)$/.test(tag)
        && (notes || /^(iframe|object|embed|base|frame|frameset|applet)$/.test(tag)))
      found.push(`there is a ${tag}`);
    // No payload names a file of the base, so that there is nothing to show or to play.
    if (notes && ['audio', 'video', 'source', 'img'].includes(tag) && ['src', 'srcset', 'poster'].some((name) => e.hasAttribute(name))) found.push(`a ${tag} has a source`);
    if (notes && own.has(tag) && tag !== 'button' && !e.closest('[data-kg]') && !(tag === 'input' && e.disabled)) found.push(`a note has a ${tag}`);
    if (tag === 'meta' && e.httpEquiv.toLowerCase() === 'refresh') found.push('the page leads away');
    if (tag === 'script' && /alert\\(1\\)/.test(e.textContent) && !['application/json', 'application/ld+json'].includes(e.type)) found.push('a script has the payload');
    if (tag === 'title' && e.namespaceURI.endsWith('xhtml') && e.children.length) found.push('the title has elements');
  }
  return found;
}"""


def note(number: int, payload: str) -> str:
    """A note that carries the payload wherever text goes."""
    quoted, line = json.dumps(payload), " ".join(payload.split()) or "x"
    # Mermaid takes a second to start: every sixth payload is a label of a diagram, too.
    diagram = f'```mermaid\ngraph TD\n  a["{line}"] -->|{line}| b({line})\n```' if number % 6 == 0 else ""
    cell = line.replace("|", "\\|")
    return f"""---
id: p{number:03}
title: {{zh: {quoted}, en: {json.dumps(payload + "!")}}}
aliases: [{json.dumps("alias " + payload)}]
definition: {{zh: {json.dumps("定义 " + payload)}, en: {json.dumps("A thing " + payload)}}}
area: {json.dumps("area" + str(number % 7) + payload)}
layer: technology
uses: ["[[p{(number + 1) % len(ALL):03}]]"]
part-of: ["[[p{number // 7:03}]]"]
sources: [{quoted}]
tags: [{quoted}, evil]
{json.dumps(line)}: {quoted}
---

# {line}

Plain: {payload}

## Raw

{payload}

## Places

- [{line}](p000.md "{line}") ![{line}](p001.md) [[p002|{line}]] [x](<{line}>)
- `{line}` ==[[p003#{line}]]== [^{number}] #tag{number} (depends-on:: [[p004]]) [key:: {line}]

[^{number}]: {line}

| relation | target | note |
|---|---|---|
| uses | [[p005]] | {cell} |

> [!note] {line}
> {line}

```{line}
{payload}
```

{diagram}

$$\\text{{{line}}}$$

<details><summary>{line}</summary>

{payload}

</details>
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, kg: Any) -> Path:
    base = tmp_path_factory.mktemp("payloads")
    (base / "concepts").mkdir()
    for number, payload in enumerate(ALL):
        data = note(number, payload).encode("utf-8", "surrogatepass")
        (base / "concepts" / f"p{number:03}.md").write_bytes(data)
    ran = kg("build", "-C", base)
    assert ran.status == 0, ran.stderr
    return base / "output"


def test_nothing_runs(browser: Any, folder: Path) -> None:
    assert len(ALL) >= 300
    pages = [p for p in sorted(folder.rglob("*.html")) if not p.name.endswith(".zh.html")]
    # The maps of communities show every label; of those around one concept some are enough.
    around = [p for p in pages if p.parent.name == "concept"]
    pages = sorted({*pages} - {*around}) + around[::12]
    assert len(pages) > len(ALL)
    context = browser.new_context()
    page = context.new_page()
    said: list[str] = []
    where = ""
    page.on("console", lambda message: said.append(f"{where}: {message.text}"))
    page.on("pageerror", lambda error: said.append(f"{where}: {error}"))
    page.on("dialog", lambda dialog: (said.append(f"{where}: dialog {dialog.message}"), dialog.dismiss()))
    page.on(
        "request", lambda request: request.url.startswith((folder.as_uri(), "data:")) or said.append(f"{where}: {request.url}")
    )
    page.on("popup", lambda other: said.append(f"{where}: a window opened"))
    for path in pages:
        where = str(path.relative_to(folder))
        page.goto(path.as_uri())
        said += [f"{where}: {fault}" for fault in page.evaluate(LOOK, folder.as_uri().lower())]
        if page.url.partition("#")[0].partition("?")[0] != path.as_uri():
            said.append(f"{where}: led to {page.url}")
    context.close()
    assert not said, "\n".join(said[:40])


def test_data_for_programs_is_escaped_for_pages(folder: Path) -> None:
    """JSON that stands in a page ends no script, whatever notes say."""
    for path in folder.rglob("*.html"):
        text = path.read_text("utf-8")
        for part in text.split("<script")[1:]:
            inside = part.partition(">")[2].partition("</script")[0]
            assert "<!--" not in inside, path
            assert "<script" not in inside.lower(), path
