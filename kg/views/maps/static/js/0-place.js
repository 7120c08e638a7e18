// ---- positions: remembered ones, or rings around a centre, and then space for each label
const ASPECT = 1.5;  // width / height of a map: screens and labels are wide
const GAP = 9;
const STEPS = 600;
// The space of a node and the label below it, in the language that needs most, around the centre of the node.
const spaceOf = ([columns, rows], size, font) => ({
  half: Math.max(size, columns * font * 0.28) + GAP / 2, above: size + GAP / 2, below: size + 5 + rows * font * 1.16 + GAP / 2,
});
const byNumber = (a, b) => a - b;

// The side of a neighbour, clockwise from the top: 0 broader, 1 outgoing, 2 narrower, 3 incoming, 4 plain link.
const sideOf = (edge, from) => {
  const out = Boolean(edge.relations[0][1]) === (edge.from === from);
  return [[0, 2], [1, 3], [4, 4]][edge.kind][out ? 0 : 1];
};
// Distance from the centre and side of each node.
const surround = ({ nodes, edges }) => {
  const lines = nodes.map(() => new Map());
  for (const edge of [...edges].sort((a, b) => a.kind - b.kind)) {
    for (const [end, other] of [[edge.from, edge.to], [edge.to, edge.from]]) if (!lines[end].has(other)) lines[end].set(other, edge);
  }
  const order = nodes.map(() => ({ distance: Infinity, side: 4 }));
  order[0] = { distance: 0, side: 0 };
  for (let front = [0], distance = 1; front.length; distance += 1) {
    const reached = new Map();
    for (const start of front) for (const [node, edge] of lines[start]) {
      if (order[node].distance === Infinity) reached.set(node, Math.min(reached.get(node) ?? 4, sideOf(edge, start)));
    }
    for (const [node, side] of reached) order[node] = { distance, side };
    front = [...reached.keys()].sort(byNumber);
  }
  const above = nodes.map((_, i) => [...lines[i].keys()].filter((other) => order[other].distance < order[i].distance));
  return { order, above };
};
// The top of the first ring, in units of neighbours: the middle of the broader concepts, opposite the narrower ones.
const topOf = (sides) => {
  const count = (side) => sides.filter((own) => own === side).length;
  const [broader, narrower] = [count(0), count(2)];
  return broader || !narrower ? broader / 2 || 0.5 : sides.indexOf(2) + narrower / 2 + sides.length / 2;
};
// The first node in the centre, its neighbours clockwise around it by side, those at a distance on outer rings, near those in between.
const rings = (data, spaces) => {
  const { order, above } = surround(data);
  data.far = order.some(({ distance }) => distance > 1);
  const angles = data.nodes.map(() => 0);
  const points = data.nodes.map(() => [0, 0]);
  let outer = 0;
  for (const distance of [...new Set(order.map((own) => own.distance))].sort(byNumber).slice(1)) {
    const important = (a, b) => data.nodes[b].m[0] - data.nodes[a].m[0] || a - b;
    const ring = order.flatMap((own, i) => (own.distance === distance ? [i] : []));
    const mean = (values, weights) => Math.atan2(...[Math.sin, Math.cos].map((part) => values.reduce((sum, value, i) => sum + part(value) * weights[i], 0)));
    let start = -Math.PI / 2;
    const turn = (2 * Math.PI) / ring.length;
    if (distance === 1) {
      ring.sort((a, b) => order[a].side - order[b].side || important(a, b));
      start -= turn * topOf(ring.map((i) => order[i].side));
    } else {
      for (const i of ring) angles[i] = above[i].length ? mean(above[i].map((one) => angles[one]), above[i].map(() => 1)) : 0;
      ring.sort((a, b) => angles[a] - angles[b] || important(a, b));
      start = mean(ring.map((i, place) => angles[i] - turn * (place + 0.5)), ring.map(() => 1));
    }
    const number = 1 + [14, 32, 54].filter((limit) => ring.length > limit).length;
    const girth = (2 * ring.reduce((sum, i) => sum + spaces[i].half, 0)) / number;
    const first = Math.max(outer + 170, girth / (2 * Math.PI) / 1.1);
    ring.forEach((i, place) => {
      angles[i] = start + turn * (place + 0.5);
      const radius = first + 105 * (place % number);
      points[i] = [radius * Math.cos(angles[i]) * ASPECT, radius * Math.sin(angles[i])];
    });
    outer = first + 105 * (number - 1);
  }
  return points;
};

// What the first node stands on to the left, what stands on it to the right, by distance; other nodes have no level and are hidden.
const levels = ({ nodes, edges, relations }) => {
  const [below, above] = [nodes.map(() => new Set()), nodes.map(() => new Set())];
  for (const { from, to, relations: own } of edges) {
    for (const [relation, forward] of own) {
      const on = (relations[relation].on ?? 0) * (forward ? 1 : -1);
      if (!on) continue;
      const [upper, lower] = on > 0 ? [from, to] : [to, from];
      below[upper].add(lower);
      above[lower].add(upper);
    }
  }
  const level = nodes.map(() => null);
  level[0] = 0;
  for (const [ways, sign] of [[below, -1], [above, 1]]) {
    for (let front = [0], distance = 1; front.length; distance += 1) {
      front = [...new Set(front.flatMap((node) => [...ways[node]]))].filter((node) => level[node] === null).sort(byNumber);
      for (const node of front) level[node] = sign * distance;
    }
  }
  return level;
};
const lineage = (data, spaces, level) => {
  const points = data.nodes.map(() => [0, 0]);
  data.nodes.forEach((node, i) => { node.level = level[i]; });
  let outer = [0, 0];
  const columns = [...new Set(level.filter((own) => own !== null))].sort((a, b) => Math.abs(a) - Math.abs(b));
  for (const column of columns) {
    const members = level.flatMap((own, i) => (own === column ? [i] : []));
    const half = Math.max(...members.map((i) => spaces[i].half));
    const side = column < 0 ? 0 : 1;
    const x = column === 0 ? 0 : outer[side] + half + 70;
    if (column === 0) outer = [half, half];
    else outer[side] = x + half;
    members.sort((a, b) => data.nodes[b].m[0] - data.nodes[a].m[0] || a - b);
    const height = members.reduce((sum, i) => sum + spaces[i].above + spaces[i].below, 0);
    let y = -height / 2;
    // The important ones in the middle.
    const order = members.map((_, place) => members[place % 2 ? members.length - 1 - (place - 1) / 2 : place / 2]);
    const middle = [...order.filter((_, place) => place % 2).reverse(), ...order.filter((_, place) => place % 2 === 0)];
    for (const i of middle) {
      y += spaces[i].above;
      points[i] = [(column < 0 ? -1 : 1) * x, y];
      y += spaces[i].below;
    }
  }
  return points;
};

