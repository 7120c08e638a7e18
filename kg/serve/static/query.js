"use strict";
// The query page: a highlighting editor; runs queries and shows answers as table, graph or text. Answers are never HTML.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const byId = (id) => document.getElementById(id);
  const plural = new Intl.PluralRules(data.lang);
  const withValues = (text, values) => text.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
  const say = (key, values = {}) => withValues(data.texts[key].other, values);
  const count = (key, n, values) => withValues(data.texts[key][plural.select(n)] ?? data.texts[key].other, { n: amount.format(n), ...values });
  const amount = new Intl.NumberFormat(data.lang);
  const make = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name === "onclick") element.addEventListener("click", value);
      else if (value !== false && value !== undefined) element.setAttribute(name, value === true ? "" : value);
    }
    element.append(...children);
    return element;
  };

  // ---- the editor: a transparent text area over the same text in colours
  const input = byId("query");
  const paint = byId("paint");
  const WORDS = new Set(("add all as asc ask base bind bound by clear coalesce concat construct contains count datatype delete " +
    "desc describe distinct drop exists filter floor from graph group group_concat having if in insert iri isblank isiri " +
    "isliteral isnumeric lang langmatches lcase limit load max min minus named not now offset optional order prefix rand " +
    "reduced regex replace round sameterm sample select separator service silent str strafter strbefore strdt strends " +
    "strlang strlen strstarts substr sum true false ucase undef union uri using values where with year abs avg ceil day month a")
    .split(" "));
  const TOKENS = /(#[^\n]*)|("""[\s\S]*?"""|'''[\s\S]*?'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')|(<[^<>"{}|^`\\\s]*>)|([?$][\p{L}\p{N}_]+)|([\p{L}][\p{L}\p{N}_.-]*)?:(?:[\p{L}\p{N}_][\p{L}\p{N}_.-]*)?|(\d+(?:\.\d+)?)|([A-Za-z_]+)|([\s\S])/gu;
  let wrong = null; // [line, column] of an error, counted from 1

  const tokens = (text) => {
    const found = [];
    for (const m of text.matchAll(TOKENS)) {
      const [all, comment, string, iri, variable, , number, word] = m;
      const kind = comment ? "comment" : string ? "string" : iri ? "iri" : variable ? "var" : number ? "number"
        : word ? (WORDS.has(word.toLowerCase()) ? "word" : "") : all.includes(":") && all.length > 1 ? "name" : "";
      const last = found[found.length - 1];
      if (!kind && last && !last[0]) last[1] += all;
      else found.push([kind, all]);
    }
    return found;
  };
  const offsetOf = (text, [line, column]) => {
    const lines = text.split("\n");
    const before = lines.slice(0, line - 1).reduce((n, l) => n + l.length + 1, 0);
    // The service counts characters, a text area counts UTF-16 units.
    return before + [...(lines[line - 1] ?? "")].slice(0, column - 1).join("").length;
  };
  const highlight = () => {
    const text = input.value;
    // A parser reports the position after the word that it can't parse.
    const from = wrong ? text.slice(0, offsetOf(text, wrong) + 1).trimEnd().length - 1 : -1;
    const pieces = [];
    let at = 0;
    const push = (kind, piece, bad) => {
      const name = [kind && "t-" + kind, bad && "t-wrong"].filter(Boolean).join(" ");
      pieces.push(name ? make("span", { class: name }, piece) : piece);
    };
    for (const [kind, piece] of text.length > 100000 ? [["", text]] : tokens(text)) {
      if (from >= at && from < at + piece.length) {
        const first = kind ? "" : piece.slice(0, from - at);
        const rest = kind ? piece : piece.slice(from - at).match(/^\s*\S?/)[0];
        if (first) push(kind, first);
        push(kind, rest, true);
        if (first.length + rest.length < piece.length) push(kind, piece.slice(first.length + rest.length));
      } else push(kind, piece);
      at += piece.length;
    }
    paint.replaceChildren(...pieces, "\n");
    follow();
  };
  const follow = () => { paint.scrollTop = input.scrollTop; paint.scrollLeft = input.scrollLeft; };
  const grow = () => { input.rows = Math.min(Math.max(input.value.split("\n").length + 1, 8), 28); };
  const write = (text) => { input.value = text; wrong = null; grow(); highlight(); };
  input.addEventListener("input", () => { wrong = null; highlight(); });
  input.addEventListener("scroll", follow);

  // ---- terms
  const short = (iri) => {
    let best = null;
    for (const [name, start] of Object.entries(data.prefixes)) {
      if (name !== "kb" && iri.startsWith(start) && iri.length > start.length && (!best || start.length > best[1].length)) best = [name, start];
    }
    if (!best) return iri;
    const rest = iri.slice(best[1].length);
    try { return best[0] + ":" + decodeURI(rest); } catch { return best[0] + ":" + rest; }
  };
  const isConcept = (iri) => Boolean(data.base) && iri.startsWith(data.base + "concept/");
  const textOf = (term) => {
    if (!term) return "";
    if (term.type === "uri") return short(term.value);
    if (term.type === "bnode") return "_:" + term.value;
    if (term.type === "triple") return ["subject", "predicate", "object"].map((part) => textOf(term.value[part])).join(" ");
    return term.value;
  };
  const pageOf = (iri) => "/-/concept?lang=" + data.lang + "&iri=" + encodeURIComponent(iri);
  const isNumber = (term) => Boolean(term?.datatype && /#(integer|decimal|double|float|long|int)$/.test(term.datatype));
  const cell = (term) => {
    if (!term) return make("td");
    if (term.type === "uri") {
      const name = short(term.value);
      if (isConcept(term.value)) return make("td", {}, make("a", { href: pageOf(term.value), title: say("page") + " · " + term.value }, name));
      if (/^https?:/i.test(term.value)) return make("td", {}, make("a", { href: term.value, rel: "noopener noreferrer", title: term.value }, name));
      return make("td", {}, name);
    }
    const extra = term["xml:lang"] ? "@" + term["xml:lang"] : "";
    return make("td", { class: isNumber(term) ? "number" : undefined, lang: term["xml:lang"] }, textOf(term), ...(extra ? [make("small", {}, extra)] : []));
  };

  // ---- answers
  const unescape = (text) => text.replace(/\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))/gs, (_, four, eight, one) =>
    one ? ({ t: "\t", n: "\n", r: "\r", b: "\b", f: "\f" }[one] ?? one) : String.fromCodePoint(parseInt(four || eight, 16)));
  const TERM = /\s*(?:<([^>]*)>|_:([^\s]+)|"((?:[^"\\]|\\.)*)"(?:@([A-Za-z0-9-]+)|\^\^<([^>]*)>)?)/y;
  const statements = (text) => text.split("\n").filter(Boolean).map((line) => {
    const terms = [];
    TERM.lastIndex = 0;
    for (let m; terms.length < 3 && (m = TERM.exec(line));) {
      const [, iri, blank, literal, lang, datatype] = m;
      terms.push(iri !== undefined ? { type: "uri", value: unescape(iri) } : blank !== undefined ? { type: "bnode", value: blank }
        : { type: "literal", value: unescape(literal), "xml:lang": lang, datatype });
    }
    // RDF 1.2 terms are shown as written.
    while (terms.length < 3) terms.push({ type: "literal", value: line });
    return { subject: terms[0], predicate: terms[1], object: terms[2] };
  });

  let answer = null; // { kind, names, heads, rows, text, query }
  let view = "table";
  let running = null;
  const shown = byId("shown");
  const STEP = 500;
  const MOST_NODES = 300;

  // The rows that contain the words of the filter, in the order of a column.
  let order = null; // [name, ascending]
  const compare = new Intl.Collator(data.lang, { numeric: true }).compare;
  const rowsShown = () => {
    const words = byId("narrow").value.toLowerCase().split(/\s+/).filter(Boolean);
    const kept = words.length ? answer.rows.filter((row) => {
      const text = answer.names.map((name) => textOf(row[name])).join("\n").toLowerCase();
      return words.every((word) => text.includes(word));
    }) : [...answer.rows];
    if (!order) return kept;
    const [name, ascending] = order;
    const value = (row) => (isNumber(row[name]) ? Number(row[name].value) : textOf(row[name]));
    return kept.sort((x, y) => {
      const [a, b] = [value(x), value(y)];
      return (typeof a === "number" && typeof b === "number" ? a - b : compare(String(a), String(b))) * (ascending ? 1 : -1);
    });
  };
  const table = () => {
    const body = make("tbody");
    const more = make("button", { type: "button", class: "plain more-rows", onclick: () => fill() }, "");
    const rows = rowsShown();
    let done = 0;
    const fill = () => {
      const next = rows.slice(done, done + STEP);
      body.append(...next.map((row) => make("tr", {}, ...answer.names.map((name) => cell(row[name])))));
      done += next.length;
      more.hidden = done >= rows.length;
      more.textContent = say("more", { n: amount.format(Math.min(STEP, rows.length - done)) });
    };
    fill();
    const heading = (name, i) => {
      const sorted = order?.[0] === name ? (order[1] ? "ascending" : "descending") : "none";
      const sort = () => {
        order = [name, sorted !== "ascending"];
        show().then(() => shown.querySelectorAll("thead button")[i]?.focus());
      };
      return make("th", { scope: "col", "aria-sort": sorted, class: isNumber(answer.rows[0][name]) ? "number" : undefined },
        make("button", { type: "button", onclick: sort }, answer.heads[i]));
    };
    const head = make("thead", {}, make("tr", {}, ...answer.names.map(heading)));
    return scrolled("table", "wide", make("table", {}, head, body), more);
  };

  // A region that scrolls, with the name of its view: the section around it has that of the results.
  const scrolled = (name, kind, ...parts) => make("div", {
    class: kind, tabindex: "0", role: "region", "aria-label": document.querySelector(`[data-view="${name}"]`).textContent,
  }, ...parts);

  // Bars of the last column with numbers, named by the first column without; null where there is none.
  const BARS = 40;
  const chart = () => {
    const numeric = answer.names.filter((name) => answer.rows.some((row) => isNumber(row[name])));
    const named = answer.names.filter((name) => !numeric.includes(name));
    if (!numeric.length || !named.length) return null;
    const value = numeric[numeric.length - 1];
    const rows = rowsShown().filter((row) => isNumber(row[value]) && Number.isFinite(Number(row[value].value))).slice(0, BARS);
    const most = Math.max(...rows.map((row) => Math.abs(Number(row[value].value))), 0) || 1;
    const bar = (row) => {
      const filled = make("progress", { max: most, value: Math.abs(Number(row[value].value)), "aria-hidden": "true" });
      return make("tr", {}, make("th", { scope: "row" }, named.map((name) => textOf(row[name])).filter(Boolean).join(" · ")),
        make("td", {}, filled), make("td", { class: "number" }, amount.format(Number(row[value].value))));
    };
    return scrolled("chart", "wide bars", make("table", {}, make("tbody", {}, ...rows.map(bar))));
  };

  const edgesOf = () => {
    if (answer.kind === "graph") {
      return answer.rows.filter((row) => row.object.type !== "literal").map((row) => [row.subject, row.object, textOf(row.predicate)]);
    }
    // In each row, the first and the last resource are the ends of an edge; one between them is its label.
    return answer.rows.flatMap((row) => {
      const terms = answer.names.map((name) => row[name]).filter((term) => term && (term.type === "uri" || term.type === "bnode"));
      return terms.length < 2 ? [] : [[terms[0], terms[terms.length - 1], terms.length > 2 ? textOf(terms[1]) : ""]];
    });
  };
  let library = null;
  const vis = () => {
    library ??= new Promise((done, failed) => {
      const script = make("script", { src: "/-/vis-network.min.js" });
      script.addEventListener("load", () => done(window.vis));
      script.addEventListener("error", failed);
      document.head.append(script);
    });
    return library;
  };
  const labels = async (iris) => {
    const concepts = iris.filter(isConcept);
    if (!concepts.length) return {};
    const values = concepts.map((iri) => `<${iri}>`).join(" ");
    const query = `SELECT ?c ?l WHERE { VALUES ?c { ${values} } ?c skos:prefLabel ?l FILTER(LANGMATCHES(LANG(?l), "${data.lang}")) }`;
    try {
      const response = await ask(query, "application/sparql-results+json");
      const found = await response.json();
      return Object.fromEntries(found.results.bindings.map((b) => [b.c.value, b.l.value]));
    } catch { return {}; }
  };
  const graph = async () => {
    const mine = answer;
    const found = edgesOf();
    if (!found.length) return [make("p", { class: "empty" }, say("no-graph"))];
    const keyOf = (term) => term.type + " " + term.value;
    const nodes = new Map();
    const edges = new Map();
    let cut = false;
    for (const [from, to, name] of found) {
      const fresh = [from, to].filter((term) => !nodes.has(keyOf(term)));
      if (nodes.size + fresh.length > MOST_NODES) { cut = true; continue; }
      for (const term of fresh) nodes.set(keyOf(term), term);
      const key = keyOf(from) + "\n" + keyOf(to);
      edges.set(key, { from: keyOf(from), to: keyOf(to), names: new Set([...(edges.get(key)?.names ?? []), name].filter(Boolean)) });
    }
    const [{ Network, DataSet }, names] = await Promise.all([vis(), labels([...nodes.values()].filter((t) => t.type === "uri").map((t) => t.value))]);
    if (mine !== answer || view !== "graph") return null;
    const css = getComputedStyle(document.documentElement);
    const colour = (name) => css.getPropertyValue(name).trim();
    const box = make("div", { class: "graph", role: "img", "aria-label": say("graph-label", { n: nodes.size, m: edges.size }) });
    shown.replaceChildren(...(cut ? [make("p", { class: "cut" }, say("graph-cut", { n: MOST_NODES }))] : []), box);
    const face = getComputedStyle(document.body).fontFamily;
    const few = edges.size <= 60;
    const network = new Network(box, {
      nodes: new DataSet([...nodes].map(([id, term]) => ({
        id, label: names[term.value] ?? textOf(term), title: term.value, shape: "dot", size: isConcept(term.value) ? 9 : 6, scaling: { label: { drawThreshold: 3 } },
        color: isConcept(term.value) ? colour("--accent") : colour("--ink-2"), font: { color: colour("--ink"), face, size: 14 },
      }))),
      edges: new DataSet([...edges.values()].map((edge) => ({
        from: edge.from, to: edge.to, arrows: "to", title: [...edge.names].join(", "), label: few ? [...edge.names].join("\n") : undefined,
        color: { color: colour("--ink-2"), opacity: 0.55 }, font: { color: colour("--ink-2"), face, size: 11, strokeWidth: 3, strokeColor: colour("--surface") },
      }))),
    }, {
      autoResize: true,
      edges: { smooth: false, arrowStrikethrough: false },
      physics: { solver: "forceAtlas2Based", forceAtlas2Based: { springLength: 60, gravitationalConstant: -38 }, stabilization: { iterations: 250 } },
      layout: { randomSeed: 7, improvedLayout: nodes.size <= 100 },
      interaction: { hover: true, tooltipDelay: 150 },
    });
    network.once("stabilizationIterationsDone", () => network.setOptions({ physics: false }));
    network.on("doubleClick", ({ nodes: [id] }) => {
      const term = nodes.get(id);
      if (term && isConcept(term.value)) location.href = pageOf(term.value);
    });
    window.kgGraph = network;
    return null;
  };

  const show = async () => {
    for (const button of document.querySelectorAll("[data-view]")) button.setAttribute("aria-pressed", String(button.dataset.view === view));
    if (!answer) { shown.replaceChildren(); return; }
    if (answer.kind === "boolean") { shown.replaceChildren(make("p", { class: "big" }, say(answer.value ? "yes" : "no"))); return; }
    if (view === "text") { shown.replaceChildren(make("div", { class: "wide", tabindex: "0" }, make("pre", {}, await answer.text()))); return; }
    if (!answer.rows.length) { shown.replaceChildren(make("p", { class: "empty" }, say("none"))); return; }
    if (view === "table") { shown.replaceChildren(table()); return; }
    if (view === "chart") { shown.replaceChildren(chart() ?? make("p", { class: "empty" }, say("no-chart"))); return; }
    const other = await graph();
    if (other) shown.replaceChildren(...other);
  };

  // ---- running queries
  const ask = (query, accept, signal) => fetch("/sparql", {
    method: "POST", body: query, signal, headers: { "Content-Type": "application/sparql-query", Accept: accept, "Accept-Language": data.lang },
  });
  const fail = async (response) => {
    const box = byId("error");
    let said = { error: `${response.status} ${response.statusText}`, hint: "" };
    if ((response.headers.get("Content-Type") || "").includes("json")) said = await response.json();
    box.replaceChildren(make("p", {}, said.error), ...(said.hint ? [make("p", {}, said.hint)] : []));
    if (said.line) {
      wrong = [said.line, said.column];
      const go = () => { const at = offsetOf(input.value, [said.line, said.column]); input.focus(); input.setSelectionRange(at, at); };
      box.append(make("button", { type: "button", class: "plain", onclick: go }, say("goto", { line: said.line, column: said.column })));
      highlight();
    }
    box.hidden = false;
  };
  const busy = (on) => {
    byId("stop").hidden = !on;
    byId("form").setAttribute("aria-busy", String(on));
  };
  const stop = () => running?.abort();
  const run = async () => {
    stop();
    const mine = running = new AbortController();
    const query = input.value;
    answer = null;
    order = null;
    byId("narrow").value = "";
    wrong = null;
    highlight();
    shown.replaceChildren();
    byId("tools").hidden = true;
    byId("error").hidden = byId("cut").hidden = true;
    byId("status").textContent = say("running");
    busy(true);
    const address = new URL(location.href);
    address.searchParams.set("query", query);
    address.searchParams.set("lang", data.lang);
    // A long query would exceed the limit of a URL.
    if (address.href.length < 8000) history.replaceState(null, "", address);
    document.querySelectorAll("[data-lang]").forEach((link) => {
      const other = new URL(address);
      other.searchParams.set("lang", link.dataset.lang);
      if (other.href.length < 8000) link.href = other;
    });
    const started = performance.now();
    try {
      const response = await ask(query, "application/sparql-results+json, application/n-triples;q=0.9, application/json;q=0.1", mine.signal);
      if (!response.ok) { byId("status").textContent = ""; await fail(response); return; }
      const raw = await response.text();
      const seconds = ((performance.now() - started) / 1000).toFixed(2);
      const results = (response.headers.get("Content-Type") || "").includes("json");
      if (results) {
        const value = JSON.parse(raw);
        if ("boolean" in value) answer = { kind: "boolean", value: value.boolean, rows: [], query };
        else answer = { kind: "rows", names: value.head.vars, heads: value.head.vars.map((name) => "?" + name), rows: value.results.bindings, query };
      } else {
        const names = ["subject", "predicate", "object"];
        answer = { kind: "graph", names, heads: names.map((name) => say(name)), rows: statements(raw), query };
      }
      answer.text = async () => (await ask(query, results ? "text/tab-separated-values" : "text/turtle")).text();
      const n = answer.rows.length;
      byId("status").textContent = answer.kind === "boolean" ? "" : count(results ? "rows" : "triples", n, { seconds });
      if (response.headers.get("Kg-Truncated")) {
        byId("cut").textContent = say("truncated", { n: amount.format(n) });
        byId("cut").hidden = false;
      }
      byId("tools").hidden = answer.kind === "boolean";
      byId("download-json").hidden = answer.kind === "graph";
      byId("download").textContent = say(results ? "download-csv" : "download-turtle");
      await show();
      keep(query);
      // The result stands under the query, in view.
      const place = byId("results").getBoundingClientRect();
      if (place.top > innerHeight * 0.7) byId("results").scrollIntoView({ block: "center" });
    } catch (error) {
      if (mine === running) byId("status").textContent = error.name === "AbortError" ? say("stopped") : say("unreachable");
    } finally {
      if (mine === running) { running = null; busy(false); }
    }
  };
  const TYPES = { csv: "text/csv", ttl: "text/turtle", json: "application/sparql-results+json", jsonld: "application/ld+json" };
  const download = async (ending) => {
    const response = await ask(answer.query, TYPES[ending]);
    if (!response.ok) { await fail(response); return; }
    const blob = await response.blob();
    const link = make("a", { href: URL.createObjectURL(blob), download: `query.${ending}` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };

  // ---- what was asked before, and which examples are used: kept in this browser only
  const stored = (key, value) => {
    try {
      if (value !== undefined) localStorage.setItem(key, JSON.stringify(value));
      return JSON.parse(localStorage.getItem(key) ?? "null");
    } catch { return null; }
  };
  const PAST = 20;
  const past = () => {
    const queries = (stored("kg-queries") ?? []).filter((query) => typeof query === "string");
    byId("earlier").hidden = !queries.length;
    byId("past").replaceChildren(...queries.map((query) => make("li", {}, make("button", { type: "button", class: "example past", title: query,
      onclick: () => { write(query); run(); } }, query.replace(/^\s*(#.*|PREFIX\b.*)$/gim, "").trim().replace(/\s+/g, " ").slice(0, 90) || query.slice(0, 90)))));
  };
  const keep = (query) => {
    if (query.length > 5000) return;
    stored("kg-queries", [query, ...(stored("kg-queries") ?? []).filter((other) => other !== query)].slice(0, PAST));
    past();
  };
  byId("forget").addEventListener("click", () => { stored("kg-queries", []); past(); });
  past();
  const used = stored("kg-examples") ?? {};
  for (const list of document.querySelectorAll("#offers ul")) {
    const uses = (item) => used[item.querySelector("button").dataset.query] ?? 0;
    list.append(...[...list.children].sort((a, b) => uses(b) - uses(a)));
  }

  // ---- start
  byId("form").addEventListener("submit", (event) => { event.preventDefault(); run(); });
  byId("stop").addEventListener("click", () => { stop(); input.focus(); });
  byId("download").addEventListener("click", () => download(answer.kind === "graph" ? "ttl" : "csv"));
  byId("download-json").addEventListener("click", () => download("json"));
  byId("narrow").addEventListener("input", show);
  byId("share").addEventListener("click", async () => {
    try { await navigator.clipboard.writeText(location.href); } catch { return; }
    byId("share").textContent = say("copied");
    setTimeout(() => { byId("share").textContent = say("share"); }, 1500);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); run(); }
    if (event.key === "Escape" && running) { event.preventDefault(); stop(); }
  });
  for (const button of document.querySelectorAll(".example")) {
    if (!button.dataset.query) continue;
    button.addEventListener("click", () => {
      used[button.dataset.query] = (used[button.dataset.query] ?? 0) + 1;
      stored("kg-examples", used);
      write(button.dataset.query);
      run();
    });
  }
  for (const button of document.querySelectorAll("[data-view]")) {
    button.addEventListener("click", () => { view = button.dataset.view; show(); });
  }
  const redraw = () => { if (view === "graph") show(); };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  document.addEventListener("kg-theme", redraw);
  byId("here").textContent = location.origin + "/sparql";
  grow();
  highlight();
  if (new URL(location.href).searchParams.has("query")) run();
})();
