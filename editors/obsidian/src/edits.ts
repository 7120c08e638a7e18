// Edits and places as the protocol writes them, on plain strings: positions are lines and UTF-16 units, as in JavaScript.

import { CompletionItem, Position, Range, TextEdit, WorkspaceEdit } from "vscode-languageserver-protocol";

/** Where lines begin. A line ends at LF, CRLF or CR, and nowhere else. */
export function lineStarts(text: string): number[] {
  const starts = [0];
  for (const match of text.matchAll(/\r\n|\n|\r/g)) {
    starts.push(match.index + match[0].length);
  }
  return starts;
}

export function offsetOf(text: string, starts: number[], position: Position): number {
  const start = starts[position.line];
  if (start === undefined) {
    return text.length;
  }
  const end = starts[position.line + 1] ?? text.length;
  return Math.min(start + position.character, end);
}

/** The text after edits, which don't overlap; nothing else is changed. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  const starts = lineStarts(text);
  const spans = edits.map((edit) => ({
    start: offsetOf(text, starts, edit.range.start),
    end: offsetOf(text, starts, edit.range.end),
    text: edit.newText,
  }));
  spans.sort((a, b) => b.start - a.start || b.end - a.end);
  return spans.reduce((result, span) => result.slice(0, span.start) + span.text + result.slice(span.end), text);
}

export type FileEdit = { kind: "edit"; uri: string; edits: TextEdit[] } | { kind: "create"; uri: string };

/** The steps of an edit, in order; undefined if one is of a kind that this plugin doesn't do (renaming, deleting). */
export function fileEdits(edit: WorkspaceEdit): FileEdit[] | undefined {
  const steps: FileEdit[] = Object.entries(edit.changes ?? {}).map(([uri, edits]) => ({ kind: "edit", uri, edits }));
  for (const change of edit.documentChanges ?? []) {
    if ("textDocument" in change) {
      steps.push({ kind: "edit", uri: change.textDocument.uri, edits: change.edits as TextEdit[] });
    } else if (change.kind === "create") {
      steps.push({ kind: "create", uri: change.uri });
    } else {
      return undefined;
    }
  }
  return steps;
}

/** The path in the vault of a URI; undefined for files elsewhere. */
export function vaultPath(rootUri: string, uri: string): string | undefined {
  const root = `${rootUri.replace(/\/$/, "")}/`;
  if (!uri.startsWith(root)) {
    return undefined;
  }
  const parts = uri.slice(root.length).split("/").map(decodeURIComponent);
  return parts.some((part) => part === "" || part === "." || part === ".." || part.includes("/") || part.includes("\0")) ? undefined : parts.join("/");
}

/** The URI of a path in the vault, in the form of the server (RFC 3986, letters beyond ASCII encoded). */
export function uriOf(rootUri: string, path: string): string {
  const encoded = path.split("/").map((part) => encodeURIComponent(part).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`));
  return `${rootUri.replace(/\/$/, "")}/${encoded.join("/")}`;
}

/**
 * Where a completion of kg begins at a cursor, or undefined where Obsidian's own completion is at home: links and tags.
 * kg completes front matter (keys, relations, values) and inline fields (`requires:: [[…`).
 */
export function completionStart(lines: readonly string[], line: number, character: number): number | undefined {
  const before = (lines[line] ?? "").slice(0, character);
  const word = /[^\s:：,，[\]"'|]*$/.exec(before)?.[0] ?? "";
  const start = character - word.length;
  if (lines[0]?.trimEnd() === "---") {
    const end = lines.findIndex((text, number) => number > 0 && /^(?:---|\.\.\.)\s*$/.test(text));
    if (line > 0 && (end === -1 || line < end)) {
      return start;
    }
  }
  return /(?:^|[[(\s])[^\s:：[\]()]+(?:::|：：)[^\]\n]*$/.test(before) ? start : undefined;
}

/** What a completion writes: the range that it replaces, and the text. */
export function completionEdit(item: CompletionItem, line: number, start: number, end: number): TextEdit {
  const range: Range = { start: { line, character: start }, end: { line, character: end } };
  if (item.textEdit !== undefined) {
    return { range: "range" in item.textEdit ? item.textEdit.range : item.textEdit.replace, newText: item.textEdit.newText };
  }
  return { range, newText: item.insertText ?? item.label };
}

/** The completions that match what is typed, those that begin with it first; the server's order otherwise. */
export function matching(items: readonly CompletionItem[], query: string): CompletionItem[] {
  const typed = query.toLowerCase();
  const place = (item: CompletionItem): number => {
    const names = [item.filterText ?? "", item.label].map((name) => name.toLowerCase());
    return names.some((name) => name.startsWith(typed)) ? 0 : names.some((name) => name.includes(typed)) ? 1 : 2;
  };
  const ranked = items.map((item, number) => ({ item, number, place: place(item) })).filter((row) => row.place < 2);
  return ranked.sort((a, b) => a.place - b.place || a.number - b.number).map((row) => row.item);
}
