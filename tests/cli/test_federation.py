"""Two knowledge bases that use each other's concepts: built, moved, changed; every finding at its line. Hostile imports."""

from __future__ import annotations

import http.server
import json
import os
import shutil
import subprocess
import threading
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kg import knowledge
from kg.app.mcp.asking import BaseReader
from kg.base.errors import UsageError
from kg.base.settings import load_settings

Kg = Callable[..., Any]

CONTAINER = """\
---
id: container
aliases: [Box]
---
# Container

A container is an isolated process. A [[shop:cart]] runs in one.
"""
POD = """\
---
id: pod
depends-on: "[[container]]"
---
# Pod

A pod is a group of containers.
"""
CART = """\
---
id: cart
broader: "[[cncf:container]]"
---
# Cart

A cart runs in a [[cncf:pod|pod]].

depends-on:: [[cncf:pod]]
"""
CHECKOUT = """\
---
id: checkout
depends-on: "[[cart]]"
---
# Checkout

| relation | concept |
|---|---|
| depends-on | [[cncf:Box]] |
"""


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def findings(kg: Kg, folder: Path, *more: str) -> list[str]:
    ran = kg("check", "--format", "json", "--select", "KG2", *more, "-C", folder)
    rows = json.loads(ran.stdout)["findings"]
    return [
        f"{Path(r['path']).name}:{r['line']}:{r['column']} {r['code']} {r['message']}" for r in rows if r["code"] >= "KG214"
    ]


@pytest.fixture
def two(tmp_path: Path, kg: Kg) -> tuple[Path, Path]:
    """`cncf` and `shop`, each of which uses the other; both have been built and pinned."""
    cncf = write(
        tmp_path / "cncf",
        {
            "kg.toml": 'base = "https://cncf.example/"\n[uses]\nshop = {path = "../shop/output"}\n[site]\nurl = "https://cncf.example/site/"\n',
            "concepts/container.md": CONTAINER,
            "concepts/pod.md": POD,
        },
    )
    shop = write(
        tmp_path / "shop",
        {
            "kg.toml": 'base = "https://shop.example/"\n\n[uses]\n  cncf = {path = "../cncf/output"}\n',
            "concepts/cart.md": CART,
            "concepts/checkout.md": CHECKOUT,
        },
    )
    for folder in (cncf, shop, cncf):
        kg("build", "--stage", "graph", "-C", folder)
    for folder in (cncf, shop):
        ran = kg("uses", "update", "-C", folder)
        assert ran.status == 0, ran.stderr
    return cncf, shop


def test_two_bases_that_use_each_other(kg: Kg, two: tuple[Path, Path]) -> None:
    cncf, shop = two
    assert findings(kg, shop) == findings(kg, cncf) == []
    # They have come to rest: building again changes no inventory.
    before = [(folder / "output/inventory.json").read_bytes() for folder in two]
    for folder in two:
        kg("build", "--stage", "graph", "-C", folder)
    assert [(folder / "output/inventory.json").read_bytes() for folder in two] == before
    assert "as pinned" in kg("uses", "-C", shop).stdout

    # Changed: each note says so at its first link. A second definition of the same concept isn't reported in the note that
    # doesn't link to it.
    (cncf / "concepts/container.md").write_text(CONTAINER.replace("an isolated process", "a jail"))
    kg("build", "--stage", "graph", "-C", cncf)
    changed = "KG216 'cncf:container' has changed since it was pinned: its definition was 'A container is an isolated process."
    rows = findings(kg, shop)
    assert [row.partition(changed)[0] for row in rows] == ["cart.md:3:11 ", "checkout.md:9:16 "]
    assert kg("uses", "-C", shop).stdout.count("not as pinned") == 1

    # Moved: the former id still leads there, and the fix writes the present one. Removed: nothing is like it.
    (cncf / "concepts/pod.md").write_text(POD.replace("id: pod", "id: group\nformer-ids: [pod]").replace("# Pod", "# Group"))
    kg("build", "--stage", "graph", "-C", cncf)
    rows = [row for row in findings(kg, shop) if "KG216" not in row]
    assert rows == [
        "cart.md:7:18 KG215 'cncf:pod' is called 'cncf:group' now",
        "cart.md:9:14 KG215 'cncf:pod' is called 'cncf:group' now",
    ]
    kg("check", "--fix", "-C", shop)
    assert (shop / "concepts/cart.md").read_text() == CART.replace("cncf:pod", "cncf:group")
    (cncf / "concepts/container.md").unlink()
    kg("build", "--stage", "graph", "-C", cncf)
    rows = [row for row in findings(kg, shop) if "KG214" in row]
    assert rows == [
        "cart.md:3:11 KG214 'cncf:container' is not a concept of the knowledge base 'cncf'",
        "checkout.md:9:16 KG214 'cncf:Box' is not a concept of the knowledge base 'cncf'",
    ]
    # Gone: one finding where the settings name it, none for each link.
    shutil.rmtree(cncf / "output")
    problem = "the knowledge base 'cncf' can't be used: there is no published build at ../cncf/output"
    assert findings(kg, shop) == [f"kg.toml:4:3 KG217 {problem}"]
    (shop / "kg.lock").unlink()
    kg("build", "--stage", "graph", "-C", cncf)
    assert "kg.toml:4:3 KG218 kg.lock doesn't pin the knowledge base 'cncf'" in findings(kg, shop)


