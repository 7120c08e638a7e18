// The map of a page: draws the network that pyvis built, and keeps language, colours, filters and selection together.
// All texts of notes reach the page as text nodes or on the canvas, never as HTML.
(() => {
  "use strict";
  const data = JSON.parse(document.getElementById("kg-data").textContent);
  const stage = document.getElementById("map");
  const byId = (id) => document.getElementById(id);
  const nodes = data.nodes;
  const edges = data.edges;
  edges.forEach((edge, i) => { edge.id = i; });
  const edgesOf = nodes.map(() => []);
  for (const edge of edges) { edgesOf[edge.from].push(edge); edgesOf[edge.to].push(edge); }

  // ---- state, a part of it in the URL so that a link can name it
  const parameters = new URLSearchParams(location.hash.slice(1));
  const state = {
    lang: data.langs.includes(parameters.get("lang")) ? parameters.get("lang") : data.langs[0],
    colour: data.colour,
    hiddenValues: new Set(),
    hiddenKinds: new Set(),
    selected: null,
  };
  const remember = () => {
    const next = new URLSearchParams();
    if (state.lang !== data.langs[0]) next.set("lang", state.lang);
    if (state.selected !== null && nodes[state.selected].page && !nodes[state.selected].centre) next.set("at", nodes[state.selected].page);
    const hash = next.toString();
    try { history.replaceState(null, "", hash ? "#" + hash : location.pathname + location.search); } catch { /* a sandboxed frame */ }
  };

  // ---- words
  const at = (texts, lang = state.lang) => texts[Math.min(data.langs.indexOf(lang), texts.length - 1)];
  const say = (key) => KG_TEXTS[key][state.lang.split("-")[0] === "zh" ? 0 : 1];
  const nameOf = (node) => at(node.names);
  const wordOf = (relation, forward) => {
    const { names, inverse } = data.relations[relation];
    return forward ? at(names) : inverse ? at(inverse) : "← " + at(names);
  };
  const visible = (edge) => !edge.counts && !state.hiddenKinds.has(edge.kind);
  const weight = (edge) => edge.counts.reduce((sum, n, kind) => sum + (state.hiddenKinds.has(kind) ? 0 : n), 0);
  const shownNode = (node) => !state.hiddenValues.has(node.cats[state.colour]);
  const shownEdge = (edge) => (edge.counts ? weight(edge) > 0 : visible(edge)) && shownNode(nodes[edge.from]) && shownNode(nodes[edge.to]);

  // ---- where a node leads
  const languageOf = () => (state.lang === data.langs[0] ? "" : "." + state.lang);
  const hashOf = () => (state.lang === data.langs[0] ? "" : "#lang=" + state.lang);
  const onSite = Boolean(data.places.concept);
  const pageOf = (node) => data.places.concept + encodeURIComponent(node.page) + languageOf() + ".html";
  const mapOf = (node) => data.places.map + "concept/" + encodeURIComponent(node.page) + ".html" + hashOf();
  const clusterOf = (href) => data.places.map + href + hashOf();
  const open = (node) => {
    if (!onSite) return;
    location.href = node.href ? clusterOf(node.href) : pageOf(node);
  };

  // ---- drawing
  let network = null;
  let moved = false;
  const face = 'system-ui, -apple-system, "Segoe UI", "Noto Sans", "Noto Sans CJK SC", "Noto Sans SC", "PingFang SC", "Microsoft YaHei", sans-serif';
  const style = () => {
    const css = getComputedStyle(document.documentElement);
    return (name) => css.getPropertyValue("--" + name).trim();
  };
  const faded = (colour, share) => colour + Math.round(share * 255).toString(16).padStart(2, "0");
  // A fainter colour that covers what lies behind it.
  const pale = (colour, ground, share) => "#" + [1, 3, 5].map((i) => {
    const [a, b] = [colour, ground].map((hex) => parseInt(hex.slice(i, i + 2), 16));
    return Math.round(a * share + b * (1 - share)).toString(16).padStart(2, "0");
  }).join("");
  const dashes = [false, [6, 4], [2, 5]];
  // The more lines there are, the fainter each: from 40 on they would cover the labels.
  const crowd = (edge) => [0.85, 0.7, 0.7][edge.kind] * Math.max(0.5, Math.min(1, 40 / edges.length + 0.4));
  const slots = () => new Map(data.legends[state.colour].values.map((entry) => [entry.value, entry.slot]));
  const near = () => {
    if (state.selected === null) return null;
    const set = new Set([state.selected]);
    for (const edge of edgesOf[state.selected]) if (shownEdge(edge)) { set.add(edge.from); set.add(edge.to); }
    return set;
  };
  const sentence = (edge) => {
    if (edge.counts) return `${nameOf(nodes[edge.from])} — ${nameOf(nodes[edge.to])}\n${weight(edge)} ${say("between")}`;
    return edge.relations.map(([relation, forward]) => {
      const [a, b] = forward ? [edge.from, edge.to] : [edge.to, edge.from];
      return `${nameOf(nodes[a])} — ${wordOf(relation, 1)} → ${nameOf(nodes[b])}`;
    }).join("\n");
  };
  const drawnNode = (node, css, slot, close) => {
    const number = slot.get(node.cats[state.colour]);
    const fill = css(number >= 0 ? "c" + number : "none");
    const dim = close !== null && !close.has(node.id);
    const chosen = node.id === state.selected;
    const border = chosen || node.centre ? css("ink") : css("halo");
    const colour = { background: dim ? pale(fill, css("halo"), 0.3) : fill, border: dim ? pale(border, css("halo"), 0.2) : border };
    const title = [nameOf(node), at(node.defs)].filter(Boolean).join("\n");
    return {
      id: node.id, label: at(node.lines || node.names), title, hidden: !shownNode(node),
      color: { ...colour, highlight: colour, hover: { background: fill, border: css("ink") } },
      borderWidth: chosen ? 4 : node.centre ? 3 : 1.5,
      font: { ...node.font, color: dim ? pale(css("ink"), css("halo"), 0.4) : css("ink"), strokeColor: css("halo"), strokeWidth: dim ? 0 : 4, face },
    };
  };
  const drawnEdge = (edge, css, close, strongest) => {
    const touching = state.selected !== null && (edge.from === state.selected || edge.to === state.selected);
    const dim = close !== null && !touching;
    const many = edge.counts ? weight(edge) / strongest : 0;
    const base = css(edge.counts ? "bundle" : data.kinds[edge.kind]);
    // Lines stay behind the labels until a concept is pointed at or selected.
    const share = dim ? 0.12 : edge.counts ? 0.25 + 0.6 * many : touching ? 1 : crowd(edge);
    const colour = faded(base, share);
    const label = touching && !edge.counts && edgesOf[state.selected].length <= 24 ? edge.relations.map(([r]) => wordOf(r, 1)).join("\n") : undefined;
    return {
      id: edge.id, hidden: !shownEdge(edge), title: sentence(edge), label: label ?? " ",
      dashes: edge.counts ? false : dashes[edge.kind],
      width: edge.counts ? 0.8 + 9 * many : touching ? 2.2 : [1.2, 1, 1][edge.kind],
      color: { color: colour, highlight: colour, hover: base, inherit: false },
      font: { size: 12, color: css("ink-2"), strokeColor: css("halo"), strokeWidth: 4, align: "middle", face },
    };
  };
  let drawnNodes = null;
  let drawnEdges = null;
  const paint = () => {
    if (!drawnNodes) return;
    const css = style();
    const slot = slots();
    const close = near();
    const strongest = edges.reduce((most, edge) => Math.max(most, edge.counts ? weight(edge) : 0), 1);
    drawnNodes.update(nodes.map((node) => drawnNode(node, css, slot, close)));
    drawnEdges.update(edges.map((edge) => drawnEdge(edge, css, close, strongest)));
  };

  // ---- small pieces of the page
  const make = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name === "onclick" || name === "onchange" || name === "onmousedown") element[name] = value;
      else if (value !== false && value !== undefined) element.setAttribute(name, value === true ? "" : value);
    }
    element.append(...children);
    return element;
  };

  const legend = () => {
    const box = byId("legend");
    const offered = data.legends.map((entry, i) => [entry, i]).filter(([entry, i]) => entry.values.length > 1 || i === state.colour);
    const select = make("select", { id: "colour", "aria-label": say("colour"), onchange: (event) => {
      state.colour = Number(event.target.value);
      state.hiddenValues.clear();
      legend(); paint(); byId("colour").focus();
    } }, ...offered.map(([entry, i]) => make("option", { value: i, selected: i === state.colour }, say(entry.key))));
    const toggle = (set, value) => ({ type: "checkbox", checked: !set.has(value), onchange: (event) => {
      if (event.target.checked) set.delete(value); else set.add(value);
      paint();
    } });
    const css = style();
    const values = data.legends[state.colour].values.map((entry) => {
      const dot = make("span", { class: "dot" });
      dot.style.background = css(entry.slot >= 0 ? "c" + entry.slot : "none");
      const row = make("li", {}, make("label", {}, make("input", toggle(state.hiddenValues, entry.value)), dot, at(entry.names)));
      const here = entry.href && location.pathname.endsWith("/" + entry.href);
      if (onSite && entry.href && !here) row.append(make("a", { href: clusterOf(entry.href), title: say("open"), "aria-label": say("open") + " " + at(entry.names) }, say("map")));
      return row;
    });
    const used = new Set(edges.flatMap((edge) => (edge.counts ? edge.counts.flatMap((n, kind) => (n ? [kind] : [])) : [edge.kind])));
    const kinds = data.kinds.flatMap((kind, i) => (used.has(i) ? [make("li", {}, make("label", {},
      make("input", toggle(state.hiddenKinds, i)), make("span", { class: data.bundled ? "" : "dash " + kind }), say(kind)))] : []));
    box.replaceChildren(make("h3", {}, say("colour")), ...(offered.length > 1 ? [select] : []), make("ul", {}, ...values),
      ...(kinds.length ? [make("h3", {}, say("lines")), make("ul", {}, ...kinds)] : []),
      ...(data.bundled ? [make("p", { class: "quiet" }, say("bundle"))] : []));
  };

  const related = (node) => edgesOf[node.id].flatMap((edge) => {
    const other = nodes[edge.from === node.id ? edge.to : edge.from];
    if (edge.counts) return [[weight(edge) + " " + say("between"), other]];
    return edge.relations.map(([relation, forward]) => [wordOf(relation, Boolean(forward) === (edge.from === node.id)), other]);
  });
  const panel = () => {
    const box = byId("panel");
    if (state.selected === null) { box.replaceChildren(); return; }
    const node = nodes[state.selected];
    const others = [...new Set([...node.names, ...(node.alt || [])])].filter((name) => name !== nameOf(node));
    const facts = data.legends.flatMap((entry, i) => {
      const value = entry.values.find((known) => known.value === node.cats[i]);
      if (!value || value.value === -1 || data.bundled) return [];
      const shown = onSite && value.href ? make("a", { href: clusterOf(value.href) }, at(value.names)) : at(value.names);
      return [make("dt", {}, say(entry.key)), make("dd", {}, shown)];
    });
    const acts = [];
    if (onSite && node.page) {
      acts.push(make("a", { href: pageOf(node) }, say("page")));
      if (!node.centre) acts.push(make("a", { href: mapOf(node) }, say("ego")));
    } else if (onSite && node.href) acts.push(make("a", { href: clusterOf(node.href) }, say("open")));
    const rows = related(node).map(([word, other]) => make("li", {}, make("span", {}, word),
      make("button", { type: "button", onclick: () => choose(other.id, true) }, nameOf(other))));
    box.replaceChildren(
      make("h2", {}, nameOf(node)),
      make("button", { type: "button", class: "close", "aria-label": say("close"), title: say("close"), onclick: () => { choose(null); stage.focus(); } }, "×"),
      ...(others.length ? [make("p", { class: "other" }, others.join(" · "))] : []),
      make("dl", {}, ...facts),
      ...(at(node.defs) ? [make("p", { class: "definition" }, at(node.defs))] : []),
      ...(acts.length ? [make("p", { class: "acts" }, ...acts)] : []),
      ...(rows.length ? [make("h3", {}, say("related")), make("ul", {}, ...rows)] : []),
    );
    box.parentElement.scrollTop = 0;
  };

  // ---- language: every text that the page was written with names where it comes from
  const speak = () => {
    document.documentElement.lang = state.lang;
    document.title = `${at(data.names)} · ${at(data.titles)}`;
    const each = (selector, act) => document.querySelectorAll(selector).forEach(act);
    each("[data-text]", (e) => { e.textContent = say(e.dataset.text); });
    each("[data-label]", (e) => { e.setAttribute("aria-label", say(e.dataset.label)); if (e.placeholder !== undefined) e.placeholder = say(e.dataset.label); });
    each("[data-cut]", (e) => { e.textContent = say(e.dataset.cut).replace("{shown}", e.dataset.shown).replace("{all}", e.dataset.all); });
    each("[data-name]", (e) => { e.textContent = at(data.names); });
    each("[data-title]", (e) => { e.textContent = at(data.titles); });
    each("[data-node]", (e) => { e.textContent = nameOf(nodes[e.dataset.node]); });
    each("[data-relation]", (e) => { e.textContent = wordOf(e.dataset.relation, !e.dataset.back); });
    each("[data-go]", (e) => { e.href = e.href.split("#")[0] + hashOf(); });
    each("[data-page]", (e) => { e.dataset.base ??= e.getAttribute("href").replace(/\.html$/, ""); e.href = e.dataset.base + languageOf() + ".html"; });
    each("[data-lang]", (e) => { e.setAttribute("aria-pressed", String(e.dataset.lang === state.lang)); });
    stage.setAttribute("aria-label", at(data.names));
    legend(); panel(); paint(); remember();
    if (!moved) fit(false);
  };

  // ---- selection and camera
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const animation = calm ? false : { duration: 250, easingFunction: "easeInOutQuad" };
  // Own framing: the library knows a label's size only once it is drawn, and keeps a wide margin.
  const ruler = document.createElement("canvas").getContext("2d");
  const boxOf = (node) => {
    const { x, y } = network.getPosition(node.id);
    const size = node.font.size;
    ruler.font = `${size}px ${face}`;
    const lines = at(node.lines || node.names).split("\n");
    const half = Math.max(node.size, ...lines.map((line) => ruler.measureText(line).width / 2));
    return { left: x - half, right: x + half, top: y - node.size, bottom: y + node.size + 6 + lines.length * size * 1.2 };
  };
  const margin = () => (stage.clientWidth < 600 ? 12 : 24);
  const frame = (ids, largest, animated) => {
    const boxes = ids.map((id) => boxOf(nodes[id]));
    const [left, top] = ["left", "top"].map((side) => Math.min(...boxes.map((box) => box[side])));
    const [right, bottom] = ["right", "bottom"].map((side) => Math.max(...boxes.map((box) => box[side])));
    const free = 2 * margin();
    const room = Math.min((stage.clientWidth - free) / (right - left), (stage.clientHeight - free) / (bottom - top));
    network.moveTo({ position: { x: (left + right) / 2, y: (top + bottom) / 2 }, scale: Math.min(room, largest), animation: animated && animation });
  };
  const fit = (animated) => {
    moved = false;
    const shown = nodes.filter(shownNode);
    if (network) frame((shown.length ? shown : nodes).map((node) => node.id), 1.35, animated);
  };
  const outside = (id) => {
    const { x, y } = network.canvasToDOM(network.getPosition(id));
    return x < 40 || y < 40 || x > stage.clientWidth - 40 || y > stage.clientHeight - 60;
  };
  const choose = (id, focus) => {
    state.selected = id;
    if (id !== null && !shownNode(nodes[id])) { state.hiddenValues.delete(nodes[id].cats[state.colour]); legend(); }
    if (network) {
      network.setSelection({ nodes: id === null ? [] : [id], edges: [] });
      if (focus === "frame" && id !== null) { moved = true; frame([...near()], 1.1, true); }
      else if (focus && id !== null && outside(id)) { moved = true; network.moveTo({ position: network.getPosition(id), animation }); }
    }
    panel(); paint(); remember();
  };
  const step = (dx, dy) => {
    const from = nodes[state.selected ?? -1];
    if (!from) { const first = nodes.findIndex(shownNode); if (first >= 0) choose(first, true); return; }
    const here = network.getPosition(from.id);
    let best = null;
    let least = Infinity;
    for (const node of nodes) {
      if (node === from || !shownNode(node)) continue;
      const there = network.getPosition(node.id);
      const along = (there.x - here.x) * dx + (there.y - here.y) * dy;
      const aside = Math.abs((there.x - here.x) * dy) + Math.abs((there.y - here.y) * dx);
      if (along > 0 && along + 2 * aside < least) { least = along + 2 * aside; best = node.id; }
    }
    if (best !== null) choose(best, true);
  };
  const zoom = (factor) => { moved = true; network.moveTo({ scale: network.getScale() * factor, animation }); };
  const keys = {
    ArrowLeft: () => step(-1, 0), ArrowRight: () => step(1, 0), ArrowUp: () => step(0, -1), ArrowDown: () => step(0, 1),
    Enter: () => { if (state.selected !== null) open(nodes[state.selected]); },
    Escape: () => choose(null), "+": () => zoom(1.25), "=": () => zoom(1.25), "-": () => zoom(0.8), 0: () => fit(true),
    "/": () => byId("search").focus(),
  };

  // ---- search
  const folded = (text) => text.normalize("NFKC").toLowerCase();
  const searchable = nodes.map((node) => [...new Set([...node.names, ...(node.alt || [])])].map(folded));
  const find = (query) => {
    const wanted = folded(query.trim());
    if (!wanted) return [];
    const rank = (names) => Math.min(...names.map((name) => (name === wanted ? 0 : name.startsWith(wanted) ? 1 : name.includes(wanted) ? 2 : 9)));
    return nodes.map((node, i) => [rank(searchable[i]), i]).filter(([value]) => value < 9)
      .sort((a, b) => a[0] - b[0] || a[1] - b[1]).slice(0, 30).map(([, i]) => i);
  };
  const searching = () => {
    const input = byId("search");
    const list = byId("found");
    let active = 0;
    const close = () => { list.hidden = true; input.setAttribute("aria-expanded", "false"); input.removeAttribute("aria-activedescendant"); };
    const take = (id) => { close(); input.value = nameOf(nodes[id]); choose(id, "frame"); };
    const mark = (results) => [...list.children].forEach((item, i) => {
      item.setAttribute("aria-selected", String(i === active));
      if (i === active && results.length) { input.setAttribute("aria-activedescendant", item.id); item.scrollIntoView({ block: "nearest" }); }
    });
    const show = () => {
      const results = find(input.value);
      active = 0;
      if (!input.value.trim()) { close(); return; }
      list.replaceChildren(...results.map((id) => {
        const others = nodes[id].names.filter((name) => name !== nameOf(nodes[id]));
        return make("li", { id: "found-" + id, role: "option", onmousedown: (event) => { event.preventDefault(); take(id); } },
          nameOf(nodes[id]), make("small", {}, others.join(" · ")));
      }), ...(results.length ? [] : [make("li", { class: "quiet" }, say("none"))]));
      list.hidden = false;
      input.setAttribute("aria-expanded", "true");
      mark(results);
    };
    input.addEventListener("input", show);
    input.addEventListener("focus", () => input.select());
    input.addEventListener("blur", close);
    input.addEventListener("keydown", (event) => {
      const results = find(input.value);
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        if (!results.length) return;
        active = (active + (event.key === "ArrowDown" ? 1 : results.length - 1)) % results.length;
        mark(results);
      } else if (event.key === "Enter" && results.length) { event.preventDefault(); take(results[Math.min(active, results.length - 1)]); stage.focus(); }
      else if (event.key === "Escape") { close(); input.value = ""; }
    });
  };

  // ---- begin
  speak();
  searching();
  document.querySelectorAll("[data-lang]").forEach((button) => button.addEventListener("click", () => { state.lang = button.dataset.lang; speak(); }));
  if (!nodes.length) return;
  const css = style();
  const slot = slots();
  drawnNodes = new vis.DataSet(nodes.map((node) => ({ ...node, ...drawnNode(node, css, slot, null) })));
  drawnEdges = new vis.DataSet(edges.map(({ relations, counts, kind, ...edge }) => edge));
  network = new vis.Network(stage, { nodes: drawnNodes, edges: drawnEdges }, data.options);
  paint();
  fit(false);
  // On a small screen the whole map is too small to read: begin where the most important concept is.
  const least = Math.min(...nodes.map((node) => node.font.size));
  if (stage.clientWidth < 600 && network.getScale() * least < 7) {
    const first = nodes.reduce((best, node) => (node.size > best.size ? node : best));
    network.moveTo({ position: network.getPosition(first.id), scale: 11 / least });
    moved = true;
  }
  network.on("click", ({ nodes: [id] }) => {
    stage.focus({ preventScroll: true });
    if (id !== undefined && nodes[id].href && onSite) open(nodes[id]);
    else choose(id ?? null);
  });
  network.on("doubleClick", ({ nodes: [id] }) => { if (id !== undefined) open(nodes[id]); });
  network.on("hoverNode", () => { stage.style.cursor = "pointer"; });
  network.on("blurNode", () => { stage.style.cursor = ""; });
  network.on("zoom", () => { moved = true; });
  network.on("dragEnd", () => { moved = true; });
  network.on("resize", () => { if (!moved) setTimeout(() => fit(false)); });
  byId("fit").addEventListener("click", () => fit(true));
  stage.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { legend(); paint(); });
  const wanted = parameters.get("at");
  const start = nodes.findIndex((node) => (wanted ? node.page === wanted : node.centre));
  if (start >= 0) choose(start, wanted && "frame");
  window.kgMap = network;
})();
