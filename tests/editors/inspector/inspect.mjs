// Asks a server everything, through the client of the protocol's inspector: node inspect.mjs QUESTIONS COMMAND [ARGUMENT...]
// QUESTIONS is JSON: [[tool, {argument: text}], ...]. The inspector checks lists and answers by the schemas of the protocol, and
// what tools answer by the schemas that they declare; an answer that doesn't fit ends this program. Prints all answers as JSON.

import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import {
  callTool, connect, disconnect, getPrompt, listPrompts, listResources, listResourceTemplates, listTools, readResource,
} from "@modelcontextprotocol/inspector-cli/build/client/index.js";
import { createTransport } from "@modelcontextprotocol/inspector-cli/build/transport.js";

const [questions, command, ...args] = process.argv.slice(2);
const transport = createTransport({ transportType: "stdio", command, args });
const client = new Client({ name: "inspector", version: "1" });
await connect(client, transport);
const { tools } = await listTools(client);
const { resources } = await listResources(client);
const { resourceTemplates } = await listResourceTemplates(client);
const { prompts } = await listPrompts(client);
const answers = {};
for (const [name, given] of JSON.parse(questions)) {
  answers[name] = await callTool(client, name, given);
}
const contents = {};
for (const { uri } of [...resources, ...["concept/raft", "note/raft.md", "report/coverage"].map((path) => ({ uri: `kg://${path}` }))]) {
  contents[uri] = await readResource(client, uri);
}
const messages = {};
for (const { name, arguments: [argument] } of prompts) {
  messages[name] = await getPrompt(client, name, { [argument.name]: "raft" });
}
await disconnect(transport);
console.log(JSON.stringify({ tools, resources, resourceTemplates, prompts, answers, contents, messages }));