def snapshot(folder: Path) -> dict[str, tuple[bytes, int]]:
    """The bytes of all files of a knowledge base, with the times at which they were written."""
    return {
        p.relative_to(folder).as_posix(): (p.read_bytes(), p.stat().st_mtime_ns)
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    }


def test_nothing_is_written_into_the_other(kg: Kg, two: tuple[Path, Path]) -> None:
    """Whatever a command changes here, the other knowledge base keeps its bytes: notes, settings, lock, cache and output."""
    cncf, shop = two
    # Renamed, changed and mentioned, so that fixes, renames and suggestions have something to do on both sides of the border.
    (cncf / "concepts/pod.md").write_text(POD.replace("id: pod", "id: group\nformer-ids: [pod]").replace("# Pod", "# Group"))
    (cncf / "concepts/container.md").write_text(CONTAINER.replace("an isolated process", "a jail"))
    write(shop, {
        "concepts/basket.md": "---\nid: basket\n---\n# Basket\n\nA basket is part of a checkout and a container.\n",
        "concepts/till.md": "---\nid: till\nbroader: '[[checkout]]'\n---\n# Till\n\nA till has a cart: [[cncf:continer]]\n",
    })  # fmt: skip
    kg("build", "--stage", "graph", "-C", cncf)
    before, own = snapshot(cncf), snapshot(shop)
    assert len(before) > 5
    ran = [
        (command, kg(*command, "-C", shop))
        for command in (
            ("check",),
            ("check", "--fix"),
            ("build",),
            ("rename", "basket", "bag"),
            ("mv", "concepts/cart.md", "concepts/parts/cart.md"),
            ("merge", "till", "bag"),
            ("suggest", "--accept", "--min-score", "0"),
            ("uses", "update"),
            ("clean", "--output"),
        )
    ]
    for command, result in ran:
        assert result.status in (0, 1), (command, result.stderr)
        assert "Traceback" not in result.stderr, command
    assert "suggestion written" in "".join(result.stdout + result.stderr for _, result in ran)
    assert snapshot(cncf) == before
    # The commands did work: in this knowledge base, the links across the border are those that were fixed, and have moved.
    assert snapshot(shop) != own
    cart = (shop / "concepts/parts/cart.md").read_text()
    assert "[[cncf:group|pod]]" in cart
    assert 'broader: "[[cncf:container]]"' in cart
    assert "[[cncf:container]]" in (shop / "concepts/bag.md").read_text()
    # What has no note here can't be renamed, merged or moved from here.
    for command in (
        ("rename", "cncf:container", "box"),
        ("merge", "cncf:container", "cart"),
        ("mv", "../cncf/concepts/pod.md", "pod.md"),
    ):
        assert kg(*command, "-C", shop).status == 2, command
    assert snapshot(cncf) == before


def test_measures_count_what_the_documentation_says(kg: Kg, two: tuple[Path, Path]) -> None:
    """A foreign broader concept counts for `concept_association`; no measure takes a foreign concept for one of its own."""
    _, shop = two
    cart = (
        "---\nid: cart\ndepends-on: ['[[checkout]]', '[[till]]']\nbroader: '[[cncf:container]]'\nuses: '[[cncf:pod]]'\n---\n"
        "# Cart\n\nA cart is a list of goods. It runs in a [[cncf:pod|pod]].\n"
    )
    write(shop, {"concepts/cart.md": cart, "concepts/till.md": "# Till\n\nA till is a box for money.\n"})

    def measures() -> dict[str, tuple[float, float]]:
        rows = json.loads(kg("metrics", "--format", "json", "-C", shop).stdout)["measures"]
        return {row["name"]: (row["numerator"], row["denominator"]) for row in rows}

    (shop / "concepts/checkout.md").write_text("# Checkout\n\nA checkout is a place to pay.\n")
    crossing = measures()
    assert crossing["concept_association"] == (1, 3)
    # The same notes without relations and links across the border: only what the documentation names differs.
    alone = cart.replace("broader: '[[cncf:container]]'\nuses: '[[cncf:pod]]'\n", "").replace("[[cncf:pod|pod]]", "pod")
    (shop / "concepts/cart.md").write_text(alone)
    own = measures()
    assert own["concept_association"] == (0, 3)
    assert {name for name in own.keys() | crossing.keys() if crossing.get(name) != own.get(name)} == {"concept_association"}


