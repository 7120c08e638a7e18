"""The query page of ``kg serve`` in Chromium: asks, shows, highlights, downloads, speaks both languages, needs no mouse."""

from __future__ import annotations

import csv
import io
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.browser

ROWS = "SELECT ?c ?l WHERE { ?c skos:prefLabel ?l FILTER(?c IN (c:raft, c:paxos) && LANG(?l) = 'zh') } ORDER BY ?c"
MOST_CONNECTED = {"zh": "邻居最多的概念", "en": "The concepts with the most neighbours"}
GRAPH = "CONSTRUCT { ?a ?p ?b } WHERE { ?p kg:key ?k . ?a ?p ?b . ?a a skos:Concept . ?b a skos:Concept FILTER(?a = c:raft) }"


@pytest.fixture(scope="module")
def served(own: Path, serve: Callable[..., Any]) -> Iterator[Any]:
    with serve(own, "--rows", "700", "--timeout", "20") as running:
        yield running


class Visit:
    """The query page with all that it complained of and asked for."""

    def __init__(self, browser: Any, url: str, size: tuple[int, int] = (1300, 900), **options: Any) -> None:
        self.context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, locale="en-GB", accept_downloads=True, **options
        )
        self.context.set_default_timeout(30_000)
        self.page = self.context.new_page()
        self.said: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.said.append(f"dialog {dialog.message}"), dialog.dismiss()))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(url)

    def __enter__(self) -> Visit:
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()

    def run(self, query: str) -> None:
        self.page.fill("#query", query)
        self.page.keyboard.press("Control+Enter")
        self.page.locator("#form[aria-busy=false]").wait_for()

    def cells(self) -> list[list[str]]:
        return [row.locator("td").all_inner_texts() for row in self.page.locator("#shown tbody tr").all()]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1300, 900), (390, 844)])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_page_is_quiet_local_and_fits(
    browser: Any, served: Any, axe: str, lang: str, size: tuple[int, int], scheme: str
) -> None:
    with Visit(browser, f"{served.url}sparql?lang={lang}", size, color_scheme=scheme) as visit:
        page = visit.page
        title = {"zh": "用 SPARQL 查询知识库", "en": "Query the knowledge base with SPARQL"}[lang]
        assert page.locator("h1").inner_text() == title
        assert not page.locator(".example").first.is_visible()
        page.click("#offers summary")
        page.locator(".example", has_text=MOST_CONNECTED[lang]).click()
        page.locator("#shown tbody tr").first.wait_for()
        assert len(visit.cells()) == 10
        for view in ("table", "chart", "graph", "text"):
            page.locator(f"[data-view={view}]").click()
            assert page.locator(f"[data-view={view}][aria-pressed=true]").count() == 1
            faults = page.evaluate(f"async () => {{ {axe}; return (await axe.run(document)).violations }}")
            assert [(fault["impact"], fault["id"], fault["nodes"][0]["html"]) for fault in faults] == [], view
        page.locator("[data-view=graph]").click()
        page.locator("[data-view=text]").click()
        page.locator("#shown pre").wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (ground == "rgb(18, 23, 24)") == (scheme == "dark")
        assert visit.said == []
        assert [url for url in visit.asked if not url.startswith((served.url, "data:"))] == []


def test_rows_become_a_table_with_links_to_concepts(browser: Any, served: Any) -> None:
    with Visit(browser, served.url + "sparql?lang=en") as visit:
        visit.run(ROWS)
        assert visit.page.locator("#shown thead th").all_inner_texts() == ["?c", "?l"]
        assert visit.cells() == [["c:paxos", "Paxos 算法@zh"], ["c:raft", "Raft 共识算法@zh"]]
        assert re.fullmatch(r"2 rows in \d+\.\d\d s", visit.page.locator("#status").inner_text())
        visit.page.locator("#shown a", has_text="c:raft").click()
        visit.page.wait_for_url("**/concepts/raft.en.html")
        # The served site leads back.
        visit.page.locator(".nav a", has_text="Query").click()
        visit.page.wait_for_url("**/sparql?lang=en")
        assert visit.said == []


