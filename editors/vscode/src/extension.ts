// Starts `kg lsp` for Markdown notes and kg.toml; everything else is the server's.

import { CodeLens, Command, ExtensionContext, Location, Position, Uri, commands, window, workspace } from "vscode";
import { LanguageClient, LanguageClientOptions, ServerOptions } from "vscode-languageclient/node";
import { MapView } from "./view";

let client: LanguageClient | undefined;

/** The command of the settings; the default if they name none. */
export function serverCommand(setting: unknown): { command: string; args: string[] } {
  const parts = Array.isArray(setting) ? setting.filter((part): part is string => typeof part === "string" && part !== "") : [];
  const [command, ...args] = parts.length > 0 ? parts : ["kg", "lsp"];
  return { command: command ?? "kg", args };
}

/** Code lenses of the server name a command of this extension: it shows the links to a note. */
async function showReferences(uri: string, line: number, character: number): Promise<void> {
  const target = Uri.parse(uri);
  const position = new Position(line, character);
  const links = await commands.executeCommand<Location[]>("vscode.executeReferenceProvider", target, position);
  await commands.executeCommand("editor.action.showReferences", target, position, links ?? []);
}

async function start(): Promise<void> {
  if (!workspace.isTrusted) {
    return;
  }
  const { command, args } = serverCommand(workspace.getConfiguration("kg").get("command"));
  const server: ServerOptions = { command, args };
  const options: LanguageClientOptions = {
    documentSelector: [
      { scheme: "file", language: "markdown" },
      { scheme: "file", pattern: "**/kg.toml" },
    ],
    middleware: {
      provideCodeLenses: async (document, token, next): Promise<CodeLens[] | null | undefined> => {
        const lenses = await next(document, token);
        return lenses?.map((lens) => (lens.command === undefined ? lens : new CodeLens(lens.range, local(lens.command))));
      },
    },
  };
  client = new LanguageClient("kg", "kg", server, options);
  try {
    await client.start();
  } catch {
    client = undefined;
    void window.showWarningMessage(`kg: '${command}' can't be started. Install kg and its libraries (docs/editors.md), or set kg.command.`);
  }
}

function local(command: Command): Command {
  return { ...command, command: "kg.showReferences" };
}

async function stop(): Promise<void> {
  const running = client;
  client = undefined;
  await running?.stop();
}

export async function activate(context: ExtensionContext): Promise<void> {
  const map = new MapView(() => client);
  context.subscriptions.push(
    map,
    window.registerWebviewViewProvider(MapView.id, map),
    commands.registerCommand("kg.showReferences", showReferences),
    commands.registerCommand("kg.restart", async () => {
      await stop();
      await start();
    }),
    workspace.onDidGrantWorkspaceTrust(() => void start()),
    workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration("kg.command")) {
        void stop().then(start);
      }
    }),
  );
  await start();
}

export function deactivate(): Promise<void> {
  return stop();
}
