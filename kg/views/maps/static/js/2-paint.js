// ---- drawing: colours, sizes and lines in the format of vis-network
let network = null;
let hovered = null;
let hoveredEdge = null;
let drawnNodes = null;
let drawnEdges = null;
let focus = null;
let version = 0;
let radius = nodes.map((node) => node.size);
let sized = 1;
// Of all nodes; by itself, the library leaves out those that are hidden.
const placesOf = () => network.getPositions(nodes.map(({ id }) => id));
const face = 'system-ui, -apple-system, "Segoe UI", "Noto Sans", "Noto Sans CJK SC", "Noto Sans SC", "PingFang SC", "Microsoft YaHei", sans-serif';
const style = () => {
  const css = getComputedStyle(document.documentElement);
  const known = new Map();
  return (name) => { if (!known.has(name)) known.set(name, css.getPropertyValue("--" + name).trim()); return known.get(name); };
};
let css = style();
const faded = (colour, share) => colour + Math.round(share * 255).toString(16).padStart(2, "0");
// A fainter colour, but opaque.
const pale = (colour, ground, share) => "#" + [1, 3, 5].map((i) => {
  const [a, b] = [colour, ground].map((hex) => parseInt(hex.slice(i, i + 2), 16));
  return Math.round(a * share + b * (1 - share)).toString(16).padStart(2, "0");
}).join("");
const dashes = [false, [7, 4], [2, 5]];
const inkOf = (relation) => {
  const { kind, colour } = data.relations[relation];
  return kind === 2 ? "link" : colour < 0 ? "rest" : "e" + colour;
};
// With more lines, each is fainter.
const crowd = (edge) => [1, 0.9, 0.75][edge.kind] * Math.max(0.78, Math.min(1, 40 / edges.length + 0.6));
// A disc keeps a minimum size on the screen.
const VISIBLE = 3.2;
// Communities by what is chosen, the concepts of open ones by importance.
const radii = () => {
  const scale = (own, measure, [low, more]) => {
    const largest = Math.max(...own.map((node) => node.m[measure]), 0) || 1;
    return (node) => low + more * Math.sqrt(node.m[measure] / largest);
  };
  const inside = scale(nodes.filter((node) => node.home !== undefined), 0, data.radii_inside);
  const outer = scale(nodes.filter((node) => node.home === undefined), state.size, data.radii);
  return nodes.map((node) => Math.max(VISIBLE / sized, node.centre ? data.centre : node.home === undefined ? outer(node) : inside(node)));
};
// The scale of a measure, from the least to the largest value; in both themes, more stands out more. As for areas of discs,
// the square root keeps a few large values from making all others equal.
const SHADES = ["s0", "s1", "s2", "s3", "s4"];
const shadeAt = (share) => {
  const place = Math.min(share, 1 - 1e-9) * (SHADES.length - 1);
  return pale(css(SHADES[Math.floor(place) + 1]), css(SHADES[Math.floor(place)]), place % 1);
};
const rangeOf = (own, measure) => {
  const values = own.filter(({ foreign }) => !foreign).map((node) => node.m[measure]);
  return values.length ? [Math.min(...values), Math.max(...values)] : [0, 0];
};
// The colour of a node: that of its value, or its place on the scale. As by size, the concepts of open communities have a scale
// of their own. Concepts of other knowledge bases are not measured.
const fills = () => {
  const measure = state.colour - data.legends.length;
  if (measure < 0) {
    const colour = new Map((data.legends[state.colour]?.values ?? []).map((entry) => [entry.value, entry.colour]));
    return (node) => css(colour.get(node.cats[state.colour]) ?? "none");
  }
  const scale = (own, among) => {
    const [low, high] = rangeOf(own, among);
    return (node) => shadeAt(high > low ? Math.sqrt((node.m[among] - low) / (high - low)) : 0);
  };
  const inside = scale(nodes.filter((node) => node.home !== undefined), 0);
  const outer = scale(nodes.filter((node) => node.home === undefined), measure);
  return (node) => (node.foreign ? css("none") : node.home === undefined ? outer(node) : inside(node));
};
// The library draws nothing for a card, and only says when the pointer is on it.
const shapeOf = ({ shape, card }) => (card && asCards()
  ? { shape: "custom", ctxRenderer: () => ({ drawNode: () => {}, nodeDimensions: { width: 2 * card.half, height: 2 * card.rise } }) } : { shape });
