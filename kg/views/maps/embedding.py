"""How other pages show a map that is one file: an iframe, and a web component that passes colours on."""

from __future__ import annotations

from typing import Final

from markupsafe import escape

from kg.base.json_forms import json_compact

THEMED: Final = (
    "bg", "surface", "sunken", "ink", "ink-2", "line", "line-2", "accent", "accent-soft", "halo", "rest", "link", "bundle",
    "none", *(f"c{i}" for i in range(12)), *(f"e{i}" for i in range(8)), *(f"s{i}" for i in range(5)),
)  # fmt: skip
"""Names of the colours that the page around a map can set: `--kg-NAME`, as `#rrggbb`."""

_COMPONENT: Final = """\
<script type="module">
customElements.define("kg-map", class extends HTMLElement {
  static observedAttributes = ["src", "view", "theme"];
  connectedCallback() {
    this.style.display ||= "block";
    this.frame = document.createElement("iframe");
    Object.assign(this.frame, { title: this.title || "Map", loading: "lazy", allowFullscreen: true });
    this.frame.style.cssText = "width:100%;height:100%;border:0;color-scheme:inherit";
    this.replaceChildren(this.frame);
    this.attributeChangedCallback();
  }
  attributeChangedCallback() {
    if (!this.frame) return;
    const style = getComputedStyle(this);
    const view = new URLSearchParams(this.getAttribute("view") ?? "");
    if (this.hasAttribute("theme")) view.set("theme", this.getAttribute("theme"));
    for (const name of NAMES) {
      const value = style.getPropertyValue("--kg-" + name).trim();
      if (value) view.set("css-" + name, value);
    }
    const address = this.getAttribute("src") + "#" + view;
    if (this.frame.getAttribute("src") !== address) this.frame.src = address;
  }
});
</script>"""


def iframe(source: str, title: str) -> str:
    """The element that shows a map; `source` is the address of the file, relative to the page or absolute."""
    style = "width:100%;height:32rem;border:0;color-scheme:inherit"
    return f'<iframe src="{escape(source)}" title="{escape(title)}" loading="lazy" allowfullscreen style="{style}"></iframe>'


def jsx_iframe(source: str, title: str) -> str:
    """The same in MDX, where a style is an object."""
    style = "{{width: '100%', height: '32rem', border: 0}}"
    return f'<iframe src="{escape(source)}" title="{escape(title)}" loading="lazy" allowFullScreen style={style} />'


def component(source: str, title: str) -> str:
    """A custom element with its definition; the page sets colours by CSS variables on it or on any element around it."""
    element = f'<kg-map src="{escape(source)}" title="{escape(title)}" style="height:32rem"></kg-map>'
    return f"{element}\n{_COMPONENT.replace('NAMES', json_compact(THEMED))}"