def test_statements_become_a_graph(browser: Any, served: Any) -> None:
    with Visit(browser, served.url + "sparql?lang=en") as visit:
        page = visit.page
        visit.run(GRAPH)
        rows = visit.cells()
        assert rows
        assert {r[0] for r in rows} == {"c:raft"}
        page.locator("[data-view=graph]").click()
        box = page.locator("#shown .graph canvas")
        box.wait_for()
        nodes = page.evaluate("window.kgGraph.body.data.nodes.get().map((n) => n.label)")
        assert len(nodes) == len({r[2] for r in rows}) + 1
        # Concepts go by their names in the language of the page.
        assert "Raft" in nodes
        assert not [n for n in nodes if n.startswith("c:")]
        edges = page.evaluate("window.kgGraph.body.data.edges.get().map((e) => e.title)")
        assert len(edges) == len({r[2] for r in rows})
        assert (
            page.locator("#shown .graph").get_attribute("aria-label")
            == f"Graph of the results: {len(nodes)} nodes, {len(edges)} edges"
        )
        page.locator("[data-view=text]").click()
        page.locator("#shown pre").wait_for()
        assert page.locator("#shown pre").inner_text().startswith("@prefix")
        assert visit.said == []


def test_csv_download_holds_the_rows(browser: Any, served: Any) -> None:
    with Visit(browser, served.url + "sparql?lang=en") as visit:
        visit.run(ROWS)
        with visit.page.expect_download() as waiting:
            visit.page.locator("#download").click()
        download = waiting.value
        assert download.suggested_filename == "query.csv"
        rows = list(csv.reader(io.StringIO(Path(download.path()).read_text(encoding="utf-8"))))
        assert rows[0] == ["c", "l"]
        assert [r[1] for r in rows[1:]] == ["Paxos 算法", "Raft 共识算法"]
        visit.run(GRAPH)
        with visit.page.expect_download() as waiting:
            visit.page.locator("#download").click()
        assert waiting.value.suggested_filename == "query.ttl"


def test_editor_is_highlighted_and_shows_where_an_error_is(browser: Any, served: Any) -> None:
    with Visit(browser, served.url + "sparql?lang=en") as visit:
        page = visit.page
        query = "# 注释 SELECT\nSELECT ?x (COUNT(*) AS ?n)\nWHERE { ?x foo:bar <http://a.b/c#d> ; "
        query += 'skos:note "WHERE ?y # no"@en , 42 }'
        page.fill("#query", query)
        assert page.locator("#paint").text_content() == query + "\n"
        assert page.locator("#paint .t-comment").all_inner_texts() == ["# 注释 SELECT"]
        assert page.locator("#paint .t-word").all_inner_texts() == ["SELECT", "COUNT", "AS", "WHERE"]
        assert page.locator("#paint .t-var").all_inner_texts() == ["?x", "?n", "?x"]
        assert page.locator("#paint .t-iri").all_inner_texts() == ["<http://a.b/c#d>"]
        assert page.locator("#paint .t-name").all_inner_texts() == ["foo:bar", "skos:note"]
        assert page.locator("#paint .t-string").all_inner_texts() == ['"WHERE ?y # no"']
        assert page.locator("#paint .t-number").all_inner_texts() == ["42"]
        # The colours lie exactly below the transparent letters.
        for name in ("font", "paddingLeft", "lineHeight", "whiteSpace", "letterSpacing", "tabSize"):
            styles = page.evaluate(f"['query', 'paint'].map((id) => getComputedStyle(document.getElementById(id)).{name})")
            assert styles[0] == styles[1], name
        visit.run(query)
        error = page.locator("#error")
        assert "line 3, column 12" in error.inner_text()
        assert "known prefixes" in error.inner_text()
        assert page.locator("#paint .t-wrong").all_inner_texts() == ["foo:bar"]
        page.locator("#error button").click()
        assert page.evaluate("document.activeElement.id") == "query"
        assert query[: page.evaluate("document.activeElement.selectionStart")].endswith("{ ?x ")
        page.keyboard.type(" ")
        assert page.locator("#paint .t-wrong").count() == 0


