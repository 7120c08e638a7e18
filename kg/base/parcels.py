"""Code for browsers: pinned packages of npm, shipped with kg (compressed in ``packed/``) or fetched into the user's cache."""

from __future__ import annotations

import base64
import hashlib
import io
import tempfile
from pathlib import Path
from typing import Final, NamedTuple

from kg.base import caches
from kg.base.errors import UsageError
from kg.base.store import write_file

_LARGEST: Final = 64 << 20
_TIMEOUT: Final = 600


class Parcel(NamedTuple):
    """One file of one version of a package."""

    name: str
    version: str
    integrity: str
    """Integrity of the package's archive, as npm writes it: ``sha512-`` and base64."""
    member: str
    """The path of the file in the archive."""
    sha256: str
    """Digest of that file."""
    purpose: str

    @property
    def path(self) -> Path:
        """The path of the file after installation."""
        return folder() / f"{self.name}-{self.version}" / self.member.rpartition("/")[2]


MERMAID: Final = Parcel(
    "mermaid",
    "12.3.0",
    "sha512-4113TdXeLAsMruJ79OpFL5O8+LTFXhQqZ260rF3tgUmiNAtRm4Uume04I+65PRN6yZ69J4f8rVYWW8zRk65UYw==",
    "package/dist/mermaid.min.js",
    "336df803d87a38b70a01e736e666c8f7601d2ce42f5e47c8fafe5d721074b9a3",
    "parses diagrams for kg verify; kg carries a compressed copy that draws them on the site",
)
KATEX: Final = Parcel(
    "katex",
    "0.19.1",
    "sha512-jG8uKntjSEcm2EpQOh0XturpPuuC9r3Sq5HLHdsFdWZT27E672SF19QEi+of0/YeOy15lDgRhKvr5614uRrEfA==",
    "package/dist/katex.min.js",
    "fa140498b8cfc8302cbe5e7cb1bdbc1f952bc38b3fa258ede09e73edbf9a74bc",
    "judges formulas for kg verify; without it they are read less strictly",
)
# Not the file in standalone/: that one adds styles to the page, which the content security policy of maps forbids.
VIS_NETWORK: Final = Parcel(
    "vis-network",
    "10.1.5",
    "sha512-civ5BjoMdAEwRb/PZMmBZ3sD+NPymIWfkIeaoBDqQZKJ1YDq20X6vTB8u+UstwdWT9ftxRaSEflKFOUTw43I0w==",
    "package/dist/vis-network.min.js",
    "ec6a8e97e2aa8c588983548eb6a82725dc120da43ceda69c917018255853d8e5",
    "draws the maps; kg/views/maps/static/vis-network/ holds the file and its licences",
)
CARRIED: Final = (VIS_NETWORK, MERMAID)
"""Packages shipped with kg: `.ci/vendor` fetches them, and a test checks their digests."""
PARCELS: Final = {p.name: p for p in (MERMAID, KATEX)}


def folder() -> Path:
    """Return the folder of npm packages, below the folder of tools."""
    return caches.tools() / "npm"


def find(parcel: Parcel) -> Path | None:
    """Return the installed file; None if it is missing or has another digest."""
    try:
        data = parcel.path.read_bytes()
    except OSError:
        return None
    return parcel.path if hashlib.sha256(data).hexdigest() == parcel.sha256 else None


def find_library(parcel: Parcel) -> Path | None:
    """Return the installed file, else the compressed one that is shipped with kg; None if both are missing."""
    return find(parcel) or next((path for path in (packed_path(parcel),) if path.is_file()), None)


def packed_path(parcel: Parcel) -> Path:
    """Return the path of a file that is shipped compressed (xz)."""
    return Path(__file__).parent / "packed" / parcel.name / f"{parcel.member.rpartition('/')[2]}.xz"


def read_library(path: Path) -> bytes:
    """Return the content of a file that `find_library` returned. Raises OSError."""
    data = path.read_bytes()
    if path.suffix != ".xz":
        return data
    # start time: needed only for pages with diagrams
    import lzma

    try:
        return lzma.decompress(data)
    except lzma.LZMAError as error:
        raise OSError(f"damaged: {error}") from error


def install(parcel: Parcel, archive: Path | None = None) -> Path:
    """Fetch a package with npm, or use an archive of it, and keep the one file; its digest must be the pinned one.

    No script of the package is run. Raises UsageError if npm or the network is missing, and if the package isn't
    the pinned one.
    """
    with tempfile.TemporaryDirectory(prefix="kg-npm-") as temporary:
        data = (archive or fetch(parcel, Path(temporary))).read_bytes()
    write_file(parcel.path, content_of(parcel, data, str(archive) if archive else "npm"))
    return parcel.path


def content_of(parcel: Parcel, data: bytes, where: str = "npm") -> bytes:
    """Return the pinned file of a package's archive. Raises UsageError if archive or file has another digest."""
    # start time: only an installation needs it
    import tarfile

    got = f"sha512-{base64.b64encode(hashlib.sha512(data).digest()).decode()}"
    if got != parcel.integrity:
        raise UsageError(
            f"what {where} gave is not {parcel.name} {parcel.version}: its digest is {got}",
            hint=f"fetch it again with: npm pack {parcel.name}@{parcel.version}",
        )
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as opened:
        member = opened.extractfile(parcel.member)
        content = member.read(_LARGEST + 1) if member else b""
    if hashlib.sha256(content).hexdigest() != parcel.sha256:
        raise UsageError(f"{parcel.member} of {parcel.name} {parcel.version} is not the file that is meant", hint="update kg")
    return content


def fetch(parcel: Parcel, target: Path) -> Path:
    """Fetch the archive of a package with npm into a folder. Raises UsageError if npm or the network is missing."""
    # start time: only an installation needs it
    from kg.base import process

    npm = process.find("npm")
    wanted = f"{parcel.name}@{parcel.version}"
    if npm is None:
        raise UsageError(
            f"npm is needed to fetch {wanted}",
            hint=f"install npm (Debian: apt install npm), or fetch the archive elsewhere with 'npm pack {wanted}' and give it "
            f"with --from FILE",
        )
    ran = process.run(
        [npm, "pack", wanted, "--pack-destination", str(target), "--ignore-scripts", "--silent"], timeout=_TIMEOUT
    )
    found = sorted(target.glob("*.tgz"))
    if ran.status != 0 or not found:
        said = (ran.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise UsageError(f"npm could not fetch {wanted}: {said}", hint="is there a network? then try again")
    return found[0]
