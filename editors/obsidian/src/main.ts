// The plugin: shows what `kg lsp` says about the vault. Only what the user clicks is written, by Obsidian itself.

import {
  App, Editor, EditorPosition, EditorSuggest, EditorSuggestContext, EditorSuggestTriggerInfo, FileSystemAdapter, MarkdownView,
  Notice, Plugin, PluginSettingTab, Setting, TAbstractFile, TFile,
} from "obsidian";
import { pathToFileURL } from "node:url";
import { CodeAction, CompletionItem, Diagnostic, Position, TextEdit } from "vscode-languageserver-protocol";
import { KgClient } from "./client";
import { applyEdits, completionEdit, completionStart, fileEdits, matching, uriOf, vaultPath } from "./edits";
import { FindingsPanel, PANEL, PanelSource } from "./panel";
import { Words, wordsOf } from "./words";

interface KgSettings {
  command: string[];
}

const DEFAULTS: KgSettings = { command: ["kg", "lsp"] };

export default class KgPlugin extends Plugin implements PanelSource {
  settings: KgSettings = DEFAULTS;
  client: KgClient | undefined;
  words: Words = wordsOf("en");
  private rootUri = "";
  private shown: string | undefined;
  private status: HTMLElement | undefined;

  override async onload(): Promise<void> {
    const saved = ((await this.loadData()) ?? {}) as Partial<KgSettings>;
    this.settings = { command: commandOf(saved.command) };
    const locale = window.localStorage.getItem("language") ?? "en";
    this.words = wordsOf(locale);
    this.status = this.addStatusBarItem();
    this.registerView(PANEL, (leaf) => new FindingsPanel(leaf, this));
    this.registerEditorSuggest(new RelationSuggest(this.app, this));
    this.addSettingTab(new KgSettingTab(this.app, this));
    this.addCommand({ id: "open-findings", name: this.words.open, callback: () => void this.openPanel() });
    this.addCommand({ id: "restart", name: this.words.restart, callback: () => void this.restart() });
    this.registerEvent(this.app.workspace.on("editor-change", (editor, info) => this.show(info.file, editor.getValue())));
    this.registerEvent(this.app.workspace.on("active-leaf-change", () => this.showActive()));
    this.registerEvent(this.app.vault.on("modify", (file) => this.onSaved(file)));
    this.app.workspace.onLayoutReady(() => void this.restart());
  }

  override onunload(): void {
    void this.client?.stop();
  }

  async restart(): Promise<void> {
    await this.client?.stop();
    this.client = undefined;
    this.shown = undefined;
    const adapter = this.app.vault.adapter;
    if (!(adapter instanceof FileSystemAdapter)) {
      return; // a vault that is not a folder of this machine
    }
    const folder = adapter.getBasePath();
    this.rootUri = pathToFileURL(folder).href;
    const client = new KgClient(this.rootUri, { findings: (uri) => this.onFindings(uri), ended: () => this.redraw() });
    try {
      await client.start(this.settings.command, folder, window.localStorage.getItem("language") ?? "en");
    } catch {
      await client.stop();
      new Notice(this.words.cannotStart(this.settings.command.join(" ")));
      return;
    }
    this.client = client;
    this.showActive();
    this.redraw();
  }

  async saveCommand(command: string[]): Promise<void> {
    this.settings = { command: commandOf(command) };
    await this.saveData(this.settings);
    await this.restart();
  }

  // What is open

  private activeView(): MarkdownView | null {
    return this.app.workspace.getActiveViewOfType(MarkdownView);
  }

  private showActive(): void {
    const view = this.activeView();
    if (view !== null) {
      this.show(view.file, view.editor.getValue());
    }
  }

  /** Show the text of the note that is open to the server; one note at a time. */
  show(file: TFile | null, text: string): void {
    if (this.client === undefined || file === null || file.extension !== "md") {
      return;
    }
    const uri = uriOf(this.rootUri, file.path);
    if (this.shown !== undefined && this.shown !== uri) {
      this.client.hide(this.shown);
    }
    this.client.show(uri, text);
    if (this.shown !== uri) {
      this.shown = uri;
      this.redraw();
    }
  }

  private onSaved(file: TAbstractFile): void {
    if (file instanceof TFile && uriOf(this.rootUri, file.path) === this.shown) {
      this.client?.saved(this.shown);
    }
  }

  private onFindings(uri: string): void {
    if (uri === this.shown) {
      this.redraw();
    }
  }

  private redraw(): void {
    const findings = this.findings();
    this.status?.setText(findings === undefined ? "kg –" : `kg ${findings.length}`);
    for (const leaf of this.app.workspace.getLeavesOfType(PANEL)) {
      if (leaf.view instanceof FindingsPanel) {
        void leaf.view.draw();
      }
    }
  }

  private async openPanel(): Promise<void> {
    const leaf = this.app.workspace.getLeavesOfType(PANEL)[0] ?? this.app.workspace.getRightLeaf(false);
    await leaf?.setViewState({ type: PANEL, active: true });
  }

  // What the panel asks

  findings(): Diagnostic[] | undefined {
    if (this.client?.running !== true) {
      return undefined;
    }
    const findings = this.shown === undefined ? [] : (this.client.findings.get(this.shown) ?? []);
    return [...findings].sort((a, b) => (a.severity ?? 2) - (b.severity ?? 2) || a.range.start.line - b.range.start.line);
  }