def test_an_error_is_in_the_language_of_the_page(browser: Any, served: Any) -> None:
    with Visit(browser, served.url + "sparql?lang=zh") as visit:
        visit.run("SELECT ?x WHERE { ?x foo:bar ?y }")
        error = visit.page.locator("#error").inner_text()
        assert "第 1 行第 22 列" in error
        assert "已有的前缀" in error
        assert visit.page.locator("#paint .t-wrong").all_inner_texts() == ["foo:bar"]


def test_what_is_cut_off_is_said(browser: Any, served: Any) -> None:
    with Visit(browser, served.url + "sparql?lang=en") as visit:
        page = visit.page
        visit.run("SELECT * WHERE { ?s ?p ?o }")
        assert "only the first 700" in page.locator("#cut").inner_text()
        assert len(visit.cells()) == 500
        page.locator("button", has_text="Show 200 more").click()
        assert page.locator("#shown tbody tr").count() == 700
        visit.run(ROWS)
        assert not page.locator("#cut").is_visible()


def test_a_runaway_query_can_be_stopped(browser: Any, served: Any) -> None:
    with Visit(browser, served.url + "sparql?lang=en") as visit:
        page = visit.page
        page.fill("#query", "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }")
        page.keyboard.press("Control+Enter")
        page.locator("#stop").wait_for()
        page.keyboard.press("Escape")
        page.locator("#status", has_text="Stopped.").wait_for()
        visit.run("ASK { c:raft a skos:Concept }")
        assert page.locator("#shown").inner_text() == "Yes"
        assert visit.said == []


def test_keyboard_alone_is_enough(browser: Any, served: Any) -> None:
    with Visit(browser, served.url + "sparql?lang=en") as visit:
        page = visit.page
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.id") == "query"
        page.keyboard.press("Tab")  # a tab leaves the editor
        assert page.evaluate("document.activeElement.id") == "run"
        page.keyboard.press("Enter")
        page.locator("#shown tbody tr").first.wait_for()
        page.keyboard.press("Tab")
        page.keyboard.press("Space")  # the first example
        page.locator("#shown tbody tr").first.wait_for()
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        # Everything has a name for those who don't see it.
        for element in page.locator("button, a, input:not([type=hidden]), textarea, [role=region]").all():
            label = element.get_attribute("aria-label") or element.get_attribute("aria-labelledby")
            name = (element.text_content() or "").strip() or label
            assert name or element.evaluate("e => (e.labels ?? []).length > 0"), element.evaluate("e => e.outerHTML")
        assert page.locator("label[for=query]").inner_text() == "SPARQL query"


def test_an_address_holds_its_query_and_the_language_changes_without_losing_it(browser: Any, served: Any) -> None:
    with Visit(browser, served.url + "sparql?lang=en") as visit:
        page = visit.page
        visit.run(ROWS)
        page.reload()
        page.locator("#shown tbody tr").first.wait_for()
        assert page.input_value("#query") == ROWS
        page.locator(".langs a", has_text="中文").click()
        page.wait_for_url("**lang=zh**")
        page.locator("#shown tbody tr").first.wait_for()
        assert page.input_value("#query") == ROWS
        assert page.evaluate("document.documentElement.lang") == "zh"
        assert "2 行" in page.locator("#status").inner_text()
        assert page.locator("#run").inner_text() == "运行"


def test_a_shared_link_shows_the_same_answer(browser: Any, served: Any) -> None:
    with Visit(browser, served.url + "sparql?lang=en", permissions=["clipboard-read", "clipboard-write"]) as visit:
        page = visit.page
        visit.run(ROWS)
        cells = visit.cells()
        assert len(cells) == 2
        label = page.inner_text("#share")
        page.click("#share")
        page.wait_for_function("(label) => document.getElementById('share').textContent !== label", arg=label)
        link = page.evaluate("navigator.clipboard.readText()")
        assert visit.said == []
    with Visit(browser, link) as other:
        other.page.locator("#shown tbody tr").first.wait_for()
        assert other.page.input_value("#query") == ROWS
        assert other.cells() == cells


