"""Images in a site's static folder, beside the folder of the content that is read: pages show those that notes show."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from pictures import PAGE, PDF, SVG, png

RED, BLUE, GREEN = png(30, 20, (200, 0, 0)), png(30, 20, (0, 0, 200)), png(30, 20, (0, 200, 0))
SETTINGS = 'notes = ["{folder}"]\nlanguages = ["en", "zh"]\n{more}'
TEXT = (
    "---\ntitle: {{en: A, zh: 甲}}\n---\n\nA is a thing. 甲是一种东西。\n\n![红色](/img/red.png) ![]({up}img/图.png)\n\n"
    '<img src="/img/vector.svg"> [paper](/paper.pdf)\n\n<!-- ![](/img/hidden.png) -->\n'
)
STATIC = {
    "img/red.png": RED,
    "img/图.png": BLUE,
    "img/vector.svg": SVG,
    "paper.pdf": PDF,
    "img/hidden.png": png(5, 5, (1, 2, 3)),
    "img/unused.png": png(6, 6, (1, 2, 3)),
    "img/fake.png": PAGE,
}
SITES: Mapping[str, tuple[str, str, Mapping[str, str]]] = {
    "Hugo": ("content", "static", {"hugo.toml": 'baseURL = "https://example.org/"\n'}),
    "Hugo with another folder": ("content", "files", {"hugo.toml": 'baseURL = "/"\nstaticDir = "files"\n'}),
    "Docusaurus": ("docs", "static", {"docusaurus.config.js": "module.exports = {};\n"}),
    "VitePress": ("docs/guide", "docs/public", {"docs/.vitepress/config.mts": "export default {}\n"}),
    "Astro": ("src/content/docs", "public", {"astro.config.mjs": "export default {}\n"}),
}


def site(name: str, more: str = "", text: str = "", files: Mapping[str, str | bytes] | None = None) -> dict[str, str | bytes]:
    """The files of a knowledge base that reads the content of a site alone."""
    folder, static, configuration = SITES[name]
    up = "../" * (folder.count("/") + 1 - static.count("/")) + static.rpartition("/")[2] + "/" if "Hugo" not in name else "/"
    return {
        "kg.toml": SETTINGS.format(folder=folder, more=more),
        **configuration,
        f"{folder}/a.md": text or TEXT.format(up=up),
        **{f"{static}/{path}": data for path, data in STATIC.items()},
        **(files or {}),
    }


def published(folder: Path) -> set[bytes]:
    return {path.read_bytes() for path in (folder / "output/media").glob("*")}


@pytest.mark.parametrize("name", SITES)
def test_pages_show_static_files(kg: Callable[..., Any], base: Callable[..., Path], name: str) -> None:
    folder = base(site(name))
    assert kg("build", "-C", folder).status == 0
    assert {RED, BLUE, PDF} < published(folder)
    assert len(published(folder)) == 4
    for page in ("a.html", "a.zh.html"):
        html = (folder / "output/concepts" / page).read_text(encoding="utf-8")
        sources = re.findall(r'<img src="\.\./(media/[^"]+)" alt="([^"]+)"', html)
        assert [text for _, text in sources] == ["红色", "图.png", "vector.svg"]
        assert all((folder / "output" / source).is_file() for source, _ in sources)
        assert re.search(r'<a href="\.\./media/[0-9a-f]+\.pdf" class="attachment">paper</a>', html)


def test_a_static_file_that_changes_renders_its_pages_again(kg: Callable[..., Any], base: Callable[..., Path]) -> None:
    folder = base(site("Hugo"))
    assert kg("build", "-C", folder).status == 0
    (folder / "static/img/red.png").write_bytes(GREEN)
    assert kg("build", "-C", folder).status == 0
    assert GREEN in published(folder)
    assert RED not in published(folder)
    html = (folder / "output/concepts/a.html").read_text(encoding="utf-8")
    assert all((folder / "output/media" / name).is_file() for name in re.findall(r'src="\.\./media/([^"]+)"', html))


@pytest.mark.parametrize("why", ["exclude", "gitignore", "not what it seems", "outside", "a link that leads out"])
def test_static_files_that_are_not_published(
    kg: Callable[..., Any], base: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory, why: str
) -> None:
    more, files = "", dict[str, str | bytes]()
    name = "fake" if why == "not what it seems" else "red"
    if why == "exclude":
        more = 'exclude = ["red.*"]\n'
    elif why == "gitignore":
        files = {".gitignore": "/static/img/red.png\n"}
    folder = base(site("Hugo", more, f"# A\n\nA is a thing. ![红](/img/{name}.png)\n", files))
    if why == "outside":
        # The knowledge base is the folder of the content alone.
        (folder / ".git").mkdir()
        (folder / "content/kg.toml").write_text('notes = ["."]\nlanguages = ["en"]\n', encoding="utf-8")
        folder /= "content"
    elif why == "a link that leads out":
        secret = tmp_path_factory.mktemp("outside") / "red.png"
        secret.write_bytes(RED)
        (folder / "static/img/red.png").unlink()
        (folder / "static/img/red.png").symlink_to(secret)
    assert kg("build", "-C", folder).status == 0
    assert published(folder) == set()
    html = (folder / "output/concepts/a.html").read_text(encoding="utf-8")
    assert "<img" not in html
    assert "红" in html


def test_static_files_beside_two_languages(kg: Callable[..., Any], base: Callable[..., Path]) -> None:
    """The folders of two languages are read, and the static folder lies beside or above them."""
    for below in ("", "content/"):
        configuration = "".join(
            f"[[module.mounts]]\nsource = '{below}{lang}'\ntarget = 'content'\nlang = '{lang}'\n" for lang in ("en", "zh")
        )
        folder = base(
            {
                "kg.toml": f'notes = ["{below}en", "{below}zh"]\n',
                "hugo.toml": f"baseURL = '/'\n[languages.en]\n[languages.zh]\n{configuration}"
                "[[module.mounts]]\nsource = 'static'\ntarget = 'static'\n",
                f"{below}en/a.md": "---\ntitle: A\n---\n\nA is a thing.\n\n![red](/img/red.png) [gone](/img/gone.png)\n",
                f"{below}zh/a.md": "---\ntitle: 甲\n---\n\n甲是一种东西。\n\n![蓝](/img/图.png)\n",
                **{f"static/{path}": data for path, data in STATIC.items()},
            }
        )
        ran = kg("check", "-C", folder, "--select", "KG203", "--format", "json")
        assert [finding["path"] for finding in json.loads(ran.stdout)["findings"]] == ["en/a.md"]
        assert kg("build", "--stage", "site", "-C", folder).status == 0
        assert published(folder) == {RED, BLUE}
