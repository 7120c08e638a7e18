"""``kg check --fix`` for RDF files: repairs thesauri in place, or shows what it would change."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Sequence
from pathlib import Path

import click

from kg.app.cli.options import flag, log_json, texts, to_stderr
from kg.base import files
from kg.base.errors import ChangedError, UsageError
from kg.base.names import printable
from kg.base.notefile import edit_file


def repair_files(paths: Sequence[Path], policy: str, *, diff: bool) -> None:
    """Repair RDF files; with `diff`, print the changes and write nothing."""
    # start time: only `--fix` of RDF files needs it
    from kg.checks.rdf_fixing import repair_thesaurus

    t = texts("check")
    repairs, changed = 0, []
    for path in paths:
        try:
            data = files.read(path, files.NAMED, named=True)
        except OSError as error:
            raise UsageError(f"can't read {path}: {error.strerror}", hint="is it there, and may you read it?") from None
        result = repair_thesaurus(str(path), data, path.absolute().as_uri(), policy)
        new = result.text.encode()
        if new == data:
            continue
        if diff:
            lines = difflib.unified_diff(
                data.decode().splitlines(keepends=True), result.text.splitlines(keepends=True), str(path), str(path)
            )
            click.echo("".join(f"{printable(line.rstrip(chr(10)))}\n" for line in lines), nl=False)
        else:
            try:
                with edit_file(path.absolute(), inside=(path.absolute().parent,)) as edit:
                    edit.expect(hashlib.sha256(data).hexdigest())
                    edit.write(new)
            except ChangedError:
                to_stderr(t("changed-meanwhile", path=path))
                continue
        repairs += result.repairs
        changed.append(str(path))
    if diff:
        return
    if not log_json("mended", count=repairs, paths=changed) and not flag("quiet") and changed:
        to_stderr(t("fixed", n=repairs, notes=t("n-rdf-files", n=len(changed))))
