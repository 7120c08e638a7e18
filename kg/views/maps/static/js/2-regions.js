// ---- regions behind the nodes: neighbours in blocks by relation, each with one line to the centre, and hulls of communities
const dimmed = () => focus !== null && state.selected !== centre;
// The line of a block stands for those of its members, except for lines that are highlighted.
const carried = (edge) => Boolean(edge.block) && !(dimmed() && focus.edges.has(edge.id));
const boxAround = (ids, positions) => {
  const boxes = ids.map((id) => {
    const [{ x, y }, { half, above, below }] = [positions[id], nodes[id].space];
    return { left: x - half, right: x + half, top: y - above, bottom: y + below };
  });
  const [left, top] = ["left", "top"].map((side) => Math.min(...boxes.map((box) => box[side])));
  const [right, bottom] = ["right", "bottom"].map((side) => Math.max(...boxes.map((box) => box[side])));
  return { left, top, right, bottom };
};
const blocks = (positions) => (data.blocks ?? []).flatMap(({ words, kind, members, head }) => {
  const shown = members.filter((id) => shownNode(nodes[id]));
  const named = words.filter(([relation]) => !state.hiddenRelations.has(relation));
  if (!shown.length || !named.length) return [];
  const box = boxAround(shown, positions);
  box.top -= HEAD;
  // As wide as the title, also where the names of the members are shorter.
  const lack = Math.max(0, head - (box.right - box.left)) / 2;
  [box.left, box.right] = [box.left - lack, box.right + lack];
  const colour = css(inkOf(named[0][0]));
  const from = positions[centre];
  const [x, y] = [(box.left + box.right) / 2 - from.x, (box.top + box.bottom) / 2 - from.y];
  const far = Math.hypot(x, y) || 1;
  const [start, end] = [(radius[centre] + 5) / far, clip({ left: box.left - from.x, right: box.right - from.x, top: box.top - from.y, bottom: box.bottom - from.y }, x, y) ?? 0];
  const at = (share) => ({ x: from.x + x * share, y: from.y + y * share });
  const ways = new Set(named.filter(([relation]) => !mirrored(data.relations[relation])).map(([, forward]) => forward));
  const line = end <= start ? null : { from: at(start), to: at(end), width: 1.6 + 0.7 * Math.log2(shown.length), dash: dashes[kind], heads: [...(ways.has(1) ? [[at(end), at(start)]] : []), ...(ways.has(0) ? [[at(start), at(end)]] : [])] };
  return [{ box, colour, line, text: `${named.map(([relation, forward]) => wordOf(relation, forward)).join(say("and"))}${shown.length > 1 ? ` · ${shown.length}` : ""}` }];
});
const headOf = (tip, from, size) => {
  const far = Math.hypot(tip.x - from.x, tip.y - from.y) || 1;
  const [dx, dy] = [(from.x - tip.x) / far, (from.y - tip.y) / far];
  return [tip, { x: tip.x + size * (dx - dy * 0.42), y: tip.y + size * (dy + dx * 0.42) }, { x: tip.x + size * (dx + dy * 0.42), y: tip.y + size * (dy - dx * 0.42) }];
};
// The convex hull of points, clockwise (Andrew's monotone chain).
const hullOf = (points) => {
  const sorted = [...points].sort((a, b) => a.x - b.x || a.y - b.y);
  const half = (ordered) => ordered.reduce((hull, p) => {
    while (hull.length > 1) {
      const [a, b] = hull.slice(-2);
      if ((b.x - a.x) * (p.y - a.y) - (b.y - a.y) * (p.x - a.x) > 0) break;
      hull.pop();
    }
    return [...hull, p];
  }, []);
  return [...half(sorted).slice(0, -1), ...half(sorted.reverse()).slice(0, -1)];
};
const cornersOf = ({ left, top, right, bottom }, inset) => [[left, top], [right, top], [right, bottom], [left, bottom]]
  .map(([x, y]) => ({ x: x + (x === left ? inset : -inset), y: y + (y === top ? inset : -inset) }));
