"""Real note collections: built without a traceback and unchanged, with counts that were checked by hand."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.corpora
Kg = Callable[..., "object"]


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        digest.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


@pytest.mark.parametrize(
    ("name", "links", "concepts"),
    [
        # 245 links to other notes. 17 pictures of `contribute/` are served from another folder of the site, which is unknown.
        ("cncf-glossary/content/en", {"resolved": 245, "own": 15, "broken": 0, "broken_attachment": 0}, 89),
        # 176 links to notes: 169 resolved, 4 broken, which have underscores (site_reliability_engineering,
        # monolithic_apps, cloud_native_apps, service_mesh). /devsecops/, twice, and /zh/cluster/ are not below the folder of
        # the language: without the configuration of the site nobody knows what is there.
        ("cncf-glossary/content/zh-cn", {"resolved": 169, "own": 5, "broken": 4, "broken_attachment": 0}, 72),
        # 8 links lead out of the notes.
        ("container-microservices", {"resolved": 47, "own": 5573, "broken": 12, "broken_anchor": 55}, 134),
    ],
)
def test_real_notes(kg: Kg, corpora: Path, tmp_path: Path, name: str, links: dict[str, int], concepts: int) -> None:
    before = _digest(corpora / name)
    ran = kg("build", "-C", tmp_path, "--notes", corpora / name)
    assert ran.status == 0, ran.stderr
    assert "Traceback" not in ran.stderr
    assert _digest(corpora / name) == before
    summary = json.loads((tmp_path / "output/build.json").read_text())["summary"]
    assert {key: summary["links"][key] for key in links} == links
    assert summary["concepts"] == concepts
    findings = json.loads((tmp_path / "output/findings.json").read_text())["findings"]
    broken = [f for f in findings if f["code"] == "KG201"]
    assert len(broken) == links["broken"]
    for f in findings:
        lines = (corpora / name / f["path"]).read_bytes().decode().splitlines() or [""]
        assert 1 <= f["line"] <= len(lines)
        assert 1 <= f["column"] <= len(lines[f["line"] - 1]) + 1
    if links["own"] > 1000:
        assert f"{links['own']:,} to headings of their own note: tables of contents, no association" in ran.stderr


def test_broken_links_of_the_chinese_glossary_have_file_and_line(kg: Kg, corpora: Path, tmp_path: Path) -> None:
    ran = kg("check", "-C", tmp_path, "--notes", corpora / "cncf-glossary/content/zh-cn", "--select", "KG201")
    assert ran.status == 1
    places = sorted(line.split("zh-cn/", 1)[1].split(" ")[0] for line in ran.stdout.splitlines() if "KG201" in line)
    assert places == [
        "chaos-engineering.md:14:1:",
        "devops.md:15:55:",
        "infrastructure-as-code.md:17:11:",
        "style-guide/_index.md:130:11:",
    ]
