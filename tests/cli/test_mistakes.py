"""Wrong uses: docs/interface.md shows what is printed, and each hint can be pasted."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import click
import pytest
from click.testing import CliRunner
from commands import all_commands

from kg.app.cli import main

Kg = Callable[..., Any]
PAGE = Path(__file__).resolve().parents[2] / "docs/interface.md"
_BLOCK = re.compile(r"^```shell-session\n(.*?)^```", re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def starter(kg: Kg, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `kg init` writes, built."""
    folder: Path = tmp_path_factory.mktemp("starter")
    assert kg("init", ".", cwd=folder).status == 0
    assert kg("build", cwd=folder).status == 0
    return folder


def _transcript() -> Iterator[tuple[str, str]]:
    for block in _BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, printed = part.partition("\n")
            yield command, printed.rstrip()


WRONG = list(_transcript())


def test_there_are_ten_of_them_and_three_in_chinese() -> None:
    assert len(WRONG) >= 10
    assert len([command for command, printed in WRONG if printed.startswith("kg：")]) >= 3


@pytest.mark.parametrize(("command", "printed"), WRONG, ids=[command for command, _ in WRONG])
def test_a_wrong_use_says_what_to_do(kg: Kg, starter: Path, command: str, printed: str) -> None:
    name, *args = shlex.split(command)
    assert name == "kg"
    ran = kg(*args, cwd=starter)
    text = (ran.stdout + ran.stderr).replace(f"{starter}/", "").replace("python -m kg", "kg").rstrip()
    lines = [".*".join(map(re.escape, line.rstrip().split("…"))) for line in printed.splitlines()]
    assert re.fullmatch("\n".join(lines), text), text
    assert ran.status == (0 if args[0] == "query" and "rows" in text else 2)
    # A command in the hint is one that works; after "write:", it has names that stand for values.
    for line in text.splitlines()[1:]:
        if m := re.search(r"^ +(?:did you mean: |or: |是否指：|')?(kg [a-z]+(?: [^']*| .*'.*)?)(?:' lists them)?$", line):
            pasted = kg(*shlex.split(m[1])[1:], cwd=starter)
            assert pasted.status in (0, 1), (m[1], pasted.stderr)


def test_hints_name_the_base(kg: Kg, starter: Path, tmp_path: Path) -> None:
    (tmp_path / "empty one").mkdir()
    ran = kg("query", "-C", "empty one", "ASK {?s ?p ?o}", cwd=tmp_path)
    assert "kg build -C 'empty one'" in ran.stderr
    ran = kg("query", "-C", starter, "SELECT ?x { c:contaner kg:uses ?x }", cwd=tmp_path)
    assert "c:container?" in ran.stderr
    # Nothing is reported of what is there, in strings or comments, or with a prefix of the query's own.
    for query in (
        "SELECT ?x { c:container kg:uses ?x } # c:contaner",
        "SELECT ?x { ?x skos:prefLabel 'c:contaner'@en }",
        "PREFIX c: <urn:x> SELECT ?x { ?x ?p c:contaner }",
    ):
        assert "c:contaner" not in kg("query", "-C", starter, query).stderr, query


def test_notes_of_another_folder_are_checked_by_what_the_hint_says(kg: Kg, starter: Path, tmp_path: Path) -> None:
    other = tmp_path / "other notes"
    other.mkdir()
    (other / "a.md").write_text("# A\n\nSee [[nowhere]].\n")
    ran = kg("check", other, cwd=starter)
    assert ran.status == 2
    command = re.search(r"to check others: (kg check .*)", ran.stderr)
    assert command, ran.stderr
    pasted = kg(*shlex.split(command[1])[1:], cwd=starter)
    assert (pasted.status, "nowhere" in pasted.stdout) == (1, True), pasted.stderr


