// The bundle with a stub of the editor's interface, and the protocol's own Node client against a real `kg lsp`.

const assert = require("node:assert");
const { spawn } = require("node:child_process");
const fs = require("node:fs");
const Module = require("node:module");
const os = require("node:os");
const path = require("node:path");
const test = require("node:test");
const { pathToFileURL } = require("node:url");
const {
  createProtocolConnection, InitializeRequest, InitializedNotification, DidOpenTextDocumentNotification, CompletionRequest,
  PublishDiagnosticsNotification, ShutdownRequest, ExitNotification, StreamMessageReader, StreamMessageWriter,
} = require("vscode-languageserver-protocol/node");

const python = process.env.KG_PYTHON ?? "python3";

/** Any name of the editor's interface is a class that does nothing, unless it is given. */
function stub(given) {
  return new Proxy(given, { get: (target, name) => (name in target ? target[name] : class {}) });
}

function load(vscode) {
  const original = Module._load;
  Module._load = (request, ...rest) => (request === "vscode" ? vscode : original(request, ...rest));
  try {
    const bundle = path.join(__dirname, "../dist/extension.js");
    delete require.cache[bundle];
    return require(bundle);
  } finally {
    Module._load = original;
  }
}

test("an untrusted workspace starts nothing, and the commands are there", async () => {
  const names = [];
  const disposable = { dispose() {} };
  const vscode = stub({
    workspace: stub({ isTrusted: false, onDidGrantWorkspaceTrust: () => disposable, onDidChangeConfiguration: () => disposable, onDidChangeTextDocument: () => disposable }),
    commands: stub({ registerCommand: (name) => (names.push(name), disposable) }),
    window: stub({
      onDidChangeTextEditorSelection: () => disposable, onDidChangeActiveTextEditor: () => disposable,
      registerWebviewViewProvider: (name) => (names.push(name), disposable),
    }),
    env: { language: "zh-cn" },
  });
  const extension = load(vscode);
  const context = { subscriptions: [] };
  await extension.activate(context);
  assert.deepStrictEqual(names.sort(), ["kg.map", "kg.restart", "kg.showReferences"]);
  assert.strictEqual(context.subscriptions.length, 6);
  await extension.deactivate();
});

test("the command of the settings is used as it is; anything else is the default", () => {
  const { serverCommand } = load(stub({}));
  assert.deepStrictEqual(serverCommand(["/x/kg", "lsp", "--lang", "zh"]), { command: "/x/kg", args: ["lsp", "--lang", "zh"] });
  for (const setting of [undefined, "kg; rm -rf /", [], [1], [""]]) {
    assert.deepStrictEqual(serverCommand(setting), { command: "kg", args: ["lsp"] });
  }
});

test("findings and completion over standard input and output", { timeout: 120_000 }, async () => {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), "kg-"));
  fs.mkdirSync(path.join(root, "concepts"));
  fs.writeFileSync(path.join(root, "kg.toml"), "");
  fs.writeFileSync(path.join(root, "concepts/raft.md"), "# Raft\n");
  const server = spawn(python, ["-m", "kg", "lsp"], { stdio: ["pipe", "pipe", "inherit"] });
  try {
    const client = createProtocolConnection(new StreamMessageReader(server.stdout), new StreamMessageWriter(server.stdin));
    const uri = pathToFileURL(path.join(root, "concepts/paxos.md")).href;
    const findings = new Promise((resolve) => {
      client.onNotification(PublishDiagnosticsNotification.type, (params) => {
        if (params.uri === uri && params.diagnostics.some((d) => d.code === "KG201")) {
          resolve(params.diagnostics);
        }
      });
    });
    client.listen();
    const rootUri = pathToFileURL(root).href;
    await client.sendRequest(InitializeRequest.type, {
      processId: process.pid, rootUri, workspaceFolders: [{ uri: rootUri, name: "kb" }], capabilities: {}, locale: "zh-cn",
    });
    await client.sendNotification(InitializedNotification.type, {});
    const text = "# Paxos\n\n😀 [[nope]] [[ra";
    await client.sendNotification(DidOpenTextDocumentNotification.type, {
      textDocument: { uri, languageId: "markdown", version: 1, text },
    });
    const broken = (await findings).find((d) => d.code === "KG201");
    assert.deepStrictEqual(broken.range, { start: { line: 2, character: 3 }, end: { line: 2, character: 11 } });
    assert.match(broken.message, /^链接指向的笔记不存在。/);
    const position = { line: 2, character: 16 };
    const list = await client.sendRequest(CompletionRequest.type, { textDocument: { uri }, position });
    assert.ok(list.items.some((item) => item.textEdit.newText === "raft]]"));
    const raft = pathToFileURL(path.join(root, "concepts/raft.md")).href;
    await client.sendNotification(DidOpenTextDocumentNotification.type, {
      textDocument: { uri: raft, languageId: "markdown", version: 1, text: "# Raft\n" },
    });
    const map = await client.sendRequest("kg/around", { textDocument: { uri: raft }, position: { line: 0, character: 0 } });
    assert.deepStrictEqual([map.nodes[0].label, map.nodes[0].uri, map.omitted], ["Raft", raft, 0]);
    await assert.rejects(client.sendRequest("kg/around", { textDocument: 3 }), /Invalid Params/);
    await client.sendRequest(ShutdownRequest.type);
    await client.sendNotification(ExitNotification.type);
    assert.strictEqual(await new Promise((resolve) => server.on("exit", resolve)), 0);
  } finally {
    server.kill();
    fs.rmSync(root, { recursive: true });
  }
});
