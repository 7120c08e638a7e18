// ---- language: every localized element has an attribute with the key of its text
const speak = () => {
  document.documentElement.lang = state.lang;
  document.title = `${at(data.names)} · ${at(data.titles)}`;
  const each = (selector, act) => document.querySelectorAll(selector).forEach(act);
  each("[data-text]", (e) => { e.textContent = say(e.dataset.text); });
  each("[data-label]", (e) => {
    e.setAttribute("aria-label", say(e.dataset.label));
    if (e.title) e.title = say(e.dataset.label);
    if (e.placeholder !== undefined) e.placeholder = say(e.dataset.label);
  });
  each("[data-cut]", (e) => { e.textContent = say(e.dataset.cut).replace("{shown}", e.dataset.shown).replace("{all}", e.dataset.all); });
  each("[data-name]", (e) => { e.textContent = at(data.names); });
  each("[data-up]", (e) => { e.textContent = at(data.ups[e.dataset.up]); });
  each("[data-title]", (e) => { e.textContent = at(data.titles); });
  each("[data-node]", (e) => { e.textContent = nameOf(nodes[e.dataset.node]); });
  each("[data-relation]", (e) => { e.textContent = wordOf(e.dataset.relation, !e.dataset.back); });
  each("[data-go][href]", (e) => { e.href = e.href.split("#")[0] + hashOf(); });
  each("[data-page][href]", (e) => { e.dataset.base ??= e.getAttribute("href").replace(/\.html$/, ""); e.href = e.dataset.base + languageOf() + ".html"; });
  each("form[data-page]", (e) => { e.dataset.base ??= e.getAttribute("action").replace(/\.html$/, ""); e.action = e.dataset.base + languageOf() + ".html"; });
  // The link that a server adds.
  each('.nav a[href^="/sparql"]', (e) => { e.href = `/sparql?lang=${state.lang}`; e.textContent = say("query"); });
  each("[data-lang]", (e) => { e.setAttribute("aria-pressed", String(e.dataset.lang === state.lang)); });
  stage.setAttribute("aria-label", at(data.names));
  legend(); panel();
};
// Applies the view in the URL, on load and after manual changes.
const arrive = async () => {
  if (data.parts && network) {
    const wanted = new URLSearchParams(viewText()).getAll("open");
    await setOpen(communities.filter((node) => openable(node) && wanted.includes(String(node.cats[0]))).map(({ id }) => id));
    readUrl();
  }
  speak();
  paint();
  if (!network) return;
  network.setSelection({ nodes: [state.selected, state.target].filter((id) => id !== null), edges: [] });
  if (state.view) network.moveTo({ position: state.view, scale: state.view.scale });
  else if (state.target !== null || (state.selected !== null && state.selected !== centre)) frame([...focus.nodes], 1.1, false);
  else fit(false);
};

// On the page for any concept: what pages with a drawing of their own contain as HTML.
const cut = (key, shown, all) => (shown < all ? [make("p", { class: "cut card" }, make("span", { "data-cut": key, "data-shown": shown, "data-all": all }))] : []);
const leftOut = ({ left }) => (left ? [make("p", { class: "cut card" }, make("span", { "data-cut": "left_out", "data-all": left }), " ", make("a", { href: "#text", "data-text": "table", onclick: (event) => { event.preventDefault(); byId("text").open = true; byId("text").scrollIntoView(); } }))] : []);
const tableRow = (node) => {
  const name = make("a", { href: pageOf(node), "data-page": !node.foreign, "data-node": node.id });
  const lines = edgesOf[node.id].flatMap((edge) => edge.relations.map(([relation, forward]) => make("li", {},
    make("span", { class: "word", "data-relation": relation, "data-back": Boolean(forward) === (edge.from === node.id) ? "" : "1" }), " ",
    make("span", { "data-node": other(edge, node.id) }))));
  const cell = lines.length ? make("ul", {}, ...lines) : make("span", { class: "quiet", "data-text": "alone" });
  return make("tr", {}, make("th", { scope: "row" }, name), make("td", {}, cell));
};
const fill = () => {
  if (data.problem) {
    Object.assign(byId("notice"), { hidden: false }).dataset.text = data.problem;
    for (const element of document.querySelectorAll("#legend, #hint, .zoom, .share")) element.hidden = true;
    return;
  }
  byId("count").hidden = false;
  byId("nodes").textContent = nodes.length;
  byId("lines-drawn").textContent = edges.length;
  Object.assign(byId("concept"), { hidden: false, href: data.places.concept + encodeURIComponent(data.focus) + ".html" });
  const steps = byId("steps-shown");
  Object.assign(steps, { hidden: false, href: mapOf(data.focus, 3 - data.steps) });
  steps.dataset.text = data.steps > 1 ? "one-step" : "two-steps";
  const layout = byId("layout");
  Object.assign(layout, { hidden: !data.layered, href: mapOf(data.focus, data.lineage ? 1 : 2, !data.lineage) });
  layout.dataset.text = data.lineage ? "layout-rings" : "layout-lineage";
  byId("panel").before(...cut("cut", nodes.length, data.total), ...cut("cut_lines", edges.length, data.totalLines), ...leftOut(data));
  byId("rows").replaceChildren(...nodes.map(tableRow));
  byId("text").hidden = false;
};

