// Functions of every page: light or dark mode, keyboard shortcuts, the report menu. Pages also work without it.
// The controls that only work with it are made here, so that they don't stand in each page.
(() => {
  "use strict";
  const root = document.documentElement;
  const text = globalThis.KG_FRAME[root.lang] ?? Object.values(globalThis.KG_FRAME)[0];
  const element = (tag, attributes, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  };
  const remember = (key, value) => {
    try {
      if (value === undefined) return localStorage.getItem(key);
      localStorage.setItem(key, value);
    } catch {
      // The browser doesn't store data for files on disk: the choice applies to this page only.
    }
    return null;
  };
  const chosen = remember("kg-theme");
  if (chosen === "light" || chosen === "dark") root.dataset.theme = chosen;

  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches);

  const theme = () => {
    const name = { "aria-label": text.dark, title: text.dark };
    const button = element("button", { class: "theme", id: "kg-theme", type: "button", ...name }, element("span", { "aria-hidden": "true" }, "◐"));
    const show = () => button.setAttribute("aria-pressed", String(isDark()));
    show();
    document.querySelector(".top-in")?.append(button);
    button.addEventListener("click", () => {
      root.dataset.theme = isDark() ? "light" : "dark";
      remember("kg-theme", root.dataset.theme);
      show();
      document.dispatchEvent(new Event("kg-theme"));
    });
    const changed = () => {
      show();
      document.dispatchEvent(new Event("kg-theme"));
    };
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed);
    // The choice on another page of the site.
    addEventListener("storage", (event) => {
      if (event.key !== "kg-theme" || !["light", "dark"].includes(event.newValue)) return;
      root.dataset.theme = event.newValue;
      changed();
    });
  };

  const menu = () => {
    for (const details of document.querySelectorAll(".nav details")) {
      document.addEventListener("click", (event) => {
        if (!details.contains(event.target)) details.open = false;
      });
      details.addEventListener("keydown", (event) => {
        if (event.key === "Escape" && details.open) {
          details.open = false;
          details.querySelector("summary").focus();
        }
      });
    }
  };

  // Single-key shortcuts can be disabled, as WCAG 2.1.4 requires.
  const keys = () => {
    const box = element("input", { type: "checkbox", id: "kg-keys" });
    box.checked = remember("kg-keys") !== "off";
    const labels = Object.entries(text.actions).flatMap(([key, what]) => [element("kbd", {}, key), ` ${what} `]);
    document.querySelector(".foot")?.append(
      element("p", { class: "keys" }, element("label", {}, box, ` ${text.keys}`), element("span", {}, ...labels)),
    );
    box.addEventListener("change", () => remember("kg-keys", box.checked ? "on" : "off"));
    const follow = (selector) => () => document.querySelector(selector)?.click();
    const actions = {
      "/": () => ["#kg-filter", "#kg-search-box", ".find input"].flatMap((name) => [...document.querySelectorAll(name)]).find((box) => box.offsetParent)?.focus(),
      "[": follow("a[rel=prev]"),
      "]": follow("a[rel=next]"),
      u: follow("[data-key=u] a"),
      m: follow("a[data-key=m]"),
    };
    document.addEventListener("keydown", (event) => {
      const typing = document.activeElement && /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName);
      if (event.defaultPrevented || !box.checked || event.ctrlKey || event.metaKey || event.altKey) return;
      if (typing && document.activeElement.type !== "checkbox") return;
      const action = actions[event.key];
      if (!action) return;
      event.preventDefault();
      action();
    });
  };

  document.addEventListener("DOMContentLoaded", () => {
    theme();
    menu();
    keys();
  });
})();
