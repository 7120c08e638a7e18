"""Makes the pictures of the README from a built site: ``kg build && python docs/make_images.py [OUTPUT]``; needs Chromium."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

IMAGES = Path(__file__).with_name("images")
SHOTS = {
    "overview.png": ("maps/overview.html#lang=en", "1440,900"),
    "site.png": ("index.en.html", "1200,900"),
    "concept.png": ("concepts/raft.en.html", "1200,900"),
    "map.png": ("maps/concept.html?c=raft#lang=en", "1200,900"),
}
"""File → page of the site and size of the window."""
_REST = 4000
"""Milliseconds."""


def shoot(browser: Browser, address: str, size: str, target: Path) -> None:
    """Write a picture of a page as it stands when its map has come to rest, in real time as its animations are."""
    width, height = map(int, size.split(","))
    page = browser.new_page(viewport={"width": width, "height": height}, locale="en")
    page.goto(address)
    page.wait_for_timeout(_REST)
    page.screenshot(path=target)
    page.close()


def main() -> None:
    """Make all pictures."""
    output = Path(sys.argv[1] if len(sys.argv) > 1 else "output").resolve()
    program = next((p for name in ("chromium", "chromium-browser", "google-chrome") if (p := shutil.which(name))), None)
    if program is None:
        sys.exit("Chromium is missing: apt-get install chromium")
    with sync_playwright() as driver, driver.chromium.launch(executable_path=program, args=["--no-sandbox"]) as browser:
        for name, (page, size) in SHOTS.items():
            file = output / re.split("[?#]", page)[0]
            if not file.is_file():
                sys.exit(f"{file} is missing: kg build")
            shoot(browser, f"{output.as_uri()}/{page}", size, IMAGES / name)
            print(IMAGES / name)


if __name__ == "__main__":
    main()
