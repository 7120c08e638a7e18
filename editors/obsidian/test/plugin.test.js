// The plugin with a stub of Obsidian's interface (stub.cjs), over files, and a real `kg lsp` (KG_PYTHON names the Python that has it).

const assert = require("node:assert");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const test = require("node:test");
const { TFile, load, makeApp, notices } = require("./stub.cjs");

const { default: KgPlugin, commandOf, RelationSuggest } = load();
const command = [process.env.KG_PYTHON ?? "python3", "-m", "kg", "lsp"];

const NOTES = {
  "kg.toml": 'notes = ["notes"]\n',
  "notes/raft.md": "---\ntitle: Raft\nrequi\n---\n# Raft\n\nNeeds a [[consensus_]] and a failure detector.\n",
  "notes/consensus.md": "# Consensus\n\nAgreement of all.\n",
  "notes/failure-detector.md": "# Failure detector\n\nSuspects processes.\n",
};

async function until(look) {
  for (let n = 0; n < 1200; n++) {
    const value = await look();
    if (value) {
      return value;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.fail("nothing came");
}

test("findings, a fix and completion of relations in a vault", { timeout: 120_000 }, async () => {
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "kg 库-")));
  const files = {};
  for (const [name, text] of Object.entries(NOTES)) {
    fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    fs.writeFileSync(path.join(folder, name), text);
    files[name] = new TFile(name);
  }
  const { app, view, vault, workspace } = makeApp(folder, files, "notes/raft.md", { command });
  const plugin = new KgPlugin(app);
  try {
    await plugin.onload();
    const panel = plugin.views["kg-findings"]({});
    workspace.leaves["kg-findings"] = [{ view: panel }];
    const broken = await until(() => plugin.findings()?.find((finding) => finding.code === "KG201"));
    assert.match(broken.message, /链接指向的笔记不存在/);
    await panel.draw();
    assert.ok(panel.contentEl.texts.some((text) => text.includes("KG201")));
    assert.strictEqual(plugin.bar.text, `kg ${plugin.findings().length}`);

    // The fix of the finding is written by the editor, and nothing is written before it is clicked.
    const fixes = await plugin.fixes(broken);
    const fix = fixes.find((action) => JSON.stringify(action.edit).includes("consensus"));
    assert.strictEqual(view.editor.text, NOTES["notes/raft.md"]);
    await plugin.apply(fix);
    assert.strictEqual(view.editor.text, NOTES["notes/raft.md"].replace("[[consensus_]]", "[[consensus]]"));
    await until(() => !plugin.findings()?.some((finding) => finding.code === "KG201"));
    assert.strictEqual(fs.readFileSync(path.join(folder, "notes/raft.md"), "utf8"), NOTES["notes/raft.md"]);

    // A relation is completed in front matter.
    const [suggest] = plugin.suggests;
    const cursor = { line: 2, ch: 5 };
    const trigger = suggest.onTrigger(cursor, view.editor, view.file);
    assert.deepStrictEqual([trigger.start.ch, trigger.query], [0, "requi"]);
    suggest.context = { ...trigger, editor: view.editor, file: view.file };
    const items = await suggest.getSuggestions(suggest.context);
    const requires = items.find((item) => item.label.startsWith("requires"));
    assert.ok(requires, items.map((item) => item.label).join());
    suggest.selectSuggestion(requires);
    assert.match(view.editor.getLine(2), /^requires: /);
    assert.strictEqual(suggest.onTrigger({ line: 6, ch: 14 }, view.editor, view.file), null);

    // Edits of files elsewhere are refused.
    const before = notices.length;
    await plugin.apply({ title: "x", edit: { documentChanges: [{ kind: "create", uri: "file:///tmp/other.md" }] } });
    assert.strictEqual(notices.length, before + 1);

    // The server is gone: the panel says so, and the plugin stays.
    plugin.client.process.kill("SIGKILL");
    await until(() => plugin.findings() === undefined);
    assert.ok((await until(() => panel.contentEl.texts.length === 1 && panel.contentEl.texts))[0].includes("没有运行"));
    vault.trigger("modify", view.file);
    workspace.trigger("editor-change", view.editor, { file: view.file });
    await plugin.restart();
    await until(() => plugin.findings() !== undefined);
  } finally {
    const client = plugin.client;
    plugin.onunload();
    await until(() => client === undefined || !client.running);
    fs.rmSync(folder, { recursive: true });
  }
});

test("a command that isn't there is said, and nothing else happens", async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "kg-"));
  fs.writeFileSync(path.join(folder, "a.md"), "# A\n");
  const { app } = makeApp(folder, { "a.md": new TFile("a.md") }, "a.md", { command: ["/no/such/kg"] });
  const plugin = new KgPlugin(app);
  await plugin.onload();
  await until(() => notices.some((text) => text.includes("/no/such/kg")));
  assert.strictEqual(plugin.findings(), undefined);
  assert.strictEqual(new RelationSuggest(app, plugin).onTrigger({ line: 0, ch: 0 }, {}, new TFile("a.md")), null);
  fs.rmSync(folder, { recursive: true });
});

test("the command is what the settings say, word by word", () => {
  assert.deepStrictEqual(commandOf(["/x/kg", "lsp"]), ["/x/kg", "lsp"]);
  for (const setting of [undefined, "kg; rm -rf /", [], [1], [""]]) {
    assert.deepStrictEqual(commandOf(setting), ["kg", "lsp"]);
  }
});
