// Under `kg serve --watch` only: reloads this page after each build, and shows why a build failed. The server adds it to pages.
(() => {
  "use strict";
  const { serial, title, note } = document.currentScript.dataset;
  const key = "kg-watch";
  const load = () => { try { return JSON.parse(sessionStorage.getItem(key)) ?? {}; } catch { return {}; } };
  const save = (value) => { try { sessionStorage.setItem(key, JSON.stringify(value)); } catch { /* storage is blocked */ } };
  const folds = () => [...document.querySelectorAll("details")];

  // Scroll position and opened folds survive a reload. Maps keep their view in the URL.
  const before = load();
  const restore = () => scrollTo({ left: before.x, top: before.y, behavior: "instant" });
  if (before.path === location.pathname) {
    save({ serial: before.serial });
    if (folds().length === before.open.length) folds().forEach((fold, i) => { fold.open = before.open[i]; });
    restore();
    addEventListener("load", restore, { once: true });
  }
  const reload = (next) => {
    if (load().serial === next) return; // it was reloaded for this change already
    save({ serial: next, path: location.pathname, x: scrollX, y: scrollY, open: folds().map((fold) => fold.open) });
    location.reload();
  };

  // The texts of a problem can quote notes: they are set as text, never as HTML.
  let overlay = null;
  const show = (problem) => {
    overlay?.remove();
    overlay = null;
    if (!problem) return;
    overlay = document.createElement("div");
    overlay.id = "kg-problem";
    overlay.setAttribute("role", "alert");
    const root = overlay.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`
      section { position: fixed; inset: auto 0 0; z-index: 2147483647; max-height: 60vh; overflow: auto; padding: 1rem 1.5rem;
        background: #3b0d0c; color: #fff; border-top: 4px solid #e5484d; font: 1rem/1.5 system-ui, sans-serif; }
      h2 { margin: 0 0 .5rem; font-size: 1.1rem; }
      pre { margin: 0 0 .5rem; white-space: pre-wrap; overflow-wrap: anywhere; font: .95rem/1.5 ui-monospace, monospace; }
      p { margin: 0; opacity: .85; }`);
    root.adoptedStyleSheets = [sheet];
    const section = root.appendChild(document.createElement("section"));
    for (const [tag, text] of [["h2", title], ["pre", problem.message], ["pre", problem.hint], ["p", note]]) {
      if (text) section.appendChild(document.createElement(tag)).textContent = text;
    }
    document.body.append(overlay);
  };

  // A browser has six connections to a server, so pages in hidden tabs don't hold one.
  let events = null;
  const close = () => { events?.close(); events = null; };
  const open = () => {
    if (events || document.hidden) return;
    let path = location.pathname;
    try { path = decodeURIComponent(path); } catch { /* no UTF-8 */ }
    events = new EventSource(`/-/events?page=${encodeURIComponent(path)}`);
    events.onmessage = ({ data }) => {
      const state = JSON.parse(data);
      if (state.serial > Number(serial)) reload(state.serial);
      else show(state.problem);
    };
    events.onerror = () => {
      if (events?.readyState !== EventSource.CLOSED) return;
      close();
      setTimeout(open, 5000);
    };
  };
  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
  addEventListener("pagehide", close);
  addEventListener("pageshow", open);
  open();
})();