readUrl();
recompute();
if (data.shards) fill();
combobox(byId("search"), byId("found"), (id) => { choose(id, "frame"); stage.focus({ preventScroll: true }); }, true);
document.querySelectorAll("[data-lang]").forEach((button) => button.addEventListener("click", () => {
  state.lang = button.dataset.lang;
  speak(); paint();
  if (!state.view) fit(false);
  remember();
}));
document.addEventListener("kg-theme", () => { recompute(); legend(); panel(); paint(); });
if (!nodes.length) { speak(); return; }
const [firstNodes, firstEdges] = drawn();
changed(firstNodes, looks[0]);
changed(firstEdges, looks[1]);
drawnNodes = new vis.DataSet(nodes.map(({ x, y, ...node }, i) => ({ x, y, ...shapeOf(node), ...firstNodes[i] })));
drawnEdges = new vis.DataSet(edges.map(({ from, to, arrows, smooth }, i) => ({ from, to, arrows, ...(smooth ? { smooth } : {}), ...firstEdges[i] })));
network = new vis.Network(stage, { nodes: drawnNodes, edges: drawnEdges }, data.options);
network.on("beforeDrawing", (context) => drawRegions(placesOf(), onCanvas(context)));
network.on("afterDrawing", writeLabels);
await arrive();
// A finger is less exact than a pointer: the nearest concept within reach counts.
const nearest = ({ canvas: { x, y } }) => {
  const places = placesOf();
  const far = ({ id }) => Math.hypot(places[id].x - x, places[id].y - y) - radius[id];
  const [first] = nodes.filter(shownNode).sort((a, b) => far(a) - far(b));
  return first && far(first) * network.getScale() < 22 ? first.id : undefined;
};
// Concepts and their labels are above their card, of which the library knows the middle only.
const idAt = ({ nodes: [id], pointer, event }) => (isCard(nodes[id]) ? undefined : id) ?? labelAt(pointer.canvas) ?? cardAt(pointer.canvas) ?? (event.pointerType === "touch" ? nearest(pointer) : undefined);
let pressed = { id: undefined, at: -Infinity, x: 0, y: 0 };
network.on("click", (event) => {
  stage.focus({ preventScroll: true });
  const { x, y } = event.pointer.DOM;
  const now = event.event.srcEvent.timeStamp;
  // The second click of two: what the first one opened has moved what is under the pointer.
  if (now - pressed.at < 400 && Math.hypot(x - pressed.x, y - pressed.y) < 10) return;
  const id = headAt(event.pointer.canvas)?.home ?? idAt(event);
  pressed = { id, at: now, x, y };
  if (openable(nodes[id]) && !event.event.srcEvent.shiftKey) { choose(id); toggleOpen(id); return; }
  if (id !== undefined && event.event.srcEvent.shiftKey) towards(id);
  else choose(id ?? null);
});
network.on("hold", (event) => { const id = idAt(event); if (id !== undefined && event.event.pointerType === "touch") towards(id); });
// The browser measures the time between two clicks by when they happened, the library by when it hears of them.
stage.addEventListener("dblclick", () => { if (pressed.id !== undefined) open(nodes[pressed.id]); });
network.on("hoverNode", ({ node }) => { hovered = node; version += 1; stage.style.cursor = "pointer"; tip.later(node); });
network.on("blurNode", () => { hovered = null; version += 1; stage.style.cursor = ""; tip.hide(); });
network.on("hoverEdge", ({ edge }) => { hoveredEdge = edge; version += 1; network.redraw(); });
network.on("blurEdge", () => { hoveredEdge = null; version += 1; network.redraw(); });
stage.addEventListener("mouseleave", () => tip.hide());
// A title that has no room is shown in full under the pointer.
stage.addEventListener("mousemove", ({ offsetX: x, offsetY: y }) => {
  const point = network.DOMtoCanvas({ x, y });
  if (asCards() && hovered === null) stage.style.cursor = cardAt(point) === undefined ? "" : "pointer";
  const head = headAt(point);
  stage.title = head && head.text !== head.full ? head.full : "";
});
for (const event of ["dragStart", "zoom", "click"]) network.on(event, () => tip.hide());
network.on("dragging", ({ nodes: [id] }) => { if (id !== undefined) version += 1; });
network.on("dragEnd", ({ nodes: [id] }) => { version += 1; if (id === undefined) settle(); });
let zoomed = 0;
network.on("zoom", () => { clearTimeout(zoomed); zoomed = setTimeout(settle, 150); });
network.on("resize", () => { if (!state.view) setTimeout(() => fit(false)); });
window.addEventListener("hashchange", () => {
  // A page around this one has changed its colours: the view stays.
  const themes = data.themed && [...new URLSearchParams(viewText()).keys()].every((key) => key === "theme" || key.startsWith("css-"));
  if (themes) { theme = themeOf(); recompute(); legend(); refresh(); return; }
  readUrl();
  arrive();
});
// Only the page around this one is heard, and only if it has spoken does it hear what is selected.
if (data.themed) window.addEventListener("message", async ({ source, data: message }) => {
  if (source !== parent || parent === window || typeof message?.kgView !== "string") return;
  exchanged = message.kgView;
  readUrl();
  recompute();
  await arrive();
  remember();
});
for (const [id, act] of Object.entries({
  fit: () => fit(true), "zoom-in": () => zoom(1.25), "zoom-out": () => zoom(0.8), png: savePng, svg: saveSvg, "copy-link": copyLink,
  fullscreen: () => (document.fullscreenElement ? document.exitFullscreen() : document.querySelector(".room").requestFullscreen?.()),
})) byId(id)?.addEventListener("click", act);
stage.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
  event.preventDefault();
  keys[event.key]();
});
// Inside of another page, legend and selection are beside the map only when asked for.
const showSide = (on) => { document.body.classList.toggle("beside", on); byId("side").setAttribute("aria-expanded", String(on)); };
if (data.themed) {
  byId("side").addEventListener("click", () => showSide(!document.body.classList.contains("beside")));
  network.on("click", () => showSide(state.selected !== null));
}
Object.assign(window, { kgMap: network, kgData: data });
window.kgLabels = () => arrange();
