"""Wrong uses of commands and options: what is wrong, and a command to paste, in the language of messages."""

from __future__ import annotations

import difflib
import os
import shlex
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple

import click

from kg.app.cli.options import PathRefusedError
from kg.base import files
from kg.base.errors import KgError, UsageError
from kg.base.texts import FALLBACK, Texts, list_languages

_NEAR: Final = 3
"""Maximum of near names in a hint."""
_ALIKE: Final = 0.6
"""Least similarity of a near name, by difflib."""
_SPREAD: Final = 0.1
"""Most that a near name may be less similar than the nearest."""


def common_options(line: Sequence[str]) -> dict[str, str]:
    """Return the options that messages depend on, ``lang`` and ``log_format``, of a line that can't be parsed."""
    options = {}
    for word, after in pairwise((*line, "")):
        if word == "--":
            break
        name, equals, value = word.partition("=")
        value = value if equals else after
        if name == "--lang" and value in list_languages("app"):
            options["lang"] = value
        elif name == "--log-format" and value in ("text", "json"):
            options["log_format"] = value
    return options


def describe_misuse(error: click.UsageError, root: click.Context, line: Sequence[str]) -> UsageError:
    """Return the error that says what is wrong in the line, the words after ``kg``; `root` is a context of ``kg`` itself."""
    options = common_options(line)
    lang = FALLBACK if options.get("log_format") == "json" else options.get("lang", FALLBACK)
    parts = _split(error, root, line)
    message, hint = _Misuse(parts, Texts(lang, "app.usage", "app.errors", "app.common")).describe(error)
    return UsageError(message, hint=hint)


class _Parts(NamedTuple):
    """A line, as far as its commands are known."""

    ctx: click.Context
    """The innermost command, or the one whose option is wrong."""
    before: Sequence[str]
    """The words up to the name of this command, included."""
    own: Sequence[str]
    """The words after it."""

    def parse(self) -> tuple[Mapping[str, object], list[str]]:
        """Return the values as they are written, by parameter, and the words that are left. Raises click's UsageError."""
        values, left, _ = self.ctx.command.make_parser(self.ctx).parse_args(list(self.own))
        return values, left


def _split(error: click.UsageError, root: click.Context, line: Sequence[str]) -> _Parts:
    parts = _Parts(root, (), tuple(line))
    while isinstance(parts.ctx.command, click.Group) and (error.ctx is None or error.ctx.command is not parts.ctx.command):
        try:
            _, left = parts.parse()
        except click.UsageError:
            break
        command = parts.ctx.command.get_command(parts.ctx, left[0]) if left else None
        if command is None:
            break
        ctx = click.Context(command, parent=parts.ctx, info_name=left[0])
        parts = _Parts(ctx, tuple(line[: len(line) - len(left) + 1]), tuple(left[1:]))
    return parts


