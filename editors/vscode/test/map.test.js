// The logic of the concept map, without an editor.

const assert = require("node:assert");
const test = require("node:test");
const { MapFollower, drawMap, escapeText, layout, pageOf, shorten, targetOf } = require("../dist/map.js");

const node = (iri, label = iri, focus = false) => ({ iri, label, type: "算法", uri: `file:///${iri}.md`, line: 0, focus });
const edge = (source, target, label) => ({ source, target, label, uri: `file:///${source}.md`, line: 4 });
const MAP = {
  nodes: [node("raft"), node("consensus", "共识", true), node("etcd"), node("log")],
  edges: [edge("raft", "consensus", "part of"), edge("etcd", "raft", "uses"), edge("raft", "log", "")],
  omitted: 0,
};

test("the concept is in the middle, what it leads to on the right, and nothing lies on anything else", () => {
  const { points } = layout(MAP);
  assert.ok(points.get("consensus").x > points.get("raft").x);
  assert.ok(points.get("etcd").x < points.get("raft").x);
  const many = { nodes: Array.from({ length: 40 }, (_, n) => node(`n${n}`)), edges: [], omitted: 0 };
  const places = [...layout(many).points.values()];
  assert.strictEqual(new Set(places.map((p) => `${p.x} ${p.y}`)).size, 40);
  const left = places.slice(1).map((p) => p.y).sort((a, b) => a - b);
  assert.ok(left.every((y, n) => n === 0 || y - left[n - 1] > 26)); // the height of a node
  assert.deepStrictEqual(layout(MAP), layout(structuredClone(MAP)));
  assert.strictEqual(layout({ nodes: [], edges: [], omitted: 0 }).points.size, 0);
});

test("labels of notes are text, whatever they say", () => {
  const evil = `"><script>alert(1)</script><img src=x onerror='a'>`;
  const svg = drawMap({ nodes: [node("a", evil), node("b", evil)], edges: [edge("a", "b", evil)], omitted: 0 });
  assert.ok(!/<script|<img|onerror='/.test(svg));
  assert.strictEqual(escapeText(`<&>"'`), "&lt;&amp;&gt;&quot;&#39;");
  assert.strictEqual((svg.match(/data-node=/g) ?? []).length, 2);
  assert.strictEqual(shorten("😀".repeat(30)), `${"😀".repeat(21)}…`);
  assert.ok(pageOf("abc", evil).includes("default-src 'none'"));
  assert.ok(!pageOf("abc", evil).includes(evil));
});

test("relations have arrows and names, links neither; the link at the cursor is marked", () => {
  const svg = drawMap(MAP);
  assert.strictEqual((svg.match(/class="relation"/g) ?? []).length, 2);
  assert.strictEqual((svg.match(/class="link"/g) ?? []).length, 1);
  assert.strictEqual((svg.match(/marker-end/g) ?? []).length, 2);
  assert.match(svg, /class="focus" data-node="1"/);
});

test("a click leads to the note or to the line of the relation; other messages lead nowhere", () => {
  assert.deepStrictEqual(targetOf(MAP, { kind: "node", number: 2 }), { uri: "file:///etcd.md", line: 0 });
  assert.deepStrictEqual(targetOf(MAP, { kind: "edge", number: 1 }), { uri: "file:///etcd.md", line: 4 });
  for (const message of [null, undefined, 3, {}, { kind: "node", number: 99 }, { kind: "node", number: "0" }, { kind: "x", number: 0 },
    { kind: "node", number: -1 }, { kind: "node", number: 0.5 }]) {
    assert.strictEqual(targetOf(MAP, message), undefined);
  }
});

const place = (line) => ({ uri: "file:///raft.md", line, character: 0 });
const turn = () => new Promise((resolve) => setTimeout(resolve, 20));

test("after a burst of movements the map of the last place is asked for, and drawn once", async () => {
  const asked = [], shown = [];
  const follower = new MapFollower(async (p) => (asked.push(p.line), MAP), (html) => shown.push(html), "nothing", 1);
  for (let line = 0; line < 50; line++) {
    follower.follow(place(line));
  }
  await turn();
  follower.follow(place(50));
  await turn();
  assert.deepStrictEqual(asked, [49, 50]);
  assert.strictEqual(shown.length, 1); // the same map isn't drawn again
  follower.forget();
  await follower.update();
  assert.strictEqual(shown.length, 2);
});

test("an answer for a place that the cursor has left is dropped, and one request runs at a time", async () => {
  const answers = [], shown = [];
  let running = 0, most = 0;
  const ask = (p) => new Promise((resolve) => {
    most = Math.max(most, ++running);
    answers.push(() => (running--, resolve({ ...MAP, nodes: [node(`note${p.line}`)] })));
  });
  const follower = new MapFollower(ask, (html) => shown.push(html), "nothing", 0);
  follower.follow(place(1));
  await turn();
  follower.follow(place(2));
  await turn();
  answers.shift()();
  await turn();
  answers.shift()();
  await turn();
  assert.strictEqual(most, 1);
  assert.strictEqual(shown.length, 1);
  assert.match(shown[0], /note2/);
});

test("a note without a concept, and a server that fails, show a sentence", async () => {
  const shown = [];
  const follower = new MapFollower(async () => { throw new Error("gone"); }, (html) => shown.push(html), "<nothing>", 0);
  follower.follow(place(1));
  await turn();
  assert.deepStrictEqual(shown, ["<p>&lt;nothing&gt;</p>"]);
  follower.stop();
});
