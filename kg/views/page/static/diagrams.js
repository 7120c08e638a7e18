// Shows diagrams as images drawn in a sandboxed frame. If drawing fails, the source stays, with the reason.
(() => {
  "use strict";
  const blocks = [...document.querySelectorAll("pre.mermaid-source")];
  if (!blocks.length) return;
  const zh = document.documentElement.lang.startsWith("zh");
  const text = zh
    ? { source: "源码", alt: "图，源码见下", failed: "Mermaid 无法绘制此图：" }
    : { source: "Source", alt: "Diagram; its source is below", failed: "Mermaid can't draw this: " };
  const frame = document.createElement("iframe");
  // For browsers, each file on disk is its own origin, and a sandboxed file may not load others.
  if (location.protocol !== "file:") frame.setAttribute("sandbox", "allow-scripts");
  frame.setAttribute("aria-hidden", "true");
  frame.tabIndex = -1;
  frame.title = "Mermaid";
  frame.className = "drawing-frame";
  frame.src = new URL("mermaid/frame.html", document.currentScript.src).href;

  const figures = blocks.map((pre) => {
    const figure = document.createElement("figure");
    figure.className = "diagram";
    pre.before(figure);
    figure.append(pre);
    return { figure, pre, source: pre.textContent };
  });
  const dark = () => {
    const chosen = document.documentElement.dataset.theme;
    return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  };
  const ask = () => figures.forEach(({ source }, id) => frame.contentWindow.postMessage({ id, source, dark: dark() }, "*"));

  const show = ({ figure, pre }, made) => {
    let image = figure.querySelector("img");
    if (!image) {
      image = document.createElement("img");
      image.alt = text.alt;
      const box = document.createElement("div");
      box.className = "scroll";
      box.tabIndex = 0;
      box.setAttribute("role", "group");
      box.setAttribute("aria-label", text.alt);
      box.append(image);
      const details = document.createElement("details");
      const summary = document.createElement("summary");
      summary.textContent = text.source;
      details.append(summary, pre);
      figure.append(box, details);
    }
    image.width = Math.ceil(made.width);
    image.height = Math.ceil(made.height);
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(made.svg)}`;
    figure.dataset.state = "drawn";
  };
  const fail = ({ figure }, error) => {
    let said = figure.querySelector("figcaption");
    if (!said) figure.append((said = document.createElement("figcaption")));
    said.textContent = text.failed + error;
    figure.dataset.state = "failed";
  };

  addEventListener("message", (event) => {
    if (event.source !== frame.contentWindow) return;
    if (event.data.ready) ask();
    else if (figures[event.data.id] && event.data.svg) show(figures[event.data.id], event.data);
    else if (figures[event.data.id]) fail(figures[event.data.id], event.data.error);
  });
  document.addEventListener("kg-theme", ask);
  document.body.append(frame);
})();
