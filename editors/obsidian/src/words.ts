// Texts of the plugin itself; findings and suggestions come from the server in the language of Obsidian.

export interface Words {
  findings: string;
  none: string;
  suggestions: string;
  fixes: string;
  noFix: string;
  stopped: string;
  command: string;
  commandText: string;
  open: string;
  restart: string;
  cannotStart: (command: string) => string;
  cannotApply: string;
}

const EN: Words = {
  findings: "Findings",
  none: "No findings in this note",
  suggestions: "Suggestions",
  fixes: "Fixes",
  noFix: "There is no fix for this finding.",
  stopped: "The language server of kg isn't running.",
  command: "Command",
  commandText: "The command that starts the language server, one word a line. Use an absolute path if kg is in a virtual environment.",
  open: "Open the findings",
  restart: "Restart the language server",
  cannotStart: (command) => `kg: '${command}' can't be started. Install kg with its language server (docs/editors.md), or change the command in the settings.`,
  cannotApply: "kg: the note has changed, or the change is of a kind that Obsidian doesn't take. Nothing was written.",
};

const ZH: Words = {
  findings: "检查结果",
  none: "本笔记没有问题",
  suggestions: "建议",
  fixes: "修复方法",
  noFix: "这个问题没有自动修复方法。",
  stopped: "kg 的语言服务器没有运行。",
  command: "启动命令",
  commandText: "启动语言服务器的命令，每行一个词。如果 kg 装在虚拟环境里，请写绝对路径。",
  open: "打开检查结果",
  restart: "重启语言服务器",
  cannotStart: (command) => `kg：无法启动“${command}”。请安装 kg 及其语言服务器（见 docs/editors.md），或在设置中修改命令。`,
  cannotApply: "kg：笔记已改变，或 Obsidian 不支持这种修改，没有写入任何内容。",
};

export function wordsOf(locale: string): Words {
  return locale.toLowerCase().startsWith("zh") ? ZH : EN;
}
