const root = document.documentElement;
const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches);

// ---- the data of the page and its visible part; the URL contains the whole view, so that a link shares it
const data = place(await gather(JSON.parse(document.getElementById("kg-data").textContent)));
// The days of the time slider, oldest first; concepts without a day are older.
if (data.days) await scripted(`${data.places.map}data/days.js`).catch(() => {});
const days = (window.kgDays?.days ?? []).map(([day]) => day);
const dayOfPage = new Map((window.kgDays?.days ?? []).flatMap(([day, pages]) => pages.map((page) => [page, day])));
const dayOf = (node) => (node.href ? window.kgDays?.groups[node.href] : dayOfPage.get(node.page)) ?? "";
const stage = document.getElementById("map");
const byId = (id) => document.getElementById(id);
const nodes = data.nodes;
const edges = data.edges;
edges.forEach((edge, i) => { edge.id = i; });
const edgesOf = nodes.map(() => []);
for (const edge of edges) { edgesOf[edge.from].push(edge); edgesOf[edge.to].push(edge); }
const centre = nodes.findIndex((node) => node.centre);
const viewParts = tall && !data.lineage ? 4 : 3;  // a tall screen has its own layout; a view of the other one is ignored
const keyOf = (node) => node.page ?? node.href.replace(/\.html$/, "");
const byKey = (key) => { const found = nodes.findIndex((node) => keyOf(node) === key); return found < 0 ? null : found; };

// What nodes can be coloured by: the dimensions with their values, then the measures, each with a scale.
const colourings = [...data.legends.map(({ key }) => key), ...data.measures];

const state = {
  lang: data.langs[0],
  colour: data.colour,
  size: 0,
  hiddenValues: new Set(),
  hiddenRelations: new Set(),
  selected: null,
  target: null,
  view: null,
  names: false,
  hulls: false,
  open: new Set(),
  until: null,
  plan: new URLSearchParams(location.search).get("plan") === "1",
};

// The view, as after # in the address. A frame in a notebook has no address of its own: it gets and sends its view by messages.
let exchanged = null;
const viewText = () => exchanged ?? location.hash.slice(1);

// A page inside of another takes colours and theme from its address; they stay there when the view changes.
const themeOf = () => {
  const given = new URLSearchParams(viewText());
  if (["light", "dark"].includes(given.get("theme"))) root.dataset.theme = given.get("theme");
  const valid = (name) => /^#[0-9a-f]{6}$/i.test(given.get(`css-${name}`) ?? "");
  for (const name of data.themed) if (valid(name)) root.style.setProperty(`--${name}`, given.get(`css-${name}`)); else root.style.removeProperty(`--${name}`);
  return [...given].filter(([key]) => key === "theme" || data.themed.some((name) => key === `css-${name}`));
};
let theme = [];
const readUrl = () => {
  const given = new URLSearchParams(viewText());
  if (data.themed) theme = themeOf();
  const among = (values, name, otherwise) => (values.includes(given.get(name)) ? values.indexOf(given.get(name)) : otherwise);
  state.lang = data.langs[among(data.langs, "lang", 0)];
  state.colour = among(colourings, "colour", data.colour);
  state.size = among(data.measures, "size", 0);
  const values = data.legends[state.colour]?.values ?? [];
  state.hiddenValues = new Set(given.getAll("off").flatMap((key) => values.filter((value) => value.key === key).map((value) => value.value)));
  state.hiddenRelations = new Set(given.getAll("hide").flatMap((key) => data.relations.flatMap((relation, i) => (relation.key === key ? [i] : []))));
  const at = given.get("at");
  state.selected = at === null ? (centre < 0 ? null : centre) : byKey(at);
  state.target = given.has("to") && state.selected !== null ? byKey(given.get("to")) : null;
  for (const key of ["names", "hulls"]) state[key] = given.get(key) === "1";
  const until = given.get("until") ?? "";
  state.until = days.length && /^\d{4}-\d\d-\d\d$/.test(until) && until < days.at(-1) ? until : null;
  const view = (given.get("view") ?? "").split(",").map(Number);
  state.view = view.length === viewParts && view.every(Number.isFinite) && view[2] > 0 ? { x: view[0], y: view[1], scale: view[2] } : null;
};
const remember = () => {
  const next = new URLSearchParams(theme);
  if (state.lang !== data.langs[0]) next.set("lang", state.lang);
  if (state.colour !== data.colour) next.set("colour", colourings[state.colour]);
  if (state.size) next.set("size", data.measures[state.size]);
  for (const value of data.legends[state.colour]?.values ?? []) if (state.hiddenValues.has(value.value)) next.append("off", value.key);
  for (const relation of state.hiddenRelations) next.append("hide", data.relations[relation].key);
  if (state.selected === null ? centre >= 0 : state.selected !== centre) next.set("at", state.selected === null ? "-" : keyOf(nodes[state.selected]));
  if (state.target !== null) next.set("to", keyOf(nodes[state.target]));
  for (const key of ["names", "hulls"]) if (state[key]) next.set(key, "1");
  if (state.until) next.set("until", state.until);
  for (const id of state.open) next.append("open", nodes[id].cats[0]);
  const { view } = state;
  if (view) next.set("view", [Math.round(view.x), Math.round(view.y), view.scale.toPrecision(3), ...(viewParts > 3 ? [1] : [])].join());
  const hash = next.toString().replaceAll("%2C", ",");
  if (exchanged !== null) {
    exchanged = hash;
    parent.postMessage({ kgView: hash, kgSelected: state.selected === null ? "" : keyOf(nodes[state.selected]) }, "*");
    return;
  }
  try { history.replaceState(null, "", hash ? "#" + hash : location.pathname + location.search); } catch { /* a sandboxed frame */ }
};