class _Misuse:
    """Makes the message and the hint of each kind of error."""

    def __init__(self, parts: _Parts, texts: Texts) -> None:
        self._parts, self._texts = parts, texts
        self._command = parts.ctx.command_path
        self._params = parts.ctx.command.get_params(parts.ctx)

    def describe(self, error: click.UsageError) -> tuple[str, str]:
        if isinstance(error, click.NoSuchOption):
            return self._no_option(error.option_name)
        if isinstance(error, click.BadOptionUsage):
            return self._option_value(error)
        if isinstance(error, click.MissingParameter):
            return self._missing(error)
        if isinstance(error, click.BadParameter):
            return self._bad_value(error)
        if isinstance(error, click.BadArgumentUsage):
            return self._other(error)
        _, left = self._parts.parse()
        if isinstance(self._parts.ctx.command, click.Group):
            return self._no_command(self._parts.ctx.command, left)
        return self._further(left) if left else self._other(error)

    def _other(self, error: click.UsageError) -> tuple[str, str]:
        return f"{self._command}: {error.format_message()}", self._see_help()

    def _see_help(self) -> str:
        return self._texts("see-help", command=self._command)

    def _paste(self, *lines: Sequence[str]) -> str:
        """The hint of commands, of which each is given by the words that follow the name of this one."""
        commands = [shlex.join(("kg", *self._parts.before, *words)) for words in lines]
        return self._texts("mean-command", commands="\n    ".join(commands))

    def _no_command(self, group: click.Group, left: Sequence[str]) -> tuple[str, str]:
        listed = self._texts("list-commands" if not self._parts.before else "list-subcommands", command=self._command)
        if not left:
            return self._texts("command-wanted", command=self._command), listed
        path = self._command.split()[1:]
        message = self._texts("no-command", command=" ".join((*path, left[0])))
        near = _near(left[0].lower(), group.list_commands(self._parts.ctx))
        # Common options stand before or after the name of a command.
        options = self._parts.own[: len(self._parts.own) - len(left)]
        return message, self._paste(*((name, *left[1:], *options) for name in near)) if near else listed

    def _no_option(self, name: str) -> tuple[str, str]:
        own = self._parts.own
        # Of a word with one hyphen, such as -format, click names the first letter only.
        short = name if name.startswith("--") else name[:2]
        ranked = sorted(enumerate(own), key=lambda at_word: at_word[1].partition("=")[0] != name)
        at, whole = next(((at, word) for at, word in ranked if word.startswith(short)), (len(own), name))
        word, equals, value = whole.partition("=")
        message = self._texts("no-option", command=self._command, name=word)
        moved = self._behind_command(word)
        if moved:
            return message, self._paste(moved)
        near = _near(word, [option for param in self._params for option in (*param.opts, *param.secondary_opts)])
        if not near:
            return message, self._see_help()
        return message, self._paste(*((*own[:at], f"{option}{equals}{value}", *own[at + 1 :]) for option in near))

    def _behind_command(self, name: str) -> list[str]:
        """The words with the subcommand first, if the option is one of that subcommand; otherwise none."""
        ctx, group, own = self._parts.ctx, self._parts.ctx.command, self._parts.own
        if not isinstance(group, click.Group):
            return []
        at = next((i for i, word in enumerate(own) if word in group.list_commands(ctx)), len(own))
        command = group.get_command(ctx, own[at]) if at < len(own) else None
        if command is None or not any(name in param.opts for param in command.params):
            return []
        return [own[at], *own[:at], *own[at + 1 :]]

    def _option_value(self, error: click.BadOptionUsage) -> tuple[str, str]:
        name, own = error.option_name, self._parts.own
        param = next((p for p in self._params if name in p.opts), None)
        if param is None:
            return self._other(error)
        if getattr(param, "is_flag", False) or getattr(param, "count", False):
            without = [name if word.startswith(f"{name}=") else word for word in own]
            return self._texts("no-value", name=name), self._paste(without)
        values = self._texts("one-of", names=_names(param.type.choices)) if isinstance(param.type, click.Choice) else ""
        return self._texts("value-wanted", name=name) + values, self._write((*own, _example(param)))

    def _write(self, words: Sequence[str]) -> str:
        return self._texts("write-command", command=_join((*self._parts.before, *words), self._params))

    def _missing(self, error: click.MissingParameter) -> tuple[str, str]:
        if error.param is None:
            return self._other(error)
        values, _ = self._parts.parse()
        lacking = [p for p in self._params if p.required and not _written(values.get(p.name or ""))]
        added = [word for p in lacking for word in (_option_name(p), _example(p)) if word]
        kinds = "".join(
            self._texts("one-of", names=_names(p.type.choices)) for p in lacking if isinstance(p.type, click.Choice)
        )
        names = self._texts("list-separator").join(_title(p) for p in lacking)
        return self._texts("wanted", command=self._command, names=names) + kinds, self._write((*self._parts.own, *added))

    def _bad_value(self, error: click.BadParameter) -> tuple[str, str]:
        param = error.param
        values, _ = self._parts.parse()
        written = () if param is None else _written(values.get(param.name or ""))
        if param is not None and written and isinstance(error, PathRefusedError):
            return self._bad_path(written[-1], takes_folder=False)
        value = None if param is None else next((v for v in written if not _fits(v, param)), None)
        if param is None or value is None:
            return self._other(error)
        if isinstance(param.type, click.Choice):
            message = self._texts("not-one-of", name=_title(param), value=value, names=", ".join(param.type.choices))
            near = _near(value.lower(), param.type.choices)
            return message, self._paste(*(self._with(value, name) for name in near)) if near else self._see_help()
        if isinstance(param.type, click.Path):
            return self._bad_path(value, takes_file=param.type.file_okay, takes_folder=param.type.dir_okay)
        if isinstance(param.type, (click.types.IntParamType, click.types.FloatParamType)):
            return self._bad_number(param, value)
        return self._other(error)

    def _with(self, value: str, replacement: str) -> tuple[str, ...]:
        """The words of this command with another value."""
        own = self._parts.own
        for at, word in enumerate(own):
            if word == value:
                return (*own[:at], replacement, *own[at + 1 :])
            if word.startswith("-") and word.endswith(value):
                return (*own[:at], word.removesuffix(value) + replacement, *own[at + 1 :])
        return (*own, replacement)

    def _bad_number(self, param: click.Parameter, value: str) -> tuple[str, str]:
        is_whole = isinstance(param.type, click.types.IntParamType)
        low, high = getattr(param.type, "min", None), getattr(param.type, "max", None)
        above = low is not None and getattr(param.type, "min_open", False)
        try:
            number = int(value) if is_whole else float(value)
        except ValueError:
            number = None
        if number is None:
            key = "no-whole-number" if is_whole else "no-number"
        else:
            limits = "number-from" if high is None else "number-between"
            key = "number-above" if above else limits
        message = self._texts(key, name=_title(param), value=value, low=low, high=high)
        if number is not None and high is not None and number > high:
            valid = high
        elif number is None and isinstance(param.default, (int, float)):
            valid = param.default
        else:
            valid = 1 if low is None or above else low
        return message, self._paste(self._with(value, str(valid)))

    def _bad_path(self, value: str, *, takes_file: bool = True, takes_folder: bool) -> tuple[str, str]:
        path = Path(value)
        if not files.is_there(path):
            try:
                near = _near(path.name, [entry.name for entry in files.entries(path.parent)])
            except KgError:
                near = []
            lines = [self._with(value, str(path.with_name(name))) for name in near]
            return self._texts("no-path", path=value), self._paste(*lines) if lines else self._see_help()
        if files.is_folder(path) and not takes_folder:
            return self._texts("folder-for-file", path=value), self._write(self._with(value, f"{value.rstrip(os.sep)}/FILE"))
        if files.is_file(path) and not takes_file:
            folder = str(path.parent)
            return self._texts("file-for-folder", path=value), self._paste(self._with(value, folder))
        return self._texts("path-refused", path=value), self._texts("there")

    def _further(self, left: Sequence[str]) -> tuple[str, str]:
        own = list(self._parts.own)
        message = self._texts("further", command=self._command, words=shlex.join(left))
        if several := self._several_ids(own, left):
            return message, self._paste(several)
        joined = []
        before = own[: -len(left)]
        if before and own[-len(left) :] == list(left) and not before[-1].startswith("-"):
            # Two words may be one text that wasn't quoted; two paths are not, unless there is one of this name.
            text, param = " ".join((before[-1], *left)), self._param_of_last(before)
            if isinstance(param.type, click.types.StringParamType) or (
                isinstance(param.type, click.Path) and files.is_there(Path(text))
            ):
                joined.append([*before[:-1], text])
        for word in reversed(left):
            del own[len(own) - 1 - own[::-1].index(word)]
        return message, self._paste(*joined, own)

    def _several_ids(self, own: Sequence[str], left: Sequence[str]) -> list[str]:
        """The words with commas between ids that stand in a row after an option that takes them so; none if that isn't it."""
        required = sum(param.required for param in self._params if isinstance(param, click.Argument))
        takers = {
            name for p in self._params if isinstance(p, click.Option) and p.multiple and _stand_in(p) == "ID" for name in p.opts
        }
        at = next((i for i in reversed(range(len(own))) if own[i] in takers), len(own))
        end = next((i for i in range(at + 1, len(own)) if own[i].startswith("-")), len(own))
        ids = own[at + 1 : end]
        if len(ids) < 2 or at < required or not set(left) <= set(ids):
            return []
        return [*own[: at + 1], ",".join(ids), *own[end:]]

    def _param_of_last(self, words: Sequence[str]) -> click.Parameter:
        """The parameter of which the last word is a value: an option before it, otherwise the last argument."""
        option = words[-2] if len(words) > 1 else ""
        takers = (p for p in self._params if isinstance(p, click.Option) and not (p.is_flag or p.count))
        arguments = (p for p in reversed(self._params) if isinstance(p, click.Argument))
        return next((p for p in takers if option in p.opts), None) or next(arguments)


