// Search for names and in texts. A served page asks pagefind's index. A page that is opened from disk can't read it, and loads
// the texts as scripts instead.
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
    // Where nothing is marked, the text tells whether the word is there at all.
    const words = [...(marks.length ? marks.map((mark) => mark.textContent) : [page.content ?? ""]), page.meta.title ?? ""].map(plain);
    return !begin.length || words.some((word) => begin.some((start) => word.includes(start)));
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

  // ---- from disk: all texts, loaded when they are first needed
  const scripted = (src) => new Promise((resolve) => {
    const script = element("script", { src });
    script.addEventListener("load", resolve);
    script.addEventListener("error", resolve);
    document.head.append(script);
  });
  let texts = null;
  const loadTexts = () => {
    texts ||= (async () => {
      const rows = [];
      globalThis.kgText = (more) => rows.push(...more.map(([path, words]) => ({ path, words, folded: words.toLowerCase() })));
      await Promise.all(text.texts.map(scripted));
      return rows;
    })();
    return texts;
  };
  const isChinese = (word) => /\p{Script=Han}/u.test(word);
  const escaped = (words) => words.replace(/[&<>]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[sign]);
  const excerptOf = ({ words, folded }, wanted) => {
    const places = wanted.map((word) => folded.indexOf(word)).filter((at) => at >= 0);
    const from = Math.max(0, Math.min(...places, words.length) - 60);
    const cut = words.slice(from, from + 240);
    const pattern = new RegExp(wanted.map((word) => word.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&")).join("|"), "giu");
    let [made, at] = ["", 0];
    for (const match of cut.matchAll(pattern)) {
      made += `${escaped(cut.slice(at, match.index))}<mark>${escaped(match[0])}</mark>`;
      at = match.index + match[0].length;
    }
    return `${from ? "…" : ""}${made}${escaped(cut.slice(at))}${from + 240 < words.length ? "…" : ""}`;
  };
  const count = (folded, word) => {
    let [n, at] = [0, folded.indexOf(word)];
    for (; at >= 0 && n < 20; at = folded.indexOf(word, at + word.length)) n += 1;
    return n;
  };
  const findTexts = async (wanted) => {
    const [rows, names] = await Promise.all([loadTexts(), titles()]);
    const labels = new Map(names.entries.map((entry) => [entry.path, entry]));
    const whole = wanted.toLowerCase().split(/\s+/).filter(Boolean);
    // Without a match, other forms of the words are tried, and the pairs of characters of a Chinese word.
    const looser = whole.flatMap((word) => (isChinese(word) && word.length > 2 ? [...word].slice(1).map((char, i) => word[i] + char) : [beginning(word).length > 2 ? word.replace(/(?<=..)(ing|ies|ied|ed|es|y|e|s)$/, "") : word]));
    for (const [words, share] of [[whole, 1], [looser, 0.6]]) {
      const scored = rows.flatMap((row) => {
        const counts = words.map((word) => count(row.folded, word));
        const named = labels.get(row.path)?.names.some((name) => words.every((word) => name.includes(word))) ?? false;
        if (counts.filter(Boolean).length < share * words.length && !named) return [];
        const score = counts.reduce((sum, n) => sum + Math.log2(1 + n), 0) / Math.log2(64 + row.words.length / 16) + (named ? 2 : 0);
        return [{ row, score, words }];
      });
      if (scored.length) {
        scored.sort((a, b) => b.score - a.score || (a.row.path < b.row.path ? -1 : 1));
        return scored.map(({ row, words: marks }) => ({ data: async () => ({
          url: addressOf(row.path), meta: { title: labelOf(labels.get(row.path), names) ?? row.path }, excerpt: excerptOf(row, marks),
        }) }));
      }
    }
    return [];
  };

  // ---- names: those of the header's search
  const header = document.querySelector("form.find[data-titles]");
  const titles = () => globalThis.kgFind.loadTitles(header.dataset.titles);
  const ending = location.pathname.replace(/^.*search/, "");
  const addressOf = (path) => (path.startsWith("/") ? `notes${path}` : `concepts/${path}`) + ending;
  const labelOf = (entry, names) => entry && (entry.labels[Math.max(0, names.langs.indexOf(document.documentElement.lang))] ?? entry.labels[0]);
  const named = document.getElementById("kg-search-named");
  const showNames = async (wanted) => {
    const turn = asked;
    const names = await titles();
    if (turn !== asked) return;
    const rows = wanted ? globalThis.kgFind.rank(names, wanted, 6) : [];
    named.hidden = !rows.length;
    named.querySelector("ul").replaceChildren(...rows.map((entry) => {
      const label = labelOf(entry, names);
      const others = [...entry.labels, ...entry.more].filter((name) => name !== label).slice(0, 3);
      return element("li", {}, element("a", { href: addressOf(entry.path) }, label), " ", element("span", { className: "alt" }, others.join(" · ")));
    }));
  };

  // ---- before a query, and where nothing fits: where to begin
  const begin = (show) => {
    document.getElementById("kg-search-start").hidden = !show;
  };

  const findAny = async (wanted) => {
    if (location.protocol !== "file:" && text.shards.length) {
      try {
        return await find(await load(), wanted);
      } catch {
        // A server that doesn't serve the index: the texts are there too.
      }
    }
    return findTexts(wanted);
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

  const nothing = () => {
    said.textContent = text.none;
    begin(true);
  };
  const search = async () => {
    const turn = (asked += 1);
    const wanted = box.value.trim();
    const address = new URL(location.href);
    if (wanted) address.searchParams.set("q", wanted);
    else address.searchParams.delete("q");
    history.replaceState(null, "", address);
    for (const a of document.querySelectorAll(".langs a")) a.search = address.search;
    const naming = showNames(wanted);
    document.getElementById("kg-search-help").hidden = Boolean(wanted);
    begin(!wanted);
    if (!wanted || !(text.shards.length || text.texts.length)) {
      said.textContent = "";
      list.replaceChildren();
      more.hidden = true;
      await naming;
      if (wanted && turn === asked && named.hidden) nothing();
      return;
    }
    let found;
    try {
      found = await findAny(wanted);
    } catch {
      said.textContent = text.failed;
      return;
    }
    await naming;
    if (turn !== asked) return;
    results = found;
    shown = 0;
    list.replaceChildren();
    const counted = text.found[plural.select(results.length)] ?? text.found.other;
    // Names that fit are results too.
    said.textContent = results.length ? counted.replace("{n}", results.length.toLocaleString("en")) : "";
    if (!results.length && named.hidden) nothing();
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
  search();
  if (!box.value) box.focus();
})();
