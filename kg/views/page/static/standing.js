// Shows on a concept's page where the concept stands in the whole base: figures, breadcrumbs, reading order, suggestions.
// The page contains a link to a list or report in each of these places, which is shown without this script.
(() => {
  "use strict";
  const index = globalThis.KG_STANDING;
  const main = document.getElementById("kg-main");
  const { concept, shard } = main?.dataset ?? {};
  if (!index || !concept) return;
  const assets = new URL(".", document.currentScript.src);
  const plural = new Intl.PluralRules(document.documentElement.lang);
  const shown = (n) => n.toLocaleString("en");
  const say = (key, values = {}) => {
    const forms = index.texts[key];
    const text = ("n" in values && forms[plural.select(values.n)]) || forms.other;
    return text.replace(/\{(\w+)\}/g, (_, name) => shown(values[name]));
  };
  const element = (tag, attributes = {}, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) if (value) made.setAttribute(name, value);
    made.append(...children);
    return made;
  };
  const joined = (parts, separator) => parts.flatMap((part, i) => (i ? [separator, part] : [part]));

  const fill = (standing) => {
    const [labels, row] = [new Map(standing.labels), new Map(standing.rows).get(concept)];
    if (!row) return;
    const label = (key) => [labels.get(key)].flat()[0];
    const link = (key) => {
      // A concept from elsewhere has no page; its key is its IRI.
      if (key.includes(":")) return element("span", { class: "outside" }, label(key));
      return element("a", { href: key + index.pages, lang: [labels.get(key)].flat()[1] }, label(key));
    };
    const fact = (key, ...value) => element("div", {}, element("dt", {}, say(key)), element("dd", {}, ...value));
    const wide = (key, ...value) => {
      const made = fact(key, ...value);
      made.className = "wide";
      return made;
    };

    const figures = ["depth", "degree", "core"].filter((key) => key in row).map((key) => fact(key, shown(row[key])));
    if ("rank" in row) figures.push(fact("pagerank-rank", say("rank-of", { n: row.rank, all: index.ranked })));
    if ("community" in row) {
      const [name, map] = index.communities[row.community];
      figures.push(wide("community", element("a", { href: new URL(`../${map}`, assets).href }, name)));
    }
    document.getElementById("kg-standing")?.replaceWith(...figures);

    const crumbs = document.querySelector(".crumbs");
    if (crumbs && row.chains) {
      const [home, here] = [crumbs.querySelector("li"), crumbs.querySelector("li[aria-current]")];
      const steps = (chain) => chain.map((key) => element("li", {}, link(key)));
      crumbs.replaceChildren(
        ...row.chains.map((chain) => element("ol", {}, home.cloneNode(true), ...steps(chain), here.cloneNode(true))),
      );
    }

    if (row.siblings) {
      const [keys, rest] = row.siblings;
      const more = rest ? [" ", element("span", { class: "muted" }, say("more", { n: rest }))] : [];
      document.querySelector(".kin dl > div")?.after(wide("siblings", ...joined(keys.map(link), say("list-separator")), ...more));
    }

    const beside = (key, rel, word) => element("a", { rel, href: key + index.pages }, element("span", {}, word), " ", label(key));
    const both = [row.before ? beside(row.before, "prev", `← ${say("previous")}`) : element("span")];
    if (row.after) both.push(beside(row.after, "next", `${say("next")} →`));
    document.querySelector(".beside")?.replaceChildren(...both);

    const reason = ([kind, ...parts]) => {
      if (kind === "place") return [element("code", {}, parts[0])];
      if (kind === "terms") return [say("why-terms"), " ", parts.join(say("list-separator"))];
      return [say("why-concepts"), " ", ...joined(parts.map(link), say("list-separator"))];
    };
    const suggestion = ([target, lane, ...reasons]) => {
      const why = reasons.flatMap((given, i) => (i ? [say("why-separator"), ...reason(given)] : reason(given)));
      return element("li", {}, link(target), " ", element("span", { class: "stated" }, say(`lane-${lane}`), ...why));
    };
    const suggested = document.getElementById("kg-suggested");
    if (row.suggested) {
      suggested?.replaceChildren(
        element("h2", { id: "kg-suggested-title" }, say("suggested")),
        element("p", { class: "muted" }, say("suggested-lead")),
        element("ul", { class: "plain" }, ...row.suggested.map(suggestion)),
      );
      suggested?.setAttribute("aria-labelledby", "kg-suggested-title");
    } else suggested?.remove();
  };

  const number = parseInt(shard, 16) >> (4 * shard.length - index.bits);
  const name = number.toString(16).padStart(index.digits, "0");
  const rows = element("script", { src: new URL(`standing/${name}${index.ending}`, assets).href });
  rows.addEventListener("load", () => fill(globalThis.KG_STANDING_ROWS));
  document.head.append(rows);
})();
