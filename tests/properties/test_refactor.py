"""Moving, renaming, merging, splitting: each link leads to the same note after any sequence, and no other byte is changed."""

from __future__ import annotations

import os
import posixpath
import random
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kg.base.errors import UsageError
from kg.base.settings import load_settings
from kg.corpus import resolve_notes
from kg.knowledge.base import KnowledgeBase
from kg.knowledge.refactor import (
    MergeNotes,
    MoveFiles,
    Refactoring,
    RefusedError,
    RenameConcept,
    RenameHeading,
    RenameTag,
    Sources,
    SplitNote,
    plan_refactoring,
    read_sources,
    undo_refactoring,
    write_refactoring,
)
from kg.model import Resolved, ResolvedLink
from kg.notes import parse_note
from kg.notes.cmark import parse_events
from kg.notes.labels import read_labels
from kg.notes.places import read_places

FOLDERS = ("", "a", "a/b", "c d")
NAMES = ("raft", "log", "x y", "容器", "a(b)", "naïve")
FORMS = (
    "[[{stem}]]", "[[{stem}|shown]]", "![[{path}]]", "[[{noext}#Part]]", "[t]({rel})", "[t](<{rel}>)", "[t]({enc}#part)",
    '<a href="{rel}">t</a>', '<img src="{rel}">', "[t][r{i}]\n\n[r{i}]: <{rel}> 'T'",
    "| a | b |\n|---|---|\n| [[{stem}\\|t]] | x |\n",
    "requires:: [[{noext}]]", "[uses:: [[{stem}]]]", "> [t](/{enc})",
)  # fmt: skip


def _note(number: int, own: str, others: list[str], forms: list[int], front: int) -> str:
    lines = []
    if front % 3:
        target = others[front % len(others)]
        lines += ["---", f"id: note-{number}" if front % 3 == 1 else "layer: theory"]
        lines += [f'broader: ["[[{target.removesuffix(".md")}]]"]', "tags: [t/u]", "---"]
    lines += [f"# Note {number}", "", f"marker {number}. #t/u", ""]
    for i, form in enumerate(forms):
        path = others[(i + number) % len(others)]
        rel = posixpath.relpath(path, posixpath.dirname(own) or ".")
        enc = {"rel": rel, "enc": re.sub(r"[ ()]", lambda m: f"%{ord(m.group()):02X}", rel)}
        if "(/{enc})" in FORMS[form]:
            enc["enc"] = re.sub(r"[ ()]", lambda m: f"%{ord(m.group()):02X}", path)
        if "[t]({rel})" in FORMS[form]:
            enc["rel"] = enc["enc"]
        stem = posixpath.basename(path).removesuffix(".md")
        lines += [FORMS[form].format(stem=stem, path=path, noext=path.removesuffix(".md"), i=i, **enc), ""]
    return "\n".join([*lines, "## Part", "", "end"])


@st.composite
def bases(draw: st.DrawFn) -> dict[str, str]:
    paths = draw(
        st.lists(
            st.tuples(st.sampled_from(FOLDERS), st.sampled_from(NAMES)), min_size=2, max_size=6, unique_by=lambda r: r[1]
        ).map(lambda rows: [posixpath.join(folder, f"{name}.md") for folder, name in rows])
    )
    forms = st.lists(st.integers(0, len(FORMS) - 1), max_size=5)
    return {path: _note(i, path, paths, draw(forms), draw(st.integers(0, 11))) for i, path in enumerate(paths)}


def sources_of(folder: Path, notes: Mapping[str, str]) -> Sources:
    for path, text in notes.items():
        file = folder / "concepts" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())
    return read_sources(KnowledgeBase(load_settings(folder)))


def marker(data: bytes) -> bytes:
    m = re.search(rb"marker \d+", data)
    assert m
    return m.group()


def graph(sources: Sources) -> Counter[tuple[object, ...]]:
    """The links of a state between markers of notes, from a reading of all texts that has nothing to do with the engine's."""
    notes = {p: parse_note(p, sources.text_of(p), sources.options.site.dialect) for p in sources.notes}
    corpus, _ = resolve_notes(notes, sources.options, attachments=sources.attachments)
    names = {path: marker(sources.text_of(path)) for path in notes}
    rows: Counter[tuple[object, ...]] = Counter()
    for source, link, resolution in corpus.links:
        target = names.get(resolution.path) if isinstance(resolution, Resolved) else resolution.__class__.__name__
        anchor = resolution.anchor if isinstance(resolution, Resolved) else None
        rows[names[source], link.kind, link.relation, link.text, link.embed, target, anchor and "anchor"] += 1
    of_iri = {iri: names[c.path] for iri, c in corpus.concepts.items()}
    rows.update((of_iri[a.subject], a.predicate, of_iri[a.object]) for a in corpus.assertions)
    return rows


