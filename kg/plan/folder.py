"""Files of a plan: its folder, its journal, its deliverables. A build looks at them before it imports anything else."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from kg.base.errors import UsageError
from kg.base.files import is_file
from kg.base.settings import Settings

FOLDER: Final = "plan"
"""Below the first notes folder; contains the journal, checkpoints and reports of interrupts."""
JOURNAL: Final = "journal.jsonl"


def plan_folder(settings: Settings) -> Path:
    """The folder of the plan: `plan/` in the first notes folder."""
    if not settings.notes:
        raise UsageError("a plan needs a notes folder", hint="a thesaurus alone holds no tasks")
    return settings.notes[0] / FOLDER


def is_delivered(settings: Settings, path: str) -> bool:
    """Whether a file exists in the knowledge base, not counting built files."""
    full = Path(os.path.realpath(settings.root / path))
    root, out = os.path.realpath(settings.root), os.path.realpath(settings.out)
    inside = full.is_relative_to(root) and not full.is_relative_to(out)
    return inside and is_file(full) and bool(full.stat().st_size)
