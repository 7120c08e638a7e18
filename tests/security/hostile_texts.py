"""What hostile bases are made of: places in which something hostile may stand, and texts that mean harm."""

from __future__ import annotations

import base64

BENIGN = {
    "a.md": "---\ntitle: Alpha\ndefinition: The first.\nbroader: '[[c]]'\n---\n# Alpha\n\nNeeds [[b]] and `code`.\n\nrequires:: [[c]]\n",
    "b.md": "# Beta\n\nBeta is a letter. See [Alpha](a.md#alpha).\n\n```python\nassert 1 + 1 == 2\n```\n",
    "c.md": "---\ntitle: {zh: 丙, en: Gamma}\n---\n# Gamma\n\n第三个。 $x^2$\n",
}

PLACES = (
    "kg.toml", "concepts", "concepts/x.md", "concepts/sub", "concepts/sub/y.md", "concepts/pic.svg", "concepts/code.py", "ontology",
    "ontology/kg.ttl", "ontology/relations.ttl", "ontology/extension.ttl", "ontology/metrics.ttl", "ontology/shapes.ttl", "ontology/rules", "ontology/rules/r.rq",
    "ontology/checks", "ontology/checks/c.rq", "ontology/questions", "ontology/questions/q.rq", "ontology/questions/q.csv",
    "ontology/scope", "ontology/scope/s.ttl", "ontology/snapshot", "ontology/snapshot/evidence.jsonl",
    "ontology/snapshot/positions.jsonl", "ontology/snapshot/communities.jsonl", "ontology/snapshot/notes.jsonl",
    "ontology/snapshot/history.jsonl", "ontology/snapshot/reviews.jsonl", "ontology/snapshot/rejected.jsonl",
    "ontology/snapshot/benchmarks.jsonl", "ontology/baseline.json", "ontology/symbols.md", ".kg", ".kg/notes", ".kg/last.json",
    ".kg/lock", ".kg/graph.state", ".kg/pages.msgpack", "output", "output/build.json", "output/metrics.json",
    "output/findings.json", "output/suggestions.jsonl", "output/index.html", "output/graph", "output/graph/store", "output/graph/kg.ttl",
    ".output.staging-x", "theme", "theme/page.html", "theme/style.css", ".git", ".git/config", "hugo.toml", "config.yaml", "_config.yml",
    "config/_default", "config/_default/params.toml", "mkdocs.yml", "dendron.yml", "logseq/config.edn", ".obsidian",
    "concepts/plan", "concepts/plan/journal.jsonl", "thesaurus.ttl", "table.csv",
)  # fmt: skip

EVIL = "open({canary!r}, 'a').write(__name__)\n"
"""Code that tells when Python imports it."""

TOOLS = {
    "matplotlibrc": "text.usetex: True\nbackend: module://evil\ntext.latex.preamble: \\input{{{secret}}}\n",
    "pagefind.toml": 'logfile = "{canary}"\noutput_path = "{canary}-out"\nverbose = true\nsite = "{outside}"\n',
    "pagefind.yml": "logfile: {canary}\nsite: {outside}\n", "pagefind.json": '{{"logfile": "{canary}", "site": "{outside}"}}',
    ".npmrc": "registry=http://127.0.0.1:9/\nscript-shell={canary}\n", ".igraphrc": "[plotting]\nbackend = evil\n",
    "package.json": '{{"type": "module", "main": "evil.py", "imports": {{"#x": "{secret}"}}}}', "pyvenv.cfg": "home = {outside}\n",
    ".env": "PYTHONSTARTUP=evil.py\nPATH=tools\n", ".netrc": "machine 127.0.0.1 login x password {secret}\n",
    ".pythonrc.py": EVIL, "pyproject.toml": '[build-system]\nbuild-backend = "evil"\nbackend-path = ["."]\n', "tox.ini": "[x]\n",
    **dict.fromkeys(("evil.py", "sitecustomize.py", "usercustomize.py", "json.py", "numpy.py", "matplotlib.py", "kg.py"), EVIL),
}  # fmt: skip
"""Settings and code in the working folder that other tools would look for there."""

