// The map on the start page: pointing at a concept, or reaching it by arrow keys, shows its name and its neighbours.
(() => {
  "use strict";
  // On a small screen, long lists are folded.
  if (matchMedia("(max-width: 44rem)").matches) for (const part of document.querySelectorAll("details.met, details.wide-only")) part.open = false;
  const map = document.querySelector(".hero-map");
  if (!map) return;
  const nodes = new Map([...map.querySelectorAll("[data-i]")].map((node) => [node.dataset.i, node]));
  const labels = new Map([...map.querySelectorAll("[data-l]")].map((label) => [label.dataset.l, label]));
  const lines = [...map.querySelectorAll("[data-e]")].map((line) => [line, ...line.dataset.e.split(" ")]);
  // On a small screen, letters are larger in the picture than those for which its labels were placed.
  const edge = map.viewBox.baseVal.width - 4;
  for (const label of labels.values()) {
    const { x, width } = label.getBBox();
    const shift = x < 4 ? 4 - x : Math.min(0, edge - x - width);
    if (shift) label.setAttribute("x", Number(label.getAttribute("x")) + shift);
  }
  const name = document.createElementNS("http://www.w3.org/2000/svg", "text");
  name.setAttribute("class", "own");
  map.append(name);
  const clear = () => {
    map.classList.remove("lit");
    for (const element of map.querySelectorAll(".on")) element.classList.remove("on");
    name.textContent = "";
  };
  const light = (node) => {
    clear();
    const near = new Set([node.dataset.i]);
    for (const [line, a, b] of lines) {
      if (a !== node.dataset.i && b !== node.dataset.i) continue;
      line.classList.add("on");
      near.add(a).add(b);
    }
    for (const i of near) {
      nodes.get(i)?.classList.add("on");
      labels.get(i)?.classList.add("on");
    }
    map.classList.add("lit");
    if (labels.has(node.dataset.i)) return;
    const circle = node.querySelector("circle");
    const [x, y, r] = ["cx", "cy", "r"].map((key) => Number(circle.getAttribute(key)));
    name.textContent = node.getAttribute("aria-label");
    name.setAttribute("x", Math.min(Math.max(x, 60), 700));
    name.setAttribute("y", y - r - 5 > 14 ? y - r - 5 : y + r + 14);
  };
  map.addEventListener("pointerover", (event) => {
    const node = event.target.closest("[data-i]");
    if (node) light(node);
  });
  map.addEventListener("pointerleave", clear);
  map.addEventListener("focusin", (event) => { const node = event.target.closest("[data-i]"); if (node) light(node); });
  map.addEventListener("focusout", clear);
  // Arrow keys lead to the nearest concept in their direction, where what lies ahead is nearer than what lies aside; Home leads to the
  // most important one, Escape out of the picture's highlight. Enter follows the link, as everywhere.
  const placeOf = (node) => ["cx", "cy"].map((key) => Number(node.querySelector("circle").getAttribute(key)));
  const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const ahead = (node, [dx, dy]) => {
    const [x, y] = placeOf(node);
    let best = null;
    let least = Infinity;
    for (const there of nodes.values()) {
      const [a, b] = placeOf(there).map((value, axis) => value - [x, y][axis]);
      const forward = a * dx + b * dy;
      const far = forward + 2 * Math.abs(a * dy + b * dx);
      if (forward > 0 && far < least) [best, least] = [there, far];
    }
    return best;
  };
  map.addEventListener("keydown", (event) => {
    const node = event.target.closest("[data-i]");
    if (!node || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") { clear(); return; }
    const next = event.key === "Home" ? nodes.get("0") : ways[event.key] ? ahead(node, ways[event.key]) : undefined;
    if (next === undefined) return;
    event.preventDefault();
    if (!next) return;
    // The map stays one stop of the Tab key.
    node.setAttribute("tabindex", "-1");
    next.setAttribute("tabindex", "0");
    next.focus();
  });
})();
