// Computes a learning path from known concepts to a target, with the algorithm of `kg path` (kg/network/learning.py).
(() => {
  "use strict";
  const data = globalThis.KG_LEARN;
  const form = document.getElementById("kg-learn");
  if (!data || !form) return;
  const lang = Math.max(0, data.langs.indexOf(document.documentElement.lang));
  const suffix = lang === 0 ? ".html" : `.${data.langs[lang]}.html`;
  const { concepts, relations, ties } = data;
  const [NEEDED, TIED] = [0, 3];
  const text = JSON.parse(document.getElementById("kg-learn-text").textContent);
  const fold = (value) => value.normalize("NFKC").toLowerCase().replace(/\s+/g, " ").trim();
  const label = (i) => concepts[i].labels[lang];
  const names = concepts.map((c) => [c.id, ...c.labels, ...c.also].map(fold));
  const byId = new Map(concepts.map((c, i) => [c.id, i]));

  const around = concepts.map(() => []);
  const needs = concepts.map(() => []);
  ties.forEach(([first, then, tier], t) => {
    if (tier === NEEDED) needs[then].push(first);
    around[first].push([data.costs[tier], then, t]);
    around[then].push([tier === TIED ? data.costs[tier] : data.back, first, t]);
  });

  const required = (concept, known) => {
    const found = [];
    const seen = new Set([concept, ...known]);
    const visit = (here) => {
      for (const first of needs[here]) {
        if (seen.has(first)) continue;
        seen.add(first);
        visit(first);
        found.push(first);
      }
    };
    visit(concept);
    return found;
  };

  const cheapest = (known, target) => {
    const best = new Map(known.map((c) => [c, [0, -1, -1]]));
    const heap = [];
    const before = (a, b) => a[0] - b[0] || a[1] - b[1];
    const push = (item) => {
      heap.push(item);
      for (let i = heap.length - 1, up; i > 0 && before(heap[i], heap[(up = (i - 1) >> 1)]) < 0; i = up) {
        [heap[i], heap[up]] = [heap[up], heap[i]];
      }
    };
    const pop = () => {
      const top = heap[0];
      const last = heap.pop();
      if (heap.length) {
        heap[0] = last;
        for (let i = 0; ; ) {
          let least = i;
          for (const child of [2 * i + 1, 2 * i + 2]) {
            if (child < heap.length && before(heap[child], heap[least]) < 0) least = child;
          }
          if (least === i) break;
          [heap[i], heap[least]] = [heap[least], heap[i]];
          i = least;
        }
      }
      return top;
    };
    for (const c of known) push([0, c]);
    const done = new Set();
    while (heap.length) {
      const [cost, here] = pop();
      if (done.has(here)) continue;
      done.add(here);
      if (here === target) {
        const route = [];
        for (let at = here; at >= 0; at = best.get(at)[1]) route.push([at, best.get(at)[2]]);
        return route.reverse();
      }
      for (const [step, other, tie] of around[here]) {
        if (done.has(other)) continue;
        const offer = [cost + step, here, tie];
        const old = best.get(other);
        if (!old || offer[0] - old[0] < 0 || (offer[0] === old[0] && (offer[1] - old[1] || offer[2] - old[2]) < 0)) {
          best.set(other, offer);
          push([offer[0], other]);
        }
      }
    }
    return null;
  };

  const way = (known, target) => {
    const route = known.length ? cheapest(known, target) : [[target, -1]];
    if (!route) return null;
    const atHand = new Set(known);
    for (const c of known) for (const other of required(c, [])) atHand.add(other);
    const onRoute = route.map(([c]) => c);
    const steps = [];
    for (const [concept, tie] of route) {
      for (const other of required(concept, [...atHand, ...onRoute])) {
        atHand.add(other);
        steps.push({ concept: other, neededFor: concept });
      }
      atHand.add(concept);
      steps.push({ concept, tie });
    }
    return steps;
  };

  // Output

  const known = [];
  let target = -1;
  const chips = document.getElementById("kg-known");
  const list = document.getElementById("kg-steps");
  const said = document.getElementById("kg-learn-status");
  const inputs = { known: form.elements.known, target: form.elements.target };

  const element = (tag, attributes = {}, ...children) => {
    const made = Object.assign(document.createElement(tag), attributes);
    made.append(...children);
    return made;
  };
  const link = (i) => element("a", { href: `../concepts/${concepts[i].page}${suffix}` }, label(i));

  const relation = (t, concept) => {
    const [first, then, , kind, forward, place] = ties[t];
    const before = first === concept ? then : first;
    const source = forward ? first : then;
    const name = relations[kind][lang];
    const arrow = source === before ? ` —${name}→ ` : ` ←${name}— `;
    const line = element("span", { className: "where" }, label(before), arrow, label(concept));
    if (place) line.append(" ", element("code", {}, place));
    return line;
  };

  const show = () => {
    chips.replaceChildren(
      ...known.map((i) => {
        const button = element("button", { type: "button" }, "×");
        button.setAttribute("aria-label", text.remove.replace("{name}", label(i)));
        button.addEventListener("click", () => {
          known.splice(known.indexOf(i), 1);
          update();
          inputs.known.focus();
        });
        return element("li", {}, label(i), " ", button);
      }),
    );
    list.replaceChildren();
    const examples = document.getElementById("kg-learn-examples");
    if (examples) examples.hidden = target >= 0;
    if (target < 0) {
      said.textContent = "";
      return;
    }
    const steps = known.includes(target) ? [] : way(known, target);
    if (!steps) said.textContent = text.none;
    else if (!steps.length) said.textContent = text.known;
    else if (!known.length && steps.length === 1) said.textContent = text.alone;
    else said.textContent = text.steps.replace("{n}", steps.length);
    for (const step of steps || []) {
      const item = element("li", {}, link(step.concept));
      if (known.includes(step.concept)) item.className = "known";
      if (step.neededFor !== undefined) {
        item.append(element("span", { className: "where" }, text.needed.replace("{name}", label(step.neededFor))));
      } else if (step.tie >= 0) item.append(relation(step.tie, step.concept));
      list.append(item);
    }
  };

  const update = () => {
    const state = new URLSearchParams();
    if (known.length) state.set("from", known.map((i) => concepts[i].id).join(","));
    if (target >= 0) state.set("to", concepts[target].id);
    history.replaceState(null, "", `#${state}`);
    for (const a of document.querySelectorAll(".langs a")) a.hash = `#${state}`;
    show();
  };

  const find = (value) => {
    const wanted = fold(value);
    if (!wanted) return -1;
    const exact = names.findIndex((all) => all.includes(wanted));
    return exact >= 0 ? exact : -1;
  };

  const suggest = (input) => {
    const wanted = fold(input.value);
    const options = document.getElementById(input.getAttribute("list"));
    const found = [];
    for (let i = 0; wanted && i < names.length && found.length < 400; i += 1) {
      const at = Math.min(...names[i].map((name) => name.indexOf(wanted)).map((n) => (n < 0 ? 1e9 : n)));
      if (at < 1e9) found.push([at, label(i).length, i]);
    }
    found.sort((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]);
    options.replaceChildren(...found.slice(0, 12).map(([, , i]) => element("option", { value: label(i) })));
  };

  for (const input of Object.values(inputs)) input.addEventListener("input", () => suggest(input));
  inputs.target.addEventListener("change", () => {
    target = find(inputs.target.value);
    update();
    if (target < 0 && inputs.target.value.trim()) said.textContent = text.unknown.replace("{name}", inputs.target.value.trim());
  });
  const add = () => {
    const i = find(inputs.known.value);
    if (i < 0) {
      if (inputs.known.value.trim()) said.textContent = text.unknown.replace("{name}", inputs.known.value.trim());
      return;
    }
    if (!known.includes(i)) known.push(i);
    inputs.known.value = "";
    update();
  };
  inputs.known.addEventListener("change", add);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    add();
  });
  const read = () => {
    const state = new URLSearchParams(location.hash.slice(1));
    known.splice(0, known.length, ...(state.get("from") || "").split(",").map((id) => byId.get(id)).filter((i) => i !== undefined));
    target = byId.get(state.get("to")) ?? -1;
    inputs.target.value = target < 0 ? "" : label(target);
    for (const a of document.querySelectorAll(".langs a")) a.hash = location.hash;
    show();
  };
  addEventListener("hashchange", read);
  form.hidden = false;
  read();
})();
