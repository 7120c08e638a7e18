// Draws one diagram at a time and returns it as an SVG document. Runs in a sandbox without origin and without network.
(() => {
  "use strict";
  const FONT = 'system-ui, "Noto Sans", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif';
  let count = 0;
  let turn = Promise.resolve();

  // Mermaid creates elements from HTML in labels to measure them. Their handlers can't run here, but labels don't need HTML:
  // they are plain text with line breaks. <<stereotypes>> and arrows are not changed.
  const plain = (source) => source.replace(/(?<!<)<(?!br\s*\/?>)(?=[a-z!/?])/gi, "#lt;");

  const draw = async ({ source, dark }) => {
    globalThis.mermaid.initialize({
      startOnLoad: false,
      securityLevel: "strict",
      suppressErrorRendering: true,
      theme: dark ? "dark" : "neutral",
      darkMode: dark,
      fontFamily: FONT,
      htmlLabels: false,
      deterministicIds: true,
      flowchart: { htmlLabels: false, useMaxWidth: false },
      class: { htmlLabels: false },
      state: { htmlLabels: false },
    });
    count += 1;
    const { svg } = await globalThis.mermaid.render(`d${count}`, plain(source));
    // A separate document, which loads nothing and creates no handlers.
    const drawn = new DOMParser().parseFromString(svg, "text/html").querySelector("svg");
    const box = (drawn.getAttribute("viewBox") || "").split(/[\s,]+/).map(Number);
    const [width, height] = box.length === 4 && box[2] > 0 && box[3] > 0 ? box.slice(2) : [600, 400];
    drawn.setAttribute("width", width);
    drawn.setAttribute("height", height);
    drawn.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    drawn.style.removeProperty("max-width");
    const text = new XMLSerializer().serializeToString(drawn);
    return { svg: text, width, height };
  };

  addEventListener("message", (event) => {
    if (event.source !== parent || typeof event.data?.source !== "string") return;
    const { id } = event.data;
    turn = turn
      .then(() => draw(event.data))
      .then((made) => parent.postMessage({ id, ...made }, "*"))
      .catch((error) => parent.postMessage({ id, error: String(error?.message || error).slice(0, 500) }, "*"));
  });
  parent.postMessage({ ready: Boolean(globalThis.mermaid) }, "*");
})();
