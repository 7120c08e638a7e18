"""The knowledge base: a remembered answer equals a computed one, and is computed again exactly when what it reads changes."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner

from kg.app.bench.generate import notes
from kg.app.cli import main
from kg.base import files
from kg.base.about import ontology_folder
from kg.base.settings import Settings, load_settings
from kg.evidence import snapshot
from kg.knowledge import KnowledgeBase, open_base
from kg.knowledge.exporting import built_edges
from kg.knowledge.inputs import ASSESSMENT, CORPUS, Inputs
from kg.knowledge.remembered import ASSESSMENT_FORMS, CORPUS_FORMS
from kg.model import Assessment, Corpus
from kg.plan.folder import JOURNAL, plan_folder

_DERIVED: Final = {"notes", "links"}
"""Fields of a corpus that are read from the notes when they are asked for."""
_SCOPE: Final = """
@prefix kg: <https://w3id.org/kg/ontology#> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
<urn:list> a skos:ConceptScheme ; skos:prefLabel "List"@en .
<urn:topic> a skos:Concept ; skos:inScheme <urn:list> ; skos:prefLabel "Topic"@en .
"""

_INVENTORY: Final = b"""{"format": "kg-inventory", "version": 1, "base": "https://x.example/",
"concepts": [{"id": "a", "iri": "https://x.example/a", "labels": {"en": "A"}}]}"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A knowledge base with notes, a scope list, a question, a task, and evidence beside a note."""
    for name, data in notes(40):
        _write(tmp_path / "concepts" / name, data)
    _write(tmp_path / "concepts/proved.md", b"# Proved\n\nSee [proof](proof.v).\n")
    _write(tmp_path / "concepts/proof.v", b"Theorem t : 1 + 1 = 2. Proof. reflexivity. Qed.\n")
    _write(tmp_path / "concepts/task.md", b"---\ntype: task\nid: t1\naccept: file README.md\n---\n# Task\n")
    _write(plan_folder(load_settings(tmp_path)) / JOURNAL, b"")
    _write(tmp_path / "ontology/scope/list.ttl", _SCOPE.encode())
    _write(tmp_path / "ontology/questions/q.rq", b"# Which?\nSELECT ?c WHERE { ?c a skos:Concept }\n")
    _write(tmp_path / "kg.toml", b'title = "T"\n[site]\ntheme = "theme"\n[uses]\nx = {path = "vendor"}\n')
    _write(tmp_path / "vendor/inventory.json", _INVENTORY)
    _write(tmp_path / "concepts/uses.md", b"# Uses\n\nbroader:: [[x:a]]\n")
    _write(tmp_path / "theme/own.css", b"p { color: red }\n")
    return tmp_path


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def _same(remembered: Assessment, computed: Assessment) -> None:
    for field in fields(Assessment):
        if field.name == "network":
            one, other = remembered.network, computed.network
            assert list(one) == list(other)
            assert list(one.edges(keys=True, data=True)) == list(other.edges(keys=True, data=True))
        elif field.name != "corpus":
            assert repr(getattr(remembered, field.name)) == repr(getattr(computed, field.name)) or getattr(
                remembered, field.name
            ) == getattr(computed, field.name), field.name
    for field in fields(Corpus):
        if field.name == "notes":
            assert dict(remembered.corpus.notes) == dict(computed.corpus.notes)
        else:
            assert getattr(remembered.corpus, field.name) == getattr(computed.corpus, field.name), field.name


def _was_remembered(settings: Settings) -> bool:
    return open_base(settings).is_remembered


def test_every_field_has_a_form() -> None:
    assert {f.name for f in fields(Assessment)} == ASSESSMENT_FORMS.keys() | {"corpus", "positions"}
    assert {f.name for f in fields(Corpus)} == CORPUS_FORMS.keys() | _DERIVED


def test_remembered_equals_computed(folder: Path) -> None:
    settings = load_settings(folder)
    computed = KnowledgeBase(settings).assessment
    assert open_base(settings).assessment.measures
    remembered = open_base(settings)
    assert remembered.is_remembered
    _same(remembered.assessment, computed)
    assert "_measured" not in remembered.__dict__


