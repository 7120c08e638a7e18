// A client of `kg lsp`, in a process of its own. No interface of Obsidian here.

import { ChildProcess, spawn } from "node:child_process";
import {
  CodeAction, CodeActionRequest, CompletionItem, CompletionList, CompletionRequest, Diagnostic, DidChangeTextDocumentNotification,
  DidCloseTextDocumentNotification, DidOpenTextDocumentNotification, DidSaveTextDocumentNotification, ExitNotification,
  InitializeRequest, InitializedNotification, Position, ProtocolConnection, PublishDiagnosticsNotification, Range,
  ShutdownRequest, StreamMessageReader, StreamMessageWriter, createProtocolConnection,
} from "vscode-languageserver-protocol/node";

/** Whoever shows what the server says. */
export interface Listener {
  /** The findings of a file changed. */
  findings(uri: string): void;
  /** The server ended by itself, or never started. */
  ended(reason: string): void;
}

export class KgClient {
  readonly findings = new Map<string, Diagnostic[]>();
  private process: ChildProcess | undefined;
  private connection: ProtocolConnection | undefined;
  private readonly versions = new Map<string, number>();

  constructor(private readonly rootUri: string, private readonly listener: Listener) {}

  get running(): boolean {
    return this.connection !== undefined;
  }

  async start(command: string[], folder: string, locale: string): Promise<void> {
    const [program = "kg", ...args] = command;
    const server = spawn(program, args, { cwd: folder, stdio: ["pipe", "pipe", "ignore"] });
    this.process = server;
    // A program that isn't there is an event, never an exception.
    await new Promise<void>((resolve, reject) => server.once("spawn", resolve).once("error", reject));
    server.once("exit", () => this.lost(server, "it ended"));
    const connection = createProtocolConnection(new StreamMessageReader(server.stdout!), new StreamMessageWriter(server.stdin!));
    connection.onError(() => this.lost(server, "its messages can't be read"));
    connection.onNotification(PublishDiagnosticsNotification.type, ({ uri, diagnostics }) => {
      this.findings.set(uri, diagnostics);
      this.listener.findings(uri);
    });
    connection.listen();
    await connection.sendRequest(InitializeRequest.type, {
      processId: process.pid, rootUri: this.rootUri, workspaceFolders: [{ uri: this.rootUri, name: "vault" }], locale,
      capabilities: { workspace: { workspaceEdit: { documentChanges: true, resourceOperations: ["create"] } } },
    });
    await connection.sendNotification(InitializedNotification.type, {});
    this.connection = connection;
  }

  private lost(server: ChildProcess, reason: string): void {
    if (this.process === server) {
      this.process = this.connection = undefined;
      this.findings.clear();
      this.versions.clear();
      this.listener.ended(reason);
    }
  }

  /** Show a note with its text, saved or not. */
  show(uri: string, text: string): void {
    const version = this.versions.get(uri);
    this.versions.set(uri, (version ?? 0) + 1);
    if (version === undefined) {
      const textDocument = { uri, languageId: "markdown", version: 1, text };
      void this.connection?.sendNotification(DidOpenTextDocumentNotification.type, { textDocument });
    } else {
      const textDocument = { uri, version: version + 1 };
      void this.connection?.sendNotification(DidChangeTextDocumentNotification.type, { textDocument, contentChanges: [{ text }] });
    }
  }

  hide(uri: string): void {
    if (this.versions.delete(uri)) {
      void this.connection?.sendNotification(DidCloseTextDocumentNotification.type, { textDocument: { uri } });
    }
  }

  saved(uri: string): void {
    void this.connection?.sendNotification(DidSaveTextDocumentNotification.type, { textDocument: { uri } });
  }

  async complete(uri: string, position: Position): Promise<CompletionItem[]> {
    const answer = await this.connection?.sendRequest(CompletionRequest.type, { textDocument: { uri }, position });
    return answer == null ? [] : Array.isArray(answer) ? answer : (answer as CompletionList).items;
  }

  /** Fixes of a finding (`quickfix`), or suggestions (`refactor`), each with its edit. */
  async actions(uri: string, range: Range, kind: "quickfix" | "refactor"): Promise<CodeAction[]> {
    const only = [kind === "refactor" ? "refactor.rewrite" : kind];
    const context = { diagnostics: [], only };
    const answer = await this.connection?.sendRequest(CodeActionRequest.type, { textDocument: { uri }, range, context });
    return (answer ?? []).filter((action): action is CodeAction => "edit" in action && action.edit !== undefined);
  }

  async stop(): Promise<void> {
    const { connection, process: server } = this;
    this.process = this.connection = undefined;
    if (connection !== undefined) {
      await Promise.race([connection.sendRequest(ShutdownRequest.type), new Promise((resolve) => setTimeout(resolve, 2000))]).catch(() => undefined);
      await connection.sendNotification(ExitNotification.type).catch(() => undefined);
      connection.dispose();
    }
    server?.kill();
  }
}
