// The map on the start page: pointing at a concept shows its name and its neighbours.
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
})();