RAN = "ran-by-kg"
"""A program of a hostile base that runs leaves a file whose name begins so, outside of the base."""

FRONT = (
    "+++\n@dots@ = 1\n+++\n", "---\n@flow@\n---\n", "---\na: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n---\n", "---\n<<: {<<: {}}\n---\n",
    "---\ntitle: @digits@\n---\n", "---\nx: !!python/object/apply:os.system ['touch ran']\n---\n", "---\nsources: ['file://@secret@']\n---\n",
    "---\ntitle: '\x1b]0;x\x07##[stop-commands]x'\ndefinition: '::error::x'\n---\n", "---\ntitle: [[[\n---\n", "---\n? {a: b}\n: c\n---\n",
    "---\nid: ../../x\n---\n", "---\nid: 'a\nb'\naliases: [a, A, a]\n---\n", "---\ntype: 5\nlayer: {}\nbroader: [1, null, {}]\n---\n",
    "---\nbroader: ['[[a]]', '[[b]]', '[[h]]']\nrequires: '[[h]]'\n---\n", "---\ndate: 2026-99-99\nreviewed: 1e999999\n---\n",
)  # fmt: skip

BODY = (
    "##[stop-commands]x\n::error file=a::x\n\n[x](../../outside/secret.txt) ![y](../../outside/secret.txt) [[../../outside/secret]]\n",
    "<script>alert(1)</script><img src=x onerror=alert(1)><iframe src=file:///etc/passwd></iframe>\n", "> " * 3000 + "x\n",
    "- " * 3000 + "x\n", "[" * 5000 + "\n", "**" * 5000 + "\n", "`" * 5000 + "\n", "$" * 5000 + "\n", "%%" * 3000 + "\n", "{{<" * 3000 + "\n",
    "|a" * 3000 + "\n" + "|-" * 3000 + "\n", "\x00\x01\x1b[2J\u202e\ufeff\ud7ff\n", "#" * 3000 + "\n", "# h\n" * 3000,
    "```mermaid\ngraph TD\n" + "a-->b\n" * 500 + "```\n", "```python file=../../outside/secret.txt\n```\n", "```coq\nDefinition z := 1.\n```\n",
    "```toml\n@dots@ = 1\n```\n", "```yaml\n@flow@\n```\n", "```json\n@flow@\n```\n", "$$\\begin{a}" + "{" * 2000 + "$$\n",
    "[code](../../outside/secret.txt \"evidence\") [m](file:///@secret@) [[/etc/passwd]] ![[../../outside/secret.txt]]\n",
    "<!-- kg: ignore ALL x -->\n[[nowhere]]\n", "[^1]\n\n[^1]: [^1]\n", "a:: [[b]]\nrequires:: [[" + "x" * 5000 + "]]\n", "\r\n\r" * 500,
    "<a href=javascript:alert(1)>x</a> [x](javascript:alert(1)) [y](//evil.example/x) <file:///@secret@>\n", "&#x0;&#1114112;" * 500 + "\n",
)  # fmt: skip

