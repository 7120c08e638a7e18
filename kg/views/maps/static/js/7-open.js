// ---- communities that open in place: their concepts are nodes of the same map, loaded when they are first asked for
const MOST_NODES = 500;
const communities = data.parts ? nodes.filter((node) => node.count) : [];
const members = new Map();  // community → ids of its concepts, once loaded
const openable = (node) => Boolean(data.parts && node?.count && node.count <= MOST_NODES * 0.8);
for (const node of communities) node.rest ??= { x: node.x, y: node.y };
let shared = null;
const loadShared = async () => {
  if (!window.kgAll) await scripted(`${data.places.map}data/all.js`);
  const byNumber = new Map(communities.map((node) => [node.cats[0], node]));
  const small = communities.find(({ href }) => href === "cluster-small.html");
  const concepts = new Map(window.kgAll.concepts.map(([page, number, m, p]) => [page, { home: byNumber.get(number) ?? small, m, p }]));
  // Relations by code, as an index into those of the page.
  const places = new Map(data.relations.map((relation, i) => [JSON.stringify(relation), i]));
  const codes = new Map(window.kgAll.relations);
  const relationAt = (code) => {
    const key = JSON.stringify(codes.get(code));
    if (!places.has(key)) { places.set(key, data.relations.length); data.relations.push(codes.get(code)); uses.push(0); }
    return places.get(key);
  };
  return { concepts, relationAt, recordsFor: recordsOf({ places: data.places, shards: data.parts }), ids: new Map(nodes.filter(({ page }) => page).map(({ page, id }) => [page, id])) };
};
const addEdge = (edge) => {
  edge.id = edges.length;
  edges.push(edge);
  edgesOf[edge.from].push(edge);
  edgesOf[edge.to].push(edge);
};
const loadMembers = async (home) => {
  shared ??= loadShared();
  const { concepts, relationAt, recordsFor, ids } = await shared;
  if (members.has(home.id)) return;
  const pages = [...concepts].flatMap(([page, concept]) => (concept.home === home ? [page] : []));
  const records = await recordsFor(pages);
  if (members.has(home.id)) return;
  // The leading concepts are nodes already, with the lines between them.
  const leading = new Set(pages.filter((page) => ids.has(page)));
  const all = records.map((record) => {
    if (leading.has(record.id)) return nodes[ids.get(record.id)];
    const { m, p } = concepts.get(record.id);
    const { edges: own, values, ...node } = record;
    return { ...node, id: undefined, page: record.id, m, p, cats: home.cats, home: home.id };
  });
  const spaces = measureNodes(all, data.sizes, data.radii_inside);
  spread(even(all.map(({ p }) => p), spaces), spaces, -1).forEach(([x, y], i) => { all[i].within = { x, y }; });
  for (const node of all.filter(({ id }) => id === undefined)) {
    node.id = nodes.length;
    ids.set(node.page, node.id);
    nodes.push(node);
    edgesOf.push([]);
    searchable.push(searchableOf(node));
  }
  members.set(home.id, all.map(({ id }) => id));
  for (const record of records) {
    const id = ids.get(record.id);
    const outside = new Map();
    for (const { from, to, kind, relations, arrows } of record.edges) {
      const end = from === record.id ? to : from;
      const own = relations.map(([code, forward]) => [relationAt(code), forward]);
      const far = concepts.get(end)?.home;
      // A line within the community is in the records of both ends.
      if (members.has(far?.id) && (far !== home || from === record.id) && !(leading.has(from) && leading.has(to))) {
        addEdge({ from: ids.get(from), to: ids.get(to), kind, relations: own, arrows });
        if (far === home) for (const [relation] of own) uses[relation] += 1;
      }
      if (far && far !== home) for (const [relation] of own) {
        const counts = outside.get(far.id) ?? outside.set(far.id, new Map()).get(far.id);
        counts.set(relation, (counts.get(relation) ?? 0) + 1);
      }
    }
    for (const [far, counts] of outside) addEdge({ from: id, to: far, counts: [...counts] });
  }
};
// An open community needs the space of its concepts; the others make room, each from where it always is.
const arrangeCommunities = () => {
  if (asCards()) {
    for (const node of communities) Object.assign(node, node.carded);
    for (const node of nodes) if (node.closed) seat(node, nodes);
  } else makeRoom();
  drawnNodes.update(nodes.filter((node) => node.x !== undefined).map(({ id, x, y, ...node }) => ({ id, x, y, ...shapeOf(node) })));
  const first = drawnEdges.length;
  drawnEdges.update(edges.slice(first).map(({ id, from, to, arrows }) => ({ id, from, to, arrows })));
};
const makeRoom = () => {
  const extents = communities.map((node) => {
    if (!state.open.has(node.id)) return node.space;
    const box = boxAround(members.get(node.id), Object.fromEntries(members.get(node.id).map((id) => [id, nodes[id].within])));
    const [half, rise] = [(box.right - box.left) / 2 + 30, (box.bottom - box.top) / 2 + 30];
    return { half, above: rise + HEAD, below: rise, x: (box.left + box.right) / 2, y: (box.top + box.bottom) / 2 };
  });
  spread(communities.map(({ rest }) => [rest.x, rest.y]), extents, -1).forEach(([x, y], i) => {
    const node = communities[i];
    Object.assign(node, { x, y });
    if (!state.open.has(node.id)) return;
    for (const id of members.get(node.id)) Object.assign(nodes[id], { x: x + nodes[id].within.x - extents[i].x, y: y + nodes[id].within.y - extents[i].y });
  });
};
const countOpen = () => [...state.open].reduce((sum, id) => sum + nodes[id].count - 1, communities.length);
const setOpen = async (ids) => {
  await Promise.all(ids.map((id) => loadMembers(nodes[id])));
  state.open = new Set(ids);
  // No more concepts than the renderer draws smoothly: the first one opened closes.
  for (const id of ids) if (countOpen() > MOST_NODES) state.open.delete(id);
  arrangeCommunities();
};
const toggleOpen = async (id) => {
  await setOpen(state.open.has(id) ? [...state.open].filter((other) => other !== id) : [...state.open, id]);
  legend(); refresh();
  // A small screen shows what was opened.
  if (tall && state.open.has(id)) { state.view = frame(members.get(id).filter((own) => shownNode(nodes[own])), 1.1, true); remember(); } else fit(true);
};