@pytest.mark.parametrize(
    ("args", "texts"),
    [
        (("buidl", "--stage", "graph"), ("没有命令", "kg build --stage graph")),
        (("rule", "KG999"), ("没有规则", "kg rule")),
        (("query", "SELECT * { c:contaner ?p ?o }"), ("图中没有概念", "c:container")),
        (("check", "-C", "kg.toml"), ("是文件，不是目录", "-C")),
    ],
)
def test_mistakes_in_chinese(kg: Kg, starter: Path, args: tuple[str, ...], texts: tuple[str, ...]) -> None:
    ran = kg("--lang", "zh", *args, cwd=starter)
    for text in texts:
        assert text in ran.stderr, ran.stderr


def test_without_history_or_questions_hints_fit_the_place(kg: Kg, tmp_path: Path) -> None:
    """What helps differs: no repository, no commit, or a revision that wasn't fetched. A list without entries says so."""
    assert kg("init", "new", cwd=tmp_path).status == 0
    folder = tmp_path / "new"
    assert "git init && git add -A && git commit" in kg("check", "--changed", cwd=folder).stderr
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    ran = kg("check", "--changed", "--lang", "zh", cwd=folder)
    assert (ran.status, "请先提交：git add -A" in ran.stderr) == (2, True), ran.stderr
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    for args in (["add", "-A"], [*identity, "commit", "-qm", "one"]):
        subprocess.run(["git", *args], cwd=folder, check=True)
    assert kg("check", "--changed", cwd=folder).status == 0
    assert "git log --oneline" in kg("check", "--changed", "v9", cwd=folder).stderr
    subprocess.run(["git", "remote", "add", "origin", "https://example.org/x.git"], cwd=folder, check=True)
    assert "git fetch origin v9" in kg("check", "--changed", "v9", cwd=folder).stderr
    assert "git fetch origin v9\n" in kg("check", "--changed", "origin/v9", cwd=folder).stderr
    assert "git log --oneline" in kg("check", "--changed", "HEAD~9", cwd=folder).stderr
    subprocess.run(["git", "remote", "rename", "origin", "upstream"], cwd=folder, check=True)
    assert "git fetch upstream v9" in kg("check", "--changed", "v9", cwd=folder).stderr
    ran = kg("query", cwd=folder)
    assert (ran.status, ran.stdout) == (0, "")
    assert "kg query 'SELECT * WHERE { ?a kg:uses ?b }'" in ran.stderr


def test_a_path_for_a_revision(kg: Kg, starter: Path) -> None:
    for args, command in (
        (("check", "--changed", "concepts/container.md", "-q"), "kg check -q concepts/container.md --changed"),
        (("check", "--changed=concepts"), "kg check concepts --changed"),
    ):
        ran = kg(*args, cwd=starter)
        lines = [f"kg: '{args[1].removeprefix('--changed=') if len(args) == 2 else args[2]}' is a path, not a revision"]
        assert (ran.status, ran.stderr.splitlines()) == (2, [*lines, f"    did you mean: {command}"])
    for args in (("check", "--base-revision", "concepts"), ("metrics", "--base-revision", "concepts")):
        ran = kg(*args, "--lang", "zh", cwd=starter)
        assert (ran.status, ran.stderr) == (2, "kg：“concepts”是路径，不是版本\n    请给出提交、分支或标签，例如 HEAD~1\n")


def _refused(*args: str) -> tuple[str, str]:
    """The message and the hint of a wrong use, without the start of a process: it ends before a command runs."""
    ran = CliRunner().invoke(main, args)
    assert ran.exit_code == 2, (args, ran.output)
    assert not ran.stdout, (args, ran.stdout)
    message, _, hint = ran.stderr.partition("\n")
    return message, hint.strip()


class Wrong(NamedTuple):
    """A wrong use of a command."""

    kind: str
    line: list[str]
    word: str
    """What is wrong, as the message quotes it."""
    paste: str
    """How the command of the hint starts."""


