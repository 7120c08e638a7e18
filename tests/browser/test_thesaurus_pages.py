"""Pages of a thesaurus in Chromium, from disk: a concept, a deprecated one, a scheme and a collection, in two languages."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

pytestmark = pytest.mark.browser

TURTLE = """@prefix skos: <http://www.w3.org/2004/02/skos/core#> . @prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix dct: <http://purl.org/dc/terms/> . @prefix : <http://e.org/> .
:s a skos:ConceptScheme ; skos:prefLabel "Food"@en, "食物"@zh ; skos:hasTopConcept :fruit .
:fruit a skos:Concept ; skos:prefLabel "Fruit"@en, "水果"@zh, "水果"@zh-Hans ; skos:inScheme :s ; skos:notation "1" ;
  skos:definition "Sweet part of a plant."@en, "植物可食的部分。"@zh ;
  skos:exactMatch <http://www.wikidata.org/entity/Q3314483> .
:pome a skos:Concept ; skos:prefLabel "Pome"@en, "仁果"@zh ; skos:inScheme :s ; skos:broader :fruit ;
  owl:deprecated true ; dct:isReplacedBy :fruit .
:reds a skos:OrderedCollection ; skos:prefLabel "Red fruit"@en, "红色水果"@zh ; skos:memberList (:pome :fruit) .
"""
SHOWN = {
    "concepts/fruit": {
        "en": ("Fruit", "Sweet part of a plant.", "Exact match"),
        "zh": ("水果", "植物可食的部分。", "精确匹配"),
    },
    "concepts/pome": {"en": ("Pome", "deprecated", "Fruit"), "zh": ("仁果", "已弃用", "水果")},
    "schemes/s": {"en": ("Food", "1 Fruit"), "zh": ("食物", "1 水果")},
    "schemes/reds": {"en": ("Red fruit", "Ordered collection", "Pome"), "zh": ("红色水果", "仁果", "水果")},
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, kg: Callable[..., Any]) -> Path:
    folder = tmp_path_factory.mktemp("thesaurus")
    (folder / "v.ttl").write_text(TURTLE, encoding="utf-8")
    (folder / "kg.toml").write_text('notes = ["v.ttl"]\nlanguages = ["en", "zh"]\n\n[site]\nsearch = false\n')
    result = kg("build", "-C", folder)
    assert result.status == 0, result.stderr
    return folder / "output"


def test_pages_show_what_skos_says_without_overflow(browser: Any, site: Path) -> None:
    context = browser.new_context(viewport={"width": 1100, "height": 900})
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("request", lambda request: None if request.url.startswith("file:") else problems.append(request.url))
    for start, languages in SHOWN.items():
        for lang, parts in languages.items():
            pages = (p for p in site.glob(f"{start}*.html") if p.name.endswith(".zh.html") == (lang == "zh"))
            path = next(pages)
            page.goto(path.as_uri())
            text = " ".join(page.locator("main").inner_text().split())
            for part in parts:
                assert part in text, (path.name, text)
            heading = page.locator("main h1").bounding_box()
            picture = Image.open(io.BytesIO(page.screenshot(clip=heading))).convert("L")
            assert picture.getextrema()[0] < 100 < picture.getextrema()[1], path.name  # the heading is drawn, on a background
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path.name
    page.goto((site / "concepts/fruit.html").as_uri())
    assert page.locator("main").inner_text().count("水果") == 1  # a label in two tags of one language is shown once
    context.close()
    assert problems == []
