// Under `kg serve --watch --edit` only: accepts and rejects suggestions, on the page of a concept and on the page of all.
(() => {
  "use strict";
  const { lang, page, texts } = JSON.parse(document.currentScript.dataset.edit);
  const key = "kg-token";
  // The token comes in the fragment of the address, which browsers don't send; it holds for this session of the server.
  const given = new URLSearchParams(location.hash.slice(1)).get(key);
  if (given) {
    try { localStorage.setItem(key, given); } catch { /* storage is blocked: it holds for this page */ }
    history.replaceState(null, "", location.pathname + location.search);
  }
  let token = given;
  try { token = localStorage.getItem(key) ?? given; } catch { /* storage is blocked */ }

  const plural = new Intl.PluralRules(lang);
  const say = (name, values = {}) => {
    const forms = texts[name];
    const text = ("n" in values && forms[plural.select(values.n)]) || forms.other;
    return text.replace(/\{(\w+)\}/g, (_, value) => values[value]);
  };
  const element = (tag, attributes = {}, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (typeof value === "function") made.addEventListener(name, value);
      else if (value !== "" && value !== false) made.setAttribute(name, value === true ? "" : value);
    }
    made.append(...children); // texts of notes are set as text, never as HTML
    return made;
  };

  const main = document.getElementById("kg-main");
  const nav = document.querySelector("nav.nav");
  const alone = location.pathname === page.split("?")[0];
  if (!alone) nav?.append(element("a", { href: page }, say("review")));
  const concept = main?.dataset.concept ?? "";
  if (!main || !(concept || alone)) return;
  if (!token) {
    if (alone) main.append(element("p", {}, say("no-token")));
    return;
  }

  const host = element("div", { id: "kg-edit" });
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    :host { display: block; margin-top: 1.5rem; }
    h2 { font-size: 1.2rem; margin: 0 0 .5rem; }
    p { margin: .35rem 0; }
    a { color: inherit; }
    article { border: 1px solid color-mix(in srgb, currentColor 25%, transparent); border-radius: 8px; padding: .7rem 1rem; margin: .7rem 0; }
    article:focus-within, article:focus { outline: 2px solid color-mix(in srgb, currentColor 55%, transparent); outline-offset: 1px; }
    .pair { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; font-weight: 600; }
    .small { font-size: .88rem; opacity: .85; overflow-wrap: anywhere; }
    blockquote { margin: .4rem 0; padding-left: .8rem; border-left: 3px solid currentColor; overflow-wrap: anywhere; }
    .acts { display: flex; flex-wrap: wrap; gap: .6rem; margin-top: .5rem; }
    button, select { font: inherit; font-size: .92rem; padding: .3rem .8rem; border: 1px solid currentColor; border-radius: 7px; background: none; color: inherit; cursor: pointer; }
    select { max-width: 14rem; } option { color: #111; background: #fff; }
    button:disabled { opacity: .5; cursor: default; }
    .bad { color: #c62828; font-weight: 600; }`);
  root.adoptedStyleSheets = [sheet];
  const shown = document.getElementById("kg-suggested"); // the same suggestions without decisions, filled in by another script
  if (shown) { shown.hidden = true; shown.after(host); } else main.append(host);

  let order = "score";
  let busy = false;
  const view = () => ({ concept, order, lang });
  const send = async (path, body) => {
    if (busy) return;
    busy = true;
    root.querySelectorAll("button, select").forEach((part) => { part.disabled = true; });
    let answer = null;
    try {
      const response = await fetch(`/-/edit/${path}`, {
        method: "POST", headers: { "Content-Type": "application/json", "Kg-Token": token }, body: JSON.stringify(body),
      });
      answer = await response.json();
    } catch { answer = { error: say("unreachable"), hint: "" }; }
    busy = false;
    if (!answer.error) { draw(answer); return; }
    root.querySelectorAll("button, select").forEach((part) => { part.disabled = false; });
    notice(say("failed", { what: [answer.error, answer.hint].filter(Boolean).join(" · ") }), true);
  };
  const notice = (text, bad = false) => {
    const line = root.getElementById("notice") ?? root.insertBefore(element("p", { id: "notice", role: "status" }), root.firstChild);
    line.className = bad ? "bad" : "small";
    line.textContent = text;
  };

  const card = (row, keys) => {
    let turned = false;
    const select = element("select", { "aria-label": say("relation") }, ...keys.map((name) => element("option", { selected: name === row.key }, name)));
    const link = (shown) => element("a", { href: shown.page }, shown.label);
    const pair = element("div", { class: "pair" });
    const fill = () => {
      const [from, to] = turned ? [row.target, row.source] : [row.source, row.target];
      pair.replaceChildren(link(from), select, "→", link(to), element("button", { type: "button", click: turn, title: say("turn"), "aria-label": say("turn") }, "⇄"));
    };
    const turn = () => { turned = !turned; fill(); };
    fill();
    const decide = (accept) => send("decide", { id: row.id, accept, key: accept ? select.value : "", turned, view: view() });
    const about = [row.source, row.target].filter(({ definition }) => definition);
    const keyed = (event) => {
      const act = { y: () => decide(true), n: () => decide(false), d: turn, u: undo }[event.key];
      if (!act || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("select")) return;
      event.stopPropagation(); // pages have keys of their own
      act();
    };
    return element("article", { tabindex: 0, keydown: keyed, "data-id": row.id }, pair,
      ...(row.line ? [element("blockquote", {}, row.line), element("p", { class: "small" }, row.place)] : []),
      ...about.map(({ label, definition }) => element("p", { class: "small" }, element("b", {}, label), `: ${definition}`)),
      element("p", { class: "small" }, [say(`lane-${row.lane}`), row.score.toFixed(2), ...row.why].join(" · ")),
      element("div", { class: "acts" },
        element("button", { type: "button", class: "accept", click: () => decide(true) }, say("accept")),
        element("button", { type: "button", class: "reject", click: () => decide(false) }, say("reject"))));
  };
  const undo = () => send("undo", view());
  const draw = ({ left, rows, keys, undo: last, written }) => {
    const orders = ["score", "concept", "gain"].map((name) => element("option", { value: name, selected: name === order }, say(`by-${name}`)));
    const choose = ({ target }) => { order = target.value; send("show", view()); };
    root.replaceChildren(
      ...(alone ? [] : [element("h2", {}, say("suggestions"))]),
      element("div", { class: "acts" },
        element("span", {}, left ? say("left", { n: left }) : say("none")),
        ...(alone ? [element("select", { "aria-label": say("order"), change: choose }, ...orders)] : []),
        ...(last ? [element("button", { type: "button", class: "undo", click: undo }, say("undo", { what: last }))] : [])),
      ...rows.map((row) => card(row, keys)));
    if (written) notice(say("written", { what: written }));
    if (alone) root.querySelector("article")?.focus({ preventScroll: true });
  };
  notice(say("loading"));
  send("show", view());
})();