def masked(sources: Sources) -> Counter[bytes]:
    """The texts without what names a target, and without records of former ids."""
    result = Counter()
    for path in sources.notes:
        data = sources.text_of(path)
        places, unknown = read_places(parse_note(path, data, sources.options.site.dialect), data, sources.options.site.dialect)
        assert not unknown
        named = [p for p in places if p.link.relation != "former-ids"]
        spans = {p.target for p in named} | {p.name_at for p in named if p.name_at is not None}
        for span in sorted(spans, reverse=True):
            data = data[: span.start] + b"*" + data[span.end :]
        data = re.sub(rb"\A---\nformer-ids: \[[^\n]*\n---\n|^[ ]*former-ids: \[[^\n]*\n", b"", data, flags=re.MULTILINE)
        result[data] += 1
    return result


SLOW = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@SLOW
@given(notes=bases(), seed=st.integers(0, 1 << 30))
def test_links_lead_to_the_same_notes_after_any_sequence(
    tmp_path_factory: pytest.TempPathFactory, notes: dict[str, str], seed: int
) -> None:
    sources = sources_of(tmp_path_factory.mktemp("base"), notes)
    links, texts = graph(sources), masked(sources)
    chance = random.Random(seed)
    for _ in range(6):
        path = chance.choice(list(sources.notes))
        new = posixpath.join(chance.choice(FOLDERS), f"{chance.choice(NAMES)}{chance.choice(['', '-2'])}.md")
        if new in sources.notes:
            continue
        try:
            after = plan_refactoring(sources, MoveFiles({path: new})).after
        except RefusedError as error:
            # Only what no path can say may be refused.
            assert all("no way to write it" in refusal.reason for refusal in error.refusals)  # noqa: PT017
            continue
        assert after is not None
        sources = after
        assert graph(sources) == links
        assert masked(sources) == texts


@SLOW
@given(notes=bases(), seed=st.integers(0, 1 << 30))
def test_every_operation_of_a_sequence_keeps_links_and_lines(
    tmp_path_factory: pytest.TempPathFactory, notes: dict[str, str], seed: int
) -> None:
    random_steps(sources_of(tmp_path_factory.mktemp("base"), notes), random.Random(seed), 8, FOLDERS)


@SLOW
@given(notes=bases(), seed=st.integers(0, 1 << 30))
def test_undo_gives_back_the_same_bytes(tmp_path_factory: pytest.TempPathFactory, notes: dict[str, str], seed: int) -> None:
    folder = tmp_path_factory.mktemp("base")
    os.environ["KG_CACHE"] = str(tmp_path_factory.mktemp("cache"))
    sources = sources_of(folder, notes)
    chance = random.Random(seed)
    before: list[dict[str, bytes]] = []

    def files() -> dict[str, bytes]:
        return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}

    for number in range(4):
        path = chance.choice(list(sources.notes))
        operation = chance.choice(
            [
                MoveFiles({path: f"new/{number} z.md"}),
                RenameConcept(path, f"id-{number}"),
                RenameHeading(path, len(sources.notes[path].headings) - 1, f"Other part {number}"),
                RenameTag("t", f"tag{number}") if number == 0 else MoveFiles({path: f"deep/er/{number}.md"}),
            ]
        )
        planned = plan_refactoring(sources, operation)
        before.append(files())
        write_refactoring(sources.settings, planned, "test")
        assert planned.after is not None
        sources = read_sources(KnowledgeBase(sources.settings))
        assert {p: sources.text_of(p) for p in sources.notes} == {p: planned.after.text_of(p) for p in planned.after.notes}
    for state in reversed(before):
        undo_refactoring(sources.settings)
        assert files() == state


def test_a_move_and_its_reverse_leave_no_trace(tmp_path: Path) -> None:
    paths = [posixpath.join(folder, f"{name}-{i}.md") for i, folder in enumerate(FOLDERS) for name in NAMES]
    notes = {p: _note(i, p, paths, [(i + k) % len(FORMS) for k in range(5)], i % 12) for i, p in enumerate(paths)}
    first = sources = sources_of(tmp_path, notes)
    moves = [(path, f"moved/{i}/{posixpath.basename(path)}") for i, path in enumerate(paths[::3])]
    for old, new in [*moves, *((new, old) for old, new in reversed(moves))]:
        after = plan_refactoring(sources, MoveFiles({old: new})).after
        assert after is not None
        sources = after
    assert {p: sources.text_of(p) for p in sources.notes} == {p: first.text_of(p) for p in first.notes}


Link = tuple[str, str, str | None, str | None]
Links = list[Link]
Step = MoveFiles | RenameConcept | MergeNotes | SplitNote