const drawnNode = (node, fillOf) => {
  const fill = fillOf(node);
  const dim = focus !== null && !focus.nodes.has(node.id);
  const chosen = node.id === state.selected || node.id === state.target;
  const border = chosen || node.centre ? css("ink") : css("halo");
  const shade = { background: dim ? pale(fill, css("halo"), 0.28) : fill, border: dim ? pale(border, css("halo"), 0.2) : border };
  return {
    id: node.id, label: undefined, hidden: !shownNode(node),
    color: { ...shade, highlight: shade, hover: { background: fill, border: css("ink") } },
    size: radius[node.id], borderWidth: chosen ? 4 : node.centre ? 3 : 1.5,
  };
};
const drawnEdge = (edge, strongest) => {
  if (!shownEdge(edge) || carried(edge)) return { id: edge.id, hidden: true };
  // Between cards, lines are drawn below them; the library only says when the pointer is on one.
  const bundle = edge.counts && asCards();
  const inside = focus !== null && focus.edges.has(edge.id);
  const dim = focus !== null && !inside;
  const many = edge.counts ? weight(edge) / strongest : 0;
  const relations = edge.counts ? [] : shownRelations(edge);
  const base = css(edge.counts ? "bundle" : inkOf(relations[0][0]));
  // Lines stay behind the labels until a concept is hovered over or selected.
  // Lines that leave an open community are in the background.
  const leaves = nodes[edge.from].home !== nodes[edge.to].home && (nodes[edge.from].home ?? nodes[edge.to].home) !== undefined;
  const share = dim ? 0.1 : leaves && !inside ? 0.18 : edge.counts ? 0.25 + 0.6 * many : inside ? 1 : crowd(edge);
  const colour = faded(base, bundle ? 0 : share);
  return {
    id: edge.id, hidden: false, ink: bundle ? pale(base, css("halo"), edge.id === hoveredEdge ? 1 : share) : undefined,
    dashes: edge.counts ? false : dashes[edge.kind],
    width: edge.counts ? 0.8 + 9 * many : inside ? 2.4 : [1.8, 1.4, 1.1][edge.kind],
    color: { color: colour, highlight: colour, hover: bundle ? colour : base, inherit: false },
  };
};
const strongestOf = () => edges.reduce((most, edge) => Math.max(most, edge.counts ? weight(edge) : 0), 1);
const drawn = () => {
  const fillOf = fills();
  const strongest = strongestOf();
  return [nodes.map((node) => drawnNode(node, fillOf)), edges.map((edge) => drawnEdge(edge, strongest))];
};
// Updates only the items whose appearance has changed.
const looks = [new Map(), new Map()];
const changed = (items, seen) => items.filter((item) => {
  const look = JSON.stringify(item);
  if (seen.get(item.id) === look) return false;
  seen.set(item.id, look);
  return true;
});
const countShown = () => {
  if (data.bundled || !nodes.some((node) => node.plan || node.level === null)) return;
  byId("nodes").textContent = nodes.filter(shownNode).length;
  byId("lines-drawn").textContent = edges.filter(shownEdge).length;
};
const recompute = () => { countShown(); css = style(); focus = focusOf(); radius = radii(); version += 1; };
const paint = () => {
  recompute();
  if (!drawnNodes) return;
  const [someNodes, someEdges] = drawn().map((items, i) => changed(items, looks[i]));
  if (someNodes.length) drawnNodes.update(someNodes);
  if (someEdges.length) drawnEdges.update(someEdges);
  network.redraw();
};
