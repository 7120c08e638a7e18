// Under `kg serve --watch` only: reloads this page after each build, and shows why a build failed. The server adds it to pages.
(() => {
  "use strict";
  const { serial, title, note } = document.currentScript.dataset;
  const key = "kg-watch";
  const load = () => { try { return JSON.parse(sessionStorage.getItem(key)) ?? {}; } catch { return {}; } };
  const save = (value) => { try { sessionStorage.setItem(key, JSON.stringify(value)); } catch { /* storage is blocked */ } };
  const folds = () => [...document.querySelectorAll("details")];

  // A reload keeps the text in view, even if something above it changed, and opened folds. Maps keep their view in the URL.
  const blocks = () => [...document.querySelectorAll("main :is(h1, h2, h3, h4, h5, h6, p, li, pre, tr, figure)")];
  const visible = () => {
    const times = new Map();
    const rows = blocks().map((block) => {
      const text = block.textContent.slice(0, 200);
      times.set(text, (times.get(text) ?? 0) + 1);
      return { text, time: times.get(text), block };
    });
    const first = rows.findIndex(({ block }) => block.getBoundingClientRect().bottom > 0);
    return rows.slice(first, first < 0 ? 0 : first + 8).map(({ text, time, block }) => ({ text, time, top: block.getBoundingClientRect().top }));
  };
  const restore = ({ x, y, rows }) => {
    scrollTo({ left: x, top: y, behavior: "instant" });
    if (!y) return;
    const all = blocks();
    for (const { text, time, top } of rows) {
      const block = all.filter((other) => other.textContent.slice(0, 200) === text)[time - 1];
      if (block) { scrollBy({ top: block.getBoundingClientRect().top - top, behavior: "instant" }); return; }
    }
  };
  let reloading = null;
  const before = load();
  if (before.path === location.pathname) {
    save({ serial: before.serial });
    if (folds().length === before.open.length) folds().forEach((fold, i) => { fold.open = before.open[i]; });
    restore(before);
    addEventListener("load", () => {
      restore(before);
      // Set at once, or while the page is being reloaded again, the browser would restore the place too.
      setTimeout(() => { if (reloading === null) history.scrollRestoration = "auto"; }, 1000);
    }, { once: true });
  }
  const keep = () => {
    // While the page is still loading, it isn't where the reader was.
    const place = document.readyState !== "complete" && before.rows ? before : { x: scrollX, y: scrollY, rows: visible() };
    save({ ...place, serial: reloading, path: location.pathname, open: folds().map((fold) => fold.open) });
  };
  const reload = (next) => {
    if (load().serial === next) return; // it was reloaded for this change already
    reloading = next;
    history.scrollRestoration = "manual";
    keep();
    location.reload();
  };

  // The texts of a problem can quote notes: they are set as text, never as HTML.
  let overlay = null, shown = "";
  const show = (problem) => {
    const next = problem ? JSON.stringify(problem) : "";
    if (next === shown) return; // what the reader selects in it stays selected
    shown = next;
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
  addEventListener("pagehide", () => {
    if (reloading !== null) keep(); // a busy browser lets the reader go on for a while
    close();
  });
  addEventListener("pageshow", open);
  open();
})();