def links_in_text(sources: Sources, path: str, moved: Mapping[str, str]) -> Links:
    """The links in a note's text, in order: kind, state, file after `moved`, heading or kind of anchor.

    A wikilink with a definition counts as a Markdown link where only the definition says which of several files it means.
    """
    rows: Links = []
    for row in links_by_note(sources).get(path, ()):
        resolution = row.resolution
        target = anchor = None
        if isinstance(resolution, Resolved):
            target = moved.get(resolution.path, resolution.path)
            anchor = "^" if (resolution.anchor or "").startswith("^") else resolution.anchor
        kind = "markdown" if row.link.kind == "wikilink" else row.link.kind
        rows.append((kind, resolution.__class__.__name__, target, anchor))
    return rows


_BY_NOTE: list[tuple[Sources, dict[str, list[ResolvedLink]]]] = []


def links_by_note(sources: Sources) -> dict[str, list[ResolvedLink]]:
    """The links in the text of each note, in order; those of the last two states are kept."""
    for kept, by_note in _BY_NOTE:
        if kept is sources:
            return by_note
    rows: dict[str, list[ResolvedLink]] = {}
    for row in sources.corpus.links:
        if row.link.context != "front-matter":
            rows.setdefault(row.source, []).append(row)
    del _BY_NOTE[:-1]
    _BY_NOTE.append((sources, {p: sorted(r, key=lambda row: row.link.start) for p, r in rows.items()}))
    return _BY_NOTE[-1][1]


def text_lines(sources: Sources, path: str) -> list[bytes]:
    """The lines below the front matter without targets, labels, block ids and levels of headings, none empty."""
    data, note = sources.text_of(path), sources.notes[path]
    dialect = sources.options.site.dialects.of(path)
    labels = read_labels(data, note.body, dialect)
    places = read_places(note, data, dialect)[0]
    spans = {p.target for p in places} | {p.fragment for p in places if p.fragment is not None}
    spans |= {p.name_at for p in places if p.name_at is not None}
    spans |= {d.label_at for d in labels.definitions} | {u.at for u in labels.uses}
    behind = len(data)
    for span in sorted(spans, reverse=True):
        if note.body <= span.start and span.end <= behind:
            bare = (
                span.start == span.end
                and data[span.start - 1 : span.start] == b"]"
                and data[span.start : span.start + 1] != b"]"
            )
            data = data[: span.start] + (b"[*]" if bare else b"*") + data[span.end :]
            behind = span.start
    data = re.sub(rb"\^[A-Za-z0-9-]+[ \t]*$", b"^", data[note.body :], flags=re.MULTILINE)
    return [re.sub(rb"^[ \t>*+\-]*#{1,6}[ \t]", b"# ", line) for line in data.splitlines() if line.strip()]


def addresses(sources: Sources, path: str) -> list[str]:
    """The addresses of other sites to which the text leads, as the Markdown parser says."""
    note = sources.notes[path]
    text = sources.text_of(path)[note.body :].decode("utf-8", "replace")
    events = (event for event, _ in parse_events(text) if event.__class__ is dict)
    tags = (tag for event in events if isinstance(tag := event.get("Start"), dict))
    details = (tag[kind] for tag in tags for kind in ("Link", "Image") if kind in tag)
    return [detail["dest_url"] for detail in details if "://" in detail["dest_url"]]


_DEFINED: Final = re.compile(rb"^\[[^\[\]\n]*\]:")
_SHOWN_LABEL: Final = re.compile(rb"\[\[\*\|[^\[\]\n]*\]\]")


def is_kept(old: Link, new: Link, operation: Step) -> bool:
    """Whether a link leads to what it led to; what led to a heading or block may lead to it in the note of a section."""
    if isinstance(operation, SplitNote) and old[3] is not None and old[2] == operation.path:
        return new in (old, (*old[:2], operation.new_path, old[3]))
    return old == new


def check_split(before: Sources, after: Sources, operation: SplitNote) -> None:
    """A link stands in the place of a section, the new note has its lines and links; both get copies of definitions."""
    path, new = operation.path, operation.new_path
    old_links, rest, section = links_in_text(before, path, {}), links_in_text(after, path, {}), links_in_text(after, new, {})
    orders = [[*rest[:i], *section, *rest[i + 1 :]] for i, row in enumerate(rest) if row[2] == new]
    # Links of the old note that led to no note may lead to the new one, if it has their name.
    assert any(
        len(order) == len(old_links)
        and all(
            a[0] == b[0] and (a[1] != "Resolved" or is_kept(a, b, operation)) for a, b in zip(old_links, order, strict=True)
        )
        for order in orders
    ), operation
    lines, rest_lines, section_lines = text_lines(before, path), text_lines(after, path), text_lines(after, new)
    first = next(i for i, (a, b) in enumerate(zip(lines, rest_lines, strict=False)) if a != b)  # the link
    behind = rest_lines[first + 1 :]
    for size in range(len(section_lines), 0, -1):
        kept = lines[first + size :]
        if lines[first : first + size] == section_lines[:size] and behind[: len(kept)] == kept:
            break
    else:
        pytest.fail(f"lines of {operation}")
    assert {*section_lines[size:], *behind[len(kept) :]} <= set(lines), operation
    assert sorted(addresses(before, path)) == sorted(addresses(after, path) + addresses(after, new)), operation