// Around the concepts of each open community, or if asked for, around those of each value of the legend.
const hulls = (positions) => {
  const fillOf = fills();
  const groups = new Map();
  for (const node of nodes) {
    const key = node.home ?? (state.hulls && !node.count && centre < 0 && data.legends[state.colour] ? `v${node.cats[state.colour]}` : undefined);
    if (key !== undefined && shownNode(node) && !inCard(node)) groups.set(key, [...(groups.get(key) ?? []), node]);
  }
  return [...groups].flatMap(([key, own]) => {
    const value = own[0].cats[state.colour];
    if (own.length < 2 && own[0].home === undefined) return [];
    const points = own.flatMap(({ id }) => cornersOf(boxAround([id], positions), 0));
    const box = boxAround(own.map(({ id }) => id), positions);
    const named = own[0].home !== undefined ? nodes[key] : data.legends[state.colour].values.find((entry) => entry.value === value);
    return [{ points: hullOf(points), box: { ...box, top: box.top - HEAD - 6 }, colour: fillOf(own[0].home === undefined ? own[0] : named), text: `${at(named.names)} · ${own.length}${own[0].home === undefined ? "" : "  ×"}`, home: own[0].home }];
  });
};
// A closed community: its name above its leading concepts.
const cards = (positions) => {
  if (!asCards()) return [];
  const fillOf = fills();
  return nodes.filter((node) => node.card && shownNode(node)).map((node) => {
    const { x, y } = positions[node.id];
    const { half, rise } = node.card;
    const box = { left: x - half, right: x + half, top: y - rise, bottom: y + rise };
    return { id: node.id, colour: fillOf(node), box, text: titleOf(at(node.names), node.count).join("\n") };
  });
};
const drawCards = (positions, { area, stroke }) => {
  const all = cards(positions);
  if (!all.length) return;
  const strongest = strongestOf();
  const lines = edges.filter((edge) => edge.counts && shownEdge(edge)).sort((a, b) => weight(a) - weight(b) || a.id - b.id);
  for (const edge of lines) {
    const { ink, width } = drawnEdge(edge, strongest);
    stroke(positions[edge.from], positions[edge.to], ink, width);
  }
  for (const { id, box, colour } of all) {
    const dim = focus !== null && !focus.nodes.has(id) && ![...focus.nodes].some((own) => nodes[own].home === id);
    const edge = id === state.selected ? css("ink") : pale(colour, css("halo"), id === hovered ? 0.9 : dim ? 0.2 : 0.5);
    area(cornersOf(box, 6), pale(colour, css("halo"), 0.07), edge);
  }
};
// Whatever draws, on the canvas or as SVG: `fill` a shape of points, `stroke` a line, both in a colour.
const drawRegions = (positions, { area, stroke, fill }) => {
  const share = dimmed() ? 0.3 : 1;
  for (const { points, colour } of hulls(positions)) area(points, pale(colour, css("halo"), 0.08), pale(colour, css("halo"), 0.5));
  drawCards(positions, { area, stroke });
  for (const { box, colour, line } of blocks(positions)) {
    area(cornersOf(box, 6), pale(colour, css("halo"), 0.07), pale(colour, css("halo"), 0.35 * share + 0.1));
    if (!line) continue;
    const ink = pale(colour, css("halo"), share);
    stroke(line.from, line.to, ink, line.width, line.dash);
    for (const [tip, from] of line.heads) fill(headOf(tip, from, 11 + line.width), ink);
  }
};
const trace = (context, points) => {
  context.beginPath();
  points.forEach(({ x, y }, i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)));
  context.closePath();
};
const onCanvas = (context) => ({
  // Wide lines with round joins make round corners; the ground on top leaves a thin edge.
  area: (points, ground, edge) => {
    trace(context, points);
    Object.assign(context, { fillStyle: ground, strokeStyle: edge, lineWidth: 14.4, lineJoin: "round" });
    context.stroke();
    Object.assign(context, { strokeStyle: ground, lineWidth: 12 });
    context.stroke();
    context.fill();
  },
  stroke: (from, to, colour, width, dash) => {
    context.beginPath();
    context.moveTo(from.x, from.y);
    context.lineTo(to.x, to.y);
    Object.assign(context, { strokeStyle: colour, lineWidth: width });
    context.setLineDash(dash || []);
    context.stroke();
    context.setLineDash([]);
  },
  fill: (points, colour) => {
    trace(context, points);
    context.fillStyle = colour;
    context.fill();
  },
});
