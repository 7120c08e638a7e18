"""Citations: works of BibTeX and CSL-JSON on pages, in the graph and in findings; what only looks like one is left alone."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import rdflib

from kg.base.formats import FormatError
from kg.base.formats.bibtex_text import read_bibtex
from kg.notes import parse_note

BIB = r"""% A comment, and an entry below @comment is none.
@comment{ignored, title = {x}}
@string{toplas = "ACM TOPLAS"}
@article{herlihy1990,
  author = {Herlihy, Maurice P. and Jeannette M. Wing}, title = {Linearizability: {A} Condition},
  journal = toplas # " (journal)",
  volume = 12, number = 3, pages = {463--492}, year = 1990, doi = {https://doi.org/10.1145/78969.78972}
}
@book{unused2000, title = {Never cited}, year = 2000}
@misc{erdos, author = {Paul Erd{\H o}s}, title = "On <script>alert(1)</script> \& more", url = {javascript:alert(1)}}
@article{broken, title = {Open
@article{herlihy1990, title = {Again}}
"""
CSL = [
    {
        "id": "lamport1978",
        "type": "article-journal",
        "title": "Time",
        "author": [{"family": "Lamport", "given": "L."}],
        "issued": {"date-parts": [[1978, 7]]},
        "container-title": "CACM",
        "volume": 21,
        "page": "558-565",
        "DOI": "10.1145/359545.359563",
    }
]
TEXT = """---
title: Linearizability
sources: ["@herlihy1990, ch. 2", "Plain source", "@nothing"]
---
# Linearizability

Operations take effect at one moment [see @herlihy1990, p. 463; @lamport1978].

Also [-@erdos] and 中文 [@herlihy1990]。

Mail [me@example.org] and `[@unused2000]` and [@unused2000](https://x.y) and @unused2000 in prose, [[a@unused2000]].
Then [@missing, p. 1].

```
[@unused2000]
```
"""
WORK = "Herlihy, Maurice P., & Wing, Jeannette M. (1990). Linearizability: A Condition. ACM TOPLAS (journal), 12(3), 463–492"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, kg: Callable[..., object]) -> Path:
    folder = tmp_path_factory.mktemp("cited")
    (folder / "concepts").mkdir()
    (folder / "refs.bib").write_text(BIB, encoding="utf-8")
    (folder / "concepts/items.csl.json").write_text(json.dumps(CSL, indent=1), encoding="utf-8")
    (folder / "concepts/lin.md").write_text(TEXT, encoding="utf-8")
    (folder / "concepts/other.md").write_text("# Other\n\nIt cites nothing, see [[lin]].\n", encoding="utf-8")
    assert kg("build", "-C", folder).status == 0
    return folder


def findings_of(kg: Callable[..., object], folder: Path) -> set[tuple[str, str]]:
    rows = json.loads(kg("check", "-C", folder, "--format", "json").stdout)["findings"]
    return {(f["code"], f"{f['path']}:{f['line']}") for f in rows if f["code"] in ("KG211", "KG212", "KG213", "KG219")}


def test_keys_are_checked_at_their_places(kg: Callable[..., object], folder: Path) -> None:
    assert findings_of(kg, folder) == {
        ("KG211", "lin.md:3"), ("KG211", "lin.md:12"), ("KG212", "refs.bib:9"),
        ("KG213", "refs.bib:11"), ("KG213", "refs.bib:12"),
    }  # fmt: skip
    printed = kg("check", "-C", folder, cwd=folder).stdout
    assert "\nrefs.bib:9:1: KG212" in printed
    assert "concepts/lin.md:12:" in printed


def test_a_note_names_its_bibliography(kg: Callable[..., object], tmp_path: Path) -> None:
    (tmp_path / "concepts/t").mkdir(parents=True)
    (tmp_path / "library").mkdir()
    (tmp_path / "library/mine.json").write_text(json.dumps(CSL), encoding="utf-8")
    note = tmp_path / "concepts/t/time.md"
    note.write_text(
        "---\nid: time\nbibliography: [../../library/mine.json]\n---\n# T\n\nClocks [@lamport1978, p. 1].\n",
        encoding="utf-8",
    )
    assert findings_of(kg, tmp_path) == set()
    assert kg("build", "-C", tmp_path).status == 0
    assert "Lamport, L. (1978). Time." in (tmp_path / "output/concepts/time.html").read_text(encoding="utf-8")
    # The file is an input, although only the note names it.
    (tmp_path / "library/mine.json").write_text(json.dumps([CSL[0] | {"id": "other"}]), encoding="utf-8")
    assert findings_of(kg, tmp_path) == {("KG211", "t/time.md:7"), ("KG212", "library/mine.json:1")}
    assert kg("build", "-C", tmp_path).status == 0
    assert "[@lamport1978, p. 1]" in (tmp_path / "output/concepts/time.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "named",
    ["../../../refs.bib", "/etc/hosts", "refs.yaml", "missing.bib", "https://x.y/refs.bib", "out/refs.bib", '"a\\0b.bib"'],
)
def test_a_bibliography_that_cannot_be_read_is_a_finding_of_its_note(
    kg: Callable[..., object], tmp_path: Path, named: str
) -> None:
    folder = tmp_path / "base"
    (folder / "concepts").mkdir(parents=True)
    for place in (tmp_path, folder / "concepts"):
        (place / ("refs.bib" if place == tmp_path else "refs.yaml")).write_text(
            "@misc{secret2000, title = {Secret}}", encoding="utf-8"
        )
    (folder / "concepts/out").symlink_to(tmp_path)
    note = f"---\ntitle: A\nbibliography: {named}\n---\n# A\n\nSee [@secret2000].\n"
    (folder / "concepts/a.md").write_text(note, encoding="utf-8")
    assert findings_of(kg, folder) == {("KG213", "a.md:3"), ("KG219", "a.md:7")}
    assert "Secret" not in kg("check", "-C", folder).stdout


def test_a_line_end_in_a_path_leads_to_no_other_file(kg: Callable[..., object], tmp_path: Path) -> None:
    (tmp_path / "refs.bib").write_text("@misc{secret2000, title = {Secret}}", encoding="utf-8")
    folder = tmp_path / "base"
    inside = folder / "concepts" / f"x\n{tmp_path}"
    inside.mkdir(parents=True)
    (inside / "refs.bib").write_text("@misc{open2000, title = {Open}}", encoding="utf-8")
    note = f'---\ntitle: A\nbibliography: "x\\n{tmp_path}/refs.bib"\n---\n# A\n\nSee [@secret2000] and [@open2000].\n'
    (folder / "concepts/a.md").write_text(note, encoding="utf-8")
    # The second run takes the names of the files from the cache.
    assert [findings_of(kg, folder) for _ in range(2)] == [{("KG211", "a.md:7")}] * 2


def test_citations_without_a_bibliography_are_one_finding(kg: Callable[..., object], tmp_path: Path) -> None:
    (tmp_path / "concepts").mkdir()
    mentions = "# A\n\nThanks [@torvalds], [@me, hello], @user2019 and [me2019@example.org] (me@x.y), `[@k2000]`.\n"
    (tmp_path / "concepts/a.md").write_text(mentions, encoding="utf-8")
    assert findings_of(kg, tmp_path) == set()
    (tmp_path / "concepts/b.md").write_text("# B\n\nSee [@knuth, p. 3].\n\nAnd [@a1999; @b].\n", encoding="utf-8")
    assert findings_of(kg, tmp_path) == {("KG219", "b.md:3")}
    printed = kg("check", "-C", tmp_path).stdout
    assert "'@knuth' is cited, and 4 more citations, but there is no bibliography" in printed
    (tmp_path / "concepts/empty.bib").write_text("", encoding="utf-8")
    assert findings_of(kg, tmp_path) == set()


def test_works_are_in_the_graph(folder: Path) -> None:
    graph = rdflib.Graph().parse(folder / "output/graph/kg.ttl")
    lin = next(graph.subjects(rdflib.DCTERMS.identifier, rdflib.Literal("lin")))
    assert {str(o) for o in graph.objects(lin, rdflib.DCTERMS.source)} == {
        "https://doi.org/10.1145/78969.78972", "https://doi.org/10.1145/359545.359563",
    }  # fmt: skip
    cited = {str(o) for o in graph.objects(lin, rdflib.DCTERMS.bibliographicCitation)}
    doi = "https://doi.org/10.1145/78969.78972"
    assert cited == {
        f"{WORK}, ch. 2. {doi}",
        "Plain source",
        "@nothing",
        "Lamport, L. (1978). Time. CACM, 21, 558–565. https://doi.org/10.1145/359545.359563",
        "Erdős, Paul. On <script>alert(1)</script> & more.",
    }
    assert [str(o) for o in graph.objects(lin, rdflib.SKOS.definition)] == ["Operations take effect at one moment."]


def test_pages_show_works(folder: Path) -> None:
    html = (folder / "output/concepts/lin.html").read_text(encoding="utf-8")
    assert '中文 (<a href="#n-ref-herlihy1990">Herlihy &amp; Wing 1990</a>)。' in html
    assert '(<a href="#n-ref-erdos">Erdős</a>)' in html
    assert '<li id="n-ref-herlihy1990">Herlihy' in html
    assert "<script>alert" not in html
    assert "javascript:" not in html
    for kept in ("[me@example.org]", "<code>[@unused2000]</code>", "[@missing, p. 1]", "@unused2000 in prose"):
        assert kept in html, kept
    assert "references-title" not in (folder / "output/concepts/other.html").read_text(encoding="utf-8")


def test_the_cited_works_as_bibtex(kg: Callable[..., object], folder: Path) -> None:
    ran = kg("export", "bib", "-C", folder)
    entries, faults = read_bibtex(ran.stdout)
    assert (sorted(e.key for e in entries), faults) == (["erdos", "herlihy1990", "lamport1978"], [])
    fields = next(e.fields for e in entries if e.key == "herlihy1990")
    assert (fields["doi"], fields["pages"], fields["author"]) == (
        "https://doi.org/10.1145/78969.78972", "463–492", "Herlihy, Maurice P. and Jeannette M. Wing",
    )  # fmt: skip


BOOK = """@inproceedings{Lamport1998, author = {Lamport, Leslie}, title = {Parliament}, crossref = {ACTS}, pages = {1--9}}
@inproceedings{lost, author = {A B}, title = {Lost}, crossref = {nowhere}}
@book{acts, editor = {Ng, Ann and Wu, Bo}, title = {Acts}, year = 1998, publisher = {Press}, doi = {10.1/acts}}
@book{edited, editor = {Ng, Ann}, title = {Edited}}
"""


def test_parts_of_books_and_editors(kg: Callable[..., object], tmp_path: Path) -> None:
    (tmp_path / "concepts").mkdir()
    (tmp_path / "refs.bib").write_text(BOOK, encoding="utf-8")
    works = [
        {"id": "one", "type": "book", "title": "One", "editor": [{"family": "Ng", "given": "Ann"}]},
        {"id": "two", "type": "book", "title": "Two", "author": [{"literal": "W3C"}], "editor": [{"family": "Ng"}]},
    ]
    (tmp_path / "works.csl.json").write_text(json.dumps(works), encoding="utf-8")
    (tmp_path / "concepts/a.md").write_text("# A\n\nA is [@Lamport1998; @lost; @edited; @one; @two].\n", encoding="utf-8")
    assert findings_of(kg, tmp_path) == {("KG213", "refs.bib:2")}  # the book of a cited part is not unused
    assert kg("build", "-C", tmp_path).status == 0
    html = (tmp_path / "output/concepts/a.html").read_text(encoding="utf-8")
    assert ">Lamport, Leslie (1998). Parliament. Acts, 1–9. Press.<" in html
    assert ">Ng, Ann (Ed.). Edited.<" in html
    assert ">Ng, Ann (Ed.). One.<" in html
    assert ">W3C. Two.<" in html
    fields = {e.key: e.fields for e in read_bibtex(kg("export", "bib", "-C", tmp_path).stdout)[0]}
    assert (fields["edited"]["editor"], fields["edited"].get("author")) == ("Ng, Ann", None)
    assert list(fields)[-1] == "acts"  # BibTeX wants it behind its parts
    assert (fields["Lamport1998"]["crossref"], fields["acts"]["editor"]) == ("ACTS", "Ng, Ann and Wu, Bo")
    assert "doi" not in fields["Lamport1998"]


SICI = "10.1002/(SICI)1097-0258(1998)17:15<1661::AID>3.0.CO;2-2"
WORKS = r"""@string{aw = {Addison-Wesley}}
@book{k97b, author = {Donald E. Knuth}, title = {Sorting \& {S}earching}, year = 1997,
  publisher = aw # { Inc.}, edition = {2nd}}
@book{k97a, author = {Knuth, Donald E.}, title = {Algorithms}, year = 1997,
  isbn = "0-201-89683-4", address = {Reading}, month = jul}
@misc{w3c, author = {{World Wide Web Consortium} and {Barnes and Noble, Inc.}}, title = {RDF}, howpublished = {\url{https://www.w3.org/~rdf--1}}}
@article{king, author = {King, Jr., Martin Luther and Ludwig van Beethoven and others}, title = {T}, doi = {10.1000/ABC(1)}}
@phdthesis{thesis, author = {Charles de la Vall{\'e}e Poussin}, title = {A}, school = {Leuven}, doi = {SICI}}
""".replace("SICI", SICI).replace("\\\\", "\\")
NAMES = [
    {"id": "csl", "type": "thesis", "title": "B_1", "author": [
        {"family": "Berg", "given": "Jan", "non-dropping-particle": "van den", "suffix": "Jr."},
        {"literal": "Black and Decker"},
    ], "publisher": "Delft",
     "DOI": "https://doi.org/10.1002/%28SICI%291%3C2%3A%3AAID%3E3", "edition": 2, "ISBN": "1", "publisher-place": "Delft"},
]  # fmt: skip


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory, kg: Callable[..., object]) -> Path:
    folder = tmp_path_factory.mktemp("named")
    (folder / "concepts").mkdir()
    (folder / "refs.bib").write_text(WORKS, encoding="utf-8")
    (folder / "works.csl.json").write_text(json.dumps(NAMES), encoding="utf-8")
    text = "# A\n\nA is [@k97b; @k97a, p. 3; @w3c; @king] and [@thesis; @csl; @k97b].\n"
    (folder / "concepts/a.md").write_text(text, encoding="utf-8")
    assert kg("build", "-C", folder).status == 0
    return folder


def test_names_years_and_dois_on_pages(named: Path) -> None:
    html = (named / "output/concepts/a.html").read_text(encoding="utf-8")
    for shown in (
        ">Knuth 1997a</a>; ",
        ">Knuth 1997b</a>, p. 3",
        ">World Wide Web Consortium &amp; Barnes and Noble, Inc.</a>",
        ">King et al.</a>",
        ">de la Vallée Poussin</a>",
        ">van den Berg &amp; Black and Decker</a>; ",
        'id="n-ref-k97b">Knuth, Donald E. (1997a). Sorting &amp; Searching. Addison-Wesley Inc.<',
        'id="n-ref-k97a">Knuth, Donald E. (1997b). Algorithms.',
        ">King, Martin Luther, Jr., van Beethoven, Ludwig, et al. T. <",
        ">van den Berg, Jan, Jr., &amp; Black and Decker. B_1. Delft. <",
        'RDF. <a href="https://www.w3.org/~rdf--1" ',
    ):
        assert shown in html, shown
    encoded = SICI.replace("<", "%3C").replace(">", "%3E")
    for doi in ("10.1000/ABC(1)", encoded, "10.1002/(SICI)1%3C2::AID%3E3"):
        link = f'<a href="https://doi.org/{doi}" rel="noopener noreferrer">https://doi.org/{doi}</a>'
        assert link in html, doi
    graph = rdflib.Graph().parse(named / "output/graph/kg.ttl")
    assert {str(o) for o in graph.objects(None, rdflib.DCTERMS.source)} == {
        "https://www.w3.org/~rdf--1", "https://doi.org/10.1000/ABC(1)", f"https://doi.org/{encoded}",
        "https://doi.org/10.1002/(SICI)1%3C2::AID%3E3",
    }  # fmt: skip


def test_exported_entries_are_as_they_were_written(kg: Callable[..., object], named: Path) -> None:
    exported = kg("export", "bib", "-C", named).stdout
    before, after = ({e.key: e.fields for e in read_bibtex(text)[0]} for text in (WORKS, exported))
    own = after.pop("csl")
    assert after == before
    for written in (
        "author = {{World Wide Web Consortium} and {Barnes and Noble, Inc.}},", "title = {Sorting \\& {S}earching},",
        "month = jul,", "publisher = {Addison-Wesley Inc.},", "Beethoven and others},",
        f"doi = {{{SICI}}},", "school = {Leuven},",
    ):  # fmt: skip
        assert written in exported, written
    assert own == {
        "author": "van den Berg, Jr., Jan and Black and Decker", "title": "B_1", "school": "Delft", "address": "Delft",
        "doi": "10.1002/(SICI)1<2::AID>3", "edition": "2", "isbn": "1",
    }  # fmt: skip
    assert "author = {van den Berg, Jr., Jan and {Black and Decker}}," in exported


def test_forms_of_citations_in_front_matter(kg: Callable[..., object], tmp_path: Path) -> None:
    (tmp_path / "concepts").mkdir()
    works = [f"@book{{{key}, title = {{Work {key.upper()}}}}}\n" for key in "abcd"]
    (tmp_path / "refs.bib").write_text("".join(works), encoding="utf-8")
    sources = ["[@a]", "@b, p. 1; @none", "[see @c, ch. 2; -@d]", "[me@example.org; x]", "Plain; me@example.org"]
    (tmp_path / "concepts/a.md").write_text(f"---\nsources: {json.dumps(sources)}\n---\n# A\n\nA is.\n", encoding="utf-8")
    assert kg("build", "-C", tmp_path).status == 0
    graph = rdflib.Graph().parse(tmp_path / "output/graph/kg.ttl")
    assert {str(o) for o in graph.objects(None, rdflib.DCTERMS.bibliographicCitation)} == {
        "Work A.", "Work B, p. 1.", "@none", "Work C, ch. 2.", "Work D.", "[me@example.org; x]", "Plain; me@example.org",
    }  # fmt: skip
    exported = read_bibtex(kg("export", "bib", "-C", tmp_path).stdout)[0]
    assert [entry.key for entry in exported] == ["a", "b", "c", "d"]


CITED_IN_FRONT = """---
title: B
sources:
  - '@a'
  - >-
    @lost,
    p. 1
  - "\\u0040hidden; @lost:a"
source: '@gone'
---
# B
"""


def test_unknown_keys_in_front_matter_have_their_places(kg: Callable[..., object], tmp_path: Path) -> None:
    (tmp_path / "concepts").mkdir()
    (tmp_path / "refs.bib").write_text("@book{a, title = {A}}\n", encoding="utf-8")
    (tmp_path / "concepts/b.md").write_text(CITED_IN_FRONT, encoding="utf-8")
    printed = kg("check", "-C", tmp_path, "--select", "KG211", cwd=tmp_path).stdout
    rows = [line.split("'")[:2] for line in printed.splitlines() if "KG211" in line]
    assert {(place.split(": ")[0].removeprefix("concepts/"), key) for place, key in rows} == {
        ("b.md:6:5", "@lost"), ("b.md:8:20", "@lost:a"), ("b.md:9:10", "@gone"),
        ("b.md:3:1", "@hidden"),  # a key that is escaped has the line of `sources`
    }  # fmt: skip


def test_bibliographies_below_the_notes_and_under_usual_names(kg: Callable[..., object], tmp_path: Path) -> None:
    for folder in ("concepts/papers/old", "bibliography"):
        (tmp_path / folder).mkdir(parents=True)
    work = [{"id": "listed", "type": "book", "title": "Listed"}]
    for name, text in {
        "concepts/papers/old/a.bib": "@book{deep, title = {Deep}}\n",
        "bibliography/b.bib": "@book{beside, title = {Beside}}\n",
        "references.json": json.dumps(work),
        "concepts/papers/references.json": '{"references": 5}',
        "concepts/a.md": "# A\n\nA is [@deep; @beside; @listed; @lost].\n",
    }.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert findings_of(kg, tmp_path) == {("KG211", "a.md:3")}
    (tmp_path / "concepts/papers/old/a.bib").write_text("@book{deeper, title = {Deep}}\n", encoding="utf-8")
    assert findings_of(kg, tmp_path) == {("KG211", "a.md:3"), ("KG212", "concepts/papers/old/a.bib:1")}


def files_of(folder: Path) -> Mapping[str, bytes]:
    left_out = ("build.json", "store", "pagefind")
    return {
        str(p.relative_to(folder)): p.read_bytes()
        for p in sorted(folder.rglob("*"))
        if p.is_file() and not any(name in p.parts for name in left_out)
    }


def test_a_changed_bibliography_changes_what_cites_it(kg: Callable[..., object], folder: Path, tmp_path: Path) -> None:
    for name in ("concepts", "refs.bib"):
        (shutil.copytree if (folder / name).is_dir() else shutil.copy)(folder / name, tmp_path / name)
    assert kg("build", "-C", tmp_path).status == 0
    (tmp_path / "refs.bib").write_text(BIB.replace("{A} Condition", "A Theory"), encoding="utf-8")
    assert kg("build", "-C", tmp_path).status == 0
    again = files_of(tmp_path / "output")
    assert b"A Theory" in again["concepts/lin.html"]
    assert kg("build", "--full", "-C", tmp_path).status == 0
    clean = files_of(tmp_path / "output")
    assert {n for n in again if again[n] != clean.get(n)} == set()


def test_without_a_bibliography_nothing_is_a_citation(kg: Callable[..., object], tmp_path: Path) -> None:
    (tmp_path / "concepts").mkdir()
    (tmp_path / "concepts/lin.md").write_text(TEXT, encoding="utf-8")
    assert findings_of(kg, tmp_path) == {("KG219", "lin.md:3")}
    (tmp_path / "kg.toml").write_text('[reading]\nbibliography = ["lib/none.bib"]\n', encoding="utf-8")
    assert findings_of(kg, tmp_path) == {("KG213", "lib/none.bib:1")}
    (tmp_path / "kg.toml").write_text('[reading]\nbibliography = ["../refs.bib"]\n', encoding="utf-8")
    assert kg("check", "-C", tmp_path).status == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[@a]", [("a", "", "")]),
        ("[see @a, pp. 3-4 and *passim*; also -@b:c.]", [("a", "see", "pp. 3-4 and *passim*"), ("b:c", "also", ".")]),
        ("见[@王2020，第 3 页]。", [("王2020", "", "第 3 页")]),
        ("[a@b.org] [x](y@z) ![@a](b) [@a][b] [@a]: c", []),
        ("[@a; nothing]", []),
        ("`[@a]` \\[@a] <b title='[@a]'>", []),
    ],
)
def test_the_form_of_a_citation(text: str, expected: list[tuple[str, str, str]]) -> None:
    note = parse_note("a.md", text.encode())
    assert [(c.key, c.prefix, c.locator) for c in note.citations] == expected


def test_hostile_bibtex_ends() -> None:
    entries, faults = read_bibtex("@a{k, t = " + "{" * 5000)
    assert (entries, len(faults)) == ([], 1)
    assert len(read_bibtex("@a{k, t = {x}\n" * 5000)[1]) <= 101
    bomb = ['@string{a = "' + "x" * 50_000 + '"}\n', *(f"@string{{a = a # a}}\n@m{{k{i}, t = a # a}}\n" for i in range(50))]
    assert all(len(e.fields["t"]) <= 100_000 for e in read_bibtex("".join(bomb[:8]))[0])
    with pytest.raises(FormatError, match="macros"):
        read_bibtex("".join(bomb))
    with pytest.raises(FormatError):
        read_bibtex("@m{k}\n" * 100_002)
