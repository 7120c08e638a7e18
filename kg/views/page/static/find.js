// Search in the header of every page: names of concepts and notes while the reader types, by any name, pinyin, with typing errors.
// The names are a script that is loaded when the field is first used, so that it works from disk too. Enter leads to the text search.
(() => {
  "use strict";
  const LIMIT = 8;
  const fold = (text) => {
    const plain = /^[\x20-\x7e]*$/.test(text) ? text : text.normalize("NFKD").replace(/\p{M}/gu, "");
    return plain.toLowerCase().replace(/\s+/g, " ").trim();
  };
  const isChinese = (text) => /\p{Script=Han}/u.test(text);
  const wordsOf = (text) => text.split(/[^\p{L}\p{N}]+/u).filter(Boolean);
  // Number of typing errors that are forgiven.
  const tolerance = (word) => (isChinese(word) ? [3, 6] : [4, 7]).filter((length) => word.length >= length).length;

  // The least number of edits (also two letters exchanged) from a word to the beginning of another; Infinity above the limit.
  const distance = (word, other, limit) => {
    const width = Math.min(other.length, word.length + limit);
    if (width < word.length - limit) return Infinity;
    let above = null;
    let last = Array.from({ length: width + 1 }, (_, j) => j);
    for (let i = 1; i <= word.length; i += 1) {
      const row = [i];
      for (let j = 1; j <= width; j += 1) {
        row[j] = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (word[i - 1] === other[j - 1] ? 0 : 1));
        if (i > 1 && j > 1 && word[i - 1] === other[j - 2] && word[i - 2] === other[j - 1]) row[j] = Math.min(row[j], above[j - 2] + 1);
      }
      if (Math.min(...row) > limit) return Infinity;
      [above, last] = [last, row];
    }
    const least = Math.min(...last.slice(1));
    return least > limit ? Infinity : least + (last[width] === least && width === other.length ? 0 : 0.2);
  };

  // Rows of the file of names: path, labels by language, other names, pinyin (whole and initials), and importance from 0 to 31.
  const index = (rows) => {
    const entries = rows.map(([path, labels, more, pinyin, weight]) => {
      const names = [...new Set([...labels, ...more].map(fold))];
      return { path, labels, more, names, whole: names.join("\n"), own: labels.length, pinyin, weight };
    });
    // The important ones come first, so that equal matches keep this order.
    entries.sort((a, b) => b.weight - a.weight || a.labels[0].length - b.labels[0].length || (a.path < b.path ? -1 : 1));
    return { entries, vocabulary: null };
  };
  // Word → the entries that have it, made when it is first needed; and for each word, which letters it has.
  const lettersOf = (word) => { let bits = 0; for (let i = 0; i < word.length; i += 1) bits |= 1 << (word.charCodeAt(i) & 31); return bits; };
  const vocabularyOf = (names) => {
    if (names.vocabulary) return names.vocabulary;
    const places = new Map();
    names.entries.forEach((entry, i) => {
      for (const word of new Set(wordsOf(entry.whole))) {
        if (places.has(word)) places.get(word).push(i);
        else places.set(word, [i]);
      }
    });
    names.vocabulary = [...places].map(([word, entries]) => ({ word, entries, letters: lettersOf(word) }));
    return names.vocabulary;
  };
  // How well a name fits: 0 the same, 1 its beginning, 2 the beginning of a word, 3 a part; 9 not at all.
  const fit = (name, wanted) => {
    const at = name.indexOf(wanted);
    if (at < 0) return 9;
    if (at === 0) return name.length === wanted.length ? 0 : 1;
    return /[\p{L}\p{N}]/u.test(name[at - 1]) && !isChinese(wanted) ? 3 : 2;
  };
  const bitsIn = (bits) => { let n = 0; for (let left = bits; left; left &= left - 1) n += 1; return n; };
  // Entry → cost, of those that have a word which begins like this one, or nearly so where errors are forgiven.
  const near = (names, word, limit) => {
    const costs = new Map();
    const letters = lettersOf(word);
    for (const { word: other, entries, letters: its } of vocabularyOf(names)) {
      const cost = other.startsWith(word) ? 0 : other.includes(word) && word.length > 1 ? 0.4
        : limit && bitsIn(letters & ~its) <= limit ? distance(word, other, limit) : Infinity;
      if (cost < Infinity) for (const i of entries) if (cost < (costs.get(i) ?? Infinity)) costs.set(i, cost);
    }
    return costs;
  };
  // Entry → cost, of those that have all words in any order.
  const together = (names, words, forgives) => {
    const parts = words.map((word) => near(names, word, forgives ? tolerance(word) : 0)).sort((a, b) => a.size - b.size);
    const [first, ...others] = parts;
    return [...(first ?? [])].flatMap(([i, cost]) => (others.every((costs) => costs.has(i)) ? [[i, others.reduce((sum, costs) => sum + costs.get(i), cost)]] : []));
  };
  // The entries that fit best. Errors are forgiven only where nothing fits as it is written.
  const rank = (names, query, most) => {
    const wanted = fold(query);
    if (!wanted) return [];
    const close = wanted.replace(/[\s']/g, "");
    const scores = new Map();
    const offer = (i, score) => { if (score < (scores.get(i) ?? 9)) scores.set(i, score); };
    const readable = /^[a-z]+$/.test(close);
    names.entries.forEach((entry, i) => {
      if (entry.whole.includes(wanted)) entry.names.forEach((name, k) => offer(i, fit(name, wanted) + (k < entry.own ? 0 : 0.5)));
      if (!readable) return;
      for (const reading of entry.pinyin) {
        if (reading === close) offer(i, 1.2);
        else if (reading.startsWith(close)) offer(i, 1.4);
        else if (close.length > 3 && reading.includes(close)) offer(i, 3.4);
      }
    });
    const words = wordsOf(wanted);
    if (words.length > 1) for (const [i, cost] of together(names, words, false)) offer(i, 4 + cost);
    if (!scores.size) for (const [i, cost] of together(names, words, true)) offer(i, 5 + cost);
    return [...scores].sort(([a, s], [b, r]) => s - r || a - b).slice(0, most).map(([i]) => names.entries[i]);
  };

  let loading = null;
  const loadTitles = (src) => {
    loading ||= new Promise((resolve) => {
      globalThis.kgTitles = (langs, rows) => { globalThis.kgNames = { langs, ...index(rows) }; };
      const element = document.createElement("script");
      const done = () => resolve(globalThis.kgNames ?? { langs: [], ...index([]) });
      Object.assign(element, { src, onload: done, onerror: done });
      document.head.append(element);
    });
    return loading;
  };
  globalThis.kgFind = { loadTitles, rank, fold };

  const element = (tag, attributes = {}, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  };

  const offerIn = (form, number) => {
    const box = form.elements.q;
    const id = number ? `kg-found-${number}-` : "kg-found";
    const list = element("div", { id, class: "found", role: "listbox", hidden: "" });
    form.append(list);
    const attributes = { role: "combobox", "aria-controls": id, "aria-expanded": "false", "aria-autocomplete": "list" };
    for (const [name, value] of Object.entries(attributes)) box.setAttribute(name, value);
    const site = new URL("..", new URL(form.dataset.titles, document.baseURI));
    const ending = () => /search((?:\.[\w-]+)?\.html)$/.exec(new URL(form.action).pathname)?.[1] ?? ".html";
    let active = -1;

    const items = () => [...list.querySelectorAll("[role=option]")];
    const mark = () => {
      items().forEach((item, i) => item.setAttribute("aria-selected", String(i === active)));
      const chosen = items()[active];
      if (chosen) {
        box.setAttribute("aria-activedescendant", chosen.id);
        chosen.scrollIntoView({ block: "nearest" });
      } else box.removeAttribute("aria-activedescendant");
    };
    const close = () => {
      list.hidden = true;
      active = -1;
      box.setAttribute("aria-expanded", "false");
      box.removeAttribute("aria-activedescendant");
    };
    const textSearch = () => {
      const address = new URL(form.action);
      address.searchParams.set("q", box.value.trim());
      return address.href;
    };
    const offer = async () => {
      const query = box.value.trim();
      if (!query) { close(); return; }
      const names = await loadTitles(form.dataset.titles);
      if (query !== box.value.trim() || document.activeElement !== box) return;
      const text = globalThis.KG_FRAME[document.documentElement.lang] ?? Object.values(globalThis.KG_FRAME)[0];
      const lang = Math.max(0, names.langs.indexOf(document.documentElement.lang));
      const rows = rank(names, query, LIMIT).map(({ path, labels, more }, i) => {
        const label = labels[lang] ?? labels[0];
        const wanted = fold(query);
        const other = [...labels, ...more].find((name) => name !== label && fold(name).includes(wanted)) ?? labels.find((name) => name !== label);
        const href = new URL((path.startsWith("/") ? `notes${path}` : `concepts/${path}`) + ending(), site).href;
        return element("a", { role: "option", id: `${id}-${i}`, href, tabindex: "-1", "aria-selected": "false" },
          element("span", {}, label), ...(other ? [" ", element("small", {}, other)] : []));
      });
      const whole = element("a", { role: "option", id: `${id}-text`, class: "whole", href: textSearch(), tabindex: "-1", "aria-selected": "false" },
        text["find-text"].replace("{q}", () => query));
      const none = rows.length ? [] : [element("p", { class: "muted", role: "presentation" }, text["find-none"])];
      list.setAttribute("aria-label", text["find-matches"]);
      list.replaceChildren(...rows, ...none, whole);
      list.hidden = false;
      active = -1;
      box.setAttribute("aria-expanded", "true");
      mark();
    };
    box.addEventListener("focus", () => { loadTitles(form.dataset.titles); offer(); });
    box.addEventListener("input", offer);
    form.addEventListener("focusout", (event) => { if (!form.contains(event.relatedTarget)) close(); });
    // A click takes the focus only after the link has been followed.
    list.addEventListener("mousedown", (event) => event.preventDefault());
    box.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        if (list.hidden) return;
        event.preventDefault();
        const count = items().length;
        active = event.key === "ArrowDown" ? (active + 1) % count : (active <= 0 ? count : active) - 1;
        mark();
      } else if (event.key === "Escape") {
        if (!list.hidden) event.preventDefault();
        close();
      }
    });
    form.addEventListener("submit", (event) => {
      const chosen = list.hidden ? null : items()[active];
      const own = document.getElementById("kg-search");
      if (chosen) {
        event.preventDefault();
        location.href = chosen.href;
      } else if (own) {
        // On the page of the search, the query goes to its own field.
        event.preventDefault();
        own.elements.q.value = box.value;
        close();
        own.requestSubmit();
      } else if (!box.value.trim()) event.preventDefault();
    });
  };

  const start = () => {
    const forms = [...document.querySelectorAll("form.find[data-titles]")];
    forms.forEach(offerIn);
    document.addEventListener("keydown", (event) => {
      if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
      const box = (forms.find((form) => form.offsetParent) ?? forms[0])?.elements.q;
      if (!box) return;
      event.preventDefault();
      box.focus();
      box.select();
    });
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
