"""Makes the pictures of the README from a built site: ``kg build && python docs/make_images.py [OUTPUT]``; needs Chromium."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

IMAGES = Path(__file__).with_name("images")
SHOTS = {
    "overview.png": ("maps/overview.html#lang=en", "1440,900"),
    "site.png": ("index.en.html", "1200,900"),
    "concept.png": ("concepts/raft.en.html", "1200,900"),
    "map.png": ("maps/concept.html?c=raft#lang=en", "1200,900"),
}
"""File → page of the site and size of the window."""
_SECONDS = 180


def shoot(program: str, address: str, size: str, target: Path) -> None:
    """Write a picture of a page, drawn whole, from disk."""
    with tempfile.TemporaryDirectory() as profile:
        options = (
            "--headless", "--no-sandbox", "--hide-scrollbars", "--force-device-scale-factor=1", "--lang=en",
            "--allow-file-access-from-files", "--virtual-time-budget=15000", f"--user-data-dir={profile}",
        )  # fmt: skip
        command = [program, *options, f"--window-size={size}", f"--screenshot={target}", address]
        subprocess.run(command, check=True, capture_output=True, timeout=_SECONDS)  # noqa: S603  # our own page


def main() -> None:
    """Make all pictures."""
    output = Path(sys.argv[1] if len(sys.argv) > 1 else "output").resolve()
    program = next((p for name in ("chromium", "chromium-browser", "google-chrome") if (p := shutil.which(name))), None)
    if program is None:
        sys.exit("Chromium is missing: apt-get install chromium")
    for name, (page, size) in SHOTS.items():
        file = output / re.split("[?#]", page)[0]
        if not file.is_file():
            sys.exit(f"{file} is missing: kg build")
        shoot(program, f"{output.as_uri()}/{page}", size, IMAGES / name)
        print(IMAGES / name)


if __name__ == "__main__":
    main()
