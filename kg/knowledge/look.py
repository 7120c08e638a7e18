"""The appearance of the site: templates and styles of the knowledge base, edit links, the renderer of diagrams."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from kg.base import files, parcels
from kg.base.errors import UsageError
from kg.base.settings import Settings
from kg.model import Look

_LARGEST: Final = 1 << 20


def theme_files(settings: Settings) -> list[Path]:
    """Templates and styles of the knowledge base, in order."""
    if not settings.site.theme:
        return []
    folder = settings.root / settings.site.theme
    if not folder.is_dir():
        raise UsageError(
            f"there is no folder {folder}",
            hint="site.theme in kg.toml names the folder with templates (*.html) and styles (*.css)",
        )
    return files.entries(folder, ".css", ".html")


def look_of(settings: Settings) -> Look:
    """The changes of a knowledge base to the appearance of its site."""
    templates: dict[str, str] = {}
    styles: list[str] = []
    for path in theme_files(settings):
        try:
            data = files.read(path, _LARGEST)
            text = data.decode("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{path}: {error}", hint="templates and styles are text in UTF-8") from None
        if path.suffix == ".css":
            styles.append(text)
        else:
            templates[path.name] = text
    library = parcels.find_library(parcels.MERMAID)
    sentence = settings.site.description
    return Look(
        templates=templates,
        style="\n".join(styles),
        edit=settings.site.edit,
        url=settings.site.url,
        description={"": sentence} if isinstance(sentence, str) else dict(sentence),
        diagrams=str(library) if library else "",
        diagrams_version=parcels.MERMAID.version if library else "",
    )
