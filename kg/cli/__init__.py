"""The command line: parse arguments, call, print, exit."""

from __future__ import annotations

import sys
from typing import Any

import click

from kg.about import VERSION
from kg.cli.options import common, say_error
from kg.errors import KgError


class _Group(click.Group):
    """Commands in the order in which people meet them; KgError ends with status 2 and a hint."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KgError as error:
            say_error(error)
            ctx.exit(2)
        except KeyboardInterrupt:
            click.echo("kg: interrupted; the last good output is as it was", err=True)
            ctx.exit(130)
        except MemoryError:
            click.echo("kg: out of memory; the last good output is as it was", err=True)
            ctx.exit(2)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(VERSION, "-V", "--version", prog_name="kg")
@common
def main() -> None:
    """kg: a compiler and a test suite for knowledge.

    Markdown concept notes go in; a checked ontology, measures, concept maps and reports come out.
    """


from kg.cli import build, exchange, explain, history, query, review, tools  # noqa: E402  # they register with `main`

main.add_command(tools.init)
main.add_command(build.build)
main.add_command(build.check)
main.add_command(query.query)
main.add_command(query.metrics)
main.add_command(explain.why)
main.add_command(explain.impact)
main.add_command(tools.map_)
main.add_command(history.snapshot)
main.add_command(history.diff)
main.add_command(review.review)
main.add_command(exchange.export)
main.add_command(tools.bench)
main.add_command(tools.doctor)


def run() -> None:
    """Entry point of ``python -m kg``."""
    sys.exit(main())
