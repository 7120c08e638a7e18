// Pages that are read: contents that follow the reader, buttons that copy code, and everything unfolded in print.
(() => {
  "use strict";
  const text = globalThis.KG_FRAME[document.documentElement.lang] ?? Object.values(globalThis.KG_FRAME)[0];
  const element = (tag, attributes = {}, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  };

  // ---- contents: made here for a concept, since its headings say it all; a report has its own
  const side = document.querySelector(".side");
  const listed = () => [...document.querySelectorAll(".main-column h2, .main-column .note h3, .main-column h2 + .note h3")]
    .filter((heading) => heading.id && !heading.closest("details:not([open])"));
  if (side && listed().length > 2) {
    const narrow = matchMedia("(max-width: 60rem)").matches;
    const items = listed().map((heading) => {
      const label = heading.cloneNode(true);
      for (const extra of label.querySelectorAll(".n, .badge")) extra.remove();
      return element("li", { class: heading.tagName.toLowerCase() }, element("a", { href: `#${heading.id}` }, label.textContent.trim()));
    });
    const contents = element("details", { class: "toc following", ...(narrow ? {} : { open: "" }) },
      element("summary", {}, text.contents), element("nav", { "aria-label": text.contents }, element("ol", {}, ...items)));
    side.append(contents);
  }
  const links = new Map([...document.querySelectorAll(".toc a[href^='#']")].map((a) => [decodeURIComponent(a.hash.slice(1)), a]));
  const targets = [...links.keys()].map((id) => document.getElementById(id)).filter(Boolean);
  if (targets.length) {
    let due = false;
    const follow = () => {
      due = false;
      const line = innerHeight * 0.25;
      const passed = targets.filter((target) => target.getBoundingClientRect().top < line);
      const current = links.get((passed[passed.length - 1] ?? targets[0]).id);
      for (const a of links.values()) {
        if (a === current) a.setAttribute("aria-current", "true");
        else a.removeAttribute("aria-current");
      }
      const box = current.closest(".following nav");
      if (box && (current.offsetTop < box.scrollTop || current.offsetTop > box.scrollTop + box.clientHeight - 30)) box.scrollTop = current.offsetTop - 60;
    };
    const soon = () => { if (!due) { due = true; requestAnimationFrame(follow); } };
    addEventListener("scroll", soon, { passive: true });
    addEventListener("resize", soon);
    follow();
  }

  // ---- code and commands: the language, and a button that copies
  const copied = async (button, words) => {
    try {
      await navigator.clipboard.writeText(words);
    } catch {
      const area = element("textarea", { class: "visually-hidden" });
      area.value = words;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    button.textContent = text.copied;
    setTimeout(() => { button.textContent = text.copy; }, 1500);
  };
  const copyButton = (words) => {
    const button = element("button", { type: "button", class: "copy" }, text.copy);
    button.addEventListener("click", () => copied(button, words()));
    return button;
  };
  for (const pre of document.querySelectorAll("pre.code, pre.command-block")) {
    const language = pre.querySelector("code")?.dataset.language;
    const frame = element("div", { class: "code-frame" });
    pre.replaceWith(frame);
    frame.append(element("div", { class: "code-bar" }, element("span", {}, language ?? ""), copyButton(() => pre.textContent)), pre);
    if (pre.scrollWidth > pre.clientWidth) pre.tabIndex = 0;
  }
  for (const command of document.querySelectorAll("code.command")) command.after(" ", copyButton(() => command.textContent));

  // ---- links into folded parts open them
  const reveal = () => {
    let target = null;
    try { target = document.getElementById(decodeURIComponent(location.hash.slice(1))); } catch { /* no such address */ }
    for (let part = target?.closest("details:not([open])"); part; part = part.parentElement?.closest("details:not([open])")) part.open = true;
    if (target && location.hash) target.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  if (location.hash) reveal();

  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("main details:not([open])")];
    for (const part of opened) part.open = true;
  });
  addEventListener("afterprint", () => { for (const part of opened) part.open = false; });
})();