def _wrong_uses(name: str, ctx: click.Context) -> Iterator[Wrong]:
    words, params = name.split(), ctx.command.params
    if len(words[-1]) > 3:
        yield Wrong("command", [*words[:-1], f"{words[-1]}q"], f"{words[-1]}q", f"kg {name}")
    for param in params:
        option = max(param.opts, key=len) if isinstance(param, click.Option) else ""
        before = [*words, *_required(params, param), *filter(None, [option])]
        if len(option) > 4:
            yield Wrong("option", [*words, f"{option}q"], f"{option}q", f"kg {name} {option}")
        if isinstance(param.type, click.Choice) and option not in ("--lang", "--log-format"):
            choice = max(param.type.choices, key=len)
            yield Wrong("choice", [*before, f"{choice}q"], f"{choice}q", shlex.join(("kg", *before, choice)))
        elif isinstance(param.type, (click.types.IntParamType, click.types.FloatParamType)):
            yield Wrong("number", [*before, "many"], "many", shlex.join(("kg", *before)))
            if getattr(param.type, "min", None) is not None:
                yield Wrong("range", [*before, "-1000000"], "-1000000", shlex.join(("kg", *before)))
    if any(param.required for param in params):
        yield Wrong("missing", words, f"kg {name}", f"kg {name} ")
    if not isinstance(ctx.command, click.Group) and all(param.nargs == 1 for param in params):
        optional = [_value(p) for p in params if isinstance(p, click.Argument) and not p.required]
        line = [*words, *_required(params), *optional]
        yield Wrong("further", [*line, "one-too-many"], "one-too-many", shlex.join(("kg", *line)))


def _required(params: Iterable[click.Parameter], *but: click.Parameter) -> list[str]:
    """Values of the parameters that a command requires, but for those."""
    wanted = [param for param in params if param.required and param not in but]
    return [word for p in wanted for word in ([p.opts[0], _value(p)] if isinstance(p, click.Option) else [_value(p)])]


def _value(param: click.Parameter) -> str:
    """A value that the type of a parameter takes."""
    if isinstance(param.type, click.Choice):
        return str(param.type.choices[0])
    return "1" if isinstance(param.type, click.types.IntParamType) else "kg.toml"


@pytest.mark.parametrize(("lang", "first"), [("en", "kg: "), ("zh", "kg：")])
def test_each_command_names_what_is_near(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lang: str, first: str) -> None:
    """A misspelt name, option and choice, a wrong number, an argument that is missing or too many: of each command."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "kg.toml").touch()
    kinds = Counter[str]()
    for name, ctx in all_commands().items():
        for wrong in _wrong_uses(name, ctx):
            message, hint = _refused(*wrong.line, "--lang", lang)
            assert message.startswith(first), (wrong, message)
            assert wrong.word in message, (wrong, message)
            assert wrong.paste in hint, (wrong, hint)
            assert f"--lang {lang}" in hint, (wrong, hint)
            kinds[wrong.kind] += 1
    assert min(kinds[kind] for kind in ("command", "option", "choice", "number", "range", "missing", "further")) > 10, kinds


@pytest.mark.parametrize("args", [
    ("check", "--formt", "json"), ("check", "-format", "json"), ("--format", "json", "check"), ("check", "-z"), ("plan", "-v"),
    ("check", "--format"), ("check", "--quiet=3"), ("check", "no/such.md"), ("check", "-o", "concepts"), ("why",),
    ("review", "add", "claim", "x"), ("serve", "--port", "99999"), ("map", "container", "memory"), ("plan", "zzzz"),
    ("extract", "--to", "kg.toml"), ("suggest", "--top", "many"),
])  # fmt: skip
def test_wrong_uses_have_no_english_left_in_chinese(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, args: tuple[str, ...]
) -> None:
    """But for what has no language: options, choices, what was written, and commands to paste."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "concepts").mkdir()
    (tmp_path / "kg.toml").touch()
    message, hint = _refused("--lang", "zh", *args)
    codes = r"可取 .*|“[^”]*”|kg( [a-z]+)*|-+[a-z][\w-]*|[\w/.]*[/.]\w+|[A-Z]+"
    for line in (message, re.sub(r"(是否指|请写)：kg [ -~]*", r"\1", hint.partition("\n")[0])):
        assert not re.findall(r"[A-Za-z]{2,}", re.sub(codes, "", line).replace(args[-1], "")), line
        assert re.search(r"[\u3400-\u9fff]", line), line


