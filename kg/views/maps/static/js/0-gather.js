// ---- the data of the page: its own, or on the page for any concept, what the scripts in maps/data hold of the concept in its address
const scripted = (src) => new Promise((resolve, reject) => {
  const element = document.createElement("script");
  Object.assign(element, { src, onload: resolve, onerror: () => reject(new Error(src)) });
  document.head.append(element);
});
// The file of a concept, as `shard_of` computes it: FNV-1a, 32 bits, folded.
const shardOf = (page, shards) => {
  let value = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(page)) value = Math.imul(value ^ byte, 0x01000193) >>> 0;
  return `${(((value ^ (value >>> 16)) >>> 0) % shards).toString(16)}.js`;
};
const recordsOf = (data) => {
  const records = new Map();
  const files = new Map();
  window.kgRecords = (rows) => { for (const row of rows) records.set(row.id, row); };
  const load = (file) => {
    if (!files.has(file)) files.set(file, scripted(`${data.places.map}data/${file}`));
    return files.get(file);
  };
  return async (pages) => {
    await Promise.all([...new Set(pages.map((page) => shardOf(page, data.shards)))].map(load));
    return pages.map((page) => records.get(page));
  };
};
// A concept and its surroundings, nearest first, up to a limit, chosen as by `nearby`; and their number without the limit.
const choice = async (focus, steps, limit, importance, recordsFor) => {
  const order = new Map([[focus, [0, false]]]);
  let front = [focus];
  for (let distance = 1; distance <= steps && order.size < limit; distance += 1) {
    const reached = new Map();
    for (const { id, edges } of await recordsFor(front)) {
      const least = new Map();
      for (const { from, to, kind } of edges) { const end = from === id ? to : from; least.set(end, Math.min(least.get(end) ?? 2, kind)); }
      for (const [end, kind] of least) if (!order.has(end)) reached.set(end, (reached.get(end) ?? true) && kind === 2);
    }
    for (const [page, plain] of reached) order.set(page, [distance, plain]);
    front = [...reached.keys()];
  }
  const chosen = [...order.keys()].sort((a, b) => order.get(a)[0] - order.get(b)[0] || order.get(a)[1] - order.get(b)[1]
    || importance(b) - importance(a) || (a < b ? -1 : 1));
  return { chosen: chosen.slice(0, limit), total: chosen.length };
};
const linesAmong = (data, records, relations) => {
  const index = new Map(records.map(({ id }, i) => [id, i]));
  const lines = records.flatMap(({ id, edges }) => edges.filter(({ from, to }) => from === id && index.has(to)));
  const total = lines.length;
  const by = (key) => (a, b) => (a[key] < b[key] ? -1 : a[key] > b[key] ? 1 : 0);
  const inOrder = (a, b) => by("from")(a, b) || by("to")(a, b) || a.kind - b.kind;
  const m = (line) => data.nodes[index.get(line.from)].m[0];
  const kept = lines.sort((a, b) => a.kind - b.kind || m(b) - m(a) || inOrder(a, b)).slice(0, data.lines).sort(inOrder);
  const codes = [...new Set(kept.flatMap((line) => line.relations.map(([code]) => code)))];
  data.relations = codes.map((code) => relations.get(code));
  data.edges = kept.map((line, i) => ({
    ...line, from: index.get(line.from), to: index.get(line.to), relations: line.relations.map(([code, forward]) => [codes.indexOf(code), forward]),
    ...(i && kept[i - 1].from === line.from && kept[i - 1].to === line.to ? { smooth: { enabled: true, type: "curvedCW", roundness: 0.18 } } : {}),
  }));
  return total;
};
// Concepts of other knowledge bases: squares beside the concepts of this map that notes relate to them.
const withForeign = (data, records, relations) => {
  const numbers = new Map();
  const codes = new Map();
  const numberOf = (code) => { if (!codes.has(code)) codes.set(code, data.relations.push(relations.get(code)) - 1); return codes.get(code); };
  data.relations.forEach((relation, i) => { for (const [code, own] of relations) if (own === relation) codes.set(code, i); });
  records.forEach(({ foreign }, i) => {
    for (const [page, names, href, e, kind, stated] of foreign ?? []) {
      if (!numbers.has(page)) {
        numbers.set(page, data.nodes.length);
        data.nodes.push({ id: data.nodes.length, page, names, foreign: href || "#", defs: [""], m: data.nodes[0].m.map(() => 0), cats: [-1],
          values: data.nodes[0].values, shape: "square", e });
      }
      data.edges.push({ from: i, to: numbers.get(page), kind, relations: stated.map((code) => [numberOf(code), 1]), arrows: "to" });
    }
  });
  return numbers.size;
};
// The values of the legends that occur, each with its number, as nodes refer to it.
const valuesAmong = (data, legends) => {
  const numbers = legends.map(({ values }) => new Map(values.map(({ key, value }) => [key, value])));
  for (const node of data.nodes) node.cats.push(...node.values.map((key, i) => (node.foreign ? -1 : numbers[i + 1].get(key))));
  data.legends = legends.map(({ key, values }, i) => {
    const present = new Set(data.nodes.filter((node) => !node.foreign).map((node) => node.cats[i]));
    return { key, values: values.filter(({ value }) => present.has(value)) };
  });
  data.colour = Math.max(0, data.legends.findIndex(({ values }) => values.length > 1));
};
const gather = async (data) => {
  if (!data.shards) return data;
  const address = new URLSearchParams(location.search);
  const [focus, steps] = [address.get("c")?.normalize("NFC"), address.get("depth") === "2" ? 2 : 1];
  const base = window.kgAll;
  const concepts = new Map(base?.concepts.map(([page, community, m]) => [page, { community, m }]));
  if (!concepts.has(focus)) return { ...data, problem: base ? "unknown-concept" : "no-data" };
  try {
    const recordsFor = recordsOf(data);
    const { chosen, total } = await choice(focus, steps, data.limits[steps - 1], (page) => concepts.get(page).m[0], recordsFor);
    const all = await recordsFor(chosen);
    // The plan's tasks and what they produce are shown only when asked for, or around one of them.
    const planned = all.filter((record) => record.plan && record.id !== focus).length;
    const hides = planned > 0 && !all[0].plan && address.get("plan") !== "1";
    const records = hides ? all.filter((record) => !record.plan) : all;
    data.names = records[0].names;
    data.nodes = records.map(({ edges, ...node }, i) => {
      const { community, m } = concepts.get(node.id);
      return { ...node, id: i, page: node.id, m, cats: [community], ...(i ? {} : { centre: true }) };
    });
    const relations = new Map(base.relations);
    const own = linesAmong(data, records, relations);
    const drawn = data.edges.length;
    const foreign = withForeign(data, records, relations);
    const lines = own + data.edges.length - drawn;
    valuesAmong(data, base.legends);
    return { ...data, focus, steps, planned, total: (hides ? total - planned : total) + foreign, totalLines: lines };
  } catch {
    return { ...data, nodes: [], edges: [], problem: "no-data" };
  }
};
