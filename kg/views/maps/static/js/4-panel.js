// ---- parts of the page; text from notes is inserted as text nodes, never as HTML
const make = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element[name] = value;
    else if (value !== false && value !== undefined) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
};
const swatch = (name, value) => { const item = make("span", { class: name, "aria-hidden": "true" }); item.style.color = value; return item; };

const number = (value) => (Number.isInteger(value) ? String(value) : value < 0.001 && value > 0 ? "< 0.001" : String(Number(value.toPrecision(3))));
// ---- the legend: colours, sizes and lines, each with what it shows and hides
const uses = data.relations.map(() => 0);
for (const edge of edges) {
  if (edge.counts) for (const [relation, n] of edge.counts) uses[relation] += n;
  else for (const [relation] of edge.relations) uses[relation] += 1;
}
const refresh = () => { panel(); paint(); remember(); };
const select = (id, label, options, chosen, take) => make("select", { id, "aria-label": say(label), onchange: (event) => {
  take(Number(event.target.value));
  legend(); refresh(); byId(id).focus();
} }, ...options.map(([text, i]) => make("option", { value: i, selected: i === chosen }, text)));
const row = (input, ...children) => make("li", {}, make("label", {}, input, ...children));
const check = (checked, act, more = {}) => make("input", { type: "checkbox", checked, onchange: (event) => act(event.target.checked), ...more });
const toggle = (set, values, on) => { for (const value of values) if (on) set.delete(value); else set.add(value); };
const section = (title, ...children) => make("section", {}, make("h2", {}, title), ...children);

