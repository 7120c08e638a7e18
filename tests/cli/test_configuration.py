"""Where settings come from: folders above, pyproject.toml, extended files, the command line; and `kg config`."""

from __future__ import annotations

import json
import os
import subprocess
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, get_args

import jsonschema
import pytest

from kg.base import setting_sources
from kg.base.setting_schema import ABOUT, settings_schema
from kg.base.setting_sources import NearestBase, find_nearest
from kg.base.setting_types import DialectName, FolderDialect
from kg.base.setting_values import flatten_table
from kg.views.export import json_file

Kg = Callable[..., Any]
Write = Callable[[Mapping[str, str | bytes]], Path]
DOCS = Path(__file__).resolve().parents[2] / "docs"


def shown(kg: Kg, folder: Path, *args: str, **more: Any) -> dict[str, tuple[object, str]]:
    """Setting → value and place, as `kg config show` gives them."""
    ran = kg("config", "show", "--format", "json", *args, cwd=folder, **more)
    assert ran.status == 0, ran.stderr
    return {
        key: (row["value"], row["source"] + (f":{row['line']}" if row["line"] else ""))
        for key, row in json.loads(ran.stdout).items()
    }


def test_settings_are_found_upwards(kg: Kg, base: Write) -> None:
    folder = base({
        "kg.toml": 'title = "Outside"\n',
        "repo/.git/HEAD": "ref: refs/heads/main\n",
        "repo/kg.toml": 'title = "Inside"\n[check]\nselect = "KG201"\n',
        "repo/concepts/deep/er/a.md": "# A\n\n[[nowhere]]\n",
        "repo/other/kg.toml": 'title = "Other"\n',
        "bare/.git/HEAD": "ref: refs/heads/main\n",
        "bare/x/a.md": "# A\n",
    })  # fmt: skip
    deep = folder / "repo/concepts/deep/er"
    assert shown(kg, deep)["title"][0] == "Inside"
    ran = kg("check", cwd=deep)
    assert (ran.status, ran.stdout.split(":")[0]) == (1, "a.md"), ran.stderr
    # The nearest one counts, -C names exactly one folder, and nothing above a repository is read.
    assert shown(kg, folder / "repo/other")["title"][0] == "Other"
    assert shown(kg, deep, "-C", str(folder))["title"][0] == "Outside"
    assert shown(kg, folder / "bare/x")["title"] == ({}, "default")


@pytest.mark.skipif(not hasattr(os, "chown") or os.geteuid() != 0, reason="only root can give files away")
def test_settings_of_another_user_above_are_not_believed(kg: Kg, base: Write) -> None:
    folder = base({"kg.toml": 'title = "Theirs"\n', "mine/concepts/a.md": "# A\n"})
    os.chown(folder / "kg.toml", 12345, 12345)
    ran = kg("config", "show", "title", cwd=folder / "mine")
    assert "Theirs" not in ran.stdout
    assert f"-C {folder}" in ran.stderr
    assert shown(kg, folder / "mine", "-C", str(folder))["title"][0] == "Theirs"
    assert "另一个用户" in kg("config", "show", "--lang", "zh", cwd=folder / "mine").stderr
    # In the folder itself nothing is searched for: who works there has chosen it.
    assert shown(kg, folder)["title"][0] == "Theirs"


