// A stub of Obsidian's interface, as far as the plugin uses it. Obsidian itself isn't started by these tests.

const Module = require("node:module");
const path = require("node:path");

class Element {
  constructor(tag = "div") { Object.assign(this, { tag, children: [], listeners: {}, text: "" }); }
  empty() { this.children = []; }
  createEl(tag, { text = "" } = {}) { const e = new Element(tag); e.text = text; e.parent = this; this.children.push(e); return e; }
  createDiv(options) { return this.createEl("div", options); }
  addEventListener(name, listener) { this.listeners[name] = listener; }
  setText(text) { this.text = text; }
  remove() { this.parent.children = this.parent.children.filter((e) => e !== this); }
  click() { return this.listeners.click(); }
  all(tag) { return [...(this.tag === tag ? [this] : []), ...this.children.flatMap((e) => e.all(tag))]; }
  get texts() { return [this.text, ...this.children.flatMap((e) => e.texts)].filter((t) => t !== ""); }
}

class Events {
  constructor() { this.handlers = {}; }
  on(name, handler) { (this.handlers[name] ??= []).push(handler); return {}; }
  trigger(name, ...args) { for (const handler of this.handlers[name] ?? []) { handler(...args); } }
}

class TFile { constructor(file) { this.path = file; this.extension = path.extname(file).slice(1); } }
class FileSystemAdapter { constructor(folder) { this.folder = folder; } getBasePath() { return this.folder; } }

class Editor {
  constructor(text) { this.text = text; this.cursor = { line: 0, ch: 0 }; }
  getValue() { return this.text; }
  getLine(n) { return this.text.split("\n")[n]; }
  lineCount() { return this.text.split("\n").length; }
  setCursor(at) { this.cursor = at; }
  scrollIntoView() {}
  offset(at) { return this.text.split("\n").slice(0, at.line).reduce((sum, line) => sum + line.length + 1, 0) + at.ch; }
  replaceRange(text, from, to) { this.text = this.text.slice(0, this.offset(from)) + text + this.text.slice(this.offset(to)); }
  transaction({ changes }) {
    for (const c of [...changes].sort((a, b) => this.offset(b.from) - this.offset(a.from))) { this.replaceRange(c.text, c.from, c.to); }
  }
}

class MarkdownView { constructor(file, editor) { Object.assign(this, { file, editor }); } }
class ItemView { constructor(leaf) { this.leaf = leaf; this.contentEl = new Element(); } }

class Plugin {
  constructor(app) { Object.assign(this, { app, views: {}, commands: {}, suggests: [], tabs: [], data: app.data }); }
  async loadData() { return this.data; }
  async saveData(data) { this.data = data; }
  addStatusBarItem() { return (this.bar = new Element()); }
  registerView(type, make) { this.views[type] = make; }
  registerEditorSuggest(suggest) { this.suggests.push(suggest); }
  addSettingTab(tab) { this.tabs.push(tab); }
  addCommand(command) { this.commands[command.id] = command; }
  registerEvent() {}
}

class EditorSuggest { constructor(app) { this.app = app; this.context = null; } close() { this.closed = true; } }
class PluginSettingTab { constructor(app, plugin) { Object.assign(this, { app, plugin, containerEl: new Element() }); } }
const notices = [];
class Notice { constructor(text) { notices.push(text); } }

/** A vault with one open note, over real files. */
function makeApp(folder, files, open, data) {
  const workspace = new Events(), vault = new Events();
  const view = new MarkdownView(files[open], new Editor(require("node:fs").readFileSync(path.join(folder, open), "utf8")));
  const leaves = { markdown: [{ view }] };
  Object.assign(workspace, {
    getActiveViewOfType: () => view, activeEditor: null, getLeavesOfType: (type) => leaves[type] ?? [],
    onLayoutReady: (call) => call(), getRightLeaf: () => null, leaves,
  });
  const fs = require("node:fs");
  Object.assign(vault, {
    adapter: new FileSystemAdapter(folder),
    getAbstractFileByPath: (p) => files[p] ?? null,
    create: async (p, text) => { files[p] = new TFile(p); fs.writeFileSync(path.join(folder, p), text); },
    process: async (file, change) => {
      const at = path.join(folder, file.path);
      fs.writeFileSync(at, change(fs.readFileSync(at, "utf8")));
    },
  });
  return { app: { workspace, vault, data }, view, vault, workspace };
}

function load() {
  globalThis.window = { localStorage: { getItem: () => "zh" } };
  const stub = { Editor, EditorSuggest, FileSystemAdapter, ItemView, MarkdownView, Notice, Plugin, PluginSettingTab, Setting: class {}, TFile };
  const original = Module._load;
  Module._load = (request, ...rest) => (request === "obsidian" ? stub : original(request, ...rest));
  try {
    return require("../main.js");
  } finally {
    Module._load = original;
  }
}

module.exports = { Editor, TFile, load, makeApp, notices };