def check_step(before: Sources, planned: Refactoring, operation: Step) -> None:
    """No link that led somewhere leads elsewhere now, and no line is another one."""
    after, pairs = planned.after, dict(planned.paths)
    assert after is not None
    divided: set[str] = set()
    if isinstance(operation, SplitNote):
        check_split(before, after, operation)
        divided = {operation.path, operation.new_path}
    for path in after.notes.keys() - divided:
        parts = [path] if path in before.notes and path not in pairs else []
        parts += [old for old, new in pairs.items() if new == path]
        old_links = [row for part in parts for row in links_in_text(before, part, pairs)]
        new_links = links_in_text(after, path, {})
        assert [r[0] for r in old_links] == [r[0] for r in new_links], (path, operation)
        rows = zip(old_links, new_links, strict=True)
        lost = [(a, b) for a, b in rows if a[1] == "Resolved" and not is_kept(a, b, operation)]
        assert not lost, (path, lost)
        if path in before.notes and before.notes[path].digest == after.notes[path].digest and len(parts) == 1:
            continue
        old_lines = [line for part in parts for line in text_lines(before, part)]
        new_lines = text_lines(after, path)
        if isinstance(operation, MergeNotes):  # a wikilink whose label both notes define shows the old label from now on
            old_lines, new_lines = ([_SHOWN_LABEL.sub(rb"[[*]]", x) for x in lines] for lines in (old_lines, new_lines))
            # Of two equal definitions the second one no longer counts, so its label is not hidden above.
            old_lines, new_lines = ([_DEFINED.sub(b"[*]:", x) for x in lines] for lines in (old_lines, new_lines))
        assert old_lines == new_lines, path
        assert [a for part in parts for a in addresses(before, part)] == addresses(after, path), path


def random_steps(
    sources: Sources, chance: random.Random, number: int, folders: Sequence[str]
) -> tuple[Counter[str], Counter[str]]:
    """Do operations at random, and check each step. Return how many were done of each, and why others were refused."""
    done: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    for i in range(number):
        old, other = chance.sample(list(sources.notes), 2)
        stem = chance.choice([posixpath.basename(old), f"{chance.choice(NAMES)}{i}.md", posixpath.basename(old).swapcase()])
        new = posixpath.join(chance.choice([posixpath.dirname(old), *folders]), re.sub(r"(?i)\.md$", ".md", stem))
        draw = chance.random()
        operation: Step = MoveFiles({old: new})
        headings = sources.notes[old].headings
        if draw > 0.85 and len(headings) > 1:
            operation = SplitNote(
                old, chance.randrange(1, len(headings)), posixpath.join(posixpath.dirname(new), f"part {i}.md")
            )
        elif draw < 0.25 and len(sources.notes) > 3:
            operation = MergeNotes(old, other)
        elif draw < 0.5 and old in sources.corpus.concept_of:
            operation = RenameConcept(old, new.removesuffix(".md"))
        try:
            planned = plan_refactoring(sources, operation)
        except UsageError as error:
            refused[re.sub(r"\S+\.md", "*", str(error).splitlines()[0])] += 1
            continue
        check_step(sources, planned, operation)
        assert planned.after is not None
        sources = planned.after
        done[type(operation).__name__] += 1
    return done, refused


@pytest.mark.parametrize("collection", ["cncf-glossary/content/en", "foam-docs", "powershell-docs"])
def test_random_moves_and_merges_in_real_collections(corpora: Path, tmp_path: Path, collection: str) -> None:
    """`KG_MOVES=500` does 500 operations in each."""
    number = int(os.environ.get("KG_MOVES", "12"))
    sources = read_sources(KnowledgeBase(load_settings(tmp_path, notes=(corpora / collection,))))
    folders = sorted({posixpath.dirname(path) for path in sources.notes} | {"new folder", "neu/ä"})
    done, refused = random_steps(sources, random.Random(collection), number, folders)
    print(collection, done, refused)
    assert done.total() > number / 2
    assert done["MoveFiles"] > 0
    assert done["RenameConcept"] > 0
    assert done["MergeNotes"] > 0
    assert done["SplitNote"] > 0