def _near(name: str, names: Iterable[str]) -> list[str]:
    """The names that are most similar, the nearest first: others beside a much nearer one aren't what was meant."""
    near = difflib.get_close_matches(name, list(names), _NEAR, _ALIKE)
    alike = [difflib.SequenceMatcher(None, candidate, name).ratio() for candidate in near]
    return [candidate for candidate, likeness in zip(near, alike, strict=True) if likeness >= alike[0] - _SPREAD]


def _names(choices: Iterable[object]) -> str:
    return ", ".join(map(str, choices))


def _written(value: object) -> tuple[str, ...]:
    """The values of a parameter as they are written; click has a value of its own for none."""
    if isinstance(value, str):
        return (value,)
    return tuple(text for part in value for text in _written(part)) if isinstance(value, (list, tuple)) else ()


def _fits(value: str, param: click.Parameter) -> bool:
    try:
        param.type.convert(value, param, None)
    except click.UsageError:
        return False
    return True


def _option_name(param: click.Parameter) -> str:
    """The longest name of an option; empty for an argument."""
    return max(param.opts, key=len) if isinstance(param, click.Option) else ""


def _title(param: click.Parameter) -> str:
    return _option_name(param) or _stand_in(param)


def _stand_in(param: click.Parameter) -> str:
    """The name that stands for a value in the help."""
    name = param.metavar or (param.human_readable_name if isinstance(param, click.Argument) else param.type.name.upper())
    return name.strip("[]….")


def _example(param: click.Parameter) -> str:
    """A value for a command to paste: the first choice, otherwise the name that stands for a value."""
    return str(param.type.choices[0]) if isinstance(param.type, click.Choice) else _stand_in(param)


def _join(words: Sequence[str], params: Iterable[click.Parameter]) -> str:
    """A command; names that stand for values aren't quoted."""
    stand_ins = {_example(param) for param in params}
    return " ".join(("kg", *(word if word in stand_ins else shlex.quote(word) for word in words)))
