"""edgeopt.toml in the working folder: defaults of the verbs' options, read strictly.

board = "nrf52840-dk"      # of every verb that has such an option
[deploy]                   # of one verb
on = "qemu"
keep_float = ["softmax"]   # a list where the option may be given several times
"""

import difflib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import click

from edgeopt.errors import EdgeoptError, UsageError
from edgeopt.tables import as_written, read_toml

FILE = "edgeopt.toml"
_LARGEST = 1 << 64  # number: Python writes none of thousands of digits
_HINT = "see `edgeopt VERB --help` for what there is"


def read_defaults(ctx: click.Context, verbs: Mapping[str, click.Command]) -> dict[str, dict[str, Any]]:
    """Verb -> option -> default; UsageError names file and key where there is no such option or the value is wrong."""
    content = _read(Path(FILE))
    options = {name: _options(command) for name, command in verbs.items()}
    common = {key: value for key, value in content.items() if not isinstance(value, dict)}
    for key in common:
        _check_known(key, key, {option for table in options.values() for option in table})
    for name, table in content.items():
        if isinstance(table, dict):
            _check_known(name, name, verbs)
            for key in table:
                _check_known(key, f"{name}.{key}", options[name])
    return {name: _verb_defaults(ctx, name, table, common, content.get(name, {})) for name, table in options.items()}


def _options(command: click.Command) -> dict[str, click.Option]:
    """By the names that they have on the command line, `--no-color` as `no_color`."""
    options = (option for option in command.params if isinstance(option, click.Option))
    return {max(option.opts, key=len).lstrip("-").replace("-", "_"): option for option in options}


def _verb_defaults(
    ctx: click.Context,
    verb: str,
    options: Mapping[str, click.Option],
    common: Mapping[str, Any],
    own: Mapping[str, Any],
) -> dict[str, Any]:
    """The defaults of one verb: its own table goes before what is common to all."""
    values = {key: (key, _common(options.get(key), value)) for key, value in common.items()}
    values |= {key: (f"{verb}.{key}", value) for key, value in own.items()}
    return {
        str(option.name): _checked(ctx, option, values[key][1], values[key][0])
        for key, option in options.items()
        if key in values
    }


def _common(option: click.Option | None, value: Any) -> Any:
    """What is common to all verbs is one value, also for the verb that takes several (`on`)."""
    return [value] if option is not None and option.multiple and not isinstance(value, list) else value


def _read(path: Path) -> dict[str, Any]:
    return read_toml(path, "configuration", UsageError, _HINT) if path.exists() else {}


def _check_known(key: str, where: str, known: Iterable[str]) -> None:
    names = sorted(known)
    if key not in names:
        near = difflib.get_close_matches(key, names, n=1)
        raise UsageError(f"{FILE}: `{where}` is unknown", f"did you mean `{near[0]}`?" if near else _HINT)


def _checked(ctx: click.Context, option: click.Option, value: Any, where: str) -> Any:
    """The value as click wants its defaults: what the command line would have given, or a list of that."""
    if option.multiple and not isinstance(value, list):
        raise UsageError(f"{FILE}: `{where}` must be a list, not {as_written(value)}", _HINT)
    parts = value if option.multiple else [value]
    for part in parts:
        if option.is_flag != isinstance(part, bool) or not isinstance(part, str | int | float):
            kind = "true or false" if option.is_flag else "one value"
            each = "each value of " if option.multiple else ""
            raise UsageError(f"{FILE}: {each}`{where}` must be {kind}, not {as_written(part)}", _HINT)
        if not (part.isprintable() if isinstance(part, str) else isinstance(part, float) or abs(part) <= _LARGEST):
            raise UsageError(f"{FILE}: `{where}` cannot be {as_written(part)}", _HINT)
    texts = parts if option.is_flag else [str(part) for part in parts]  # as on the command line
    given = texts if option.multiple else texts[0]
    try:
        option.type_cast_value(ctx, given)
    except click.BadParameter as error:
        raise UsageError(f"{FILE}: `{where}`: {error.message}", _HINT) from None
    except EdgeoptError as error:
        raise UsageError(f"{FILE}: `{where}`: {error.message}", error.hint) from None
    return given
