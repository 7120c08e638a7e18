// ---- search by any name in any language: on this map, and on the whole site if the map is part of one
const folded = (text) => text.normalize("NFKC").toLowerCase();
const searchableOf = (node) => [...new Set([...node.names, ...(node.alt || [])])].map(folded);
const searchable = nodes.map(searchableOf);
const rank = (names, wanted) => Math.min(9, ...names.map((name) => (name === wanted ? 0 : name.startsWith(wanted) ? 1 : name.includes(wanted) ? 2 : 9)));
const find = (query) => {
  const wanted = folded(query.trim());
  if (!wanted) return [];
  return nodes.map((_, i) => [rank(searchable[i], wanted), i]).filter(([value]) => value < 9)
    .sort((a, b) => a[0] - b[0] || a[1] - b[1]).slice(0, 30).map(([, i]) => i);
};
// A combobox with suggestions (WAI-ARIA pattern); `elsewhere` adds results on other maps.
const combobox = (input, list, take, elsewhere) => {
  let active = 0;
  let results = [];
  const close = () => { list.hidden = true; input.setAttribute("aria-expanded", "false"); input.removeAttribute("aria-activedescendant"); };
  const accept = (result) => { close(); result.go(); };
  const mark = () => [...list.querySelectorAll("[role=option]")].forEach((item, i) => {
    item.setAttribute("aria-selected", String(i === active));
    if (i === active) { input.setAttribute("aria-activedescendant", item.id); item.scrollIntoView({ block: "nearest" }); }
  });
  const offer = () => {
    active = 0;
    if (!input.value.trim()) { close(); return; }
    const here = find(input.value).map((id) => ({ names: nodes[id].names, go: () => { input.value = nameOf(nodes[id]); take(id); } }));
    results = [...here, ...(elsewhere ? farther(input.value) : [])];
    const item = ({ names, go }, i) => make("li", { id: `${list.id}-${i}`, role: "option", onmousedown: (event) => { event.preventDefault(); accept({ go }); } },
      make("span", {}, at(names)), make("small", {}, names.filter((name) => name !== at(names)).join(" · ")));
    const rows = results.map(item);
    if (results.length > here.length) rows.splice(here.length, 0, make("li", { role: "presentation", class: "quiet" }, say("elsewhere")));
    list.replaceChildren(...(rows.length ? rows : [make("li", { role: "presentation", class: "quiet" }, say("none"))]));
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    mark();
  };
  input.addEventListener("input", offer);
  input.addEventListener("focus", () => { input.select(); if (elsewhere) fetchNames(offer); });
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!results.length) return;
      active = (active + (event.key === "ArrowDown" ? 1 : results.length - 1)) % results.length;
      mark();
    } else if (event.key === "Enter" && !list.hidden && results.length) { event.preventDefault(); accept(results[Math.min(active, results.length - 1)]); }
    else if (event.key === "Escape") { event.stopPropagation(); close(); input.value = ""; }
  });
};
// The names of all concepts of the site are a separate file, loaded when the field is first focused.
let names = null;
const fetchNames = (then) => {
  const header = document.querySelector("form.find[data-titles]");
  if (names !== null || !header) return;
  names = [];
  globalThis.kgFind.loadTitles(header.dataset.titles).then(({ entries }) => {
    const here = new Set(nodes.map((node) => node.page));
    names = entries.filter(({ path }) => !here.has(path) && !path.startsWith("/")).map(({ path, labels, names: own }) => ({ page: path, own: labels, folded: own }));
    if (document.activeElement?.id === "search") then();
  });
};
const farther = (query) => {
  const wanted = folded(query.trim());
  return (names ?? []).map((entry, i) => [rank(entry.folded, wanted), i]).filter(([value]) => value < 9)
    .sort((a, b) => a[0] - b[0] || a[1] - b[1]).slice(0, 20)
    .map(([, i]) => ({ names: names[i].own, go: () => { location.href = mapOf(names[i].page); } }));
};
