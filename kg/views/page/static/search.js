// Full-text search with the pagefind index, which can only be read from a server, not from files on disk.
(() => {
  "use strict";
  const form = document.getElementById("kg-search");
  if (!form) return;
  const box = form.elements.q;
  const said = document.getElementById("kg-search-status");
  const list = document.getElementById("kg-search-results");
  const more = document.getElementById("kg-search-more");
  const text = JSON.parse(document.getElementById("kg-search-text").textContent);
  const plural = new Intl.PluralRules(document.documentElement.lang);
  const STEP = 10;
  let shown = 0;
  let results = [];
  let engine = null;
  let asked = 0;

  const element = (tag, attributes = {}, ...children) => {
    const made = Object.assign(document.createElement(tag), attributes);
    made.append(...children);
    return made;
  };

  // An excerpt contains <mark> around matches; everything else in it is text.
  const marked = (excerpt) => {
    const parsed = new DOMParser().parseFromString(excerpt, "text/html");
    const made = element("p", { className: "excerpt" });
    for (const node of parsed.body.childNodes) {
      made.append(node.nodeName === "MARK" ? element("mark", {}, node.textContent) : node.textContent);
    }
    return made;
  };

  // The index is made of shards; the first one has the program.
  const load = () => {
    engine ||= (async () => {
      const options = { baseUrl: new URL(".", document.baseURI).pathname, excerptLength: 28 };
      const [first, ...others] = text.shards.map((shard) => new URL(`pagefind/${shard}/`, document.baseURI));
      const found = await import(new URL("pagefind.js", first).href);
      await found.options(options);
      await found.init();
      await Promise.all(others.map((shard) => found.mergeIndex(shard.pathname, options)));
      return found;
    })();
    return engine;
  };

  const show = async () => {
    const turn = asked;
    const found = await Promise.all(results.slice(shown, shown + STEP).map((result) => result.data()));
    if (turn !== asked) return;
    for (const page of found) {
      const item = element("li", {}, element("h2", {}, element("a", { href: page.url }, page.meta.title || page.url)));
      if (page.meta.where) item.append(element("p", { className: "where" }, page.meta.where));
      item.append(marked(page.excerpt));
      const below = (page.sub_results || []).filter((sub) => sub.url !== page.url && sub.title).slice(0, 3);
      if (below.length) {
        item.append(element("ul", { className: "chips" }, ...below.map((sub) => element("li", {}, element("a", { href: sub.url }, sub.title)))));
      }
      list.append(item);
    }
    shown += found.length;
    more.hidden = shown >= results.length;
  };

  const search = async () => {
    const turn = (asked += 1);
    const wanted = box.value.trim();
    const address = new URL(location.href);
    if (wanted) address.searchParams.set("q", wanted);
    else address.searchParams.delete("q");
    history.replaceState(null, "", address);
    for (const a of document.querySelectorAll(".langs a")) a.search = address.search;
    if (!wanted) {
      said.textContent = "";
      list.replaceChildren();
      more.hidden = true;
      return;
    }
    let found;
    try {
      found = await (await load()).search(wanted);
    } catch {
      said.textContent = text.failed;
      return;
    }
    if (turn !== asked) return;
    results = found.results;
    shown = 0;
    list.replaceChildren();
    const counted = text.found[plural.select(results.length)] ?? text.found.other;
    said.textContent = counted.replace("{n}", results.length.toLocaleString("en"));
    await show();
  };

  more.addEventListener("click", async () => {
    const first = list.children.length;
    await show();
    list.children[first]?.querySelector("a").focus();
  });
  let due = 0;
  box.addEventListener("input", () => {
    clearTimeout(due);
    due = setTimeout(search, 150);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    search();
  });
  box.value = new URLSearchParams(location.search).get("q") || "";
  const names = document.getElementById("kg-search-names");
  if (location.protocol === "file:") {
    document.getElementById("kg-search-disk").hidden = false;
    form.hidden = true;
    if (box.value) names.href += `#q=${encodeURIComponent(box.value)}`;
    return;
  }
  if (box.value) search();
  else box.focus();
})();