// ---- texts
const at = (texts, lang = state.lang) => texts[Math.min(data.langs.indexOf(lang), texts.length - 1)];
const say = (key) => (KG_TEXTS[state.lang.split("-")[0].toLowerCase()] || KG_TEXTS.en)[key];
const nameOf = (node) => at(node.names);
const labelOf = (node) => at(node.lines || node.names);
const wordOf = (relation, forward) => {
  const { names, inverse } = data.relations[relation];
  return forward ? at(names) : inverse ? at(inverse) : "← " + at(names);
};

// ---- visible nodes and lines
const shownRelations = (edge) => edge.relations.filter(([relation]) => !state.hiddenRelations.has(relation));
const weight = (edge) => edge.counts.reduce((sum, [relation, n]) => sum + (state.hiddenRelations.has(relation) ? 0 : n), 0);
// While no community is open, each is a card with its leading concepts.
const asCards = () => Boolean(data.leading) && state.open.size === 0;
const isCard = (node) => Boolean(node?.card) && asCards();
const inCard = (node) => Boolean(node.closed) && asCards();
const shownNode = (node) => (node.home === undefined ? !state.open.has(node.id) : inCard(node) || state.open.has(node.home)) && (state.plan || !node.plan || nodes[centre]?.plan) && node.level !== null && (state.until === null || dayOf(node) <= state.until) && !state.hiddenValues.has(node.cats[state.colour]);
const shownEdge = (edge) => (edge.counts ? weight(edge) > 0 : edge.relations.some(([relation]) => !state.hiddenRelations.has(relation)))
  && shownNode(nodes[edge.from]) && shownNode(nodes[edge.to]);
const other = (edge, id) => (edge.from === id ? edge.to : edge.from);

// The shortest path over visible lines; ties are decided in favour of typed relations.
const route = (from, to) => {
  const came = new Map([[from, null]]);
  const queue = [from];
  for (let i = 0; i < queue.length && !came.has(to); i += 1) {
    const here = queue[i];
    const ways = edgesOf[here].filter(shownEdge).sort((a, b) => (a.kind ?? 0) - (b.kind ?? 0) || a.id - b.id);
    for (const edge of ways) {
      const there = other(edge, here);
      if (!came.has(there)) { came.set(there, edge); queue.push(there); }
    }
  }
  if (!came.has(to)) return null;
  const steps = [];
  for (let here = to; here !== from;) { const edge = came.get(here); steps.unshift(edge); here = other(edge, here); }
  return steps;
};
// The highlighted nodes: the path to a second node, or the neighbours of the selected one; null if nothing is selected, or the centre
// of a map that shows more than its neighbours.
const focusOf = () => {
  if (state.selected === null || !shownNode(nodes[state.selected]) || (state.selected === centre && state.target === null && data.far)) return null;
  const inside = { nodes: new Set([state.selected]), edges: new Set(), steps: null };
  if (state.target !== null) {
    inside.steps = route(state.selected, state.target);
    inside.nodes.add(state.target);
    for (const edge of inside.steps ?? []) { inside.edges.add(edge.id); inside.nodes.add(edge.from).add(edge.to); }
    return inside;
  }
  for (const edge of edgesOf[state.selected]) if (shownEdge(edge)) { inside.edges.add(edge.id); inside.nodes.add(edge.from).add(edge.to); }
  return inside;
};

// ---- the link of a node
const languageOf = () => (state.lang === data.langs[0] ? "" : "." + state.lang);
const hashOf = () => (state.lang === data.langs[0] ? "" : "#lang=" + state.lang);
const onSite = Boolean(data.places.concept);
const pageOf = (node) => node.foreign || data.places.concept + encodeURIComponent(node.page) + languageOf() + ".html";
const mapOf = (page, steps = 1, lineage = Boolean(data.lineage), plan = state.plan) => data.places.map + "concept.html?c=" + encodeURIComponent(page)
  + (steps > 1 ? "&depth=" + steps : "") + (lineage ? "&layout=lineage" : "") + (plan ? "&plan=1" : "") + hashOf();
const clusterOf = (href) => data.places.map + href + hashOf();
const open = (node) => {
  if (!onSite) return;
  const address = node.href ? clusterOf(node.href) : pageOf(node);
  if (data.themed) window.open(address, "_blank", "noopener"); else location.href = address;
};