def test_the_search_ends_at_home(base: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = base({"kg.toml": "", "home/work/a.md": "# A\n"})
    monkeypatch.setenv("HOME", str(folder / "home"))
    assert find_nearest(folder / "home/work") == NearestBase(folder / "home/work")
    (folder / "home/kg.toml").write_text("")
    assert find_nearest(folder / "home/work") == NearestBase(folder / "home")
    monkeypatch.setattr(setting_sources, "_is_users", lambda _: False)
    assert find_nearest(folder / "home/work") == NearestBase(folder / "home/work", folder / "home")


def test_pyproject_and_extended_files(kg: Kg, base: Write) -> None:
    folder = base({
        "pyproject.toml": '[project]\nname = "x"\n\n[tool.kg]\nextend = "shared/kg.toml"\ntitle = "Own"\n',
        "shared/kg.toml": 'extend = "more.toml"\ntitle = "Shared"\n[check]\nfail-on = "warning"\n',
        "shared/more.toml": '[check]\nfail-on = "never"\nignore = ["KG303"]\n',
        "concepts/a.md": "# A\n",
    })  # fmt: skip
    settings = shown(kg, folder, "--config", "check.baseline=b.json")
    assert settings["title"] == ("Own", "pyproject.toml:6")
    assert settings["check.fail-on"] == ("warning", "shared/kg.toml:4")
    assert settings["check.ignore"] == (["KG303"], "shared/more.toml:3")
    assert settings["check.baseline"] == ("b.json", "--config check.baseline=b.json")
    assert settings["output"] == ("output", "default")
    assert "KG303" not in kg("check", "-C", folder).stdout
    text = kg("config", "show", "check.fail-on", "title", cwd=folder).stdout
    assert text.splitlines() == [
        'title = "Own"              # pyproject.toml:6',
        'check.fail-on = "warning"  # shared/kg.toml:4',
    ]
    # A change of an extended file is seen by an incremental build; kg.toml replaces pyproject.toml.
    assert kg("build", "--stage", "graph", "-C", folder).status == 0
    (folder / "shared/more.toml").write_text('base = "https://example.net/new/"\n')
    assert kg("build", "--stage", "graph", "-C", folder).status == 0
    assert "https://example.net/new/" in (folder / "output/graph/kg.ttl").read_text()
    (folder / "kg.toml").write_text('title = "Mine"\n')
    assert shown(kg, folder)["title"] == ("Mine", "kg.toml:1")
    # A project that is none of kg's, and one that can't be read, stay out of the way.
    for text in ('[project]\nname = "kg"\n', "[[[\n"):
        (folder / "kg.toml").unlink(missing_ok=True)
        (folder / "pyproject.toml").write_text(text)
        assert shown(kg, folder)["title"] == ({}, "default")


@pytest.mark.parametrize(
    ("files", "message", "hint"),
    [
        ({"kg.toml": "extend = '../above.toml'\n"}, "outside of the knowledge base", "KG_EXTEND="),
        ({"kg.toml": "extend = '/etc/hostname'\n"}, "outside of the knowledge base", "--config extend="),
        ({"kg.toml": "extend = 'a.toml'\n", "a.toml": "extend = 'kg.toml'\n"}, "kg.toml → a.toml → kg.toml", "take one"),
        ({"kg.toml": "extend = 'no.toml'\n"}, "there is no file", "relative to the file"),
        ({"kg.toml": "extend = 3\n"}, "extend must be a text", "extend ="),
        (
            {"kg.toml": "extend = '0.toml'\n"} | {f"{n}.toml": f"extend = '{n + 1}.toml'\n" for n in range(9)},
            "more than 8 files",
            "fewer",
        ),
        ({"kg.toml": "extend = 'a.toml'\n", "a.toml": "[chek]\n"}, "a.toml: unknown setting 'chek'", "did you mean check?"),
        ({"pyproject.toml": "[tool.kg]\ntitel = 'x'\n"}, "pyproject.toml: unknown setting 'titel'", "did you mean title"),
        ({"kg.toml": "[[folder]]\ndialect = 'foam'\n"}, "folder has no path", "path ="),
        ({"kg.toml": "[[folder]]\npath = 'a'\ndialekt = 'x'\n"}, "unknown setting 'folder.dialekt'", "dialect"),
        ({"kg.toml": "[[folder]]\npath = 'a'\ndialect = 'x'\n"}, "'x' is not one of obsidian", "obsidian"),
        ({"kg.toml": "[check.per-pth]\n"}, "unknown setting 'check.per-pth'", "per-path"),
        ({"kg.toml": "[targets]\nlinkag = 9\n"}, "unknown setting 'targets.linkag'", "linkage"),
    ],
)
def test_mistakes_in_settings(kg: Kg, base: Write, files: dict[str, str], message: str, hint: str) -> None:
    folder = base({f"base/{name}": text for name, text in files.items()} | {"above.toml": "title = 'Above'\n"}) / "base"
    ran = kg("check", cwd=folder)
    assert ran.status == 2
    first, _, rest = ran.stderr.partition("\n")
    assert message in first
    assert hint in rest, rest


def test_what_a_person_allows_may_be_extended(kg: Kg, base: Write) -> None:
    folder = base({"base/kg.toml": "extend = '../above.toml'\n", "above.toml": "title = 'Above'\n"})
    allowed = shown(kg, folder / "base", env={"KG_EXTEND": str(folder)})
    assert allowed["title"][0] == "Above"
    (folder / "base/kg.toml").write_text("languages = 'zh'\n")
    named = shown(kg, folder / "base", "--config", "extend=../above.toml")
    assert (named["title"][0], named["languages"][0]) == ("Above", "zh")
    # Content of the repository can't lead out by a link either.
    (folder / "base/link.toml").symlink_to(folder / "above.toml")
    (folder / "base/kg.toml").write_text("extend = 'link.toml'\n")
    assert "outside of the knowledge base" in kg("check", cwd=folder / "base").stderr


def test_options_override_settings(kg: Kg, base: Write) -> None:
    folder = base({"kg.toml": "[check]\nfail-on = 'never'\n", "concepts/a.md": "# A\n\n[[nowhere.md]]\n[x](no.md)\n"})
    assert kg("check", "-C", folder).status == 0
    assert kg("check", "-C", folder, "--config", "check.fail-on=error").status == 1
    assert (
        kg("--config", "check.fail-on=error", "check", "-C", folder, "--config", "check.ignore=['KG201','KG202']").status == 0
    )
    for wrong, message in (
        ("check.fail-om=x", "did you mean fail-on?"),
        ("check", "check.fail-on=warning"),
        ("title=3", "title"),
        ("a b=3", "is not a key of a setting"),
    ):
        ran = kg("check", "-C", folder, "--config", wrong)
        assert ran.status == 2, wrong
        assert message in ran.stderr, wrong
    ran = kg("metrics", "-C", folder, "--config", "targets.linkage=0.9")
    assert "write 90 for 90 percent" in ran.stderr
    assert "请写 90" in kg("metrics", "-C", folder, "--lang", "zh", "--config", "targets.linkage=0.9").stderr
    assert "percent" not in kg("metrics", "-C", folder, "--config", "targets.linkage=90").stderr


def test_settings_of_a_folder(kg: Kg, base: Write) -> None:
    notes = {
        "concepts/a.md": "# A\n\nText %%hidden [[x]]%% [y](no.md)\n",
        "concepts/vault/b.md": "# Heading\n\nText %%hidden [[x]]%% [[stub]]\n",
        "concepts/vault/plain/c.md": "# C\n\nText %%hidden [[x]]%%\n",
    }
    settings = "[reading]\ndialect = 'markdown'\n[[folder]]\npath = 'concepts/vault'\ndialect = 'obsidian'\nignore = 'KG4'\n"
    settings += "[[folder]]\npath = 'vault/plain'\ndialect = 'markdown'\n[[folder]]\npath = 'nowhere'\n"
    folder = base({"kg.toml": settings, **notes})
    ran = kg("check", "-C", folder, "--format", "json")
    assert "there is no folder 'nowhere'" in ran.stderr
    rows = {(f["path"], f["code"]) for f in json.loads(ran.stdout)["findings"]}
    links = {row for row in rows if row[1] in ("KG201", "KG202", "KG210")}
    assert links == {("a.md", "KG201"), ("vault/b.md", "KG210"), ("vault/plain/c.md", "KG201")}
    assert {path for path, code in rows if code.startswith("KG4")} == {"a.md"}
    # A note of a vault is called as its file; and the build is the same from scratch and after an edit.
    assert kg("build", "--stage", "graph", "-C", folder).status == 0
    assert '"b"' in (folder / "output/graph/kg.ttl").read_text()
    (folder / "concepts/vault/b.md").write_text("# Heading\n\nText %%hidden [[x]]%% [[stub]] more\n")
    assert kg("build", "--stage", "graph", "-C", folder).status == 0
    edited = (folder / "output/graph/kg.trig").read_bytes()
    assert kg("build", "--stage", "graph", "--full", "-C", folder).status == 0
    assert (folder / "output/graph/kg.trig").read_bytes() == edited


@pytest.mark.parametrize("tool", [name for name in get_args(DialectName) if name])
def test_every_tool_can_be_named(kg: Kg, base: Write, tool: str) -> None:
    """Whatever the folder of the notes shows: the configuration of another tool doesn't count."""
    notes = {"concepts/a.md": "---\ntype: concept\n---\n# 甲\n\nText %%[[x]]%%\n", "concepts/.obsidian/app.json": "{}"}
    folder = base({"kg.toml": f"[reading]\ndialect = '{tool}'\n", **notes})
    ran = kg("check", "-C", folder, "--format", "json")
    assert ran.status < 2, ran.stderr
    codes = {f["code"] for f in json.loads(ran.stdout)["findings"]} & {"KG201", "KG210"}
    # Obsidian hides the text between percent signs; to Hugo and MkDocs, double brackets are text.
    links = {"obsidian": set(), "hugo": set(), "mkdocs": set(), "logseq": {"KG210"}, "okf": {"KG210"}}
    assert codes == links.get(tool, {"KG201"})
    own = kg("check", "-C", folder, "--config", f"folder=[{{path='concepts', dialect='{tool}'}}]")
    assert (own.status == 2) == (tool not in get_args(FolderDialect)), own.stderr
    assert own.status < 2 or f"'{tool}' is not one of obsidian, foam, markdown, logseq" in own.stderr


def test_the_schema_of_settings(kg: Kg, base: Write, tmp_path: Path) -> None:
    schema = json.loads(kg("config", "schema", cwd=tmp_path).stdout)
    jsonschema.Draft7Validator.check_schema(schema)
    assert schema == settings_schema()
    assert "$ref" not in json.dumps(schema), "it is complete in itself"
    assert json_file(schema) == (DOCS / "schema/kg.schema.json").read_bytes(), "run python docs/make_schema.py"
    assert set(ABOUT) == set(_keys(schema)), "ABOUT says what each setting is for"
    check = jsonschema.Draft7Validator(schema)
    for path in (DOCS.parent / "kg.toml",):
        assert not list(check.iter_errors(tomllib.loads(path.read_text(encoding="utf-8"))))
    for good in (
        "notes = 'x'",
        "[targets]\ntheory_depth.edge = 9\ninnovation.theory = 2",
        "[sections]\nx = 'y'",
        "title.zh = 'x'",
    ):
        assert not list(check.iter_errors(tomllib.loads(good))), good
    for bad in (
        "nots = 'x'",
        "[targets]\nlinkage = 900",
        "[check]\nfail-on = 'x'",
        "[[folder]]\ndialect = 'foam'",
        "title = 3",
    ):
        assert list(check.iter_errors(tomllib.loads(bad))), bad
    assert kg("init", tmp_path / "new").status == 0
    text = (tmp_path / "new/kg.toml").read_text(encoding="utf-8")
    assert text.splitlines()[0] == "#:schema ./kg.schema.json"
    written = tmp_path / "new/kg.schema.json"
    assert json.loads(written.read_text(encoding="utf-8")) == schema
    written.write_text("{}")
    assert kg("config", "schema", "-o", "kg.schema.json", cwd=tmp_path / "new").status == 0
    assert json.loads(written.read_text(encoding="utf-8")) == schema
    assert not list(check.iter_errors(tomllib.loads(text)))
    assert (tmp_path / "new/.gitignore").read_text().splitlines() == ["/output/", "/.kg/"]
    # In a folder with notes, too; a file of this name that is there stays.
    for name, before in (("vault", None), ("other", "{}")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.md").write_text("See [[b]].\n")
        (tmp_path / name / "b.md").write_text("# B\n")
        if before:
            (tmp_path / name / "kg.schema.json").write_text(before)
        assert kg("init", tmp_path / name).status == 0
        assert (tmp_path / name / "kg.toml").read_text().startswith("#:schema ./kg.schema.json\n")
        assert json.loads((tmp_path / name / "kg.schema.json").read_text()) == (json.loads(before) if before else schema)


def _keys(schema: dict[str, Any], stem: str = "") -> list[str]:
    keys = []
    for name, part in schema["properties"].items():
        keys.append(stem + name)
        inner = part.get("items", part)
        if isinstance(values := part.get("additionalProperties"), dict) and "properties" in values:
            inner = values
        if "properties" in inner and name not in ("targets", "gates", "claimed", "floors"):
            keys += _keys(inner, f"{stem}{name}.")
    return keys


def test_init_adds_to_gitignore(kg: Kg, base: Write) -> None:
    folder = (
        base({"notes/.gitignore": "build\noutput", "notes/a.md": "# A\n", "notes/.git/HEAD": "ref: refs/heads/main\n"})
        / "notes"
    )
    assert kg("init", ".", cwd=folder).status == 0
    assert (folder / ".gitignore").read_text() == "build\noutput\n/.kg/\n"


def test_a_base_revision_has_its_own_settings(kg: Kg, base: Write) -> None:
    folder = base({
        "pyproject.toml": "[tool.kg]\nextend = 'shared.toml'\n",
        "shared.toml": "[check]\nfail-on = 'warning'\n",
        "concepts/a.md": "# A\n",
    })  # fmt: skip
    git = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", "-C", str(folder)]
    for args in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "x"]):
        subprocess.run([*git, *args], check=True)
    (folder / "shared.toml").write_text("[check]\nfail-on = 'never'\n")
    ran = kg("check", "--base-revision", "HEAD", "--format", "json", "-C", folder)
    rows = [f for f in json.loads(ran.stdout)["findings"] if f["path"].endswith("shared.toml")]
    assert [(f["line"], '\'check.fail-on\': "warning" → "never"' in f["message"]) for f in rows] == [(2, True)]
    assert ran.status == 1
    assert flatten_table({"a": {"b": 1}}) == {"a.b": 1}