def test_a_finding_of_each_kind_is_at_its_column(kg: Kg, two: tuple[Path, Path]) -> None:
    """In front matter, lists, tables, fields and after wide characters, on both sides."""
    cncf, shop = two
    (cncf / "concepts/pod.md").write_text(POD.replace("id: pod", "id: group\nformer-ids: [pod]").replace("# Pod", "# Group"))
    kg("build", "--stage", "graph", "-C", cncf)
    (shop / "concepts/cart.md").write_text(
        "---\nid: cart\nbroader:\n  - '[[cncf:container]]'\n  - \"[[cncf:pod]]\"\n---\n# Cart\n\n"
        "购物车 [[cncf:nope|x]] 与 ![[cncf:pod]]。\n\n"
        "| relation | concept |\n|---|---|\n| uses | [[cncf:pod]] |\n\npart-of:: [[cncf:contaner]]\n"
    )
    rows = [row.partition(" ")[::2] for row in findings(kg, shop)]
    assert [(place, rest[:5]) for place, rest in rows] == [
        ("cart.md:5:6", "KG215"), ("cart.md:9:5", "KG214"), ("cart.md:9:23", "KG215"), ("cart.md:13:10", "KG215"),
        ("cart.md:15:11", "KG214"),
    ]  # fmt: skip
    # The other way: `cart` has another id now, and the other's note names the former one.
    (shop / "concepts/cart.md").write_text(
        CART.replace("id: cart", "id: trolley\nformer-ids: [cart]").replace("# Cart", "# Trolley")
    )
    kg("build", "--stage", "graph", "-C", shop)
    assert [row for row in findings(kg, cncf) if "KG215" in row] == [
        "container.md:7:39 KG215 'shop:cart' is called 'shop:trolley' now"
    ]


