"""Images and other files: those that notes show are published, under names made from their content, and nothing else."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from pictures import PAGE, PDF, SVG, png

RED, BLUE = png(30, 20, (200, 0, 0)), png(30, 20, (0, 0, 200))
NOTES: Mapping[str, str | bytes] = {
    "kg.toml": 'notes = ["notes"]\nlanguages = ["en"]\n',
    "notes/a.md": "# A\n\nA is a thing that [[b]] needs.\n\n![[red.png|60]] ![](sub/blue%20one.png) ![[vector.svg]]\n\n"
    "[paper](paper.pdf)\n",
    "notes/b.md": "# B\n\nB is another thing. See [[a]]. ![[red copy.png]] ![[fake.png]]\n\n%% ![[hidden.png]] %%\n\n"
    "<!-- ![](hidden.png) -->\n",
    "notes/red.png": RED,
    "notes/red copy.png": RED,
    "notes/sub/blue one.png": BLUE,
    "notes/vector.svg": SVG,
    "notes/paper.pdf": PDF,
    "notes/fake.png": PAGE,
    "notes/hidden.png": png(5, 5, (1, 2, 3)),
    "notes/unused.png": png(6, 6, (1, 2, 3)),
    "notes/page.html": PAGE,
    "secret.png": png(7, 7, (1, 2, 3)),
}


def media(folder: Path) -> dict[str, bytes]:
    """The published files by name."""
    return {path.name: path.read_bytes() for path in sorted((folder / "output/media").glob("*"))}


def pages_and_media(folder: Path) -> dict[str, bytes]:
    out = folder / "output"
    return {str(p.relative_to(out)): p.read_bytes() for p in out.rglob("*") if p.suffix in (".html", ".png", ".svg", ".pdf")}


def build(kg: Callable[..., Any], folder: Path, *more: str) -> Any:
    result = kg("build", "-C", folder, *more)
    assert result.status == 0, result.stderr
    return result


def test_only_what_notes_show_is_published(kg: Callable[..., Any], base: Callable[..., Path]) -> None:
    folder = base(NOTES)
    build(kg, folder)
    published = media(folder)
    assert sorted(name.rpartition(".")[2] for name in published) == ["pdf", "png", "png", "svg"]
    assert {RED, BLUE, PDF} < set(published.values())
    html = (folder / "output/concepts/a.html").read_text(encoding="utf-8")
    sources = re.findall(r'<img src="\.\./media/([^"]+)"', html)
    assert len(sources) == 3
    assert set(sources) < published.keys()
    assert re.search(r'<a href="\.\./media/[0-9a-f]+\.pdf" class="attachment">paper</a>', html)
    other = (folder / "output/concepts/b.html").read_text(encoding="utf-8")
    assert other.count("<img") == 1
    assert "the content is not PNG" in other


def test_an_svg_is_harmless(kg: Callable[..., Any], base: Callable[..., Path]) -> None:
    folder = base(NOTES)
    build(kg, folder)
    svg = next(data for name, data in media(folder).items() if name.endswith(".svg")).decode()
    assert 'fill="rgb(0,160,0)"' in svg
    assert "font-size" in svg
    assert 'href="#own"' in svg
    for part in ("script", "run()", "example.com", "iframe", "animate", "javascript", "onload", "onclick", "@import"):
        assert part not in svg


@pytest.mark.parametrize("change", ["other bytes", "removed", "new", "renamed"])
def test_an_incremental_build_publishes_the_same(
    kg: Callable[..., Any], base: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory, change: str
) -> None:
    folder = base(NOTES)
    build(kg, folder)
    if change == "other bytes":
        (folder / "notes/red.png").write_bytes(png(31, 21, (0, 99, 0)))
    elif change == "removed":
        (folder / "notes/red.png").unlink()
    elif change == "new":
        (folder / "notes/fake.png").write_bytes(png(9, 9, (9, 9, 9)))
    else:
        (folder / "notes/sub/blue one.png").rename(folder / "notes/sub/two.png")
    build(kg, folder)
    after = pages_and_media(folder)
    build(kg, folder, "--full")
    assert after == pages_and_media(folder)


def test_links_out_devices_and_large_files_are_not_read(kg: Callable[..., Any], base: Callable[..., Path]) -> None:
    folder = base(
        {**NOTES, "notes/a.md": "![[out.png]] ![[zero.png]] ![[pipe.png]] ![[large.png]] ![[loop.png]] ![](../secret.png)\n"}
    )
    (folder / "notes/zero.png").symlink_to("/dev/zero")
    (folder / "notes/out.png").symlink_to("../secret.png")
    (folder / "notes/loop.png").symlink_to("loop.png")
    os.mkfifo(folder / "notes/pipe.png")
    with (folder / "notes/large.png").open("wb") as file:
        file.write(RED)
        file.truncate(60_000_000)
    build(kg, folder)
    assert set(media(folder).values()) == {RED}
    assert "<img" not in (folder / "output/concepts/a.html").read_text(encoding="utf-8")


def test_a_file_that_a_note_names_by_its_decomposed_name(kg: Callable[..., Any], base: Callable[..., Path]) -> None:
    folder = base({**NOTES, "notes/a.md": "![[Zu\u0308rich.png]] ![[Z\u00fcrich.png]]\n", "notes/Zu\u0308rich.png": BLUE})
    build(kg, folder)
    assert BLUE in media(folder).values()
    assert (folder / "output/concepts/a.html").read_text(encoding="utf-8").count("<img") == 2


def test_two_folders_of_notes(kg: Callable[..., Any], base: Callable[..., Path]) -> None:
    folder = base(
        {
            "one/a.md": "![](p.png)\n",
            "one/p.png": RED,
            "two/b.md": "![](p.png)\n",
            "two/p.png": BLUE,
            "kg.toml": 'notes = ["one", "two"]',
        }
    )
    build(kg, folder)
    assert set(media(folder).values()) == {RED, BLUE}


def test_served_files_have_their_type(serve: Callable[..., Any], kg: Callable[..., Any], base: Callable[..., Path]) -> None:
    folder = base(NOTES)
    build(kg, folder)
    with serve(folder) as served:
        for name in media(folder):
            answer = served.get(f"/media/{name}")
            assert answer.headers["x-content-type-options"] == "nosniff"
            kind = {"png": "image/png", "svg": "image/svg+xml", "pdf": "application/pdf"}[name[-3:]]
            assert answer.headers["content-type"].startswith(kind)
            assert ("sandbox" in answer.headers.get("content-security-policy", "")) == name.endswith(".svg")
