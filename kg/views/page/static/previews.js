// Shows what a link leads to, while the pointer rests on it or it has the focus: definition and first relations of the concept.
// The data is in a few scripts, by a hash of the concept, each loaded once.
(() => {
  "use strict";
  const { files, endings } = globalThis.KG_PREVIEWS;
  const ending = endings[document.documentElement.lang];
  if (!ending || matchMedia("(hover: none)").matches) return;
  const assets = new URL(".", document.currentScript.src);
  const rows = new Map();
  const loading = new Map();
  globalThis.kgPreviews = (more) => { for (const [page, ...row] of more) rows.set(page, row); };

  const element = (tag, attributes = {}, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) if (value) made.setAttribute(name, value);
    made.append(...children);
    return made;
  };
  // The file of a concept, as `shard_of` computes it: FNV-1a, 32 bits, folded.
  const fileOf = (page) => {
    let value = 0x811c9dc5;
    for (const byte of new TextEncoder().encode(page)) value = Math.imul(value ^ byte, 0x01000193) >>> 0;
    return (((value ^ (value >>> 16)) >>> 0) % files).toString(16) + ending.replace(/html$/, "js");
  };
  const load = (page) => {
    const file = fileOf(page);
    if (!loading.has(file)) {
      loading.set(file, new Promise((resolve) => {
        const script = element("script", { src: new URL(`previews/${file}`, assets).href });
        script.addEventListener("load", resolve);
        script.addEventListener("error", resolve);
        document.head.append(script);
      }));
    }
    return loading.get(file).then(() => rows.get(page));
  };
  // The name of the concept's page that an address leads to; null for other addresses, and for places on this page.
  const pageOf = (link) => {
    const address = new URL(link.href.baseVal ?? link.href, document.baseURI);
    const folder = new URL("../concepts/", assets);
    if (!address.href.startsWith(folder.href) || !address.pathname.endsWith(ending) || address.pathname === location.pathname) return null;
    const name = decodeURIComponent(address.pathname.slice(folder.pathname.length, -ending.length));
    return name.includes("/") ? null : name;
  };

  const box = element("div", { id: "kg-preview", role: "tooltip" });
  box.hidden = true;
  let shown = null;
  let due = 0;
  const hide = () => {
    clearTimeout(due);
    shown?.removeAttribute("aria-describedby");
    shown = null;
    box.hidden = true;
  };
  const place = (link) => {
    const at = link.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = box;
    const below = at.bottom + 8 + height < innerHeight || at.top < height + 16;
    box.style.left = `${Math.max(8, Math.min(at.left, document.documentElement.clientWidth - width - 8)) + scrollX}px`;
    box.style.top = `${(below ? at.bottom + 8 : at.top - height - 8) + scrollY}px`;
  };
  // The first relations as branches: a line for each neighbour, in one colour for each relation.
  const ROW = 24;
  const picture = (groups) => {
    const rows = groups.flatMap(([word, names, more], group) => names.map((name, i) => [group, i ? "" : word, name, i === names.length - 1 && more ? ` +${more}` : ""]));
    const high = rows.length * ROW;
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    for (const [name, value] of [["viewBox", `0 0 36 ${high}`], ["width", 36], ["height", high], ["aria-hidden", "true"]]) svg.setAttribute(name, value);
    const draw = (tag, attributes) => {
      const part = document.createElementNS("http://www.w3.org/2000/svg", tag);
      for (const [name, value] of Object.entries(attributes)) part.setAttribute(name, value);
      svg.append(part);
    };
    rows.forEach(([group], i) => {
      const y = (i + .5) * ROW;
      draw("path", { class: `c${group}`, d: `M5 ${high / 2}C20 ${high / 2} 14 ${y} 30 ${y}` });
      draw("circle", { class: `c${group}`, cx: 31, cy: y, r: 3 });
    });
    draw("circle", { class: "own", cx: 5, cy: high / 2, r: 4.5 });
    const list = element("ul", {}, ...rows.map(([, word, name, more]) => element("li", {}, element("span", { class: "word" }, word), element("span", {}, name, more))));
    return element("div", { class: "branches" }, svg, list);
  };
  const show = async (link) => {
    const page = pageOf(link);
    const row = page && await load(page);
    if (!row || shown !== link) return;
    const [label, kind, definition, lang, groups] = row;
    box.replaceChildren(
      element("p", { class: "name" }, label, ...(kind ? [" ", element("small", {}, kind)] : [])),
      ...(definition ? [element("p", { lang }, definition)] : []),
      ...(groups.length ? [picture(groups)] : []),
    );
    document.body.append(box);
    box.hidden = false;
    place(link);
    link.setAttribute("aria-describedby", "kg-preview");
  };
  const begin = (event, wait) => {
    const link = event.target.closest?.("main a[href]");
    if (!link || link === shown) return;
    hide();
    if (!pageOf(link)) return;
    shown = link;
    due = setTimeout(() => show(link), wait);
  };
  document.addEventListener("pointerover", (event) => {
    if (event.target.closest?.("main a[href]")) begin(event, 250);
    else if (shown && !box.contains(event.target)) hide();
  });
  document.addEventListener("focusin", (event) => { if (event.target.matches?.(":focus-visible")) begin(event, 400); });
  document.addEventListener("focusout", hide);
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
  addEventListener("scroll", hide, { passive: true });
})();
