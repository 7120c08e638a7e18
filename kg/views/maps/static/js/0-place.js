// ---- positions: remembered ones, or blocks by relation around a centre, and then space for each label
const portrait = () => { const { clientWidth, clientHeight } = document.getElementById("map"); return clientHeight > clientWidth * 1.1; };
const tall = portrait();
const ASPECT = tall ? 1 / 1.5 : 1.5;  // width / height of a map
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
// The neighbours of the first node in blocks, one for each relation and direction; a neighbour with several is in the block of the first.
const mirrored = ({ names, inverse }) => inverse?.[0] === names[0];
// On a small screen, a title is larger than what it is above: the map is scaled down, and the title stays legible.
const TITLE = tall ? 2.8 : 1;
const HEAD = 26 * TITLE;  // the height of the title of a block
// The width of a title, before anything is drawn.
const widthOfTitle = (text) => TITLE * [...text].reduce((sum, char) => sum + (char > "\u2e7f" ? 14 : 8), 0);
// The width that the name of a block needs in any language, with a number behind it.
const widthOfHead = (words, relations) => Math.max(...["names", "inverse"].flatMap((key) => words.flatMap(([relation]) => relations[relation][key] ?? []))
  .map(widthOfTitle)) + 40 * TITLE;
const blocksOf = ({ nodes, edges, relations }) => {
  const blocks = new Map();
  const placed = new Set();
  for (const edge of edges) {
    const member = edge.from === 0 ? edge.to : edge.from;
    if ((edge.from !== 0 && edge.to !== 0) || placed.has(member)) continue;
    placed.add(member);
    const words = edge.relations.map(([relation, forward]) => [relation, Number(mirrored(relations[relation]) || Boolean(forward) === (edge.from === 0))]);
    const side = edge.relations.every(([relation]) => mirrored(relations[relation])) ? 1 : sideOf(edge, 0);
    const key = JSON.stringify(words);
    if (!blocks.has(key)) blocks.set(key, { words, kind: edge.kind, side, head: widthOfHead(words, relations), members: [] });
    blocks.get(key).members.push(member);
    edge.block = true;
  }
  for (const { members } of blocks.values()) members.sort((a, b) => nodes[b].m[0] - nodes[a].m[0] || a - b);
  return [...blocks.values()].sort((a, b) => a.side - b.side || b.members.length - a.members.length || a.members[0] - b.members[0]);
};
// The members in rows below a title, and the size of all: as many columns as come nearest to the wanted proportion.
const gridOf = ({ members, side, head, rise = HEAD, most = Infinity }, spaces, aspect) => {
  const wanted = (side === 0 || side === 2 ? 1.8 : 1.1) * Math.min(1, aspect);
  let best = null;
  for (let columns = 1; columns <= Math.min(members.length, most); columns += 1) {
    const [widths, rows] = [[], []];
    members.forEach((member, i) => {
      const { half, above, below } = spaces[member];
      const [column, line] = [i % columns, Math.floor(i / columns)];
      widths[column] = Math.max(widths[column] ?? 0, 2 * half);
      rows[line] ??= { above: 0, below: 0 };
      rows[line] = { above: Math.max(rows[line].above, above), below: Math.max(rows[line].below, below) };
    });
    const lack = head - widths.reduce((a, b) => a + b, 0);
    if (lack > 0) widths.forEach((own, column) => { widths[column] = own + lack / widths.length; });
    const [width, height] = [widths.reduce((a, b) => a + b, 0), rise + rows.reduce((sum, row) => sum + row.above + row.below, 0)];
    const off = Math.abs(Math.log(width / height / wanted));
    if (!best || off < best.off) best = { off, columns, widths, rows, rise, width, height, spare: Math.max(0, lack) / columns / 2 };
  }
  return best;
};
// The position of a member, from the left top corner of its grid.
const cellOf = ({ columns, widths, rows, rise }, i) => {
  const [column, line] = [i % columns, Math.floor(i / columns)];
  return [widths.slice(0, column).reduce((a, b) => a + b, 0) + widths[column] / 2,
    rise + rows.slice(0, line).reduce((sum, row) => sum + row.above + row.below, 0) + rows[line].above];
};
const crosses = (box, x, y) => clip(box, x, y) !== null;
// Where the line from the centre to a point enters a box, as a share of its length; null if it doesn't.
const clip = ({ left, right, top, bottom }, x, y) => {
  let [enter, leave] = [0, 1];
  for (const [way, low, high] of [[x, left, right], [y, top, bottom]]) {
    if (Math.abs(way) < 1e-9) { if (low > 0 || high < 0) return null; continue; }
    const [a, b] = [low / way, high / way].sort((p, q) => p - q);
    [enter, leave] = [Math.max(enter, a), Math.min(leave, b)];
  }
  return enter < leave ? enter : null;
};
const mean = (values, weights) => Math.atan2(...[Math.sin, Math.cos].map((part) => values.reduce((sum, value, i) => sum + part(value) * weights[i], 0)));
const WISHED = [-Math.PI / 2, 0, Math.PI / 2, Math.PI, -0.75 * Math.PI];  // the direction of each side
// Blocks clockwise around the centre, each in a sector of its own, then as near as it can be without covering another or the way to it.
const around = (blocks, spaces, aspect) => {
  const grids = blocks.map((block) => gridOf(block, spaces, aspect));
  const girths = grids.map(({ width, height }) => Math.hypot(width / aspect, height) + 2 * GAP);
  const total = girths.reduce((a, b) => a + b, 0);
  let passed = 0;
  const angles = girths.map((girth) => { passed += girth; return ((passed - girth / 2) / total) * 2 * Math.PI; });
  // The broader concepts are above; without any, the narrower ones below.
  const first = [0, 2].find((side) => blocks.some((block) => block.side === side));
  const weights = blocks.map(({ side }, i) => (first === undefined || side === first ? girths[i] : 0));
  const shift = mean(angles.map((angle, i) => WISHED[blocks[i].side] - angle), weights);
  const boxAt = (i, radius, angle) => {
    const [x, y] = [radius * Math.cos(angle) * aspect, radius * Math.sin(angle)];
    const [half, rise] = [grids[i].width / 2 + GAP, grids[i].height / 2 + GAP];
    const turned = Math.abs(Math.atan2(Math.sin(angle - WISHED[blocks[i].side]), Math.cos(angle - WISHED[blocks[i].side])));
    const cost = Math.max((Math.abs(x) + half) / aspect, Math.abs(y) + rise) + radius / 4 + 60 * turned;
    return { x, y, radius, angle, cost, left: x - half, right: x + half, top: y - rise, bottom: y + rise };
  };
  const boxes = girths.map((girth, i) => boxAt(i, Math.max(girth / 2 / Math.sin(Math.min((girth / total) * Math.PI, Math.PI / 2)), girth / 2 + 70), angles[i] + shift));
  const free = (box, i) => (box.left > 60 || box.right < -60 || box.top > 70 || box.bottom < -50)
    && (blocks[i].side !== 0 || box.y < 0) && (blocks[i].side !== 2 || box.y > 0)
    && boxes.every((other, k) => k === i || !((box.left < other.right && other.left < box.right && box.top < other.bottom && other.top < box.bottom)
      || crosses(box, other.x, other.y) || crosses(other, box.x, box.y)));
  for (let step = 0; step < 120; step += 1) boxes.forEach(({ radius, angle, cost }, i) => {
    for (const [nearer, turned] of [[0.95, 0], [0.97, 0.05], [0.97, -0.05], [1, 0.03], [1, -0.03], [0.99, 0]]) {
      const tried = boxAt(i, radius * nearer, angle + turned);
      if (tried.cost < cost && free(tried, i)) { boxes[i] = tried; return; }
    }
  });
  return boxes.map((box, i) => ({ ...box, ...grids[i] }));
};
// The first node in the centre, its neighbours in blocks around it, those at a distance on outer rings, near those in between.
const surroundings = (data, spaces) => {
  const { order, above } = surround(data);
  data.far = order.some(({ distance }) => distance > 1);
  data.blocks = blocksOf(data);
  const points = data.nodes.map(() => [0, 0]);
  const boxes = around(data.blocks, spaces, ASPECT);
  data.blocks.forEach(({ members }, n) => {
    members.forEach((member, i) => {
      const [x, y] = cellOf(boxes[n], i);
      points[member] = [boxes[n].left + GAP + x, boxes[n].top + GAP + y];
      // `spare`: what the title needs beside the labels.
      Object.assign(data.nodes[member], { block: n, spare: boxes[n].spare });
    });
  });
  const angles = points.map(([x, y]) => Math.atan2(y, x / ASPECT));
  let outer = Math.max(0, ...boxes.flatMap(({ left, right, top, bottom }) => [[left, top], [left, bottom], [right, top], [right, bottom]]).map(([x, y]) => Math.hypot(x / ASPECT, y)));
  for (const distance of [...new Set(order.map((own) => own.distance))].sort(byNumber).slice(1)) {
    if (distance === 1) continue;
    const ring = order.flatMap((own, i) => (own.distance === distance ? [i] : []));
    for (const i of ring) angles[i] = above[i].length ? mean(above[i].map((one) => angles[one]), above[i].map(() => 1)) : 0;
    ring.sort((a, b) => angles[a] - angles[b] || data.nodes[b].m[0] - data.nodes[a].m[0] || a - b);
    const turn = (2 * Math.PI) / ring.length;
    const start = mean(ring.map((i, place) => angles[i] - turn * (place + 0.5)), ring.map(() => 1));
    const number = 1 + [14, 32, 54].filter((limit) => ring.length > limit).length;
    const girth = (2 * ring.reduce((sum, i) => sum + spaces[i].half, 0)) / number;
    const first = Math.max(outer + 90, girth / (2 * Math.PI) / 1.1);
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
// A column holds the most important ones only: labels of more couldn't be read. `left` counts the others.
const COLUMN = 10;
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
  const left = new Set();
  for (const [ways, sign] of [[below, -1], [above, 1]]) {
    for (let front = [0], distance = 1; front.length; distance += 1) {
      front = [...new Set(front.flatMap((node) => [...ways[node]]))].filter((node) => level[node] === null && !left.has(node));
      front.sort((a, b) => nodes[b].m[0] - nodes[a].m[0] || a - b);
      for (const node of front.splice(COLUMN)) left.add(node);
      for (const node of front) level[node] = sign * distance;
    }
  }
  return { level, left: left.size };
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
// Scales positions to an area with enough space for all labels: `slack` times what they cover.
const even = (points, spaces, slack = Math.max(1.4, 1.15 + 9 / points.length)) => {
  if (points.length < 2) return points.map(() => [0, 0]);
  const area = slack * spaces.reduce((sum, { half, above, below }) => sum + 2 * half * (above + below), 0);
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
// Size, font and space of each node, with room for the largest size by any measure.
const measureNodes = (nodes, measures, [low, more], central) => {
  const sizes = measures.map((_, k) => {
    const values = nodes.map((node) => node.m[k]);
    const largest = Math.max(...values) || 1;
    return values.map((value) => low + more * Math.sqrt(value / largest));
  });
  return nodes.map((node, i) => {
    const largest = node.centre ? central : Math.max(...sizes.map((own) => own[i]));
    node.size = node.centre ? central : sizes[0][i];
    node.font = { size: Math.round(14 + largest / 5) };
    node.space = spaceOf(node.e, largest, node.font.size);
    return node.space;
  });
};
// A closed community shows its leading concepts in a grid below its name, as long as none is open: `card` is half the size of the
// whole, `closed` the position of a concept in it. A small screen shows fewer, below each other, for labels that stay legible.
const CARD = tall ? { most: 2, columns: 1, widest: 220, row: 22, communities: 12 } : { most: 6, columns: Infinity, widest: 240, row: 16, communities: Infinity };
// A community is named after its most central concepts: one in a row, the number of all behind the last.
const titleOf = (name, count) => {
  const rows = name.split(" · ").slice(0, tall ? 1 : 2);
  return [...rows.slice(0, -1), `${rows.at(-1)} · ${count}`];
};
// Put a leading concept at its place in the card of its community.
const seat = (node, nodes) => Object.assign(node, { x: nodes[node.home].x + node.closed.x, y: nodes[node.home].y + node.closed.y });
const LEGIBLE = 0.62;  // the scale of a map down to which the labels keep their space
const layCards = (data) => {
  measureNodes(data.leading.nodes, data.sizes, data.radii_inside, 0);
  for (let { most } = CARD; ; most -= 1) {
    const { points, spaces } = withLeading(data, most);
    const extent = (axis, before, after) => Math.max(...points.map((point, i) => point[axis] + spaces[i][after])) - Math.min(...points.map((point, i) => point[axis] - spaces[i][before]));
    // As many as leave labels legible where all cards are on a stage of 1080 × 690 px: always that one, so that positions stay.
    if (tall || most <= 2 || Math.min(1080 / extent(0, "half", "half"), 690 / extent(1, "above", "below")) >= LEGIBLE) return points;
  }
};
const withLeading = ({ nodes, leading }, most) => {
  for (const node of leading.nodes) delete node.closed;
  const own = leading.nodes.map((node) => (tall ? spaceOf(node.e, node.size, 18) : node.space));
  const spaces = nodes.map((node, home) => {
    const members = leading.nodes.flatMap((one, i) => (one.home === home ? [i] : [])).slice(0, most);
    if (!members.length || nodes.length > CARD.communities) return node.space;
    const title = node.names.flatMap((name) => titleOf(name, node.count));
    const rise = 12 + CARD.row * Math.max(...node.names.map((name) => titleOf(name, node.count).length));
    const head = Math.min(CARD.widest, Math.max(...title.map((row) => (widthOfTitle(row) / TITLE) * (CARD.row / 16))) + 16);
    const grid = gridOf({ members, side: 1, head, rise, most: CARD.columns }, own, ASPECT);
    node.card = { half: grid.width / 2 + 4, rise: grid.height / 2 + 4 };
    members.forEach((member, i) => {
      const [x, y] = cellOf(grid, i);
      leading.nodes[member].closed = { x: x - grid.width / 2, y: y - grid.height / 2 };
    });
    return { half: node.card.half + GAP, above: node.card.rise + GAP, below: node.card.rise + GAP };
  });
  const points = nodes.map(({ p }) => p);
  return { points: tall && nodes[0].card ? inPairs(points, spaces) : spread(even(points, spaces, 1.2), spaces, -1), spaces };
};
// Two in a row, from top to bottom, the left one to the left.
const inPairs = (points, spaces) => {
  const order = points.map((_, i) => i).sort((a, b) => points[a][1] - points[b][1] || a - b);
  const half = Math.max(...spaces.map((space) => space.half));
  const placed = points.map(() => [0, 0]);
  for (let row = 0, y = 0; row < order.length; row += 2) {
    const pair = order.slice(row, row + 2).sort((a, b) => points[a][0] - points[b][0] || a - b);
    const rise = Math.max(...pair.map((i) => spaces[i].above));
    pair.forEach((i, side) => { placed[i] = [Math.round(pair.length === 1 ? 0 : (2 * side - 1) * (half + 8)), Math.round(y + rise)]; });
    y += 2 * rise + GAP;
  }
  return placed;
};
const place = (data) => {
  const { nodes } = data;
  if (!nodes.length) return data;
  const spaces = measureNodes(nodes, data.measures, data.radii, data.centre);
  const pinned = nodes[0].centre ? 0 : -1;
  const { level, left } = nodes[0].centre ? levels(data) : { level: [], left: 0 };
  // Where no relation says what stands on what, there are no layers to draw.
  data.layered = level.filter((own) => own !== null).length > 1;
  if (data.layered && new URLSearchParams(location.search).get("layout") === "lineage") {
    Object.assign(data, { lineage: true, left });
    lineage(data, spaces, level).forEach(([x, y], i) => Object.assign(nodes[i], { x: Math.round(x), y: Math.round(y) }));
    return data;
  }
  const rough = nodes[0].centre ? surroundings(data, spaces) : even(nodes.map((node) => node.p), spaces);
  spread(rough, spaces, pinned).forEach(([x, y], i) => Object.assign(nodes[i], { x, y }));
  if (data.leading) {
    layCards(data).forEach(([x, y], i) => { const { x: left, y: top } = nodes[i]; Object.assign(nodes[i], { rest: { x: left, y: top }, x, y, carded: { x, y } }); });
    for (const node of data.leading.nodes) if (node.closed) seat(node, nodes);
    // Those that a small screen has no room for are loaded with their community.
    const kept = data.leading.nodes.filter(({ closed }) => closed);
    const ids = new Map(kept.map(({ id }, i) => [id, nodes.length + i]));
    nodes.push(...kept.map((node) => ({ ...node, id: ids.get(node.id) })));
    data.edges.push(...data.leading.edges.filter(({ from, to }) => ids.has(from) && ids.has(to)).map((edge) => ({ ...edge, from: ids.get(edge.from), to: ids.get(edge.to) })));
  }
  return data;
};