_COMMANDS: Final = [("metrics", "--format", "json"), ("metrics", "--format", "prometheus"), ("map", "proved", "-o", "-"),
             ("check", "--format", "json"), ("check", "--select", "KG2", "--compact"), ("check", "--statistics"),
             ("extract", "--format", "jsonl"), ("extract", "--candidates"), ("find", "proved")]  # fmt: skip


@pytest.mark.parametrize("command", _COMMANDS)
def test_commands_print_the_same_bytes(kg: Callable[..., Any], folder: Path, command: tuple[str, ...]) -> None:
    def run(name: str) -> bytes:
        target = folder / name
        args = [str(target) if a == "-" else a for a in command]
        result = kg(*args, "-C", folder)
        assert result.status == 0, result.stderr
        return target.read_bytes() if target.exists() else result.stdout.encode()

    assert run("first") == run("second")


def test_a_command_after_a_build_reads_no_note(kg: Callable[..., Any], folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert kg("build", "-C", folder, "--stage", "metrics").status == 0
    read = _recorded(monkeypatch)
    base = open_base(load_settings(folder))
    assert base.assessment.measures
    assert base.assessment.corpus.concepts
    assert len(base.assessment.network)
    assert not [path for path in read() if path.suffix in (".md", ".ttl", ".rq")]


@pytest.mark.parametrize("command", [("check", "--format", "json"), ("extract", "--format", "jsonl"), ("find", "proved")])
def test_a_command_that_ran_before_reads_no_note(
    folder: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    assert [path for path in _read_by(monkeypatch, *command, "-C", folder) if path.suffix == ".md"]
    assert not [path for path in _read_by(monkeypatch, *command, "-C", folder) if path.suffix in (".md", ".ttl", ".rq")]


def test_a_check_that_had_too_little_time_is_not_remembered(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = "CONSTRUCT { ?a <urn:a:b> ?i } WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l FILTER(STR(?b) = STR(?l)) }"
    _write(folder / "ontology/rules/slow.rq", slow.encode())
    _write(folder / "kg.toml", b"[check]\nquery-timeout = 0.2\n")
    settings = load_settings(folder)
    assert open_base(settings).assessment.measures
    assert not _was_remembered(settings)
    for _ in range(2):
        assert folder / "ontology/rules/slow.rq" in _read_by(monkeypatch, "check", "-C", folder)


def test_a_check_builds_the_graph_only_if_a_rule_needs_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[Settings] = []
    monkeypatch.setattr("kg.knowledge.graphs.graph_from", lambda settings, *_: built.append(settings))
    for name, data in notes(40):
        _write(tmp_path / "concepts" / name, data)
    assert _read_by(monkeypatch, "check", "-C", tmp_path)
    assert not built
    _write(tmp_path / "concepts/proved.md", b"# Proved\n")
    _write(tmp_path / "concepts/mapped.md", b"---\nexact-match: '[[proved]]'\n---\n# Mapped\n")
    CliRunner().invoke(main, ["check", "-C", str(tmp_path)])
    assert built


def test_a_snapshot_after_a_build_reads_no_note(kg: Callable[..., Any], folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digests = snapshot.digest_concepts(KnowledgeBase(load_settings(folder)).corpus)
    assert kg("build", "-C", folder, "--stage", "metrics").status == 0
    assert not [path for path in _read_by(monkeypatch, "snapshot", "-C", folder) if path.suffix == ".md"]
    entries = snapshot.read_entries(load_settings(folder).ontology)
    assert {name: entry.digest for name, entry in entries.items()} == digests


def test_a_plan_after_a_build_reads_no_note(kg: Callable[..., Any], folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def show() -> tuple[str, str]:
        return kg("plan", "status", "-C", folder).stdout, kg("plan", "next", "-C", folder).stdout

    assert kg("build", "-C", folder, "--stage", "metrics").status == 0
    (load_settings(folder).cache / "memo.sqlite").unlink()
    computed = show()
    assert "Task" in computed[0]
    assert kg("build", "-C", folder, "--stage", "metrics", "--full").status == 0
    assert kg("metrics", "-C", folder).status == 0
    for command in ("status", "next"):
        assert not [path for path in _read_by(monkeypatch, "plan", command, "-C", folder) if path.suffix == ".md"]
    assert show() == computed


def test_blocks_are_counted(folder: Path) -> None:
    base = KnowledgeBase(load_settings(folder))
    kinds = [block.kind for note in base.corpus.notes.values() for block in note.blocks]
    assert len(kinds) > 10
    assert base.assessment.blocks == {kind: kinds.count(kind) for kind in set(kinds)}


def test_tables_and_paths_from_the_memo_are_those_of_the_store(kg: Callable[..., Any], folder: Path) -> None:
    _write(folder / "concepts/first.md", b"---\nrequires: '[[second]]'\n---\n# First\n")
    _write(folder / "concepts/second.md", b"---\nbroader: '[[proved]]'\n---\n# Second\n")

    def tables() -> list[bytes]:
        steps = kg("path", "proved", "first", "-C", folder)
        assert (steps.status, steps.stdout.count("first.md:2"), steps.stdout.count("second.md:2")) == (0, 1, 1)
        assert kg("export", "csv", "-C", folder, "-o", folder / "tables").status == 0
        return [(folder / "tables" / name).read_bytes() for name in ("nodes.csv", "edges.csv")] + [steps.stdout.encode()]

    assert kg("build", "-C", folder, "--stage", "metrics").status == 0
    settings = load_settings(folder)
    assert built_edges(settings)
    remembered = tables()
    (settings.cache / "memo.sqlite").unlink()
    assert built_edges(settings) is None
    assert tables() == remembered
    # After an edit, the built graph is exported, not the notes.
    assert open_base(settings).assessment.measures
    CHANGES["note"](folder)
    assert open_base(settings).assessment.measures
    assert built_edges(settings) is None
    assert tables() == remembered


def test_damaged_and_missing_entries_are_computed_again(folder: Path) -> None:
    settings = load_settings(folder)
    computed = KnowledgeBase(settings).assessment
    assert open_base(settings).assessment.measures
    memo = settings.cache / "memo.sqlite"
    whole = memo.read_bytes()
    draw = random.Random(3)
    for _ in range(8):
        data = bytearray(whole)
        for _ in range(30):
            data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
        memo.write_bytes(data)
        for ending in ("-wal", "-shm"):
            memo.with_name(memo.name + ending).unlink(missing_ok=True)
        _same(open_base(settings).assessment, computed)


def test_what_changes_while_it_is_read_is_not_remembered(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load_settings(folder)
    base = open_base(settings)
    assert len(base.graph)  # the notes are read here
    _write(folder / "concepts/late.md", b"# Late\n")
    assert base.assessment.measures
    assert not _was_remembered(settings)
    late = open_base(settings).assessment.corpus.concepts.values()
    assert "late" in {c.id for c in late}


CHANGES: Final[dict[str, Callable[[Path], None]]] = {
    "note": lambda at: _write(at / "concepts/proved.md", b"# Proved\n\nOther words.\n"),
    "new note": lambda at: _write(at / "concepts/new.md", b"# New\n"),
    "note gone": lambda at: (at / "concepts/proved.md").unlink(),
    "note renamed": lambda at: (at / "concepts/proved.md").rename(at / "concepts/shown.md") and None,
    "other file": lambda at: _write(at / "concepts/picture.png", b""),
    "setting": lambda at: _write(at / "kg.toml", b'title = "U"\n[site]\ntheme = "theme"\n'),
    "vocabulary": lambda at: _write(at / "ontology/kg.ttl", b"<urn:a:b> a <urn:c:d> .\n"),
    "scope list": lambda at: _write(at / "ontology/scope/list.ttl", _SCOPE.replace("Topic", "Other").encode()),
    "question": lambda at: _write(at / "ontology/questions/q.rq", b"# Which?\nSELECT ?c WHERE { ?c a ?d }\n"),
    "snapshot": lambda at: _write(at / "ontology/snapshot/changes.jsonl", b"\n"),
    "review": lambda at: _write(at / "ontology/reviews.jsonl", b"\n"),
    "evidence": lambda at: _write(at / "concepts/proof.v", b"Theorem t : 2 + 1 = 3. Proof. reflexivity. Qed.\n"),
    "import": lambda at: _write(at / "vendor/inventory.json", _INVENTORY.replace(b'"A"', b'"Another"')),
    "pins": lambda at: _write(at / "kg.lock", b'{"version": 1}'),
    "theme": lambda at: _write(at / "theme/own.css", b"p { color: green; }\n"),
}
OTHERS: Final[dict[str, Callable[[Path], None]]] = {
    "readme": lambda at: _write(at / "README.md", b"# Other\n"),
    "file above": lambda at: _write(at / "notes.txt", b"x"),
    "journal of the plan": lambda at: _write(plan_folder(load_settings(at)) / JOURNAL, b"\n"),
    "old output": lambda at: _write(at / "output/x.html", b"x"),
    "cache": lambda at: _write(load_settings(at).cache / "other", b"x"),
    "ignored folder": lambda at: _write(at / "concepts/.git/x.md", b"# X\n"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_what_is_read_is_seen(folder: Path, change: str) -> None:
    assert open_base(load_settings(folder)).assessment.measures
    assert _was_remembered(load_settings(folder))
    CHANGES[change](folder)
    assert not _was_remembered(load_settings(folder))
    settings = load_settings(folder)
    _same(open_base(settings).assessment, KnowledgeBase(settings).assessment)


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_seen_by_checks_and_drafts(kg: Callable[..., Any], folder: Path, change: str) -> None:
    commands = (("check", "--format", "json"), ("extract", "--format", "jsonl"))
    for command in commands:
        kg(*command, "-C", folder)
    CHANGES[change](folder)
    remembered = [kg(*command, "-C", folder).stdout for command in commands]
    (load_settings(folder).cache / "memo.sqlite").unlink()
    assert remembered == [kg(*command, "-C", folder).stdout for command in commands]


@pytest.mark.parametrize("change", OTHERS)
def test_a_change_of_what_is_not_read_moves_nothing(folder: Path, change: str) -> None:
    before = open_base(load_settings(folder)).assessment
    OTHERS[change](folder)
    settings = load_settings(folder)
    assert _was_remembered(settings)
    _same(open_base(settings).assessment, before)
    _same(KnowledgeBase(settings).assessment, before)


def _recorded(monkeypatch: pytest.MonkeyPatch) -> Callable[[], set[Path]]:
    """Record every file that is opened through the gate for files, and return a function that lists them."""
    opened: set[Path] = set()
    original = files.read

    def read(path: Path | str, *args: object, **options: object) -> bytes:
        opened.add(Path(path).absolute())
        return original(path, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(files, "read", read)
    return lambda: opened


def _read_by(monkeypatch: pytest.MonkeyPatch, *args: object) -> set[Path]:
    """The files that a command reads. It runs in this process: others can't be watched."""
    with monkeypatch.context() as patch:
        read = _recorded(patch)
        ran = CliRunner().invoke(main, [str(arg) for arg in args])
        assert ran.exit_code in (0, 1), ran.output
        return read()


def _declared(inputs: Inputs, names: tuple[str, ...]) -> Iterator[Path]:
    for name in names:
        yield from (Path(p).absolute() for p in inputs.paths(name))  # type: ignore[arg-type]


@pytest.mark.parametrize(("answer", "reads"), [("graph", CORPUS), ("graph_findings", ASSESSMENT), ("assessment", ASSESSMENT)])
def test_what_is_not_declared_is_not_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch, answer: str, reads: tuple[str, ...]
) -> None:
    """Every file that is opened belongs to a declared input; so a change of any other file can't move the answer."""
    settings = load_settings(folder)
    base = KnowledgeBase(settings)
    assert base.inputs.listing.notes  # configurations of site generators are read here, and their content is in the key
    read = _recorded(monkeypatch)
    getattr(base, answer)
    allowed = [*_declared(base.inputs, reads), ontology_folder().absolute(), settings.root / "kg.toml"]
    package = Path(files.__file__).absolute().parent.parent
    undeclared = {
        path
        for path in read()
        if not any(path == a or path.is_relative_to(a) for a in allowed) and not path.is_relative_to(package)
    }
    assert undeclared == set()
    assert len(read()) > 10


def test_refresh_is_the_same_until_something_changes(folder: Path) -> None:
    base = open_base(load_settings(folder))
    assert base.assessment.measures
    assert base.refresh() is base
    CHANGES["note"](folder)
    now = base.refresh()
    assert now is not base
    assert now.assessment.corpus.notes["proved.md"].digest != base.assessment.corpus.notes["proved.md"].digest