def test_examples_that_are_used_come_first(browser: Any, served: Any) -> None:
    with Visit(browser, served.url + "sparql?lang=en") as visit:
        page = visit.page
        page.click("#offers summary")
        own = page.locator("#offers ul").first.locator(".example")
        last = own.last.inner_text()
        assert own.first.inner_text() != last
        own.last.click()
        page.locator("#form[aria-busy=false]").wait_for()
        page.goto(served.url + "sparql?lang=en")
        page.click("#offers summary")
        assert own.first.inner_text() == last


def test_hostile_text_is_only_text(browser: Any, served: Any) -> None:
    evil = "<img src=x onerror=alert(1)>"
    with Visit(browser, served.url + "sparql?lang=en") as visit:
        page = visit.page
        visit.run(f'SELECT ("{evil}" AS ?x) (IRI("javascript:alert(1)") AS ?y) (IRI("http://a.b/{evil}") AS ?z) WHERE {{}}')
        assert visit.cells()[0][:2] == [evil, "javascript:alert(1)"]
        assert page.locator("#shown a, #shown img").count() == 0
        visit.run(f'CONSTRUCT {{ <a:s> <a:p> "{evil}\\n\\"line 2\\" 容器" }} WHERE {{}}')
        assert visit.cells()[0][2] == f'{evil}\n"line 2" 容器' or visit.cells()[0][2] == f'{evil} "line 2" 容器'
        visit.run(f"SELECT '{evil}")
        assert page.locator("#error img").count() == 0
        assert [s for s in visit.said if "400 (Bad Request)" not in s] == []


def test_page_works_where_there_is_no_site(browser: Any, own: Path, kg: Any, serve: Callable[..., Any], tmp_path: Path) -> None:
    shutil.copytree(own / "concepts", tmp_path / "concepts")
    assert kg("build", "-C", tmp_path, "--stage", "graph").status == 0
    with serve(tmp_path) as served, Visit(browser, served.url) as visit:
        page = visit.page
        page.wait_for_url("**/sparql")
        assert page.locator(".nav a").all_inner_texts() == ["Query"]
        page.click("#offers summary")
        page.locator(".example", has_text="as a graph").click()
        page.locator("#shown tbody tr").first.wait_for()
        page.locator("[data-view=graph]").click()
        page.locator("#shown .graph canvas").wait_for()
        assert visit.said == []


def test_results_are_sorted_narrowed_charted_and_remembered(browser: Any, served: Any) -> None:
    with Visit(browser, f"{served.url}sparql?lang=en") as visit:
        page = visit.page
        visit.run("SELECT ?n (STRLEN(?n) AS ?long) WHERE { VALUES ?n { 'bb' 'a' 'ccc' } }")
        page.locator("#shown thead button", has_text="?long").click()
        assert [row[0] for row in visit.cells()] == ["a", "bb", "ccc"]
        page.locator("#shown thead button", has_text="?long").click()
        assert [row[0] for row in visit.cells()] == ["ccc", "bb", "a"]
        assert page.get_attribute("#shown th:nth-child(2)", "aria-sort") == "descending"
        page.fill("#narrow", "b")
        assert [row[0] for row in visit.cells()] == ["bb"]
        page.fill("#narrow", "")
        page.click("[data-view=chart]")
        assert page.locator("#shown progress").count() == 3
        with page.expect_download() as started:
            page.click("#download-json")
        assert started.value.suggested_filename == "query.json"
        page.goto(f"{served.url}sparql?lang=en")
        page.click("#earlier summary")
        page.locator(".past", has_text="STRLEN").click()
        page.locator("#shown tbody tr").first.wait_for()
        assert visit.said == []
