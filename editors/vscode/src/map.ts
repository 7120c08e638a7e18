// The drawing of a concept map, and when it is drawn again. No interface of the editor here: tested under node alone.

/** As `kg lsp` answers `kg/around` (kg/serve/lsp/around.py). */
export interface MapNode {
  iri: string;
  label: string;
  type: string;
  uri: string;
  line: number;
  focus: boolean;
}

export interface MapEdge {
  source: string;
  target: string;
  label: string;
  uri: string;
  line: number;
}

export interface ConceptMap {
  nodes: MapNode[];
  edges: MapEdge[];
  omitted: number;
}

export interface Point {
  x: number;
  y: number;
}

export interface Place {
  uri: string;
  line: number;
  character: number;
}

const WIDTH = 640;
const ROW = 44;
const LONGEST_LABEL = 22;

const ESCAPES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** Text of notes as text in HTML: nothing in it is a tag or an attribute. */
export function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (c) => ESCAPES[c] ?? c);
}

/** A label that fits; characters as readers count them, so that no emoji or Chinese character is halved. */
export function shorten(label: string, most = LONGEST_LABEL): string {
  const characters = Array.from(label);
  return characters.length <= most ? label : `${characters.slice(0, most - 1).join("")}…`;
}

/**
 * Positions by node: the concept in the middle; what it leads to on the right, what leads to it on the left, in their order.
 * The same map always has the same positions.
 */
export function layout(map: ConceptMap): { points: Map<string, Point>; height: number } {
  const centre = map.nodes[0];
  const points = new Map<string, Point>();
  if (centre === undefined) {
    return { points, height: ROW };
  }
  const right = new Set(map.edges.filter((edge) => edge.source === centre.iri).map((edge) => edge.target));
  const sides: [MapNode[], MapNode[]] = [[], []];
  for (const node of map.nodes.slice(1)) {
    sides[right.has(node.iri) ? 1 : 0].push(node);
  }
  const rows = Math.max(sides[0].length, sides[1].length, 1);
  const height = (rows + 1) * ROW;
  points.set(centre.iri, { x: WIDTH / 2, y: height / 2 });
  sides.forEach((side, number) => {
    side.forEach((node, row) => {
      // A slight arc, so that lines to the upper and lower rows don't run through labels.
      const offset = (row + 1) / (side.length + 1) - 0.5;
      const bend = 60 * Math.abs(offset);
      const x = number === 0 ? 110 + bend : WIDTH - 110 - bend;
      points.set(node.iri, { x, y: height / 2 + offset * height });
    });
  });
  return { points, height };
}

/** The map as SVG; each node and line has the number of its entry, by which a click is answered. */
export function drawMap(map: ConceptMap): string {
  const { points, height } = layout(map);
  const lines = map.edges.map((edge, number) => {
    const from = points.get(edge.source);
    const to = points.get(edge.target);
    if (from === undefined || to === undefined) {
      return "";
    }
    const text = edge.label === "" ? "" : `<text x="${(from.x + to.x) / 2}" y="${(from.y + to.y) / 2 - 3}">${escapeText(edge.label)}</text>`;
    const kind = edge.label === "" ? "link" : "relation";
    const arrow = edge.label === "" ? "" : ' marker-end="url(#arrow)"';
    return `<g class="${kind}" data-edge="${number}"><line x1="${from.x}" y1="${from.y}" x2="${to.x}" y2="${to.y}"${arrow}/>${text}</g>`;
  });
  const nodes = map.nodes.map((node, number) => {
    const at = points.get(node.iri) ?? { x: 0, y: 0 };
    const kind = number === 0 ? "centre" : node.focus ? "focus" : "node";
    const title = node.type === "" ? node.label : `${node.label} · ${node.type}`;
    const width = 16 + 7.5 * [...shorten(node.label)].reduce((sum, c) => sum + (c > "\u2e80" ? 2 : 1), 0);
    return (
      `<g class="${kind}" data-node="${number}" role="link" tabindex="0" aria-label="${escapeText(title)}"><title>${escapeText(title)}</title>` +
      `<rect x="${at.x - width / 2}" y="${at.y - 13}" width="${width}" height="26" rx="6"/>` +
      `<text x="${at.x}" y="${at.y + 4}">${escapeText(shorten(node.label))}</text></g>`
    );
  });
  const marker =
    '<defs><marker id="arrow" viewBox="0 0 8 8" refX="30" refY="4" markerWidth="8" markerHeight="8" orient="auto">' +
    '<path d="M0 0 8 4 0 8z"/></marker></defs>';
  return `<svg viewBox="0 0 ${WIDTH} ${height}" role="group">${marker}${lines.join("")}${nodes.join("")}</svg>`;
}

