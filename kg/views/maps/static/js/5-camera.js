// ---- selection and camera
const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
const animation = calm ? false : { duration: 250, easingFunction: "easeInOutQuad" };
// The library's own fitting ignores labels and has a wide margin.
const boxOf = (node, scale) => {
  const { x, y } = network.getPosition(node.id);
  if (isCard(node)) return { left: x - node.card.half, right: x + node.card.half, top: y - node.card.rise, bottom: y + node.card.rise };
  const size = radius[node.id];
  const label = boxAt(x, y + size + 4, labelOf(node), Math.max(node.font.size, LEAST / scale));
  const own = node.block === undefined ? { half: 0, above: 0, below: 0 } : { ...node.space, half: node.space.half + node.spare, above: node.space.above + HEAD };
  return { left: Math.min(x - size, label.left, x - own.half), right: Math.max(x + size, label.right, x + own.half), top: y - Math.max(size, own.above), bottom: Math.max(label.bottom, y + own.below) };
};
// Discs are drawn again if the scale has changed enough to affect the smallest ones.
const resize = (scale) => {
  const before = VISIBLE / sized;
  if (Math.max(before, VISIBLE / scale) > data.radii[0] && Math.abs(Math.log(scale / sized)) > 0.05) { sized = scale; paint(); }
};
const frame = (ids, largest, animated) => {
  const free = 2 * (stage.clientWidth < 600 ? 10 : 24);
  const below = tall ? 56 : 30;  // for the buttons in the corner
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
const show = async (id) => {
  const { home } = nodes[id];
  if (home !== undefined && !state.open.has(home) && !inCard(nodes[id])) await setOpen([...state.open, home]);
  if (!shownNode(nodes[id])) { state.hiddenValues.delete(nodes[id].cats[state.colour]); legend(); }
};
const choose = async (id, how) => {
  state.selected = id;
  state.target = null;
  if (id !== null && !shownNode(nodes[id])) await show(id);
  refresh();
  if (!network) return;
  network.setSelection({ nodes: id === null ? [] : [id], edges: [] });
  if (how === "frame" && id !== null) look();
  else if (how && id !== null && outside(id)) moveTo({ position: network.getPosition(id) });
};
// The path from the selected node to another; if none is selected, it starts at this one.
const towards = async (id) => {
  if (state.selected === null || id === state.selected) { choose(id, true); return; }
  if (!shownNode(nodes[id])) await show(id);
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
    // From card to card; the concepts in them are walked through once one of them is selected.
    if (node === from || !shownNode(node) || (inCard(node) && !inCard(from))) continue;
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
  Enter: () => {
    if (state.selected === null) return;
    if (openable(nodes[state.selected])) toggleOpen(state.selected); else open(nodes[state.selected]);
  },
  Escape: () => { if (state.target !== null) { state.target = null; refresh(); } else choose(null); },
  "+": () => zoom(1.25), "=": () => zoom(1.25), "-": () => zoom(0.8), 0: () => fit(true),
  "/": () => byId("search").focus(), p: () => byId("path")?.focus(),
};
// ---- the definition of the concept under the pointer, beside the concept and its label
const tip = (() => {
  const box = make("div", { id: "tip", role: "tooltip", hidden: true });
  stage.parentElement.append(box);
  let timer = 0;
  const display = (id) => {
    const node = nodes[id];
    if (id === state.selected || isCard(node) || !at(node.defs)) return;
    box.replaceChildren(make("b", {}, nameOf(node)), make("p", {}, at(node.defs)));
    box.hidden = false;
    const { left, top, right, bottom } = boxOf(node, network.getScale());
    const [a, b] = [network.canvasToDOM({ x: left, y: top }), network.canvasToDOM({ x: right, y: bottom })];
    const [width, height] = [box.offsetWidth, box.offsetHeight];
    const within = (value, most) => Math.max(6, Math.min(value, most - 6));
    const [x, y] = [within((a.x + b.x - width) / 2, stage.clientWidth - width), within((a.y + b.y - height) / 2, stage.clientHeight - height)];
    const [place] = [[b.x + 10, y], [a.x - width - 10, y], [x, b.y + 10], [x, a.y - height - 10]]
      .filter(([px, py]) => px >= 0 && py >= 0 && px + width <= stage.clientWidth && py + height <= stage.clientHeight).concat([[x, b.y + 10]]);
    Object.assign(box.style, { left: `${place[0]}px`, top: `${place[1]}px` });
  };
  const hide = () => { clearTimeout(timer); box.hidden = true; };
  return { hide, later: (id) => { hide(); timer = setTimeout(display, 200, id); } };
})();