  async fixes(finding: Diagnostic): Promise<CodeAction[]> {
    return this.shown === undefined ? [] : ((await this.client?.actions(this.shown, finding.range, "quickfix")) ?? []);
  }

  /** Suggestions for the whole note: the server gives them at its first line. */
  async suggestions(): Promise<CodeAction[]> {
    const start = { line: 0, character: 0 };
    return this.shown === undefined ? [] : ((await this.client?.actions(this.shown, { start, end: start }, "refactor").catch(() => [])) ?? []);
  }

  goTo(finding: Diagnostic): void {
    const editor = this.activeView()?.editor ?? this.app.workspace.activeEditor?.editor;
    const { line, character } = finding.range.start;
    editor?.setCursor({ line, ch: character });
    editor?.scrollIntoView({ from: { line, ch: 0 }, to: { line, ch: 0 } }, true);
  }

  async apply(action: CodeAction): Promise<void> {
    const steps = action.edit === undefined ? undefined : fileEdits(action.edit);
    const paths = steps?.map((step) => vaultPath(this.rootUri, step.uri));
    if (steps === undefined || paths === undefined || paths.some((path) => path === undefined)) {
      new Notice(this.words.cannotApply);
      return;
    }
    for (const [number, step] of steps.entries()) {
      const path = paths[number] ?? "";
      if (step.kind === "create") {
        if (this.app.vault.getAbstractFileByPath(path) === null) {
          await this.app.vault.create(path, "");
        }
        continue;
      }
      const file = this.app.vault.getAbstractFileByPath(path);
      if (file instanceof TFile) {
        await this.edit(file, step.edits);
      }
    }
  }

  /** Change a note: in its editor if it is open there, so that it can be undone and the cursor stays, else in its file. */
  private async edit(file: TFile, edits: TextEdit[]): Promise<void> {
    for (const leaf of this.app.workspace.getLeavesOfType("markdown")) {
      const view = leaf.view;
      if (view instanceof MarkdownView && view.file?.path === file.path) {
        const place = ({ line, character }: Position): EditorPosition => ({ line, ch: character });
        view.editor.transaction({
          changes: edits.map(({ range, newText }) => ({ from: place(range.start), to: place(range.end), text: newText })),
        });
        this.show(file, view.editor.getValue());
        return;
      }
    }
    await this.app.vault.process(file, (text) => applyEdits(text, edits));
  }

  async complete(file: TFile, text: string, line: number, character: number): Promise<CompletionItem[]> {
    this.show(file, text);
    return (await this.client?.complete(uriOf(this.rootUri, file.path), { line, character })) ?? [];
  }
}

/** The command of the settings; the default if they name none. */
export function commandOf(setting: unknown): string[] {
  const parts = Array.isArray(setting) ? setting.filter((part): part is string => typeof part === "string" && part !== "") : [];
  return parts.length > 0 ? parts : DEFAULTS.command;
}

/** Completes keys and values of front matter, and targets of relations in inline fields. */
export class RelationSuggest extends EditorSuggest<CompletionItem> {
  constructor(app: App, private readonly plugin: KgPlugin) {
    super(app);
  }

  onTrigger(cursor: EditorPosition, editor: Editor, file: TFile | null): EditorSuggestTriggerInfo | null {
    if (file === null || this.plugin.client?.running !== true) {
      return null;
    }
    const lines = Array.from({ length: editor.lineCount() }, (_, number) => editor.getLine(number));
    const start = completionStart(lines, cursor.line, cursor.ch);
    if (start === undefined) {
      return null;
    }
    return { start: { line: cursor.line, ch: start }, end: cursor, query: (lines[cursor.line] ?? "").slice(start, cursor.ch) };
  }

  async getSuggestions(context: EditorSuggestContext): Promise<CompletionItem[]> {
    const { line, ch } = context.end;
    const items = await this.plugin.complete(context.file, context.editor.getValue(), line, ch).catch(() => []);
    return matching(items, context.query);
  }

  renderSuggestion(item: CompletionItem, element: HTMLElement): void {
    element.createDiv({ text: item.label });
    if (item.detail !== undefined) {
      element.createEl("small", { text: item.detail });
    }
  }

  selectSuggestion(item: CompletionItem): void {
    const { context } = this;
    if (context !== null) {
      const { range, newText } = completionEdit(item, context.end.line, context.start.ch, context.end.ch);
      const from = { line: range.start.line, ch: range.start.character };
      context.editor.replaceRange(newText, from, { line: range.end.line, ch: range.end.character });
      context.editor.setCursor({ line: from.line, ch: from.ch + newText.length });
    }
    this.close();
  }
}

class KgSettingTab extends PluginSettingTab {
  constructor(app: App, private readonly plugin: KgPlugin) {
    super(app, plugin);
  }

  display(): void {
    this.containerEl.empty();
    const { words, settings } = this.plugin;
    new Setting(this.containerEl)
      .setName(words.command)
      .setDesc(words.commandText)
      .addTextArea((area) => {
        area.setValue(settings.command.join("\n"));
        area.inputEl.addEventListener("change", () => void this.plugin.saveCommand(area.getValue().split("\n").map((part) => part.trim())));
      });
  }
}