@pytest.mark.parametrize(
    ("args", "hint"),
    [
        (("check", "--fromat", "json"), "did you mean: kg check --format json"),
        (("check", "--format", "jsn"), "did you mean: kg check --format json"),
        (("metrics", "--lang", "zh", "nope", "x"), "是否指：kg metrics --lang zh"),
        (("impact", "raft", "--depth", "2", "x"), "did you mean: kg impact raft --depth 2"),
        (
            ("metrics", "--badge", "theory", "coverage"),
            "did you mean: kg metrics --badge 'theory coverage'\n    kg metrics --badge theory",
        ),
        (("why", "raft", "consensus", "protocol"), "did you mean: kg why raft 'consensus protocol'\n    kg why raft consensus"),
        (("why", "raft", "pod", "--lang", "en", "x"), "did you mean: kg why raft pod --lang en"),
        (
            ("why", "raft", "--quiet", "two", "words"),
            "did you mean: kg why raft --quiet 'two words'\n    kg why raft --quiet two",
        ),
        (("metrics", "-C", "no", "folder"), "did you mean: kg metrics -C no"),
        (("metrics", "-C", "my", "notes"), "did you mean: kg metrics -C 'my notes'\n    kg metrics -C my"),
    ],
)
def test_a_hint_proposes_only_what_may_be_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, args: tuple[str, ...], hint: str
) -> None:
    """No name that is much less similar than the nearest, and no words as one where their option takes no text."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my notes").mkdir()
    assert _refused(*args)[1] == hint


def test_a_wrong_use_is_logged_in_json(kg: Kg, starter: Path) -> None:
    ran = kg("--log-format", "json", "check", "--formt", "json", cwd=starter)
    record = json.loads(ran.stderr)
    assert (ran.status, record["event"], record["hint"].partition("\n")[0]) == (
        2, "error", "did you mean: kg --log-format json check --format json",
    )  # fmt: skip


def _files() -> Iterator[tuple[str, list[str]]]:
    """The command and the words of each argument and option that stands for a file, with a folder in place of the file."""
    for name, ctx in all_commands().items():
        for param in ctx.command.params:
            if "FILE" not in param.make_metavar(ctx) or param.name == "bundle":
                continue
            option = [max(param.opts, key=len)] if isinstance(param, click.Option) else []
            others = _required(ctx.command.params, param)
            if name == "doctor":
                others += ["--install", "mermaid"]
            yield name, [*name.split(), *others, *option, "concepts"]


FILES = list(_files())


def test_commands_have_files() -> None:
    """So that the next test doesn't pass for want of any."""
    named = Counter(name for name, _ in FILES)
    assert {"import", "align", "scope add", "query", "review add sheet", "bench", "check", "config schema"} <= named.keys()
    assert named.total() > 25


@pytest.mark.parametrize(("name", "line"), FILES, ids=[" ".join(line) for _, line in FILES])
def test_a_folder_for_a_file(kg: Kg, starter: Path, name: str, line: list[str]) -> None:
    for lang, first in (("en", "kg: concepts is a folder, not a file"), ("zh", "kg：concepts 是目录，不是文件")):
        ran = kg(*line, "--lang", lang, cwd=starter)
        message, _, hint = ran.stderr.partition("\n")
        assert (ran.status, message) == (2, first), ran.stderr
        words = shlex.join(line) + "/" if name != "export" else "-o concepts/kg.ttl"
        assert words in hint, ran.stderr


def test_folders_that_stand_for_files_are_taken(kg: Kg, starter: Path, tmp_path: Path) -> None:
    """Those that `kg export` writes, bundles, and a list that kg ships beside a folder of its name."""
    assert kg("export", "csv", "-o", tmp_path / "tables", cwd=starter).status == 0
    assert kg("import", tmp_path / "tables", "--to", tmp_path / "notes").status == 0
    assert kg("align", tmp_path / "tables", cwd=starter).status == 0
    assert kg("init", "kb", cwd=tmp_path).status == 0
    (tmp_path / "kb/cncf-glossary").mkdir()
    assert kg("scope", "add", "cncf-glossary", cwd=tmp_path / "kb").status == 0
    assert kg("import", "missing.csv", cwd=starter).stderr.startswith("kg: missing.csv does not exist\n")
