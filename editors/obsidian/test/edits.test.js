// Edits, places and triggers, without Obsidian.

const assert = require("node:assert");
const test = require("node:test");
const { applyEdits, completionStart, fileEdits, matching, uriOf, vaultPath } = require("./build/edits.js");

const edit = (line, from, to, newText) => ({ range: { start: { line, character: from }, end: { line, character: to } }, newText });

test("edits change their ranges and no other character, behind emoji, Chinese and CRLF", () => {
  const text = "# 共识 😀\r\n\r\n😀 [[a]] b\r\nend";
  assert.strictEqual(applyEdits(text, [edit(2, 3, 8, "[[c]]"), edit(0, 2, 4, "X"), edit(3, 3, 99, "!")]), "# X 😀\r\n\r\n😀 [[c]] b\r\nend!");
  assert.strictEqual(applyEdits("a\u2028b\nc", [edit(1, 0, 1, "d")]), "a\u2028b\nd");
  assert.strictEqual(applyEdits(text, []), text);
  assert.strictEqual(applyEdits("a", [edit(9, 0, 0, "b")]), "ab");
});

test("only files of the vault are written, and only edits that Obsidian can do", () => {
  const root = "file:///v/my%20vault";
  for (const path of ["a.md", "文件 夹/b (1).md", "x'y!.md", "50%.md"]) {
    assert.strictEqual(vaultPath(root, uriOf(root, path)), path);
  }
  for (const uri of ["file:///v/other/a.md", `${root}/../a.md`, `${root}/a/..%2F..%2Fb.md`, `${root}/%2e%2e/b.md`, `${root}//a.md`, `${root}/a%00.md`]) {
    assert.strictEqual(vaultPath(root, uri), undefined, uri);
  }
  assert.deepStrictEqual(fileEdits({ documentChanges: [{ kind: "create", uri: "u" }] }), [{ kind: "create", uri: "u" }]);
  assert.strictEqual(fileEdits({ documentChanges: [{ kind: "delete", uri: "u" }] }), undefined);
  assert.strictEqual(fileEdits({ documentChanges: [{ kind: "rename", oldUri: "u", newUri: "v" }] }), undefined);
});

test("kg completes front matter and inline fields; links and text are Obsidian's", () => {
  const note = ["---", "req", "requires: [[ra", "---", "see [[ra", "requires:: [[ra", "(uses:: 容", "a word", "time 10:30"];
  const at = (line) => completionStart(note, line, note[line].length);
  assert.deepStrictEqual(note.map((_, line) => at(line)), [undefined, 0, 12, undefined, undefined, 13, 8, undefined, undefined]);
  assert.strictEqual(completionStart(["---", "type: alg"], 1, 9), 6); // front matter that is being typed
  assert.strictEqual(completionStart(["a", "---"], 1, 3), undefined);
});

test("what begins with the typed text comes first", () => {
  const items = [{ label: "故障检测器", filterText: "gzjcq" }, { label: "xgz" }, { label: "requires" }];
  assert.deepStrictEqual(matching(items, "gz").map((item) => item.label), ["故障检测器", "xgz"]);
  assert.strictEqual(matching(items, "").length, 3);
});
