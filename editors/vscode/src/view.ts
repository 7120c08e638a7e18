// The view of the concept map in the side bar: it follows the cursor of the active editor.

import { randomBytes } from "node:crypto";
import {
  Disposable, Position, Range, TextEditor, Uri, WebviewView, WebviewViewProvider, env, window, workspace,
} from "vscode";
import { BaseLanguageClient } from "vscode-languageclient/node";
import { ConceptMap, MapFollower, Place, pageOf, targetOf } from "./map";

const EMPTY = { zh: "光标所在的笔记还没有概念图。", en: "The note at the cursor has no concept map." };

export class MapView implements WebviewViewProvider, Disposable {
  static readonly id = "kg.map";
  private view: WebviewView | undefined;
  private readonly empty = env.language.toLowerCase().startsWith("zh") ? EMPTY.zh : EMPTY.en;
  private readonly follower = new MapFollower((place) => this.ask(place), (html) => void this.view?.webview.postMessage({ html }), this.empty);
  private readonly listeners: Disposable[];

  constructor(private readonly client: () => BaseLanguageClient | undefined) {
    this.listeners = [
      window.onDidChangeTextEditorSelection((event) => this.follow(event.textEditor)),
      window.onDidChangeActiveTextEditor((editor) => this.follow(editor)),
      workspace.onDidChangeTextDocument((event) => {
        if (event.document === window.activeTextEditor?.document) {
          this.follow(window.activeTextEditor);
        }
      }),
    ];
  }

  resolveWebviewView(view: WebviewView): void {
    this.view = view;
    view.webview.options = { enableScripts: true, localResourceRoots: [] };
    view.webview.onDidReceiveMessage((message: unknown) => void this.receive(message));
    view.onDidChangeVisibility(() => this.follow(window.activeTextEditor));
    view.onDidDispose(() => {
      this.view = undefined;
      this.follower.stop();
    });
    view.webview.html = pageOf(randomBytes(16).toString("base64url"), this.empty);
  }

  /** Draw the map of an editor's cursor, if the view is open and the editor shows a note. */
  follow(editor: TextEditor | undefined): void {
    if (this.view?.visible !== true || editor?.document.languageId !== "markdown") {
      return;
    }
    const { line, character } = editor.selection.active;
    this.follower.follow({ uri: editor.document.uri.toString(), line, character });
  }

  private async ask(place: Place): Promise<ConceptMap | null> {
    const { uri, line, character } = place;
    return (await this.client()?.sendRequest<ConceptMap | null>("kg/around", { textDocument: { uri }, position: { line, character } })) ?? null;
  }

  private async receive(message: unknown): Promise<void> {
    if ((message as { kind?: unknown } | null)?.kind === "ready") {
      this.follower.forget();
      this.follow(window.activeTextEditor);
      return;
    }
    const target = targetOf(this.follower.map, message);
    if (target !== undefined) {
      const at = new Position(target.line, 0);
      await window.showTextDocument(Uri.parse(target.uri), { selection: new Range(at, at) });
    }
  }

  dispose(): void {
    this.follower.stop();
    this.listeners.forEach((listener) => listener.dispose());
  }
}