const valuesOf = () => {
  const counts = new Map();
  for (const node of nodes) counts.set(node.cats[state.colour], (counts.get(node.cats[state.colour]) ?? 0) + 1);
  return (data.legends[state.colour]?.values ?? []).map((entry) => {
    const item = row(check(!state.hiddenValues.has(entry.value), (on) => { toggle(state.hiddenValues, [entry.value], on); refresh(); }),
      swatch("disc", css(entry.colour)), make("span", { class: "name" }, at(entry.names)), make("small", {}, data.bundled ? "" : counts.get(entry.value)));
    const here = entry.href && location.pathname.endsWith("/" + entry.href);
    if (onSite && entry.href && !here) item.append(make("a", { href: clusterOf(entry.href), title: say("open"), "aria-label": say("open") + " " + at(entry.names) }, say("map")));
    return item;
  });
};
const linesOf = (kind) => {
  const own = data.relations.flatMap((relation, i) => (relation.kind === kind ? [i] : [])).sort((a, b) => uses[b] - uses[a] || a - b);
  if (!own.length) return [];
  const item = (relation) => row(
    check(!state.hiddenRelations.has(relation), (on) => { toggle(state.hiddenRelations, [relation], on); legend(); refresh(); byId("line-" + relation)?.focus(); }, { id: "line-" + relation }),
    ...(data.bundled ? [] : [swatch("dash " + data.kinds[kind], css(inkOf(relation)))]),
    make("span", { class: "name" }, at(data.relations[relation].names)), make("small", {}, uses[relation]));
  if (own.length === 1) return [item(own[0])];
  const hidden = own.filter((relation) => state.hiddenRelations.has(relation)).length;
  const whole = check(hidden === 0, (on) => { toggle(state.hiddenRelations, own, on); legend(); refresh(); byId("kind-" + kind)?.focus(); }, { id: "kind-" + kind });
  whole.indeterminate = hidden > 0 && hidden < own.length;
  const group = row(whole, make("span", { class: "name group" }, say(data.kinds[kind])));
  group.append(make("ul", {}, ...own.map(item)));
  group.className = "nest";
  return [group];
};
// What the shade of a disc means: the ends and the middle of the scale, with the unit.
const scaleOf = () => {
  const measure = state.colour - data.legends.length;
  const scale = (own, among, key) => {
    const [low, high] = rangeOf(own, among);
    if (own.length < 2) return [];
    const [least, middle, most] = [low, low + (high - low) / 4, high].map(number);
    const bar = make("span", { class: "scale", "aria-hidden": "true" }, ...Array.from({ length: 24 }, (_, i) => swatch("shade", shadeAt(i / 23))));
    return [make("div", { class: "ramp" }, bar, ...(high > low ? [least, middle, most] : [least]).map((text) => make("span", { class: "tick" }, text))),
      make("p", { class: "unit" }, say("unit-" + key))];
  };
  if (measure < 0) return [];
  return [...scale(nodes.filter((node) => node.home === undefined), measure, data.measures[measure]), ...scale(nodes.filter((node) => node.home !== undefined), 0, data.sizes[0])];
};
// What the size of a disc means: from the least to the largest value, with its unit.
const unitOf = () => {
  const disc = (size) => { const item = swatch("disc", css("ink-2")); item.classList.add(size); return item; };
  const unit = (own, measure, key) => {
    const values = own.filter(shownNode).map((node) => node.m[measure]);
    if (values.length < 2) return [];
    const [low, high] = [Math.min(...values), Math.max(...values)].map(number);
    return [make("p", { class: "unit" }, disc("least"), ` ${low} – `, disc("most"), ` ${high} ${say("unit-" + key)}`)];
  };
  return [...unit(nodes.filter((node) => node.home === undefined), state.size, data.measures[state.size]), ...unit(nodes.filter((node) => node.home !== undefined), 0, data.sizes[0])];
};
const planOf = () => {
  const count = data.planned ?? nodes.filter((node) => node.plan).length;
  if (!count || (centre >= 0 && nodes[centre].plan)) return [];
  const show = (on) => {
    // The page for any concept chooses its concepts anew; other maps have them all.
    if (data.shards) { location.href = mapOf(data.focus, data.steps, Boolean(data.lineage), on); return; }
    state.plan = on;
    legend(); refresh(); byId("plan")?.focus();
  };
  return [section(say("plan-part"), make("ul", {}, row(check(state.plan, show, { id: "plan" }), make("span", { class: "name" }, say("plan-shown")), make("small", {}, count))))];
};
// Time: what was there on a day. The positions stay, so that what appears is what is new.
let playing = 0;
const timeOf = () => {
  if (days.length < 2) return [];
  const last = days.length - 1;
  const step = state.until === null ? last : Math.max(0, days.findLastIndex((day) => day <= state.until));
  const shown = () => `${state.until ?? days[last]} · ${nodes.filter(shownNode).length} / ${nodes.filter((node) => node.home === undefined || inCard(node) || state.open.has(node.home)).length}`;
  const output = make("output", { for: "time" }, shown());
  const slider = make("input", { id: "time", type: "range", min: 0, max: last, step: 1, value: step, "aria-label": say("time"), "aria-valuetext": shown(), oninput: () => { stop(); go(Number(slider.value)); } });
  const go = (i) => {
    state.until = i < last ? days[i] : null;
    slider.value = i;
    refresh();
    output.textContent = shown();
    slider.setAttribute("aria-valuetext", shown());
  };
  const stop = () => { clearInterval(playing); playing = 0; play.setAttribute("aria-pressed", "false"); };
  const play = make("button", { type: "button", id: "play", class: "tool", "aria-pressed": "false", onclick: () => {
    if (playing) { stop(); return; }
    play.setAttribute("aria-pressed", "true");
    if (Number(slider.value) === last) go(0);
    playing = setInterval(() => { if (Number(slider.value) < last && slider.isConnected) go(Number(slider.value) + 1); else stop(); }, 900);
  } }, say("time-play"));
  return [section(say("time"), make("p", { class: "time" }, slider, output, play), make("p", { class: "quiet" }, say("time-what")))];
};
const legend = () => {
  const box = byId("legend");
  const offered = data.legends.flatMap((entry, i) => (entry.values.length > 1 || i === state.colour ? [[say(entry.key), i]] : []));
  offered.push(...(nodes.length > 1 ? data.measures.map((key, i) => [say("size-" + key), data.legends.length + i]) : []));
  const isMeasure = state.colour >= data.legends.length;
  const kinds = data.kinds.flatMap((_, kind) => linesOf(kind));
  box.replaceChildren(
    ...(communities.length && communities.reduce((sum, node) => sum + node.count, 0) <= MOST_NODES ? [section(say("clusters-title"), make("button", { type: "button", id: "open-all", class: "tool",
      onclick: async () => { await setOpen(state.open.size ? [] : communities.map(({ id }) => id)); legend(); refresh(); fit(true); byId("open-all")?.focus(); } }, say(state.open.size ? "close-all" : "open-all")))] : []),
    section(say("colour"), ...(offered.length > 1 ? [select("colour", "colour", offered, state.colour, (i) => { state.colour = i; state.hiddenValues.clear(); })] : []),
      ...scaleOf(),
      make("ul", { id: "values" }, ...valuesOf()),
      ...(centre < 0 && !data.bundled && !isMeasure ? [make("ul", {}, row(check(state.hulls, (on) => { state.hulls = on; refresh(); }, { id: "hulls" }), make("span", { class: "name" }, say("hulls-shown"))))] : [])),
    section(say("size"), select("size", "size", data.measures.map((key, i) => [say("size-" + key), i]), state.size, (i) => { state.size = i; }), ...unitOf()),
    ...planOf(),
    ...timeOf(),
    ...(kinds.length ? [section(say("lines"), make("ul", { id: "lines" }, ...kinds),
      make("ul", {}, row(check(state.names, (on) => { state.names = on; refresh(); }, { id: "names" }), make("span", { class: "name" }, say("names-shown")))), make("p", { class: "quiet" }, say(data.bundled ? "bundle" : "upwards")))] : []),
  );
};

