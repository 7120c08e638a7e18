// The panel beside the note: findings, their fixes, and suggestions. Texts of notes are set as text, never as HTML.

import { ItemView, WorkspaceLeaf } from "obsidian";
import { CodeAction, Diagnostic } from "vscode-languageserver-protocol";
import { Words } from "./words";

export const PANEL = "kg-findings";

/** What the panel asks of the plugin. */
export interface PanelSource {
  readonly words: Words;
  /** The findings of the note that is open, worst first; undefined if the server doesn't run. */
  findings(): Diagnostic[] | undefined;
  fixes(finding: Diagnostic): Promise<CodeAction[]>;
  suggestions(): Promise<CodeAction[]>;
  apply(action: CodeAction): Promise<void>;
  goTo(finding: Diagnostic): void;
}

export class FindingsPanel extends ItemView {
  private drawing = 0;

  constructor(leaf: WorkspaceLeaf, private readonly source: PanelSource) {
    super(leaf);
  }

  getViewType(): string {
    return PANEL;
  }

  getDisplayText(): string {
    return "kg";
  }

  override getIcon(): string {
    return "list-checks";
  }

  override async onOpen(): Promise<void> {
    await this.draw();
  }

  /** Draw again; a drawing that another one overtakes stops. */
  async draw(): Promise<void> {
    const number = ++this.drawing;
    const { words } = this.source;
    const findings = this.source.findings();
    const suggestions = findings === undefined ? [] : await this.source.suggestions();
    if (number !== this.drawing) {
      return;
    }
    const root = this.contentEl;
    root.empty();
    if (findings === undefined) {
      root.createEl("p", { text: words.stopped });
      return;
    }
    root.createEl("h4", { text: findings.length > 0 ? `${words.findings} (${findings.length})` : words.none });
    for (const finding of findings) {
      this.drawFinding(root, finding);
    }
    if (suggestions.length > 0) {
      root.createEl("h4", { text: words.suggestions });
      suggestions.forEach((action) => this.drawAction(root, action));
    }
  }

  private drawFinding(root: HTMLElement, finding: Diagnostic): void {
    const row = root.createDiv({ cls: `kg-finding kg-severity-${finding.severity ?? 2}` });
    const link = row.createEl("a", { text: `${finding.range.start.line + 1} · ${finding.code ?? ""}` });
    link.addEventListener("click", () => this.source.goTo(finding));
    row.createDiv({ text: typeof finding.message === "string" ? finding.message : finding.message.value });
    const button = row.createEl("button", { text: this.source.words.fixes });
    button.addEventListener("click", () => {
      void this.source.fixes(finding).then((fixes) => {
        button.remove();
        if (fixes.length === 0) {
          row.createDiv({ text: this.source.words.noFix });
        }
        fixes.forEach((action) => this.drawAction(row, action));
      });
    });
  }

  private drawAction(root: HTMLElement, action: CodeAction): void {
    const button = root.createEl("button", { text: action.title });
    button.addEventListener("click", () => void this.source.apply(action));
  }
}
