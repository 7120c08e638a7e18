// ---- pictures: the map with its current colours and filters, with title and legend, as SVG and from that as PNG
const xml = (text) => String(text).replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
const round = (value) => Math.round(value * 10) / 10;
const svgText = (x, y, text, size, fill, more = "") => `<text x="${round(x)}" y="${round(y)}" font-size="${round(size)}" fill="${fill}" ${more}>${xml(text)}</text>`;
const svgEdge = (edge, positions, item) => {
  const [a, b] = [positions[edge.from], positions[edge.to]];
  const via = edge.smooth ? network.body.edges[edge.id]?.edgeType?.getViaNode?.() : null;
  const toward = (end, from, gap) => { const far = Math.hypot(end.x - from.x, end.y - from.y) || 1; return { x: end.x - ((end.x - from.x) * gap) / far, y: end.y - ((end.y - from.y) * gap) / far }; };
  const [start, end] = [toward(a, via ?? b, radius[edge.from]), toward(b, via ?? a, radius[edge.to])];
  const path = via ? `M${round(start.x)} ${round(start.y)}Q${round(via.x)} ${round(via.y)} ${round(end.x)} ${round(end.y)}` : `M${round(start.x)} ${round(start.y)}L${round(end.x)} ${round(end.y)}`;
  const [colour, share] = [item.color.color.slice(0, 7), parseInt(item.color.color.slice(7) || "ff", 16) / 255];
  const dash = item.dashes ? ` stroke-dasharray="${item.dashes.join(" ")}"` : "";
  const head = (tip, from) => {
    const back = toward(tip, from, 7);
    const [dx, dy] = [(tip.y - back.y) * 0.35, (back.x - tip.x) * 0.35];
    return `<path d="M${round(tip.x)} ${round(tip.y)}L${round(back.x + dx)} ${round(back.y + dy)}L${round(back.x - dx)} ${round(back.y - dy)}Z" fill="${colour}" stroke="none"/>`;
  };
  const arrows = edge.arrows ?? "";
  return `<g opacity="${round(share * 100) / 100}"><path d="${path}" fill="none" stroke="${colour}" stroke-width="${round(item.width)}"${dash}/>`
    + (arrows.includes("to") ? head(end, via ?? start) : "") + (arrows.includes("from") ? head(start, via ?? end) : "") + "</g>";
};
const polygon = (points) => `M${points.map((point) => `${round(point.x)} ${round(point.y)}`).join("L")}Z`;
const svg = () => {
  const positions = placesOf();
  const [items, lines] = drawn();
  const boxes = nodes.filter(shownNode).map((node) => boxOf(node, 1));
  const shown = nodes.filter((node) => shownNode(node) && !isCard(node));
  const edgeOf = (side, pick) => (boxes.length ? pick(...boxes.map((box) => box[side])) : 0);
  const [left, right] = [edgeOf("left", Math.min) - 30, Math.max(edgeOf("right", Math.max) + 30, edgeOf("left", Math.min) + 530)];
  const [top, bottom] = [edgeOf("top", Math.min) - 90, edgeOf("bottom", Math.max) + 30];
  const [ink, quiet, halo] = [css("ink"), css("ink-2"), css("halo")];
  const body = [svgText(left + 30, top + 44, at(data.names), 26, ink, 'font-weight="650"'), svgText(left + 30, top + 68, at(data.titles), 15, quiet)];
  drawRegions(positions, {
    area: (points, ground, edge) => {
      for (const [colour, width] of [[edge, 14.4], [ground, 12]]) body.push(`<path d="${polygon(points)}" fill="${ground}" stroke="${colour}" stroke-width="${width}" stroke-linejoin="round"/>`);
    },
    stroke: (from, to, colour, width, dash) => body.push(`<path d="M${round(from.x)} ${round(from.y)}L${round(to.x)} ${round(to.y)}" stroke="${colour}" stroke-width="${round(width)}"${dash ? ` stroke-dasharray="${dash.join(" ")}"` : ""}/>`),
    fill: (points, colour) => body.push(`<path d="${polygon(points)}" fill="${colour}"/>`),
  });
  for (const { x, font, text, box } of arrange().heads) text.split("\n").forEach((line, i) => body.push(svgText(x, box.top + font * (0.95 + 1.18 * i), line, font, ink, 'text-anchor="middle" font-weight="600"')));
  for (const edge of edges) if (!lines[edge.id].hidden && !lines[edge.id].ink) body.push(svgEdge(edge, positions, lines[edge.id]));
  for (const node of shown) {
    const { background, border } = items[node.id].color;
    const { x, y } = positions[node.id];
    body.push(`<circle cx="${round(x)}" cy="${round(y)}" r="${round(radius[node.id])}" fill="${background}" stroke="${border}" stroke-width="${items[node.id].borderWidth}"/>`);
  }
  for (const node of shown) {
    const { x, y } = positions[node.id];
    const size = node.font.size;
    const dim = focus !== null && !focus.nodes.has(node.id);
    labelOf(node).split("\n").forEach((line, i) => body.push(svgText(x, y + radius[node.id] + 4 + size * (0.95 + 1.18 * i), line, size, dim ? pale(ink, halo, 0.4) : ink,
      `text-anchor="middle" paint-order="stroke" stroke="${halo}" stroke-width="${round(size * 0.28)}" stroke-linejoin="round"`)));
  }
  // The legend below, in rows.
  let [x, y] = [left + 30, bottom + 20];
  const entry = (mark, text) => {
    const wide = 34 + widthOf(text) * 15 + 26;
    if (x + wide > right) { x = left + 30; y += 26; }
    body.push(mark(x, y), svgText(x + 34, y + 5, text, 15, ink));
    x += wide;
  };
  for (const value of data.legends[state.colour]?.values ?? []) {
    if (!state.hiddenValues.has(value.value)) entry((a, b) => `<circle cx="${a + 16}" cy="${b}" r="7" fill="${css(value.colour)}"/>`, at(value.names));
  }
  const measure = state.colour - data.legends.length;
  if (measure >= 0) {
    const key = data.measures[measure];
    const [low, high] = rangeOf(nodes.filter((node) => node.home === undefined), measure).map(number);
    for (let i = 0; i < 24; i += 1) body.push(`<rect x="${x + 6 * i}" y="${y - 7}" width="6.5" height="14" fill="${shadeAt(i / 23)}"/>`);
    body.push(svgText(x + 156, y + 5, `${say("size-" + key)}: ${low} – ${high} (${say("unit-" + key)})`, 15, ink));
  }
  [x, y] = [left + 30, y + 30];
  const used = data.bundled ? [] : data.relations.flatMap((_, i) => (state.hiddenRelations.has(i) ? [] : [i])).sort((a, b) => uses[b] - uses[a]);
  for (const relation of used) {
    const { kind } = data.relations[relation];
    entry((a, b) => `<path d="M${a} ${b}H${a + 28}" stroke="${css(inkOf(relation))}" stroke-width="2.2"${dashes[kind] ? ` stroke-dasharray="${dashes[kind].join(" ")}"` : ""}/>`, at(data.relations[relation].names));
  }
  const [width, height] = [Math.ceil(right - left), Math.ceil(y + 40 - top)];
  return { width, height, text: `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="${Math.floor(left)} ${Math.floor(top)} ${width} ${height}" lang="${xml(state.lang)}" font-family="${xml(face)}">`
    + `<title>${xml(at(data.names))}</title><rect x="${Math.floor(left)}" y="${Math.floor(top)}" width="${width}" height="${height}" fill="${halo}"/>${body.join("")}</svg>` };
};
const save = (blob, ending) => {
  const url = URL.createObjectURL(blob);
  const stem = data.focus || location.pathname.split("/").pop().replace(/\.html$/, "") || "map";
  const link = make("a", { href: url, download: `${decodeURIComponent(stem)}.${ending}` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
};
const saveSvg = () => save(new Blob([svg().text], { type: "image/svg+xml" }), "svg");
const savePng = () => {
  const { width, height, text } = svg();
  const times = Math.min(2, 8000 / Math.max(width, height));
  const image = new Image();
  image.onload = () => {
    const canvas = make("canvas", { width: Math.round(width * times), height: Math.round(height * times) });
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    canvas.toBlob((blob) => save(blob, "png"), "image/png");
  };
  image.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(text);
};
const copyLink = async () => {
  const status = byId("copied");
  remember();
  try { await navigator.clipboard.writeText(location.href); } catch {
    const field = make("textarea", { class: "visually-hidden" }, location.href);
    document.body.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
  }
  status.textContent = say("copied");
  setTimeout(() => { status.textContent = ""; }, 3000);
};