def test_impact_and_diff_cross_the_border(kg: Kg, two: tuple[Path, Path]) -> None:
    cncf, shop = two
    for command in (("init", "-q"), ("add", "-A"), ("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "a")):
        subprocess.run(["git", "-C", shop, *command], check=True)
    affected = kg("impact", "cncf:container", "-C", shop).stdout
    assert "Pod (cncf) —depends on→ Container (cncf)  stated in cncf" in affected
    assert "concepts/checkout.md:9" in affected
    assert "concepts/cart.md:9" in affected.partition("level 2")[2]
    rows = json.loads(kg("impact", "pod", "--format", "json", "-C", cncf).stdout)["affected"]
    assert [(row["id"], row["level"]) for row in rows] == [("shop:cart", 1), ("shop:checkout", 2)]

    # The answers to assistants are the same, and each statement has its lines or the knowledge base that states it.
    for folder, name, expected in (
        (shop, "cncf:container", {"cncf:pod", "checkout", "cart"}),
        (shop, "https://cncf.example/concept/container", {"cncf:pod", "checkout", "cart"}),
        (cncf, "pod", {"shop:cart", "shop:checkout"}),
    ):
        answer = BaseReader(knowledge.open_base(load_settings(folder)), "en").impact(name, 0, "", 4000)
        assert {row.concept.id for row in answer.affected} == expected
        statements = [statement for row in answer.affected for statement in row.statements]
        assert all(bool(s.places) != bool(s.base) for s in statements), statements
        assert {s.base for s in statements} - {""} == {"cncf" if folder == shop else "shop"}
    with pytest.raises(UsageError, match="no concept called 'cncf:contaner'"):
        BaseReader(knowledge.open_base(load_settings(shop)), "en").impact("cncf:contaner", 0, "", 4000)

    (cncf / "concepts/container.md").write_text(CONTAINER.replace("an isolated process", "a jail"))
    kg("build", "--stage", "graph", "-C", cncf)
    (shop / "concepts/checkout.md").write_text(CHECKOUT.replace("depends-on | [[cncf:Box]]", "part-of | [[cncf:Box]]"))
    diff = json.loads(kg("diff", "HEAD", "--format", "json", "-C", shop).stdout)
    assert [(f["name"], f["fact"]) for f in diff["foreign"]] == [("cncf:container", "definition")]
    assert [(r["key"], r["object"]) for r in diff["relations"]["added"]] == [("part-of", "cncf:container")]
    assert [(r["key"], r["object"]) for r in diff["relations"]["removed"]] == [("depends-on", "cncf:container")]


def test_foreign_concepts_are_shown_and_not_counted(kg: Kg, two: tuple[Path, Path]) -> None:
    _, shop = two
    ran = kg("build", "-C", shop)
    assert ran.status == 0, ran.stderr
    page = (shop / "output/concepts/cart.html").read_text()
    assert 'href="https://cncf.example/site/concepts/pod.html" class="external" title="cncf:pod — Pod">pod</a>' in page
    assert '<span class="tag" title="of the knowledge base cncf">cncf</span>' in page
    data = (shop / "output/maps/data/0.js").read_text()
    assert '["cncf:container",["Container (cncf)"],"https://cncf.example/site/concepts/container.html"' in data
    assert json.loads((shop / "output/build.json").read_text())["summary"]["concepts"] == 2
    concepts = "SELECT (COUNT(*) AS ?n) { ?c a skos:Concept }"
    assert kg("query", concepts, "--format", "csv", "-C", shop).stdout.split()[-1] == "2"
    foreign = "SELECT ?id { ?c a kg:ForeignConcept ; dcterms:identifier ?id } ORDER BY ?id"
    assert kg("query", foreign, "--format", "csv", "-C", shop).stdout.split()[1:] == ["cncf:container", "cncf:pod"]
    # `cart` has a broader concept, if a foreign one; `checkout` has none.
    rows = json.loads(kg("check", "--format", "json", "--select", "KG403,KG404", "-C", shop).stdout)["findings"]
    assert [Path(row["path"]).name for row in rows] == ["checkout.md"]
    # What was built is what a clean build makes.
    built = {p: p.read_bytes() for p in (shop / "output").rglob("*.html")}
    kg("build", "--full", "-C", shop)
    assert {p: p.read_bytes() for p in (shop / "output").rglob("*.html")} == built


SPHINX = b"# Sphinx inventory version 2\n# Project: Python\n# Version: 3\n# The remainder is compressed using zlib.\n"
ROWS = b"len py:function 1 library/functions.html#$ -\nprint py:function 1 library/functions.html#$ -\nx y:z 1 a b\n"


@pytest.fixture
def web(tmp_path: Path) -> Iterator[str]:
    """A server of the files in `web`."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args, directory=str(tmp_path / "web"))

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def test_only_update_fetches(kg: Kg, tmp_path: Path, web: str) -> None:
    (tmp_path / "web").mkdir()
    (tmp_path / "web/objects.inv").write_bytes(SPHINX + zlib.compress(ROWS))
    base = write(
        tmp_path / "base",
        {"kg.toml": f'[uses]\npython = {{url = "{web}"}}\n', "concepts/a.md": "# A\n\n[[python:len]] and [[python:lne]].\n"},
    )
    problem = "the knowledge base 'python' can't be used: it was never fetched"
    assert findings(kg, base) == [f"kg.toml:2:1 KG217 {problem}"]
    ran = kg("uses", "update", "-C", base)
    assert (ran.status, ran.stdout.split(maxsplit=1)[1].strip()) == (0, "3 concepts, pinned"), ran.stderr
    assert findings(kg, base) == ["a.md:3:20 KG214 'python:lne' is not a concept of the knowledge base 'python'"]
    # What is published has changed: nothing here notices until somebody fetches it.
    (tmp_path / "web/objects.inv").write_bytes(SPHINX + zlib.compress(ROWS.replace(b"len", b"length")))
    assert len(findings(kg, base)) == 1
    ran = kg("uses", "update", "--locked", "-C", base)
    assert (ran.status, "'python' is not what kg.lock pins" in ran.stderr) == (2, True)
    # What lies in the cache is believed only with its digest.
    digest = json.loads((base / "kg.lock").read_text())["uses"]["python"]["digest"]
    (fetched,) = Path(os.environ["KG_CACHE"]).glob(f"bases/base-*/uses-{digest}")
    data = fetched.read_bytes()
    fetched.write_bytes(data.replace(b"Python", b"Pyth0n"))
    assert "what is here isn't what was pinned" in findings(kg, base)[0]
    fetched.write_bytes(data)
    assert "kg: 'python' can't be used" not in kg("uses", "-C", base).stdout


HIDDEN = "the-hidden-text"


@pytest.mark.parametrize(
    "content",
    [HIDDEN, json.dumps({"format": HIDDEN, "version": 1, "base": HIDDEN, "concepts": []}), json.dumps({"concepts": [HIDDEN]}),
     f'{{"format": "kg-inventory", "version": 1, "base": "", "concepts": [{{"id": "{HIDDEN}"}}]}}', "[" * 20_000, ""],
    ids=["text", "other-format", "other-json", "incomplete", "deep", "empty"],
)  # fmt: skip
def test_nothing_is_shown_of_a_file_that_is_no_inventory(kg: Kg, tmp_path: Path, content: str) -> None:
    (tmp_path / "outside").mkdir()
    secret = tmp_path / "outside/secret"
    secret.write_text(content)
    base = write(
        tmp_path / "base", {"kg.toml": '[uses]\nx = {path = "../outside/secret"}\n', "concepts/a.md": "# A\n\n[[x:a]]\n"}
    )
    missing = findings(kg, base)
    secret.unlink()
    assert findings(kg, base) == missing
    assert missing == [
        "kg.toml:2:1 KG217 the knowledge base 'x' can't be used: there is no published build at ../outside/secret"
    ]
    assert HIDDEN not in kg("uses", "-C", base).stdout


def test_hostile_inventories(kg: Kg, tmp_path: Path) -> None:
    labels = {"en": "<script>alert(1)</script>\x1b[31m", "not a tag": "x"}
    entries = [
        {"id": "a", "iri": "https://x.example/a", "labels": labels, "page": "javascript:alert(1)"},
        {"id": "b", "iri": "http://www.w3.org/2004/02/skos/core#broader", "labels": {"en": "b"}},
        {"id": "c", "iri": "https://example.org/kb/notes/a.md", "labels": {"en": "c"}},
        {"id": "d", "iri": "javascript:alert(1)", "labels": {"en": "d"}},
        {"id": "e", "iri": "https://x.example/> <y:z> <y:z> .", "labels": {"en": "e"}},
        {"id": "f", "iri": "https://example.org/kb/concept/a", "labels": {"en": "f"}},
        {"id": "g\x1b", "iri": "https://x.example/g", "labels": {"en": "g"}},
    ]
    inventory = {"format": "kg-inventory", "version": 1, "base": "https://x.example/", "concepts": entries,
                 "relations": [["https://x.example/a", "http://www.w3.org/2004/02/skos/core#broader", "no iri"]]}  # fmt: skip
    text = "# A\n\n" + " ".join(f"[[x:{entry['id']}]]" for entry in entries[:6]) + "\n\ndepends-on:: [[x:a]]\n"
    base = write(
        tmp_path / "base",
        {"kg.toml": '[uses]\nx = {path = "vendor"}\n', "concepts/a.md": text, "concepts/b.md": "# B\n\n[[a]]\n",
         "vendor/inventory.json": json.dumps(inventory)},
    )  # fmt: skip
    rows = findings(kg, base)
    assert [row.partition(" ")[0] for row in rows if "KG214" in row] == ["a.md:3:9", "a.md:3:17", "a.md:3:33"]
    ran = kg("build", "-C", base)
    assert ran.status == 0, ran.stderr
    page = (base / "output/concepts/a.html").read_text()
    assert "<script>alert" not in page
    assert "\x1b" not in page
    assert 'href="javascript:' not in page
    assert "\x1b" not in kg("impact", "x:a", "-C", base).stdout
    # A link in the folder leads nowhere else, and is not a way for notes either.
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/inventory.json").write_text(json.dumps(inventory))
    (base / "vendor/inventory.json").unlink()
    (base / "vendor/inventory.json").symlink_to(tmp_path / "outside/inventory.json")
    assert "KG217" in findings(kg, base)[0]
    (base / "vendor/inventory.json").unlink()
    (base / "vendor/inventory.json").symlink_to("/")
    assert "KG217" in findings(kg, base)[0]
    for fault in ('{"version": 2}', "[", '{"version": 1, "uses": {"x": {"source": "vendor", "digest": "../../../etc"}}}'):
        (base / "kg.lock").write_text(fault)
        assert "Traceback" not in kg("uses", "-C", base).stderr
        assert all("KG217" in row for row in findings(kg, base))