SETTINGS = (
    'output = "../outside/output"', 'output = "@outside@/output"', 'output = "."', 'output = "concepts"', 'output = "ontology"', 'output = "/"',
    'output = "../home"', 'notes = ["../outside/other"]', 'notes = ["/"]', 'notes = ["."]', 'notes = ["@outside@/folder"]',
    '[site]\ntheme = "../outside/folder"', '[check]\nbaseline = "../outside/secret.txt"', '[check]\nbaseline = "/dev/zero"',
    "[targets]\nnonsense = 5", "[targets]\naccuracy = 1e999", "title = 5", 'base = "file:///etc/passwd#"', 'languages = ["../x", "\\u001b[31m"]',
    '[translations]\nen = "../outside"', "[plan]\nstart = 99999-01-01", '[plan]\ntimezone = "../../../etc/passwd"', 'exclude = ["[", "**"]',
    "[check]\nshapes-timeout = 1e9", 'top-concepts = ["a", "../b"]', 'transitive = ["*"]', "sections-as-concepts = true", "a.b.c.d = 1",
    '[depth]\nx = "../../outside/secret.txt"', '[check.per-path]\n"**/../**" = ["ALL"]', "@dots@ = 1",
    'extend = "../outside/shared.toml"', 'extend = "@outside@/other/kg.toml"', 'extend = "kg.toml"', 'extend = "/dev/zero"', 'extend = "concepts"',
    '[uses]\no = {path = "../outside/output"}', '[uses]\no = {path = "@outside@/secret.txt"}', '[uses]\no = {path = "/dev/zero"}',
    '[uses]\no = {url = "http://127.0.0.1:9/x"}', '[uses]\no = {path = "concepts"}', '[reading]\nbibliography = ["../outside/a.bib", "@outside@/a.bib"]',
    '[reading]\nbibliography = ["/dev/zero", "/proc/self/environ"]', '[[folder]]\npath = "../outside/other"', '[[folder]]\npath = "@outside@/folder"',
    '[[folder]]\npath = "../../.."\n[[folder]]\npath = "."', '[site]\nurl = "https://example.org/../x"', '[translations]\nen = "@outside@/folder"',
)  # fmt: skip

QUERIES = (
    "SELECT * { SERVICE <http://127.0.0.1:9/x> { ?a ?b ?c } }", "SELECT * { S\\u0045RVICE <http://127.0.0.1:9/x> { ?a ?b ?c } }",
    "CONSTRUCT { ?a ?b ?c } WHERE { SERVICE SILENT <http://127.0.0.1:9/> { ?a ?b ?c } }",
    "SELECT * FROM <file://@secret@> { ?a ?b ?c }", "LOAD <file://@secret@>", "INSERT DATA { <x:a> <x:b> <x:c> }",
    "# title: x\nSELECT ?a { ?a ?b ?c }", "CONSTRUCT { ?a <x:p> [] } WHERE { ?a ?b ?c }", "SELECT", "\x00", "{" * 5000,
    "CONSTRUCT { ?s <http://www.w3.org/2004/02/skos/core#prefLabel> ?x } WHERE { ?s ?p ?o BIND(CONCAT(STR(?o), STR(?o)) AS ?x) }",
)  # fmt: skip

RDF = {
    "ttl": "@prefix owl: <http://www.w3.org/2002/07/owl#> . <x:a> owl:imports <file://@secret@> ; a <http://www.w3.org/2004/02/skos/core#Concept> .",
    "rdf": '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY e SYSTEM "file://@secret@">]><r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#">&e;</r:RDF>',
    "jsonld": '{"@context": "file://@secret@", "@id": "x:a", "@type": "http://www.w3.org/2004/02/skos/core#Concept"}',
    "nt": "<x:a> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://www.w3.org/2004/02/skos/core#Concept> .\n<bad",
    "csv": "id,label,definition,broader\n../../x,A,=cmd|' /C calc'!A0,../y\n\"unclosed",
}  # fmt: skip

PARQUET = base64.b64decode(
    "UEFSMRUAFRQVFCwVAhUAFQYVBhwAAAACAAAAAgEBAAAAFQQZLDUAGAZzY2hlbWEVAgAVAiUCGAJpZAAWAhkcGRwmABwVAhklBgAZGAJpZBUAFgIWOhY6JghJHBUAFQAV"
    "AgA8KQYZJgACAAAAFjoWAiYIFjoAKCBwYXJxdWV0LWNwcC1hcnJvdyB2ZXJzaW9uIDI2LjAuMRkcHAAAAHwAAABQQVIx"
)
"""One column of numbers that is called `id`, with one row: neither edges nor concepts."""
