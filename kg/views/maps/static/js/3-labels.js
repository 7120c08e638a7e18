// ---- labels: of legible size and without overlaps; the most important ones first
const LEAST = 11;
const MOST = 24;
const ruler = document.createElement("canvas").getContext("2d");
const widths = new Map();
// Width of the longest line of a text, per pixel of font size.
const widthOf = (text) => {
  if (!widths.has(text)) {
    ruler.font = `100px ${face}`;
    widths.set(text, Math.max(...text.split("\n").map((line) => ruler.measureText(line).width)) / 100);
  }
  return widths.get(text);
};
const boxAt = (x, top, text, font) => {
  const half = (widthOf(text) * font) / 2;
  return { left: x - half, right: x + half, top, bottom: top + text.split("\n").length * font * 1.18 };
};
const apart = (a, b) => a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;
const discOf = (x, y, size) => ({ left: x - size, right: x + size, top: y - size, bottom: y + size });

// Each line of a text within a width; what has no room becomes "…", but not the number at the end.
const fitted = (text, room, font) => text.split("\n").map((line) => {
  if (widthOf(line) * font <= room) return line;
  const [, name, count = ""] = line.match(/^(.*?)( · \d+(?:  ×)?)?$/);
  const kept = [...name];
  while (kept.length && widthOf(`${kept.join("")}…${count}`) * font > room) kept.pop();
  return kept.length ? `${kept.join("").trimEnd()}…${count}` : "";
}).join("\n").trim();
let arranged = { key: "", heads: [], labels: [], notes: [], cards: [] };
const arrange = () => {
  const scale = network.getScale();
  const key = `${scale.toPrecision(6)} ${version}`;
  if (arranged.key === key) return arranged;
  const positions = placesOf();
  const rank = (node) => (node.id === state.selected || node.id === state.target ? 4 : node.id === hovered ? 3 : focus?.nodes.has(node.id) ? 2 : node.centre ? 1 : 0);
  const order = nodes.filter(shownNode).sort((a, b) => rank(b) - rank(a) || radius[b.id] - radius[a.id] || a.id - b.id);
  const taken = [];
  const closed = cards(positions);
  // Bold text is wider than what the ruler measures.
  const heads = [...blocks(positions), ...hulls(positions), ...closed].map(({ box, text: full, home, id }) => {
    const font = Math.max(13, LEAST / scale);
    const x = (box.left + box.right) / 2;
    const text = fitted(full, (box.right - box.left - 8) / 1.08, font);
    return { x, font, text, full, home, card: id !== undefined, bold: true, area: box, box: boxAt(x, box.top + 4, text, font) };
  }).filter(({ text, box }) => text && taken.every((one) => apart(one, box)) && taken.push(box));
  const labels = [];
  for (const node of order) {
    if (isCard(node)) continue;
    const { x, y } = positions[node.id];
    const font = Math.min(Math.max(node.font.size, LEAST / scale), MOST / scale);
    const text = labelOf(node);
    const size = radius[node.id];
    const box = boxAt(x, y + size + 4, text, font);
    if (taken.every((one) => apart(one, box))) {
      labels.push({ node, x, font, text, box });
      taken.push(box, discOf(x, y, size));
    }
  }
  // Names of relations on the line under the pointer, on highlighted lines if there are few, and on all if asked for.
  const notes = [];
  const highlighted = (edge) => focus !== null && focus.edges.size <= 40 && focus.edges.has(edge.id) && edge.relations && scale >= 0.55;
  const named = edges.filter((edge) => (edge.id === hoveredEdge || state.names || highlighted(edge)) && shownEdge(edge) && !carried(edge))
    .sort((a, b) => (b.id === hoveredEdge) - (a.id === hoveredEdge) || (a.kind ?? 0) - (b.kind ?? 0) || a.id - b.id);
  for (const edge of named) {
    const [a, b] = [positions[edge.from], positions[edge.to]];
    const via = edge.smooth ? network.body.edges[edge.id]?.edgeType?.getViaNode?.() : null;
    const text = edge.counts ? `${weight(edge)} ${say("between")}` : shownRelations(edge).map(([relation]) => wordOf(relation, 1)).join("\n");
    const font = Math.max(11, 10.5 / scale);
    const places = [0.5, 0.4, 0.6, 0.3, 0.7].map((t) => (via
      ? { x: (1 - t) ** 2 * a.x + 2 * t * (1 - t) * via.x + t * t * b.x, y: (1 - t) ** 2 * a.y + 2 * t * (1 - t) * via.y + t * t * b.y }
      : { x: a.x + (b.x - a.x) * t, y: a.y + (b.y - a.y) * t }));
    for (const { x, y } of places) {
      const box = boxAt(x, y - (text.split("\n").length * font * 1.18) / 2, text, font);
      if (edge.id === hoveredEdge || taken.every((one) => apart(one, box))) { notes.push({ edge, x, font, text, box }); taken.push(box); break; }
    }
  }
  arranged = { key, heads, labels, notes, cards: closed };
  return arranged;
};
// A text on a ground of its own, so that no line runs through it.
const write = (context, { x, font, text, box, bold }, colour, halo) => {
  if (halo) {
    context.fillStyle = halo + "d9";
    context.fillRect(box.left - 1, box.top, box.right - box.left + 2, box.bottom - box.top);
  }
  context.font = `${bold ? "600 " : ""}${font}px ${face}`;
  context.textAlign = "center";
  context.textBaseline = "top";
  context.lineJoin = "round";
  context.lineWidth = font * 0.28;
  context.strokeStyle = halo;
  context.fillStyle = colour;
  text.split("\n").forEach((line, i) => {
    const y = box.top + i * font * 1.18 + font * 0.1;
    if (halo) context.strokeText(line, x, y);
    context.fillText(line, x, y);
  });
};
const writeLabels = (context) => {
  const { heads, labels, notes } = arrange();
  const [from, to] = [network.DOMtoCanvas({ x: 0, y: 0 }), network.DOMtoCanvas({ x: stage.clientWidth, y: stage.clientHeight })];
  const seen = { left: from.x, top: from.y, right: to.x, bottom: to.y };
  const [ink, quiet, halo] = [css("ink"), css("ink-2"), css("halo")];
  const fillOf = fills();
  const groundOf = (node) => (node.block !== undefined ? pale(css(inkOf(data.blocks[node.block].words[0][0])), halo, 0.07)
    : inCard(node) ? pale(fillOf(nodes[node.home]), halo, 0.07) : halo);
  for (const head of heads) if (!apart(head.box, seen)) write(context, head, dimmed() ? quiet : ink, "");
  for (const label of labels) {
    if (apart(label.box, seen)) continue;
    const dim = focus !== null && !focus.nodes.has(label.node.id);
    write(context, label, dim ? pale(ink, halo, 0.4) : ink, dim ? "" : groundOf(label.node));
  }
  for (const note of notes) if (!apart(note.box, seen)) write(context, note, quiet, halo);
};
const within = ({ x, y }, box) => x >= box.left && x <= box.right && y >= box.top && y <= box.bottom;
const headAt = (point) => arranged.heads.find(({ box }) => within(point, box));
const cardAt = (point) => arranged.cards.find(({ box }) => within(point, box))?.id;
const labelAt = (point) => arranged.labels.find(({ box }) => within(point, box))?.node.id;