/** Where a click on a node or line leads; undefined for anything that isn't in the map. */
export function targetOf(map: ConceptMap, message: unknown): { uri: string; line: number } | undefined {
  const { kind, number } = (message ?? {}) as { kind?: unknown; number?: unknown };
  if (typeof number !== "number" || !Number.isInteger(number)) {
    return undefined;
  }
  const entry = kind === "node" ? map.nodes[number] : kind === "edge" ? map.edges[number] : undefined;
  return entry === undefined ? undefined : { uri: entry.uri, line: entry.line };
}

/** The page of the view. Only its own script and style run (`nonce`); nothing is loaded from anywhere. */
export function pageOf(nonce: string, empty: string): string {
  const policy = `default-src 'none'; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'`;
  return `<!DOCTYPE html>
<html><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}">
<style nonce="${nonce}">
body { padding: 0; color: var(--vscode-foreground); font-family: var(--vscode-font-family); }
svg { width: 100%; height: auto; } svg text { font-size: 12px; text-anchor: middle; fill: currentColor; }
line { stroke: var(--vscode-descriptionForeground); } .link line { stroke-dasharray: 3 4; }
.relation text { font-size: 10px; fill: var(--vscode-descriptionForeground); } marker path { fill: var(--vscode-descriptionForeground); }
rect { fill: var(--vscode-editorWidget-background); stroke: var(--vscode-editorWidget-border, currentColor); }
.centre rect { stroke-width: 2; } .focus rect { stroke: var(--vscode-focusBorder); stroke-width: 2.5; }
[data-node], [data-edge] { cursor: pointer; } p { padding: 0 1em; }
</style></head>
<body><div id="map"><p>${escapeText(empty)}</p></div>
<script nonce="${nonce}">
const api = acquireVsCodeApi(), map = document.getElementById("map");
window.addEventListener("message", (event) => { map.innerHTML = event.data.html; });
function open(event) {
  const at = event.target.closest("[data-node], [data-edge]");
  if (at === null) { return; }
  const kind = at.dataset.node === undefined ? "edge" : "node";
  api.postMessage({ kind, number: Number(kind === "node" ? at.dataset.node : at.dataset.edge) });
}
map.addEventListener("click", open);
map.addEventListener("keydown", (event) => { if (event.key === "Enter") { open(event); } });
api.postMessage({ kind: "ready" });
</script></body></html>`;
}

/**
 * Asks for the map of the place of the cursor: at most one request at a time, and after a burst of movements only for the last
 * place. Answers for a place that the cursor has left are dropped.
 */
export class MapFollower {
  private wanted: Place | undefined;
  private asking = false;
  private timer: NodeJS.Timeout | undefined;
  private drawn = "";
  map: ConceptMap = { nodes: [], edges: [], omitted: 0 };

  constructor(
    private readonly ask: (place: Place) => Promise<ConceptMap | null>,
    private readonly show: (html: string) => void,
    private readonly empty: string,
    private readonly pause = 120,
  ) {}

  /** The cursor moved, or the text changed. */
  follow(place: Place | undefined): void {
    this.wanted = place;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.update(), this.pause);
  }

  /** The view was made again: what it showed is gone. */
  forget(): void {
    this.drawn = "";
  }

  stop(): void {
    this.wanted = undefined;
    clearTimeout(this.timer);
  }

  async update(): Promise<void> {
    if (this.asking) {
      return; // the running request asks again at its end
    }
    this.asking = true;
    try {
      for (;;) {
        const place = this.wanted;
        if (place === undefined) {
          return;
        }
        const map = await this.ask(place).catch(() => null);
        if (place === this.wanted) {
          this.draw(map);
          return;
        }
      }
    } finally {
      this.asking = false;
    }
  }

  private draw(map: ConceptMap | null): void {
    this.map = map ?? { nodes: [], edges: [], omitted: 0 };
    const more = this.map.omitted > 0 ? `<p>+${this.map.omitted}</p>` : "";
    const html = this.map.nodes.length > 0 ? drawMap(this.map) + more : `<p>${escapeText(this.empty)}</p>`;
    if (html !== this.drawn) {
      this.drawn = html;
      this.show(html);
    }
  }
}
