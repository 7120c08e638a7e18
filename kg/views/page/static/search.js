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

  // The index is made of shards, whose results are merged; the first one has the program.
  const load = () => {
    engine ||= (async () => {
      const [first, ...others] = text.shards.map((shard) => [
        new URL(`pagefind/${shard}/`, document.baseURI),
        { baseUrl: new URL(".", document.baseURI).pathname, excerptLength: 28, mergeFilter: { shard } },
      ]);
      const found = await import(new URL("pagefind.js", first[0]).href);
      await found.options(first[1]);
      await found.init();
      await Promise.all(others.map(([address, options]) => found.mergeIndex(address.pathname, options)));
      return found;
    })();
    return engine;
  };

  const plain = (words) => words.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
  const parts = (wanted) => {
    const { lang } = document.documentElement;
    if (!/^(zh|ja|th)/.test(lang) || !Intl.Segmenter) return wanted.split(/\s+/);
    return [...new Intl.Segmenter(lang, { granularity: "word" }).segment(wanted)].map((part) => part.segment);
  };
  // The beginning of a word that every form of it has: "policies" and "policy", "using" and "use".
  const beginning = (word) => {
    const stem = plain(word).replace(/(?<=..)(ing|ies|ied|ed|es|y|e)$/, "");
    return stem.slice(0, /\p{Script=Han}/u.test(stem) ? 2 : 3);
  };
  const fits = (page, wanted) => {
    const begin = parts(wanted).map(beginning).filter(Boolean);
    const marks = [...new DOMParser().parseFromString(page.excerpt, "text/html").querySelectorAll("mark")];
    const words = [...marks.map((mark) => mark.textContent), page.meta.title ?? ""].map(plain);
    return !marks.length || !begin.length || words.some((word) => begin.some((start) => word.includes(start)));
  };
  // A shard that lacks a word is searched for the longest beginning that it has, be it one letter. Such a shard is left out.
  const find = async (found, wanted) => {
    const all = await found.search(wanted);
    const shards = Object.entries(all.filters.shard ?? {}).flatMap(([shard, count]) => (count ? [shard] : []));
    const good = await Promise.all(
      shards.map(async (shard) => {
        const [best] = (await found.search(wanted, { filters: { shard } })).results;
        return !best || fits(await best.data(), wanted);
      }),
    );
    if (good.every(Boolean)) return all.results;
    const any = shards.filter((_, index) => good[index]);
    return any.length ? (await found.search(wanted, { filters: { shard: { any } } })).results : [];
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
      found = await find(await load(), wanted);
    } catch {
      said.textContent = text.failed;
      return;
    }
    if (turn !== asked) return;
    results = found;
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
