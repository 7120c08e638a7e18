"""``kg config``: the settings that apply, where each comes from, and their schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from kg.app.cli.completion import complete_keys
from kg.app.cli.options import NamedPath, common, flag, output_file, read_settings, texts
from kg.app.cli.tables import print_line
from kg.app.cli.terminal import pad_text
from kg.base.errors import UsageError
from kg.base.json_forms import json_line, json_pretty
from kg.base.names import printable
from kg.base.notefile import overwrite_file

if TYPE_CHECKING:
    from kg.base.settings import Settings


class ShownSetting(NamedTuple):
    """A setting that applies."""

    key: str
    value: object
    source: str
    """The file, the option, or empty for a default."""
    line: int = 0


@click.group()
@common
def config() -> None:
    """Show the settings and where each comes from."""


@config.command("show")
@click.argument("keys", nargs=-1, metavar="[KEY…]", shell_complete=complete_keys)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@output_file
@common
def show(keys: tuple[str, ...], form: str) -> None:
    """Print each setting with its value and where it comes from: a default, path:line, or an option.

    KEY is a setting or a table, such as check or check.fail-on; without one, all are printed.
    """
    show_settings(read_settings(), keys, form)


@config.command("schema")
@click.option(
    "-o", "--output-file", "target", type=NamedPath(dir_okay=False), metavar="FILE", help="Output file (default: stdout)."
)
@common
def schema(target: Path | None) -> None:
    """Print the JSON Schema of kg.toml, for editors."""
    # start time: only this command needs it
    from kg.base.setting_schema import schema_text

    text = schema_text()
    if target is None:
        click.echo(text.decode(), nl=False)
    else:
        overwrite_file(target.absolute(), text, inside=(target.absolute().parent,))


@config.command("man")
@common
def man() -> None:
    """Print the manual page: kg config man > ~/.local/share/man/man1/kg.1."""
    # start time: only this command needs them
    from kg.app.cli import main
    from kg.app.cli.manual import manual_page

    click.echo(manual_page(main), nl=False)


def show_settings(settings: Settings, keys: Sequence[str] = (), form: str = "text") -> None:
    """Print the settings that apply. Raises UsageError for a key that is none."""
    rows = list(_rows(settings))
    for key in keys:
        if not any(_is_in(row.key, key) for row in rows):
            # start time: only a mistake needs it
            from kg.base.setting_schema import ABOUT
            from kg.base.setting_types import unknown_setting

            raise UsageError(f"there is no setting '{key}'", hint=unknown_setting(key, key, ABOUT)[1])
    rows = [row for row in rows if not keys or any(_is_in(row.key, key) for key in keys)]
    if form == "json":
        data = {row.key: {"value": row.value, "source": row.source or "default", "line": row.line or None} for row in rows}
        click.echo(json_pretty(data))
        return
    t = texts("config")
    lines = [(f"{row.key} = {json_line(row.value)}", row) for row in rows]
    width = min(max((len(text) for text, _ in lines), default=0), 60)
    for text, row in lines:
        place = f"{row.source}:{row.line}" if row.line else row.source or t("default")
        print_line(printable(f"{pad_text(text, width)}  # {place}"))


def _is_in(key: str, wanted: str) -> bool:
    return key == wanted or key.startswith(f"{wanted}.")


def _rows(settings: Settings) -> Iterator[ShownSetting]:
    # start time: `--help` doesn't need it
    import msgspec

    from kg.base.setting_sources import merge_sources, read_setting_sources
    from kg.base.setting_types import SettingsFile
    from kg.base.setting_values import flatten_table

    sources = read_setting_sources(settings.keepers, settings.overrides)
    defaults = _flat(msgspec.to_builtins(SettingsFile(notes=("concepts",))))
    values = flatten_table(merge_sources(sources))
    tables = [(source, flatten_table(source.table)) for source in sources]
    keys = [key for key in defaults if key not in ("extend", *values) and not _has_below(values, key)]
    for key in sorted({*keys, *values}, key=lambda key: _order(list(defaults), key)):
        source = next((source for source, table in reversed(tables) if key in table), None)
        if source is None:
            yield ShownSetting(key, defaults[key], "")
        else:
            line = source.line_of(key)
            yield ShownSetting(key, values[key], _relative(source.path) if line else str(source.path), line)
    for option, name in (("notes", "notes"), ("out", "output")):
        if value := flag(option):
            yield ShownSetting(name, [str(v) for v in value] if option == "notes" else str(value), f"--{option}")


def _order(names: Sequence[str], key: str) -> tuple[int, str]:
    """Settings stand in the order of the documentation."""
    for number, name in enumerate(names):
        if key == name or key.startswith(f"{name}."):
            return number, key
    table = key.partition(".")[0]
    return next((n for n, name in enumerate(names) if name.startswith(f"{table}.")), len(names)), key


def _has_below(values: Mapping[str, object], key: str) -> bool:
    return any(name.startswith(f"{key}.") for name in values)


def _flat(table: Mapping[str, object], stem: str = "") -> dict[str, object]:
    """Flatten tables of settings, but not empty ones: those are settings without a value."""
    result: dict[str, object] = {}
    for name, value in table.items():
        if isinstance(value, dict) and value:
            result |= _flat(value, f"{stem}{name}.")
        else:
            result[f"{stem}{name}"] = value
    return result


def _relative(path: Path) -> str:
    """The path from the working folder, if it is below."""
    here = Path.cwd()
    return path.relative_to(here).as_posix() if path.is_relative_to(here) else str(path)
