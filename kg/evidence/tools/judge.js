// Judges formulas with KaTeX or diagrams with Mermaid: node judge.js LIBRARY < items.json, one JSON line for each item.
"use strict";
const fs = require("fs");
const vm = require("vm");

const [library, what] = process.argv.slice(2);
const items = JSON.parse(fs.readFileSync("items.json", "utf8"));

// Mermaid only parses here, but its modules expect a DOM when they are loaded.
if (what === "mermaid") {
  const nothing = () => {};
  globalThis.window = globalThis;
  globalThis.addEventListener = nothing;
  globalThis.Element = class {};
  globalThis.DocumentFragment = class {};
  globalThis.Node = {};
  globalThis.NodeFilter = {};
  globalThis.HTMLTemplateElement = undefined;
  const element = () => ({ style: {}, setAttribute: nothing, appendChild: nothing, content: { ownerDocument: {} } });
  globalThis.document = {
    nodeType: 9, body: {}, implementation: {}, currentScript: null, documentElement: { style: {} },
    createElement: element, createElementNS: element, addEventListener: nothing,
    querySelector: () => null, querySelectorAll: () => [],
  };
}
vm.runInThisContext(fs.readFileSync(library, "utf8"), { filename: library });

// A warning that concerns only LaTeX fonts is not a fault of a formula for the web.
const LENIENT = new Set(["unicodeTextInMathMode", "unknownSymbol", "newLineInDisplayMode"]);
const strict = (code) => (LENIENT.has(code) ? "ignore" : "error");

// KaTeX would render this command as an error message, but doesn't report an error.
const untrusted = (context) => { throw new Error(`${context.command} is not shown on a page`); };

async function judge(item) {
  try {
    if (what === "katex") {
      globalThis.katex.renderToString(item.text, {
        displayMode: item.display, strict, throwOnError: true, trust: untrusted, maxExpand: 1000, output: "mathml",
      });
    } else {
      const read = await globalThis.mermaid.parse(item.text);
      // Mermaid also accepts its own error diagram as a diagram.
      if (!read || !read.diagramType || read.diagramType === "error") throw new Error("it is not a diagram, but the one of an error");
    }
    return { ok: true };
  } catch (error) {
    const line = error && error.hash && error.hash.loc ? error.hash.loc.first_line : null;
    const position = error && typeof error.position === "number" ? error.position : null;
    return { ok: false, message: String((error && error.message) || error), line, position };
  }
}

(async () => {
  if (what === "mermaid") globalThis.mermaid.initialize({ startOnLoad: false, suppressErrorRendering: true });
  for (const item of items) process.stdout.write(JSON.stringify(await judge(item)) + "\n");
})();
