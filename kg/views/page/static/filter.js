// Filters the list of all concepts while the reader types.
(() => {
  "use strict";
  const box = document.getElementById("kg-filter");
  const count = document.getElementById("kg-filter-count");
  const none = document.getElementById("kg-filter-none");
  const list = document.getElementById("kg-a-z-list");
  if (!box || !list) return;
  const forms = JSON.parse(count.dataset.forms);
  const plural = new Intl.PluralRules(document.documentElement.lang);
  const fold = (text) => text.normalize("NFC").toLowerCase().replace(/\s+/g, " ").trim();
  const groups = Array.from(list.querySelectorAll("section"), (element) => ({
    element,
    items: Array.from(element.querySelectorAll("li"), (li) => ({ li, text: fold(li.textContent + " " + (li.dataset.k || "")) })),
  }));
  const apply = () => {
    const words = fold(box.value).split(" ").filter(Boolean);
    let shown = 0;
    for (const group of groups) {
      let here = 0;
      for (const item of group.items) {
        const match = words.every((word) => item.text.includes(word));
        item.li.hidden = !match;
        if (match) here += 1;
      }
      group.element.hidden = here === 0;
      shown += here;
    }
    count.textContent = (forms[plural.select(shown)] ?? forms.other).replace("{n}", shown.toLocaleString("en"));
    none.hidden = shown !== 0;
  };
  let due = 0;
  box.addEventListener("input", () => {
    clearTimeout(due);
    due = setTimeout(apply, 60);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && document.activeElement === box) {
      box.value = "";
      apply();
    }
  });
  box.closest("[hidden]")?.removeAttribute("hidden");
  const asked = new URLSearchParams(location.hash.slice(1)).get("q");
  if (asked) box.value = asked;
  if (box.value) apply();
})();