// ---- the panel: the selected node, its path to a second one, its neighbours
const related = (node) => edgesOf[node.id].filter(shownEdge).flatMap((edge) => {
  const there = nodes[other(edge, node.id)];
  if (edge.counts) return [[weight(edge) + " " + say("between"), there]];
  return shownRelations(edge).map(([relation, forward]) => [wordOf(relation, Boolean(forward) === (edge.from === node.id)), there]);
});
const leads = (node) => make("button", { type: "button", onclick: () => choose(node.id, true) }, nameOf(node));
const pathOf = (node) => {
  const clear = () => { state.target = null; refresh(); byId("path")?.focus(); };
  if (state.target === null) {
    const input = make("input", { id: "path", type: "text", role: "combobox", "aria-autocomplete": "list", "aria-controls": "path-found", "aria-expanded": "false",
      autocomplete: "off", spellcheck: "false", placeholder: say("path-to"), "aria-label": say("path-to") });
    const list = make("ul", { id: "path-found", role: "listbox", "aria-label": say("path-to"), hidden: true });
    combobox(input, list, (id) => { if (id !== node.id) towards(id); }, false);
    return [make("div", { class: "find" }, input, list)];
  }
  const end = nodes[state.target];
  const title = make("h3", { class: "path-title" }, `${nameOf(node)} → ${nameOf(end)}`, make("button", { type: "button", class: "clear", onclick: clear }, say("path-clear")));
  if (!focus?.steps) return [title, make("p", { class: "quiet" }, say("path-none"))];
  let here = node.id;
  const steps = focus.steps.map((edge) => {
    const there = other(edge, here);
    const word = edge.counts ? `${weight(edge)} ${say("between")}` : shownRelations(edge).map(([relation, forward]) => wordOf(relation, Boolean(forward) === (edge.from === here))).join(", ");
    here = there;
    return make("li", {}, make("span", {}, word), leads(nodes[there]));
  });
  return [title, make("ol", { id: "steps" }, ...steps)];
};
const panel = () => {
  const box = byId("panel");
  if (state.selected === null) { box.replaceChildren(); return; }
  focus = focusOf();
  const node = nodes[state.selected];
  const others = [...new Set([...node.names, ...(node.alt || [])])].filter((name) => name !== nameOf(node));
  const facts = node.home !== undefined || data.bundled ? [] : data.legends.flatMap((entry, i) => {
    const value = entry.values.find((known) => known.value === node.cats[i]);
    if (!value || value.value === -1) return [];
    const shown = onSite && value.href ? make("a", { href: clusterOf(value.href) }, at(value.names)) : at(value.names);
    return [make("dt", {}, say(entry.key)), make("dd", {}, shown)];
  });
  facts.push(...(node.home === undefined ? data.measures : data.sizes).flatMap((key, i) => (i === 0 && !node.count ? [] : [make("dt", {}, say("size-" + key)), make("dd", {}, number(node.m[i]))])));
  const acts = [];
  if (onSite && node.page) {
    acts.push(make("a", { href: pageOf(node) }, say("page")));
    if (!node.centre && !node.foreign) acts.push(make("a", { href: mapOf(node.page) }, say("ego")));
  } else if (openable(node)) acts.push(make("button", { type: "button", id: "open-here", class: "tool", onclick: () => toggleOpen(node.id) }, say(state.open.has(node.id) ? "close-here" : "open-here")));
  if (onSite && node.href) acts.push(make("a", { href: clusterOf(node.href) }, say("open")));
  const rows = related(node).map(([word, there]) => make("li", {}, make("span", {}, word), leads(there)));
  box.replaceChildren(
    make("h2", {}, nameOf(node)),
    make("button", { type: "button", class: "close", "aria-label": say("close"), title: say("close"), onclick: () => { choose(null); stage.focus(); } }, "×"),
    ...(others.length ? [make("p", { class: "other" }, others.join(" · "))] : []),
    ...(at(node.defs) ? [make("p", { class: "definition" }, at(node.defs))] : []),
    ...(acts.length ? [make("p", { class: "acts" }, ...acts)] : []),
    make("dl", {}, ...facts),
    ...(nodes.length > 1 ? pathOf(node) : []),
    ...(rows.length ? [make("h3", {}, say("related")), make("ul", { class: "related" }, ...rows)] : []),
  );
  box.parentElement.scrollTop = 0;
};
