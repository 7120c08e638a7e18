// ---- selection and camera
const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
const animation = calm ? false : { duration: 250, easingFunction: "easeInOutQuad" };
// The library's own fitting ignores labels and has a wide margin.
const boxOf = (node, scale) => {
  const { x, y } = network.getPosition(node.id);
  const size = radius[node.id];
  const label = boxAt(x, y + size + 4, labelOf(node), Math.max(node.font.size, LEAST / scale));
  return { left: Math.min(x - size, label.left), right: Math.max(x + size, label.right), top: y - size, bottom: label.bottom };
};
// Discs are drawn again if the scale has changed enough to affect the smallest ones.
const resize = (scale) => {
  const before = VISIBLE / sized;
  if (Math.max(before, VISIBLE / scale) > data.radii[0] && Math.abs(Math.log(scale / sized)) > 0.05) { sized = scale; paint(); }
};
const frame = (ids, largest, animated) => {
  const free = 2 * (stage.clientWidth < 600 ? 10 : 24);
  const below = 30;  // for the buttons in the corner
  let room = 1;
  let middle = { x: 0, y: 0 };
  // Labels keep their size on the screen when everything else shrinks, so the frame is computed iteratively.
  for (let i = 0; i < 4; i += 1) {
    const boxes = ids.map((id) => boxOf(nodes[id], room));
    const [left, top] = ["left", "top"].map((side) => Math.min(...boxes.map((box) => box[side])));
    const [right, bottom] = ["right", "bottom"].map((side) => Math.max(...boxes.map((box) => box[side])));
    room = Math.min((stage.clientWidth - free) / (right - left), (stage.clientHeight - free - below) / (bottom - top), largest);
    middle = { x: (left + right) / 2, y: (top + bottom + below / room) / 2 };
  }
  network.moveTo({ position: middle, scale: room, animation: animated && animation });
  resize(room);
  return { ...middle, scale: room };
};
// The frame of the highlighted nodes, as a view in the URL.
const look = () => { state.view = frame(focus ? [...focus.nodes] : nodes.map((node) => node.id), 1.1, true); remember(); };
const fit = (animated) => {
  state.view = null;
  const shown = nodes.filter(shownNode);
  if (network) frame((shown.length ? shown : nodes).map((node) => node.id), 1.35, animated);
  remember();
};
const settle = () => { resize(network.getScale()); state.view = { ...network.getViewPosition(), scale: network.getScale() }; remember(); };
const moveTo = (options) => {
  network.moveTo({ ...options, animation });
  if (options.scale) resize(options.scale);
  state.view = { ...(options.position ?? network.getViewPosition()), scale: options.scale ?? network.getScale() };
  remember();
};
const outside = (id) => {
  const { x, y } = network.canvasToDOM(network.getPosition(id));
  return x < 40 || y < 40 || x > stage.clientWidth - 40 || y > stage.clientHeight - 60;
};
const show = (id) => {
  if (!shownNode(nodes[id])) { state.hiddenValues.delete(nodes[id].cats[state.colour]); legend(); }
};
const choose = (id, how) => {
  state.selected = id;
  state.target = null;
  if (id !== null) show(id);
  refresh();
  if (!network) return;
  network.setSelection({ nodes: id === null ? [] : [id], edges: [] });
  if (how === "frame" && id !== null) look();
  else if (how && id !== null && outside(id)) moveTo({ position: network.getPosition(id) });
};
// The path from the selected node to another; if none is selected, it starts at this one.
const towards = (id) => {
  if (state.selected === null || id === state.selected) { choose(id, true); return; }
  show(id);
  state.target = id;
  refresh();
  look();
  stage.focus({ preventScroll: true });
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
const zoom = (factor) => moveTo({ scale: network.getScale() * factor });
const keys = {
  ArrowLeft: () => step(-1, 0), ArrowRight: () => step(1, 0), ArrowUp: () => step(0, -1), ArrowDown: () => step(0, 1),
  Enter: () => { if (state.selected !== null) open(nodes[state.selected]); },
  Escape: () => { if (state.target !== null) { state.target = null; refresh(); } else choose(null); },
  "+": () => zoom(1.25), "=": () => zoom(1.25), "-": () => zoom(0.8), 0: () => fit(true),
  "/": () => byId("search").focus(), p: () => byId("path")?.focus(),
};