// Mixes ranks and coordinates to -0.5…0.5, mainly ranks, so that outliers don't compress all others.
const axis = (values) => {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const result = values.map((value) => (0.4 * (value - low)) / (high - low || 1) - 0.5);
  values.map((_, i) => i).sort((a, b) => values[a] - values[b] || a - b).forEach((i, rank) => { result[i] += (0.6 * rank) / (values.length - 1); });
  return result;
};
// Scales positions to an area with enough space for all labels.
const even = (points, spaces) => {
  if (points.length < 2) return points.map(() => [0, 0]);
  const area = Math.max(1.4, 1.15 + 9 / points.length) * spaces.reduce((sum, { half, above, below }) => sum + 2 * half * (above + below), 0);
  const height = Math.sqrt(area / ASPECT);
  const [xs, ys] = [0, 1].map((side) => axis(points.map((point) => point[side])));
  return xs.map((x, i) => [x * height * ASPECT, ys[i] * height]);
};
// Moves two nodes apart on one axis; a pinned node doesn't move.
const part = (values, first, second, overlap, pinned) => {
  const share = first === pinned ? 0 : second === pinned ? 1 : 0.5;
  values[first] -= overlap * share;
  values[second] += overlap * (1 - share);
};
// One sweep from left to right that separates overlapping pairs. Returns whether there were any.
const push = (xs, ys, spaces, pinned) => {
  const reach = 2 * Math.max(...spaces.map(({ half }) => half));
  const order = xs.map((_, i) => i).sort((a, b) => xs[a] - xs[b] || a - b);
  let moved = false;
  order.forEach((i, place) => {
    const { half, above, below } = spaces[i];
    // Nodes move during the sweep, so the order is only approximate; the margin is the widest label.
    for (let k = place + 1; k < order.length; k += 1) {
      const j = order[k];
      const aside = xs[j] - xs[i];
      if (aside > half + reach) break;
      const across = half + spaces[j].half - Math.abs(aside);
      if (across <= 1.5) continue;
      const lower = ys[i] <= ys[j];
      const along = lower ? ys[i] + below - ys[j] + spaces[j].above : ys[j] + spaces[j].below - ys[i] + above;
      if (along <= 1.5) continue;
      moved = true;
      if (along * ASPECT <= across) part(ys, ...(lower ? [i, j] : [j, i]), along, pinned);
      else part(xs, ...(aside >= 0 ? [i, j] : [j, i]), across, pinned);
    }
  });
  return moved;
};
// Moves positions as little as possible until no two labels overlap.
const spread = (points, spaces, pinned) => {
  let [xs, ys] = [points.map(([x]) => x), points.map(([, y], i) => y + i * 1e-6)];
  for (let step = 0; step < STEPS && push(xs, ys, spaces, pinned); step += 1) {
    // Clusters that can't be separated within their area get more space step by step.
    if (step % 8 === 7) [xs, ys] = [xs, ys].map((values) => values.map((value) => value * 1.02));
  }
  return xs.map((x, i) => [Math.round(x), Math.round(ys[i])]);
};
// Gives each node its place, with room for the largest size by any measure.
const place = (data) => {
  const { nodes, radii: [low, more] } = data;
  if (!nodes.length) return data;
  const sizes = data.measures.map((_, k) => {
    const values = nodes.map((node) => node.m[k]);
    const largest = Math.max(...values) || 1;
    return values.map((value) => low + more * Math.sqrt(value / largest));
  });
  const spaces = nodes.map((node, i) => {
    const largest = node.centre ? data.centre : Math.max(...sizes.map((own) => own[i]));
    node.size = node.centre ? data.centre : sizes[0][i];
    node.font = { size: Math.round(14 + largest / 5) };
    return spaceOf(node.e, largest, node.font.size);
  });
  const pinned = nodes[0].centre ? 0 : -1;
  const level = nodes[0].centre ? levels(data) : [];
  // Where no relation says what stands on what, there are no layers to draw.
  data.layered = level.filter((own) => own !== null).length > 1;
  if (data.layered && new URLSearchParams(location.search).get("layout") === "lineage") {
    data.lineage = true;
    lineage(data, spaces, level).forEach(([x, y], i) => Object.assign(nodes[i], { x: Math.round(x), y: Math.round(y) }));
    return data;
  }
  const rough = nodes[0].centre ? rings(data, spaces) : even(nodes.map((node) => node.p), spaces);
  spread(rough, spaces, pinned).forEach(([x, y], i) => Object.assign(nodes[i], { x, y }));
  return data;
};
