"""Texts of the query page in Chinese and English."""

from __future__ import annotations

from typing import Final

from kg.views.page.words import Catalogue

WORDS: Final[Catalogue] = {
    "query": ("查询", "Query"),
    "query-title": ("用 SPARQL 查询知识库", "Ask the knowledge base in SPARQL"),
    "query-lead": (
        "{statements} 条陈述，构建于 {built}。只读；每个查询至多 {seconds}，至多 {rows}。",
        "{statements} statements, built {built}. Read-only; a query takes at most {seconds} and gives at most {rows}.",
    ),
    "unit-seconds": ("{n} 秒", "{n} {n:second|seconds}"),
    "unit-rows": ("{n} 行", "{n} {n:row|rows}"),
    "any-seconds": ("任意时间", "any time"),
    "any-rows": ("任意行数", "any number of rows"),
    "examples": ("示例", "Examples"),
    "examples-own": ("知识库的问题", "Questions of this knowledge base"),
    "examples-common": ("常用查询", "To begin with"),
    "editor": ("SPARQL 查询", "SPARQL query"),
    "editor-hint": (
        "Ctrl+Enter（⌘+Enter）运行；Esc 停止。",
        "Ctrl+Enter (⌘+Enter) runs it; Esc stops it.",
    ),
    "run": ("运行", "Run"),
    "stop": ("停止", "Stop"),
    "download-csv": ("下载 CSV", "Download CSV"),
    "download-turtle": ("下载 Turtle", "Download Turtle"),
    "prefixes": ("已知前缀", "Known prefixes"),
    "prefix": ("前缀", "Prefix"),
    "programs": ("从程序中查询", "From a program"),
    "programs-lead": (
        "端点遵循 SPARQL 1.1 协议；用 Accept 选择格式：{results}；{graphs}。",
        "The endpoint speaks the SPARQL 1.1 Protocol; the Accept header chooses the format: {results}; {graphs}.",
    ),
    "results": ("结果", "Results"),
    "view": ("视图", "View"),
    "view-table": ("表格", "Table"),
    "view-graph": ("图", "Graph"),
    "view-text": ("文本", "Text"),
    "noscript": ("此页需要 JavaScript；端点本身不需要。", "This page needs JavaScript; the endpoint itself does not."),
    # Said by the script; {n} and {seconds} are filled in there.
    "js-running": ("正在运行…", "Running…"),
    "js-rows": ("{n} 行，{seconds} 秒", "{n} rows in {seconds} s"),
    "js-row": ("1 行，{seconds} 秒", "1 row in {seconds} s"),
    "js-triples": ("{n} 条陈述，{seconds} 秒", "{n} statements in {seconds} s"),
    "js-triple": ("1 条陈述，{seconds} 秒", "1 statement in {seconds} s"),
    "js-truncated": (
        "结果被截断：只给出前 {n} 行。加上更窄的条件或 LIMIT。",
        "Cut off: these are the first {n} only. Ask for less, or add a LIMIT.",
    ),
    "js-yes": ("是", "Yes"),
    "js-no": ("否", "No"),
    "js-none": ("没有结果。", "Nothing was found."),
    "js-stopped": ("已停止。", "Stopped."),
    "js-unreachable": ("服务没有应答；它还在运行吗？", "The service does not answer; is it still running?"),
    "js-goto": ("转到第 {line} 行第 {column} 列", "Go to line {line}, column {column}"),
    "js-more": ("再显示 {n} 行", "Show {n} more"),
    "js-no-graph": (
        "图需要陈述（CONSTRUCT、DESCRIBE），或者一行中至少有两个 IRI。",
        "A graph needs statements (CONSTRUCT, DESCRIBE), or rows with at least two IRIs.",
    ),
    "js-graph-cut": ("只画出前 {n} 个节点。", "Only the first {n} nodes are drawn."),
    "js-graph-label": ("结果的图：{n} 个节点，{m} 条边", "Graph of the results: {n} nodes, {m} edges"),
    "js-subject": ("主语", "Subject"),
    "js-predicate": ("谓语", "Predicate"),
    "js-object": ("宾语", "Object"),
    "js-page": ("概念页面", "Page of the concept"),
}

_LABELS: Final = """SELECT ?concept ?label
WHERE { ?concept a skos:Concept ; skos:prefLabel ?label }
ORDER BY ?label
LIMIT 100
"""
_RELATIONS: Final = """# kg:key marks the relations of the vocabulary.
SELECT ?relation (COUNT(*) AS ?uses)
WHERE { ?property kg:key ?relation . ?from ?property ?to . ?from a skos:Concept }
GROUP BY ?relation
ORDER BY DESC(?uses) ?relation
"""
_GRAPH: Final = """CONSTRUCT { ?from ?relation ?to }
WHERE {
  ?relation kg:key ?key .
  GRAPH ?place { ?from ?relation ?to }
  ?from a skos:Concept . ?to a skos:Concept .
}
LIMIT 150
"""
_BEST: Final = """SELECT ?concept ?label ?definition
WHERE {
  ?concept skos:prefLabel ?label ; skos:definition ?definition .
  FILTER(LANG(?label) = LANG(?definition))
  FILTER(CONTAINS(LCASE(STR(?definition)), "consensus") || CONTAINS(?definition, "共识"))
}
LIMIT 50
"""

COMMON: Final = (
    ("概念与标签", "Concepts and their labels", _LABELS),
    ("每种关系用了多少次", "How often each relation is used", _RELATIONS),
    ("作者写下的关系，作为图", "Relations that authors wrote, as a graph", _GRAPH),
    ("在定义中查找词语", "Definitions that say a word", _BEST),
)
"""Queries that every knowledge base answers: Chinese and English name, and text."""
