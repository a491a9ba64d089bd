"""The `edgeopt` command: verbs that register themselves, defaults from edgeopt.toml, errors made exit codes here."""

import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import click

from edgeopt import __version__
from edgeopt.cli._config import read_defaults
from edgeopt.cli._session import INTERRUPTED, Session
from edgeopt.errors import EdgeoptError, UsageError
from edgeopt.registry import Registry

VERBS: Registry["Verb"] = Registry("command", "edgeopt.cli")

_EXIT_CODES = """\b
Exit codes: 0 ok, 1 internal error, 2 usage or configuration, 3 model not
supported, 4 over budget, 5 outputs differ or inputs drifted, 6 device, link,
flasher or meter, 7 toolchain missing."""


class Verb(click.Command):
    """A command whose function returns a value that has a view; `place` orders the commands in the help."""

    def __init__(self, *args: Any, place: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.place = place
        self.params += [
            click.Option(["--json", "as_json"], is_flag=True, help="Print one JSON document."),
            click.Option(["-v", "--verbose"], is_flag=True, help="Say what is done; errors with their traceback."),
            click.Option(["--no-color"], is_flag=True, help="Print without colours."),
        ]

    def invoke(self, ctx: click.Context) -> None:
        session = ctx.ensure_object(Session)
        session.as_json, session.verbose = ctx.params.pop("as_json"), ctx.params.pop("verbose")
        session.color = not ctx.params.pop("no_color")
        session.show(super().invoke(ctx))


def verb(place: int) -> Callable[[Callable[..., Any]], Verb]:
    """Makes the decorated function the verb of its name; what it returns is shown as text or JSON."""

    def add(function: Callable[..., Any]) -> Verb:
        name = function.__name__.rstrip("_")
        command = click.command(name, cls=Verb, place=place, context_settings={"show_default": True})(function)
        return VERBS.register(name)(command)

    return add


class Edgeopt(click.Group):
    """The group of the verbs. Every error leaves through `main`, as two lines on stderr and an exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for name, _ in sorted(VERBS, key=lambda item: item[1].place)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if ctx.resilient_parsing and cmd_name not in VERBS:
            return None
        return VERBS.get(cmd_name)

    def main(self, args: Sequence[str] | None = None, **extra: Any) -> NoReturn:  # type: ignore[override]
        """Runs one command and ends the process with its exit code."""
        arguments = list(sys.argv[1:] if args is None else args)
        session = Session(as_json="--json" in arguments, verbose="-v" in arguments or "--verbose" in arguments)
        try:
            extra = {"prog_name": "edgeopt", **extra, "standalone_mode": False, "obj": session}
            code = super().main(arguments, **extra) or 0
        except click.exceptions.Abort:
            code = session.interrupted()
        except click.UsageError as error:
            hint = f"see `{error.ctx.command_path} --help`" if error.ctx else "see `edgeopt --help`"
            code = session.fail(UsageError(error.format_message(), hint))
        except EdgeoptError as error:
            code = session.fail(error)
        except Exception as error:
            code = session.fail(session.foreign(error))
        sys.exit(code)


@click.group(cls=Edgeopt, invoke_without_command=True, epilog=_EXIT_CODES)
@click.version_option(__version__, prog_name="edgeopt")
@click.pass_context
def main(ctx: click.Context) -> None:
    """Trained models to microcontrollers: bit-exact C within a power and memory budget.

    Defaults of every option may stand in ./edgeopt.toml.
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())
        return
    ctx.default_map = read_defaults(ctx, dict(VERBS))
    # Known here already, for an error in the verb's own arguments.
    session, defaults = ctx.ensure_object(Session), ctx.default_map.get(ctx.invoked_subcommand, {})
    session.as_json |= defaults.get("as_json", False)
    session.verbose |= defaults.get("verbose", False)


__all__ = ["INTERRUPTED", "VERBS", "Verb", "main", "verb"]
