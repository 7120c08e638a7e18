// Functions of every page: light or dark mode, keyboard shortcuts, the report menu. Pages also work without it.
(() => {
  "use strict";
  const root = document.documentElement;
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
    const button = document.getElementById("kg-theme");
    if (!button) return;
    const show = () => button.setAttribute("aria-pressed", String(isDark()));
    button.hidden = false;
    show();
    button.addEventListener("click", () => {
      root.dataset.theme = isDark() ? "light" : "dark";
      remember("kg-theme", root.dataset.theme);
      show();
      document.dispatchEvent(new Event("kg-theme"));
    });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      show();
      document.dispatchEvent(new Event("kg-theme"));
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
    const box = document.getElementById("kg-keys");
    if (!box) return;
    box.checked = remember("kg-keys") !== "off";
    box.closest("[hidden]")?.removeAttribute("hidden");
    box.addEventListener("change", () => remember("kg-keys", box.checked ? "on" : "off"));
    const follow = (selector) => () => document.querySelector(selector)?.click();
    const actions = {
      "/": () => (document.getElementById("kg-filter") || document.getElementById("kg-find"))?.focus(),
      "[": follow("a[rel=prev]"),
      "]": follow("a[rel=next]"),
      u: follow("[data-key=u] a"),
      m: follow("a[data-key=m]"),
    };
    document.addEventListener("keydown", (event) => {
      const typing = document.activeElement && /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName);
      if (!box.checked || event.ctrlKey || event.metaKey || event.altKey) return;
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
